//! The QR code (二维码帧): a new one each second, so that a copy is dead after eight.
//!
//! ```text
//! text  = "HTTPS://" ‖ HUB ‖ "/Q/" ‖ base32(frame)              upper case, alphanumeric mode
//! frame = version(1) ‖ sid(16) ‖ counter(3) ‖ tag(8) ‖ display key(16)
//! tag   = HMAC(qrSecret, "yinxin-qr-1" ‖ 00 ‖ version ‖ sid ‖ counter)[0..8]
//! ```
//!
//! `counter` is seconds since the session was opened. With a host of 24 characters the text has
//! 106, which is QR version 5 at level M. The phone keeps the display key to itself and sends the
//! rest to the hub.

use alloc::string::String;
use alloc::vec::Vec;

use subtle::ConstantTimeEq as _;
use yinxin_pki::Fact;

use crate::channel::{DisplayKey, Sid};
use crate::label::{Field, Label, Suite};
use crate::secret::secret;
use crate::{Code, Refused};

/// Longest host name of a hub, in characters: longer ones do not fit QR version 6.
pub const MAX_HOST: usize = 40;

/// Frames that the hub takes, in seconds before and after its own clock.
pub const WINDOW: (u32, u32) = (8, 2);

const VERSION: u8 = 1;
const SIGNED: usize = 1 + 16 + 3;
const SENT: usize = SIGNED + 8;
const LEN: usize = SENT + 16;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// 44 octets are 70.4 digits.
const DIGITS: usize = (LEN * 8).div_ceil(5);

secret! {
    /// What a page draws its frames with: 32 bytes of the hub's. Wiped on drop, never printed.
    pub struct QrSecret(32);
}

impl QrSecret {
    fn tag(&self, suite: Suite, signed: &[u8; SIGNED]) -> [u8; 8] {
        let mac = suite.hmac(&self.0, Label::Qr, &[Field::Fixed(signed)]);
        mac.first_chunk().copied().unwrap_or([0; 8])
    }

    /// The text of the frame that is due `age` seconds after the session was opened.
    ///
    /// # Errors
    ///
    /// [`Code::QrTooLong`] for a host that is none, or over [`MAX_HOST`] characters;
    /// [`Code::SessionExpired`] past 194 days, which no session lives.
    pub fn draw(
        &self,
        suite: Suite,
        host: &str,
        sid: Sid,
        age: u32,
        display: &DisplayKey,
    ) -> Result<String, Refused> {
        let host = host.to_ascii_uppercase();
        if !is_host(&host) {
            return Err(Refused::from(Code::QrTooLong).with(Fact::text("host", host)));
        }
        if age >= 1 << 24 {
            return Err(Code::SessionExpired.into());
        }
        let signed = signed_octets(sid, age);
        let tag = self.tag(suite, &signed);
        let frame = [&signed[..], &tag, display.as_bytes()].concat();
        Ok(["HTTPS://", &host, "/Q/", &base32(&frame)].concat())
    }

    /// Checks a frame that a phone sent: its tag, then its age. Whether the session is known, open
    /// and free, the hub has looked at before and looks at after.
    ///
    /// # Errors
    ///
    /// [`Code::QrTag`], [`Code::QrStale`].
    pub fn check(&self, suite: Suite, sent: &SentFrame, age: u32) -> Result<(), Refused> {
        let tag = self.tag(suite, &sent.signed());
        if !bool::from(tag.ct_eq(&sent.tag)) {
            return Err(Code::QrTag.into());
        }
        let (past, future) = WINDOW;
        let fits = sent.counter.saturating_add(past) >= age && sent.counter <= age + future;
        if fits {
            return Ok(());
        }
        let fact = |name, value: u32| Fact::number(name, u64::from(value));
        Err(Refused::from(Code::QrStale).with(fact("counter", sent.counter)).with(fact("age", age)))
    }
}

/// version ‖ sid ‖ counter, whose first octet of four is left out.
fn signed_octets(sid: Sid, counter: u32) -> [u8; SIGNED] {
    let [_, counter @ ..] = counter.to_be_bytes();
    let mut signed = [0; SIGNED];
    let octets = [VERSION].into_iter().chain(sid.0).chain(counter);
    signed.iter_mut().zip(octets).for_each(|(to, from)| *to = from);
    signed
}

/// A frame without its display key: what goes to the hub.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SentFrame {
    /// Which session.
    pub sid: Sid,
    /// Seconds after it was opened.
    pub counter: u32,
    tag: [u8; 8],
}

impl SentFrame {
    /// Octets on the wire.
    pub const LEN: usize = SENT;

