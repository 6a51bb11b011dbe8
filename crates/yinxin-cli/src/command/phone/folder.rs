//! The folder of a phone on disk: beside the key ring what else a phone holds and remembers.
//!
//! ```text
//! DIR/ring, failures        decryption keys, under the PIN; wrong PINs of the ring
//! DIR/device                the phone's account at hubs: 32 random bytes
//! DIR/memory.json           known browsers, history, wrong PINs and numbers, answered requests
//! DIR/answers/REQUEST.json  an answer that its hub may not have yet
//! DIR/hubs/HOST.json        a pinned hub: its address, who signs its lists, the newest list
//! DIR/holders/ID.json       a holder's certificates
//! DIR/holders/ID.key        its signing key, under the PIN
//! DIR/seals/ID.esl          an electronic seal
//! ```

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use yinxin::file::{self, Access, Existing, FileError, Outputs};
use yinxin::key::container;
use yinxin::key::ring::{KeyRing, RingStorage, open_stored};
use yinxin::phone::own_seal;
use yinxin::ring_file::FolderStorage;
use yinxin::session::phone::{
    Holdings, Memory, OwnCertificate, PinAttempt, PinPassed, PinnedHub, Right, Snapshot, Standing,
    StoredHub,
};
use yinxin::session::wire::{Binary, Token};
use yinxin::{Certificate, EncryptionCertificate, KeyError, SigningCertificate, SigningKey, pkcs8};
use yinxin_seal::es::Seal;
use zeroize::Zeroizing;

use super::list::hex;
use crate::command::key::ring;
use crate::context;
use crate::hub::write;
use crate::output::{Exit, Failure, Of as _};

/// Largest file of the folder that is no seal.
const LIMIT: u64 = 16 << 20;

/// A phone's folder, locked against other programs while this value lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    storage: FolderStorage,
    pub(crate) memory: Memory,
}

/// A hub as it is kept: pinned, with its address.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct HubFile {
    url: String,
    hub: StoredHub,
}

/// A holder's certificates as they are kept.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolderFile {
    /// Signing certificate, DER.
    pub(crate) signing: Binary,
    /// Encryption certificate, DER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) encryption: Option<Binary>,
    /// Their issuers', from the nearest on, DER.
    pub(crate) issuers: Vec<Binary>,
}

/// What the PIN opened.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) ring: KeyRing,
    /// For one confirmation.
    pub(crate) passed: PinPassed,
    pin: Zeroizing<Vec<u8>>,
}

