//! The page's calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path as Segment, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use yinxin_pki::{base64, json as strict};
use yinxin_platform_example::clock::now;
use yinxin_platform_example::desk::{Desk, read_again};
use yinxin_platform_example::problem::Refusal;
use yinxin_session::platform::{Accepted, Ask};
use yinxin_session::wire::{
    Begin, Binary, Display, Payload, Require, ResultForPlatform, Ticket, Token, TokenDigest,
};
use yinxin_session::{Code, Refused, Scene};

use crate::books::{Account, Books, COOKIE_LIFE, Receipt};
use crate::options::Options;

/// Octets that a page's form may have: a request of 64 bids.
const FORM: usize = 512 << 10;

/// Octets that a result may have, in base64url within JSON.
const RESULT: usize = 3 << 20;

/// How long a body may take.
const SLOWEST: Duration = Duration::from_secs(30);

/// How often the platform asks whether the page has acknowledged, before it gives the receipt up.
const TRIES: u32 = 60;

/// The site.
#[derive(Debug)]
pub(crate) struct Site {
    desk: Desk,
    origin: String,
    books: Mutex<Books>,
}

impl Site {
    /// Reads keys and certificates.
    ///
    /// # Errors
    ///
    /// Words that name the file.
    pub(crate) fn new(options: &Options) -> Result<Self, String> {
        Ok(Self {
            desk: Desk::new(&options.desk, vec![options.origin.clone()])?,
            origin: options.origin.clone(),
            books: Mutex::default(),
        })
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cookie_name(&self) -> &'static str {
        if self.origin.starts_with("https:") { "__Host-yinxin" } else { "yinxin" }
    }

    /// The header that gives a visitor a cookie: no script reads it, no other site sends it.
    fn set_cookie(&self, cookie: &Token) -> String {
        let secure = if self.origin.starts_with("https:") { "; Secure" } else { "" };
        let (name, value) = (self.cookie_name(), cookie.to_text());
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={COOKIE_LIFE}{secure}")
    }

    fn cookie(&self, headers: &HeaderMap) -> Option<Token> {
        let all = headers.get_all(header::COOKIE).into_iter();
        let mut pairs =
            all.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
        let own = pairs.find_map(|pair| {
            pair.trim().strip_prefix(self.cookie_name()).and_then(|rest| rest.strip_prefix('='))
        });
        Token::from_text(own?)
    }

    /// The visitor, by a cookie that was given here; for calls that do something, from a page of
    /// this site.
    fn visitor(&self, headers: &HeaderMap) -> Result<Token, Refused> {
        let cookie = self.cookie(headers).ok_or(Code::TokenWrong)?;
        if self.books().knows(cookie.digest(), now()) {
            Ok(cookie)
        } else {
            Err(Code::TokenWrong.into())
        }
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
        if origin == Some(&self.origin) { Ok(()) } else { Err(Code::OriginUnregistered.into()) }
    }
}

/// All calls.
pub(crate) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/api/yinxin/open", post(call))
        .route("/api/state/{digest}", get(state))
        .route("/api/account", get(account))
        .with_state(site)
}

/// What stands in every call of a page.
#[derive(Debug, Deserialize)]
struct Step {
    step: String,
}

/// `POST /api/yinxin/open`: all that a page calls, by its `step`.
async fn call(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    site.check_origin(&headers)?;
    let body = read_body(body, RESULT).await?;
    let Step { step } = strict::read(&body).map_err(|_| Code::RequestMalformed)?;
    match &step[..] {
        "visit" => visit(&site, &headers),
        "open" if body.len() > FORM => Err(Code::RequestTooLarge.into()),
        "open" => open(&site, &headers, &body).await,
        "result" => result(&site, &headers, &body),
        _ => Err(Code::RequestMalformed.into()),
    }
}