    fn signed(&self) -> [u8; SIGNED] {
        signed_octets(self.sid, self.counter)
    }

    /// version ‖ sid ‖ counter ‖ tag.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.signed()[..], &self.tag].concat()
    }

    /// Reads what a phone sent.
    ///
    /// # Errors
    ///
    /// [`Code::QrMalformed`], [`Code::VersionUnsupported`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Refused> {
        let malformed = || Refused::from(Code::QrMalformed);
        if bytes.len() != SENT {
            return Err(malformed());
        }
        let (version, rest) = bytes.split_first().ok_or_else(malformed)?;
        if *version != VERSION {
            let found = Fact::number("found", u64::from(*version));
            return Err(Refused::from(Code::VersionUnsupported).with(found));
        }
        let (sid, rest) = rest.split_first_chunk().ok_or_else(malformed)?;
        let (counter, tag) = rest.split_first_chunk::<3>().ok_or_else(malformed)?;
        let [a, b, c] = *counter;
        let tag = tag.try_into().map_err(|_| malformed())?;
        Ok(Self { sid: Sid(*sid), counter: u32::from_be_bytes([0, a, b, c]), tag })
    }
}

/// A code as the phone scanned it.
#[derive(Clone, Debug)]
pub struct Scanned {
    /// The hub, as it is pinned.
    pub hub: String,
    /// What goes to it.
    pub frame: SentFrame,
    /// What stays here.
    pub display: DisplayKey,
}

/// Reads a scanned text. Nothing has gone over the network when it is refused.
///
/// # Errors
///
/// In this order: [`Code::QrForeign`] with the `kind` of another's code; [`Code::QrMalformed`] for
/// alphabet and length; [`Code::VersionUnsupported`]; [`Code::HubUnknown`] for a hub that is not
/// among `pinned`.
pub fn scan(text: &str, pinned: &[&str]) -> Result<Scanned, Refused> {
    if let Some(kind) = foreign(text) {
        return Err(Refused::from(Code::QrForeign).with(Fact::text("kind", kind)));
    }
    let malformed = || Refused::from(Code::QrMalformed);
    let (host, digits) = text
        .strip_prefix("HTTPS://")
        .and_then(|rest| rest.split_once("/Q/"))
        .ok_or_else(malformed)?;
    if digits.len() != DIGITS
        || host.chars().any(|c| c.is_ascii_lowercase() || !c.is_ascii_graphic())
    {
        return Err(malformed());
    }
    let frame = from_base32(digits).ok_or_else(malformed)?;
    let (sent, display) = frame.split_at_checked(SENT).ok_or_else(malformed)?;
    let frame = SentFrame::from_bytes(sent)?;
    let display = DisplayKey::from_bytes(display.try_into().map_err(|_| malformed())?);
    // Byte by byte: a user, a port or a dot at the end makes another host.
    let hub = pinned.iter().find(|own| own.to_ascii_uppercase() == host);
    let hub = hub.ok_or_else(|| Refused::from(Code::HubUnknown).with(Fact::text("host", host)))?;
    Ok(Scanned { hub: (*hub).into(), frame, display })
}

/// The kind of a code that is none of this protocol's sessions.
fn foreign(text: &str) -> Option<&'static str> {
    const KINDS: [(&str, &str); 14] = [
        ("fido:/", "fido"),
        ("wc:", "walletconnect"),
        ("weixin://", "wechat"),
        ("wxp://", "wechat"),
        ("https://u.wechat.com/", "wechat"),
        ("https://weixin.qq.com/", "wechat"),
        ("alipays://", "alipay"),
        ("alipayqr://", "alipay"),
        ("https://qr.alipay.com/", "alipay"),
        ("openid4vp:", "openid4vp"),
        ("openid-vc", "openid4vp"),
        ("otpauth://", "one_time_password"),
        ("begin:vcard", "contact"),
        ("wifi:", "wifi"),
    ];
    let text = text.trim_start_matches('\u{feff}').trim();
    let lower = text.to_lowercase();
    if let Some((_, kind)) = KINDS.iter().find(|(prefix, _)| lower.starts_with(prefix)) {
        return Some(kind);
    }
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    match rest.and_then(|rest| rest.split_once('/')) {
        Some((_, path)) if path.starts_with("q/") && lower.starts_with("https://") => None,
        Some((_, path)) if path.starts_with("i/") => Some("invitation"),
        Some((_, path)) if path.starts_with("v/") => Some("verification"),
        _ if rest.is_some() => Some("url"),
        _ => Some("other"),
    }
}

