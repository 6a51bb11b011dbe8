//! `yinxin bid`: encrypt, look at, check, open, share, and receipts.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use clap::{Args, Subcommand};
use yinxin::bid::{BidFileError, Job};
use yinxin::cms::{SignDraft, assemble};
use yinxin::envelope::Layer;
use yinxin::file::{Action, FileError};
use yinxin::key::ring::{KeyRing, RingEntry};
use yinxin::verify::receipt::{describe, layer_name};
use yinxin::{Certificate, DecryptionKey, Oid};

use crate::args::Globals;
use crate::command::key::ring;
use crate::context;
use crate::output::{Exit, Failure, Of as _, Report};
use crate::secret::Passwords;
use crate::trust;

mod decrypt;
mod encrypt;
mod receipt;

/// Bid envelopes: encrypted days before, opened on the day.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Encrypt a bid, read it back, and write its receipt
    Encrypt(encrypt::Encrypt),
    /// Show what an envelope says in the clear
    Inspect(Inspect),
    /// Prove that a key will open a bid, without opening it
    Check(Check),
    /// Open a bid; parts come out under their own names
    Decrypt(decrypt::Decrypt),
    /// Open an officer's share for recovery; keep it as secret as a key
    Share(Share),
    /// Hold a file against its receipt
    VerifyReceipt(receipt::VerifyReceipt),
}

#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// The envelope
    file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The envelope
    file: PathBuf,
    #[command(flatten)]
    keys: Keys,
    /// Certificate of the key, to warn when it ends before the opening (a ring knows its own)
    #[arg(long, value_name = "C.pem")]
    certificate: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Share {
    /// The envelope
    file: PathBuf,
    #[command(flatten)]
    keys: Keys,
    /// Where the share goes
    #[arg(long, value_name = "S")]
    out: PathBuf,
}

/// Decryption keys.
#[derive(Args, Debug)]
pub(crate) struct Keys {
    /// Decryption key; a recipient is found by its key id
    #[arg(long, value_name = "KEY.pem")]
    key: Vec<PathBuf>,
    /// Folder of a key ring; its keys are found by their ids, old ones too
    #[arg(long, value_name = "DIR")]
    ring: Option<PathBuf>,
    /// File with the ring's PIN (else the terminal)
    #[arg(long, value_name = "FILE", requires = "ring")]
    pin_file: Option<PathBuf>,
    #[command(flatten)]
    passwords: Passwords,
}

/// Decryption keys from files and from a ring.
struct OpenKeys {
    files: Vec<DecryptionKey>,
    ring: Option<KeyRing>,
}

impl Keys {
    fn open(&self) -> Result<OpenKeys, Failure> {
        let ring = match &self.ring {
            Some(folder) => Some(ring::open(folder, self.pin_file.as_deref())?),
            None => None,
        };
        let mut files = Vec::new();
        for path in &self.key {
            files.push(self.passwords.open(path)?.key.into_decryption());
        }
        Ok(OpenKeys { files, ring })
    }

    const fn is_given(&self) -> bool {
        !self.key.is_empty() || self.ring.is_some()
    }
}

impl OpenKeys {
    fn all(&self) -> Vec<&DecryptionKey> {
        let ring = self.ring.iter().flat_map(KeyRing::entries).map(RingEntry::key);
        self.files.iter().chain(ring).collect()
    }

    /// The certificates that stand beside the keys in the ring.
    fn certificates(&self) -> Vec<Certificate> {
        let entries = self.ring.iter().flat_map(KeyRing::entries);
        entries.filter_map(|entry| entry.certificate().cloned()).collect()
    }
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Encrypt(command) => encrypt::run(&command, globals),
        Command::Inspect(command) => inspect(&command),
        Command::Check(command) => check(&command),
        Command::Decrypt(command) => decrypt::run(&command, globals),
        Command::Share(command) => share(&command, globals),
        Command::VerifyReceipt(command) => receipt::run(&command, globals),
    }
}

/// Nobody cancels from elsewhere: an interrupt ends the program.
static NEVER: AtomicBool = AtomicBool::new(false);

pub(crate) fn job(progress: &(dyn Fn(u64) + Sync)) -> Job<'_> {
    Job { cores: yinxin::bid::cores(), progress, cancelled: &NEVER }
}

pub(crate) fn failure(error: BidFileError, path: &Path) -> Failure {
    match error {
        BidFileError::Bid(refused) => Failure::from(refused).of(path),
        BidFileError::Read(source) => FileError::new(Action::Read, path, source).into(),
        BidFileError::Write(source) => FileError::new(Action::Write, path, source).into(),
        other => Failure::new(Exit::System, "cancelled", other.to_string()).of(path),
    }
}

