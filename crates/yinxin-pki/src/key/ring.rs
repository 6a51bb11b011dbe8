//! The key ring (密钥环): every decryption key a holder ever had, found by key identifier, so that
//! a bid made for last year's certificate still opens after two renewals.
//!
//! ```text
//! KeyRingFile ::= SEQUENCE { 1,
//!   SEQUENCE { salt OCTET STRING, memory KiB, passes, lanes },   -- Argon2id (RFC 9106)
//!   AlgorithmIdentifier,                                         -- SM4-GCM or AES-256-GCM
//!   OCTET STRING }                                               -- entries under it, then the tag
//! entries ::= SEQUENCE OF SEQUENCE { OCTET STRING PKCS#8, [0] OCTET STRING Certificate? }
//! ```
//!
//! All octets before the ciphertext are authenticated with it. A backup is the same format, so it
//! can be restored with the PIN it was made under and nothing else.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{DecryptionKey, KeyError, KeyId, pkcs8};
use crate::cipher::{Cipher, CipherKey, CipherParameters, Gcm, TAG_LEN};
use crate::der::{Reader, Tag, Writer};
use crate::{Certificate, Error, Explain, Fact, Party, limits};

/// Decryption keys of one holder, old ones too.
///
/// ```
/// # use yinxin_pki::{Curve, DecryptionKey, key::ring::{KeyRing, RingError}, cipher::Cipher};
/// # fn example(rng: &mut impl rand_core::CryptoRng) -> Result<(), RingError> {
/// let key = DecryptionKey::generate(Curve::Sm2, rng);
/// let id = key.public().id();
/// let mut ring = KeyRing::new();
/// ring.add(key, None)?;
/// let file = ring.seal(b"123456", Cipher::Sm4Gcm, rng)?;
/// assert!(KeyRing::open(&file, b"123456")?.find(&id).is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct KeyRing {
    entries: Vec<RingEntry>,
}

/// One key of a ring.
#[derive(Debug)]
pub struct RingEntry {
    key: DecryptionKey,
    certificate: Option<Certificate>,
}

impl RingEntry {
    /// The key.
    #[must_use]
    pub const fn key(&self) -> &DecryptionKey {
        &self.key
    }

    /// Its certificate, if one was put beside it. That it expired takes nothing from the key.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }
}

impl KeyRing {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds a key. One that is there already only gets its certificate, if it had none.
    ///
    /// # Errors
    ///
    /// [`RingError::OtherCertificate`] when the certificate is another key's,
    /// [`RingError::Form`] over [`KeyRing::MAX_KEYS`] keys.
    pub fn add(
        &mut self,
        key: DecryptionKey,
        certificate: Option<Certificate>,
    ) -> Result<(), RingError> {
        if certificate.as_ref().is_some_and(|c| c.public_key() != key.public()) {
            return Err(RingError::OtherCertificate);
        }
        let known = self.entries.iter_mut().find(|entry| entry.key.public() == key.public());
        if let Some(entry) = known {
            entry.certificate = entry.certificate.take().or(certificate);
            return Ok(());
        }
        if self.entries.len() >= Self::MAX_KEYS {
            return Err(Error::Limit { at: 0, what: "keys of a ring", limit: 1024 }.into());
        }
        self.entries.push(RingEntry { key, certificate });
        Ok(())
    }

    /// The key of an identifier.
    #[must_use]
    pub fn find(&self, id: &KeyId) -> Option<&DecryptionKey> {
        self.entries.iter().map(RingEntry::key).find(|key| key.public().id() == *id)
    }

    /// All keys, in the order they were added.
    #[must_use]
    pub fn entries(&self) -> &[RingEntry] {
        &self.entries
    }

