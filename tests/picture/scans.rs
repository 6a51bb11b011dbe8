//! Seals out of scans: 24 generated ones measured against their truth, and what is refused.

use yinxin_seal::picture::scan::{Extracted, ScanOptions, Shape, Turn, extract};
use yinxin_seal::picture::{Pixels, Resolution, SealDesign, Template};

use crate::paper::{Scan, Weather, scan};
use crate::{gallery, keep, with_font};

const SIZES_MM: [f64; 3] = [38.0, 42.0, 50.0];
const NAME: &str = "示范建设集团有限公司";

pub(crate) fn seal(size_mm: f64, resolution: Resolution) -> Pixels {
    let design = SealDesign::new(Template::Round, NAME)
        .width_mm(size_mm)
        .code("3701020012345".parse().unwrap());
    with_font(|font| design.draw(font).unwrap().to_pixels(resolution).unwrap())
}

/// One seal a little off the middle of a piece of paper that is half again as wide.
pub(crate) fn one(size_mm: f64, resolution: Resolution, weather: &Weather, seed: u64) -> Scan {
    let seal = seal(size_mm, resolution);
    let side = seal.width() * 3 / 2;
    scan(&[(&seal, (side / 7, side / 5))], (side, side), resolution, weather, seed)
}

pub(crate) fn options(turn: Turn, resolution: Resolution) -> ScanOptions {
    let mut options = ScanOptions::default();
    (options.turn, options.resolution) = (turn, resolution);
    options
}

/// Recall and stray with a tolerance of one pixel, in pixels of the scan.
fn measured(scan: &Scan, found: &Extracted) -> (f64, f64) {
    let (width, height) = (scan.pixels.width(), scan.pixels.height());
    let scale = found.resolution.dpi() / found.scan_dpi;
    // The result seen from the scan.
    let mut ink = vec![false; width * height];
    for y in 0..height {
        for x in 0..width {
            let ox = (x as f64 + 0.5 - found.centre.0) * scale + found.pixels.width() as f64 / 2.0;
            let oy = (y as f64 + 0.5 - found.centre.1) * scale + found.pixels.height() as f64 / 2.0;
            if ox >= 0.0 && oy >= 0.0 && (ox as usize) < found.pixels.width() {
                let pixel = found.pixels.row(oy as usize).get(ox as usize * 4 + 3);
                ink[y * width + x] = pixel.is_some_and(|alpha| *alpha >= 128);
            }
        }
    }
    let near = |map: &[bool], x: usize, y: usize| {
        (y.saturating_sub(1)..(y + 2).min(height))
            .any(|y| (x.saturating_sub(1)..(x + 2).min(width)).any(|x| map[y * width + x]))
    };
    let (mut wanted, mut hit, mut drawn, mut stray) = (0_u32, 0_u32, 0_u32, 0_u32);
    for y in 0..height {
        for x in 0..width {
            if scan.truth[y * width + x] {
                wanted += 1;
                hit += u32::from(near(&ink, x, y));
            }
            if ink[y * width + x] {
                drawn += 1;
                stray += u32::from(!near(&scan.truth, x, y));
            }
        }
    }
    (f64::from(hit) / f64::from(wanted), f64::from(stray) / f64::from(drawn))
}

#[test]
fn of_24_scans_the_seal_comes_out_whole_and_alone() {
    let mut seed = 1;
    let mut lines = String::new();
    for size in SIZES_MM {
        for resolution in [Resolution::DPI_300, Resolution::DPI_600] {
            for (name, weather) in Weather::ALL {
                let scan = one(size, resolution, &weather, seed);
                seed += 1;
                let label = format!("scan-{size}mm-{}dpi-{name}", resolution.dpi());
                std::fs::write(gallery().join(format!("{label}.jpg")), &scan.jpeg).unwrap();
                let found = extract(&scan.jpeg, &options(Turn::AsScanned, resolution)).unwrap();
                keep(&label, &found.pixels);
                let (recall, stray) = measured(&scan, &found);
                let off = (found.size_mm.0 - size).abs();
                let upright = extract(&scan.jpeg, &options(Turn::Found, resolution)).unwrap();
                keep(&format!("{label}-upright"), &upright.pixels);
                let turn = found.found_turn.unwrap() - weather.turn;
                lines += &format!(
                    "{label:<28} recall {recall:.4} stray {stray:.4} diameter off {off:.3} mm turn off {turn:.2}\n"
                );
                assert!(recall >= 0.95 && stray <= 0.01 && off <= 0.3, "{lines}");
                assert_eq!(found.shape, Shape::Circle);
                assert!(turn.abs() <= 1.5, "{lines}");
            }
        }
    }
    println!("{lines}");
}
