//! The platforms (平台登记), out of a file, and the signed trust list that names them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rand_core::CryptoRng;
use serde::Deserialize;
use yinxin_pki::signed_object::{ObjectDraft, ObjectType};
use yinxin_pki::{Certificate, SigningKey, Time, json};
use yinxin_session::Scene;
use yinxin_session::trust_list::{ListedPlatform, PlatformState, TrustListContent};
use yinxin_session::wire::Binary;

use crate::identity;
use crate::serve::{Failure, Fault};

/// Seconds for which a list holds; a new one comes after half of them.
const LIFE: u64 = 86_400;

/// One line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    code: String,
    name: String,
    origins: Vec<String>,
    certificates: Vec<PathBuf>,
    scenes: Vec<Scene>,
    state: PlatformState,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Platforms {
    platforms: Vec<Written>,
}

/// A registered platform.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    /// As the trust list names it.
    pub(crate) listed: ListedPlatform,
    /// Its certificates by their keys' ids.
    pub(crate) credentials: BTreeMap<String, Certificate>,
}

/// The registry as it stands.
#[derive(Debug)]
pub(crate) struct Registry {
    path: PathBuf,
    changed: Option<SystemTime>,
    platforms: BTreeMap<String, Registered>,
}

impl Registry {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// A file that is not there, or does not have the form that `--help` shows.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let changed = modified(path);
        let text = yinxin::file::read(path, 16 << 20)?;
        // People end files with a line feed.
        let written: Platforms = json::read(text.trim_ascii()).at(path)?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let mut platforms = BTreeMap::new();
        for written in written.platforms {
            let certificates: Result<Vec<_>, _> = written
                .certificates
                .iter()
                .map(|file| identity::certificate(&folder.join(file)))
                .collect();
            let certificates = certificates?;
            let listed = ListedPlatform {
                code: written.code.clone(),
                name: written.name,
                origins: written.origins,
                certificates: certificates.iter().map(|c| Binary(c.as_der().to_vec())).collect(),
                scenes: written.scenes,
                state: written.state,
            };
            let credentials =
                certificates.into_iter().map(|c| (c.public_key().id().to_string(), c)).collect();
            let code = written.code.clone();
            if platforms.insert(written.code, Registered { listed, credentials }).is_some() {
                return Err(Failure::new(format!("platform `{code}` stands there twice")).at(path));
            }
        }
        Ok(Self { path: path.into(), changed, platforms })
    }

    /// The registry again, if its file changed.
    pub(crate) fn again(&self) -> Option<Result<Self, Failure>> {
        let changed = modified(&self.path);
        (changed.is_some() && changed != self.changed).then(|| Self::read(&self.path))
    }

    /// That a broken file was told once is enough.
    pub(crate) fn skip_change(&mut self) {
        self.changed = modified(&self.path);
    }

    /// A platform by its code.
    pub(crate) fn platform(&self, code: &str) -> Option<&Registered> {
        self.platforms.get(code)
    }

    /// Codes of platforms that are suspended.
    pub(crate) fn suspended(&self) -> impl Iterator<Item = &str> {
        let suspended = |one: &&Registered| one.listed.state == PlatformState::Suspended;
        self.platforms.values().filter(suspended).map(|one| one.listed.code.as_str())
    }

    /// Whether a page of this origin is some platform's.
    pub(crate) fn has_origin(&self, origin: &str) -> bool {
        self.platforms.values().any(|one| one.listed.origins.iter().any(|own| own == origin))
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|data| data.modified()).ok()
}

/// Who signs lists, and whose holders may answer: out of the authority's folder.
#[derive(Debug)]
pub(crate) struct Publisher {
    key: SigningKey,
    certificate: Certificate,
    next: Certificate,
    issuers: Vec<Certificate>,
}

/// A list as it is published.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    /// CMS.
    pub(crate) der: Vec<u8>,
    /// Its number.
    pub(crate) number: u64,
    /// When a new one is due, seconds since 1970.
    pub(crate) renew_at: u64,
}

impl Publisher {
    /// Reads the folder that `yinxin ca init` made.
    ///
    /// # Errors
    ///
    /// A file that is not there or not what its name says.
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let certificate = |name: &str| identity::certificate(&folder.join(name));
        Ok(Self {
            key: identity::key(&folder.join("trust-list.key"))?,
            certificate: certificate("trust-list.pem")?,
            next: certificate("trust-list-next.pem")?,
            issuers: vec![certificate("issuing.pem")?, certificate("root.pem")?],
        })
    }

    /// The curve of its key: the hub's own key is of the same.
    pub(crate) fn curve(&self) -> yinxin_pki::Curve {
        self.key.public().curve().unwrap_or(yinxin_pki::Curve::Sm2)
    }

    /// Signs a list. Its number is the time, so that it grows over restarts too, and never one
    /// that was published before.
    ///
    /// # Errors
    ///
    /// A registry that breaks the list's rules, for instance a code twice.
    pub(crate) fn publish(
        &self,
        registry: &Registry,
        host: &str,
        hub: &Certificate,
        last: u64,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Published, Failure> {
        let number = now.max(last + 1);
        let mut content = TrustListContent::new(host, number, now, now + LIFE);
        let octets = |certificate: &Certificate| Binary(certificate.as_der().to_vec());
        content.hub_keys = vec![octets(hub)];
        content.platforms = registry.platforms.values().map(|one| one.listed.clone()).collect();
        content.issuers = self.issuers.iter().map(octets).collect();
        content.next_signers = vec![octets(&self.next)];
        let failed = |words: String| Failure::new(format!("trust list: {words}"));
        let text = content.write().map_err(|refused| failed(refused.to_string()))?;
        let at = Time::from_unix(i64::try_from(now).unwrap_or(i64::MAX));
        let draft = ObjectDraft::new(ObjectType::TrustList, text, &self.certificate, &[], at)
            .map_err(|error| failed(error.to_string()))?;
        let answer =
            self.key.sign(draft.to_sign(), rng).map_err(|error| failed(error.to_string()))?;
        let der = draft.finish(&answer).map_err(|error| failed(error.to_string()))?;
        Ok(Published { der, number, renew_at: now + LIFE / 2 })
    }
}
