//! Messages to sign (消息签名): plain CMS over id-data or the data type of GM/T 0010, so that none
//! passes for an object of this protocol. All of a batch or none.

use alloc::string::String;
use alloc::vec::Vec;

use yinxin_pki::cms::{Format, SignDraft, Signing, assemble};
use yinxin_pki::{Certificate, Digest, Time, ToSign};

use super::holdings::OwnCertificate;
use crate::wire::{Binary, Item, Product, SignedItem};
use crate::{Code, Refused, Suite};

/// One item, waiting for its value.
#[derive(Clone, Debug)]
pub(super) struct Message {
    id: String,
    digest: Digest,
    content: Option<Vec<u8>>,
    format: Format,
    signing: Signing,
}

impl Message {
    pub(super) fn new(
        item: &Item,
        suite: Suite,
        own: &OwnCertificate,
        at: Time,
    ) -> Result<Self, Refused> {
        let format = match suite {
            Suite::Nist => Format::Rfc5652,
            Suite::Sm => Format::Gm,
        };
        let (digest, content) = match (&item.text, &item.digest) {
            (Some(text), None) => {
                let octets = text.as_bytes().to_vec();
                (suite.digest().digest(&octets), item.attached.then_some(octets))
            }
            (None, Some(digest)) => {
                let digest = Digest::from_bytes(suite.digest(), &digest.0);
                (digest.map_err(|_| Code::RequestMalformed)?, None)
            }
            _ => return Err(Code::RequestMalformed.into()),
        };
        let draft = SignDraft::new(format, &own.signing).map_err(|_| Code::SuiteUnsupported)?;
        let signing = draft.signing_time(at).prepare(digest).map_err(|_| Code::SuiteUnsupported)?;
        Ok(Self { id: item.id.clone(), digest, content, format, signing })
    }

    pub(super) const fn to_sign(&self) -> &ToSign {
        self.signing.to_sign()
    }

    /// The message, and what the statement says of it.
    pub(super) fn finish(
        self,
        value: &[u8],
        own: &OwnCertificate,
        suite: Suite,
    ) -> Result<(Product, SignedItem), Refused> {
        let signer = self.signing.finish(value).map_err(|_| Code::AnswerSignature)?;
        let length = self.content.as_ref().and_then(|octets| u64::try_from(octets.len()).ok());
        let certificates: Vec<&Certificate> =
            core::iter::once(own.signing.certificate()).chain(&own.issuers).collect();
        let around = assemble(self.format, &self.format.data(), length, &certificates, &[signer]);
        let around = around.map_err(|_| Code::Internal)?;
        let content = self.content.unwrap_or_default();
        let der = [&around.before[..], &content, &around.after].concat();
        let item = SignedItem {
            id: self.id.clone(),
            digest: Binary(self.digest.as_ref().to_vec()),
            signature: Binary(suite.digest().digest(&der).as_ref().to_vec()),
        };
        Ok((Product { id: self.id, value: Binary(der) }, item))
    }
}
