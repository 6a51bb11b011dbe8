//! `POST /v1/sessions/{sid}/…`: the steps after the scan.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use yinxin_session::Code;
use yinxin_session::hub::Input;
use yinxin_session::wire::http::{Ack, Action, Fail, PREPARED_LIMIT};

use super::{session, token};
use crate::app::{App, now, random};
use crate::body;
use crate::problem::Refusal;

/// One step, by the last part of the path. 200 with the session's state.
///
/// | Code | Who mends it |
/// |---|---|
/// | `session_unknown`, `token_wrong` | the caller, before anything of the body is read |
/// | `request_too_large` | the caller |
/// | what `Hub::step` refuses | see there |
pub(super) async fn step(
    State(app): State<Arc<App>>,
    Path((sid, action)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let action = Action::from_name(&action).ok_or_else(|| Refusal::http(StatusCode::NOT_FOUND))?;
    take(&app, &sid, &headers, body, action.limit(), |octets| input(action, octets)).await
}

/// A prepared message, its index and their count in the path.
pub(super) async fn prepared(
    State(app): State<Arc<App>>,
    Path((sid, index, count)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let number = |text: &str| {
        let plain = text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().ok()).flatten().ok_or(Code::OfferMismatch)
    };
    let (index, count) = (number(&index), number(&count));
    take(&app, &sid, &headers, body, PREPARED_LIMIT, |octets| {
        Ok(Input::Prepared { index: index?, count: count?, octets })
    })
    .await
}

async fn take(
    app: &App,
    sid: &str,
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    read: impl FnOnce(Vec<u8>) -> Result<Input, Refusal>,
) -> Result<Response, Refusal> {
    let (sid, token) = (session(sid)?, token(headers)?);
    app.with_hub(|hub| hub.role(sid, &token))?;
    let octets = body::read(headers, body, limit).await?;
    let input = read(octets)?;
    let stepped = app.with_hub(|hub| hub.step(sid, &token, input, now(), &mut random()))?;
    Ok(body::answer(StatusCode::OK, &stepped))
}

fn input(action: Action, octets: Vec<u8>) -> Result<Input, Refusal> {
    let filled = |octets: Vec<u8>| match octets.is_empty() {
        true => Err(Refusal::from(Code::RequestMalformed)),
        false => Ok(octets),
    };
    let nothing = |input| match octets.is_empty() {
        true => Ok(input),
        false => Err(Refusal::from(Code::RequestMalformed)),
    };
    match action {
        Action::Cancel => nothing(Input::Cancel),
        Action::Confirm => nothing(Input::Confirm),
        Action::NotMe => nothing(Input::NotMe),
        Action::Ack => {
            let ack: Ack = body::parse(&octets)?;
            Ok(Input::Ack(ack.answer_digest.0))
        }
        Action::Fail => {
            let fail: Fail = body::parse(&octets)?;
            let code = Code::from_name(&fail.code).ok_or(Code::RequestMalformed)?;
            Ok(Input::Fail(code))
        }
        Action::Answer => Ok(Input::Answer(filled(octets)?)),
        Action::Hello => Ok(Input::Hello(filled(octets)?)),
        Action::Key => Ok(Input::Key(filled(octets)?)),
        Action::Offer => Ok(Input::Offer(filled(octets)?)),
        Action::Receipt => Ok(Input::Receipt(filled(octets)?)),
        Action::Reject => Ok(Input::Reject(octets)),
        _ => Err(Refusal::http(StatusCode::NOT_FOUND)),
    }
}
