//! Trust out of a folder: a deployer's authorities, a PEM or DER file each, with the purpose each
//! serves in its name.
//!
//! ```text
//! trust/provincial-ca.pem          every purpose
//! trust/seal-bureau.seal.pem       makes seals, and nothing else
//! trust/login-ca.sign.pem          signs
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use yinxin_pki::{Error, Purpose, TrustStore};

use crate::file::{Action, FileError, read};

/// Largest file of trust: thousands of certificates.
const LIMIT: u64 = 16 << 20;

/// Why a folder could not be taken as trust.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrustError {
    /// A file that holds no sound certificate.
    Certificate {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        error: Error,
    },
    /// A file or folder that cannot be read.
    File(FileError),
}

impl From<FileError> for TrustError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// Reads `path`, a file or a folder, into `store`. Of a folder all files ending in `.pem`, `.crt`,
/// `.cer` or `.der` are read, in the order of their names; a purpose before the ending
/// ([`Purpose::name`]) limits the file's certificates to it.
///
/// # Errors
///
/// [`TrustError`], naming the file. Nothing is passed over: an authority that cannot be read is a
/// mistake of the deployer's.
pub fn extend(store: &mut TrustStore, path: &Path) -> Result<(), TrustError> {
    if !path.is_dir() {
        return extend_file(store, path, &[]);
    }
    let failed = |source| FileError::new(Action::Read, path, source);
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        files.push(entry.map_err(failed)?.path());
    }
    files.retain(|file| {
        let ending = file.extension().and_then(|ending| ending.to_str());
        matches!(ending, Some("pem" | "crt" | "cer" | "der"))
    });
    files.sort();
    for file in &files {
        let purpose = purpose_of(file);
        extend_file(store, file, purpose.as_slice())?;
    }
    Ok(())
}

fn extend_file(
    store: &mut TrustStore,
    path: &Path,
    purposes: &[Purpose],
) -> Result<(), TrustError> {
    let bytes = read(path, LIMIT)?;
    let wrong = |error| TrustError::Certificate { path: path.to_path_buf(), error };
    store.extend(&bytes, purposes).map_err(wrong)
}

/// The purpose in a name such as `bureau.seal.pem`.
fn purpose_of(path: &Path) -> Option<Purpose> {
    const PURPOSES: [Purpose; 8] = [
        Purpose::Encrypt,
        Purpose::OcspSigning,
        Purpose::Platform,
        Purpose::Seal,
        Purpose::Server,
        Purpose::Sign,
        Purpose::TimeStamping,
        Purpose::TrustList,
    ];
    let word = Path::new(path.file_stem()?).extension()?.to_str()?;
    PURPOSES.into_iter().find(|purpose| purpose.name() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_stand_before_the_ending() {
        let purpose = |name: &str| purpose_of(Path::new(name));
        assert_eq!(purpose("bureau.seal.pem"), Some(Purpose::Seal));
        assert_eq!(purpose("tsa.time_stamping.crt"), Some(Purpose::TimeStamping));
        assert_eq!(purpose("ca.pem"), None);
        assert_eq!(purpose("ca.2026.pem"), None);
    }
}
