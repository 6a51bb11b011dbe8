//! `yinxin document render`: a page of an OFD as a picture, with the seals that are valid.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use yinxin::file::Access;
use yinxin_seal::ofd;
use yinxin_seal::picture::{Font, Resolution};

use super::verify::SealTrust;
use super::{Kind, open};
use crate::args::Globals;
use crate::command::seal::draw::FONT;
use crate::context;
use crate::output::{Exit, Failure, Of as _, Report, Warning};

#[derive(Args, Debug)]
pub(crate) struct Render {
    /// The file: OFD
    file: PathBuf,
    /// Page, from 1
    #[arg(long, value_name = "N", default_value = "1")]
    page: u32,
    /// Pixels an inch
    #[arg(long, value_name = "DPI", default_value = "150", value_parser = clap::value_parser!(u16).range(72..=600))]
    dpi: u16,
    /// Where the picture goes
    #[arg(long, value_name = "P.png")]
    out: PathBuf,
    #[command(flatten)]
    trust: SealTrust,
}

pub(crate) fn run(command: &Render, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let (input, kind) = open(&command.file)?;
    if kind == Kind::Pdf {
        let words = "pages of PDF files are not drawn here; `pdftoppm` draws them";
        return Err(Failure::new(Exit::Unreadable, "render_unsupported", words).of(&command.file));
    }
    let lists = command.trust.read()?;
    let package = super::ofd::read(input)?;
    let found = lists.with_check(|check| ofd::verify_package(&package, check))?;
    let font = Font::parse(FONT)?;
    let dpi = f64::from(command.dpi);
    let wrong = || Failure::usage("usage", "`--dpi` is 72 to 600");
    let resolution = Resolution::from_dpi(dpi).ok_or_else(wrong)?;
    let drawn = ofd::render(&package, command.page, &found, resolution, Some(&font));
    let drawn = drawn.of(&command.file)?;
    let png = drawn.pixels.to_png(resolution)?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, &png)?;
    outputs.commit()?;
    let mut report = Report::done("page_drawn").out(&command.out);
    if !drawn.skipped.is_empty() {
        let what = drawn.skipped.join(", ");
        let facts = vec![yinxin::Fact::text("what", what)];
        report = report.warn(Warning::new("not_drawn", facts));
    }
    let skipped = drawn.skipped.into_iter().map(Value::from).collect();
    Ok(report.member("skipped", Value::Array(skipped)))
}