/// A page begins. Gives the nonce that ties the answer to the visitor's cookie, the cookie, if there
/// is none, and whom the page may believe.
fn visit(site: &Site, headers: &HeaderMap) -> Result<Response, Refusal> {
    let now = now();
    let mut rng = UnwrapErr(SysRng);
    let held = site.visitor(headers).ok();
    let cookie = held.clone().unwrap_or_else(|| Token::random(&mut rng));
    let visit = site.desk.platform.visit(cookie.as_bytes(), now, &mut rng);
    let mut books = site.books();
    books.enter(cookie.digest(), now)?;
    let mut answer = site.desk.introduction();
    answer.insert("nonce".to_owned(), json!(visit.nonce));
    answer.insert("account".to_owned(), json!(books.account(cookie.digest())));
    books.visit(cookie.digest(), visit);
    drop(books);
    let mut response = answer_with(StatusCode::OK, &answer);
    if held.is_none() {
        put_cookie(&mut response, site, &cookie);
    }
    Ok(response)
}

/// What a page asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "step")]
    _step: String,
    scene: String,
    nonce: Binary,
    begin: Begin,
    #[serde(default)]
    input: Wish,
}

/// What it wishes a phone to be asked. This site lets it have its way; another decides here.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wish {
    display: Display,
    payload: Option<Value>,
}

/// Signs a request and opens its session at the hub.
///
/// | Code | Who mends it |
/// |---|---|
/// | `token_wrong` | the visitor logs in first |
/// | `answer_binding` | the page begins with a new visit |
/// | `request_malformed` | the page |
/// | those of the hub | see `docs/protocol.md` §13 |
async fn open(site: &Arc<Site>, headers: &HeaderMap, body: &[u8]) -> Result<Response, Refusal> {
    let cookie = site.visitor(headers)?;
    let form: Form = strict::read(body).map_err(|_| Code::RequestMalformed)?;
    let scene = Scene::ALL.into_iter().find(|own| own.name() == form.scene);
    let scene = scene.ok_or(Code::SceneNotAllowed)?;
    let begin = read_again(&form.begin)?;
    let payload = Payload::read(scene, form.input.payload).ok_or(Code::RequestMalformed)?;
    let (visit, account) = {
        let mut books = site.books();
        let account = books.account(cookie.digest()).cloned();
        (books.take_visit(cookie.digest(), &form.nonce.0), account)
    };
    let visit = visit.ok_or(Code::AnswerBinding)?;
    let code = account.and_then(|account| account.credit_code);
    let require = match (scene, code) {
        // Whose login it will be is not known before.
        (Scene::Login, _) | (Scene::Encrypt, None) => Require::default(),
        (_, Some(code)) => Require { credit_code: Some(code), ..Require::default() },
        (_, None) => return Err(Code::TokenWrong.into()),
    };
    let now = now();
    let ask = Ask { display: form.input.display, payload, require };
    let opened = site.desk.open(begin, ask, &visit, cookie.as_bytes(), now).await?;
    let digest = opened.pending.digest.clone();
    site.books().record(scene, opened.pending, opened.platform_token, cookie.digest(), now)?;
    let ticket = opened.ticket;
    Ok(answer_with(StatusCode::CREATED, &Ticketed { digest, ticket }))
}

#[derive(Serialize)]
struct Ticketed {
    digest: Binary,
    ticket: Ticket,
}

/// An answer, as the page hands it in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    #[serde(rename = "step")]
    _step: String,
    digest: Binary,
    result: ResultForPlatform,
}

/// Verifies an answer, takes it once, and sends the phone a receipt. A
/// login gives the visitor a new cookie. The hub is not needed for it.
///
/// | Code | Who mends it |
/// |---|---|
/// | `token_wrong`, `session_unknown` | the page: another visitor, another request |
/// | those of `Platform::accept` | see there |
fn result(site: &Arc<Site>, headers: &HeaderMap, body: &[u8]) -> Result<Response, Refusal> {
    let cookie = site.visitor(headers)?;
    let handed: Handed = strict::read(body).map_err(|_| Code::AnswerBinding)?;
    let digest = handed.digest.0;
    let now = now();
    let mut rng = UnwrapErr(SysRng);
    // Verified and written down under one lock: of two results at once one is the first.
    let mut books = site.books();
    let record = books.get(&digest).ok_or(Code::SessionUnknown)?;
    let (scene, mut pending) = (record.scene, record.pending.clone());
    let accepted = site.desk.accept(&mut pending, &handed.result, cookie.as_bytes(), now)?;
    record.pending = pending;
    let holder = holder(&accepted)?;
    let statement = accepted.statement.digest().as_ref().to_vec();
    let answer = json!({
        "statementDigest": Binary(statement.clone()),
        "holder": holder,
        "again": accepted.again,
        "revocationUnknown": accepted.statement.is_revocation_unknown(),
    });
    let mut response = answer_with(StatusCode::OK, &answer);
    if scene == Scene::Login {
        let fresh = Token::random(&mut rng);
        record.owners.push(fresh.digest());
        books.log_in(cookie.digest(), fresh.digest(), holder, now);
        put_cookie(&mut response, site, &fresh);
    }
    if !accepted.again {
        if let Some(record) = books.get(&digest) {
            record.receipt = Receipt::Waiting;
        }
        tokio::spawn(send_receipt(site.clone(), digest, statement));
    }
    Ok(response)
}

