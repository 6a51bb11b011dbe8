//! Time as whole seconds UTC, handed in by the caller.

use core::fmt;

use crate::Error;

/// A point in time, UTC, in whole seconds.
///
/// The library has no clock: whoever calls says what time it is. Years 1950 to 9999, which is what
/// certificates can hold.
///
/// ```
/// use yinxin_pki::Time;
///
/// let noon = Time::parse("2026-11-24T12:00:00Z")?;
/// assert_eq!(noon.unix(), 1_795_521_600);
/// assert_eq!(noon.to_string(), "2026-11-24T12:00:00Z");
/// # Ok::<(), yinxin_pki::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Time(i64);

impl Time {
    /// Seconds since 1970-01-01T00:00:00Z, held inside [`Time::MIN`] and [`Time::MAX`].
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        if seconds < Self::MIN.0 {
            Self::MIN
        } else if seconds > Self::MAX.0 {
            Self::MAX
        } else {
            Self(seconds)
        }
    }

    /// Reads RFC 3339 in UTC (`2026-11-24T12:00:00Z`); fractions are refused.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`]: the caller wrote something else, or a day that does not exist.
    pub fn parse(text: &str) -> Result<Self, Error> {
        const SHAPE: Error = Error::Malformed { at: 0, expected: "time as 2026-11-24T12:00:00Z" };
        let &[
            y1,
            y2,
            y3,
            y4,
            b'-',
            m1,
            m2,
            b'-',
            d1,
            d2,
            b'T',
            h1,
            h2,
            b':',
            i1,
            i2,
            b':',
            s1,
            s2,
            b'Z',
        ] = text.as_bytes()
        else {
            return Err(SHAPE);
        };
        Self::from_digits(&[y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, i1, i2, s1, s2]).ok_or(SHAPE)
    }

    /// Reads the content octets of a DER UTCTime (`YYMMDDHHMMSSZ`; RFC 5280 §4.1.2.5.1: years 50
    /// to 99 are of the 1900s).
    pub(crate) fn from_utc_time(content: &[u8]) -> Option<Self> {
        let (&[y1, y2, ref rest @ ..], b'Z') = content.split_last().map(|(z, body)| (body, *z))?
        else {
            return None;
        };
        let century = if y1 >= b'5' { *b"19" } else { *b"20" };
        let mut digits = [0; 14];
        let (head, tail) = digits.split_at_mut(4);
        head.copy_from_slice(&[century[0], century[1], y1, y2]);
        if rest.len() != tail.len() {
            return None;
        }
        tail.copy_from_slice(rest);
        Self::from_digits(&digits)
    }

    /// Reads the content octets of a DER GeneralizedTime (`YYYYMMDDHHMMSSZ`).
    pub(crate) fn from_generalized_time(content: &[u8]) -> Option<Self> {
        let (z, digits) = content.split_last()?;
        if *z != b'Z' {
            return None;
        }
        Self::from_digits(digits.try_into().ok()?)
    }

    fn from_digits(digits: &[u8; 14]) -> Option<Self> {
        let two = |i: usize| -> Option<i64> {
            let tens = digits.get(i)?.checked_sub(b'0').filter(|d| *d < 10)?;
            let ones = digits.get(i + 1)?.checked_sub(b'0').filter(|d| *d < 10)?;
            Some(i64::from(tens) * 10 + i64::from(ones))
        };
        let year = two(0)? * 100 + two(2)?;
        let (month, day) = (two(4)?, two(6)?);
        let (hour, minute, second) = (two(8)?, two(10)?, two(12)?);
        let real = (1950..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        real.then(|| {
            Self(days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
        })
    }

    /// The 14 digits `YYYYMMDDHHMMSS`.
    pub(crate) fn digits(self) -> [u8; 14] {
        let (year, month, day) = civil_from_days(self.0.div_euclid(86_400));
        let second = self.0.rem_euclid(86_400);
        let fields =
            [year / 100, year % 100, month, day, second / 3600, second / 60 % 60, second % 60];
        let mut digits = [b'0'; 14];
        for (pair, field) in digits.chunks_exact_mut(2).zip(fields) {
            for (digit, value) in pair.iter_mut().zip([field / 10, field % 10]) {
                *digit = b'0' + u8::try_from(value).unwrap_or(0);
            }
        }
        digits
    }

    /// Whether RFC 5280 §4.1.2.5 wants this time as UTCTime (before 2050).
    pub(crate) const fn is_utc_time(self) -> bool {
        self.0 < 2_524_608_000
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// This time moved by `seconds`, held inside [`Time::MIN`] and [`Time::MAX`].
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self::from_unix(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this time; negative when it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// 1950-01-01T00:00:00Z.
    pub const MIN: Self = Self(-631_152_000);

    /// 9999-12-31T23:59:59Z, which RFC 5280 uses for "no end".
    pub const MAX: Self = Self(253_402_300_799);

    /// Seconds in a day.
    pub const DAY: i64 = 86_400;
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, digit) in self.digits().into_iter().enumerate() {
            match index {
                4 | 6 => f.write_str("-")?,
                8 => f.write_str("T")?,
                10 | 12 => f.write_str(":")?,
                _ => {}
            }
            write!(f, "{}", char::from(digit))?;
        }
        f.write_str("Z")
    }
}

/// From when until when something holds, both ends included (RFC 5280 §4.1.2.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validity {
    /// First second.
    pub not_before: Time,
    /// Last second.
    pub not_after: Time,
}

impl Validity {
    /// Whether `at` lies inside.
    #[must_use]
    pub fn contains(&self, at: Time) -> bool {
        (self.not_before..=self.not_after).contains(&at)
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, counting years from March so that the leap day comes last.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn every_day_of_five_centuries_goes_there_and_back() {
        for day in -7_305..182_622 {
            let (year, month, date) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, date), day);
        }
    }

    #[test]
    fn text_goes_there_and_back() {
        for text in ["1950-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(Time::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00+08:00",
            "2026-01-01 00:00:00Z",
            "1949-12-31T23:59:59Z",
        ] {
            assert!(Time::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn two_digit_years_turn_at_fifty() {
        assert_eq!(Time::from_utc_time(b"500101000000Z").unwrap(), Time::MIN);
        assert_eq!(
            Time::from_utc_time(b"491231235959Z").unwrap().to_string(),
            "2049-12-31T23:59:59Z"
        );
        assert!(!Time::parse("2050-01-01T00:00:00Z").unwrap().is_utc_time());
        assert!(Time::parse("2049-12-31T23:59:59Z").unwrap().is_utc_time());
        assert_eq!(Time::from_utc_time(b"4912312359Z"), None, "seconds are not optional in DER");
    }
}
