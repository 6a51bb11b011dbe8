//! `GET /v1/sessions/{sid}/events`: what happened, by long poll or as a stream; and the hub's
//! evidence of what went wrong.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use yinxin_session::channel::Sid;
use yinxin_session::hub::Role;
use yinxin_session::hub::state::State as Phase;
use yinxin_session::wire::Token;
use yinxin_session::wire::http::{
    Event, Events, LONGEST_WAIT, RETRY_AFTER, SeenBrowser, header as names,
};
use yinxin_session::{Code, Refused};

use super::{session, token};
use crate::app::{App, now, random};
use crate::body;
use crate::problem::Refusal;

/// How often an idle stream shows that it is alive: pages go elsewhere after five silent seconds.
const ALIVE: Duration = Duration::from_secs(3);

/// After how long a stream that broke is picked up again.
const AGAIN: Duration = Duration::from_secs(1);

/// `after=n` gives the events after the n-th, `wait=s` waits up to s seconds for one. With
/// `Accept: text/event-stream` it goes on until the session ends; `Last-Event-ID` takes the place
/// of `after` when a stream is picked up again.
///
/// | Code | Who mends it |
/// |---|---|
/// | `session_unknown`, `token_wrong` | the caller |
/// | `rate_limited` | nobody: too many streams at once; poll instead |
pub(super) async fn events(
    State(app): State<Arc<App>>,
    Path(sid): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (sid, token) = (session(&sid)?, token(&headers)?);
    let (mut after, wait) = read_query(query.as_deref().unwrap_or(""))?;
    if app.with_hub(|hub| hub.role(sid, &token))? == Role::Page {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let seen = SeenBrowser { kind: browser(agent.unwrap_or("")), city: None };
        app.with_hub(|hub| hub.saw_browser(sid, &token, seen, now()))?;
    }
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if !accepts.is_some_and(|kinds| kinds.contains("text/event-stream")) {
        let events = poll(&app, sid, &token, after, Duration::from_secs(wait)).await?;
        return Ok(body::answer(StatusCode::OK, &events));
    }
    if let Some(last) = headers.get(names::LAST_EVENT_ID) {
        let text = last.to_str().map_err(|_| Code::RequestMalformed)?;
        after = number(text)?;
    }
    let permit = app.streams.clone().try_acquire_owned().map_err(|_| {
        Refused::from(Code::RateLimited).with(yinxin_pki::Fact::number(RETRY_AFTER, 5))
    })?;
    let follow =
        Follow { app, sid, token, after, ended: false, ready: Vec::new(), _permit: permit };
    let stream = stream::unfold(follow, |mut follow| async move {
        let event = follow.next().await?;
        Some((Ok::<_, Infallible>(event), follow))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(ALIVE)).into_response())
}

/// Events after `after`; waits for one as long as it may, or until the server ends.
async fn poll(
    app: &App,
    sid: Sid,
    token: &Token,
    after: u64,
    wait: Duration,
) -> Result<Events, Refused> {
    let waiter = app.waiter(sid);
    let deadline = tokio::time::Instant::now() + wait;
    let mut ending = app.ending.clone();
    loop {
        // Listens before it looks, so that nothing falls between.
        let changed = waiter.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let events = app.with_hub(|hub| hub.events(sid, token, after, now()))?;
        if !events.events.is_empty() || *ending.borrow() {
            return Ok(events);
        }
        tokio::select! {
            () = &mut changed => {}
            _ = ending.changed() => {}
            () = tokio::time::sleep_until(deadline) => return Ok(events),
        }
    }
}

/// A stream of events.
struct Follow {
    app: Arc<App>,
    sid: Sid,
    token: Token,
    after: u64,
    /// The last event was the last.
    ended: bool,
    /// Events to send, the next one last.
    ready: Vec<Event>,
    /// Its place among the streams.
    _permit: OwnedSemaphorePermit,
}

impl Follow {
    async fn next(&mut self) -> Option<sse::Event> {
        while self.ready.is_empty() {
            if self.ended || *self.app.ending.borrow() {
                return None;
            }
            let wait = Duration::from_secs(3600);
            let events = poll(&self.app, self.sid, &self.token, self.after, wait).await.ok()?;
            self.ready = events.events;
            self.ready.reverse();
        }
        let event = self.ready.pop()?;
        self.after = event.n;
        // A completed session may still bring the platform's receipt.
        let phase = Phase::from_name(&event.state);
        self.ended = self.ready.is_empty()
            && phase.is_some_and(Phase::is_final)
            && event.step != "completed";
        let text = serde_json::to_string(&event).ok()?;
        Some(sse::Event::default().id(event.n.to_string()).retry(AGAIN).data(text))
    }
}

/// The hub's evidence about a session that failed, expired or was cancelled: CMS.
pub(super) async fn evidence(
    State(app): State<Arc<App>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (sid, token) = (session(&sid)?, token(&headers)?);
    let der = app.with_hub(|hub| hub.evidence(sid, &token, now(), &mut random()))?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], der).into_response())
}

fn read_query(query: &str) -> Result<(u64, u64), Code> {
    let (mut after, mut wait) = (0, 0);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("after", value)) => after = number(value)?,
            Some(("wait", value)) => wait = number(value)?.min(LONGEST_WAIT),
            _ => return Err(Code::RequestMalformed),
        }
    }
    Ok((after, wait))
}

fn number(text: &str) -> Result<u64, Code> {
    let plain = (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if plain {
        text.parse().map_err(|_| Code::RequestMalformed)
    } else {
        Err(Code::RequestMalformed)
    }
}

/// A browser's kind for people, out of a fixed set of words: nothing that a browser says reaches a
/// phone as it was said.
fn browser(agent: &str) -> String {
    let pick = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let program = pick(&[
        ("MicroMessenger", "WeChat"),
        ("QQBrowser", "QQ Browser"),
        ("360", "360"),
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = pick(&[
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program}, {system}"),
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => "unknown".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browsers_own_words_do_not_reach_the_phone() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome, Windows");
        assert_eq!(browser("官方认证浏览器, approve me"), "unknown");
        assert_eq!(browser(""), "unknown");
    }

    #[test]
    fn queries_are_read_strictly() {
        assert_eq!(read_query(""), Ok((0, 0)));
        assert_eq!(read_query("after=7&wait=99"), Ok((7, 25)));
        for query in
            ["after=", "after=-1", "after=1e3", "token=x", "after", "after=99999999999999999"]
        {
            assert_eq!(read_query(query), Err(Code::RequestMalformed), "{query}");
        }
    }
}
