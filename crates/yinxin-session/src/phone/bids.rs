//! Bids that are to be opened (待解密文件): looked at before the person is asked, so that a key for
//! one bid leaves the phone for that bid only.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use yinxin_pki::cms::RecipientInfo;
use yinxin_pki::envelope::{BidError, ContentKey, Header};
use yinxin_pki::{Fact, KeyId};
use zeroize::Zeroizing;

use crate::wire::{Binary, DecryptFile, OpenedFile, Request, Secret};
use crate::{Code, Refused};

/// A wrapped content key that one of the holder's keys can unwrap (待解密钥).
#[derive(Clone, Debug)]
pub struct ToOpen {
    /// Which key.
    pub key: KeyId,
    /// What it unwraps: [`RecipientInfo::unwrap`] for a key at hand, [`RecipientInfo::to_unwrap`]
    /// and [`RecipientInfo::finish`] for one elsewhere.
    pub info: RecipientInfo,
    file: usize,
    segment: String,
}

/// The octets a key unwrapped, or nothing where it could not. Wiped on drop, never printed.
pub struct Opened(pub Option<Zeroizing<Vec<u8>>>);

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(..)")
    }
}

/// The time by the two clocks there are, seconds since 1970: a bid is opened once both have passed
/// its opening time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    pub(super) session: u64,
    pub(super) phone: u64,
}

/// A request's bids, sorted out.
#[derive(Clone, Debug, Default)]
pub(super) struct Bids {
    files: Vec<Bid>,
    to_open: Vec<ToOpen>,
}

#[derive(Clone, Debug)]
struct Bid {
    id: String,
    header: Header,
    digest: Vec<u8>,
    /// Why it is not opened.
    code: Option<Code>,
    keys: Vec<(String, ContentKey)>,
}

impl Bids {
    /// Reads the headers and holds them against the request: project, section, segment, opening
    /// time; then looks whose keys open them.
    ///
    /// # Errors
    ///
    /// [`Code::ClockSkew`] when the phone's own clock is the one that says it is too early;
    /// [`Code::SectionMismatch`] and [`Code::SegmentLocked`] for any file, since a platform that
    /// asks for one of those is not to be dealt with; [`Code::RecipientNotMine`] when no file at all
    /// is for a key in `own`.
    pub(super) fn new(
        request: &Request,
        files: &[DecryptFile],
        own: &[KeyId],
        clocks: Clocks,
    ) -> Result<Self, Refused> {
        let mut bids = Self::default();
        for (index, file) in files.iter().enumerate() {
            let malformed = |_: BidError| Refused::from(Code::RequestMalformed);
            let header = Header::from_der(&file.header.0).map_err(malformed)?;
            compare(request, file, &header, clocks)?;
            let mut mine = Vec::new();
            for (segment, der) in &file.segments {
                let info = RecipientInfo::from_der(&der.0)
                    .map_err(|_| about(Code::RequestMalformed, file))?;
                let key = own.iter().find(|id| info.names_key(id)).copied();
                mine.push(key.map(|key| ToOpen {
                    key,
                    info,
                    file: index,
                    segment: segment.clone(),
                }));
            }
            // All of a file's segments or none.
            let mine: Option<Vec<_>> = mine.into_iter().collect();
            let code = mine.is_none().then_some(Code::RecipientNotMine);
            bids.to_open.extend(mine.unwrap_or_default());
            let digest = request.suite.digest().digest(&file.header.0).as_ref().to_vec();
            bids.files.push(Bid { id: file.id.clone(), header, digest, code, keys: Vec::new() });
        }
        match (bids.to_open.is_empty(), files.first()) {
            (true, Some(first)) => Err(about(Code::RecipientNotMine, first)),
            _ => Ok(bids),
        }
    }

    /// What is to be unwrapped before the person is asked.
    pub(super) fn to_open(&self) -> &[ToOpen] {
        &self.to_open
    }

