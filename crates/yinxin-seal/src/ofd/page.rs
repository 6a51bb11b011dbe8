//! What stands on a page: text, paths and images with their places in millimetres, for drawing
//! and for finding words.

use super::document::Document;
use super::error::OfdError;
use super::package::Package;
use super::xml::Element;
use crate::placement::{Found, Millimetres, Rect};

/// The objects of a page, in the order they are drawn.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The physical box.
    pub area: Rect,
    /// Objects, templates in their layer among them.
    pub objects: Vec<Object>,
    /// Kinds of objects that are on the page and not in the model: they are not drawn.
    pub skipped: Vec<String>,
}

/// One object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Object {
    /// A picture.
    Image(ImageObject),
    /// Lines and areas.
    Path(PathObject),
    /// Text.
    Text(TextObject),
}

/// Where and how an object is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Frame {
    /// Its box on the page, in millimetres from the page's top left; what is outside is cut off.
    pub boundary: Rect,
    /// Matrix from the object's coordinates into its box: `a b c d e f`.
    pub matrix: Option<[f64; 6]>,
    /// Opacity, 0 to 255.
    pub alpha: u8,
}

/// A colour: red, green, blue, opacity.
pub type Colour = [u8; 4];

/// Text with a place for every character.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TextObject {
    /// Where.
    pub frame: Frame,
    /// Id of the font in the document.
    pub font: String,
    /// Size of the font in millimetres.
    pub size: f64,
    /// Bold: 400 is regular.
    pub weight: u16,
    /// Horizontal scale, 1 for none.
    pub h_scale: f64,
    /// Colour of the characters.
    pub fill: Option<Colour>,
    /// Characters and their origin on the baseline, in the object's coordinates.
    pub characters: Vec<Placed>,
}

/// A character and where its origin lies.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a character and a point are all there is")]
pub struct Placed {
    /// The character.
    pub character: char,
    /// From the left, millimetres.
    pub x: f64,
    /// From the top, millimetres.
    pub y: f64,
}

/// A path.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PathObject {
    /// Where.
    pub frame: Frame,
    /// `S x y`, `M x y`, `L x y`, `Q x1 y1 x y`, `B x1 y1 x2 y2 x y`, `A rx ry angle large sweep
    /// x y`, `C`.
    pub data: String,
    /// Colour of the line, `None` for none.
    pub stroke: Option<Colour>,
    /// Colour of the area, `None` for none.
    pub fill: Option<Colour>,
    /// Width of the line in millimetres.
    pub line_width: f64,
    /// Whether areas are filled by the even-odd rule.
    pub even_odd: bool,
}

/// A picture, stretched over its unit square by the matrix.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ImageObject {
    /// Where.
    pub frame: Frame,
    /// Path of the picture's file in the package.
    pub file: String,
}

impl Page {
    /// Reads a page of a document, counted from 1.
    ///
    /// # Errors
    ///
    /// [`OfdError`]: no such page, or it cannot be read.
    pub fn read(package: &Package, document: &Document, number: u32) -> Result<Self, OfdError> {
        let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let pages = document.pages();
        let entry = index.and_then(|index| pages.get(index)).ok_or(OfdError::Placement(
            crate::placement::PlacementError::NoSuchPage { page: number, pages: pages.len() },
        ))?;
        let xml = package.xml(&entry.path)?;
        let mut page = Self { area: entry.area, ..Self::default() };
        let mut behind = Vec::new();
        let mut above = Vec::new();
        for template in xml.children("Template") {
            let id = template.attribute("TemplateID").unwrap_or_default();
            let Some(path) = document.templates.get(id) else { continue };
            let content = package.xml(path)?;
            let list = match template.attribute("ZOrder") {
                Some("Foreground") => &mut above,
                _ => &mut behind,
            };
            list.push(content);
        }
        for content in behind.iter().chain([&xml]).chain(&above) {
            let mut layers: Vec<_> =
                content.child("Content").into_iter().flat_map(|c| c.children("Layer")).collect();
            // Background, Body, Foreground: a stable sort keeps the order within each.
            layers.sort_by_key(|layer| match layer.attribute("Type") {
                Some("Background") => 0,
                Some("Foreground") => 2,
                _ => 1,
            });
            for layer in layers {
                let parameter = layer.attribute("DrawParam");
                page.add_block(document, layer, parameter, 16);
            }
        }
        page.skipped.sort();
        page.skipped.dedup();
        Ok(page)
    }

