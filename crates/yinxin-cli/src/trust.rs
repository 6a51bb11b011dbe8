//! What is trusted, as the verifying commands take it.

use std::path::{Path, PathBuf};

use clap::Args;
use yinxin::file;
use yinxin::revocation::{Crl, OcspResponse, RevocationData};
use yinxin::trust::TrustError;
use yinxin::{Certificate, Error, Time, TrustStore};

pub(crate) use yinxin::judge::Trust;

use crate::context;
use crate::output::{Exit, Failure, Of as _};

/// Trust options of all verifying commands.
#[derive(Args, Clone, Debug)]
pub(crate) struct TrustOptions {
    /// Trust anchors: a PEM or DER file, or a folder of them (NAME.seal.pem: for that purpose only)
    #[arg(long, value_name = "FILE")]
    trust: Vec<PathBuf>,
    /// Certificates that may lie between
    #[arg(long, value_name = "FILE")]
    intermediates: Vec<PathBuf>,
    /// Certificate revocation list
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// OCSP answer
    #[arg(long, value_name = "FILE")]
    ocsp: Vec<PathBuf>,
    /// Time of judgement, as 2026-11-24T12:00:00Z (else a trusted timestamp's, else now)
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<Time>,
    /// Refuse when the revocation status is not known
    #[arg(long)]
    require_revocation: bool,
    /// Trust anchors of timestamp authorities
    #[arg(long, value_name = "FILE")]
    tsa_trust: Vec<PathBuf>,
}

/// A time on the command line.
pub(crate) fn parse_time(text: &str) -> Result<Time, String> {
    Time::parse(text).map_err(|_| "times are written as 2026-11-24T12:00:00Z".to_owned())
}

const CERTIFICATES: u64 = 16 << 20;
const CRL: u64 = 128 << 20;

impl TrustOptions {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// The first file that cannot be read or understood.
    pub(crate) fn read(&self) -> Result<Trust, Failure> {
        let mut intermediates = Vec::new();
        for path in &self.intermediates {
            intermediates.extend(certificates(path)?);
        }
        let mut revocation = RevocationData::default();
        for path in &self.crl {
            revocation.crls.extend(Crl::from_pem_or_der(&file::read(path, CRL)?).of(path)?);
        }
        for path in &self.ocsp {
            let bytes = decode(&file::read(path, CERTIFICATES)?, "OCSP RESPONSE").of(path)?;
            revocation.ocsp.push(OcspResponse::from_der(&bytes).of(path)?);
        }
        Ok(Trust {
            store: store(&self.trust)?,
            tsa: store(&self.tsa_trust)?,
            intermediates,
            at: self.at,
            now: context::now(),
            revocation,
            require_revocation: self.require_revocation,
        })
    }
}

fn store(paths: &[PathBuf]) -> Result<TrustStore, Failure> {
    let mut store = TrustStore::new();
    for path in paths {
        yinxin::trust::extend(&mut store, path).map_err(|error| match error {
            TrustError::Certificate { path, error } => Failure::from(error).of(&path),
            TrustError::File(error) => error.into(),
            other => Failure::new(Exit::System, "read_failed", format!("{other:?}")),
        })?;
    }
    Ok(store)
}

/// A file of certificates, as it is.
///
/// # Errors
///
/// It cannot be read.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(file::read(path, CERTIFICATES)?)
}

/// All certificates of a file; at least one.
///
/// # Errors
///
/// The file cannot be read, or has none.
pub(crate) fn certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let certificates = Certificate::from_pem_or_der(&file::read(path, CERTIFICATES)?).of(path)?;
    if certificates.is_empty() {
        return Err(Error::Malformed { at: 0, expected: "a certificate" }).of(path);
    }
    Ok(certificates)
}

/// The first certificate of a file.
///
/// # Errors
///
/// As [`certificates`].
pub(crate) fn certificate(path: &Path) -> Result<Certificate, Failure> {
    let first = certificates(path)?.into_iter().next();
    first.ok_or(Error::Malformed { at: 0, expected: "a certificate" }).of(path)
}

/// DER out of a file that may be armoured under `label`.
///
/// # Errors
///
/// [`Error`]: broken armour, or armour of something else.
pub(crate) fn decode(bytes: &[u8], label: &str) -> Result<Vec<u8>, Error> {
    if !yinxin::pem::is_pem(bytes) {
        return Ok(bytes.to_vec());
    }
    let blocks = yinxin::pem::decode(bytes)?;
    let block = blocks.into_iter().find(|block| block.label.ends_with(label));
    block.map(|block| block.der).ok_or(Error::Malformed { at: 0, expected: "armour of this kind" })
}
