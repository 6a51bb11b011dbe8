//! Between a page and its own platform: what the page begins with, and what it gets back.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::http::Opened;
use super::{Binary, Browser, Request, Token, message};
use crate::channel::{DisplayKey, Sid};
use crate::frame::QrSecret;
use crate::{Code, Refused};

const BEGIN: &str = "yinxin-begin-1";
const TICKET: &str = "yinxin-ticket-1";

/// A page asks its platform for a session (会话申请).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Begin {
    typ: String,
    /// The page's origin.
    pub origin: String,
    /// SubjectPublicKeyInfo of its reply key.
    pub reply_key: Binary,
    /// Which browser it runs in, if it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<Browser>,
    /// Host name of the hub that it would have, when another was silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
}

impl Begin {
    /// A page's request.
    #[must_use]
    pub fn new(origin: impl Into<String>, reply_key: Vec<u8>, browser: Option<Browser>) -> Self {
        let (origin, reply_key) = (origin.into(), Binary(reply_key));
        Self { typ: BEGIN.into(), origin, reply_key, browser, hub: None }
    }

    /// The same at a certain hub.
    #[must_use]
    pub fn at(mut self, hub: impl Into<String>) -> Self {
        self.hub = Some(hub.into());
        self
    }

    /// Reads what a page posted.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`].
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        message::read(text, BEGIN, Code::RequestMalformed)
    }

    /// Its octets.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`].
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        message::write(self, BEGIN, Code::RequestMalformed)
    }
}

/// A page's share of an open session (会话票据). Holds secrets: for this page alone, never in an
/// address, never kept by the platform. Wiped on drop, never printed.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Ticket {
    typ: String,
    sid: Binary,
    qr_secret: Token,
    display_key: Binary,
    /// The page's token at the hub.
    pub page_token: Token,
    /// Eight characters for who has no camera.
    pub short_code: String,
    /// The hub's clock when it opened the session; seconds since 1970, UTC.
    pub hub_now: u64,
    /// When the session was opened, by that clock.
    pub created_at: u64,
    /// The request's octets.
    pub request: Binary,
}

impl Ticket {
    pub(crate) fn new(sid: Sid, opened: &Opened, display: DisplayKey, request: Vec<u8>) -> Self {
        Self {
            typ: TICKET.into(),
            sid: Binary(sid.0.to_vec()),
            qr_secret: opened.qr_secret.clone(),
            display_key: Binary(display.as_bytes().to_vec()),
            page_token: opened.page_token.clone(),
            short_code: opened.short_code.clone(),
            hub_now: opened.hub_now,
            created_at: opened.created_at,
            request: Binary(request),
        }
    }

    /// Reads what the platform answered.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`].
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        let ticket: Self = message::read(text, TICKET, Code::RequestMalformed)?;
        let lengths = (ticket.sid.0.len(), ticket.display_key.0.len());
        if lengths == (16, 16) { Ok(ticket) } else { Err(Code::RequestMalformed.into()) }
    }

    /// Its octets.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`].
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        message::write(self, TICKET, Code::RequestMalformed)
    }

    /// Reads the request.
    ///
    /// # Errors
    ///
    /// Those of [`Request::read`].
    pub fn request(&self) -> Result<Request, Refused> {
        Request::read(&self.request.0)
    }

    /// The session's number.
    #[must_use]
    pub fn sid(&self) -> Sid {
        Sid(array(&self.sid))
    }

    /// What its frames are drawn with.
    #[must_use]
    pub fn qr_secret(&self) -> QrSecret {
        QrSecret::from_bytes(*self.qr_secret.as_bytes())
    }

    /// What its envelopes are opened with.
    #[must_use]
    pub fn display_key(&self) -> DisplayKey {
        DisplayKey::from_bytes(array(&self.display_key))
    }
}

/// Lengths were looked at when it was read.
fn array<const N: usize>(binary: &Binary) -> [u8; N] {
    binary.0[..].try_into().unwrap_or([0; N])
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.display_key.0.zeroize();
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(..)")
    }
}