/// Letters, digits, dots and hyphens, in upper case.
fn is_host(host: &str) -> bool {
    (1..=MAX_HOST).contains(&host.len())
        && host
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'.' || b == b'-')
}

/// RFC 4648 base32 without padding, spare bits zero.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut count) = (0_u32, 0);
    let digit = |bits: u32| {
        let index = usize::try_from(bits & 31).unwrap_or(0);
        ALPHABET.get(index).map_or('A', |octet| char::from(*octet))
    };
    for octet in bytes {
        bits = bits << 8 | u32::from(*octet);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(digit(bits >> count));
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        text.push(digit(bits << (5 - count)));
    }
    text
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for octet in text.bytes() {
        let value = ALPHABET.iter().position(|digit| *digit == octet)?;
        bits = bits << 5 | u32::try_from(value).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.extend((bits >> count).to_be_bytes().last());
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0 && count < 5).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;
    use std::{format, println};

    use rand_core::Rng as _;

    use super::*;
    use crate::testing::Seeded;

    const HOST: &str = "hub.yinxin-example.cn";

    struct Session {
        secret: QrSecret,
        display: DisplayKey,
        sid: Sid,
    }

    fn session(seed: u64) -> Session {
        let mut rng = Seeded(seed);
        let secret = QrSecret::random(&mut rng);
        let display = DisplayKey::random(&mut rng);
        let mut sid = Sid([0; 16]);
        rng.fill_bytes(&mut sid.0);
        Session { secret, display, sid }
    }

    impl Session {
        fn text(&self, age: u32) -> String {
            self.secret.draw(Suite::Sm, HOST, self.sid, age, &self.display).unwrap()
        }

        fn check(&self, text: &str, age: u32) -> Result<(), Code> {
            let scanned = scan(text, &[HOST]).unwrap();
            self.secret.check(Suite::Sm, &scanned.frame, age).map_err(|refused| refused.code)
        }
    }

    fn refused(text: &str) -> Code {
        scan(text, &[HOST]).unwrap_err().code
    }

    #[test]
    fn a_frame_goes_there_and_back() {
        for seed in 0..200 {
            let session = session(seed);
            let age = u32::try_from(seed).unwrap() * 1000;
            let scanned = scan(&session.text(age), &["other.cn", HOST]).unwrap();
            assert_eq!((scanned.hub.as_str(), scanned.frame.sid), (HOST, session.sid));
            assert_eq!(scanned.display, session.display);
            let sent = SentFrame::from_bytes(&scanned.frame.to_bytes()).unwrap();
            assert_eq!(sent, scanned.frame);
            session.secret.check(Suite::Sm, &sent, age).unwrap();
        }
    }

    #[test]
    fn a_text_with_a_host_of_24_characters_has_106() {
        let session = session(1);
        let draw =
            |host: &str| session.secret.draw(Suite::Sm, host, session.sid, 0, &session.display);
        assert_eq!(draw(&"h".repeat(24)).unwrap().len(), 106);
        assert_eq!(draw(&"h".repeat(40)).unwrap().len(), 122);
        assert_eq!(draw(&"h".repeat(41)).unwrap_err().code, Code::QrTooLong);
        assert_eq!(draw("host:443").unwrap_err().code, Code::QrTooLong);
        assert_eq!(draw("").unwrap_err().code, Code::QrTooLong);
    }

    #[test]
    fn frame_of_9_seconds_ago_and_3_ahead_is_stale_8_and_2_pass() {
        let session = session(2);
        for (counter, age, expected) in [
            (100, 100, Ok(())),
            (92, 100, Ok(())),
            (91, 100, Err(Code::QrStale)),
            (102, 100, Ok(())),
            (103, 100, Err(Code::QrStale)),
            (0, 8, Ok(())),
            (0, 9, Err(Code::QrStale)),
        ] {
            assert_eq!(session.check(&session.text(counter), age), expected, "{counter} at {age}");
        }
    }

    #[test]
    fn frame_tag_and_old_tag_new_counter_are_refused() {
        let session = session(3);
        let text = session.text(50);
        let start = text.len() - DIGITS;
        let mut refusals = 0;
        // Digits of sid, counter and tag; the first one holds the version.
        for at in start + 2..start + 45 {
            let mut bent = text.clone().into_bytes();
            bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8(bent).unwrap();
            let said = scan(&bent, &[HOST])
                .and_then(|scanned| session.secret.check(Suite::Sm, &scanned.frame, 50));
            refusals += u32::from(said.is_err_and(|refused| refused.code == Code::QrTag));
        }
        assert!(refusals >= 42, "{refusals}");
        let scanned = scan(&text, &[HOST]).unwrap();
        let later = SentFrame { counter: 51, ..scanned.frame };
        let said = session.secret.check(Suite::Sm, &later, 51).unwrap_err();
        assert_eq!(said.code, Code::QrTag);
        let other = session.secret.check(Suite::Nist, &scanned.frame, 50).unwrap_err();
        assert_eq!(other.code, Code::QrTag, "another suite's");
    }

    #[test]
    fn spare_bit_and_lower_case_are_malformed() {
        let session = session(4);
        let text = session.text(1);
        let lower = text.to_lowercase();
        assert_eq!(refused(&lower), Code::QrMalformed);
        // The last digit has three spare bits.
        let last = text.bytes().last().unwrap();
        let value = ALPHABET.iter().position(|digit| *digit == last).unwrap();
        let bent = format!("{}{}", &text[..text.len() - 1], char::from(ALPHABET[value | 1]));
        assert_eq!(refused(&bent), Code::QrMalformed);
        for bent in [
            text[..text.len() - 1].to_string(),
            format!("{text}A"),
            format!("{text}\n"),
            format!("{text} "),
            format!("\u{feff}{text}"),
            format!("{}=", &text[..text.len() - 1]),
            text.replace("/Q/", "/q/"),
            text.replace('A', "\u{ff21}"),
            text.replace("HTTPS", "https"),
            format!("{}1", &text[..text.len() - 1]),
        ] {
            assert_eq!(refused(&bent), Code::QrMalformed, "{bent:?}");
        }
    }

    #[test]
    fn other_host_user_info_port_trailing_dot_are_unknown_hubs() {
        let session = session(5);
        let upper = HOST.to_uppercase();
        let text = session.text(1);
        for host in [
            "HUB.EXAMPLE.CN".to_string(),
            format!("USER@{upper}"),
            format!("{upper}:443"),
            format!("{upper}."),
            format!("{upper}.EVIL.CN"),
            format!("X{upper}"),
            String::new(),
        ] {
            let bent = text.replace(&upper, &host);
            assert_eq!(refused(&bent), Code::HubUnknown, "{bent}");
        }
        // Another version is told before the hub is looked at, and nothing goes over the network.
        let newer = [&[2][..], &[0; LEN - 1]].concat();
        let bent = format!("HTTPS://HUB.EXAMPLE.CN/Q/{}", base32(&newer));
        assert_eq!(refused(&bent), Code::VersionUnsupported);
    }

    #[test]
    fn codes_of_other_kinds_are_named() {
        for (text, kind) in [
            ("FIDO:/1234", "fido"),
            (
                "wc:7f6e504bfad60b485450578e05678ed3e8e8c4751d3c6160be17160d63ec90f9@2",
                "walletconnect",
            ),
            ("https://u.wechat.com/abc", "wechat"),
            ("wxp://f2f0abc", "wechat"),
            ("https://qr.alipay.com/fkx123", "alipay"),
            ("openid4vp://?request_uri=x", "openid4vp"),
            ("https://example.cn/q1", "url"),
            ("http://hub.yinxin-example.cn/Q/AAAA", "url"),
            ("HTTPS://HUB.YINXIN-EXAMPLE.CN/I/ABC", "invitation"),
            ("BEGIN:VCARD\nVERSION:3.0", "contact"),
            ("just text", "other"),
            ("", "other"),
        ] {
            let said = scan(text, &[HOST]).unwrap_err();
            assert_eq!(said.code, Code::QrForeign, "{text}");
            assert_eq!(said.facts, [Fact::text("kind", kind)], "{text}");
        }
    }

    #[test]
    fn twenty_thousand_mutations_end_in_a_code() {
        let text = session(6).text(77);
        let mut rng = Seeded(7);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..20_000 {
            let mut bent = text.clone().into_bytes();
            for _ in 0..=rng.next_u32() % 2 {
                let at = usize::try_from(rng.next_u32()).unwrap() % bent.len();
                bent[at] = rng.next_u32().to_le_bytes()[0];
            }
            let bent = String::from_utf8_lossy(&bent).into_owned();
            let name = scan(&bent, &[HOST]).map_or_else(|refused| refused.code.name(), |_| "read");
            *counts.entry(name).or_insert(0_u32) += 1;
        }
        println!("{counts:?}");
        assert!(counts.len() >= 4);
        for end in 0..text.len() {
            scan(&text[..end], &[HOST]).unwrap_err();
        }
    }
}
