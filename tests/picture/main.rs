//! Seal pictures through their public interface; what is drawn is saved where a person can look,
//! in `seal-pictures` of the target folder.

mod alike;
mod drawn;
mod hostile;
mod paper;
mod refused;
mod same_everywhere;
mod scans;

use std::path::PathBuf;

use yinxin_seal::picture::{Font, Pixels, Resolution};

/// The font that ships with the command line.
fn font_bytes() -> Vec<u8> {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let font = "crates/yinxin-cli/assets/font/NotoSerifSC-SemiBold-subset.ttf";
    std::fs::read(tests.parent().unwrap().join(font)).unwrap()
}

fn with_font<T>(act: impl FnOnce(&Font<'_>) -> T) -> T {
    act(&Font::parse(&font_bytes()).unwrap())
}

/// Where pictures go for people to look at.
fn gallery() -> PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("../seal-pictures");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Saves a picture on white, as on paper, so that any viewer shows it.
fn keep(name: &str, pixels: &Pixels) {
    let paper = pixels.rgba().chunks(4).flat_map(|pixel| {
        let alpha = u32::from(pixel[3]);
        let on = |part: u8| ((u32::from(part) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        [on(pixel[0]), on(pixel[1]), on(pixel[2]), 255]
    });
    let paper = Pixels::from_rgba(pixels.width(), pixels.height(), paper.collect()).unwrap();
    let png = paper.to_png(Resolution::DPI_300).unwrap();
    std::fs::write(gallery().join(format!("{name}.png")), png).unwrap();
}
