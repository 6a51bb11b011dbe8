//! The answer (应答): the statement, what was shown, what was made, and what the page alone may
//! have.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use yinxin_pki::envelope::ContentKey;
use zeroize::Zeroize;

use super::{Binary, message};
use crate::{Code, Refused};

const ANSWER: &str = "yinxin-answer-1";
const RESULT: &str = "yinxin-result-1";
const REJECT: &str = "yinxin-reject-1";

/// Products of one answer: a batch's signatures.
const PRODUCTS: usize = 500;

/// Keys of one answer: 64 bids of 16 segments and a canary.
const SECRETS: usize = 64 * 17;

/// What a phone answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    typ: String,
    /// 3: the envelope's step.
    step: u64,
    /// The holder's statement: a signed object, DER.
    pub statement: Binary,
    /// What the phone showed: a JSON array of `[field, text]`.
    pub shown: Binary,
    /// What was made, in the order of the request.
    pub products: Vec<Product>,
    /// Content keys: for the page, never for the platform.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
}

/// Something that the phone made for the platform (产物).
///
/// | Scene | `id` | `value`, DER |
/// |---|---|---|
/// | messageSignature | the item's | CMS SignedData |
/// | signature | the file's | SES_Signature |
/// | revokeSignature | `revocation` | signed object of type 9 |
/// | encrypt | `1`, `2`, … | encryption certificate |
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// What it answers.
    pub id: String,
    /// Its DER.
    pub value: Binary,
}

/// A content key on its way to the page. Wiped on drop, never printed.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// The bid's name in the request.
    pub id: String,
    /// The segment's name, or `canary`.
    pub segment: String,
    /// 16 bytes.
    key: Binary,
}

impl Secret {
    /// The key of a bid's segment.
    #[must_use]
    pub fn new(id: &str, segment: &str, key: &[u8; 16]) -> Self {
        Self { id: id.into(), segment: segment.into(), key: Binary(key.to_vec()) }
    }

    pub(crate) fn content_key(&self) -> Option<ContentKey> {
        <[u8; 16]>::try_from(&self.key.0[..]).ok().map(ContentKey::from_bytes)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.key.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}/{}: ..)", self.id, self.segment)
    }
}

impl Answer {
    /// One answer.
    #[must_use]
    pub fn new(
        statement: Vec<u8>,
        shown: &[u8],
        products: Vec<Product>,
        secrets: Vec<Secret>,
    ) -> Self {
        let (statement, shown) = (Binary(statement), Binary(shown.to_vec()));
        Self { typ: ANSWER.into(), step: 3, statement, shown, products, secrets }
    }

    /// Reads one out of its envelope.
    ///
    /// # Errors
    ///
    /// [`Code::ReplyUnreadable`].
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        let answer: Self = message::read(text, ANSWER, Code::ReplyUnreadable)?;
        let keys = answer.secrets.iter().all(|secret| secret.key.0.len() == 16);
        let fits = answer.step == 3
            && answer.products.len() <= PRODUCTS
            && answer.secrets.len() <= SECRETS
            && keys;
        if fits { Ok(answer) } else { Err(Code::ReplyUnreadable.into()) }
    }

    /// Its octets, for an envelope.
    ///
    /// # Errors
    ///
    /// [`Code::ReplyUnreadable`] for an answer that the page would refuse.
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        let text = message::write(self, ANSWER, Code::ReplyUnreadable)?;
        Self::read(&text)?;
        Ok(text)
    }
}

/// What the page hands to its platform: an answer that has no place for secrets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ResultForPlatform {
    typ: String,
    /// The holder's statement.
    pub statement: Binary,
    /// What the phone showed.
    pub shown: Binary,
    /// What was made.
    pub products: Vec<Product>,
}

impl ResultForPlatform {
    /// One result.
    #[must_use]
    pub fn new(statement: Binary, shown: Binary, products: Vec<Product>) -> Self {
        Self { typ: RESULT.into(), statement, shown, products }
    }

    /// Reads what a page posted.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerBinding`] for anything else, secrets among it.
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        let result: Self = message::read(text, RESULT, Code::AnswerBinding)?;
        if result.products.len() <= PRODUCTS { Ok(result) } else { Err(Code::AnswerBinding.into()) }
    }

    /// Its octets.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerBinding`] for a result that the platform would refuse.
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        message::write(self, RESULT, Code::AnswerBinding)
    }
}

/// Why a phone answers no (拒绝): of the person's five reasons one word, and all rejections of one
/// length, so that the page, and an attacker there, tells none of them from another.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    typ: String,
    code: String,
    pad: String,
}

impl Reject {
    /// Length of `code` and `pad` together, above that of the longest code.
    const WIDTH: usize = 40;

    /// A rejection for `code`, of which the page learns what it may.
    #[must_use]
    pub fn new(code: Code) -> Self {
        let word = code.for_page();
        let pad = Self::WIDTH.saturating_sub(word.len());
        Self { typ: REJECT.into(), code: word.into(), pad: ".".repeat(pad) }
    }

    /// A code's name, or `declined`.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.code
    }

    /// Reads one out of its envelope.
    ///
    /// # Errors
    ///
    /// [`Code::ReplyUnreadable`].
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        let reject: Self = message::read(text, REJECT, Code::ReplyUnreadable)?;
        let known = Code::ALL.iter().any(|code| code.for_page() == reject.code);
        let fits = known && reject.code.len() + reject.pad.len() == Self::WIDTH;
        if fits { Ok(reject) } else { Err(Code::ReplyUnreadable.into()) }
    }

    /// Its octets, for an envelope.
    ///
    /// # Errors
    ///
    /// [`Code::ReplyUnreadable`], which a rejection made here does not give.
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        message::write(self, REJECT, Code::ReplyUnreadable)
    }
}
