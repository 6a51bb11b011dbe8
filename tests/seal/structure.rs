//! Seals and seal signatures made here, read back and judged.

use yinxin_pki::report::Outcome;
use yinxin_pki::{Explain, Time, TrustStore};
use yinxin_seal::SealError;
use yinxin_seal::check::Check;
use yinxin_seal::es::{Seal, SealSignature, SignatureDraft, Version};
use yinxin_seal::maker::ListForm;
use yinxin_seal::report::{StepId, Verdict};

use crate::world::{World, digest, report, report_with};

#[test]
fn a_seal_of_version_4_or_5_is_made_used_and_valid() {
    let mut world = World::new();
    for version in [Version::V4, Version::V5] {
        let seal = world.seal(version);
        assert_eq!(Seal::from_der(seal.as_der()).unwrap(), seal);
        assert_eq!((seal.version(), seal.name()), (version, "甲公司"));
        let signature = world.sign(seal);
        assert_eq!(SealSignature::from_der(signature.as_der()).unwrap(), signature);
        let report = report(&signature, &world, world.now);
        assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.steps);
        assert_eq!(report.step(StepId::SigValue).unwrap().outcome, Outcome::Ok);
    }
}

#[test]
fn a_list_of_digests_serves_like_one_of_certificates() {
    let mut world = World::new();
    let mut draft = world.draft();
    draft.list = ListForm::Digests;
    let seal = world.make(draft);
    let signature = world.sign(seal);
    assert_eq!(report(&signature, &world, world.now).verdict, Verdict::Valid);
}

#[test]
fn nothing_is_valid_without_an_anchor() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal);
    let empty = TrustStore::new();
    let report = report_with(&signature, &empty, &world, |check| check, world.now);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert_eq!(report.first_failing, Some(StepId::SignerChain));
    let step = report.step(StepId::SignerChain).unwrap();
    assert_eq!(step.outcome, Outcome::Skipped("trust_missing"));
}

#[test]
fn a_timestamp_fixes_the_time_of_judgement() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal);
    let later = world.now.plus(2 * 365 * Time::DAY);
    let late = report(&signature, &world, later);
    assert_eq!(late.first_failing, Some(StepId::SignerTime));
    let token = world.token(signature.signature(), world.now.plus(60));
    let stamped = signature.with_timestamp(&token).unwrap();
    let stamped = SealSignature::from_der(stamped.as_der()).unwrap();
    let report = report(&stamped, &world, later);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.steps);
}

#[test]
fn a_timestamp_of_another_signature_is_a_failure() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal);
    let token = world.token(b"something else", world.now);
    let stamped = signature.with_timestamp(&token).unwrap();
    let report = report(&stamped, &world, world.now);
    assert_eq!(report.first_failing, Some(StepId::Timestamp));
    assert_eq!(report.verdict, Verdict::Invalid);
}

#[test]
fn only_version_5_carries_a_timestamp_on_the_seal_itself() {
    let mut world = World::new();
    let old = world.seal(Version::V4);
    assert_eq!(old.with_timestamp(&[0x30, 0]), Err(SealError::TimestampVersion));
    let seal = world.seal(Version::V5);
    let token = world.token(seal.signature(), world.now);
    let seal = seal.with_timestamp(&token).unwrap();
    assert_eq!(Seal::from_der(seal.as_der()).unwrap().timestamp_token(), Some(&token[..]));
    let intermediates = world.intermediates();
    let trust = &world.fixture.trust;
    let check = Check::new(trust, world.now).timestamps(trust).intermediates(&intermediates);
    let report = seal.verify(&check);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.steps);
    assert_eq!(report.trusted_time, Some(world.now));
}

#[test]
fn a_signer_outside_the_list_is_refused_before_signing() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let other = world.other();
    let refused = SignatureDraft::new(seal, digest(), "x", world.now)
        .prepare(other.issue.certificates.signing());
    assert_eq!(refused.unwrap_err(), SealError::SignerNotListed);
}

#[test]
fn an_answer_of_another_key_makes_no_seal_signature() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let other = world.other();
    let draft = SignatureDraft::new(seal, digest(), "x", world.now);
    let making = draft.prepare(&world.signer()).unwrap();
    let answer = world.answer_by(&other.key, making.to_sign());
    assert_eq!(making.finish(&answer).unwrap_err().code(), "signature");
}

#[test]
fn use_outside_the_window_is_refused_before_signing() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let (from, until) = seal.window();
    for time in [from.plus(-1), until.plus(1)] {
        let refused =
            SignatureDraft::new(seal.clone(), digest(), "x", time).prepare(&world.signer());
        assert_eq!(refused.unwrap_err(), SealError::OutsideWindow { at: time, from, until });
    }
}

#[test]
fn no_byte_of_a_seal_signature_can_be_turned_and_stay_valid() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal);
    let der = signature.as_der();
    for at in 0..der.len() {
        let mut changed = der.to_vec();
        changed[at] ^= 1 << (at % 8);
        let Ok(read) = SealSignature::from_der(&changed) else { continue };
        assert_ne!(report(&read, &world, world.now).verdict, Verdict::Valid, "byte {at}");
    }
}

#[test]
fn a_truncated_seal_signature_is_an_error_at_every_length() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal);
    for length in 0..signature.as_der().len() {
        assert!(SealSignature::from_der(&signature.as_der()[..length]).is_err());
    }
}