    /// Takes what the keys unwrapped, in the order of [`to_open`](Self::to_open): recomputes the
    /// header's digest, to which each key is bound, and the commitment. A bid whose key did not
    /// unwrap, or is none, stays shut; the others open.
    ///
    /// # Errors
    ///
    /// [`Code::CommitmentMismatch`] for any; [`Code::RecipientNotMine`],
    /// [`Code::ContentKeyInvalid`] when no bid at all opens.
    pub(super) fn take(&mut self, opened: &[Opened]) -> Result<(), Refused> {
        if opened.len() != self.to_open.len() {
            return Err(Code::StepOutOfOrder.into());
        }
        let mut files = self.files.clone();
        for (task, opened) in self.to_open.iter().zip(opened) {
            let Some(bid) = files.get_mut(task.file) else { continue };
            let fact = |code: Code| Refused::from(code).with(Fact::text("file", bid.id.clone()));
            let Some(answer) = &opened.0 else {
                bid.code = Some(Code::RecipientNotMine);
                continue;
            };
            let index = bid.header.key_index(&task.segment);
            let index = index.ok_or_else(|| fact(Code::SectionMismatch))?;
            match bid.header.take_answer(index, 1, answer) {
                Ok(key) => bid.keys.push((task.segment.clone(), key)),
                // The one fault of its form: not a key and a digest.
                Err(BidError::Altered { .. }) => bid.code = Some(Code::ContentKeyInvalid),
                Err(_) => return Err(fact(Code::CommitmentMismatch)),
            }
        }
        // All of a bid's segments or none.
        files.iter_mut().filter(|bid| bid.code.is_some()).for_each(|bid| bid.keys.clear());
        if !files.is_empty() && files.iter().all(|bid| bid.code.is_some()) {
            let code = files.iter().find_map(|bid| bid.code);
            return Err(code.unwrap_or(Code::RecipientNotMine).into());
        }
        self.files = files;
        Ok(())
    }

    /// What the statement says of each bid.
    pub(super) fn results(&self) -> Vec<OpenedFile> {
        let result = |bid: &Bid| OpenedFile {
            id: bid.id.clone(),
            header: Binary(bid.digest.clone()),
            segments: bid.keys.iter().map(|(segment, _)| segment.clone()).collect(),
            code: bid.code.map(|code| code.name().into()),
        };
        self.files.iter().map(result).collect()
    }

    /// The content keys, for the page alone.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let keys = self.files.iter().flat_map(|bid| bid.keys.iter().map(move |key| (bid, key)));
        keys.map(|(bid, (segment, key))| Secret::new(&bid.id, segment, key.as_bytes())).collect()
    }

    /// Bids whose header names no platform: any could ask for them.
    pub(super) fn unnamed(&self) -> impl Iterator<Item = &str> {
        let unnamed = self.files.iter().filter(|bid| bid.header.draft().platform.is_empty());
        unnamed.map(|bid| &bid.id[..])
    }

    /// Bids that stay shut, with the reason: the person is told before it confirms.
    pub(super) fn shut(&self) -> impl Iterator<Item = (&str, Code)> {
        self.files.iter().filter_map(|bid| bid.code.map(|code| (&bid.id[..], code)))
    }
}

fn about(code: Code, file: &DecryptFile) -> Refused {
    Refused::from(code).with(Fact::text("file", file.id.clone()))
}

/// Holds a header against the request that asks for its keys.
fn compare(
    request: &Request,
    file: &DecryptFile,
    header: &Header,
    clocks: Clocks,
) -> Result<(), Refused> {
    let draft = header.draft();
    let display = &request.display;
    let named = file.segments.iter().all(|(segment, _)| header.key_index(segment).is_some());
    let same = display.project.as_ref() == Some(&draft.project)
        && display.section.as_ref() == Some(&draft.section)
        // Bids of old say nothing of the platform; the person is told so.
        && (draft.platform.is_empty() || draft.platform == request.platform.code)
        && named;
    if !same {
        return Err(about(Code::SectionMismatch, file));
    }
    let canary = |segment: &str| header.key_index(segment) == Some(draft.segments.len());
    let ready_only = file.segments.iter().all(|(segment, _)| canary(segment));
    let opening = u64::try_from(draft.opening.unix()).unwrap_or(0);
    if ready_only {
        return Ok(());
    }
    if clocks.session < opening {
        let left = Fact::number("seconds", opening - clocks.session);
        return Err(about(Code::SegmentLocked, file).with(left));
    }
    // A hub that says it is next week already opens nothing on a phone that knows better.
    if clocks.phone < opening {
        return Err(about(Code::ClockSkew, file));
    }
    Ok(())
}
