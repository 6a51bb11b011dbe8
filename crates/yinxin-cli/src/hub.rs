//! Calls to a hub over HTTP: TLS everywhere but on the machine itself.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::Uri;
use ureq::{Agent, Proxy};
use yinxin::session::wire::http::{Events, Problem, Stepped, bearer, header, path};
use yinxin::session::wire::{CallHeaders, Token};
use yinxin_session::channel::Sid;

use crate::output::{Exit, Failure};

/// Largest answer of a hub: a trust list, or a scan with the largest request.
const LARGEST: u64 = 8 << 20;

/// Seconds that a call may take besides the time it is asked to wait.
const PATIENCE: u64 = 30;

/// A hub's address.
#[derive(Clone, Debug)]
pub(crate) struct Hub {
    agent: Agent,
    base: String,
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caller<'a> {
    Anybody,
    /// A phone that scans, by its account.
    Phone(&'a Token),
    /// A platform that opens a session, by its signed headers.
    Platform(&'a CallHeaders),
    /// A role of a session.
    Session(&'a Token),
}

impl Hub {
    /// Takes an address as `https://hub.example.cn`.
    ///
    /// # Errors
    ///
    /// `hub_address`: not an address, or plain HTTP to another machine.
    pub(crate) fn new(address: &str) -> Result<Self, Failure> {
        let words = || {
            let words = format!(
                "`{address}` is no hub's address: https://NAME, or http on this machine alone"
            );
            Failure::usage("hub_address", words)
        };
        let base = address.trim_end_matches('/');
        let uri: Uri = base.parse().map_err(|_| words())?;
        let host = uri.host().ok_or_else(words)?;
        let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let secure = match uri.scheme_str() {
            Some("https") if cfg!(feature = "tls") => true,
            Some("https") => {
                let words = "this program was built without TLS (feature `tls`): it calls hubs on \
                             its own machine alone";
                return Err(Failure::usage("hub_without_tls", words));
            }
            Some("http") => local,
            _ => false,
        };
        if !secure || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(words());
        }
        // What stays on this machine goes through nobody else's.
        let proxy = if local { None } else { Proxy::try_from_env() };
        let config = Agent::config_builder()
            .proxy(proxy)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(10)))
            .user_agent(concat!("yinxin/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.into(), base: base.to_owned() })
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let words = format!("the hub at {} cannot be reached: {error}", self.base);
        Failure::new(Exit::System, "hub_unreachable", words)
    }

    /// Fetches octets; `wait` is how long the hub is asked to wait, in seconds.
    ///
    /// # Errors
    ///
    /// `hub_unreachable`, or what the hub refuses.
    pub(crate) fn get(
        &self,
        path: &str,
        caller: Caller<'_>,
        wait: u64,
    ) -> Result<Vec<u8>, Failure> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in caller.headers() {
            request = request.header(name, value);
        }
        let request =
            request.config().timeout_global(Some(Duration::from_secs(PATIENCE + wait))).build();
        self.answer(request.call())
    }

    /// Posts octets of a media type.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub(crate) fn post(
        &self,
        path: &str,
        caller: Caller<'_>,
        kind: &str,
        body: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        let mut request =
            self.agent.post(format!("{}{path}", self.base)).header("content-type", kind);
        for (name, value) in caller.headers() {
            request = request.header(name, value);
        }
        let request = request.config().timeout_global(Some(Duration::from_secs(PATIENCE))).build();
        self.answer(request.send(body))
    }

    fn answer(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Vec<u8>, Failure> {
        let mut answer = answer.map_err(|error| self.unreachable(&error))?;
        let body = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
        let body = body.map_err(|error| self.unreachable(&error))?;
        if answer.status().is_success() {
            return Ok(body);
        }
        Err(Problem::read(&body).into())
    }

    /// Posts JSON and reads JSON.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub(crate) fn call<T: DeserializeOwned>(
        &self,
        path: &str,
        caller: Caller<'_>,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        read(&self.post(path, caller, JSON, &write(body)?)?)
    }

    /// Takes a step of a session.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub(crate) fn step(&self, path: &str, token: &Token, body: &[u8]) -> Result<Stepped, Failure> {
        let kind = if body.first() == Some(&b'{') { JSON } else { "application/octet-stream" };
        read(&self.post(path, Caller::Session(token), kind, body)?)
    }

    /// Events of a session after number `after`; waits up to `wait` seconds for one.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub(crate) fn events(
        &self,
        sid: Sid,
        token: &Token,
        after: u64,
        wait: u64,
    ) -> Result<Events, Failure> {
        read(&self.get(&path::events(sid, after, wait), Caller::Session(token), wait)?)
    }
}

const JSON: &str = "application/json";

/// JSON of a message.
///
/// # Errors
///
/// `internal`, which our own types do not give.
pub(crate) fn write(body: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(body)
        .map_err(|error| Failure::new(Exit::System, "internal", error.to_string()))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    yinxin::json::read(body).map_err(|error| {
        let words = format!("the hub's answer is not of this protocol: {error}");
        Failure::new(Exit::Unreadable, "hub_answer", words)
    })
}

impl Caller<'_> {
    fn headers(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Anybody => Vec::new(),
            Self::Phone(account) => vec![(header::PHONE, account.to_text())],
            Self::Platform(headers) => headers.to_pairs().into(),
            Self::Session(token) => vec![(header::AUTHORIZATION, bearer(token))],
        }
    }
}
