//! OCSP answers of the authority (RFC 6960).

use rand_core::CryptoRng;
use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::revocation::OcspRequest;
use yinxin_pki::revocation::ocsp::CertificateId;
use yinxin_pki::{Certificate, SerialNumber, SignatureError, SigningKey, Time, ToSign, oid};

use crate::{Authority, CaError, Revocation, Role};

/// Seconds until a new answer is due.
const SECONDS: i64 = Time::DAY;

/// What is said of one certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AnswerStatus {
    /// Issued and not revoked.
    Good,
    /// Revoked.
    Revoked(Revocation),
    /// Not issued here.
    Unknown,
}

/// What is said of one certificate, and for how long.
#[derive(Clone, Debug)]
pub struct SingleAnswer {
    /// Of which certificate.
    pub id: CertificateId,
    /// What.
    pub status: AnswerStatus,
    /// As of when.
    pub this_update: Time,
    /// Until when.
    pub next_update: Option<Time>,
}

/// What an answer is to say, every field as the caller wants it.
#[derive(Clone, Debug)]
pub struct OcspTemplate {
    /// The answers.
    pub answers: Vec<SingleAnswer>,
    /// When made.
    pub produced_at: Time,
    /// The request's nonce.
    pub nonce: Option<Vec<u8>>,
    /// Certificates to go with it.
    pub certificates: Vec<Certificate>,
}

impl OcspTemplate {
    /// Signs it in the name of `key`; nothing is checked.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Nonce`] when the random source gives nothing usable.
    pub fn sign(
        &self,
        key: &SigningKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SignatureError> {
        let data = Writer::build(|w| {
            w.sequence(|w| {
                w.explicit(2, |w| w.octet_string(&key.public().id().0));
                w.generalized_time(self.produced_at);
                w.sequence(|w| self.answers.iter().for_each(|answer| answer.write(w)));
                if let Some(nonce) = &self.nonce {
                    w.explicit(1, |w| write_nonce(w, nonce));
                }
            });
        });
        let to_sign = ToSign::message(key.public(), &data)?;
        let signature = to_sign.finish(&key.sign(&to_sign, rng)?)?;
        let basic = Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&data);
                to_sign.algorithm().write(w);
                w.bit_string(signature.as_ref());
                if !self.certificates.is_empty() {
                    w.explicit(0, |w| {
                        w.sequence(|w| self.certificates.iter().for_each(|c| w.raw(c.as_der())));
                    });
                }
            });
        });
        Ok(Writer::build(|w| {
            w.sequence(|w| {
                w.enumerated(0);
                w.explicit(0, |w| {
                    w.sequence(|w| {
                        w.oid(&oid::OCSP_BASIC);
                        w.octet_string(&basic);
                    });
                });
            });
        }))
    }
}

impl SingleAnswer {
    fn write(&self, writer: &mut Writer) {
        writer.sequence(|w| {
            w.raw(self.id.as_der());
            match self.status {
                AnswerStatus::Good => w.tlv(Tag::implicit(0), &[]),
                AnswerStatus::Unknown => w.tlv(Tag::implicit(2), &[]),
                AnswerStatus::Revoked(Revocation { since, reason }) => {
                    w.explicit(1, |w| {
                        w.generalized_time(since);
                        if reason.number() != 0 {
                            w.explicit(0, |w| w.enumerated(reason.number()));
                        }
                    });
                }
            }
            w.generalized_time(self.this_update);
            if let Some(next) = self.next_update {
                w.explicit(0, |w| w.generalized_time(next));
            }
        });
    }
}

fn write_nonce(writer: &mut Writer, nonce: &[u8]) {
    writer.sequence(|w| {
        w.sequence(|w| {
            w.oid(&oid::OCSP_NONCE);
            let value = Writer::build(|w| w.octet_string(nonce));
            w.octet_string(&value);
        });
    });
}

/// An answer that refuses: 1 malformed request.
fn refusal(status: u8) -> Vec<u8> {
    Writer::build(|w| w.sequence(|w| w.enumerated(status)))
}

impl Authority {
    /// Answers an OCSP request with the responder's key, good for a day. A request that cannot be
    /// read is answered by `malformedRequest`, as the protocol wants it.
    ///
    /// Only certificates of the issuing authority are known: the responder is its delegate, not
    /// the root's.
    ///
    /// # Errors
    ///
    /// [`CaError::Signature`] when the random source gives nothing usable.
    pub fn ocsp(
        &self,
        request: &[u8],
        at: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, CaError> {
        let Ok(request) = OcspRequest::from_der(request) else { return Ok(refusal(1)) };
        let issuer = self.member(Role::Issuing).certificate();
        let answers = request.ids.into_iter().map(|id| {
            let serial = SerialNumber::from_octets(id.serial());
            let issued = self
                .state()
                .get(&serial)
                .filter(|issued| issued.issuer == Role::Issuing && id.is_of_issuer(issuer));
            let status = match issued.map(|issued| issued.revoked) {
                None => AnswerStatus::Unknown,
                Some(None) => AnswerStatus::Good,
                Some(Some(revocation)) => AnswerStatus::Revoked(revocation),
            };
            SingleAnswer { id, status, this_update: at, next_update: Some(at.plus(SECONDS)) }
        });
        let responder = self.member(Role::Ocsp);
        let template = OcspTemplate {
            answers: answers.collect(),
            produced_at: at,
            nonce: request.nonce,
            certificates: vec![responder.certificate().clone()],
        };
        Ok(template.sign(responder.key(), rng)?)
    }
}
