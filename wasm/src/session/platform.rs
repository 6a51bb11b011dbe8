//! A platform's back end: it makes requests, and accepts each answer once.
//!
//! Whatever is signed goes out as a [`ToSignHandle`] and comes back as a signature, so that the
//! platform's key may lie in a hardware module; a key that was given is held here and never leaves.

use core::fmt;

use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::key::container;
use yinxin::revocation::{Crl, RevocationData};
use yinxin::session::platform::{Ask, Opening, Pending, Platform, RequestDraft, Visit};
use yinxin::session::statement::Judge;
use yinxin::session::wire::http::{self, Opened};
use yinxin::session::wire::{
    Begin, Call, CallDraft, Display, Payload, Platform as Names, PlatformReceipt, Require,
    ResultForPlatform, Ticket, Token,
};
use yinxin::session::{Code, Scene, Suite};
use yinxin::signed_object::ObjectDraft;
use yinxin::verify::answer;
use yinxin::{Certificate, SignatureAlgorithm, SigningKey, ToSign, TrustStore};
use zeroize::Zeroizing;

use super::text::{base64url, fail, octets, read, write};
use crate::error::Failure;
use crate::number::whole;
use crate::random::random;

/// A refusal as the protocol writes it (RFC 9457), JSON: what a back end answers its page with.
///
/// # Errors
///
/// `internal`.
#[wasm_bindgen(js_name = problemOf)]
pub fn problem_of(code: &str) -> Result<String, Failure> {
    let code = Code::from_name(code).unwrap_or(Code::Internal);
    write(&http::Problem::new(&code.into()))
}

/// A platform that asks.
#[wasm_bindgen]
pub struct PlatformHandle {
    platform: Platform,
    suite: Suite,
    trust: TrustStore,
    revocation: RevocationData,
    require_revocation: bool,
    key: Option<SigningKey>,
}

/// How it is known, JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    code: String,
    name: String,
    hub: String,
    origins: Vec<String>,
}

/// What a page wishes, as the back end decided it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskText {
    scene: Scene,
    #[serde(default)]
    display: Display,
    #[serde(default)]
    payload: Option<Value>,
    #[serde(default)]
    require: Require,
}

#[wasm_bindgen]
impl PlatformHandle {
    /// A platform: `known` is JSON `{code, name, hub, origins}`; certificate and roots of holders'
    /// certificates are PEM or DER; the key, where it is given, any key file with its password.
    ///
    /// # Errors
    ///
    /// `request_malformed`, those of certificates and key files, `suite_unsupported` for a key that
    /// is neither SM2 nor P-256, `other_key` for a key that is not the certificate's.
    #[wasm_bindgen(constructor)]
    pub fn new(
        known: &str,
        certificate: &[u8],
        trust: &[u8],
        key: Option<Vec<u8>>,
        password: Option<Vec<u8>>,
    ) -> Result<Self, Failure> {
        let Known { code, name, hub, origins } = read(known, Code::RequestMalformed)?;
        let read = Certificate::from_pem_or_der(certificate)?.into_iter().next();
        let certificate = read.ok_or_else(|| fail(Code::RequestMalformed))?;
        let curve = certificate.public_key().curve();
        let suite = Suite::ALL.into_iter().find(|suite| curve == Some(suite.curve()));
        let suite = suite.ok_or_else(|| fail(Code::SuiteUnsupported))?;
        let password = password.map(Zeroizing::new);
        let key = match key.map(Zeroizing::new) {
            Some(bytes) => {
                let file = container::read(&bytes, password.as_ref().map(|own| &own[..]));
                let key = file?.key.into_signing();
                if key.public() != certificate.public_key() {
                    return Err(Failure::from(yinxin::KeyError::OtherKey));
                }
                Some(key)
            }
            None => None,
        };
        let platform = Platform { names: Names { code, name }, hub, origins, certificate };
        Ok(Self {
            platform,
            suite,
            trust: TrustStore::from_pem(trust)?,
            revocation: RevocationData::default(),
            require_revocation: false,
            key,
        })
    }

    /// Its suite, from its certificate.
    #[must_use]
    pub fn suite(&self) -> String {
        self.suite.name().into()
    }

    /// The roots of holders' certificates, PEM: for its pages.
    #[must_use]
    pub fn trust(&self) -> String {
        let anchors = self.trust.anchors().iter();
        anchors
            .map(|anchor| yinxin::pem::encode("CERTIFICATE", anchor.certificate().as_der()))
            .collect()
    }

