//! A seal's picture as a PDF image: colours and transparency apart.

use miniz_oxide::deflate::compress_to_vec_zlib;

use super::filter::{inflate, unfilter};
use super::{PdfError, limits};

/// Pixels ready for an image XObject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Image {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixels: Pixels,
}

/// How they are kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Pixels {
    /// 8-bit red, green, blue; 8-bit alpha where some pixel is not opaque.
    Plain { colours: Vec<u8>, alpha: Option<Vec<u8>> },
    /// A JPEG as it is, with its number of components.
    Jpeg { bytes: Vec<u8>, components: u8 },
}

impl Image {
    /// Reads a PNG or a JPEG, told by its first bytes.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, PdfError> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            png(bytes)
        } else if bytes.starts_with(&[0xff, 0xd8]) {
            jpeg(bytes)
        } else {
            Err(picture("it is neither a PNG nor a JPEG"))
        }
    }

    /// Deflated colours and alpha.
    pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec_zlib(bytes, 6)
    }
}

const fn picture(why: &'static str) -> PdfError {
    PdfError::Picture { why }
}

fn size(width: u32, height: u32) -> Result<usize, PdfError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > limits::PIXELS {
        return Err(picture("it has no pixels, or too many"));
    }
    usize::try_from(pixels).map_err(|_| picture("it has too many pixels"))
}

fn big(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// PNG (ISO/IEC 15948) of 8 bits or a palette, not interlaced: what seal pictures are.
fn png(bytes: &[u8]) -> Result<Image, PdfError> {
    let cut = || picture("its PNG is cut short");
    let (mut at, mut data) = (8, Vec::new());
    let (mut head, mut palette, mut clear): (Option<&[u8]>, &[u8], &[u8]) = (None, &[], &[]);
    loop {
        let len = usize::try_from(big(bytes, at).ok_or_else(cut)?).map_err(|_| cut())?;
        let kind = bytes.get(at + 4..at + 8).ok_or_else(cut)?;
        let end = at.checked_add(8).and_then(|from| from.checked_add(len)).ok_or_else(cut)?;
        let content = bytes.get(at + 8..end).ok_or_else(cut)?;
        match kind {
            b"IHDR" => head = Some(content),
            b"PLTE" => palette = content,
            b"tRNS" => clear = content,
            b"IDAT" => data.extend_from_slice(content),
            b"IEND" => break,
            _ => {}
        }
        at = end + 4;
    }
    let head = head.ok_or_else(cut)?;
    let (width, height) = (big(head, 0).ok_or_else(cut)?, big(head, 4).ok_or_else(cut)?);
    let Some([depth, kind, 0, 0, interlaced]) = head.get(8..13) else {
        return Err(picture("its PNG is of another method"));
    };
    if *interlaced != 0 {
        return Err(picture("its PNG is interlaced; save it without"));
    }
    let pixels = size(width, height)?;
    let channels = match kind {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => return Err(picture("its PNG has another kind of colour")),
    };
    let bits = usize::from(*depth);
    if !matches!((bits, kind), (8, _) | (1 | 2 | 4, 0 | 3) | (16, 0 | 2 | 4 | 6)) {
        return Err(picture("its PNG has another depth"));
    }
    let columns = usize::try_from(width).map_err(|_| cut())?;
    let row = (columns * channels * bits).div_ceil(8);
    let rows = usize::try_from(height).map_err(|_| cut())?;
    let whole = inflate(&data, 0, (row + 1) * rows).map_err(|_| picture("its PNG is damaged"))?;
    let pixel = (channels * bits).div_ceil(8);
    let plain = unfilter(&whole, row, pixel).ok_or_else(|| picture("its PNG is damaged"))?;
    let mut samples = Vec::with_capacity(pixels * channels);
    for line in plain.chunks(row) {
        match bits {
            8 => samples.extend_from_slice(line),
            16 => samples.extend(line.iter().step_by(2)),
            _ => {
                let mask = (1_u16 << bits) - 1;
                samples.extend((0..columns).map(|column| {
                    let bit = column * bits;
                    let byte = u16::from(line.get(bit / 8).copied().unwrap_or(0));
                    let value = byte >> (8 - bits - bit % 8) & mask;
                    let value = if *kind == 0 { value * 255 / mask } else { value };
                    u8::try_from(value).unwrap_or(0)
                }));
            }
        }
    }
    if samples.len() != pixels * channels {
        return Err(cut());
    }
    let (mut colours, mut alpha) = (Vec::with_capacity(pixels * 3), Vec::with_capacity(pixels));
    for sample in samples.chunks_exact(channels) {
        match (kind, sample) {
            (0, [grey]) => {
                colours.extend_from_slice(&[*grey; 3]);
                alpha.push(255);
            }
            (3, [index]) => {
                let from = usize::from(*index) * 3;
                let colour = palette.get(from..from + 3);
                colours.extend_from_slice(colour.ok_or_else(|| picture("its palette is short"))?);
                alpha.push(clear.get(usize::from(*index)).copied().unwrap_or(255));
            }
            (4, [grey, opacity]) => {
                colours.extend_from_slice(&[*grey; 3]);
                alpha.push(*opacity);
            }
            (_, [red, green, blue]) => {
                colours.extend_from_slice(&[*red, *green, *blue]);
                alpha.push(255);
            }
            (_, [red, green, blue, opacity]) => {
                colours.extend_from_slice(&[*red, *green, *blue]);
                alpha.push(*opacity);
            }
            _ => return Err(cut()),
        }
    }
    let alpha = alpha.iter().any(|opacity| *opacity != 255).then_some(alpha);
    Ok(Image { width, height, pixels: Pixels::Plain { colours, alpha } })
}

/// The size and the components of a JPEG, out of its frame header.
fn jpeg(bytes: &[u8]) -> Result<Image, PdfError> {
    let cut = || picture("its JPEG is cut short");
    let mut at = 2;
    loop {
        let marker = bytes.get(at..at + 2).ok_or_else(cut)?;
        let [0xff, kind] = marker else { return Err(picture("its JPEG is damaged")) };
        if *kind == 0xff {
            at += 1;
            continue;
        }
        let len = bytes.get(at + 2..at + 4).and_then(|two| Some([*two.first()?, *two.get(1)?]));
        let len = usize::from(u16::from_be_bytes(len.ok_or_else(cut)?));
        // SOF0 to SOF2: baseline, extended and progressive, which PDF readers draw.
        if matches!(kind, 0xc0..=0xc2) {
            let frame = bytes.get(at + 4..at + 10).ok_or_else(cut)?;
            let [8, h1, h0, w1, w0, components @ (1 | 3)] = frame else {
                return Err(picture("its JPEG is neither grey nor RGB of 8 bits"));
            };
            let (height, width) = (u16::from_be_bytes([*h1, *h0]), u16::from_be_bytes([*w1, *w0]));
            let (width, height) = (u32::from(width), u32::from(height));
            size(width, height)?;
            let pixels = Pixels::Jpeg { bytes: bytes.to_vec(), components: *components };
            return Ok(Image { width, height, pixels });
        }
        if *kind == 0xda || len < 2 {
            return Err(picture("its JPEG has no frame"));
        }
        at += 2 + len;
    }
}
