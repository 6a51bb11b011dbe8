//! `yinxin verify`: finds out what a file is and runs the right verifier.

mod seals;
mod services;

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use yinxin::file::Input;
use yinxin::message::{MessageKind, kind_of};
use yinxin::report::Step;
use yinxin::{CertificateRequest, Purpose, pem};

use super::document::verify::Lists;
use super::{bid, certificate, cms, document, phone, platform};
use crate::args::Globals;
use crate::output::{Exit, Failure, Of as _, Report};
use crate::trust::TrustOptions;

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// OFD, PDF, seal, list of seals, statement, signed message, certificate, request, revocation
    /// list, OCSP answer, timestamp, receipt or evidence of a bid, record or history of a session
    file: PathBuf,
    /// The file that a detached signature or a timestamp was made for
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// Signed list of the states of seals
    #[arg(long, value_name = "F")]
    status_list: Option<PathBuf>,
    /// Signed statement that a seal signature was revoked
    #[arg(long, value_name = "S")]
    statement: Vec<PathBuf>,
    #[command(flatten)]
    trust: TrustOptions,
}

pub(crate) fn run(command: &Verify, globals: &Globals) -> Result<Report, Failure> {
    let trust = command.trust.read()?;
    let mut input = Input::open(&command.file)?;
    let start = head(&mut input)?;
    if let Some(kind) = document::kind_of(&start) {
        let lists = Lists::new(trust, command.status_list.as_deref(), &command.statement)?;
        return document::verify::verify_document(input, kind, &command.file, &lists);
    }
    // Receipts and evidence are small; a gigabyte of signed content is none.
    if start.first() == Some(&0x30)
        && input.length() <= SMALL
        && !yinxin::file::is_standard(&command.file)
        && let Some(report) = bid::verify_ours(&command.file, &trust)?
    {
        return Ok(report);
    }
    if input.length() <= SMALL && !yinxin::file::is_standard(&command.file) {
        let bytes = yinxin::file::read(&command.file, SMALL)?;
        if seals::is_one(&bytes) {
            let lists = Lists::new(trust, command.status_list.as_deref(), &command.statement)?;
            return seals::verify(&bytes, &command.file, &lists);
        }
        if let Some(report) = platform::verify_record(&bytes, &command.file, &trust)? {
            return Ok(report);
        }
        if let Some(report) = phone::verify_history(&bytes, &command.file, &trust)? {
            return Ok(report);
        }
        if let Some(report) = services::verify(&bytes, command, &trust, globals)? {
            return Ok(report);
        }
    }
    let labels = |wanted: &str| pem::is_pem(&start) && contains(&start, wanted);
    match kind_of(&start) {
        MessageKind::Signed => {
            let content = command.content.as_deref();
            return cms::verify_input(input, content, None, &trust, globals);
        }
        MessageKind::Enveloped => {
            let words = "an encrypted message has nothing to verify before it is opened; use `yinxin cms decrypt`";
            return Err(
                Failure::new(Exit::Unreadable, "nothing_to_verify", words).of(&command.file)
            );
        }
        _ => {}
    }
    if labels("CERTIFICATE REQUEST-----") || is_request(&start) {
        return request(&mut input, command);
    }
    if labels("CMS-----") || labels("PKCS7-----") {
        return cms::verify_input(input, command.content.as_deref(), None, &trust, globals);
    }
    if start.first() == Some(&0x30) || labels("CERTIFICATE-----") {
        return certificate::verify(&command.file, &trust, Purpose::Any, None);
    }
    let words = "not a kind of file that this program verifies";
    Err(Failure::new(Exit::Unreadable, "unknown_kind", words).of(&command.file))
}

/// Largest file that is looked at as a whole to find out what it is: receipts, evidence, lists.
const SMALL: u64 = 64 << 20;

/// The first bytes, enough for armour with some text before it.
fn head(input: &mut Input) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let mut start = Vec::new();
    let name = input.name().to_path_buf();
    let read = input.by_ref().take(64 << 10).read_to_end(&mut start);
    read.map_err(|source| yinxin::file::FileError::new(yinxin::file::Action::Read, &name, source))?;
    input.rewind()?;
    Ok(start)
}

fn contains(text: &[u8], wanted: &str) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted.as_bytes())
}

/// SEQUENCE { SEQUENCE { INTEGER 0, … tells a request: a certificate has [0] or a long serial
/// number and then an algorithm, a list of revoked ones the algorithm at once.
fn is_request(start: &[u8]) -> bool {
    CertificateRequest::from_der(start).is_ok()
}

fn request(input: &mut Input, command: &Verify) -> Result<Report, Failure> {
    let bytes = input.read_all(1 << 20)?;
    let request = CertificateRequest::read(&bytes).of(&command.file)?;
    Ok(Report::done("valid")
        .of(&command.file)
        .member("kind", Value::from("certificate_request"))
        .show("subject", request.subject().to_string())
        .show("algorithm", request.public_key().algorithm_name())
        .judged(Exit::Done, "valid", vec![Step::ok("signature")]))
}
