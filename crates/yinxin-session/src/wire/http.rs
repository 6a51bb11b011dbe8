//! The HTTP binding (HTTP 绑定) of the hub: paths, headers and bodies, shared by the hub and by all
//! who call it.
//!
//! | Call | Who | Body → answer |
//! |---|---|---|
//! | `POST /v1/sessions` | platform, [signed](super::CallHeaders) | [`Open`] → 201 [`Opened`]; 200 when sent again |
//! | `POST /v1/scan` | phone, `Yinxin-Phone` | [`Scan`] → [`Bound`] |
//! | `POST /v1/sessions/{sid}/hello` `offer` `answer` | phone | envelope → [`Stepped`] |
//! | `POST /v1/sessions/{sid}/confirm` | phone | nothing → [`Stepped`] |
//! | `POST /v1/sessions/{sid}/reject` | phone | envelope or nothing → [`Stepped`] |
//! | `POST /v1/sessions/{sid}/key` | page | sealed display key → [`Stepped`]; after a scan by short code |
//! | `POST /v1/sessions/{sid}/prepared/{index}/{count}` | page | prepared message → [`Stepped`] |
//! | `POST /v1/sessions/{sid}/not-me` | page | nothing → [`Stepped`] |
//! | `POST /v1/sessions/{sid}/ack` | page, platform | [`Ack`] → [`Stepped`] |
//! | `POST /v1/sessions/{sid}/cancel` | page, platform | nothing → [`Stepped`] |
//! | `POST /v1/sessions/{sid}/fail` | any | [`Fail`] → [`Stepped`] |
//! | `POST /v1/sessions/{sid}/receipt` | platform | receipt, CMS → [`Stepped`] |
//! | `GET /v1/sessions/{sid}/events?after=n` | any | [`Events`]; waits `wait` seconds, 25 at most, where there is none yet. `Accept: text/event-stream`: one [`Event`] a message, `id` is its n |
//! | `GET /v1/trust/list` | anybody | the signed trust list, DER |
//! | `GET /v1/trust/hub-certificate` | anybody | the certificate of the hub's key, DER |
//! | `GET /v1/errors` | anybody | the table of codes |
//!
//! A role proves itself by its session token: `Authorization: Bearer TOKEN`. `sid` in paths and
//! tokens in headers are base64url without padding. Envelopes, prepared messages and receipts are
//! `application/octet-stream`, all else is JSON. A refusal is a [`Problem`] with its code's status.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::{Fact, base64, json};

use super::{Binary, RoutingHeader, Token};
use crate::channel::Sid;
use crate::{Code, Refused};

/// Names of headers.
pub mod header {
    /// `Bearer TOKEN`: the session token of the caller's role.
    pub const AUTHORIZATION: &str = "authorization";
    /// Key id of the certificate that signs a platform's call.
    pub const CREDENTIAL: &str = "yinxin-credential";
    /// The number of the last event seen, for SSE.
    pub const LAST_EVENT_ID: &str = "last-event-id";
    /// 16 random bytes of a platform's call.
    pub const NONCE: &str = "yinxin-nonce";
    /// The phone's own account token, at the scan.
    pub const PHONE: &str = "yinxin-phone";
    /// The platform's code.
    pub const PLATFORM: &str = "yinxin-platform";
    /// The signature of a platform's call.
    pub const SIGNATURE: &str = "yinxin-signature";
    /// The time of a platform's call.
    pub const TIMESTAMP: &str = "yinxin-timestamp";
}

/// Paths.
pub mod path {
    use alloc::format;
    use alloc::string::String;

    use super::Action;
    use crate::channel::Sid;

    /// Platforms open sessions here.
    pub const SESSIONS: &str = "/v1/sessions";
    /// Phones scan here.
    pub const SCAN: &str = "/v1/scan";
    /// The signed trust list.
    pub const TRUST_LIST: &str = "/v1/trust/list";
    /// The certificate of the hub's key.
    pub const HUB_CERTIFICATE: &str = "/v1/trust/hub-certificate";
    /// The table of codes.
    pub const ERRORS: &str = "/v1/errors";

    /// A step of a session.
    #[must_use]
    pub fn step(sid: Sid, action: Action) -> String {
        format!("{SESSIONS}/{}/{}", super::sid_text(sid), action.name())
    }

    /// Prepared message `index` of `count`.
    #[must_use]
    pub fn prepared(sid: Sid, index: u32, count: u32) -> String {
        format!("{SESSIONS}/{}/prepared/{index}/{count}", super::sid_text(sid))
    }

