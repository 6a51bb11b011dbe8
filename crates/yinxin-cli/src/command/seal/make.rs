//! `yinxin seal make`: an electronic seal out of a picture, signed by a seal maker.

use std::path::PathBuf;

use clap::Args;
use yinxin::file::{Access, Input};
use yinxin::{SigningCertificate, Time};
use yinxin_seal::es::{Picture, Version};
use yinxin_seal::maker::SealDraft;
use yinxin_seal::picture::{DecodeLimits, decode};
use yinxin_seal::placement::Millimetres;

use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report};
use crate::secret::Passwords;
use crate::trust::{self, parse_time};

#[derive(Args, Debug)]
pub(crate) struct Make {
    /// Picture of the seal: PNG, JPEG, GIF or BMP
    #[arg(long, value_name = "P")]
    picture: PathBuf,
    /// Name of the seal
    #[arg(long, value_name = "N")]
    name: String,
    /// Number of the seal: 14 digits for filed ones
    #[arg(long, value_name = "ID")]
    id: String,
    /// Signing certificate of somebody who may use it
    #[arg(long, value_name = "CERT", required = true)]
    holder: Vec<PathBuf>,
    /// Key of the seal maker
    #[arg(long, value_name = "KEY.pem")]
    maker_key: PathBuf,
    /// Certificate of the seal maker
    #[arg(long, value_name = "C.pem")]
    maker_certificate: PathBuf,
    /// Version of the structure: 4 (GB/T 38540-2020) or 5 (GM/T 0031-2025)
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u8).range(4..=5))]
    version: u8,
    /// Type of the seal, as the business numbers them
    #[arg(long = "type", value_name = "N", default_value = "1")]
    kind: u64,
    /// Size of the seal in millimetres, WIDTHxHEIGHT (else the picture's own)
    #[arg(long, value_name = "WxH", value_parser = parse_size)]
    size_mm: Option<(Millimetres, Millimetres)>,
    /// First moment it may be used (else now)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<Time>,
    /// Last moment it may be used (else the earliest end of a holder's certificate)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Time>,
    /// Where the seal goes
    #[arg(long, value_name = "S.esl")]
    out: PathBuf,
    #[command(flatten)]
    passwords: Passwords,
}

/// Largest picture in bytes.
const PICTURE: u64 = 16 << 20;

fn parse_size(text: &str) -> Result<(Millimetres, Millimetres), String> {
    let wrong = || "sizes are written as 42x42 or 30x20".to_owned();
    let (width, height) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
    match (Millimetres::parse(width), Millimetres::parse(height)) {
        (Some(width), Some(height)) => Ok((width, height)),
        _ => Err(wrong()),
    }
}

pub(crate) fn run(command: &Make, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let picture = picture(command)?;
    let mut holders = Vec::new();
    for path in &command.holder {
        holders.push(SigningCertificate::new(trust::certificate(path)?).of(path)?);
    }
    let certificate = trust::certificate(&command.maker_certificate)?;
    let maker = SigningCertificate::new(certificate).of(&command.maker_certificate)?;
    let now = context::now();
    let ends = holders.iter().map(|holder| holder.validity().not_after).min();
    let until = command.until.or(ends).unwrap_or(now);
    let mut draft = SealDraft::new(&command.id, &command.name, picture, holders, now, until);
    draft.from = command.from.unwrap_or(now);
    draft.kind = command.kind;
    if command.version == 5 {
        draft.version = Version::V5;
    }
    let making = draft.make(&maker)?;
    let key = command.passwords.open(&command.maker_key)?.key.into_signing();
    let answer = key.sign(making.to_sign(), &mut context::random()?)?;
    let seal = making.finish(&answer).of(&command.maker_key)?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, seal.as_der())?;
    outputs.commit()?;
    Ok(yinxin::verify::seal::describe(Report::done("seal_made"), &seal).out(&command.out))
}

/// The picture with its size: said, or read off its own resolution.
fn picture(command: &Make) -> Result<Picture, Failure> {
    let data = Input::open(&command.picture)?.read_all(PICTURE)?;
    let decoded = decode(&data, &DecodeLimits::SEAL).of(&command.picture)?;
    let sides = [decoded.pixels.width(), decoded.pixels.height()];
    let own = decoded.resolution.and_then(|resolution| {
        let mm = |pixels: usize| {
            let pixels = u32::try_from(pixels).map(f64::from).ok()?;
            Millimetres::parse(&format!("{:.0}", pixels / resolution.per_mm()))
        };
        let [width, height] = sides.map(mm);
        width.zip(height)
    });
    let Some((width, height)) = command.size_mm.or(own) else {
        let words = "the picture does not say how large it is; give `--size-mm`";
        return Err(Failure::usage("picture_size_unknown", words).of(&command.picture));
    };
    Ok(Picture { kind: decoded.kind.name().into(), data, width, height })
}
