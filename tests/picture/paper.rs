//! Paper, ink, lamp, lens and scanner: a scan of a drawn seal with the truth beside it.

use yinxin_seal::picture::{Pixels, Resolution};

/// What happened to the paper and in the scanner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// Degrees clockwise the seal lies.
    pub(crate) turn: f64,
    /// How weak the weakest patch of ink is.
    pub(crate) weakest_ink: f64,
    /// The paper's colour.
    pub(crate) paper: [f64; 3],
    /// How much darker the far corner is.
    pub(crate) shade: f64,
    /// Grey levels of noise.
    pub(crate) noise: f64,
    /// Whether black print lies under the seal.
    pub(crate) print: bool,
    /// JPEG quality.
    pub(crate) quality: u8,
}

impl Weather {
    pub(crate) const ALL: [(&'static str, Self); 4] = [
        (
            "plain",
            Self {
                turn: 7.3,
                weakest_ink: 0.9,
                paper: [250.0, 249.0, 246.0],
                shade: 0.03,
                noise: 3.0,
                print: false,
                quality: 80,
            },
        ),
        (
            "worn",
            Self {
                turn: -14.0,
                weakest_ink: 0.7,
                paper: [244.0, 242.0, 236.0],
                shade: 0.06,
                noise: 4.0,
                print: false,
                quality: 80,
            },
        ),
        (
            "print",
            Self {
                turn: 7.3,
                weakest_ink: 0.75,
                paper: [246.0, 245.0, 242.0],
                shade: 0.05,
                noise: 4.0,
                print: true,
                quality: 80,
            },
        ),
        (
            "grey",
            Self {
                turn: 31.0,
                weakest_ink: 0.8,
                paper: [206.0, 200.0, 188.0],
                shade: 0.18,
                noise: 6.0,
                print: false,
                quality: 70,
            },
        ),
    ];
}

/// A scan and where its seal is.
pub(crate) struct Scan {
    pub(crate) jpeg: Vec<u8>,
    pub(crate) pixels: Pixels,
    pub(crate) truth: Vec<bool>,
}

/// Numbers that are the same on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around 0, about normal, with a deviation of 1.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..4).map(|_| self.next() - 0.5).sum::<f64>() * 1.732
    }
}

/// Scans seals that lie on a page; each with its place, the top left corner of its box in pixels.
pub(crate) fn scan(
    seals: &[(&Pixels, (usize, usize))],
    (width, height): (usize, usize),
    resolution: Resolution,
    weather: &Weather,
    seed: u64,
) -> Scan {
    let mut dice = Dice::new(seed);
    let mut cover = vec![0.0_f64; width * height];
    for (seal, (left, top)) in seals {
        let turned = seal.turned(weather.turn);
        for y in 0..turned.height() {
            for (x, pixel) in turned.row(y).chunks(4).enumerate() {
                if let Some(cell) = cover.get_mut((top + y) * width + left + x) {
                    *cell = cell.max(f64::from(pixel[3]) / 255.0);
                }
            }
        }
    }
    let truth = cover.iter().map(|cover| *cover >= 0.5).collect();
    let per_mm = resolution.per_mm();
    let patch = patches(&mut dice, width, height, (3.0 * per_mm) as usize);
    let black = if weather.print { print(&mut dice, width, height, per_mm) } else { Vec::new() };
    let ink = [214.0, 32.0, 48.0];
    let mut light: Vec<[f64; 3]> = Vec::with_capacity(width * height);
    for (index, cover) in cover.iter().enumerate() {
        let (x, y) = ((index % width) as f64, (index / width) as f64);
        let lamp = 1.0 - weather.shade * (x / width as f64 + y / height as f64) / 2.0;
        let strength = weather.weakest_ink + (1.0 - weather.weakest_ink) * patch[index];
        let black = if black.get(index).is_some_and(|black| *black) { 0.15 } else { 1.0 };
        let mut pixel = [0.0; 3];
        for (part, (paper, ink)) in pixel.iter_mut().zip(weather.paper.into_iter().zip(ink)) {
            // Ink multiplies what is under it.
            let through = 1.0 - cover * strength * (1.0 - ink / 255.0);
            *part = paper * lamp * through * black;
        }
        light.push(pixel);
    }
    blurred(&mut light, width, height, 0.8);
    let mut rgba = Vec::with_capacity(width * height * 4);
    let mut rgb = Vec::with_capacity(width * height * 3);
    for pixel in light {
        for part in pixel {
            let value = (part + weather.noise * dice.normal()).clamp(0.0, 255.0) as u8;
            rgba.push(value);
            rgb.push(value);
        }
        rgba.push(255);
    }
    let jpeg = jpeg(&rgb, width, height, resolution.dpi() as u16, weather.quality);
    Scan { jpeg, pixels: Pixels::from_rgba(width, height, rgba).unwrap(), truth }
}

