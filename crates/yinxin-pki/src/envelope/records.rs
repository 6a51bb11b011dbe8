//! Records as they stand in the file, without keys: where each begins, and in which order.

use alloc::string::String;
use alloc::vec::Vec;

use super::chunk::RECORD_HEAD;
use super::{BidError, Part};
use crate::cipher::TAG_LEN;

/// Where the next record stands, as its head says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RecordPlace {
    /// Of which segment, from 0.
    pub segment: usize,
    /// Which data record, from 0; for an end record, how many stood before it.
    pub number: u32,
    /// Whether it ends its segment.
    pub is_end: bool,
    /// Octets behind its head.
    pub length: usize,
}

/// The order that records must keep. The caller reads five octets, asks where they stand, and
/// reads as many more as it is told.
#[derive(Clone, Debug)]
pub struct RecordOrder {
    segments: Vec<String>,
    chunk_size: usize,
    segment: usize,
    number: u32,
    /// Whether the last data record was a short one, which only the end may follow.
    short: bool,
}

impl RecordOrder {
    pub(super) const fn new(segments: Vec<String>, chunk_size: usize) -> Self {
        Self { segments, chunk_size, segment: 0, number: 0, short: false }
    }

    /// Whether the last record has come.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.segment == self.segments.len()
    }

    /// Where the record with this head stands, without going on to the next.
    fn look(&self, head: [u8; RECORD_HEAD]) -> Result<RecordPlace, BidError> {
        let Some(name) = self.segments.get(self.segment) else { return Err(self.cut_off(true)) };
        let altered = |is_end| BidError::Altered {
            part: if is_end {
                Part::End { segment: name.clone() }
            } else {
                Part::Chunk { segment: name.clone(), chunk: u64::from(self.number) + 1 }
            },
        };
        let [kind, length @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let full = self.chunk_size + TAG_LEN;
        let is_end = match kind {
            0 if self.short || length > full || length <= TAG_LEN || self.number == u32::MAX => {
                return Err(altered(false));
            }
            0 => false,
            1 => {
                // Size, name length, name, one digest for each data record.
                let digests = usize::try_from(self.number).unwrap_or(usize::MAX).saturating_mul(32);
                let fixed = digests.saturating_add(10 + TAG_LEN);
                if !(fixed..=fixed.saturating_add(200)).contains(&length) {
                    return Err(altered(true));
                }
                true
            }
            _ => return Err(altered(false)),
        };
        Ok(RecordPlace { segment: self.segment, number: self.number, is_end, length })
    }

    /// Takes the next record's head.
    ///
    /// # Errors
    ///
    /// [`BidError::Altered`] for a record that cannot stand here; [`BidError::Truncated`] for
    /// octets behind the last one.
    pub fn next(&mut self, head: [u8; RECORD_HEAD]) -> Result<RecordPlace, BidError> {
        let place = self.look(head)?;
        if place.is_end {
            self.segment += 1;
            self.number = 0;
            self.short = false;
        } else {
            self.short = place.length < self.chunk_size + TAG_LEN;
            self.number += 1;
        }
        Ok(place)
    }

    /// Says where the file ended, or went on behind its end: `amid` a record, or between two.
    #[must_use]
    pub fn cut_off(&self, amid: bool) -> BidError {
        let part = match self.segments.get(self.segment) {
            Some(name) if amid => {
                Part::Chunk { segment: name.clone(), chunk: u64::from(self.number) + 1 }
            }
            Some(name) => Part::End { segment: name.clone() },
            None => Part::End { segment: self.segments.last().cloned().unwrap_or_default() },
        };
        BidError::Truncated { part }
    }
}

/// One whole record.
#[derive(Debug)]
pub struct Record {
    /// Where it stands.
    pub place: RecordPlace,
    /// Its octets, with its head.
    pub octets: Vec<u8>,
}

/// Splits a stream into records. The order it finds is checked again when they are opened.
#[derive(Debug)]
pub struct RecordReader {
    order: RecordOrder,
    buffer: Vec<u8>,
    /// Octets of `buffer` already given out.
    start: usize,
}

impl RecordReader {
    pub(super) const fn new(order: RecordOrder, buffer: Vec<u8>) -> Self {
        Self { order, buffer, start: 0 }
    }

    /// Takes the next octets of the file.
    pub fn push(&mut self, input: &[u8]) {
        if self.start > 0 && self.start >= self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(input);
    }

    /// The next whole record; `Ok(None)` when octets are missing.
    ///
    /// # Errors
    ///
    /// As [`RecordOrder::next`].
    pub fn next_record(&mut self) -> Result<Option<Record>, BidError> {
        let rest = self.buffer.get(self.start..).unwrap_or(&[]);
        if self.order.is_done() {
            return if rest.is_empty() { Ok(None) } else { Err(self.order.cut_off(true)) };
        }
        let Some(head) = rest.first_chunk() else { return Ok(None) };
        let length = self.order.look(*head)?.length;
        let Some(octets) = rest.get(..RECORD_HEAD + length) else { return Ok(None) };
        let place = self.order.next(*head)?;
        self.start += octets.len();
        Ok(Some(Record { place, octets: octets.to_vec() }))
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// [`BidError::Truncated`] when records are missing or octets left over.
    pub fn finish(&self) -> Result<(), BidError> {
        let left = self.start < self.buffer.len();
        if self.order.is_done() && !left { Ok(()) } else { Err(self.order.cut_off(left)) }
    }
}
