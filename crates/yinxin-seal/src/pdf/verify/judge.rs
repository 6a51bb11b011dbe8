//! One signature by the steps that do not depend on the others.

use yinxin_pki::certificate::Certificate;
use yinxin_pki::cms::{CmsError, SignedData};
use yinxin_pki::report::Outcome;
use yinxin_pki::timestamp::TimestampToken;
use yinxin_pki::{Digest, DigestAlgorithm, Fact, SignatureAlgorithm, Time};

use super::super::digest::{self, Digests};
use super::super::document::Document;
use super::super::object::Object;
use super::super::page::{millimetres, rectangle};
use super::super::{PdfError, looks};
use super::{Candidate, Content};
use crate::check::Check;
use crate::es::{SealSignature, check_declared};
use crate::placement::{Rect, Stamp};
use crate::report::{SignatureKind, StepId, Steps};

/// One signature's steps, and what was found out on the way.
pub(super) struct Judged {
    pub(super) kind: SignatureKind,
    pub(super) steps: Steps,
    pub(super) signer: Option<Certificate>,
    pub(super) seal: Option<crate::es::Seal>,
    pub(super) declared: Option<Time>,
    pub(super) trusted: Option<Time>,
    pub(super) stamps: Vec<Stamp>,
}

pub(super) struct Judge<'j, 'd> {
    pub(super) document: &'j Document<'d>,
    pub(super) candidate: &'j Candidate,
    pub(super) digests: Option<&'j Digests>,
}

impl Judge<'_, '_> {
    pub(super) fn steps(
        &self,
        check: &Check<'_>,
        stamped: &[(usize, Time)],
    ) -> Result<Judged, PdfError> {
        let kind = match &self.candidate.content {
            Content::Seal(_) => SignatureKind::Seal,
            _ => SignatureKind::Sign,
        };
        let mut judged = Judged {
            kind,
            steps: Steps::new(),
            signer: None,
            seal: None,
            declared: None,
            trusted: None,
            stamps: self.stamps()?,
        };
        judged.steps.ok(StepId::Container, vec![]);
        if let Err(why) = &self.candidate.range {
            judged.steps.fail_code(StepId::Digest, "byte_range", vec![Fact::text("why", *why)]);
        }
        // A timestamp over the whole document, made after this signature.
        let later = self.candidate.range.as_ref().ok().and_then(|range| {
            let after = stamped.iter().filter(|(revision, _)| *revision > range.revision);
            after.map(|(_, time)| *time).min()
        });
        let at_then = later.map(|time| check.clone().judged_at(time));
        let check = at_then.as_ref().unwrap_or(check);
        judged.trusted = later;
        match &self.candidate.content {
            Content::Bare(value) => self.bare(value, check, &mut judged)?,
            Content::Cms(signed, inside) => {
                self.cms(signed, inside.as_deref(), check, &mut judged)?;
            }
            Content::Seal(signature) => self.seal(signature, check, &mut judged)?,
            Content::Timestamp(token) => self.timestamp(token, check, &mut judged),
            Content::Unreadable(code, facts) => {
                judged.steps.fail_code(StepId::Structure, code, facts.clone());
            }
        }
        if let (Some(time), None | Some(Outcome::Skipped(_))) =
            (later, judged.steps.outcome(StepId::Timestamp))
        {
            let facts =
                vec![Fact::text("time", time.to_string()), Fact::text("over", "the document")];
            judged.steps.ok(StepId::Timestamp, facts);
        }
        Ok(judged)
    }

    /// Without a usable range there is no digest to judge by.
    fn plain(&self, algorithm: DigestAlgorithm) -> Option<&Digest> {
        self.digests.and_then(|digests| digests.plain(algorithm))
    }

    fn seal(
        &self,
        signature: &SealSignature,
        check: &Check<'_>,
        judged: &mut Judged,
    ) -> Result<(), PdfError> {
        let protected = self.plain(DigestAlgorithm::Sm3);
        let bytes = protected.map_or(&[][..], AsRef::as_ref);
        let found = signature.verify(bytes, check, &mut judged.steps);
        judged.signer = found.signer;
        judged.declared = found.declared;
        judged.trusted = found.timestamp.map(|timestamp| timestamp.time).or(judged.trusted);
        judged.seal = Some(signature.seal().clone());
        let now = self.document.last();
        let shown = looks::shows(self.document, &self.candidate.field, signature.seal(), now)?;
        match shown {
            looks::Shown::Picture => judged.steps.ok(StepId::Appearance, vec![]),
            looks::Shown::Nothing => {
                judged.steps.warn(StepId::Appearance, "no_appearance", vec![]);
            }
            looks::Shown::Unknown => {
                judged.steps.warn(StepId::Appearance, "appearance_not_compared", vec![]);
            }
            looks::Shown::Other => {
                judged.steps.fail_code(StepId::Appearance, "appearance_differs", vec![]);
            }
        }
        Ok(())
    }

