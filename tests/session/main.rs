//! Requests and trust lists as hostile hubs and platforms send them: one test for each, named after
//! it.

mod documented;
mod hub_objects;
mod hub_open;
mod hub_race;
mod hub_scan;
mod hub_silence;
mod hub_steps;
mod hub_walk;
mod hub_world;

mod judging;
mod page;
mod phone;

mod bad_input;
mod codes;
mod properties;
mod random;
mod same_everywhere;
mod table;
mod threats;
mod world;

use yinxin_ca::fixture::{Fixture, NOW};
use yinxin_ca::{Member, Role};
use yinxin_pki::signed_object::{ObjectDraft, ObjectType};
use yinxin_pki::{Curve, DecryptionKey, DigestAlgorithm};
use yinxin_session::check::{CheckedRequest, Known};
use yinxin_session::display::{Language, Shown};
use yinxin_session::trust_list::{ListedPlatform, PlatformState, TrustList, TrustListContent};
use yinxin_session::wire::{
    Binary, Display, Item, Payload, Platform, Request, Require, RoutingHeader,
};
use yinxin_session::{Code, Refused, Scene, Suite};
use yinxin_tests::ours::rng;

const HUB: &str = "hub.example.cn";
const ORIGIN: &str = "https://bid.example.cn";

struct World {
    fixture: Fixture,
    suite: Suite,
    now: u64,
}

fn world(suite: Suite) -> World {
    let now = u64::try_from(NOW.unix()).unwrap();
    World { fixture: Fixture::new(suite.curve()).unwrap(), suite, now }
}

fn sign(member: &Member, kind: ObjectType, content: Vec<u8>) -> Vec<u8> {
    let draft = ObjectDraft::new(kind, content, member.certificate(), &[], NOW).unwrap();
    let answer = member.key().sign(draft.to_sign(), &mut rng()).unwrap();
    draft.finish(&answer).unwrap()
}

impl World {
    fn content(&self) -> TrustListContent {
        let mut list = TrustListContent::new(HUB, 7, self.now - 60, self.now + 3600);
        let certificate = self.fixture.authority.member(Role::Platform).certificate();
        list.platforms.push(ListedPlatform {
            code: "P-1".into(),
            name: "示范交易平台".into(),
            origins: vec![ORIGIN.into()],
            certificates: vec![Binary(certificate.as_der().to_vec())],
            scenes: Scene::ALL.to_vec(),
            state: PlatformState::Active,
        });
        list
    }

    fn list_of(
        &self,
        content: &TrustListContent,
        held: Option<&TrustList>,
    ) -> Result<TrustList, Refused> {
        let signer = self.fixture.authority.member(Role::TrustList);
        let der = sign(signer, ObjectType::TrustList, content.write()?);
        TrustList::read(&der, HUB, &[signer.certificate().clone()], held)
    }

    fn list(&self) -> TrustList {
        self.list_of(&self.content(), None).unwrap()
    }

    fn request(&self) -> Request {
        let reply = DecryptionKey::generate(self.suite.curve(), &mut rng());
        Request {
            suite: self.suite,
            hub: HUB.into(),
            platform: Platform { code: "P-1".into(), name: "示范交易平台".into() },
            origin: ORIGIN.into(),
            nonce: vec![7; 32],
            issued_at: self.now,
            expires_at: self.now + 120,
            reply_key: reply.public().to_spki(),
            browser: None,
            display: Display { title: Some("登录".into()), ..Display::default() },
            payload: Payload::Login,
            require: Require::default(),
        }
    }

    /// Signed by the platform, with the header that belongs to it.
    fn sealed(&self, text: Vec<u8>, request: &Request) -> (Vec<u8>, RoutingHeader) {
        let routing = request.routing(&text);
        (sign(self.fixture.authority.member(Role::Platform), ObjectType::Request, text), routing)
    }

