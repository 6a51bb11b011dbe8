//! Where sessions are kept: a seam for a database, and a store in memory.
//!
//! A change names the revision it was made from. Two nodes that change one session at once race on
//! that number, not on locks: the second gets [`Conflict::Moved`], loads again, and finds what the
//! first one did.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::session::Session;
use super::state::State;
use crate::channel::Sid;
use crate::wire::ShortCode;

/// A message that is kept beside a session.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Slot {
    /// The answer's envelope.
    Answer,
    /// The hub's receipt that it was delivered.
    Delivered,
    /// The hello's envelope.
    Hello,
    /// The sealed display key.
    Key,
    /// The offer's envelope.
    Offer,
    /// A prepared message, by its index.
    Prepared(u8),
    /// The platform's receipt.
    Receipt,
    /// The rejection's envelope.
    Reject,
    /// The sealed request.
    Request,
    /// The hub's receipt that the answer was stored.
    Stored,
}

impl Slot {
    /// Whether the message is kept in `state`. What was asked and answered is dropped when the
    /// session ends. Proofs stay, and what a page that is slow still has to read: who was there,
    /// and why the person declined.
    #[must_use]
    pub const fn is_kept_in(self, state: State) -> bool {
        match (self, state) {
            (Self::Delivered | Self::Receipt | Self::Stored, _) => true,
            (Self::Hello | Self::Offer | Self::Reject, State::Completed) => false,
            (Self::Hello | Self::Offer | Self::Reject, _) => true,
            (Self::Answer | Self::Key | Self::Prepared(_) | Self::Request, state) => {
                !state.is_final()
            }
        }
    }
}

/// One change: all of it or nothing.
#[derive(Clone, Debug)]
pub struct Change {
    /// The revision that the change was made from; none for a new session.
    pub expected: Option<u64>,
    /// The session as it is afterwards.
    pub session: Session,
    /// Messages to keep. The store drops those that [`Slot::is_kept_in`] the new state does not
    /// keep.
    pub put: Vec<(Slot, Vec<u8>)>,
}

/// Why a change was not made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Conflict {
    /// The store does not work, for instance its disk is full.
    Fault,
    /// It holds as many sessions as it may.
    Full,
    /// Another node changed the session meanwhile.
    Moved,
    /// Another session has this reply key: a page draws one for each.
    ReplyKeySeen,
    /// A session of this request was opened meanwhile, or before.
    RequestSeen,
    /// Another session has this short code.
    ShortCodeTaken,
}

/// The store does not work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StoreFault;

/// A request that was opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Seen {
    /// Its session, if that is still kept.
    pub sid: Option<Sid>,
}

/// Where sessions are kept (会话存储).
pub trait Sessions {
    /// A session.
    ///
    /// # Errors
    ///
    /// [`StoreFault`].
    fn load(&self, sid: Sid) -> Result<Option<Session>, StoreFault>;

    /// A message of a session.
    ///
    /// # Errors
    ///
    /// [`StoreFault`].
    fn message(&self, sid: Sid, slot: Slot) -> Result<Option<Vec<u8>>, StoreFault>;

    /// Whether a request was opened. Remembered until issuedAt + 2 100 s, over a restart too.
    ///
    /// # Errors
    ///
    /// [`StoreFault`].
    fn by_request(&self, digest: &[u8; 32]) -> Result<Option<Seen>, StoreFault>;

    /// The session of a living short code.
    ///
    /// # Errors
    ///
    /// [`StoreFault`].
    fn by_short_code(&self, code: ShortCode) -> Result<Option<Sid>, StoreFault>;

    /// Open sessions of a platform.
    ///
    /// # Errors
    ///
    /// [`StoreFault`].
    fn of_platform(&self, platform: &str) -> Result<Vec<Sid>, StoreFault>;

    /// Sessions whose [`Session::due`] is not after `now`, at most `most`.
    ///
    /// # Errors
    ///
    /// [`StoreFault`].
    fn due(&self, now: u64, most: usize) -> Result<Vec<Sid>, StoreFault>;

    /// When the next session is due.
    ///
    /// # Errors
    ///
    /// [`StoreFault`].
    fn next_due(&self) -> Result<Option<u64>, StoreFault>;

    /// Makes a change, if the session still has the revision that the change expects, and none of
    /// request, reply key and short code is another session's.
    ///
    /// # Errors
    ///
    /// [`Conflict`]: nothing was changed.
    fn commit(&mut self, change: Change) -> Result<(), Conflict>;

    /// Forgets a session whose time to be kept is over.
    ///
    /// # Errors
    ///
    /// [`StoreFault`].
    fn forget(&mut self, sid: Sid) -> Result<(), StoreFault>;
}

/// Sessions in memory. Rows are octets, as they would be in a database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Memory {
    rows: BTreeMap<[u8; 16], Row>,
    requests: BTreeMap<[u8; 32], (Option<Sid>, u64)>,
    /// SHA-256 of the reply keys in use.
    reply_keys: BTreeSet<[u8; 32]>,
    short_codes: BTreeMap<ShortCode, Sid>,
    due: BTreeSet<(u64, [u8; 16])>,
    capacity: usize,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Row {
    session: Vec<u8>,
    revision: u64,
    platform: Option<String>,
    due: u64,
    short_code: Option<ShortCode>,
    messages: BTreeMap<Slot, Vec<u8>>,
}

