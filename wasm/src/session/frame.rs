//! The code as a page draws it.

use core::fmt::Write as _;

use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};
use serde::Serialize;
use yinxin::session::Code;

use super::text::fail;

use crate::error::Failure;

/// Frames have 122 characters at most, as many as version 5 holds at level M.
const LARGEST: Version = Version::new(6);

/// A drawn code, without its quiet zone of four modules.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    text: String,
    size: i32,
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
        let (mut room, mut out) = ([0; LARGEST.buffer_len()], [0; LARGEST.buffer_len()]);
        let (least, most) = (Version::MIN, LARGEST);
        let code = QrCode::encode_text(
            &text,
            &mut room,
            &mut out,
            QrCodeEcc::Medium,
            least,
            most,
            None,
            true,
        )
        .map_err(|_| fail(Code::QrTooLong))?;
        let size = code.size();
        let mut modules = String::new();
        let mut path = String::new();
        for row in 0..size {
            let mut start = None;
            // One column more, which is light, ends the last run.
            for column in 0..=size {
                let is_dark = code.get_module(column, row);
                if column < size {
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
        Ok(Self { text, size, modules, path })
    }
}

#[cfg(all(test, feature = "camera"))]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use rqrr::PreparedImage;

    use super::*;

    /// What a reader of somebody else's finds, eight pixels a module.
    fn seen(dark: impl Fn(usize, usize) -> bool, size: usize) -> String {
        let module = |pixel: usize| (pixel / 8).checked_sub(4).filter(|module| *module < size);
        let side = (size + 8) * 8;
        let mut image = PreparedImage::prepare_from_greyscale(side, side, |x, y| {
            let is_dark = module(x).zip(module(y)).is_some_and(|(x, y)| dark(x, y));
            if is_dark { 0 } else { 255 }
        });
        image.detect_grids().first().unwrap().decode().unwrap().1
    }

    #[test]
    fn codes_of_every_length_are_read_by_another_program() {
        for length in [1, 25, 90, 106, 122, 123, 154] {
            let text: String = "HTTPS://A.CN/Q/234567".chars().cycle().take(length).collect();
            let frame = Frame::new(text.clone()).unwrap();
            assert_eq!(frame.text, text);
            let size = usize::try_from(frame.size).unwrap();
            assert_eq!(frame.modules.len(), size * size);
            let by_module = |x: usize, y: usize| frame.modules.as_bytes()[y * size + x] == b'1';
            assert_eq!(seen(by_module, size), text);
            // The path covers the same modules.
            let runs: Vec<(usize, usize, usize)> = frame
                .path
                .split_terminator('z')
                .map(|run| {
                    let (from, rest) = run.strip_prefix('M').unwrap().split_once(' ').unwrap();
                    let (row, rest) = rest.split_once('h').unwrap();
                    let (width, back) = rest.split_once("v1h-").unwrap();
                    assert_eq!(width, back);
                    (from.parse().unwrap(), row.parse().unwrap(), width.parse().unwrap())
                })
                .collect();
            for y in 0..size {
                for x in 0..size {
                    let covered = |(from, row, width): &(usize, usize, usize)| {
                        *row == y && (*from..from + width).contains(&x)
                    };
                    assert_eq!(
                        runs.iter().filter(|run| covered(run)).count() == 1,
                        by_module(x, y)
                    );
                }
            }
        }
        // 106 characters, a host of 24, are version 5, and so are 122, the longest.
        let size = |length| Frame::new("A".repeat(length)).unwrap().size;
        assert_eq!((size(106), size(122), size(123)), (37, 37, 41));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for text in ["A".repeat(155), "7".repeat(1_000_000), "a".repeat(108), "码".repeat(40_000)]
        {
            assert!(Frame::new(text).is_err());
        }
        for text in ["", "a", "码", "\u{0}", "12345"] {
            assert!(Frame::new(text.to_owned()).unwrap().size >= 21);
        }
    }
}
