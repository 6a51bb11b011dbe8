//! Where a seal stands: page and millimetres from the page's top left, beside a keyword, or
//! across pages.
//!
//! ```text
//!   straddle, right side, 4 pages          ┌──────┐┌──────┐┌──────┐┌──────┐
//!   each page shows one slice of the       │     ▐││     ▐││     ▐││     ▐│
//!   picture at its edge; the slices        │     ▐││     ▐││     ▐││     ▐│
//!   line up when the pages are fanned      └──────┘└──────┘└──────┘└──────┘
//! ```

use std::fmt;
use std::ops::{Add, Neg, Sub};

use yinxin_pki::{Explain, Fact, Party};

/// A length on paper, in whole micrometres so that slices add up exactly.
///
/// ```
/// use yinxin_seal::placement::Millimetres;
///
/// let length = Millimetres::parse("128.5").unwrap();
/// assert_eq!(length.micrometres(), 128_500);
/// assert_eq!(length.to_string(), "128.5");
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Millimetres(i32);

impl Millimetres {
    /// No length.
    pub const ZERO: Self = Self(0);

    /// Whole millimetres; beyond ±2 km it stays there.
    #[must_use]
    pub const fn whole(millimetres: i32) -> Self {
        Self(millimetres.saturating_mul(1000))
    }

    /// From thousandths of a millimetre.
    #[must_use]
    pub const fn from_micrometres(micrometres: i32) -> Self {
        Self(micrometres)
    }

    /// In thousandths of a millimetre.
    #[must_use]
    pub const fn micrometres(self) -> i32 {
        self.0
    }

    /// In millimetres, for drawing.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// Reads a decimal number of millimetres, exponents included; beyond the third decimal it is
    /// rounded. `None` for anything else, also for lengths over a kilometre.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let value: f64 = text.parse().ok()?;
        let micrometres = (value * 1000.0).round();
        if !micrometres.is_finite() || micrometres.abs() > 1e9 {
            return None;
        }
        #[expect(clippy::as_conversions, reason = "a whole number of at most 10^9")]
        let micrometres = micrometres as i32;
        Some(Self(micrometres))
    }

    /// `numerator / denominator` of this length, rounded to the nearest micrometre.
    #[must_use]
    pub fn fraction(self, numerator: u32, denominator: u32) -> Self {
        let denominator = i64::from(denominator.max(1));
        let product = i64::from(self.0) * i64::from(numerator);
        let rounded = (product * 2 + denominator).div_euclid(denominator * 2);
        Self(i32::try_from(rounded).unwrap_or(i32::MAX))
    }
}

impl Add for Millimetres {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Millimetres {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Millimetres {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl fmt::Display for Millimetres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}{}", magnitude / 1000)?;
        match magnitude % 1000 {
            0 => Ok(()),
            rest => f.write_str(format!(".{rest:03}").trim_end_matches('0')),
        }
    }
}

/// Width and height.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "two sides are all a size has")]
pub struct Size {
    /// Width.
    pub width: Millimetres,
    /// Height.
    pub height: Millimetres,
}

/// A box: its top left corner from the page's (or another box's) top left, and its size.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "four numbers are all a box has")]
pub struct Rect {
    /// From the left.
    pub x: Millimetres,
    /// From the top.
    pub y: Millimetres,
    /// Width.
    pub width: Millimetres,
    /// Height.
    pub height: Millimetres,
}

impl Rect {
    /// Reads `x y w h` as OFD writes boxes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split_ascii_whitespace().map(Millimetres::parse);
        let mut next = || numbers.next().flatten();
        let rect = Self { x: next()?, y: next()?, width: next()?, height: next()? };
        let positive = rect.width > Millimetres::ZERO && rect.height > Millimetres::ZERO;
        (numbers.next().is_none() && positive).then_some(rect)
    }

    /// Its size.
    #[must_use]
    pub const fn size(&self) -> Size {
        Size { width: self.width, height: self.height }
    }

    /// A box of `size` with the same centre, moved as little as needed to lie on `page`.
    #[must_use]
    pub fn centred(&self, size: Size, page: Size) -> Self {
        let place = |from: Millimetres, own: Millimetres, wanted: Millimetres, all: Millimetres| {
            let start = from + (own - wanted).fraction(1, 2);
            start.min(all - wanted).max(Millimetres::ZERO)
        };
        Self {
            x: place(self.x, self.width, size.width, page.width),
            y: place(self.y, self.height, size.height, page.height),
            width: size.width,
            height: size.height,
        }
    }
}

impl fmt::Display for Rect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.x, self.y, self.width, self.height)
    }
}

