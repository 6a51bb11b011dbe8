//! Pictures that lie: cut off, flipped, claiming to be huge. Nothing panics, nothing is slow.

use std::time::{Duration, Instant};

use yinxin_seal::picture::scan::{ScanOptions, extract, extract_pixels};
use yinxin_seal::picture::{DecodeLimits, PictureError, Pixels, Resolution, decode};

use crate::paper::{Dice, Weather};
use crate::scans::{one, seal};

/// One small picture of each kind.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let small = seal(20.0, Resolution::from_dpi(100.0).unwrap());
    let scan = one(20.0, Resolution::from_dpi(100.0).unwrap(), &Weather::ALL[0].1, 1);
    let mut bmp = b"BM".to_vec();
    bmp.extend(0x36_u32.wrapping_add(16 * 16 * 3).to_le_bytes());
    bmp.extend([0; 4]);
    bmp.extend(54_u32.to_le_bytes());
    bmp.extend(40_u32.to_le_bytes());
    bmp.extend(16_i32.to_le_bytes());
    bmp.extend(16_i32.to_le_bytes());
    bmp.extend([1, 0, 24, 0]);
    bmp.extend([0; 24]);
    bmp.extend((0..16 * 16 * 3).map(|value| value as u8));
    let gif = b"GIF89a\x02\0\x02\0\x80\0\0\xff\xff\xff\xff\0\0!\xf9\x04\0\0\0\0\0,\0\0\0\0\x02\0\x02\0\0\x02\x03D\x02\x05\0;";
    vec![
        ("png", small.to_png(Resolution::DPI_300).unwrap()),
        ("jpeg", scan.jpeg),
        ("bmp", bmp),
        ("gif", gif.to_vec()),
    ]
}

#[test]
fn cut_and_flipped_pictures_are_refused_or_read_never_a_crash() {
    let rounds = if std::env::var_os("YINXIN_LONG").is_some() { 20_000 } else { 1_500 };
    let mut dice = Dice::new(77);
    for (kind, bytes) in samples() {
        assert!(decode(&bytes, &DecodeLimits::SCAN).is_ok(), "{kind}");
        let started = Instant::now();
        for cut in 0..bytes.len().min(1200) {
            drop(decode(&bytes[..cut], &DecodeLimits::SEAL));
        }
        for _ in 0..rounds {
            let mut bytes = bytes.clone();
            for _ in 0..1 + (dice.next() * 4.0) as usize {
                // Headers are where lies matter most.
                let range = if dice.next() < 0.5 { bytes.len().min(160) } else { bytes.len() };
                let at = (dice.next() * range as f64) as usize;
                bytes[at] = (dice.next() * 256.0) as u8;
            }
            drop(decode(&bytes, &DecodeLimits::SEAL));
        }
        let each = started.elapsed() / rounds;
        println!("{kind}: {each:?} each");
        assert!(each < Duration::from_millis(100), "{kind} {each:?}");
    }
}

#[test]
fn a_picture_that_claims_to_be_huge_is_refused_by_its_header() {
    let mut png = samples().remove(0).1;
    png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    let started = Instant::now();
    // The header's checksum is wrong now, which is as good a reason.
    assert!(decode(&png, &DecodeLimits::SCAN).is_err());
    let mut jpeg = samples().remove(1).1;
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xEA, 0x60, 0xEA, 0x60]);
    assert_eq!(
        decode(&jpeg, &DecodeLimits::SCAN).unwrap_err(),
        PictureError::Limit { width: 60_000, height: 60_000 }
    );
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn any_pixels_at_all_can_be_given_to_the_extractor() {
    let mut dice = Dice::new(5);
    for (width, height) in [(1, 1), (2, 900), (900, 2), (64, 64), (300, 200)] {
        for kind in 0..4 {
            let pixel = |dice: &mut Dice, index: usize| match kind {
                0 => [255, 0, 0, 255],
                1 => [(dice.next() * 256.0) as u8, (dice.next() * 256.0) as u8, 0, 255],
                2 => [
                    if index.is_multiple_of(2) { 255 } else { 0 },
                    0,
                    0,
                    (dice.next() * 256.0) as u8,
                ],
                _ => [0; 4],
            };
            let rgba = (0..width * height).flat_map(|index| pixel(&mut dice, index)).collect();
            let pixels = Pixels::from_rgba(width, height, rgba).unwrap();
            assert!(extract_pixels(&pixels, None, &ScanOptions::default()).is_err());
        }
    }
    assert!(extract(&[], &ScanOptions::default()).is_err());
}
