//! Keys and certificates out of files.

use std::path::Path;

use yinxin_pki::{Certificate, SigningKey, TrustStore};
use yinxin_session::Suite;

/// A platform's certificate with its key, and the suite that they are of.
#[derive(Debug)]
pub struct Credential {
    /// The certificate.
    pub certificate: Certificate,
    /// Its key.
    pub key: SigningKey,
    /// Their suite.
    pub suite: Suite,
}

/// Reads a key and its certificate.
///
/// # Errors
///
/// Words that name the file: it is missing, of another kind, or the two do not belong together.
pub fn credential(key: &Path, certificate: &Path) -> Result<Credential, String> {
    let missing = || format!("{}: a certificate is expected", certificate.display());
    let first = certificates(certificate)?.into_iter().next().ok_or_else(missing)?;
    let file = yinxin::key::container::read(&read(key)?, None);
    let file = file.map_err(|error| format!("{}: {error}", key.display()))?;
    let signing = file.key.into_signing();
    if signing.public() != first.public_key() {
        return Err(format!("{}: the certificate is of another key", key.display()));
    }
    let curve = first.public_key().curve();
    let suite = Suite::ALL.into_iter().find(|suite| curve == Some(suite.curve()));
    let suite = suite.ok_or("--key: SM2 and P-256 keys sign requests")?;
    Ok(Credential { certificate: first, key: signing, suite })
}

/// Roots of holders' certificates.
///
/// # Errors
///
/// Words that name the file.
pub fn roots(path: &Path) -> Result<TrustStore, String> {
    let mut trust = TrustStore::new();
    for root in certificates(path)? {
        trust.add(root, &[]);
    }
    Ok(trust)
}

/// A small file.
///
/// # Errors
///
/// Words that name it.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    yinxin::file::read(path, 1 << 20).map_err(|error| error.to_string())
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, String> {
    Certificate::from_pem_or_der(&read(path)?)
        .map_err(|error| format!("{}: {error}", path.display()))
}
