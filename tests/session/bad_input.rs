//! Bad input for every message: cut at each octet, bent 20 000 times, with members of other types,
//! huge numbers, deep nesting, characters that hide. A code, or an honest reading; no panic.

use std::panic::catch_unwind;

use rand_core::Rng as _;
use serde::de::DeserializeOwned;
use yinxin_ca::Role;
use yinxin_ca::fixture::FixedRng;
use yinxin_session::channel::{ChannelKey, Sid};
use yinxin_session::check::{CheckedRequest, Known};
use yinxin_session::frame::SentFrame;
use yinxin_session::matching::MatchSecret;
use yinxin_session::page::Snapshot;
use yinxin_session::phone::{Memory, PinnedHub};
use yinxin_session::wire::http::{Ack, Bound, Events, Fail, Open, Opened, Problem, Scan};
use yinxin_session::wire::{
    Act, Answer, Begin, Binary, Delivery, Evidence, Hello, HubReceipt, HubReceiptKind, HubTime,
    Offer, OfferedFile, Payload, PlatformReceipt, Prepared, Reject, Request, ResultForPlatform,
    StatementContent, Ticket, Witness,
};
use yinxin_session::{Code, Refused, Scene, Suite};
use yinxin_tests::big::long_or;

use crate::world::{HUB, World};

type Reader = dyn Fn(&[u8]) -> Result<(), Code>;

/// A message: what it is called, sound octets, who reads it, and the codes it is refused with.
struct Message {
    name: &'static str,
    octets: Vec<u8>,
    read: Box<Reader>,
    codes: &'static [Code],
}

fn message<T: 'static>(
    name: &'static str,
    octets: Vec<u8>,
    read: fn(&[u8]) -> Result<T, Refused>,
    codes: &'static [Code],
) -> Message {
    let read =
        Box::new(move |octets: &[u8]| read(octets).map(drop).map_err(|refused| refused.code));
    Message { name, octets, read, codes }
}

/// JSON of the HTTP binding, read as the hub and its callers read it.
fn json<T: DeserializeOwned + 'static>(name: &'static str, octets: Vec<u8>) -> Message {
    fn read<T: DeserializeOwned>(octets: &[u8]) -> Result<T, Refused> {
        yinxin_pki::json::read(octets).map_err(|_| Code::RequestMalformed.into())
    }
    message(name, octets, read::<T>, &[Code::RequestMalformed])
}

const REPLY: &[Code] = &[Code::ReplyUnreadable];

