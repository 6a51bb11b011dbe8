//! What each kind of certificate of the test authority carries.

use yinxin_pki::certificate::{Extension, KeyUsage};
use yinxin_pki::der::Writer;
use yinxin_pki::{Oid, ResidentId, UnifiedCode, oid};

use crate::issue;

/// What a subscriber's certificate is for (证书模板).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Profile {
    /// Dual certificates of a unit or a person.
    Holder,
    /// Signs a trading platform's requests.
    Platform,
    /// Makes electronic seals.
    SealMaker,
}

impl Profile {
    /// The name as on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Platform => "platform",
            Self::SealMaker => "seal-maker",
        }
    }

    /// The profile of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Holder, Self::Platform, Self::SealMaker]
            .into_iter()
            .find(|profile| profile.name() == name)
    }
}

/// Whose certificate it is, beyond the name (持有人标识).
///
/// The number goes where GB/T 20518 puts it: a unit's code in 1.2.156.10260.4.1.4, a person's
/// identity number in 1.2.156.10260.4.1.1.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Identity {
    /// A unit's unified social credit code.
    Organisation(UnifiedCode),
    /// A person's identity number.
    Person(ResidentId),
}

impl Identity {
    pub(crate) fn extension(&self) -> Extension {
        let (oid, text) = match self {
            Self::Organisation(code) => (oid::GM_ORGANISATION_CODE, code.as_str()),
            Self::Person(id) => (oid::GM_IDENTITY_CODE, id.reveal()),
        };
        Extension { oid, critical: false, value: Writer::build(|w| w.printable_string(text)) }
    }
}

/// Key usage and extended key usage of one kind of end certificate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    key: KeyUsage,
    extended: &'static [Oid],
    critical: bool,
}

impl Usage {
    pub(crate) fn extensions(self) -> Vec<Extension> {
        vec![issue::key_usage(self.key), issue::extended_key_usage(self.extended, self.critical)]
    }

    pub(crate) const HOLDER_SIGNING: Self = Self {
        key: KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION),
        extended: &[oid::CLIENT_AUTH, oid::EMAIL_PROTECTION],
        critical: false,
    };
    pub(crate) const HOLDER_ENCRYPTION: Self = Self {
        key: KeyUsage::KEY_ENCIPHERMENT.or(KeyUsage::DATA_ENCIPHERMENT).or(KeyUsage::KEY_AGREEMENT),
        extended: &[oid::CLIENT_AUTH, oid::EMAIL_PROTECTION],
        critical: false,
    };
    pub(crate) const PLATFORM: Self = Self::signing(&[oid::PLATFORM_SIGNING]);
    /// A platform that also names its servers.
    pub(crate) const PLATFORM_SERVER: Self =
        Self::signing(&[oid::PLATFORM_SIGNING, oid::SERVER_AUTH]);
    pub(crate) const SEAL_MAKER: Self = Self::signing(&[oid::SEAL_MAKING]);
    pub(crate) const TRUST_LIST: Self = Self::signing(&[oid::TRUST_LIST_SIGNING]);
    pub(crate) const OCSP: Self = Self::signing(&[oid::OCSP_SIGNING]);
    /// RFC 3161 §2.3: alone and critical.
    pub(crate) const TIMESTAMP: Self = Self {
        key: KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION),
        extended: &[oid::TIME_STAMPING],
        critical: true,
    };

    const fn signing(extended: &'static [Oid]) -> Self {
        Self { key: KeyUsage::DIGITAL_SIGNATURE, extended, critical: false }
    }
}
