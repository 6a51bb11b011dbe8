//! Each code of the catalogue is said by a machine here, and a test fails when one has no case.

use std::collections::BTreeMap;

use yinxin_ca::Role;
use yinxin_pki::DecryptionKey;
use yinxin_session::channel::Sid;
use yinxin_session::hub::store::{
    Change, Conflict, Memory as Store, Seen, Sessions, Slot, StoreFault,
};
use yinxin_session::hub::{Hub, HubKey, Input, Opener, Session};
use yinxin_session::page::Snapshot;
use yinxin_session::phone::{Memory, Opened, Right, Standing};
use yinxin_session::trust_list::PlatformState;
use yinxin_session::wire::http::Scan;
use yinxin_session::wire::{Binary, Payload, RoutingHeader, ShortCode, Token};
use yinxin_session::{Code, Scene, Suite};
use zeroize::Zeroizing;

use crate::world::Bid;
use crate::world::{HUB, World, cast, code};

/// What nothing of version 1 says: previews by reference are not in it.
const RESERVED: [Code; 2] = [Code::PreviewMismatch, Code::PreviewMissing];

fn world() -> World {
    World::new(Suite::Sm, 3)
}

fn login(world: &mut World) -> usize {
    world.open(0, b"cookie", World::ask(Payload::Login)).unwrap()
}

fn opened(world: &mut World, scene: Scene) -> usize {
    let payload = world.cast.payload(scene);
    world.open(0, b"cookie", World::ask(payload)).unwrap()
}

/// What the phone says of a login request after a change of the world around it.
fn looked(change: impl FnOnce(&mut World)) -> Code {
    let mut world = world();
    let page = opened(&mut world, Scene::MessageSignature);
    world.scan(0, page).unwrap();
    change(&mut world);
    world.look(0).unwrap_err()
}

/// A login that is answered, the answer with its page.
fn answered(world: &mut World) -> usize {
    let page = login(world);
    world.run_to_answer(0, page).unwrap();
    world.poll(page).unwrap();
    page
}

fn bound_step(world: &mut World, input: Input) -> Code {
    world.phone_sends_this(0, input).unwrap_err()
}

fn scan_of(world: &mut World, change: impl FnOnce(&mut World, &mut Scan)) -> Code {
    let page = login(world);
    let text = world.frame(page).unwrap();
    let mut rng = world.rng.clone();
    let phone = yinxin_session::phone::Phone::scan(&text, &[HUB], &mut rng).unwrap();
    let mut scan = phone.to_scan(&world.phones[0].hub);
    change(world, &mut scan);
    world.scan_at_hub(0, &scan).map(drop).unwrap_err()
}

fn open_with(change: impl FnOnce(&mut World, &mut RoutingHeader)) -> Code {
    let mut world = world();
    let (key, visit) = world.page_key(0, b"cookie");
    let ask = World::ask(Payload::Login);
    let mut opening = world.draft(0, b"cookie", ask, &key, &visit, None).unwrap();
    change(&mut world, &mut opening.open.header);
    world.open_at_hub(0, &opening).map(drop).unwrap_err()
}

fn list_of(change: impl FnOnce(&mut yinxin_session::trust_list::TrustListContent)) -> Code {
    let world = world();
    let mut list = world.list.clone();
    change(&mut list);
    let der = world.cast.sign_list(&list);
    let mut hub = world.phones[0].hub.clone();
    hub.take_list(&der).map_err(code).unwrap_err()
}

fn frame_of(text: &str) -> Code {
    yinxin_session::phone::Phone::scan(text, &[HUB], &mut world().rng).map(drop).unwrap_err().code
}

/// A prepared message out of an honest page, and the phone that waits for it.
fn offered(files: u64) -> (World, usize) {
    let mut world = world();
    let payload = world.cast.seal_files(files);
    let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
    world.run_to_match(0, page).unwrap();
    world.confirm(0).unwrap();
    world.phone_sends(0).unwrap();
    world.poll(page).unwrap();
    (world, page)
}

