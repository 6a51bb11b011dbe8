//! Known browsers (可信浏览器): which ones a person told the phone to trust, for what, with which
//! certificate.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::{Certificate, DigestAlgorithm};

use crate::Scene;
use crate::wire::Binary;

/// Seconds after which a browser that was not used is unknown again: 90 days.
const LAPSE: u64 = 90 * 86_400;

/// Browsers kept; the one that was used longest ago makes room.
const MOST: usize = 64;

/// How far trust in a browser reaches (信任范围): who trusts one to log in has not trusted it to
/// open bids.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrustClass {
    /// Encryption certificates and content keys.
    Key,
    /// Logins.
    Login,
    /// Messages, seals, and seals taken back.
    Sign,
}

impl TrustClass {
    /// The class of a scene.
    #[must_use]
    pub const fn of(scene: Scene) -> Self {
        match scene {
            Scene::Decrypt | Scene::Encrypt => Self::Key,
            Scene::Login => Self::Login,
            Scene::MessageSignature | Scene::RevokeSignature | Scene::Signature => Self::Sign,
        }
    }

    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Login => "login",
            Self::Sign => "sign",
        }
    }
}

/// A browser that is asking, and for what: trust is for exactly this.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The browser's key, SubjectPublicKeyInfo.
    pub key: &'a [u8],
    /// The page's origin.
    pub origin: &'a str,
    /// What it asks for.
    pub class: TrustClass,
}

/// One browser that is trusted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct KnownBrowser {
    /// Its number in the list, for [`KnownBrowsers::revoke`].
    pub id: u64,
    /// The origin of the pages.
    pub origin: String,
    /// What for.
    pub class: TrustClass,
    /// What kind of browser the hub saw, for the list that people read.
    pub kind: String,
    /// Since when; seconds since 1970, UTC.
    pub since: u64,
    /// Last used; seconds since 1970, UTC.
    pub used: u64,
    /// SHA-256 of its key.
    key: Binary,
    /// SHA-256 of the certificate.
    certificate: Binary,
}

/// The list (可信浏览器列表), kept by the caller between sessions.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KnownBrowsers {
    next: u64,
    list: Vec<KnownBrowser>,
}

impl KnownBrowsers {
    /// Whether a browser is trusted with a certificate, at `now` seconds since 1970.
    #[must_use]
    pub fn knows(&self, asking: Asking<'_>, certificate: &Certificate, now: u64) -> bool {
        self.list.iter().any(|known| known.is(asking, certificate) && known.lives(now))
    }

    /// Takes note that a browser was used.
    pub(super) fn touch(&mut self, asking: Asking<'_>, certificate: &Certificate, now: u64) {
        for known in self.list.iter_mut().filter(|known| known.is(asking, certificate)) {
            known.used = known.used.max(now);
        }
    }

    /// Trusts a browser. Only the machine calls this, after a passed number match and PIN.
    pub(super) fn trust(
        &mut self,
        asking: Asking<'_>,
        certificate: &Certificate,
        kind: &str,
        now: u64,
    ) {
        self.list.retain(|known| known.lives(now) && !known.is(asking, certificate));
        if self.list.len() >= MOST {
            let oldest = self.list.iter().map(|known| known.used).min();
            let at = self.list.iter().position(|known| Some(known.used) == oldest);
            at.map(|at| self.list.remove(at));
        }
        self.next += 1;
        self.list.push(KnownBrowser {
            id: self.next,
            origin: asking.origin.into(),
            class: asking.class,
            kind: kind.into(),
            since: now,
            used: now,
            key: fingerprint(asking.key),
            certificate: fingerprint(certificate.as_der()),
        });
    }

    /// Takes trust back; `false` when there is no such number.
    pub fn revoke(&mut self, id: u64) -> bool {
        let before = self.list.len();
        self.list.retain(|known| known.id != id);
        self.list.len() < before
    }

    /// Trusts nobody any more: the PIN was changed, or the phone was lost.
    pub fn revoke_all(&mut self) {
        self.list.clear();
    }

    /// The browsers that are trusted at `now`.
    pub fn list(&self, now: u64) -> impl Iterator<Item = &KnownBrowser> {
        self.list.iter().filter(move |known| known.lives(now))
    }

    pub(super) fn fits(&self) -> bool {
        self.list.len() <= MOST
    }
}

impl KnownBrowser {
    fn is(&self, asking: Asking<'_>, certificate: &Certificate) -> bool {
        self.origin == asking.origin
            && self.class == asking.class
            && self.key == fingerprint(asking.key)
            && self.certificate == fingerprint(certificate.as_der())
    }

    const fn lives(&self, now: u64) -> bool {
        now.saturating_sub(self.used) <= LAPSE
    }
}

fn fingerprint(octets: &[u8]) -> Binary {
    Binary(DigestAlgorithm::Sha256.digest(octets).as_ref().to_vec())
}
