//! PKCS#12 (RFC 7292), read only: the modern kinds, with PBES2 under SHA-2 or SM3.

use alloc::vec;
use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::pbes2::{Kdf, Pbes2, Prf};
use super::{PrivateKey, pkcs8};
use crate::der::{Reader, Tag};
use crate::{Certificate, DigestAlgorithm, Error, KeyError, ber, digest, limits, oid};

/// Whether a file begins as a PFX: version 3, then a ContentInfo.
pub(super) fn is_pkcs12(bytes: &[u8]) -> bool {
    let Ok(head) = ber::header(bytes, 0) else { return false };
    head.tag == Tag::SEQUENCE
        && bytes.get(head.len..).is_some_and(|rest| rest.starts_with(&[2, 1, 3, 0x30]))
}

/// Opens a file: its one private key, and its certificates, the key's own first.
///
/// # Errors
///
/// [`KeyError::WrongPassword`] when the file's own check fails,
/// [`KeyError::UnsupportedEncryption`] for RC2 and triple DES, [`KeyError::Damaged`].
pub fn read(bytes: &[u8], password: &[u8]) -> Result<(PrivateKey, Vec<Certificate>), KeyError> {
    let (der, taken) = ber::element(bytes, 0)?;
    if taken != bytes.len() {
        return Err(Error::Malformed { at: taken, expected: "end of the file" }.into());
    }
    let mut pfx = Reader::new(&der).sequence()?;
    pfx.uint()?;
    let safes = read_data(&mut pfx)?;
    let mac = pfx.optional_nested(Tag::SEQUENCE)?;
    pfx.finish()?;
    // Without a check of its own the file could be anybody's; its bags still have to decrypt.
    if let Some(mut mac) = mac {
        check_mac(&mut mac, safes, password)?;
    }
    let mut content = Content::default();
    let mut list = Reader::new(safes).sequence()?;
    while !list.is_empty() {
        let mut ahead = list.clone();
        let mut info = ahead.sequence()?;
        match info.oid()? {
            oid::DATA => {
                let bags = read_data(&mut list)?;
                content.read_bags(bags, password)?;
            }
            oid::ENCRYPTED_DATA => {
                let bags = decrypt_data(&mut info, password, &mut content)?;
                content.read_bags(&bags, password)?;
                list.any()?;
            }
            found => return Err(KeyError::unsupported(&found)),
        }
    }
    let expected = "a private key";
    let key = content.key.ok_or(Error::Malformed { at: 0, expected })?;
    let mut certificates = content.certificates;
    certificates.sort_by_key(|certificate| certificate.public_key() != key.public());
    Ok((key, certificates))
}

/// ContentInfo { data, [0] OCTET STRING }.
fn read_data<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], KeyError> {
    let mut info = reader.sequence()?;
    let found = info.oid()?;
    if found != oid::DATA {
        return Err(KeyError::unsupported(&found)); // signed by a key instead of a password
    }
    let mut explicit = info.explicit(0)?;
    let data = explicit.octet_string()?;
    explicit.finish()?;
    info.finish()?;
    Ok(data)
}

/// EncryptedData behind its type: version, then content type, PBES2 and `[0]` ciphertext.
fn decrypt_data(
    info: &mut Reader<'_>,
    password: &[u8],
    budget: &mut Content,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut explicit = info.explicit(0)?;
    let mut data = explicit.sequence()?;
    data.uint()?;
    let mut content = data.sequence()?;
    content.oid()?;
    let scheme = Pbes2::read(&mut content)?;
    let ciphertext = content.expect(Tag::implicit(0))?.value;
    budget.spend(scheme.rounds())?;
    scheme.decrypt(password, ciphertext)
}

