//! Derived values: every digest and key of the protocol is made under a label of its own.

use alloc::vec::Vec;

use hmac::Hmac;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use sm3::Sm3;
use yinxin_pki::cipher::Cipher;
use yinxin_pki::{Curve, Digest, DigestAlgorithm};
use zeroize::Zeroizing;

/// Which algorithms a session uses throughout (套件); nothing is negotiated.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Suite {
    /// P-256, SHA-256, AES-128-GCM.
    #[serde(rename = "NIST")]
    Nist,
    /// SM2, SM3, SM4-GCM.
    #[serde(rename = "SM")]
    Sm,
}

impl Suite {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Nist, Self::Sm];

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nist => "NIST",
            Self::Sm => "SM",
        }
    }

    /// The curve of its keys.
    #[must_use]
    pub const fn curve(self) -> Curve {
        match self {
            Self::Nist => Curve::P256,
            Self::Sm => Curve::Sm2,
        }
    }

    /// Its digest H, 32 bytes.
    #[must_use]
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Nist => DigestAlgorithm::Sha256,
            Self::Sm => DigestAlgorithm::Sm3,
        }
    }

    pub(crate) const fn cipher(self) -> Cipher {
        match self {
            Self::Nist => Cipher::Aes128Gcm,
            Self::Sm => Cipher::Sm4Gcm,
        }
    }

    /// Its number in envelopes.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Sm => 1,
            Self::Nist => 2,
        }
    }

    /// H over label ‖ 00 ‖ fields.
    pub(crate) fn hash(self, label: Label, fields: &[Field<'_>]) -> Digest {
        let mut hasher = self.digest().hasher();
        label.write(fields, |octets| hasher.update(octets));
        hasher.finish()
    }

    /// HMAC under `key` over label ‖ 00 ‖ fields, 32 bytes.
    pub(crate) fn hmac(self, key: &[u8], label: Label, fields: &[Field<'_>]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Nist => mac::<Hmac<Sha256>>(key, label, fields),
            Self::Sm => mac::<Hmac<Sm3>>(key, label, fields),
        }
    }
}

fn mac<M: hmac::Mac + hmac::KeyInit>(
    key: &[u8],
    label: Label,
    fields: &[Field<'_>],
) -> Zeroizing<Vec<u8>> {
    // HMAC takes keys of every length.
    let Ok(mut mac) = <M as hmac::KeyInit>::new_from_slice(key) else {
        return Zeroizing::new(Vec::new());
    };
    label.write(fields, |octets| mac.update(octets));
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}

/// A field of a derived value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Field<'a> {
    /// Of a length that the label fixes.
    Fixed(&'a [u8]),
    /// Of any length, written before it in 4 bytes, big-endian.
    Sized(&'a [u8]),
}

/// What a value is for. No label is the beginning of another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Label {
    Browser,
    Call,
    Channel,
    Display,
    Envelope,
    Event,
    Match,
    Prepared,
    Qr,
    Sealed,
    Short,
    Transcript,
    View,
}

impl Label {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 13] = [
        Self::Browser,
        Self::Call,
        Self::Channel,
        Self::Display,
        Self::Envelope,
        Self::Event,
        Self::Match,
        Self::Prepared,
        Self::Qr,
        Self::Sealed,
        Self::Short,
        Self::Transcript,
        Self::View,
    ];

    /// The label with the 00 that ends it.
    pub(crate) const fn octets(self) -> &'static [u8] {
        match self {
            Self::Browser => b"yinxin-browser-1\0",
            Self::Call => b"yinxin-call-1\0",
            Self::Channel => b"yinxin-channel-1\0",
            Self::Display => b"yinxin-display-1\0",
            Self::Envelope => b"yinxin-envelope-1\0",
            Self::Event => b"yinxin-event-1\0",
            Self::Match => b"yinxin-match-1\0",
            Self::Prepared => b"yinxin-prepared-1\0",
            Self::Qr => b"yinxin-qr-1\0",
            Self::Sealed => b"yinxin-sealed-1\0",
            Self::Short => b"yinxin-short-1\0",
            Self::Transcript => b"yinxin-transcript-1\0",
            Self::View => b"yinxin-view-1\0",
        }
    }

    /// Gives label ‖ 00 ‖ fields piece by piece.
    pub(crate) fn write(self, fields: &[Field<'_>], mut out: impl FnMut(&[u8])) {
        out(self.octets());
        for field in fields {
            match field {
                Field::Fixed(octets) => out(octets),
                Field::Sized(octets) => {
                    out(&u32::try_from(octets.len()).unwrap_or(u32::MAX).to_be_bytes());
                    out(octets);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_is_the_beginning_of_another() {
        for one in Label::ALL {
            for other in Label::ALL {
                let starts = other.octets().starts_with(one.octets());
                assert_eq!(starts, one == other, "{one:?} {other:?}");
            }
            assert!(one.octets().starts_with(b"yinxin-") && one.octets().ends_with(b"-1\0"));
        }
    }

    #[test]
    fn fields_cannot_run_into_each_other() {
        for suite in Suite::ALL {
            let hash = |a: &[u8], b: &[u8]| {
                suite.hash(Label::Display, &[Field::Sized(a), Field::Sized(b)])
            };
            assert_ne!(hash(b"ab", b"c"), hash(b"a", b"bc"));
            assert_eq!(suite.hmac(b"key", Label::Qr, &[]).len(), 32);
            assert_ne!(suite.hmac(b"key", Label::Qr, &[]), suite.hmac(b"key", Label::Match, &[]));
        }
    }
}
