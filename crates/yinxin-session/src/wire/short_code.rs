//! The short code (短码): eight characters typed where there is no camera.

use alloc::string::String;
use core::fmt;

use rand_core::CryptoRng;

/// Crockford's base32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 40 random bits as eight of Crockford's characters. It has no freshness and no display key.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ShortCode([u8; 8]);

impl ShortCode {
    /// Seconds that one is good for.
    pub const LIFE: u64 = 120;

    /// Draws one.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 8];
        rng.fill_bytes(&mut bytes);
        // 32 divides 256: each character is as likely as any other.
        Self(bytes.map(|byte| character(byte % 32)))
    }

    /// Reads what a person typed: case, spaces and hyphens do not count, O is 0, I and L are 1.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut code = [0; 8];
        let mut typed = text.bytes().filter(|b| !matches!(b, b' ' | b'-'));
        for place in &mut code {
            let c = match typed.next()?.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                c => c,
            };
            *place = ALPHABET.contains(&c).then_some(c)?;
        }
        // Typed by a person: what is longer than with hyphens between all is none.
        (typed.next().is_none() && text.len() <= 16).then_some(Self(code))
    }

    /// The eight characters without anything between.
    #[must_use]
    pub fn as_text(&self) -> String {
        self.0.iter().copied().map(char::from).collect()
    }
}

impl fmt::Display for ShortCode {
    /// `XXXX-XXXX`, as a page shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.as_text();
        let (one, two) = text.split_at_checked(4).unwrap_or((&text, ""));
        write!(f, "{one}-{two}")
    }
}

fn character(value: u8) -> u8 {
    ALPHABET.get(usize::from(value)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;
    use crate::testing::Seeded;

    #[test]
    fn what_a_person_types_is_read_with_some_kindness() {
        let code = ShortCode::parse("0O1I-lzxY").unwrap();
        assert_eq!(code.as_text(), "00111ZXY");
        assert_eq!(code.to_string(), "0011-1ZXY");
        for text in ["", "0011", "00111ZXYA", "0011-1ZXU", "0011_1ZXY", "零零壹壹ABCD"] {
            assert_eq!(ShortCode::parse(text), None, "{text}");
        }
        assert_eq!(ShortCode::parse(&"-".repeat(1000)), None);
    }

    #[test]
    fn every_character_comes_up_about_as_often() {
        let mut rng = Seeded(40);
        let mut counts = [0_u32; 32];
        for _ in 0..4000 {
            let code = ShortCode::random(&mut rng);
            assert_eq!(ShortCode::parse(&code.to_string()), Some(code));
            for c in code.0 {
                counts[ALPHABET.iter().position(|a| *a == c).unwrap()] += 1;
            }
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }
}
