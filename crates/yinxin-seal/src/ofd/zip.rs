//! ZIP as OFD needs it: read so that no two programs can see two packages in one file, written as
//! one clean archive.
//!
//! ```text
//!   local header | data | [descriptor]     one after the other, without gaps
//!   …
//!   central directory                      the same names, sizes, checksums
//!   end of central directory               and nothing behind it
//! ```
//!
//! Own code, since restoring a package byte by byte needs the octets of every header, which no
//! crate hands out. Names decide what a signature covers, so everything on which readers differ is
//! refused: two entries of one name, names that differ in case only, headers that disagree, bytes
//! between entries.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::error::{OfdError, PathRule, ZipRule};
use super::limits::Limits;
use crate::es::Reading;
use crate::sorted::by_number;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;

const ENCRYPTED: u16 = 1;
const WITH_DESCRIPTOR: u16 = 1 << 3;
const UTF8: u16 = 1 << 11;

/// One entry of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Everything of it: header, data, descriptor.
    pub(crate) whole: Range<usize>,
    /// The compressed data.
    pub(crate) data: Range<usize>,
    method: u16,
    crc: u32,
    size: usize,
    /// General purpose flags, time, date, as in the local header.
    stamp: (u16, u16, u16),
}

impl Entry {
    pub(crate) fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }
}

/// An archive as read.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    /// In the order of the file.
    pub(crate) entries: Vec<Entry>,
    /// Bytes behind the end that were borne with.
    pub(crate) trailing: usize,
    /// Where the archive ends.
    pub(crate) end: usize,
}

impl Archive {
    pub(crate) fn read(bytes: &[u8], limits: &Limits, reading: Reading) -> Result<Self, OfdError> {
        if bytes.len() > limits.total {
            return Err(OfdError::Limit { what: "package in bytes", limit: limits.total });
        }
        let (end_at, trailing) = find_end(bytes, reading)?;
        let mut end = Fields { bytes, at: end_at + 4 };
        let (disk, first_disk) = (end.u16()?, end.u16()?);
        let (here, count) = (end.u16()?, end.u16()?);
        let (size, start) = (end.u32()?, end.u32()?);
        if disk != 0 || first_disk != 0 || here != count || start == u32::MAX || count == u16::MAX {
            return Err(wrong(end_at, ZipRule::Unsupported));
        }
        let count = usize::from(count);
        if count > limits.entries {
            return Err(OfdError::Limit { what: "entries of the package", limit: limits.entries });
        }
        let (size, start) = (to_usize(size), to_usize(start));
        if start.checked_add(size) != Some(end_at) {
            return Err(wrong(end_at, ZipRule::Directory));
        }
        let mut directory = Fields { bytes, at: start };
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            entries.push(read_entry(bytes, &mut directory, start, limits)?);
        }
        if directory.at != end_at {
            return Err(wrong(directory.at, ZipRule::Directory));
        }
        let place = |entry: &Entry| u64::try_from(entry.whole.start).unwrap_or(u64::MAX);
        let entries = by_number(entries, place);
        let mut at = 0;
        for entry in &entries {
            if entry.whole.start < at {
                return Err(wrong(entry.whole.start, ZipRule::Overlap));
            }
            if entry.whole.start > at {
                let rule = if at == 0 { ZipRule::Around } else { ZipRule::Beside };
                return Err(wrong(at, rule));
            }
            at = entry.whole.end;
        }
        if at != start {
            return Err(wrong(at, ZipRule::Beside));
        }
        check_names(&entries)?;
        let total = entries.iter().fold(0usize, |sum, entry| sum.saturating_add(entry.size));
        if total > limits.total {
            return Err(OfdError::Limit { what: "unpacked package in bytes", limit: limits.total });
        }
        Ok(Self { entries, trailing, end: bytes.len() - trailing })
    }
}

/// The unpacked data of an entry; borrowed where it was not packed.
pub(crate) fn unpack<'a>(bytes: &'a [u8], entry: &Entry) -> Result<Cow<'a, [u8]>, OfdError> {
    let damaged = || wrong(entry.data.start, ZipRule::Data);
    let data = bytes.get(entry.data.clone()).unwrap_or(&[]);
    let out = if entry.method == 0 {
        Cow::Borrowed(data)
    } else {
        // Exactly as much room as the headers promise: a bomb has nowhere to go.
        let mut out = vec![0; entry.size];
        let mut state = DecompressorOxide::new();
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, read, written) = decompress(&mut state, data, &mut out, 0, flags);
        if status != TINFLStatus::Done || read != data.len() || written != out.len() {
            return Err(damaged());
        }
        Cow::Owned(out)
    };
    if out.len() != entry.size || crc32(&out) != entry.crc {
        return Err(damaged());
    }
    Ok(out)
}

