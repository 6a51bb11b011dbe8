//! `yinxin key ring`: all decryption keys of a holder, old ones too.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use yinxin::cipher::Cipher;
use yinxin::file::{self, Access};
use yinxin::key::ring::{KeyRing, RingStorage as _, StoredRingError, open_stored};
use yinxin::ring_file::FolderStorage;
use zeroize::Zeroizing;

use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Of as _, Report};
use crate::secret::{Passwords, read_password};
use crate::trust;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an empty ring
    Init(Place),
    /// Add a decryption key
    Add(Add),
    /// List the keys
    List(Place),
    /// Write a backup, under the same PIN
    Backup(Backup),
    /// Restore a backup; also opens a locked ring again
    Restore(Restore),
    /// Protect the ring by another PIN
    ChangePin(ChangePin),
}

/// Which ring, and its PIN.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// Folder of the ring
    #[arg(long, value_name = "DIR")]
    ring: PathBuf,
    /// File with the ring's PIN (else the terminal)
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// The decryption key
    key: PathBuf,
    /// Its certificate
    #[arg(long, value_name = "C.pem")]
    certificate: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    passwords: Passwords,
}

#[derive(Args, Debug)]
pub(crate) struct Backup {
    /// Where the backup goes
    out: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Debug)]
pub(crate) struct Restore {
    /// The backup
    backup: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Args, Debug)]
pub(crate) struct ChangePin {
    #[command(flatten)]
    place: Place,
    /// File with the new PIN (else the terminal)
    #[arg(long, value_name = "FILE")]
    new_pin_file: Option<PathBuf>,
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Init(place) => init(&place, globals),
        Command::Add(command) => add(&command),
        Command::List(place) => list(&place),
        Command::Backup(command) => backup(&command, globals),
        Command::Restore(command) => restore(&command, globals),
        Command::ChangePin(command) => change_pin(&command),
    }
}

impl Place {
    fn pin(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        pin(self.pin_file.as_deref(), "--pin-file")
    }

    /// Opens the ring; a wrong PIN is counted.
    fn open(&self) -> Result<(KeyRing, FolderStorage, Zeroizing<Vec<u8>>), Failure> {
        let pin = self.pin()?;
        let mut storage = FolderStorage::open(&self.ring)?;
        let ring = open_stored(&mut storage, &pin).map_err(stored).of(&self.ring)?;
        Ok((ring, storage, pin))
    }
}

/// Opens the ring of a command that reads decryption keys.
///
/// # Errors
///
/// No ring, a wrong PIN, a locked ring.
pub(crate) fn open(folder: &Path, pin_file: Option<&Path>) -> Result<KeyRing, Failure> {
    let place = Place { ring: folder.to_path_buf(), pin_file: pin_file.map(Path::to_path_buf) };
    place.open().map(|(ring, ..)| ring)
}

pub(crate) fn stored(error: StoredRingError<file::FileError>) -> Failure {
    match error {
        StoredRingError::Ring(error) => error.into(),
        StoredRingError::Storage(error) => error.into(),
    }
}

pub(crate) fn pin(path: Option<&Path>, option: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let pin = match path {
        Some(path) => read_password(path)?,
        None => crate::secret::ask("PIN")?.ok_or_else(|| {
            Failure::usage("password_needed", format!("the ring's PIN is needed: `{option} FILE`"))
        })?,
    };
    if pin.is_empty() {
        return Err(Failure::usage("password_empty", "an empty PIN protects nothing"));
    }
    Ok(pin)
}

/// SM4-GCM; the national cipher goes with the national keys, and P-256 keys lose nothing by it.
pub(crate) const CIPHER: Cipher = Cipher::Sm4Gcm;

fn save(ring: &KeyRing, storage: &mut FolderStorage, pin: &[u8]) -> Result<(), Failure> {
    let sealed = ring.seal(pin, CIPHER, &mut context::random()?)?;
    Ok(storage.store(&sealed)?)
}

