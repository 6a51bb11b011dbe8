//! The calls.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use yinxin::finding::Finding;
use yinxin::judge::Trust;
use yinxin::verify;
use yinxin::verify::document::{Format, Lists, verify_ofd, verify_pdf};
use yinxin::words::{Language, Speaker};
use yinxin_pki::{Time, TrustStore, json as strict};
use yinxin_platform_example::clock::now;
use yinxin_platform_example::desk::{Desk, read_again};
use yinxin_platform_example::problem::Refusal;
use yinxin_session::platform::{Ask, Pending, Visit};
use yinxin_session::wire::http::{sid_from_text, sid_text};
use yinxin_session::wire::{
    Begin, Binary, Display, Payload, Require, ResultForPlatform, Ticket, Token,
};
use yinxin_session::{Code, Refused, Scene};

use crate::options::Options;
use crate::secret::Secret;

/// Octets of a call: a result of 500 signatures, in base64url within JSON.
const CALL: usize = 5 << 20;

/// Octets of a file that is verified in memory.
const FILE: usize = 256 << 20;

/// How long a body may take.
const SLOWEST: Duration = Duration::from_secs(60);

/// The sidecar.
#[derive(Debug)]
pub(crate) struct Sidecar {
    desk: Desk,
    secret: Secret,
}

impl Sidecar {
    /// Reads keys, certificates and the secret.
    ///
    /// # Errors
    ///
    /// Words that name the file.
    pub(crate) fn new(options: &Options) -> Result<Self, String> {
        let desk = Desk::new(&options.desk, options.origin.clone())?;
        Ok(Self { desk, secret: Secret::read(&options.token_file)? })
    }
}

/// All calls.
pub(crate) fn router(sidecar: Arc<Sidecar>) -> Router {
    Router::new()
        .route("/v1/visit", post(visit))
        .route("/v1/open", post(open))
        .route("/v1/verify", post(answer))
        .route("/v1/receipt", post(receipt))
        .route("/v1/files", post(file))
        .layer(middleware::from_fn_with_state(sidecar.clone(), authorised))
        .route("/openapi.json", get(description))
        .with_state(sidecar)
}

async fn authorised(State(sidecar): State<Arc<Sidecar>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION);
    let given = given.and_then(|value| value.to_str().ok()).unwrap_or("");
    if sidecar.secret.is_in(given) {
        return next.run(request).await;
    }
    Refusal::from(Code::TokenWrong).into_response()
}

/// `GET /openapi.json`: these calls, for generators of clients.
async fn description() -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::OK, kind, include_str!("openapi.json")).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VisitCall {
    cookie: String,
}