/// Where a seal is to stand.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Placement {
    /// With its top left corner at a point of a page; pages count from 1.
    At {
        /// The page.
        page: u32,
        /// From the page's left edge.
        left: Millimetres,
        /// From the page's top edge.
        top: Millimetres,
    },
    /// Centred on a text (关键字定位).
    Keyword {
        /// The text.
        text: String,
        /// Which of its occurrences.
        which: Occurrence,
    },
    /// At several points, under one signature.
    Points(Vec<Point>),
    /// Across pages (骑缝章): one slice on each.
    Straddle(Straddle),
}

/// A point of a page, for a seal's top left corner.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "three numbers are all a point has")]
pub struct Point {
    /// The page, from 1.
    pub page: u32,
    /// From the page's left edge.
    pub left: Millimetres,
    /// From the page's top edge.
    pub top: Millimetres,
}

/// Which of several occurrences of a keyword.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Occurrence {
    /// Every one gets the seal, under one signature.
    All,
    /// The first.
    First,
    /// The last: contracts repeat their parties, and sign at the end.
    #[default]
    Last,
    /// The one of this number, counted from 1.
    Number(u32),
}

impl Occurrence {
    /// The chosen ones of `found`, which are in reading order.
    #[must_use]
    pub fn choose<'a, T>(&self, found: &'a [T]) -> Vec<&'a T> {
        match self {
            Self::All => found.iter().collect(),
            Self::First => found.first().into_iter().collect(),
            Self::Last => found.last().into_iter().collect(),
            Self::Number(number) => {
                let index = usize::try_from(*number).ok().and_then(|n| n.checked_sub(1));
                index.and_then(|index| found.get(index)).into_iter().collect()
            }
        }
    }
}

/// A seal across the edges of pages (骑缝章).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Straddle {
    /// At which edge.
    pub side: Side,
    /// From the page's top to the seal's; `None` for the middle of the page.
    pub top: Option<Millimetres>,
    /// How many pages one seal spans at most; `None` for as many as the thinnest slice allows.
    pub pages_per_seal: Option<u32>,
}

impl Straddle {
    /// At `side`, in the middle of its height.
    #[must_use]
    pub const fn new(side: Side) -> Self {
        Self { side, top: None, pages_per_seal: None }
    }

    /// The thinnest slice: below it nobody sees what it belongs to. Our choice.
    pub const THINNEST: Millimetres = Millimetres::whole(3);

    /// The stamps of a seal of `size` on `pages`, one on each.
    ///
    /// Where the seal is too narrow for all of them, pages are taken in groups, each with a whole
    /// seal; a last group of one page joins the one before, or, where that made its slices too
    /// thin, takes a page from it.
    ///
    /// # Errors
    ///
    /// [`PlacementError::TooFewPages`], [`PlacementError::TooNarrow`],
    /// [`PlacementError::OutsidePage`].
    pub fn stamps(&self, size: Size, pages: &[Size]) -> Result<Vec<Stamp>, PlacementError> {
        if pages.len() < 2 {
            return Err(PlacementError::TooFewPages { found: pages.len() });
        }
        let widest = size.width.micrometres() / Self::THINNEST.micrometres();
        let widest = usize::try_from(widest).unwrap_or(0);
        let wanted = self.pages_per_seal.and_then(|pages| usize::try_from(pages).ok());
        let group = wanted.map_or(widest, |wanted| wanted.min(widest)).min(pages.len());
        if group < 2 {
            return Err(PlacementError::TooNarrow { width: size.width });
        }
        let mut stamps = Vec::with_capacity(pages.len());
        for (start, count) in groups(pages.len(), group, widest) {
            let total = u32::try_from(count).unwrap_or(u32::MAX);
            for (index, page) in pages.iter().enumerate().skip(start).take(count) {
                let slice = u32::try_from(index - start).unwrap_or(u32::MAX);
                stamps.push(self.stamp(size, *page, index, slice, total)?);
            }
        }
        Ok(stamps)
    }

    /// Slice `slice` of `total` on the page of `index`.
    fn stamp(
        &self,
        size: Size,
        page: Size,
        index: usize,
        slice: u32,
        total: u32,
    ) -> Result<Stamp, PlacementError> {
        // On the right edge the first page shows the seal's left part; on the left edge its right.
        let part = match self.side {
            Side::Left => total - 1 - slice,
            Side::Right => slice,
        };
        let (from, to) = (size.width.fraction(part, total), size.width.fraction(part + 1, total));
        let edge = match self.side {
            Side::Left => Millimetres::ZERO,
            Side::Right => page.width - (to - from),
        };
        let top = self.top.unwrap_or_else(|| (page.height - size.height).fraction(1, 2));
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if top < Millimetres::ZERO || top + size.height > page.height || edge < Millimetres::ZERO {
            return Err(PlacementError::OutsidePage { page: number });
        }
        let Size { width, height } = size;
        Ok(Stamp {
            page: number,
            boundary: Rect { x: edge - from, y: top, width, height },
            clip: Some(Rect { x: from, y: Millimetres::ZERO, width: to - from, height }),
        })
    }
}

