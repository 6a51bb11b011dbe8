//! Bearer tokens of a session: one for each role, in headers only.

use alloc::string::String;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use yinxin_pki::base64;
use zeroize::Zeroize;

use crate::secret::secret;

secret! {
    /// A token (令牌): 32 random bytes that prove a role in one session. Wiped on drop, never printed.
    ///
    /// In a header it stands as 43 characters of base64url without padding.
    pub struct Token(32);
}

impl Token {
    /// Reads a header's text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut bytes = base64::decode_url(text.as_bytes()).ok()?;
        let token = bytes.as_slice().try_into().ok().map(Self);
        bytes.zeroize();
        token
    }

    /// For a header.
    #[must_use]
    pub fn to_text(&self) -> String {
        base64::encode_url(&self.0)
    }

    /// What is kept of it where it is only compared.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0).into())
    }
}

impl Serialize for Token {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text = String::deserialize(deserializer)?;
        let token = Self::from_text(&text);
        text.zeroize();
        token.ok_or_else(|| de::Error::custom("a token of 32 bytes in base64url"))
    }
}

/// SHA-256 of a token: enough to know it again, of no use to whoever reads it in a database.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TokenDigest([u8; 32]);

impl Serialize for TokenDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64::encode_url(&self.0))
    }
}

impl<'de> Deserialize<'de> for TokenDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = base64::decode_url(text.as_bytes()).ok();
        let digest = bytes.and_then(|bytes| bytes.as_slice().try_into().ok());
        digest.map(Self).ok_or_else(|| de::Error::custom("a digest of 32 bytes in base64url"))
    }
}

impl TokenDigest {
    /// Its octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether it is of this token, in a time that does not depend on where they differ.
    #[must_use]
    pub fn is_of(&self, token: &Token) -> bool {
        self.0.ct_eq(&token.digest().0).into()
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;
    use crate::testing::Seeded;

    #[test]
    fn a_token_is_known_by_its_digest_and_prints_nothing() {
        let mut rng = Seeded(1);
        let (token, other) = (Token::random(&mut rng), Token::random(&mut rng));
        let again = Token::from_text(&token.to_text()).unwrap();
        assert!(token.digest().is_of(&again) && !token.digest().is_of(&other));
        assert_eq!(format!("{token:?}"), "Token(..)");
        assert_eq!(token.to_text().len(), 43);
        for text in ["", "AAAA", &token.to_text()[1..], &format!("{}A", token.to_text())] {
            assert!(Token::from_text(text).is_none(), "{text}");
        }
    }
}