/// `POST /v1/visit`: a page begins. `visit` stays with the site, all else goes to the page.
async fn visit(State(sidecar): State<Arc<Sidecar>>, body: Body) -> Result<Response, Refusal> {
    let call: VisitCall = read(body).await?;
    let desk = &sidecar.desk;
    let visit = desk.platform.visit(call.cookie.as_bytes(), now(), &mut UnwrapErr(SysRng));
    let mut answer = desk.introduction();
    answer.insert("nonce".to_owned(), json!(visit.nonce));
    answer.insert("visit".to_owned(), json!(visit));
    Ok(say(&answer))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenCall {
    scene: String,
    begin: Begin,
    visit: Visit,
    cookie: String,
    #[serde(default)]
    display: Display,
    #[serde(default)]
    payload: Option<Value>,
    #[serde(default)]
    require: Require,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OpenedText {
    digest: Binary,
    sid: String,
    pending: Pending,
    platform_token: Token,
    for_page: ForPage,
}

#[derive(Debug, Serialize)]
struct ForPage {
    digest: Binary,
    ticket: Ticket,
}

/// `POST /v1/open`: signs a request and opens its session at the hub.
///
/// | Code | Who mends it |
/// |---|---|
/// | `answer_binding` | the page begins with a new visit |
/// | `request_malformed`, `scene_not_allowed` | the site's program |
/// | those of the hub | see `docs/protocol.md` §13 |
async fn open(State(sidecar): State<Arc<Sidecar>>, body: Body) -> Result<Response, Refusal> {
    let call: OpenCall = read(body).await?;
    let scene = Scene::ALL.into_iter().find(|own| own.name() == call.scene);
    let scene = scene.ok_or(Code::SceneNotAllowed)?;
    let begin = read_again(&call.begin)?;
    let payload = Payload::read(scene, call.payload).ok_or(Code::RequestMalformed)?;
    let ask = Ask { display: call.display, payload, require: call.require };
    let cookie = call.cookie.as_bytes();
    let opened = sidecar.desk.open(begin, ask, &call.visit, cookie, now()).await?;
    let digest = opened.pending.digest.clone();
    Ok(say(&OpenedText {
        digest: digest.clone(),
        sid: sid_text(opened.ticket.sid()),
        pending: opened.pending,
        platform_token: opened.platform_token,
        for_page: ForPage { digest, ticket: opened.ticket },
    }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerCall {
    pending: Pending,
    cookie: String,
    result: ResultForPlatform,
}

/// `POST /v1/verify`: verifies what a page posted as its phone's answer, and takes it once. The hub
/// is not needed for it. The site keeps the new `pending` before it does anything else.
///
/// | Code | Who mends it |
/// |---|---|
/// | `answer_signature`, `answer_binding`, `certificate_status` | nobody: the answer does not count |
/// | `already_answered` | another answer to this request was taken before |
async fn answer(State(sidecar): State<Arc<Sidecar>>, body: Body) -> Result<Response, Refusal> {
    let call: AnswerCall = read(body).await?;
    let mut pending = call.pending;
    let accepted =
        sidecar.desk.accept(&mut pending, &call.result, call.cookie.as_bytes(), now())?;
    let ResultForPlatform { statement, shown, products, .. } = &call.result;
    let answer = verify::answer::verified(&accepted.statement, &statement.0, &shown.0, products)?;
    Ok(say(&json!({"pending": pending, "again": accepted.again, "answer": answer})))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ReceiptCall {
    sid: String,
    platform_token: Token,
    digest: Binary,
    statement_digest: Binary,
    #[serde(default)]
    refused: Option<String>,
    #[serde(default)]
    reference: Option<String>,
}

/// `POST /v1/receipt`: hands the phone, by way of the hub, the platform's word that the act counts,
/// or why it does not. The hub takes it once the page has acknowledged the answer: until then it
/// says `step_out_of_order`, and the site tries again.
async fn receipt(State(sidecar): State<Arc<Sidecar>>, body: Body) -> Result<Response, Refusal> {
    let call: ReceiptCall = read(body).await?;
    let sid = sid_from_text(&call.sid).ok_or(Code::SessionUnknown)?;
    let refused = match &call.refused {
        Some(name) => Some(Code::from_name(name).ok_or(Code::RequestMalformed)?),
        None => None,
    };
    let desk = &sidecar.desk;
    let (digest, statement) = (&call.digest.0, &call.statement_digest.0);
    let signed = desk.receipt(digest, statement, refused, call.reference)?;
    desk.hub.receipt(sid, &call.platform_token, signed).await?;
    Ok(say(&json!({})))
}

/// `POST /v1/files`: what a file is and whether it holds: OFD, PDF, seals, signed messages,
/// certificates, receipts, evidence, records of sessions; the JSON of `yinxin verify --json`. The
/// trust is in the holders' roots.
async fn file(State(sidecar): State<Arc<Sidecar>>, body: Body) -> Result<Response, Refusal> {
    let bytes = octets(body, FILE).await?;
    let desk = &sidecar.desk;
    let trust = Trust {
        store: desk.trust.clone(),
        tsa: TrustStore::new(),
        intermediates: Vec::new(),
        at: None,
        now: Time::from_unix(i64::try_from(now()).unwrap_or(i64::MAX)),
        revocation: desk.lists.current().map(|lists| (*lists).clone()).unwrap_or_default(),
        require_revocation: desk.require_revocation,
    };
    // Megabytes of signatures take a core for a while.
    let found = tokio::task::spawn_blocking(move || find(&bytes, trust)).await;
    let found = found.map_err(|_| Code::Internal)?;
    Ok(say(&found.json(&Speaker::new(Language::English))))
}

fn find(bytes: &[u8], trust: Trust) -> Finding {
    let lists = |trust| Lists { trust, status_list: None, statements: Vec::new() };
    let found = match Format::of(bytes) {
        Some(Format::Ofd) => verify_ofd(bytes, &lists(trust)),
        Some(Format::Pdf) => verify_pdf(std::io::Cursor::new(bytes), &lists(trust)),
        None if verify::seal::is_one(bytes) => verify::seal::verify(bytes, &lists(trust)),
        None => verify::verify(bytes, None, &trust),
    };
    found.unwrap_or_else(Finding::from)
}

async fn read<T: DeserializeOwned>(body: Body) -> Result<T, Refused> {
    let octets = octets(body, CALL).await?;
    strict::read(&octets).map_err(|_| Code::RequestMalformed.into())
}

async fn octets(body: Body, limit: usize) -> Result<Vec<u8>, Refused> {
    let read = tokio::time::timeout(SLOWEST, to_bytes(body, limit)).await;
    let read = read.map_err(|_| Code::RequestMalformed)?;
    Ok(read.map_err(|_| Code::RequestTooLarge)?.to_vec())
}

fn say(value: &impl Serialize) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    match serde_json::to_vec(value) {
        Ok(body) => (StatusCode::OK, headers, body).into_response(),
        Err(_) => Refusal::from(Code::Internal).into_response(),
    }
}
