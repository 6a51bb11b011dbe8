//! What a page asks a phone with, to open a bid: out of the bid's own head.

use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::envelope::{EnvelopeReader, Layer};
use yinxin::session::Code;
use yinxin::session::wire::Binary;

use super::text::{fail, write};
use crate::error::Failure;

/// Reads a bid's head out of the first octets of its file: JSON `{header, segments, project, section,
/// platform, opening}`, or nothing where they do not reach. `recipient` is the key id of who is asked, in hex, else the
/// first; `ready` asks for the canary alone, which proves before the opening that the phone will open
/// it.
///
/// # Errors
///
/// `not_an_envelope`, `bid_version` and what else heads are refused for; `recipient_not_mine` for a
/// recipient that there is not, and for a bid whose outer layer is still around it.
#[wasm_bindgen(js_name = bidToOpen)]
pub fn bid_to_open(
    head: &[u8],
    recipient: Option<String>,
    ready: bool,
) -> Result<Option<String>, Failure> {
    let Some(envelope) = EnvelopeReader::new().push(head)? else { return Ok(None) };
    let header = envelope.header();
    let draft = header.draft();
    let missing = || fail(Code::RecipientNotMine);
    if header.layer() == Layer::Outer {
        return Err(missing());
    }
    let mut recipients = header.recipients().iter();
    let key = match &recipient {
        Some(wanted) => recipients.find(|id| id.to_string() == *wanted),
        None => recipients.next(),
    };
    let key = key.ok_or_else(missing)?;
    let names = if ready { vec![String::from("canary")] } else { draft.segments.clone() };
    let mut segments = Vec::new();
    for name in names {
        let info = header.key_index(&name).and_then(|index| envelope.info_for(index, key));
        let der = info.and_then(|info| info.to_der()).ok_or_else(missing)?;
        segments.push((name, Binary(der)));
    }
    let opening = draft.opening.unix();
    write(&json!({
        "header": Binary(header.as_der().to_vec()),
        "segments": segments,
        "project": draft.project,
        "section": draft.section,
        "platform": draft.platform,
        "opening": opening,
    }))
    .map(Some)
}