    /// Events after `n`, waiting up to `wait` seconds for one.
    #[must_use]
    pub fn events(sid: Sid, after: u64, wait: u64) -> String {
        format!("{SESSIONS}/{}/events?after={after}&wait={wait}", super::sid_text(sid))
    }
}

/// What a role does to a session, by the last part of its path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Page or platform acknowledge the answer.
    Ack,
    /// The phone answers.
    Answer,
    /// Page or platform give up.
    Cancel,
    /// The person confirmed, in scenes without an offer.
    Confirm,
    /// Somebody cannot go on.
    Fail,
    /// The phone says that it is there.
    Hello,
    /// The page hands over the display key, after a scan by short code.
    Key,
    /// The person at the page refuses this phone.
    NotMe,
    /// The phone offers seals.
    Offer,
    /// The platform says whether the act counts.
    Receipt,
    /// The person declined.
    Reject,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Ack,
        Self::Answer,
        Self::Cancel,
        Self::Confirm,
        Self::Fail,
        Self::Hello,
        Self::Key,
        Self::NotMe,
        Self::Offer,
        Self::Receipt,
        Self::Reject,
    ];

    /// As in the path.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ack => "ack",
            Self::Answer => "answer",
            Self::Cancel => "cancel",
            Self::Confirm => "confirm",
            Self::Fail => "fail",
            Self::Hello => "hello",
            Self::Key => "key",
            Self::NotMe => "not-me",
            Self::Offer => "offer",
            Self::Receipt => "receipt",
            Self::Reject => "reject",
        }
    }

    /// The action of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Octets that its body may have.
    #[must_use]
    pub const fn limit(self) -> usize {
        match self {
            // An offer holds whole seals, pictures and all.
            Self::Answer | Self::Offer => crate::channel::MAX_LEN,
            Self::Receipt => 64 << 10,
            Self::Hello | Self::Key | Self::Reject => 4 << 10,
            Self::Ack | Self::Cancel | Self::Confirm | Self::Fail | Self::NotMe => 1 << 10,
        }
    }
}

/// Octets that a prepared message may have.
pub const PREPARED_LIMIT: usize = 64 << 10;

/// Octets that the body of an opening may have: the largest sealed request in base64url, and the
/// header.
pub const OPEN_LIMIT: usize = (256 << 10) * 4 / 3 + (4 << 10);

/// Octets that the body of a scan may have.
pub const SCAN_LIMIT: usize = 1 << 10;

/// Seconds that a long poll waits, at most.
pub const LONGEST_WAIT: u64 = 25;

/// A session's number as in paths.
#[must_use]
pub fn sid_text(sid: Sid) -> String {
    base64::encode_url(&sid.0)
}

/// Reads a session's number out of a path.
#[must_use]
pub fn sid_from_text(text: &str) -> Option<Sid> {
    let bytes = base64::decode_url(text.as_bytes()).ok()?;
    bytes.as_slice().try_into().ok().map(Sid)
}

/// The value of the `Authorization` header.
#[must_use]
pub fn bearer(token: &Token) -> String {
    format!("Bearer {}", token.to_text())
}

/// Opens a session (开启会话).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Open {
    /// What the hub is told in clear.
    pub header: RoutingHeader,
    /// The signed request, sealed under the display key and padded: 4, 16, 64 or 256 KiB.
    pub sealed: Binary,
}

/// A session was opened: for the platform, which hands the page its part.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Opened {
    /// The session's number, 16 bytes.
    pub sid: Binary,
    /// What the page draws its frames with, 32 bytes. A secret.
    pub qr_secret: Token,
    /// The page's token.
    pub page_token: Token,
    /// The platform's token: stays at its back end.
    pub platform_token: Token,
    /// Eight characters to be typed where there is no camera.
    pub short_code: String,
    /// The hub's clock, seconds since 1970, UTC.
    pub hub_now: u64,
    /// When the session was opened by that clock: counters of frames count from here.
    pub created_at: u64,
}

/// A phone read a code (扫码): either a frame or a short code.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Scan {
    /// The frame without its display key, 28 octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<Binary>,
    /// The short code as it was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_code: Option<String>,
    /// A fresh random value for the hub's time, 16 to 64 bytes.
    pub phone_nonce: Binary,
    /// The newest trust list that the phone holds; 0 for none.
    pub list_number: u64,
}

