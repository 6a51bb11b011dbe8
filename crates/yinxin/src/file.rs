//! Files: read with a limit, written under a temporary name and only then under their own.
//!
//! ```text
//! Outputs ──create──▶ .name.1234-0.part ──commit──▶ name      all of them, or none
//!    └── dropped, or interrupted: nothing is left
//! ```
//!
//! All that differs between platforms (renaming without overwriting, modes, locks) is in here.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use yinxin_pki::{Explain, Fact, Party};

/// A file to read, or standard input, which is spooled so that it can be read twice.
#[derive(Debug)]
pub struct Input {
    name: PathBuf,
    file: File,
    length: u64,
    /// Removed when the input is dropped.
    _spool: Option<Temporary>,
}

impl Input {
    /// Opens `path`; `-` is standard input.
    ///
    /// # Errors
    ///
    /// [`FileError`]: the file is missing, is a directory, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let failed = |source| FileError::new(Action::Read, path, source);
        if is_standard(path) {
            let mut spool = Temporary::create(&std::env::temp_dir(), "stdin", Access::Private)
                .map_err(failed)?;
            let length = io::copy(&mut io::stdin().lock(), &mut spool.file).map_err(failed)?;
            spool.file.rewind().map_err(failed)?;
            let file = spool.file.try_clone().map_err(failed)?;
            return Ok(Self { name: path.to_path_buf(), file, length, _spool: Some(spool) });
        }
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        Ok(Self { name: path.to_path_buf(), file, length: metadata.len(), _spool: None })
    }

    /// Bytes that were decoded out of `name`, behind the same face as a file.
    ///
    /// # Errors
    ///
    /// [`FileError`]: no room for temporary files.
    pub fn spooled(name: &Path, bytes: &[u8]) -> Result<Self, FileError> {
        let failed = |source| FileError::new(Action::Write, name, source);
        let mut spool = Temporary::new()?;
        spool.file.write_all(bytes).map_err(failed)?;
        spool.file.rewind().map_err(failed)?;
        let file = spool.file.try_clone().map_err(failed)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(Self { name: name.to_path_buf(), file, length, _spool: Some(spool) })
    }

    /// Its name as given.
    #[must_use]
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Its length in bytes when it was opened.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Goes back to the first byte.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn rewind(&mut self) -> Result<(), FileError> {
        self.file
            .seek(SeekFrom::Start(0))
            .map(drop)
            .map_err(|source| FileError::new(Action::Read, &self.name, source))
    }

    /// Reads all of it into memory, at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`FileError::TooLarge`] over the limit.
    pub fn read_all(&mut self, limit: u64) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        (&mut self.file)
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|source| FileError::new(Action::Read, &self.name, source))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > limit) {
            return Err(FileError::TooLarge { path: self.name.clone(), limit });
        }
        Ok(bytes)
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Reads a whole file of at most `limit` bytes; `-` is standard input.
///
/// # Errors
///
/// [`FileError`].
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    Input::open(path)?.read_all(limit)
}

/// Whether a path means standard input or output.
#[must_use]
pub fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// What to do when an output is already there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Existing {
    /// Refuse: [`FileError::Exists`].
    Keep,
    /// Replace it.
    Replace,
}

/// Who may read an output.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Access {
    /// Its owner only (mode 0600): private keys, plaintext before its check.
    Private,
    /// Whoever the system lets.
    Public,
}

/// Files that come into being together or not at all.
///
/// ```
/// use std::io::Write;
/// use yinxin::file::{Access, Existing, Outputs};
///
/// let folder = std::env::temp_dir().join(format!("yinxin-doc-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
/// let mut outputs = Outputs::new(Existing::Keep);
/// outputs.create(&folder.join("sign.pem"), Access::Public)?.write_all(b"a")?;
/// outputs.create(&folder.join("key.pem"), Access::Private)?.write_all(b"b")?;
/// assert!(!folder.join("sign.pem").exists());
/// outputs.commit()?;
/// assert!(folder.join("sign.pem").exists() && folder.join("key.pem").exists());
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Outputs {
    existing: Existing,
    staged: Vec<Staged>,
}

