//! The real platform and the real hub, each a process of its own, with a page and a phone between
//! them: everything that goes from one to the other goes over HTTP.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use yinxin_ca::fixture::{FixedRng, request};
use yinxin_ca::{Authority, HolderIssue, Identity, Role};
use yinxin_pki::envelope::{Draft, Encryptor, EnvelopeReader, Layer};
use yinxin_pki::{SigningKey, Time, TrustStore, UnifiedCode, pem, pkcs8};
use yinxin_session::display::Language;
use yinxin_session::page::{Output, Page, PageKey, Shown};
use yinxin_session::phone::{
    Confirm, Context, Holdings, Matching, Memory, Next, Opened, OwnCertificate, Phone, PinnedHub,
    Right, Standing,
};
use yinxin_session::statement::Judge;
use yinxin_session::wire::http::{Bound, Events, Problem, bearer, path};
use yinxin_session::wire::{
    Binary, DecryptFile, PlatformReceipt, PlatformReceiptKind, Ticket, Token,
};
use yinxin_session::{Code, Scene, Suite};

const ORIGIN: &str = "http://localhost:7401";
const HOST: &str = "localhost";
const UNIT: &str = "91350100M000100Y43";
const OPEN: &str = "/api/yinxin/open";
const VISIT: &[u8] = br#"{"step":"visit"}"#;

/// What was answered: status, headers, body.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn ok(self) -> Self {
        assert!(self.status < 300, "{} {}", self.status, String::from_utf8_lossy(&self.body));
        self
    }

    fn code(&self) -> Code {
        assert!(self.status >= 400, "{}", self.status);
        Problem::read(&self.body).code
    }

    fn cookie(&self) -> Option<String> {
        let found = self.headers.iter().find(|(name, _)| name == "set-cookie");
        found.map(|(_, value)| value.split(';').next().unwrap().to_owned())
    }
}

fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets).unwrap();
    let end = octets.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(octets[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.into())).collect();
    Answer { status, headers, body: octets[end + 4..].to_vec() }
}

