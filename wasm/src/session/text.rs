//! JSON in and out.

use serde::Serialize;
#[cfg(any(feature = "core", feature = "phone"))]
use serde::de::DeserializeOwned;
#[cfg(any(feature = "core", feature = "phone"))]
use yinxin::base64;
use yinxin::json;
use yinxin::session::{Code, Refused};

use crate::error::Failure;

/// Reads what our own wrapper wrote.
///
/// # Errors
///
/// `code`, for anything else.
#[cfg(any(feature = "core", feature = "phone"))]
pub(super) fn read<T: DeserializeOwned>(text: &str, code: Code) -> Result<T, Failure> {
    json::parse(text.as_bytes()).map_err(|_| fail(code))
}

/// Writes an answer.
///
/// # Errors
///
/// `internal`, which our own values do not give.
pub(super) fn write(value: &impl Serialize) -> Result<String, Failure> {
    let text = json::write(value).map_err(|_| fail(Code::Internal))?;
    String::from_utf8(text).map_err(|_| fail(Code::Internal))
}

#[cfg(any(feature = "core", feature = "phone"))]
pub(super) fn octets(text: &str, code: Code) -> Result<Vec<u8>, Failure> {
    base64::decode_url(text.as_bytes()).map_err(|_| fail(code))
}

#[cfg(any(feature = "core", feature = "phone"))]
pub(super) fn base64url(octets: &[u8]) -> String {
    base64::encode_url(octets)
}

pub(super) fn fail(code: Code) -> Failure {
    Failure::from(Refused::from(code))
}