    /// Encrypts the ring under a PIN with a fresh salt and nonce, for its file or a backup.
    ///
    /// # Errors
    ///
    /// [`RingError::Form`] for a cipher that detects no change.
    pub fn seal(
        &self,
        pin: &[u8],
        cipher: Cipher,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, RingError> {
        if !matches!(cipher, Cipher::Sm4Gcm | Cipher::Aes256Gcm) {
            let (at, what) = (0, "cipher of a key ring");
            return Err(Error::Unsupported { at, what, found: cipher.oid() }.into());
        }
        let mut salt = vec![0; SALT_LEN];
        rng.fill_bytes(&mut salt);
        let head = Head {
            kdf: Kdf { salt, memory: MEMORY, passes: PASSES, lanes: 1 },
            parameters: CipherParameters::random(cipher, rng),
        };
        let entries: Vec<Zeroizing<Vec<u8>>> = self.entries.iter().map(write_entry).collect();
        let length = entries.iter().map(|entry| entry.len()).sum::<usize>();
        // Room enough that the buffer never grows and leaves no copy behind.
        let mut text = Zeroizing::new(Vec::with_capacity(length + 64));
        text.extend_from_slice(&crate::ber::definite_header(Tag::SEQUENCE, length));
        entries.iter().for_each(|entry| text.extend_from_slice(entry));
        let aad = head.to_der();
        let mut gcm = head.gcm(pin, &aad)?;
        gcm.encrypt(&mut text).map_err(|_| RingError::Damaged)?;
        text.extend_from_slice(&gcm.tag());
        Ok(Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&aad);
                w.octet_string(&text);
            });
        }))
    }

    /// Opens a ring's file or a backup.
    ///
    /// # Errors
    ///
    /// [`RingError::WrongPin`] when the PIN is wrong or the file was changed, which GCM cannot
    /// tell apart; [`RingError::Form`] for what is no key ring.
    pub fn open(file: &[u8], pin: &[u8]) -> Result<Self, RingError> {
        if file.len() > limits::KEY_FILE {
            let limit = 1 << 20;
            return Err(Error::Limit { at: 0, what: "key ring in bytes", limit }.into());
        }
        let mut outer = Reader::new(file);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let start = fields.position();
        let head = Head::read(&mut fields)?;
        let aad = file.get(start..fields.position()).unwrap_or(&[]);
        let at = fields.position();
        let sealed = fields.octet_string()?;
        fields.finish()?;
        let Some((ciphertext, tag)) =
            sealed.len().checked_sub(TAG_LEN).and_then(|middle| sealed.split_at_checked(middle))
        else {
            return Err(Error::Malformed { at, expected: "a tag of 16 bytes" }.into());
        };
        let mut text = Zeroizing::new(ciphertext.to_vec());
        let mut gcm = head.gcm(pin, aad)?;
        gcm.decrypt(&mut text).map_err(|_| RingError::WrongPin)?;
        gcm.verify(tag).map_err(|_| RingError::WrongPin)?;
        // From here on the bytes are what `seal` wrote.
        let mut ring = Self::new();
        let mut reader = Reader::new(&text);
        let mut entries = reader.sequence()?;
        reader.finish()?;
        while !entries.is_empty() {
            let mut entry = entries.sequence()?;
            let key = pkcs8::read(entry.octet_string()?).map_err(RingError::Key)?;
            let certificate = match entry.optional_explicit(0)? {
                Some(mut inner) => Some(Certificate::from_der(inner.octet_string()?)?),
                None => None,
            };
            entry.finish()?;
            ring.add(key.into_decryption(), certificate)?;
        }
        Ok(ring)
    }

    /// Keys in one ring: a new one each year for a thousand years.
    pub const MAX_KEYS: usize = 1024;
}

fn write_entry(entry: &RingEntry) -> Zeroizing<Vec<u8>> {
    let key = pkcs8::write(entry.key.as_private());
    let certificate = entry.certificate.as_ref().map(|certificate| {
        Writer::build(|w| w.explicit(0, |w| w.octet_string(certificate.as_der())))
    });
    let mut inner = Zeroizing::new(Vec::with_capacity(key.len() + limits::CERTIFICATE));
    inner.extend_from_slice(&crate::ber::definite_header(Tag::OCTET_STRING, key.len()));
    inner.extend_from_slice(&key);
    inner.extend_from_slice(certificate.as_deref().unwrap_or(&[]));
    let mut whole = Zeroizing::new(Vec::with_capacity(inner.len() + 16));
    whole.extend_from_slice(&crate::ber::definite_header(Tag::SEQUENCE, inner.len()));
    whole.extend_from_slice(&inner);
    whole
}

/// 19 MiB and two passes: the lowest OWASP recommends for Argon2id, so that a phone can.
const MEMORY: u32 = 19 << 10;
const PASSES: u32 = 2;
const SALT_LEN: usize = 16;

/// Most memory a file may ask for, in KiB: 64 MiB, as for scrypt.
const MEMORY_LIMIT: u64 = limits::SCRYPT_MEMORY >> 10;
/// Most passes a file may ask for.
const PASSES_LIMIT: u64 = 16;