fn decrypt(bid: Bid, opened: Option<&[u8]>) -> Code {
    let mut world = world();
    let payload = world.cast.decrypt(bid);
    let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
    world.scan(0, page).unwrap();
    let Some(octets) = opened else { return world.look(0).unwrap_err() };
    let holdings = world.phones[0].holdings.clone();
    let now = world.now;
    let (phone, context) = World::context(&mut world.phones[0], now);
    let phone = phone.as_mut().unwrap();
    let tasks =
        phone.check(&holdings, yinxin_session::display::Language::English, &context).unwrap();
    let opened: Vec<_> =
        tasks.iter().map(|_| Opened(Some(Zeroizing::new(octets.to_vec())))).collect();
    phone.show(&opened, &context).unwrap_err().code
}

/// A store that does not work.
#[derive(Debug)]
struct Broken;

impl Sessions for Broken {
    fn load(&self, _: Sid) -> Result<Option<Session>, StoreFault> {
        Err(StoreFault)
    }
    fn message(&self, _: Sid, _: Slot) -> Result<Option<Vec<u8>>, StoreFault> {
        Err(StoreFault)
    }
    fn by_request(&self, _: &[u8; 32]) -> Result<Option<Seen>, StoreFault> {
        Err(StoreFault)
    }
    fn by_short_code(&self, _: ShortCode) -> Result<Option<Sid>, StoreFault> {
        Err(StoreFault)
    }
    fn of_platform(&self, _: &str) -> Result<Vec<Sid>, StoreFault> {
        Err(StoreFault)
    }
    fn due(&self, _: u64, _: usize) -> Result<Vec<Sid>, StoreFault> {
        Err(StoreFault)
    }
    fn next_due(&self) -> Result<Option<u64>, StoreFault> {
        Err(StoreFault)
    }
    fn commit(&mut self, _: Change) -> Result<(), Conflict> {
        Err(Conflict::Fault)
    }
    fn forget(&mut self, _: Sid) -> Result<(), StoreFault> {
        Err(StoreFault)
    }
}

fn broken_store() -> Code {
    let mut world = world();
    let (key, visit) = world.page_key(0, b"cookie");
    let ask = World::ask(Payload::Login);
    let opening = world.draft(0, b"cookie", ask, &key, &visit, None).unwrap();
    let cast = cast(Suite::Sm);
    let own = HubKey::new(cast.hub_certificate.clone(), cast.hub_key()).unwrap();
    let mut hub = Hub::new(HUB, own, Broken).unwrap();
    let opener = Opener { platform: &world.list.platforms[0], credential: "c" };
    hub.open(opener, &opening.open, world.now, &mut world.rng).unwrap_err().code
}

/// Another bid's keys: a commitment that is not the key's.
fn wrong_key() -> Code {
    let cast = cast(Suite::Sm);
    let key = &cast.fixture.holder.escrowed.key;
    let bid = cast.bid(Bid::Closed);
    let index = bid.header().key_index("price").unwrap();
    let info = bid.info_for(index, &key.public().id()).unwrap();
    let octets = info.unwrap(key).unwrap().into_bytes();
    decrypt(Bid::Open, Some(&octets))
}

fn ended(change: impl FnOnce(&mut World, usize)) -> Code {
    let mut world = world();
    let page = login(&mut world);
    world.run_to_match(0, page).unwrap();
    change(&mut world, page);
    bound_step(&mut world, Input::Confirm)
}

