//! Statements that a seal signature was revoked (撤章).
//!
//! ```json
//! {"typ":"yinxin-seal-revocation-1","sealId":"…","signature":"<hex of SM3>","before":"<hex>",
//!  "after":"<hex>","reason":"…","time":"…","seal":"<base64url of the successor>"}
//! ```
//!
//! `signature` is the digest of the revoked signature value, `before` of the file that held it,
//! `after` of the file as it was before the sealing; `after` and `seal` may be missing: a file that
//! others sealed after it cannot be restored, and a seal without a successor has none.
//!
//! Only a holder of the same seal may revoke: the same seal id, and a certificate of its list or of
//! its successor's. No standard defines this act: its definition is this project's.

use std::fmt;

use serde::{Deserialize, Serialize};
use yinxin_pki::cms::CmsError;
use yinxin_pki::json;
use yinxin_pki::signed_object::{ObjectDraft, ObjectError, ObjectType, SignedObject};
use yinxin_pki::{
    Certificate, Digest, DigestAlgorithm, Error, Explain, Fact, Party, Purpose, SigningCertificate,
    Time, base64,
};

use crate::check::Check;
use crate::es::{Seal, SealSignature};
use crate::report::{StepId, Steps};

const TYPE: &str = "yinxin-seal-revocation-1";

/// A revocation before it is signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revocation {
    /// The seal's id.
    pub(crate) seal_id: String,
    /// SM3 of the revoked signature value.
    pub(crate) signature: Vec<u8>,
    /// SM3 of the file that held it.
    pub(crate) before: Vec<u8>,
    /// SM3 of the restored file.
    pub(crate) after: Option<Vec<u8>>,
    /// Why, in words.
    pub reason: String,
    /// When.
    pub time: Time,
    /// DER of the successor seal, by which it is revoked.
    pub(crate) successor: Option<Vec<u8>>,
}

impl Revocation {
    /// Of `signature` in a file of bytes `before`; `after` are the restored bytes, where that was
    /// possible.
    #[must_use]
    pub fn new(
        signature: &SealSignature,
        before: &[u8],
        after: Option<&[u8]>,
        reason: impl Into<String>,
        time: Time,
    ) -> Self {
        let digest = |bytes: &[u8]| DigestAlgorithm::Sm3.digest(bytes);
        let after = after.map(digest);
        Self::of_digests(signature, &digest(before), after.as_ref(), reason, time)
    }

    /// The same for files that streamed by: their SM3 digests.
    #[must_use]
    pub fn of_digests(
        signature: &SealSignature,
        before: &Digest,
        after: Option<&Digest>,
        reason: impl Into<String>,
        time: Time,
    ) -> Self {
        let value = DigestAlgorithm::Sm3.digest(signature.signature());
        Self::of_signature_digest(signature.seal().id(), &value, before, after, reason, time)
    }

    /// The same for a signature that somebody else reads, by the SM3 digest of its value: for a
    /// phone that has the seal and not the file.
    #[must_use]
    pub fn of_signature_digest(
        seal_id: impl Into<String>,
        signature: &Digest,
        before: &Digest,
        after: Option<&Digest>,
        reason: impl Into<String>,
        time: Time,
    ) -> Self {
        Self {
            seal_id: seal_id.into(),
            signature: signature.as_ref().to_vec(),
            before: before.as_ref().to_vec(),
            after: after.map(|digest| digest.as_ref().to_vec()),
            reason: reason.into(),
            time,
            successor: None,
        }
    }

    /// The seal's id.
    #[must_use]
    pub fn seal_id(&self) -> &str {
        &self.seal_id
    }

    /// SM3 of the file that held the signature.
    #[must_use]
    pub fn before(&self) -> &[u8] {
        &self.before
    }

    /// SM3 of the restored file; `None` where it could not be restored.
    #[must_use]
    pub fn after(&self) -> Option<&[u8]> {
        self.after.as_deref()
    }

    /// Revokes by a successor of the seal: a seal of the same id that names the certificate which
    /// replaced the old one.
    ///
    /// # Errors
    ///
    /// [`RevokeError::OtherSeal`] when it has another id.
    pub fn by_successor(mut self, successor: &Seal) -> Result<Self, RevokeError> {
        if successor.id() != self.seal_id {
            return Err(RevokeError::OtherSeal);
        }
        self.successor = Some(successor.as_der().to_vec());
        Ok(self)
    }

    /// Fixes what `holder` is to sign.
    ///
    /// # Errors
    ///
    /// [`RevokeError::NotHolder`] when the certificate is in neither list.
    pub fn prepare(
        &self,
        seal: &Seal,
        holder: &SigningCertificate,
    ) -> Result<ObjectDraft, RevokeError> {
        if seal.id() != self.seal_id {
            return Err(RevokeError::OtherSeal);
        }
        let successor = self.successor()?;
        let listed = |seal: &Seal| seal.lists(holder.as_der()).unwrap_or(false);
        if !listed(seal) && !successor.as_ref().is_some_and(listed) {
            return Err(RevokeError::NotHolder);
        }
        let text = self.to_json()?;
        let carried = [holder.certificate().clone()];
        ObjectDraft::new(ObjectType::SealRevocation, text, holder, &carried, self.time)
            .map_err(RevokeError::Object)
    }

