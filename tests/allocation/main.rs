//! What a session takes of memory (P11): counted at the allocator, in a process of its own, one test
//! after the other.

#[path = "../session/world.rs"]
#[expect(dead_code, unused_imports, reason = "the session tests use all of it")]
mod world;

use peak_alloc::PeakAlloc;
use yinxin_session::channel::{Binding, ChannelKey, DisplayKey, MAX_LEN, Sid, Step};
use yinxin_session::check::{CheckedRequest, Known};
use yinxin_session::frame;
use yinxin_session::trust_list::TrustList;
use yinxin_session::wire::Payload;
use yinxin_session::{Code, Refused, Scene, Suite};

use world::{HUB, World};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Octets that a session may take in a role, its payload with them, and over all four.
const ROLE: usize = 8 << 20;
const SESSION: usize = 4 * ROLE;

/// Octets that an ordinary session takes over all roles at most: it needs a fifth of it.
const ORDINARY: usize = 1 << 20;

/// Octets that a refusal may take: its code, its facts.
const REFUSAL: usize = 16 << 10;

/// The most that was held during `act`, above what was held before.
fn peak<T>(act: impl FnOnce() -> T) -> (T, usize) {
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let done = act();
    (done, HEAP.peak_usage().saturating_sub(before))
}

#[test]
fn p11_memory_is_bounded() {
    sessions();
    refusals();
}

/// Page, platform, hub and phone together, from the click to the receipt.
fn sessions() {
    for suite in Suite::ALL {
        // Keys and certificates are made once, and are nobody's session.
        World::new(suite, 11);
        let many = |world: &World| -> [Payload; 2] {
            [world.cast.messages(500), world.cast.seal_files(50)]
        };
        let scenes = Scene::ALL.map(|scene| World::new(suite, 11).cast.payload(scene));
        let scenes = scenes.into_iter().map(|payload| (payload, ORDINARY));
        let large = many(&World::new(suite, 11)).into_iter().map(|payload| (payload, SESSION));
        for (payload, limit) in scenes.chain(large) {
            let mut world = World::new(suite, 11);
            let scene = payload.scene().name();
            let ((), most) = peak(|| {
                let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
                world.run(0, page).unwrap();
            });
            println!("{scene}, {suite:?}: {most} octets");
            assert!(most <= limit, "{scene}: {most}");
        }
    }
}

/// What is over its limit is refused before anything of its size is made.
fn refusals() {
    let suite = Suite::Sm;
    let mut world = World::new(suite, 12);
    let page = world.open(0, b"cookie", World::ask(Payload::Login)).unwrap();
    let ticket = world.pages[page].page.ticket();
    let (text, routing) = (ticket.request.0.clone(), ticket.request().unwrap());
    let routing = routing.routing(&text);
    let digest = suite.digest().digest(&text);
    let binding = Binding { suite, sid: Sid([1; 16]), request: digest };
    let reply = world.cast.hub_key_for_decryption();
    let (display, channel) = (DisplayKey::from_bytes([1; 16]), ChannelKey::from_bytes([1; 32]));
    let list = world.phones[0].hub.list().unwrap();
    let known = Known { hub: HUB, list, now: world.now };
    let large = vec![1; 16 << 20];
    let long = "A".repeat(1 << 20);
    type Act<'a> = &'a dyn Fn() -> Result<(), Refused>;
    let cases: [(&str, Code, Act<'_>); 6] = [
        ("envelope", Code::ReplyUnreadable, &|| {
            binding.open(Step::Answer, &large[..=MAX_LEN], &reply, &display).map(drop)
        }),
        ("prepared message", Code::OfferMismatch, &|| {
            channel.open(&binding, &digest, 0, &large).map(drop)
        }),
        ("sealed request", Code::RequestMalformed, &|| {
            display.open_request(suite, &digest, &large).map(drop)
        }),
        ("request", Code::RequestTooLarge, &|| {
            CheckedRequest::new(&large, &routing, known).map(drop)
        }),
        ("trust list", Code::TrustListSignature, &|| {
            TrustList::read(&large, HUB, &[], None).map(drop)
        }),
        ("code", Code::QrMalformed, &|| {
            frame::scan(&format!("HTTPS://HUB.EXAMPLE.CN/Q/{}", &long[..1 << 12]), &[HUB]).map(drop)
        }),
    ];
    for (what, code, act) in cases {
        let (refused, most) = peak(act);
        println!("{what}: {most} octets");
        assert_eq!(refused.unwrap_err().code, code, "{what}");
        assert!(most <= REFUSAL, "{what}: {most}");
    }
}
