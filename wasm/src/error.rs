//! What is refused, as JavaScript gets it: a thrown string of JSON, which the package makes an error
//! object of.

use serde::Serialize;
use serde_json::{Map, Value};
use wasm_bindgen::JsValue;
use yinxin::{Explain, FactValue, Party};

/// `{"code", "message", "mendedBy", "retryable", "deadlineAtRisk", "facts"}`.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Failure(Box<Parts>);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Parts {
    code: &'static str,
    message: String,
    mended_by: &'static str,
    retryable: bool,
    deadline_at_risk: bool,
    facts: Map<String, Value>,
}

impl Failure {
    fn new(code: &'static str, message: String, mended_by: &'static str) -> Self {
        let (retryable, deadline_at_risk) = catalogued(code);
        let facts = Map::new();
        Self(Box::new(Parts { code, message, mended_by, retryable, deadline_at_risk, facts }))
    }

    /// One for all errors: what is generic is compiled for each of them.
    fn explained(error: &dyn Explain) -> Self {
        let mut failure = Self::new(error.code(), error.to_string(), party(error.mended_by()));
        for fact in error.facts() {
            failure.0.facts.insert(fact.name.to_owned(), value(&fact.value));
        }
        failure
    }

    /// A misuse that only whoever wrote the calling program can mend.
    #[cfg(any(
        feature = "camera",
        feature = "core",
        feature = "documents",
        feature = "envelope",
        feature = "messages",
        feature = "pages",
        feature = "sealing"
    ))]
    pub(crate) fn misuse(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, message.into(), "developer")
    }

    /// Something that came from outside is wrong; its sender mends it.
    #[cfg(any(feature = "envelope", feature = "sealing"))]
    pub(crate) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, message.into(), "sender")
    }
}

/// Whether the call may succeed when made again, and whether a deadline is in danger, as the
/// protocol's catalogue has it.
#[cfg(any(feature = "answer", feature = "core", feature = "envelope", feature = "phone"))]
fn catalogued(code: &str) -> (bool, bool) {
    use yinxin::session::Code;
    use yinxin::session::code::Retry;
    let entry = Code::from_name(code).map(Code::entry);
    entry.map_or((false, false), |entry| (entry.retry != Retry::Never, entry.deadline))
}

#[cfg(not(any(feature = "answer", feature = "core", feature = "envelope", feature = "phone")))]
const fn catalogued(_: &str) -> (bool, bool) {
    (false, false)
}

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::explained(&error)
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let text = yinxin::json::write(&failure).unwrap_or_default();
        Self::from_str(&String::from_utf8(text).unwrap_or_default())
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