/// First index and length of each group of at most `group` of `count` pages.
fn groups(count: usize, group: usize, widest: usize) -> Vec<(usize, usize)> {
    let mut groups: Vec<(usize, usize)> =
        (0..count).step_by(group).map(|start| (start, group.min(count - start))).collect();
    if let [.., before, last] = groups.as_mut_slice()
        && last.1 == 1
    {
        if before.1 < widest {
            before.1 += 1;
            groups.pop();
        } else if before.1 > 2 {
            before.1 -= 1;
            last.0 -= 1;
            last.1 += 1;
        } else {
            // Only a seal of 6 to 9 mm gets here: two slices a group, and three do not fit.
            before.1 += 1;
            groups.pop();
        }
    }
    groups
}

/// Which edge of the pages.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Side {
    /// The left edge.
    Left,
    /// The right edge.
    Right,
}

/// The looks of a seal on one page (OFD StampAnnot; in PDF one widget).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "page, box and clip are all a stamp has")]
pub struct Stamp {
    /// The page, counted from 1.
    pub page: u32,
    /// The whole seal's box on the page; a part of it may lie outside.
    pub boundary: Rect,
    /// What of that box is shown, from the box's own top left; `None` for all.
    pub clip: Option<Rect>,
}

/// A text that was found.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "page and box are all a match has")]
pub struct Found {
    /// The page, counted from 1.
    pub page: u32,
    /// The box around it.
    pub rect: Rect,
}

impl Placement {
    /// The stamps of a seal of `size` on `pages`; `found` are the occurrences of the keyword, in
    /// reading order, and used for [`Placement::Keyword`] only.
    ///
    /// # Errors
    ///
    /// [`PlacementError`].
    pub fn stamps(
        &self,
        size: Size,
        pages: &[Size],
        found: &[Found],
    ) -> Result<Vec<Stamp>, PlacementError> {
        let page_size = |number: u32| {
            let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
            index
                .and_then(|index| pages.get(index))
                .ok_or(PlacementError::NoSuchPage { page: number, pages: pages.len() })
        };
        let at = |Point { page, left, top }: Point| {
            let all = page_size(page)?;
            let Size { width, height } = size;
            let boundary = Rect { x: left, y: top, width, height };
            let inside = left >= Millimetres::ZERO
                && top >= Millimetres::ZERO
                && left + width <= all.width
                && top + height <= all.height;
            if !inside {
                return Err(PlacementError::OutsidePage { page });
            }
            Ok(Stamp { page, boundary, clip: None })
        };
        match self {
            Self::At { page, left, top } => {
                Ok(vec![at(Point { page: *page, left: *left, top: *top })?])
            }
            Self::Keyword { text, which } => {
                let chosen = which.choose(found);
                if chosen.is_empty() {
                    let (text, found) = (text.clone(), found.len());
                    return Err(PlacementError::KeywordNotFound { text, found });
                }
                chosen
                    .into_iter()
                    .map(|hit| {
                        let boundary = hit.rect.centred(size, *page_size(hit.page)?);
                        Ok(Stamp { page: hit.page, boundary, clip: None })
                    })
                    .collect()
            }
            Self::Points(points) => points.iter().map(|point| at(*point)).collect(),
            Self::Straddle(straddle) => straddle.stamps(size, pages),
        }
    }
}

/// Why a seal cannot stand there. Whoever chose the place chooses another.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PlacementError {
    /// The keyword does not occur, or not that often.
    KeywordNotFound {
        /// The keyword.
        text: String,
        /// How often it occurs.
        found: usize,
    },
    /// The document has no such page.
    NoSuchPage {
        /// The page asked for.
        page: u32,
        /// How many it has.
        pages: usize,
    },
    /// The seal would lie outside the page.
    OutsidePage {
        /// The page.
        page: u32,
    },
    /// A straddle seal needs two pages.
    TooFewPages {
        /// How many there are.
        found: usize,
    },
    /// The seal is too narrow for two slices of 3 mm.
    TooNarrow {
        /// Its width.
        width: Millimetres,
    },
}

impl Explain for PlacementError {
    fn code(&self) -> &'static str {
        match self {
            Self::KeywordNotFound { .. } => "keyword_not_found",
            Self::NoSuchPage { .. } => "no_such_page",
            Self::OutsidePage { .. } => "outside_page",
            Self::TooFewPages { .. } => "straddle_needs_two_pages",
            Self::TooNarrow { .. } => "straddle_too_narrow",
        }
    }

    fn mended_by(&self) -> Party {
        Party::Holder
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::KeywordNotFound { text, found } => {
                vec![Fact::text("keyword", text.as_str()), Fact::count("found", *found)]
            }
            Self::NoSuchPage { page, pages } => {
                vec![Fact::number("page", u64::from(*page)), Fact::count("pages", *pages)]
            }
            Self::OutsidePage { page } => vec![Fact::number("page", u64::from(*page))],
            Self::TooFewPages { found } => vec![Fact::count("found", *found)],
            Self::TooNarrow { width } => vec![Fact::text("width", width.to_string())],
        }
    }
}

