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
    "4f5b289f807a0cf5e98f93ffb6f5b6743748c95087238f1b5c93be38c4de9325",
    "8ff0a7b9894e4c87e1fcd411bc1318769b10a62d965795e47e182039312a6af0",
    "baf27cb4c62aa7df94a7ce53a813172f64867a4cca19820a8b571614f8427e03",
    "d763bf8c6632053724629629deb1406b2ea68eed5ba3e1a7704a8665b2fd73e3",
    "d022e8cce6caab939b519223f38bac996656b8b32e494746fef96a0c8e407762",
    "ae0089160e14c45a61f6997eac473f495df20e58166b0216377eb03b24774d25",
    "50d73e0c96b083e87171764300b1db72528afd8107239db130158870efcae214",
    "8e5c3a22de19bd8c2d0fa988c323699fd6687d1512e67a281f8da85da49b2208",
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
