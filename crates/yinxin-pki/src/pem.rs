//! Text armour for DER (RFC 7468).

use alloc::string::String;
use alloc::vec::Vec;

use crate::Error;

/// One armoured object: its label and its bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Block<'a> {
    /// The words after BEGIN, for instance `CERTIFICATE`.
    pub label: &'a str,
    /// The decoded bytes.
    pub der: Vec<u8>,
}

/// All armoured objects of a text, in order. Text between them is passed over (RFC 7468 §2), as
/// are header lines such as `Proc-Type:`, and so is a missing final newline.
///
/// ```
/// let text = yinxin_pki::pem::encode("TEST", &[1, 2, 3]);
/// assert_eq!(text, "-----BEGIN TEST-----\nAQID\n-----END TEST-----\n");
/// let blocks = yinxin_pki::pem::decode(text.as_bytes())?;
/// assert_eq!((blocks[0].label, &blocks[0].der[..]), ("TEST", &[1, 2, 3][..]));
/// # Ok::<(), yinxin_pki::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Malformed`] with the byte where the armour breaks: a BEGIN without its END, or
/// characters that are not base64. Whoever made the file mends it.
pub fn decode(text: &[u8]) -> Result<Vec<Block<'_>>, Error> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(begin) = find(text, BEGIN, at) {
        let label_at = begin + BEGIN.len();
        let broken = |expected| Error::Malformed { at: begin, expected };
        let label_end =
            find(text, DASHES, label_at).ok_or_else(|| broken("-----BEGIN label-----"))?;
        let label = text
            .get(label_at..label_end)
            .and_then(|label| core::str::from_utf8(label).ok())
            .filter(|label| !label.contains('\n'))
            .ok_or_else(|| broken("-----BEGIN label-----"))?;
        let body_at = label_end + DASHES.len();
        let body_end =
            find(text, END, body_at).ok_or_else(|| broken("an END line for this BEGIN"))?;
        let end_label = text.get(body_end + END.len()..).unwrap_or(&[]);
        let closed =
            end_label.strip_prefix(label.as_bytes()).is_some_and(|rest| rest.starts_with(DASHES));
        if !closed {
            return Err(Error::Malformed {
                at: body_end,
                expected: "an END line of the same label",
            });
        }
        let body = text.get(body_at..body_end).unwrap_or(&[]);
        blocks.push(Block { label, der: decode_body(body, body_at)? });
        at = body_end + END.len() + label.len() + DASHES.len();
    }
    Ok(blocks)
}

/// Whether a file looks armoured: it has a BEGIN line.
#[must_use]
pub fn is_pem(bytes: &[u8]) -> bool {
    bytes.first() != Some(&0x30) && find(bytes, BEGIN, 0).is_some()
}

/// Armours one object, 64 characters a line.
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let mut text = String::with_capacity(der.len() * 4 / 3 + 80);
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for line in der.chunks(48) {
        text.push_str(&crate::base64::encode(line));
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

fn find(text: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let hay = text.get(from..)?;
    hay.windows(needle.len()).position(|window| window == needle).map(|index| from + index)
}

/// Base64 lines after any header lines (RFC 1421), which have a colon.
fn decode_body(body: &[u8], body_at: usize) -> Result<Vec<u8>, Error> {
    let mut start = 0;
    let mut headers_end = 0;
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        start += line.len();
        if line.contains(&b':') {
            headers_end = start;
        }
    }
    let lines = body.get(headers_end..).unwrap_or(&[]);
    crate::base64::decode_lenient(lines)
        .map_err(|at| Error::Malformed { at: body_at + headers_end + at, expected: "base64" })
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn several_blocks_with_text_between() {
        let mut text = String::from("Bag Attributes: x\n");
        text.push_str(&encode("A", &[1; 100]));
        text.push_str("subject=/CN=x\r\n");
        text.push_str(&encode("B", &[2]).replace('\n', "\r\n"));
        let blocks = decode(text.as_bytes()).unwrap();
        assert_eq!(blocks[0], Block { label: "A", der: vec![1; 100] });
        assert_eq!(blocks[1], Block { label: "B", der: vec![2] });
    }

    #[test]
    fn header_lines_are_passed_over() {
        let text =
            b"-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: X\n\nAQID\n-----END A-----";
        assert_eq!(decode(text).unwrap()[0].der, [1, 2, 3]);
    }

    #[test]
    fn broken_armour_names_its_byte() {
        let at = |text: &str| match decode(text.as_bytes()) {
            Err(Error::Malformed { at, .. }) => at,
            other => panic!("{other:?}"),
        };
        assert_eq!(at("x-----BEGIN A-----\nAQID\n"), 1);
        assert_eq!(at("-----BEGIN A-----\nAQID\n-----END B-----"), 23);
        assert_eq!(at("-----BEGIN A-----\nAQ!D\n-----END A-----"), 20);
        assert_eq!(at("-----BEGIN A-----\nAQI\n-----END A-----"), 21);
    }
}
