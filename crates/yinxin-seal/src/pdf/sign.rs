//! Signing in two halves: the file with a hole goes to the sink and its digest to the key; the
//! key's answer comes back and the end of the file with it.
//!
//! ```text
//! document ──prepare──▶ sink: all of the file so far           hasher ──▶ to_sign ──▶ key
//!                       kept: the new revision with its hole                           │
//! sink ◀── the new revision, the hole filled ◀──────────────── finish(answer) ◀────────┘
//! ```

use std::collections::BTreeMap;
use std::io::Write;

use yinxin_pki::cms::{self, Format, SignDraft, SignerInfo};
use yinxin_pki::timestamp::{TimestampRequest, TimestampToken};
use yinxin_pki::{Certificate, Digest, DigestAlgorithm, Hasher, SigningCertificate, Time, ToSign};

use super::appearance;
use super::document::Document;
use super::image::Image;
use super::increment::Increment;
use super::object::{Dictionary, Object, ObjectId};
use super::page::Page;
use super::permission::Permission;
use super::{PdfError, limits, write};
use crate::es::{self, Seal, SealSignature};
use crate::placement::Stamp;

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

/// Adds the field, its widgets and their looks; gives the catalog's id.
fn draw(
    increment: &mut Increment<'_, '_>,
    field: &SignatureField,
    value: ObjectId,
    first: bool,
    looks: Option<(&Image, &[Stamp])>,
) -> Result<ObjectId, PdfError> {
    let document = increment.document();
    let now = document.last();
    let form = document.form(now)?;
    let pages = document.pages(now)?;
    let field_id = increment.reserve()?;
    let mut entries = Dictionary::default()
        .with("FT", Object::name_of("Sig"))
        .with("T", write::text(&free_name(field, &form.names)))
        .with("V", Object::Reference(value));
    if field.after == After::Nothing && certification(field.after, first).is_none() {
        let lock = Dictionary::default()
            .with("Type", Object::name_of("SigFieldLock"))
            .with("Action", Object::name_of("All"))
            .with("P", Object::Integer(1));
        entries.set("Lock", Object::Dictionary(lock));
    }

    let mut boxes: Vec<(usize, [f64; 4], ObjectId)> = Vec::new();
    match looks {
        Some((image, stamps)) => {
            let image = appearance::image(increment, image)?;
            for stamp in stamps {
                let wanted = usize::try_from(stamp.page).unwrap_or(usize::MAX);
                let page = wanted.checked_sub(1).and_then(|index| pages.get(index));
                let page = page.ok_or(PdfError::Page { wanted, pages: pages.len() })?;
                let form = appearance::form(increment, image, stamp, page)?;
                boxes.push((wanted - 1, appearance::rectangle(stamp, page), form));
            }
        }
        None => boxes.push((0, [0.0; 4], appearance::empty(increment)?)),
    }
    let mut annotations: BTreeMap<usize, Vec<ObjectId>> = BTreeMap::new();
    let widget = |index: usize, rectangle: [f64; 4], form: ObjectId| -> Result<_, PdfError> {
        let page: &Page = pages.get(index).ok_or(PdfError::Page { wanted: 1, pages: 0 })?;
        Ok(Dictionary::default()
            .with("Type", Object::name_of("Annot"))
            .with("Subtype", Object::name_of("Widget"))
            .with("Rect", Object::Array(rectangle.map(Object::number).to_vec()))
            .with("P", Object::Reference(page.id))
            // Print and Locked (§12.5.3).
            .with("F", Object::Integer(132))
            .with(
                "AP",
                Object::Dictionary(Dictionary::default().with("N", Object::Reference(form))),
            ))
    };
    if let [(index, rectangle, form)] = boxes[..] {
        let looks = widget(index, rectangle, form)?;
        entries = Dictionary([entries.0, looks.0].concat());
        annotations.entry(index).or_default().push(field_id);
    } else {
        let mut kids = Vec::new();
        for (index, rectangle, form) in boxes {
            let looks = widget(index, rectangle, form)?.with("Parent", Object::Reference(field_id));
            let id = increment.add(&Object::Dictionary(looks))?;
            annotations.entry(index).or_default().push(id);
            kids.push(Object::Reference(id));
        }
        entries.set("Kids", Object::Array(kids));
    }
    increment.put(field_id, &Object::Dictionary(entries));
    annotate(increment, &pages, annotations)?;
    enter(increment, form.id, form.dictionary, field_id, (value, certification(field.after, first)))
}

