//! Straddle slices (骑缝章): one seal cut into upright strips, one for each page's edge.

use super::number::{real, whole};
use super::pixels::Pixels;

/// Narrowest strip that is still recognised as a part of a seal, millimetres. Our choice.
pub const NARROWEST_SLICE_MM: f64 = 3.0;

/// Cuts a picture into strips from left to right; side by side they are the picture again.
///
/// `None` when there are more strips than columns, or none.
///
/// ```
/// use yinxin_seal::picture::{Pixels, straddle};
///
/// let seal = Pixels::from_rgba(10, 1, vec![7; 40]).unwrap();
/// let slices = straddle::slices(&seal, 3).unwrap();
/// let widths: Vec<_> = slices.iter().map(Pixels::width).collect();
/// assert_eq!(widths, [3, 3, 4]);
/// ```
#[must_use]
pub fn slices(picture: &Pixels, count: usize) -> Option<Vec<Pixels>> {
    if count == 0 || count > picture.width() {
        return None;
    }
    let edge = |index: usize| index.checked_mul(picture.width()).map(|product| product / count);
    (0..count)
        .map(|index| {
            let (left, right) = (edge(index)?, edge(index + 1)?);
            picture.part(left, 0, right - left, picture.height())
        })
        .collect()
}

/// How many pages share one seal so that no strip is narrower than [`NARROWEST_SLICE_MM`]: the
/// sizes of the groups, in order. A last group of one page joins the one before it.
///
/// ```
/// use yinxin_seal::picture::straddle::groups;
///
/// assert_eq!(groups(5, 42.0), [5]);
/// assert_eq!(groups(30, 42.0), [14, 14, 2]);
/// assert_eq!(groups(15, 42.0), [15], "a page alone would carry a whole seal");
/// ```
#[must_use]
pub fn groups(pages: usize, width_mm: f64) -> Vec<usize> {
    let most = whole(width_mm / NARROWEST_SLICE_MM).max(2);
    let mut groups = vec![most; pages / most];
    match (pages % most, groups.last_mut()) {
        (0, _) => {}
        (1, Some(last)) => *last += 1,
        (rest, _) => groups.push(rest),
    }
    groups
}

/// Where a strip begins and how wide it is on paper, millimetres.
#[must_use]
pub fn slice_mm(index: usize, count: usize, width_mm: f64) -> (f64, f64) {
    let each = width_mm / real(count.max(1));
    (real(index) * each, each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_put_side_by_side_are_the_seal() {
        let rgba: Vec<u8> = (0..7 * 3 * 4).collect();
        let seal = Pixels::from_rgba(7, 3, rgba).unwrap();
        for count in 1..=7 {
            let slices = slices(&seal, count).unwrap();
            assert_eq!(slices.len(), count);
            for y in 0..3 {
                let row: Vec<u8> = slices.iter().flat_map(|slice| slice.row(y).to_vec()).collect();
                assert_eq!(row, seal.row(y));
            }
        }
        assert!(slices(&seal, 8).is_none() && slices(&seal, 0).is_none());
    }
}
