//! The structures as we write them: DER, version 4 or 5, extensions where peers put them.

use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::{Oid, Time};

use super::{Extension, Holders, Seal, SealSignature, Version};
use crate::maker::{ExtensionTag, SealDraft};
use crate::placement::Millimetres;

/// DER of SES_SealInfo.
pub(crate) fn seal_info(draft: &SealDraft, holders: &Holders) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.tlv(Tag::IA5_STRING, b"ES");
                w.uint(draft.version.number());
                w.tlv(Tag::IA5_STRING, draft.vendor.as_bytes());
            });
            w.tlv(Tag::IA5_STRING, draft.id.as_bytes());
            w.sequence(|w| {
                w.uint(draft.kind);
                w.utf8_string(&draft.name);
                write_holders(w, holders);
                w.generalized_time(draft.created);
                w.generalized_time(draft.from);
                w.generalized_time(draft.until);
            });
            w.sequence(|w| {
                w.tlv(Tag::IA5_STRING, draft.picture.kind.as_bytes());
                w.octet_string(&draft.picture.data);
                w.uint(round_up(draft.picture.width));
                w.uint(round_up(draft.picture.height));
            });
            if !draft.extensions.is_empty() {
                match draft.extension_tag {
                    ExtensionTag::Explicit => {
                        w.explicit(0, |w| write_extensions(w, &draft.extensions));
                    }
                    ExtensionTag::Untagged => write_extensions(w, &draft.extensions),
                }
            }
        });
    })
}

/// The structure has whole millimetres only.
fn round_up(length: Millimetres) -> u64 {
    u64::try_from(length.micrometres().max(0)).unwrap_or(0).div_ceil(1000)
}

fn write_holders(w: &mut Writer, holders: &Holders) {
    match holders {
        Holders::Certificates(list) => {
            w.uint(1);
            w.sequence(|w| list.iter().for_each(|der| w.octet_string(der)));
        }
        Holders::Digests(list) => {
            w.uint(2);
            w.sequence(|w| {
                for entry in list {
                    w.sequence(|w| {
                        w.printable_string(&entry.name);
                        w.octet_string(&entry.value);
                    });
                }
            });
        }
    }
}

fn write_extensions(w: &mut Writer, extensions: &[Extension]) {
    w.sequence(|w| {
        for extension in extensions {
            w.sequence(|w| {
                w.oid(&extension.id);
                if extension.critical {
                    w.boolean(true);
                }
                w.octet_string(&extension.value);
            });
        }
    });
}

fn write_timestamp(w: &mut Writer, token: Option<&[u8]>) {
    if let Some(token) = token {
        w.explicit(0, |w| w.bit_string(token));
    }
}

/// DER of SESeal around a signed SES_SealInfo.
pub(crate) fn seal(
    info: &[u8],
    maker: &[u8],
    algorithm: &Oid,
    signature: &[u8],
    timestamp: Option<&[u8]>,
) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(info);
            w.octet_string(maker);
            w.oid(algorithm);
            w.bit_string(signature);
            write_timestamp(w, timestamp);
        });
    })
}

/// DER of TBS_Sign.
pub(super) fn tbs(
    seal: &Seal,
    time: Time,
    data_hash: &[u8],
    property: &str,
    extensions: &[Extension],
) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.uint(seal.version().number());
            w.raw(seal.as_der());
            w.generalized_time(time);
            w.bit_string(data_hash);
            w.tlv(Tag::IA5_STRING, property.as_bytes());
            if !extensions.is_empty() {
                w.explicit(0, |w| write_extensions(w, extensions));
            }
        });
    })
}

/// DER of SES_Signature.
pub(super) fn signature(
    tbs: &[u8],
    certificate: &[u8],
    algorithm: &Oid,
    value: &[u8],
    timestamp: Option<&[u8]>,
) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(tbs);
            w.octet_string(certificate);
            w.oid(algorithm);
            w.bit_string(value);
            write_timestamp(w, timestamp);
        });
    })
}

impl Seal {
    /// SEQUENCE { SES_SealInfo, cert, OID }: what the maker of a v1 seal signs.
    pub(super) fn signed_as_v1(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&self.info);
                w.octet_string(&self.maker);
                w.oid(&self.algorithm);
            });
        })
    }

    /// The same seal with a timestamp token over the maker's signature value.
    ///
    /// # Errors
    ///
    /// [`SealError::TimestampVersion`](crate::SealError::TimestampVersion) unless it is of
    /// version 5.
    pub fn with_timestamp(mut self, token: &[u8]) -> Result<Self, crate::SealError> {
        if self.version != Version::V5 {
            return Err(crate::SealError::TimestampVersion);
        }
        self.der = seal(&self.info, &self.maker, &self.algorithm, &self.signature, Some(token));
        self.timestamp = Some(token.to_vec());
        Ok(self)
    }
}

impl SealSignature {
    /// The same seal signature with a timestamp token over the signature value. v1 has no place
    /// for it, and a signature of ours is never v1.
    ///
    /// # Errors
    ///
    /// [`SealError::TimestampVersion`](crate::SealError::TimestampVersion) for v1.
    pub fn with_timestamp(mut self, token: &[u8]) -> Result<Self, crate::SealError> {
        if self.seal.version == Version::V1 {
            return Err(crate::SealError::TimestampVersion);
        }
        let Self { tbs, certificate, algorithm, signature: value, .. } = &self;
        self.der = signature(tbs, certificate, algorithm, value, Some(token));
        self.timestamp = Some(token.to_vec());
        Ok(self)
    }
}
