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
use yinxin_platform_example::problem::Refusal;
use yinxin_session::platform::{Ask, Pending, Visit};
use yinxin_session::statement::Judge;
use yinxin_session::wire::http::{sid_from_text, sid_text};
use yinxin_session::wire::{
    Begin, Binary, Display, Payload, PlatformReceipt, Require, ResultForPlatform, Ticket, Token,
};
use yinxin_session::{Code, Refused, Scene};

use crate::desk::Desk;

/// Octets of a call: a result of 500 signatures, in base64url within JSON.
const CALL: usize = 5 << 20;

/// Octets of a file that is verified in memory.
const FILE: usize = 256 << 20;

/// How long a body may take.
const SLOWEST: Duration = Duration::from_secs(60);

/// All calls.
pub(crate) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/v1/visit", post(visit))
        .route("/v1/open", post(open))
        .route("/v1/verify", post(answer))
        .route("/v1/receipt", post(receipt))
        .route("/v1/files", post(file))
        .layer(middleware::from_fn_with_state(desk.clone(), authorised))
        .route("/openapi.json", get(description))
        .with_state(desk)
}

/// Loopback is shared by everybody on the machine, and by the pages in its browsers.
async fn authorised(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION);
    let given = given.and_then(|value| value.to_str().ok()).unwrap_or("");
    if desk.knows(given) {
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
async fn visit(State(desk): State<Arc<Desk>>, body: Body) -> Result<Response, Refusal> {
    let call: VisitCall = read(body).await?;
    let visit = desk.platform.visit(call.cookie.as_bytes(), now(), &mut UnwrapErr(SysRng));
    Ok(say(&json!({
        "nonce": visit.nonce,
        "suite": desk.suite,
        "hub": desk.platform.hub,
        "hubs": [{"name": desk.platform.hub, "url": desk.hub_page_url}],
        "trust": desk.roots(),
        "visit": visit,
    })))
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
struct OpenedSession {
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
async fn open(State(desk): State<Arc<Desk>>, body: Body) -> Result<Response, Refusal> {
    let call: OpenCall = read(body).await?;
    let scene = Scene::ALL.into_iter().find(|own| own.name() == call.scene);
    let scene = scene.ok_or(Code::SceneNotAllowed)?;
    // Read once more as what it must be: its `typ` is this protocol's.
    let begin = serde_json::to_vec(&call.begin).map_err(|_| Code::RequestMalformed)?;
    let begin = Begin::read(&begin)?;
    let payload = Payload::read(scene, call.payload).ok_or(Code::RequestMalformed)?;
    let ask = Ask { display: call.display, payload, require: call.require };
    let now = now();
    let mut rng = UnwrapErr(SysRng);
    let draft = desk.platform.request(begin, ask, &call.visit, call.cookie.as_bytes(), now)?;
    let signature = desk.key.sign(draft.to_sign(), &mut rng).map_err(|_| Code::Internal)?;
    let opening = draft.finish(&signature, &mut rng)?;
    let credential = (&desk.platform.certificate, &desk.key);
    let code = &desk.platform.names.code;
    let opened = desk.hub.open(code, credential, &opening.open, now, &mut rng).await?;
    let (ticket, pending) = opening.opened(&opened)?;
    let digest = pending.digest.clone();
    Ok(say(&OpenedSession {
        digest: digest.clone(),
        sid: sid_text(ticket.sid()),
        pending,
        platform_token: opened.platform_token,
        for_page: ForPage { digest, ticket },
    }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerCall {
    pending: Pending,
    cookie: String,
    result: Value,
}

/// `POST /v1/verify`: verifies what a page posted as its phone's answer, and takes it once. The hub
/// is not needed for it. The site keeps the new `pending` before it does anything else.
///
/// | Code | Who mends it |
/// |---|---|
/// | `answer_signature`, `answer_binding`, `certificate_status` | nobody: the answer does not count |
/// | `already_answered` | another answer to this request was taken before |
async fn answer(State(desk): State<Arc<Desk>>, body: Body) -> Result<Response, Refusal> {
    let call: AnswerCall = read(body).await?;
    let result = serde_json::to_vec(&call.result).map_err(|_| Code::RequestMalformed)?;
    let result = ResultForPlatform::read(&result)?;
    let lists = desk.lists.current();
    let judge = Judge {
        trust: &desk.trust,
        revocation: lists.as_deref(),
        require_revocation: desk.require_revocation,
        now: now(),
    };
    let mut pending = call.pending;
    let accepted = desk.platform.accept(&mut pending, &result, call.cookie.as_bytes(), judge)?;
    let ResultForPlatform { statement, shown, products, .. } = &result;
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
async fn receipt(State(desk): State<Arc<Desk>>, body: Body) -> Result<Response, Refusal> {
    let call: ReceiptCall = read(body).await?;
    let sid = sid_from_text(&call.sid).ok_or(Code::SessionUnknown)?;
    let refused = match &call.refused {
        Some(name) => Some(Code::from_name(name).ok_or(Code::RequestMalformed)?),
        None => None,
    };
    let code = &desk.platform.names.code;
    let mut receipt =
        PlatformReceipt::new(code, &call.digest.0, &call.statement_digest.0, refused, now());
    receipt.reference = call.reference;
    let draft = receipt.draft(&desk.platform.certificate)?;
    let mut rng = UnwrapErr(SysRng);
    let signature = desk.key.sign(draft.to_sign(), &mut rng).map_err(|_| Code::Internal)?;
    let signed = draft.finish(&signature).map_err(|_| Code::Internal)?;
    desk.hub.receipt(sid, &call.platform_token, signed).await?;
    Ok(say(&json!({})))
}

/// `POST /v1/files`: what a file is and whether it holds: OFD, PDF, seals, signed messages,
/// certificates, receipts, evidence, records of sessions; the JSON of `yinxin verify --json`. The
/// trust is in the holders' roots.
async fn file(State(desk): State<Arc<Desk>>, body: Body) -> Result<Response, Refusal> {
    let bytes = octets(body, FILE).await?;
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