    fn cms(
        &self,
        signed: &SignedData,
        inside: Option<&[u8]>,
        check: &Check<'_>,
        judged: &mut Judged,
    ) -> Result<(), PdfError> {
        let steps = &mut judged.steps;
        no_seal(steps);
        let [signer] = signed.signers() else {
            let facts = vec![Fact::count("signers", signed.signers().len())];
            steps.fail_code(StepId::Structure, "signers", facts);
            return Ok(());
        };
        steps.ok(StepId::Structure, vec![]);
        steps.ok(StepId::Version, vec![]);
        let certificate = signed
            .certificates()
            .iter()
            .filter_map(|der| Certificate::from_der(der).ok())
            .chain(check.given().iter().cloned())
            .find(|one| signer.is_named(one));
        let Some(certificate) = certificate else {
            steps.fail(StepId::SigValue, &CmsError::SignerCertificate);
            return Ok(());
        };

        // The digest: of the file where it is detached, by the file where it is held.
        let cms_digests = match inside {
            None => self.digests.map(|digests| &digests.cms),
            Some(held) => {
                let own = self.plain(DigestAlgorithm::Sm3).map(AsRef::as_ref);
                if self.candidate.range.is_ok() {
                    if own == Some(held) {
                        steps.ok(StepId::Digest, vec![]);
                    } else {
                        steps.fail_code(StepId::Digest, "digest_mismatch", vec![]);
                    }
                }
                signed.digests()
            }
        };
        match cms_digests {
            None => steps.skip(StepId::SigValue, "byte_range"),
            Some(digests) => {
                let direct = match (signer.content_hasher(certificate.public_key()), inside) {
                    (None, _) => None,
                    (Some(mut hasher), Some(held)) => {
                        hasher.update(held);
                        Some(hasher.finish())
                    }
                    (Some(hasher), None) => match &self.candidate.range {
                        Ok(range) => Some(digest::direct(self.document, range, hasher)?),
                        Err(_) => None,
                    },
                };
                match signer.verify(signed, &certificate, digests, direct) {
                    Ok(found) => {
                        match found.oddities.first() {
                            Some(oddity) => {
                                let facts = vec![Fact::text("oddity", oddity.code())];
                                steps.warn(StepId::SigValue, "oddity", facts);
                            }
                            None => steps.ok(StepId::SigValue, vec![]),
                        }
                        if inside.is_none() {
                            steps.ok(StepId::Digest, vec![]);
                        }
                        judged.declared = found.signing_time;
                    }
                    // The attributes were signed, by this key, and over another document.
                    Err(CmsError::MessageDigest) => {
                        steps.ok(StepId::SigValue, vec![]);
                        steps.fail_code(StepId::Digest, "digest_mismatch", vec![]);
                    }
                    Err(error) => {
                        steps.fail(StepId::SigValue, &error);
                        steps.skip(StepId::Digest, "in_signature_value");
                    }
                }
            }
        }

        let token = signer.timestamp_token();
        let token = match token {
            Ok(token) => token,
            Err(error) => {
                steps.fail(StepId::Timestamp, &error);
                None
            }
        };
        let verified = check.timestamp_step(steps, token, signer.signature());
        let at = verified.as_ref().map_or_else(|| check.time(), |verified| verified.time);
        judged.trusted = verified.map(|verified| verified.time).or(judged.trusted);
        check.signer(steps, &certificate, at);
        check_declared(&certificate, judged.declared, at, steps);
        judged.signer = Some(certificate);
        Ok(())
    }

