//! Keys of bids: released for that bid's own project, section, segment and time.

use yinxin_pki::DecryptionKey;
use yinxin_session::phone::{Opened, ViewWarning};
use yinxin_session::wire::{DecryptFile, Payload, SceneResult};
use yinxin_session::{Code, Suite};
use yinxin_tests::ours::rng;
use zeroize::Zeroizing;

use super::desk::{Desk, PROJECT, SECTION, decrypt_file};

fn asked(desk: &mut Desk, files: Vec<DecryptFile>) -> Result<(), Code> {
    let request = desk.request(Payload::Decrypt(files));
    let session = desk.open(request);
    desk.try_show(&session).map(drop)
}

#[test]
fn lifted_bid_key() {
    for suite in Suite::ALL {
        let mut desk = Desk::new(suite);
        // The whole bid of another section or project, keys and all.
        for (project, section) in [("E3501000002", SECTION), (PROJECT, "E3501000001002")] {
            let key = &desk.world.fixture.holder.escrowed.key;
            let bid = desk.bid_of(project, section, desk.now - 1, key);
            let file = desk.decrypt_file(&bid, &["price"]);
            assert_eq!(asked(&mut desk, vec![file]), Err(Code::SectionMismatch));
        }
    }
}

#[test]
fn a_bid_for_another_platform_is_not_opened_here_and_one_for_none_only_with_a_warning() {
    let mut desk = Desk::new(Suite::Sm);
    let key = &desk.world.fixture.holder.escrowed.key;
    let bid = desk.bid_for("P-2", (PROJECT, SECTION), desk.now - 1, key);
    let file = desk.decrypt_file(&bid, &["price"]);
    assert_eq!(asked(&mut desk, vec![file]), Err(Code::SectionMismatch));
    let key = &desk.world.fixture.holder.escrowed.key;
    let bid = desk.bid_for("", (PROJECT, SECTION), desk.now - 1, key);
    let file = desk.decrypt_file(&bid, &["price"]);
    let session = desk.open(desk.request(Payload::Decrypt(vec![file])));
    let (_, view) = desk.show(&session);
    assert_eq!(view.warnings, [ViewWarning::BidUnnamed { id: "bid".into() }]);
}

#[test]
fn a_request_that_does_not_name_project_and_section_opens_nothing() {
    let mut desk = Desk::new(Suite::Sm);
    let bid = desk.bid(desk.now - 1);
    let mut request = desk.request(Payload::Decrypt(vec![desk.decrypt_file(&bid, &["price"])]));
    request.display.section = None;
    let session = desk.open(request);
    assert_eq!(desk.try_show(&session).map(drop), Err(Code::SectionMismatch));
}

#[test]
fn header_swapped() {
    for suite in Suite::ALL {
        let mut desk = Desk::new(suite);
        let (one, other) = (desk.bid(desk.now - 1), desk.bid(desk.now - 1));
        // The keys of one bid under the header of another that says all the right things.
        let mut file = desk.decrypt_file(&one, &["price"]);
        file.header = desk.decrypt_file(&other, &["price"]).header;
        assert_eq!(asked(&mut desk, vec![file]), Err(Code::CommitmentMismatch));
        // The key of another segment of the same bid.
        let mut file = desk.decrypt_file(&one, &["price"]);
        file.segments[0].0 = "technical".into();
        assert_eq!(asked(&mut desk, vec![file]), Err(Code::CommitmentMismatch));
        let mut file = desk.decrypt_file(&one, &["price"]);
        file.segments[0].0 = "unknown".into();
        assert_eq!(asked(&mut desk, vec![file]), Err(Code::SectionMismatch));
    }
}

