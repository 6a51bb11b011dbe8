//! A platform's signed call (签名调用): how the hub knows which platform opens a session.
//!
//! ```text
//! signed  = "yinxin-call-1" ‖ 00 ‖ method LF path?query LF timestamp LF nonce LF H(body)
//! headers   Yinxin-Platform: code          Yinxin-Credential: key id, 40 hex digits
//!           Yinxin-Timestamp: seconds      Yinxin-Nonce: 22 characters of base64url
//!           Yinxin-Signature: DER in base64url
//! ```
//!
//! H is SM3 under an SM2 key and SHA-256 under a P-256 key, in lower-case hex. The label keeps a
//! call from passing for anything else that this key signs.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::{Certificate, Curve, DigestAlgorithm, PublicKey, ToSign, base64};

use super::http::header;
use crate::label::Label;
use crate::{Code, Refused};

/// Seconds that a call's time may be off the hub's clock.
pub const WINDOW: u64 = 300;

/// Seconds for which the hub remembers nonces: the window on both sides.
pub const REMEMBERED: u64 = 600;

/// A call before its signature.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// `POST` or `GET`.
    pub method: &'a str,
    /// Path with the query, as it stands in the request line.
    pub path: &'a str,
    /// The body's octets.
    pub body: &'a [u8],
}

/// What a platform puts into the headers of a call, or the hub found there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CallHeaders {
    /// The platform's code.
    pub platform: String,
    /// Key id of its certificate's key, lower-case hex.
    pub credential: String,
    /// Seconds since 1970, UTC.
    pub timestamp: u64,
    /// 16 random bytes.
    pub nonce: [u8; 16],
    /// DER.
    pub signature: Vec<u8>,
}

/// A call about to be signed.
#[derive(Clone, Debug)]
pub struct CallDraft {
    headers: CallHeaders,
    to_sign: ToSign,
}

impl Call<'_> {
    fn octets(&self, key: &PublicKey, timestamp: u64, nonce: &str) -> Vec<u8> {
        let digest = match key.curve() {
            Some(Curve::Sm2) => DigestAlgorithm::Sm3,
            _ => DigestAlgorithm::Sha256,
        };
        let digest = digest.digest(self.body);
        let mut text = Vec::new();
        Label::Call.write(&[], |octets| text.extend_from_slice(octets));
        let line = format!("{}\n{}\n{timestamp}\n{nonce}\n{digest}", self.method, self.path);
        text.extend_from_slice(line.as_bytes());
        text
    }

    /// Prepares the call for the key of `certificate`, which signs the platform's requests too.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] for a certificate whose key is neither SM2 nor P-256.
    pub fn draft(
        &self,
        platform: &str,
        certificate: &Certificate,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<CallDraft, Refused> {
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        let key = certificate.public_key();
        let octets = self.octets(key, now, &base64::encode_url(&nonce));
        let to_sign = ToSign::message(key, &octets).map_err(|_| Code::Internal)?;
        let headers = CallHeaders {
            platform: platform.into(),
            credential: key.id().to_string(),
            timestamp: now,
            nonce,
            signature: Vec::new(),
        };
        Ok(CallDraft { headers, to_sign })
    }

    /// Checks a call's time and signature under `certificate`, the one of the platform's that the
    /// credential names. That its nonce is new, the hub knows.
    ///
    /// # Errors
    ///
    /// [`Code::RequestTime`] outside [`WINDOW`]; [`Code::RequestSignature`].
    pub fn check(
        &self,
        headers: &CallHeaders,
        certificate: &Certificate,
        now: u64,
    ) -> Result<(), Refused> {
        if headers.timestamp.abs_diff(now) > WINDOW {
            return Err(Code::RequestTime.into());
        }
        let key = certificate.public_key();
        let octets = self.octets(key, headers.timestamp, &base64::encode_url(&headers.nonce));
        let to_sign = ToSign::message(key, &octets).map_err(|_| Code::RequestSignature)?;
        let signed = key.verify_digest(to_sign.algorithm(), to_sign.digest(), &headers.signature);
        Ok(signed.map_err(|_| Code::RequestSignature)?)
    }
}

impl CallDraft {
    /// What goes to the key.
    #[must_use]
    pub const fn to_sign(&self) -> &ToSign {
        &self.to_sign
    }

    /// Takes the key's answer.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`]: another key's answer.
    pub fn finish(mut self, answer: &[u8]) -> Result<CallHeaders, Refused> {
        let signature = self.to_sign.finish(answer).map_err(|_| Code::Internal)?;
        self.headers.signature = signature.as_ref().to_vec();
        Ok(self.headers)
    }
}

impl CallHeaders {
    /// As they stand in a request: name and value.
    #[must_use]
    pub fn to_pairs(&self) -> [(&'static str, String); 5] {
        [
            (header::PLATFORM, self.platform.clone()),
            (header::CREDENTIAL, self.credential.clone()),
            (header::TIMESTAMP, self.timestamp.to_string()),
            (header::NONCE, base64::encode_url(&self.nonce)),
            (header::SIGNATURE, base64::encode_url(&self.signature)),
        ]
    }

    /// Reads them out of a request; `get` gives a header's value by its name.
    ///
    /// # Errors
    ///
    /// [`Code::PlatformUnknown`] where none says who calls; [`Code::RequestMalformed`] for a value
    /// of another form.
    pub fn read<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Refused> {
        let malformed = || Refused::from(Code::RequestMalformed);
        let platform = get(header::PLATFORM).ok_or(Code::PlatformUnknown)?;
        let value = |name| get(name).filter(|value| value.len() <= 512).ok_or_else(malformed);
        let octets = |text: &str| base64::decode_url(text.as_bytes()).map_err(|_| malformed());
        let credential = value(header::CREDENTIAL)?;
        let hex = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
        let timestamp = value(header::TIMESTAMP)?;
        let digits = timestamp.bytes().all(|b| b.is_ascii_digit()) && timestamp.len() <= 15;
        let nonce = octets(value(header::NONCE)?)?;
        if credential.len() != 40 || !credential.bytes().all(hex) || !digits || platform.len() > 64
        {
            return Err(malformed());
        }
        Ok(Self {
            platform: platform.into(),
            credential: credential.into(),
            timestamp: timestamp.parse().map_err(|_| malformed())?,
            nonce: nonce.as_slice().try_into().map_err(|_| malformed())?,
            signature: octets(value(header::SIGNATURE)?)?,
        })
    }
}