/// Every code, said by a machine.
fn cases() -> Vec<(Code, Code)> {
    let mut cases = Vec::new();
    let mut case = |expected, said| cases.push((expected, said));

    // Frames.
    case(Code::QrForeign, frame_of("weixin://scan"));
    case(Code::QrMalformed, frame_of("HTTPS://HUB.EXAMPLE.CN/Q/A"));
    let mut w = world();
    let page = login(&mut w);
    let text = w.frame(page).unwrap();
    case(Code::HubUnknown, frame_of(&text.replace("HUB.EXAMPLE", "HUB.EVIL")));
    case(
        Code::QrTooLong,
        Hub::new(
            &"h".repeat(41),
            HubKey::new(w.cast.hub_certificate.clone(), w.cast.hub_key()).unwrap(),
            Store::default(),
        )
        .unwrap_err()
        .code,
    );
    case(
        Code::QrStale,
        scan_of(&mut world(), |world, _| {
            world.tick(9);
        }),
    );
    case(
        Code::QrTag,
        scan_of(&mut world(), |_, scan| {
            *scan.frame.as_mut().unwrap().0.last_mut().unwrap() ^= 1;
        }),
    );
    case(
        Code::SessionUnknown,
        scan_of(&mut world(), |_, scan| {
            scan.frame.as_mut().unwrap().0[3] ^= 1;
        }),
    );

    // Sessions.
    let mut w = world();
    let page = login(&mut w);
    w.scan(0, page).unwrap();
    let frame = {
        // The page draws no more; an attacker who has its secret does.
        let secret = w.pages[page].page.ticket().qr_secret();
        let display = w.pages[page].page.ticket().display_key();
        secret.draw(Suite::Sm, HUB, w.pages[page].sid(), 0, &display).unwrap()
    };
    case(Code::BoundElsewhere, w.scan_text(1, &frame).map(drop).unwrap_err());
    case(
        Code::SessionExpired,
        scan_of(&mut world(), |world, _| {
            world.tick(121);
        }),
    );
    case(
        Code::SessionCancelled,
        ended(|world, page| {
            world.pages[page].page.cancel().unwrap();
            world.outputs(page);
            world.page_sends(page).unwrap();
        }),
    );
    case(
        Code::NotMe,
        ended(|world, page| {
            world.pages[page].page.not_me().unwrap();
            world.outputs(page);
            world.page_sends(page).unwrap();
        }),
    );
    case(
        Code::Rejected,
        ended(|world, _| {
            world.reject(0, Code::PersonRejected).unwrap();
            world.phone_sends(0).unwrap();
        }),
    );
    let mut w = world();
    let page = answered(&mut w);
    case(Code::AlreadyAnswered, bound_step(&mut w, Input::Answer(b"another".to_vec())));
    w.hand_over(page).unwrap();
    w.page_sends(page).unwrap();
    case(Code::SessionFinal, bound_step(&mut w, Input::Confirm));
    let mut w = world();
    let page = login(&mut w);
    let sid = w.pages[page].sid();
    let stranger = Token::random(&mut w.rng);
    case(Code::TokenWrong, w.step(sid, &stranger, Input::Cancel).unwrap_err());
    let token = w.pages[page].opened.page_token.clone();
    case(Code::StepOutOfOrder, w.step(sid, &token, Input::NotMe).unwrap_err());
    let mut w = world();
    let page = login(&mut w);
    w.run_to_match(0, page).unwrap();
    w.now += 301;
    case(Code::DeadlinePassed, w.confirm(0).unwrap_err());
    let mut w = world();
    let wrong = Scan {
        frame: None,
        short_code: Some("00000000".into()),
        phone_nonce: Binary(vec![1; 32]),
        list_number: 0,
    };
    let limited = (0..6).map(|_| w.scan_at_hub(0, &wrong).map(drop).unwrap_err()).last();
    case(Code::RateLimited, limited.unwrap());

    // Requests, at the hub and on the phone.
    case(Code::RequestMalformed, open_with(|_, header| header.request_digest.0.clear()));
    case(Code::RequestTime, open_with(|_, header| header.expires_at += 1));
    case(Code::HubMismatch, open_with(|_, header| header.hub = "other.cn".into()));
    case(
        Code::SceneNotAllowed,
        open_with(|world, _| world.list.platforms[0].scenes = vec![Scene::Encrypt]),
    );
    case(
        Code::PlatformSuspended,
        open_with(|world, _| world.list.platforms[0].state = PlatformState::Suspended),
    );
    case(Code::PlatformUnknown, open_with(|_, header| header.platform = "P-9".into()));
    let mut w = world();
    let page = login(&mut w);
    let large = vec![0; (2 << 20) + 1];
    w.scan(0, page).unwrap();
    case(Code::RequestTooLarge, bound_step(&mut w, Input::Answer(large)));
    let mut w = world();
    let page = login(&mut w);
    w.run(0, page).unwrap();
    case(Code::RequestReplayed, {
        let digest = w.phones[0].memory.history.entries()[0].request.0.clone();
        let digest =
            yinxin_pki::Digest::from_bytes(yinxin_pki::DigestAlgorithm::Sm3, &digest).unwrap();
        w.phones[0].memory.released.check(&digest, w.now).unwrap_err().code
    });
    let change = |from: &str, to: &str| crate::world(Suite::Sm).bent(from, to);
    case(Code::VersionUnsupported, change("\"v\":1", "\"v\":2"));
    case(Code::SuiteUnsupported, change("\"suite\":\"SM\"", "\"suite\":\"XX\""));
    case(Code::PlatformName, change("示范交易平台", "示范交易平合"));
    case(Code::OriginUnregistered, change("bid.example", "evil.example"));
    case(
        Code::RequestSignature,
        looked(|world| {
            world.publish(|list| {
                list.platforms.swap(0, 1);
                let other = list.platforms[0].certificates.clone();
                list.platforms[1].certificates = other;
            });
            let der = world.list_der.clone();
            world.phones[0].hub.take_list(&der).unwrap();
        }),
    );

    // Trust lists.
    case(Code::TrustListFork, list_of(|list| list.number -= 1));
    let w = world();
    let other = w.cast.fixture.authority.member(Role::Platform).certificate().clone();
    let mut hub = yinxin_session::phone::PinnedHub::new(HUB, vec![other]).unwrap();
    case(Code::TrustListSignature, hub.take_list(&w.list_der).unwrap_err().code);
    case(
        Code::TrustListStale,
        looked(|world| {
            world.phones[0].hub =
                yinxin_session::phone::PinnedHub::new(HUB, vec![w.cast.hub_certificate.clone()])
                    .unwrap();
        }),
    );

    // Holdings.
    let holdings = |change: fn(&mut yinxin_session::phone::Holdings)| {
        looked(|world| change(&mut world.phones[0].holdings))
    };
    case(Code::NoMatchingCertificate, holdings(|held| held.certificates.clear()));
    let ended: fn(&mut yinxin_session::phone::Holdings) =
        |held| held.certificates[0].standing = Standing::Ended;
    case(Code::CertificateStatus, holdings(ended));
    let granted: fn(&mut yinxin_session::phone::Holdings) =
        |held| held.certificates[0].right = Right::Granted(Vec::new());
    case(Code::GrantDenied, holdings(granted));
    let mut w = world();
    let page = opened(&mut w, Scene::Signature);
    w.scan(0, page).unwrap();
    w.phones[0].holdings.seals.clear();
    case(Code::SealStatus, w.look(0).unwrap_err());
    let mut w = world();
    let page = login(&mut w);
    let text = w.frame(page).unwrap();
    w.phones[0].fast = -86_400;
    let mut bound = w.scan_text(0, &text).unwrap();
    bound.hub_time = Binary(Vec::new());
    w.take_bound(0, &bound).unwrap();
    case(Code::ClockSkew, w.look(0).unwrap_err());

    // The person.
    let mut w = world();
    let page = login(&mut w);
    w.scan(0, page).unwrap();
    w.look(0).unwrap();
    w.phone_sends(0).unwrap();
    w.poll(page).unwrap();
    let (holder, number) = w.pages[page].reads.clone().unwrap();
    w.pages[page].reads = Some((holder, (number + 1) % 100));
    case(Code::MatchWrong, w.enter_number(0).unwrap_err());
    let mut pin = Memory::default().pin;
    case(Code::PinWrong, pin.begin().unwrap().wrong(&pin).code);
    for _ in 0..4 {
        drop(pin.begin().unwrap());
    }
    case(Code::PinLocked, pin.begin().unwrap_err().code);
    case(Code::BrowserRefused, {
        let mut w = world();
        for _ in 0..3 {
            let page = login(&mut w);
            w.scan(0, page).unwrap();
            w.look(0).unwrap();
            w.phone_sends(0).unwrap();
            w.poll(page).unwrap();
            let (holder, number) = w.pages[page].reads.clone().unwrap();
            w.pages[page].reads = Some((holder, (number + 1) % 100));
            w.enter_number(0).unwrap_err();
        }
        let page = login(&mut w);
        w.scan(0, page).unwrap();
        w.look(0).unwrap_err()
    });
    let mut w = world();
    let page = login(&mut w);
    w.run_to_match(0, page).unwrap();
    w.reject(0, Code::PersonRejected).unwrap();
    case(Code::PersonRejected, w.phones[0].phone().ended().unwrap());

    // Sealing.
    let (mut w, page) = offered(1);
    w.prepare(page).unwrap();
    w.page_sends(page).unwrap();
    case(Code::OfferMismatch, w.seal(0, 0, b"nothing of the kind").unwrap_err());
    let (mut w, page) = offered(1);
    w.play(crate::world::moves::Move::PageLies(u8::try_from(page).unwrap())).unwrap();
    w.page_sends(page).unwrap();
    w.fetch_prepared(0).unwrap();
    case(Code::DigestChanged, w.phones[0].phone().ended().unwrap());

    // Bids.
    case(Code::SectionMismatch, decrypt(Bid::Foreign, None));
    case(Code::SegmentLocked, decrypt(Bid::Closed, None));
    let mut w = world();
    let page = opened(&mut w, Scene::Decrypt);
    w.scan(0, page).unwrap();
    let other = DecryptionKey::generate(Suite::Sm.curve(), &mut w.rng);
    w.phones[0].holdings.keys = vec![other.public().id()];
    case(Code::RecipientNotMine, w.look(0).unwrap_err());
    case(Code::ContentKeyInvalid, decrypt(Bid::Open, Some(&[1; 15])));
    case(Code::CommitmentMismatch, wrong_key());

    // Answers.
    let mut w = world();
    let page = answered(&mut w);
    let result = w.pages[page].page.answered().unwrap().result.clone();
    case(Code::AnswerBinding, w.accept(page, &result, b"another cookie").map(drop).unwrap_err());
    let mut bent = result.clone();
    bent.statement.0.pop();
    case(Code::AnswerSignature, w.accept(page, &bent, b"cookie").map(drop).unwrap_err());
    let mut w = world();
    let page = login(&mut w);
    w.scan(0, page).unwrap();
    w.poll(page).unwrap();
    case(
        Code::ReplyUnreadable,
        w.give(page, &crate::world::moves::event(2 + 1, "hello", Some(vec![0; 300]))).unwrap_err(),
    );
    case(Code::StorageRefused, Snapshot::read(b"{}").map(drop).unwrap_err().code);
    case(Code::Internal, broken_store());
    cases
}

#[test]
fn every_code_of_the_catalogue_is_said_by_a_machine() {
    let mut said = BTreeMap::new();
    for (expected, code) in cases() {
        assert_eq!(code, expected);
        said.insert(code.name(), code);
    }
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !said.contains_key(code.name()) && !RESERVED.contains(code))
        .collect();
    assert_eq!(missing, [&Code::Internal; 0], "codes that no machine says");
    let unreserved: Vec<_> =
        RESERVED.iter().filter(|code| said.contains_key(code.name())).collect();
    assert_eq!(unreserved, [&Code::Internal; 0], "they are said now: take them off the list");
}
