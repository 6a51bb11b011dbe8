//! What a web phone keeps: one blob, of which nothing can be read without the PIN but how many wrong
//! ones came.
//!
//! ```text
//! blob  = {typ, pin, ring, state}            JSON; pin: wrong ones since the last right one
//! ring  = key ring under the PIN (Argon2id); its first key is the phone's own
//! state = everything else, sealed under a secret made of the phone's own key
//! ```

use serde::{Deserialize, Serialize};
use yinxin::cipher::Cipher;
use yinxin::key::ring::{KeyRing, RingError};
use yinxin::phone::own_seal;
use yinxin::session::Code;
use yinxin::session::phone::{
    Holdings, Memory, OwnCertificate, PinCounter, PinnedHub, Right, Snapshot, Standing, StoredHub,
};
use yinxin::session::wire::{Binary, Token};
use yinxin::{
    Certificate, Curve, DecryptionKey, EncryptionCertificate, KeyId, SigningCertificate,
    SigningKey, pkcs8,
};
use yinxin_seal::es::Seal;
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::random::random;
use crate::rest;
use crate::session::text::fail;

const TYP: &str = "yinxin-phone-1";

/// What the state is sealed as.
const AT_REST: &str = "yinxin-phone-at-rest-1";

/// The fewest characters of a PIN.
const PIN: usize = 6;

/// The blob.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Blob {
    typ: String,
    pub(super) pin: PinCounter,
    ring: Binary,
    state: Binary,
}

impl Blob {
    /// # Errors
    ///
    /// `storage_refused` for what is none.
    pub(super) fn read(octets: &[u8]) -> Result<Self, Failure> {
        let blob: Option<Self> = serde_json::from_slice(octets).ok();
        let blob = blob.filter(|blob| blob.typ == TYP);
        blob.ok_or_else(|| fail(Code::StorageRefused))
    }

    /// # Errors
    ///
    /// `internal`.
    pub(super) fn write(&self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(self).map_err(|_| fail(Code::Internal))
    }

    /// Tries a PIN: the ring, or nothing where it is wrong.
    ///
    /// # Errors
    ///
    /// `storage_refused` for a ring that is none.
    pub(super) fn ring(&self, pin: &str) -> Result<Option<KeyRing>, Failure> {
        match KeyRing::open(&self.ring.0, pin.as_bytes()) {
            Ok(ring) => Ok(Some(ring)),
            Err(RingError::WrongPin) => Ok(None),
            Err(error) => Err(Failure::from(error)),
        }
    }
}

/// A phone that is unlocked.
pub(super) struct Open {
    pub(super) ring: KeyRing,
    pub(super) state: State,
}

/// Everything but keys.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct State {
    device: Option<Token>,
    pub(super) memory: Memory,
    pub(super) hubs: Vec<HubEntry>,
    pub(super) holders: Vec<HolderEntry>,
    pub(super) seals: Vec<Binary>,
    /// Answers that hubs may not have yet, the oldest first.
    pub(super) answers: Vec<Snapshot>,
    /// Keys that were drawn for a certificate that has not come yet, by their ids.
    pub(super) waiting: Vec<String>,
}

/// A pinned hub with its address.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HubEntry {
    pub(super) url: String,
    pub(super) hub: StoredHub,
}

/// A holder's certificates, DER; issuers from the nearest on.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HolderEntry {
    pub(super) signing: Binary,
    pub(super) encryption: Option<Binary>,
    pub(super) issuers: Vec<Binary>,
}

impl Open {
    /// A new phone, without anything but its account at hubs.
    ///
    /// # Errors
    ///
    /// `internal` without randomness.
    pub(super) fn new() -> Result<Self, Failure> {
        let mut rng = random();
        let mut ring = KeyRing::new();
        ring.add(DecryptionKey::generate(Curve::Sm2, &mut rng), None)?;
        let state = State { device: Some(Token::random(&mut rng)), ..State::default() };
        Ok(Self { ring, state })
    }

    /// Opens a phone whose PIN was right.
    ///
    /// # Errors
    ///
    /// `storage_refused` for a state that is another ring's, or was changed.
    pub(super) fn read(blob: &Blob, ring: KeyRing) -> Result<Self, Failure> {
        let text = rest::open(AT_REST, &secret(&ring)?, &blob.state.0)?;
        let state = serde_json::from_slice(&text).map_err(|_| fail(Code::StorageRefused))?;
        Ok(Self { ring, state })
    }

