//! Sealing without a signing oracle: the phone signs what was prepared for its offer and the
//! request, file by file, and nothing else.

use yinxin_pki::Digest;
use yinxin_session::channel::{ChannelKey, Step};
use yinxin_session::phone::{
    FileStep, Grant, Next, OwnSeal, Phone, Right, SealTask, Standing, ToSeal,
};
use yinxin_session::wire::{
    Act, Binary, Format, Offer, Payload, Placement, Prepared, RevokeAct, SceneResult, SealAct,
    SealFile, SealOutcome,
};
use yinxin_session::{Code, Refused, Scene, Suite};
use yinxin_tests::ours::rng;

use super::desk::{Desk, Session};

const NUMBER: &str = "37030000001721";

fn own_seal(desk: &Desk, der: &[u8]) -> OwnSeal {
    OwnSeal {
        der: der.to_vec(),
        id: NUMBER.into(),
        name: "甲公司公章".into(),
        listed: vec![desk.signer().as_der().to_vec()],
        window: (desk.now - 1000, desk.now + 1000),
        standing: Standing::Active,
        right: Right::Owner,
    }
}

pub(super) fn with_seals(suite: Suite) -> Desk {
    let mut desk = Desk::new(suite);
    let seals = [own_seal(&desk, b"seal one"), own_seal(&desk, b"seal two")];
    desk.holdings.seals = seals.to_vec();
    desk
}

fn file(number: usize, suite: Suite) -> SealFile {
    let digest = suite.digest().digest(&number.to_be_bytes());
    SealFile {
        id: format!("f{number}"),
        name: format!("第 {number} 册.pdf"),
        digest: Binary(digest.as_ref().to_vec()),
        size: 1000,
        format: if number.is_multiple_of(2) { Format::Pdf } else { Format::Ofd },
        placements: vec![Placement { page: 1, x: 120_000, y: 200_000 }],
    }
}

fn signature(suite: Suite, count: usize) -> Payload {
    Payload::Signature((0..count).map(|number| file(number, suite)).collect())
}

fn revocation(suite: Suite) -> Payload {
    Payload::RevokeSignature {
        digest: suite.digest().digest(b"sealed file").as_ref().to_vec(),
        format: Format::Ofd,
        signature: 2,
        seal: NUMBER.into(),
        reason: "页码有误".into(),
    }
}

/// A page that holds an offer.
struct Offered {
    session: Session,
    phone: Phone,
    offer: Offer,
    digest: Digest,
    now: u64,
    suite: Suite,
}

fn offered(desk: &mut Desk, payload: impl Fn(Suite) -> Payload) -> Offered {
    let session = desk.open(desk.request(payload(desk.suite)));
    let (mut phone, view) = desk.show(&session);
    desk.match_number(&session, &mut phone, &view).unwrap();
    let confirm = desk.agree(&view);
    let Next::Offer(envelope) = desk.confirm(&mut phone, confirm).unwrap() else { panic!() };
    let text = session.binding.open(Step::Offer, &envelope, &session.reply, &session.display);
    let offer = Offer::read(&text.unwrap()).unwrap();
    let digest = desk.suite.digest().digest(&envelope);
    Offered { session, phone, offer, digest, now: desk.now, suite: desk.suite }
}

/// A phone that has offered a seal for one file.
pub(super) fn offered_phone(desk: &mut Desk) -> (Session, Phone) {
    let page = offered(desk, |suite| signature(suite, 1));
    (page.session, page.phone)
}

impl Offered {
    /// What an honest page prepares of file `index`.
    fn honest(&self, index: u32, count: u64) -> Prepared {
        let asked = file(usize::try_from(index).unwrap(), self.suite);
        let property = match asked.format {
            Format::Pdf => "[0 1000 3000 500]",
            _ => "/Doc_0/Signs/Sign_0/Signature.xml",
        };
        let act = SealAct {
            placements: asked.placements,
            data_hash: Binary(vec![7; 32]),
            property: property.into(),
            parts: vec![],
        };
        let place = (u64::from(index), count);
        Prepared::new(place, asked.id, asked.digest.0, asked.format, self.now, Act::Seal(act))
    }

    fn seal(&self, index: u32, prepared: &Prepared) -> Vec<u8> {
        self.seal_under(&self.offer.channel_key, index, prepared)
    }

    fn seal_under(&self, key: &ChannelKey, index: u32, prepared: &Prepared) -> Vec<u8> {
        let text = serde_json::to_vec(prepared).unwrap();
        key.seal(&self.session.binding, &self.digest, index, &text, &mut rng()).unwrap()
    }

    fn give(&mut self, desk: &mut Desk, index: u32, message: &[u8]) -> Result<FileStep, Code> {
        let step = self.phone.prepared(index, message, &desk.context());
        step.map_err(|refused| refused.code)
    }

