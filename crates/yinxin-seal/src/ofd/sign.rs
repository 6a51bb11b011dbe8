//! Sealing and signing: everything but the signature value is fixed first, then the value comes
//! in, is checked, and the package is written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use yinxin_pki::cms::{self, Format, SignDraft, SignerInfo, assemble, timestamp_attribute};
use yinxin_pki::{Certificate, DigestAlgorithm, SigningCertificate, Time, ToSign, base64};

use super::before;
use super::create::{xml_head, xml_head_with};
use super::document::Document;
use super::error::OfdError;
use super::list::{BEFORE, Description, SignatureList};
use super::package::{Package, ROOT, folder};
use super::page::Page;
use super::xml::{Element, escape};
use super::zip::ZipWriter;
use crate::SealError;
use crate::es::{Seal, SealSignature, SignatureDraft, SignatureMaking};
use crate::placement::{Found, Placement, Size, Stamp};
use crate::report::SignatureKind;

/// Whether others may sign after this.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Lock {
    /// They may: each further signature covers the earlier ones.
    #[default]
    Open,
    /// They may not: the list of signatures is covered too, and any addition to it makes this
    /// signature invalid.
    Whole,
}

/// What a sealing or signing says beside the seal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SignOptions {
    /// Which document of the package, counted from 1.
    pub document: usize,
    /// When, by the signer's word.
    pub time: Time,
    /// Whether others may sign after this.
    pub lock: Lock,
}

impl SignOptions {
    /// The first document, open for others.
    #[must_use]
    pub const fn new(time: Time) -> Self {
        Self { document: 1, time, lock: Lock::Open }
    }

    /// Locks the document.
    #[must_use]
    pub const fn lock(mut self, lock: Lock) -> Self {
        self.lock = lock;
        self
    }
}

/// Seals a document of a package (签章): at a position, at a keyword, or across its pages.
///
/// ```
/// use yinxin_pki::{SigningCertificate, Time};
/// use yinxin_seal::es::Seal;
/// use yinxin_seal::ofd::{self, Limits, OfdError, Package, SignOptions};
/// use yinxin_seal::placement::{Placement, Side, Straddle};
///
/// fn straddle(
///     bytes: &[u8],
///     seal: Seal,
///     signer: &SigningCertificate,
///     now: Time,
///     key: impl Fn(&[u8]) -> Vec<u8>, // a phone, a token, a service
/// ) -> Result<Vec<u8>, OfdError> {
///     let package = Package::read(bytes, &Limits::default())?;
///     let placement = Placement::Straddle(Straddle::new(Side::Right));
///     let prepared = ofd::seal(&package, seal, &placement, signer, SignOptions::new(now))?;
///     let answer = key(prepared.to_sign().digest());
///     prepared.finish(&answer)?.into_bytes()
/// }
/// ```
///
/// # Errors
///
/// [`OfdError::Locked`], [`OfdError::Placement`], [`OfdError::Seal`]; nothing was written.
pub fn seal(
    package: &Package,
    seal: Seal,
    placement: &Placement,
    signer: &SigningCertificate,
    options: SignOptions,
) -> Result<Prepared, OfdError> {
    let document = package.document(options.document)?;
    let size = Size { width: seal.picture().width, height: seal.picture().height };
    let found = match placement {
        Placement::Keyword { text, .. } => find(package, &document, text)?,
        _ => Vec::new(),
    };
    let stamps = placement.stamps(size, &document.page_sizes(), &found)?;
    let draft = Drafted::new(
        package,
        &document,
        SignatureKind::Seal,
        &stamps,
        Some(&seal),
        &options,
        signer,
    )?;
    let property = format!("/{}", draft.description_path);
    let digest = DigestAlgorithm::Sm3.digest(&draft.description);
    let making = SignatureDraft::new(seal, digest, property, options.time).prepare(signer)?;
    Ok(Prepared { draft, making: Making::Seal(Box::new(making)) })
}