fn find_end(bytes: &[u8], reading: Reading) -> Result<(usize, usize), OfdError> {
    let missing = wrong(bytes.len(), ZipRule::Directory);
    let last = bytes.len().checked_sub(22).ok_or_else(|| missing.clone())?;
    let lowest = last.saturating_sub(usize::from(u16::MAX));
    for at in (lowest..=last).rev() {
        let mut fields = Fields { bytes, at };
        if fields.u32()? != END {
            continue;
        }
        fields.at = at + 20;
        let end = fields.at + 2 + usize::from(fields.u16()?);
        if end > bytes.len() {
            continue;
        }
        let trailing = bytes.len() - end;
        if trailing > 0 && reading == Reading::Strict {
            return Err(wrong(end, ZipRule::Around));
        }
        return Ok((at, trailing));
    }
    Err(missing)
}

fn read_entry(
    bytes: &[u8],
    directory: &mut Fields<'_>,
    directory_at: usize,
    limits: &Limits,
) -> Result<Entry, OfdError> {
    let at = directory.at;
    if directory.u32()? != CENTRAL {
        return Err(wrong(at, ZipRule::Directory));
    }
    directory.at += 4; // versions
    let (flags, method) = (directory.u16()?, directory.u16()?);
    directory.at += 4; // time, date
    let (crc, packed, size) = (directory.u32()?, directory.u32()?, directory.u32()?);
    let (name_len, extra_len) = (directory.u16()?, directory.u16()?);
    let (comment_len, disk) = (directory.u16()?, directory.u16()?);
    directory.at += 6; // attributes
    let offset = directory.u32()?;
    let raw_name = directory.take(usize::from(name_len))?;
    directory.take(usize::from(extra_len) + usize::from(comment_len))?;
    if flags & ENCRYPTED != 0 {
        return Err(wrong(at, ZipRule::Encrypted));
    }
    if !matches!(method, 0 | 8) {
        return Err(wrong(at, ZipRule::Method));
    }
    if disk != 0 || packed == u32::MAX || size == u32::MAX || offset == u32::MAX {
        return Err(wrong(at, ZipRule::Unsupported));
    }
    let name = std::str::from_utf8(raw_name).map_err(|_| OfdError::Path {
        path: String::from_utf8_lossy(raw_name).into_owned(),
        rule: PathRule::Encoding,
    })?;
    check_name(name)?;
    let (packed, size, start) = (to_usize(packed), to_usize(size), to_usize(offset));
    if size > limits.entry {
        return Err(OfdError::Limit { what: "unpacked entry in bytes", limit: limits.entry });
    }

    let mut local = Fields { bytes, at: start };
    let disagree = || wrong(start, ZipRule::Disagreement);
    if local.u32()? != LOCAL {
        return Err(disagree());
    }
    local.at += 2;
    let (local_flags, local_method) = (local.u16()?, local.u16()?);
    let (time, date) = (local.u16()?, local.u16()?);
    let stated = (local.u32()?, to_usize(local.u32()?), to_usize(local.u32()?));
    let (name_len, extra_len) = (local.u16()?, local.u16()?);
    let local_name = local.take(usize::from(name_len))?;
    local.take(usize::from(extra_len))?;
    let described = local_flags & WITH_DESCRIPTOR != 0;
    let same = stated == (crc, packed, size) || (described && stated == (0, 0, 0));
    // Whether the name is UTF-8 and whether a descriptor follows are the flags that change what is
    // read; packers differ harmlessly in the compression level's bits.
    let telling = ENCRYPTED | WITH_DESCRIPTOR | UTF8;
    if local_name != raw_name
        || local_method != method
        || (local_flags ^ flags) & telling != 0
        || !same
        || (method == 0 && packed != size)
    {
        return Err(disagree());
    }
    let data = local.at..local.at.saturating_add(packed);
    let mut end = data.end;
    if described {
        let mut fields = Fields { bytes, at: end };
        let mut first = fields.u32()?;
        // The descriptor's own signature may be left out; then its first field is the checksum.
        if first == DESCRIPTOR {
            first = fields.u32()?;
        }
        let found = (first, to_usize(fields.u32()?), to_usize(fields.u32()?));
        if found != (crc, packed, size) {
            return Err(disagree());
        }
        end = fields.at;
    }
    if end > directory_at {
        return Err(wrong(start, ZipRule::Overlap));
    }
    let stamp = (local_flags, time, date);
    Ok(Entry { name: name.to_owned(), whole: start..end, data, method, crc, size, stamp })
}