    fn check_by(
        &self,
        der: &[u8],
        routing: &RoutingHeader,
        list: &TrustList,
    ) -> Result<CheckedRequest, Code> {
        let known = Known { hub: HUB, list, now: self.now };
        CheckedRequest::new(der, routing, known).map_err(|refused| refused.code)
    }

    fn check(&self, request: &Request) -> Result<CheckedRequest, Code> {
        let (der, routing) = self.sealed(request.write().map_err(|r| r.code)?, request);
        self.check_by(&der, &routing, &self.list())
    }

    /// The login request's text with something exchanged in it, signed all the same.
    fn bent(&self, from: &str, to: &str) -> Code {
        let request = self.request();
        let text = String::from_utf8(request.write().unwrap()).unwrap();
        assert!(text.contains(from), "{text}");
        let bent = text.replacen(from, to, 1);
        let (der, routing) = self.sealed(bent.into_bytes(), &request);
        self.check_by(&der, &routing, &self.list()).unwrap_err()
    }
}

#[test]
fn an_honest_request_is_taken_and_shown_in_both_suites() {
    for suite in Suite::ALL {
        let world = world(suite);
        let checked = world.check(&world.request()).unwrap();
        assert_eq!(checked.platform().name, "示范交易平台");
        let shown = Shown::new(&checked, Language::Chinese).unwrap();
        let again = Shown::new(&checked, Language::Chinese).unwrap();
        assert_eq!(shown, again);
        assert_eq!(shown.lines()[0], ("platform".into(), "示范交易平台".into()));
        assert_ne!(shown.digest(), Shown::new(&checked, Language::English).unwrap().digest());
        // A login request has at most 1 800 bytes.
        let (der, _) = world.sealed(world.request().write().unwrap(), &world.request());
        println!("login request, {suite:?}: {} bytes", der.len());
        assert!(der.len() <= 1800);
    }
}

/// What is done to an honest request.
type Change<'a> = &'a dyn Fn(&mut Request);

#[test]
fn each_fault_of_a_request_has_its_code() {
    let world = world(Suite::Sm);
    let changed = |change: Change<'_>| {
        let mut request = world.request();
        change(&mut request);
        world.check(&request).map(drop).unwrap_err()
    };
    let cases: [(Change<'_>, Code); 9] = [
        (&|r| r.hub = "other.cn".into(), Code::HubMismatch),
        (&|r| r.platform.name = "示范交易平合".into(), Code::PlatformName),
        (&|r| r.origin = "https://evil.cn".into(), Code::OriginUnregistered),
        (&|r| r.origin = "https://bid.example.cn:8443".into(), Code::OriginUnregistered),
        (&|r| r.origin = "https://a.bid.example.cn".into(), Code::OriginUnregistered),
        (&|r| r.expires_at = r.issued_at + 121, Code::RequestTime),
        (
            &|r| {
                r.issued_at += 3600;
                r.expires_at += 3600
            },
            Code::RequestTime,
        ),
        (
            &|r| {
                r.issued_at -= 600;
                r.expires_at -= 600
            },
            Code::SessionExpired,
        ),
        (&|r| r.platform.code = "P-2".into(), Code::PlatformUnknown),
    ];
    for (index, (change, code)) in cases.iter().enumerate() {
        assert_eq!(changed(*change), *code, "case {index}");
    }
    for (from, to, code) in [
        ("\"v\":1", "\"v\":2,\"new\":true", Code::VersionUnsupported),
        ("\"suite\":\"SM\"", "\"suite\":\"XX\"", Code::SuiteUnsupported),
        ("\"scene\":\"login\"", "\"scene\":\"dance\"", Code::SceneNotAllowed),
        ("\"v\":1", "\"v\":1,\"\\u0076\":1", Code::RequestMalformed),
        ("\"v\":1", "\"v\":1.0", Code::RequestMalformed),
        ("\"v\":1", "\"v\":1,\"unknown\":1", Code::RequestMalformed),
        ("{\"typ\"", "\u{feff}{\"typ\"", Code::RequestMalformed),
        ("登录", "登\u{202e}录", Code::RequestMalformed),
        ("登录", "登\u{200b}录", Code::RequestMalformed),
        ("yinxin-request-1", "yinxin-statement-1", Code::RequestMalformed),
        ("\"suite\":\"SM\"", "\"suite\":\"NIST\"", Code::RequestMalformed),
    ] {
        assert_eq!(world.bent(from, to), code, "{to}");
    }
}