    fn add_block(
        &mut self,
        document: &Document,
        block: &Element,
        parameter: Option<&str>,
        depth: usize,
    ) {
        let Some(depth) = depth.checked_sub(1) else { return };
        for element in &block.children {
            if element.attribute("Visible") == Some("false") {
                continue;
            }
            let style = Style::of(document, element, element.attribute("DrawParam").or(parameter));
            match element.name.as_str() {
                "TextObject" => self.objects.push(Object::Text(text(element, &style))),
                "PathObject" => self.objects.push(Object::Path(path(element, &style))),
                "ImageObject" => {
                    let id = element.attribute("ResourceID").unwrap_or_default();
                    match (frame(element), document.media.get(id)) {
                        (Some(frame), Some(file)) => {
                            let image = ImageObject { frame, file: file.clone() };
                            self.objects.push(Object::Image(image));
                        }
                        _ => self.skipped.push("ImageObject".into()),
                    }
                }
                "PageBlock" => self.add_block(document, element, parameter, depth),
                other => self.skipped.push(other.to_owned()),
            }
        }
    }

    /// Where `word` stands on this page, in the order of the page's text; white space does not
    /// count. `number` is the page's.
    #[must_use]
    pub fn find(&self, word: &str, number: u32) -> Vec<Found> {
        let wanted: Vec<char> = word.chars().filter(|c| !c.is_whitespace()).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut characters = Vec::new();
        for object in &self.objects {
            if let Object::Text(text) = object {
                text.boxes(&mut characters);
            }
        }
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(window) = characters.get(at..at + wanted.len()) {
            if window.iter().map(|(c, _)| c).eq(&wanted) {
                found.push(Found { page: number, rect: around(window) });
                at += wanted.len();
            } else {
                at += 1;
            }
        }
        found
    }
}