fn open_file(path: &Path) -> Result<yinxin::file::Input, Failure> {
    Ok(yinxin::file::Input::open(path)?)
}

fn inspect(command: &Inspect) -> Result<Report, Failure> {
    let mut input = open_file(&command.file)?;
    let opened =
        yinxin::bid::read_head(&mut input).map_err(|error| failure(error, &command.file))?;
    let envelope = opened.envelope();
    let mut report = describe(Report::done("bid_inspected").of(&command.file), envelope.header())
        .show("headDigest", envelope.head_digest().to_string());
    if let Some((threshold, shares)) = envelope.recovery() {
        report = report.show("recovery", format!("{threshold} of {shares}"));
    }
    Ok(report)
}

fn check(command: &Check) -> Result<Report, Failure> {
    if !command.keys.is_given() {
        return Err(Failure::usage("key_needed", "give `--key` or `--ring`"));
    }
    let open_keys = command.keys.open()?;
    let keys = open_keys.all();
    let mut input = open_file(&command.file)?;
    let refused = |error| failure(error, &command.file);
    let opened = yinxin::bid::read_head(&mut input).map_err(refused)?;
    let mut key = opened.envelope().check_ready(&keys).of(&command.file)?;
    // With the tenderer's key at hand the bidder's layer can be looked at as well; without the
    // bidder's, the outer one is all that was asked for.
    let opened = if opened.envelope().layer() == Layer::Outer && keys.len() > 1 {
        let inner = opened.through_layers(&keys, yinxin::bid::cores()).map_err(refused)?;
        key = inner.envelope().check_ready(&keys).of(&command.file)?;
        inner
    } else {
        opened
    };
    let header = opened.envelope().header();
    let mut certificates = open_keys.certificates();
    for path in &command.certificate {
        certificates.extend(trust::certificates(path)?);
    }
    let mut report = Report::done("bid_ready")
        .of(&command.file)
        .show("key", key.to_string())
        .show("layer", layer_name(header))
        .show("opening", header.draft().opening.to_string());
    for certificate in certificates.iter().filter(|c| c.public_key().id() == key) {
        report = report.warn_all(encrypt::ends_before(certificate, header.draft().opening));
    }
    Ok(report)
}

fn share(command: &Share, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let keys = command.keys.open()?;
    let keys = keys.all();
    let mut input = open_file(&command.file)?;
    let opened =
        yinxin::bid::read_head(&mut input).map_err(|error| failure(error, &command.file))?;
    let share = opened.envelope().share(&keys).of(&command.file)?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, yinxin::file::Access::Private, &share.to_der())?;
    outputs.commit()?;
    Ok(Report::done("share_opened").of(&command.file).out(&command.out))
}

/// A key and a certificate to sign receipts and evidence with.
#[derive(Args, Debug)]
pub(crate) struct Signer {
    /// Signing key
    #[arg(long, value_name = "KEY.pem", requires = "sign_certificate")]
    sign_key: Option<PathBuf>,
    /// Its certificate
    #[arg(long, value_name = "C.pem", requires = "sign_key")]
    sign_certificate: Option<PathBuf>,
}

impl Signer {
    /// Signs `content` as a message of its own content type; as it is without a key.
    fn sign(
        &self,
        content: Vec<u8>,
        content_type: Oid,
        passwords: &Passwords,
    ) -> Result<Vec<u8>, Failure> {
        let (Some(key), Some(certificate_path)) = (&self.sign_key, &self.sign_certificate) else {
            return Ok(content);
        };
        let signing = passwords.open(key)?.key.into_signing();
        let certificates = trust::certificates(certificate_path)?;
        let certificate = trust::certificate(certificate_path)?;
        let format = yinxin::cms::Format::Rfc5652;
        let draft = SignDraft::new(format, &certificate)
            .of(certificate_path)?
            .content_type(content_type)
            .signing_time(context::now());
        let mut hasher = draft.hasher().of(certificate_path)?;
        hasher.update(&content);
        let prepared = draft.prepare(hasher.finish()).of(certificate_path)?;
        let answer = signing.sign(prepared.to_sign(), &mut context::random()?).of(key)?;
        let signer = prepared.finish(&answer).of(certificate_path)?;
        let length = u64::try_from(content.len()).ok();
        let list: Vec<_> = certificates.iter().collect();
        let around = assemble(format, &content_type, length, &list, &[signer]).of(key)?;
        Ok([around.before, content, around.after].concat())
    }
}
