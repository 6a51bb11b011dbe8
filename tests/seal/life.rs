//! What happens to seals after they were made: cancelled, replaced, a use of them revoked.

use yinxin_pki::report::Outcome;
use yinxin_pki::{Explain, SigningCertificate, Time};
use yinxin_seal::check::Check;
use yinxin_seal::es::{SealSignature, Version};
use yinxin_seal::report::{StepId, Verdict};
use yinxin_seal::revoke::{Revocation, RevocationStatement, RevokeError};
use yinxin_seal::status::{SealState, SealStatus, StatusError, StatusList, VerifiedStatusList};

use crate::world::{World, report, report_with};

fn entry(state: SealState, since: Time) -> SealStatus {
    SealStatus { id: "37030000001721".into(), state, since, reason: "lost".into() }
}

fn list(world: &mut World, seals: Vec<SealStatus>, issued: Time) -> Vec<u8> {
    let list = StatusList::new(7, issued, issued.plus(30 * Time::DAY), seals);
    let maker = world.maker().certificate().clone();
    let making = list.prepare(&maker).unwrap();
    let answer = world.maker_answer(making.to_sign());
    making.finish(&answer).unwrap()
}

fn verified(world: &World, der: &[u8], now: Time) -> Result<VerifiedStatusList, StatusError> {
    let intermediates = world.intermediates();
    let check = Check::new(&world.fixture.trust, now).intermediates(&intermediates);
    VerifiedStatusList::from_der(der, &check)
}

#[test]
fn a_document_with_a_timestamp_was_valid_then_and_the_seal_cancelled_later() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal);
    let token = world.token(signature.signature(), world.now);
    let stamped = signature.clone().with_timestamp(&token).unwrap();
    let cancelled = world.now.plus(10 * Time::DAY);
    let later = world.now.plus(20 * Time::DAY);
    let der = list(&mut world, vec![entry(SealState::Cancelled, cancelled)], later);
    let list = verified(&world, &der, later).unwrap();
    let trust = &world.fixture.trust;
    let with = |signature: &SealSignature| {
        report_with(signature, trust, &world, |check| check.status_list(&list), later)
    };
    let then = with(&stamped);
    assert_eq!(then.verdict, Verdict::Valid, "{:#?}", then.steps);
    let status = then.step(StepId::SealStatus).unwrap();
    assert_eq!(status.outcome, Outcome::Warned("valid_then"));
    let unproven = with(&signature);
    assert_eq!(unproven.first_failing, Some(StepId::SealStatus));
    let status = unproven.step(StepId::SealStatus).unwrap();
    assert_eq!(status.outcome, Outcome::Failed("seal_cancelled"));
}

#[test]
fn a_suspension_holds_until_the_seal_is_active_again() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal);
    let day = |n: i64| world.now.plus(n * Time::DAY);
    let seals = vec![entry(SealState::Suspended, day(1)), entry(SealState::Active, day(3))];
    let (issued, judged) = (day(3), [(day(2), false), (day(4), true)]);
    let der = list(&mut world, seals, issued);
    let list = verified(&world, &der, issued).unwrap();
    for (at, sound) in judged {
        let trust = &world.fixture.trust;
        let report = report_with(
            &signature,
            trust,
            &world,
            |check| check.status_list(&list).now(issued),
            at,
        );
        assert_eq!(report.verdict == Verdict::Valid, sound, "{at}: {:#?}", report.steps);
    }
}

#[test]
fn a_list_signed_by_anybody_else_is_not_believed() {
    let mut world = World::new();
    let list = StatusList::new(1, world.now, world.now.plus(Time::DAY), vec![]);
    let making = list.prepare(&world.signer()).unwrap();
    let answer = world.answer(making.to_sign());
    let der = making.finish(&answer).unwrap();
    assert_eq!(verified(&world, &der, world.now).unwrap_err().code(), "purpose");
}

#[test]
fn a_changed_list_is_not_believed() {
    let mut world = World::new();
    let now = world.now;
    let der = list(&mut world, vec![entry(SealState::Cancelled, now)], now);
    for at in (0..der.len()).step_by(7) {
        let mut changed = der.clone();
        changed[at] ^= 0x20;
        if let Ok(read) = verified(&world, &changed, now) {
            // Bits of the embedded certificate's outside may turn without harm; the list may not.
            assert_eq!(read.list().seals(), [entry(SealState::Cancelled, now)], "byte {at}");
        }
    }
}

fn statement(world: &mut World, signature: &SealSignature) -> RevocationStatement {
    let revocation =
        Revocation::new(signature, b"sealed", Some(b"before"), "wrong page", world.now);
    let making = revocation.prepare(signature.seal(), &world.signer()).unwrap();
    let answer = world.answer(making.to_sign());
    RevocationStatement::from_der(&making.finish(&answer).unwrap()).unwrap()
}

