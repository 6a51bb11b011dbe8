//! Hub time (枢纽时间): the hub's signed word on what time it is, for a phone whose clock is off.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::signed_object::{ObjectDraft, ObjectType, SignedObject};
use yinxin_pki::{Certificate, json};

use super::{Binary, signing_time};
use crate::{Code, Refused};

const TYP: &str = "yinxin-hub-time-1";

/// What a hub says the time is, to one phone that just asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HubTime {
    /// Host name of the hub.
    pub hub: String,
    /// The phone's fresh random value, 16 to 64 bytes: an old answer does not fit a new question.
    pub phone_nonce: Vec<u8>,
    /// Seconds since 1970, UTC.
    pub at: u64,
    /// The newest trust list's number, so that a phone sees that it is kept from it.
    pub list_number: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Members {
    typ: String,
    hub: String,
    phone_nonce: Binary,
    at: u64,
    list_number: u64,
}

impl HubTime {
    /// Prepares the signed object, for the key of `certificate`, one of the list's `hubKeys`.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] for a certificate whose key is neither SM2 nor P-256.
    pub fn draft(&self, certificate: &Certificate) -> Result<ObjectDraft, Refused> {
        let members = Members {
            typ: TYP.into(),
            hub: self.hub.clone(),
            phone_nonce: Binary(self.phone_nonce.clone()),
            at: self.at,
            list_number: self.list_number,
        };
        let text = serde_json::to_vec(&members).map_err(|_| Code::Internal)?;
        let at = signing_time(self.at);
        let draft = ObjectDraft::new(ObjectType::HubTime, text, certificate, &[], at);
        Ok(draft.map_err(|_| Code::Internal)?)
    }

    /// Reads the answer to a question that was asked of `hub` with `phone_nonce`; one of `keys`
    /// signed it.
    ///
    /// # Errors
    ///
    /// [`Code::HubMismatch`]: another type, signer or form, another hub's, or the answer to
    /// another question. The phone goes on with its own clock.
    pub fn read(
        der: &[u8],
        hub: &str,
        phone_nonce: &[u8],
        keys: &[Certificate],
    ) -> Result<Self, Refused> {
        let wrong = || Refused::from(Code::HubMismatch);
        let object = SignedObject::from_der(der, ObjectType::HubTime).map_err(|_| wrong())?;
        let verified = keys.iter().find_map(|key| object.verify(key).ok()).ok_or_else(wrong)?;
        let members: Members = json::read(verified.content).map_err(|_| wrong())?;
        let fits = members.typ == TYP && members.hub == hub && members.phone_nonce.0 == phone_nonce;
        if !fits {
            return Err(wrong());
        }
        Ok(Self {
            hub: members.hub,
            phone_nonce: members.phone_nonce.0,
            at: members.at,
            list_number: members.list_number,
        })
    }
}
