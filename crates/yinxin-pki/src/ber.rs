//! Basic Encoding Rules as CMS messages come in them: lengths that are not said beforehand,
//! strings in pieces. Turned into DER before anything else looks at them.

use alloc::vec::Vec;

use crate::der::{Tag, Writer};
use crate::{Error, limits};

/// How long an element says it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Length {
    Definite(u64),
    Indefinite,
}

/// Identifier and length octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Header {
    pub(crate) tag: Tag,
    pub(crate) len: usize,
    pub(crate) length: Length,
}

/// Identifier and definite length octets, for content that is not to pass through a writer.
pub(crate) fn definite_header(tag: Tag, length: usize) -> Vec<u8> {
    let octets = length.to_be_bytes();
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    match octets.get(zeros..).unwrap_or(&[]) {
        [] => alloc::vec![tag.0, 0],
        [short @ ..0x80] => alloc::vec![tag.0, *short],
        digits => {
            let count = 0x80 | u8::try_from(digits.len()).unwrap_or(8);
            [&[tag.0, count][..], digits].concat()
        }
    }
}

/// Reads identifier and length octets at the start of `input`, which lies at `at`.
pub(crate) fn header(input: &[u8], at: usize) -> Result<Header, Error> {
    let octet = |index: usize| {
        input.get(index).copied().ok_or(Error::Truncated { at: at + input.len(), missing: 1 })
    };
    let tag = Tag(octet(0)?);
    if tag.0 & 0x1f == 0x1f {
        return Err(Error::Malformed { at, expected: "tag number below 31" });
    }
    let first = octet(1)?;
    let (len, length) = match first {
        0x80 if tag.is_constructed() => (2, Length::Indefinite),
        0x80 => {
            return Err(Error::Malformed { at: at + 1, expected: "definite length" });
        }
        ..0x80 => (2, Length::Definite(u64::from(first))),
        _ => {
            let count = usize::from(first & 0x7f);
            if count > 8 {
                let limit = u64::MAX;
                return Err(Error::Limit { at: at + 1, what: "length in bytes", limit });
            }
            let mut length = 0;
            for index in 0..count {
                length = (length << 8) | u64::from(octet(2 + index)?);
            }
            (2 + count, Length::Definite(length))
        }
    };
    Ok(Header { tag, len, length })
}

/// Whether the end-of-contents octets stand at the start of `input`.
pub(crate) fn is_end(input: &[u8], at: usize) -> Result<bool, Error> {
    match input {
        [0, 0, ..] => Ok(true),
        [0] | [] => Err(Error::Truncated { at: at + input.len(), missing: 2 - input.len() }),
        [0, _, ..] => Err(Error::Malformed { at, expected: "end of contents" }),
        _ => Ok(false),
    }
}

/// One element as DER, and how many octets it had as received. An element that was DER already
/// comes out unchanged, to the last octet.
pub(crate) fn element(input: &[u8], at: usize) -> Result<(Vec<u8>, usize), Error> {
    let mut writer = Writer::new();
    let taken = convert(input, at, limits::DEPTH, &mut writer)?;
    Ok((writer.into_vec(), taken))
}

fn convert(input: &[u8], at: usize, depth: u8, out: &mut Writer) -> Result<usize, Error> {
    let head = header(input, at)?;
    let body = input.get(head.len..).unwrap_or(&[]);
    let body_at = at + head.len;
    let deeper = depth.checked_sub(1).ok_or_else(|| {
        let limit = u64::from(limits::DEPTH);
        Error::Limit { at, what: "nesting", limit }
    })?;
    if !head.tag.is_constructed() {
        let content = definite(body, head.length, body_at)?;
        out.tlv(head.tag, content);
        return Ok(head.len + content.len());
    }
    let mut inner = Writer::new();
    let string = is_universal_string(head.tag);
    let mut taken = 0;
    let body = match head.length {
        Length::Definite(_) => definite(body, head.length, body_at)?,
        Length::Indefinite => body,
    };
    loop {
        let rest = body.get(taken..).unwrap_or(&[]);
        let rest_at = body_at + taken;
        match head.length {
            Length::Definite(_) if rest.is_empty() => break,
            Length::Indefinite if is_end(rest, rest_at)? => {
                taken += 2;
                break;
            }
            _ => {}
        }
        taken += if string {
            piece(rest, rest_at, limits::BER_STRING_DEPTH, &mut inner)?
        } else {
            convert(rest, rest_at, deeper, &mut inner)?
        };
    }
    let tag = if string { Tag(head.tag.0 & !0x20) } else { head.tag };
    out.tlv(tag, &inner.into_vec());
    Ok(head.len + taken)
}

