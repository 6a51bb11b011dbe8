//! Times as vendors write them into seals (traps T5, T6, T9, T10, T11).

use yinxin_pki::Time;

/// A time that was read, and whether it had the form the standard asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Moment {
    pub(crate) time: Time,
    /// `YYYYMMDDHHMMSSZ` (or with two digits of the year).
    pub(crate) exact: bool,
}

/// How many digits the year has: UTCTime has two, everything else four.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Year {
    Four,
    Two,
}

/// Reads `YYYYMMDDHHMM[SS][.f][Z|±HHMM]`, `YYMMDDHHMM[SS]Z` and `YYYY-MM-DD HH:MM:SS`.
///
/// A time without a zone is taken as UTC, as its writers mean a clock and not a place; an offset
/// is applied. `None` for everything else.
pub(crate) fn read(text: &str, year: Year) -> Option<Moment> {
    let compact: String = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _, b' ' | b'T', _, _, b':', _, _, b':', ..] => {
            let (day, clock) = text.split_at_checked(10)?;
            let clock = clock.get(1..)?;
            format!("{}{}", day.replace('-', ""), clock.replacen(':', "", 2))
        }
        _ => text.to_owned(),
    };
    let digits = compact.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = compact.split_at_checked(digits)?;
    let full = match digits {
        10 | 12 if year == Year::Two => {
            let century = if number.as_bytes().first()? >= &b'5' { "19" } else { "20" };
            format!("{century}{number:0<12}")
        }
        12 => format!("{number}00"),
        14 if year == Year::Four => number.to_owned(),
        _ => return None,
    };
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(fraction) => {
            let end = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if end == 0 || end > 9 {
                return None;
            }
            fraction.get(end..)?
        }
        None => rest,
    };
    let offset = match rest {
        "" | "Z" => 0,
        _ => read_offset(rest)?,
    };
    let part = |from: usize, to: usize| full.get(from..to);
    let time = Time::parse(&format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    ))
    .ok()?;
    let exact = text.len() == digits + 1
        && text.ends_with('Z')
        && digits == if year == Year::Two { 12 } else { 14 };
    Some(Moment { time: time.plus(-offset), exact })
}

/// A time in free text (T11), for showing.
#[cfg(feature = "ofd")]
pub(crate) fn read_free(text: &str) -> Option<Time> {
    read(text, Year::Four).map(|moment| moment.time)
}

fn read_offset(text: &str) -> Option<i64> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let (hours, minutes) = match digits.len() {
        2 => (number(digits.get(..2))?, 0),
        4 => (number(digits.get(..2))?, number(digits.get(2..))?),
        _ => return None,
    };
    (digits.bytes().all(|octet| octet.is_ascii_digit()) && hours < 15 && minutes < 60)
        .then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> (String, bool) {
        at_with(text, Year::Four)
    }

    fn at_with(text: &str, year: Year) -> (String, bool) {
        let moment = read(text, year).unwrap();
        (moment.time.to_string(), moment.exact)
    }

    #[test]
    fn the_forms_of_the_standards_are_exact() {
        assert_eq!(at("20201004072855Z"), ("2020-10-04T07:28:55Z".into(), true));
        let short = at_with("201004072855Z", Year::Two);
        assert_eq!(short, ("2020-10-04T07:28:55Z".into(), true));
    }

    #[test]
    fn other_forms_are_read_and_not_exact() {
        for (text, time) in [
            ("20201004072855.302Z", "2020-10-04T07:28:55Z"),
            ("20201010151120", "2020-10-10T15:11:20Z"),
            ("2020-06-20 17:18:49", "2020-06-20T17:18:49Z"),
            ("20201010151120+0800", "2020-10-10T07:11:20Z"),
            ("202210101511Z", "2022-10-10T15:11:00Z"),
        ] {
            assert_eq!(at(text), (time.into(), false), "{text}");
        }
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in ["", "Z", "2020", "20201304072855Z", "20200101000000+99", "1", "２０２０"] {
            assert_eq!(read(text, Year::Four), None, "{text}");
        }
    }
}
