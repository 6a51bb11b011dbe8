//! Verification reports: sixteen steps with stable ids, and a verdict (验证报告).
//!
//! The same ids and codes stand in the JSON of the command line, in Rust and in npm. Nothing is
//! `valid` that was not checked against a trust anchor.

use std::fmt;

use yinxin_pki::report::{Outcome, Step};
use yinxin_pki::{Certificate, Explain, Fact, Time};

use crate::coverage::Coverage;
use crate::es::Seal;
use crate::placement::Stamp;

mod words;

pub use words::{Language, words};

/// The steps, in the order of a report.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the list of ids is a contract")]
pub enum StepId {
    /// The file can be opened: package or file structure.
    Container,
    /// The signature value is of a known structure.
    Structure,
    /// Its version numbers agree.
    Version,
    /// The signer's signature over what was signed.
    SigValue,
    /// The signer's certificate is in the seal's list.
    SignerInSeal,
    /// The signer's certificate is trusted, and for signing.
    SignerChain,
    /// It was valid, and not revoked, at the time of judgement.
    SignerTime,
    /// What is protected has the digest that was signed.
    Digest,
    /// All that is shown is protected.
    Coverage,
    /// The seal is well-formed.
    SealStructure,
    /// The seal maker's signature over the seal.
    SealValue,
    /// The seal maker's certificate is trusted, and for making seals.
    MakerChain,
    /// The seal could be used at that time.
    SealWindow,
    /// It was neither suspended nor cancelled, and this use of it was not revoked.
    SealStatus,
    /// The timestamp.
    Timestamp,
    /// What is shown agrees with what was signed.
    Appearance,
}

impl StepId {
    /// All of them, in order.
    pub const ALL: [Self; 16] = [
        Self::Container,
        Self::Structure,
        Self::Version,
        Self::SigValue,
        Self::SignerInSeal,
        Self::SignerChain,
        Self::SignerTime,
        Self::Digest,
        Self::Coverage,
        Self::SealStructure,
        Self::SealValue,
        Self::MakerChain,
        Self::SealWindow,
        Self::SealStatus,
        Self::Timestamp,
        Self::Appearance,
    ];

    /// The stable id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Structure => "structure",
            Self::Version => "version",
            Self::SigValue => "sig_value",
            Self::SignerInSeal => "signer_in_seal",
            Self::SignerChain => "signer_chain",
            Self::SignerTime => "signer_time",
            Self::Digest => "digest",
            Self::Coverage => "coverage",
            Self::SealStructure => "seal_structure",
            Self::SealValue => "seal_value",
            Self::MakerChain => "maker_chain",
            Self::SealWindow => "seal_window",
            Self::SealStatus => "seal_status",
            Self::Timestamp => "timestamp",
            Self::Appearance => "appearance",
        }
    }
}

/// A sheet of the sixteen steps while they are taken.
///
/// The first failure of a step stays; a warning gives way to a failure, never the other way.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    entries: Vec<(StepId, Step)>,
}

impl Steps {
    /// An empty sheet.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// The step was right.
    pub fn ok(&mut self, id: StepId, facts: Vec<Fact>) {
        self.set(id, Outcome::Ok, facts);
    }

    /// The step was right, with a reservation.
    pub fn warn(&mut self, id: StepId, code: &'static str, facts: Vec<Fact>) {
        self.set(id, Outcome::Warned(code), facts);
    }

    /// The step was wrong.
    pub fn fail(&mut self, id: StepId, error: &dyn Explain) {
        self.set(id, Outcome::Failed(error.code()), error.facts());
    }

    /// The step was wrong, by a code of the report's own.
    pub fn fail_code(&mut self, id: StepId, code: &'static str, facts: Vec<Fact>) {
        self.set(id, Outcome::Failed(code), facts);
    }

    /// The step was not taken.
    pub fn skip(&mut self, id: StepId, code: &'static str) {
        self.set(id, Outcome::Skipped(code), vec![]);
    }

    /// Adds a fact to a step that was taken.
    pub fn note(&mut self, id: StepId, fact: Fact) {
        if let Some((_, step)) = self.entries.iter_mut().find(|(own, _)| *own == id) {
            step.facts.push(fact);
        }
    }

    /// How the step ended, if it was taken.
    #[must_use]
    pub fn outcome(&self, id: StepId) -> Option<Outcome> {
        self.entries.iter().find(|(own, _)| *own == id).map(|(_, step)| step.outcome)
    }

    /// Whether the step failed.
    #[must_use]
    pub fn failed(&self, id: StepId) -> bool {
        matches!(self.outcome(id), Some(Outcome::Failed(_)))
    }

    fn set(&mut self, id: StepId, outcome: Outcome, facts: Vec<Fact>) {
        let rank = |outcome: &Outcome| match outcome {
            Outcome::Failed(_) => 3,
            Outcome::Warned(_) => 2,
            Outcome::Ok => 1,
            _ => 0,
        };
        let new = Step { id: id.id(), outcome, facts };
        match self.entries.iter_mut().find(|(own, _)| *own == id) {
            Some((_, step)) if rank(&step.outcome) >= rank(&outcome) => {
                // A second reservation is named beside the first.
                if let Some(code) = outcome.code()
                    && step.outcome != outcome
                {
                    step.facts.push(Fact::text("also", code));
                }
                step.facts.extend(new.facts);
            }
            Some((_, step)) => {
                let mut facts = std::mem::take(&mut step.facts);
                *step = new;
                step.facts.append(&mut facts);
            }
            None => self.entries.push((id, new)),
        }
    }

