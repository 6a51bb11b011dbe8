//! Evidence (证据): that a session failed, at which step, why and when, signed by who saw it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::signed_object::{ObjectDraft, ObjectType, SignedObject};
use yinxin_pki::{Certificate, json};

use super::{Binary, signing_time};
use crate::channel::Sid;
use crate::trust_list::{PlatformState, TrustList};
use crate::{Code, Refused};

const TYP: &str = "yinxin-evidence-1";

/// Who bears witness. Never a holder: the holder's key signs statements alone.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Witness {
    /// The hub.
    Hub,
    /// A phone, by the device key that the hub certified.
    Phone,
    /// The platform.
    Platform,
}

/// Evidence of a failure (失败证据).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// The session.
    pub sid: Sid,
    /// H of the request's octets, where the witness knows it.
    pub request_digest: Option<Vec<u8>>,
    /// At which step: the name of an event, `scan` or `open`; 1 to 32 characters.
    pub step: String,
    /// Why.
    pub code: Code,
    /// Who bears witness.
    pub party: Witness,
    /// Seconds since 1970, UTC, by the witness's clock.
    pub at: u64,
    /// The newest trust list that the witness holds.
    pub list_number: u64,
    /// Digest of the last event that the witness saw, 32 bytes.
    pub previous: Option<Vec<u8>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Members {
    typ: String,
    v: u64,
    sid: Binary,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_digest: Option<Binary>,
    step: String,
    code: String,
    party: Witness,
    at: u64,
    list_number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<Binary>,
}

impl Evidence {
    /// Whose keys may sign it, by a trust list: the hub's, or those of a platform that is not
    /// suspended. A phone's device key the caller knows from elsewhere.
    #[must_use]
    pub fn signers(list: &TrustList, party: Witness, platform: &str) -> Vec<Certificate> {
        match party {
            Witness::Hub => {
                let keys = list.content().hub_keys.iter();
                keys.filter_map(|der| Certificate::from_der(&der.0).ok()).collect()
            }
            Witness::Phone => Vec::new(),
            Witness::Platform => list
                .platform(platform)
                .filter(|platform| platform.state == PlatformState::Active)
                .map(|platform| platform.certificates().collect())
                .unwrap_or_default(),
        }
    }

    /// Prepares the signed object, for the witness's key.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`] for evidence that [`read`](Self::read) would refuse;
    /// [`Code::Internal`] for a certificate whose key is neither SM2 nor P-256.
    pub fn draft(&self, certificate: &Certificate) -> Result<ObjectDraft, Refused> {
        let members = Members {
            typ: TYP.into(),
            v: 1,
            sid: Binary(self.sid.0.to_vec()),
            request_digest: self.request_digest.clone().map(Binary),
            step: self.step.clone(),
            code: self.code.name().into(),
            party: self.party,
            at: self.at,
            list_number: self.list_number,
            previous: self.previous.clone().map(Binary),
        };
        let text = serde_json::to_vec(&members).map_err(|_| Code::Internal)?;
        let again: Members = json::read(&text).map_err(|_| Code::RequestMalformed)?;
        Self::from_members(again).ok_or(Code::RequestMalformed)?;
        let at = signing_time(self.at);
        let draft = ObjectDraft::new(ObjectType::Evidence, text, certificate, &[], at);
        Ok(draft.map_err(|_| Code::Internal)?)
    }

    /// Reads evidence of `party` that one of `signers` signed; see [`signers`](Self::signers).
    ///
    /// # Errors
    ///
    /// [`Code::AnswerSignature`]: another type, signer, party or form.
    pub fn read(der: &[u8], party: Witness, signers: &[Certificate]) -> Result<Self, Refused> {
        let wrong = || Refused::from(Code::AnswerSignature);
        let object = SignedObject::from_der(der, ObjectType::Evidence).map_err(|_| wrong())?;
        let verified = signers.iter().find_map(|signer| object.verify(signer).ok());
        let members: Members =
            json::read(verified.ok_or_else(wrong)?.content).map_err(|_| wrong())?;
        let evidence = Self::from_members(members).ok_or_else(wrong)?;
        if evidence.party == party { Ok(evidence) } else { Err(wrong()) }
    }

    fn from_members(members: Members) -> Option<Self> {
        let digest = |value: &Option<Binary>| value.as_ref().is_none_or(|v| v.0.len() == 32);
        let fits = members.typ == TYP
            && members.v == 1
            && digest(&members.request_digest)
            && digest(&members.previous)
            && (1..=32).contains(&members.step.len());
        let sid = Sid(members.sid.0.as_slice().try_into().ok()?);
        fits.then_some(Self {
            sid,
            request_digest: members.request_digest.map(|digest| digest.0),
            step: members.step,
            code: Code::from_name(&members.code)?,
            party: members.party,
            at: members.at,
            list_number: members.list_number,
            previous: members.previous.map(|digest| digest.0),
        })
    }
}
