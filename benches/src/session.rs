//! A login over all roles: its sizes, its public-key operations, its time.

use std::hint::black_box;

use yinxin_benches::fastest_of;
use yinxin_pki::operation::Operation;
use yinxin_pki::{DecryptionKey, SigningKey, ToSign, cms::Recipient, cms::RecipientInfo};
use yinxin_seal::qr::{Qr, QrLevel};
use yinxin_session::display::Language;
use yinxin_session::frame::QrSecret;
use yinxin_session::hub::store::Memory as Store;
use yinxin_session::hub::{Hub, HubKey, Input, Opener};
use yinxin_session::page::{Output, Page, PageKey, Shown};
use yinxin_session::phone::{Confirm, Context, Memory, Next, Phone};
use yinxin_session::wire::http::{Ack, Action};
use yinxin_session::wire::{Binary, Item, Payload, Token};
use yinxin_session::{Suite, statement::Judge};

use crate::world::{Cast, HUB, NOW, World, cast};

const ROLES: [&str; 4] = ["page", "platform", "hub", "phone"];
type Counts = [[u32; 5]; 4];

/// One login and what it came to.
struct Login {
    /// Operations by role.
    counts: Counts,
    request: usize,
    sealed: usize,
    hello: usize,
    answer: usize,
    /// With the certificates it carries, and those.
    statement: (usize, usize),
    row: usize,
}

fn counted<T>(role: usize, counts: &mut Counts, act: impl FnOnce() -> T) -> T {
    let before = Operation::ALL.map(Operation::count);
    let done = act();
    for ((count, operation), before) in counts[role].iter_mut().zip(Operation::ALL).zip(before) {
        *count += operation.count() - before;
    }
    done
}

/// From the click to the acknowledged answer.
fn login(
    cast: &'static Cast,
    hub: &mut Hub<Store>,
    rng: &mut yinxin_ca::fixture::FixedRng,
) -> Login {
    let suite = cast.suite;
    let mut counts = Counts::default();
    let (page_role, platform_role, hub_role, phone_role) = (0, 1, 2, 3);
    let platform = cast.platform(0);
    let trust = &cast.fixture.trust;
    let judge = Judge { trust, revocation: None, require_revocation: false, now: NOW };

    let visit = platform.visit(b"cookie", NOW, rng);
    let origin = platform.origins[0].clone();
    let nonce = visit.nonce.0.clone();
    let key = counted(page_role, &mut counts, || PageKey::new(suite, &origin, nonce, rng));
    let ask = World::ask(Payload::Login);
    let opening = counted(platform_role, &mut counts, || {
        let draft = platform.request(key.begin(None), ask, &visit, b"cookie", NOW).unwrap();
        let signed = cast.platform_signs(0, draft.to_sign(), rng);
        draft.finish(&signed, rng).unwrap()
    });
    let sealed = opening.open.sealed.0.len();
    let opener = Opener { platform: &cast.list.platforms[0], credential: "c" };
    let opened = counted(hub_role, &mut counts, || hub.open(opener, &opening.open, NOW, rng));
    let opened = opened.unwrap().opened;
    let (ticket, mut pending) = opening.opened(&opened).unwrap();
    let display = ticket.display_key();
    let sid = ticket.sid();
    let digest = suite.digest().digest(&ticket.request.0);
    let mut page = counted(page_role, &mut counts, || Page::new(key, ticket, 0)).unwrap();
    let text = page.frame(0).unwrap().unwrap();

    let mut memory = Memory::default();
    let holdings = cast.holdings();
    let account = Token::random(rng);
    let mut phone = Phone::scan(&text, &[HUB], rng).unwrap();
    let scan = phone.to_scan(&cast.pinned);
    let bound = counted(hub_role, &mut counts, || hub.scan(&scan, &account, [1; 16], NOW, rng));
    let bound = bound.unwrap();
    let request = display.open_request(suite, &digest, &bound.sealed.0).unwrap().len();
    let (hello, view) = counted(phone_role, &mut counts, || {
        phone.bound(&bound, &cast.pinned, NOW).unwrap();
        let context = Context { hub: &cast.pinned, memory: &mut memory, now: NOW };
        phone.check(&holdings, Language::Chinese, &context).unwrap();
        let view = phone.show(&[], &context).unwrap();
        (phone.hello(rng).unwrap(), view)
    });
    let phone_token = bound.phone_token.clone();
    let step = |hub: &mut Hub<Store>, counts: &mut Counts, token: &Token, input, rng: &mut _| {
        counted(hub_role, counts, || hub.step(sid, token, input, NOW, rng)).unwrap()
    };
    step(hub, &mut counts, &phone_token, Input::Hello(hello.clone()), rng);
    let mut number = None;
    let mut poll = |hub: &mut Hub<Store>, page: &mut Page, counts: &mut Counts, rng: &mut _| {
        let events = hub.events(sid, &opened.page_token, page.last_event(), NOW).unwrap();
        for event in &events.events {
            let taken = counted(page_role, counts, || {
                page.handle_event(event, rng).and_then(|()| page.judge(judge))
            });
            taken.unwrap();
        }
        let mut ack = None;
        while let Some(output) = page.poll_output() {
            match output {
                Output::Show(Shown::Scanned { number: shown, .. }) => number = Some(shown),
                Output::Post { action: Action::Ack, body } => ack = Some(body),
                _ => {}
            }
        }
        (number, ack)
    };
    let (number, _) = poll(hub, &mut page, &mut counts, rng);
    let answer = counted(phone_role, &mut counts, || {
        let mut context = Context { hub: &cast.pinned, memory: &mut memory, now: NOW };
        phone.match_number(number.unwrap(), &mut context).unwrap();
        let pin = context.memory.pin.begin().unwrap().right(&mut context.memory.pin);
        let confirm = Confirm {
            view: view.digest(),
            certificate: view.needs.certificates[0],
            seals: vec![],
            trust_browser: false,
            pin: Some(pin),
        };
        let next = phone.confirm(confirm, &context, rng).unwrap();
        let Next::Sign(to_sign) = next else { unreachable!() };
        let signature = cast.fixture.signing_key.sign(&to_sign[0], rng).unwrap();
        match phone.signed(&[signature], &mut context, rng).unwrap() {
            Next::Answer(envelope) => envelope,
            other => panic!("{other:?}"),
        }
    });
    step(hub, &mut counts, &phone_token, Input::Confirm, rng);
    step(hub, &mut counts, &phone_token, Input::Answer(answer.clone()), rng);
    poll(hub, &mut page, &mut counts, rng);
    let result = page.answered().unwrap().result.clone();
    counted(platform_role, &mut counts, || {
        platform.accept(&mut pending, &result, b"cookie", judge).unwrap()
    });
    page.acknowledge().unwrap();
    let (_, ack) = poll(hub, &mut page, &mut counts, rng);
    let ack: Ack = serde_json::from_slice(&ack.unwrap()).unwrap();
    let done = step(hub, &mut counts, &opened.page_token, Input::Ack(ack.answer_digest.0), rng);
    assert_eq!(done.state, "completed");
    let own = cast.fixture.holder.certificates.signing().as_der().len();
    let issuers = cast.fixture.intermediates();
    let issuers = issuers.iter().map(|issuer| issuer.as_der().len());
    let carried = own + issuers.sum::<usize>();
    Login {
        counts,
        request,
        sealed,
        hello: hello.len(),
        answer: answer.len(),
        statement: (result.statement.0.len(), carried),
        row: hub.store().row_len(sid).unwrap(),
    }
}

