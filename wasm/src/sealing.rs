//! Files prepared for a phone's seal, and finished with what it signed.

use core::fmt;

use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::seal::es::{Seal, SealSignature};
use yinxin::seal::ofd::{self, Limits, Package, SignOptions};
use yinxin::seal::pdf::{Document, SealPrepared, SignatureField, prepare_seal, remove_last_seal};
use yinxin::seal::placement::{Millimetres, Placement, Point, Size};
use yinxin::seal::revoke::{Revocation, RevocationStatement};
use yinxin::{Certificate, DigestAlgorithm, SigningCertificate, Time};

use crate::error::Failure;

/// A document's format, by its first octets.
#[derive(Clone, Copy, Debug)]
enum Format {
    Ofd,
    Pdf,
}

impl Format {
    fn of(document: &[u8]) -> Result<Self, Failure> {
        // PDF allows a kilobyte of anything before its head.
        let head = document.get(..1024).unwrap_or(document);
        if document.starts_with(b"PK\x03\x04") {
            Ok(Self::Ofd)
        } else if head.windows(5).any(|five| five == b"%PDF-") {
            Ok(Self::Pdf)
        } else {
            Err(Failure::refused("unknown_format", "neither an OFD nor a PDF file"))
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Ofd => "ofd",
            Self::Pdf => "pdf",
        }
    }
}

/// A point of a page, micrometres from its top left.
#[derive(Clone, Copy, Debug, Deserialize)]
struct PointText {
    page: u32,
    x: u32,
    y: u32,
}

/// What a document is: JSON `{format, pages: [{width, height}]}`, micrometres.
///
/// # Errors
///
/// `unknown_format`; those of OFD and PDF files.
#[wasm_bindgen(js_name = describeDocument)]
pub fn describe_document(document: &[u8]) -> Result<String, Failure> {
    let format = Format::of(document)?;
    let sizes = match format {
        Format::Ofd => Package::read(document, &Limits::desk())?.document(1)?.page_sizes(),
        Format::Pdf => Document::from_bytes(document)?.page_sizes()?,
    };
    let page = |size: &Size| json!({"width": size.width.micrometres(), "height": size.height.micrometres()});
    let pages: Vec<_> = sizes.iter().map(page).collect();
    Ok(json!({"format": format.name(), "pages": pages}).to_string())
}

/// A file that waits for what the phone signs.
#[wasm_bindgen]
pub struct PreparedSealHandle {
    made: Made,
    data_hash: Vec<u8>,
    property: String,
}

enum Made {
    Ofd(Box<ofd::Prepared>),
    Pdf { prepared: Box<SealPrepared>, so_far: Vec<u8> },
}

#[wasm_bindgen]
impl PreparedSealHandle {
    /// Prepares a document with an offered seal: `placements` is JSON `[{page, x, y}]`, `time` the
    /// time of the seal signature in seconds since 1970, UTC.
    ///
    /// # Errors
    ///
    /// `unknown_format`; those of seals, places and documents.
    #[wasm_bindgen(constructor)]
    pub fn new(
        document: &[u8],
        seal: &[u8],
        certificate: &[u8],
        placements: &str,
        time: f64,
    ) -> Result<Self, Failure> {
        let seal = Seal::from_der(seal)?;
        let signer = SigningCertificate::new(Certificate::from_der(certificate)?)?;
        let placement = placement(placements)?;
        let time = seconds(time);
        let missing = || Failure::refused("placement", "a seal was to be placed");
        match Format::of(document)? {
            Format::Ofd => {
                let package = Package::read(document, &Limits::desk())?;
                let options = SignOptions::new(time);
                let prepared = ofd::seal(&package, seal, &placement, &signer, options)?;
                let making = prepared.seal_making().ok_or_else(missing)?;
                let data_hash = making.data_hash().as_ref().to_vec();
                let property = making.property().to_owned();
                Ok(Self { made: Made::Ofd(Box::new(prepared)), data_hash, property })
            }
            Format::Pdf => {
                let read = Document::from_bytes(document)?;
                let stamps = read.stamps(&placement, seal.size())?;
                let field = SignatureField::new().time(time);
                let mut so_far = Vec::new();
                let prepared =
                    prepare_seal(&read, &field, seal, &stamps, &signer, time, &mut so_far)?;
                let making = prepared.making();
                let data_hash = making.data_hash().as_ref().to_vec();
                let property = making.property().to_owned();
                let made = Made::Pdf { prepared: Box::new(prepared), so_far };
                Ok(Self { made, data_hash, property })
            }
        }
    }

    /// TBS_Sign's dataHash, 32 octets.
    #[wasm_bindgen(js_name = dataHash)]
    #[must_use]
    pub fn data_hash(&self) -> Vec<u8> {
        self.data_hash.clone()
    }

    /// TBS_Sign's propertyInfo.
    #[must_use]
    pub fn property(&self) -> String {
        self.property.clone()
    }

