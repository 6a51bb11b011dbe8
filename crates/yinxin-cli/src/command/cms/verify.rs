//! `yinxin cms verify`: every signer of a message, step by step.

use std::io::{BufWriter, Read, Seek};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use yinxin::cms::{CmsError, ContentDigests, SignedData, SignerInfo};
use yinxin::file::{Access, Input, Outputs};
use yinxin::message::{self, MessageError};
use yinxin::report::Step;
use yinxin::timestamp::TimestampToken;
use yinxin::{Certificate, Digest, Explain, Fact, Purpose, Time};

use super::given;
use super::sign::flush;
use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Of as _, Report, Warning, steps as steps_json};
use crate::progress::Bar;
use crate::trust::{self, Trust, TrustOptions};

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The signed message
    file: PathBuf,
    /// The file a detached signature was made for
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// Where the content goes once it has been verified
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustOptions,
}

pub(super) fn run(command: &Verify, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &given(&[command.out.as_ref()]))?;
    let trust = command.trust.read()?;
    let input = Input::open(&command.file)?;
    verify_input(input, command.content.as_deref(), command.out.as_deref(), &trust, globals)
}

/// Verifies a signed message, DER, BER or PEM.
///
/// # Errors
///
/// Files that cannot be read, and what is no signed message; a message that is refused is a report.
pub(crate) fn verify_input(
    mut input: Input,
    content: Option<&Path>,
    out: Option<&Path>,
    trust: &Trust,
    globals: &Globals,
) -> Result<Report, Failure> {
    let name = input.name().to_path_buf();
    input = unarmour(input)?;
    let mut outputs = context::outputs(globals);
    if let Some(out) = out {
        outputs.create(out, Access::Public)?;
    }
    let mut content = match content {
        Some(path) => Some(Input::open(path)?),
        None => None,
    };
    let read = read(&mut input, content.as_mut(), out, &mut outputs, globals);
    let (signed, digests) = read.of(&name)?;

    let report = Report::done("valid")
        .of(&name)
        .member("kind", "signed_message".into())
        .member("attached", Value::Bool(signed.is_attached()));
    let source = match &mut content {
        Some(content) => SignerSource::Plain(content),
        None => SignerSource::Message(&mut input),
    };
    let (mut report, passed) = judge_with(report, &signed, &digests, source, trust).of(&name)?;
    if passed && let Some(out) = out {
        outputs.commit()?;
        report = report.out(out);
    }
    Ok(report)
}

/// Where the content of a message is read once more, for signatures that need it.
pub(crate) enum SignerSource<'a, R> {
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
pub(crate) fn judge_all<R: Read + Seek>(
    report: Report,
    signed: &SignedData,
    source: SignerSource<'_, R>,
    trust: &Trust,
) -> Result<(Report, bool), Failure> {
    match signed.digests() {
        Some(digests) => judge_with(report, signed, digests, source, trust),
        None => Err(CmsError::Content { attached: false }.into()),
    }
}

fn judge_with<R: Read + Seek>(
    mut report: Report,
    signed: &SignedData,
    digests: &ContentDigests,
    mut source: SignerSource<'_, R>,
    trust: &Trust,
) -> Result<(Report, bool), Failure> {
    let mut certificates = Vec::new();
    for der in signed.certificates() {
        match Certificate::from_der(der) {
            Ok(certificate) => certificates.push(certificate),
            Err(_) => report = report.warn(Warning::new("certificate_unreadable", Vec::new())),
        }
    }
    report = report.warn_all(signed.oddities().iter().copied().map(Warning::deviation));
    if signed.signers().is_empty() {
        let error = CmsError::NoSigner;
        let steps = vec![Step::failed("signer", &error)];
        return Ok((report.because(&error).judged(Exit::Refused, "invalid", steps), false));
    }
    let mut signers = Vec::new();
    for signer in signed.signers() {
        let all = [certificates.as_slice(), trust.intermediates.as_slice()].concat();
        let anchors = trust.store.anchors().iter().map(yinxin::Anchor::certificate);
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
    let exit = signers.iter().map(|signer| signer.exit).max().unwrap_or(Exit::Refused);
    Ok((conclude(report, signers, exit), exit == Exit::Done))
}

/// One signer's result.
struct Judged {
    exit: Exit,
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
        exit: Exit::Done,
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
    if judged.exit != Exit::Done {
        return judged;
    }
    judged.check_timestamp(signer, beside, trust);
    if judged.exit != Exit::Done {
        return judged;
    }
    let chain = trust.judge(&certificate, beside, judged.timestamp, Purpose::Sign, None);
    judged.steps.extend(chain.steps);
    judged.warnings.extend(chain.warnings);
    judged.unjudged = chain.unjudged;
    judged.exit = chain.exit;
    if let Some(error) = chain.error {
        judged.failure = Some((error.code().to_owned(), error.to_string(), error.facts()));
    }
    judged
}

impl Judged {
    fn refuse(&mut self, step: &'static str, error: &dyn Explain) {
        self.exit = Exit::of(error.code());
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
            "verdict": if self.exit == Exit::Done { "valid" } else { "invalid" },
            "subject": self.subject,
            "serial": self.serial,
            "signingTime": self.signing_time.map(|time| time.to_string()),
            "timestamp": self.timestamp.map(|time| time.to_string()),
            "steps": steps_json(&self.steps),
        })
    }
}

