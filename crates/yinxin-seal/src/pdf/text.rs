//! Finding words on pages, so that a seal can stand beside them (关键字定位).
//!
//! Read are text shown with simple fonts (WinAnsi, MacRoman and standard encodings, differences by
//! common glyph names) and composite ones, both through their `/ToUnicode`, in page content and
//! in form XObjects, or whose predefined CMap is of Unicode (UniGB-UCS2-H and its like). Not read:
//! text in pictures, other composite fonts and Type 3 glyphs without `/ToUnicode`, text drawn as
//! paths, and inline images, which are passed over. How many runs had no way to Unicode is counted
//! and said when the words are not found.

use std::collections::HashMap;
use std::rc::Rc;

use super::document::Document;
use super::lexer::{Lexer, Stop, Token};
use super::object::{Dictionary, Object, ObjectId, Stream};
use super::page::{Page, millimetres};
use super::{PdfError, limits};
use crate::placement::{Found, Placement, Rect, Size, Stamp};

mod font;

use font::Font;

impl Document<'_> {
    /// Where a text stands, in reading order of the content.
    ///
    /// # Errors
    ///
    /// [`PdfError::Keyword`] when it is nowhere in text that can be read; other [`PdfError`]s for
    /// a document that is damaged.
    pub fn find_text(&self, text: &str) -> Result<Vec<Found>, PdfError> {
        let wanted: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
        let now = self.last();
        let pages = self.pages(now)?;
        let mut search = Search::new(self, now);
        let mut found = Vec::new();
        for (index, page) in pages.iter().enumerate() {
            search.glyphs.clear();
            search.page(page)?;
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            for rect in search.matches(&wanted, page) {
                found.push(Found { page: number, rect });
            }
        }
        if found.is_empty() {
            return Err(PdfError::Keyword { pages: pages.len(), unreadable: search.unreadable });
        }
        Ok(found)
    }

    /// Where a seal of a size goes by a placement.
    ///
    /// # Errors
    ///
    /// [`PdfError::Placement`], [`PdfError::Keyword`], and those of a document that is damaged.
    pub fn stamps(&self, placement: &Placement, size: Size) -> Result<Vec<Stamp>, PdfError> {
        let pages = self.page_sizes()?;
        let found = match placement {
            Placement::Keyword { text, .. } => self.find_text(text)?,
            _ => Vec::new(),
        };
        Ok(placement.stamps(size, &pages, &found)?)
    }
}

impl Document<'_> {
    /// The text a form XObject shows; `None` when some of it cannot be read.
    pub(crate) fn shown_text(
        &self,
        form: &Stream,
        revision: usize,
    ) -> Result<Option<String>, PdfError> {
        let Ok(bytes) = self.decoded(form, revision, 1 << 20) else { return Ok(None) };
        let mut search = Search::new(self, revision);
        let resources = search.resources(form.dictionary.get("Resources"))?;
        search.content(&bytes, &resources, State::NEW, 0)?;
        let text = search.glyphs.iter().map(|glyph| glyph.character).collect();
        Ok((search.unreadable == 0 && !search.without_font).then_some(text))
    }

    /// The share of a page that its last drawing takes, where that is a picture.
    pub(crate) fn last_picture(
        &self,
        page: &Page,
        revision: usize,
    ) -> Result<Option<f64>, PdfError> {
        let mut search = Search::new(self, revision);
        search.budget = 4 << 20;
        match search.page(page) {
            // A page with more content than that is not looked through.
            Err(PdfError::Limit { .. }) => return Ok(None),
            other => other?,
        }
        let [left, bottom, right, top] = page.shown;
        let area = (right - left) * (top - bottom);
        Ok(search.last_picture.filter(|_| area > 0.0).map(|picture| picture / area))
    }
}

/// A character with its box on the page, in points: left, bottom, right, top.
#[derive(Clone, Copy, Debug)]
struct Glyph {
    character: char,
    bounds: [f64; 4],
}

/// A matrix of six numbers, as PDF writes it.
type Matrix = [f64; 6];

const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// `first`, then `second`.
fn times(first: Matrix, second: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = first;
    let [g, h, i, j, k, l] = second;
    [
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + l,
    ]
}

