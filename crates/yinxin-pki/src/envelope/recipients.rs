//! Who can open: for each key a set of RecipientInfo, and the officers' shares.
//!
//! ```text
//! Recipients ::= SEQUENCE {
//!   keys      SEQUENCE OF SET OF RecipientInfo,    -- segments in order, then the canary
//!   recovery  [0] EXPLICIT Recovery OPTIONAL }
//! ```
//!
//! Read strictly: a recipient that the header does not name would open the bid unseen.

use alloc::vec;
use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::header::Header;
use super::keys::ContentKey;
use super::recovery::{Recovery, is_possible};
use super::{BidError, Part};
use crate::cms::{Recipient, RecipientInfo};
use crate::der::{Reader, Tag, Writer};
use crate::{Error, KeyId, PublicKey};

/// The sets as read: each of exactly the header's recipients.
#[derive(Clone, Debug)]
pub(super) struct Recipients {
    keys: Vec<Vec<RecipientInfo>>,
    recovery: Option<(u8, Vec<RecipientInfo>)>,
}

impl Recipients {
    pub(super) fn read(der: &[u8], header: &Header) -> Result<Self, BidError> {
        let form = |error| BidError::Form { part: Part::Recipient { number: 1 }, error };
        let read = read(der).map_err(form)?;
        if read.keys.len() != header.draft.segments.len() + 1 {
            return Err(form(Error::Malformed { at: 0, expected: "recipients for each key" }));
        }
        read.keys.iter().try_for_each(|set| check_set(set, &header.recipients))?;
        Ok(read)
    }

    /// Of key `index`, from 0, the canary's last.
    pub(super) fn of_key(&self, index: usize) -> &[RecipientInfo] {
        self.keys.get(index).map_or(&[], |set| set)
    }

    /// How many shares are needed, and the shares.
    pub(super) fn recovery(&self) -> Option<(u8, &[RecipientInfo])> {
        self.recovery.as_ref().map(|(threshold, shares)| (*threshold, &shares[..]))
    }
}

/// Every recipient of the header once, and nobody else: the header's ids are different.
fn check_set(set: &[RecipientInfo], ids: &[KeyId]) -> Result<(), BidError> {
    let missing = ids.iter().position(|id| !set.iter().any(|info| info.names_key(id)));
    match missing {
        Some(index) => Err(BidError::Altered { part: Part::Recipient { number: index + 1 } }),
        // Somebody more than the header names.
        None if set.len() > ids.len() => {
            Err(BidError::Altered { part: Part::Recipient { number: ids.len() + 1 } })
        }
        None => Ok(()),
    }
}

fn read(der: &[u8]) -> Result<Recipients, Error> {
    let mut outer = Reader::new(der);
    let mut fields = outer.sequence()?;
    outer.finish()?;
    let keys = read_sets(&mut fields)?;
    let recovery = match fields.optional_explicit(0)? {
        Some(mut explicit) => {
            let mut inner = explicit.sequence()?;
            explicit.finish()?;
            let at = inner.position();
            let threshold = u8::try_from(inner.uint()?).unwrap_or(u8::MAX);
            let shares: Vec<_> = read_sets(&mut inner)?;
            inner.finish()?;
            let single = shares.iter().all(|set| set.len() == 1);
            let count = shares.len();
            let shares: Vec<RecipientInfo> = shares.into_iter().flatten().collect();
            let ids: Vec<_> = shares.iter().map(RecipientInfo::certificate_id).collect();
            let twice = (1..).zip(&ids).any(|(next, id)| ids.iter().skip(next).any(|o| o == id));
            if !single || twice || !is_possible(threshold, count) {
                return Err(Error::Malformed {
                    at, expected: "2 ≤ k ≤ n ≤ 16 officers' shares"
                });
            }
            Some((threshold, shares))
        }
        None => None,
    };
    fields.finish()?;
    Ok(Recipients { keys, recovery })
}

fn read_sets(fields: &mut Reader<'_>) -> Result<Vec<Vec<RecipientInfo>>, Error> {
    let mut list = fields.sequence()?;
    let mut sets = Vec::new();
    while !list.is_empty() {
        let at = list.position();
        if sets.len() > Header::MAX_SEGMENTS {
            return Err(Error::Limit { at, what: "recipient sets", limit: 17 });
        }
        let mut set = list.set()?;
        let mut infos = vec![];
        let mut before: &[u8] = &[];
        while !set.is_empty() {
            let at = set.position();
            if infos.len() == Header::MAX_RECIPIENTS {
                return Err(Error::Limit { at, what: "recipients", limit: 64 });
            }
            let element = set.any()?;
            if element.raw < before {
                return Err(Error::Malformed { at, expected: "a set in DER's order" });
            }
            before = element.raw;
            infos.push(RecipientInfo::read_own(element.raw, at)?);
        }
        if infos.is_empty() {
            return Err(Error::Malformed { at, expected: "a recipient" });
        }
        sets.push(infos);
    }
    Ok(sets)
}

pub(super) fn write_recipients(
    header: &Header,
    keys: &[ContentKey],
    recipients: &[&PublicKey],
    recovery: Option<&Recovery>,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, BidError> {
    let mut sets = Vec::new();
    for key in keys {
        sets.push(wrap(&key.bound(header), recipients, rng)?);
    }
    let shares = match recovery {
        Some(recovery) => Some(recovery.write(header, keys, rng)?),
        None => None,
    };
    Ok(Writer::build(|w| {
        w.sequence(|w| {
            w.sequence(|w| sets.iter().for_each(|set| w.raw(set)));
            if let Some(shares) = shares {
                w.explicit(0, |w| w.raw(&shares));
            }
        });
    }))
}

/// A SET OF RecipientInfo that wraps `secret` for every key.
pub(super) fn wrap(
    secret: &[u8],
    recipients: &[&PublicKey],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, BidError> {
    let mut infos = Vec::new();
    for key in recipients {
        infos.push(Recipient::wrap(key, secret, rng).map_err(BidError::Recipient)?);
    }
    Ok(Writer::build(|w| w.set_of(Tag::SET, infos)))
}
