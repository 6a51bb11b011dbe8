//! `yinxin document seal`.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use yinxin::file::{Access, Action, FileError};
use yinxin_seal::pdf::{After, Document, SignatureField, prepare_seal};
use yinxin_seal::placement::{Millimetres, Occurrence, Placement, Side, Straddle};

use super::{Kind, Signing, ofd, open};
use crate::args::Globals;
use crate::command::seal::show;
use crate::context;
use crate::output::{Failure, Of as _, Report};

#[derive(Args, Debug)]
pub(crate) struct SealFile {
    /// The file: OFD or PDF
    file: PathBuf,
    /// The seal
    #[arg(long, value_name = "S.esl")]
    seal: PathBuf,
    /// Page, from 1
    #[arg(long, value_name = "N", requires = "position", conflicts_with_all = ["keyword", "straddle"])]
    page: Option<u32>,
    /// Top left corner of the seal, in millimetres from the page's
    #[arg(long, value_name = "X,Y", requires = "page", value_parser = parse_position)]
    position: Option<(Millimetres, Millimetres)>,
    /// Centred on this text, where it stands last
    #[arg(long, value_name = "W", conflicts_with = "straddle")]
    keyword: Option<String>,
    /// Across the edges of all pages
    #[arg(long, value_enum)]
    straddle: Option<Edge>,
    #[command(flatten)]
    signing: Signing,
}

/// An edge of a page.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Edge {
    Left,
    Right,
}

pub(crate) fn parse_position(text: &str) -> Result<(Millimetres, Millimetres), String> {
    let wrong = || "positions are written as 120,200.5".to_owned();
    let (x, y) = text.split_once(',').ok_or_else(wrong)?;
    Millimetres::parse(x).zip(Millimetres::parse(y)).ok_or_else(wrong)
}

impl SealFile {
    fn placement(&self) -> Result<Placement, Failure> {
        if let (Some(page), Some((left, top))) = (self.page, self.position) {
            return Ok(Placement::At { page, left, top });
        }
        if let Some(text) = &self.keyword {
            return Ok(Placement::Keyword { text: text.clone(), which: Occurrence::Last });
        }
        match self.straddle {
            Some(Edge::Left) => Ok(Placement::Straddle(Straddle::new(Side::Left))),
            Some(Edge::Right) => Ok(Placement::Straddle(Straddle::new(Side::Right))),
            None => {
                let words = "give `--page` and `--position`, `--keyword` or `--straddle`";
                Err(Failure::usage("placement_missing", words))
            }
        }
    }
}

pub(crate) fn run(command: &SealFile, globals: &Globals) -> Result<Report, Failure> {
    let placement = command.placement()?;
    let signing = &command.signing;
    let signer = signing.read(globals)?;
    let seal = show::read(&command.seal)?;
    let (input, kind) = open(&command.file)?;
    let report = Report::done("document_sealed")
        .show("sealId", seal.id())
        .show("signer", signer.certificate()?.subject().to_string());
    match kind {
        Kind::Ofd => ofd::seal(input, seal, &placement, (signing, &signer), report, globals),
        Kind::Pdf => {
            let document = Document::read(input).of(&command.file)?;
            let stamps = document.stamps(&placement, seal.size()).of(&command.file)?;
            let after = if signing.lock { After::Nothing } else { After::Anything };
            let field = SignatureField::new().time(signer.time).after(after);
            let certificate = signer.certificate()?;
            if signing.prepare.is_some() {
                let mut sink = std::io::sink();
                let prepared = prepare_seal(
                    &document,
                    &field,
                    seal,
                    &stamps,
                    certificate,
                    signer.time,
                    &mut sink,
                );
                let prepared = prepared.of(&command.file)?;
                return Ok(signing.prepared(prepared.to_sign(), globals)?.unwrap_or(report));
            }
            let out = signing.out()?;
            let failed = |source| FileError::new(Action::Write, out, source);
            let mut outputs = context::outputs(globals);
            let mut sink = BufWriter::with_capacity(64 << 10, outputs.create(out, Access::Public)?);
            let prepared =
                prepare_seal(&document, &field, seal, &stamps, certificate, signer.time, &mut sink);
            let prepared = prepared.of(&command.file)?;
            let answer = signing.answer(&signer, prepared.to_sign())?;
            let mut sealed = prepared.finish(&answer)?;
            if let Some(token) = signing.timestamp(sealed.signature())? {
                sealed = sealed.with_timestamp(&token)?;
            }
            sink.write_all(&sealed.into_bytes()?).map_err(failed)?;
            sink.flush().map_err(failed)?;
            drop(sink);
            outputs.commit()?;
            Ok(report.line("stamps", stamps.len().to_string()).out(out))
        }
    }
}