fn init(place: &Place, globals: &Globals) -> Result<Report, Failure> {
    let pin = place.pin()?;
    let mut storage = FolderStorage::create(&place.ring)?;
    refuse_existing(&storage, place, globals)?;
    save(&KeyRing::new(), &mut storage, &pin)?;
    storage.set_failures(0)?;
    Ok(Report::done("ring_made").fact("dir", place.ring.display().to_string()))
}

fn refuse_existing(
    storage: &FolderStorage,
    place: &Place,
    globals: &Globals,
) -> Result<(), Failure> {
    if storage.load()?.is_some() && !globals.force {
        return Err(file::FileError::Exists { path: place.ring.join("ring") }.into());
    }
    Ok(())
}

fn add(command: &Add) -> Result<Report, Failure> {
    let key = command.passwords.open(&command.key)?.key.into_decryption();
    let certificate = match &command.certificate {
        Some(path) => Some(trust::certificate(path)?),
        None => None,
    };
    let (mut ring, mut storage, pin) = command.place.open()?;
    let id = key.public().id().to_string();
    let algorithm = key.public().algorithm_name();
    ring.add(key, certificate).of(&command.key)?;
    save(&ring, &mut storage, &pin)?;
    Ok(Report::done("ring_key_added")
        .show("algorithm", algorithm)
        .show("keyId", id)
        .member("count", Value::from(ring.entries().len())))
}

fn list(place: &Place) -> Result<Report, Failure> {
    let (ring, ..) = place.open()?;
    let mut report = Report::done("ring_listed").of(&place.ring);
    let mut keys = Vec::new();
    for entry in ring.entries() {
        let id = entry.key().public().id().to_string();
        let algorithm = entry.key().public().algorithm_name();
        let subject = entry.certificate().map(|c| c.subject().to_string());
        let until = entry.certificate().map(|c| c.validity().not_after.to_string());
        let words = [Some(algorithm.to_owned()), subject.clone(), until.clone()];
        let words: Vec<_> = words.into_iter().flatten().collect();
        report = report.line("keyId", format!("{id}  {}", words.join("  ")));
        keys.push(json!({
            "keyId": id, "algorithm": algorithm, "subject": subject, "notAfter": until,
        }));
    }
    Ok(report.member("keys", Value::Array(keys)))
}

fn backup(command: &Backup, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let mut outputs = context::outputs(globals);
    outputs.create(&command.out, Access::Private)?;
    drop(outputs);
    let (ring, _, pin) = command.place.open()?;
    let sealed = ring.seal(&pin, CIPHER, &mut context::random()?)?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Private, &sealed)?;
    outputs.commit()?;
    Ok(Report::done("ring_backed_up")
        .member("count", Value::from(ring.entries().len()))
        .out(&command.out))
}

/// A backup takes the place of a ring only when that is locked, missing or `--force` says so.
fn restore(command: &Restore, globals: &Globals) -> Result<Report, Failure> {
    let sealed = file::read(&command.backup, 1 << 20)?;
    let pin = command.place.pin()?;
    let ring = KeyRing::open(&sealed, &pin).of(&command.backup)?;
    let mut storage = FolderStorage::create(&command.place.ring)?;
    if storage.failures()? < yinxin::key::ring::MAX_FAILURES {
        refuse_existing(&storage, &command.place, globals)?;
    }
    save(&ring, &mut storage, &pin)?;
    storage.set_failures(0)?;
    Ok(Report::done("ring_restored")
        .member("count", Value::from(ring.entries().len()))
        .fact("dir", command.place.ring.display().to_string()))
}

fn change_pin(command: &ChangePin) -> Result<Report, Failure> {
    let (ring, mut storage, _) = command.place.open()?;
    let new = pin(command.new_pin_file.as_deref(), "--new-pin-file")?;
    save(&ring, &mut storage, &new)?;
    Ok(Report::done("pin_changed").fact("dir", command.place.ring.display().to_string()))
}

/// Says that neither a key nor a ring was given.
pub(crate) fn none_given() -> Failure {
    Failure::new(Exit::Usage, "key_missing", "give `--key`, or `--ring` with `--pin-file`")
}
