//! Certificates put together by hand: also such as no authority should make, for tests.

use rand_core::CryptoRng;
use yinxin_pki::certificate::{Extension, GeneralName, KeyUsage, NameConstraints};
use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::{
    Name, Oid, PublicKey, SerialNumber, SignatureAlgorithm, SignatureError, SigningKey, ToSign,
    Validity, oid,
};

/// What a certificate is to say (待签证书), every field as the caller wants it.
#[derive(Clone, Debug)]
pub struct Template {
    /// Serial number.
    pub serial: SerialNumber,
    /// Who issues.
    pub issuer: Name,
    /// From when until when.
    pub validity: Validity,
    /// Whose it is.
    pub subject: Name,
    /// The key it certifies.
    pub key: PublicKey,
    /// The extensions, in order; none makes a certificate of version 1.
    pub extensions: Vec<Extension>,
}

impl Template {
    /// The part that is signed.
    #[must_use]
    pub fn to_tbs(&self, algorithm: SignatureAlgorithm) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                if !self.extensions.is_empty() {
                    w.explicit(0, |w| w.uint(2));
                }
                w.tlv(Tag::INTEGER, self.serial.octets());
                algorithm.write(w);
                w.raw(self.issuer.as_der());
                w.sequence(|w| {
                    w.time(self.validity.not_before);
                    w.time(self.validity.not_after);
                });
                w.raw(self.subject.as_der());
                w.raw(&self.key.to_spki());
                if !self.extensions.is_empty() {
                    w.explicit(3, |w| w.raw(&extension_list(&self.extensions)));
                }
            });
        })
    }

    /// Signs it. Nothing is checked: the issuer may be no authority and the key another's.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Nonce`] when the random source gives nothing usable.
    pub fn sign(
        &self,
        key: &SigningKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SignatureError> {
        sign(&self.to_tbs(key.algorithm()), key, rng)
    }
}

/// SEQUENCE { signed part, algorithm, BIT STRING }: certificates and revocation lists.
///
/// # Errors
///
/// [`SignatureError::Nonce`] when the random source gives nothing usable.
pub fn sign(
    part: &[u8],
    key: &SigningKey,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SignatureError> {
    let to_sign = ToSign::message(key.public(), part)?;
    let answer = key.sign(&to_sign, rng)?;
    let signature = to_sign.finish(&answer)?;
    Ok(Writer::build(|w| {
        w.sequence(|w| {
            w.raw(part);
            to_sign.algorithm().write(w);
            w.bit_string(signature.as_ref());
        });
    }))
}

/// Extensions as DER: SEQUENCE OF SEQUENCE { OID, critical, OCTET STRING }.
#[must_use]
pub fn extension_list(extensions: &[Extension]) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            for extension in extensions {
                w.sequence(|w| {
                    w.oid(&extension.oid);
                    if extension.critical {
                        w.boolean(true);
                    }
                    w.octet_string(&extension.value);
                });
            }
        });
    })
}

fn extension(oid: Oid, critical: bool, write: impl FnOnce(&mut Writer)) -> Extension {
    Extension { oid, critical, value: Writer::build(write) }
}

/// basicConstraints, critical.
#[must_use]
pub fn basic_constraints(authority: bool, path_length: Option<u64>) -> Extension {
    extension(oid::BASIC_CONSTRAINTS, true, |w| {
        w.sequence(|w| {
            if authority {
                w.boolean(true);
            }
            if let Some(length) = path_length {
                w.uint(length);
            }
        });
    })
}

/// keyUsage, critical.
#[must_use]
pub fn key_usage(usage: KeyUsage) -> Extension {
    extension(oid::KEY_USAGE, true, |w| w.named_bits(usage.bits()))
}

/// extKeyUsage.
#[must_use]
pub fn extended_key_usage(purposes: &[Oid], critical: bool) -> Extension {
    extension(oid::EXTENDED_KEY_USAGE, critical, |w| {
        w.sequence(|w| purposes.iter().for_each(|purpose| w.oid(purpose)));
    })
}

