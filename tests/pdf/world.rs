//! An authority, signers, and files they signed.

use yinxin_ca::fixture::{Fixture, NOW};
use yinxin_pki::cms::{Format, SignDraft};
use yinxin_pki::{Certificate, Curve, Time};
use yinxin_seal::pdf::{Document, SignatureField, prepare_cms};

/// The clock of every test.
pub(crate) const CLOCK: Time = NOW;

/// Signs with a CMS of the fixture's holder.
pub(crate) fn signed(fixture: &mut Fixture, file: &[u8], field: &SignatureField) -> Vec<u8> {
    let document = Document::from_bytes(file).unwrap();
    let certificate = fixture.holder.certificates.signing().certificate().clone();
    let draft = SignDraft::new(Format::Rfc5652, &certificate).unwrap().signing_time(CLOCK);
    let mut out = Vec::new();
    let prepared = prepare_cms(&document, field, draft, &mut out).unwrap();
    let answer = fixture.signing_key.sign(prepared.to_sign(), &mut fixture.rng).unwrap();
    let signed = prepared.finish(&answer).unwrap();
    let between = fixture.intermediates();
    let chain: Vec<&Certificate> = std::iter::once(&certificate).chain(&between).collect();
    out.extend(signed.into_bytes(&chain).unwrap());
    out
}

pub(crate) fn fixture(curve: Curve) -> Fixture {
    Fixture::new(curve).unwrap()
}
