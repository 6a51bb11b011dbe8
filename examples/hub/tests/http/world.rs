//! A running hub with an authority, one platform, and what a phone needs.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use yinxin_ca::fixture::{FixedRng, request};
use yinxin_ca::{Authority, Role};
use yinxin_pki::{Certificate, DecryptionKey, SigningKey, Time, pem, pkcs8};
use yinxin_session::channel::{DisplayKey, Sid};
use yinxin_session::frame::{QrSecret, scan};
use yinxin_session::wire::http::{Bound, Open, Opened, Scan, bearer, path, sid_text};
use yinxin_session::wire::{Binary, Call, CallHeaders, RoutingHeader, Token};
use yinxin_session::{Scene, Suite};

use crate::client::{Answer, Client};

pub(crate) const HOST: &str = "localhost";
pub(crate) const ORIGIN: &str = "http://localhost:7401";
pub(crate) const PHONE_ORIGIN: &str = "http://localhost:7402";

/// Removed when dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("yinxin-hub-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A process that is ended when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct World {
    pub(crate) folder: Folder,
    pub(crate) authority: Authority,
    pub(crate) server: Server,
    pub(crate) suite: Suite,
    pub(crate) rng: FixedRng,
}

pub(crate) struct Visit {
    pub(crate) opened: Opened,
    pub(crate) display: DisplayKey,
    pub(crate) suite: Suite,
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn seed() -> u64 {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    u64::try_from(nanos % u128::from(u64::MAX)).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of(Suite::Sm)
    }

