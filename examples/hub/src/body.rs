//! Bodies: no larger than the call allows, not slower than thirty seconds, not compressed.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use yinxin_pki::json;
use yinxin_session::Code;

use axum::response::{IntoResponse, Response};

use crate::problem::Refusal;

/// How long a body may take.
const SLOWEST: Duration = Duration::from_secs(30);

/// Reads a body of at most `limit` octets.
///
/// # Errors
///
/// 413 for a larger one, before all of it was read; 415 for a compressed one; 408 for one that
/// takes too long; 400 for one that ends early.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Vec<u8>, Refusal> {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity") {
        return Err(Refusal::http(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|text| text.parse().ok()).is_some_and(|length: usize| length > limit) {
        return Err(Refusal::http(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let read = async {
        let mut octets = Vec::new();
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Refusal::http(StatusCode::BAD_REQUEST))?;
            if octets.len() + chunk.len() > limit {
                return Err(Refusal::http(StatusCode::PAYLOAD_TOO_LARGE));
            }
            octets.extend_from_slice(&chunk);
        }
        Ok(octets)
    };
    let late = |_| Refusal::http(StatusCode::REQUEST_TIMEOUT);
    tokio::time::timeout(SLOWEST, read).await.map_err(late)?
}

/// Reads JSON with one meaning.
///
/// # Errors
///
/// As [`read`]; `request_malformed`.
pub(crate) fn parse<T: DeserializeOwned>(octets: &[u8]) -> Result<T, Refusal> {
    json::read(octets).map_err(|_| Code::RequestMalformed.into())
}

/// Answers with JSON.
pub(crate) fn answer(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => Refusal::from(Code::Internal).into_response(),
    }
}
