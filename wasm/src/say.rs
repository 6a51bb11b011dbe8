//! Findings as JSON, with words for people.

use serde_json::Value;
use yinxin::finding::Finding;
use yinxin::words::Speaker;

use crate::language::language_of;

/// A finding as JSON; the names of its steps stand beside their ids.
pub(crate) fn say(found: Finding, language: &str) -> String {
    let speaker = Speaker::new(language_of(language));
    let mut value = found.json(&speaker);
    name_steps(&mut value, &speaker);
    value.to_string()
}

/// Steps get `name` and, where they have a code, `message`, at every depth: reports hold reports.
fn name_steps(value: &mut Value, speaker: &Speaker) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| name_steps(item, speaker)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| name_steps(member, speaker));
            let id = members.get("id").and_then(Value::as_str).map(str::to_owned);
            let is_step = members.get("result").is_some_and(Value::is_string);
            let (Some(id), true) = (id, is_step) else { return };
            let name = speaker.label(&id).unwrap_or(&id).to_owned();
            members.insert("name".to_owned(), Value::String(name));
            let code = members.get("code").and_then(Value::as_str);
            if let Some(words) = code.and_then(|code| speaker.message(code, &[])) {
                members.insert("message".to_owned(), Value::String(words));
            }
        }
        _ => {}
    }
}
