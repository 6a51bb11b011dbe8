//! Unit and person identifiers with their check digits.

use alloc::string::{String, ToString};
use core::fmt;

/// Unified social credit code (统一社会信用代码; GB 32100-2015): 18 characters.
///
/// ```
/// use yinxin_pki::UnifiedCode;
///
/// let code = UnifiedCode::parse("91350100M000100Y43").unwrap();
/// assert!(code.has_valid_check());
/// assert!(UnifiedCode::parse("91350100M000100Y4").is_none());
/// ```
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnifiedCode(String);

impl UnifiedCode {
    /// GB 32100 table 2: digits and letters without I, O, S, V, Z.
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    /// 3^(i-1) mod 31.
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

    /// Takes 18 characters of the alphabet, in either letter case. The check character is not
    /// looked at: a few codes in real use fail it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let code = text.trim().to_ascii_uppercase();
        let fits = code.len() == 18 && code.chars().all(|c| Self::ALPHABET.contains(c));
        fits.then_some(Self(code))
    }

    /// Whether the check character is right. If not, warn and let the operator decide.
    #[must_use]
    pub fn has_valid_check(&self) -> bool {
        let values = self.0.chars().map(|letter| Self::ALPHABET.find(letter).unwrap_or(0));
        let sum: usize = values.zip(Self::WEIGHTS).map(|(value, weight)| value * weight).sum();
        let check = (31 - sum % 31) % 31;
        self.0.chars().last().and_then(|last| Self::ALPHABET.find(last)) == Some(check)
    }

    /// The code as text, upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnifiedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UnifiedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnifiedCode({})", self.0)
    }
}

/// Resident identity number (公民身份号码; GB 11643-1999): 18 characters, always valid.
///
/// It is personal: `Debug` and `Display` show it masked, [`reveal`](Self::reveal) whole.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct ResidentId(String);

impl ResidentId {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];
    /// GB/T 2260: first two digits in use.
    const PROVINCES: [&str; 35] = [
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37",
        "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64",
        "65", "71", "81", "82", "83",
    ];

    /// Takes 17 digits and a check character, in a known province, of a real birth date.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = text.trim().to_ascii_uppercase();
        let (digits, check) = id.split_at_checked(17)?;
        let mut sum = 0;
        for (digit, weight) in digits.chars().zip(Self::WEIGHTS) {
            sum += digit.to_digit(10)? * weight;
        }
        let expected = Self::CHECKS.get(usize::try_from(sum % 11).ok()?)?;
        let (year, month, day) = (digits.get(6..10)?, digits.get(10..12)?, digits.get(12..14)?);
        let birth = alloc::format!("{year}-{month}-{day}T00:00:00Z");
        // Before 1950 `Time` ends; those born earlier are checked by the same day 400 years on.
        let real = crate::Time::parse(&birth).is_ok()
            || (year >= "1850"
                && crate::Time::parse(&birth.replacen(year, &later(year)?, 1)).is_ok());
        let known = Self::PROVINCES.contains(&digits.get(..2)?);
        (check.chars().eq([*expected]) && real && known).then_some(Self(id))
    }

    /// The whole number. Do not log it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The same year in the next cycle of 400, which has the same days.
fn later(year: &str) -> Option<String> {
    Some((year.parse::<u32>().ok()? + 400).to_string())
}

impl fmt::Display for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::Masked(&self.0[..]).fmt(f)
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn unified_codes_with_right_and_wrong_check_characters() {
        for code in
            ["91350100M000100Y43", "91110000101623741K", "91110105MA00000100", "91110105MA0000000Y"]
        {
            assert!(UnifiedCode::parse(code).unwrap().has_valid_check(), "{code}");
        }
        assert!(!UnifiedCode::parse("91310115MA1H8R7C6D").unwrap().has_valid_check());
        for code in ["", "91350100M000100Y4", "91350100M000100Y4I", "91350100M000100Y433"] {
            assert_eq!(UnifiedCode::parse(code), None);
        }
    }

    #[test]
    fn resident_ids_are_checked_whole() {
        let id = ResidentId::parse("11010519491231002x").unwrap();
        assert_eq!(id.reveal(), "11010519491231002X");
        assert_eq!(format!("{id:?} {id}"), "ResidentId(110****002X) 110****002X");
        for id in
            ["110105194912310021", "99010519491231002X", "11010519490231002X", "1101051949123100"]
        {
            assert_eq!(ResidentId::parse(id), None, "{id}");
        }
    }
}