struct Head {
    kdf: Kdf,
    parameters: CipherParameters,
}

struct Kdf {
    salt: Vec<u8>,
    memory: u32,
    passes: u32,
    lanes: u32,
}

impl Head {
    fn read(fields: &mut Reader<'_>) -> Result<Self, Error> {
        let at = fields.position();
        let version = fields.uint()?;
        if version != 1 {
            return Err(Error::Version { at, what: "key ring", found: version });
        }
        let mut kdf = fields.sequence()?;
        let at = kdf.position();
        let salt = kdf.octet_string()?.to_vec();
        if !(8..=64).contains(&salt.len()) {
            return Err(Error::Malformed { at, expected: "a salt of 8 to 64 bytes" });
        }
        let memory = bounded(&mut kdf, "memory of Argon2 in KiB", 8, MEMORY_LIMIT)?;
        let passes = bounded(&mut kdf, "passes of Argon2", 1, PASSES_LIMIT)?;
        let lanes = bounded(&mut kdf, "lanes of Argon2", 1, 1)?;
        kdf.finish()?;
        let at = fields.position();
        let (parameters, _) = CipherParameters::read(fields)?;
        if !matches!(parameters.cipher, Cipher::Sm4Gcm | Cipher::Aes256Gcm) {
            let found = parameters.cipher.oid();
            return Err(Error::Unsupported { at, what: "cipher of a key ring", found });
        }
        Ok(Self { kdf: Kdf { salt, memory, passes, lanes }, parameters })
    }

    fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.uint(1);
            w.sequence(|w| {
                w.octet_string(&self.kdf.salt);
                w.uint(self.kdf.memory.into());
                w.uint(self.kdf.passes.into());
                w.uint(self.kdf.lanes.into());
            });
            self.parameters.write(w);
        })
    }

    fn gcm(&self, pin: &[u8], aad: &[u8]) -> Result<Gcm, RingError> {
        let cipher = self.parameters.cipher;
        let mut key = Zeroizing::new(vec![0; cipher.key_len()]);
        let Kdf { salt, memory, passes, lanes } = &self.kdf;
        // Both fail only for values that `read` refuses.
        let params = Params::new(*memory, *passes, *lanes, Some(key.len()));
        let params = params.map_err(|_| RingError::Damaged)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(pin, salt, &mut key)
            .map_err(|_| RingError::Damaged)?;
        let key = CipherKey::from_bytes(cipher, key)?;
        let nonce = self.parameters.iv().first_chunk().ok_or(RingError::Damaged)?;
        Gcm::new(cipher, &key, nonce, aad).map_err(|_| RingError::Damaged)
    }
}

fn bounded(
    reader: &mut Reader<'_>,
    what: &'static str,
    least: u64,
    limit: u64,
) -> Result<u32, Error> {
    let at = reader.position();
    let value = reader.uint()?;
    match u32::try_from(value) {
        Ok(small) if (least..=limit).contains(&value) => Ok(small),
        _ => Err(Error::Limit { at, what, limit }),
    }
}

/// Where a ring lies. A write replaces what was there whole or not at all.
pub trait RingStorage {
    /// What goes wrong with it.
    type Error;

    /// The ring's file, `None` when there is none yet.
    ///
    /// # Errors
    ///
    /// The storage's own.
    fn load(&self) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Replaces the ring's file.
    ///
    /// # Errors
    ///
    /// The storage's own; the old file is still there then.
    fn store(&mut self, file: &[u8]) -> Result<(), Self::Error>;

    /// How many wrong PINs came since the last right one.
    ///
    /// # Errors
    ///
    /// The storage's own.
    fn failures(&self) -> Result<u32, Self::Error>;

    /// Remembers that number.
    ///
    /// # Errors
    ///
    /// The storage's own.
    fn set_failures(&mut self, failures: u32) -> Result<(), Self::Error>;
}

/// A ring in memory, for tests and for callers who keep it elsewhere.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    file: Option<Vec<u8>>,
    failures: u32,
}

impl RingStorage for MemoryStorage {
    type Error = core::convert::Infallible;

