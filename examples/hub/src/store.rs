//! Sessions in memory, and in a file which requests were opened: a restart loses the sessions, and
//! still lets nobody open one of their requests again.
//!
//! ```text
//! requests    one line a request: H of its octets in base64url, a space, until when it is remembered
//! ```

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use yinxin_pki::base64;
use yinxin_session::channel::Sid;
use yinxin_session::hub::Session;
use yinxin_session::hub::store::{Change, Conflict, Memory, Seen, Sessions, Slot, StoreFault};
use yinxin_session::wire::ShortCode;

use crate::serve::{Failure, Fault};

/// The store of this server.
#[derive(Debug)]
pub(crate) struct Store {
    memory: Memory,
    journal: Option<File>,
}

impl Store {
    /// A store for at most `capacity` sessions; `folder` holds the file, if there is one.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written.
    pub(crate) fn open(capacity: usize, folder: Option<&Path>, now: u64) -> Result<Self, Failure> {
        let mut memory = Memory::new(capacity);
        let Some(folder) = folder else { return Ok(Self { memory, journal: None }) };
        std::fs::create_dir_all(folder).at(folder)?;
        let path = folder.join("requests");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).at(&path),
        };
        // A last line without its end was being written when the process died: its session was
        // never opened.
        let lines: Vec<_> = text.split_inclusive('\n').filter_map(line).collect();
        let alive: Vec<_> = lines.into_iter().filter(|(_, until)| *until >= now).collect();
        let mut kept = String::new();
        for (digest, until) in alive {
            kept.push_str(&entry(&digest, until));
            memory.remember(digest, until);
        }
        let fresh = folder.join("requests.new");
        std::fs::write(&fresh, kept).at(&fresh)?;
        std::fs::rename(&fresh, &path).at(&path)?;
        let journal = OpenOptions::new().append(true).open(&path).at(&path)?;
        Ok(Self { memory, journal: Some(journal) })
    }

    /// Forgets what is too old to matter.
    pub(crate) fn tidy(&mut self, now: u64) {
        self.memory.tidy(now);
    }
}

fn entry(digest: &[u8; 32], until: u64) -> String {
    format!("{} {until}\n", base64::encode_url(digest))
}

fn line(text: &str) -> Option<([u8; 32], u64)> {
    let (digest, until) = text.strip_suffix('\n')?.split_once(' ')?;
    let digest = base64::decode_url(digest.as_bytes()).ok()?;
    Some((digest.as_slice().try_into().ok()?, until.parse().ok()?))
}

impl Sessions for Store {
    fn load(&self, sid: Sid) -> Result<Option<Session>, StoreFault> {
        self.memory.load(sid)
    }

    fn message(&self, sid: Sid, slot: Slot) -> Result<Option<Vec<u8>>, StoreFault> {
        self.memory.message(sid, slot)
    }

    fn by_request(&self, digest: &[u8; 32]) -> Result<Option<Seen>, StoreFault> {
        self.memory.by_request(digest)
    }

    fn by_short_code(&self, code: ShortCode) -> Result<Option<Sid>, StoreFault> {
        self.memory.by_short_code(code)
    }

    fn of_platform(&self, platform: &str) -> Result<Vec<Sid>, StoreFault> {
        self.memory.of_platform(platform)
    }

    fn due(&self, now: u64, most: usize) -> Result<Vec<Sid>, StoreFault> {
        self.memory.due(now, most)
    }

    fn next_due(&self) -> Result<Option<u64>, StoreFault> {
        self.memory.next_due()
    }

    fn commit(&mut self, change: Change) -> Result<(), Conflict> {
        // The file first: what is in it and was never opened only costs the platform a new request.
        if let (Some(journal), None) = (&mut self.journal, change.expected) {
            let session = &change.session;
            let entry = entry(session.request_digest(), session.remembered_until());
            journal.write_all(entry.as_bytes()).map_err(|_| Conflict::Fault)?;
        }
        self.memory.commit(change)
    }

    fn forget(&mut self, sid: Sid) -> Result<(), StoreFault> {
        self.memory.forget(sid)
    }
}
