//! `yinxin document create`: a new OFD out of a text or of pictures of pages.

use std::path::{Path, PathBuf};

use clap::Args;
use yinxin::file::{Access, Input};
use yinxin_seal::ofd::{A4, Draft, Font};
use yinxin_seal::picture::{DecodeLimits, Resolution, decode};
use yinxin_seal::placement::{Millimetres, Size};

use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Of as _, Report};

#[derive(Args, Debug)]
pub(crate) struct Create {
    /// A text in UTF-8, or pictures of pages (PNG, JPEG), in order
    #[arg(required = true, value_name = "TEXT.txt|IMAGE")]
    files: Vec<PathBuf>,
    /// Font of a text, TrueType or OpenType (else the one that comes with the program)
    #[arg(long, value_name = "F")]
    font: Option<PathBuf>,
    /// Where the file goes
    #[arg(long, value_name = "F.ofd")]
    out: PathBuf,
}

/// Largest text, picture or font in bytes.
const INPUT: u64 = 64 << 20;

pub(crate) fn run(command: &Create, globals: &Globals) -> Result<Report, Failure> {
    use rand_core::Rng as _;
    context::check_output(globals, &[&command.out])?;
    let mut id = [0; 16];
    context::random()?.fill_bytes(&mut id);
    let mut draft = Draft::new(id, context::now());
    for path in &command.files {
        let bytes = Input::open(path)?.read_all(INPUT)?;
        if bytes.starts_with(b"\x89PNG") || bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            draft.picture(&bytes, page_size(&bytes, path)?).of(path)?;
        } else {
            let text = String::from_utf8(bytes);
            let words = "neither UTF-8 text nor a PNG or JPEG picture";
            let text = text.map_err(|_| Failure::new(Exit::Unreadable, "not_a_page", words));
            draft.text(text.of(path)?.trim_start_matches('\u{feff}'), &font(command)?).of(path)?;
        }
    }
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, &draft.finish()?)?;
    outputs.commit()?;
    Ok(Report::done("document_created").out(&command.out))
}

fn font(command: &Create) -> Result<Font, Failure> {
    match &command.font {
        Some(path) => Font::new("Text", Input::open(path)?.read_all(INPUT)?).of(path),
        None => Ok(Font::new("Noto Serif SC", crate::command::seal::draw::FONT.to_vec())?),
    }
}

/// The picture's own size where it says one, else as wide as A4.
fn page_size(picture: &[u8], path: &Path) -> Result<Size, Failure> {
    let decoded = decode(picture, &DecodeLimits::SCAN).of(path)?;
    let (width, height) = (decoded.pixels.width(), decoded.pixels.height());
    let sides = [width, height].map(|side| u32::try_from(side).map_or(1.0, f64::from));
    let [width, height] = sides;
    let per_mm = decoded.resolution.map_or_else(|| width / A4.width.to_f64(), Resolution::per_mm);
    let millimetres = |pixels: f64| Millimetres::parse(&format!("{:.2}", pixels / per_mm));
    let size = millimetres(width).zip(millimetres(height));
    Ok(size.map_or(A4, |(width, height)| Size { width, height }))
}
