//! `yinxin qr`: QR codes drawn and read.

mod decode;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;
use yinxin::file::{Access, Input};
use yinxin_seal::picture::{DecodeLimits, Pixels, Resolution, decode as picture};
use yinxin_seal::qr::{Qr, QrLevel};

use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Of as _, Report};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Draw text as a QR code
    Encode(Encode),
    /// Read the QR code on a picture
    Decode(Decode),
}

#[derive(Args, Debug)]
pub(crate) struct Encode {
    /// The text
    text: String,
    /// Where it goes: a name in `.svg` makes SVG, `-` draws in the terminal, everything else PNG
    #[arg(long, value_name = "Q.png|Q.svg|-")]
    out: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Decode {
    /// The picture: PNG, JPEG, GIF or BMP
    image: PathBuf,
}

/// Pixels a module of a PNG: large enough for a phone before a screen and for a printer.
const SCALE: usize = 8;
/// Largest picture in bytes.
const LIMIT: u64 = 64 << 20;

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Encode(command) => encode(&command, globals),
        Command::Decode(command) => decode(&command),
    }
}

fn encode(command: &Encode, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let qr = Qr::encode(&command.text, QrLevel::Medium)?;
    let svg = command.out.extension().is_some_and(|end| end.eq_ignore_ascii_case("svg"));
    let bytes = if yinxin::file::is_standard(&command.out) {
        qr.to_terminal().into_bytes()
    } else if svg {
        qr.to_svg().into_bytes()
    } else {
        let pixels = qr.to_pixels(SCALE);
        pixels.map_or_else(|| Ok(Vec::new()), |pixels| pixels.to_png(Resolution::DPI_300))?
    };
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, &bytes)?;
    outputs.commit()?;
    Ok(Report::done("qr_drawn")
        .member("version", Value::from(qr.version()))
        .member("level", Value::from(qr.level().letter().to_string()))
        .member("modules", Value::from(qr.size()))
        .out(&command.out))
}

fn decode(command: &Decode) -> Result<Report, Failure> {
    let bytes = Input::open(&command.image)?.read_all(LIMIT)?;
    let pixels = picture(&bytes, &DecodeLimits::SCAN).of(&command.image)?.pixels;
    let text = text_of(&pixels).map_err(|failure| failure.of(&command.image))?;
    Ok(Report::done("qr_read").show("text", text))
}

/// The text of the one QR code on a picture.
///
/// # Errors
///
/// `qr_not_found`, `qr_several`.
pub(crate) fn text_of(pixels: &Pixels) -> Result<String, Failure> {
    let mut texts = decode::texts(pixels);
    match (texts.pop(), texts.is_empty()) {
        (Some(text), true) => Ok(text),
        (Some(_), false) => {
            let words = "several different QR codes on this picture; cut it so that it shows one";
            Err(Failure::new(Exit::Refused, "qr_several", words))
        }
        (None, _) => {
            let words = "no QR code could be read on this picture; take it closer and sharper";
            Err(Failure::new(Exit::Refused, "qr_not_found", words))
        }
    }
}
