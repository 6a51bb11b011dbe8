//! Receipts (回执): what a bidder shows when the answer was given in time and the platform denies it.
//!
//! The hub signs that an answer was in its hands (`stored`) and that the page acknowledged it
//! (`delivered`); the platform signs that the act counts (`accepted`) or does not (`refused`).

use alloc::string::String;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use yinxin_pki::signed_object::{ObjectDraft, ObjectType, SignedObject};
use yinxin_pki::{Certificate, json};

use super::{Binary, signing_time};
use crate::channel::Sid;
use crate::{Code, Refused, Scene};

const TYP: &str = "yinxin-receipt-1";

/// Characters of a platform's own number, at most.
const REFERENCE: usize = 64;

/// What the hub confirms.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HubReceiptKind {
    /// The page or the platform acknowledged the answer.
    Delivered,
    /// The answer was in the hub's hands.
    Stored,
}

/// The hub's receipt (枢纽回执).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HubReceipt {
    typ: String,
    /// What it confirms.
    pub kind: HubReceiptKind,
    /// Host name of the hub.
    pub hub: String,
    sid: Binary,
    /// H of the request's octets.
    pub request_digest: Binary,
    /// H of the answer's envelope.
    pub answer_digest: Binary,
    /// Scene.
    pub scene: Scene,
    /// The session's state, as on the wire.
    pub state: String,
    /// The number of the event.
    pub n: u64,
    /// Seconds since 1970, UTC, by the hub's clock.
    pub at: u64,
    /// The newest trust list's number.
    pub list_number: u64,
}

/// What a receipt of the hub must be about.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// Host name of the hub.
    pub hub: &'a str,
    /// The session.
    pub sid: Sid,
    /// H of the request's octets.
    pub request_digest: &'a [u8],
    /// H of the answer's envelope.
    pub answer_digest: &'a [u8],
    /// Scene.
    pub scene: Scene,
}

impl HubReceipt {
    /// A receipt to be signed.
    #[must_use]
    pub fn new(
        kind: HubReceiptKind,
        delivery: Delivery<'_>,
        state: &str,
        n: u64,
        at: u64,
        list_number: u64,
    ) -> Self {
        Self {
            typ: TYP.into(),
            kind,
            hub: delivery.hub.into(),
            sid: Binary(delivery.sid.0.to_vec()),
            request_digest: Binary(delivery.request_digest.to_vec()),
            answer_digest: Binary(delivery.answer_digest.to_vec()),
            scene: delivery.scene,
            state: state.into(),
            n,
            at,
            list_number,
        }
    }

    /// Prepares the signed object, for the key of `certificate`, one of the list's `hubKeys`.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] for a certificate whose key is neither SM2 nor P-256.
    pub fn draft(&self, certificate: &Certificate) -> Result<ObjectDraft, Refused> {
        draft(self, self.at, certificate)
    }

    /// Reads a receipt of `kind` about `delivery` that one of `keys` signed.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerSignature`]: another type, signer or form; [`Code::AnswerBinding`]: about
    /// another answer, session, hub, or of the other kind.
    pub fn read(
        der: &[u8],
        kind: HubReceiptKind,
        delivery: Delivery<'_>,
        keys: &[Certificate],
    ) -> Result<Self, Refused> {
        let receipt: Self = read(der, keys)?;
        let expected =
            Self::new(kind, delivery, &receipt.state, receipt.n, receipt.at, receipt.list_number);
        // An honest hub says `completed` for what was delivered and `answered` for what was not.
        let state = match kind {
            HubReceiptKind::Delivered => "completed",
            HubReceiptKind::Stored => "answered",
        };
        if receipt.typ != TYP {
            return Err(Code::AnswerSignature.into());
        }
        if receipt == expected && receipt.state == state {
            Ok(receipt)
        } else {
            Err(Code::AnswerBinding.into())
        }
    }
}

/// What the platform says of the act.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlatformReceiptKind {
    /// It counts.
    Accepted,
    /// It does not; the code says why.
    Refused,
}