    fn give_honest(&mut self, desk: &mut Desk, index: u32, count: u64) -> ToSeal {
        let message = self.seal(index, &self.honest(index, count));
        match self.give(desk, index, &message).unwrap() {
            FileStep::Seal(to_seal) => *to_seal,
            other => panic!("{other:?}"),
        }
    }
}

/// The only file of a request, prepared as `bend` has it.
fn only(desk: &mut Desk, bend: impl Fn(&mut Prepared)) -> Result<(), Code> {
    let mut page = offered(desk, |suite| signature(suite, 1));
    let mut prepared = page.honest(0, 1);
    bend(&mut prepared);
    let message = page.seal(0, &prepared);
    match page.give(desk, 0, &message)? {
        FileStep::Seal(_) => Ok(()),
        FileStep::Refused(Refused { code, .. }, Next::Reject(reject)) => {
            assert_eq!(code, reject);
            Err(code)
        }
        other => panic!("{other:?}"),
    }
}

fn seal_act(prepared: &mut Prepared) -> &mut SealAct {
    match &mut prepared.act {
        Act::Seal(act) => act,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_are_sealed_under_one_confirmation_and_the_statement_binds_them() {
    for suite in Suite::ALL {
        let mut desk = with_seals(suite);
        let mut page = offered(&mut desk, |suite| signature(suite, 3));
        assert_eq!(page.offer.seals.len(), 1);
        assert_eq!(page.offer.files.len(), 3);
        let mut next = Next::Wait;
        // They may come in any order.
        for index in [2, 0, 1] {
            let to_seal = page.give_honest(&mut desk, index, 3);
            assert_eq!((to_seal.time, &to_seal.seal[..]), (desk.now, &b"seal one"[..]));
            assert!(matches!(to_seal.task, SealTask::Seal { .. }));
            let product = Ok(format!("product {index}").into_bytes());
            next = page.phone.sealed(to_seal.index, product, &desk.context()).unwrap();
        }
        let envelope = desk.finish(&mut page.phone, next).unwrap();
        let answer = page.session.answer(&envelope);
        let statement = page.session.statement(&answer, desk.signer());
        let SceneResult::Signature(files) = &statement.result else { panic!() };
        let ids: Vec<_> = files.iter().map(|file| &file.id[..]).collect();
        assert_eq!(ids, ["f0", "f1", "f2"]);
        for (number, file) in files.iter().enumerate() {
            let SealOutcome::Sealed(digests) = &file.outcome else { panic!() };
            let product = suite.digest().digest(format!("product {number}").as_bytes());
            assert_eq!(digests.signature.0, product.as_ref());
            assert_eq!(digests.seal.0, suite.digest().digest(b"seal one").as_ref());
            assert_eq!(
                (&digests.seal_number[..], digests.offer.0.as_slice()),
                (NUMBER, page.digest.as_ref())
            );
        }
        assert_eq!(answer.products.len(), 3);
        // What was shown names the seal, and the statement binds what was shown.
        let shown = String::from_utf8(answer.shown.0.clone()).unwrap();
        assert!(shown.ends_with("[\"seal\",\"甲公司公章 (37030000001721)\"]]"), "{shown}");
        let digest = yinxin_session::display::digest_of(suite, &answer.shown.0);
        assert_eq!(statement.display_digest, digest.as_ref());
    }
}

#[test]
fn seal_bare_hash_prepared_other_file_and_prepared_moved_seal() {
    let mut desk = with_seals(Suite::Sm);
    assert_eq!(only(&mut desk, |_| {}), Ok(()));
    type Bend<'a> = &'a dyn Fn(&mut Prepared);
    let changes: [Bend<'_>; 11] = [
        // A digest that speaks of no document.
        &|p| seal_act(p).property.clear(),
        &|p| seal_act(p).property = "/Doc_0/Signs/Sign_0/Signature.xml".into(),
        &|p| seal_act(p).property = "[0 3000 1000 500]".into(),
        &|p| seal_act(p).property = "[5 1000 3000 500]".into(),
        &|p| seal_act(p).property = "[0 1000 3000 500 1]".into(),
        &|p| seal_act(p).parts.push("Doc_0/Signs/Sign_0/Seal.esl".into()),
        &|p| p.file.0[0] ^= 1,
        &|p| p.format = Format::Ofd,
        &|p| seal_act(p).placements[0].x += 1,
        &|p| seal_act(p).placements.push(Placement { page: 2, x: 0, y: 0 }),
        &|p| seal_act(p).placements.clear(),
    ];
    for (index, change) in changes.iter().enumerate() {
        assert_eq!(only(&mut desk, change), Err(Code::DigestChanged), "change {index}");
    }
    let mismatches: [Bend<'_>; 4] =
        [&|p| p.id = "f1".into(), &|p| p.time += 301, &|p| p.time -= 301, &|p| {
            let digest = || Binary(vec![1; 32]);
            p.act = Act::Revoke(RevokeAct {
                signature: 1,
                seal: NUMBER.into(),
                signature_digest: digest(),
                before: digest(),
                after: digest(),
                restored: digest(),
            });
        }];
    for (index, change) in mismatches.iter().enumerate() {
        assert_eq!(only(&mut desk, change), Err(Code::OfferMismatch), "mismatch {index}");
    }
    assert_eq!(only(&mut desk, |p| p.time += 300), Ok(()));
    assert!(desk.memory.history.entries().is_empty());
}

#[test]
fn prepared_wrong_key_other_offer_and_bit_flips() {
    let mut desk = with_seals(Suite::Nist);
    let mut page = offered(&mut desk, |suite| signature(suite, 1));
    let other = offered(&mut desk, |suite| signature(suite, 1));
    let prepared = page.honest(0, 1);
    let wrong_key = page.seal_under(&ChannelKey::random(&mut rng()), 0, &prepared);
    assert_eq!(page.give(&mut desk, 0, &wrong_key).map(drop), Err(Code::OfferMismatch));
    let others = other.seal(0, &prepared);
    assert_eq!(page.give(&mut desk, 0, &others).map(drop), Err(Code::OfferMismatch));
    let message = page.seal(0, &prepared);
    for bit in 0..message.len() * 8 {
        let mut bent = message.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(page.give(&mut desk, 0, &bent).map(drop), Err(Code::OfferMismatch));
    }
    // The machine waited on all the while.
    page.give(&mut desk, 0, &message).unwrap();
}

#[test]
fn prepared_twice_index_over_count_and_changed_count() {
    let mut desk = with_seals(Suite::Sm);
    let mut page = offered(&mut desk, |suite| signature(suite, 2));
    let message = page.seal(0, &page.honest(0, 2));
    page.give(&mut desk, 0, &message).unwrap();
    assert_eq!(page.give(&mut desk, 0, &message).map(drop), Err(Code::AlreadyAnswered));
    let over = page.seal(2, &page.honest(2, 3));
    assert_eq!(page.give(&mut desk, 2, &over).map(drop), Err(Code::OfferMismatch));
    let count = page.seal(1, &page.honest(1, 3));
    assert_eq!(page.give(&mut desk, 1, &count).map(drop), Err(Code::OfferMismatch));
    // Exchanged places: the one for 0 given as 1, sealed for 0 and for 1.
    assert_eq!(page.give(&mut desk, 1, &message).map(drop), Err(Code::OfferMismatch));
    let moved = page.seal(1, &page.honest(0, 2));
    assert_eq!(page.give(&mut desk, 1, &moved).map(drop), Err(Code::OfferMismatch));
    page.give_honest(&mut desk, 1, 2);
}

#[test]
fn file_7_of_10_changed() {
    let mut desk = with_seals(Suite::Sm);
    let mut page = offered(&mut desk, |suite| signature(suite, 10));
    let mut next = Next::Wait;
    for index in 0..10 {
        if index == 6 {
            let mut changed = page.honest(6, 10);
            changed.file.0[0] ^= 1;
            let message = page.seal(6, &changed);
            let step = page.give(&mut desk, 6, &message).unwrap();
            assert!(matches!(step, FileStep::Refused(..)), "{step:?}");
            continue;
        }
        let to_seal = page.give_honest(&mut desk, index, 10);
        next = page.phone.sealed(to_seal.index, Ok(vec![1]), &desk.context()).unwrap();
    }
    let envelope = desk.finish(&mut page.phone, next).unwrap();
    let answer = page.session.answer(&envelope);
    let statement = page.session.statement(&answer, desk.signer());
    let SceneResult::Signature(files) = statement.result else { panic!() };
    let refused = SealOutcome::Refused("digest_changed".into());
    let sealed = files.iter().filter(|file| matches!(file.outcome, SealOutcome::Sealed(_)));
    assert_eq!((files.len(), sealed.count(), answer.products.len()), (10, 9, 9));
    assert_eq!(files[6].outcome, refused);
}

#[test]
fn a_seal_taken_back_is_the_one_asked_for_with_the_requests_reason() {
    for suite in Suite::ALL {
        let mut desk = with_seals(suite);
        let honest = |desk: &Desk| {
            let digest = |octet| Binary(vec![octet; 32]);
            let act = RevokeAct {
                signature: 2,
                seal: NUMBER.into(),
                signature_digest: digest(1),
                before: digest(2),
                after: digest(3),
                restored: digest(4),
            };
            let file = desk.suite.digest().digest(b"sealed file").as_ref().to_vec();
            Prepared::new((0, 1), "file", file, Format::Ofd, desk.now, Act::Revoke(act))
        };
        let mut page = offered(&mut desk, revocation);
        assert_eq!((page.offer.files.len(), page.offer.seals.len()), (0, 1));
        let message = page.seal(0, &honest(&desk));
        let FileStep::Seal(to_seal) = page.give(&mut desk, 0, &message).unwrap() else { panic!() };
        let SealTask::Revoke { signature_digest, before, after, reason } = to_seal.task else {
            panic!()
        };
        assert_eq!(
            (&signature_digest[..], &before[..], &after[..]),
            (&[1; 32][..], &[2; 32][..], &[3; 32][..])
        );
        assert_eq!(reason, "页码有误");
        let next = page.phone.sealed(0, Ok(b"revoked".to_vec()), &desk.context()).unwrap();
        let envelope = desk.finish(&mut page.phone, next).unwrap();
        let answer = page.session.answer(&envelope);
        assert_eq!(answer.products[0].id, "revocation");
        let statement = page.session.statement(&answer, desk.signer());
        let SceneResult::RevokeSignature(revoked) = statement.result else { panic!() };
        assert_eq!((revoked.number, revoked.restored.0), (2, vec![4; 32]));

        type Bend<'a> = &'a dyn Fn(&mut RevokeAct);
        let bends: [Bend<'_>; 2] =
            [&|act| act.signature = 1, &|act| act.seal = "37030000001722".into()];
        for bend in bends {
            let mut page = offered(&mut desk, revocation);
            let mut prepared = honest(&desk);
            let Act::Revoke(act) = &mut prepared.act else { panic!() };
            bend(act);
            let message = page.seal(0, &prepared);
            let step = page.give(&mut desk, 0, &message).unwrap();
            let reject = matches!(step, FileStep::Refused(_, Next::Reject(Code::DigestChanged)));
            assert!(reject, "{step:?}");
        }
    }
}

#[test]
fn seals_that_may_not_be_used_are_not_offered() {
    let mut desk = with_seals(Suite::Sm);
    desk.holdings.seals.truncate(1);
    let asked = |desk: &mut Desk| {
        let session = desk.open(desk.request(signature(desk.suite, 1)));
        desk.try_show(&session).map(drop)
    };
    assert_eq!(asked(&mut desk), Ok(()));
    let right = desk.holdings.seals[0].clone();
    for wrong in [
        OwnSeal { standing: Standing::Suspended, ..right.clone() },
        OwnSeal { standing: Standing::Ended, ..right.clone() },
        OwnSeal { window: (0, desk.now - 1), ..right.clone() },
        OwnSeal { listed: vec![vec![1]], ..right.clone() },
    ] {
        desk.holdings.seals = vec![wrong];
        assert_eq!(asked(&mut desk), Err(Code::SealStatus));
    }
    let grant =
        Grant { scenes: vec![Scene::RevokeSignature], platforms: vec![], from: 0, until: u64::MAX };
    desk.holdings.seals = vec![OwnSeal { right: Right::Granted(vec![grant]), ..right.clone() }];
    assert_eq!(asked(&mut desk), Err(Code::GrantDenied));
    // Only the seal that was placed takes its use back.
    desk.holdings.seals = vec![OwnSeal { id: "other".into(), ..right }];
    let session = desk.open(desk.request(revocation(desk.suite)));
    assert_eq!(desk.try_show(&session).map(drop), Err(Code::SealStatus));
}

#[test]
fn silence_after_the_offer_and_late_messages() {
    let mut desk = with_seals(Suite::Sm);
    let mut page = offered(&mut desk, |suite| signature(suite, 1));
    let message = page.seal(0, &page.honest(0, 1));
    desk.now += 601;
    assert_eq!(page.phone.poll_timeout(), Some(desk.now));
    assert_eq!(page.give(&mut desk, 0, &message).map(drop), Err(Code::DeadlinePassed));
    page.phone.handle_timeout(desk.now);
    assert_eq!(page.phone.ended(), Some(Code::DeadlinePassed));

    let mut desk = with_seals(Suite::Sm);
    let mut page = offered(&mut desk, |suite| signature(suite, 1));
    let to_seal = page.give_honest(&mut desk, 0, 1);
    desk.now += 121;
    let late = page.phone.sealed(to_seal.index, Ok(vec![1]), &desk.context());
    assert_eq!(late.unwrap_err().code, Code::DeadlinePassed);
    // Nobody seals what was not prepared.
    let mut page = offered(&mut with_seals(Suite::Sm), |suite| signature(suite, 1));
    let early = page.phone.sealed(0, Ok(vec![1]), &desk.context());
    assert_eq!(early.unwrap_err().code, Code::StepOutOfOrder);
}
