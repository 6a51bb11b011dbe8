//! What the phone holds (手机所持): certificates, seals, decryption keys, and how far the person may
//! use them.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use yinxin_pki::certificate::Holder;
use yinxin_pki::{Certificate, EncryptionCertificate, Fact, KeyId, Masked, SigningCertificate};

use crate::wire::{Payload, Request};
use crate::{Code, Refused, Scene};

/// Whether a certificate or seal may be used, as the phone last heard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Standing {
    /// It may.
    Active,
    /// Never again: revoked, cancelled.
    Ended,
    /// Not at present.
    Suspended,
}

/// How far somebody who does not own a certificate or seal may use it (授权).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grant {
    /// For what.
    pub scenes: Vec<Scene>,
    /// On which platforms, by code; none named: on all.
    pub platforms: Vec<String>,
    /// First second; seconds since 1970, UTC.
    pub from: u64,
    /// Last second; seconds since 1970, UTC.
    pub until: u64,
}

/// By what right the person uses a certificate or seal.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Right {
    /// As what was granted says; nothing granted is no right at all.
    Granted(Vec<Grant>),
    /// Without limits.
    Owner,
}

impl Right {
    fn allows(&self, request: &Request, now: u64) -> bool {
        match self {
            Self::Owner => true,
            Self::Granted(grants) => grants.iter().any(|grant| {
                let platforms = &grant.platforms;
                grant.scenes.contains(&request.scene())
                    && (platforms.is_empty() || platforms.contains(&request.platform.code))
                    && (grant.from..=grant.until).contains(&now)
            }),
        }
    }
}

/// A holder's certificates on this phone (双证书); the private keys are the caller's affair.
#[derive(Clone, Debug)]
pub struct OwnCertificate {
    /// The signing certificate.
    pub signing: SigningCertificate,
    /// The certificates of its issuers, from the nearest on, without the root.
    pub issuers: Vec<Certificate>,
    /// The encryption certificate that bids are to be encrypted to.
    pub encryption: Option<EncryptionCertificate>,
    /// Whether it may be used.
    pub standing: Standing,
    /// By what right.
    pub right: Right,
}

/// An electronic seal on this phone. The session does not read seals: whoever does says what is in
/// it.
#[derive(Clone, Debug)]
pub struct OwnSeal {
    /// SESeal, DER.
    pub der: Vec<u8>,
    /// The seal's number (esID).
    pub id: String,
    /// Its name.
    pub name: String,
    /// Which of the phone's certificates are in its list: DER of each.
    pub listed: Vec<Vec<u8>>,
    /// First and last second it may be used; seconds since 1970, UTC.
    pub window: (u64, u64),
    /// Whether it may be used.
    pub standing: Standing,
    /// By what right.
    pub right: Right,
}

impl OwnSeal {
    /// Whether `certificate` may use it.
    #[must_use]
    pub fn lists(&self, certificate: &Certificate) -> bool {
        self.listed.iter().any(|der| der == certificate.as_der())
    }
}

/// Everything a phone answers with.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// Certificates.
    pub certificates: Vec<OwnCertificate>,
    /// Seals.
    pub seals: Vec<OwnSeal>,
    /// Key ids of all decryption keys, old ones too.
    pub keys: Vec<KeyId>,
    /// Whether the unit allows `decrypt` and `signature` to be asked for by a typed code.
    pub typed_codes: bool,
}

/// What of it may answer a request: indices, in the order of [`Holdings`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Chosen {
    pub(super) certificates: Vec<usize>,
    pub(super) seals: Vec<usize>,
}