fn apply([a, b, c, d, e, f]: Matrix, x: f64, y: f64) -> (f64, f64) {
    (a * x + c * y + e, b * x + d * y + f)
}

struct Search<'d, 'a> {
    document: &'d Document<'a>,
    revision: usize,
    fonts: HashMap<ObjectId, Rc<Font>>,
    glyphs: Vec<Glyph>,
    unreadable: usize,
    budget: u64,
    /// Whether text was shown with a font that is not there.
    without_font: bool,
    /// The area of the picture drawn last, while nothing was drawn after it.
    last_picture: Option<f64>,
}

/// What text is shown with.
#[derive(Clone)]
struct State {
    font: Option<Rc<Font>>,
    size: f64,
    character_space: f64,
    word_space: f64,
    scale: f64,
    leading: f64,
    rise: f64,
    matrix: Matrix,
}

impl State {
    const NEW: Self = Self {
        font: None,
        size: 1.0,
        character_space: 0.0,
        word_space: 0.0,
        scale: 1.0,
        leading: 0.0,
        rise: 0.0,
        matrix: IDENTITY,
    };
}

impl<'d, 'a> Search<'d, 'a> {
    fn new(document: &'d Document<'a>, revision: usize) -> Self {
        Self {
            document,
            revision,
            fonts: HashMap::new(),
            glyphs: Vec::new(),
            unreadable: 0,
            budget: limits::TEXT,
            without_font: false,
            last_picture: None,
        }
    }

