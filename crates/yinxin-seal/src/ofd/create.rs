//! New OFD files from text and from pictures of pages.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ttf_parser::Face;
use yinxin_pki::Time;

use super::error::OfdError;
use super::subset::subset;
use super::xml::escape;
use super::zip::ZipWriter;
use crate::placement::{Millimetres, Size};

/// An OFD file in the making.
///
/// ```no_run
/// use yinxin_pki::Time;
/// use yinxin_seal::ofd::{Draft, Font, OfdError};
///
/// fn letter(font: Vec<u8>, now: Time) -> Result<Vec<u8>, OfdError> {
///     let font = Font::new("Song", font)?;
///     let mut draft = Draft::new([7; 16], now);
///     draft.text("投标函\n致:某某公司", &font)?;
///     draft.finish()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    id: [u8; 16],
    created: Time,
    pages: Vec<DraftPage>,
    fonts: Vec<(String, Vec<u8>)>,
    media: Vec<(&'static str, Vec<u8>)>,
}

#[derive(Clone, Debug)]
struct DraftPage {
    size: Size,
    /// Content of its layer; `{id}` does not occur in it, ids are given out while it is written.
    objects: Vec<DraftObject>,
}

#[derive(Clone, Debug)]
enum DraftObject {
    Image { media: usize },
    Line { font: usize, left: f64, baseline: f64, text: String, advances: Vec<f64> },
}

/// A font of the caller (TrueType or OpenType), to be embedded.
#[derive(Clone, Debug)]
pub struct Font {
    name: String,
    data: Vec<u8>,
}

impl Font {
    /// Takes a font file.
    ///
    /// # Errors
    ///
    /// [`OfdError::Xml`] never; [`OfdError::Missing`] when the bytes are no font.
    pub fn new(name: impl Into<String>, data: Vec<u8>) -> Result<Self, OfdError> {
        let name = name.into();
        if Face::parse(&data, 0).is_err() {
            return Err(OfdError::Missing { path: name });
        }
        Ok(Self { name, data })
    }
}

/// A4, upright.
pub const A4: Size = Size { width: Millimetres::whole(210), height: Millimetres::whole(297) };

/// Text of a page: 12 point, as official letters of one column have it.
const TEXT_SIZE: f64 = 4.233;
const LINE: f64 = 7.2;
const MARGIN: f64 = 25.0;

impl Draft {
    /// An empty file; `id` is its identity, random for every new file.
    #[must_use]
    pub const fn new(id: [u8; 16], created: Time) -> Self {
        Self { id, created, pages: Vec::new(), fonts: Vec::new(), media: Vec::new() }
    }

    /// Adds a page that is one picture, PNG or JPEG, stretched over `size`.
    ///
    /// # Errors
    ///
    /// [`OfdError::Missing`] when the bytes are neither.
    pub fn picture(&mut self, picture: &[u8], size: Size) -> Result<(), OfdError> {
        let kind = match picture {
            [0x89, b'P', b'N', b'G', ..] => "png",
            [0xff, 0xd8, 0xff, ..] => "jpg",
            _ => return Err(OfdError::Missing { path: "PNG or JPEG".into() }),
        };
        self.media.push((kind, picture.to_vec()));
        let media = self.media.len() - 1;
        self.pages.push(DraftPage { size, objects: vec![DraftObject::Image { media }] });
        Ok(())
    }

    /// Adds A4 pages of text; lines are broken where they do not fit, a form feed begins a page.
    ///
    /// # Errors
    ///
    /// [`OfdError::Glyph`] names the first character that the font does not have: nothing is
    /// drawn as an empty box.
    pub fn text(&mut self, text: &str, font: &Font) -> Result<(), OfdError> {
        let missing = || OfdError::Missing { path: font.name.clone() };
        let face = Face::parse(&font.data, 0).map_err(|_| missing())?;
        let advance = |character: char| -> Result<f64, OfdError> {
            let glyph = face.glyph_index(character).filter(|glyph| glyph.0 != 0);
            let glyph = glyph.ok_or(OfdError::Glyph { found: character })?;
            let units = f64::from(face.glyph_hor_advance(glyph).unwrap_or(0));
            Ok(units / f64::from(face.units_per_em().max(1)) * TEXT_SIZE)
        };
        let width = A4.width.to_f64() - 2.0 * MARGIN;
        let font_index =
            self.fonts.iter().position(|(name, data)| *name == font.name && *data == font.data);
        let font_index = font_index.unwrap_or_else(|| {
            self.fonts.push((font.name.clone(), font.data.clone()));
            self.fonts.len() - 1
        });
        for part in text.split('\u{c}') {
            let mut lines: Vec<(String, Vec<f64>)> = Vec::new();
            for line in part.lines() {
                let characters = line.replace('\t', "    ");
                let characters = characters.chars().filter(|c| !c.is_control());
                let measured: Result<Vec<_>, OfdError> =
                    characters.map(|c| Ok((c, advance(c)?))).collect();
                break_line(&measured?, width, &mut lines);
            }
            self.set_pages(lines, font_index);
        }
        Ok(())
    }