#[test]
fn early_segment_stays_locked_and_the_canary_does_not() {
    let mut desk = Desk::new(Suite::Sm);
    let bid = desk.bid(desk.now + 3600);
    let early = |desk: &Desk, segments| vec![desk.decrypt_file(&bid, segments)];
    let files = early(&desk, &["price"]);
    assert_eq!(asked(&mut desk, files), Err(Code::SegmentLocked));
    let files = early(&desk, &["canary", "price"]);
    assert_eq!(asked(&mut desk, files), Err(Code::SegmentLocked));
    let files = early(&desk, &["canary"]);
    assert_eq!(asked(&mut desk, files), Ok(()));
    // At the opening time, to the second.
    desk.now += 3599;
    desk.publish_next(|list| {
        list.issued_at += 3599;
        list.next_update += 3599;
    });
    let files = early(&desk, &["price"]);
    assert_eq!(asked(&mut desk, files), Err(Code::SegmentLocked));
    desk.now += 1;
    let files = early(&desk, &["price"]);
    assert_eq!(asked(&mut desk, files), Ok(()));
}

#[test]
fn a_hub_that_lies_about_the_time_opens_no_bid_early() {
    let mut desk = Desk::new(Suite::Sm);
    let opening = desk.now + 3 * 86_400;
    let bid = desk.bid(opening);
    // The hub says that it is the day already, and the platform is in it.
    desk.fast = -3 * 86_400;
    desk.now = opening;
    desk.publish_next(|list| {
        list.issued_at = opening - 60;
        list.next_update = opening + 3600;
    });
    let files = vec![desk.decrypt_file(&bid, &["price"])];
    assert_eq!(asked(&mut desk, files.clone()), Err(Code::ClockSkew));
    // Whoever's clock was wrong after all sets it right.
    desk.fast = 0;
    assert_eq!(asked(&mut desk, files.clone()), Ok(()));
    // A fast phone does not open early either.
    desk.fast = 86_400;
    desk.now = opening - 1;
    assert_eq!(asked(&mut desk, files), Err(Code::SegmentLocked));
}

#[test]
fn wrong_recipient() {
    let mut desk = Desk::new(Suite::Nist);
    let other = DecryptionKey::generate(desk.suite.curve(), &mut rng());
    let bid = desk.bid_of(PROJECT, SECTION, desk.now - 1, &other);
    let foreign = decrypt_file(&bid, &["price"], &other.public().id());
    assert_eq!(asked(&mut desk, vec![foreign.clone()]), Err(Code::RecipientNotMine));
    // Beside one that is for this phone it stays shut, and the statement says so.
    let own = desk.decrypt_file(&desk.bid(desk.now - 1), &["price"]);
    let foreign = DecryptFile { id: "foreign".into(), ..foreign };
    let (_, answer, statement) = desk.answer(desk.request(Payload::Decrypt(vec![own, foreign])));
    let SceneResult::Decrypt(files) = statement.result else { panic!("{statement:?}") };
    assert_eq!((files[0].segments.len(), files[0].code.as_deref()), (1, None));
    assert_eq!(files[1].segments.len(), 0);
    assert_eq!(files[1].code.as_deref(), Some("recipient_not_mine"));
    assert_eq!(answer.secrets.len(), 1);
}

#[test]
fn key_15_or_17_bytes() {
    let mut desk = Desk::new(Suite::Sm);
    let bid = desk.bid(desk.now - 1);
    let file = desk.decrypt_file(&bid, &["price"]);
    let session = desk.open(desk.request(Payload::Decrypt(vec![file])));
    let mut phone = desk.fetched(&session);
    let tasks = desk.check(&mut phone).unwrap();
    let right = desk.unwrap(&tasks).pop().unwrap().0.unwrap();
    let longer = [&right[..1], &right[..]].concat();
    for (answer, code) in [
        (Some(right[1..].to_vec()), Code::ContentKeyInvalid),
        (Some(longer), Code::ContentKeyInvalid),
        (Some(vec![]), Code::ContentKeyInvalid),
        (Some(vec![0; 48]), Code::CommitmentMismatch),
        (None, Code::RecipientNotMine),
    ] {
        let opened = [Opened(answer.map(Zeroizing::new))];
        let refused = phone.show(&opened, &desk.context()).unwrap_err();
        assert_eq!(refused.code, code);
    }
    assert_eq!(phone.show(&[], &desk.context()).unwrap_err().code, Code::StepOutOfOrder);
    // What was refused left the phone as it was.
    phone.show(&[Opened(Some(right))], &desk.context()).unwrap();
}
