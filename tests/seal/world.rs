//! One authority, one unit, one seal, one clock.

use yinxin_ca::fixture::{Fixture, NOW, request};
use yinxin_ca::{HolderIssue, Member, Profile, Role};
use yinxin_pki::timestamp::TimestampRequest;
use yinxin_pki::{
    Certificate, Curve, Digest, DigestAlgorithm, SigningCertificate, SigningKey, Time, ToSign,
    TrustStore,
};
use yinxin_seal::check::Check;
use yinxin_seal::es::{Picture, Seal, SealSignature, SignatureDraft, Version};
use yinxin_seal::maker::SealDraft;
use yinxin_seal::placement::Millimetres;
use yinxin_seal::report::{SignatureKind, SignatureReport, StepId, Steps};

pub const DOCUMENT: &[u8] = b"the contract";

/// Another unit with certificates of its own.
pub struct Other {
    pub issue: HolderIssue,
    pub key: SigningKey,
}

pub struct World {
    pub fixture: Fixture,
    pub now: Time,
}

impl World {
    pub fn new() -> Self {
        Self::on(Curve::Sm2)
    }

    pub fn on(curve: Curve) -> Self {
        Self { fixture: Fixture::new(curve).unwrap(), now: NOW }
    }

    pub fn maker(&self) -> &Member {
        self.fixture.authority.member(Role::SealMaker)
    }

    pub fn signer(&self) -> SigningCertificate {
        self.fixture.holder.certificates.signing().clone()
    }

    pub fn other(&mut self) -> Other {
        let rng = &mut self.fixture.rng;
        let (request, key) = request(Curve::Sm2, "C=CN,O=乙公司,CN=乙公司", rng).unwrap();
        let issue =
            self.fixture.authority.issue_holder(&request, None, 365, self.now, rng).unwrap();
        Other { issue, key }
    }

    pub fn answer(&mut self, to_sign: &ToSign) -> Vec<u8> {
        self.fixture.signing_key.sign(to_sign, &mut self.fixture.rng).unwrap()
    }

    pub fn answer_by(&mut self, key: &SigningKey, to_sign: &ToSign) -> Vec<u8> {
        key.sign(to_sign, &mut self.fixture.rng).unwrap()
    }

    pub fn maker_answer(&mut self, to_sign: &ToSign) -> Vec<u8> {
        let rng = &mut self.fixture.rng;
        self.fixture.authority.member(Role::SealMaker).key().sign(to_sign, rng).unwrap()
    }

    /// Another seal maker of the same authority.
    pub fn second_maker(&mut self) -> (Certificate, SigningKey) {
        let rng = &mut self.fixture.rng;
        let (request, key) = request(Curve::Sm2, "C=CN,O=丙制章,CN=丙制章", rng).unwrap();
        let certificate = self
            .fixture
            .authority
            .issue(&request, Profile::SealMaker, None, 365, self.now, rng)
            .unwrap();
        (certificate, key)
    }

    pub fn draft(&self) -> SealDraft {
        let picture = Picture {
            kind: "PNG".into(),
            data: PIXEL.to_vec(),
            width: Millimetres::whole(40),
            height: Millimetres::whole(40),
        };
        let until = self.signer().validity().not_after;
        SealDraft::new("37030000001721", "甲公司", picture, vec![self.signer()], self.now, until)
    }

    pub fn make(&mut self, draft: SealDraft) -> Seal {
        let maker = SigningCertificate::new(self.maker().certificate().clone()).unwrap();
        let making = draft.make(&maker).unwrap();
        let answer = self.maker_answer(making.to_sign());
        making.finish(&answer).unwrap()
    }

    pub fn seal(&mut self, version: Version) -> Seal {
        let mut draft = self.draft();
        draft.version = version;
        self.make(draft)
    }

    pub fn sign(&mut self, seal: Seal) -> SealSignature {
        let draft =
            SignatureDraft::new(seal, digest(), "/Doc_0/Signs/Sign_0/Signature.xml", self.now);
        let making = draft.prepare(&self.signer()).unwrap();
        let answer = self.answer(making.to_sign());
        making.finish(&answer).unwrap()
    }

    /// A timestamp token over `data`.
    pub fn token(&mut self, data: &[u8], at: Time) -> Vec<u8> {
        let request = TimestampRequest {
            algorithm: DigestAlgorithm::Sm3,
            digest: DigestAlgorithm::Sm3.digest(data),
            nonce: None,
            certificate_wanted: true,
        };
        let rng = &mut self.fixture.rng;
        let response = self.fixture.authority.timestamp(&request.to_der(), at, rng).unwrap();
        yinxin_pki::timestamp::TimestampToken::from_der(&response).unwrap().as_der().to_vec()
    }

    pub fn intermediates(&self) -> Vec<yinxin_pki::Certificate> {
        self.fixture.intermediates()
    }
}

pub fn digest() -> Digest {
    DigestAlgorithm::Sm3.digest(DOCUMENT)
}

/// The steps of a seal signature, those of a document taken as right.
pub fn report(signature: &SealSignature, world: &World, at: Time) -> SignatureReport {
    report_with(signature, &world.fixture.trust, world, |check| check, at)
}

pub fn report_with<'a>(
    signature: &SealSignature,
    trust: &'a TrustStore,
    world: &'a World,
    with: impl FnOnce(Check<'a>) -> Check<'a>,
    at: Time,
) -> SignatureReport {
    let intermediates = world.intermediates();
    let mut steps = Steps::new();
    for id in [StepId::Container, StepId::Coverage, StepId::Appearance] {
        steps.ok(id, vec![]);
    }
    let check = with(Check::new(trust, at).timestamps(trust));
    let check = Check::clone(&check);
    signature.verify(digest().as_ref(), &check.intermediates(&intermediates), &mut steps);
    SignatureReport::new(1, "s001", SignatureKind::Seal, steps)
}

/// The smallest PNG: one red pixel.
pub const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53,
    0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x08, 0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
    0x00, 0x03, 0x01, 0x01, 0x00, 0x18, 0xdd, 0x8d, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e,
    0x44, 0xae, 0x42, 0x60, 0x82,
];