    fn page(&mut self, page: &Page) -> Result<(), PdfError> {
        let contents = self.document.get(&page.dictionary, "Contents", self.revision)?;
        let parts = match contents {
            Object::Array(parts) => parts,
            Object::Null => return Ok(()),
            one => vec![one],
        };
        let mut bytes = Vec::new();
        for part in &parts {
            if let Object::Stream(stream) = self.document.resolve(part, self.revision)? {
                let more = self.document.decoded(&stream, self.revision, limits::DECODED);
                // Content under a filter for pictures is no text.
                let Ok(more) = more else { continue };
                self.spend(more.len())?;
                bytes.extend_from_slice(&more);
                bytes.push(b'\n');
            }
        }
        let resources = self.resources(page.resources.as_ref())?;
        self.content(&bytes, &resources, State::NEW, 0)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), PdfError> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.budget = self.budget.checked_sub(bytes).ok_or(PdfError::Limit {
            at: 0,
            what: "bytes of page content",
            limit: limits::TEXT,
        })?;
        Ok(())
    }

    fn resources(&self, value: Option<&Object>) -> Result<Dictionary, PdfError> {
        Ok(match value {
            Some(value) => match self.document.resolve(value, self.revision)? {
                Object::Dictionary(dictionary) => dictionary,
                _ => Dictionary::default(),
            },
            None => Dictionary::default(),
        })
    }

    /// Runs the operators that place text.
    fn content(
        &mut self,
        bytes: &[u8],
        resources: &Dictionary,
        start: State,
        depth: u8,
    ) -> Result<(), PdfError> {
        let mut lexer = Lexer::inside(bytes);
        let mut operands: Vec<Object> = Vec::new();
        let mut state = start;
        let mut stack: Vec<State> = Vec::new();
        let (mut line, mut text) = (IDENTITY, IDENTITY);
        loop {
            let token = match lexer.token() {
                Ok(Token::End) => return Ok(()),
                Ok(token) => token,
                // A stray byte between operators; readers pass over it.
                Err(Stop::Wrong(_)) => {
                    let next = lexer.position() + 1;
                    lexer.seek(next);
                    if next >= bytes.len() {
                        return Ok(());
                    }
                    continue;
                }
                Err(Stop::More) => return Ok(()),
            };
            let Token::Word(word) = token else {
                if let Ok(value) = lexer.value(token, 0)
                    && operands.len() < 64
                {
                    operands.push(value);
                }
                continue;
            };
            if matches!(&word[..], b"true" | b"false" | b"null") {
                operands.push(Object::Null);
                continue;
            }
            let numbers: Vec<f64> = operands.iter().filter_map(Object::as_number).collect();
            match (&word[..], &numbers[..]) {
                (b"q", _) if stack.len() < 256 => stack.push(state.clone()),
                (b"Q", _) => {
                    if let Some(saved) = stack.pop() {
                        state = saved;
                    }
                }
                (b"cm", &[a, b, c, d, e, f]) => {
                    state.matrix = times([a, b, c, d, e, f], state.matrix);
                }
                (b"BT", _) => (line, text) = (IDENTITY, IDENTITY),
                (b"Tf", &[.., size]) => {
                    let name = operands.first().and_then(Object::as_name).unwrap_or_default();
                    state.font = self.font(resources, name)?;
                    state.size = size;
                }
                (b"Tc", &[space]) => state.character_space = space,
                (b"Tw", &[space]) => state.word_space = space,
                (b"Tz", &[percent]) => state.scale = percent / 100.0,
                (b"TL", &[leading]) => state.leading = leading,
                (b"Ts", &[rise]) => state.rise = rise,
                (b"Td", &[x, y]) => {
                    line = times([1.0, 0.0, 0.0, 1.0, x, y], line);
                    text = line;
                }
                (b"TD", &[x, y]) => {
                    state.leading = -y;
                    line = times([1.0, 0.0, 0.0, 1.0, x, y], line);
                    text = line;
                }
                (b"Tm", &[a, b, c, d, e, f]) => {
                    line = [a, b, c, d, e, f];
                    text = line;
                }
                (b"T*" | b"'" | b"\"", _) => {
                    if let (b"\"", &[word_space, character_space]) = (&word[..], &numbers[..]) {
                        state.word_space = word_space;
                        state.character_space = character_space;
                    }
                    line = times([1.0, 0.0, 0.0, 1.0, 0.0, -state.leading], line);
                    text = line;
                    if let Some(Object::String(shown)) = operands.last() {
                        text = self.show(&state, text, &shown.bytes)?;
                    }
                }
                (b"Tj", _) => {
                    if let Some(Object::String(shown)) = operands.last() {
                        text = self.show(&state, text, &shown.bytes)?;
                    }
                }
                (b"TJ", _) => {
                    for item in operands.last().and_then(Object::as_array).unwrap_or_default() {
                        if let Object::String(shown) = item {
                            text = self.show(&state, text, &shown.bytes)?;
                        } else if let Some(back) = item.as_number() {
                            let x = -back / 1000.0 * state.size * state.scale;
                            text = times([1.0, 0.0, 0.0, 1.0, x, 0.0], text);
                        }
                    }
                }
                (b"Do", _) if depth < 8 => {
                    let name = operands.first().and_then(Object::as_name).unwrap_or_default();
                    self.draw(resources, name, &state, depth)?;
                }
                (b"BI", _) => skip_inline_image(&mut lexer, bytes),
                (b"f" | b"F" | b"f*" | b"S" | b"s" | b"B" | b"B*" | b"b" | b"b*" | b"sh", _) => {
                    self.last_picture = None;
                }
                _ => {}
            }
            operands.clear();
        }
    }

    /// A form XObject.
    fn draw(
        &mut self,
        resources: &Dictionary,
        name: &[u8],
        state: &State,
        depth: u8,
    ) -> Result<(), PdfError> {
        let objects = self.document.dictionary(resources, "XObject", self.revision)?;
        let Some(value) = objects.as_ref().and_then(|objects| objects.get(name)) else {
            return Ok(());
        };
        let Object::Stream(stream) = self.document.resolve(value, self.revision)? else {
            return Ok(());
        };
        if stream.dictionary.name("Subtype") != Some(b"Form") {
            let [a, b, c, d, ..] = state.matrix;
            self.last_picture = Some((a * d - b * c).abs());
            return Ok(());
        }
        let Ok(bytes) = self.document.decoded(&stream, self.revision, limits::DECODED) else {
            return Ok(());
        };
        self.spend(bytes.len().saturating_add(256))?;
        let mut inner = state.clone();
        let matrix = self.document.array(&stream.dictionary, "Matrix", self.revision)?;
        let numbers: Vec<f64> = matrix.iter().filter_map(Object::as_number).collect();
        if let [a, b, c, d, e, f] = numbers[..] {
            inner.matrix = times([a, b, c, d, e, f], inner.matrix);
        }
        let own = self.resources(stream.dictionary.get("Resources"))?;
        let resources = if own.0.is_empty() { resources.clone() } else { own };
        self.content(&bytes, &resources, inner, depth + 1)
    }

    fn font(&mut self, resources: &Dictionary, name: &[u8]) -> Result<Option<Rc<Font>>, PdfError> {
        let fonts = self.document.dictionary(resources, "Font", self.revision)?;
        let Some(value) = fonts.as_ref().and_then(|fonts| fonts.get(name)) else {
            return Ok(None);
        };
        let id = value.as_reference();
        if let Some(known) = id.and_then(|id| self.fonts.get(&id)) {
            return Ok(Some(Rc::clone(known)));
        }
        let Object::Dictionary(dictionary) = self.document.resolve(value, self.revision)? else {
            return Ok(None);
        };
        let font = Rc::new(Font::read(self.document, &dictionary, self.revision)?);
        if let Some(id) = id {
            self.fonts.insert(id, Rc::clone(&font));
        }
        Ok(Some(font))
    }

    /// Shows a string and gives the matrix behind it.
    fn show(&mut self, state: &State, matrix: Matrix, bytes: &[u8]) -> Result<Matrix, PdfError> {
        self.last_picture = None;
        let Some(font) = &state.font else {
            self.without_font = true;
            return Ok(matrix);
        };
        self.spend(bytes.len())?;
        let mut matrix = matrix;
        let mut readable = false;
        let step = if font.composite { 2 } else { 1 };
        for code in bytes.chunks(step) {
            let code = code.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
            let width = font.width(code) / 1000.0 * state.size;
            let spaced = !font.composite && code == 32;
            let space = state.character_space + if spaced { state.word_space } else { 0.0 };
            let place = times(matrix, state.matrix);
            let (low, high) = (-0.2 * state.size + state.rise, 0.8 * state.size + state.rise);
            let corners = [
                apply(place, 0.0, low),
                apply(place, width * state.scale, low),
                apply(place, 0.0, high),
                apply(place, width * state.scale, high),
            ];
            let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
            for (x, y) in corners {
                bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x), bounds[3].max(y)];
            }
            if let Some(text) = font.unicode(code) {
                readable = true;
                for character in text.chars().filter(|c| !c.is_whitespace()) {
                    self.glyphs.push(Glyph { character, bounds });
                }
            }
            let x = (width + space) * state.scale;
            matrix = times([1.0, 0.0, 0.0, 1.0, x, 0.0], matrix);
        }
        if !readable && !bytes.is_empty() {
            self.unreadable += 1;
        }
        Ok(matrix)
    }

    /// Boxes around every occurrence; white space does not count.
    fn matches(&self, wanted: &[char], page: &Page) -> Vec<Rect> {
        let mut found = Vec::new();
        if wanted.is_empty() {
            return found;
        }
        for run in self.glyphs.windows(wanted.len()) {
            if !run.iter().zip(wanted).all(|(glyph, wanted)| glyph.character == *wanted) {
                continue;
            }
            let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
            for Glyph { bounds: [left, bottom, right, top], .. } in run {
                bounds = [
                    bounds[0].min(*left),
                    bounds[1].min(*bottom),
                    bounds[2].max(*right),
                    bounds[3].max(*top),
                ];
            }
            let (one_x, one_y) = page.to_shown(bounds[0], bounds[1]);
            let (two_x, two_y) = page.to_shown(bounds[2], bounds[3]);
            found.push(Rect {
                x: millimetres(one_x.min(two_x)),
                y: millimetres(one_y.min(two_y)),
                width: millimetres((one_x - two_x).abs()),
                height: millimetres((one_y - two_y).abs()),
            });
        }
        found
    }
}

/// Passes over an inline image: to `EI` between white space.
fn skip_inline_image(lexer: &mut Lexer<'_>, bytes: &[u8]) {
    let from = lexer.position();
    let rest = bytes.get(from..).unwrap_or_default();
    let end = rest.windows(4).position(|four| {
        matches!(four, [before, b'E', b'I', after]
            if super::lexer::is_space(*before) && super::lexer::is_space(*after))
    });
    lexer.seek(end.map_or(bytes.len(), |end| from + end + 3));
}