#[test]
fn scenes_that_act_need_the_account() {
    let world = world(Suite::Nist);
    let mut request = world.request();
    let item = Item { id: "1".into(), text: Some("同意".into()), digest: None, attached: false };
    request.payload = Payload::MessageSignature(vec![item.clone()]);
    assert_eq!(world.check(&request).map(drop), Err(Code::RequestMalformed));
    request.require.credit_code = Some("91350100m000100y43".into());
    assert_eq!(world.check(&request).map(drop), Err(Code::RequestMalformed), "lower case");
    request.require.credit_code = Some("91350100M000100Y44".into());
    assert_eq!(world.check(&request).map(drop), Err(Code::RequestMalformed), "check character");
    request.require.credit_code = Some("91350100M000100Y43".into());
    world.check(&request).unwrap();

    let with = |items: Vec<Item>| {
        let mut request = request.clone();
        request.payload = Payload::MessageSignature(items);
        world.check(&request).map(drop)
    };
    let many =
        |count: usize| (0..count).map(|n| Item { id: n.to_string(), ..item.clone() }).collect();
    assert_eq!(with(many(500)), Ok(()));
    assert_eq!(with(many(501)), Err(Code::RequestMalformed));
    assert_eq!(with(vec![]), Err(Code::RequestMalformed));
    assert_eq!(with(vec![item.clone(), item.clone()]), Err(Code::RequestMalformed));
    let statement =
        Item { text: Some("{\"typ\" : \"yinxin-statement-1\"}".into()), ..item.clone() };
    assert_eq!(with(vec![statement]), Err(Code::RequestMalformed), "a statement as a message");
    let digest = Some(Binary(DigestAlgorithm::Sha256.digest(b"x").as_ref().to_vec()));
    let bare = Item { text: None, digest, attached: true, ..item };
    assert_eq!(with(vec![bare.clone()]), Err(Code::RequestMalformed), "attached without a text");
    assert_eq!(with(vec![Item { attached: false, ..bare }]), Ok(()));
}

#[test]
fn the_signature_is_the_listed_platforms_and_the_header_repeats_it() {
    let world = world(Suite::Sm);
    let request = world.request();
    let text = request.write().unwrap();
    let routing = request.routing(&text);
    let list = world.list();
    let other =
        sign(world.fixture.authority.member(Role::SealMaker), ObjectType::Request, text.clone());
    assert_eq!(world.check_by(&other, &routing, &list).map(drop), Err(Code::RequestSignature));
    let platform = world.fixture.authority.member(Role::Platform);
    let typed = sign(platform, ObjectType::Statement, text.clone());
    assert_eq!(world.check_by(&typed, &routing, &list).map(drop), Err(Code::RequestSignature));
    let der = sign(platform, ObjectType::Request, text);
    for bit in 0..der.len() * 8 {
        let mut bent = der.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        let said = world.check_by(&bent, &routing, &list).map(drop);
        assert_eq!(said, Err(Code::RequestSignature), "bit {bit}");
    }
    let lie = RoutingHeader { scene: Scene::Decrypt, ..routing.clone() };
    assert_eq!(world.check_by(&der, &lie, &list).map(drop), Err(Code::RequestMalformed));
    let lie = RoutingHeader { expires_at: routing.expires_at + 1, ..routing.clone() };
    assert_eq!(world.check_by(&der, &lie, &list).map(drop), Err(Code::RequestMalformed));
    let large = vec![0x30; (256 << 10) + 1];
    assert_eq!(world.check_by(&large, &routing, &list).map(drop), Err(Code::RequestTooLarge));
}

