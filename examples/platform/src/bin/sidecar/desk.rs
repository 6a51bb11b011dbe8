//! What the sidecar acts with: the platform's key and certificate, the holders' roots, its secret.

use std::path::Path;

use yinxin_pki::{DigestAlgorithm, SigningKey, TrustStore, pem};
use yinxin_platform_example::hub::HubClient;
use yinxin_platform_example::keys;
use yinxin_platform_example::lists::RevocationLists;
use yinxin_session::Suite;
use yinxin_session::platform::Platform;
use yinxin_session::wire::Platform as Names;

use crate::options::Options;

/// Octets of the shortest secret that is taken.
const SHORTEST: usize = 32;

/// The desk.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) platform: Platform,
    pub(crate) key: SigningKey,
    pub(crate) suite: Suite,
    pub(crate) trust: TrustStore,
    pub(crate) lists: RevocationLists,
    pub(crate) require_revocation: bool,
    pub(crate) hub: HubClient,
    /// Where pages reach the hub.
    pub(crate) hub_page_url: String,
    /// Digest of `Bearer` and the secret: what is compared tells nothing by its time.
    secret: Vec<u8>,
}

impl Desk {
    /// Reads keys, certificates and the secret.
    ///
    /// # Errors
    ///
    /// Words that name the file.
    pub(crate) fn new(options: &Options) -> Result<Self, String> {
        let credential = keys::credential(&options.key, &options.certificate)?;
        let secret = secret(&options.token_file)?;
        Ok(Self {
            platform: Platform {
                names: Names { code: options.code.clone(), name: options.name.clone() },
                hub: options.hub.clone(),
                origins: options.origin.clone(),
                certificate: credential.certificate,
            },
            key: credential.key,
            suite: credential.suite,
            trust: keys::roots(&options.trust)?,
            lists: RevocationLists::new(options.crl.clone())?,
            require_revocation: options.require_revocation,
            hub: HubClient::new(&options.hub_url)?,
            hub_page_url: options.hub_page_url.as_ref().unwrap_or(&options.hub_url).clone(),
            secret: digest(&format!("Bearer {secret}")),
        })
    }

    /// The roots of holders' certificates, PEM: pages verify answers too.
    pub(crate) fn roots(&self) -> String {
        let anchors = self.trust.anchors().iter();
        anchors.map(|own| pem::encode("CERTIFICATE", own.certificate().as_der())).collect()
    }

    /// Whether a call's `Authorization` carries the secret.
    pub(crate) fn knows(&self, authorization: &str) -> bool {
        self.secret == digest(authorization)
    }
}

fn digest(text: &str) -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(text.as_bytes()).as_ref().to_vec()
}

fn secret(path: &Path) -> Result<String, String> {
    let text = String::from_utf8(keys::read(path)?).unwrap_or_default();
    let text = text.trim();
    let plain = text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet));
    if text.len() < SHORTEST || !plain {
        let words = "a secret of 32 or more letters and digits is expected; make one with";
        return Err(format!("{}: {words} `openssl rand -hex 32`", path.display()));
    }
    Ok(text.to_owned())
}