    fn set_pages(&mut self, lines: Vec<(String, Vec<f64>)>, font: usize) {
        let mut page = DraftPage { size: A4, objects: Vec::new() };
        let first = MARGIN + TEXT_SIZE;
        let mut baseline = first;
        for (text, advances) in lines {
            if baseline > A4.height.to_f64() - MARGIN {
                self.pages.push(std::mem::replace(
                    &mut page,
                    DraftPage { size: A4, objects: Vec::new() },
                ));
                baseline = first;
            }
            if !text.trim().is_empty() {
                let left = MARGIN;
                page.objects.push(DraftObject::Line { font, left, baseline, text, advances });
            }
            baseline += LINE;
        }
        self.pages.push(page);
    }

    /// The file.
    ///
    /// # Errors
    ///
    /// [`OfdError::Limit`] for more than a ZIP holds; [`OfdError::Missing`] without a page.
    pub fn finish(self) -> Result<Vec<u8>, OfdError> {
        let Some(first) = self.pages.first() else {
            return Err(OfdError::Missing { path: "Doc_0/Pages".into() });
        };
        let mut ids = Ids(0);
        let font_ids: Vec<u32> = self.fonts.iter().map(|_| ids.next()).collect();
        let media_ids: Vec<u32> = self.media.iter().map(|_| ids.next()).collect();
        let page_ids: Vec<u32> = self.pages.iter().map(|_| ids.next()).collect();
        let mut zip = ZipWriter::default();
        zip.add("OFD.xml", self.root().as_bytes())?;

        let mut contents = Vec::new();
        for page in &self.pages {
            contents.push(content(page, &font_ids, &media_ids, &mut ids));
        }
        let mut document = xml_head("Document");
        let _ = write!(
            document,
            "<ofd:CommonData><ofd:MaxUnitID>{}</ofd:MaxUnitID><ofd:PageArea>\
             <ofd:PhysicalBox>{}</ofd:PhysicalBox></ofd:PageArea>",
            ids.0,
            physical(first.size)
        );
        if !self.fonts.is_empty() {
            document.push_str("<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>");
        }
        if !self.media.is_empty() {
            document.push_str("<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>");
        }
        document.push_str("</ofd:CommonData><ofd:Pages>");
        for (index, id) in page_ids.iter().enumerate() {
            let _ = write!(
                document,
                "<ofd:Page ID=\"{id}\" BaseLoc=\"Pages/Page_{index}/Content.xml\"/>"
            );
        }
        document.push_str("</ofd:Pages></ofd:Document>");
        zip.add("Doc_0/Document.xml", document.as_bytes())?;

        if !self.fonts.is_empty() {
            let mut resources = xml_head_with("Res", " BaseLoc=\"Res\"");
            resources.push_str("<ofd:Fonts>");
            for (index, ((name, _), id)) in self.fonts.iter().zip(&font_ids).enumerate() {
                let name = escape(name);
                let _ = write!(
                    resources,
                    "<ofd:Font ID=\"{id}\" FontName=\"{name}\" FamilyName=\"{name}\">\
                     <ofd:FontFile>font_{index}.ttf</ofd:FontFile></ofd:Font>"
                );
            }
            resources.push_str("</ofd:Fonts></ofd:Res>");
            zip.add("Doc_0/PublicRes.xml", resources.as_bytes())?;
            for (index, (_, data)) in self.fonts.iter().enumerate() {
                let own = subset(data, &self.characters(index));
                let data = own.as_deref().unwrap_or(data);
                zip.add(&format!("Doc_0/Res/font_{index}.ttf"), data)?;
            }
        }
        if !self.media.is_empty() {
            let mut resources = xml_head_with("Res", " BaseLoc=\"Res\"");
            resources.push_str("<ofd:MultiMedias>");
            for (index, ((kind, _), id)) in self.media.iter().zip(&media_ids).enumerate() {
                let _ = write!(
                    resources,
                    "<ofd:MultiMedia ID=\"{id}\" Type=\"Image\" Format=\"{}\">\
                     <ofd:MediaFile>image_{index}.{kind}</ofd:MediaFile></ofd:MultiMedia>",
                    kind.to_ascii_uppercase()
                );
            }
            resources.push_str("</ofd:MultiMedias></ofd:Res>");
            zip.add("Doc_0/DocumentRes.xml", resources.as_bytes())?;
            for (index, (kind, data)) in self.media.iter().enumerate() {
                zip.add(&format!("Doc_0/Res/image_{index}.{kind}"), data)?;
            }
        }
        for (index, content) in contents.iter().enumerate() {
            zip.add(&format!("Doc_0/Pages/Page_{index}/Content.xml"), content.as_bytes())?;
        }
        zip.finish()
    }

