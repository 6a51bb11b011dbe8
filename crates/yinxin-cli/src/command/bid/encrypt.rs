//! `yinxin bid encrypt`: nothing is done before the file was read back.

use std::io::{BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Mutex;

use clap::Args;
use serde_json::json;
use yinxin::bid::{BidFileError, Encryption, Source, self_check};
use yinxin::envelope::{BidError, Draft, Recovery, Suite};
use yinxin::file::{Access, Action, FileError, Input};
use yinxin::{Certificate, EncryptionCertificate, Explain as _, Fact, PublicKey, Time, oid};

use super::{Signer, failure, job};
use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report, Warning};
use crate::progress::Bar;
use crate::secret::Passwords;
use crate::trust::{self, parse_time};

#[derive(Args, Debug)]
pub(crate) struct Encrypt {
    /// The bid, as one segment `main`
    #[arg(required_unless_present = "segment", conflicts_with = "segment")]
    file: Option<PathBuf>,
    /// A named part with a key of its own: technical=plan.pdf
    #[arg(long, value_name = "NAME=FILE")]
    segment: Vec<Segment>,
    /// Encryption certificate of the bidder
    #[arg(long, required = true, value_name = "CERT")]
    to: Vec<PathBuf>,
    /// Project code
    #[arg(long, value_name = "P")]
    project: String,
    /// Section code
    #[arg(long, value_name = "S")]
    section: String,
    /// When bids are opened, as 2026-12-01T01:30:00Z
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    opening: Time,
    /// Code of the platform at whose request a phone may open it; without it any
    #[arg(long, value_name = "CODE", default_value = "", hide_default_value = true)]
    platform: String,
    /// The bidder's unified code (else the first certificate's)
    #[arg(long, value_name = "CODE")]
    bidder: Option<String>,
    /// The tenderer's certificate, for a layer around the bid; both keys are needed then
    #[arg(long, value_name = "CERT")]
    then_to: Option<PathBuf>,
    /// Officers who can recover together: 2-of-3=a.pem,b.pem,c.pem
    #[arg(long, value_name = "K-of-N=CERTS")]
    recover: Option<Officers>,
    #[command(flatten)]
    signer: Signer,
    #[command(flatten)]
    passwords: Passwords,
    /// Where the envelope goes
    #[arg(long, value_name = "F.bid")]
    out: PathBuf,
    /// Where the receipt goes
    #[arg(long, value_name = "R")]
    receipt: PathBuf,
}

/// NAME=FILE.
#[derive(Clone, Debug)]
struct Segment {
    name: String,
    file: PathBuf,
}

impl FromStr for Segment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, file)) if !name.is_empty() && !file.is_empty() => {
                Ok(Self { name: name.to_owned(), file: file.into() })
            }
            _ => Err("a segment is written as NAME=FILE".to_owned()),
        }
    }
}

/// K-of-N=CERT,CERT,…
#[derive(Clone, Debug)]
struct Officers {
    threshold: u8,
    certificates: Vec<PathBuf>,
}

impl FromStr for Officers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "recovery is written as 2-of-3=a.pem,b.pem,c.pem".to_owned();
        let (numbers, list) = text.split_once('=').ok_or_else(wrong)?;
        let (k, n) = numbers.split_once("-of-").ok_or_else(wrong)?;
        let threshold = k.parse().map_err(|_| wrong())?;
        let count: usize = n.parse().map_err(|_| wrong())?;
        let certificates: Vec<PathBuf> = list.split(',').map(PathBuf::from).collect();
        if certificates.len() == count {
            Ok(Self { threshold, certificates })
        } else {
            Err(format!("{} certificates given where {count} are announced", certificates.len()))
        }
    }
}

