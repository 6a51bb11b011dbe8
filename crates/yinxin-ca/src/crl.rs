//! Revocation lists of the authority (RFC 5280 §5).

use rand_core::CryptoRng;
use yinxin_pki::certificate::Extension;
use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::revocation::Crl;
use yinxin_pki::{Name, SerialNumber, SignatureError, SigningKey, Time, oid};

use crate::issue;
use crate::{Authority, CaError, Revocation, Role};

/// Days until the next list is due.
const DAYS: i64 = 7;

/// What a revocation list is to say, every field as the caller wants it.
#[derive(Clone, Debug)]
pub struct CrlTemplate {
    /// Whose list.
    pub issuer: Name,
    /// When made.
    pub this_update: Time,
    /// When the next is due.
    pub next_update: Option<Time>,
    /// The revoked certificates.
    pub revoked: Vec<(SerialNumber, Revocation)>,
    /// The list's extensions.
    pub extensions: Vec<Extension>,
}

impl CrlTemplate {
    /// Signs it; nothing is checked.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Nonce`] when the random source gives nothing usable.
    pub fn sign(
        &self,
        key: &SigningKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SignatureError> {
        let tbs = Writer::build(|w| {
            w.sequence(|w| {
                w.uint(1);
                key.algorithm().write(w);
                w.raw(self.issuer.as_der());
                w.time(self.this_update);
                if let Some(next) = self.next_update {
                    w.time(next);
                }
                if !self.revoked.is_empty() {
                    w.sequence(|w| {
                        for (serial, revocation) in &self.revoked {
                            write_entry(w, serial, *revocation);
                        }
                    });
                }
                if !self.extensions.is_empty() {
                    w.explicit(0, |w| w.raw(&issue::extension_list(&self.extensions)));
                }
            });
        });
        issue::sign(&tbs, key, rng)
    }
}

fn write_entry(writer: &mut Writer, serial: &SerialNumber, revocation: Revocation) {
    writer.sequence(|w| {
        w.tlv(Tag::INTEGER, serial.octets());
        w.time(revocation.since);
        // RFC 5280 §5.3.1: the reason 0 is left out.
        if revocation.reason.number() != 0 {
            let value = Writer::build(|w| w.enumerated(revocation.reason.number()));
            let reason = Extension { oid: oid::REASON_CODE, critical: false, value };
            w.raw(&issue::extension_list(&[reason]));
        }
    });
}

/// cRLNumber.
#[must_use]
pub fn crl_number(number: u64) -> Extension {
    let value = Writer::build(|w| w.uint(number));
    Extension { oid: oid::CRL_NUMBER, critical: false, value }
}

impl Authority {
    /// A full list of what `issuer` (issuing authority or root) revoked, good for seven days. Its
    /// number is one more than the last, which the state remembers.
    ///
    /// # Errors
    ///
    /// [`CaError::NotAnIssuer`] for another role.
    pub fn crl(
        &mut self,
        issuer: Role,
        at: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, CaError> {
        let last = match issuer {
            Role::Issuing => self.state().crl_number,
            Role::Root => self.state().root_crl_number,
            _ => return Err(CaError::NotAnIssuer { role: issuer.name() }),
        };
        let number = last + 1;
        let revoked = self.state().issued.iter().filter(|issued| issued.issuer == issuer);
        let revoked = revoked
            .filter_map(|issued| issued.revoked.map(|revoked| (issued.serial.clone(), revoked)));
        let member = self.member(issuer);
        let template = CrlTemplate {
            issuer: member.certificate().subject().clone(),
            this_update: at,
            next_update: Some(at.plus(DAYS * Time::DAY)),
            revoked: revoked.collect(),
            extensions: vec![
                issue::authority_key_identifier(member.key().public()),
                crl_number(number),
            ],
        };
        let der = template.sign(member.key(), rng)?;
        Crl::from_der(&der)?;
        match issuer {
            Role::Root => self.state_mut().root_crl_number = number,
            _ => self.state_mut().crl_number = number,
        }
        Ok(der)
    }
}