/// subjectKeyIdentifier.
#[must_use]
pub fn subject_key_identifier(key: &PublicKey) -> Extension {
    extension(oid::SUBJECT_KEY_IDENTIFIER, false, |w| w.octet_string(&key.id().0))
}

/// authorityKeyIdentifier of an issuer's key.
#[must_use]
pub fn authority_key_identifier(key: &PublicKey) -> Extension {
    extension(oid::AUTHORITY_KEY_IDENTIFIER, false, |w| {
        w.sequence(|w| w.tlv(Tag::implicit(0), &key.id().0));
    })
}

/// certificatePolicies, the text of each as an explicit notice.
#[must_use]
pub fn policies(policies: &[Oid], notice: Option<&str>) -> Extension {
    extension(oid::CERTIFICATE_POLICIES, false, |w| {
        w.sequence(|w| {
            for policy in policies {
                w.sequence(|w| {
                    w.oid(policy);
                    if let Some(text) = notice {
                        w.sequence(|w| {
                            w.sequence(|w| {
                                w.oid(&oid::USER_NOTICE);
                                w.sequence(|w| w.utf8_string(text));
                            });
                        });
                    }
                });
            }
        });
    })
}

/// policyConstraints, critical.
#[must_use]
pub fn policy_constraints(require_explicit: Option<u8>, inhibit_mapping: Option<u8>) -> Extension {
    extension(oid::POLICY_CONSTRAINTS, true, |w| {
        w.sequence(|w| {
            for (tag, value) in [(0, require_explicit), (1, inhibit_mapping)] {
                if let Some(value) = value {
                    w.tlv(Tag::implicit(tag), &[value & 0x7f]);
                }
            }
        });
    })
}

/// policyMappings of one pair, critical.
#[must_use]
pub fn policy_mappings(from: &Oid, to: &Oid) -> Extension {
    extension(oid::POLICY_MAPPINGS, true, |w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(from);
                w.oid(to);
            });
        });
    })
}

/// inhibitAnyPolicy, critical.
#[must_use]
pub fn inhibit_any_policy(skip: u64) -> Extension {
    extension(oid::INHIBIT_ANY_POLICY, true, |w| w.uint(skip))
}

/// subjectAltName.
#[must_use]
pub fn subject_alternative_names(names: &[GeneralName]) -> Extension {
    extension(oid::SUBJECT_ALTERNATIVE_NAME, false, |w| {
        w.sequence(|w| names.iter().for_each(|name| general_name(w, name)));
    })
}

/// nameConstraints, critical.
#[must_use]
pub fn name_constraints(constraints: &NameConstraints) -> Extension {
    extension(oid::NAME_CONSTRAINTS, true, |w| {
        w.sequence(|w| {
            for (number, subtrees) in [(0, &constraints.permitted), (1, &constraints.excluded)] {
                if !subtrees.is_empty() {
                    w.explicit(number, |w| {
                        for tree in subtrees {
                            w.sequence(|w| general_name(w, tree));
                        }
                    });
                }
            }
        });
    })
}

fn general_name(writer: &mut Writer, name: &GeneralName) {
    match name {
        GeneralName::Directory(name) => writer.explicit(4, |w| w.raw(name.as_der())),
        GeneralName::Dns(text) => writer.tlv(Tag::implicit(2), text.as_bytes()),
        GeneralName::Email(text) => writer.tlv(Tag::implicit(1), text.as_bytes()),
        GeneralName::Ip(octets) => writer.tlv(Tag::implicit(7), octets),
        GeneralName::Uri(text) => writer.tlv(Tag::implicit(6), text.as_bytes()),
        GeneralName::Other(tag) => writer.tlv(Tag::implicit(*tag), &[]),
        // The enum may grow; a kind this crate does not know is not written.
        _ => {}
    }
}

/// OCSP-nocheck: a responder's certificate whose own status is not asked.
#[must_use]
pub fn ocsp_no_check() -> Extension {
    extension(oid::OCSP_NO_CHECK, false, Writer::null)
}
