//! Whose certificate may answer a request.

use yinxin_pki::Certificate;
use yinxin_pki::certificate::Holder;

use super::{HolderKind, Require};
use crate::Suite;

impl Require {
    /// Whether a holder with this certificate may answer: everything that is required holds.
    #[must_use]
    pub fn fits(&self, suite: Suite, certificate: &Certificate) -> bool {
        let holder = certificate.holder();
        let kind = self.holder.is_none_or(|kind| match kind {
            HolderKind::Organisation => matches!(holder, Holder::Organisation { .. }),
            HolderKind::Person => matches!(holder, Holder::Person { .. }),
        });
        let unit = self
            .credit_code
            .as_ref()
            .is_none_or(|wanted| holder.unified_code().is_some_and(|code| code.as_str() == wanted));
        let person = self.subject.as_ref().is_none_or(|wanted| match &holder {
            Holder::Person { id: Some(id), .. } => {
                suite.digest().digest(id.reveal().as_bytes()).as_ref() == wanted.0
            }
            _ => false,
        });
        let issuer = self.issuers.as_ref().is_none_or(|issuers| {
            let own = certificate.extensions().authority_key_identifier.as_ref();
            own.is_some_and(|own| issuers.iter().any(|issuer| issuer.0 == *own))
        });
        certificate.public_key().curve() == Some(suite.curve()) && kind && unit && person && issuer
    }
}