    pub(crate) fn of(suite: Suite) -> Self {
        let mut rng = FixedRng::new(seed());
        let at = Time::from_unix(i64::try_from(now()).unwrap());
        let authority = Authority::create(suite.curve(), at, &mut rng).unwrap();
        let folder = Folder::new();
        write_authority(&folder.0, &authority);
        write_platforms(&folder.0, "active");
        let server = start(&folder.0);
        Self { folder, authority, server, suite, rng }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.server.address)
    }

    pub(crate) fn request(&mut self, scene: Scene) -> Open {
        let mut digest = [0; 32];
        rand_core::Rng::fill_bytes(&mut self.rng, &mut digest);
        let reply = DecryptionKey::generate(self.suite.curve(), &mut self.rng);
        Open {
            header: RoutingHeader {
                hub: HOST.into(),
                platform: "P-1".into(),
                scene,
                suite: self.suite,
                reply_key: Binary(reply.public().to_spki()),
                request_digest: Binary(digest.to_vec()),
                issued_at: now(),
                expires_at: now() + scene.scan_within(),
            },
            sealed: Binary(vec![7; 4096]),
        }
    }

    /// Headers of a call that the platform signs.
    pub(crate) fn signed(&mut self, body: &[u8], at: u64) -> CallHeaders {
        let platform = self.authority.member(Role::Platform);
        sign_call(platform.certificate(), platform.key(), body, at, &mut self.rng)
    }

    /// A certificate for the platform's next key.
    pub(crate) fn renewed(&mut self) -> (Certificate, SigningKey) {
        let at = Time::from_unix(i64::try_from(now()).unwrap());
        let subject = "C=CN,O=示范交易平台,CN=示范交易平台 2";
        let (csr, key) = request(self.suite.curve(), subject, &mut self.rng).unwrap();
        let profile = yinxin_ca::Profile::Platform;
        let issued = self.authority.issue(&csr, profile, None, 30, at, &mut self.rng);
        (issued.unwrap(), key)
    }

    pub(crate) fn open_bytes(&mut self, body: &[u8]) -> Answer {
        let headers = self.signed(body, now());
        self.open_with(body, &headers)
    }

    pub(crate) fn open_with(&self, body: &[u8], headers: &CallHeaders) -> Answer {
        let pairs = headers.to_pairs();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.client().call("POST", path::SESSIONS, &pairs, body)
    }

    pub(crate) fn visit(&mut self, scene: Scene) -> Visit {
        let open = serde_json::to_vec(&self.request(scene)).unwrap();
        let answer = self.open_bytes(&open);
        assert_eq!(answer.status, 201, "{:?}", String::from_utf8_lossy(&answer.body));
        let opened = serde_json::from_slice(&answer.body).unwrap();
        Visit { opened, display: DisplayKey::random(&mut self.rng), suite: self.suite }
    }

    pub(crate) fn phone(&mut self) -> Token {
        Token::random(&mut self.rng)
    }

    pub(crate) fn scan(&mut self, visit: &Visit) -> Bound {
        let phone = self.phone();
        let answer = self.scan_bytes(&serde_json::to_vec(&visit.frame()).unwrap(), &phone);
        assert_eq!(answer.status, 200, "{:?}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).unwrap()
    }

    pub(crate) fn scan_bytes(&self, body: &[u8], phone: &Token) -> Answer {
        let headers = [("yinxin-phone", phone.to_text())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.client().call("POST", path::SCAN, &headers, body)
    }

    pub(crate) fn post(&self, visit: &Visit, token: &Token, step: &str, body: &[u8]) -> Answer {
        let path = format!("{}/{}/{step}", path::SESSIONS, sid_text(visit.sid()));
        self.client().call("POST", &path, &[("authorization", &bearer(token))], body)
    }

    pub(crate) fn events(&self, visit: &Visit, token: &Token, query: &str) -> Answer {
        let path = format!("{}/{}/events?{query}", path::SESSIONS, sid_text(visit.sid()));
        self.client().call("GET", &path, &[("authorization", &bearer(token))], &[])
    }

    /// Ends the process and starts another over the same folder.
    pub(crate) fn restart(&mut self) {
        let _ = self.server.child.kill();
        let _ = self.server.child.wait();
        self.server = start(&self.folder.0);
    }
}

impl Visit {
    pub(crate) fn sid(&self) -> Sid {
        Sid(self.opened.sid.0.as_slice().try_into().unwrap())
    }

    pub(crate) fn frame(&self) -> Scan {
        let secret = QrSecret::from_bytes(*self.opened.qr_secret.as_bytes());
        let age = u32::try_from(now() - self.opened.created_at).unwrap();
        let text = secret.draw(self.suite, HOST, self.sid(), age, &self.display).unwrap();
        let scanned = scan(&text, &[HOST]).unwrap();
        Scan {
            frame: Some(Binary(scanned.frame.to_bytes())),
            short_code: None,
            phone_nonce: Binary(vec![3; 32]),
            list_number: 0,
        }
    }
}

fn write_authority(folder: &Path, authority: &Authority) {
    for role in Role::ALL {
        let member = authority.member(role);
        let path = folder.join(role.name());
        let text = pem::encode("CERTIFICATE", member.certificate().as_der());
        std::fs::write(path.with_extension("pem"), text).unwrap();
        let text = pem::encode("PRIVATE KEY", &pkcs8::write(member.key().as_private()));
        std::fs::write(path.with_extension("key"), text).unwrap();
    }
}

pub(crate) fn sign_call(
    certificate: &Certificate,
    key: &SigningKey,
    body: &[u8],
    at: u64,
    rng: &mut FixedRng,
) -> CallHeaders {
    let call = Call { method: "POST", path: path::SESSIONS, body };
    let draft = call.draft("P-1", certificate, at, rng).unwrap();
    let answer = key.sign(draft.to_sign(), rng).unwrap();
    draft.finish(&answer).unwrap()
}

pub(crate) fn write_platforms(folder: &Path, state: &str) {
    write_platforms_of(folder, state, "\"platform.pem\"");
}

pub(crate) fn write_platforms_of(folder: &Path, state: &str, certificates: &str) {
    let text = format!(
        r#"{{"platforms": [{{"code": "P-1", "name": "示范交易平台", "origins": ["{ORIGIN}"],
            "certificates": [{certificates}], "state": "{state}",
            "scenes": ["login", "messageSignature", "signature", "revokeSignature", "encrypt", "decrypt"]}}]}}"#
    );
    std::fs::write(folder.join("platforms.json"), text).unwrap();
}

pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yinxin-hub"));
    command.arg("serve").arg("--ca").arg(folder);
    command.arg("--platforms").arg(folder.join("platforms.json"));
    command.arg("--state").arg(folder.join("state")).args(["--listen", "127.0.0.1:0"]);
    command.args(["--phone-origin", PHONE_ORIGIN]);
    command
}

fn start(folder: &Path) -> Server {
    let mut child = command(folder).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let address = line.trim().rsplit_once("http://").unwrap_or_else(|| panic!("{line:?}")).1;
    let address = address.parse().unwrap();
    // The rest is usage records; a full pipe must not stop the server.
    std::thread::spawn(move || {
        for line in lines.lines() {
            assert!(line.is_ok_and(|line| line.starts_with("usage ")));
        }
    });
    Server { child, address }
}