impl Default for Memory {
    /// For 100 000 sessions.
    fn default() -> Self {
        Self::new(100_000)
    }
}

impl Memory {
    /// For at most `capacity` sessions.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self {
            rows: BTreeMap::new(),
            requests: BTreeMap::new(),
            reply_keys: BTreeSet::new(),
            short_codes: BTreeMap::new(),
            due: BTreeSet::new(),
            capacity,
        }
    }

    /// Remembers a request that was opened before a restart, until a time in seconds since 1970.
    pub fn remember(&mut self, digest: [u8; 32], until: u64) {
        self.requests.entry(digest).or_insert((None, until));
    }

    /// Forgets requests that are too old to be opened again.
    pub fn tidy(&mut self, now: u64) {
        self.requests.retain(|_, (sid, until)| sid.is_some() || *until >= now);
    }

    /// How many sessions it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Octets of a session's row, its messages not counted.
    #[must_use]
    pub fn row_len(&self, sid: Sid) -> Option<usize> {
        self.rows.get(&sid.0).map(|row| row.session.len())
    }

    fn unlist(&mut self, sid: Sid) {
        let Some(row) = self.rows.get(&sid.0) else { return };
        self.due.remove(&(row.due, sid.0));
        if let Some(code) = row.short_code {
            self.short_codes.remove(&code);
        }
    }
}

fn key_digest(session: &Session) -> [u8; 32] {
    Sha256::digest(session.reply_key()).into()
}

impl Sessions for Memory {
    fn load(&self, sid: Sid) -> Result<Option<Session>, StoreFault> {
        let Some(row) = self.rows.get(&sid.0) else { return Ok(None) };
        Session::from_row(&row.session).map(Some).ok_or(StoreFault)
    }

    fn message(&self, sid: Sid, slot: Slot) -> Result<Option<Vec<u8>>, StoreFault> {
        Ok(self.rows.get(&sid.0).and_then(|row| row.messages.get(&slot)).cloned())
    }

    fn by_request(&self, digest: &[u8; 32]) -> Result<Option<Seen>, StoreFault> {
        Ok(self.requests.get(digest).map(|(sid, _)| Seen { sid: *sid }))
    }

    fn by_short_code(&self, code: ShortCode) -> Result<Option<Sid>, StoreFault> {
        Ok(self.short_codes.get(&code).copied())
    }

    fn of_platform(&self, platform: &str) -> Result<Vec<Sid>, StoreFault> {
        let rows = self.rows.iter();
        let own = rows.filter(|(_, row)| row.platform.as_deref() == Some(platform));
        Ok(own.map(|(sid, _)| Sid(*sid)).collect())
    }

    fn due(&self, now: u64, most: usize) -> Result<Vec<Sid>, StoreFault> {
        let due = self.due.iter().take_while(|(at, _)| *at <= now);
        Ok(due.take(most).map(|(_, sid)| Sid(*sid)).collect())
    }

    fn next_due(&self) -> Result<Option<u64>, StoreFault> {
        Ok(self.due.first().map(|(at, _)| *at))
    }

    fn commit(&mut self, change: Change) -> Result<(), Conflict> {
        let Change { expected, session, put } = change;
        let sid = session.sid();
        let held = self.rows.get(&sid.0);
        if held.map(|row| row.revision) != expected {
            return Err(Conflict::Moved);
        }
        if expected.is_none() {
            if self.requests.contains_key(session.request_digest()) {
                return Err(Conflict::RequestSeen);
            }
            if self.reply_keys.contains(&key_digest(&session)) {
                return Err(Conflict::ReplyKeySeen);
            }
            if self.rows.len() >= self.capacity {
                return Err(Conflict::Full);
            }
        }
        let short_code = session.short_code();
        if let Some(code) = short_code
            && self.short_codes.get(&code).is_some_and(|other| *other != sid)
        {
            return Err(Conflict::ShortCodeTaken);
        }
        let row = session.to_row().ok_or(Conflict::Fault)?;
        self.unlist(sid);
        if let Some(code) = short_code {
            self.short_codes.insert(code, sid);
        }
        self.due.insert((session.due(), sid.0));
        self.reply_keys.insert(key_digest(&session));
        self.requests
            .entry(*session.request_digest())
            .or_insert_with(|| (Some(sid), session.remembered_until()));
        let mut messages = self.rows.remove(&sid.0).map(|row| row.messages).unwrap_or_default();
        messages.extend(put);
        messages.retain(|slot, _| slot.is_kept_in(session.state()));
        let open = !session.state().is_final();
        let row = Row {
            session: row,
            revision: session.revision(),
            platform: open.then(|| session.platform().into()),
            due: session.due(),
            short_code,
            messages,
        };
        self.rows.insert(sid.0, row);
        Ok(())
    }

    fn forget(&mut self, sid: Sid) -> Result<(), StoreFault> {
        let session = self.load(sid)?;
        self.unlist(sid);
        self.rows.remove(&sid.0);
        if let Some(session) = session {
            self.requests.remove(session.request_digest());
            self.reply_keys.remove(&key_digest(&session));
        }
        Ok(())
    }
}
