//! The secret that calls carry: loopback is shared by everybody on the machine, and by the pages in
//! its browsers.

use std::path::Path;

use yinxin_pki::DigestAlgorithm;
use yinxin_platform_example::keys;

/// Octets of the shortest secret that is taken.
const SHORTEST: usize = 32;

/// Digest of `Bearer` and the secret: what is compared tells nothing by its time.
#[derive(Debug)]
pub(crate) struct Secret(Vec<u8>);

impl Secret {
    /// Reads the file of the secret.
    ///
    /// # Errors
    ///
    /// Words that name it.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = String::from_utf8(keys::read(path)?).unwrap_or_default();
        let text = text.trim();
        let plain =
            text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet));
        if text.len() < SHORTEST || !plain {
            let words = "a secret of 32 or more letters and digits is expected; make one with";
            return Err(format!("{}: {words} `openssl rand -hex 32`", path.display()));
        }
        Ok(Self(digest(&format!("Bearer {text}"))))
    }

    /// Whether a call's `Authorization` carries it.
    pub(crate) fn is_in(&self, authorization: &str) -> bool {
        self.0 == digest(authorization)
    }
}

fn digest(text: &str) -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(text.as_bytes()).as_ref().to_vec()
}
