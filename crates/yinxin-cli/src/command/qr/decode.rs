//! Reading QR codes: `rxing` does it, as the phone does with its own reader.

use std::collections::BTreeSet;

use rxing::helpers::{detect_in_luma_with_hints, detect_multiple_in_luma_with_hints};
use rxing::{BarcodeFormat, DecodeHints};
use yinxin_seal::picture::Pixels;

/// The different texts of the QR codes on a picture, sorted.
pub(crate) fn texts(pixels: &Pixels) -> Vec<String> {
    let (Ok(width), Ok(height)) = (u32::try_from(pixels.width()), u32::try_from(pixels.height()))
    else {
        return Vec::new();
    };
    let luma: Vec<u8> = pixels.rgba().as_chunks::<4>().0.iter().map(grey).collect();
    let mut hints = DecodeHints {
        AlsoInverted: Some(true),
        PossibleFormats: Some([BarcodeFormat::QR_CODE].into()),
        TryHarder: Some(true),
        ..DecodeHints::default()
    };
    let several = detect_multiple_in_luma_with_hints(luma.clone(), width, height, &mut hints);
    let mut found: BTreeSet<String> =
        several.unwrap_or_default().iter().map(|code| code.getText().to_owned()).collect();
    if found.is_empty() {
        // The reader for one code also tries what it takes for a clean drawing.
        let format = Some(BarcodeFormat::QR_CODE);
        let one = detect_in_luma_with_hints(luma, width, height, format, &mut hints);
        found.extend(one.ok().map(|code| code.getText().to_owned()));
    }
    found.into_iter().collect()
}

/// Brightness on white paper.
fn grey([red, green, blue, alpha]: &[u8; 4]) -> u8 {
    let luma = (u32::from(*red) * 2 + u32::from(*green) * 5 + u32::from(*blue)) / 8;
    let alpha = u32::from(*alpha);
    u8::try_from((luma * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
}
