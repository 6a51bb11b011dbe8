//! Refusals as HTTP answers: the catalogue's status, its words in Chinese and English, and when to
//! try again.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use yinxin_session::wire::http::Problem;
use yinxin_session::{Code, Refused};

/// A call was refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    refused: Refused,
    /// Where HTTP itself has a word for it.
    status: Option<StatusCode>,
}

impl Refusal {
    /// A refusal that HTTP has a status of its own for.
    pub(crate) fn http(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::PAYLOAD_TOO_LARGE => Code::RequestTooLarge,
            _ => Code::RequestMalformed,
        };
        Self { refused: code.into(), status: Some(status) }
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self { refused, status: None }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Refused::from(code).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut problem = Problem::new(&self.refused);
        if let Some(status) = self.status {
            problem.status = status.as_u16();
        }
        if self.refused.code == Code::Internal {
            let reference = crate::app::reference();
            eprintln!("yinxin-hub: internal error {reference}: {}", self.refused);
            problem.reference = Some(reference);
        }
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = problem.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
