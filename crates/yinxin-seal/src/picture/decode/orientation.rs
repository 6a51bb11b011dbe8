//! How the camera was held, out of Exif, and the picture turned accordingly.

use crate::picture::Pixels;

/// The orientation of an Exif block, 1 to 8; 1 where none is stated.
///
/// Source: TIFF 6.0 for the directory, Exif 2.32 tag 0x0112.
pub(super) fn read(exif: &[u8]) -> u8 {
    find(exif).unwrap_or(1)
}

fn find(exif: &[u8]) -> Option<u8> {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let pair = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let long = |at: usize| {
        let four = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let value = if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) };
        usize::try_from(value).ok()
    };
    let directory = long(4)?;
    let entries = usize::from(short(directory)?);
    // Only the first directory is about the picture itself.
    for entry in 0..entries {
        let at = directory.checked_add(2)?.checked_add(entry.checked_mul(12)?)?;
        if short(at)? == 0x0112 {
            let value = short(at.checked_add(8)?)?;
            return u8::try_from(value).ok().filter(|value| (1..=8).contains(value));
        }
    }
    None
}

/// The picture as it was seen.
pub(crate) fn upright(pixels: Pixels, orientation: u8) -> Pixels {
    let (width, height) = (pixels.width(), pixels.height());
    let across = matches!(orientation, 5..=8);
    if !(2..=8).contains(&orientation) {
        return pixels;
    }
    let (wide, tall) = if across { (height, width) } else { (width, height) };
    let mut rgba = Vec::with_capacity(pixels.rgba().len());
    for y in 0..tall {
        for x in 0..wide {
            let (mirrored_x, mirrored_y) = (wide - 1 - x, tall - 1 - y);
            let (from_x, from_y) = match orientation {
                2 => (mirrored_x, y),
                3 => (mirrored_x, mirrored_y),
                4 => (x, mirrored_y),
                5 => (y, x),
                6 => (y, mirrored_x),
                7 => (mirrored_y, mirrored_x),
                _ => (mirrored_y, x),
            };
            let pixel = pixels.row(from_y).get(from_x * 4..from_x * 4 + 4);
            rgba.extend_from_slice(pixel.unwrap_or(&[0; 4]));
        }
    }
    Pixels::from_rgba(wide, tall, rgba).unwrap_or(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two by three pixels, numbered in reading order.
    fn numbered() -> Pixels {
        Pixels::from_rgba(2, 3, (1..=6_u8).flat_map(|n| [n, n, n, n]).collect()).unwrap()
    }

    fn numbers(pixels: &Pixels) -> Vec<u8> {
        pixels.rgba().iter().step_by(4).copied().collect()
    }

    #[test]
    fn each_orientation_puts_the_top_left_where_exif_says() {
        let wanted: [(u8, [u8; 6]); 8] = [
            (1, [1, 2, 3, 4, 5, 6]),
            (2, [2, 1, 4, 3, 6, 5]),
            (3, [6, 5, 4, 3, 2, 1]),
            (4, [5, 6, 3, 4, 1, 2]),
            (5, [1, 3, 5, 2, 4, 6]),
            (6, [5, 3, 1, 6, 4, 2]),
            (7, [6, 4, 2, 5, 3, 1]),
            (8, [2, 4, 6, 1, 3, 5]),
        ];
        for (orientation, wanted) in wanted {
            assert_eq!(numbers(&upright(numbered(), orientation)), wanted, "{orientation}");
        }
    }

    #[test]
    fn orientation_is_read_in_both_byte_orders() {
        let little = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0";
        assert_eq!(read(little), 6);
        assert_eq!(read(big), 8);
        assert_eq!(read(b"Exif\0\0"), 1);
        for length in 0..little.len() {
            let _ = read(&little[..length]);
        }
    }
}