impl Folder {
    /// Opens the folder of a phone, or of a ring that becomes one.
    ///
    /// # Errors
    ///
    /// No such folder, or a file in it that is not what it should be.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let storage = FolderStorage::open(path)?;
        let file = path.join("memory.json");
        let memory = match optional(&file)? {
            Some(text) => Memory::read(&text).of(&file)?,
            None => Memory::default(),
        };
        Ok(Self { path: path.to_path_buf(), storage, memory })
    }

    /// Writes what the phone remembers.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn store(&self) -> Result<(), Failure> {
        self.put("memory.json", Access::Private, &self.memory.write()?)
    }

    fn put(&self, name: &str, access: Access, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.path.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| FileError::new(file::Action::Write, folder, source))?;
        }
        let mut outputs = Outputs::new(Existing::Replace);
        outputs.write(&path, access, bytes)?;
        Ok(outputs.commit()?)
    }

    /// The phone's account, made at its first use.
    ///
    /// # Errors
    ///
    /// A file that is none, or no randomness.
    pub(crate) fn device(&self) -> Result<Token, Failure> {
        let file = self.path.join("device");
        if let Some(text) = optional(&file)? {
            let text = String::from_utf8_lossy(&text);
            let damaged =
                || Failure::new(Exit::Unreadable, "phone_folder", "the account is damaged");
            return Token::from_text(text.trim()).ok_or_else(damaged).of(&file);
        }
        let token = Token::random(&mut context::random()?);
        self.put("device", Access::Private, token.to_text().as_bytes())?;
        Ok(token)
    }

    /// Tries the PIN: counted before, and stored, so that nobody gains a try by ending the program.
    ///
    /// # Errors
    ///
    /// `pin_wrong`, `pin_locked`, and what else the ring may say.
    pub(crate) fn unlock(&mut self, pin_file: Option<&Path>) -> Result<Keys, Failure> {
        let pin = ring::pin(pin_file, "--pin-file")?;
        let attempt: PinAttempt = self.memory.pin.begin()?;
        self.store()?;
        match open_stored(&mut self.storage, &pin) {
            Ok(ring) => {
                let passed = attempt.right(&mut self.memory.pin);
                self.store()?;
                Ok(Keys { ring, passed, pin })
            }
            Err(error) => {
                let failure = ring::stored(error);
                if matches!(failure.code(), "wrong_pin" | "wrong_pin_left") {
                    return Err(attempt.wrong(&self.memory.pin).into());
                }
                Err(failure.of(&self.path))
            }
        }
    }

    /// All hubs that are pinned, with their addresses.
    ///
    /// # Errors
    ///
    /// A file that is no pinned hub.
    pub(crate) fn hubs(&self) -> Result<Vec<(String, PinnedHub)>, Failure> {
        let mut hubs = Vec::new();
        for path in self.files("hubs", "json")? {
            let file: HubFile = json(&path)?;
            hubs.push((file.url, PinnedHub::from_stored(&file.hub).of(&path)?));
        }
        Ok(hubs)
    }

    /// Keeps a hub.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn put_hub(&self, url: &str, hub: &PinnedHub) -> Result<(), Failure> {
        let file = HubFile { url: url.into(), hub: hub.to_stored() };
        self.put(&format!("hubs/{}.json", hub.host()), Access::Public, &write(&file)?)
    }

    /// Keeps a holder's certificates, and its signing key under the PIN.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn put_holder(
        &self,
        holder: &HolderFile,
        key: &SigningKey,
        keys: &Keys,
    ) -> Result<(), Failure> {
        let id = key.public().id();
        self.put(&format!("holders/{id}.json"), Access::Public, &write(holder)?)?;
        self.put(&key_name(key), Access::Private, protect(key, &keys.pin)?.as_bytes())
    }

    /// A holder's signing key.
    ///
    /// # Errors
    ///
    /// It is not there, or under another PIN.
    pub(crate) fn signing_key(
        &self,
        certificate: &Certificate,
        keys: &Keys,
    ) -> Result<SigningKey, Failure> {
        let id = certificate.public_key().id();
        let path = self.path.join("holders").join(format!("{id}.key"));
        let bytes = Zeroizing::new(file::read(&path, LIMIT)?);
        match container::read(&bytes, Some(&keys.pin)) {
            Ok(key) => Ok(key.key.into_signing()),
            Err(KeyError::WrongPassword) => {
                let words = "the signing key is under another PIN than the ring; change both with \
                             `yinxin phone change-pin`";
                Err(Failure::new(Exit::Refused, "phone_pins_differ", words).of(&path))
            }
            Err(error) => Err(error).of(&path),
        }
    }

    /// Changes the PIN of signing keys and ring. Trust in browsers falls with it.
    ///
    /// # Errors
    ///
    /// A key that cannot be opened or written; then all stands as it stood.
    pub(crate) fn change_pin(&mut self, keys: Keys, new: &[u8]) -> Result<(), Failure> {
        let mut signing = Vec::new();
        for holder in self.holders()? {
            signing.push(self.signing_key(&holder.signing, &keys)?);
        }
        let mut rng = context::random()?;
        let ring = keys.ring.seal(new, ring::CIPHER, &mut rng)?;
        self.memory.browsers.revoke_all();
        let mut outputs = Outputs::new(Existing::Replace);
        for key in &signing {
            let path = self.path.join(key_name(key));
            outputs.write(&path, Access::Private, protect(key, new)?.as_bytes())?;
        }
        outputs.write(&self.path.join("memory.json"), Access::Private, &self.memory.write()?)?;
        outputs.write(&self.path.join("ring"), Access::Private, &ring)?;
        Ok(outputs.commit()?)
    }

    /// The certificates of all holders.
    ///
    /// # Errors
    ///
    /// A file that holds none.
    pub(crate) fn holders(&self) -> Result<Vec<OwnCertificate>, Failure> {
        let mut holders = Vec::new();
        for path in self.files("holders", "json")? {
            let file: HolderFile = json(&path)?;
            holders.push(own(&file).of(&path)?);
        }
        Ok(holders)
    }

    /// Keeps the ring under its PIN.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn put_ring(&mut self, keys: &Keys) -> Result<(), Failure> {
        let ring = keys.ring.seal(&keys.pin, ring::CIPHER, &mut context::random()?)?;
        Ok(RingStorage::store(&mut self.storage, &ring)?)
    }

    /// Keeps a seal.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn put_seal(&self, seal: &Seal) -> Result<(), Failure> {
        let name: String = seal.id().chars().filter(char::is_ascii_alphanumeric).collect();
        self.put(&format!("seals/{name}.esl"), Access::Private, seal.as_der())
    }

    /// Everything the phone holds.
    ///
    /// # Errors
    ///
    /// A file that is not what it should be.
    pub(crate) fn holdings(&self, keys: Option<&KeyRing>) -> Result<Holdings, Failure> {
        let certificates = self.holders()?;
        let mut seals = Vec::new();
        for path in self.files("seals", "esl")? {
            let der = file::read(&path, 16 << 20)?;
            seals.push(own_seal(&Seal::from_der(&der).of(&path)?, &certificates));
        }
        let ring = keys.map_or(&[][..], KeyRing::entries);
        Ok(Holdings {
            seals,
            keys: ring.iter().map(|entry| entry.key().public().id()).collect(),
            typed_codes: false,
            certificates,
        })
    }

    /// Keeps an answer until the hub has it.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(crate) fn put_answer(&self, snapshot: &Snapshot) -> Result<(), Failure> {
        self.put(&answer_name(snapshot), Access::Private, &write(snapshot)?)
    }

    /// The answers that hubs may not have.
    ///
    /// # Errors
    ///
    /// A file that is none.
    pub(crate) fn answers(&self) -> Result<Vec<Snapshot>, Failure> {
        self.files("answers", "json")?.iter().map(|path| json(path)).collect()
    }

    /// The hub has it.
    pub(crate) fn drop_answer(&self, snapshot: &Snapshot) {
        drop(std::fs::remove_file(self.path.join(answer_name(snapshot))));
    }

    fn files(&self, folder: &str, ending: &str) -> Result<Vec<PathBuf>, Failure> {
        let folder = self.path.join(folder);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let failed = |source| FileError::new(file::Action::Read, &folder, source);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            files.push(entry.map_err(failed)?.path());
        }
        files.retain(|path| path.extension().is_some_and(|own| own == ending));
        files.sort();
        Ok(files)
    }
}

