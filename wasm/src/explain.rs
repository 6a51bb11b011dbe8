//! Words for people about a code.

use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::session::Code;
use yinxin::words;

use crate::language::language_of;

/// `{"title", "whatToDo"}` of a code in Chinese (`zh…`) or English, with the facts in it; nothing
/// for a code without words here. The core knows the codes of the protocol; what the libraries refuse
/// for is known by the module that judges answers.
#[wasm_bindgen]
#[must_use]
pub fn explain(code: &str, facts: &str, language: &str) -> Option<String> {
    let language = language_of(language);
    let Some(entry) = Code::from_name(code).map(Code::entry) else {
        return library(code, facts, language);
    };
    let words = match language {
        words::Language::Chinese => entry.zh,
        _ => entry.en,
    };
    Some(json!({"title": words.cause, "whatToDo": words.remedy}).to_string())
}

/// What the libraries say: what is wrong, then what to do.
#[cfg(feature = "answer")]
fn library(code: &str, facts: &str, language: words::Language) -> Option<String> {
    use serde_json::{Map, Value};

    let facts: Map<String, Value> = serde_json::from_str(facts).unwrap_or_default();
    let text = words::message(language, code, &[])?;
    let text = facts.iter().fold(text, |text, (name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.replace(&format!("{{{name}}}"), &value)
    });
    let parts = text.split_once("; ").or_else(|| text.split_once(';'));
    let (title, remedy) = parts.unwrap_or((&text, ""));
    Some(json!({"title": title, "whatToDo": remedy}).to_string())
}

#[cfg(not(feature = "answer"))]
const fn library(_: &str, _: &str, _: words::Language) -> Option<String> {
    None
}
