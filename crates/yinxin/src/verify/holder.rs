//! Who holds a certificate, as JSON.

use serde::Serialize;
use yinxin_pki::{Certificate, Holder, Masked};

/// Who holds a certificate: `{name, kind, creditCode?, id?}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HolderText {
    name: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_code: Option<String>,
    /// A person's number, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl HolderText {
    /// Of this certificate.
    #[must_use]
    pub fn new(certificate: &Certificate) -> Self {
        let holder = certificate.holder();
        let kind = match holder {
            Holder::Organisation { .. } => "organisation",
            Holder::Person { .. } => "person",
            _ => "other",
        };
        let id = match &holder {
            Holder::Person { id: Some(id), .. } => Some(Masked(id.reveal()).to_string()),
            _ => None,
        };
        let credit_code = holder.unified_code().map(|code| code.as_str().to_owned());
        Self { name: holder.name().to_owned(), kind, credit_code, id }
    }
}
