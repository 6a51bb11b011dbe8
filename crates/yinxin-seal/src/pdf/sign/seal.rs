//! Seal signatures (`GM.sm2seal`).

use std::io::Write;

use yinxin_pki::{DigestAlgorithm, SigningCertificate, Time, ToSign};

use super::super::document::Document;
use super::super::image::Image;
use super::{Hole, Names, PdfError, SignatureField, lay};
use crate::es::{self, Seal, SealSignature};
use crate::placement::Stamp;

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

    /// What is to be signed, for a key that builds the structure by itself.
    #[must_use]
    pub const fn making(&self) -> &es::SignatureMaking {
        &self.making
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

    /// The whole structure.
    #[must_use]
    pub const fn seal_signature(&self) -> &SealSignature {
        &self.signature
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