/// Signs a document of a package without a seal (数字签名): a GM CMS over the description.
///
/// # Errors
///
/// As [`seal`].
pub fn sign(
    package: &Package,
    signer: &SigningCertificate,
    format: Format,
    options: SignOptions,
) -> Result<Prepared, OfdError> {
    let document = package.document(options.document)?;
    let draft = Drafted::new(package, &document, SignatureKind::Sign, &[], None, &options, signer)?;
    let signature = |error| OfdError::Seal(SealError::Signature(error));
    let cms = SignDraft::new(format, signer).map_err(signature)?.signing_time(options.time);
    let mut hasher = cms.hasher().map_err(signature)?;
    hasher.update(&draft.description);
    let signing = cms.prepare(hasher.finish()).map_err(signature)?;
    let certificate = signer.certificate().clone();
    Ok(Prepared { draft, making: Making::Sign(Box::new((signing, format, certificate))) })
}

/// Where a text stands in a document, page by page in reading order.
///
/// # Errors
///
/// [`OfdError`] when a page cannot be read.
pub fn find(package: &Package, document: &Document, text: &str) -> Result<Vec<Found>, OfdError> {
    let mut found = Vec::new();
    for index in 0..document.pages().len() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        found.extend(Page::read(package, document, number)?.find(text, number));
    }
    Ok(found)
}

/// Everything of a new signature but its value.
#[derive(Clone, Debug)]
struct Drafted {
    package: Package,
    /// Files that take the place of others.
    changed: BTreeMap<String, Vec<u8>>,
    /// New files in the order they are written.
    added: Vec<(String, Vec<u8>)>,
    description_path: String,
    description: Vec<u8>,
    value_path: String,
}

impl Drafted {
    fn new(
        package: &Package,
        document: &Document,
        kind: SignatureKind,
        stamps: &[Stamp],
        seal: Option<&Seal>,
        options: &SignOptions,
        signer: &SigningCertificate,
    ) -> Result<Self, OfdError> {
        let list = SignatureList::read(package, document)?;
        if let Some(list) = &list {
            for entry in &list.entries {
                if Description::read(package, &entry.path)?.covers(&list.path) {
                    return Err(OfdError::Locked);
                }
            }
        }
        let list_path = match &list {
            Some(list) => list.path.clone(),
            None => {
                let base = folder(&document.path);
                let base = if base.is_empty() { String::new() } else { format!("{base}/") };
                format!("{base}Signs/Signatures.xml")
            }
        };
        let number = list.as_ref().map_or(0, |list| list.highest(package)).saturating_add(1);
        let own = match folder(&list_path) {
            "" => format!("Sign_{}", number - 1),
            base => format!("{base}/Sign_{}", number - 1),
        };
        let file = |name: &str| format!("{own}/{name}");
        let description_path = file("Signature.xml");
        let value_path = file("SignedValue.dat");

        let entry = NewEntry { number, kind, path: &description_path };
        let mut changed = BTreeMap::new();
        let mut added = Vec::new();
        let content = match &list {
            Some(list) => add_to_list(package, list, &entry)?,
            None => {
                changed.insert(ROOT.to_owned(), add_pointer(package, document, &list_path)?);
                new_list(&entry)
            }
        };
        if package.file(&list_path).is_some() {
            changed.insert(list_path.clone(), content);
        } else {
            added.push((list_path.clone(), content));
        }
        if let Some(seal) = seal {
            added.push((file("Seal.esl"), seal.as_der().to_vec()));
        }
        let replaced: Vec<String> = changed.keys().cloned().collect();
        added.push((file(BEFORE), before::record(package, &replaced)));

        let references = references(package, &changed, &added, &list_path, options.lock);
        let description =
            describe(document, &own, stamps, seal, &references, options.time, signer.certificate())
                .into_bytes();
        Ok(Self {
            package: package.clone(),
            changed,
            added,
            description_path,
            description,
            value_path,
        })
    }

