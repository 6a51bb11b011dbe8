//! Signed messages: every signer, step by step.

use std::io::{Read, Seek};

use serde_json::{Value, json};
use yinxin_pki::cms::{CmsError, ContentDigests, SignedData, SignerInfo};
use yinxin_pki::report::Step;
use yinxin_pki::timestamp::TimestampToken;
use yinxin_pki::{Anchor, Certificate, Digest, Explain, Fact, Purpose, Time};

use crate::finding::{Ending, Failure, Finding, Warning, steps as steps_json};
use crate::judge::Trust;
use crate::message;

/// Verifies a signed message, DER or BER, attached or with its content beside it.
///
/// # Errors
///
/// It is no signed message, or cannot be read; a message that is refused is a finding.
pub fn verify<R: Read + Seek>(
    message: &mut R,
    content: Option<&mut R>,
    trust: &Trust,
) -> Result<Finding, Failure> {
    let mut quiet = |_| {};
    let signed = message::read_signed(message, &mut std::io::sink(), &mut quiet)?;
    match (signed.digests(), content) {
        (Some(_), Some(_)) => Err(CmsError::Content { attached: true }.into()),
        (None, None) => Err(CmsError::Content { attached: false }.into()),
        (Some(digests), None) => {
            let source = SignerSource::Message(message);
            Ok(judge_with(begin(&signed), &signed, digests, source, trust)?.0)
        }
        (None, Some(content)) => {
            let digests = message::digest_content(&signed, content, &mut quiet)?;
            let source = SignerSource::Plain(content);
            Ok(judge_with(begin(&signed), &signed, &digests, source, trust)?.0)
        }
    }
}

/// What is known of a message before its signers are judged.
#[must_use]
pub fn begin(signed: &SignedData) -> Finding {
    Finding::done("valid")
        .member("kind", "signed_message".into())
        .member("attached", Value::Bool(signed.is_attached()))
}