/// One piece of a string in pieces: its octets only.
fn piece(input: &[u8], at: usize, depth: u8, out: &mut Writer) -> Result<usize, Error> {
    let head = header(input, at)?;
    if Tag(head.tag.0 & !0x20) != Tag::OCTET_STRING {
        return Err(Error::Malformed { at, expected: "a piece of an OCTET STRING" });
    }
    let body = input.get(head.len..).unwrap_or(&[]);
    let body_at = at + head.len;
    if !head.tag.is_constructed() {
        let content = definite(body, head.length, body_at)?;
        out.raw(content);
        return Ok(head.len + content.len());
    }
    let deeper = depth.checked_sub(1).ok_or_else(|| {
        let limit = u64::from(limits::BER_STRING_DEPTH);
        Error::Limit { at, what: "nesting of string pieces", limit }
    })?;
    let body = match head.length {
        Length::Definite(_) => definite(body, head.length, body_at)?,
        Length::Indefinite => body,
    };
    let mut taken = 0;
    loop {
        let rest = body.get(taken..).unwrap_or(&[]);
        let rest_at = body_at + taken;
        match head.length {
            Length::Definite(_) if rest.is_empty() => break,
            Length::Indefinite if is_end(rest, rest_at)? => {
                taken += 2;
                break;
            }
            _ => taken += piece(rest, rest_at, deeper, out)?,
        }
    }
    Ok(head.len + taken)
}

fn definite(body: &[u8], length: Length, body_at: usize) -> Result<&[u8], Error> {
    let Length::Definite(length) = length else {
        return Err(Error::Malformed { at: body_at, expected: "definite length" });
    };
    usize::try_from(length).ok().and_then(|length| body.get(..length)).ok_or_else(|| {
        let have = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let missing = usize::try_from(length.saturating_sub(have)).unwrap_or(usize::MAX);
        Error::Truncated { at: body_at + body.len(), missing }
    })
}

/// Only octet strings come in pieces here; pieces of other string types are nobody's habit.
fn is_universal_string(tag: Tag) -> bool {
    tag == Tag(Tag::OCTET_STRING.0 | 0x20)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn der_comes_out_unchanged() {
        let der = Writer::build(|w| {
            w.sequence(|w| {
                w.uint(300);
                w.explicit(0, |w| w.octet_string(&[7; 200]));
                w.set(|_| {});
            });
        });
        assert_eq!(element(&der, 0), Ok((der.clone(), der.len())));
    }

    #[test]
    fn indefinite_lengths_and_pieces_become_der() {
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 1, 0x24, 3, 4, 1, 2, 0, 0, 2, 1, 5, 0, 0, 0xff];
        let expected = [0x30, 7, 4, 2, 1, 2, 2, 1, 5];
        assert_eq!(element(&ber, 0), Ok((expected.to_vec(), ber.len() - 1)));
        for end in 0..ber.len() - 1 {
            let error = element(&ber[..end], 0).unwrap_err();
            assert!(matches!(error, Error::Truncated { .. }), "{end}: {error}");
        }
    }

    #[test]
    fn bombs_end_at_the_limits() {
        let deep = [0x30, 0x80].repeat(10_000);
        assert!(matches!(element(&deep, 0), Err(Error::Limit { what: "nesting", .. })));
        let pieces = [0x24, 0x80].repeat(10_000);
        assert!(matches!(element(&pieces, 0), Err(Error::Limit { .. })));
        let huge = [0x04, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert!(matches!(element(&huge, 0), Err(Error::Truncated { .. })));
        let million = [vec![0x30, 0x83, 0x1e, 0x84, 0x80], [0x31, 0].repeat(1_000_000)].concat();
        assert_eq!(element(&million, 0).unwrap().1, million.len());
    }
}