fn holder(accepted: &Accepted) -> Result<Account, Code> {
    let certificate = accepted.statement.path().first().ok_or(Code::Internal)?;
    let holder = certificate.holder();
    let credit_code = holder.unified_code().map(|code| code.as_str().to_owned());
    Ok(Account { name: holder.name().to_owned(), credit_code })
}

/// Waits until the page has acknowledged the answer, then gives the hub the receipt.
async fn send_receipt(site: Arc<Site>, digest: Vec<u8>, statement: Vec<u8>) {
    let Some((sid, token)) = site
        .books()
        .get(&digest)
        .and_then(|record| Some((record.pending.sid()?, record.platform_token.clone())))
    else {
        return;
    };
    let Ok(receipt) = site.desk.receipt(&digest, &statement, None, None) else { return };
    let mut after = 0;
    for _ in 0..TRIES {
        let Ok(events) = site.desk.hub.events(sid, &token, after).await else {
            tokio::time::sleep(Duration::from_secs(5)).await;
            continue;
        };
        let Some(last) = events.events.last() else { continue };
        after = last.n;
        if matches!(last.state.as_str(), "expired" | "failed" | "cancelled" | "rejected") {
            return;
        }
        let completed = last.state == "completed";
        if completed && site.desk.hub.receipt(sid, &token, receipt.clone()).await.is_ok() {
            if let Some(record) = site.books().get(&digest) {
                record.receipt = Receipt::Sent;
            }
            return;
        }
    }
}

/// `GET /api/state/{digest}`: what became of a request, to the visitor who asked.
async fn state(
    State(site): State<Arc<Site>>,
    Segment(digest): Segment<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let cookie: TokenDigest = site.visitor(&headers)?.digest();
    let digest = base64::decode_url(digest.as_bytes()).map_err(|_| Code::SessionUnknown)?;
    let mut books = site.books();
    let record = books.get(&digest).filter(|record| record.owners.contains(&cookie));
    let record = record.ok_or(Code::SessionUnknown)?;
    let answer = json!({
        "scene": record.scene,
        "accepted": record.pending.accepted().is_some(),
        "receipt": record.receipt,
    });
    Ok(answer_with(StatusCode::OK, &answer))
}

/// `GET /api/account`: who is logged in.
async fn account(State(site): State<Arc<Site>>, headers: HeaderMap) -> Result<Response, Refusal> {
    let cookie = site.visitor(&headers)?.digest();
    let account = site.books().account(cookie).cloned();
    Ok(answer_with(StatusCode::OK, &json!({ "account": account })))
}

fn put_cookie(response: &mut Response, site: &Site, cookie: &Token) {
    if let Ok(value) = site.set_cookie(cookie).parse() {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}

fn answer_with(status: StatusCode, value: &impl Serialize) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    match serde_json::to_vec(value) {
        Ok(body) => (status, headers, body).into_response(),
        Err(_) => Refusal::from(Code::Internal).into_response(),
    }
}

async fn read_body(body: Body, limit: usize) -> Result<Vec<u8>, Refused> {
    let read = tokio::time::timeout(SLOWEST, to_bytes(body, limit)).await;
    let read = read.map_err(|_| Code::RequestMalformed)?;
    Ok(read.map_err(|_| Code::RequestTooLarge)?.to_vec())
}
