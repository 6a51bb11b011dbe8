//! Personal data shown in part.

use core::fmt;

/// Shows the first three and the last four characters of a number, `****` between them; of
/// anything under nine characters only the first.
///
/// ```
/// use yinxin_pki::Masked;
///
/// assert_eq!(Masked("13800005678").to_string(), "138****5678");
/// assert_eq!(Masked("张三").to_string(), "张*");
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Masked<T>(pub T);

impl<T: AsRef<str>> fmt::Display for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.as_ref();
        let count = text.chars().count();
        if count < 9 {
            for (index, letter) in text.chars().enumerate() {
                write!(f, "{}", if index == 0 { letter } else { '*' })?;
            }
            return Ok(());
        }
        text.chars().take(3).try_for_each(|letter| write!(f, "{letter}"))?;
        f.write_str("****")?;
        text.chars().skip(count - 4).try_for_each(|letter| write!(f, "{letter}"))
    }
}

impl<T: AsRef<str>> fmt::Debug for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
