//! `yinxin seal draw`, `seal extract` and `qr`: what scripts see, and how well codes are read.

use std::path::Path;
use std::process::{Command, Stdio};

use yinxin_ca::fixture::FixedRng;
use yinxin_seal::picture::{DecodeLimits, Pixels, Resolution, decode};
use yinxin_seal::qr::{Qr, QrLevel};
use yinxin_session::Suite;
use yinxin_session::channel::{DisplayKey, Sid};
use yinxin_session::frame::QrSecret;
use yinxin_tests::folder::Folder;
use yinxin_tests::peer::yinxin;

/// Exit and answer.
fn run(folder: &Path, line: &[&str]) -> (i32, String) {
    let mut command = Command::new(yinxin());
    command.args(line).arg("--json").current_dir(folder).stdin(Stdio::null());
    let output = command.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn code(answer: &str) -> &str {
    answer.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("")
}

#[test]
fn a_seal_is_drawn_with_its_physical_size_and_says_that_it_is_not_filed() {
    let folder = Folder::new("draw");
    let line = ["seal", "draw", "--template", "round", "--text", "示范建设集团有限公司"];
    let more = ["--size-mm", "42", "--dpi", "600", "--code", "3701020012345", "--out", "s.png"];
    let (exit, answer) = run(folder.as_path(), &[&line[..], &more].concat());
    assert_eq!((exit, code(&answer)), (0, "seal_drawn"), "{answer}");
    assert!(answer.contains("\"filing\":\"not_filed\""));
    assert!(answer.contains("{\"code\":\"not_filed\""), "{answer}");
    let png = std::fs::read(folder.as_path().join("s.png")).unwrap();
    let drawn = decode(&png, &DecodeLimits::SEAL).unwrap();
    assert_eq!((drawn.pixels.width(), drawn.pixels.height()), (992, 992));
    assert!((drawn.resolution.unwrap().dpi() - 600.0).abs() < 0.1);
    let (exit, answer) = run(folder.as_path(), &[&line[..], &["--out", "s.svg"]].concat());
    assert_eq!(exit, 0, "{answer}");
    let svg = std::fs::read_to_string(folder.as_path().join("s.svg")).unwrap();
    assert!(svg.starts_with("<svg") && !svg.contains("<text") && !svg.contains("font"));
}

#[test]
fn what_cannot_be_drawn_is_named_and_leaves_no_file() {
    let folder = Folder::new("refused");
    let cases: [(&[&str], &str); 5] = [
        (&["--text", "示范𠀀公司"], "missing_glyph"),
        (&["--text", "  "], "seal_text_missing"),
        (&["--text", &"长".repeat(60)], "text_too_long"),
        (&["--text", "示范", "--code", "123"], "anti_forgery_code"),
        (&["--text", "示范", "--size-mm", "80"], "seal_size"),
    ];
    for (words, wanted) in cases {
        let line = [&["seal", "draw", "--template", "round", "--out", "s.png"][..], words].concat();
        let (exit, answer) = run(folder.as_path(), &line);
        assert_eq!((exit, code(&answer)), (2, wanted), "{answer}");
        assert!(!folder.as_path().join("s.png").exists());
    }
    let line = ["seal", "draw", "--template", "round", "--text", "示范𠀀公司", "--out", "s.png"];
    assert!(run(folder.as_path(), &line).1.contains("\"character\":\"𠀀\""));
}

#[test]
fn a_drawn_seal_put_on_paper_is_extracted_again() {
    let folder = Folder::new("extract");
    let line = ["seal", "draw", "--template", "round", "--text", "示范建设集团有限公司"];
    let (exit, _) = run(folder.as_path(), &[&line[..], &["--out", "s.png"]].concat());
    assert_eq!(exit, 0);
    let drawn = std::fs::read(folder.as_path().join("s.png")).unwrap();
    let seal = decode(&drawn, &DecodeLimits::SEAL).unwrap().pixels;
    let scan = on_white(&seal, 120).to_png(Resolution::DPI_300).unwrap();
    std::fs::write(folder.as_path().join("scan.png"), scan).unwrap();
    let (exit, answer) = run(folder.as_path(), &["seal", "extract", "scan.png", "--out", "e.png"]);
    assert_eq!((exit, code(&answer)), (0, "seal_extracted"), "{answer}");
    assert!(answer.contains("\"shape\":\"circle\""));
    let (exit, answer) = run(folder.as_path(), &["seal", "extract", "scan.png", "--out", "e.png"]);
    assert_eq!((exit, code(&answer)), (4, "output_exists"), "{answer}");
    let blank = Pixels::from_rgba(300, 300, vec![255; 300 * 300 * 4]).unwrap();
    let blank = blank.to_png(Resolution::DPI_300).unwrap();
    std::fs::write(folder.as_path().join("blank.png"), blank).unwrap();
    let (exit, answer) = run(folder.as_path(), &["seal", "extract", "blank.png", "--out", "b.png"]);
    assert_eq!((exit, code(&answer)), (1, "no_red_seal"), "{answer}");
    std::fs::write(folder.as_path().join("text.png"), "no picture").unwrap();
    let (exit, answer) = run(folder.as_path(), &["seal", "extract", "text.png", "--out", "b.png"]);
    assert_eq!((exit, code(&answer)), (3, "picture_kind"), "{answer}");
}

fn on_white(seal: &Pixels, room: usize) -> Pixels {
    let (width, height) = (seal.width() + 2 * room, seal.height() + 2 * room);
    let mut rgba = vec![255; width * height * 4];
    for y in 0..seal.height() {
        for (x, pixel) in seal.row(y).chunks(4).enumerate() {
            let at = ((y + room) * width + x + room) * 4;
            for part in 0..3 {
                let cover = u32::from(pixel[3]);
                let value = (u32::from(pixel[part]) * cover + 255 * (255 - cover)) / 255;
                rgba[at + part] = value as u8;
            }
        }
    }
    Pixels::from_rgba(width, height, rgba).unwrap()
}

#[test]
fn a_code_goes_out_as_png_svg_and_terminal_lines_and_comes_back() {
    let folder = Folder::new("qr");
    let text = "HTTPS://HUB.EXAMPLE/Q/印信";
    let (exit, answer) = run(folder.as_path(), &["qr", "encode", text, "--out", "q.png"]);
    assert_eq!((exit, code(&answer)), (0, "qr_drawn"), "{answer}");
    let (exit, answer) = run(folder.as_path(), &["qr", "decode", "q.png"]);
    assert_eq!((exit, code(&answer)), (0, "qr_read"), "{answer}");
    assert!(answer.contains(&format!("\"text\":\"{text}\"")), "{answer}");
    let (exit, _) = run(folder.as_path(), &["qr", "encode", text, "--out", "q.svg"]);
    assert_eq!(exit, 0);
    let mut command = Command::new(yinxin());
    let output = command.args(["qr", "encode", text, "--out", "-"]).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains('█'));
    let (exit, answer) =
        run(folder.as_path(), &["qr", "encode", &"x".repeat(4000), "--out", "r.png"]);
    assert_eq!((exit, code(&answer)), (2, "qr_too_long"), "{answer}");
}

