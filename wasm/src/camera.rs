//! Reading QR codes off the pictures of a camera: `rqrr` does it. The command line's reader finds
//! more in one picture, and has twice the size; a camera has another picture soon.

use rqrr::PreparedImage;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Failure;

/// Most pixels of a picture: a camera's whole picture has 12 million.
const PIXELS: usize = 16 << 20;

/// Most pixels of one that is looked at twice.
const TWICE: usize = 1 << 20;

/// The text of a QR code on a picture, RGBA row after row; nothing where none is found.
///
/// # Errors
///
/// `picture_too_large`; `wrong_length` for octets that are not `width` × `height` pixels.
#[wasm_bindgen(js_name = readCode)]
pub fn read_code(rgba: &[u8], width: u32, height: u32) -> Result<Option<String>, Failure> {
    let pixels = usize::try_from(u64::from(width) * u64::from(height)).unwrap_or(usize::MAX);
    if pixels > PIXELS {
        return Err(Failure::misuse("picture_too_large", "more pixels than a camera has"));
    }
    let (all, rest) = rgba.as_chunks::<4>();
    if all.len() != pixels || !rest.is_empty() {
        let words = "the octets are not width × height pixels of four";
        return Err(Failure::misuse("wrong_length", words));
    }
    let size = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
    let (width, height) = (size(width), size(height));
    let luma: Vec<u8> = all.iter().map(grey).collect();
    // Codes of few pixels a module are found in the picture twice as large.
    let scales = if pixels > TWICE { &[1][..] } else { &[1, 2] };
    Ok(scales.iter().find_map(|scale| read(&luma, width, height, *scale)))
}

fn read(luma: &[u8], width: usize, height: usize, scale: usize) -> Option<String> {
    if width == 0 || height == 0 {
        return None;
    }
    let at = |x: usize, y: usize| luma.get(y / scale * width + x / scale).copied().unwrap_or(255);
    let mut image = PreparedImage::prepare_from_greyscale(width * scale, height * scale, at);
    image.detect_grids().iter().find_map(|grid| grid.decode().ok().map(|(_, text)| text))
}

/// Brightness, by ITU-R BT.601 in eighths.
fn grey([red, green, blue, _]: &[u8; 4]) -> u8 {
    let luma = (u32::from(*red) * 2 + u32::from(*green) * 5 + u32::from(*blue)) / 8;
    u8::try_from(luma).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_another_size_than_it_says_is_refused() {
        assert!(read_code(&[255; 16], 2, 2).unwrap().is_none());
        assert!(read_code(&[255; 15], 2, 2).is_err());
        assert!(read_code(&[255; 16], 3, 2).is_err());
        assert!(read_code(&[255; 4], 1, 1).unwrap().is_none());
        assert!(read_code(&[], u32::MAX, u32::MAX).is_err());
        assert!(read_code(&[], 0, 0).unwrap().is_none());
    }
}
