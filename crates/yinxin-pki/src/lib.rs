//! Certificates, keys and CMS for SM2 and P-256, without std.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, not(feature = "nfc")))]
extern crate std;

mod algorithm;
pub mod base64;
mod ber;
pub mod certificate;
pub mod chain;
pub mod cipher;
pub mod cms;
mod code;
pub mod der;
pub mod digest;
pub mod envelope;
mod error;
pub mod json;
pub mod key;
pub mod limits;
mod mask;
pub mod nfc;
mod oddity;
pub mod oid;
pub mod operation;
pub mod pem;
pub mod report;
pub mod revocation;
pub mod signed_object;
#[cfg(test)]
mod testing;
mod time;
pub mod timestamp;
mod trust;

mod wrap;

pub use algorithm::SignatureAlgorithm;
pub use certificate::{
    Certificate, CertificateRequest, DualCertificate, EncryptionCertificate, Holder, Name,
    SerialNumber, SigningCertificate,
};
pub use code::{ResidentId, UnifiedCode};
pub use digest::{Digest, DigestAlgorithm, Hasher};
pub use error::{Error, Explain, Fact, FactValue, Party};
pub use key::custody::{ToSign, ToUnwrap, UnwrapError};
pub use key::{
    Curve, DecryptionKey, KeyError, KeyFile, KeyFileKind, KeyId, PrivateKey, PublicKey, Signature,
    SignatureError, SigningKey, pkcs8,
};
pub use mask::Masked;
pub use oddity::Oddity;
pub use oid::Oid;
pub use time::{Time, Validity};
pub use trust::{Anchor, Purpose, TrustStore};
