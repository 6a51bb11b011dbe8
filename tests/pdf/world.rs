//! An authority, two units with a seal each, and files they sealed.

use std::sync::LazyLock;

use yinxin_ca::Role;
use yinxin_ca::fixture::{Fixture, NOW, request};
use yinxin_pki::cms::{Format, SignDraft};
use yinxin_pki::timestamp::TimestampToken;
use yinxin_pki::{Certificate, Curve, SigningCertificate, SigningKey, Time, ToSign};
use yinxin_seal::check::Check;
use yinxin_seal::es::{Picture, Seal};
use yinxin_seal::maker::SealDraft;
use yinxin_seal::pdf::{
    Document, PdfError, SignatureField, TimestampPrepared, prepare_cms, prepare_seal,
    prepare_timestamp, verify,
};
use yinxin_seal::picture::template::Template;
use yinxin_seal::picture::{Font, Resolution, SealDesign};
use yinxin_seal::placement::{Millimetres, Placement, Side, Straddle};
use yinxin_seal::report::{DocumentReport, StepId, Verdict};

/// The clock of every test.
pub const CLOCK: Time = NOW;

/// Whose key signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Who {
    First,
    Second,
}

/// One authority, two units.
pub struct World {
    pub fixture: Fixture,
    second: (SigningCertificate, SigningKey),
}

/// A round seal of 40 mm with a transparent ground.
pub static PICTURE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/yinxin-cli/assets/font/NotoSerifSC-SemiBold-subset.ttf"
    );
    let bytes = std::fs::read(path).unwrap();
    let font = Font::parse(&bytes).unwrap();
    let design = SealDesign::new(Template::Round, "甲公司").width_mm(40.0);
    let resolution = Resolution::from_dpi(300.0).unwrap();
    design.draw(&font).unwrap().to_pixels(resolution).unwrap().to_png(resolution).unwrap()
});

impl World {
    pub fn new(curve: Curve) -> Self {
        let mut fixture = Fixture::new(curve).unwrap();
        let (request, key) = request(curve, "C=CN,O=乙公司,CN=乙公司", &mut fixture.rng).unwrap();
        let issue =
            fixture.authority.issue_holder(&request, None, 365, CLOCK, &mut fixture.rng).unwrap();
        let certificate = issue.certificates.signing().clone();
        Self { fixture, second: (certificate, key) }
    }

    pub fn certificate(&self, who: Who) -> SigningCertificate {
        match who {
            Who::First => self.fixture.holder.certificates.signing().clone(),
            Who::Second => self.second.0.clone(),
        }
    }

    pub fn answer(&mut self, who: Who, to_sign: &ToSign) -> Vec<u8> {
        let rng = &mut self.fixture.rng;
        let key = match who {
            Who::First => &self.fixture.signing_key,
            Who::Second => &self.second.1,
        };
        key.sign(to_sign, rng).unwrap()
    }

    /// The seal of a unit.
    pub fn seal(&mut self, who: Who) -> Seal {
        self.seal_of(who, "PNG", PICTURE.clone())
    }

    /// The seal of a unit with another picture.
    pub fn seal_of(&mut self, who: Who, kind: &str, data: Vec<u8>) -> Seal {
        let picture = Picture {
            kind: kind.into(),
            data,
            width: Millimetres::whole(40),
            height: Millimetres::whole(40),
        };
        let signer = self.certificate(who);
        let (id, name) = match who {
            Who::First => ("37030000001721", "甲公司"),
            Who::Second => ("32010600000001", "乙公司"),
        };
        let until = signer.validity().not_after;
        let draft = SealDraft::new(id, name, picture, vec![signer], CLOCK, until);
        let member = self.fixture.authority.member(Role::SealMaker);
        let maker = SigningCertificate::new(member.certificate().clone()).unwrap();
        let making = draft.make(&maker).unwrap();
        let answer = member.key().sign(making.to_sign(), &mut self.fixture.rng).unwrap();
        making.finish(&answer).unwrap()
    }

    /// Seals a file.
    pub fn sealed(
        &mut self,
        who: Who,
        file: &[u8],
        placement: &Placement,
        field: &SignatureField,
    ) -> Vec<u8> {
        self.try_sealed(who, file, placement, field).unwrap()
    }

    pub fn try_sealed(
        &mut self,
        who: Who,
        file: &[u8],
        placement: &Placement,
        field: &SignatureField,
    ) -> Result<Vec<u8>, PdfError> {
        let seal = self.seal(who);
        let certificate = self.certificate(who);
        let document = Document::from_bytes(file)?;
        let stamps = document.stamps(placement, seal.size())?;
        let mut out = Vec::new();
        let prepared =
            prepare_seal(&document, field, seal, &stamps, &certificate, CLOCK, &mut out)?;
        let answer = self.answer(who, prepared.to_sign());
        out.extend(prepared.finish(&answer)?.into_bytes()?);
        Ok(out)
    }