/// Every text of the protocol, out of a session.
fn texts() -> Vec<Message> {
    let mut world = World::new(Suite::Sm, 1);
    let payload = world.cast.seal_files(2);
    let Payload::Signature(files) = payload.clone() else { unreachable!() };
    let (key, _) = world.page_key(0, b"cookie");
    let begin = key.begin(Some(world.cast.browser_signs(&key.browser_bytes())));
    let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
    let scanned = world.relayed.len();
    world.run(0, page).unwrap();
    let bound = world.relayed[scanned + 1].clone();
    let desk = &world.pages[page];
    let entry = &world.phones[0].memory.history.entries()[0];
    let result = desk.result.clone().unwrap();
    let answer =
        Answer::new(entry.statement.0.clone(), &entry.shown.0, result.products.clone(), vec![]);
    let hello = Hello { secret: MatchSecret::from_bytes([7; 32]), holder: "甲**".into() };
    let certificate = world.cast.fixture.holder.certificates.signing().as_der().to_vec();
    let offer = Offer {
        certificates: vec![Binary(certificate)],
        seals: vec![Binary(vec![1; 40])],
        files: vec![OfferedFile {
            id: files[0].id.clone(),
            seal: 0,
            placements: files[0].placements.clone(),
        }],
        channel_key: ChannelKey::from_bytes([3; 32]),
    };
    let act = Act::Seal(crate::world::seal_act(world.cast, "f0", &files[0].placements));
    let digest = files[0].digest.0.clone();
    let prepared = Prepared::new((0, 2), "f0", digest, files[0].format, world.now, act);
    let statement = crate::world::content_of(
        &entry.statement.0,
        yinxin_pki::signed_object::ObjectType::Statement,
    );
    let sid = desk.sid();
    let token = desk.opened.page_token.clone();
    let events = world.hub.events(sid, &token, 0, world.now).unwrap();
    let desk = &world.pages[page];
    vec![
        message(
            "request",
            desk.page.ticket().request.0.clone(),
            Request::read,
            &[
                Code::RequestMalformed,
                Code::VersionUnsupported,
                Code::SuiteUnsupported,
                Code::SceneNotAllowed,
            ],
        ),
        message("begin", begin.write().unwrap(), Begin::read, &[Code::RequestMalformed]),
        message(
            "ticket",
            desk.page.ticket().write().unwrap(),
            Ticket::read,
            &[Code::RequestMalformed],
        ),
        message("hello", hello.write().unwrap(), Hello::read, REPLY),
        message("offer", offer.write().unwrap(), Offer::read, REPLY),
        message("prepared", prepared.write().unwrap(), Prepared::read, &[Code::OfferMismatch]),
        message("answer", answer.write().unwrap(), Answer::read, REPLY),
        message("result", result.write().unwrap(), ResultForPlatform::read, &[Code::AnswerBinding]),
        message("reject", Reject::new(Code::PinWrong).write().unwrap(), Reject::read, REPLY),
        message(
            "statement",
            statement,
            StatementContent::read,
            &[Code::AnswerSignature, Code::AnswerBinding],
        ),
        message(
            "page's snapshot",
            desk.page.snapshot().write().unwrap().to_vec(),
            Snapshot::read,
            &[Code::StorageRefused],
        ),
        message(
            "phone's memory",
            world.phones[0].memory.write().unwrap(),
            Memory::read,
            &[Code::StorageRefused],
        ),
        json::<Open>("open", world.relayed[0].clone()),
        json::<Opened>("opened", to_json(&desk.opened)),
        json::<Scan>("scan", world.relayed[scanned].clone()),
        json::<Bound>("bound", bound),
        json::<Ack>("ack", to_json(&Ack { answer_digest: Binary(vec![1; 32]) })),
        json::<Fail>("fail", to_json(&Fail { code: "internal".into() })),
        json::<Events>("events", to_json(&events)),
        json::<Problem>("problem", to_json(&Problem::new(&Code::QrTag.into()))),
    ]
}

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// Reads, and lets nothing but the codes of this message out.
fn read(message: &Message, octets: &[u8], how: &str) -> Result<(), Code> {
    let read = std::panic::AssertUnwindSafe(|| (message.read)(octets));
    let said = catch_unwind(read).unwrap_or_else(|_| {
        panic!("{} {how}: panic on {}", message.name, String::from_utf8_lossy(octets))
    });
    if let Err(code) = said {
        let text = String::from_utf8_lossy(octets);
        assert!(message.codes.contains(&code), "{} {how}: {code} on {text}", message.name);
    }
    said
}

#[test]
fn every_text_cut_at_any_octet_is_refused_with_its_code() {
    for message in texts() {
        read(&message, &message.octets, "whole").unwrap();
        let length = message.octets.len();
        for end in (0..length).step_by(1 + length / 3000) {
            read(&message, &message.octets[..end], "cut").unwrap_err();
        }
        for more in [&b" x"[..], b"{}", b"\0", b"}"] {
            let longer = [&message.octets[..], more].concat();
            read(&message, &longer, "longer").unwrap_err();
        }
        let bom = [&b"\xef\xbb\xbf"[..], &message.octets].concat();
        read(&message, &bom, "after a BOM").unwrap_err();
    }
}

#[test]
fn every_text_bent_20_000_times_is_refused_or_read_and_never_panics() {
    let count = long_or(20_000, 20_000);
    for message in texts() {
        let mut rng = FixedRng::new(20_000);
        // Long texts are bent near their beginning as often as anywhere.
        let count = if message.octets.len() > 8_000 { count / 10 } else { count };
        let mut read_all_the_same = 0_u32;
        for _ in 0..count {
            let mut bent = message.octets.clone();
            for _ in 0..=rng.next_u32() % 3 {
                let at = usize::try_from(rng.next_u32()).unwrap() % bent.len();
                let octet = rng.next_u32().to_le_bytes()[0];
                match rng.next_u32() % 4 {
                    0 => bent[at] ^= 1 << (octet % 8),
                    1 => bent[at] = octet,
                    2 => bent.insert(at, octet),
                    _ => drop(bent.remove(at)),
                }
            }
            read_all_the_same += u32::from(read(&message, &bent, "bent").is_ok());
        }
        println!("{:>16}: {read_all_the_same} of {count} read all the same", message.name);
    }
}

