//! What a package was before a sealing, small enough to travel inside it (`Before.dat`).
//!
//! ```text
//! Before ::= SEQUENCE {
//!   version INTEGER (1), size INTEGER, digest OCTET STRING,   -- SM3 of the package as it was
//!   pieces SEQUENCE OF CHOICE {
//!     literal OCTET STRING,      -- these bytes
//!     kept    UTF8String } }     -- the packed data of the entry of this name
//! ```
//!
//! A sealed package is one clean ZIP, so headers and the central directory of the old one are gone;
//! they stand here as literals, and the packed data of entries that were copied is only named.

use std::collections::BTreeMap;

use yinxin_pki::DigestAlgorithm;
use yinxin_pki::der::{Reader, Tag, Writer};

use super::package::Package;
use super::zip::Entry;
use crate::revoke::RevokeError;
use crate::sorted::collected;

/// The record for `package`, whose entries but those in `replaced` will be copied.
pub(super) fn record(package: &Package, replaced: &[String]) -> Vec<u8> {
    let original = package.as_bytes();
    let slice = |from: usize, to: usize| original.get(from..to).unwrap_or(&[]);
    Writer::build(|w| {
        w.sequence(|w| {
            w.uint(1);
            w.uint(u64::try_from(original.len()).unwrap_or(u64::MAX));
            w.octet_string(DigestAlgorithm::Sm3.digest(original).as_ref());
            w.sequence(|w| {
                let mut at = 0;
                for entry in &package.archive.entries {
                    if entry.data.is_empty() || replaced.contains(&entry.name) {
                        continue;
                    }
                    w.octet_string(slice(at, entry.data.start));
                    w.utf8_string(&entry.name);
                    at = entry.data.end;
                }
                w.octet_string(slice(at, original.len()));
            });
        });
    })
}

/// The package as it was, out of the sealed one and its record.
pub(super) fn restore(sealed: &Package, record: &[u8]) -> Result<Vec<u8>, RevokeError> {
    rebuild(sealed, record).ok_or(RevokeError::NotRestorable)
}

fn rebuild(sealed: &Package, record: &[u8]) -> Option<Vec<u8>> {
    let mut outer = Reader::new(record);
    let mut fields = outer.sequence().ok()?;
    outer.finish().ok()?;
    if fields.uint().ok()? != 1 {
        return None;
    }
    let size = usize::try_from(fields.uint().ok()?).ok()?;
    let digest = fields.octet_string().ok()?;
    let mut pieces = fields.sequence().ok()?;
    fields.finish().ok()?;
    // Restoring only leaves things out: a record that promises more is a bomb.
    if size > sealed.bytes.len().saturating_mul(2).saturating_add(1 << 20) {
        return None;
    }
    let kept: BTreeMap<&str, &Entry> =
        collected(sealed.archive.entries.iter().map(|entry| (entry.name.as_str(), entry)));
    let mut out = Vec::with_capacity(size);
    while !pieces.is_empty() {
        let piece = pieces.any().ok()?;
        let bytes = match piece.tag {
            Tag::OCTET_STRING => piece.value,
            Tag::UTF8_STRING => {
                let name = std::str::from_utf8(piece.value).ok()?;
                sealed.bytes.get(kept.get(name)?.data.clone())?
            }
            _ => return None,
        };
        out.extend_from_slice(bytes);
        if out.len() > size {
            return None;
        }
    }
    (out.len() == size && DigestAlgorithm::Sm3.digest(&out).as_ref() == digest).then_some(out)
}