    /// Takes revocation lists, DER, in place of those it has.
    ///
    /// # Errors
    ///
    /// Those of revocation lists; it keeps what it had.
    #[wasm_bindgen(js_name = setRevocationLists)]
    pub fn set_revocation_lists(&mut self, lists: Vec<Uint8Array>) -> Result<(), Failure> {
        let mut revocation = RevocationData::default();
        for list in lists {
            revocation.crls.push(Crl::from_der(&list.to_vec())?);
        }
        self.revocation = revocation;
        Ok(())
    }

    /// From now on a certificate of unknown status is refused.
    #[wasm_bindgen(js_name = requireRevocation)]
    pub fn require_revocation(&mut self) {
        self.require_revocation = true;
    }

    /// Whether it holds its key itself.
    #[wasm_bindgen(js_name = hasKey)]
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Signs with the key that it holds.
    ///
    /// # Errors
    ///
    /// `internal` without a key.
    pub fn sign(&self, to_sign: &ToSignHandle) -> Result<Vec<u8>, Failure> {
        let key = self.key.as_ref().ok_or_else(|| fail(Code::Internal))?;
        key.sign(&to_sign.0, &mut random()).map_err(Failure::from)
    }

    /// A page was asked for by the visitor with this cookie: JSON to keep, with the `nonce` for the
    /// page.
    ///
    /// # Errors
    ///
    /// `internal`.
    pub fn visit(&self, cookie: &[u8], now: f64) -> Result<String, Failure> {
        write(&self.platform.visit(cookie, whole(now), &mut random()))
    }

    /// Makes the request of a visitor's page: `begin` is what the page sent, `ask` JSON `{scene,
    /// display?, payload?, require?}`, `visit` what was kept.
    ///
    /// # Errors
    ///
    /// `answer_binding`, `hub_mismatch`, `origin_unregistered`, `request_malformed`,
    /// `scene_not_allowed`.
    pub fn request(
        &self,
        begin: &str,
        ask: &str,
        visit: &str,
        cookie: &[u8],
        now: f64,
    ) -> Result<RequestHandle, Failure> {
        let begin = Begin::read(begin.as_bytes())?;
        let AskText { scene, display, payload, require } = read(ask, Code::RequestMalformed)?;
        let payload = Payload::read(scene, payload).ok_or_else(|| fail(Code::RequestMalformed))?;
        // A proxy who logged in as himself could have somebody else's phone act for him.
        if scene.needs_account() && require.credit_code.is_none() && require.subject.is_none() {
            return Err(fail(Code::RequestMalformed));
        }
        let ask = Ask { display, payload, require };
        let visit: Visit = read(visit, Code::AnswerBinding)?;
        let draft = self.platform.request(begin, ask, &visit, cookie, whole(now))?;
        Ok(RequestHandle(draft))
    }

    /// A signed call to the hub.
    ///
    /// # Errors
    ///
    /// `internal`.
    pub fn call(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
        now: f64,
    ) -> Result<CallHandle, Failure> {
        let (code, certificate) = (&self.platform.names.code, &self.platform.certificate);
        let call = Call { method, path, body };
        call.draft(code, certificate, whole(now), &mut random())
            .map_err(Failure::from)
            .map(CallHandle)
    }

    /// Verifies an answer for the visitor with this cookie, and takes it once: JSON `{pending,
    /// again, answer}`; keep `pending` before anything else is done.
    ///
    /// # Errors
    ///
    /// Those of `Platform::accept`; `pending` is as it was then.
    pub fn accept(
        &self,
        pending: &str,
        result: &[u8],
        cookie: &[u8],
        now: f64,
    ) -> Result<String, Failure> {
        let mut pending: Pending = read(pending, Code::SessionUnknown)?;
        let result = ResultForPlatform::read(result)?;
        let has_lists = !self.revocation.crls.is_empty();
        let judge = Judge {
            trust: &self.trust,
            revocation: has_lists.then_some(&self.revocation),
            require_revocation: self.require_revocation,
            now: whole(now),
        };
        let accepted = self.platform.accept(&mut pending, &result, cookie, judge)?;
        let ResultForPlatform { statement, shown, products, .. } = &result;
        let answer = answer::verified(&accepted.statement, &statement.0, &shown.0, products)?;
        write(&json!({"pending": pending, "again": accepted.again, "answer": answer}))
    }