    fn load(&self) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(self.file.clone())
    }

    fn store(&mut self, file: &[u8]) -> Result<(), Self::Error> {
        self.file = Some(file.to_vec());
        Ok(())
    }

    fn failures(&self) -> Result<u32, Self::Error> {
        Ok(self.failures)
    }

    fn set_failures(&mut self, failures: u32) -> Result<(), Self::Error> {
        self.failures = failures;
        Ok(())
    }
}

/// Wrong PINs after which a ring is locked; a backup, restored, opens it again.
///
/// It stops guessing through this program. Whoever can copy the file guesses elsewhere; against
/// that stands Argon2id, and a PIN that is long enough.
pub const MAX_FAILURES: u32 = 10;

/// Opens the ring that lies in `storage`, counting wrong PINs.
///
/// # Errors
///
/// [`StoredRingError`]: no ring there, locked, a wrong PIN with the tries left, or the storage's
/// own.
pub fn open_stored<S: RingStorage>(
    storage: &mut S,
    pin: &[u8],
) -> Result<KeyRing, StoredRingError<S::Error>> {
    let Some(file) = storage.load().map_err(StoredRingError::Storage)? else {
        return Err(RingError::Missing.into());
    };
    let failures = storage.failures().map_err(StoredRingError::Storage)?;
    if failures >= MAX_FAILURES {
        return Err(RingError::Locked.into());
    }
    // Counted before the try: who pulls the plug in between has used the try up.
    storage.set_failures(failures + 1).map_err(StoredRingError::Storage)?;
    let opened = KeyRing::open(&file, pin);
    if !matches!(opened, Err(RingError::WrongPin)) {
        storage.set_failures(0).map_err(StoredRingError::Storage)?;
    }
    opened.map_err(|error| match error {
        RingError::WrongPin => {
            RingError::WrongPinOf { left: MAX_FAILURES.saturating_sub(failures + 1) }.into()
        }
        other => other.into(),
    })
}

/// Why a stored ring did not open.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the ring or its storage; there is no third")]
pub enum StoredRingError<E> {
    /// The ring.
    Ring(RingError),
    /// Where it lies.
    Storage(E),
}

impl<E> From<RingError> for StoredRingError<E> {
    fn from(error: RingError) -> Self {
        Self::Ring(error)
    }
}

/// Why a ring did not open or take a key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RingError {
    /// Parameters that no writer of this format makes.
    Damaged,
    /// The bytes are not what they should be.
    Form(Error),
    /// A key inside.
    Key(KeyError),
    /// Too many wrong PINs; restore a backup.
    Locked,
    /// There is no ring yet.
    Missing,
    /// The certificate is another key's.
    OtherCertificate,
    /// The PIN is wrong, or the file was changed.
    WrongPin,
    /// The same, and how many tries are left.
    WrongPinOf {
        /// Tries left before the ring is locked.
        left: u32,
    },
}

impl From<Error> for RingError {
    fn from(error: Error) -> Self {
        Self::Form(error)
    }
}

impl Explain for RingError {
    fn code(&self) -> &'static str {
        match self {
            Self::Damaged => "ring_damaged",
            Self::Form(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::Locked => "ring_locked",
            Self::Missing => "ring_missing",
            Self::OtherCertificate => "other_key",
            Self::WrongPin => "wrong_pin",
            Self::WrongPinOf { .. } => "wrong_pin_left",
        }
    }

    fn mended_by(&self) -> Party {
        Party::Holder
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Form(error) => error.facts(),
            Self::Key(error) => error.facts(),
            Self::WrongPinOf { left } => vec![Fact::number("left", u64::from(*left))],
            _ => vec![],
        }
    }
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => f.write_str("the key ring is damaged; restore a backup"),
            Self::Form(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
            Self::Locked => f.write_str("locked after too many wrong PINs; restore a backup"),
            Self::Missing => f.write_str("there is no key ring yet; make one with `key ring init`"),
            Self::OtherCertificate => f.write_str("the certificate is another key's"),
            Self::WrongPin => f.write_str("the PIN is wrong, or the key ring was changed"),
            Self::WrongPinOf { left } => {
                write!(f, "the PIN is wrong, or the key ring was changed; {left} tries are left")
            }
        }
    }
}

impl core::error::Error for RingError {}

#[cfg(test)]
mod tests {
    use rand_core::Rng as _;

    use super::*;
    use crate::Curve;
    use crate::testing::Seeded;

