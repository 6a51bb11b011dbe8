//! Signing in two halves: the file with a hole goes to the sink and its digest to the key; the
//! key's answer comes back and the end of the file with it.
//!
//! ```text
//! document ──prepare──▶ sink: all of the file so far           hasher ──▶ to_sign ──▶ key
//!                       kept: the new revision with its hole                           │
//! sink ◀── the new revision, the hole filled ◀──────────────── finish(answer) ◀────────┘
//! ```

use std::io::Write;

use yinxin_pki::{Digest, Hasher, Time};

use super::document::Document;
use super::image::Image;
use super::increment::Increment;
use super::object::{Dictionary, Object};
use super::permission::Permission;
use super::{PdfError, limits, write};
use crate::placement::Stamp;

mod cms;
mod place;
mod seal;
mod timestamp;

pub use cms::{CmsPrepared, CmsSigned, prepare_cms, prepare_cms_with};
use place::draw;
pub use seal::{SealPrepared, SealSigned, prepare_seal};
pub use timestamp::{TimestampPrepared, prepare_timestamp};

/// What a signature says about itself besides who signed, and what it leaves to later ones.
///
/// ```
/// use yinxin_pki::Time;
/// use yinxin_seal::pdf::{After, SignatureField};
///
/// let field = SignatureField::new()
///     .reason("投标")
///     .time(Time::from_unix(1_795_521_600))
///     .after(After::Nothing);
/// ```
#[derive(Clone, Debug)]
pub struct SignatureField {
    name: Option<String>,
    signer: Option<String>,
    reason: Option<String>,
    location: Option<String>,
    time: Option<Time>,
    after: After,
    filter: String,
    room: Option<usize>,
}

/// What may come after a signature.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum After {
    /// Further signatures, as anybody likes.
    #[default]
    Anything,
    /// Nothing but evidence for verification: the document is locked. A first signature says so as
    /// a certification (DocMDP, P 1), a later one by its lock (SigFieldLock, P 1).
    Nothing,
    /// A certification (DocMDP, P 2): forms may be filled and signatures added, nothing else. For
    /// the first signature of a document only.
    Signatures,
}

impl Default for SignatureField {
    fn default() -> Self {
        Self::new()
    }
}

impl SignatureField {
    /// A field of the next free name that says nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            name: None,
            signer: None,
            reason: None,
            location: None,
            time: None,
            after: After::Anything,
            filter: Self::SEAL_FILTER.to_owned(),
            room: None,
        }
    }

    /// Gives the field a name; one that is taken gets a number.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Who signs, for people (`/Name`).
    #[must_use]
    pub fn signer(mut self, name: impl Into<String>) -> Self {
        self.signer = Some(name.into());
        self
    }

    /// Why (`/Reason`).
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Where (`/Location`).
    #[must_use]
    pub fn location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// When, as the signer claims (`/M`).
    #[must_use]
    pub const fn time(mut self, time: Time) -> Self {
        self.time = Some(time);
        self
    }

    /// What may come after.
    #[must_use]
    pub const fn after(mut self, after: After) -> Self {
        self.after = after;
        self
    }

    /// The handler's name of a seal signature (`/Filter`), where a reader wants another than
    /// [`SEAL_FILTER`](Self::SEAL_FILTER).
    #[must_use]
    pub fn seal_filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = filter.into();
        self
    }

    /// Keeps room for a signature of this many bytes instead of what is reckoned.
    #[must_use]
    pub const fn room(mut self, bytes: usize) -> Self {
        self.room = Some(bytes);
        self
    }

    /// The default `/Filter` of seal signatures.
    pub const SEAL_FILTER: &'static str = "GM.PKILite";
    /// Bytes kept for a CMS besides its certificates: attributes, and a timestamp with its chain.
    const CMS_ROOM: usize = 16 << 10;
    /// Bytes kept for what a seal signature holds besides the seal.
    const SEAL_ROOM: usize = 12 << 10;
}

/// Names of a signature's dictionary.
struct Names<'a> {
    kind: &'static str,
    filter: &'a str,
    sub_filter: &'static str,
}

/// A revision with a hole for a signature.
#[derive(Clone, Debug)]
pub(crate) struct Hole {
    bytes: Vec<u8>,
    /// The first hex digit in `bytes`.
    at: usize,
    /// Bytes of signature that fit.
    room: usize,
}

impl Hole {
    /// Fills the hole; what is left of it stays zero.
    fn fill(mut self, signature: &[u8]) -> Result<Vec<u8>, PdfError> {
        if signature.len() > self.room {
            return Err(PdfError::Hole { needed: signature.len(), room: self.room });
        }
        let digits = write::hex(signature);
        let place = self.at..self.at + digits.len();
        match self.bytes.get_mut(place) {
            Some(hole) => hole.copy_from_slice(&digits),
            None => return Err(PdfError::Hole { needed: signature.len(), room: self.room }),
        }
        Ok(self.bytes)
    }
}

