//! The hub, by its public calls.

use std::time::Duration;

use axum::body::Body;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rand_core::CryptoRng;
use tokio::net::TcpStream;
use yinxin_pki::{Certificate, SigningKey, json};
use yinxin_session::channel::Sid;
use yinxin_session::wire::http::{Action, Events, Open, Opened, Problem, bearer, path};
use yinxin_session::wire::{Call, Token};
use yinxin_session::{Code, Refused};

/// How long the hub may take, longer than it holds a poll.
const PATIENCE: Duration = Duration::from_secs(30);

/// Octets that an answer may have.
const LIMIT: usize = 1 << 20;

/// Where the hub answers.
#[derive(Clone, Debug)]
pub struct HubClient {
    authority: String,
}

impl HubClient {
    /// The hub at `http://host:port`.
    ///
    /// # Errors
    ///
    /// Words for any other address.
    pub fn new(url: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let authority = rest.filter(|rest| !rest.is_empty() && !rest.contains('/'));
        let authority = authority
            .ok_or_else(|| format!("--hub-url: `{url}` is not of the form http://host:port"))?;
        let authority = match authority.contains(':') {
            true => authority.to_owned(),
            false => format!("{authority}:80"),
        };
        Ok(Self { authority })
    }

    /// Opens a session: the call is signed by the platform's key.
    ///
    /// # Errors
    ///
    /// The hub's refusal; [`Code::Internal`] where it does not answer.
    pub async fn open(
        &self,
        platform: &str,
        (certificate, key): (&Certificate, &SigningKey),
        open: &Open,
        now: u64,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Opened, Refused> {
        let body = serde_json::to_vec(open).map_err(|_| Code::Internal)?;
        let call = Call { method: "POST", path: path::SESSIONS, body: &body };
        let draft = call.draft(platform, certificate, now, rng)?;
        let answer = key.sign(draft.to_sign(), rng).map_err(|_| Code::Internal)?;
        let headers = draft.finish(&answer)?.to_pairs();
        let headers: Vec<_> = headers.into_iter().collect();
        let answer = self.call(Method::POST, path::SESSIONS, &headers, body).await?;
        json::read(&answer).map_err(|_| Code::Internal.into())
    }

    /// Hands the platform's receipt to the hub, for the phone.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn receipt(&self, sid: Sid, token: &Token, receipt: Vec<u8>) -> Result<(), Refused> {
        let path = path::step(sid, Action::Receipt);
        let headers = [(AUTHORIZATION.as_str(), bearer(token))];
        self.call(Method::POST, &path, &headers, receipt).await.map(drop)
    }

    /// Events after `after`; the hub waits for one.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn events(&self, sid: Sid, token: &Token, after: u64) -> Result<Events, Refused> {
        let path = path::events(sid, after, 20);
        let headers = [(AUTHORIZATION.as_str(), bearer(token))];
        let answer = self.call(Method::GET, &path, &headers, Vec::new()).await?;
        json::read(&answer).map_err(|_| Code::Internal.into())
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Refused> {
        let late = |_| Refused::from(Code::Internal);
        tokio::time::timeout(PATIENCE, self.exchange(method, path, headers, body))
            .await
            .map_err(late)?
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Refused> {
        let away = |error: &dyn std::fmt::Display| {
            eprintln!("hub {}: {error}", self.authority);
            Refused::from(Code::Internal)
        };
        let stream = TcpStream::connect(&self.authority).await.map_err(|error| away(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| away(&error))?;
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header(HOST, &self.authority);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request = request.header(CONTENT_TYPE, "application/octet-stream");
        let request = request.body(Body::from(body)).map_err(|error| away(&error))?;
        let response = sender.send_request(request).await.map_err(|error| away(&error))?;
        let status = response.status();
        let body = axum::body::to_bytes(Body::new(response.into_body()), LIMIT);
        let body = body.await.map_err(|error| away(&error))?;
        if status.is_success() { Ok(body.to_vec()) } else { Err(Problem::read(&body)) }
    }
}