    /// The finished sheet: all sixteen steps in order, those not taken `skipped`, and the verdict.
    #[must_use]
    pub fn finish(self) -> (Vec<Step>, Verdict, Option<StepId>) {
        let mut steps = Vec::with_capacity(StepId::ALL.len());
        let mut failed = Vec::new();
        for id in StepId::ALL {
            let found =
                self.entries.iter().find(|(own, _)| *own == id).map(|(_, step)| step.clone());
            let step = found.unwrap_or_else(|| Step::skipped(id.id(), "not_reached"));
            let (wrong, untrusted) = match step.outcome {
                Outcome::Failed(_) => (true, false),
                // Nothing is valid without an anchor; what was not reached was not checked.
                Outcome::Skipped(code) => (false, matches!(code, "trust_missing" | "not_reached")),
                _ => (false, false),
            };
            if wrong || untrusted {
                failed.push((id, step.outcome));
            }
            steps.push(step);
        }
        let wrong = failed.iter().find(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        let first = wrong.or_else(|| failed.first()).map(|(id, _)| *id);
        let verdict = match (first, failed.as_slice()) {
            (None, _) => Verdict::Valid,
            (Some(StepId::Container | StepId::Structure), _) => Verdict::Unreadable,
            // Changed after signing is not the same as not covered.
            (Some(StepId::Coverage), [(_, Outcome::Failed(CHANGED | AMBIGUOUS)), ..]) => {
                Verdict::Invalid
            }
            (_, [(StepId::Coverage, Outcome::Failed(_))]) => Verdict::ValidPartial,
            (_, [(StepId::SealStatus, Outcome::Failed("seal_signature_revoked"))])
            | (
                _,
                [
                    (StepId::Coverage, Outcome::Failed(_)),
                    (StepId::SealStatus, Outcome::Failed("seal_signature_revoked")),
                ],
            ) => Verdict::Revoked,
            _ => Verdict::Invalid,
        };
        (steps, verdict, first)
    }
}

/// Code of [`StepId::Coverage`]: what was signed was changed after it.
pub(crate) const CHANGED: &str = "modified_after";
/// Code of [`StepId::Coverage`]: what came after reads in two ways.
pub(crate) const AMBIGUOUS: &str = "ambiguous_structure";

/// What comes out of a verification, from best to worst.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the list of verdicts is a contract")]
pub enum Verdict {
    /// Every step was right.
    Valid,
    /// Every step was right, but something that is shown is not covered.
    ValidPartial,
    /// Right in itself, and revoked by whoever may (撤章).
    Revoked,
    /// A step was wrong.
    Invalid,
    /// It cannot be read.
    Unreadable,
}

impl Verdict {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ValidPartial => "valid_partial",
            Self::Revoked => "revoked",
            Self::Invalid => "invalid",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What kind of signature it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SignatureKind {
    /// A seal signature (电子签章).
    Seal,
    /// A signature without a seal (数字签名).
    Sign,
}

impl SignatureKind {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Sign => "sign",
        }
    }
}

/// The report of one signature.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignatureReport {
    /// Which signature of the document, counted from 1.
    pub number: usize,
    /// Its name in the document: an id, a field name.
    pub name: String,
    /// Its kind.
    pub kind: SignatureKind,
    /// All sixteen steps, in order.
    pub steps: Vec<Step>,
    /// The verdict.
    pub verdict: Verdict,
    /// The first step that was wrong, or not taken for want of trust.
    pub first_failing: Option<StepId>,
    /// The signer's certificate, where one could be read.
    pub signer: Option<Certificate>,
    /// The seal, where one could be read.
    pub seal: Option<Seal>,
    /// When the signer says it was.
    pub declared_time: Option<Time>,
    /// When a trusted timestamp says it was at the latest.
    pub trusted_time: Option<Time>,
    /// Where it is shown.
    pub stamps: Vec<Stamp>,
    /// What is not covered by it.
    pub coverage: Coverage,
}

impl SignatureReport {
    /// A report of a finished sheet of steps.
    #[must_use]
    pub fn new(number: usize, name: impl Into<String>, kind: SignatureKind, steps: Steps) -> Self {
        let (steps, verdict, first_failing) = steps.finish();
        Self {
            number,
            name: name.into(),
            kind,
            steps,
            verdict,
            first_failing,
            signer: None,
            seal: None,
            declared_time: None,
            trusted_time: None,
            stamps: Vec::new(),
            coverage: Coverage::default(),
        }
    }

    /// One of its steps.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id.id())
    }
}

/// The report of a whole document.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DocumentReport {
    /// One for each signature, in the order they were made.
    pub signatures: Vec<SignatureReport>,
    /// What hints at something wrong with the document as a whole, beside the signatures.
    pub warnings: Vec<Step>,
}

impl DocumentReport {
    /// The worst verdict of all signatures; `None` for a document without any.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.signatures.iter().map(|signature| signature.verdict).max()
    }

    /// The report as lines of text: a heading for each signature, a line for each step.
    #[must_use]
    pub fn to_text(&self, language: Language) -> String {
        let mut lines = Vec::new();
        if self.signatures.is_empty() {
            lines.push(words("no_signature", language).to_owned());
        }
        for signature in &self.signatures {
            let verdict = words(signature.verdict.name(), language);
            lines.push(format!("{} {}: {verdict}", signature.number, signature.name));
            for step in &signature.steps {
                let result = words(step.outcome.name(), language);
                let title = words(step.id, language);
                let why = step.outcome.code().map(|code| format!(": {}", words(code, language)));
                lines.push(format!("  {result:8} {title}{}", why.unwrap_or_default()));
                for fact in &step.facts {
                    lines.push(format!("           {} {}", fact.name, fact.value));
                }
            }
        }
        lines.join("\n")
    }
}

impl fmt::Display for DocumentReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(Language::English))
    }
}
