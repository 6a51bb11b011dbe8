//! `yinxin document`: files sealed, signed, verified, and a seal taken back; OFD and PDF.

mod create;
pub(crate) mod ofd;
mod render;
pub(crate) mod revoke;
pub(crate) mod seal;
pub(crate) mod sign;
pub(crate) mod verify;

use std::io::Read as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use yinxin::file::{self, Input};
use yinxin::{SigningCertificate, SigningKey, Time, ToSign};

pub(crate) use yinxin::verify::document::Format as Kind;

use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Of as _, Report};
use crate::secret::Passwords;
use crate::trust;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new OFD of a text or of pictures
    Create(create::Create),
    /// Draw a page of an OFD, with its verified seals
    Render(render::Render),
    /// Seal a file
    Seal(seal::SealFile),
    /// Sign a file without a seal
    Sign(sign::SignFile),
    /// Verify every signature and seal of a file
    Verify(verify::Verify),
    /// Take the last seal out of a file, and leave signed evidence
    RevokeSeal(revoke::RevokeSeal),
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Create(command) => create::run(&command, globals),
        Command::Render(command) => render::run(&command, globals),
        Command::Seal(command) => seal::run(&command, globals),
        Command::Sign(command) => sign::run(&command, globals),
        Command::Verify(command) => verify::run(&command),
        Command::RevokeSeal(command) => revoke::run(&command, globals),
    }
}

/// Opens a document and tells its kind.
///
/// # Errors
///
/// It cannot be read, or is neither.
pub(crate) fn open(path: &std::path::Path) -> Result<(Input, Kind), Failure> {
    let mut input = Input::open(path)?;
    let mut start = Vec::new();
    let read = input.by_ref().take(16).read_to_end(&mut start);
    read.map_err(|source| file::FileError::new(file::Action::Read, path, source))?;
    input.rewind()?;
    match Kind::of(&start) {
        Some(kind) => Ok((input, kind)),
        None => {
            let words = "neither an OFD nor a PDF file";
            Err(Failure::new(Exit::Unreadable, "unknown_document", words).of(path))
        }
    }
}

/// Who signs, whole or in two halves.
#[derive(Args, Debug)]
pub(crate) struct Signing {
    /// The signing key; left out when the key lives elsewhere
    #[arg(long, value_name = "KEY.pem", conflicts_with_all = ["prepare", "finish"])]
    key: Option<PathBuf>,
    /// The signer's certificate; its chain may follow in the same file
    #[arg(long, value_name = "C.pem")]
    certificate: PathBuf,
    /// Time to state (else now); both halves need the same one
    #[arg(long, value_name = "TIME", value_parser = trust::parse_time)]
    at: Option<Time>,
    /// Folder of the test CA whose authority timestamps the signature
    #[arg(long, value_name = "CA")]
    timestamp_dir: Option<PathBuf>,
    /// First half: write the 32 bytes that the key elsewhere has to sign, and nothing else
    #[arg(long, value_name = "OUT.digest", conflicts_with_all = ["finish", "out"], requires = "at")]
    prepare: Option<PathBuf>,
    /// Second half: the key's answer, DER or 64 bytes r‖s; all other options as in the first
    #[arg(long, value_name = "SIG", requires = "at")]
    finish: Option<PathBuf>,
    /// Where the file goes
    #[arg(long, value_name = "F", required_unless_present = "prepare")]
    out: Option<PathBuf>,
    /// Lock the file: nothing may come after this signature
    #[arg(long)]
    lock: bool,
    #[command(flatten)]
    passwords: Passwords,
}

/// What [`Signing`] came to once its files were read.
struct Signer {
    certificates: Vec<SigningCertificate>,
    chain: Vec<yinxin::Certificate>,
    key: Option<SigningKey>,
    time: Time,
}

impl Signer {
    fn certificate(&self) -> Result<&SigningCertificate, Failure> {
        let missing = || Failure::usage("usage", "`--certificate` has none");
        self.certificates.first().ok_or_else(missing)
    }
}

impl Signing {
    fn read(&self, globals: &Globals) -> Result<Signer, Failure> {
        let outputs = [self.out.as_deref(), self.prepare.as_deref()];
        let outputs: Vec<_> = outputs.into_iter().flatten().collect();
        context::check_output(globals, &outputs)?;
        if self.key.is_none() && self.prepare.is_none() && self.finish.is_none() {
            let words =
                "give `--key`, or `--prepare` and later `--finish` for a key that lives elsewhere";
            return Err(Failure::usage("key_missing", words));
        }
        let chain = trust::certificates(&self.certificate)?;
        let own = trust::certificate(&self.certificate)?;
        let certificates = vec![SigningCertificate::new(own).of(&self.certificate)?];
        let key = match &self.key {
            Some(path) => {
                let key = self.passwords.open(path)?.key.into_signing();
                if certificates.iter().any(|own| key.public() != own.public_key()) {
                    return Err(yinxin::KeyError::OtherKey).of(path);
                }
                Some(key)
            }
            None => None,
        };
        Ok(Signer { certificates, chain, key, time: self.at.unwrap_or_else(context::now) })
    }

    /// The key's answer: signed here, or brought in the second half.
    fn answer(&self, signer: &Signer, to_sign: &ToSign) -> Result<Vec<u8>, Failure> {
        match (&self.finish, &signer.key) {
            (Some(path), _) => Ok(file::read(path, 4096)?),
            (None, Some(key)) => Ok(key.sign(to_sign, &mut context::random()?)?),
            (None, None) => Err(Failure::usage("key_missing", "`--key` is missing")),
        }
    }

    /// Ends the first half.
    fn prepared(&self, to_sign: &ToSign, globals: &Globals) -> Result<Option<Report>, Failure> {
        let Some(path) = &self.prepare else { return Ok(None) };
        let mut outputs = context::outputs(globals);
        outputs.write(path, file::Access::Public, to_sign.digest())?;
        outputs.commit()?;
        let algorithm = to_sign.key().algorithm_name();
        Ok(Some(Report::done("digest_prepared").show("algorithm", algorithm).out(path)))
    }

    /// A timestamp over the signature value, where one was asked for.
    fn timestamp(&self, signature: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        match &self.timestamp_dir {
            Some(folder) => {
                crate::command::ca::timestamp(folder, signature, context::now()).map(Some)
            }
            None => Ok(None),
        }
    }

    fn out(&self) -> Result<&PathBuf, Failure> {
        self.out.as_ref().ok_or_else(|| Failure::usage("usage", "`--out` is missing"))
    }
}
