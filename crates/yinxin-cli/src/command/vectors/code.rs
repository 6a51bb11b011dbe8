//! The table of codes.

use serde_json::{Value, json};
use yinxin::session::Code;

use super::Vectors;

pub(super) fn vectors() -> Vectors {
    let rows = serde_json::from_str(&Code::catalogue());
    Vectors {
        name: "codes",
        about: "every code: HTTP status, what may be tried again, who can mend it, words",
        shared: json!({}),
        cases: rows.unwrap_or_else(|_| Vec::<Value>::new()),
    }
}
