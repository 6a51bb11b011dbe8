//! Why a message was refused.

use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::{Error, Explain, Fact, Oid, Party, SignatureError};

/// Why a message was not believed or not opened.
///
/// A refused message releases nothing as final.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CmsError {
    /// The bytes are not what they should be.
    Form(Error),
    /// A signed attribute that must be there exactly once, with exactly one value, is not.
    Attribute {
        /// Its name in RFC 5652.
        name: &'static str,
    },
    /// The content, without signed attributes, is itself a set of signed attributes: somebody
    /// turned the attributes of another message into content.
    AttributesAsContent,
    /// The same signed attribute twice.
    DuplicateAttribute {
        /// Its identifier.
        found: Oid,
    },
    /// The contentType attribute names another type than the message has.
    ContentType {
        /// The type of the message.
        wanted: Oid,
        /// The type in the attribute.
        found: Oid,
    },
    /// The signature is detached and no content was given, or the message has content and another
    /// was given.
    Content {
        /// Whether the message carries its content.
        attached: bool,
    },
    /// The signer's digest is not in the message's list of digests.
    DigestNotListed,
    /// The signed attribute signingCertificate names another certificate.
    SigningCertificate,
    /// The content was changed after signing.
    MessageDigest,
    /// The message has no signer.
    NoSigner,
    /// The signer's certificate is neither in the message nor given.
    SignerCertificate,
    /// The signature value does not verify.
    Signature(SignatureError),
    /// The signature would verify with an empty SM2 user id instead of the standard one.
    SignatureEmptyId,
    /// The signature would verify without Z, as some programs sign; the standard asks for Z.
    SignatureWithoutZ,
    /// No key given opens it.
    NotMyKey {
        /// How many recipients the message has.
        recipients: usize,
    },
    /// Decryption failed: changed, or another key. One value for every cause.
    Decryption,
    /// More content than was announced, or less.
    ContentLength {
        /// Announced, in bytes.
        wanted: u64,
        /// Given, in bytes.
        found: u64,
    },
    /// A key of this kind cannot receive messages.
    RecipientKey {
        /// Its name, for instance `RSA`.
        key: &'static str,
    },
}

impl From<Error> for CmsError {
    fn from(error: Error) -> Self {
        Self::Form(error)
    }
}

impl From<SignatureError> for CmsError {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

impl Explain for CmsError {
    fn code(&self) -> &'static str {
        match self {
            Self::Form(error) => error.code(),
            Self::Attribute { .. } => "attribute",
            Self::AttributesAsContent => "attributes_as_content",
            Self::DuplicateAttribute { .. } => "duplicate_attribute",
            Self::ContentType { .. } => "content_type",
            Self::Content { attached: true } => "content_not_wanted",
            Self::Content { attached: false } => "content_missing",
            Self::DigestNotListed => "digest_not_listed",
            Self::SigningCertificate => "signing_certificate",
            Self::MessageDigest => "message_digest",
            Self::NoSigner => "no_signature",
            Self::SignerCertificate => "signer_certificate_missing",
            Self::Signature(error) => error.code(),
            Self::SignatureEmptyId => "signature_empty_id",
            Self::SignatureWithoutZ => "signature_without_z",
            Self::NotMyKey { .. } => "not_my_key",
            Self::Decryption => "decryption_failed",
            Self::ContentLength { .. } => "content_length",
            Self::RecipientKey { .. } => "recipient_key",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Form(error) => error.mended_by(),
            Self::Signature(error) => error.mended_by(),
            Self::NotMyKey { .. } => Party::Holder,
            Self::Content { .. } | Self::ContentLength { .. } | Self::RecipientKey { .. } => {
                Party::Developer
            }
            _ => Party::Sender,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Form(error) => error.facts(),
            Self::Signature(error) => error.facts(),
            Self::Attribute { name } => vec![Fact::text("name", *name)],
            Self::DuplicateAttribute { found } => vec![Fact::text("found", found.to_string())],
            Self::ContentType { wanted, found } => vec![
                Fact::text("wanted", wanted.to_string()),
                Fact::text("found", found.to_string()),
            ],
            Self::NotMyKey { recipients } => vec![Fact::count("recipients", *recipients)],
            Self::ContentLength { wanted, found } => {
                vec![Fact::number("wanted", *wanted), Fact::number("found", *found)]
            }
            Self::RecipientKey { key } => vec![Fact::text("key", *key)],
            _ => vec![],
        }
    }
}

impl fmt::Display for CmsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => error.fmt(f),
            Self::Attribute { name } => {
                write!(f, "the signed attribute {name} must stand exactly once with one value")
            }
            Self::AttributesAsContent => f.write_str(
                "the content is the signed attributes of another message; do not rely on it",
            ),
            Self::DuplicateAttribute { found } => {
                write!(f, "the signed attribute `{found}` stands more than once")
            }
            Self::ContentType { wanted, found } => {
                write!(f, "signed as content type `{found}`, but the message says `{wanted}`")
            }
            Self::Content { attached: true } => {
                f.write_str("the message carries its content; give no other")
            }
            Self::Content { attached: false } => {
                f.write_str("the signature is detached; give the file it was made for")
            }
            Self::DigestNotListed => {
                f.write_str("the signer's digest is not among the message's digests")
            }
            Self::SigningCertificate => {
                f.write_str("the signature names another certificate than the signer's")
            }
            Self::MessageDigest => f.write_str("the content was changed after signing"),
            Self::NoSigner => f.write_str("the message carries no signature"),
            Self::SignerCertificate => f.write_str(
                "the signer's certificate is not in the message; give it with the intermediates",
            ),
            Self::Signature(error) => error.fmt(f),
            Self::SignatureEmptyId => f.write_str(
                "signed with an empty SM2 user id; the standard's is `1234567812345678`",
            ),
            Self::SignatureWithoutZ => {
                f.write_str("signed over SM3 of the content without Z, which the standard asks for")
            }
            Self::NotMyKey { recipients } => {
                write!(f, "none of the keys given opens it; it has {recipients} recipients")
            }
            Self::Decryption => {
                f.write_str("decryption failed: the file was changed or the key is another one")
            }
            Self::ContentLength { wanted, found } => {
                write!(f, "{found} bytes of content where {wanted} were announced")
            }
            Self::RecipientKey { key } => {
                write!(f, "messages are encrypted to SM2 and P-256 keys, not to {key}")
            }
        }
    }
}

impl core::error::Error for CmsError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Form(error) => Some(error),
            Self::Signature(error) => Some(error),
            _ => None,
        }
    }
}
