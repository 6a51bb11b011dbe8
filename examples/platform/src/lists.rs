//! Revocation lists of the holders' authorities, out of files that somebody else keeps fresh.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use yinxin_pki::revocation::{Crl, RevocationData};

/// How long lists are used before their files are read again.
const FRESH: Duration = Duration::from_secs(60);

/// Largest file of lists in bytes.
const LARGEST: u64 = 128 << 20;

/// The lists.
#[derive(Debug)]
pub struct RevocationLists {
    paths: Vec<PathBuf>,
    held: Mutex<(Instant, Arc<RevocationData>)>,
}

impl RevocationLists {
    /// Reads the files: PEM or DER.
    ///
    /// # Errors
    ///
    /// Words that name the file that is missing or holds no list.
    pub fn new(paths: Vec<PathBuf>) -> Result<Self, String> {
        let read = Arc::new(read(&paths)?);
        Ok(Self { paths, held: Mutex::new((Instant::now(), read)) })
    }

    /// What is known now; `None` where no file was named. A file that cannot be read any more leaves
    /// what was known before: lists say themselves until when they hold.
    #[must_use]
    pub fn current(&self) -> Option<Arc<RevocationData>> {
        if self.paths.is_empty() {
            return None;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0.elapsed() >= FRESH {
            held.0 = Instant::now();
            match read(&self.paths) {
                Ok(data) => held.1 = Arc::new(data),
                Err(words) => eprintln!("revocation lists: {words}"),
            }
        }
        Some(held.1.clone())
    }
}

fn read(paths: &[PathBuf]) -> Result<RevocationData, String> {
    let mut data = RevocationData::default();
    for path in paths {
        let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let bytes = yinxin::file::read(path, LARGEST).map_err(|error| error.to_string())?;
        let lists = Crl::from_pem_or_der(&bytes).map_err(|error| named(&error))?;
        if lists.is_empty() {
            return Err(named(&"a revocation list is expected"));
        }
        data.crls.extend(lists);
    }
    Ok(data)
}
