//! `yinxin seal extract`: a seal picture out of a scan.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use yinxin::file::{Access, Input};
use yinxin_seal::picture::scan::{ScanOptions, Turn, extract};

use super::draw::{Colour, Dpi};
use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report, Warning};

#[derive(Args, Debug)]
pub(crate) struct Extract {
    /// The scan: PNG, JPEG, GIF or BMP, in colour, 300 dpi or finer
    scan: PathBuf,
    /// Width of the seal in millimetres (else the scan's own resolution tells)
    #[arg(long, value_name = "MM")]
    size_mm: Option<f64>,
    /// Resolution of the picture
    #[arg(long, value_enum, default_value = "300")]
    dpi: Dpi,
    /// Colour of the ink
    #[arg(long, value_enum, default_value = "red")]
    colour: Colour,
    /// Degrees to turn it clockwise (else upright, as far as it can be told)
    #[arg(long, value_name = "DEGREES", allow_negative_numbers = true)]
    turn: Option<f64>,
    /// Where the seal goes (PNG with transparent ground)
    #[arg(long, value_name = "SEAL.png")]
    out: PathBuf,
}

/// Largest scan in bytes.
const LIMIT: u64 = 64 << 20;

pub(crate) fn run(command: &Extract, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let mut options = ScanOptions::default();
    if let Some(width) = command.size_mm {
        // A size that no seal has is refused with the words for it, not taken as unknown.
        if !(width.is_finite() && width > 0.0) {
            let words = "--size-mm: a seal is 15 to 65 mm wide";
            return Err(Failure::usage("usage", words));
        }
        options.width_mm = Some(width);
    }
    if let Some(degrees) = command.turn {
        if !(-360.0..=360.0).contains(&degrees) {
            return Err(Failure::usage("usage", "--turn: degrees between -360 and 360"));
        }
        options.turn = Turn::By(degrees);
    }
    options.ink = command.colour.ink();
    options.resolution = command.dpi.resolution();
    let bytes = Input::open(&command.scan)?.read_all(LIMIT)?;
    let seal = extract(&bytes, &options).of(&command.scan)?;
    let png = seal.pixels.to_png(seal.resolution)?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, &png)?;
    outputs.commit()?;
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    let (width, height) = (tenth(seal.size_mm.0), tenth(seal.size_mm.1));
    let report = Report::done("seal_extracted")
        .member("shape", Value::from(seal.shape.name()))
        .member("widthMm", json!(width))
        .member("heightMm", json!(height))
        .member("coverage", json!((seal.coverage * 100.0).round() / 100.0))
        .member("scanDpi", json!(seal.scan_dpi.round()))
        .member("turnDegrees", seal.found_turn.map_or(Value::Null, |turn| json!(tenth(turn))))
        .line("size", format!("{width} x {height} mm"))
        .out(&command.out);
    Ok(if seal.found_turn.is_none() && command.turn.is_none() {
        report.warn(Warning::new("turn_unknown", Vec::new()))
    } else {
        report
    })
}