fn check_mac(mac: &mut Reader<'_>, content: &[u8], password: &[u8]) -> Result<(), KeyError> {
    let mut info = mac.sequence()?;
    let mut identifier = info.sequence()?;
    let found = identifier.oid()?;
    let value = info.octet_string()?;
    info.finish()?;
    let at = mac.position();
    let salt = mac.octet_string()?;
    let rounds = if mac.is_empty() { 1 } else { mac.uint()? };
    let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
    if salt.len() > limits::SALT || rounds == 0 || rounds > limits::PBKDF2_ROUNDS {
        let limit = u64::from(limits::PBKDF2_ROUNDS);
        return Err(Error::Limit { at, what: "salt or rounds", limit }.into());
    }
    let expected = if found == oid::PBMAC1 {
        // RFC 9579: the key comes from PBKDF2, whose own salt and rounds count.
        let mut parameters = identifier.sequence()?;
        let kdf = Kdf::read(&mut parameters)?;
        let mut scheme = parameters.sequence()?;
        let hmac = scheme.oid()?;
        let prf = Prf::from_hmac_oid(&hmac).ok_or_else(|| KeyError::unsupported(&hmac))?;
        let length = kdf.length().and_then(|length| usize::try_from(length).ok());
        let length = length.filter(|length| (20..=64).contains(length));
        let at = identifier.position();
        let expected = "a key length from 20 to 64";
        let length = length.ok_or(Error::Malformed { at, expected })?;
        prf.hmac(&kdf.derive(password, length), content)
    } else {
        let prf = Prf::from_digest_oid(&found).ok_or_else(|| KeyError::unsupported(&found))?;
        let key = mac_key(prf, password, salt, rounds).ok_or(KeyError::WrongPassword)?;
        prf.hmac(&key, content)
    };
    if bool::from(expected.as_slice().ct_eq(value)) { Ok(()) } else { Err(KeyError::WrongPassword) }
}

/// The PKCS#12 key derivation (RFC 7292 §B.2) for MAC keys (ID 3), which take one digest's
/// length, so that its inner loop never runs.
fn mac_key(prf: Prf, password: &[u8], salt: &[u8], rounds: u32) -> Option<Zeroizing<Vec<u8>>> {
    let block = match prf {
        Prf::Sha384 | Prf::Sha512 => 128,
        _ => 64,
    };
    let hash = |bytes: &[u8]| match prf {
        Prf::Sha1 => digest::sha1(bytes).to_vec(),
        Prf::Sha256 => DigestAlgorithm::Sha256.digest(bytes).as_ref().to_vec(),
        Prf::Sha384 => DigestAlgorithm::Sha384.digest(bytes).as_ref().to_vec(),
        Prf::Sha512 => DigestAlgorithm::Sha512.digest(bytes).as_ref().to_vec(),
        Prf::Sm3 => DigestAlgorithm::Sm3.digest(bytes).as_ref().to_vec(),
    };
    // The password as big-endian UTF-16 with a final zero (§B.1).
    let text = core::str::from_utf8(password).ok()?;
    let units = text.encode_utf16().chain([0]);
    let utf16: Zeroizing<Vec<u8>> = Zeroizing::new(units.flat_map(u16::to_be_bytes).collect());
    let fill = |bytes: &[u8]| -> Vec<u8> {
        let length = bytes.len().div_ceil(block) * block;
        bytes.iter().copied().cycle().take(length).collect()
    };
    let mut input = Zeroizing::new(vec![3; block]);
    input.extend(fill(salt));
    input.extend(fill(&utf16));
    let mut key = Zeroizing::new(hash(&input));
    for _ in 1..rounds {
        key = Zeroizing::new(hash(&key));
    }
    Some(key)
}

/// What the bags hold.
#[derive(Default)]
struct Content {
    key: Option<PrivateKey>,
    certificates: Vec<Certificate>,
    bags: usize,
    /// Rounds spent so far: hundreds of bags that each ask for the most would take an hour.
    rounds: u32,
}

