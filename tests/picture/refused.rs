//! Scans that are refused, each by its name.

use yinxin_seal::picture::scan::{ScanOptions, Turn, extract, extract_pixels};
use yinxin_seal::picture::{Ink, PictureError, Pixels, Resolution, SealDesign, Template};

use crate::paper::{Scan, Weather, scan};
use crate::scans::{one, options, seal};
use crate::with_font;

const OFFICE: Resolution = Resolution::DPI_300;

fn plain() -> Weather {
    Weather::ALL[0].1
}

fn refused(scan: &Scan) -> PictureError {
    extract(&scan.jpeg, &options(Turn::Found, OFFICE)).unwrap_err()
}

#[test]
fn paper_without_a_seal_has_none() {
    for (_, weather) in Weather::ALL {
        let paper = scan(&[], (700, 700), OFFICE, &weather, 3);
        assert_eq!(refused(&paper), PictureError::NoRedSeal);
    }
}

#[test]
fn a_blue_seal_is_no_red_one() {
    let paper = one(42.0, OFFICE, &plain(), 4);
    let swapped = paper.pixels.rgba().chunks(4).flat_map(|p| [p[2], p[1], p[0], p[3]]).collect();
    let (width, height) = (paper.pixels.width(), paper.pixels.height());
    let blue = Pixels::from_rgba(width, height, swapped).unwrap();
    let found = extract_pixels(&blue, Some(OFFICE), &ScanOptions::default());
    assert_eq!(found.unwrap_err(), PictureError::NoRedSeal);
}

#[test]
fn two_seals_side_by_side_are_two() {
    let seal = seal(42.0, OFFICE);
    let seals = [(&seal, (60, 80)), (&seal, (640, 120))];
    let paper = scan(&seals, (1250, 760), OFFICE, &plain(), 5);
    assert_eq!(refused(&paper), PictureError::TwoSeals);
}

#[test]
fn two_seals_that_overlap_are_not_taken_for_one() {
    let seal = seal(42.0, OFFICE);
    for shift in [120, 250, 380] {
        let seals = [(&seal, (60, 80)), (&seal, (60 + shift, 130))];
        let paper = scan(&seals, (1250, 760), OFFICE, &plain(), 6);
        let error = refused(&paper);
        let known = matches!(error, PictureError::TwoSeals | PictureError::Incomplete { .. });
        assert!(known, "{shift}: {error}");
    }
}

#[test]
fn half_a_seal_is_incomplete() {
    let paper = one(42.0, OFFICE, &plain(), 7);
    let (width, height) = (paper.pixels.width(), paper.pixels.height());
    let half = paper.pixels.part(0, 0, width, height * 45 / 100).unwrap();
    let error = extract_pixels(&half, Some(OFFICE), &ScanOptions::default()).unwrap_err();
    assert!(matches!(error, PictureError::Incomplete { percent } if percent < 60), "{error}");
}

#[test]
fn a_scan_of_100_dpi_is_too_coarse() {
    let coarse = Resolution::from_dpi(100.0).unwrap();
    let paper = one(42.0, coarse, &plain(), 8);
    let error = refused(&paper);
    assert!(matches!(error, PictureError::LowResolution { dpi: 98..=102 }), "{error}");
}

#[test]
fn a_size_that_seals_do_not_have_is_refused() {
    let paper = one(42.0, OFFICE, &plain(), 9);
    for wrong in [5.0, 120.0] {
        let mut options = options(Turn::Found, OFFICE);
        options.width_mm = Some(wrong);
        let error = extract(&paper.jpeg, &options).unwrap_err();
        assert!(matches!(error, PictureError::Diameter { .. }), "{error}");
    }
}

#[test]
fn without_any_scale_the_size_has_to_be_stated() {
    let paper = one(42.0, OFFICE, &plain(), 10);
    let error = extract_pixels(&paper.pixels, None, &ScanOptions::default()).unwrap_err();
    assert_eq!(error, PictureError::NoScale);
    let mut options = options(Turn::Found, OFFICE);
    options.width_mm = Some(42.0);
    assert!(extract_pixels(&paper.pixels, None, &options).is_ok());
}