    /// Seals the ring under a PIN, and everything with it.
    ///
    /// # Errors
    ///
    /// `pin_wrong` for a PIN that is too short to be one.
    pub(super) fn seal(&self, pin: &str, counter: PinCounter) -> Result<Blob, Failure> {
        if pin.chars().count() < PIN {
            return Err(fail(Code::PinWrong));
        }
        let ring = self.ring.seal(pin.as_bytes(), Cipher::Sm4Gcm, &mut random())?;
        let state = self.sealed_state()?;
        Ok(Blob { typ: TYP.into(), pin: counter, ring: Binary(ring), state: Binary(state) })
    }

    /// The blob with the state as it is now, under the ring that it has.
    ///
    /// # Errors
    ///
    /// `storage_refused`.
    pub(super) fn keep(&self, blob: &mut Blob) -> Result<(), Failure> {
        blob.state = Binary(self.sealed_state()?);
        Ok(())
    }

    fn sealed_state(&self) -> Result<Vec<u8>, Failure> {
        // What could not be read again is not written either.
        self.state.memory.write()?;
        let text = serde_json::to_vec(&self.state).map_err(|_| fail(Code::StorageRefused))?;
        rest::seal(AT_REST, &secret(&self.ring)?, text)
    }

    /// The phone's account at hubs.
    ///
    /// # Errors
    ///
    /// `storage_refused`.
    pub(super) fn device(&self) -> Result<&Token, Failure> {
        self.state.device.as_ref().ok_or_else(|| fail(Code::StorageRefused))
    }

    /// The key that signs for a certificate.
    ///
    /// # Errors
    ///
    /// `no_matching_certificate`.
    pub(super) fn signing_key(&self, id: &KeyId) -> Result<SigningKey, Failure> {
        let key = self.ring.find(id).ok_or_else(|| fail(Code::NoMatchingCertificate))?;
        let key = pkcs8::read(&pkcs8::write(key.as_private()))?;
        Ok(key.into_signing())
    }

    /// A pinned hub, its list verified again.
    ///
    /// # Errors
    ///
    /// `hub_unknown`.
    pub(super) fn hub(&self, host: &str) -> Result<PinnedHub, Failure> {
        let entry = self.state.hubs.iter().find(|entry| entry.hub.host == host);
        let entry = entry.ok_or_else(|| fail(Code::HubUnknown))?;
        PinnedHub::from_stored(&entry.hub).map_err(Failure::from)
    }

    /// Keeps a hub.
    pub(super) fn put_hub(&mut self, url: Option<&str>, hub: &PinnedHub) {
        let stored = hub.to_stored();
        let entry = self.state.hubs.iter_mut().find(|entry| entry.hub.host == stored.host);
        match (entry, url) {
            (Some(entry), url) => {
                entry.hub = stored;
                if let Some(url) = url {
                    entry.url = url.into();
                }
            }
            (None, Some(url)) => self.state.hubs.push(HubEntry { url: url.into(), hub: stored }),
            (None, None) => {}
        }
    }

    /// Certificates with what belongs to them.
    ///
    /// # Errors
    ///
    /// `storage_refused`.
    pub(super) fn certificates(&self) -> Result<Vec<OwnCertificate>, Failure> {
        let own: Option<Vec<_>> = self.state.holders.iter().map(HolderEntry::own).collect();
        own.ok_or_else(|| fail(Code::StorageRefused))
    }

    /// Everything that the phone answers with.
    ///
    /// # Errors
    ///
    /// `storage_refused`.
    pub(super) fn holdings(&self, typed_codes: bool) -> Result<Holdings, Failure> {
        let certificates = self.certificates()?;
        let mut seals = Vec::new();
        for der in &self.state.seals {
            let seal = Seal::from_der(&der.0).map_err(|_| fail(Code::StorageRefused))?;
            seals.push(own_seal(&seal, &certificates));
        }
        let signs =
            |id: &KeyId| certificates.iter().any(|own| own.signing.public_key().id() == *id);
        let keys = self.ring.entries().iter().skip(1).map(|entry| entry.key().public().id());
        let keys = keys.filter(|id| !signs(id)).collect();
        Ok(Holdings { certificates, seals, keys, typed_codes })
    }
}

impl HolderEntry {
    fn own(&self) -> Option<OwnCertificate> {
        let read = |der: &Binary| Certificate::from_der(&der.0).ok();
        let encryption = match &self.encryption {
            Some(der) => Some(EncryptionCertificate::new(read(der)?).ok()?),
            None => None,
        };
        Some(OwnCertificate {
            signing: SigningCertificate::new(read(&self.signing)?).ok()?,
            issuers: self.issuers.iter().map(read).collect::<Option<_>>()?,
            encryption,
            standing: Standing::Active,
            right: Right::Owner,
        })
    }
}

/// The secret that the state is sealed under: of the phone's own key, which only the PIN opens.
fn secret(ring: &KeyRing) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let own = ring.entries().first().ok_or_else(|| fail(Code::StorageRefused))?;
    Ok(pkcs8::write(own.key().as_private()))
}