pub(super) fn run(command: &Encrypt, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out, &command.receipt])?;
    let mut report = Report::done("bid_encrypted");
    let mut to = Vec::new();
    for path in &command.to {
        let certificate = EncryptionCertificate::new(trust::certificate(path)?).of(path)?;
        report = report.warn_all(ends_before(&certificate, command.opening));
        to.push(certificate);
    }
    let then_to = match &command.then_to {
        Some(path) => Some(EncryptionCertificate::new(trust::certificate(path)?).of(path)?),
        None => None,
    };
    let recovery = match &command.recover {
        Some(officers) => Some(recovery(officers)?),
        None => None,
    };
    let bidder = command.bidder.clone().unwrap_or_else(|| {
        let holder = to.first().map(|certificate| certificate.holder());
        let code = holder.as_ref().and_then(|holder| holder.unified_code());
        code.map_or_else(String::new, ToString::to_string)
    });
    let segments: Vec<Segment> = match &command.file {
        Some(file) => vec![Segment { name: "main".to_owned(), file: file.clone() }],
        None => command.segment.clone(),
    };
    let draft = Draft {
        suite: to.first().map_or(Suite::Sm, |certificate| Suite::of(certificate.curve())),
        platform: command.platform.clone(),
        project: command.project.clone(),
        section: command.section.clone(),
        bidder,
        created: context::now(),
        opening: command.opening,
        chunk_size: Draft::CHUNK_SIZE,
        segments: segments.iter().map(|segment| segment.name.clone()).collect(),
    };
    let keys: Vec<&PublicKey> = to.iter().map(|certificate| certificate.public_key()).collect();
    let encryption = Encryption {
        draft: draft.clone(),
        to: &keys,
        then_to: then_to.as_ref().map(|certificate| certificate.public_key()),
        recovery: recovery.as_ref(),
    };

    let mut inputs = Vec::new();
    for segment in &segments {
        inputs.push(Input::open(&segment.file)?);
    }
    let total: u64 = inputs.iter().map(Input::length).sum();
    let mut sources: Vec<Source<'_>> = inputs
        .iter_mut()
        .zip(&segments)
        .map(|(content, segment)| Source { file_name: own_name(&segment.file), content })
        .collect();
    let mut outputs = context::outputs(globals);
    let file = outputs.create(&command.out, Access::Public)?;
    let failed = |source| FileError::new(Action::Write, &command.out, source);

    // Encrypting and reading back are two runs over all bytes.
    let bar = Mutex::new(Bar::new(globals, total * 2));
    let progress = |base: u64, done: u64| {
        if let Ok(mut bar) = bar.lock() {
            bar.update(base + done);
        }
    };
    let encrypting = |done| progress(0, done);
    let checking = |done| progress(total, done);
    let mut buffered = BufWriter::with_capacity(64 << 10, &mut *file);
    let (receipt, check) = encryption
        .run(&mut sources, &mut buffered, &mut context::random()?, job(&encrypting))
        .map_err(|error| made_wrong(error, &command.out))?;
    buffered.flush().map_err(failed)?;
    drop(buffered);
    file.rewind().map_err(failed)?;
    self_check(&mut *file, &check, &receipt, job(&checking))
        .map_err(|error| failure(error, &command.out))?;
    drop(bar);

    let signed = command.signer.sign(receipt.to_der(), oid::RECEIPT, &command.passwords)?;
    outputs.write(&command.receipt, Access::Public, &signed)?;
    outputs.commit()?;
    let sizes: Vec<_> = receipt
        .segments()
        .iter()
        .map(|s| json!({"name": s.name, "size": s.size, "digest": s.digest.to_string()}))
        .collect();
    Ok(report
        .show("fileDigest", receipt.file_digest().to_string())
        .member("fileSize", json!(receipt.file_size()))
        .member("segments", json!(sizes))
        .show("bidder", draft.bidder)
        .show("opening", draft.opening.to_string())
        .out(&command.out))
}

fn recovery(officers: &Officers) -> Result<Recovery, Failure> {
    let mut keys = Vec::new();
    for path in &officers.certificates {
        let certificate = EncryptionCertificate::new(trust::certificate(path)?).of(path)?;
        keys.push(certificate.public_key().clone());
    }
    Recovery::new(officers.threshold, keys).map_err(|error| made_wrong(error.into(), Path::new("")))
}

/// What the format does not allow was asked for on the command line.
fn made_wrong(error: BidFileError, path: &Path) -> Failure {
    match error {
        BidFileError::Bid(refused @ (BidError::Value { .. } | BidError::FileName)) => {
            Failure::usage(refused.code(), refused.to_string())
        }
        other => failure(other, path),
    }
}

/// The file's own name, without its folder; standard input has none.
fn own_name(path: &Path) -> String {
    let name = path.file_name().and_then(|name| name.to_str());
    name.filter(|_| !yinxin::file::is_standard(path)).unwrap_or("content").to_owned()
}

/// A warning when a certificate ends before the opening.
pub(super) fn ends_before(certificate: &Certificate, opening: Time) -> Option<Warning> {
    let not_after = certificate.validity().not_after;
    (not_after < opening).then(|| {
        let facts = vec![
            Fact::text("subject", certificate.subject().to_string()),
            Fact::text("notAfter", not_after.to_string()),
            Fact::text("opening", opening.to_string()),
        ];
        Warning::new("expires_before_opening", facts)
    })
}
