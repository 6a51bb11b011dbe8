//! The steps of a seal and of a seal signature, for OFD and PDF alike.
//!
//! Source: GM/T 0031-2014 §6.1.2 and §6.2.3, GB/T 38540-2020 §6 and §7: the order of a report is
//! theirs, refined; a document's own steps (container, digest of the parts, coverage, appearance)
//! are added by whoever reads it.

use yinxin_pki::timestamp::VerifiedTimestamp;
use yinxin_pki::{Certificate, Explain, Fact, SignatureError, Time};

use super::{Deviation, Seal, SealSignature, SignedTime, Version, verify_value};
use crate::check::{Check, TimestampProblem};
use crate::report::{StepId, Steps, Verdict};
use crate::status::SealStanding;

/// Seconds a clock may be ahead.
const SKEW: i64 = 300;

/// China's clock is eight hours ahead of UTC; some vendors write it with a `Z` (trap T10).
const CHINA: i64 = 8 * 3600;

/// What a verification found out on its way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Judged {
    /// The signer's certificate, where it could be read.
    pub signer: Option<Certificate>,
    /// When the signer says it was.
    pub declared: Option<Time>,
    /// The trusted timestamp.
    pub timestamp: Option<VerifiedTimestamp>,
    /// The time of judgement: the timestamp's, else the one given.
    pub at: Time,
}

impl SealSignature {
    /// Takes the steps from `structure` to `timestamp` that do not depend on the kind of document.
    /// `protected` is the digest of what is protected, as this reader computed it.
    pub fn verify(&self, protected: &[u8], check: &Check<'_>, steps: &mut Steps) -> Judged {
        self.check_structure(steps);
        self.check_version(steps);
        let timestamp = self.check_timestamp(check, steps);
        let at = timestamp.as_ref().map_or_else(|| check.time(), |timestamp| timestamp.time);
        let declared = match self.time {
            SignedTime::Declared(time) => Some(time),
            SignedTime::Token(_) => None,
        };
        let signer = match self.certificate() {
            Ok(signer) => Some(signer),
            Err(error) => {
                steps.fail(StepId::SigValue, &error);
                steps.skip(StepId::SignerChain, "not_reached");
                None
            }
        };
        if let Some(signer) = &signer {
            self.check_value(signer, steps);
            check.signer(steps, signer, at);
            check_declared(signer, declared, at, steps);
        }
        self.check_listed(steps);
        let hash = vec![Fact::text("propertyInfo", self.property())];
        if protected == self.data_hash() {
            steps.ok(StepId::Digest, hash);
        } else {
            steps.fail_code(StepId::Digest, "digest_mismatch", hash);
        }
        self.seal().judge(check, at, steps);
        self.seal().check_window(declared, at, steps);
        self.check_revoked(check, steps);
        Judged { signer, declared, timestamp, at }
    }

    fn check_structure(&self, steps: &mut Steps) {
        if let Some(extension) = self.extensions().iter().find(|extension| extension.critical) {
            let facts = vec![Fact::text("found", extension.id.to_string())];
            steps.fail_code(StepId::Structure, "unknown_critical_extension", facts);
        } else {
            note(steps, StepId::Structure, self.deviations());
        }
    }

    /// TBS_Sign's version is the seal's (T8); a v1 structure may state 11 where its seal does.
    fn check_version(&self, steps: &mut Steps) {
        let wanted = self.seal().version().number();
        let found = self.stated_version();
        let same = found == wanted
            || (self.seal().version() == Version::V1 && found == self.seal().header_version());
        let facts = vec![Fact::number("found", found), Fact::number("wanted", wanted)];
        if same {
            steps.ok(StepId::Version, facts);
        } else {
            steps.fail_code(StepId::Version, "version_mismatch", facts);
        }
    }

