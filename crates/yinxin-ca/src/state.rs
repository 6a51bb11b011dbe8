//! What the authority remembers: which certificates it issued and which of them it revoked.
//!
//! ```text
//! yinxin-ca 1
//! crl <role> <last number>
//! issued <serial> <role of the issuer> <not after> <subject…>
//! revoked <serial> <since> <reason>
//! ```

use core::fmt::Write as _;

use yinxin_pki::{SerialNumber, Time};

use crate::{CaError, Role};

/// Why a certificate was revoked (吊销原因; RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// No reason given.
    Unspecified,
    /// The holder's key is known to somebody else.
    KeyCompromise,
    /// The authority's key is known to somebody else.
    CaCompromise,
    /// The holder's name or unit changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// Not needed any more.
    CessationOfOperation,
    /// Held for now.
    CertificateHold,
    /// A right it stood for was taken back.
    PrivilegeWithdrawn,
}

impl Reason {
    /// Every reason, in the standard's order.
    pub const ALL: [Self; 8] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::PrivilegeWithdrawn,
    ];

    /// The standard's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::PrivilegeWithdrawn => 9,
        }
    }

    /// The name, `snake_case`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key_compromise",
            Self::CaCompromise => "ca_compromise",
            Self::AffiliationChanged => "affiliation_changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation_of_operation",
            Self::CertificateHold => "certificate_hold",
            Self::PrivilegeWithdrawn => "privilege_withdrawn",
        }
    }

    /// The reason of a name: `key_compromise`, `key-compromise` or the standard's
    /// `keyCompromise`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let plain = |name: &str| -> String {
            name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
        };
        Self::ALL.into_iter().find(|reason| plain(reason.name()) == plain(name))
    }
}

/// When and why a certificate was revoked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Revocation {
    /// Since when.
    pub since: Time,
    /// Why.
    pub reason: Reason,
}

/// One certificate that was issued.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issued {
    /// Its serial number.
    pub serial: SerialNumber,
    /// Which of the authority's members issued it.
    pub issuer: Role,
    /// Its last second.
    pub not_after: Time,
    /// Its subject, for people.
    pub subject: String,
    /// When and why it was revoked.
    pub revoked: Option<Revocation>,
}

/// All that the authority remembers; its certificates and keys are kept apart.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct State {
    /// Certificates in the order issued.
    pub issued: Vec<Issued>,
    /// Number of the issuing authority's last revocation list.
    pub crl_number: u64,
    /// Number of the root's last revocation list.
    pub root_crl_number: u64,
}

const FIRST_LINE: &str = "yinxin-ca 1";

impl State {
    /// The certificate of a serial number.
    #[must_use]
    pub fn get(&self, serial: &SerialNumber) -> Option<&Issued> {
        self.issued.iter().find(|issued| issued.serial == *serial)
    }

    /// The state as text, one fact a line.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        let numbers = [(Role::Issuing, self.crl_number), (Role::Root, self.root_crl_number)];
        for (role, number) in numbers {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "crl {} {number}", role.name());
        }
        for Issued { serial, issuer, not_after, subject, revoked } in &self.issued {
            let _ = writeln!(text, "issued {serial} {} {not_after} {subject}", issuer.name());
            if let Some(Revocation { since, reason }) = revoked {
                let _ = writeln!(text, "revoked {serial} {since} {}", reason.name());
            }
        }
        text
    }

    /// Reads the text again.
    ///
    /// # Errors
    ///
    /// [`CaError::State`] with the line that is not understood: the directory is damaged.
    pub fn parse(text: &str) -> Result<Self, CaError> {
        let mut state = Self::default();
        let mut lines = text.lines().enumerate();
        if lines.next().map(|(_, line)| line) != Some(FIRST_LINE) {
            return Err(CaError::State { line: 1 });
        }
        for (index, line) in lines {
            state.read_line(line).ok_or(CaError::State { line: index + 1 })?;
        }
        Ok(state)
    }

    fn read_line(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ')?;
        match word {
            "crl" => {
                let (role, number) = rest.split_once(' ')?;
                let number = number.parse().ok()?;
                match Role::parse(role)? {
                    Role::Issuing => self.crl_number = number,
                    Role::Root => self.root_crl_number = number,
                    _ => return None,
                }
            }
            "issued" => {
                let mut parts = rest.splitn(4, ' ');
                let serial = parse_serial(parts.next()?)?;
                let issuer = Role::parse(parts.next()?)?;
                let not_after = Time::parse(parts.next()?).ok()?;
                let subject = parts.next()?.to_owned();
                if self.get(&serial).is_some() {
                    return None;
                }
                self.issued.push(Issued { serial, issuer, not_after, subject, revoked: None });
            }
            "revoked" => {
                let mut parts = rest.splitn(3, ' ');
                let serial = parse_serial(parts.next()?)?;
                let since = Time::parse(parts.next()?).ok()?;
                let reason = Reason::parse(parts.next()?)?;
                let issued = self.issued.iter_mut().find(|issued| issued.serial == serial)?;
                if issued.revoked.replace(Revocation { since, reason }).is_some() {
                    return None;
                }
            }
            _ => return None,
        }
        Some(())
    }
}

/// A serial number from lower- or upper-case hex.
#[must_use]
fn parse_serial(hex: &str) -> Option<SerialNumber> {
    if hex.is_empty() || !hex.len().is_multiple_of(2) || hex.len() > 128 {
        return None;
    }
    let octets: Option<Vec<u8>> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok())
        .collect();
    octets.map(|octets| SerialNumber::from_octets(&octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let revoked = Revocation { since: Time::from_unix(7), reason: Reason::CaCompromise };
        let issued = |octet, revoked| Issued {
            serial: SerialNumber::from_octets(&[0x40, octet]),
            issuer: Role::Issuing,
            not_after: Time::from_unix(9),
            subject: "C=CN, O=甲 公司".to_owned(),
            revoked,
        };
        let state = State {
            issued: vec![issued(1, None), issued(2, Some(revoked))],
            crl_number: 3,
            root_crl_number: 1,
        };
        assert_eq!(State::parse(&state.to_text()), Ok(state));
    }

    #[test]
    fn a_damaged_line_is_named() {
        assert_eq!(State::parse(""), Err(CaError::State { line: 1 }));
        let text = State::default().to_text();
        for bad in ["issued 4", "revoked 40 2026-01-01T00:00:00Z superseded", "crl tsa 1", "x y"] {
            let damaged = format!("{text}{bad}\n");
            assert_eq!(State::parse(&damaged), Err(CaError::State { line: 4 }), "{bad}");
        }
    }

    #[test]
    fn reasons_are_known_by_every_spelling() {
        for name in ["key_compromise", "key-compromise", "keyCompromise"] {
            assert_eq!(Reason::parse(name), Some(Reason::KeyCompromise));
        }
        assert_eq!(Reason::parse("removeFromCRL"), None);
    }
}