    /// The sealed file: the phone's signature value put where room was left, over the structure that
    /// was made here. It comes out as the phone built it, or not at all. This handle is used up.
    ///
    /// # Errors
    ///
    /// `answer_binding` for a structure that is not the one prepared here.
    pub fn finish(self, product: &[u8]) -> Result<Vec<u8>, Failure> {
        let made = SealSignature::from_der(product)?;
        match self.made {
            Made::Ofd(prepared) => {
                let signed = prepared.finish(made.signature())?;
                let same = signed.seal_signature().is_some_and(|own| own.as_der() == product);
                if same { Ok(signed.into_bytes()?) } else { Err(other()) }
            }
            Made::Pdf { prepared, mut so_far } => {
                let signed = prepared.finish(made.signature())?;
                if signed.seal_signature().as_der() != product {
                    return Err(other());
                }
                so_far.extend_from_slice(&signed.into_bytes()?);
                Ok(so_far)
            }
        }
    }
}

impl fmt::Debug for PreparedSealHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedSealHandle({})", self.property)
    }
}

/// A seal taken out of a file, to see what is left.
#[wasm_bindgen]
pub struct TakenSealHandle {
    signature: SealSignature,
    revocation: Revocation,
    restored: Vec<u8>,
}

#[wasm_bindgen]
impl TakenSealHandle {
    /// Takes signature `number`, from 1, out of a document.
    ///
    /// # Errors
    ///
    /// `unknown_format`; that there is no such seal, or others depend on it.
    #[wasm_bindgen(constructor)]
    pub fn new(document: &[u8], number: u32, reason: &str, time: f64) -> Result<Self, Failure> {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let time = seconds(time);
        match Format::of(document)? {
            Format::Ofd => {
                let package = Package::read(document, &Limits::desk())?;
                let taken = ofd::revoke(&package, number, reason, time)?;
                let (signature, revocation) = (taken.signature, taken.revocation);
                Ok(Self { signature, revocation, restored: taken.bytes.unwrap_or_default() })
            }
            Format::Pdf => {
                let read = Document::from_bytes(document)?;
                let mut restored = Vec::new();
                let taken = remove_last_seal(&read, number, reason, time, &mut restored)?;
                let (signature, revocation) = (taken.signature, taken.revocation);
                Ok(Self { signature, revocation, restored })
            }
        }
    }

    /// The seal's number.
    #[must_use]
    pub fn seal(&self) -> String {
        self.signature.seal().id().into()
    }

    /// SM3 of the signature value that is taken back.
    #[wasm_bindgen(js_name = signatureDigest)]
    #[must_use]
    pub fn signature_digest(&self) -> Vec<u8> {
        DigestAlgorithm::Sm3.digest(self.signature.signature()).as_ref().to_vec()
    }

    /// SM3 of the sealed file.
    #[must_use]
    pub fn before(&self) -> Vec<u8> {
        self.revocation.before().to_vec()
    }

    /// SM3 of the file without the seal.
    ///
    /// # Errors
    ///
    /// `not_restorable`.
    pub fn after(&self) -> Result<Vec<u8>, Failure> {
        let after = self.revocation.after();
        let missing =
            || Failure::refused("not_restorable", "the file before the seal is not known");
        after.map(<[u8]>::to_vec).ok_or_else(missing)
    }

    /// The file without the seal. It is only a file: nothing is revoked before
    /// [`check`](Self::check) has passed.
    #[must_use]
    pub fn restored(&self) -> Vec<u8> {
        self.restored.clone()
    }

    /// Whether the phone revoked exactly this use of the seal.
    ///
    /// # Errors
    ///
    /// `answer_binding` for another one.
    pub fn check(&self, product: &[u8]) -> Result<(), Failure> {
        let statement = RevocationStatement::from_der(product)?;
        let own = statement.revocation();
        let same = statement.is_about(self.signature.signature())
            && own.before() == self.revocation.before()
            && own.after() == self.revocation.after()
            && own.reason == self.revocation.reason;
        if same { Ok(()) } else { Err(other()) }
    }
}

impl fmt::Debug for TakenSealHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TakenSealHandle({})", self.signature.seal().id())
    }
}

fn other() -> Failure {
    Failure::refused("answer_binding", "what the phone signed is not what was prepared here")
}

fn placement(text: &str) -> Result<Placement, Failure> {
    let read: Result<Vec<PointText>, _> = serde_json::from_str(text);
    let wrong = || Failure::misuse("placement", "points are [{page, x, y}], micrometres");
    let length = |micrometres: u32| {
        i32::try_from(micrometres).map(Millimetres::from_micrometres).map_err(|_| wrong())
    };
    let mut points = Vec::new();
    for point in read.map_err(|_| wrong())? {
        points.push(Point { page: point.page, left: length(point.x)?, top: length(point.y)? });
    }
    if points.is_empty() { Err(wrong()) } else { Ok(Placement::Points(points)) }
}

/// Whole seconds since 1970, UTC.
fn seconds(time: f64) -> Time {
    let seconds = crate::number::whole(time);
    Time::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
}