    /// The package with the signature value in it.
    fn write(self, value: &[u8]) -> Result<Vec<u8>, OfdError> {
        let mut zip = ZipWriter::default();
        for entry in &self.package.archive.entries {
            match self.changed.get(&entry.name) {
                Some(content) => zip.add(&entry.name, content)?,
                None => zip.copy(&self.package.bytes, entry)?,
            }
        }
        for (path, content) in &self.added {
            zip.add(path, content)?;
        }
        zip.add(&self.description_path, &self.description)?;
        zip.add(&self.value_path, value)?;
        zip.finish()
    }
}

/// Path and SM3 of every file the new signature covers.
fn references(
    package: &Package,
    changed: &BTreeMap<String, Vec<u8>>,
    added: &[(String, Vec<u8>)],
    list_path: &str,
    lock: Lock,
) -> Vec<(String, Vec<u8>)> {
    let mut references = Vec::new();
    let mut cover = |path: &str, content: &[u8]| {
        if path != list_path || lock == Lock::Whole {
            let digest = DigestAlgorithm::Sm3.digest(content).as_ref().to_vec();
            references.push((path.to_owned(), digest));
        }
    };
    for path in package.files() {
        let content = changed.get(path).map(Vec::as_slice).or_else(|| package.file(path));
        cover(path, content.unwrap_or(&[]));
    }
    for (path, content) in added {
        cover(path, content);
    }
    references
}

struct NewEntry<'a> {
    number: u32,
    kind: SignatureKind,
    path: &'a str,
}

impl NewEntry<'_> {
    fn element(&self, prefix: &str) -> String {
        let kind = match self.kind {
            SignatureKind::Seal => "Seal",
            SignatureKind::Sign => "Sign",
        };
        let (number, path) = (self.number, escape(self.path));
        format!("<{prefix}Signature ID=\"s{number:03}\" Type=\"{kind}\" BaseLoc=\"/{path}\"/>")
    }
}

fn new_list(entry: &NewEntry<'_>) -> Vec<u8> {
    let mut out = xml_head("Signatures");
    let _ = write!(out, "<ofd:MaxSignId>{}</ofd:MaxSignId>", entry.number);
    out.push_str(&entry.element("ofd:"));
    out.push_str("</ofd:Signatures>");
    out.into_bytes()
}

/// The list with one more entry; everything else of it stays octet by octet.
fn add_to_list(
    package: &Package,
    list: &SignatureList,
    entry: &NewEntry<'_>,
) -> Result<Vec<u8>, OfdError> {
    let old = package.need(&list.path)?;
    let prefix = list.xml.prefix();
    if list.xml.inner.is_empty() && list.xml.children.is_empty() {
        return Ok(new_list(entry));
    }
    let highest = format!("{}", entry.number);
    let mut edits = vec![(list.xml.inner.end..list.xml.inner.end, entry.element(prefix))];
    match list.xml.child("MaxSignId") {
        Some(stated) => edits.push((stated.inner.clone(), highest)),
        None => {
            let at = list.xml.inner.start;
            edits.push((at..at, format!("<{prefix}MaxSignId>{highest}</{prefix}MaxSignId>")));
        }
    }
    Ok(edit(old, edits))
}

/// `OFD.xml` with a pointer to the list of signatures.
fn add_pointer(package: &Package, document: &Document, list: &str) -> Result<Vec<u8>, OfdError> {
    let old = package.need(ROOT)?;
    let missing = OfdError::Document { number: document.number() };
    let body = document
        .number()
        .checked_sub(1)
        .and_then(|index| package.root.children("DocBody").nth(index))
        .ok_or_else(|| missing.clone())?;
    // The order of the schema: DocInfo, DocRoot, Versions, Signatures.
    let last = |name: &'static str| body.children(name).last().map(|element| element.span.end);
    let at = last("Versions").or_else(|| last("DocRoot")).ok_or(missing)?;
    let prefix = body.prefix();
    let element = format!("<{prefix}Signatures>/{}</{prefix}Signatures>", escape(list));
    Ok(edit(old, vec![(at..at, element)]))
}

