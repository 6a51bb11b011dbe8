//! Certification requests (证书请求; PKCS#10, RFC 2986): made in two phases and checked.

use alloc::vec::Vec;
use core::fmt;

use super::{Extensions, Name};
use crate::der::{Reader, Tag, Writer};
use crate::{
    Error, Oddity, PublicKey, SignatureAlgorithm, SignatureError, ToSign, limits, oid, pem,
};

/// A request whose signature was checked: whoever made it holds the key.
#[derive(Clone, Eq, PartialEq)]
pub struct CertificateRequest {
    der: Vec<u8>,
    subject: Name,
    key: PublicKey,
    extensions: Extensions,
    oddities: Vec<Oddity>,
}

impl CertificateRequest {
    /// Reads a request from DER or PEM and checks its own signature.
    ///
    /// # Errors
    ///
    /// [`RequestError`]: malformed, or signed by another key.
    pub fn read(bytes: &[u8]) -> Result<Self, RequestError> {
        if pem::is_pem(bytes) {
            let blocks = pem::decode(bytes)?;
            let block = blocks.iter().find(|block| block.label.ends_with("CERTIFICATE REQUEST"));
            let expected = "a CERTIFICATE REQUEST";
            let block = block.ok_or(Error::Malformed { at: 0, expected })?;
            return Self::from_der(&block.der);
        }
        Self::from_der(bytes)
    }

    /// Reads a DER request and checks its own signature.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        if der.len() > limits::CERTIFICATE {
            let limit = 65_536;
            return Err(Error::Limit { at: 0, what: "request in bytes", limit }.into());
        }
        let mut outer = Reader::new(der);
        let mut request = outer.sequence()?;
        outer.finish()?;
        let info = request.expect(Tag::SEQUENCE)?;
        let (algorithm, oddity) = SignatureAlgorithm::read(&mut request)?;
        let signature = request.bit_string()?;
        request.finish()?;

        let mut fields = Reader::at(info.raw, info.at).sequence()?;
        let at = fields.position();
        let version = fields.uint()?;
        if version != 0 {
            return Err(Error::Version { at, what: "CertificationRequest", found: version }.into());
        }
        let subject = Name::read(&mut fields)?;
        let (key, mut oddities) = PublicKey::read_spki(&mut fields)?;
        oddities.extend(oddity);
        let mut extensions = Extensions::default();
        if let Some(mut attributes) = fields.optional_explicit(0)? {
            let mut count = 0;
            while !attributes.is_empty() {
                count += 1;
                if count > limits::ATTRIBUTES {
                    let at = attributes.position();
                    return Err(Error::Limit { at, what: "attributes", limit: 64 }.into());
                }
                let mut attribute = attributes.sequence()?;
                if attribute.oid()? == oid::EXTENSION_REQUEST {
                    let mut values = attribute.set()?;
                    extensions = Extensions::read(&mut values)?;
                    values.finish()?;
                } else {
                    attribute.any()?;
                }
                attribute.finish()?;
            }
        }
        fields.finish()?;
        key.verify(algorithm, info.raw, signature)?;
        Ok(Self { der: der.to_vec(), subject, key, extensions, oddities })
    }

    /// The octets as received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The name asked for; whoever issues decides.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key whose holder asks.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The extensions asked for.
    #[must_use]
    pub const fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// In what it deviates.
    #[must_use]
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }
}

impl fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateRequest({}, {:?})", self.subject, self.key)
    }
}

/// Why a request was refused. Whoever made it has to make it again.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestError {
    /// The bytes are not what they should be.
    Form(Error),
    /// The request's own signature does not verify.
    Signature(SignatureError),
}

impl From<Error> for RequestError {
    fn from(error: Error) -> Self {
        Self::Form(error)
    }
}

impl From<SignatureError> for RequestError {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

crate::error::delegate!(RequestError { Form, Signature });

/// A request before it is signed.
#[derive(Clone, Debug)]
pub struct RequestDraft {
    subject: Name,
    key: PublicKey,
}

impl RequestDraft {
    /// Asks for a certificate of `subject` over `key`.
    #[must_use]
    pub fn new(subject: Name, key: &PublicKey) -> Self {
        Self { subject, key: key.clone() }
    }

    /// Fixes what is to be signed.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Algorithm`] when the key is not SM2 or P-256.
    pub fn prepare(&self) -> Result<RequestSigning, SignatureError> {
        let info = Writer::build(|w| {
            w.sequence(|w| {
                w.uint(0);
                w.raw(self.subject.as_der());
                w.raw(&self.key.to_spki());
                w.explicit(0, |_| {});
            });
        });
        let to_sign = ToSign::message(&self.key, &info)?;
        Ok(RequestSigning { info, to_sign })
    }
}

/// A request waiting for its signature.
#[derive(Clone, Debug)]
pub struct RequestSigning {
    info: Vec<u8>,
    to_sign: ToSign,
}

impl RequestSigning {
    /// What goes to the key.
    #[must_use]
    pub const fn to_sign(&self) -> &ToSign {
        &self.to_sign
    }

    /// Takes the key's answer, checks it, and gives the request's DER.
    ///
    /// # Errors
    ///
    /// [`SignatureError`]: another key's answer.
    pub fn finish(self, answer: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let signature = self.to_sign.finish(answer)?;
        Ok(signed(&self.info, self.to_sign.algorithm(), signature.as_ref()))
    }
}

/// SEQUENCE { signed part, algorithm, BIT STRING }: the shape of certificates, requests and CRLs.
pub(crate) fn signed(part: &[u8], algorithm: SignatureAlgorithm, signature: &[u8]) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(part);
            algorithm.write(w);
            w.bit_string(signature);
        });
    })
}