#[test]
fn list_rollback_list_fork_and_list_frozen() {
    let world = world(Suite::Sm);
    let held = world.list();
    let mut content = world.content();
    content.number = 6;
    assert_eq!(world.list_of(&content, Some(&held)).unwrap_err().code, Code::TrustListFork);
    content.number = 7;
    content.platforms.clear();
    assert_eq!(world.list_of(&content, Some(&held)).unwrap_err().code, Code::TrustListFork);
    assert_eq!(world.list_of(&world.content(), Some(&held)).unwrap(), held);
    content.number = 8;
    world.list_of(&content, Some(&held)).unwrap();
    content.hub = "other.cn".into();
    assert_eq!(world.list_of(&content, None).unwrap_err().code, Code::HubMismatch);

    // Signed by another, or as something else.
    let text = world.content().write().unwrap();
    let pinned = [world.fixture.authority.member(Role::TrustList).certificate().clone()];
    let by = |role, kind| sign(world.fixture.authority.member(role), kind, text.clone());
    for der in [by(Role::Platform, ObjectType::TrustList), by(Role::TrustList, ObjectType::Receipt)]
    {
        let said = TrustList::read(&der, HUB, &pinned, None).unwrap_err();
        assert_eq!(said.code, Code::TrustListSignature);
    }

    // Past its time: logins with a warning, nothing else, and nothing at all after a week.
    let mut old = world.content();
    old.issued_at = world.now - 90_000;
    old.next_update = world.now - 10_000;
    let list = world.list_of(&old, None).unwrap();
    let request = world.request();
    let (der, routing) = world.sealed(request.write().unwrap(), &request);
    assert!(world.check_by(&der, &routing, &list).unwrap().list_is_old());
    let mut encrypt = world.request();
    encrypt.payload =
        Payload::Encrypt { project: "P".into(), section: "S".into(), opening: world.now + 86_400 };
    let (der, routing) = world.sealed(encrypt.write().unwrap(), &encrypt);
    assert_eq!(world.check_by(&der, &routing, &list).map(drop), Err(Code::TrustListStale));
    let mut suspended = world.content();
    suspended.platforms[0].state = PlatformState::Suspended;
    let list = world.list_of(&suspended, None).unwrap();
    assert_eq!(world.check_by(&der, &routing, &list).map(drop), Err(Code::PlatformSuspended));
    let mut few = world.content();
    few.platforms[0].scenes = vec![Scene::Login];
    let list = world.list_of(&few, None).unwrap();
    assert_eq!(world.check_by(&der, &routing, &list).map(drop), Err(Code::SceneNotAllowed));
}

#[test]
fn a_browser_that_signs_for_another_page_is_a_broken_request() {
    use yinxin_pki::SigningKey;
    use yinxin_session::wire::Browser;
    let world = world(Suite::Sm);
    let key = SigningKey::generate(Curve::P256, &mut rng());
    let honest = |request: &mut Request| {
        let signed = request.browser_bytes();
        let to_sign = yinxin_pki::ToSign::message(key.public(), &signed).unwrap();
        let signature = Binary(key.sign(&to_sign, &mut rng()).unwrap());
        request.browser = Some(Browser { key: Binary(key.public().to_spki()), signature });
    };
    let mut request = world.request();
    honest(&mut request);
    world.check(&request).unwrap();
    let mut moved = request.clone();
    moved.nonce = vec![8; 32];
    assert_eq!(world.check(&moved).map(drop), Err(Code::RequestMalformed));
    let mut exchanged = world.request();
    exchanged.browser = request.browser;
    assert_eq!(world.check(&exchanged).map(drop), Err(Code::RequestMalformed));
}
