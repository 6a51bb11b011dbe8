//! Decoding of streams, bounded: Flate with predictors, ASCIIHex, ASCII85.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::PdfError;
use super::lexer::{hex, is_space};
use super::object::{Dictionary, Object};

/// Decodes by the filters of a dictionary whose values are direct; at most `limit` bytes.
pub(crate) fn decode(
    dictionary: &Dictionary,
    raw: Vec<u8>,
    at: u64,
    limit: usize,
) -> Result<Vec<u8>, PdfError> {
    let filters: Vec<&[u8]> = match dictionary.get("Filter") {
        None | Some(Object::Null) => vec![],
        Some(Object::Name(name)) => vec![name],
        Some(Object::Array(items)) => items.iter().filter_map(Object::as_name).collect(),
        Some(_) => return Err(PdfError::Malformed { at, expected: "a filter" }),
    };
    if filters.len() > 4 {
        return Err(PdfError::Limit { at, what: "filters", limit: 4 });
    }
    let parameters = |index: usize| match dictionary.get("DecodeParms") {
        Some(Object::Array(items)) => items.get(index).and_then(Object::as_dictionary),
        Some(Object::Dictionary(only)) => Some(only),
        _ => None,
    };
    let mut bytes = raw;
    for (index, filter) in filters.into_iter().enumerate() {
        bytes = match filter {
            b"FlateDecode" | b"Fl" => {
                let plain = inflate(&bytes, at, limit)?;
                match parameters(index) {
                    Some(parameters) => unpredict(plain, parameters, at)?,
                    None => plain,
                }
            }
            b"ASCIIHexDecode" | b"AHx" => ascii_hex(&bytes),
            b"ASCII85Decode" | b"A85" => ascii_85(&bytes, at)?,
            _ => return Err(PdfError::Unsupported { at, what: "the stream's filter" }),
        };
        if bytes.len() > limit {
            return Err(too_large(at, limit));
        }
    }
    Ok(bytes)
}

fn too_large(at: u64, limit: usize) -> PdfError {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    PdfError::Limit { at, what: "decoded bytes", limit }
}

/// Inflates zlib data; what follows its end is passed over.
pub(crate) fn inflate(bytes: &[u8], at: u64, limit: usize) -> Result<Vec<u8>, PdfError> {
    let mut state = Box::new(DecompressorOxide::new());
    let mut out = vec![0; bytes.len().saturating_mul(4).clamp(1024, limit.max(1024))];
    let (mut read, mut written) = (0, 0);
    loop {
        let input = bytes.get(read..).unwrap_or_default();
        // Without the flag for more input a stream that was cut short is an error.
        let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, consumed, produced) = decompress(&mut state, input, &mut out, written, flags);
        read += consumed;
        written += produced;
        match status {
            TINFLStatus::Done => break,
            TINFLStatus::HasMoreOutput if out.len() < limit => {
                let more = out.len().saturating_mul(2).min(limit);
                out.resize(more, 0);
            }
            TINFLStatus::HasMoreOutput => return Err(too_large(at, limit)),
            _ => return Err(PdfError::Malformed { at, expected: "deflated data" }),
        }
    }
    out.truncate(written);
    Ok(out)
}

/// Undoes PNG and TIFF predictors (§7.4.4.4).
fn unpredict(bytes: Vec<u8>, parameters: &Dictionary, at: u64) -> Result<Vec<u8>, PdfError> {
    let wrong = |expected| PdfError::Malformed { at, expected };
    let number = |key, default| parameters.integer(key).unwrap_or(default);
    let predictor = number("Predictor", 1);
    if predictor == 1 {
        return Ok(bytes);
    }
    let size = |key, default| {
        usize::try_from(number(key, default)).ok().filter(|value| (1..=1 << 20).contains(value))
    };
    let colours = size("Colors", 1).filter(|n| *n <= 32).ok_or_else(|| wrong("Colors"))?;
    let bits = size("BitsPerComponent", 8).filter(|n| *n <= 16).ok_or_else(|| wrong("bits"))?;
    let columns = size("Columns", 1).ok_or_else(|| wrong("Columns"))?;
    let pixel = (colours * bits).div_ceil(8);
    let row = (colours * bits * columns).div_ceil(8);
    if row > bytes.len() {
        return if bytes.is_empty() { Ok(bytes) } else { Err(wrong("whole rows")) };
    }
    match predictor {
        2 if bits == 8 => {
            let mut bytes = bytes;
            for line in bytes.chunks_mut(row) {
                for index in pixel..line.len() {
                    let left = line.get(index - pixel).copied().unwrap_or(0);
                    if let Some(byte) = line.get_mut(index) {
                        *byte = byte.wrapping_add(left);
                    }
                }
            }
            Ok(bytes)
        }
        10..=15 => unfilter(&bytes, row, pixel).ok_or_else(|| wrong("a PNG predictor")),
        _ => Err(PdfError::Unsupported { at, what: "the predictor" }),
    }
}

/// Undoes the row filters of PNG (PNG §9.2); `row` bytes without the filter's own.
pub(crate) fn unfilter(bytes: &[u8], row: usize, pixel: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut above = vec![0; row];
    for line in bytes.chunks(row + 1) {
        let (kind, line) = line.split_first()?;
        let mut current = vec![0; row];
        for (index, byte) in line.iter().enumerate() {
            let left = index.checked_sub(pixel).and_then(|i| current.get(i)).copied().unwrap_or(0);
            let up = above.get(index).copied().unwrap_or(0);
            let corner = index.checked_sub(pixel).and_then(|i| above.get(i)).copied().unwrap_or(0);
            let predicted = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::try_from((u16::from(left) + u16::from(up)) / 2).unwrap_or(0),
                4 => paeth(left, up, corner),
                _ => return None,
            };
            *current.get_mut(index)? = byte.wrapping_add(predicted);
        }
        out.extend_from_slice(current.get(..line.len())?);
        above = current;
    }
    Some(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let far = |value: u8| (estimate - i16::from(value)).abs();
    if far(left) <= far(up) && far(left) <= far(corner) {
        left
    } else if far(up) <= far(corner) {
        up
    } else {
        corner
    }
}

fn ascii_hex(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> =
        bytes.iter().take_while(|byte| **byte != b'>').filter_map(|byte| hex(*byte)).collect();
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => high << 4 | low,
            [high] => high << 4,
            _ => 0,
        })
        .collect()
}

fn ascii_85(bytes: &[u8], at: u64) -> Result<Vec<u8>, PdfError> {
    let wrong = || PdfError::Malformed { at, expected: "ASCII85 data" };
    let mut out = Vec::new();
    let mut group: Vec<u32> = Vec::with_capacity(5);
    for byte in bytes.iter().copied().filter(|byte| !is_space(*byte)) {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                group.push(u32::from(byte - b'!'));
                if group.len() == 5 {
                    out.extend_from_slice(&base_85(&group).ok_or_else(wrong)?);
                    group.clear();
                }
            }
            _ => return Err(wrong()),
        }
    }
    if !group.is_empty() {
        let given = group.len();
        group.resize(5, 84);
        let all = base_85(&group).ok_or_else(wrong)?;
        out.extend_from_slice(all.get(..given - 1).ok_or_else(wrong)?);
    }
    Ok(out)
}

fn base_85(group: &[u32]) -> Option<[u8; 4]> {
    let value = group.iter().try_fold(0_u32, |sum, digit| sum.checked_mul(85)?.checked_add(*digit));
    value.map(u32::to_be_bytes)
}