#[test]
fn a_statement_by_the_holder_makes_the_signature_revoked() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal.clone());
    let statements = [statement(&mut world, &signature)];
    let trust = &world.fixture.trust;
    let of = |signature: &SealSignature, world: &World| {
        report_with(signature, trust, world, |check| check.statements(&statements), world.now)
    };
    let revoked = of(&signature, &world);
    assert_eq!(revoked.verdict, Verdict::Revoked);
    assert_eq!(revoked.first_failing, Some(StepId::SealStatus));
    let facts = &revoked.step(StepId::SealStatus).unwrap().facts;
    assert!(facts.iter().any(|fact| fact.name == "reason"));
    assert_eq!(report(&signature, &world, world.now).verdict, Verdict::Valid);
}

#[test]
fn a_statement_touches_no_other_use_of_the_seal() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let (first, second) = (world.sign(seal.clone()), world.sign(seal));
    let statements = [statement(&mut world, &first)];
    let trust = &world.fixture.trust;
    let report =
        report_with(&second, trust, &world, |check| check.statements(&statements), world.now);
    assert_eq!(report.verdict, Verdict::Valid);
}

#[test]
fn nobody_but_a_holder_revokes() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal.clone());
    let other = world.other();
    let revocation = Revocation::new(&signature, b"sealed", None, "spite", world.now);
    let refused = revocation.prepare(&seal, other.issue.certificates.signing()).unwrap_err();
    assert_eq!(refused, RevokeError::NotHolder);

    // A seal of the same id that the other party has made for itself, by itself.
    let mut draft = world.draft();
    draft.holders = vec![other.issue.certificates.signing().clone()];
    let maker =
        SigningCertificate::new(other.issue.certificates.signing().certificate().clone()).unwrap();
    let making = draft.make(&maker).unwrap();
    let answer = world.answer_by(&other.key, making.to_sign());
    let forged = making.finish(&answer).unwrap();
    let making = revocation
        .by_successor(&forged)
        .unwrap()
        .prepare(&seal, other.issue.certificates.signing());
    let making = making.unwrap();
    let answer = world.answer_by(&other.key, making.to_sign());
    let statements = [RevocationStatement::from_der(&making.finish(&answer).unwrap()).unwrap()];
    let trust = &world.fixture.trust;
    let report =
        report_with(&signature, trust, &world, |check| check.statements(&statements), world.now);
    assert_eq!(report.verdict, Verdict::Valid);
    let status = report.step(StepId::SealStatus).unwrap();
    assert_eq!(status.outcome, Outcome::Warned("statement_not_believed"));
}

#[test]
fn the_holder_of_a_successor_seal_revokes_with_a_renewed_certificate() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal.clone());
    let renewed = world.other();
    let mut draft = world.draft();
    draft.holders = vec![renewed.issue.certificates.signing().clone()];
    let successor = world.make(draft);
    let making = Revocation::new(&signature, b"sealed", None, "wrong page", world.now)
        .by_successor(&successor)
        .unwrap()
        .prepare(&seal, renewed.issue.certificates.signing())
        .unwrap();
    let answer = world.answer_by(&renewed.key, making.to_sign());
    let statements = [RevocationStatement::from_der(&making.finish(&answer).unwrap()).unwrap()];
    let trust = &world.fixture.trust;
    let report =
        report_with(&signature, trust, &world, |check| check.statements(&statements), world.now);
    assert_eq!(report.verdict, Verdict::Revoked, "{:#?}", report.steps);
}

#[test]
fn a_list_of_another_maker_neither_cancels_a_seal_nor_keeps_it() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal);
    let (maker, key) = world.second_maker();
    let now = world.now;
    for seals in [vec![entry(SealState::Cancelled, now)], vec![]] {
        let making = StatusList::new(1, now, now.plus(Time::DAY), seals).prepare(&maker).unwrap();
        let answer = world.answer_by(&key, making.to_sign());
        let list = verified(&world, &making.finish(&answer).unwrap(), now).unwrap();
        let trust = &world.fixture.trust;
        let report = report_with(&signature, trust, &world, |check| check.status_list(&list), now);
        assert_eq!(report.verdict, Verdict::Valid);
        let status = report.step(StepId::SealStatus).unwrap();
        assert_eq!(status.outcome, Outcome::Warned("status_list_of_another_maker"));
    }
}

#[test]
fn a_successor_by_another_maker_revokes_nothing() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal.clone());
    let (maker, key) = world.second_maker();
    let other = world.other();
    let mut draft = world.draft();
    draft.holders = vec![other.issue.certificates.signing().clone()];
    let making = draft.make(&SigningCertificate::new(maker).unwrap()).unwrap();
    let answer = world.answer_by(&key, making.to_sign());
    let rival = making.finish(&answer).unwrap();
    let making = Revocation::new(&signature, b"sealed", None, "spite", world.now)
        .by_successor(&rival)
        .unwrap()
        .prepare(&seal, other.issue.certificates.signing())
        .unwrap();
    let answer = world.answer_by(&other.key, making.to_sign());
    let statements = [RevocationStatement::from_der(&making.finish(&answer).unwrap()).unwrap()];
    let trust = &world.fixture.trust;
    let report =
        report_with(&signature, trust, &world, |check| check.statements(&statements), world.now);
    assert_eq!(report.verdict, Verdict::Valid);
}