fn free_name(field: &SignatureField, taken: &std::collections::HashSet<String>) -> String {
    // A dot separates names of parents, so a name has none (§12.7.3.2).
    let base = field.name.as_deref().unwrap_or("Signature").replace('.', "_");
    let base = if base.is_empty() { "Signature".to_owned() } else { base };
    if field.name.is_some() && !taken.contains(&base) {
        return base;
    }
    let mut number = 1_u32;
    loop {
        let name = format!("{base}{number}");
        if !taken.contains(&name) {
            return name;
        }
        number += 1;
    }
}

/// Appends widgets to the annotations of their pages.
fn annotate(
    increment: &mut Increment<'_, '_>,
    pages: &[Page],
    annotations: BTreeMap<usize, Vec<ObjectId>>,
) -> Result<(), PdfError> {
    let document = increment.document();
    let now = document.last();
    let mut arrays: BTreeMap<ObjectId, Vec<Object>> = BTreeMap::new();
    for (index, widgets) in annotations {
        let Some(page) = pages.get(index) else { continue };
        let widgets = widgets.into_iter().map(Object::Reference);
        match page.dictionary.get("Annots") {
            Some(Object::Reference(id)) => {
                let list = match arrays.remove(id) {
                    Some(list) => list,
                    None => match document.object(*id, now)? {
                        Object::Array(items) => items,
                        _ => Vec::new(),
                    },
                };
                arrays.insert(*id, list.into_iter().chain(widgets).collect());
            }
            other => {
                let old = other.and_then(Object::as_array).unwrap_or_default();
                let list = old.iter().cloned().chain(widgets).collect();
                let mut dictionary = page.dictionary.clone();
                dictionary.set("Annots", Object::Array(list));
                increment.put(page.id, &Object::Dictionary(dictionary));
            }
        }
    }
    for (id, list) in arrays {
        increment.put(id, &Object::Array(list));
    }
    Ok(())
}

/// Enters a field into the document's form.
fn enter(
    increment: &mut Increment<'_, '_>,
    form_id: Option<ObjectId>,
    form: Option<Dictionary>,
    field: ObjectId,
    (value, level): (ObjectId, Option<i64>),
) -> Result<ObjectId, PdfError> {
    let document = increment.document();
    let now = document.last();
    let (root, mut catalog) = document.catalog(now)?;
    let mut form = form.unwrap_or_default();
    let entry = Object::Reference(field);
    match form.get("Fields") {
        Some(Object::Reference(id)) => {
            let mut fields = match document.object(*id, now)? {
                Object::Array(items) => items,
                _ => Vec::new(),
            };
            fields.push(entry);
            increment.put(*id, &Object::Array(fields));
        }
        other => {
            let mut fields = other.and_then(Object::as_array).unwrap_or_default().to_vec();
            fields.push(entry);
            form.set("Fields", Object::Array(fields));
        }
    }
    // SignaturesExist and AppendOnly (§12.7.2).
    form.set("SigFlags", Object::Integer(3));
    match form_id {
        Some(id) => increment.put(id, &Object::Dictionary(form)),
        None => catalog.set("AcroForm", Object::Dictionary(form)),
    }
    if level.is_some() {
        let mut permissions = document.dictionary(&catalog, "Perms", now)?.unwrap_or_default();
        permissions.set("DocMDP", Object::Reference(value));
        catalog.set("Perms", Object::Dictionary(permissions));
    }
    if form_id.is_none() || level.is_some() {
        increment.put(root, &Object::Dictionary(catalog));
    }
    Ok(root)
}

/// Prepares a CMS signature (`adbe.pkcs7.detached`), SM2 or P-256: `sink` gets the file as it is,
/// byte for byte, and is to get what [`CmsSigned::into_bytes`] gives.
///
/// ```
/// use std::io::Write;
///
/// use yinxin_pki::cms::{Format, SignDraft};
/// use yinxin_pki::{SigningCertificate, Time};
/// use yinxin_seal::pdf::{Document, PdfError, SignatureField, prepare_cms};
///
/// fn sign(
///     file: std::fs::File,
///     certificate: &SigningCertificate,
///     now: Time,
///     key: impl Fn(&[u8]) -> Vec<u8>, // a phone, a token, a service
///     out: &mut impl Write,
/// ) -> Result<(), PdfError> {
///     let document = Document::read(file)?;
///     let draft = SignDraft::new(Format::Rfc5652, certificate)?.signing_time(now);
///     let field = SignatureField::new().reason("投标").time(now);
///     let prepared = prepare_cms(&document, &field, draft, out)?;
///     let answer = key(prepared.to_sign().digest());
///     let signed = prepared.finish(&answer)?; // checked against the certificate
///     out.write_all(&signed.into_bytes(&[certificate])?)?;
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// [`PdfError`]: the document cannot be signed, or the sink failed.
pub fn prepare_cms(
    document: &Document<'_>,
    field: &SignatureField,
    draft: SignDraft,
    sink: &mut impl Write,
) -> Result<CmsPrepared, PdfError> {
    prepare_cms_with(document, field, draft, None, sink)
}

