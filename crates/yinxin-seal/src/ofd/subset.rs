//! A font with only the glyphs that a document shows: a letter of one page need not carry seven
//! thousand characters.
//!
//! TrueType outlines only (ISO/IEC 14496-22, `glyf`): glyph numbers stay as they are, outlines that
//! are not used become empty. Fonts of another kind are embedded whole.

use std::collections::BTreeSet;

use ttf_parser::Face;

/// Tables that drawing needs. What shapes or hints is left out.
const KEPT: [&[u8; 4]; 9] =
    [b"OS/2", b"cmap", b"cvt ", b"fpgm", b"hhea", b"hmtx", b"maxp", b"name", b"prep"];

/// Composite glyphs within composite glyphs.
const NESTING: usize = 8;

/// The font with the glyphs of `characters`; `None` for a font that is kept whole.
pub(super) fn subset(font: &[u8], characters: &BTreeSet<char>) -> Option<Vec<u8>> {
    let face = Face::parse(font, 0).ok()?;
    let head = table(font, b"head")?;
    let loca = Offsets { long: u16_at(head, 50)? == 1, octets: table(font, b"loca")? };
    let glyf = table(font, b"glyf")?;
    let count = usize::from(u16_at(table(font, b"maxp")?, 4)?);

    let mut used = BTreeSet::from([0]);
    for character in characters {
        used.extend(face.glyph_index(*character).map(|glyph| usize::from(glyph.0)));
    }
    for glyph in used.clone() {
        add_parts(glyf, &loca, glyph, NESTING, &mut used)?;
    }

    let mut outlines = Vec::new();
    let mut offsets = Vec::new();
    for glyph in 0..count {
        offsets.extend_from_slice(&u32::try_from(outlines.len()).ok()?.to_be_bytes());
        if used.contains(&glyph) {
            outlines.extend_from_slice(loca.glyph(glyf, glyph)?);
            outlines.resize(outlines.len().next_multiple_of(4), 0);
        }
    }
    offsets.extend_from_slice(&u32::try_from(outlines.len()).ok()?.to_be_bytes());
    let mut new_head = head.to_vec();
    new_head.get_mut(8..12)?.fill(0);
    new_head.get_mut(50..52)?.copy_from_slice(&[0, 1]);

    let mut tables: Vec<([u8; 4], Vec<u8>)> = KEPT
        .iter()
        .filter_map(|tag| table(font, tag).map(|octets| (**tag, octets.to_vec())))
        .collect();
    tables.push((*b"glyf", outlines));
    tables.push((*b"head", new_head));
    tables.push((*b"loca", offsets));
    tables.push((*b"post", nameless(table(font, b"post"))));
    tables.sort();
    let written = write(&tables)?;
    // What a reader could not open is no font.
    Face::parse(&written, 0).ok()?;
    Some(written)
}

/// Where outlines stand (`loca`).
struct Offsets<'a> {
    long: bool,
    octets: &'a [u8],
}

impl Offsets<'_> {
    fn at(&self, index: usize) -> Option<usize> {
        if self.long {
            usize::try_from(u32_at(self.octets, index * 4)?).ok()
        } else {
            Some(usize::from(u16_at(self.octets, index * 2)?) * 2)
        }
    }

    fn glyph<'g>(&self, glyf: &'g [u8], glyph: usize) -> Option<&'g [u8]> {
        glyf.get(self.at(glyph)?..self.at(glyph + 1)?)
    }
}

/// Adds the glyphs that a composite one is made of.
fn add_parts(
    glyf: &[u8],
    loca: &Offsets<'_>,
    glyph: usize,
    nesting: usize,
    used: &mut BTreeSet<usize>,
) -> Option<()> {
    let outline = loca.glyph(glyf, glyph)?;
    // A negative number of contours: components follow.
    if outline.len() < 10 || u16_at(outline, 0)? < 0x8000 {
        return Some(());
    }
    let nesting = nesting.checked_sub(1)?;
    let mut at = 10;
    loop {
        let flags = u16_at(outline, at)?;
        let part = usize::from(u16_at(outline, at + 2)?);
        if used.insert(part) {
            add_parts(glyf, loca, part, nesting, used)?;
        }
        at += if flags & 0x0001 == 0 { 6 } else { 8 };
        at += match flags & 0x00c8 {
            0x0008 => 2,
            0x0040 => 4,
            0x0080 => 8,
            _ => 0,
        };
        if flags & 0x0020 == 0 {
            return Some(());
        }
    }
}

/// `post` without names of glyphs: version 3, the other fields as they were.
fn nameless(post: Option<&[u8]>) -> Vec<u8> {
    let mut short =
        post.and_then(|post| post.get(..32)).map_or_else(|| vec![0; 32], <[u8]>::to_vec);
    if let Some(version) = short.get_mut(..4) {
        version.copy_from_slice(&[0, 3, 0, 0]);
    }
    short
}

fn table<'a>(font: &'a [u8], tag: &[u8; 4]) -> Option<&'a [u8]> {
    if !matches!(font.get(..4)?, [0, 1, 0, 0] | b"true") {
        return None;
    }
    let count = usize::from(u16_at(font, 4)?);
    let records = font.get(12..12 + count * 16)?.chunks_exact(16);
    let record = records.into_iter().find(|record| record.starts_with(tag))?;
    let start = usize::try_from(u32_at(record, 8)?).ok()?;
    let length = usize::try_from(u32_at(record, 12)?).ok()?;
    font.get(start..start.checked_add(length)?)
}

/// A font file of these tables, sorted by tag.
fn write(tables: &[([u8; 4], Vec<u8>)]) -> Option<Vec<u8>> {
    let count = u16::try_from(tables.len()).ok()?;
    let power = count.checked_ilog2()?;
    let range = 16_u16 << power;
    let mut font = vec![0, 1, 0, 0];
    for field in [count, range, u16::try_from(power).ok()?, count * 16 - range] {
        font.extend_from_slice(&field.to_be_bytes());
    }
    let mut start = 12 + tables.len() * 16;
    let mut head_at = None;
    for (tag, octets) in tables {
        if tag == b"head" {
            head_at = Some(start);
        }
        font.extend_from_slice(tag);
        for field in
            [checksum(octets), u32::try_from(start).ok()?, u32::try_from(octets.len()).ok()?]
        {
            font.extend_from_slice(&field.to_be_bytes());
        }
        start += octets.len().next_multiple_of(4);
    }
    for (_, octets) in tables {
        font.extend_from_slice(octets);
        font.resize(font.len().next_multiple_of(4), 0);
    }
    let adjustment = 0xb1b0_afba_u32.wrapping_sub(checksum(&font)).to_be_bytes();
    let head_at = head_at?;
    font.get_mut(head_at + 8..head_at + 12)?.copy_from_slice(&adjustment);
    Some(font)
}

fn checksum(octets: &[u8]) -> u32 {
    octets.chunks(4).fold(0, |sum: u32, chunk| {
        let mut word = [0; 4];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}
