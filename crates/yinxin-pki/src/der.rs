//! Distinguished Encoding Rules (X.690) over borrowed bytes: a reader that knows where it is, and
//! a writer.
//!
//! ```
//! use yinxin_pki::der::{Reader, Writer};
//!
//! let mut out = Writer::new();
//! out.sequence(|w| {
//!     w.uint(1);
//!     w.octet_string(b"bid");
//! });
//! let bytes = out.into_vec();
//!
//! let mut outer = Reader::new(&bytes);
//! let mut inner = outer.sequence()?;
//! assert_eq!(inner.uint()?, 1);
//! assert_eq!(inner.octet_string()?, b"bid");
//! inner.finish()?;
//! outer.finish()?;
//! # Ok::<(), yinxin_pki::Error>(())
//! ```

mod reader;
mod writer;

pub use reader::{Reader, Tlv};
pub use writer::Writer;

/// Identifier octet: class, constructed bit and a number below 31.
///
/// Numbers from 31 on need more octets; no structure of this field uses them, and they are
/// refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tag(pub u8);

impl Tag {
    /// Context-specific, constructed: `[n]` EXPLICIT, or IMPLICIT over a constructed type.
    #[must_use]
    pub const fn explicit(number: u8) -> Self {
        Self(0xa0 | (number & 0x1f))
    }

    /// Context-specific, primitive: `[n]` IMPLICIT over a primitive type.
    #[must_use]
    pub const fn implicit(number: u8) -> Self {
        Self(0x80 | (number & 0x1f))
    }

    /// Whether the constructed bit is set.
    #[must_use]
    pub const fn is_constructed(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// What a reader expected, in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BOOLEAN => "BOOLEAN",
            Self::INTEGER => "INTEGER",
            Self::BIT_STRING => "BIT STRING",
            Self::OCTET_STRING => "OCTET STRING",
            Self::NULL => "NULL",
            Self::OID => "OBJECT IDENTIFIER",
            Self::ENUMERATED => "ENUMERATED",
            Self::UTF8_STRING => "UTF8String",
            Self::PRINTABLE_STRING => "PrintableString",
            Self::T61_STRING => "TeletexString",
            Self::IA5_STRING => "IA5String",
            Self::UTC_TIME => "UTCTime",
            Self::GENERALIZED_TIME => "GeneralizedTime",
            Self::UNIVERSAL_STRING => "UniversalString",
            Self::BMP_STRING => "BMPString",
            Self::SEQUENCE => "SEQUENCE",
            Self::SET => "SET",
            Self(0x80 | 0xa0) => "context tag [0]",
            Self(0x81 | 0xa1) => "context tag [1]",
            Self(0x82 | 0xa2) => "context tag [2]",
            Self(0x83 | 0xa3) => "context tag [3]",
            Self(_) => "another tag",
        }
    }

    /// BOOLEAN.
    pub const BOOLEAN: Self = Self(0x01);
    /// INTEGER.
    pub const INTEGER: Self = Self(0x02);
    /// BIT STRING.
    pub const BIT_STRING: Self = Self(0x03);
    /// OCTET STRING.
    pub const OCTET_STRING: Self = Self(0x04);
    /// NULL.
    pub const NULL: Self = Self(0x05);
    /// OBJECT IDENTIFIER.
    pub const OID: Self = Self(0x06);
    /// ENUMERATED.
    pub const ENUMERATED: Self = Self(0x0a);
    /// UTF8String.
    pub const UTF8_STRING: Self = Self(0x0c);
    /// PrintableString.
    pub const PRINTABLE_STRING: Self = Self(0x13);
    /// TeletexString, read as Latin-1.
    pub const T61_STRING: Self = Self(0x14);
    /// IA5String.
    pub const IA5_STRING: Self = Self(0x16);
    /// UTCTime.
    pub const UTC_TIME: Self = Self(0x17);
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: Self = Self(0x18);
    /// VisibleString.
    pub const VISIBLE_STRING: Self = Self(0x1a);
    /// UniversalString.
    pub const UNIVERSAL_STRING: Self = Self(0x1c);
    /// BMPString.
    pub const BMP_STRING: Self = Self(0x1e);
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: Self = Self(0x30);
    /// SET and SET OF.
    pub const SET: Self = Self(0x31);
}
