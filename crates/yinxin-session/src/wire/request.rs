//! The request: what a platform signs and a phone checks.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use yinxin_pki::json;
use yinxin_pki::{Curve, DigestAlgorithm, PublicKey, SignatureAlgorithm, UnifiedCode};

use super::Binary;
use super::payload::Payload;
use crate::label::{Field, Label, Suite};
use crate::{Code, Refused, Scene};

/// What stands first in every request.
const TYP: &str = "yinxin-request-1";

/// The version of this protocol.
const VERSION: u64 = 1;

/// Longest text that is shown, in characters.
const SHOWN: usize = 200;

/// Members that `ext` may have, and its size in bytes.
const EXT: (usize, usize) = (16, 4096);

/// What is read of a request before anything else, so that a newer one is told by its version.
#[derive(Clone, Debug, Deserialize)]
pub struct Head {
    /// Version.
    pub v: u64,
    /// Suite, by its name.
    pub suite: String,
    /// Scene, by its name.
    pub scene: String,
}

/// A platform's request (请求), read strictly; its payload by scene.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// Algorithms.
    pub suite: Suite,
    /// Host name of the hub.
    pub hub: String,
    /// Who asks, as it calls itself.
    pub platform: Platform,
    /// The page's origin, ASCII.
    pub origin: String,
    /// The platform's random value, bound to the visitor's cookie: 16 to 64 bytes.
    pub nonce: Vec<u8>,
    /// Seconds since 1970, UTC.
    pub issued_at: u64,
    /// End of the right to scan; seconds since 1970, UTC.
    pub expires_at: u64,
    /// SubjectPublicKeyInfo of the key that the answer is enveloped to.
    pub reply_key: Vec<u8>,
    /// Which browser the page runs in, if it says.
    pub browser: Option<Browser>,
    /// What to show besides.
    pub display: Display,
    /// What is asked, by scene.
    pub payload: Payload,
    /// Whose certificate may answer.
    pub require: Require,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Members {
    typ: String,
    v: u64,
    suite: Suite,
    scene: Scene,
    hub: String,
    platform: Platform,
    origin: String,
    nonce: Binary,
    issued_at: u64,
    expires_at: u64,
    reply_key: Binary,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    browser: Option<Browser>,
    display: Display,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload: Option<Value>,
    require: Require,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ext: Option<Map<String, Value>>,
}

/// A trading platform as it names itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// Its code (tradingSystemCode).
    pub code: String,
    /// Its name, byte-equal to the trust list's.
    pub name: String,
}

/// A browser's word: its key, and the signature over origin, nonce and reply key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Browser {
    /// SubjectPublicKeyInfo, P-256.
    pub key: Binary,
    /// ECDSA with SHA-256, DER.
    pub signature: Binary,
}

impl Browser {
    pub(crate) fn signed_bytes(
        suite: Suite,
        origin: &str,
        nonce: &[u8],
        reply_key: &[u8],
    ) -> Vec<u8> {
        let reply = suite.digest().digest(reply_key);
        let mut signed = Vec::new();
        let fields =
            [Field::Sized(origin.as_bytes()), Field::Sized(nonce), Field::Fixed(reply.as_ref())];
        Label::Browser.write(&fields, |octets| signed.extend_from_slice(octets));
        signed
    }
}

/// What a phone shows of a request, each at most 200 characters.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Display {
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Section (标段).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Name of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<u64>,
    /// Anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A kind of holder.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HolderKind {
    /// A unit.
    Organisation,
    /// A natural person.
    Person,
}

/// Whose certificate may answer: all that is given must hold.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Require {
    /// Unit or person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderKind>,
    /// The unit of the account that is logged in (统一社会信用代码).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_code: Option<String>,
    /// For a person: H of the registered identity number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Binary>,
    /// Key ids of certificates' issuers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuers: Option<Vec<Binary>>,
}

/// What the hub is told in clear; everything in it is signed as well.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RoutingHeader {
    /// Host name of the hub.
    pub hub: String,
    /// The platform's code.
    pub platform: String,
    /// Scene.
    pub scene: Scene,
    /// Algorithms.
    pub suite: Suite,
    /// SubjectPublicKeyInfo of the reply key.
    pub reply_key: Binary,
    /// H of the request's octets.
    pub request_digest: Binary,
    /// Seconds since 1970, UTC.
    pub issued_at: u64,
    /// Seconds since 1970, UTC.
    pub expires_at: u64,
}

impl Request {
    /// Its scene.
    #[must_use]
    pub const fn scene(&self) -> Scene {
        self.payload.scene()
    }

