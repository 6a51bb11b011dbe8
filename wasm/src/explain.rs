//! Words for people about a code, and what the catalogue says of it.

use serde_json::{Map, Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::session::Code;
use yinxin::session::code::Retry;
use yinxin::words;

use crate::language::language_of;

/// `{"title", "whatToDo"}` of a code in Chinese (`zh…`) or English, with the facts in it; nothing
/// for a code without words.
#[wasm_bindgen]
#[must_use]
pub fn explain(code: &str, facts: &str, language: &str) -> Option<String> {
    let language = language_of(language);
    if let Some(entry) = Code::from_name(code).map(Code::entry) {
        let words = match language {
            words::Language::Chinese => entry.zh,
            _ => entry.en,
        };
        return Some(json!({"title": words.cause, "whatToDo": words.remedy}).to_string());
    }
    let facts: Map<String, Value> = serde_json::from_str(facts).unwrap_or_default();
    let text = words::message(language, code, &[])?;
    let text = facts.iter().fold(text, |text, (name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.replace(&format!("{{{name}}}"), &value)
    });
    // Messages say what is wrong, then what to do.
    let parts = text.split_once("; ").or_else(|| text.split_once(';'));
    let (title, remedy) = parts.unwrap_or((&text, ""));
    Some(json!({"title": title, "whatToDo": remedy}).to_string())
}

/// `{"mendedBy", "retry", "retryable", "deadlineAtRisk", "status"}` of a code of the protocol, for
/// refusals that came from a hub or a platform.
#[wasm_bindgen(js_name = catalogueEntry)]
#[must_use]
pub fn catalogue_entry(code: &str) -> Option<String> {
    let entry = Code::from_name(code)?.entry();
    let value = json!({
        "mendedBy": entry.mender,
        "retry": entry.retry,
        "retryable": entry.retry != Retry::Never,
        "deadlineAtRisk": entry.deadline,
        "status": entry.status,
    });
    Some(value.to_string())
}
