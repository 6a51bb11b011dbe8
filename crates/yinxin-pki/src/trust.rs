//! What the caller trusts, and for what.

use alloc::vec::Vec;

use crate::{Certificate, Error};

/// What a certificate is to be used for (用途).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Purpose {
    /// Nothing in particular.
    Any,
    /// Receiving encrypted messages (加密).
    Encrypt,
    /// Signing OCSP answers.
    OcspSigning,
    /// Signing requests as a trading platform (平台).
    Platform,
    /// Making electronic seals (制章).
    Seal,
    /// A server on the network, by the name it is to have.
    Server,
    /// Signing documents and logins (签名).
    Sign,
    /// Signing timestamps.
    TimeStamping,
    /// Signing trust lists of hubs (信任列表).
    TrustList,
}

impl Purpose {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Encrypt => "encrypt",
            Self::OcspSigning => "ocsp_signing",
            Self::Platform => "platform",
            Self::Seal => "seal",
            Self::Server => "server",
            Self::Sign => "sign",
            Self::TimeStamping => "time_stamping",
            Self::TrustList => "trust_list",
        }
    }
}

/// One certificate that is trusted by itself (信任锚).
#[derive(Clone, Debug)]
pub struct Anchor {
    certificate: Certificate,
    /// Empty: for every purpose.
    purposes: Vec<Purpose>,
}

impl Anchor {
    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whether it is trusted for `purpose`.
    #[must_use]
    pub fn serves(&self, purpose: Purpose) -> bool {
        self.purposes.is_empty() || purpose == Purpose::Any || self.purposes.contains(&purpose)
    }
}

/// Trust store (信任库). Every certificate in it is an anchor, self-signed or not.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    anchors: Vec<Anchor>,
}

impl TrustStore {
    /// An empty one, which trusts nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { anchors: Vec::new() }
    }

    /// All certificates of a PEM file, or the one of a DER file, for every purpose.
    ///
    /// # Errors
    ///
    /// [`Error`]: whoever gave the file mends it.
    pub fn from_pem(bytes: &[u8]) -> Result<Self, Error> {
        let mut store = Self::new();
        store.extend(bytes, &[])?;
        Ok(store)
    }

    /// Adds all certificates of a PEM or DER file, for the purposes given; none means every one.
    ///
    /// # Errors
    ///
    /// [`Error`], also for a file without certificates, which is a mistake in trust's own list.
    pub fn extend(&mut self, bytes: &[u8], purposes: &[Purpose]) -> Result<(), Error> {
        let certificates = Certificate::from_pem_or_der(bytes)?;
        if certificates.is_empty() {
            return Err(Error::Malformed { at: 0, expected: "a CERTIFICATE" });
        }
        for certificate in certificates {
            self.add(certificate, purposes);
        }
        Ok(())
    }

    /// Adds one certificate, for the purposes given; none means every one.
    pub fn add(&mut self, certificate: Certificate, purposes: &[Purpose]) {
        self.anchors.push(Anchor { certificate, purposes: purposes.to_vec() });
    }

    /// Whether nothing is trusted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// The anchors.
    #[must_use]
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }
}