    /// Seals the first page of a file, for tests that do not care where.
    pub fn simply_sealed(&mut self, who: Who, file: &[u8]) -> Vec<u8> {
        self.sealed(who, file, &at(120, 200), &SignatureField::new().time(CLOCK))
    }

    /// Signs a file with a CMS.
    pub fn signed(&mut self, who: Who, file: &[u8], field: &SignatureField) -> Vec<u8> {
        self.try_signed(who, file, field, |draft| draft.signing_time(CLOCK)).unwrap()
    }

    pub fn try_signed(
        &mut self,
        who: Who,
        file: &[u8],
        field: &SignatureField,
        with: impl FnOnce(SignDraft) -> SignDraft,
    ) -> Result<Vec<u8>, PdfError> {
        let document = Document::from_bytes(file)?;
        let certificate = self.certificate(who);
        let draft = with(SignDraft::new(Format::Rfc5652, &certificate).unwrap());
        let mut out = Vec::new();
        let prepared = prepare_cms(&document, field, draft, &mut out)?;
        let answer = self.answer(who, prepared.to_sign());
        let signed = prepared.finish(&answer)?;
        let between = self.fixture.intermediates();
        let chain: Vec<&Certificate> =
            std::iter::once(certificate.certificate()).chain(&between).collect();
        out.extend(signed.into_bytes(&chain)?);
        Ok(out)
    }

    /// A timestamp over a whole document.
    pub fn stamped(&mut self, file: &[u8], at: Time) -> Vec<u8> {
        let document = Document::from_bytes(file).unwrap();
        let mut out = Vec::new();
        let algorithm = match self.fixture.signing_key.as_private().curve() {
            Curve::P256 => yinxin_pki::DigestAlgorithm::Sha256,
            _ => yinxin_pki::DigestAlgorithm::Sm3,
        };
        let prepared: TimestampPrepared =
            prepare_timestamp(&document, algorithm, &mut out).unwrap();
        let request = prepared.request(None).to_der();
        let rng = &mut self.fixture.rng;
        let response = self.fixture.authority.timestamp(&request, at, rng).unwrap();
        out.extend(prepared.finish(&TimestampToken::from_der(&response).unwrap()).unwrap());
        out
    }

    /// The report, or why there is none.
    pub fn try_report(&self, file: &[u8]) -> Result<DocumentReport, PdfError> {
        let between = self.fixture.intermediates();
        let trust = &self.fixture.trust;
        let check = Check::new(trust, CLOCK).timestamps(trust).intermediates(&between);
        verify(&Document::from_bytes(file)?, &check)
    }

    pub fn report(&self, file: &[u8]) -> DocumentReport {
        self.try_report(file).unwrap()
    }

    /// Verdicts of all signatures.
    pub fn verdicts(&self, file: &[u8]) -> Vec<Verdict> {
        self.report(file).signatures.iter().map(|signature| signature.verdict).collect()
    }

    /// The first signature's first failing step and its code; the error's code under `container`
    /// where there is no report.
    pub fn first_failing(&self, file: &[u8]) -> (Option<StepId>, String) {
        use yinxin_pki::Explain;
        match self.try_report(file) {
            Err(error) => (Some(StepId::Container), error.code().to_owned()),
            Ok(report) => match report.signatures.first() {
                None => (Some(StepId::Container), "no_signature".to_owned()),
                Some(first) => {
                    let step = first.first_failing.and_then(|id| first.step(id));
                    let code = step.and_then(|step| step.outcome.code()).unwrap_or_default();
                    (first.first_failing, code.to_owned())
                }
            },
        }
    }

    /// No signature of a file is valid, whatever it is.
    pub fn is_valid(&self, file: &[u8]) -> bool {
        self.try_report(file)
            .is_ok_and(|report| report.signatures.iter().any(|one| one.verdict == Verdict::Valid))
    }
}

/// On the first page.
pub const fn at(left: i32, top: i32) -> Placement {
    Placement::At { page: 1, left: Millimetres::whole(left), top: Millimetres::whole(top) }
}

/// Over all pages at the right edge.
pub fn straddle() -> Placement {
    Placement::Straddle(Straddle::new(Side::Right))
}

/// Keeps a file where a person or another program can look, when `YINXIN_KEEP` names a folder.
pub fn keep(name: &str, file: &[u8]) {
    if let Ok(folder) = std::env::var("YINXIN_KEEP") {
        std::fs::write(format!("{folder}/{name}.pdf"), file).unwrap();
    }
}
