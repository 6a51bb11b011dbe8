//! `yinxin cms sign`, whole or in two halves.

use std::path::PathBuf;

use clap::Args;
use yinxin::cms::SignDraft;
use yinxin::file::{self, Access, Input};
use yinxin::message::Prepared;
use yinxin::{Certificate, Time};

use super::{FormatName, format_of, given};
use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report};
use crate::progress::Bar;
use crate::secret::Passwords;
use crate::trust;

#[derive(Args, Debug)]
pub(crate) struct Sign {
    /// The file to sign
    file: PathBuf,
    /// The signing key; left out when the key lives elsewhere
    #[arg(long, value_name = "KEY.pem", conflicts_with_all = ["prepare", "finish"])]
    key: Option<PathBuf>,
    /// The signer's certificate
    #[arg(long, value_name = "C.pem")]
    certificate: PathBuf,
    /// Certificates of issuers to put beside it
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// Leave the content out of the message
    #[arg(long)]
    detached: bool,
    /// Leave the signed attributes out, for readers that know none; weaker
    #[arg(long)]
    no_attributes: bool,
    /// Family of identifiers (gm for SM2, rfc5652 for P-256)
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Signing time to state (else now; in two halves none is stated unless both say it)
    #[arg(long, value_name = "TIME", value_parser = trust::parse_time)]
    at: Option<Time>,
    /// Folder of the test CA whose authority timestamps the signature
    #[arg(long, value_name = "CA")]
    timestamp_dir: Option<PathBuf>,
    /// First half: write the 32 bytes that the key elsewhere has to sign, and nothing else
    #[arg(long, value_name = "OUT.digest", conflicts_with_all = ["finish", "out"])]
    prepare: Option<PathBuf>,
    /// Second half: the key's answer, DER or 64 bytes r‖s; all other options as in the first
    #[arg(long, value_name = "SIG")]
    finish: Option<PathBuf>,
    /// Where the message goes (DER)
    #[arg(long, value_name = "FILE", required_unless_present = "prepare")]
    out: Option<PathBuf>,
    #[command(flatten)]
    passwords: Passwords,
}

pub(crate) fn run(command: &Sign, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &given(&[command.out.as_ref(), command.prepare.as_ref()]))?;
    if command.key.is_none() && command.prepare.is_none() && command.finish.is_none() {
        let words =
            "give `--key`, or `--prepare` and later `--finish` for a key that lives elsewhere";
        return Err(Failure::usage("key_missing", words));
    }
    let certificate = trust::certificate(&command.certificate)?;
    let mut chain = Vec::new();
    if let Some(path) = &command.chain {
        chain = trust::certificates(path)?;
    }
    let key = match &command.key {
        Some(path) => {
            let key = command.passwords.open(path)?.key.into_signing();
            if key.public() != certificate.public_key() {
                let error = yinxin::KeyError::OtherKey;
                return Err(error).of(path);
            }
            Some(key)
        }
        None => None,
    };
    let mut outputs = context::outputs(globals);
    if let Some(out) = &command.out {
        outputs.create(out, Access::Public)?;
    }
    let mut input = Input::open(&command.file)?;
    let prepared = prepare(command, &certificate, &mut input, globals)?;

    if let Some(path) = &command.prepare {
        outputs.write(path, Access::Public, prepared.signing().to_sign().digest())?;
        outputs.commit()?;
        let algorithm = certificate.public_key().algorithm_name();
        return Ok(Report::done("digest_prepared").show("algorithm", algorithm).out(path));
    }
    let Some(out) = &command.out else {
        return Err(Failure::usage("usage", "`--out` is missing"));
    };
    let answer = match (&command.finish, &key) {
        (Some(path), _) => file::read(path, 4096)?,
        (None, Some(key)) => key.sign(prepared.signing().to_sign(), &mut context::random()?)?,
        (None, None) => return Err(Failure::usage("key_missing", "`--key` is missing")),
    };
    let mut signed = match &command.finish {
        Some(path) => prepared.finish(&answer).of(path)?,
        None => prepared.finish(&answer)?,
    };
    if let Some(folder) = &command.timestamp_dir {
        let token = crate::command::ca::timestamp(folder, signed.signature(), context::now())?;
        signed = signed.with_unsigned(yinxin::cms::timestamp_attribute(&token));
    }
    let certificates: Vec<&Certificate> = std::iter::once(&certificate).chain(&chain).collect();
    drop(outputs);
    let mut outputs = context::outputs(globals);
    let target = outputs.create(out, Access::Public)?;
    let mut target = std::io::BufWriter::with_capacity(64 << 10, target);
    if command.detached {
        signed.write_detached(&certificates, &mut target).of(out)?;
    } else {
        input.rewind()?;
        let mut bar = Bar::new(globals, input.length());
        let progress = &mut |done| bar.update(done);
        signed.write_attached(&certificates, &mut input, &mut target, progress).of(out)?;
    }
    flush(target, out)?;
    outputs.commit()?;
    Ok(Report::done("message_signed").show("signer", certificate.subject().to_string()).out(out))
}

fn prepare(
    command: &Sign,
    certificate: &Certificate,
    input: &mut Input,
    globals: &Globals,
) -> Result<Prepared, Failure> {
    let format = format_of(command.format, certificate.public_key().curve());
    let mut draft = SignDraft::new(format, certificate).of(&command.certificate)?;
    // Both halves have to state the same, so without a key at hand the clock is left out.
    let time = match (command.at, &command.key) {
        (Some(at), _) => Some(at),
        (None, Some(_)) => Some(context::now()),
        (None, None) => None,
    };
    if let Some(time) = time {
        draft = draft.signing_time(time);
    }
    if command.no_attributes {
        draft = draft.without_attributes();
    }
    let mut bar = Bar::new(globals, input.length());
    let name = input.name().to_path_buf();
    Prepared::new(draft, format, input, &mut |done| bar.update(done)).of(&name)
}

/// Brings the last bytes to the file.
pub(super) fn flush<W: std::io::Write>(
    mut writer: std::io::BufWriter<W>,
    path: &std::path::Path,
) -> Result<(), Failure> {
    use std::io::Write as _;
    let failed = |source| file::FileError::new(file::Action::Write, path, source);
    Ok(writer.flush().map_err(failed)?)
}
