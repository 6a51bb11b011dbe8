//! `yinxin document sign`: a signature without a seal.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use yinxin::Certificate;
use yinxin::cms::SignDraft;
use yinxin::file::{Access, Action, FileError};
use yinxin_seal::pdf::{After, Document, SignatureField, prepare_cms};

use super::{Kind, Signing, ofd, open};
use crate::args::Globals;
use crate::command::cms::{FormatName, format_of};
use crate::context;
use crate::output::{Failure, Of as _, Report};

#[derive(Args, Debug)]
pub(crate) struct SignFile {
    /// The file: OFD or PDF
    file: PathBuf,
    /// Family of identifiers (gm for SM2, rfc5652 for P-256)
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    #[command(flatten)]
    signing: Signing,
}

pub(crate) fn run(command: &SignFile, globals: &Globals) -> Result<Report, Failure> {
    let signing = &command.signing;
    let signer = signing.read(globals)?;
    let certificate = signer.certificate()?;
    let (input, kind) = open(&command.file)?;
    let report = Report::done("document_signed").show("signer", certificate.subject().to_string());
    let format = format_of(command.format, certificate.public_key().curve());
    if kind == Kind::Ofd {
        return ofd::sign(input, format, (signing, &signer), report, globals);
    }
    let draft = SignDraft::new(format, certificate).of(&signing.certificate)?;
    let draft = draft.signing_time(signer.time);
    let document = Document::read(input).of(&command.file)?;
    let after = if signing.lock { After::Nothing } else { After::Anything };
    let field = SignatureField::new().time(signer.time).after(after);
    if signing.prepare.is_some() {
        let prepared =
            prepare_cms(&document, &field, draft, &mut std::io::sink()).of(&command.file)?;
        return Ok(signing.prepared(prepared.to_sign(), globals)?.unwrap_or(report));
    }
    let out = signing.out()?;
    let failed = |source| FileError::new(Action::Write, out, source);
    let mut outputs = context::outputs(globals);
    let mut sink = BufWriter::with_capacity(64 << 10, outputs.create(out, Access::Public)?);
    let prepared = prepare_cms(&document, &field, draft, &mut sink).of(&command.file)?;
    let answer = signing.answer(&signer, prepared.to_sign())?;
    let mut signed = prepared.finish(&answer)?;
    if let Some(token) = signing.timestamp(signed.signature())? {
        signed = signed.with_timestamp(&token);
    }
    let chain: Vec<&Certificate> = signer.chain.iter().collect();
    sink.write_all(&signed.into_bytes(&chain)?).map_err(failed)?;
    sink.flush().map_err(failed)?;
    drop(sink);
    outputs.commit()?;
    Ok(report.out(out))
}
