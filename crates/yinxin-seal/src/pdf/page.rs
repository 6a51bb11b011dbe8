//! The pages: the tree walked once, in order, whatever its links say.

use std::collections::HashSet;

use super::document::Document;
use super::object::{Dictionary, Object, ObjectId};
use super::{PdfError, limits};
use crate::placement::{Millimetres, Size};

/// One page with what it inherits (§7.7.3.4).
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) id: ObjectId,
    /// What is shown of it, in points: left, bottom, right, top.
    pub(crate) shown: [f64; 4],
    /// By how much it is turned clockwise when shown: 0, 90, 180, 270.
    pub(crate) turned: i64,
    /// Size of its unit in points.
    pub(crate) unit: f64,
    pub(crate) dictionary: Dictionary,
    pub(crate) resources: Option<Object>,
}

/// What a page takes from the nodes above it.
#[derive(Clone, Default)]
struct Inherited {
    media: Option<[f64; 4]>,
    crop: Option<[f64; 4]>,
    turned: Option<i64>,
    resources: Option<Object>,
}

/// Points in a millimetre.
pub(crate) const POINTS: f64 = 72.0 / 25.4;

/// US Letter, for a page that names no size, as readers take it.
const LETTER: [f64; 4] = [0.0, 0.0, 612.0, 792.0];

impl Document<'_> {
    /// All pages as of a revision.
    pub(crate) fn pages(&self, revision: usize) -> Result<Vec<Page>, PdfError> {
        let (_, catalog) = self.catalog(revision)?;
        let wrong = |expected| PdfError::Malformed { at: 0, expected };
        let root = catalog.reference("Pages").ok_or_else(|| wrong("/Pages"))?;
        let mut pages = Vec::new();
        let mut seen = HashSet::new();
        let mut open = vec![(root, Inherited::default(), 0_u8)];
        while let Some((id, mut inherited, depth)) = open.pop() {
            if !seen.insert(id) {
                return Err(PdfError::Ambiguous { at: 0, what: "a circle in the page tree" });
            }
            if seen.len() > limits::PAGES.saturating_mul(2) || depth > limits::DEPTH {
                let limit = u64::try_from(limits::PAGES).unwrap_or(u64::MAX);
                return Err(PdfError::Limit { at: 0, what: "pages", limit });
            }
            let Object::Dictionary(node) = self.object(id, revision)? else {
                return Err(wrong("a page"));
            };
            inherited.take(self, &node, revision)?;
            match node.get("Kids") {
                None => pages.push(self.page(id, node, &inherited, revision)?),
                Some(_) if node.is_type("Page") => {
                    return Err(PdfError::Ambiguous { at: 0, what: "a page with kids" });
                }
                Some(kids) => {
                    let Object::Array(kids) = self.resolve(kids, revision)? else {
                        return Err(wrong("/Kids"));
                    };
                    for kid in kids.iter().rev() {
                        let kid = kid.as_reference().ok_or_else(|| wrong("a page reference"))?;
                        open.push((kid, inherited.clone(), depth + 1));
                    }
                }
            }
        }
        Ok(pages)
    }

    fn page(
        &self,
        id: ObjectId,
        node: Dictionary,
        inherited: &Inherited,
        revision: usize,
    ) -> Result<Page, PdfError> {
        let media = inherited.media.unwrap_or(LETTER);
        let shown = inherited.crop.map_or(media, |crop| intersection(crop, media));
        let unit = self.get(&node, "UserUnit", revision)?.as_number();
        Ok(Page {
            id,
            shown,
            turned: inherited.turned.unwrap_or(0),
            unit: unit.filter(|unit| (0.01..=1000.0).contains(unit)).unwrap_or(1.0),
            resources: inherited.resources.clone(),
            dictionary: node,
        })
    }
}

impl Inherited {
    fn take(
        &mut self,
        document: &Document<'_>,
        node: &Dictionary,
        revision: usize,
    ) -> Result<(), PdfError> {
        if let Some(media) = rectangle(document, node, "MediaBox", revision)? {
            self.media = Some(media);
        }
        if let Some(crop) = rectangle(document, node, "CropBox", revision)? {
            self.crop = Some(crop);
        }
        if let Some(turned) = document.get(node, "Rotate", revision)?.as_integer() {
            self.turned = Some(turned.rem_euclid(360) / 90 * 90);
        }
        if let Some(resources) = node.get("Resources") {
            self.resources = Some(resources.clone());
        }
        Ok(())
    }
}

/// A rectangle in order: left, bottom, right, top.
pub(crate) fn rectangle(
    document: &Document<'_>,
    dictionary: &Dictionary,
    key: &str,
    revision: usize,
) -> Result<Option<[f64; 4]>, PdfError> {
    let items = document.array(dictionary, key, revision)?;
    let mut numbers = Vec::new();
    for item in &items {
        numbers.extend(document.resolve(item, revision)?.as_number());
    }
    Ok(match numbers[..] {
        [a, b, c, d] if numbers.iter().all(|n| n.is_finite() && n.abs() < 1e7) => {
            Some([a.min(c), b.min(d), a.max(c), b.max(d)])
        }
        _ => None,
    })
}

fn intersection(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    let [left, bottom, right, top] =
        [a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])];
    if left < right && bottom < top { [left, bottom, right, top] } else { b }
}

impl Page {
    /// Width and height as shown, in millimetres.
    pub(crate) fn size(&self) -> (f64, f64) {
        let [left, bottom, right, top] = self.shown;
        let (width, height) =
            ((right - left) * self.unit / POINTS, (top - bottom) * self.unit / POINTS);
        if self.turned % 180 == 90 { (height, width) } else { (width, height) }
    }

    /// The rectangle on the page of a box given in millimetres from the top left as shown.
    pub(crate) fn to_user(&self, x: f64, y: f64, width: f64, height: f64) -> [f64; 4] {
        let scale = POINTS / self.unit;
        let (x, y, width, height) = (x * scale, y * scale, width * scale, height * scale);
        let [left, bottom, right, top] = self.shown;
        match self.turned {
            90 => [left + y, bottom + x, left + y + height, bottom + x + width],
            180 => [right - x - width, bottom + y, right - x, bottom + y + height],
            270 => [right - y - height, top - x - width, right - y, top - x],
            _ => [left + x, top - y - height, left + x + width, top - y],
        }
    }

    /// A point of the page in millimetres from the top left as shown.
    pub(crate) fn to_shown(&self, x: f64, y: f64) -> (f64, f64) {
        let scale = self.unit / POINTS;
        let [left, bottom, right, top] = self.shown;
        let (x, y) = match self.turned {
            90 => (y - bottom, x - left),
            180 => (right - x, y - bottom),
            270 => (top - y, right - x),
            _ => (x - left, top - y),
        };
        (x * scale, y * scale)
    }
}

impl Document<'_> {
    /// Width and height of every page as it is shown.
    ///
    /// # Errors
    ///
    /// As [`page_count`](Self::page_count).
    pub fn page_sizes(&self) -> Result<Vec<Size>, PdfError> {
        let pages = self.pages(self.last())?;
        Ok(pages
            .iter()
            .map(|page| {
                let (width, height) = page.size();
                Size { width: millimetres(width), height: millimetres(height) }
            })
            .collect())
    }
}

/// Whole micrometres of a length on a page; page sizes are bounded far below what fits.
#[expect(clippy::as_conversions, reason = "lengths are rounded, and bounded on both sides")]
pub(crate) fn millimetres(length: f64) -> Millimetres {
    Millimetres::from_micrometres((length * 1000.0).round().clamp(-1e9, 1e9) as i32)
}
