//! Small PDF files, written by hand: what the tests seal, and how they forge.

use std::fmt::Write as _;

/// How cross-references are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum References {
    /// As a table.
    Table,
    /// As a stream.
    Stream,
}

/// A PDF in the making: numbered objects, written in order.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Number and value of each object.
    pub objects: Vec<(u32, Vec<u8>)>,
    /// How they are found.
    pub references: References,
    /// The catalog.
    pub root: u32,
}

impl Paper {
    /// A contract of some pages of A4, each with its number and, on the last, who signs.
    ///
    /// Objects: 1 catalog, 2 pages, 3 font, then page and content of each page.
    #[must_use]
    pub fn contract(pages: u32, references: References) -> Self {
        let mut paper = Self { objects: Vec::new(), references, root: 1 };
        paper.add(1, "<</Type/Catalog/Pages 2 0 R>>");
        let kids: String = (0..pages).fold(String::new(), |mut kids, page| {
            write!(kids, "{} 0 R ", 4 + page * 2).unwrap();
            kids
        });
        paper.add(
            2,
            &format!("<</Type/Pages/Count {pages}/Kids[{kids}]/MediaBox[0 0 595.276 841.89]>>"),
        );
        let widths = "500 ".repeat(95);
        paper.add(
            3,
            &format!(
                "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding\
                 /FirstChar 32/LastChar 126/Widths[{widths}]>>"
            ),
        );
        for page in 0..pages {
            let number = 4 + page * 2;
            paper.add(
                number,
                &format!(
                    "<</Type/Page/Parent 2 0 R/Contents {} 0 R/Resources<</Font<</F1 3 0 R>>>>>>",
                    number + 1
                ),
            );
            let mut text = format!(
                "BT /F1 24 Tf 72 760 Td (Contract, page {} of {pages}) Tj \
                 /F1 12 Tf 0 -40 Td (The price is CNY 1,000,000 and not a fen more.) Tj",
                page + 1
            );
            if page + 1 == pages {
                text.push_str(" 0 -300 Td [(Party A )-20(seals here)] TJ");
            }
            text.push_str(" ET");
            paper.add_stream(number + 1, "", text.as_bytes());
        }
        paper
    }

    /// Adds an object.
    pub fn add(&mut self, number: u32, value: &str) {
        self.objects.push((number, value.as_bytes().to_vec()));
    }

    /// Adds a stream; `entries` go into its dictionary.
    pub fn add_stream(&mut self, number: u32, entries: &str, bytes: &[u8]) {
        let head = format!("<<{entries}/Length {}>>\nstream\n", bytes.len());
        self.objects.push((number, [head.as_bytes(), bytes, b"\nendstream"].concat()));
    }

    /// The file.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xe5\x8d\xb0\xe4\xbf\xa1\n".to_vec();
        append(&mut out, &self.objects, self.references, self.root, None, "");
        out
    }
}

/// Appends a revision to a file: `Prev` is its last section.
#[must_use]
pub fn increment(file: &[u8], objects: &[(u32, Vec<u8>)], root: u32) -> Vec<u8> {
    let mut out = file.to_vec();
    let stream = last_is_stream(file);
    let references = if stream { References::Stream } else { References::Table };
    append(&mut out, objects, references, root, Some(last_section(file)), "");
    out
}

/// Where the last cross-reference section of a file is.
#[must_use]
pub fn last_section(file: &[u8]) -> usize {
    let at = file.windows(9).rposition(|window| window == b"startxref").expect("it has an end");
    let digits: String = file[at + 9..]
        .iter()
        .skip_while(|byte| !byte.is_ascii_digit())
        .take_while(|byte| byte.is_ascii_digit())
        .map(|byte| char::from(*byte))
        .collect();
    digits.parse().unwrap()
}

fn last_is_stream(file: &[u8]) -> bool {
    !file[last_section(file)..].starts_with(b"xref")
}

/// Writes objects and their cross-references behind what is there; `more` goes into the trailer.
pub fn append(
    out: &mut Vec<u8>,
    objects: &[(u32, Vec<u8>)],
    references: References,
    root: u32,
    previous: Option<usize>,
    more: &str,
) {
    let mut places = Vec::new();
    for (number, value) in objects {
        places.push((*number, out.len()));
        out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        out.extend_from_slice(value);
        out.extend_from_slice(b"\nendobj\n");
    }
    places.sort_unstable();
    let section = out.len();
    let least = if previous.is_some() { 20_000 } else { 1 };
    let size = places.last().map_or(1, |(number, _)| number + 1).max(least);
    let previous = previous.map(|at| format!("/Prev {at}")).unwrap_or_default();
    let id = "/ID[<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]";
    match references {
        References::Table => {
            let mut table = String::from("xref\n");
            if previous.is_empty() {
                table.push_str("0 1\n0000000000 65535 f \n");
            }
            for (number, at) in &places {
                write!(table, "{number} 1\n{at:010} 00000 n \n").unwrap();
            }
            write!(table, "trailer\n<</Size {size}/Root {root} 0 R{id}{previous}{more}>>\n")
                .unwrap();
            out.extend_from_slice(table.as_bytes());
        }
        References::Stream => {
            let own = size;
            places.push((own, section));
            let mut index = String::new();
            let mut data = Vec::new();
            if previous.is_empty() {
                index.push_str("0 1 ");
                data.extend_from_slice(&[0, 0, 0, 0, 0, 0xff, 0xff]);
            }
            for (number, at) in &places {
                write!(index, "{number} 1 ").unwrap();
                data.push(1);
                data.extend_from_slice(&u32::try_from(*at).unwrap().to_be_bytes());
                data.extend_from_slice(&[0, 0]);
            }
            let head = format!(
                "{own} 0 obj\n<</Type/XRef/W[1 4 2]/Index[{index}]/Size {}/Root {root} 0 R{id}\
                 {previous}{more}/Length {}>>\nstream\n",
                size + 1,
                data.len()
            );
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(&data);
            out.extend_from_slice(b"\nendstream\nendobj\n");
        }
    }
    out.extend_from_slice(format!("startxref\n{section}\n%%EOF\n").as_bytes());
}

/// Zlib data of that many zeros, a thousandth as long: stored once, then repeated by reference.
#[must_use]
pub fn deflated_zeros(length: usize) -> Vec<u8> {
    // One block of fixed codes: a literal 0, then matches of 258 bytes at distance 1, whose code
    // is 8 bits for length 258 (285: 11000101) and 5 bits for distance 1 (0: 00000).
    let mut bits: Vec<u8> = Vec::new();
    let mut out = vec![0x78, 0x9c];
    let mut push = |value: u32, count: u32| {
        for bit in (0..count).rev() {
            bits.push(u8::try_from(value >> bit & 1).unwrap());
        }
    };
    push(0b1, 1);
    push(0b10, 2); // type 01, its low bit first
    push(0b0011_0000, 8);
    for _ in 0..(length - 1) / 258 {
        push(0b1100_0101, 8);
        push(0, 5);
    }
    push(0, 7);
    for chunk in bits.chunks(8) {
        let byte = chunk.iter().enumerate().fold(0_u8, |byte, (place, bit)| byte | bit << place);
        out.push(byte);
    }
    let total = u32::try_from((length - 1) / 258 * 258 + 1).unwrap();
    // Adler-32 of zeros: the first sum stays 1, the second counts the bytes.
    out.extend_from_slice(&((total % 65521) << 16 | 1).to_be_bytes());
    out
}