    fn ring(rng: &mut Seeded) -> KeyRing {
        let mut ring = KeyRing::new();
        for curve in [Curve::Sm2, Curve::P256, Curve::Sm2] {
            let key = DecryptionKey::generate(curve, rng);
            let certificate = crate::cms::tests_certificate(key.public());
            let certificate = Certificate::from_der(&certificate).unwrap();
            ring.add(key, (curve == Curve::Sm2).then_some(certificate)).unwrap();
        }
        ring
    }

    #[test]
    fn every_key_is_found_again_under_both_ciphers() {
        let mut rng = Seeded(1);
        let ring = ring(&mut rng);
        for cipher in [Cipher::Sm4Gcm, Cipher::Aes256Gcm] {
            let file = ring.seal(b"123456", cipher, &mut rng).unwrap();
            let opened = KeyRing::open(&file, b"123456").unwrap();
            assert_eq!(opened.entries().len(), 3);
            for entry in ring.entries() {
                let id = entry.key().public().id();
                assert_eq!(opened.find(&id).unwrap().public(), entry.key().public());
            }
            assert_eq!(
                opened.entries()[2].certificate().map(Certificate::as_der),
                ring.entries()[2].certificate().map(Certificate::as_der)
            );
            assert_eq!(KeyRing::open(&file, b"123457").unwrap_err(), RingError::WrongPin);
        }
        assert!(ring.seal(b"1", Cipher::Sm4Cbc, &mut rng).is_err());
    }

    #[test]
    fn wrong_pins_lock_and_a_right_one_starts_anew() {
        let mut rng = Seeded(2);
        let mut storage = MemoryStorage::default();
        assert_eq!(open_stored(&mut storage, b"1").unwrap_err(), RingError::Missing.into());
        storage.store(&ring(&mut rng).seal(b"right", Cipher::Sm4Gcm, &mut rng).unwrap()).unwrap();
        let wrong = |storage: &mut MemoryStorage| open_stored(storage, b"wrong").unwrap_err();
        assert_eq!(wrong(&mut storage), RingError::WrongPinOf { left: 9 }.into());
        open_stored(&mut storage, b"right").unwrap();
        for left in (0..MAX_FAILURES).rev() {
            assert_eq!(wrong(&mut storage), RingError::WrongPinOf { left }.into());
        }
        assert_eq!(wrong(&mut storage), RingError::Locked.into());
        assert_eq!(open_stored(&mut storage, b"right").unwrap_err(), RingError::Locked.into());
    }

    #[test]
    fn truncations_mutations_and_bombs_are_typed_errors() {
        let mut rng = Seeded(3);
        let file = ring(&mut rng).seal(b"1", Cipher::Sm4Gcm, &mut rng).unwrap();
        for end in 0..file.len() {
            assert!(matches!(KeyRing::open(&file[..end], b"1"), Err(RingError::Form(_))), "{end}");
        }
        // Each try that gets as far as Argon2 takes a moment, so the header gets most of them.
        for round in 0..300 {
            let mut bent = file.clone();
            let within = if round % 10 == 0 { file.len() } else { 70 };
            let at = usize::try_from(rng.next_u32()).unwrap() % within;
            bent[at] ^= 1 << (rng.next_u32() % 8);
            assert!(KeyRing::open(&bent, b"1").is_err(), "round {round}, byte {at}");
        }
        let bomb = |memory: u64, passes: u64, lanes: u64| {
            Writer::build(|w| {
                w.sequence(|w| {
                    w.uint(1);
                    w.sequence(|w| {
                        w.octet_string(&[0; 16]);
                        w.uint(memory);
                        w.uint(passes);
                        w.uint(lanes);
                    });
                });
            })
        };
        for (memory, passes, lanes) in
            [(1 << 31, 1, 1), (8, 1 << 40, 1), (64, 1, 1 << 20), (0, 1, 1)]
        {
            let refused = KeyRing::open(&bomb(memory, passes, lanes), b"1").unwrap_err();
            assert_eq!(refused.code(), "limit");
        }
    }

    #[test]
    fn a_certificate_of_another_key_is_refused() {
        let mut rng = Seeded(4);
        let (key, other) =
            (DecryptionKey::generate(Curve::Sm2, &mut rng), ring(&mut rng).entries.remove(0));
        let refused = KeyRing::new().add(key, other.certificate).unwrap_err();
        assert_eq!(refused, RingError::OtherCertificate);
    }
}
