//! Source files as characters: UTF-8, UTF-16 with a mark, or the GBK of older sites.

use encoding_rs::{Encoding, GB18030};

/// The text, or `None` where the file is no text.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes.get(mark..)?);
        return Some(text.into_owned());
    }
    if bytes.contains(&0) {
        return None;
    }
    // GB18030 holds GBK. A file in neither is read all the same: the names are ASCII.
    Some(match core::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(bytes).0.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_is_the_second_octet_of_a_chinese_character_begins_no_name() {
        // 丼 is 81 53 in GBK, and 53 is S.
        let bytes = b"\x81\x53OF_Login(1)";
        assert_eq!(decode(bytes).unwrap(), "\u{4e3c}OF_Login(1)");
        assert_eq!(decode("印 SOF_Login".as_bytes()).unwrap(), "印 SOF_Login");
        assert_eq!(decode(b"\xff\xfeS\0O\0").unwrap(), "SO");
        assert_eq!(decode(b"GIF89a\0\0SOF_Login"), None);
    }
}
