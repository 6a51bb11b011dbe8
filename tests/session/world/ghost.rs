//! What really happened, noted beside the roles, so that what they believe can be held against it.

use std::collections::BTreeMap;

use yinxin_session::channel::Sid;
use yinxin_session::wire::StatementContent;

/// A phone's release: the person confirmed exactly this.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Release {
    pub(crate) phone: usize,
    pub(crate) sid: Sid,
    pub(crate) request: Vec<u8>,
    pub(crate) transcript: Vec<u8>,
    pub(crate) at: u64,
    /// Whether the person saw the number of the page whose code was scanned, where one was asked.
    pub(crate) envelope: Vec<u8>,
}

#[derive(Debug, Default)]
pub(crate) struct Ghost {
    pub(crate) released: Vec<Release>,
    /// Platforms' acceptances: page, digest of the request, whether it was a repetition.
    pub(crate) accepted: Vec<(usize, Vec<u8>, bool)>,
    pub(crate) believed: BTreeMap<usize, Vec<u8>>,
    /// Files that were sealed on phones: session, file's index, digest of the document.
    pub(crate) sealed: Vec<(Sid, usize, Vec<u8>)>,
    /// Frames that somebody copied: page and text.
    pub(crate) copied: Vec<(usize, String)>,
    /// What went wrong; nothing, if the protocol keeps its word.
    pub(crate) wrong: Vec<String>,
}

impl Ghost {
    pub(crate) fn note(&mut self, holds: bool, words: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(words());
        }
    }

    /// A final state never changes.
    pub(crate) fn hub_moved(&mut self, sid: Sid, before: Option<String>, after: Option<String>) {
        let is_final = |state: &Option<String>| {
            matches!(
                state.as_deref(),
                Some("completed" | "cancelled" | "expired" | "failed" | "rejected")
            )
        };
        // A final session is forgotten at last.
        let holds = !is_final(&before) || before == after || after.is_none();
        self.note(holds, || format!("final state changed: {sid:?} {before:?} {after:?}"));
    }

    pub(crate) fn page_moved(&mut self, page: usize, was: bool, is: bool) {
        self.note(!was || is, || format!("page {page} came back from its end"));
    }

    /// A phone let an answer out.
    pub(crate) fn released(&mut self, release: Release) {
        let twice = self
            .released
            .iter()
            .any(|before| before.phone == release.phone && before.request == release.request);
        self.note(!twice, || format!("phone {} answered a request twice", release.phone));
        self.released.push(release);
    }

    /// A page shows an answer: some phone released it, for this session, with this transcript.
    pub(crate) fn page_believes(&mut self, page: usize, content: &StatementContent) {
        let real = self.released.iter().any(|release| {
            release.request == content.request_digest
                && release.sid == content.sid
                && release.transcript == content.transcript
        });
        self.note(real, || format!("page {page} believes what no phone released"));
        let digest = content.request_digest.clone();
        let before = self.believed.insert(page, content.transcript.clone());
        let same = before.is_none_or(|before| before == content.transcript);
        self.note(same, || format!("page {page} believes two answers to {digest:02x?}"));
    }

    /// A platform accepted an answer.
    pub(crate) fn accepted(
        &mut self,
        page: usize,
        own_cookie: bool,
        content: &StatementContent,
        again: bool,
    ) {
        let digest = content.request_digest.clone();
        let by: Vec<_> = self
            .released
            .iter()
            .filter(|release| release.request == digest && release.sid == content.sid)
            .collect();
        let one = by.len() == 1;
        self.note(one, || format!("page {page}: {} releases accepted as one", digest.len()));
        self.note(own_cookie, || format!("page {page}: accepted for another visitor"));
        let before = self.accepted.iter().any(|(own, ..)| *own == page);
        self.note(before == again, || format!("page {page}: accepted twice, or not for the first"));
        self.accepted.push((page, digest, again));
    }
}
