//! What a person decides about a template seal.

use std::fmt;
use std::str::FromStr;

use super::error::PictureError;
use super::font::FontSource;
use super::ink::Ink;
use super::layout::{self, Drawing};
use super::template::{SizeRule, Template};

/// A template seal before it is drawn.
///
/// ```
/// use yinxin_seal::picture::{Font, PictureError, Resolution, SealDesign, Template};
///
/// fn seal(font: &[u8]) -> Result<Vec<u8>, PictureError> {
///     let drawing = SealDesign::new(Template::RoundSpecial, "示范建设集团有限公司")
///         .line2("合同专用章")
///         .code("3701020012345".parse()?)
///         .draw(&Font::parse(font)?)?;
///     drawing.to_pixels(Resolution::DPI_300)?.to_png(Resolution::DPI_300)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SealDesign {
    pub(crate) template: Template,
    pub(crate) text: String,
    pub(crate) line2: Option<String>,
    pub(crate) centre: Option<String>,
    pub(crate) code: Option<AntiForgeryCode>,
    pub(crate) ink: Ink,
    size: Size,
    filing: Filing,
}

/// Where the measures come from.
#[derive(Clone, Debug, PartialEq)]
enum Size {
    Default,
    Rule(Box<SizeRule>),
    WidthMm(f64),
}

/// Whether a seal's picture has been filed with the police (备案).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Filing {
    /// Filed under this number, as the holder states.
    Filed {
        /// The filing number (备案号).
        number: String,
    },
    /// Not filed: wherever the seal is offered or shown, this has to be said.
    NotFiled,
}

impl Filing {
    /// `filed` or `not_filed`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Filed { .. } => "filed",
            Self::NotFiled => "not_filed",
        }
    }
}

impl SealDesign {
    /// A seal with the holder's name, in the template's default size, red, not filed.
    #[must_use]
    pub fn new(template: Template, text: impl Into<String>) -> Self {
        Self {
            template,
            text: text.into(),
            line2: None,
            centre: None,
            code: None,
            ink: Ink::default(),
            size: Size::Default,
            filing: Filing::NotFiled,
        }
    }

    /// The second line: department or purpose; in squares it continues the text.
    #[must_use]
    pub fn line2(mut self, text: impl Into<String>) -> Self {
        self.line2 = Some(text.into());
        self
    }

    /// Text in the very centre, where the template has no star: a tax number, a running number.
    #[must_use]
    pub fn centre(mut self, text: impl Into<String>) -> Self {
        self.centre = Some(text.into());
        self
    }

    /// The digits at the lower border.
    #[must_use]
    pub fn code(mut self, code: AntiForgeryCode) -> Self {
        self.code = Some(code);
        self
    }

    /// Another colour than red.
    #[must_use]
    pub fn ink(mut self, ink: Ink) -> Self {
        self.ink = ink;
        self
    }

    /// Another width than the default, in millimetres.
    #[must_use]
    pub fn width_mm(mut self, width: f64) -> Self {
        self.size = Size::WidthMm(width);
        self
    }

    /// Other measures than the table's, for local rules.
    #[must_use]
    pub fn rule(mut self, rule: SizeRule) -> Self {
        self.size = Size::Rule(Box::new(rule));
        self
    }

    /// The number under which the picture is filed.
    #[must_use]
    pub fn filed(mut self, number: impl Into<String>) -> Self {
        self.filing = Filing::Filed { number: number.into() };
        self
    }

    /// Whether the picture has been filed.
    #[must_use]
    pub fn filing(&self) -> &Filing {
        &self.filing
    }

    /// Whether the name on the seal is exactly the organisation's registered name, as the law
    /// wants it. Only space around it is forgiven.
    #[must_use]
    pub fn has_name(&self, organisation: &str) -> bool {
        !organisation.trim().is_empty() && self.text.trim() == organisation.trim()
    }

    /// Lays the seal out.
    ///
    /// # Errors
    ///
    /// [`PictureError::TextMissing`], [`PictureError::TextTooLong`], [`PictureError::Size`]: the
    /// person mends it. [`PictureError::MissingGlyph`]: another font does.
    pub fn draw(&self, font: &dyn FontSource) -> Result<Drawing, PictureError> {
        let rule = match &self.size {
            Size::Default => self.template.rule(None)?,
            Size::Rule(rule) => **rule,
            Size::WidthMm(width) => self.template.rule(Some(*width))?,
        };
        layout::draw(self, &rule, font)
    }
}

/// Anti-forgery code (防伪码): 13 digits, the first six the region's code of GB/T 2260.
///
/// Source: GA 241.1-2000 for the region and serial number; the 13th digit is common practice.
///
/// ```
/// use yinxin_seal::picture::AntiForgeryCode;
///
/// let code: AntiForgeryCode = "3701020012345".parse().unwrap();
/// assert_eq!(code.region(), "370102");
/// assert!("37010200".parse::<AntiForgeryCode>().is_err());
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct AntiForgeryCode(String);

impl AntiForgeryCode {
    /// Digits.
    pub const LEN: usize = 13;

    /// The 13 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region's six digits.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.get(..6).unwrap_or_default()
    }
}

impl FromStr for AntiForgeryCode {
    type Err = PictureError;

    fn from_str(text: &str) -> Result<Self, PictureError> {
        if text.len() == Self::LEN && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        Err(PictureError::Code { found: text.chars().count() })
    }
}

impl fmt::Display for AntiForgeryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