/// Lays the new revision out, sends the file as it was to the sink and everything the signature
/// covers through the hasher.
fn lay(
    document: &Document<'_>,
    field: &SignatureField,
    names: &Names<'_>,
    room: usize,
    looks: Option<(&Image, &[Stamp])>,
    sink: &mut impl Write,
    mut hasher: Hasher,
) -> Result<(Hole, [u64; 4], Digest), PdfError> {
    let room = field.room.unwrap_or(room);
    if room > limits::CONTENTS / 2 {
        let limit = u64::try_from(limits::CONTENTS / 2).unwrap_or(u64::MAX);
        return Err(PdfError::Limit { at: 0, what: "bytes of a signature", limit });
    }
    let before = Permission::of(document, document.last())?;
    if let Some(locking) = before.iter().find(|permission| permission.locks())
        && names.kind != TIMESTAMP
    {
        return Err(PdfError::Locked { field: locking.field.clone() });
    }
    let first = before.is_empty();
    if field.after == After::Signatures && !first {
        return Err(PdfError::Locked {
            field: before.first().map_or_else(String::new, |p| p.field.clone()),
        });
    }

    let mut increment = Increment::new(document)?;
    let value = increment.reserve()?;
    let root = draw(&mut increment, field, value, first, looks)?;
    let (body, mut byte_range_at, mut hole_at) = dictionary(field, names, room, first, document);
    increment.put_raw(value, body);
    let appendix = increment.finish(root)?;
    let wrong = || PdfError::Malformed { at: 0, expected: "the signature just written" };
    let from = appendix.body(value).ok_or_else(wrong)?;
    byte_range_at += from;
    hole_at += from;
    let mut bytes = appendix.bytes;

    let base = document.len();
    let place = |index: usize| base + u64::try_from(index).unwrap_or(0);
    let hole_end = hole_at + 1 + room * 2 + 1;
    let (gap, resume) = (place(hole_at), place(hole_end));
    let byte_range = [0, gap, resume, place(bytes.len()) - resume];
    let text = format!("0 {gap:010} {resume:010} {:010}", byte_range[3]);
    let placeholder =
        bytes.get_mut(byte_range_at..byte_range_at + RANGE.len()).ok_or_else(wrong)?;
    if text.len() != placeholder.len() {
        return Err(PdfError::Limit { at: 0, what: "bytes of a file", limit: 9_999_999_999 });
    }
    placeholder.copy_from_slice(text.as_bytes());

    document.source().stream(0, base, |piece| {
        hasher.update(piece);
        sink.write_all(piece)
    })?;
    hasher.update(bytes.get(..hole_at).ok_or_else(wrong)?);
    hasher.update(bytes.get(hole_end..).ok_or_else(wrong)?);
    Ok((Hole { bytes, at: hole_at + 1, room }, byte_range, hasher.finish()))
}

/// The kind of a document timestamp's dictionary.
const TIMESTAMP: &str = "DocTimeStamp";

/// What stands in `/ByteRange` until the places are known.
const RANGE: &str = "0 0000000000 0000000000 0000000000";

/// A key of ours in signature dictionaries: how long the file was before, so that a seal can be
/// taken back to the byte.
pub(crate) const BEFORE: &str = "YXIN_Before";

/// The signature's dictionary as text, with the places of `/ByteRange` and of the hole in it.
fn dictionary(
    field: &SignatureField,
    names: &Names<'_>,
    room: usize,
    first: bool,
    document: &Document<'_>,
) -> (Vec<u8>, usize, usize) {
    let mut entries = Dictionary::default()
        .with("Type", Object::name_of(names.kind))
        .with("Filter", Object::name_of(names.filter))
        .with("SubFilter", Object::name_of(names.sub_filter));
    let before = i64::try_from(document.len()).unwrap_or(i64::MAX);
    entries.set(BEFORE, Object::Integer(before));
    for (key, value) in
        [("Name", &field.signer), ("Reason", &field.reason), ("Location", &field.location)]
    {
        if let Some(value) = value {
            entries.set(key, write::text(value));
        }
    }
    if let Some(time) = field.time {
        entries.set("M", Object::text(date(time)));
    }
    if let Some(level) = certification(field.after, first) {
        let parameters = Dictionary::default()
            .with("Type", Object::name_of("TransformParams"))
            .with("P", Object::Integer(level))
            .with("V", Object::name_of("1.2"));
        entries.set("Reference", reference("DocMDP", parameters));
    } else if field.after == After::Nothing {
        let parameters = Dictionary::default()
            .with("Type", Object::name_of("TransformParams"))
            .with("Action", Object::name_of("All"))
            .with("V", Object::name_of("1.2"));
        entries.set("Reference", reference("FieldMDP", parameters));
    }
    let mut body = Vec::new();
    write::dictionary(&entries, &mut body);
    body.truncate(body.len() - 2);
    body.extend_from_slice(b"/ByteRange [");
    let byte_range_at = body.len();
    body.extend_from_slice(RANGE.as_bytes());
    body.extend_from_slice(b"]/Contents ");
    let hole_at = body.len();
    body.push(b'<');
    body.resize(body.len() + room * 2, b'0');
    body.extend_from_slice(b">>>");
    (body, byte_range_at, hole_at)
}

/// The level a first signature certifies the document at.
const fn certification(after: After, first: bool) -> Option<i64> {
    match after {
        After::Anything => None,
        After::Nothing if first => Some(1),
        After::Nothing => None,
        After::Signatures => Some(2),
    }
}

fn reference(method: &str, parameters: Dictionary) -> Object {
    Object::Array(vec![Object::Dictionary(
        Dictionary::default()
            .with("Type", Object::name_of("SigRef"))
            .with("TransformMethod", Object::name_of(method))
            .with("TransformParams", Object::Dictionary(parameters)),
    )])
}

/// A date as PDF writes it: `D:20261124120000Z`.
fn date(time: Time) -> String {
    let digits: String = time.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    format!("D:{digits}Z")
}