    /// A bare SM2 signature over the byte range, its certificate in `/Cert`.
    fn bare(&self, value: &[u8], check: &Check<'_>, judged: &mut Judged) -> Result<(), PdfError> {
        let steps = &mut judged.steps;
        no_seal(steps);
        steps.skip(StepId::Timestamp, "timestamp_missing");
        let now = self.document.last();
        let entry = match self.document.get(&self.candidate.value, "Cert", now)? {
            Object::Array(items) => match items.first() {
                Some(first) => self.document.resolve(first, now)?,
                None => Object::Null,
            },
            other => other,
        };
        let certificate = match &entry {
            Object::String(text) => Certificate::from_der(&text.bytes).ok(),
            _ => None,
        };
        let Some(certificate) = certificate else {
            steps.fail_code(StepId::Structure, "signer_certificate", vec![]);
            return Ok(());
        };
        steps.ok(StepId::Structure, vec![]);
        steps.ok(StepId::Version, vec![]);
        if let Ok(range) = &self.candidate.range {
            let key = certificate.public_key();
            let verified = key.hasher(SignatureAlgorithm::Sm2Sm3).map_err(PdfError::from);
            let verified = verified
                .and_then(|hasher| digest::direct(self.document, range, hasher))
                .and_then(|digest| {
                    let algorithm = SignatureAlgorithm::Sm2Sm3;
                    Ok(key.verify_digest(algorithm, digest.as_ref(), value)?)
                });
            match verified {
                Ok(()) => {
                    steps.ok(StepId::SigValue, vec![]);
                    steps.ok(StepId::Digest, vec![]);
                }
                Err(PdfError::Io(error)) => return Err(PdfError::Io(error)),
                Err(error) => {
                    steps.fail(StepId::SigValue, &error);
                    steps.skip(StepId::Digest, "in_signature_value");
                }
            }
        } else {
            steps.skip(StepId::SigValue, "byte_range");
        }
        check.signer(steps, &certificate, check.time());
        judged.signer = Some(certificate);
        Ok(())
    }

    /// A timestamp over the document.
    fn timestamp(&self, token: &TimestampToken, check: &Check<'_>, judged: &mut Judged) {
        let steps = &mut judged.steps;
        no_seal(steps);
        steps.ok(StepId::Structure, vec![]);
        steps.ok(StepId::Version, vec![]);
        let info = token.info();
        if self.candidate.range.is_ok() {
            if self.plain(info.algorithm) == Some(&info.digest) {
                steps.ok(StepId::Digest, vec![]);
            } else {
                steps.fail_code(StepId::Digest, "digest_mismatch", vec![]);
            }
        }
        match check.timestamp_of_digest(token, &info.digest) {
            Ok(verified) => {
                let facts = vec![Fact::text("time", verified.time.to_string())];
                for id in [StepId::SigValue, StepId::SignerChain, StepId::SignerTime] {
                    steps.ok(id, vec![]);
                }
                steps.ok(StepId::Timestamp, facts);
                judged.trusted = Some(verified.time);
                judged.signer = Some(verified.authority);
            }
            Err(crate::check::TimestampProblem::NoTrust) => {
                steps.skip(StepId::SigValue, "trust_missing");
                steps.skip(StepId::SignerChain, "trust_missing");
                steps.skip(StepId::SignerTime, "trust_missing");
                steps.skip(StepId::Timestamp, "timestamp_trust_missing");
            }
            Err(crate::check::TimestampProblem::Token(error)) => {
                steps.fail(StepId::Timestamp, &error);
            }
        }
    }

    /// Where it is shown.
    fn stamps(&self) -> Result<Vec<Stamp>, PdfError> {
        let now = self.document.last();
        let mut stamps = Vec::new();
        let pages = self.document.pages(now)?;
        for widget in self.candidate.field.widgets.iter().take(10_000) {
            let Object::Dictionary(entries) = self.document.object(*widget, now)? else { continue };
            let Some([left, bottom, right, top]) = rectangle(self.document, &entries, "Rect", now)?
            else {
                continue;
            };
            if right <= left || top <= bottom {
                continue;
            }
            let index = pages.iter().position(|page| Some(page.id) == entries.reference("P"));
            let Some((index, page)) = index.and_then(|i| Some((i, pages.get(i)?))) else {
                continue;
            };
            let (one, two) = (page.to_shown(left, bottom), page.to_shown(right, top));
            stamps.push(Stamp {
                page: u32::try_from(index + 1).unwrap_or(u32::MAX),
                boundary: Rect {
                    x: millimetres(one.0.min(two.0)),
                    y: millimetres(one.1.min(two.1)),
                    width: millimetres((one.0 - two.0).abs()),
                    height: millimetres((one.1 - two.1).abs()),
                },
                clip: None,
            });
        }
        Ok(stamps)
    }
}

/// The steps of a seal, for a signature that has none.
fn no_seal(steps: &mut Steps) {
    for id in [
        StepId::SignerInSeal,
        StepId::SealStructure,
        StepId::SealValue,
        StepId::MakerChain,
        StepId::SealWindow,
        StepId::SealStatus,
        StepId::Appearance,
    ] {
        steps.skip(id, "no_seal");
    }
}
