//! The request under the display key (密封请求): the hub carries it and learns neither project nor
//! file names, and of its size only one of four.
//!
//! ```text
//! plain  = u32(len) ‖ request ‖ 00…                     so that the whole has one of four sizes
//! key    = HMAC(display key, "yinxin-sealed-1" ‖ 00 ‖ requestDigest)[0..16]
//! ```

use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::Digest;

use super::{DisplayKey, aead};
use crate::label::{Field, Label, Suite};
use crate::{Code, Refused};

/// Sizes of sealed requests in bytes.
pub const SEALED_SIZES: [usize; 4] = [4 << 10, 16 << 10, 64 << 10, 256 << 10];

impl DisplayKey {
    fn sealing(&self, suite: Suite, digest: &Digest) -> zeroize::Zeroizing<Vec<u8>> {
        suite.hmac(&self.0, Label::Sealed, &[Field::Fixed(digest.as_ref())])
    }

    /// Seals a signed request, DER, whose octets' digest is `digest`.
    ///
    /// # Errors
    ///
    /// [`Code::RequestTooLarge`] for one that does not fit the largest size.
    pub fn seal_request(
        &self,
        suite: Suite,
        digest: &Digest,
        request: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Refused> {
        let needed = request.len() + 4 + aead::OVERHEAD;
        let size = SEALED_SIZES.into_iter().find(|size| *size >= needed);
        let size = size.ok_or(Code::RequestTooLarge)? - aead::OVERHEAD;
        let length = u32::try_from(request.len()).map_err(|_| Code::RequestTooLarge)?;
        let mut plain = Vec::with_capacity(size);
        plain.extend_from_slice(&length.to_be_bytes());
        plain.extend_from_slice(request);
        plain.resize(size, 0);
        let mac = self.sealing(suite, digest);
        aead::seal(suite, &mac, &[], &plain, rng).ok_or_else(|| Code::Internal.into())
    }

    /// Opens a sealed request: DER that nobody believes yet.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`]: another display key, suite or digest, or changed on the way.
    pub fn open_request(
        &self,
        suite: Suite,
        digest: &Digest,
        sealed: &[u8],
    ) -> Result<Vec<u8>, Refused> {
        let open = || {
            if !SEALED_SIZES.contains(&sealed.len()) {
                return None;
            }
            let plain = aead::open(suite, &self.sealing(suite, digest), &[], sealed)?;
            let (length, rest) = plain.split_first_chunk()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let (request, padding) = rest.split_at_checked(length)?;
            padding.iter().all(|octet| *octet == 0).then(|| request.to_vec())
        };
        open().ok_or_else(|| Code::RequestMalformed.into())
    }
}
