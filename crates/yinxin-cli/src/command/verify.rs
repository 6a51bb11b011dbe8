//! `yinxin verify`: finds out what a file is and runs the right verifier.

use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use yinxin::file::Input;
use yinxin::message::{MessageKind, kind_of};
use yinxin::verify::document::Format;
use yinxin::verify::{self, certificate, seal};
use yinxin::{CertificateRequest, Purpose, pem};

use super::cms;
use super::document::verify::{lists, verify_document};
use crate::args::Globals;
use crate::output::{Failure, Of as _, Report};
use crate::trust::{self, TrustOptions};

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
    let path = command.file.as_path();
    let trust = command.trust.read()?;
    let judged_by = |trust| lists(trust, command.status_list.as_deref(), &command.statement);
    let mut input = Input::open(path)?;
    let start = head(&mut input)?;
    if let Some(kind) = Format::of(&start) {
        return verify_document(input, kind, path, &judged_by(trust)?);
    }
    // Whatever a receipt or a list is, a gigabyte of signed content is none.
    if input.length() <= SMALL && !yinxin::file::is_standard(path) {
        let bytes = yinxin::file::read(path, SMALL)?;
        if seal::is_one(&bytes) {
            return Ok(seal::verify(&bytes, &judged_by(trust)?).of(path)?.of(path));
        }
        let mut content = match &command.content {
            Some(content) => Some(Input::open(content)?),
            None => None,
        };
        let content = content.as_mut().map(|content| -> &mut dyn Read { content });
        if let Some(report) = verify::small(&bytes, content, &trust).of(path)? {
            return Ok(report.of(path));
        }
    }
    let labels = |wanted: &str| pem::is_pem(&start) && contains(&start, wanted);
    match kind_of(&start) {
        MessageKind::Signed => {
            let content = command.content.as_deref();
            return cms::verify_input(input, content, None, &trust, globals);
        }
        MessageKind::Enveloped => return Err(verify::nothing_to_verify().of(path)),
        _ => {}
    }
    if labels("CERTIFICATE REQUEST-----") || CertificateRequest::from_der(&start).is_ok() {
        return Ok(verify::request(&input.read_all(1 << 20)?).of(path)?.of(path));
    }
    if labels("CMS-----") || labels("PKCS7-----") {
        return cms::verify_input(input, command.content.as_deref(), None, &trust, globals);
    }
    if start.first() == Some(&0x30) || labels("CERTIFICATE-----") {
        let bytes = trust::read(path)?;
        return Ok(certificate::verify(&bytes, &trust, Purpose::Any, None).of(path)?.of(path));
    }
    Err(verify::unknown_kind().of(path))
}

/// Largest file that is looked at as a whole to find out what it is: receipts, evidence, lists.
const SMALL: u64 = 64 << 20;

/// The first bytes, enough for armour with some text before it.
fn head(input: &mut Input) -> Result<Vec<u8>, Failure> {
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
