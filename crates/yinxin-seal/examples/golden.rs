//! Draws a seal of every template and compares the pictures' digests with those written down here.
//!
//! Native and WASM must give the same bytes. As a WASM module without any import it has only its
//! exit code to speak with: the number of digests that are as written. The last line of
//! the list is wrong on purpose and must never count, so the right answer is one less than its
//! length.

#![allow(missing_docs, reason = "an example has no users")]

use std::process::ExitCode;

use yinxin_pki::DigestAlgorithm;
use yinxin_seal::picture::{
    AntiForgeryCode, Font, Ink, PictureError, Resolution, SealDesign, Template,
};

static FONT: &[u8] = include_bytes!("../../yinxin-cli/assets/font/NotoSerifSC-SemiBold-subset.ttf");

const NAME: &str = "示范建设集团有限公司";

fn designs() -> Result<Vec<(SealDesign, Resolution)>, PictureError> {
    let code: AntiForgeryCode = "3701020012345".parse()?;
    let code = || code.clone();
    let (office, fine) = (Resolution::DPI_300, Resolution::DPI_600);
    Ok(vec![
        (SealDesign::new(Template::Round, NAME).width_mm(42.0).code(code()), office),
        (SealDesign::new(Template::Round, NAME).width_mm(42.0).code(code()), fine),
        (SealDesign::new(Template::RoundSpecial, NAME).line2("合同专用章").code(code()), office),
        (SealDesign::new(Template::Oval, NAME).centre("91370102MA3CEXAM1X"), fine),
        (SealDesign::new(Template::DoubleOval, NAME).line2("业务专用章"), office),
        (SealDesign::new(Template::Square, NAME).line2("财务专用章"), fine),
        (SealDesign::new(Template::Personal, "张三之印").ink(Ink::Blue), office),
        (SealDesign::new(Template::Personal, "张三之印"), office),
    ])
}

/// SM3 of each PNG, then of each SVG.
const GOLDEN: &[&str] = &[
    "cad1b365b72823723b342b3121e528bba9f56c7c30de6d7f812bdd640a1d0627",
    "d196313d42476349af52abe9ac52ef12b2c6ca9efb9a039eb717aae8b8553131",
    "978832ba258d0c73ee795602583c7ac6c268b545412a7270e13c157cf0af859a",
    "1ada17caa7149937ee5c298d139dbc67473949249013fd524fa3be40c7101de1",
    "f5ddde13fd0c93aa0b39a8db507522e56269eef9f3b639b648cefa6fa36a03c3",
    "db31d6a093f9f8ffa6d9601b283c11731987010efd88bd7c361441ff70fbd5ba",
    "2a524a2f5796e79ed30a2a7f549c494caee5979ad2ff6dd879feeda846ac6765",
    "08b5b061e76b5fdc3433e7c214f8303c52781ed6d50f25e82eb0c425304f8ceb",
    "d82195482aa7330091d2644b0d9c4bd5a473244fa915e00609edc01f32bdfc60",
    "d82195482aa7330091d2644b0d9c4bd5a473244fa915e00609edc01f32bdfc60",
    "2ce47e8bc92c575567b733d9da9114debb4e8bf62ca32403eaa89ab734d36434",
    "2c9c2289bf96e26c38efc49aff3c1c43e0d8c4324c457c695d02b8c2b633b786",
    "b1d19c7f00f73a6981c6e0f0637458b49dcc9af06e8b08532575f63f7f8e7e52",
    "899191b1b65b37b4e38e51e8881ba61ec07fcd339caf728ff50df4e0eb0b90fe",
    "ea021b8c60f0c16a9f7ecf0ae8de5e4f76b99c0e15fe9ce8d7e2676a004b0057",
    "0c8f6cb8b17e4e3272da5338d0fa0ff98f99d25bb71beec79d80f206a0bbe7f5",
    "0000000000000000000000000000000000000000000000000000000000000000",
];

fn digests() -> Result<Vec<String>, PictureError> {
    let font = Font::parse(FONT)?;
    let mut pictures = Vec::new();
    let mut drawings = Vec::new();
    for (design, resolution) in designs()? {
        let drawing = design.draw(&font)?;
        pictures.push(drawing.to_pixels(resolution)?.to_png(resolution)?);
        drawings.push(drawing.to_svg().into_bytes());
    }
    pictures.extend(drawings);
    let digest = |bytes: &Vec<u8>| DigestAlgorithm::Sm3.digest(bytes).to_string();
    // One more, for the line that is wrong on purpose.
    pictures.push(Vec::new());
    Ok(pictures.iter().map(digest).collect())
}

fn main() -> ExitCode {
    let Ok(digests) = digests() else { return ExitCode::from(255) };
    for digest in &digests {
        println!("{digest}");
    }
    let right = GOLDEN.iter().zip(&digests).filter(|(golden, found)| *golden == found).count();
    ExitCode::from(u8::try_from(right).unwrap_or(255))
}