impl Holdings {
    /// Finds what may answer `request` at `now`; `typed` when its code was typed.
    ///
    /// # Errors
    ///
    /// In this order: [`Code::NoMatchingCertificate`], [`Code::CertificateStatus`],
    /// [`Code::SealStatus`], [`Code::GrantDenied`].
    pub(super) fn choose(
        &self,
        request: &Request,
        typed: bool,
        now: u64,
    ) -> Result<Chosen, Refused> {
        let all = 0..self.certificates.len();
        let own = |index: &usize| self.certificates.get(*index);
        let fitting: Vec<_> =
            all.filter(|index| own(index).is_some_and(|own| own.fits(request))).collect();
        if fitting.is_empty() {
            let refused = Refused::from(Code::NoMatchingCertificate);
            return Err(match &request.require.credit_code {
                Some(code) => refused.with(Fact::text("creditCode", Masked(code).to_string())),
                None => refused,
            });
        }
        let valid: Vec<_> = fitting
            .into_iter()
            .filter(|index| own(index).is_some_and(|own| own.is_valid(now)))
            .collect();
        if valid.is_empty() {
            return Err(Code::CertificateStatus.into());
        }
        let seals = self.choose_seals(request, &valid, now)?;
        let barred = typed
            && !self.typed_codes
            && matches!(request.scene(), Scene::Decrypt | Scene::Signature);
        let certificates: Vec<_> = valid
            .into_iter()
            .filter(|index| own(index).is_some_and(|own| own.right.allows(request, now)))
            .collect();
        let granted: Vec<_> = seals
            .iter()
            .copied()
            .filter(|index| {
                let seal = self.seals.get(*index);
                seal.is_some_and(|seal| seal.right.allows(request, now))
            })
            .collect();
        if barred || certificates.is_empty() || (granted.is_empty() && !seals.is_empty()) {
            return Err(Code::GrantDenied.into());
        }
        Ok(Chosen { certificates, seals: granted })
    }

    /// Seals that one of the certificates may use, and that the request does not exclude.
    fn choose_seals(
        &self,
        request: &Request,
        certificates: &[usize],
        now: u64,
    ) -> Result<Vec<usize>, Refused> {
        if !request.scene().has_offer() {
            return Ok(Vec::new());
        }
        let wanted = match &request.payload {
            Payload::RevokeSignature { seal, .. } => Some(seal),
            Payload::Decrypt(_)
            | Payload::Encrypt { .. }
            | Payload::Login
            | Payload::MessageSignature(_)
            | Payload::Signature(_) => None,
        };
        let usable = |seal: &OwnSeal| {
            let held = certificates
                .iter()
                .filter_map(|index| self.certificates.get(*index))
                .any(|own| seal.lists(&own.signing));
            let (from, until) = seal.window;
            held && seal.standing == Standing::Active
                && (from..=until).contains(&now)
                && wanted.is_none_or(|id| *id == seal.id)
        };
        let seals: Vec<_> =
            (0..).zip(&self.seals).filter(|(_, seal)| usable(seal)).map(|(at, _)| at).collect();
        if seals.is_empty() { Err(Code::SealStatus.into()) } else { Ok(seals) }
    }
}

impl OwnCertificate {
    fn fits(&self, request: &Request) -> bool {
        let encrypts = request.scene() != Scene::Encrypt || self.encryption.is_some();
        request.require.fits(request.suite, &self.signing) && encrypts
    }

    fn is_valid(&self, now: u64) -> bool {
        let validity = self.signing.validity();
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        self.standing == Standing::Active
            && (validity.not_before.unix()..=validity.not_after.unix()).contains(&now)
    }
}

/// A holder's name for a page that is not to learn it whole: `北京**公司`, `张**`.
#[derive(Clone, Copy, Debug)]
pub(super) struct MaskedHolder<'a>(pub(super) &'a Holder);

impl fmt::Display for MaskedHolder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.name();
        // A certificate may hold what a message must not.
        if !yinxin_pki::json::is_visible(name) {
            return f.write_str("**");
        }
        let count = name.chars().count();
        let (head, tail) = match self.0 {
            Holder::Organisation { .. } if count > 5 => (2, 2),
            Holder::Organisation { .. } if count > 3 => (1, 1),
            _ => (1, 0),
        };
        name.chars().take(head).try_for_each(|letter| write!(f, "{letter}"))?;
        f.write_str("**")?;
        name.chars().skip(count.saturating_sub(tail)).try_for_each(|letter| write!(f, "{letter}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_holder_has_at_most_twelve_characters_and_none_that_hide() {
        let unit = |name: &str| {
            MaskedHolder(&Holder::Organisation { name: name.into(), code: None }).to_string()
        };
        assert_eq!(unit("北京示范有限公司"), "北京**公司");
        assert_eq!(unit("甲公司"), "甲**");
        assert_eq!(unit("甲乙公司"), "甲**司");
        assert_eq!(unit("\u{202e}公司"), "**");
        assert_eq!(unit(""), "**");
        assert_eq!(unit(&"公".repeat(200)), "公公**公公");
        let person = Holder::Person { name: "张三".into(), id: None };
        assert_eq!(MaskedHolder(&person).to_string(), "张**");
    }
}