/// Every value of a JSON text in turn exchanged for another.
fn exchanged(text: &str, with: &str) -> Vec<String> {
    let octets = text.as_bytes();
    let mut out = Vec::new();
    for (at, octet) in octets.iter().enumerate() {
        if *octet != b':' || octets.get(at.wrapping_sub(1)) != Some(&b'"') {
            continue;
        }
        let rest = &text[at + 1..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
        if values.next().is_some_and(|value| value.is_ok()) {
            let end = at + 1 + values.byte_offset();
            out.push([&text[..=at], with, &text[end..]].concat());
        }
    }
    out
}

#[test]
fn members_of_other_types_huge_numbers_nesting_and_hiding_characters_are_refused() {
    let deep = ["[".repeat(17), "]".repeat(17)].concat();
    let deeper = ["[".repeat(20_000), "]".repeat(20_000)].concat();
    for message in texts() {
        let text = String::from_utf8(message.octets.clone()).unwrap();
        let mut refusals = 0;
        for value in [
            "null",
            "1.0",
            "1e2",
            "-1",
            "9007199254740992",
            "18446744073709551616",
            "1e999",
            "\"\u{202e}x\"",
            "\"a\u{200b}b\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"e\u{301}\"",
            "[]",
            "{}",
            "true",
            &deep[..],
            &deeper,
        ] {
            for bent in exchanged(&text, value) {
                let said = read(&message, bent.as_bytes(), value);
                // An empty list or object, or a truth, may be another honest value.
                let honest = ["[]", "{}", "true", "null"].contains(&value);
                let skipped = message.name == "problem" || message.name == "events";
                assert!(said.is_err() || honest || skipped, "{} {value}: {bent}", message.name);
                refusals += u32::from(said.is_err());
            }
        }
        // Twice the same name, the second escaped.
        let first = text.find("\":").unwrap();
        let name = &text[2..first];
        let escaped = format!("\\u{:04x}{}", u32::from(name.as_bytes()[0]), &name[1..]);
        let twice = format!("{},\"{escaped}\":1}}", text.strip_suffix('}').unwrap());
        read(&message, twice.as_bytes(), "a name twice").unwrap_err();
        println!("{:>16}: {refusals} refused", message.name);
        assert!(refusals > 8, "{}", message.name);
    }
}

#[test]
fn texts_over_every_limit_are_refused() {
    for message in texts() {
        let text = String::from_utf8(message.octets.clone()).unwrap();
        let open = text.strip_suffix('}').unwrap();
        for filler in ["x".repeat(5 << 20), "[".repeat(5 << 20)] {
            let long = format!("{open},\"more\":\"{filler}\"}}");
            // Two of them skip members that they do not know, for newer hubs.
            let said = read(&message, long.as_bytes(), "large");
            let skips = message.name == "problem" || message.name == "events";
            assert!(said.is_err() || skips, "{}", message.name);
        }
    }
}

/// Every signed object, with its reader.
fn objects() -> Vec<Message> {
    let mut world = World::new(Suite::Sm, 2);
    let page = world.open(0, b"cookie", World::ask(Payload::Login)).unwrap();
    let desk = &world.pages[page];
    let request = desk.page.ticket().request.0.clone();
    let routing = desk.page.ticket().request().unwrap().routing(&request);
    let list = world.phones[0].hub.list().unwrap().clone();
    let now = world.now;
    let platform = world.cast.fixture.authority.member(Role::Platform);
    let hub = world.cast.fixture.authority.member(Role::Ocsp);
    let signed = crate::sign(platform, yinxin_pki::signed_object::ObjectType::Request, request);
    let mut finish = |draft: yinxin_pki::signed_object::ObjectDraft, member: &yinxin_ca::Member| {
        let answer = member.key().sign(draft.to_sign(), &mut world.rng).unwrap();
        draft.finish(&answer).unwrap()
    };
    let time = HubTime { hub: HUB.into(), phone_nonce: vec![5; 32], at: now, list_number: 7 };
    let time = finish(time.draft(hub.certificate()).unwrap(), hub);
    let receipt = PlatformReceipt::new("P-1", &[1; 32], &[2; 32], None, now);
    let receipt = finish(receipt.draft(platform.certificate()).unwrap(), platform);
    let stored = HubReceipt::new(HubReceiptKind::Stored, delivery(), "answered", 5, now, 7);
    let stored = finish(stored.draft(hub.certificate()).unwrap(), hub);
    let evidence = Evidence {
        sid: Sid([1; 16]),
        request_digest: None,
        step: "created".into(),
        code: Code::SessionExpired,
        party: Witness::Hub,
        at: now,
        list_number: 7,
        previous: None,
    };
    let evidence = finish(evidence.draft(hub.certificate()).unwrap(), hub);
    let hub_keys = vec![hub.certificate().clone()];
    let platform_keys = vec![platform.certificate().clone()];
    let list_der = world.list_der.clone();
    let signer = world.cast.fixture.authority.member(Role::TrustList).certificate().clone();
    let code = |refused: Refused| refused.code;
    let (keys, own) = (hub_keys.clone(), hub_keys.clone());
    vec![
        Message {
            name: "request",
            octets: signed,
            read: Box::new(move |der| {
                let known = Known { hub: HUB, list: &list, now };
                CheckedRequest::new(der, &routing, known).map(drop).map_err(code)
            }),
            codes: &[Code::RequestSignature, Code::RequestTooLarge],
        },
        Message {
            name: "trust list",
            octets: list_der,
            read: Box::new(move |der| {
                let mut hub = PinnedHub::new(HUB, vec![signer.clone()]).unwrap();
                hub.take_list(der).map_err(code)
            }),
            codes: &[Code::TrustListSignature, Code::RequestTooLarge],
        },
        Message {
            name: "hub time",
            octets: time,
            read: Box::new(move |der| {
                HubTime::read(der, HUB, &[5; 32], &hub_keys).map(drop).map_err(code)
            }),
            codes: &[Code::HubMismatch],
        },
        Message {
            name: "hub receipt",
            octets: stored,
            read: Box::new(move |der| {
                let kind = HubReceiptKind::Stored;
                HubReceipt::read(der, kind, delivery(), &keys).map(drop).map_err(code)
            }),
            codes: &[Code::AnswerSignature],
        },
        Message {
            name: "receipt",
            octets: receipt,
            read: Box::new(move |der| {
                PlatformReceipt::read(der, "P-1", &[1; 32], &[2; 32], &platform_keys)
                    .map(drop)
                    .map_err(code)
            }),
            codes: &[Code::AnswerSignature],
        },
        Message {
            name: "evidence",
            octets: evidence,
            read: Box::new(move |der| {
                Evidence::read(der, Witness::Hub, &own).map(drop).map_err(code)
            }),
            codes: &[Code::AnswerSignature],
        },
        message(
            "sent frame",
            frame(),
            SentFrame::from_bytes,
            &[Code::QrMalformed, Code::VersionUnsupported],
        ),
    ]
}

fn frame() -> Vec<u8> {
    let mut world = World::new(Suite::Sm, 3);
    let page = world.open(0, b"cookie", World::ask(Payload::Login)).unwrap();
    let text = world.frame(page).unwrap();
    yinxin_session::frame::scan(&text, &[HUB]).unwrap().frame.to_bytes()
}

fn delivery() -> Delivery<'static> {
    Delivery {
        hub: HUB,
        sid: Sid([1; 16]),
        request_digest: &[1; 32],
        answer_digest: &[2; 32],
        scene: Scene::Login,
    }
}

#[test]
fn every_signed_object_cut_bent_or_lengthened_is_refused_with_its_code() {
    for message in objects() {
        read(&message, &message.octets, "whole").unwrap();
        let length = message.octets.len();
        for end in 0..length {
            read(&message, &message.octets[..end], "cut").unwrap_err();
        }
        let longer = [&message.octets[..], &[0]].concat();
        read(&message, &longer, "longer").unwrap_err();
        let mut rng = FixedRng::new(5);
        for _ in 0..long_or(20_000, 2_000) {
            let mut bent = message.octets.clone();
            let at = usize::try_from(rng.next_u32()).unwrap() % bent.len();
            bent[at] ^= 1 << (rng.next_u32() % 8);
            // A frame has no signature here: the hub looks at its tag.
            let said = read(&message, &bent, "bent");
            assert!(said.is_err() || message.name == "sent frame", "{} at {at}", message.name);
        }
        for large in [vec![0x30; 5 << 20], vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]] {
            read(&message, &large, "large").unwrap_err();
        }
    }
}
