//! Base64 (RFC 4648): the standard alphabet for PEM, the URL one for JSON members.

use alloc::string::String;
use alloc::vec::Vec;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Standard alphabet with padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = encode_with(bytes, STANDARD);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// URL alphabet without padding.
#[must_use]
pub fn encode_url(bytes: &[u8]) -> String {
    encode_with(bytes, URL)
}

/// Standard alphabet; white space is passed over, padding must be right, spare bits zero.
///
/// # Errors
///
/// The index of the octet that is wrong.
pub fn decode_lenient(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut end = text.len();
    let mut padding = 0;
    while let Some(last) = end.checked_sub(1).and_then(|index| text.get(index)) {
        match last {
            b'=' if padding < 2 => padding += 1,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => break,
        }
        end -= 1;
    }
    let digits = text.get(..end).unwrap_or(&[]);
    let (bytes, count) = decode_with(digits, STANDARD, true)?;
    if (count + padding) % 4 == 0 { Ok(bytes) } else { Err(text.len().saturating_sub(1)) }
}

/// URL alphabet without padding, canonical: spare bits zero, nothing passed over.
///
/// # Errors
///
/// The index of the octet that is wrong.
pub fn decode_url(text: &[u8]) -> Result<Vec<u8>, usize> {
    decode_with(text, URL, false).map(|(bytes, _)| bytes)
}

fn encode_with(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let digit = |bits: u32| {
        let index = usize::try_from(bits & 63).unwrap_or(0);
        alphabet.get(index).map_or('A', |octet| char::from(*octet))
    };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, octet| (bits << 8) | u32::from(*octet));
        let bits = bits << (8 * (3 - group.len()));
        text.push(digit(bits >> 18));
        text.push(digit(bits >> 12));
        if group.len() > 1 {
            text.push(digit(bits >> 6));
        }
        if group.len() > 2 {
            text.push(digit(bits));
        }
    }
    text
}

fn decode_with(
    text: &[u8],
    alphabet: &[u8; 64],
    skip_space: bool,
) -> Result<(Vec<u8>, usize), usize> {
    let value = |octet: u8| -> Option<u32> {
        Some(match octet {
            b'A'..=b'Z' => u32::from(octet - b'A'),
            b'a'..=b'z' => u32::from(octet - b'a') + 26,
            b'0'..=b'9' => u32::from(octet - b'0') + 52,
            _ if octet == alphabet[62] => 62,
            _ if octet == alphabet[63] => 63,
            _ => return None,
        })
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0_usize);
    for (index, octet) in text.iter().enumerate() {
        if skip_space && matches!(octet, b' ' | b'\t' | b'\r' | b'\n') {
            continue;
        }
        bits = (bits << 6) | value(*octet).ok_or(index)?;
        count += 1;
        if count % 4 == 0 {
            bytes.extend_from_slice(bits.to_be_bytes().get(1..).unwrap_or(&[]));
            bits = 0;
        }
    }
    let last = text.len().saturating_sub(1);
    let [_, high, middle, low] = match count % 4 {
        0 => return Ok((bytes, count)),
        2 => bits << 12,
        3 => bits << 6,
        _ => return Err(last),
    }
    .to_be_bytes();
    bytes.push(high);
    let spare = if count % 4 == 3 {
        bytes.push(middle);
        low
    } else {
        middle | low
    };
    if spare == 0 { Ok((bytes, count)) } else { Err(last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_goes_there_and_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..bytes.len() {
            let part = &bytes[..length];
            assert_eq!(decode_lenient(encode(part).as_bytes()).unwrap(), part);
            assert_eq!(decode_url(encode_url(part).as_bytes()).unwrap(), part);
        }
    }

    #[test]
    fn only_the_canonical_form_is_read() {
        assert_eq!(decode_url(b"AQ").unwrap(), [1]);
        for text in [&b"AR"[..], b"A", b"AQ==", b"AQI\n", b"AQ+_", b"AAB"] {
            assert!(decode_url(text).is_err(), "{text:?}");
        }
        for text in [&b"AQ"[..], b"AQ=", b"AQ===", b"AQI==", b"A-ID"] {
            assert!(decode_lenient(text).is_err(), "{text:?}");
        }
    }
}
