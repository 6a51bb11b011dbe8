//! `yinxin cms verify`: every signer of a message, step by step.

use std::io::{BufWriter, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use yinxin::cms::{CmsError, ContentDigests, SignedData};
use yinxin::file::{Access, Input, Outputs};
use yinxin::message::{self, MessageError};
use yinxin::verify::message::{SignerSource, begin, judge_with};

use super::given;
use super::sign::flush;
use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report};
use crate::progress::Bar;
use crate::trust::{self, Trust, TrustOptions};

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The signed message
    file: PathBuf,
    /// The file a detached signature was made for
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// Where the content goes once it has been verified
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustOptions,
}

pub(super) fn run(command: &Verify, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &given(&[command.out.as_ref()]))?;
    let trust = command.trust.read()?;
    let input = Input::open(&command.file)?;
    verify_input(input, command.content.as_deref(), command.out.as_deref(), &trust, globals)
}

/// Verifies a signed message, DER, BER or PEM.
///
/// # Errors
///
/// Files that cannot be read, and what is no signed message; a message that is refused is a report.
pub(crate) fn verify_input(
    mut input: Input,
    content: Option<&Path>,
    out: Option<&Path>,
    trust: &Trust,
    globals: &Globals,
) -> Result<Report, Failure> {
    let name = input.name().to_path_buf();
    input = unarmour(input)?;
    let mut outputs = context::outputs(globals);
    if let Some(out) = out {
        outputs.create(out, Access::Public)?;
    }
    let mut content = match content {
        Some(path) => Some(Input::open(path)?),
        None => None,
    };
    let read = read(&mut input, content.as_mut(), out, &mut outputs, globals);
    let (signed, digests) = read.of(&name)?;

    let report = begin(&signed).of(&name);
    let source = match &mut content {
        Some(content) => SignerSource::Plain(content),
        None => SignerSource::Message(&mut input),
    };
    let (mut report, passed) = judge_with(report, &signed, &digests, source, trust).of(&name)?;
    if passed && let Some(out) = out {
        outputs.commit()?;
        report = report.out(out);
    }
    Ok(report)
}

/// The message itself when it is armoured, as it is when it is DER or BER.
pub(super) fn unarmour(mut input: Input) -> Result<Input, Failure> {
    let name = input.name().to_path_buf();
    let mut start = Vec::new();
    let read = input.by_ref().take(1).read_to_end(&mut start);
    read.map_err(MessageError::from).of(&name)?;
    input.rewind()?;
    if start == [0x30] {
        return Ok(input);
    }
    // Armoured messages are decoded in memory; nobody armours a gigabyte.
    let bytes = input.read_all(256 << 20)?;
    let der = trust::decode(&bytes, "").of(&name)?;
    Ok(Input::spooled(&name, &der)?)
}

/// Reads the message, its content into the output where there is one.
fn read(
    message: &mut Input,
    content: Option<&mut Input>,
    out: Option<&Path>,
    outputs: &mut Outputs,
    globals: &Globals,
) -> Result<(SignedData, ContentDigests), Failure> {
    let mut bar = Bar::new(globals, message.length());
    let progress = &mut |done| bar.update(done);
    let signed = match (out, &content) {
        (Some(out), None) => {
            let mut target = BufWriter::with_capacity(64 << 10, outputs.get(out)?);
            let signed = message::read_signed(message, &mut target, progress)?;
            flush(target, out)?;
            signed
        }
        _ => message::read_signed(message, &mut std::io::sink(), progress)?,
    };
    let digests = match (signed.digests(), content) {
        (Some(_), Some(_)) => return Err(CmsError::Content { attached: true }.into()),
        (Some(digests), None) => digests.clone(),
        (None, None) => return Err(CmsError::Content { attached: false }.into()),
        (None, Some(content)) => {
            let mut bar = Bar::new(globals, content.length());
            let name = content.name().to_path_buf();
            let progress = &mut |done| bar.update(done);
            let digests = message::digest_content(&signed, content, progress).of(&name)?;
            if let Some(out) = out {
                content.rewind()?;
                std::io::copy(content, outputs.get(out)?).map_err(MessageError::from).of(out)?;
            }
            digests
        }
    };
    Ok((signed, digests))
}