    /// The platform's receipt for the phone: the act counts where `refused` is nothing. Digests are
    /// base64url.
    ///
    /// # Errors
    ///
    /// `request_malformed` for a code that there is not.
    pub fn receipt(
        &self,
        request_digest: &str,
        statement_digest: &str,
        refused: Option<String>,
        reference: Option<String>,
        now: f64,
    ) -> Result<ReceiptHandle, Failure> {
        let malformed = || fail(Code::RequestMalformed);
        let refused = match refused {
            Some(name) => Some(Code::from_name(&name).ok_or_else(malformed)?),
            None => None,
        };
        let request = octets(request_digest, Code::RequestMalformed)?;
        let statement = octets(statement_digest, Code::RequestMalformed)?;
        let code = &self.platform.names.code;
        let mut receipt = PlatformReceipt::new(code, &request, &statement, refused, whole(now));
        receipt.reference = reference;
        receipt.draft(&self.platform.certificate).map_err(Failure::from).map(ReceiptHandle)
    }
}

impl fmt::Debug for PlatformHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlatformHandle({})", self.platform.names.code)
    }
}

/// What is to be signed (待签数据): a digest, under a known key and algorithm.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ToSignHandle(ToSign);

#[wasm_bindgen]
impl ToSignHandle {
    /// 32 octets; for SM2 they hold Z already.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        self.0.digest().to_vec()
    }

    /// `SM2` or `ECDSA`.
    #[must_use]
    pub fn algorithm(&self) -> String {
        match self.0.algorithm() {
            SignatureAlgorithm::Sm2Sm3 => "SM2",
            _ => "ECDSA",
        }
        .into()
    }

    /// Key id in lower-case hex.
    #[wasm_bindgen(js_name = keyId)]
    #[must_use]
    pub fn key_id(&self) -> String {
        self.0.key().id().to_string()
    }
}

/// A request about to be signed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct RequestHandle(RequestDraft);

#[wasm_bindgen]
impl RequestHandle {
    /// What goes to the platform's key.
    #[wasm_bindgen(js_name = toSign)]
    #[must_use]
    pub fn to_sign(&self) -> ToSignHandle {
        ToSignHandle(self.0.to_sign().clone())
    }

    /// Takes the signature: DER, or r‖s of 64 octets. This handle is used up.
    ///
    /// # Errors
    ///
    /// `request_signature`, `request_too_large`.
    pub fn finish(self, signature: &[u8]) -> Result<OpeningHandle, Failure> {
        self.0.finish(signature, &mut random()).map_err(Failure::from).map(OpeningHandle)
    }
}

/// A session about to be opened.
#[wasm_bindgen]
#[derive(Debug)]
pub struct OpeningHandle(Opening);

/// What came of an opening.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OpenedText {
    digest: String,
    ticket: Ticket,
    pending: Pending,
    sid: String,
    platform_token: Token,
}

#[wasm_bindgen]
impl OpeningHandle {
    /// The body of the call to the hub.
    ///
    /// # Errors
    ///
    /// `internal`.
    pub fn body(&self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(&self.0.open).map_err(|_| fail(Code::Internal))
    }

    /// The hub opened the session: JSON `{digest, ticket, pending, sid, platformToken}`; the ticket
    /// is the page's and not to be kept. This handle is used up.
    ///
    /// # Errors
    ///
    /// `internal` for an answer that is none.
    pub fn opened(self, opened: &str) -> Result<String, Failure> {
        let opened: Opened = read(opened, Code::Internal)?;
        let (ticket, pending) = self.0.opened(&opened)?;
        write(&OpenedText {
            digest: base64url(&pending.digest.0),
            sid: http::sid_text(ticket.sid()),
            ticket,
            pending,
            platform_token: opened.platform_token,
        })
    }
}

/// A call to the hub about to be signed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct CallHandle(CallDraft);

#[wasm_bindgen]
impl CallHandle {
    /// What goes to the platform's key.
    #[wasm_bindgen(js_name = toSign)]
    #[must_use]
    pub fn to_sign(&self) -> ToSignHandle {
        ToSignHandle(self.0.to_sign().clone())
    }

    /// The call's headers: JSON of pairs. This handle is used up.
    ///
    /// # Errors
    ///
    /// `internal`: another key's signature.
    pub fn finish(self, signature: &[u8]) -> Result<String, Failure> {
        write(&self.0.finish(signature)?.to_pairs())
    }
}

/// A receipt about to be signed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ReceiptHandle(ObjectDraft);

#[wasm_bindgen]
impl ReceiptHandle {
    /// What goes to the platform's key.
    #[wasm_bindgen(js_name = toSign)]
    #[must_use]
    pub fn to_sign(&self) -> ToSignHandle {
        ToSignHandle(self.0.to_sign().clone())
    }

    /// The receipt, DER. This handle is used up.
    ///
    /// # Errors
    ///
    /// `request_signature`: another key's signature.
    pub fn finish(self, signature: &[u8]) -> Result<Vec<u8>, Failure> {
        self.0.finish(signature).map_err(|_| fail(Code::RequestSignature))
    }
}
