//! Encoded pictures to pixels: PNG, JPEG, GIF (its first frame) and BMP, told by their bytes.
//!
//! Sides and area are looked at before a pixel is unpacked, so that a small file cannot ask for
//! much memory.

mod orientation;

use std::io::Cursor;

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

use super::error::PictureError;
use super::pixels::{Pixels, Resolution};
use super::{PictureKind, SealPicture};

pub(crate) use orientation::upright;

/// How large a picture may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DecodeLimits {
    /// Longest side in pixels.
    pub side: usize,
    /// Most pixels.
    pub area: usize,
    /// Most encoded bytes.
    pub bytes: usize,
}

impl DecodeLimits {
    /// For scans: an A3 page at 600 dpi has 7016 by 9921 and does not pass; A4 at 600 does.
    pub const SCAN: Self = Self { side: 8000, area: 40_000_000, bytes: 64 << 20 };
    /// For the picture in a seal: 65 mm at 1200 dpi.
    pub const SEAL: Self = Self { side: 3200, area: 3200 * 3200, bytes: 4 << 20 };

    /// Whether a picture may be unpacked.
    fn check(&self, width: usize, height: usize) -> Result<(), PictureError> {
        let area = width.checked_mul(height);
        let fits = width <= self.side && height <= self.side;
        if fits && area.is_some_and(|area| area != 0 && area <= self.area) {
            return Ok(());
        }
        if width == 0 || height == 0 {
            return Err(PictureError::Malformed);
        }
        let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Err(PictureError::Limit { width: wide(width), height: wide(height) })
    }

    /// What a decoder may use, in bytes.
    fn memory(&self) -> usize {
        self.area.saturating_mul(8)
    }
}

/// A picture read from its bytes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Decoded {
    /// What it was.
    pub kind: PictureKind,
    /// Its pixels, turned as the camera said (Exif).
    pub pixels: Pixels,
    /// What the file says about its resolution; scanners are right about it, cameras are not.
    pub resolution: Option<Resolution>,
}

/// Reads a picture.
///
/// # Errors
///
/// [`PictureError::Unsupported`], [`PictureError::Malformed`]: whoever sent it mends it.
/// [`PictureError::Limit`]: the person scans at a lower resolution.
///
/// ```
/// use yinxin_seal::picture::{DecodeLimits, PictureError, decode};
///
/// let error = decode(b"not a picture", &DecodeLimits::SCAN).unwrap_err();
/// assert_eq!(error, PictureError::Unsupported);
/// ```
pub fn decode(data: &[u8], limits: &DecodeLimits) -> Result<Decoded, PictureError> {
    if data.len() > limits.bytes {
        return Err(PictureError::Limit { width: 0, height: 0 });
    }
    let (kind, (pixels, resolution)) = match PictureKind::of(data) {
        Some(PictureKind::Png) => (PictureKind::Png, png(data, limits)?),
        Some(PictureKind::Jpg) => (PictureKind::Jpg, jpeg(data, limits)?),
        Some(PictureKind::Gif) => (PictureKind::Gif, (gif(data, limits)?, None)),
        Some(PictureKind::Bmp) => (PictureKind::Bmp, (bmp(data, limits)?, None)),
        Some(PictureKind::Ofd | PictureKind::Svg) | None => return Err(PictureError::Unsupported),
    };
    Ok(Decoded { kind, pixels, resolution })
}

impl SealPicture {
    /// The pixels of the picture of a seal. What `kind` claims is not believed: bytes tell.
    ///
    /// # Errors
    ///
    /// As [`decode`]; OFD and SVG are [`PictureError::Unsupported`] here.
    pub fn pixels(&self) -> Result<Pixels, PictureError> {
        decode(&self.data, &DecodeLimits::SEAL).map(|decoded| decoded.pixels)
    }
}

type Read = (Pixels, Option<Resolution>);

fn png(data: &[u8], limits: &DecodeLimits) -> Result<Read, PictureError> {
    let bad = |_| PictureError::Malformed;
    let allowed = png::Limits { bytes: limits.memory() };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(data), allowed);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let header = decoder.read_header_info().map_err(bad)?;
    let count = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
    let (width, height) = (count(header.width), count(header.height));
    limits.check(width, height)?;
    let mut reader = decoder.read_info().map_err(bad)?;
    let resolution = reader.info().pixel_dims.and_then(|size| match size.unit {
        png::Unit::Meter => Resolution::from_dpi(f64::from(size.xppu) * 0.0254),
        png::Unit::Unspecified => None,
    });
    let mut bytes = vec![0; reader.output_buffer_size().ok_or(PictureError::Malformed)?];
    let frame = reader.next_frame(&mut bytes).map_err(bad)?;
    let samples = frame.color_type.samples();
    let rgba = spread(bytes.get(..frame.buffer_size()).unwrap_or_default(), samples);
    Pixels::from_rgba(width, height, rgba)
        .map(|pixels| (pixels, resolution))
        .ok_or(PictureError::Malformed)
}