/// The session is this phone's now.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Bound {
    /// The session's number, 16 bytes.
    pub sid: Binary,
    /// The phone's token for this session.
    pub phone_token: Token,
    /// What the hub was told in clear.
    pub header: RoutingHeader,
    /// The sealed request, for who has the display key.
    pub sealed: Binary,
    /// The hub's time over the phone's nonce: CMS.
    pub hub_time: Binary,
    /// Until when the person may confirm; seconds since 1970, UTC.
    pub confirm_by: u64,
    /// After which nothing is answered, whatever happens; seconds since 1970, UTC.
    pub ends_by: u64,
    /// What the hub saw of the browser, if the page was there already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<SeenBrowser>,
    /// The number of the session's last event.
    pub n: u64,
}

/// What the hub saw of the page's browser. A hint for the person: whoever runs the browser can
/// have it say anything.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SeenBrowser {
    /// Its kind, for instance `Chrome, Windows`; at most 40 characters.
    pub kind: String,
    /// Where its network is, if the hub's operator has a table of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
}

/// A step was taken, or had been before.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Stepped {
    /// The number of the session's last event.
    pub n: u64,
    /// The session's state.
    pub state: String,
    /// Until when the next step has to come; seconds since 1970, UTC. None in a final state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<u64>,
    /// The hub's receipt, CMS: to the phone for its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Binary>,
}

/// Acknowledges an answer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Ack {
    /// H of the answer's envelope, by the session's suite.
    pub answer_digest: Binary,
}

/// Says that a role cannot go on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// Why: a code of the catalogue, and none of the five that tell what a person did.
    pub code: String,
}

/// Events after the one that was asked for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Events {
    /// The hub's clock, seconds since 1970, UTC.
    pub hub_now: u64,
    /// In order; empty where nothing came while it waited.
    pub events: Vec<Event>,
}

/// An event of a session (会话事件), as one role sees it. Members that a reader does not know are
/// skipped: newer hubs have more.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its number: 1, 2, 3 … without a gap.
    pub n: u64,
    /// The session's state after it.
    pub state: String,
    /// Seconds since 1970, UTC.
    pub at: u64,
    /// What happened: `created`, `shortCode`, `scanned`, `hello`, `key`, `confirmed`, `offered`,
    /// `prepared`, `answered`, `completed`, `receipt`, `rejected`, `cancelled`, `expired`,
    /// `failed`.
    pub step: String,
    /// Why, for a failure or a cancellation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Until when the next step has to come, as it stood then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<u64>,
    /// `scanned`: whether by `frame` or by `shortCode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// `expired`, where an answer had come: `unknown`, for nobody acknowledged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<String>,
    /// `shortCode`, to the page: the code that holds from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_code: Option<String>,
    /// `prepared`: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// `prepared`: of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The message that came with it, where this role may have it and the hub still has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Binary>,
}

/// A refusal (RFC 9457, `application/problem+json`). Readers go by `code`; members that they do
/// not know they skip.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The stable code.
    pub code: String,
    /// HTTP status.
    pub status: u16,
    /// What happened, in English.
    pub title: String,
    /// What may be tried again: `never`, `same`, `frame`, `session`.
    pub retry: String,
    /// What happened and what to do.
    pub en: ProblemWords,
    /// 发生了什么,该怎么办。
    pub zh: ProblemWords,
    /// Seconds after which it may be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// By which the hub's operator finds it in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Words of a problem.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ProblemWords {
    /// What happened.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    /// The problem of a refusal.
    #[must_use]
    pub fn new(refused: &Refused) -> Self {
        let entry = refused.code.entry();
        let words = |words: crate::code::Words| ProblemWords {
            cause: words.cause.into(),
            remedy: words.remedy.into(),
        };
        Self {
            code: entry.code.into(),
            status: entry.status,
            title: entry.en.cause.into(),
            retry: entry.retry.name().into(),
            en: words(entry.en),
            zh: words(entry.zh),
            retry_after: refused.number(RETRY_AFTER),
            reference: None,
        }
    }

    /// The refusal of an answer that is not 2xx: its code, or [`Code::Internal`] for a body that
    /// is none of the hub's.
    #[must_use]
    pub fn read(body: &[u8]) -> Refused {
        let problem: Option<Self> = json::read(body).ok();
        let code = problem.as_ref().and_then(|problem| Code::from_name(&problem.code));
        let refused = Refused::from(code.unwrap_or(Code::Internal));
        match problem.and_then(|problem| problem.retry_after) {
            Some(seconds) => refused.with(Fact::number(RETRY_AFTER, seconds)),
            None => refused,
        }
    }
}

/// The fact of a refusal that says after how many seconds it may be tried again.
pub const RETRY_AFTER: &str = "retryAfter";