/// One operation of each kind, ready to be done.
struct Units {
    rng: yinxin_ca::fixture::FixedRng,
    suite: Suite,
    key: SigningKey,
    to_sign: ToSign,
    signature: Vec<u8>,
    own: DecryptionKey,
    info: RecipientInfo,
}

impl Units {
    fn new(suite: Suite) -> Self {
        let mut rng = yinxin_ca::fixture::FixedRng::new(1);
        let key = SigningKey::generate(suite.curve(), &mut rng);
        let to_sign = ToSign::message(key.public(), b"message").unwrap();
        let signature = key.sign(&to_sign, &mut rng).unwrap();
        let own = DecryptionKey::generate(suite.curve(), &mut rng);
        let wrapped = Recipient::wrap(own.public(), &[7; 16], &mut rng).unwrap();
        let info = RecipientInfo::from_der(&wrapped).unwrap();
        Self { rng, suite, key, to_sign, signature, own, info }
    }

    fn act(&mut self, operation: Operation) {
        match operation {
            Operation::Generate => {
                black_box(SigningKey::generate(self.suite.curve(), &mut self.rng));
            }
            Operation::Sign => {
                black_box(self.key.sign(&self.to_sign, &mut self.rng)).unwrap();
            }
            Operation::Unwrap => {
                black_box(self.info.unwrap(&self.own)).unwrap();
            }
            Operation::Verify => {
                let (algorithm, digest) = (self.to_sign.algorithm(), self.to_sign.digest());
                let key = self.key.public();
                black_box(key.verify_digest(algorithm, digest, &self.signature)).unwrap();
            }
            Operation::Wrap => {
                black_box(Recipient::wrap(self.own.public(), &[7; 16], &mut self.rng)).unwrap();
            }
            _ => {}
        }
    }

    /// What a login's operations take by themselves, in microseconds.
    fn time(&mut self, counts: &Counts) -> f64 {
        fastest_of(1, || {
            for (operation, at) in Operation::ALL.into_iter().zip(0..) {
                for _ in 0..counts.iter().map(|role| role[at]).sum::<u32>() {
                    self.act(operation);
                }
            }
        })
    }
}

fn line(what: &str, bar: &str, figure: &str, holds: bool) {
    println!("{what:<48} {bar:>12} {figure:>14}   {}", if holds { "holds" } else { "MISSED" });
}

