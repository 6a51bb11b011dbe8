//! The phone's checks of a request (请求核验), in one order, so that two faults at once give one
//! code.
//!
//! Size → CMS form and type → the platform's certificate out of the trust list → signature → JSON →
//! version → suite → hub → freshness of the list → state → name → origin → scene → times → browser
//! and payload. What the phone holds itself is looked at after that.

use yinxin_pki::signed_object::{ObjectError, ObjectType, SignedObject};
use yinxin_pki::{Certificate, Digest};

use crate::label::Suite;
use crate::trust_list::{Freshness, ListedPlatform, PlatformState, TrustList};
use crate::wire::{Request, RoutingHeader};
use crate::{Code, Refused, Scene};

/// Seconds that clocks may differ.
const SKEW: u64 = 60;

/// What a phone knows when a request comes.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The hub the request came from, as it is pinned.
    pub hub: &'a str,
    /// The newest list it holds of that hub.
    pub list: &'a TrustList,
    /// Seconds since 1970, UTC; the hub's time where the phone's own is off.
    pub now: u64,
}

/// A request that may be shown to the person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CheckedRequest {
    request: Request,
    digest: Digest,
    platform: ListedPlatform,
    /// Whose key signed it.
    signer: Certificate,
    list_is_old: bool,
}

impl CheckedRequest {
    /// Checks a request that came with `routing` in clear.
    ///
    /// # Errors
    ///
    /// [`Code`], of the first check that fails.
    pub fn new(der: &[u8], routing: &RoutingHeader, known: Known<'_>) -> Result<Self, Refused> {
        let object = SignedObject::from_der(der, ObjectType::Request).map_err(|error| {
            Refused::from(match error {
                ObjectError::TooLarge { .. } => Code::RequestTooLarge,
                _ => Code::RequestSignature,
            })
        })?;
        let platform = known.list.platform(&routing.platform).ok_or(Code::PlatformUnknown)?;
        // One of the list's certificates, whatever the object brings.
        let mut certificates = platform.certificates();
        let verified = certificates.find_map(|signer| Some((object.verify(&signer).ok()?, signer)));
        let (verified, signer) = verified.ok_or(Code::RequestSignature)?;
        let content = verified.content;

        let request = Request::read(content)?;
        let digest = request.suite.digest().digest(content);
        let list_is_old = check_trust(&request, platform, known)?;
        check_times(&request, known.now)?;
        if request.routing(content) != *routing {
            return Err(Code::RequestMalformed.into());
        }
        Ok(Self { request, digest, platform: platform.clone(), signer, list_is_old })
    }

    /// Whether the platform may still ask this, by the newest list: for the moment of release. That
    /// the right to scan has ended since does not count.
    ///
    /// # Errors
    ///
    /// [`Code`], as [`new`](Self::new) of the list, the platform, its origins and scenes;
    /// [`Code::RequestSignature`] when the certificate that signed it is not listed any more.
    pub fn check_again(&self, known: Known<'_>) -> Result<(), Refused> {
        let platform = known.list.platform(&self.platform.code).ok_or(Code::PlatformUnknown)?;
        check_trust(&self.request, platform, known)?;
        // A key that was stolen is taken off the list.
        if platform.certificates().any(|own| own == self.signer) {
            Ok(())
        } else {
            Err(Code::RequestSignature.into())
        }
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// H of its octets: what every later message is bound to.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Who asks, as the list says it.
    #[must_use]
    pub const fn platform(&self) -> &ListedPlatform {
        &self.platform
    }

    /// Its algorithms.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.request.suite
    }

    /// Whether the list is past its time, so that the person has to be warned.
    #[must_use]
    pub const fn list_is_old(&self) -> bool {
        self.list_is_old
    }
}

/// What the trust list says of a request; gives whether the list is old.
fn check_trust(
    request: &Request,
    platform: &ListedPlatform,
    known: Known<'_>,
) -> Result<bool, Refused> {
    if request.hub != known.hub {
        return Err(Code::HubMismatch.into());
    }
    let list_is_old = match (known.list.freshness(known.now), request.scene()) {
        (Freshness::Current, _) => false,
        (Freshness::LoginOnly, Scene::Login) => true,
        _ => return Err(Code::TrustListStale.into()),
    };
    if platform.state != PlatformState::Active {
        return Err(Code::PlatformSuspended.into());
    }
    if request.platform.name != platform.name {
        return Err(Code::PlatformName.into());
    }
    if !platform.origins.contains(&request.origin) {
        return Err(Code::OriginUnregistered.into());
    }
    if !platform.scenes.contains(&request.scene()) {
        return Err(Code::SceneNotAllowed.into());
    }
    Ok(list_is_old)
}

fn check_times(request: &Request, now: u64) -> Result<(), Refused> {
    let (issued, expires) = (request.issued_at, request.expires_at);
    let length = expires.checked_sub(issued).filter(|length| *length > 0);
    let fits = length.is_some_and(|length| length <= request.scene().scan_within());
    if !fits || issued > now.saturating_add(SKEW) {
        return Err(Code::RequestTime.into());
    }
    if expires < now { Err(Code::SessionExpired.into()) } else { Ok(()) }
}