/// A name that every program takes for the same path inside the package.
fn check_name(name: &str) -> Result<(), OfdError> {
    let body = name.strip_suffix('/').unwrap_or(name);
    let sound = !body.is_empty()
        && body.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && !body.chars().any(|c| matches!(c, '\\' | ':') || c.is_control());
    if sound { Ok(()) } else { Err(OfdError::Path { path: name.into(), rule: PathRule::Form }) }
}

fn check_names(entries: &[Entry]) -> Result<(), OfdError> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for entry in entries {
        let name = entry.name.trim_end_matches('/');
        if let Some(other) = seen.insert(name.to_lowercase(), name) {
            let rule = if other == name { PathRule::Duplicate } else { PathRule::CaseDifference };
            return Err(OfdError::Path { path: entry.name.clone(), rule });
        }
    }
    Ok(())
}

const fn wrong(at: usize, rule: ZipRule) -> OfdError {
    OfdError::Zip { at, rule }
}

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], OfdError> {
        let end = self.at.saturating_add(count);
        let found =
            self.bytes.get(self.at..end).ok_or_else(|| wrong(self.at, ZipRule::Directory))?;
        self.at = end;
        Ok(found)
    }

    fn u16(&mut self) -> Result<u16, OfdError> {
        let octets = self.take(2)?;
        Ok(octets.iter().rev().fold(0, |sum, octet| (sum << 8) | u16::from(*octet)))
    }

    fn u32(&mut self) -> Result<u32, OfdError> {
        let octets = self.take(4)?;
        Ok(octets.iter().rev().fold(0, |sum, octet| (sum << 8) | u32::from(*octet)))
    }
}

/// Writes one clean archive: sizes stand in the local headers, no descriptors, no gaps.
#[derive(Debug, Default)]
pub(crate) struct ZipWriter {
    out: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

impl ZipWriter {
    /// Copies an entry of another archive, its data as it is packed.
    pub(crate) fn copy(&mut self, bytes: &[u8], entry: &Entry) -> Result<(), OfdError> {
        let data = bytes.get(entry.data.clone()).unwrap_or(&[]);
        let (flags, time, date) = entry.stamp;
        let stamp = (flags & !WITH_DESCRIPTOR, time, date);
        self.raw(&entry.name, entry.method, entry.crc, entry.size, data, stamp)
    }

    /// Adds a file; packed where that makes it smaller.
    pub(crate) fn add(&mut self, name: &str, content: &[u8]) -> Result<(), OfdError> {
        let packed = miniz_oxide::deflate::compress_to_vec(content, 6);
        let (method, data) =
            if packed.len() < content.len() { (8, &packed[..]) } else { (0, content) };
        let flags = if name.is_ascii() { 0 } else { UTF8 };
        // 1980-01-01, the first day a ZIP can name: a package says nothing of a packer's clock.
        self.raw(name, method, crc32(content), content.len(), data, (flags, 0, 0x21))
    }