impl Content {
    fn spend(&mut self, rounds: u32) -> Result<(), KeyError> {
        self.rounds = self.rounds.saturating_add(rounds);
        if self.rounds > limits::PBKDF2_ROUNDS {
            let limit = u64::from(limits::PBKDF2_ROUNDS);
            return Err(Error::Limit { at: 0, what: "rounds in all bags", limit }.into());
        }
        Ok(())
    }

    fn read_bags(&mut self, bags: &[u8], password: &[u8]) -> Result<(), KeyError> {
        let mut list = Reader::new(bags).sequence()?;
        while !list.is_empty() {
            self.bags += 1;
            if self.bags > limits::PKCS12_BAGS {
                return Err(Error::Limit { at: 0, what: "bags", limit: 256 }.into());
            }
            let mut bag = list.sequence()?;
            let kind = bag.oid()?;
            let mut value = bag.explicit(0)?;
            match kind {
                oid::KEY_BAG => self.keep(pkcs8::read(value.any()?.raw)?)?,
                oid::SHROUDED_KEY_BAG => {
                    let shrouded = value.any()?.raw;
                    self.spend(pkcs8::rounds(shrouded)?)?;
                    self.keep(pkcs8::decrypt(shrouded, password)?)?;
                }
                oid::CERTIFICATE_BAG => {
                    let mut pair = value.sequence()?;
                    if pair.oid()? == oid::X509_CERTIFICATE {
                        let der = pair.explicit(0)?.octet_string()?;
                        self.certificates.push(Certificate::from_der(der)?);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn keep(&mut self, key: PrivateKey) -> Result<(), KeyError> {
        if self.key.replace(key).is_some() {
            let expected = "one private key, not several";
            return Err(Error::Malformed { at: 0, expected }.into());
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::der::Writer;
    use crate::testing::Seeded;
    use crate::{Curve, pkcs8::Protection};

    /// A file as OpenSSL's `-keypbe sm4-cbc -macalg sm3` makes it, password `secret`.
    pub(in super::super) fn sample() -> Vec<u8> {
        let mut rng = Seeded(3);
        let key = PrivateKey::generate(Curve::Sm2, &mut rng);
        let shrouded = pkcs8::encrypt(&key, b"secret", Protection::Sm4, 2, &mut rng);
        let bags = Writer::build(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.oid(&oid::SHROUDED_KEY_BAG);
                    w.explicit(0, |w| w.raw(&shrouded));
                });
            });
        });
        let data = |bytes: &[u8]| {
            Writer::build(|w| {
                w.sequence(|w| {
                    w.oid(&oid::DATA);
                    w.explicit(0, |w| w.octet_string(bytes));
                });
            })
        };
        let safes = Writer::build(|w| w.sequence(|w| w.raw(&data(&bags))));
        let key = mac_key(Prf::Sm3, b"secret", b"saltsalt", 3).unwrap();
        let value = Prf::Sm3.hmac(&key, &safes);
        Writer::build(|w| {
            w.sequence(|w| {
                w.uint(3);
                w.raw(&data(&safes));
                w.sequence(|w| {
                    w.sequence(|w| {
                        w.algorithm_null(&oid::SM3);
                        w.octet_string(&value);
                    });
                    w.octet_string(b"saltsalt");
                    w.uint(3);
                });
            });
        })
    }

    #[test]
    fn password_damage_and_content_are_told_apart() {
        let file = sample();
        assert!(read(&file, b"secret").is_ok());
        assert_eq!(read(&file, b"guess").unwrap_err(), KeyError::WrongPassword);
        assert!(matches!(read(&file[..40], b"secret"), Err(KeyError::Damaged(_))));
    }

    #[test]
    fn all_bags_share_one_budget_of_rounds() {
        let mut content = Content::default();
        content.spend(limits::PBKDF2_ROUNDS).unwrap();
        let over = content.spend(1).unwrap_err();
        assert!(matches!(over, KeyError::Damaged(Error::Limit { .. })), "{over}");
    }
}