    fn check_value(&self, signer: &Certificate, steps: &mut Steps) {
        let (key, message) = (signer.public_key(), self.signed_bytes());
        match verify_value(key, self.algorithm(), message, self.signature()) {
            Ok(form) => note(steps, StepId::SigValue, &form.deviations),
            Err(error) => steps.fail(StepId::SigValue, &error),
        }
    }

    fn check_listed(&self, steps: &mut Steps) {
        match self.seal().lists(self.certificate_der()) {
            Ok(true) => steps.ok(StepId::SignerInSeal, vec![]),
            Ok(false) => steps.fail_code(StepId::SignerInSeal, "signer_not_listed", vec![]),
            Err(unknown) => {
                let facts = vec![Fact::text("found", unknown.found)];
                steps.fail_code(StepId::SignerInSeal, "list_digest_unknown", facts);
            }
        }
    }

    fn check_timestamp(&self, check: &Check<'_>, steps: &mut Steps) -> Option<VerifiedTimestamp> {
        if let SignedTime::Token(token) = self.time() {
            // GM/T 0031-2014 does not say what a token in timeInfo is taken over: it is made
            // before the signature, so at best over the document's digest.
            return match check.timestamp(token, self.data_hash()) {
                Err(TimestampProblem::Token(error)) if error.code() == "timestamp_other_data" => {
                    steps.warn(StepId::Timestamp, "timestamp_of_unknown_data", error.facts());
                    None
                }
                _ => check.timestamp_step(steps, Some(token), self.data_hash()),
            };
        }
        check.timestamp_step(steps, self.timestamp_token(), self.signature())
    }

    fn check_revoked(&self, check: &Check<'_>, steps: &mut Steps) {
        for statement in check.revocation_statements() {
            if !statement.is_about(self.signature()) {
                continue;
            }
            match statement.verify(self.seal(), check) {
                Ok(revocation) => {
                    let facts = vec![
                        Fact::text("since", revocation.time.to_string()),
                        Fact::text("reason", revocation.reason.clone()),
                    ];
                    steps.fail_code(StepId::SealStatus, "seal_signature_revoked", facts);
                }
                Err(error) => {
                    steps.warn(StepId::SealStatus, "statement_not_believed", error.facts());
                }
            }
        }
    }
}

/// The signer's own word on the time has to fit the certificate and the time of judgement.
pub(crate) fn check_declared(
    signer: &Certificate,
    declared: Option<Time>,
    at: Time,
    steps: &mut Steps,
) {
    let Some(declared) = declared else { return };
    let validity = signer.validity();
    let facts = vec![
        Fact::text("declared", declared.to_string()),
        Fact::text("notBefore", validity.not_before.to_string()),
        Fact::text("notAfter", validity.not_after.to_string()),
    ];
    if !validity.contains(declared) {
        if validity.contains(declared.plus(-CHINA)) {
            steps.warn(StepId::SignerTime, "china_time_as_utc", facts);
        } else {
            steps.fail_code(StepId::SignerTime, "signed_outside_certificate", facts);
        }
    } else if declared > at.plus(SKEW) {
        if declared > at.plus(CHINA + SKEW) {
            steps.fail_code(StepId::SignerTime, "signed_in_future", facts);
        } else {
            steps.warn(StepId::SignerTime, "china_time_as_utc", facts);
        }
    }
}

fn note(steps: &mut Steps, id: StepId, deviations: &[Deviation]) {
    match deviations {
        [] => steps.ok(id, vec![]),
        [first, ..] => {
            let facts = deviations.iter().map(|d| match d {
                Deviation::TrailingBytes { count } => Fact::count("trailingBytes", *count),
                other => Fact::text("deviation", other.code()),
            });
            steps.warn(id, first.code(), facts.collect());
        }
    }
}