/// Where the content of a message is read once more, for signatures that need it.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "content is inside or beside")]
pub enum SignerSource<'a, R> {
    /// Inside the message.
    Message(&'a mut R),
    /// By itself.
    Plain(&'a mut R),
}

/// Judges every signer; says whether all of them passed.
///
/// # Errors
///
/// The content cannot be read once more.
pub fn judge_all<R: Read + Seek>(
    finding: Finding,
    signed: &SignedData,
    source: SignerSource<'_, R>,
    trust: &Trust,
) -> Result<(Finding, bool), Failure> {
    match signed.digests() {
        Some(digests) => judge_with(finding, signed, digests, source, trust),
        None => Err(CmsError::Content { attached: false }.into()),
    }
}

/// The same with the content's digests beside the message.
///
/// # Errors
///
/// The content cannot be read once more.
pub fn judge_with<R: Read + Seek>(
    mut finding: Finding,
    signed: &SignedData,
    digests: &ContentDigests,
    mut source: SignerSource<'_, R>,
    trust: &Trust,
) -> Result<(Finding, bool), Failure> {
    let mut certificates = Vec::new();
    for der in signed.certificates() {
        match Certificate::from_der(der) {
            Ok(certificate) => certificates.push(certificate),
            Err(_) => finding = finding.warn(Warning::new("certificate_unreadable", Vec::new())),
        }
    }
    finding = finding.warn_all(signed.oddities().iter().copied().map(Warning::deviation));
    if signed.signers().is_empty() {
        let error = CmsError::NoSigner;
        let steps = vec![Step::failed("signer", &error)];
        return Ok((finding.because(&error).judged(Ending::Refused, "invalid", steps), false));
    }
    let mut signers = Vec::new();
    for signer in signed.signers() {
        let all = [certificates.as_slice(), trust.intermediates.as_slice()].concat();
        let anchors = trust.store.anchors().iter().map(Anchor::certificate);
        let named = all.iter().chain(anchors).find(|c| signer.is_named(c)).cloned();
        let direct = match (&named, &mut source) {
            (None, _) => None,
            (Some(certificate), SignerSource::Message(message)) => {
                message::direct_digest(signer, certificate, message)?
            }
            (Some(certificate), SignerSource::Plain(content)) => {
                message::direct_digest_of(signer, certificate, content)?
            }
        };
        signers.push(judge(signer, signed, named, digests, direct, &certificates, trust));
    }
    let ending = signers.iter().map(|signer| signer.ending).max().unwrap_or(Ending::Refused);
    Ok((conclude(finding, signers, ending), ending == Ending::Done))
}

/// One signer's result.
struct Judged {
    ending: Ending,
    steps: Vec<Step>,
    warnings: Vec<Warning>,
    failure: Option<(String, String, Vec<Fact>)>,
    unjudged: bool,
    subject: Option<String>,
    serial: Option<String>,
    signing_time: Option<Time>,
    timestamp: Option<Time>,
}

fn judge(
    signer: &SignerInfo,
    signed: &SignedData,
    certificate: Option<Certificate>,
    digests: &ContentDigests,
    direct: Option<Digest>,
    beside: &[Certificate],
    trust: &Trust,
) -> Judged {
    let mut judged = Judged {
        ending: Ending::Done,
        steps: Vec::new(),
        warnings: Vec::new(),
        failure: None,
        unjudged: false,
        subject: None,
        serial: None,
        signing_time: None,
        timestamp: None,
    };
    let Some(certificate) = certificate else {
        judged.refuse("signer", &CmsError::SignerCertificate);
        return judged;
    };
    judged.subject = Some(certificate.subject().to_string());
    judged.serial = Some(certificate.serial().to_string());
    judged.steps.push(Step::ok("signer"));
    match signer.verify(signed, &certificate, digests, direct) {
        Ok(check) => {
            judged.steps.push(Step::ok("content"));
            judged.steps.push(Step::ok("signature"));
            judged.signing_time = check.signing_time;
            judged.warnings.extend(check.oddities.into_iter().map(Warning::deviation));
            if signer.signed_attributes().is_none() {
                judged.warnings.push(Warning::new("no_signed_attributes", Vec::new()));
            } else if !check.names_certificate {
                judged.warnings.push(Warning::new("certificate_not_named", Vec::new()));
            }
        }
        Err(error @ CmsError::MessageDigest) => judged.refuse("content", &error),
        Err(error) => judged.refuse("signature", &error),
    }
    if judged.ending != Ending::Done {
        return judged;
    }
    judged.check_timestamp(signer, beside, trust);
    if judged.ending != Ending::Done {
        return judged;
    }
    let chain = trust.judge(&certificate, beside, judged.timestamp, Purpose::Sign, None);
    judged.steps.extend(chain.steps);
    judged.warnings.extend(chain.warnings);
    judged.unjudged = chain.unjudged;
    judged.ending = chain.ending;
    if let Some(error) = chain.error {
        judged.failure = Some((error.code().to_owned(), error.to_string(), error.facts()));
    }
    judged
}

impl Judged {
    fn refuse(&mut self, step: &'static str, error: &dyn Explain) {
        self.ending = Ending::of(error.code());
        self.steps.push(Step::failed(step, error));
        self.failure = Some((error.code().to_owned(), error.to_string(), error.facts()));
    }

    /// A timestamp counts only when its authority is trusted; one that is there and wrong refuses.
    fn check_timestamp(&mut self, signer: &SignerInfo, beside: &[Certificate], trust: &Trust) {
        let token = match signer.timestamp_token() {
            Ok(Some(token)) => token,
            Ok(None) => return,
            Err(error) => return self.refuse("timestamp", &error),
        };
        if trust.tsa.is_empty() {
            self.steps.push(Step::skipped("timestamp", "tsa_trust_missing"));
            self.warnings.push(Warning::new("tsa_trust_missing", Vec::new()));
            return;
        }
        let between = [beside, trust.intermediates.as_slice()].concat();
        let check = trust.check(&trust.tsa, trust.now).intermediates(&between);
        let verified = TimestampToken::from_der(token)
            .and_then(|token| token.verify_by(signer.signature(), &check));
        match verified {
            Ok(timestamp) => {
                self.timestamp = Some(timestamp.time);
                let fact = Fact::text("time", timestamp.time.to_string());
                self.steps.push(Step::ok("timestamp").with(fact));
            }
            Err(error) => self.refuse("timestamp", &error),
        }
    }

    fn json(&self, number: usize) -> Value {
        json!({
            "number": number,
            "verdict": if self.ending == Ending::Done { "valid" } else { "invalid" },
            "subject": self.subject,
            "serial": self.serial,
            "signingTime": self.signing_time.map(|time| time.to_string()),
            "timestamp": self.timestamp.map(|time| time.to_string()),
            "steps": steps_json(&self.steps),
        })
    }
}

/// The finding over all signers: the worst decides, and its steps are the message's.
fn conclude(mut finding: Finding, signers: Vec<Judged>, ending: Ending) -> Finding {
    let list = signers.iter().enumerate().map(|(index, signer)| signer.json(index + 1)).collect();
    finding = finding.member("signers", Value::Array(list));
    for (index, signer) in signers.iter().enumerate() {
        let subject = signer.subject.clone().unwrap_or_default();
        finding = finding.line("signer", format!("{} {subject}", index + 1));
        if let Some(time) = signer.timestamp {
            finding = finding.line("timestamp", time.to_string());
        } else if let Some(time) = signer.signing_time {
            finding = finding.line("signingTime", time.to_string());
        }
    }
    let mut steps = Vec::new();
    let mut chosen = false;
    for signer in signers {
        finding = finding.warn_all(signer.warnings);
        if signer.ending == ending && !chosen {
            chosen = true;
            steps = signer.steps;
            finding = match signer.failure {
                _ if signer.unjudged => finding.code("trust_missing"),
                Some((code, words, facts)) => finding.code(&code).words(words, facts),
                None => finding,
            };
        }
    }
    let verdict = if ending == Ending::Done { "valid" } else { "invalid" };
    finding.judged(ending, verdict, steps)
}