#[test]
fn a_picture_with_two_codes_is_not_read_as_either() {
    let folder = Folder::new("two-codes");
    let one = |text| Qr::encode(text, QrLevel::Medium).unwrap().to_pixels(4).unwrap();
    let (left, right) = (one("first"), one("second"));
    let mut rgba = Vec::new();
    for y in 0..left.height() {
        rgba.extend_from_slice(left.row(y));
        rgba.extend_from_slice(right.row(y));
    }
    let both = Pixels::from_rgba(left.width() + right.width(), left.height(), rgba).unwrap();
    let png = both.to_png(Resolution::DPI_300).unwrap();
    std::fs::write(folder.as_path().join("two.png"), png).unwrap();
    let (exit, answer) = run(folder.as_path(), &["qr", "decode", "two.png"]);
    assert_eq!((exit, code(&answer)), (1, "qr_several"), "{answer}");
    let (exit, answer) = run(folder.as_path(), &["seal", "extract", "two.png", "--out", "n.png"]);
    assert_eq!((exit, code(&answer)), (1, "no_red_seal"), "{answer}");
}

/// Version 5 at level M, 2, 3 and 4 pixels a module, tilted 11 degrees, blurred by a quarter of a
/// module, noisy: as a screen photographed by a phone that is not held straight.
#[test]
fn of_200_tilted_blurred_noisy_codes_nineteen_in_twenty_are_read() {
    let folder = Folder::new("qr-200");
    let mut read = [0_u32; 3];
    let mut wrong = 0;
    for seed in 0..200_usize {
        let scale = [2.0, 3.0, 4.0][seed % 3];
        let text = frame("hub.yinxin-example-24.cn", seed as u64);
        assert_eq!(text.len(), 106);
        let qr = Qr::encode(&text, QrLevel::Medium).unwrap();
        assert_eq!((qr.version(), qr.level()), (5, QrLevel::Medium));
        let photo = photo(&qr, scale, seed as u64);
        std::fs::write(folder.as_path().join("q.png"), photo.to_png(Resolution::DPI_300).unwrap())
            .unwrap();
        let (exit, answer) = run(folder.as_path(), &["qr", "decode", "q.png"]);
        if exit == 0 {
            wrong += u32::from(!answer.contains(&text));
            read[seed % 3] += 1;
        }
    }
    println!("read of 67, 67, 66 at 2, 3, 4 pixels a module: {read:?}");
    assert_eq!(wrong, 0, "a code is read right or not at all");
    assert!(read.iter().sum::<u32>() >= 190, "{read:?}");
}