impl TextObject {
    /// Characters without white space, and the box of each on the page.
    fn boxes(&self, out: &mut Vec<(char, [f64; 4])>) {
        let [a, b, c, d, e, f] = self.frame.matrix.unwrap_or([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        let (left, top) = (self.frame.boundary.x.to_f64(), self.frame.boundary.y.to_f64());
        for placed in &self.characters {
            if placed.character.is_whitespace() {
                continue;
            }
            // A character's box from its origin: nearly all of it stands above the baseline.
            let width = if placed.character.is_ascii() { 0.5 } else { 1.0 } * self.size;
            let corners = [(0.0, -0.85), (1.0, -0.85), (0.0, 0.15), (1.0, 0.15)].map(|(w, h)| {
                let (x, y) = (placed.x + w * width, placed.y + h * self.size);
                (left + a * x + c * y + e, top + b * x + d * y + f)
            });
            let (mut x0, mut y0, mut x1, mut y1) = (f64::MAX, f64::MAX, f64::MIN, f64::MIN);
            for (x, y) in corners {
                (x0, y0, x1, y1) = (x0.min(x), y0.min(y), x1.max(x), y1.max(y));
            }
            out.push((placed.character, [x0, y0, x1, y1]));
        }
    }
}

fn around(window: &[(char, [f64; 4])]) -> Rect {
    let (mut x0, mut y0, mut x1, mut y1) = (f64::MAX, f64::MAX, f64::MIN, f64::MIN);
    for (_, [a, b, c, d]) in window {
        (x0, y0, x1, y1) = (x0.min(*a), y0.min(*b), x1.max(*c), y1.max(*d));
    }
    let length = |value: f64| Millimetres::parse(&format!("{value:.3}")).unwrap_or_default();
    let (x, y) = (length(x0), length(y0));
    Rect { x, y, width: length(x1) - x, height: length(y1) - y }
}

/// What a draw parameter and the object itself say on colours and lines.
#[derive(Debug, Default)]
struct Style {
    line_width: Option<f64>,
    fill: Option<Colour>,
    stroke: Option<Colour>,
}

impl Style {
    fn of(document: &Document, element: &Element, parameter: Option<&str>) -> Self {
        let mut style = Self::default();
        style.take(element);
        let mut id = parameter;
        // Parameters build on others by `Relative`; a circle ends here.
        for _ in 0..16 {
            let Some(found) = id.and_then(|id| document.draw_params.get(id)) else { break };
            style.take(found);
            id = found.attribute("Relative");
        }
        style
    }

    /// Fills in what was not set nearer to the object.
    fn take(&mut self, element: &Element) {
        self.line_width = self.line_width.or_else(|| number(element.attribute("LineWidth")));
        self.fill = self.fill.or_else(|| element.child("FillColor").and_then(colour));
        self.stroke = self.stroke.or_else(|| element.child("StrokeColor").and_then(colour));
    }
}

fn number(text: Option<&str>) -> Option<f64> {
    text?.trim().parse().ok().filter(|value: &f64| value.is_finite())
}

fn colour(element: &Element) -> Option<Colour> {
    let alpha = number(element.attribute("Alpha")).map_or(255, octet);
    let Some(value) = element.attribute("Value") else {
        // Gradients and patterns are not drawn; a plain black stands for "some colour".
        return element.children.is_empty().then_some([0, 0, 0, alpha]);
    };
    let parts: Vec<u8> = value
        .split_ascii_whitespace()
        .filter_map(|part| match part.strip_prefix('#') {
            Some(hex) => u8::from_str_radix(hex, 16).ok(),
            None => number(Some(part)).map(octet),
        })
        .collect();
    match parts[..] {
        [grey] => Some([grey, grey, grey, alpha]),
        [red, green, blue] => Some([red, green, blue, alpha]),
        [cyan, magenta, yellow, black] => {
            let mix = |ink: u8| {
                let light = u16::from(255 - ink) * u16::from(255 - black) / 255;
                u8::try_from(light).unwrap_or(255)
            };
            Some([mix(cyan), mix(magenta), mix(yellow), alpha])
        }
        _ => None,
    }
}

fn octet(value: f64) -> u8 {
    #[expect(clippy::as_conversions, reason = "clamped to 0..=255")]
    let octet = value.clamp(0.0, 255.0) as u8;
    octet
}

fn frame(element: &Element) -> Option<Frame> {
    let boundary = loose_rect(element.attribute("Boundary")?)?;
    let matrix = element.attribute("CTM").and_then(|text| {
        let numbers: Vec<f64> =
            text.split_ascii_whitespace().filter_map(|part| number(Some(part))).collect();
        <[f64; 6]>::try_from(numbers).ok()
    });
    let alpha = number(element.attribute("Alpha")).map_or(255, octet);
    Some(Frame { boundary, matrix, alpha })
}

/// A box of an object: a line has no height.
fn loose_rect(text: &str) -> Option<Rect> {
    let mut numbers = text.split_ascii_whitespace().map(Millimetres::parse);
    let mut next = || numbers.next().flatten();
    Some(Rect { x: next()?, y: next()?, width: next()?, height: next()? })
}

fn text(element: &Element, style: &Style) -> TextObject {
    let size = number(element.attribute("Size")).unwrap_or(0.0);
    let mut characters = Vec::new();
    let (mut x, mut y) = (0.0, 0.0);
    for code in element.children("TextCode") {
        x = number(code.attribute("X")).unwrap_or(x);
        y = number(code.attribute("Y")).unwrap_or(y);
        let (right, down) = (deltas(code.attribute("DeltaX")), deltas(code.attribute("DeltaY")));
        let (mut at_x, mut at_y) = (x, y);
        for (index, character) in code.text.trim_matches(['\n', '\r']).chars().enumerate() {
            characters.push(Placed { character, x: at_x, y: at_y });
            at_x += right.get(index).or_else(|| right.last()).copied().unwrap_or(0.0);
            at_y += down.get(index).or_else(|| down.last()).copied().unwrap_or(0.0);
            if right.is_empty() && down.is_empty() {
                at_x += size;
            }
        }
    }
    let filled = element.attribute("Fill") != Some("false");
    TextObject {
        frame: frame(element).unwrap_or_default(),
        font: element.attribute("Font").unwrap_or_default().to_owned(),
        size,
        weight: number(element.attribute("Weight"))
            .map_or(400, |w| if w >= 600.0 { 700 } else { 400 }),
        h_scale: number(element.attribute("HScale")).unwrap_or(1.0),
        fill: filled.then(|| style.fill.unwrap_or([0, 0, 0, 255])),
        characters,
    }
}

/// `3 g 2 4.5` means 3, then twice 4.5.
fn deltas(text: Option<&str>) -> Vec<f64> {
    let mut out = Vec::new();
    let mut parts = text.unwrap_or_default().split_ascii_whitespace();
    while let Some(part) = parts.next() {
        if part == "g" {
            let count = parts.next().and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
            let value = number(parts.next()).unwrap_or(0.0);
            // A line of text has no more characters than that.
            out.extend(std::iter::repeat_n(value, count.min(65_536)));
        } else if let Some(value) = number(Some(part)) {
            out.push(value);
        }
        if out.len() > 65_536 {
            break;
        }
    }
    out
}

fn path(element: &Element, style: &Style) -> PathObject {
    let flag = |name: &str, default: bool| match element.attribute(name) {
        Some("true") => true,
        Some("false") => false,
        _ => default,
    };
    let black = [0, 0, 0, 255];
    PathObject {
        frame: frame(element).unwrap_or_default(),
        data: element.child_text("AbbreviatedData").unwrap_or_default().to_owned(),
        stroke: flag("Stroke", true).then(|| style.stroke.unwrap_or(black)),
        fill: if flag("Fill", false) { style.fill } else { None },
        line_width: style.line_width.unwrap_or(0.353),
        even_odd: element.attribute("Rule") == Some("Even-Odd"),
    }
}
