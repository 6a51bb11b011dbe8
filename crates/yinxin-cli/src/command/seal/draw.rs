//! `yinxin seal draw`: a seal picture from a template.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::Value;
use yinxin::file::Access;
use yinxin_seal::picture::{Filing, Font, Ink, Resolution, SealDesign, Template};

use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report, Warning};

#[derive(Args, Debug)]
pub(crate) struct Draw {
    /// Shape and rules of the seal
    #[arg(long, value_enum)]
    template: Kind,
    /// The holder's registered name
    #[arg(long, value_name = "TEXT")]
    text: String,
    /// Department or purpose; in squares it continues the text
    #[arg(long, value_name = "TEXT")]
    line2: Option<String>,
    /// Text in the very centre where there is no star, as a tax number
    #[arg(long, value_name = "TEXT")]
    centre: Option<String>,
    /// Width of the seal in millimetres (else the template's usual one)
    #[arg(long, value_name = "MM")]
    size_mm: Option<f64>,
    /// Resolution of a PNG
    #[arg(long, value_enum, default_value = "300")]
    dpi: Dpi,
    /// Anti-forgery code, 13 digits
    #[arg(long, value_name = "DIGITS")]
    code: Option<String>,
    /// Colour of the ink
    #[arg(long, value_enum, default_value = "red")]
    colour: Colour,
    /// Number under which the seal is filed (else it is marked as not filed)
    #[arg(long, value_name = "NUMBER")]
    filing: Option<String>,
    /// TrueType or OpenType font (else the Song font that comes with the program)
    #[arg(long, value_name = "FILE")]
    font: Option<PathBuf>,
    /// Where the picture goes: a name in `.svg` makes SVG, everything else PNG
    #[arg(long, value_name = "S.png|S.svg")]
    out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Round with a star
    Round,
    /// Round without a star, for a purpose
    RoundSpecial,
    /// Oval
    Oval,
    /// Oval with a second line
    DoubleOval,
    /// Square, read in rows
    Square,
    /// A person's, read in columns from the right
    Personal,
}

impl Kind {
    const fn template(self) -> Template {
        match self {
            Self::Round => Template::Round,
            Self::RoundSpecial => Template::RoundSpecial,
            Self::Oval => Template::Oval,
            Self::DoubleOval => Template::DoubleOval,
            Self::Square => Template::Square,
            Self::Personal => Template::Personal,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Dpi {
    /// Office printing
    #[value(name = "300")]
    Office,
    /// Fine printing
    #[value(name = "600")]
    Fine,
}

impl Dpi {
    pub(super) const fn resolution(self) -> Resolution {
        match self {
            Self::Office => Resolution::DPI_300,
            Self::Fine => Resolution::DPI_600,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Colour {
    /// Red
    Red,
    /// Blue
    Blue,
    /// Black
    Black,
    /// Purple
    Purple,
}

impl Colour {
    pub(super) const fn ink(self) -> Ink {
        match self {
            Self::Red => Ink::Red,
            Self::Blue => Ink::Blue,
            Self::Black => Ink::Black,
            Self::Purple => Ink::Purple,
        }
    }
}

/// The Song font that comes with the program; its licence lies beside it.
pub(crate) static FONT: &[u8] =
    include_bytes!("../../../assets/font/NotoSerifSC-SemiBold-subset.ttf");
/// Largest font of the caller's.
const FONT_LIMIT: u64 = 128 << 20;

pub(crate) fn run(command: &Draw, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let template = command.template.template();
    let mut design = SealDesign::new(template, &command.text).ink(command.colour.ink());
    if let Some(text) = &command.line2 {
        design = design.line2(text);
    }
    if let Some(text) = &command.centre {
        design = design.centre(text);
    }
    if let Some(width) = command.size_mm {
        design = design.width_mm(width);
    }
    if let Some(code) = &command.code {
        design = design.code(code.parse()?);
    }
    if let Some(number) = &command.filing {
        design = design.filed(number);
    }
    let drawing = match &command.font {
        Some(path) => {
            let bytes = yinxin::file::read(path, FONT_LIMIT)?;
            design.draw(&Font::parse(&bytes).of(path)?)?
        }
        None => design.draw(&Font::parse(FONT)?)?,
    };
    let resolution = command.dpi.resolution();
    let svg = is_svg(&command.out);
    let bytes = if svg {
        drawing.to_svg().into_bytes()
    } else {
        drawing.to_pixels(resolution)?.to_png(resolution)?
    };
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, &bytes)?;
    outputs.commit()?;
    let report = Report::done("seal_drawn")
        .member("template", Value::from(template.name()))
        .member("widthMm", Value::from(drawing.width_mm()))
        .member("heightMm", Value::from(drawing.height_mm()))
        .member("filing", Value::from(drawing.filing().name()))
        .line("size", format!("{} x {} mm", drawing.width_mm(), drawing.height_mm()))
        .out(&command.out);
    Ok(match drawing.filing() {
        Filing::NotFiled => report.warn(Warning::new("not_filed", Vec::new())),
        _ => report,
    })
}

fn is_svg(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg"))
}
