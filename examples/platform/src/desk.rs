//! The desk (办事台): a platform's side of sessions, whoever sits before it.

use std::path::PathBuf;

use clap::Args;
use getrandom::SysRng;
use rand_core::UnwrapErr;
use serde_json::{Map, Value, json};
use yinxin_pki::{SigningKey, TrustStore, pem};
use yinxin_session::platform::{Accepted, Ask, Pending, Platform, Visit};
use yinxin_session::statement::Judge;
use yinxin_session::wire::{
    Begin, Platform as Names, PlatformReceipt, ResultForPlatform, Ticket, Token,
};
use yinxin_session::{Code, Refused, Suite};

use crate::clock::now;
use crate::hub::HubClient;
use crate::keys;
use crate::lists::RevocationLists;

/// Which platform it is, whom it trusts, and its hub.
#[derive(Args, Clone, Debug)]
pub struct DeskOptions {
    /// Code of the platform, as it is registered at the hub
    #[arg(long, value_name = "CODE")]
    pub code: String,
    /// Name of the platform, as it is registered at the hub
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// Key that signs its requests (PKCS#8, PEM)
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Certificate of that key, registered at the hub (PEM)
    #[arg(long, value_name = "FILE")]
    pub certificate: PathBuf,
    /// Roots of the holders' certificates (PEM)
    #[arg(long, value_name = "FILE")]
    pub trust: PathBuf,
    /// Revocation list of the holders' authority (PEM or DER), read again every minute
    #[arg(long, value_name = "FILE")]
    pub crl: Vec<PathBuf>,
    /// Refuse certificates of which no list speaks
    #[arg(long)]
    pub require_revocation: bool,
    /// Name of the hub as it stands in QR codes
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    pub hub: String,
    /// Where the hub answers: http, to the hub itself or to a proxy that speaks TLS to it
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7300")]
    pub hub_url: String,
    /// Where pages reach the hub, if that is elsewhere
    #[arg(long, value_name = "URL")]
    pub hub_page_url: Option<String>,
}

/// A session that was opened.
#[derive(Debug)]
pub struct OpenedSession {
    /// The page's.
    pub ticket: Ticket,
    /// The platform's, until the answer and for its records.
    pub pending: Pending,
    /// The platform's own token at the hub.
    pub platform_token: Token,
}

/// Keys, certificates and what is trusted.
#[derive(Debug)]
pub struct Desk {
    /// The machine.
    pub platform: Platform,
    /// Its suite.
    pub suite: Suite,
    /// Roots of holders' certificates.
    pub trust: TrustStore,
    /// What is known of revocation.
    pub lists: RevocationLists,
    /// Whether what no list speaks of is refused.
    pub require_revocation: bool,
    /// The hub.
    pub hub: HubClient,
    hub_page_url: String,
    key: SigningKey,
}

/// Reads a page's [`Begin`] that came inside a form once more as what it must be: its `typ` is this
/// protocol's. It is called before anything is used up for it.
///
/// # Errors
///
/// [`Code::RequestMalformed`].
pub fn read_again(begin: &Begin) -> Result<Begin, Refused> {
    Begin::read(&serde_json::to_vec(begin).map_err(|_| Code::RequestMalformed)?)
}

impl Desk {
    /// Reads keys, certificates and lists.
    ///
    /// # Errors
    ///
    /// Words that name the file, or the option.
    pub fn new(options: &DeskOptions, origins: Vec<String>) -> Result<Self, String> {
        let credential = keys::credential(&options.key, &options.certificate)?;
        Ok(Self {
            platform: Platform {
                names: Names { code: options.code.clone(), name: options.name.clone() },
                hub: options.hub.clone(),
                origins,
                certificate: credential.certificate,
            },
            suite: credential.suite,
            trust: keys::roots(&options.trust)?,
            lists: RevocationLists::new(options.crl.clone())?,
            require_revocation: options.require_revocation,
            hub: HubClient::new(&options.hub_url)?,
            hub_page_url: options.hub_page_url.as_ref().unwrap_or(&options.hub_url).clone(),
            key: credential.key,
        })
    }

    /// What a page begins with: suite, hubs, and the roots, since it verifies answers too.
    #[must_use]
    pub fn introduction(&self) -> Map<String, Value> {
        let anchors = self.trust.anchors().iter();
        let roots = anchors.map(|own| pem::encode("CERTIFICATE", own.certificate().as_der()));
        let hub = &self.platform.hub;
        let members = [
            ("suite", json!(self.suite)),
            ("hub", json!(hub)),
            ("hubs", json!([{"name": hub, "url": self.hub_page_url}])),
            ("trust", json!(roots.collect::<String>())),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Signs a request and opens its session at the hub.
    ///
    /// # Errors
    ///
    /// Those of [`Platform::request`] and of the hub.
    pub async fn open(
        &self,
        begin: Begin,
        ask: Ask,
        visit: &Visit,
        cookie: &[u8],
        now: u64,
    ) -> Result<OpenedSession, Refused> {
        let mut rng = UnwrapErr(SysRng);
        let draft = self.platform.request(begin, ask, visit, cookie, now)?;
        let signature = self.key.sign(draft.to_sign(), &mut rng).map_err(|_| Code::Internal)?;
        let opening = draft.finish(&signature, &mut rng)?;
        let credential = (&self.platform.certificate, &self.key);
        let code = &self.platform.names.code;
        let opened = self.hub.open(code, credential, &opening.open, now, &mut rng).await?;
        let (ticket, pending) = opening.opened(&opened)?;
        Ok(OpenedSession { ticket, pending, platform_token: opened.platform_token })
    }

    /// Verifies an answer and takes it once. The hub is not needed for it.
    ///
    /// # Errors
    ///
    /// Those of [`Platform::accept`].
    pub fn accept(
        &self,
        pending: &mut Pending,
        result: &ResultForPlatform,
        cookie: &[u8],
        now: u64,
    ) -> Result<Accepted, Refused> {
        // Read once more as what it must be: its `typ` is this protocol's.
        let result = ResultForPlatform::read(&result.write()?)?;
        let lists = self.lists.current();
        let judge = Judge {
            trust: &self.trust,
            revocation: lists.as_deref(),
            require_revocation: self.require_revocation,
            now,
        };
        self.platform.accept(pending, &result, cookie, judge)
    }

    /// The signed word that an act counts, or why it does not.
    ///
    /// # Errors
    ///
    /// `internal`, which our own key does not give.
    pub fn receipt(
        &self,
        request: &[u8],
        statement: &[u8],
        refused: Option<Code>,
        reference: Option<String>,
    ) -> Result<Vec<u8>, Refused> {
        let code = &self.platform.names.code;
        let mut receipt = PlatformReceipt::new(code, request, statement, refused, now());
        receipt.reference = reference;
        let draft = receipt.draft(&self.platform.certificate)?;
        let mut rng = UnwrapErr(SysRng);
        let signature = self.key.sign(draft.to_sign(), &mut rng).map_err(|_| Code::Internal)?;
        draft.finish(&signature).map_err(|_| Code::Internal.into())
    }
}