/// The same with a picture on pages: PNG or JPEG.
///
/// # Errors
///
/// [`PdfError`], also for a picture that is neither.
pub fn prepare_cms_with(
    document: &Document<'_>,
    field: &SignatureField,
    draft: SignDraft,
    looks: Option<(&[u8], &[Stamp])>,
    sink: &mut impl Write,
) -> Result<CmsPrepared, PdfError> {
    let names = Names { kind: "Sig", filter: "Adobe.PPKLite", sub_filter: "adbe.pkcs7.detached" };
    let image = looks.map(|(picture, _)| Image::read(picture)).transpose()?;
    let looks = image.as_ref().zip(looks.map(|(_, stamps)| stamps));
    let hasher = draft.hasher()?;
    let room = SignatureField::CMS_ROOM;
    let (hole, _, digest) = lay(document, field, &names, room, looks, sink, hasher)?;
    let format = draft.format();
    Ok(CmsPrepared { hole, format, signing: draft.prepare(digest)? })
}

/// A CMS signature waiting for the key.
#[derive(Clone, Debug)]
pub struct CmsPrepared {
    hole: Hole,
    format: Format,
    signing: cms::Signing,
}

impl CmsPrepared {
    /// What goes to the key.
    #[must_use]
    pub const fn to_sign(&self) -> &ToSign {
        self.signing.to_sign()
    }

    /// Takes the key's answer and checks it against the certificate.
    ///
    /// # Errors
    ///
    /// [`PdfError::SignatureValue`]: another key's answer, or to another question.
    pub fn finish(self, answer: &[u8]) -> Result<CmsSigned, PdfError> {
        let signer = self.signing.finish(answer)?;
        Ok(CmsSigned { hole: self.hole, format: self.format, signer })
    }
}

/// A CMS signature with its value, still without certificates.
#[derive(Clone, Debug)]
pub struct CmsSigned {
    hole: Hole,
    format: Format,
    signer: SignerInfo,
}

impl CmsSigned {
    /// The signature value: what a timestamp is taken over.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.signer.signature()
    }

    /// Adds a timestamp token over [`signature`](Self::signature), DER.
    #[must_use]
    pub fn with_timestamp(mut self, token: &[u8]) -> Self {
        self.signer = self.signer.with_unsigned(cms::timestamp_attribute(token));
        self
    }

    /// The end of the file: write it behind what the sink got. The signer's certificate stands
    /// first in `certificates`, then its chain.
    ///
    /// # Errors
    ///
    /// [`PdfError::Hole`] when it does not fit: prepare again with
    /// [`room`](SignatureField::room).
    pub fn into_bytes(self, certificates: &[&Certificate]) -> Result<Vec<u8>, PdfError> {
        let Self { hole, format, signer } = self;
        let parts = cms::assemble(format, &format.data(), None, certificates, &[signer])?;
        hole.fill(&[parts.before, parts.after].concat())
    }
}

/// Prepares a seal signature (电子签章, `GM.sm2seal`): the seal's picture goes on the pages.
///
/// `stamps` come from [`Placement::stamps`](crate::placement::Placement::stamps) over
/// [`Document::page_sizes`]; several make one field with a widget on each page.
///
/// ```
/// use std::io::Write;
///
/// use yinxin_pki::{SigningCertificate, Time};
/// use yinxin_seal::es::Seal;
/// use yinxin_seal::pdf::{Document, PdfError, SignatureField, prepare_seal};
/// use yinxin_seal::placement::{Placement, Straddle, Side};
///
/// fn seal(
///     file: std::fs::File,
///     seal: Seal,
///     certificate: &SigningCertificate,
///     now: Time,
///     key: impl Fn(&[u8]) -> Vec<u8>,
///     out: &mut impl Write,
/// ) -> Result<(), PdfError> {
///     let document = Document::read(file)?;
///     let placement = Placement::Straddle(Straddle::new(Side::Right));
///     let stamps = document.stamps(&placement, seal.size())?;
///     let field = SignatureField::new().time(now);
///     let prepared = prepare_seal(&document, &field, seal, &stamps, certificate, now, out)?;
///     let answer = key(prepared.to_sign().digest());
///     out.write_all(&prepared.finish(&answer)?.into_bytes()?)?;
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// [`PdfError`]: the document cannot be sealed, the seal is not this signer's or not in its
/// window, or the sink failed.
pub fn prepare_seal(
    document: &Document<'_>,
    field: &SignatureField,
    seal: Seal,
    stamps: &[Stamp],
    certificate: &SigningCertificate,
    time: Time,
    sink: &mut impl Write,
) -> Result<SealPrepared, PdfError> {
    if stamps.is_empty() {
        return Err(PdfError::Picture { why: "it stands on no page" });
    }
    let image = Image::read(&seal.picture().data)?;
    let names = Names { kind: "Sig", filter: &field.filter, sub_filter: "GM.sm2seal" };
    let room = seal.as_der().len() + certificate.as_der().len() + SignatureField::SEAL_ROOM;
    let looks = Some((&image, stamps));
    let hasher = DigestAlgorithm::Sm3.hasher();
    let (hole, byte_range, digest) = lay(document, field, &names, room, looks, sink, hasher)?;
    let [start, first, second, length] = byte_range;
    // What is protected, as text of the byte range: no standard names a form.
    let property = format!("[{start} {first} {second} {length}]");
    let making = es::SignatureDraft::new(seal, digest, property, time).prepare(certificate)?;
    Ok(SealPrepared { hole, making })
}

