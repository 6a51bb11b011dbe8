//! A seal drawn beside resvg drawing our SVG of it, and one taken from a scan beside decoding it.

use std::hint::black_box;

use resvg::{tiny_skia, usvg};
use yinxin_benches::{contender, race};
use yinxin_seal::picture::scan::{ScanOptions, extract};
use yinxin_seal::picture::{Font, Pixels, Resolution, SealDesign, Template};

/// A6 at 300 dpi, in pixels.
const A6: (usize, usize) = (1240, 1748);

pub(crate) fn all() {
    let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/yinxin-cli/assets/font/");
    let font = std::fs::read(format!("{assets}NotoSerifSC-SemiBold-subset.ttf")).unwrap();
    let design = SealDesign::new(Template::Round, "示范建设集团有限公司")
        .width_mm(42.0)
        .code("3701020012345".parse().unwrap());
    draw(&font, &design);
    scan(&font, &design);
}

/// Both from what they are given to pixels: ours from a font and a name, resvg from the SVG text.
fn draw(font: &[u8], design: &SealDesign) {
    let fine = Resolution::DPI_600;
    let drawn = |font: &[u8]| design.draw(&Font::parse(font).unwrap()).unwrap();
    let svg = drawn(font).to_svg();
    let pixels = drawn(font).to_pixels(fine).unwrap();
    let (width, height) = (side(pixels.width()), side(pixels.height()));
    let peer = || {
        let tree = usvg::Tree::from_str(&svg, &usvg::Options::default()).unwrap();
        let mut map = tiny_skia::Pixmap::new(width, height).unwrap();
        let scale = width as f32 / tree.size().width();
        resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut map.as_mut());
        map
    };
    let off = difference(&pixels, &peer());
    println!("a 42 mm seal at 600 dpi differs from resvg's in {off:.2} of 255 on average");
    assert!(off < 1.0, "the two drawings are not the same seal");
    race(
        "draw a 42 mm seal, 600 dpi",
        0,
        vec![
            contender("yinxin-seal", || {
                black_box(drawn(font).to_pixels(fine).unwrap());
            }),
            contender("resvg, our SVG of it", || {
                black_box(peer());
            }),
        ],
    );
}

fn side(pixels: usize) -> u32 {
    u32::try_from(pixels).unwrap()
}

/// Mean difference of the alpha.
fn difference(ours: &Pixels, peer: &tiny_skia::Pixmap) -> f64 {
    let pairs = ours.rgba().chunks(4).zip(peer.data().chunks(4));
    let sum: u64 = pairs.map(|(a, b)| u64::from(a[3].abs_diff(b[3]))).sum();
    sum as f64 / (ours.width() * ours.height()) as f64
}

/// The bar: a scan of A6 at 300 dpi is extracted in the time of ten decodings of it.
fn scan(font: &[u8], design: &SealDesign) {
    let office = Resolution::DPI_300;
    let seal = design.draw(&Font::parse(font).unwrap()).unwrap().to_pixels(office).unwrap();
    let seal = seal.turned(7.3);
    let mut rgb = Vec::with_capacity(A6.0 * A6.1 * 3);
    let mut noise = 1_u32;
    for y in 0..A6.1 {
        for x in 0..A6.0 {
            let inside = x.checked_sub(500).zip(y.checked_sub(900));
            let cover = inside
                .map_or(0, |(x, y)| u32::from(seal.row(y).get(x * 4 + 3).copied().unwrap_or(0)));
            for (paper, ink) in [(246, 205), (244, 30), (240, 46)] {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let grain = noise >> 29;
                rgb.push(((paper * (255 - cover) + ink * cover) / 255 + grain) as u8);
            }
        }
    }
    let mut jpeg = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut jpeg, 85);
    encoder.set_density(jpeg_encoder::PixelDensity::dpi(300));
    encoder.encode(&rgb, 1240, 1748, jpeg_encoder::ColorType::Rgb).unwrap();
    let found = extract(&jpeg, &ScanOptions::default()).unwrap();
    assert!((found.size_mm.0 - 42.0).abs() < 0.3, "{:?}", found.size_mm);
    race(
        "extract a seal, A6 at 300 dpi",
        0,
        vec![
            contender("yinxin-seal", || {
                black_box(extract(&jpeg, &ScanOptions::default()).unwrap());
            }),
            contender("ten decodings of it, zune-jpeg", || {
                for _ in 0..10 {
                    let cursor = zune_core::bytestream::ZCursor::new(&jpeg);
                    black_box(zune_jpeg::JpegDecoder::new(cursor).decode().unwrap());
                }
            }),
        ],
    );
}
