//! Evidence for verification that a document carries: certificates, lists and answers (DSS).

use std::io::Write;

use yinxin_pki::digest::sha1;
use yinxin_pki::revocation::{Crl, OcspResponse, RevocationData};
use yinxin_pki::{Certificate, Time};

use super::document::Document;
use super::increment::Increment;
use super::object::{Dictionary, Object};
use super::{PdfError, write};

/// Evidence (验证资料): what somebody needs to verify signatures later. Nothing of it is believed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Evidence {
    /// Certificates of chains.
    pub certificates: Vec<Certificate>,
    /// Lists and answers.
    pub revocation: RevocationData,
}

impl Evidence {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Most entries of each kind that are read.
    const MOST: usize = 256;
    /// Most bytes of one entry.
    const LARGEST: usize = 8 << 20;
}

impl Document<'_> {
    /// The evidence in the document (`/DSS`); entries that cannot be read are passed over.
    ///
    /// # Errors
    ///
    /// [`PdfError`] for a document that is damaged.
    pub fn evidence(&self) -> Result<Evidence, PdfError> {
        let now = self.last();
        let mut evidence = Evidence::new();
        let (_, catalog) = self.catalog(now)?;
        let Some(store) = self.dictionary(&catalog, "DSS", now)? else { return Ok(evidence) };
        for der in self.entries(&store, "Certs")? {
            evidence.certificates.extend(Certificate::from_der(&der));
        }
        for der in self.entries(&store, "CRLs")? {
            evidence.revocation.crls.extend(Crl::from_der(&der));
        }
        for der in self.entries(&store, "OCSPs")? {
            evidence.revocation.ocsp.extend(OcspResponse::from_der(&der));
        }
        Ok(evidence)
    }

    fn entries(&self, store: &Dictionary, key: &str) -> Result<Vec<Vec<u8>>, PdfError> {
        let now = self.last();
        let mut found = Vec::new();
        let mut total = 0;
        for entry in self.array(store, key, now)?.iter().take(Evidence::MOST) {
            let Object::Stream(stream) = self.resolve(entry, now)? else { continue };
            let Ok(bytes) = self.decoded(&stream, now, Evidence::LARGEST) else { continue };
            total += bytes.len();
            if total > Evidence::LARGEST * 2 {
                break;
            }
            found.push(bytes);
        }
        Ok(found)
    }
}

/// Adds evidence as a new revision: `/DSS` with what it had and this, and a `/VRI` entry for every
/// signature. `made` is the time of collection; the whole file goes to the sink.
///
/// OCSP answers are given as DER, since an answer that was read does not keep its bytes.
///
/// ```
/// use yinxin_pki::{Certificate, Time};
/// use yinxin_seal::pdf::{Document, PdfError, add_evidence};
///
/// fn keep(file: &[u8], chain: &[Certificate], crl: &[u8], now: Time) -> Result<Vec<u8>, PdfError> {
///     let mut out = Vec::new();
///     add_evidence(&Document::from_bytes(file)?, chain, &[crl], &[], now, &mut out)?;
///     Ok(out)
/// }
/// ```
///
/// # Errors
///
/// [`PdfError`]: the document cannot be extended, or the sink failed.
pub fn add_evidence(
    document: &Document<'_>,
    certificates: &[Certificate],
    crls: &[&[u8]],
    ocsp: &[&[u8]],
    made: Time,
    sink: &mut impl Write,
) -> Result<(), PdfError> {
    let now = document.last();
    let mut increment = Increment::new(document)?;
    let (root, mut catalog) = document.catalog(now)?;
    let mut store = document.dictionary(&catalog, "DSS", now)?.unwrap_or_default();
    let mut indices = Dictionary::default();
    let lists: [(&str, &str, Vec<&[u8]>); 3] = [
        ("Certs", "Cert", certificates.iter().map(Certificate::as_der).collect()),
        ("CRLs", "CRL", crls.to_vec()),
        ("OCSPs", "OCSP", ocsp.to_vec()),
    ];
    for (key, own, list) in lists {
        let mut all = document.array(&store, key, now)?;
        let mut new = Vec::new();
        for der in list {
            let id = increment.add_stream(Dictionary::default(), der)?;
            new.push(Object::Reference(id));
        }
        all.extend(new.iter().cloned());
        if !all.is_empty() {
            store.set(key, Object::Array(all));
        }
        if !new.is_empty() {
            indices.set(own, Object::Array(new));
        }
    }
    let digits: String = made.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    indices.set("TU", Object::text(format!("D:{digits}Z")));
    let mut related = document.dictionary(&store, "VRI", now)?.unwrap_or_default();
    for field in document.form(now)?.signatures {
        let Some((_, value)) = field.value else { continue };
        if let Some(Object::String(contents)) = value.get("Contents") {
            let name = write::hex(&sha1(&contents.bytes));
            let name = String::from_utf8_lossy(&name).into_owned();
            related.set(&name, Object::Dictionary(indices.clone()));
        }
    }
    if !related.0.is_empty() {
        store.set("VRI", Object::Dictionary(related));
    }
    match catalog.get("DSS") {
        Some(Object::Reference(id)) => increment.put(*id, &Object::Dictionary(store)),
        _ => {
            let id = increment.add(&Object::Dictionary(store))?;
            catalog.set("DSS", Object::Reference(id));
            increment.put(root, &Object::Dictionary(catalog));
        }
    }
    let appendix = increment.finish(root)?;
    document.source().stream(0, document.len(), |piece| sink.write_all(piece))?;
    sink.write_all(&appendix.bytes)?;
    Ok(())
}