impl Seal {
    /// Verifies a seal that stands alone: form, maker's signature, maker's chain, window, status
    /// (GM/T 0031-2014 §6.1.2).
    #[must_use]
    pub fn verify(&self, check: &Check<'_>) -> crate::report::SignatureReport {
        let mut steps = Steps::new();
        for id in StepId::ALL {
            match id {
                StepId::SealStructure
                | StepId::SealValue
                | StepId::MakerChain
                | StepId::SealWindow
                | StepId::SealStatus
                | StepId::Timestamp => {}
                _ => steps.skip(id, "seal_alone"),
            }
        }
        let timestamp = check.timestamp_step(&mut steps, self.timestamp_token(), self.signature());
        self.judge(check, check.time(), &mut steps);
        self.check_window(None, check.time(), &mut steps);
        let kind = crate::report::SignatureKind::Seal;
        let mut report = crate::report::SignatureReport::new(1, self.id(), kind, steps);
        report.trusted_time = timestamp.map(|timestamp| timestamp.time);
        report.seal = Some(self.clone());
        if report.verdict == Verdict::Unreadable {
            report.verdict = Verdict::Invalid;
        }
        report
    }

    /// The seal's own steps.
    fn judge(&self, check: &Check<'_>, at: Time, steps: &mut Steps) {
        if let Some(extension) = self.extensions().iter().find(|extension| extension.critical) {
            let facts = vec![Fact::text("found", extension.id.to_string())];
            steps.fail_code(StepId::SealStructure, "unknown_critical_extension", facts);
        } else {
            note(steps, StepId::SealStructure, self.deviations());
        }
        match self.maker() {
            Ok(maker) => {
                self.check_maker_value(&maker, steps);
                check.maker(steps, &maker, at);
            }
            Err(error) => {
                steps.fail(StepId::SealValue, &error);
                steps.skip(StepId::MakerChain, "not_reached");
            }
        }
        self.check_status(check, at, steps);
    }

    fn check_maker_value(&self, maker: &Certificate, steps: &mut Steps) {
        let verify = |message: &[u8]| {
            verify_value(maker.public_key(), self.algorithm(), message, self.signature())
        };
        match verify(&self.signed_bytes()) {
            Ok(form) => note(steps, StepId::SealValue, &form.deviations),
            // T1: the other version's form is named, and does not count.
            Err(SignatureError::Wrong) if verify(&self.other_signed_bytes()).is_ok() => {
                steps.fail_code(StepId::SealValue, "seal_sig_alt_form", vec![]);
            }
            Err(error) => steps.fail(StepId::SealValue, &error),
        }
    }

    /// The window holds the time of judgement and what the signer declares.
    fn check_window(&self, declared: Option<Time>, at: Time, steps: &mut Steps) {
        let (from, until) = self.window();
        let facts = vec![
            Fact::text("from", from.to_string()),
            Fact::text("until", until.to_string()),
            Fact::text("at", at.to_string()),
        ];
        let inside = |time: Time| (from..=until).contains(&time);
        match declared {
            _ if at < from => steps.fail_code(StepId::SealWindow, "seal_not_yet_valid", facts),
            _ if at > until => steps.fail_code(StepId::SealWindow, "seal_expired", facts),
            Some(declared) if !inside(declared) && !inside(declared.plus(-CHINA)) => {
                steps.fail_code(StepId::SealWindow, "signed_outside_seal_window", facts);
            }
            _ => steps.ok(StepId::SealWindow, facts),
        }
    }

    fn check_status(&self, check: &Check<'_>, at: Time, steps: &mut Steps) {
        let Some(list) = check.seal_status_list() else {
            steps.skip(StepId::SealStatus, "status_list_missing");
            return;
        };
        match list.standing(self, at, check.present()) {
            SealStanding::Good => steps.ok(StepId::SealStatus, vec![]),
            SealStanding::GoodThen { entry } => {
                steps.warn(StepId::SealStatus, "valid_then", entry.facts());
            }
            SealStanding::Not { entry } => {
                steps.fail_code(StepId::SealStatus, entry.state.code(), entry.facts());
            }
            SealStanding::Unknown { code } => steps.warn(StepId::SealStatus, code, vec![]),
        }
    }
}
