//! `POST /v1/scan`: a phone read a code.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use yinxin_session::Code;
use yinxin_session::wire::Token;
use yinxin_session::wire::http::{SCAN_LIMIT, Scan, header};

use super::{Peer, network};
use crate::app::{App, now, random};
use crate::body;
use crate::problem::Refusal;

/// `Yinxin-Phone` is the phone's account: 32 random bytes that the phone made for itself, until
/// there are accounts. 200 with the session, which is this phone's now.
///
/// | Code | Who mends it |
/// |---|---|
/// | `token_wrong` | the app: it sends no account |
/// | what `Hub::scan` refuses | the person, in most cases by the new code on the page |
pub(super) async fn scan(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let account = headers.get(header::PHONE).and_then(|value| value.to_str().ok());
    let account = account.and_then(Token::from_text).ok_or(Code::TokenWrong)?;
    let network = network(app.behind_proxy, peer, &headers);
    let octets = body::read(&headers, body, SCAN_LIMIT).await?;
    let scan: Scan = body::parse(&octets)?;
    let bound = app.with_hub(|hub| hub.scan(&scan, &account, network, now(), &mut random()))?;
    Ok(body::answer(StatusCode::OK, &bound))
}
