//! Sealed and signed documents and seals by themselves: verified here, drawn by the module `pages`.

use std::io::Cursor;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::finding::{Failure as Unreadable, Finding};
use yinxin::seal::es::Seal;
use yinxin::seal::ofd::{self, Limits, Package, ValidSeal};
use yinxin::seal::pdf;
use yinxin::seal::report::{DocumentReport, SignatureReport, Verdict};
use yinxin::seal::revoke::RevocationStatement;
use yinxin::verify::document::{Format, Lists, conclude};
use yinxin::verify::seal as alone;

use crate::error::Failure;
use crate::order;
use crate::say::say;
use crate::trust::TrustHandle;

/// A document or a seal with what was found of it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct DocumentHandle {
    finding: String,
    report: Option<DocumentReport>,
    drawable: Option<Drawable>,
}

/// An OFD whose pages can be drawn.
#[derive(Debug)]
struct Drawable {
    file: Vec<u8>,
    pages: usize,
}

#[wasm_bindgen]
impl DocumentHandle {
    /// Verifies an OFD or PDF file, a seal, a list of seals or a statement about one. What cannot be
    /// read is a finding, too.
    ///
    /// `status_list` is a signed list of the states of seals, `statements` are signed statements
    /// that a seal signature was revoked: DER.
    pub fn verify(
        bytes: Vec<u8>,
        trust: TrustHandle,
        status_list: Option<Vec<u8>>,
        statements: Vec<Uint8Array>,
        language: &str,
    ) -> Result<Self, Failure> {
        let mut read = Vec::new();
        for der in statements {
            read.push(RevocationStatement::from_der(&der.to_vec())?);
        }
        let lists = Lists { trust: trust.into_trust(), status_list, statements: read };
        Ok(match judge(bytes, &lists) {
            Ok((finding, report, drawable)) => {
                Self { finding: say(finding, language), report, drawable }
            }
            Err(failure) => {
                Self { finding: say(failure.into(), language), report: None, drawable: None }
            }
        })
    }

    /// The finding, as `yinxin verify --json` says it.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn finding(&self) -> String {
        self.finding.clone()
    }

    /// The picture of a seal, as it is in the seal, with its kind in front: `PNG\0…`. Nothing unless
    /// the signature of that number is valid.
    #[wasm_bindgen(js_name = sealPicture)]
    #[must_use]
    pub fn seal_picture(&self, number: usize) -> Option<Vec<u8>> {
        let picture = self.valid(number)?.seal.as_ref()?.picture();
        let mut out = picture.kind.to_ascii_uppercase().into_bytes();
        out.push(0);
        out.extend_from_slice(&picture.data);
        Some(out)
    }

    /// Pages of an OFD; 0 of anything else, which is not drawn.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn pages(&self) -> usize {
        self.drawable.as_ref().map_or(0, |one| one.pages)
    }

    /// The file as it was verified, for drawing.
    pub fn file(&self) -> Result<Vec<u8>, Failure> {
        let refused = || Failure::misuse("render_unsupported", "only pages of OFD are drawn");
        self.drawable.as_ref().map(|one| one.file.clone()).ok_or_else(refused)
    }

    /// What is drawn on its pages: an order of the seals that were found valid, in whole or in part.
    /// A seal that was not verified is not drawn: who sees it takes it for one.
    #[must_use]
    pub fn order(&self) -> Vec<u8> {
        let signatures = self.report.iter().flat_map(|report| &report.signatures);
        order::write(signatures.filter_map(ValidSeal::of))
    }
}

impl DocumentHandle {
    fn valid(&self, number: usize) -> Option<&SignatureReport> {
        let signatures = &self.report.as_ref()?.signatures;
        signatures.iter().find(|one| one.number == number && one.verdict == Verdict::Valid)
    }
}

type Judged = (Finding, Option<DocumentReport>, Option<Drawable>);

fn judge(bytes: Vec<u8>, lists: &Lists) -> Result<Judged, Unreadable> {
    match Format::of(&bytes) {
        Some(Format::Ofd) => {
            let report = lists.with_check(|check| ofd::verify(&bytes, &Limits::desk(), check))?;
            let pages = Package::read(&bytes, &Limits::desk())
                .and_then(|package| package.document(1))
                .map(|document| document.pages().len());
            let drawable = pages.ok().map(|pages| Drawable { file: bytes, pages });
            Ok((conclude(Format::Ofd, &report), Some(report), drawable))
        }
        Some(Format::Pdf) => {
            let document = pdf::Document::read(Cursor::new(bytes))?;
            let report = lists.with_check(|check| pdf::verify(&document, check))??;
            Ok((conclude(Format::Pdf, &report), Some(report), None))
        }
        None => {
            let seal = Seal::from_der(&bytes).ok();
            let finding = alone::verify(&bytes, lists)?;
            let report = match &seal {
                Some(seal) => Some(lists.with_check(|check| seal.verify(check))?),
                None => None,
            };
            let whole = report.map(|one| {
                let mut whole = DocumentReport::default();
                whole.signatures.push(one);
                whole
            });
            Ok((finding, whole, None))
        }
    }
}
