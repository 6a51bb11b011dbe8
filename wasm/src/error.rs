//! What is refused, as JavaScript gets it: a thrown string of JSON, which the package makes an error
//! object of.

use serde::Serialize;
use serde_json::{Map, Value};
use wasm_bindgen::JsValue;
use yinxin::{Explain, FactValue, Party};

/// `{"code", "message", "mendedBy", "facts"}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    code: &'static str,
    message: String,
    mended_by: &'static str,
    facts: Map<String, Value>,
}

impl Failure {
    /// A misuse that only whoever wrote the calling program can mend.
    #[cfg(any(feature = "camera", feature = "core", feature = "documents"))]
    pub(crate) fn misuse(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), mended_by: "developer", facts: Map::new() }
    }

    /// Something that came from outside is wrong; its sender mends it.
    #[cfg(any(feature = "core", feature = "documents"))]
    pub(crate) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), mended_by: "sender", facts: Map::new() }
    }
}

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        let facts = error.facts().into_iter();
        Self {
            code: error.code(),
            message: error.to_string(),
            mended_by: party(error.mended_by()),
            facts: facts.map(|fact| (fact.name.to_owned(), value(&fact.value))).collect(),
        }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        Self::from_str(&serde_json::to_string(&failure).unwrap_or_default())
    }
}

fn value(value: &FactValue) -> Value {
    match value {
        FactValue::Number(number) => Value::from(*number),
        other => Value::from(other.to_string()),
    }
}

/// Who mends it, in the words that the protocol's catalogue has for it.
const fn party(party: Party) -> &'static str {
    match party {
        Party::Holder => "person",
        Party::Operator => "hub",
        other => other.name(),
    }
}
