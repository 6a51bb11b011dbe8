//! Document timestamps (`ETSI.RFC3161`).

use std::io::Write;

use yinxin_pki::timestamp::{TimestampRequest, TimestampToken};
use yinxin_pki::{Digest, DigestAlgorithm};

use super::super::document::Document;
use super::{Hole, Names, PdfError, SignatureField, TIMESTAMP, lay};

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
