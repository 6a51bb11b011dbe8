//! Languages by their names in JavaScript.

use yinxin::words::Language;

/// Chinese for `zh` and what begins so, else English.
pub(crate) fn language_of(name: &str) -> Language {
    if name.starts_with("zh") { Language::Chinese } else { Language::English }
}