#[derive(Debug)]
struct Staged {
    target: PathBuf,
    temporary: Temporary,
}

impl Outputs {
    /// None yet.
    #[must_use]
    pub const fn new(existing: Existing) -> Self {
        Self { existing, staged: Vec::new() }
    }

    /// A new output, to be written through what is returned; `-` is standard output and gets the
    /// bytes at [`commit`](Self::commit).
    ///
    /// # Errors
    ///
    /// [`FileError::Exists`], and what the system says: no such folder, no permission.
    pub fn create(&mut self, path: &Path, access: Access) -> Result<&mut File, FileError> {
        let failed = |source| FileError::new(Action::Write, path, source);
        if self.staged.iter().any(|staged| staged.target == path) {
            return Err(FileError::Twice { path: path.to_path_buf() });
        }
        let folder = if is_standard(path) {
            std::env::temp_dir()
        } else {
            self.check(path)?;
            match path.parent() {
                Some(parent) if parent != Path::new("") => parent.to_path_buf(),
                _ => PathBuf::from("."),
            }
        };
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("output");
        let temporary = Temporary::create(&folder, name, access).map_err(failed)?;
        let index = self.staged.len();
        self.staged.push(Staged { target: path.to_path_buf(), temporary });
        let staged = self.staged.get_mut(index).map(|staged| &mut staged.temporary.file);
        staged.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
    }

    /// An output that was created before.
    ///
    /// # Errors
    ///
    /// [`FileError::Missing`] when it was not.
    pub fn get(&mut self, path: &Path) -> Result<&mut File, FileError> {
        let staged = self.staged.iter_mut().find(|staged| staged.target == path);
        staged
            .map(|staged| &mut staged.temporary.file)
            .ok_or_else(|| FileError::Missing { path: path.to_path_buf() })
    }

    /// Writes a whole output.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), and a full disk.
    pub fn write(&mut self, path: &Path, access: Access, bytes: &[u8]) -> Result<(), FileError> {
        let file = self.create(path, access)?;
        file.write_all(bytes).map_err(|source| FileError::new(Action::Write, path, source))
    }

    fn check(&self, path: &Path) -> Result<(), FileError> {
        match (self.existing, fs::symlink_metadata(path)) {
            (_, Ok(metadata)) if metadata.is_dir() => {
                let source = io::ErrorKind::IsADirectory.into();
                Err(FileError::new(Action::Write, path, source))
            }
            (Existing::Keep, Ok(_)) => Err(FileError::Exists { path: path.to_path_buf() }),
            _ => Ok(()),
        }
    }

    /// Gives every output its name, or none.
    ///
    /// # Errors
    ///
    /// [`FileError`]; outputs that had got their names lose them again, and files they replaced
    /// come back.
    pub fn commit(self) -> Result<(), FileError> {
        // An interrupt waits for this lock: it comes before all of it or after.
        let mut pending = pending();
        for staged in &self.staged {
            let sync = staged.temporary.file.sync_all();
            sync.map_err(|source| FileError::new(Action::Write, &staged.target, source))?;
            if !is_standard(&staged.target) {
                self.check(&staged.target)?;
            }
        }
        let mut done: Vec<Placed<'_>> = Vec::new();
        for staged in &self.staged {
            match place(staged, self.existing) {
                Ok(placed) => done.push(placed),
                Err(source) => {
                    done.into_iter().rev().for_each(Placed::undo);
                    return Err(match source.kind() {
                        io::ErrorKind::AlreadyExists => {
                            FileError::Exists { path: staged.target.clone() }
                        }
                        _ => FileError::new(Action::Write, &staged.target, source),
                    });
                }
            }
        }
        for placed in done {
            placed.settle();
        }
        for staged in &self.staged {
            pending.remove(&staged.temporary.path);
        }
        drop(pending);
        Ok(())
    }
}

/// An output that has its name, and what was there before.
struct Placed<'a> {
    target: &'a Path,
    previous: Option<PathBuf>,
}

