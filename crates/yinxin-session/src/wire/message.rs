//! What all messages between phone and page have in common: JSON with one meaning, its `typ` first.

use alloc::vec::Vec;

use serde::Serialize;
use serde::de::DeserializeOwned;
use yinxin_pki::json;

use crate::{Code, Refused};

/// Reads a message whose `typ` stands first. Whatever is wrong with it gives `code`.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8], typ: &str, code: Code) -> Result<T, Refused> {
    if !begins_with(text, typ) {
        return Err(code.into());
    }
    json::read(text).map_err(|_| code.into())
}

/// Writes a message that [`read`] takes again: its members are those of its type, so what is left to
/// see is whether its texts may stand in a message.
pub(crate) fn write<T: DeserializeOwned + Serialize>(
    message: &T,
    typ: &str,
    code: Code,
) -> Result<Vec<u8>, Refused> {
    let text = json::write(message).map_err(|_| code)?;
    let fits = begins_with(&text, typ) && json::check(&text).is_ok();
    if fits { Ok(text) } else { Err(code.into()) }
}

/// Whether `typ` is the first member, so that a reader may choose by it before it reads the rest.
fn begins_with(text: &[u8], typ: &str) -> bool {
    let rest = text.strip_prefix(b"{\"typ\":\"").and_then(|rest| rest.strip_prefix(typ.as_bytes()));
    rest.is_some_and(|rest| rest.starts_with(b"\""))
}