impl fmt::Display for PlacementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeywordNotFound { text, found } => {
                write!(f, "`{text}` occurs {found} times; name a text that is on the page")
            }
            Self::NoSuchPage { page, pages } => {
                write!(f, "page {page} does not exist; the document has {pages}")
            }
            Self::OutsidePage { page } => {
                write!(f, "the seal would lie outside page {page}; move it inwards")
            }
            Self::TooFewPages { found } => {
                write!(f, "a straddle seal needs two pages; the document has {found}")
            }
            Self::TooNarrow { width } => {
                write!(f, "a seal {width} mm wide has no two slices of 3 mm")
            }
        }
    }
}

impl std::error::Error for PlacementError {}

#[cfg(test)]
mod tests {
    use super::*;

    const A4: Size = Size { width: Millimetres::whole(210), height: Millimetres::whole(297) };
    const ROUND: Size = Size { width: Millimetres::whole(40), height: Millimetres::whole(40) };

    fn boxes(straddle: Straddle, pages: usize) -> Vec<(String, String)> {
        let stamps = straddle.stamps(ROUND, &vec![A4; pages]).unwrap();
        stamps.iter().map(|s| (s.boundary.to_string(), s.clip.unwrap().to_string())).collect()
    }

    #[test]
    fn five_pages_get_the_slices_readers_know() {
        let right = boxes(Straddle::new(Side::Right), 5);
        assert_eq!(right[0], ("202 128.5 40 40".into(), "0 0 8 40".into()));
        assert_eq!(right[1], ("194 128.5 40 40".into(), "8 0 8 40".into()));
        assert_eq!(right[4], ("170 128.5 40 40".into(), "32 0 8 40".into()));
        let left = boxes(Straddle::new(Side::Left), 5);
        assert_eq!(left[0], ("-32 128.5 40 40".into(), "32 0 8 40".into()));
        assert_eq!(left[4], ("0 128.5 40 40".into(), "0 0 8 40".into()));
    }

    #[test]
    fn slices_add_up_to_the_whole_seal_for_every_number_of_pages() {
        for pages in 2..200 {
            for side in [Side::Left, Side::Right] {
                let stamps = Straddle::new(side).stamps(ROUND, &vec![A4; pages]).unwrap();
                assert_eq!(stamps.len(), pages);
                let whole: i32 = stamps.iter().map(|s| s.clip.unwrap().width.micrometres()).sum();
                assert_eq!(whole % 40_000, 0, "{pages} pages");
                for stamp in stamps {
                    let clip = stamp.clip.unwrap();
                    assert!(clip.width >= Straddle::THINNEST, "{pages} pages: {clip}");
                    let left = stamp.boundary.x + clip.x;
                    let at_edge = match side {
                        Side::Left => left == Millimetres::ZERO,
                        Side::Right => left + clip.width == A4.width,
                    };
                    assert!(at_edge);
                }
            }
        }
    }

    #[test]
    fn a_last_group_of_one_page_joins_the_one_before() {
        let straddle = Straddle { pages_per_seal: Some(3), ..Straddle::new(Side::Right) };
        let widths: Vec<_> = boxes(straddle, 7)
            .iter()
            .map(|(_, clip)| Rect::parse(clip).unwrap().width.micrometres())
            .collect();
        assert_eq!(widths[..3].iter().sum::<i32>(), 40_000);
        assert_eq!(widths[3..], [10_000; 4]);
    }

    #[test]
    fn places_outside_the_page_and_missing_words_are_refused() {
        let at = |left, top| Placement::At {
            page: 1,
            left: Millimetres::whole(left),
            top: Millimetres::whole(top),
        };
        assert!(at(0, 0).stamps(ROUND, &[A4], &[]).is_ok());
        let outside = PlacementError::OutsidePage { page: 1 };
        assert_eq!(at(171, 0).stamps(ROUND, &[A4], &[]), Err(outside.clone()));
        assert_eq!(at(0, -1).stamps(ROUND, &[A4], &[]), Err(outside));
        let keyword = Placement::Keyword { text: "盖章".into(), which: Occurrence::Last };
        assert!(matches!(
            keyword.stamps(ROUND, &[A4], &[]),
            Err(PlacementError::KeywordNotFound { found: 0, .. })
        ));
        assert!(matches!(
            Straddle::new(Side::Left).stamps(ROUND, &[A4]),
            Err(PlacementError::TooFewPages { found: 1 })
        ));
    }
}