    /// Reads a request's octets, whose signature was right.
    ///
    /// # Errors
    ///
    /// In this order: [`Code::RequestMalformed`] for JSON that has more than one meaning;
    /// [`Code::VersionUnsupported`]; [`Code::SuiteUnsupported`]; [`Code::SceneNotAllowed`] for a
    /// scene there is not; [`Code::RequestMalformed`].
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        let malformed = || Refused::from(Code::RequestMalformed);
        Self::check_head(text)?;
        let members: Members = json::read(text).map_err(|_| malformed())?;
        Self::from_members(members).ok_or_else(malformed)
    }

    /// Whether it is JSON with one meaning, of a version, suite and scene that are known here.
    pub(crate) fn check_head(text: &[u8]) -> Result<(), Refused> {
        let malformed = || Refused::from(Code::RequestMalformed);
        json::check(text).map_err(|_| malformed())?;
        if !text.starts_with(b"{\"typ\":\"yinxin-request-") {
            return Err(malformed());
        }
        let head: Head = json::parse(text).map_err(|_| malformed())?;
        if head.v != VERSION {
            return Err(Code::VersionUnsupported.into());
        }
        if !Suite::ALL.iter().any(|suite| suite.name() == head.suite) {
            return Err(Code::SuiteUnsupported.into());
        }
        if !Scene::ALL.iter().any(|scene| scene.name() == head.scene) {
            return Err(Code::SceneNotAllowed.into());
        }
        Ok(())
    }

    fn from_members(members: Members) -> Option<Self> {
        let ext_fits = members.ext.as_ref().is_none_or(|ext| {
            let size = serde_json::to_vec(ext).map_or(usize::MAX, |text| text.len());
            ext.len() <= EXT.0 && size <= EXT.1
        });
        let reply_key = PublicKey::from_spki(&members.reply_key.0).ok()?;
        let display = &members.display;
        let texts =
            [&display.title, &display.project, &display.section, &display.file_name, &display.note];
        let shown = texts.into_iter().flatten().all(|text| text.chars().count() <= SHOWN);
        let account = match (&members.require.credit_code, &members.require.subject) {
            (Some(code), None) => {
                UnifiedCode::parse(code).is_some_and(|c| c.has_valid_check() && c.as_str() == code)
            }
            (None, Some(subject)) => subject.0.len() == 32,
            (None, None) => !members.scene.needs_account(),
            (Some(_), Some(_)) => false,
        };
        let fits = members.typ == TYP
            && ext_fits
            && shown
            && account
            && (16..=64).contains(&members.nonce.0.len())
            && reply_key.curve() == Some(members.suite.curve())
            && reply_key.to_spki() == members.reply_key.0
            && is_origin(&members.origin)
            && names_fit(&members.platform);
        let request = Self {
            suite: members.suite,
            hub: members.hub,
            platform: members.platform,
            origin: members.origin,
            nonce: members.nonce.0,
            issued_at: members.issued_at,
            expires_at: members.expires_at,
            reply_key: members.reply_key.0,
            browser: members.browser,
            display: members.display,
            payload: Payload::read(members.scene, members.payload)?,
            require: members.require,
        };
        (fits && request.browser_is_honest()).then_some(request)
    }

    /// A browser that signs for another origin, nonce or key is a broken request, not an unknown
    /// browser.
    fn browser_is_honest(&self) -> bool {
        let Some(browser) = &self.browser else { return true };
        let Ok(key) = PublicKey::from_spki(&browser.key.0) else { return false };
        let signed = self.browser_bytes();
        let algorithm = SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256);
        key.curve() == Some(Curve::P256)
            && key.verify(algorithm, &signed, &browser.signature.0).is_ok()
    }

    /// What a browser's key signs: "yinxin-browser-1" ‖ 00 ‖ origin ‖ nonce ‖ H(replyKey), origin
    /// and nonce behind their lengths.
    #[must_use]
    pub fn browser_bytes(&self) -> Vec<u8> {
        Browser::signed_bytes(self.suite, &self.origin, &self.nonce, &self.reply_key)
    }

    /// The request's octets, to be signed by the platform.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`] for a request that [`read`](Self::read) would refuse.
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        let members = Members {
            typ: TYP.into(),
            v: VERSION,
            suite: self.suite,
            scene: self.scene(),
            hub: self.hub.clone(),
            platform: self.platform.clone(),
            origin: self.origin.clone(),
            nonce: Binary(self.nonce.clone()),
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            reply_key: Binary(self.reply_key.clone()),
            browser: self.browser.clone(),
            display: self.display.clone(),
            payload: self.payload.write(),
            require: self.require.clone(),
            ext: None,
        };
        let text = serde_json::to_vec(&members).map_err(|_| Code::RequestMalformed)?;
        Self::read(&text)?;
        Ok(text)
    }

    /// What the hub is told in clear of it.
    #[must_use]
    pub fn routing(&self, text: &[u8]) -> RoutingHeader {
        RoutingHeader {
            hub: self.hub.clone(),
            platform: self.platform.code.clone(),
            scene: self.scene(),
            suite: self.suite,
            reply_key: Binary(self.reply_key.clone()),
            request_digest: Binary(self.suite.digest().digest(text).as_ref().to_vec()),
            issued_at: self.issued_at,
            expires_at: self.expires_at,
        }
    }
}

fn names_fit(platform: &Platform) -> bool {
    let code = (1..=64).contains(&platform.code.len())
        && platform.code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    code && (1..=100).contains(&platform.name.chars().count())
}

/// The ASCII serialisation of an origin: scheme and host in lower case, a port only where it is
/// not the scheme's own. Plain http only on the machine itself.
fn is_origin(text: &str) -> bool {
    let (host, own_port, local) =
        match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (rest, "443", false),
            (_, Some(rest)) => (rest, "80", true),
            _ => return false,
        };
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let port_fits = port.is_none_or(|port| {
        port != own_port && !port.starts_with('0') && port.parse::<u16>().is_ok_and(|p| p > 0)
    });
    let name_fits = (1..=253).contains(&name.len())
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        });
    port_fits && name_fits && (!local || matches!(name, "localhost" | "127.0.0.1"))
}

#[cfg(test)]
mod tests {
    use super::is_origin;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for text in
            ["https://a.cn", "https://a.b-c.cn:8443", "http://localhost:3000", "http://127.0.0.1"]
        {
            assert!(is_origin(text), "{text}");
        }
        for text in [
            "https://A.cn",
            "https://a.cn/",
            "https://a.cn:443",
            "https://a.cn:",
            "https://a.cn:08",
            "https://user@a.cn",
            "http://a.cn",
            "ftp://a.cn",
            "https://",
            "https://a..cn",
            "https://a.cn.",
            "https://甲.cn",
            "null",
            "",
            "https://a.cn:99999",
            "http://localhost:80",
        ] {
            assert!(!is_origin(text), "{text}");
        }
    }
}