impl Placed<'_> {
    fn undo(self) {
        match self.previous {
            Some(previous) => drop(fs::rename(previous, self.target)),
            None if is_standard(self.target) => {}
            None => drop(fs::remove_file(self.target)),
        }
    }

    fn settle(self) {
        if let Some(previous) = self.previous {
            drop(fs::remove_file(previous));
        }
    }
}

fn place(staged: &Staged, existing: Existing) -> io::Result<Placed<'_>> {
    let target = staged.target.as_path();
    let temporary = staged.temporary.path.as_path();
    if is_standard(target) {
        let mut file = File::open(temporary)?;
        let mut out = io::stdout().lock();
        io::copy(&mut file, &mut out)?;
        out.flush()?;
        fs::remove_file(temporary)?;
        return Ok(Placed { target, previous: None });
    }
    if existing == Existing::Keep {
        // A hard link fails where a rename would overwrite what came in the meantime. Some file
        // systems (FAT, network shares) have none; the check a moment ago has to do there.
        match fs::hard_link(temporary, target) {
            Ok(()) => drop(fs::remove_file(temporary)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            Err(_) => fs::rename(temporary, target)?,
        }
        return Ok(Placed { target, previous: None });
    }
    let mut previous = temporary.as_os_str().to_os_string();
    previous.push(".old");
    let previous = PathBuf::from(previous);
    let kept = match fs::rename(target, &previous) {
        Ok(()) => Some(previous),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    match fs::rename(temporary, target) {
        Ok(()) => Ok(Placed { target, previous: kept }),
        Err(error) => {
            Placed { target, previous: kept }.undo();
            Err(error)
        }
    }
}

/// A file that is removed when dropped.
#[derive(Debug)]
pub struct Temporary {
    path: PathBuf,
    file: File,
}

impl Temporary {
    /// A new file in the system's folder for such files, for its owner only.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn new() -> Result<Self, FileError> {
        let folder = std::env::temp_dir();
        Self::create(&folder, "spool", Access::Private)
            .map_err(|source| FileError::new(Action::Write, &folder, source))
    }

    /// The file, to write, rewind and read.
    pub const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    fn create(folder: &Path, name: &str, access: Access) -> io::Result<Self> {
        let mut pending = pending();
        for attempt in 0..1000 {
            let path = folder.join(format!(".{name}.{}-{attempt}.part", std::process::id()));
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(true);
            restrict(&mut options, access);
            match options.open(&path) {
                Ok(file) => {
                    pending.insert(path.clone());
                    return Ok(Self { path, file });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if pending().remove(&self.path) {
            drop(fs::remove_file(&self.path));
        }
    }
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions, access: Access) {
    use std::os::unix::fs::OpenOptionsExt as _;
    if access == Access::Private {
        options.mode(0o600);
    }
}

/// Elsewhere a new file takes the permissions of its folder.
#[cfg(not(unix))]
const fn restrict(_: &mut OpenOptions, _: Access) {}

/// Temporary files that are there now, for whoever catches an interrupt.
static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn pending() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every temporary file, for a handler of interrupts that ends the process next.
pub fn remove_temporaries() {
    let mut pending = pending();
    for path in std::mem::take(&mut *pending) {
        drop(fs::remove_file(path));
    }
}

/// A lock on a folder, held until dropped: one process at a time changes what is in it.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock of `folder`, a file `.lock` in it.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn folder(folder: &Path) -> Result<Self, FileError> {
        let path = folder.join(".lock");
        let failed = |source| FileError::new(Action::Write, &path, source);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        restrict(&mut options, Access::Private);
        let file = options.open(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// What was tried with a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Reading it.
    Read,
    /// Writing it.
    Write,
}

/// Why a file was not read or not written.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// The output is there already.
    Exists {
        /// Which.
        path: PathBuf,
    },
    /// The system refused.
    Io {
        /// What was tried.
        action: Action,
        /// With which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no such file.
    Missing {
        /// Which.
        path: PathBuf,
    },
    /// Larger than anything of its kind.
    TooLarge {
        /// Which.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The same output was asked for twice.
    Twice {
        /// Which.
        path: PathBuf,
    },
}

impl FileError {
    /// Of what the system said.
    #[must_use]
    pub fn new(action: Action, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match (source.kind(), action) {
            (io::ErrorKind::NotFound, Action::Read) => Self::Missing { path },
            _ => Self::Io { action, path, source },
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Exists { path }
            | Self::Io { path, .. }
            | Self::Missing { path }
            | Self::TooLarge { path, .. }
            | Self::Twice { path } => path,
        }
    }
}

impl Explain for FileError {
    fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "output_exists",
            Self::Io { action: Action::Read, .. } => "read_failed",
            Self::Io { action: Action::Write, .. } => "write_failed",
            Self::Missing { .. } => "file_missing",
            Self::TooLarge { .. } => "file_too_large",
            Self::Twice { .. } => "output_twice",
        }
    }

    fn mended_by(&self) -> Party {
        Party::Operator
    }

    fn facts(&self) -> Vec<Fact> {
        let mut facts = vec![Fact::text("path", self.path().display().to_string())];
        match self {
            Self::Io { source, .. } => facts.push(Fact::text("reason", source.to_string())),
            Self::TooLarge { limit, .. } => facts.push(Fact::number("limit", *limit)),
            Self::Exists { .. } | Self::Missing { .. } | Self::Twice { .. } => {}
        }
        facts
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path().display();
        match self {
            Self::Exists { .. } => write!(f, "`{path}` exists already; `--force` replaces it"),
            Self::Io { action: Action::Read, source, .. } => {
                write!(f, "`{path}` could not be read: {source}")
            }
            Self::Io { action: Action::Write, source, .. } => {
                write!(f, "`{path}` could not be written: {source}")
            }
            Self::Missing { .. } => write!(f, "there is no file `{path}`"),
            Self::TooLarge { limit, .. } => write!(f, "`{path}` has over {limit} bytes"),
            Self::Twice { .. } => write!(f, "`{path}` is asked for as two outputs"),
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("yinxin-file-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn outputs_appear_together_and_leave_nothing_else() {
        let folder = folder("together");
        let mut outputs = Outputs::new(Existing::Keep);
        outputs.write(&folder.join("a"), Access::Public, b"1").unwrap();
        outputs.write(&folder.join("b"), Access::Private, b"2").unwrap();
        outputs.commit().unwrap();
        assert_eq!(names(&folder), ["a", "b"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.join("b")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn one_that_fails_takes_the_others_with_it() {
        let folder = folder("fails");
        for existing in [Existing::Keep, Existing::Replace] {
            fs::write(folder.join("old"), b"old").unwrap();
            let mut outputs = Outputs::new(existing);
            if existing == Existing::Replace {
                outputs.write(&folder.join("old"), Access::Public, b"new").unwrap();
            }
            outputs.write(&folder.join("a"), Access::Public, b"1").unwrap();
            outputs.write(&folder.join("b"), Access::Public, b"2").unwrap();
            // Somebody puts a folder with something in it where the last one is to go.
            fs::create_dir_all(folder.join("b/x")).unwrap();
            assert!(outputs.commit().is_err());
            assert_eq!(names(&folder), ["b", "old"]);
            assert_eq!(fs::read(folder.join("old")).unwrap(), b"old");
            fs::remove_dir_all(folder.join("b")).unwrap();
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_exists_is_kept_without_force() {
        let folder = folder("exists");
        fs::write(folder.join("a"), b"old").unwrap();
        let mut outputs = Outputs::new(Existing::Keep);
        let refused = outputs.write(&folder.join("a"), Access::Public, b"new").unwrap_err();
        assert_eq!(refused.code(), "output_exists");
        drop(outputs);
        let mut outputs = Outputs::new(Existing::Replace);
        outputs.write(&folder.join("a"), Access::Public, b"new").unwrap();
        outputs.commit().unwrap();
        assert_eq!(fs::read(folder.join("a")).unwrap(), b"new");
        assert_eq!(names(&folder), ["a"]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn dropped_outputs_leave_nothing() {
        let folder = folder("dropped");
        let mut outputs = Outputs::new(Existing::Keep);
        outputs.write(&folder.join("a"), Access::Public, b"1").unwrap();
        drop(outputs);
        assert_eq!(names(&folder), [""; 0]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