fn answer_name(snapshot: &Snapshot) -> String {
    format!("answers/{}.json", hex(snapshot.request()))
}

fn key_name(key: &SigningKey) -> String {
    format!("holders/{}.key", key.public().id())
}

/// A signing key under the PIN, PEM.
fn protect(key: &SigningKey, pin: &[u8]) -> Result<String, Failure> {
    let protection = match key.as_private().curve() {
        yinxin::Curve::P256 => pkcs8::Protection::Aes256,
        _ => pkcs8::Protection::Sm4,
    };
    let mut rng = context::random()?;
    let der = pkcs8::encrypt(key.as_private(), pin, protection, pkcs8::ROUNDS, &mut rng);
    Ok(yinxin::pem::encode("ENCRYPTED PRIVATE KEY", &der))
}

fn own(file: &HolderFile) -> Result<OwnCertificate, Failure> {
    let read = |der: &Binary| Certificate::from_der(&der.0);
    let encryption = match &file.encryption {
        Some(der) => Some(EncryptionCertificate::new(read(der)?)?),
        None => None,
    };
    Ok(OwnCertificate {
        signing: SigningCertificate::new(read(&file.signing)?)?,
        issuers: file.issuers.iter().map(read).collect::<Result<_, _>>()?,
        encryption,
        standing: Standing::Active,
        right: Right::Owner,
    })
}

fn optional(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match file::read(path, LIMIT) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(FileError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = file::read(path, LIMIT)?;
    yinxin::json::read(&text).map_err(|error| {
        let words = format!("not what a phone keeps here: {error}");
        Failure::new(Exit::Unreadable, "phone_folder", words).of(path)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use serde_json::json;
    use yinxin::base64::encode_url;

    use super::*;

    #[test]
    fn each_answer_waits_by_itself_until_its_hub_has_it() {
        let path = std::env::temp_dir().join(format!("yinxin-answers-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let folder = Folder::open(&path).unwrap();
        for number in 1..=3_u8 {
            let snapshot = json!({
                "hub": "hub.example",
                "sid": encode_url(&[number; 16]),
                "token": encode_url(&[number; 32]),
                "request": encode_url(&[number; 32]),
                "answer": encode_url(&[number; 5]),
            });
            folder.put_answer(&serde_json::from_value(snapshot).unwrap()).unwrap();
        }
        let waiting = folder.answers().unwrap();
        assert_eq!(waiting.len(), 3);
        folder.drop_answer(&waiting[1]);
        let left = folder.answers().unwrap();
        let left: Vec<_> = left.iter().map(Snapshot::request).collect();
        assert_eq!(left, [waiting[0].request(), waiting[2].request()]);
        std::fs::remove_dir_all(&path).unwrap();
    }
}