#[test]
fn a_photograph_of_a_screen_is_seen() {
    let paper = one(42.0, OFFICE, &plain(), 11);
    let (width, height) = (paper.pixels.width(), paper.pixels.height());
    let mut rgba = paper.pixels.rgba().to_vec();
    // The screen's pixels, a little turned, beat with the camera's.
    for (index, pixel) in rgba.chunks_mut(4).enumerate() {
        let (x, y) = ((index % width) as f64, (index / width) as f64);
        let (u, v) = (x * 0.998 + y * 0.06, y * 0.998 - x * 0.06);
        let wave = (u * 1.9).sin() * 5.0 + (v * 1.7).sin() * 4.0;
        for part in &mut pixel[..3] {
            *part = (f64::from(*part) + wave).clamp(0.0, 255.0) as u8;
        }
    }
    let photo = Pixels::from_rgba(width, height, rgba).unwrap();
    let error = extract_pixels(&photo, Some(OFFICE), &ScanOptions::default()).unwrap_err();
    assert_eq!(error, PictureError::ScreenPhoto);
}

#[test]
fn ovals_and_squares_come_out_as_what_they_are() {
    use yinxin_seal::picture::scan::Shape;
    let cases = [
        (Template::Oval, Shape::Ellipse, (45.0, 30.0)),
        (Template::DoubleOval, Shape::Ellipse, (45.0, 30.0)),
        (Template::Square, Shape::Rectangle, (22.0, 22.0)),
    ];
    for (template, shape, size) in cases {
        let design = SealDesign::new(template, "示范机械有限公司").line2("业务专用章");
        let seal = with_font(|font| design.draw(font).unwrap().to_pixels(OFFICE).unwrap());
        // Room for the corners when it is turned.
        let seal = centred(&seal);
        let side = seal.width() + 200;
        let paper = scan(&[(&seal, (90, 110))], (side, side), OFFICE, &plain(), 12);
        let found = extract(&paper.jpeg, &options(Turn::Found, OFFICE)).unwrap();
        crate::keep(&format!("scan-{}", template.name()), &found.pixels);
        assert_eq!(found.shape, shape);
        let off = (found.size_mm.0 - size.0).abs().max((found.size_mm.1 - size.1).abs());
        assert!(off <= 0.3, "{template:?} {:?}", found.size_mm);
        assert!((found.found_turn.unwrap() - plain().turn).abs() < 1.0, "{:?}", found.found_turn);
    }
}

/// The same seal in the middle of a square that holds it at any turn.
fn centred(seal: &Pixels) -> Pixels {
    let side = (seal.width() * seal.width() + seal.height() * seal.height()).isqrt() + 2;
    let (left, top) = ((side - seal.width()) / 2, (side - seal.height()) / 2);
    let mut rgba = vec![0; side * side * 4];
    for y in 0..seal.height() {
        let start = ((y + top) * side + left) * 4;
        rgba[start..start + seal.width() * 4].copy_from_slice(seal.row(y));
    }
    Pixels::from_rgba(side, side, rgba).unwrap()
}

#[test]
fn the_result_has_one_ink_and_a_margin() {
    let paper = one(42.0, OFFICE, &plain(), 13);
    let mut options = options(Turn::Found, OFFICE);
    (options.width_mm, options.ink) = (Some(42.0), Ink::Blue);
    let found = extract(&paper.jpeg, &options).unwrap();
    assert!(found.pixels.rgba().chunks(4).all(|pixel| pixel[..3] == Ink::Blue.rgb()));
    let picture = found.pixels.to_picture(found.resolution).unwrap();
    assert_eq!((picture.width_mm, picture.height_mm), (44, 44));
    let edge = found.pixels.row(0).chunks(4).chain(found.pixels.row(4).chunks(4));
    assert!(edge.into_iter().all(|pixel| pixel[3] == 0));
}