/// A process that is ended when dropped.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").unwrap_or_else(|| panic!("{line:?}")).1;
        let address = address.parse().unwrap();
        std::thread::spawn(move || lines.lines().count());
        Self { child, address }
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Removed when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn folder() -> Folder {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("yinxin-site-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    Folder(path)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The hub's program, which stands beside the platform's.
fn hub_program() -> PathBuf {
    let own = Path::new(env!("CARGO_BIN_EXE_yinxin-platform"));
    let hub = own.with_file_name("yinxin-hub").with_extension(std::env::consts::EXE_EXTENSION);
    // Built by whoever tests the workspace, and here for who tests this package alone.
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "yinxin-hub", "--bin", "yinxin-hub"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.unwrap().success());
    hub
}

/// Hub and platform as they run, and a unit with its phone.
struct World {
    hub: Process,
    site: Process,
    suite: Suite,
    trust: TrustStore,
    rng: FixedRng,
    holder: HolderIssue,
    signing_key: SigningKey,
    pinned: PinnedHub,
    holdings: Holdings,
    memory: Memory,
    account: Token,
    authority: Authority,
    _folder: Folder,
}

/// A visitor's browser.
#[derive(Default)]
struct Browser {
    cookie: Option<String>,
}

/// A page with its ticket.
struct Visit {
    page: Page,
    digest: String,
    token: Token,
}

impl Visit {
    /// What the page hands to its platform.
    fn handed(&self) -> Vec<u8> {
        let result = self.page.answered().unwrap().result.write().unwrap();
        let head = format!(r#"{{"step":"result","digest":"{}","result":"#, self.digest);
        [head.as_bytes(), &result, b"}"].concat()
    }
}

impl World {
    fn new(suite: Suite) -> Self {
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
        let mut rng = FixedRng::new(now() ^ u64::from(nanos) << 20);
        let at = Time::from_unix(i64::try_from(now()).unwrap() - 60);
        let mut authority = Authority::create(suite.curve(), at, &mut rng).unwrap();
        let identity = UnifiedCode::parse(UNIT).map(Identity::Organisation);
        let (csr, signing_key) =
            request(suite.curve(), "C=CN,O=甲公司,CN=甲公司", &mut rng).unwrap();
        let holder = authority.issue_holder(&csr, identity.as_ref(), 30, at, &mut rng).unwrap();
        let folder = folder();
        for role in Role::ALL {
            let member = authority.member(role);
            let path = folder.0.join(role.name());
            let text = pem::encode("CERTIFICATE", member.certificate().as_der());
            std::fs::write(path.with_extension("pem"), text).unwrap();
            let text = pem::encode("PRIVATE KEY", &pkcs8::write(member.key().as_private()));
            std::fs::write(path.with_extension("key"), text).unwrap();
        }
        let platforms = json!({"platforms": [{
            "code": "P-1", "name": "示范交易平台", "origins": [ORIGIN],
            "certificates": ["platform.pem"], "scenes": Scene::ALL, "state": "active"
        }]});
        let file = |name: &str| folder.0.join(name);
        std::fs::write(file("platforms.json"), platforms.to_string()).unwrap();
        let mut command = Command::new(hub_program());
        command.arg("serve").arg("--ca").arg(&folder.0);
        command.arg("--platforms").arg(file("platforms.json"));
        let hub = Process::start(command.args(["--listen", "127.0.0.1:0"]));
        let mut command = Command::new(env!("CARGO_BIN_EXE_yinxin-platform"));
        command.args(["--code", "P-1", "--name", "示范交易平台", "--listen", "127.0.0.1:0"]);
        command.arg("--key").arg(file("platform.key"));
        command.arg("--certificate").arg(file("platform.pem"));
        command.arg("--trust").arg(file("root.pem"));
        command.args(["--hub-url", &format!("http://{}", hub.address)]);
        let site = Process::start(&mut command);

        let mut trust = TrustStore::new();
        trust.add(authority.member(Role::Root).certificate().clone(), &[]);
        let list = call(hub.address, "GET", path::TRUST_LIST, &[], &[]).ok().body;
        let signer = authority.member(Role::TrustList).certificate().clone();
        let mut pinned = PinnedHub::new(HOST, vec![signer]).unwrap();
        pinned.take_list(&list).unwrap();
        let own = OwnCertificate {
            signing: holder.certificates.signing().clone(),
            issuers: vec![authority.member(Role::Issuing).certificate().clone()],
            encryption: Some(holder.certificates.encryption().clone()),
            standing: Standing::Active,
            right: Right::Owner,
        };
        let keys = vec![holder.escrowed.key.public().id()];
        let holdings = Holdings { certificates: vec![own], seals: vec![], keys, typed_codes: true };
        let account = Token::random(&mut rng);
        Self {
            hub,
            site,
            suite,
            trust,
            rng,
            holder,
            signing_key,
            pinned,
            holdings,
            memory: Memory::default(),
            account,
            authority,
            _folder: folder,
        }
    }

    fn site_call(&self, browser: &Browser, method: &str, path: &str, body: &[u8]) -> Answer {
        let mut headers = vec![("origin", ORIGIN)];
        if let Some(cookie) = &browser.cookie {
            headers.push(("cookie", cookie));
        }
        call(self.site.address, method, path, &headers, body)
    }

    fn hub_call(&self, method: &str, path: &str, token: &Token, body: &[u8]) -> Answer {
        let token = bearer(token);
        call(self.hub.address, method, path, &[("authorization", &token)], body)
    }

    /// The page begins a scene; the platform's refusal, if it refuses.
    fn try_open(
        &mut self,
        browser: &mut Browser,
        scene: Scene,
        payload: Option<Value>,
    ) -> Result<Visit, Code> {
        let answer = self.site_call(browser, "POST", OPEN, VISIT).ok();
        browser.cookie = answer.cookie().or_else(|| browser.cookie.take());
        let nonce: Binary = serde_json::from_value(answer.json()["nonce"].clone()).unwrap();
        let key = PageKey::new(self.suite, ORIGIN, nonce.0.clone(), &mut self.rng);
        let mut form = json!({
            "step": "open",
            "scene": scene,
            "nonce": nonce,
            "begin": key.begin(None),
            "input": {"display": {"project": "E3501000001", "section": "E3501000001001"}},
        });
        if let Some(payload) = payload {
            form["input"]["payload"] = payload;
        }
        let answer = self.site_call(browser, "POST", OPEN, form.to_string().as_bytes());
        if answer.status != 201 {
            return Err(answer.code());
        }
        let opened = answer.json();
        // The ticket's own members stand in its own order: its `typ` is first.
        let text = String::from_utf8(answer.body).unwrap();
        let start = text.find("\"ticket\":").unwrap() + "\"ticket\":".len();
        let ticket = Ticket::read(&text.as_bytes()[start..text.len() - 1]).unwrap();
        let token = ticket.page_token.clone();
        let page = Page::new(key, ticket, 0).unwrap();
        Ok(Visit { page, digest: opened["digest"].as_str().unwrap().into(), token })
    }

    fn open(&mut self, browser: &mut Browser, scene: Scene, payload: Option<Value>) -> Visit {
        self.try_open(browser, scene, payload).unwrap()
    }

    /// The page takes what the hub has, and does what it is told to.
    fn turn(&mut self, visit: &mut Visit) -> Vec<Shown> {
        let sid = visit.page.ticket().sid();
        let path = path::events(sid, visit.page.last_event(), 5);
        let answer = self.hub_call("GET", &path, &visit.token, &[]).ok();
        let events: Events = serde_json::from_slice(&answer.body).unwrap();
        let judge =
            Judge { trust: &self.trust, revocation: None, require_revocation: false, now: now() };
        for event in &events.events {
            visit.page.handle_event(event, &mut self.rng).unwrap();
            visit.page.judge(judge).unwrap();
        }
        self.flush(visit)
    }

    fn flush(&self, visit: &mut Visit) -> Vec<Shown> {
        let sid = visit.page.ticket().sid();
        let mut shown = Vec::new();
        while let Some(output) = visit.page.poll_output() {
            match output {
                Output::Post { action, body } => {
                    self.hub_call("POST", &path::step(sid, action), &visit.token, &body).ok();
                }
                Output::Show(what) => shown.push(what),
                other => panic!("{other:?}"),
            }
        }
        shown
    }

    /// The person scans, compares the number, enters the PIN and confirms; the phone answers.
    fn approve(&mut self, visit: &mut Visit) -> (Token, [u8; 32]) {
        let text = visit.page.frame(0).unwrap().unwrap();
        let mut phone = Phone::scan(&text, &[HOST], &mut self.rng).unwrap();
        let scan = serde_json::to_vec(&phone.to_scan(&self.pinned)).unwrap();
        let account = self.account.to_text();
        let answer =
            call(self.hub.address, "POST", path::SCAN, &[("yinxin-phone", &account)], &scan).ok();
        let bound: Bound = serde_json::from_slice(&answer.body).unwrap();
        phone.bound(&bound, &self.pinned, now()).unwrap();
        let sid = phone.sid().unwrap();
        let post = |world: &Self, action: &str, body: &[u8]| {
            let path = format!("{}/{}/{action}", path::SESSIONS, http_sid(sid));
            world.hub_call("POST", &path, &bound.phone_token, body).ok();
        };
        let tasks = {
            let holdings = self.holdings.clone();
            let context = Context { hub: &self.pinned, memory: &mut self.memory, now: now() };
            phone.check(&holdings, Language::Chinese, &context).unwrap()
        };
        let key = &self.holder.escrowed.key;
        let opened: Vec<_> = tasks
            .iter()
            .map(|task| Opened(task.info.unwrap(key).ok().map(|key| key.into_bytes())))
            .collect();
        let context = Context { hub: &self.pinned, memory: &mut self.memory, now: now() };
        let view = phone.show(&opened, &context).unwrap();
        let hello = phone.hello(&mut self.rng).unwrap();
        let pin = context.memory.pin.begin().unwrap().right(&mut context.memory.pin);
        post(self, "hello", &hello);
        let mut number = None;
        for shown in self.turn(visit) {
            if let Shown::Scanned { holder, number: found } = shown {
                assert!(holder.contains('*'), "{holder}: masked until the answer");
                number = Some(found);
            }
        }
        let mut context = Context { hub: &self.pinned, memory: &mut self.memory, now: now() };
        if view.needs.matching != Matching::None {
            phone.match_number(number.unwrap(), &mut context).unwrap();
        }
        let confirm = Confirm {
            view: view.digest(),
            certificate: view.needs.certificates[0],
            seals: vec![],
            trust_browser: false,
            pin: Some(pin),
        };
        let mut next = phone.confirm(confirm, &context, &mut self.rng).unwrap();
        let digest = phone.request_digest().unwrap();
        let answer = loop {
            match next {
                Next::Answer(envelope) => break envelope,
                Next::Sign(values) => {
                    post(self, "confirm", &[]);
                    let mut sign = |value| self.signing_key.sign(value, &mut self.rng).unwrap();
                    let values: Vec<_> = values.iter().map(&mut sign).collect();
                    let mut context =
                        Context { hub: &self.pinned, memory: &mut self.memory, now: now() };
                    next = phone.signed(&values, &mut context, &mut self.rng).unwrap();
                }
                other => panic!("{other:?}"),
            }
        };
        post(self, "answer", &answer);
        (bound.phone_token.clone(), digest.as_ref().try_into().unwrap())
    }

    /// The page checks the answer, hands it to the platform, and tells the hub that it came.
    fn settle(&mut self, browser: &mut Browser, visit: &mut Visit) -> Value {
        let shown = self.turn(visit);
        assert!(matches!(shown[..], [Shown::Answered]), "{shown:?}");
        let answer = self.site_call(browser, "POST", OPEN, &visit.handed()).ok();
        browser.cookie = answer.cookie().or_else(|| browser.cookie.take());
        visit.page.acknowledge().unwrap();
        self.flush(visit);
        answer.json()
    }

    fn login(&mut self) -> Browser {
        let mut browser = Browser::default();
        let mut visit = self.open(&mut browser, Scene::Login, None);
        self.approve(&mut visit);
        self.settle(&mut browser, &mut visit);
        browser
    }
}

fn http_sid(sid: yinxin_session::channel::Sid) -> String {
    yinxin_session::wire::http::sid_text(sid)
}

#[test]
fn login_gives_a_new_cookie_and_the_account_of_the_certificate() {
    for suite in Suite::ALL {
        let mut world = World::new(suite);
        let mut browser = Browser::default();
        let mut visit = world.open(&mut browser, Scene::Login, None);
        let before = browser.cookie.clone().unwrap();
        let (phone, request) = world.approve(&mut visit);
        let answer = world.settle(&mut browser, &mut visit);
        assert_eq!(answer["holder"], json!({"name": "甲公司", "creditCode": UNIT}));
        assert_ne!(browser.cookie.as_ref(), Some(&before), "whoever planted a cookie has nothing");
        let account = |cookie: &str| {
            let browser = Browser { cookie: Some(cookie.into()) };
            world.site_call(&browser, "GET", "/api/account", b"").ok().json()["account"].clone()
        };
        assert_eq!(account(browser.cookie.as_ref().unwrap())["creditCode"], UNIT);
        assert_eq!(account(&before), Value::Null);

        // The phone gets the platform's receipt by way of the hub.
        let started = Instant::now();
        let receipt = loop {
            let path = path::events(visit.page.ticket().sid(), 0, 5);
            let answer = world.hub_call("GET", &path, &phone, &[]).ok();
            let events: Events = serde_json::from_slice(&answer.body).unwrap();
            if let Some(event) = events.events.iter().find(|event| event.step == "receipt") {
                break event.data.clone().unwrap();
            }
            assert!(started.elapsed() < Duration::from_secs(30));
            std::thread::sleep(Duration::from_millis(100));
        };
        let statement: Binary = serde_json::from_value(answer["statementDigest"].clone()).unwrap();
        let keys = [world.authority.member(Role::Platform).certificate().clone()];
        let receipt =
            PlatformReceipt::read(&receipt.0, "P-1", &request, &statement.0, &keys).unwrap();
        assert_eq!(receipt.kind, PlatformReceiptKind::Accepted);
        // The phone may have it before the platform has the hub's word that it was taken.
        let path = format!("/api/state/{}", visit.digest);
        let state = loop {
            let state = world.site_call(&browser, "GET", &path, b"").ok().json();
            if state["receipt"] != "waiting" || started.elapsed() >= Duration::from_secs(30) {
                break state;
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        assert_eq!(state, json!({"scene": "login", "accepted": true, "receipt": "sent"}));
    }
}

#[test]
fn messages_are_signed_certificates_given_and_bids_opened() {
    for suite in Suite::ALL {
        let mut world = World::new(suite);
        let mut browser = world.login();
        for scene in [Scene::MessageSignature, Scene::Encrypt, Scene::Decrypt] {
            let payload = world.payload(scene);
            let mut visit = world.open(&mut browser, scene, payload);
            world.approve(&mut visit);
            let answer = world.settle(&mut browser, &mut visit);
            assert_eq!(answer["again"], false, "{scene:?}");
            if scene == Scene::Decrypt {
                let secrets = visit.page.answered().unwrap().secrets;
                assert_eq!(secrets.of("bid").count(), 1, "the content key stays with the page");
            }
        }
    }
}

#[test]
fn sealing_and_taking_back_are_asked_for_too() {
    let mut world = World::new(Suite::Sm);
    let mut browser = world.login();
    for scene in [Scene::Signature, Scene::RevokeSignature] {
        let payload = world.payload(scene);
        let visit = world.open(&mut browser, scene, payload);
        assert_eq!(visit.page.ticket().request().unwrap().scene(), scene);
        assert_eq!(
            visit.page.ticket().request().unwrap().require.credit_code.as_deref(),
            Some(UNIT)
        );
        assert!(visit.page.frame(0).unwrap().is_some(), "a code to scan");
    }
}

#[test]
fn what_needs_an_account_is_refused_without_one() {
    let mut world = World::new(Suite::Sm);
    let mut browser = Browser::default();
    for scene in Scene::ALL {
        let payload = world.payload(scene);
        let said = world.try_open(&mut browser, scene, payload).map(drop);
        let expected = if scene.needs_account() { Err(Code::TokenWrong) } else { Ok(()) };
        assert_eq!(said, expected, "{scene:?}");
    }
}

#[test]
fn forms_that_are_cut_short_or_say_too_much_are_malformed() {
    let mut world = World::new(Suite::Sm);
    let first = world.site_call(&Browser::default(), "POST", OPEN, VISIT).ok();
    let browser = Browser { cookie: first.cookie() };
    let nonce: Binary = serde_json::from_value(first.json()["nonce"].clone()).unwrap();
    let key = PageKey::new(Suite::Sm, ORIGIN, nonce.0.clone(), &mut world.rng);
    let form = json!({
        "step": "open", "scene": "login", "nonce": nonce, "begin": key.begin(None)
    });
    let form = form.to_string();
    let open = |form: &str| world.site_call(&browser, "POST", OPEN, form.as_bytes());
    for end in (0..form.len()).step_by(5) {
        assert_eq!(open(&form[..end]).code(), Code::RequestMalformed, "{end}");
    }
    for bent in [
        form.replacen('{', "{\"extra\":1,", 1),
        form.replacen('{', "{\"input\":{\"payload\":{}},", 1),
        form.replace("\"step\":\"open\"", "\"step\":\"close\""),
        form.replace("yinxin-begin-1", "yinxin-begin-2"),
        format!("{form}{form}"),
    ] {
        assert_eq!(open(&bent).code(), Code::RequestMalformed, "{bent}");
    }
    let large = format!("{{\"nonce\":\"{}\",\"step\":\"open\"}}", "A".repeat(600_000));
    assert_eq!(open(&large).code(), Code::RequestTooLarge);
    assert_eq!(open(&form).status, 201, "none of them used the nonce up");
}

#[test]
fn verification_works_with_the_hub_switched_off() {
    let mut world = World::new(Suite::Sm);
    let mut browser = Browser::default();
    let mut visit = world.open(&mut browser, Scene::Login, None);
    world.approve(&mut visit);
    world.turn(&mut visit);
    let result = visit.handed();
    world.hub.end();
    let path = OPEN;
    let answer = world.site_call(&browser, "POST", path, &result).ok();
    assert_eq!(answer.json()["holder"]["creditCode"], UNIT);
    let again = world.site_call(&browser, "POST", path, &result).ok();
    assert_eq!(again.json()["again"], true, "its answer got lost: nothing is done twice");
    browser.cookie = again.cookie();
    let path = format!("/api/state/{}", visit.digest);
    let state = world.site_call(&browser, "GET", &path, b"").ok().json();
    assert_eq!(state["receipt"], "waiting");
    // Opening needs the hub, and says so.
    let said = world.try_open(&mut browser, Scene::Login, None).err().unwrap();
    assert_eq!(said, Code::Internal);
}

#[test]
fn a_result_counts_for_the_cookie_that_asked_and_the_page_of_this_site() {
    let mut world = World::new(Suite::Sm);
    let mut browser = Browser::default();
    let mut visit = world.open(&mut browser, Scene::Login, None);
    world.approve(&mut visit);
    world.turn(&mut visit);
    let result = visit.handed();
    let path = OPEN;
    let none = Browser::default();
    assert_eq!(world.site_call(&none, "POST", path, &result).code(), Code::TokenWrong);
    let mut other = Browser::default();
    world.open(&mut other, Scene::Login, None);
    assert_eq!(world.site_call(&other, "POST", path, &result).code(), Code::AnswerBinding);
    let state = format!("/api/state/{}", visit.digest);
    assert_eq!(world.site_call(&other, "GET", &state, b"").code(), Code::SessionUnknown);
    let cookie = browser.cookie.clone().unwrap();
    let foreign = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
    let said = call(world.site.address, "POST", path, &foreign, &result);
    assert_eq!(said.code(), Code::OriginUnregistered);
    // A hub that posts it straight to the platform has no cookie and no page.
    let said = call(world.site.address, "POST", path, &[], &result);
    assert_eq!(said.code(), Code::OriginUnregistered);
    // Secrets have no place in it, and no changed octet passes.
    let text = String::from_utf8(result.clone()).unwrap();
    let with = text.replacen("\"products\"", "\"secrets\":[],\"products\"", 1);
    let said = world.site_call(&browser, "POST", path, with.as_bytes());
    assert_eq!(said.code(), Code::AnswerBinding);
    for at in (100..result.len()).step_by(97) {
        let mut bent = result.clone();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        let said = world.site_call(&browser, "POST", path, &bent);
        assert!(said.status >= 400, "octet {at}");
    }
    world.site_call(&browser, "POST", path, &result).ok();
}

#[test]
fn a_nonce_is_good_for_one_request_of_its_own_visitor() {
    let world = World::new(Suite::Sm);
    let mut rng = world.rng.clone();
    let first = world.site_call(&Browser::default(), "POST", OPEN, VISIT).ok();
    let browser = Browser { cookie: first.cookie() };
    let nonce: Binary = serde_json::from_value(first.json()["nonce"].clone()).unwrap();
    let key = PageKey::new(Suite::Sm, ORIGIN, nonce.0.clone(), &mut rng);
    let form = |scene: &str| {
        let begin = key.begin(None);
        json!({"step": "open", "scene": scene, "nonce": nonce, "begin": begin}).to_string()
    };
    let other = world.site_call(&Browser::default(), "POST", OPEN, VISIT).ok();
    let other = Browser { cookie: other.cookie() };
    let open = |browser: &Browser| world.site_call(browser, "POST", OPEN, form("login").as_bytes());
    assert_eq!(open(&other).code(), Code::AnswerBinding);
    assert_eq!(open(&browser).status, 201);
    assert_eq!(open(&browser).code(), Code::AnswerBinding, "each page asks once");
    let said = world.site_call(&browser, "POST", OPEN, form("nonsense").as_bytes());
    assert_eq!(said.code(), Code::SceneNotAllowed);
}

impl World {
    /// What a page asks for in a scene.
    fn payload(&mut self, scene: Scene) -> Option<Value> {
        let digest = Binary(vec![5; 32]);
        match scene {
            Scene::Decrypt => Some(json!({"files": [self.bid()]})),
            Scene::Encrypt => Some(json!({
                "project": "E3501000001", "section": "E3501000001001", "opening": now() + 3600
            })),
            Scene::MessageSignature => {
                Some(json!({"items": [{"id": "1", "text": "我方确认开标结果"}]}))
            }
            Scene::RevokeSignature => Some(json!({
                "digest": digest, "format": "ofd", "signature": 1, "seal": "SEAL-1",
                "reason": "作废"
            })),
            Scene::Signature => Some(json!({"files": [{
                "id": "1", "name": "合同.pdf", "digest": digest, "size": 1000, "format": "pdf",
                "placements": [{"page": 1, "x": 100_000, "y": 200_000}]
            }]})),
            _ => None,
        }
    }

    /// A bid for this unit's key whose opening has come.
    fn bid(&mut self) -> DecryptFile {
        let key = &self.holder.escrowed.key;
        let draft = Draft {
            suite: match self.suite {
                Suite::Nist => yinxin_pki::envelope::Suite::Nist,
                _ => yinxin_pki::envelope::Suite::Sm,
            },
            platform: "P-1".into(),
            project: "E3501000001".into(),
            section: "E3501000001001".into(),
            bidder: UNIT.into(),
            created: Time::from_unix(i64::try_from(now()).unwrap() - 7200),
            opening: Time::from_unix(i64::try_from(now()).unwrap() - 60),
            chunk_size: 1 << 16,
            segments: vec!["technical".into()],
        };
        let mut head = Vec::new();
        Encryptor::new(draft, Layer::Bid, &[key.public()], None, &mut self.rng, &mut head).unwrap();
        let bid = EnvelopeReader::new().push(&head).unwrap().unwrap();
        let header = bid.header();
        let index = header.key_index("technical").unwrap();
        let info = bid.info_for(index, &key.public().id()).unwrap().to_der().unwrap();
        DecryptFile {
            id: "bid".into(),
            header: Binary(header.as_der().to_vec()),
            segments: vec![("technical".into(), Binary(info))],
        }
    }
}