    fn raw(
        &mut self,
        name: &str,
        method: u16,
        crc: u32,
        size: usize,
        data: &[u8],
        stamp: (u16, u16, u16),
    ) -> Result<(), OfdError> {
        let limit = u32::MAX - 1;
        let too_large = OfdError::Limit { what: "package in bytes", limit: to_usize(limit) };
        let small = |length: usize| {
            u32::try_from(length).ok().filter(|n| *n < limit).ok_or_else(|| too_large.clone())
        };
        let (offset, packed, size) = (small(self.out.len())?, small(data.len())?, small(size)?);
        let name_len = u16::try_from(name.len()).map_err(|_| too_large.clone())?;
        self.count = self
            .count
            .checked_add(1)
            .filter(|count| *count < u16::MAX)
            .ok_or(OfdError::Limit { what: "entries of the package", limit: 65_534 })?;
        let (flags, time, date) = stamp;
        let mut common = Vec::new();
        for half in [20, flags, method, time, date] {
            common.extend_from_slice(&u16::to_le_bytes(half));
        }
        for word in [crc, packed, size] {
            common.extend_from_slice(&u32::to_le_bytes(word));
        }
        common.extend_from_slice(&name_len.to_le_bytes());
        common.extend_from_slice(&[0, 0]); // no extra field

        self.out.extend_from_slice(&LOCAL.to_le_bytes());
        self.out.extend_from_slice(&common);
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(data);

        self.directory.extend_from_slice(&CENTRAL.to_le_bytes());
        self.directory.extend_from_slice(&u16::to_le_bytes(20));
        self.directory.extend_from_slice(&common);
        self.directory.extend_from_slice(&[0; 10]); // comment, disk, attributes
        self.directory.extend_from_slice(&offset.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Vec<u8>, OfdError> {
        let limit = to_usize(u32::MAX);
        let too_large = OfdError::Limit { what: "package in bytes", limit };
        let start = u32::try_from(self.out.len()).map_err(|_| too_large.clone())?;
        let size = u32::try_from(self.directory.len()).map_err(|_| too_large)?;
        self.out.append(&mut self.directory);
        self.out.extend_from_slice(&END.to_le_bytes());
        self.out.extend_from_slice(&[0; 4]);
        self.out.extend_from_slice(&self.count.to_le_bytes());
        self.out.extend_from_slice(&self.count.to_le_bytes());
        self.out.extend_from_slice(&size.to_le_bytes());
        self.out.extend_from_slice(&start.to_le_bytes());
        self.out.extend_from_slice(&[0, 0]);
        Ok(self.out)
    }
}

/// CRC-32 as the format has it (ISO 3309).
#[cfg(not(target_arch = "wasm32"))]
fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// The same for a module that is loaded over a network: 1 KB of table in place of 16, and still
/// faster than the digest that each file gets as well.
#[cfg(any(target_arch = "wasm32", test))]
fn crc32_by_octets(bytes: &[u8]) -> u32 {
    #[expect(clippy::indexing_slicing, reason = "computed by the compiler, which checks it")]
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        let mut octet = 0_u32;
        while index < table.len() {
            let mut bits = 0;
            let mut value = octet;
            while bits < 8 {
                value = if value & 1 == 1 { (value >> 1) ^ 0xedb8_8320 } else { value >> 1 };
                bits += 1;
            }
            table[index] = value;
            index += 1;
            octet += 1;
        }
        table
    };
    !bytes.iter().fold(u32::MAX, |sum, octet| {
        let [low, ..] = sum.to_le_bytes();
        (sum >> 8) ^ TABLE.get(usize::from(low ^ octet)).copied().unwrap_or_default()
    })
}

#[cfg(target_arch = "wasm32")]
fn crc32(bytes: &[u8]) -> u32 {
    crc32_by_octets(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_format() {
        for checksum in [crc32, crc32_by_octets] {
            assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
            assert_eq!(checksum(b""), 0);
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut writer = ZipWriter::default();
        writer.add("OFD.xml", &[b'a'; 5000]).unwrap();
        writer.add("目录/页.xml", b"").unwrap();
        let bytes = writer.finish().unwrap();
        let limits = Limits::default();
        let archive = Archive::read(&bytes, &limits, Reading::Strict).unwrap();
        let names: Vec<_> = archive.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["OFD.xml", "目录/页.xml"]);
        assert_eq!(*unpack(&bytes, &archive.entries[0]).unwrap(), [b'a'; 5000]);
        assert!(unpack(&bytes, &archive.entries[1]).unwrap().is_empty());
    }

    #[test]
    fn no_bit_can_be_turned_unseen() {
        let mut writer = ZipWriter::default();
        writer.add("a", b"one").unwrap();
        writer.add("b", &[7; 300]).unwrap();
        let bytes = writer.finish().unwrap();
        let limits = Limits::default();
        let read = |bytes: &[u8]| -> Option<Vec<(String, Vec<u8>)>> {
            let archive = Archive::read(bytes, &limits, Reading::Strict).ok()?;
            let entries = archive.entries.iter();
            entries.map(|e| Some((e.name.clone(), unpack(bytes, e).ok()?.into_owned()))).collect()
        };
        let sound = read(&bytes).unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                if let Some(found) = read(&changed) {
                    let same = found.iter().map(|(_, data)| data).eq(sound.iter().map(|(_, d)| d));
                    assert!(same, "byte {at} bit {bit}");
                }
            }
        }
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_none(), "length {length}");
        }
    }
}
