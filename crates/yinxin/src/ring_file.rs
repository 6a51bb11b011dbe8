//! A key ring in a folder: `ring`, `failures` (wrong PINs since the last right one), `.lock`.

use std::path::{Path, PathBuf};

use yinxin_pki::key::ring::RingStorage;

use crate::file::{self, Access, Action, Existing, FileError, Lock, Outputs};

/// The folder of a ring, locked against other processes while this value lives.
#[derive(Debug)]
pub struct FolderStorage {
    folder: PathBuf,
    _lock: Lock,
}

impl FolderStorage {
    /// Takes the folder of a ring.
    ///
    /// # Errors
    ///
    /// [`FileError::Missing`] when there is no such folder.
    pub fn open(folder: &Path) -> Result<Self, FileError> {
        if !folder.is_dir() {
            return Err(FileError::Missing { path: folder.to_path_buf() });
        }
        Ok(Self { folder: folder.to_path_buf(), _lock: Lock::folder(folder)? })
    }

    /// The same, making the folder if it is not there.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn create(folder: &Path) -> Result<Self, FileError> {
        std::fs::create_dir_all(folder)
            .map_err(|source| FileError::new(Action::Write, folder, source))?;
        Self::open(folder)
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let mut outputs = Outputs::new(Existing::Replace);
        outputs.write(&self.folder.join(name), Access::Private, bytes)?;
        outputs.commit()
    }
}

impl RingStorage for FolderStorage {
    type Error = FileError;

    fn load(&self) -> Result<Option<Vec<u8>>, FileError> {
        match file::read(&self.folder.join("ring"), 1 << 20) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(FileError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn store(&mut self, file: &[u8]) -> Result<(), FileError> {
        self.replace("ring", file)
    }

    /// A counter that cannot be read counts as used up: whoever scribbles over it gains nothing.
    fn failures(&self) -> Result<u32, FileError> {
        match file::read(&self.folder.join("failures"), 64) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                Ok(text.trim().parse().unwrap_or(u32::MAX))
            }
            Err(FileError::Missing { .. }) => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn set_failures(&mut self, failures: u32) -> Result<(), FileError> {
        self.replace("failures", format!("{failures}\n").as_bytes())
    }
}