/// The report over all signers: the worst decides, and its steps are the message's.
fn conclude(mut report: Report, signers: Vec<Judged>, exit: Exit) -> Report {
    let list = signers.iter().enumerate().map(|(index, signer)| signer.json(index + 1)).collect();
    report = report.member("signers", Value::Array(list));
    for (index, signer) in signers.iter().enumerate() {
        let subject = signer.subject.clone().unwrap_or_default();
        report = report.line("signer", format!("{} {subject}", index + 1));
        if let Some(time) = signer.timestamp {
            report = report.line("timestamp", time.to_string());
        } else if let Some(time) = signer.signing_time {
            report = report.line("signingTime", time.to_string());
        }
    }
    let mut steps = Vec::new();
    let mut chosen = false;
    for signer in signers {
        report = report.warn_all(signer.warnings);
        if signer.exit == exit && !chosen {
            chosen = true;
            steps = signer.steps;
            report = match signer.failure {
                _ if signer.unjudged => report.code("trust_missing"),
                Some((code, words, facts)) => report.code(&code).words(words, facts),
                None => report,
            };
        }
    }
    let verdict = if exit == Exit::Done { "valid" } else { "invalid" };
    report.judged(exit, verdict, steps)
}

/// The message itself when it is armoured, as it is when it is DER or BER.
pub(super) fn unarmour(mut input: Input) -> Result<Input, Failure> {
    let name = input.name().to_path_buf();
    let mut start = Vec::new();
    let read = input.by_ref().take(1).read_to_end(&mut start);
    read.map_err(MessageError::from).of(&name)?;
    input.rewind()?;
    if start == [0x30] {
        return Ok(input);
    }
    // Armoured messages are decoded in memory; nobody armours a gigabyte.
    let bytes = input.read_all(256 << 20)?;
    let der = trust::decode(&bytes, "").of(&name)?;
    Ok(Input::spooled(&name, &der)?)
}

/// Reads the message, its content into the output where there is one.
fn read(
    message: &mut Input,
    content: Option<&mut Input>,
    out: Option<&Path>,
    outputs: &mut Outputs,
    globals: &Globals,
) -> Result<(SignedData, ContentDigests), Failure> {
    let mut bar = Bar::new(globals, message.length());
    let progress = &mut |done| bar.update(done);
    let signed = match (out, &content) {
        (Some(out), None) => {
            let mut target = BufWriter::with_capacity(64 << 10, outputs.get(out)?);
            let signed = message::read_signed(message, &mut target, progress)?;
            flush(target, out)?;
            signed
        }
        _ => message::read_signed(message, &mut std::io::sink(), progress)?,
    };
    let digests = match (signed.digests(), content) {
        (Some(_), Some(_)) => return Err(CmsError::Content { attached: true }.into()),
        (Some(digests), None) => digests.clone(),
        (None, None) => return Err(CmsError::Content { attached: false }.into()),
        (None, Some(content)) => {
            let mut bar = Bar::new(globals, content.length());
            let name = content.name().to_path_buf();
            let progress = &mut |done| bar.update(done);
            let digests = message::digest_content(&signed, content, progress).of(&name)?;
            if let Some(out) = out {
                content.rewind()?;
                std::io::copy(content, outputs.get(out)?).map_err(MessageError::from).of(out)?;
            }
            digests
        }
    };
    Ok((signed, digests))
}
