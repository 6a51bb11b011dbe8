//! What is trusted, and how certificates, seals and answers are judged by it.

use yinxin_pki::chain::{ChainCheck, ChainError};
use yinxin_pki::report::Step;
use yinxin_pki::revocation::RevocationData;
use yinxin_pki::{Certificate, Purpose, Time, TrustStore};

use crate::finding::{Ending, Warning};

/// What verifications judge by. Nothing is valid without an anchor.
#[derive(Debug)]
pub struct Trust {
    /// Anchors of signers.
    pub store: TrustStore,
    /// Anchors of timestamp authorities.
    pub tsa: TrustStore,
    /// Certificates that may lie between.
    pub intermediates: Vec<Certificate>,
    /// Time of judgement; else a trusted timestamp's, else now.
    pub at: Option<Time>,
    /// The caller's clock.
    pub now: Time,
    /// Revocation lists and OCSP answers.
    pub revocation: RevocationData,
    /// Refuse when the revocation status is not known.
    pub require_revocation: bool,
}

/// What the chain of one certificate came to.
#[derive(Debug)]
pub struct Judgement {
    /// How it ended.
    pub ending: Ending,
    /// Step by step.
    pub steps: Vec<Step>,
    /// What is worth knowing.
    pub warnings: Vec<Warning>,
    /// Why not, as a message.
    pub error: Option<ChainError>,
    /// Nothing was given to trust, so nothing was judged.
    pub unjudged: bool,
    /// Subjects from leaf to anchor.
    pub path: Vec<String>,
}

impl Trust {
    /// How chains to `store` are judged at `at`, with the revocation data that was given.
    #[must_use]
    pub fn check<'a>(&'a self, store: &'a TrustStore, at: Time) -> ChainCheck<'a> {
        ChainCheck::new(store, at)
            .revocation(&self.revocation, self.now)
            .require_revocation(self.require_revocation)
    }

    /// How seals are judged, with everything that was given.
    #[cfg(feature = "seal")]
    #[must_use]
    pub fn seal_check(&self) -> yinxin_seal::check::Check<'_> {
        yinxin_seal::check::Check::new(&self.store, self.at.unwrap_or(self.now))
            .timestamps(&self.tsa)
            .intermediates(&self.intermediates)
            .revocation(&self.revocation, self.now)
            .require_revocation(self.require_revocation)
    }

    /// How answers of phones are judged.
    #[cfg(feature = "session")]
    #[must_use]
    pub fn session_judge(&self) -> yinxin_session::statement::Judge<'_> {
        let now = self.at.unwrap_or(self.now);
        yinxin_session::statement::Judge {
            trust: &self.store,
            revocation: Some(&self.revocation),
            require_revocation: self.require_revocation,
            now: u64::try_from(now.unix()).unwrap_or(0),
        }
    }

    /// Judges one certificate for a purpose at a time.
    #[must_use]
    pub fn judge(
        &self,
        leaf: &Certificate,
        beside: &[Certificate],
        at: Option<Time>,
        purpose: Purpose,
        server_name: Option<&str>,
    ) -> Judgement {
        let at = at.or(self.at).unwrap_or(self.now);
        let mut between = self.intermediates.clone();
        between.extend_from_slice(beside);
        let mut check = self.check(&self.store, at).intermediates(&between).purpose(purpose);
        if let Some(name) = server_name {
            check = check.server_name(name);
        }
        let (steps, verified) = check.report(leaf);
        let mut warnings = Vec::new();
        let unjudged = self.store.is_empty();
        let (ending, error, path) = match verified {
            Ok(chain) => {
                if !chain.revocation_unknown().is_empty() {
                    warnings.push(Warning::new("revocation_unknown", Vec::new()));
                }
                let path = chain.path().iter().map(|c| c.subject().to_string()).collect();
                (Ending::Done, None, path)
            }
            Err(error) => (Ending::Refused, Some(error), Vec::new()),
        };
        warnings.extend(leaf.oddities().iter().copied().map(Warning::deviation));
        Judgement { ending, steps, warnings, error, unjudged, path }
    }
}