/// The platform's receipt (平台回执).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PlatformReceipt {
    typ: String,
    /// Whether the act counts.
    pub kind: PlatformReceiptKind,
    /// H of the request's octets.
    pub request_digest: Binary,
    /// H of the signed statement.
    pub statement_digest: Binary,
    /// Why it does not count: a code of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The platform's code.
    pub platform: String,
    /// Seconds since 1970, UTC, by the platform's clock.
    pub at: u64,
    /// The platform's own number of the act, 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl PlatformReceipt {
    /// A receipt to be signed: the act counts where `refused` is none.
    #[must_use]
    pub fn new(
        platform: &str,
        request_digest: &[u8],
        statement_digest: &[u8],
        refused: Option<Code>,
        at: u64,
    ) -> Self {
        Self {
            typ: TYP.into(),
            kind: match refused {
                None => PlatformReceiptKind::Accepted,
                Some(_) => PlatformReceiptKind::Refused,
            },
            request_digest: Binary(request_digest.to_vec()),
            statement_digest: Binary(statement_digest.to_vec()),
            code: refused.map(|code| code.name().into()),
            platform: platform.into(),
            at,
            reference: None,
        }
    }

    /// Prepares the signed object, for the key of `certificate`, which signs the platform's
    /// requests.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`] for a receipt that [`read`](Self::read) would refuse;
    /// [`Code::Internal`] for a certificate whose key is neither SM2 nor P-256.
    pub fn draft(&self, certificate: &Certificate) -> Result<ObjectDraft, Refused> {
        let text = serde_json::to_vec(self).map_err(|_| Code::Internal)?;
        let again: Self = json::read(&text).map_err(|_| Code::RequestMalformed)?;
        if !again.fits() {
            return Err(Code::RequestMalformed.into());
        }
        draft(self, self.at, certificate)
    }

    /// Reads a receipt of `platform` about this request and statement that one of `certificates`
    /// signed: the platform's, out of the trust list.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerSignature`]: another type, signer or form; [`Code::AnswerBinding`]: about
    /// another statement or request, or another platform's.
    pub fn read(
        der: &[u8],
        platform: &str,
        request_digest: &[u8],
        statement_digest: &[u8],
        certificates: &[Certificate],
    ) -> Result<Self, Refused> {
        let receipt: Self = read(der, certificates)?;
        if !receipt.fits() {
            return Err(Code::AnswerSignature.into());
        }
        let bound = receipt.platform == platform
            && receipt.request_digest.0 == request_digest
            && receipt.statement_digest.0 == statement_digest;
        if bound { Ok(receipt) } else { Err(Code::AnswerBinding.into()) }
    }

    fn fits(&self) -> bool {
        let code = match (self.kind, &self.code) {
            (PlatformReceiptKind::Accepted, None) => true,
            (PlatformReceiptKind::Refused, Some(code)) => Code::from_name(code).is_some(),
            (PlatformReceiptKind::Accepted | PlatformReceiptKind::Refused, _) => false,
        };
        let short = |text: &String| (1..=REFERENCE).contains(&text.chars().count());
        self.typ == TYP && code && self.reference.as_ref().is_none_or(short)
    }
}

fn draft(
    receipt: &impl Serialize,
    at: u64,
    certificate: &Certificate,
) -> Result<ObjectDraft, Refused> {
    let text = serde_json::to_vec(receipt).map_err(|_| Code::Internal)?;
    let at = signing_time(at);
    let draft = ObjectDraft::new(ObjectType::Receipt, text, certificate, &[], at);
    Ok(draft.map_err(|_| Code::Internal)?)
}

fn read<T: DeserializeOwned>(der: &[u8], signers: &[Certificate]) -> Result<T, Refused> {
    let wrong = || Refused::from(Code::AnswerSignature);
    let object = SignedObject::from_der(der, ObjectType::Receipt).map_err(|_| wrong())?;
    let verified = signers.iter().find_map(|signer| object.verify(signer).ok());
    json::read(verified.ok_or_else(wrong)?.content).map_err(|_| wrong())
}