fn jpeg(data: &[u8], limits: &DecodeLimits) -> Result<Read, PictureError> {
    let options = DecoderOptions::default()
        .set_max_width(limits.side)
        .set_max_height(limits.side)
        .jpeg_set_max_scans(64)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(data), options);
    // Sides over the limit come back as an error of the header; read them ourselves to say so.
    let head = JpegHead::read(data);
    if let Some((width, height)) = head.sides {
        limits.check(width, height)?;
    }
    decoder.decode_headers().map_err(|_| PictureError::Malformed)?;
    let info = decoder.info().ok_or(PictureError::Malformed)?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    limits.check(width, height)?;
    let turn = decoder.exif().map_or(1, |exif| orientation::read(exif));
    let bytes = decoder.decode().map_err(|_| PictureError::Malformed)?;
    let pixels = Pixels::from_rgba(width, height, bytes).ok_or(PictureError::Malformed)?;
    Ok((upright(pixels, turn), head.resolution))
}

/// What the markers before a JPEG's first scan say.
#[derive(Debug, Default)]
struct JpegHead {
    sides: Option<(usize, usize)>,
    /// Of JFIF; that of Exif is a camera's and means nothing.
    resolution: Option<Resolution>,
}

impl JpegHead {
    fn read(data: &[u8]) -> Self {
        let mut head = Self::default();
        let mut rest = data.get(2..).unwrap_or_default();
        let pair = |high: u8, low: u8| u16::from_be_bytes([high, low]);
        while let [0xFF, marker, high, low, ..] = rest {
            let Some((segment, after)) = rest.split_at_checked(usize::from(pair(*high, *low)) + 2)
            else {
                break;
            };
            match (marker, segment.get(4..).unwrap_or_default()) {
                (0xE0, [b'J', b'F', b'I', b'F', 0, _, _, unit, high, low, ..]) => {
                    let density = f64::from(pair(*high, *low));
                    head.resolution = match unit {
                        1 => Resolution::from_dpi(density),
                        2 => Resolution::from_dpi(density * 2.54),
                        _ => None,
                    };
                }
                (0xC4 | 0xC8 | 0xCC, _) => {}
                (0xC0..=0xCF, [_, tall, tall_low, wide, wide_low, ..]) => {
                    let sides = (pair(*wide, *wide_low), pair(*tall, *tall_low));
                    head.sides = Some((usize::from(sides.0), usize::from(sides.1)));
                    break;
                }
                (0xDA, _) => break,
                _ => {}
            }
            rest = after;
        }
        head
    }
}

fn gif(data: &[u8], limits: &DecodeLimits) -> Result<Pixels, PictureError> {
    let bad = |_| PictureError::Malformed;
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    if let Some(most) = u64::try_from(limits.memory()).ok().and_then(std::num::NonZeroU64::new) {
        options.set_memory_limit(gif::MemoryLimit::Bytes(most));
    }
    let mut decoder = options.read_info(Cursor::new(data)).map_err(bad)?;
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    limits.check(width, height)?;
    let frame = decoder.read_next_frame().map_err(bad)?.ok_or(PictureError::Malformed)?;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (wide, tall) = (usize::from(frame.width), usize::from(frame.height));
    if (left, top, wide, tall) == (0, 0, width, height) {
        return Pixels::from_rgba(width, height, frame.buffer.to_vec())
            .ok_or(PictureError::Malformed);
    }
    // A frame smaller than the screen lies on transparent ground; what sticks out is cut.
    let mut rgba = vec![0; width.saturating_mul(height).saturating_mul(4)];
    let source = frame.buffer.chunks_exact(wide.saturating_mul(4).max(4));
    let target = rgba.chunks_exact_mut(width.saturating_mul(4)).skip(top);
    for (from, to) in source.zip(target) {
        let to = to.get_mut(left.saturating_mul(4)..).unwrap_or_default();
        for (from, to) in from.iter().zip(to) {
            *to = *from;
        }
    }
    Pixels::from_rgba(width, height, rgba).ok_or(PictureError::Malformed)
}

