//! What a decryption has so far: `DIR/.yinxin-partial/`, verified chunks only, so that a killed
//! run goes on where it was.
//!
//! ```text
//! .yinxin-partial/head        digest of the envelope's head, hex
//! .yinxin-partial/0.part      plaintext of segment 0, whole chunks
//! .yinxin-partial/0.digests   their digests, 32 bytes each
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::decrypt::SegmentSink;
use super::read_full;
use yinxin_pki::Digest;
use yinxin_pki::envelope::{Envelope, Header, Suite, Trailer};

/// A directory that a bid is being decrypted into.
#[derive(Debug)]
pub struct Partial {
    target: PathBuf,
    folder: PathBuf,
    suite: Suite,
    resume: bool,
    open: Option<(usize, File, File)>,
    ended: Vec<(usize, String)>,
}

/// One finished part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finished {
    /// Its segment, from 0.
    pub segment: usize,
    /// Where it lies.
    pub path: PathBuf,
}

impl Partial {
    const FOLDER: &'static str = ".yinxin-partial";

    /// Begins in `target`, which is made if missing. With `resume`, what an earlier run of the
    /// same envelope left is kept; else it is thrown away.
    ///
    /// # Errors
    ///
    /// Whatever the file system gives.
    pub fn begin(target: &Path, envelope: &Envelope, resume: bool) -> io::Result<Self> {
        let folder = target.join(Self::FOLDER);
        let head = envelope.head_digest().to_string();
        let same = fs::read_to_string(folder.join("head")).is_ok_and(|earlier| earlier == head);
        if !(resume && same) && folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        make_private_dir(&folder)?;
        if !same || !resume {
            private(&folder.join("head"), true)?.write_all(head.as_bytes())?;
        }
        let suite = envelope.header().draft().suite;
        let target = target.to_path_buf();
        Ok(Self { target, folder, suite, resume: resume && same, open: None, ended: Vec::new() })
    }

    /// Throws everything away: after a refusal.
    ///
    /// # Errors
    ///
    /// Whatever the file system gives.
    pub fn discard(self) -> io::Result<()> {
        drop(self.open);
        fs::remove_dir_all(&self.folder)
    }

    /// Puts the finished parts under their own names, all or none where the system allows it.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] naming a file that would be overwritten, unless
    /// `overwrite`; the parts then stay where they are.
    pub fn finish(self, header: &Header, overwrite: bool) -> io::Result<Vec<Finished>> {
        drop(self.open);
        let mut finished: Vec<Finished> = Vec::new();
        for (segment, name) in &self.ended {
            let mut path = self.target.join(name);
            // Two segments may hold files of one name.
            if finished.iter().any(|earlier| earlier.path == path) {
                let own = header.draft().segments.get(*segment).map_or("segment", |own| &own[..]);
                path = self.target.join(format!("{own}-{name}"));
            }
            if path.exists() && !overwrite {
                let message = format!("{} exists", path.display());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
            }
            finished.push(Finished { segment: *segment, path });
        }
        for part in &finished {
            fs::rename(self.folder.join(format!("{}.part", part.segment)), &part.path)?;
        }
        fs::remove_dir_all(&self.folder)?;
        Ok(finished)
    }

    fn paths(&self, segment: usize) -> (PathBuf, PathBuf) {
        let path = |kind| self.folder.join(format!("{segment}.{kind}"));
        (path("part"), path("digests"))
    }
}

impl SegmentSink for Partial {
    fn resume(&mut self, segment: usize, header: &Header) -> io::Result<Vec<Digest>> {
        let (part, digests) = self.paths(segment);
        let mut part = private(&part, false)?;
        let mut list = private(&digests, false)?;
        let chunk_size = usize::try_from(header.draft().chunk_size).unwrap_or(1 << 20);
        let mut known = Vec::new();
        if self.resume {
            // Only what still has the digest that was taken when it was verified counts.
            let mut chunk = vec![0; chunk_size];
            let mut expected = [0; 32];
            while read_full(&mut list, &mut expected)? == expected.len()
                && read_full(&mut part, &mut chunk)? == chunk_size
            {
                let digest = self.suite.digest().digest(&chunk);
                if digest.as_ref() != expected {
                    break;
                }
                known.push(digest);
            }
        }
        let count = u64::try_from(known.len()).unwrap_or(0);
        part.set_len(count * u64::from(header.draft().chunk_size))?;
        list.set_len(count * 32)?;
        part.seek(SeekFrom::End(0))?;
        list.seek(SeekFrom::End(0))?;
        self.open = Some((segment, part, list));
        Ok(known)
    }

    fn chunk(&mut self, segment: usize, plain: &[u8], digest: &Digest) -> io::Result<()> {
        let open = self.open.as_mut().filter(|(open, ..)| *open == segment);
        let Some((_, part, list)) = open else {
            return Err(io::Error::other("a chunk of a segment that is not open"));
        };
        part.write_all(plain)?;
        list.write_all(digest.as_ref())
    }

    fn end(&mut self, segment: usize, trailer: &Trailer) -> io::Result<()> {
        if let Some((_, part, _)) = self.open.take() {
            part.sync_all()?;
        }
        self.ended.push((segment, trailer.file_name.clone()));
        Ok(())
    }
}

/// A file that only its owner reads; emptied if `fresh`.
fn private(path: &Path, fresh: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(fresh);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_private_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