/// A frame as a session's page draws it.
fn frame(host: &str, seed: u64) -> String {
    let mut rng = FixedRng::new(seed);
    let (secret, display) = (QrSecret::random(&mut rng), DisplayKey::random(&mut rng));
    let mut sid = Sid([0; 16]);
    rand_core::Rng::fill_bytes(&mut rng, &mut sid.0);
    let suite = Suite::ALL[usize::from(seed % 2 == 1)];
    secret.draw(suite, host, sid, u32::try_from(seed % 300).unwrap(), &display).unwrap()
}

#[test]
fn frames_of_every_host_that_a_hub_may_have_are_small_codes() {
    for length in 1..=40 {
        let text = frame(&"h".repeat(length), length as u64);
        let qr = Qr::encode(&text, QrLevel::Medium).unwrap();
        assert!(qr.version() <= if length <= 24 { 5 } else { 6 }, "{length}: {}", qr.version());
        assert!(text.len() <= 122 && qr.level() >= QrLevel::Medium);
    }
}

fn photo(qr: &Qr, scale: f64, seed: u64) -> Pixels {
    let modules = qr.size() as f64 + 16.0;
    let side = (modules * scale * 1.2) as usize;
    let (sin, cos) = (11.0_f64 + (seed % 5) as f64 * 0.3).to_radians().sin_cos();
    let shift = (seed % 7) as f64 / 7.0;
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut dice = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    // Light at a point: a Gauss of a quarter of a module over what is drawn, and the pixel's area.
    let dark = |x: f64, y: f64| {
        let (x, y) = (x - side as f64 / 2.0 + shift, y - side as f64 / 2.0 + shift);
        let (u, v) = ((x * cos + y * sin) / scale, (y * cos - x * sin) / scale);
        let (u, v) = (u + qr.size() as f64 / 2.0, v + qr.size() as f64 / 2.0);
        u >= 0.0 && v >= 0.0 && qr.is_dark(u as usize, v as usize)
    };
    let sigma = 0.25 * scale;
    let mut rgba = Vec::new();
    for y in 0..side {
        for x in 0..side {
            let (mut sum, mut total) = (0.0, 0.0);
            for j in -4_i32..=4 {
                for i in -4_i32..=4 {
                    let (dx, dy) =
                        (f64::from(i) / 4.0 * 2.0 * sigma, f64::from(j) / 4.0 * 2.0 * sigma);
                    let weight = (-(dx * dx + dy * dy) / (2.0 * sigma * sigma)).exp();
                    total += weight;
                    sum += weight
                        * f64::from(u8::from(dark(x as f64 + 0.5 + dx, y as f64 + 0.5 + dy)));
                }
            }
            let noise: f64 = (0..4).map(|_| dice()).sum::<f64>() * 1.732 * 4.0;
            let value = (235.0 - 205.0 * sum / total + noise).clamp(0.0, 255.0) as u8;
            rgba.extend([value, value, value, 255]);
        }
    }
    Pixels::from_rgba(side, side, rgba).unwrap()
}