    /// What is written in a font.
    fn characters(&self, index: usize) -> BTreeSet<char> {
        let objects = self.pages.iter().flat_map(|page| &page.objects);
        let texts = objects.filter_map(|object| match object {
            DraftObject::Line { font, text, .. } if *font == index => Some(text),
            _ => None,
        });
        texts.flat_map(|text| text.chars()).collect()
    }

    fn root(&self) -> String {
        let id: String = self.id.iter().map(|octet| format!("{octet:02x}")).collect();
        let day = self.created.to_string();
        let day = day.get(..10).unwrap_or_default();
        format!(
            "{}<ofd:DocBody><ofd:DocInfo><ofd:DocID>{id}</ofd:DocID>\
             <ofd:CreationDate>{day}</ofd:CreationDate><ofd:Creator>Yinxin</ofd:Creator>\
             </ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
            xml_head_with("OFD", " Version=\"1.1\" DocType=\"OFD\"")
        )
    }
}

struct Ids(u32);

impl Ids {
    const fn next(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }
}

/// Namespace of GB/T 33190-2016.
pub(super) const NAMESPACE: &str = "http://www.ofdspec.org/2016";

pub(super) fn xml_head(name: &str) -> String {
    xml_head_with(name, "")
}

pub(super) fn xml_head_with(name: &str, attributes: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ofd:{name} xmlns:ofd=\"{NAMESPACE}\"{attributes}>"
    )
}

fn physical(size: Size) -> String {
    format!("0 0 {} {}", size.width, size.height)
}

fn content(page: &DraftPage, fonts: &[u32], media: &[u32], ids: &mut Ids) -> String {
    let mut out = xml_head("Page");
    let _ = write!(
        out,
        "<ofd:Area><ofd:PhysicalBox>{}</ofd:PhysicalBox></ofd:Area><ofd:Content>\
         <ofd:Layer ID=\"{}\" Type=\"Body\">",
        physical(page.size),
        ids.next()
    );
    for object in &page.objects {
        let id = ids.next();
        // Writing to a String does not fail.
        let _ = match object {
            DraftObject::Image { media: index } => {
                let resource = media.get(*index).copied().unwrap_or(0);
                let (width, height) = (page.size.width, page.size.height);
                write!(
                    out,
                    "<ofd:ImageObject ID=\"{id}\" ResourceID=\"{resource}\" \
                     Boundary=\"{}\" CTM=\"{width} 0 0 {height} 0 0\"/>",
                    physical(page.size)
                )
            }
            DraftObject::Line { font, left, baseline, text, advances } => {
                let font = fonts.get(*font).copied().unwrap_or(0);
                let width = advances.iter().sum::<f64>() + 0.5;
                let top = baseline - TEXT_SIZE;
                let height = TEXT_SIZE * 1.3;
                let count = advances.len().saturating_sub(1);
                let deltas: Vec<_> =
                    advances.iter().take(count).map(|advance| format!("{advance:.3}")).collect();
                let deltas = if deltas.is_empty() {
                    String::new()
                } else {
                    format!(" DeltaX=\"{}\"", deltas.join(" "))
                };
                write!(
                    out,
                    "<ofd:TextObject ID=\"{id}\" Font=\"{font}\" Size=\"{TEXT_SIZE}\" \
                     Boundary=\"{left} {top:.3} {width:.3} {height:.3}\">\
                     <ofd:TextCode X=\"0\" Y=\"{TEXT_SIZE}\"{deltas}>{}</ofd:TextCode>\
                     </ofd:TextObject>",
                    escape(text)
                )
            }
        };
    }
    out.push_str("</ofd:Layer></ofd:Content></ofd:Page>");
    out
}

/// Breaks a line where it is full: between any two Chinese characters, at spaces in between.
fn break_line(measured: &[(char, f64)], width: f64, lines: &mut Vec<(String, Vec<f64>)>) {
    let mut line: Vec<(char, f64)> = Vec::new();
    let mut used = 0.0;
    let mut flush = |line: &mut Vec<(char, f64)>| lines.push(line.drain(..).unzip());
    for (character, advance) in measured {
        if used + advance > width && !line.is_empty() {
            let word = |c: char| c.is_ascii_graphic();
            let tail = line.iter().rev().take_while(|(c, _)| word(*c)).count();
            let carried = if word(*character) && tail < line.len() {
                line.split_off(line.len() - tail)
            } else {
                Vec::new()
            };
            flush(&mut line);
            used = carried.iter().map(|(_, advance)| advance).sum();
            line = carried;
        }
        line.push((*character, *advance));
        used += advance;
    }
    flush(&mut line);
}