fn size(what: &str, bar: usize, figure: usize) {
    line(what, &format!("{bar} B"), &format!("{figure} B"), figure <= bar);
}

/// The request for 500 digests, signed.
fn batch(suite: Suite) -> usize {
    let mut world = World::new(suite, 1);
    let item = |number: u32| Item {
        id: number.to_string(),
        text: None,
        digest: Some(Binary(suite.digest().digest(&number.to_be_bytes()).as_ref().to_vec())),
        attached: false,
    };
    let payload = Payload::MessageSignature((0..500).map(item).collect());
    let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
    let ticket = world.pages[page].page.ticket();
    let digest = suite.digest().digest(&ticket.request.0);
    let sealed = &world.relayed[1];
    ticket.display_key().open_request(suite, &digest, sealed).unwrap().len()
}

pub(crate) fn all() {
    println!("{:<48} {:>12} {:>14}", "a session", "bar", "figure");
    frames();
    for suite in Suite::ALL {
        let cast = cast(suite);
        let mut rng = yinxin_ca::fixture::FixedRng::new(4);
        let name = suite.name();
        let key = HubKey::new(cast.hub_certificate.clone(), cast.hub_key()).unwrap();
        let mut hub = Hub::new(HUB, key, Store::default()).unwrap();
        hub.set_list_number(cast.list.number);
        let once = login(cast, &mut hub, &mut rng);
        size(&format!("{name}: login request, signed"), 1800, once.request);
        size(&format!("{name}: login request, sealed"), 4096, once.sealed);
        size(&format!("{name}: hello"), 400, once.hello);
        let (statement, carried) = once.statement;
        size(&format!("{name}: statement without its chain"), 2048, statement - carried);
        println!("    with its chain: {statement} B");
        size(&format!("{name}: login answer with chain"), 6144, once.answer);
        size(&format!("{name}: request for 500 digests"), 70_000, batch(suite));
        size(&format!("{name}: a session's row at the hub"), 4096, once.row);
        let total: u32 = once.counts.iter().flatten().sum();
        line(
            &format!("{name}: public-key operations of a login"),
            "24",
            &total.to_string(),
            total <= 24,
        );
        for (role, counts) in ROLES.iter().zip(once.counts) {
            let each: Vec<_> = Operation::ALL
                .iter()
                .zip(counts)
                .filter(|(_, count)| *count > 0)
                .map(|(operation, count)| format!("{count} {operation:?}").to_lowercase())
                .collect();
            println!("    {role:<10} {}", each.join(", "));
        }
        // A login and its bare operations by turns: a core that slows down slows both.
        let mut units = Units::new(suite);
        let mut rounds: Vec<(f64, f64)> = (0..41)
            .map(|_| {
                let whole = fastest_of(1, || {
                    black_box(login(cast, &mut hub, &mut rng));
                });
                (1.0 - units.time(&once.counts) / whole, whole)
            })
            .collect();
        rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
        let share = rounds[rounds.len() / 2].0;
        let whole = rounds.iter().map(|round| round.1).fold(f64::INFINITY, f64::min);
        let own = 100.0 * share;
        line(
            &format!("{name}: a whole login in one process"),
            "20 ms",
            &format!("{:.2} ms", whole / 1e3),
            whole <= 20_000.0,
        );
        line(
            &format!("{name}: of it beside public-key operations"),
            "20 %",
            &format!("{own:.0} %"),
            own < 20.0,
        );
    }
    println!("no peer: no other implementation of the protocol is at hand");
}

fn frames() {
    let mut rng = yinxin_ca::fixture::FixedRng::new(2);
    let secret = QrSecret::random(&mut rng);
    let display = yinxin_session::channel::DisplayKey::random(&mut rng);
    let sid = yinxin_session::channel::Sid([7; 16]);
    let host = "hub.yinxin-example-24.cn";
    let mut age = 0;
    let drawn = fastest_of(200, || {
        age += 1;
        let text = secret.draw(Suite::Sm, host, sid, age, &display).unwrap();
        drop(black_box(Qr::encode(&text, QrLevel::Medium)));
    });
    line("a frame: text and modules", "0.2 ms", &format!("{:.3} ms", drawn / 1e3), drawn <= 200.0);
    for (length, characters, version) in [(24, 106, 5), (40, 122, 6)] {
        let host = "h".repeat(length);
        let text = secret.draw(Suite::Sm, &host, sid, 9, &display).unwrap();
        let qr = Qr::encode(&text, QrLevel::Medium).unwrap();
        line(
            &format!("a frame of a host of {length} characters"),
            &format!("{characters}, v{version}"),
            &format!("{}, v{}-{}", text.len(), qr.version(), qr.level().letter()),
            text.len() <= characters && qr.version() <= version,
        );
    }
    let refused = secret.draw(Suite::Sm, &"h".repeat(41), sid, 9, &display).is_err();
    line("a host of 41 characters", "refused", if refused { "refused" } else { "drawn" }, refused);
}