/// Replaces parts of a file; every XML we write begins with a declaration.
fn edit(old: &[u8], mut edits: Vec<(std::ops::Range<usize>, String)>) -> Vec<u8> {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = Vec::with_capacity(old.len() + 256);
    let mut at = 0;
    let bom = if old.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
    if !old.get(bom..).unwrap_or(&[]).starts_with(b"<?xml") {
        out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        at = bom;
    }
    for (range, text) in edits {
        out.extend_from_slice(old.get(at..range.start).unwrap_or(&[]));
        out.extend_from_slice(text.as_bytes());
        at = range.end;
    }
    out.extend_from_slice(old.get(at..).unwrap_or(&[]));
    out
}

/// `Signature.xml`, in the order of the schema.
fn describe(
    document: &Document,
    own: &str,
    stamps: &[Stamp],
    seal: Option<&Seal>,
    references: &[(String, Vec<u8>)],
    time: Time,
    signer: &Certificate,
) -> String {
    let algorithm = match signer.public_key().curve() {
        Some(curve) => curve.signature_algorithm().oid(),
        None => yinxin_pki::oid::SM2_WITH_SM3,
    };
    let digits: String = time.to_string().chars().filter(char::is_ascii_digit).collect();
    let mut out = xml_head_with("Signature", "");
    // Writing to a String does not fail.
    let _ = write!(
        out,
        "<ofd:SignedInfo><ofd:Provider ProviderName=\"Yinxin\" Version=\"{}\" Company=\"Yinxin\"/>\
         <ofd:SignatureMethod>{algorithm}</ofd:SignatureMethod>\
         <ofd:SignatureDateTime>{digits}Z</ofd:SignatureDateTime>\
         <ofd:References CheckMethod=\"{}\">",
        env!("CARGO_PKG_VERSION"),
        DigestAlgorithm::Sm3.oid()
    );
    for (path, digest) in references {
        let _ = write!(
            out,
            "<ofd:Reference FileRef=\"/{}\"><ofd:CheckValue>{}</ofd:CheckValue></ofd:Reference>",
            escape(path),
            base64::encode(digest)
        );
    }
    out.push_str("</ofd:References>");
    for (index, stamp) in stamps.iter().enumerate() {
        let page = usize::try_from(stamp.page).ok().and_then(|page| page.checked_sub(1));
        let Some(page) = page.and_then(|page| document.pages().get(page)) else { continue };
        let _ = write!(
            out,
            "<ofd:StampAnnot ID=\"{}\" PageRef=\"{}\" Boundary=\"{}\"",
            index + 1,
            escape(&page.id),
            stamp.boundary
        );
        if let Some(clip) = &stamp.clip {
            let _ = write!(out, " Clip=\"{clip}\"");
        }
        out.push_str("/>");
    }
    let own = escape(own);
    if seal.is_some() {
        let _ = write!(out, "<ofd:Seal><ofd:BaseLoc>/{own}/Seal.esl</ofd:BaseLoc></ofd:Seal>");
    }
    let _ = write!(
        out,
        "</ofd:SignedInfo><ofd:SignedValue>/{own}/SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    );
    out
}

#[derive(Clone, Debug)]
enum Making {
    Seal(Box<SignatureMaking>),
    Sign(Box<(cms::Signing, Format, Certificate)>),
}

/// A package waiting for its signature value.
#[derive(Clone, Debug)]
pub struct Prepared {
    draft: Drafted,
    making: Making,
}

impl Prepared {
    /// What goes to the key.
    #[must_use]
    pub const fn to_sign(&self) -> &ToSign {
        match &self.making {
            Making::Seal(making) => making.to_sign(),
            Making::Sign(making) => making.0.to_sign(),
        }
    }

    /// What is to be signed, for a key that builds the structure by itself; `None` for a signature
    /// without a seal.
    #[must_use]
    pub const fn seal_making(&self) -> Option<&SignatureMaking> {
        match &self.making {
            Making::Seal(making) => Some(making),
            Making::Sign(_) => None,
        }
    }

    /// Takes the key's answer and checks it against the certificate before anything is written.
    ///
    /// # Errors
    ///
    /// [`OfdError::Seal`]: another key's answer, or to another question.
    pub fn finish(self, answer: &[u8]) -> Result<Signed, OfdError> {
        let value = match self.making {
            Making::Seal(making) => Value::Seal(Box::new(making.finish(answer)?)),
            Making::Sign(making) => {
                let (signing, format, certificate) = *making;
                let signer = signing
                    .finish(answer)
                    .map_err(|error| OfdError::Seal(SealError::Signature(error)))?;
                Value::Sign(Box::new((signer, format, certificate)))
            }
        };
        Ok(Signed { draft: self.draft, value })
    }
}

#[derive(Clone, Debug)]
enum Value {
    Seal(Box<SealSignature>),
    Sign(Box<(SignerInfo, Format, Certificate)>),
}

/// A package with its signature value, which may still get a timestamp.
#[derive(Clone, Debug)]
pub struct Signed {
    draft: Drafted,
    value: Value,
}

impl Signed {
    /// The signature value: what a timestamp is taken over.
    #[must_use]
    pub fn signature_value(&self) -> &[u8] {
        match &self.value {
            Value::Seal(signature) => signature.signature(),
            Value::Sign(sign) => sign.0.signature(),
        }
    }

    /// Adds a timestamp token over [`signature_value`](Self::signature_value).
    ///
    /// # Errors
    ///
    /// [`OfdError::Seal`] where the structure has no place for it.
    pub fn with_timestamp(mut self, token: &[u8]) -> Result<Self, OfdError> {
        self.value = match self.value {
            Value::Seal(signature) => Value::Seal(Box::new(signature.with_timestamp(token)?)),
            Value::Sign(sign) => {
                let (signer, format, certificate) = *sign;
                let signer = signer.with_unsigned(timestamp_attribute(token));
                Value::Sign(Box::new((signer, format, certificate)))
            }
        };
        Ok(self)
    }

    /// The seal signature; `None` for a signature without a seal.
    #[must_use]
    pub fn seal_signature(&self) -> Option<&SealSignature> {
        match &self.value {
            Value::Seal(signature) => Some(signature),
            Value::Sign(_) => None,
        }
    }

    /// The package's bytes.
    ///
    /// # Errors
    ///
    /// [`OfdError::Limit`] for more than a ZIP holds.
    pub fn into_bytes(self) -> Result<Vec<u8>, OfdError> {
        let value = match self.value {
            Value::Seal(signature) => signature.as_der().to_vec(),
            Value::Sign(sign) => {
                let (signer, format, certificate) = *sign;
                let around = assemble(format, &format.data(), None, &[&certificate], &[signer])
                    .map_err(|_| {
                        OfdError::Seal(SealError::UnknownStructure { tags: Vec::new() })
                    })?;
                [around.before, around.after].concat()
            }
        };
        self.draft.write(&value)
    }
}

impl Element {
    /// Whether nothing is in it.
    #[cfg(test)]
    fn is_bare(&self) -> bool {
        self.children.is_empty() && self.text.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ofd::limits::Limits;

    #[test]
    fn edited_xml_gets_a_declaration_and_keeps_the_rest() {
        let old = b"<a>\r\n<b/></a>";
        let new = edit(old, vec![(9..9, "<c/>".into())]);
        let text = String::from_utf8(new.clone()).unwrap();
        assert_eq!(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\r\n<b/><c/></a>");
        let root = Element::parse(&new, "a", &Limits::default()).unwrap();
        assert!(root.child("b").unwrap().is_bare());
    }
}