/// A seal signature waiting for the key.
#[derive(Clone, Debug)]
pub struct SealPrepared {
    hole: Hole,
    making: es::SignatureMaking,
}

impl SealPrepared {
    /// What goes to the key.
    #[must_use]
    pub const fn to_sign(&self) -> &ToSign {
        self.making.to_sign()
    }

    /// Takes the key's answer and checks it against the certificate.
    ///
    /// # Errors
    ///
    /// [`PdfError::Seal`]: another key's answer, or to another question.
    pub fn finish(self, answer: &[u8]) -> Result<SealSigned, PdfError> {
        Ok(SealSigned { hole: self.hole, signature: self.making.finish(answer)? })
    }
}

/// A seal signature with its value.
#[derive(Clone, Debug)]
pub struct SealSigned {
    hole: Hole,
    signature: SealSignature,
}

impl SealSigned {
    /// The signature value: what a timestamp is taken over.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.signature.signature()
    }

    /// Adds a timestamp token over [`signature`](Self::signature), DER.
    ///
    /// # Errors
    ///
    /// [`PdfError::Seal`] for a structure that holds none.
    pub fn with_timestamp(mut self, token: &[u8]) -> Result<Self, PdfError> {
        self.signature = self.signature.with_timestamp(token)?;
        Ok(self)
    }

    /// The end of the file: write it behind what the sink got.
    ///
    /// # Errors
    ///
    /// [`PdfError::Hole`] when it does not fit: prepare again with
    /// [`room`](SignatureField::room).
    pub fn into_bytes(self) -> Result<Vec<u8>, PdfError> {
        self.hole.fill(self.signature.as_der())
    }
}

/// Prepares a document timestamp (`ETSI.RFC3161`): a time vouched for over the whole file.
///
/// # Errors
///
/// [`PdfError`]: the document cannot be stamped, or the sink failed.
pub fn prepare_timestamp(
    document: &Document<'_>,
    algorithm: DigestAlgorithm,
    sink: &mut impl Write,
) -> Result<TimestampPrepared, PdfError> {
    let names = Names { kind: TIMESTAMP, filter: "Adobe.PPKLite", sub_filter: "ETSI.RFC3161" };
    let field = SignatureField::new().named("Timestamp");
    let room = SignatureField::CMS_ROOM;
    let (hole, _, digest) = lay(document, &field, &names, room, None, sink, algorithm.hasher())?;
    Ok(TimestampPrepared { hole, algorithm, digest })
}

/// A document timestamp waiting for its token.
#[derive(Clone, Debug)]
pub struct TimestampPrepared {
    hole: Hole,
    algorithm: DigestAlgorithm,
    digest: Digest,
}

impl TimestampPrepared {
    /// What to ask the timestamp authority.
    #[must_use]
    pub fn request(&self, nonce: Option<Vec<u8>>) -> TimestampRequest {
        TimestampRequest {
            algorithm: self.algorithm,
            digest: self.digest,
            nonce,
            certificate_wanted: true,
        }
    }

    /// Takes the token and gives the end of the file.
    ///
    /// # Errors
    ///
    /// [`PdfError::Timestamp`] for a token over something else, [`PdfError::Hole`] for one that
    /// does not fit.
    pub fn finish(self, token: &TimestampToken) -> Result<Vec<u8>, PdfError> {
        let info = token.info();
        if (info.algorithm, &info.digest) != (self.algorithm, &self.digest) {
            return Err(PdfError::Timestamp);
        }
        self.hole.fill(token.as_der())
    }
}
