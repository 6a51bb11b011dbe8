//! `POST /v1/sessions`: a platform opens a session.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use yinxin_session::Code;
use yinxin_session::hub::Opener;
use yinxin_session::wire::http::{OPEN_LIMIT, Open};
use yinxin_session::wire::{Call, CallHeaders};

use crate::app::{App, now, random};
use crate::body;
use crate::problem::Refusal;
use crate::registry::Registered;

/// The call is signed by a certificate of the platform's. 201 with the new session, 200 with the
/// one that the same call opened within the last minute.
///
/// | Code | Who mends it |
/// |---|---|
/// | `platform_unknown` | the hub's operator registers platform and certificate |
/// | `request_time`, `request_signature`, `request_replayed` | the platform: its clock, its key, a fresh nonce |
/// | what `Hub::open` refuses | the platform |
pub(super) async fn open(
    State(app): State<Arc<App>>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    // Who calls, before anything of the body is read.
    let call = CallHeaders::read(|name| headers.get(name).and_then(|value| value.to_str().ok()))?;
    let registered = app.with_registry(|registry| registry.platform(&call.platform).cloned());
    let Registered { listed, credentials } = registered.ok_or(Code::PlatformUnknown)?;
    let certificate = credentials.get(&call.credential).ok_or(Code::PlatformUnknown)?;

    let octets = body::read(&headers, body, OPEN_LIMIT).await?;
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let signed = Call { method: "POST", path, body: &octets };
    let now = now();
    signed.check(&call, certificate, now)?;
    app.new_nonce(&call.platform, call.nonce, now)?;

    let open: Open = body::parse(&octets)?;
    let opener = Opener { platform: &listed, credential: &call.credential };
    let opening = app.with_hub(|hub| hub.open(opener, &open, now, &mut random()))?;
    let status = if opening.again { StatusCode::OK } else { StatusCode::CREATED };
    Ok(body::answer(status, &opening.opened))
}