    fn successor(&self) -> Result<Option<Seal>, RevokeError> {
        let Some(der) = &self.successor else { return Ok(None) };
        let seal = Seal::from_der(der).map_err(|_| RevokeError::OtherSeal)?;
        if seal.id() == self.seal_id { Ok(Some(seal)) } else { Err(RevokeError::OtherSeal) }
    }

    fn to_json(&self) -> Result<Vec<u8>, RevokeError> {
        let wire = Wire {
            typ: TYPE.into(),
            seal_id: self.seal_id.clone(),
            signature: hex(&self.signature),
            before: hex(&self.before),
            after: self.after.as_deref().map(hex),
            reason: self.reason.clone(),
            time: self.time.to_string(),
            seal: self.successor.as_deref().map(base64::encode_url),
        };
        let text = serde_json::to_vec(&wire)
            .map_err(|_| RevokeError::Form(Error::Malformed { at: 0, expected: "text" }))?;
        // What is written has to be readable by the same rules.
        json::check(&text).map_err(RevokeError::Text)?;
        Ok(text)
    }

    fn from_json(text: &[u8]) -> Result<Self, RevokeError> {
        let wire: Wire = json::read(text).map_err(RevokeError::Text)?;
        if wire.typ != TYPE {
            return Err(RevokeError::Form(Error::Malformed { at: 0, expected: TYPE }));
        }
        let digest = |text: &str| digest(text).map_err(RevokeError::Form);
        let successor = wire.seal.map(|text| {
            base64::decode_url(text.as_bytes())
                .map_err(|at| RevokeError::Form(Error::Malformed { at, expected: "base64url" }))
        });
        Ok(Self {
            seal_id: wire.seal_id,
            signature: digest(&wire.signature)?,
            before: digest(&wire.before)?,
            after: wire.after.as_deref().map(digest).transpose()?,
            reason: wire.reason,
            time: Time::parse(&wire.time).map_err(RevokeError::Form)?,
            successor: successor.transpose()?,
        })
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    typ: String,
    seal_id: String,
    signature: String,
    before: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    reason: String,
    time: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal: Option<String>,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn digest(text: &str) -> Result<Vec<u8>, Error> {
    let wrong = Error::Malformed { at: 0, expected: "a digest in lower-case hex" };
    if text.len() != 64 || !text.bytes().all(|o| matches!(o, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(wrong);
    }
    let octet = |at: usize| u8::from_str_radix(text.get(at..at + 2).unwrap_or(""), 16);
    (0..text.len()).step_by(2).map(|at| octet(at).map_err(|_| wrong.clone())).collect()
}

/// A statement as read: nothing in it is believed yet.
#[derive(Clone, Debug)]
pub struct RevocationStatement {
    object: SignedObject,
    signer: Certificate,
    revocation: Revocation,
}

impl RevocationStatement {
    /// Reads a statement and verifies its signature by the certificate it brings; whether that
    /// certificate may revoke is [`verify`](Self::verify)'s affair.
    ///
    /// # Errors
    ///
    /// [`RevokeError::Object`], [`RevokeError::Text`], [`RevokeError::Form`].
    pub fn from_der(der: &[u8]) -> Result<Self, RevokeError> {
        let object = SignedObject::from_der(der, ObjectType::SealRevocation)?;
        let missing = ObjectError::Cms(CmsError::SignerCertificate);
        let signer = object.named().cloned().ok_or(missing)?;
        let revocation = Revocation::from_json(object.verify(&signer)?.content)?;
        Ok(Self { object, signer, revocation })
    }

    /// What it says; not believed before [`verify`](Self::verify).
    #[must_use]
    pub const fn revocation(&self) -> &Revocation {
        &self.revocation
    }

    /// Whether it speaks of this signature value.
    #[must_use]
    pub fn is_about(&self, signature: &[u8]) -> bool {
        DigestAlgorithm::Sm3.digest(signature).as_ref() == self.revocation.signature
    }

    /// Whether it says that the file of `sealed` became the file of `restored`.
    #[must_use]
    pub fn is_of_files(&self, sealed: &Digest, restored: &Digest) -> bool {
        self.revocation.before == sealed.as_ref()
            && self.revocation.after.as_deref() == Some(restored.as_ref())
    }

    /// Verifies the statement for a signature by `seal`: the signature, that its signer is in the
    /// list of the seal or of a successor that the same authority made, and the signer's chain.
    ///
    /// # Errors
    ///
    /// [`RevokeError`]: the statement does not revoke anything.
    pub fn verify(&self, seal: &Seal, check: &Check<'_>) -> Result<&Revocation, RevokeError> {
        if seal.id() != self.revocation.seal_id {
            return Err(RevokeError::OtherSeal);
        }
        self.check_signer(seal, check)?;
        self.object.verify(&self.signer)?;
        check
            .chain(&self.signer, Purpose::Sign, check.present())
            .map_err(|error| RevokeError::Chain(Box::new(error)))?;
        Ok(&self.revocation)
    }

    fn check_signer(&self, seal: &Seal, check: &Check<'_>) -> Result<(), RevokeError> {
        let signer = &self.signer;
        if seal.lists(signer.as_der()).unwrap_or(false) {
            return Ok(());
        }
        let successor = self.revocation.successor()?.ok_or(RevokeError::NotHolder)?;
        if !successor.lists(signer.as_der()).unwrap_or(false) {
            return Err(RevokeError::NotHolder);
        }
        // The successor has to be sound, and of the maker that made the seal it follows.
        let report = successor.verify(check);
        let same_maker = match (successor.maker(), seal.maker()) {
            (Ok(new), Ok(old)) => {
                new.subject().matches(old.subject()) && new.issuer().matches(old.issuer())
            }
            _ => false,
        };
        if report.verdict != crate::report::Verdict::Valid || !same_maker {
            return Err(RevokeError::OtherSeal);
        }
        Ok(())
    }

    /// The statement as the sixteen steps of a report, for a signature by `seal`.
    #[must_use]
    pub fn report(&self, seal: &Seal, check: &Check<'_>) -> Steps {
        let mut steps = Steps::new();
        if let Err(error) = self.verify(seal, check) {
            steps.fail(StepId::SealStatus, &error);
        } else {
            steps.ok(StepId::SealStatus, vec![]);
        }
        steps
    }
}

/// Why a seal signature is not revoked.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RevokeError {
    /// The signer of the statement is not trusted.
    Chain(Box<yinxin_pki::chain::ChainError>),
    /// Later signatures stand on this one; it cannot be taken out any more.
    DependedOn {
        /// Their numbers, counted from 1.
        by: Vec<usize>,
    },
    /// The statement's text is not what it should be.
    Form(Error),
    /// The file has no such signature, or it is no seal signature.
    NoSuchSignature {
        /// The number asked for.
        number: usize,
        /// How many the file has.
        signatures: usize,
    },
    /// The certificate is neither in the seal's list nor in its successor's.
    NotHolder,
    /// The file does not hold what is needed to restore the bytes before the sealing.
    NotRestorable,
    /// The statement's signature or encoding is wrong.
    Object(ObjectError),
    /// It is another seal.
    OtherSeal,
    /// The statement's text breaks a rule.
    Text(json::JsonError),
}

impl From<ObjectError> for RevokeError {
    fn from(error: ObjectError) -> Self {
        Self::Object(error)
    }
}

impl Explain for RevokeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Chain(error) => error.code(),
            Self::DependedOn { .. } => "depended_on",
            Self::Form(error) => error.code(),
            Self::NoSuchSignature { .. } => "no_such_signature",
            Self::NotHolder => "not_seal_holder",
            Self::NotRestorable => "not_restorable",
            Self::Object(error) => error.code(),
            Self::OtherSeal => "other_seal",
            Self::Text(error) => error.code(),
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Form(_) | Self::NotRestorable => Party::Sender,
            Self::NoSuchSignature { .. } => Party::Developer,
            _ => Party::Holder,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Chain(error) => error.facts(),
            Self::DependedOn { by } => {
                by.iter().map(|number| Fact::count("signature", *number)).collect()
            }
            Self::Form(error) => error.facts(),
            Self::NoSuchSignature { number, signatures } => {
                vec![Fact::count("number", *number), Fact::count("signatures", *signatures)]
            }
            Self::NotHolder | Self::NotRestorable | Self::OtherSeal => vec![],
            Self::Object(error) => error.facts(),
            Self::Text(error) => error.facts(),
        }
    }
}

impl fmt::Display for RevokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(error) => error.fmt(f),
            Self::DependedOn { by } => {
                let by: Vec<_> = by.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "signatures {} were made after this one and depend on it; revoke them first, \
                     or issue the statement alone",
                    by.join(", ")
                )
            }
            Self::Form(error) => error.fmt(f),
            Self::NoSuchSignature { number, signatures } => {
                write!(f, "no seal signature {number}; the file has {signatures} signatures")
            }
            Self::NotHolder => {
                f.write_str("only a certificate of the seal's list may revoke its use")
            }
            Self::NotRestorable => f.write_str(
                "the file does not hold the bytes before the sealing; issue the statement alone",
            ),
            Self::OtherSeal => f.write_str("the statement is by another seal"),
            Self::Object(error) => error.fmt(f),
            Self::Text(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RevokeError {}
