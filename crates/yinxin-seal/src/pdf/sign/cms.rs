//! CMS signatures (`adbe.pkcs7.detached`), with SM2 or P-256.

use std::io::Write;

use yinxin_pki::cms::{self, Format, SignDraft, SignerInfo};
use yinxin_pki::{Certificate, ToSign};

use super::super::document::Document;
use super::super::image::Image;
use super::{Hole, Names, PdfError, SignatureField, lay};
use crate::placement::Stamp;

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
