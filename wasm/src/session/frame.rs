//! The code as a page draws it.

use core::fmt::Write as _;

use fast_qr::{ECL, QRBuilder, QRCode};
use serde::Serialize;
use yinxin::session::Code;

use super::text::fail;

use crate::error::Failure;

/// A drawn code, without its quiet zone of four modules.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    text: String,
    size: usize,
    /// Row after row, `1` for dark.
    modules: String,
    /// `d` of an SVG path in units of modules.
    path: String,
}

impl Frame {
    /// Draws a text in the smallest version that holds it at level M, then at the highest level
    /// that the same version still holds.
    ///
    /// # Errors
    ///
    /// `qr_too_long`.
    pub(super) fn new(text: String) -> Result<Self, Failure> {
        let too_long = || fail(Code::QrTooLong);
        let mut code = build(&text, ECL::M, None).ok_or_else(too_long)?;
        for level in [ECL::Q, ECL::H] {
            match build(&text, level, Some(&code)) {
                Some(better) if better.size == code.size => code = better,
                _ => break,
            }
        }
        let dark = |row: usize, column: usize| {
            let module = code.data.get(row * code.size + column);
            module.is_some_and(|module| module.value())
        };
        let mut modules = String::with_capacity(code.size * code.size);
        let mut path = String::new();
        for row in 0..code.size {
            let mut start = None;
            for column in 0..=code.size {
                let is_dark = column < code.size && dark(row, column);
                if column < code.size {
                    modules.push(if is_dark { '1' } else { '0' });
                }
                match (start, is_dark) {
                    (None, true) => start = Some(column),
                    (Some(from), false) => {
                        let width = column - from;
                        // Writing to a string does not fail.
                        let _ = write!(path, "M{from} {row}h{width}v1h-{width}z");
                        start = None;
                    }
                    (None, false) | (Some(_), true) => {}
                }
            }
        }
        Ok(Self { text, size: code.size, modules, path })
    }
}

fn build(text: &str, level: ECL, like: Option<&QRCode>) -> Option<QRCode> {
    let mut builder = QRBuilder::new(text);
    builder.ecl(level);
    if let Some(version) = like.and_then(|code| code.version) {
        builder.version(version);
    }
    builder.build().ok()
}