fn jpeg(rgb: &[u8], width: usize, height: usize, dpi: u16, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
    encoder.set_density(jpeg_encoder::PixelDensity::dpi(dpi));
    encoder.encode(rgb, width as u16, height as u16, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

/// Smooth patches between 0 and 1.
fn patches(dice: &mut Dice, width: usize, height: usize, cell: usize) -> Vec<f64> {
    let (across, down) = (width / cell + 2, height / cell + 2);
    let corner: Vec<f64> = (0..across * down).map(|_| dice.next()).collect();
    let mut field = Vec::with_capacity(width * height);
    for y in 0..height {
        let (row, v) = (y / cell, (y % cell) as f64 / cell as f64);
        for x in 0..width {
            let (column, u) = (x / cell, (x % cell) as f64 / cell as f64);
            let at = |dx: usize, dy: usize| corner[(row + dy) * across + column + dx];
            let upper = at(0, 0) * (1.0 - u) + at(1, 0) * u;
            let lower = at(0, 1) * (1.0 - u) + at(1, 1) * u;
            field.push(upper * (1.0 - v) + lower * v);
        }
    }
    field
}

/// Lines of black strokes, as a page of text has them.
fn print(dice: &mut Dice, width: usize, height: usize, per_mm: f64) -> Vec<bool> {
    let mut black = vec![false; width * height];
    let mm = |length: f64| (length * per_mm) as usize;
    let mut top = mm(4.0);
    while top + mm(4.0) < height {
        let mut left = mm(4.0);
        while left + mm(4.0) < width {
            for _ in 0..5 {
                let upright = dice.next() < 0.5;
                let (long, thin) = (mm(1.5 + 1.5 * dice.next()), mm(0.3));
                let x = left + mm(3.2 * dice.next());
                let y = top + mm(3.2 * dice.next());
                let (wide, tall) = if upright { (thin, long) } else { (long, thin) };
                for y in y..(y + tall).min(height) {
                    for x in x..(x + wide).min(width) {
                        black[y * width + x] = true;
                    }
                }
            }
            left += mm(4.2);
        }
        top += mm(7.0);
    }
    black
}

/// A Gauss filter of one deviation, both ways.
fn blurred(light: &mut [[f64; 3]], width: usize, height: usize, sigma: f64) {
    let weights: Vec<f64> =
        (-2..=2).map(|at| (-f64::from(at * at) / (2.0 * sigma * sigma)).exp()).collect();
    let total: f64 = weights.iter().sum();
    for (stride, length) in [(1_isize, width), (width as isize, height)] {
        let from = light.to_vec();
        for index in 0..light.len() {
            let along = if stride == 1 { index % width } else { index / width } as isize;
            let mut sum = [0.0; 3];
            for (step, weight) in (-2_isize..=2).zip(&weights) {
                let to = (along + step).clamp(0, length as isize - 1) - along;
                let near = from[(index as isize + to * stride) as usize];
                for (sum, part) in sum.iter_mut().zip(near) {
                    *sum += part * weight / total;
                }
            }
            light[index] = sum;
        }
    }
}