fn bmp(data: &[u8], limits: &DecodeLimits) -> Result<Pixels, PictureError> {
    let options = DecoderOptions::default().set_max_width(limits.side).set_max_height(limits.side);
    let mut decoder = zune_bmp::BmpDecoder::new_with_options(ZCursor::new(data), options);
    decoder.decode_headers().map_err(|_| PictureError::Malformed)?;
    let (width, height) = decoder.dimensions().ok_or(PictureError::Malformed)?;
    limits.check(width, height)?;
    let bytes = decoder.decode().map_err(|_| PictureError::Malformed)?;
    let samples = decoder.colorspace().map_or(0, |space| space.num_components());
    Pixels::from_rgba(width, height, spread(&bytes, samples)).ok_or(PictureError::Malformed)
}

/// Grey, grey with alpha, RGB or RGBA to RGBA; anything else to nothing.
fn spread(bytes: &[u8], samples: usize) -> Vec<u8> {
    match samples {
        1 => bytes.iter().flat_map(|grey| [*grey, *grey, *grey, 255]).collect(),
        2 => {
            let pairs = bytes.as_chunks::<2>().0.iter();
            pairs.flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha]).collect()
        }
        3 => {
            let triples = bytes.as_chunks::<3>().0.iter();
            triples.flat_map(|[red, green, blue]| [*red, *green, *blue, 255]).collect()
        }
        4 => bytes.to_vec(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Pixels {
        let rgba = (0..6 * 4 * 4_u8).map(|value| value.wrapping_mul(37)).collect();
        Pixels::from_rgba(6, 4, rgba).unwrap()
    }

    #[test]
    fn our_png_reads_back_with_its_resolution() {
        let png = sample().to_png(Resolution::DPI_300).unwrap();
        let read = decode(&png, &DecodeLimits::SEAL).unwrap();
        assert_eq!(read.pixels, sample());
        assert!((read.resolution.unwrap().dpi() - 300.0).abs() < 0.1);
    }

    #[test]
    fn a_picture_over_the_limit_is_refused_before_it_is_unpacked() {
        let png = sample().to_png(Resolution::DPI_300).unwrap();
        let limits = DecodeLimits { side: 5, ..DecodeLimits::SEAL };
        assert_eq!(decode(&png, &limits).unwrap_err(), PictureError::Limit { width: 6, height: 4 });
        let limits = DecodeLimits { area: 23, ..DecodeLimits::SEAL };
        assert_eq!(decode(&png, &limits).unwrap_err(), PictureError::Limit { width: 6, height: 4 });
    }

    #[test]
    fn a_broken_off_png_is_malformed_at_every_byte() {
        let png = sample().to_png(Resolution::DPI_300).unwrap();
        // Behind the last pixel only the closing chunk is missing, which shows nothing new.
        for length in 8..png.len() - 12 {
            assert!(decode(&png[..length], &DecodeLimits::SEAL).is_err(), "{length}");
        }
    }

    #[test]
    fn an_uncompressed_bitmap_is_read_from_the_bottom_row() {
        let mut bmp = b"BM".to_vec();
        bmp.extend(70_u32.to_le_bytes());
        bmp.extend([0; 4]);
        bmp.extend(54_u32.to_le_bytes());
        bmp.extend(40_u32.to_le_bytes());
        bmp.extend(2_i32.to_le_bytes());
        bmp.extend(2_i32.to_le_bytes());
        bmp.extend(1_u16.to_le_bytes());
        bmp.extend(24_u16.to_le_bytes());
        bmp.extend([0; 24]);
        bmp.extend([1, 2, 3, 4, 5, 6, 0, 0]);
        bmp.extend([7, 8, 9, 10, 11, 12, 0, 0]);
        let read = decode(&bmp, &DecodeLimits::SEAL).unwrap().pixels;
        assert_eq!(read.row(0), [9, 8, 7, 255, 12, 11, 10, 255]);
        assert_eq!(read.row(1), [3, 2, 1, 255, 6, 5, 4, 255]);
        for length in 0..bmp.len() {
            let _ = decode(&bmp[..length], &DecodeLimits::SEAL);
        }
    }

    #[test]
    fn the_first_frame_of_a_gif_counts() {
        let mut file = Vec::new();
        let palette = [255, 0, 0, 0, 0, 255];
        let mut encoder = gif::Encoder::new(&mut file, 3, 2, &palette).unwrap();
        let mut frame = gif::Frame { width: 2, height: 1, left: 1, top: 1, ..Default::default() };
        frame.buffer = vec![0, 1].into();
        encoder.write_frame(&frame).unwrap();
        drop(encoder);
        let read = decode(&file, &DecodeLimits::SEAL).unwrap().pixels;
        assert_eq!(read.row(0), [0; 12]);
        assert_eq!(read.row(1), [0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255, 255]);
        for length in 0..file.len() {
            let _ = decode(&file[..length], &DecodeLimits::SEAL);
        }
    }
}
