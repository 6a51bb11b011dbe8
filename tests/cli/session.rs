//! Phones, platforms and a hub, each a program of its own, over HTTP on this machine.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use yinxin_tests::folder::Folder;
use yinxin_tests::peer::{yinxin, yinxin_hub};

const CODE: &str = "91350100M000100Y43";
const TRUST: [&str; 4] = ["--trust", "CA/root.pem", "--intermediates", "CA/issuing.pem"];

/// A hub, a registered platform, and a phone with certificates, a seal and the hub pinned.
struct Place {
    folder: Folder,
    hub: Option<Child>,
    url: String,
}

/// How a platform's and a phone's program ended.
#[derive(Debug)]
struct Ended {
    platform: Ending,
    phone: Ending,
}

#[derive(Debug)]
struct Ending {
    code: i32,
    json: String,
}

impl Ending {
    fn new(output: &Output) -> Self {
        let json = String::from_utf8_lossy(&output.stdout).into_owned();
        Self { code: output.status.code().unwrap_or(-1), json }
    }

    fn has(&self, code: i32, word: &str) -> bool {
        self.code == code && self.json.contains(&format!("\"code\":\"{word}\""))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stop_hub();
    }
}

impl Place {
    fn new(suite: &str) -> Self {
        let folder = Folder::new(&format!("session-{suite}"));
        folder.write("pin", b"246810\n");
        folder.write("platforms.json", PLATFORMS.as_bytes());
        let mut place = Self { folder, hub: None, url: String::new() };
        for line in [
            &format!("ca init --dir CA --algorithm {suite}")[..],
            &format!("key generate --algorithm {suite} --out sign.key --no-password"),
            "key generate --algorithm p256 --out browser.key --no-password",
            "csr create --key sign.key --subject C=CN,O=甲公司,CN=甲公司 --out csr",
            &format!("ca issue --dir CA --csr csr --profile holder --credit-code {CODE} --out H"),
            "key install --envelope H/encrypt.envelope --key sign.key --no-password --out enc.key",
            "key ring init --ring P --pin-file pin",
            "phone --ring P --pin-file pin add --key sign.key --certificate H/sign.pem \
             --encryption-certificate H/encrypt.pem --decryption-key enc.key --chain H/chain.pem",
            "seal draw --template round --text 甲公司 --out seal.png",
            "seal make --picture seal.png --name 公章 --id 37030000001721 --holder H/sign.pem \
             --maker-key CA/seal-maker.key --maker-certificate CA/seal-maker.pem --out seal.esl",
            "phone --ring P add-seal seal.esl",
        ] {
            place.ok(line);
        }
        place.start_hub();
        let url = place.url.clone();
        place.ok(&format!(
            "phone --hub {url} --ring P pin-hub CA/trust-list.pem CA/trust-list-next.pem"
        ));
        place
    }

    fn path(&self) -> &Path {
        self.folder.as_path()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(yinxin());
        command.args(words).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    fn ok(&self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let output = self.command(&words).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}: {said}");
    }

    fn run(&self, line: &str) -> Ending {
        let words: Vec<&str> = ["--json"].into_iter().chain(line.split_whitespace()).collect();
        Ending::new(&self.command(&words).output().unwrap())
    }

    fn start_hub(&mut self) {
        let mut hub = Command::new(yinxin_hub())
            .args(["serve", "--ca", "CA", "--platforms", "platforms.json"])
            .args(["--listen", "127.0.0.1:0", "--state", "hub"])
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(hub.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        self.url = line.trim().rsplit(' ').next().unwrap().to_owned();
        self.hub = Some(hub);
    }

    fn stop_hub(&mut self) {
        if let Some(mut hub) = self.hub.take() {
            hub.kill().unwrap();
            hub.wait().unwrap();
        }
    }

    /// One session: the platform's program, and a phone's that scans its first frame as soon as it
    /// is drawn. `number` is what the person enters of the number on the page.
    fn session(&self, scene: &str, phone: &str, number: impl Fn(u8) -> u8) -> Ended {
        self.session_by(scene, phone, number, |line| {
            line.strip_prefix("qr ").map(|text| text.trim().to_owned())
        })
    }

    fn session_by(
        &self,
        scene: &str,
        phone: &str,
        number: impl Fn(u8) -> u8,
        scanned: impl Fn(&str) -> Option<String>,
    ) -> Ended {
        let mut platform = self.platform(scene);
        let mut lines = BufReader::new(platform.stderr.take().unwrap()).lines();
        let mut scan: Option<Child> = None;
        for line in lines.by_ref() {
            let line = line.unwrap();
            if scan.is_none()
                && let Some(code) = scanned(&line)
            {
                scan = Some(self.phone(phone, &code));
            }
            if let (Some(shown), Some(scan)) = (line.strip_prefix("number "), &mut scan) {
                let entered = number(shown[..2].parse().unwrap());
                // A phone that needs no number has closed its ears.
                let _ = writeln!(scan.stdin.take().unwrap(), "{entered:02}");
            }
        }
        let platform = platform.wait_with_output().unwrap();
        let phone = scan.expect("a code was drawn").wait_with_output().unwrap();
        Ended { platform: Ending::new(&platform), phone: Ending::new(&phone) }
    }

    fn platform(&self, scene: &str) -> Child {
        let words = ["--json", "platform", "--hub", &self.url, "--code", "P-1"];
        let own = ["--key", "CA/platform.key", "--certificate", "CA/platform.pem"];
        Command::new(yinxin())
            .args(words.iter().chain(&own).chain(&TRUST))
            .args(scene.split_whitespace())
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn phone(&self, options: &str, code: &str) -> Child {
        Command::new(yinxin())
            .args(["--json", "phone", "--hub", &self.url, "--ring", "P", "--pin-file", "pin"])
            .args(["scan", code])
            .args(options.split_whitespace())
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn write(&self, name: &str, octets: &[u8]) {
        self.folder.write(name, octets);
    }

    fn same(&self, one: &str, other: &str) {
        assert_eq!(self.folder.read(one), self.folder.read(other), "{one} {other}");
    }
}

const PLATFORMS: &str = r#"{"platforms": [{
  "code": "P-1", "name": "示范交易平台", "origins": ["http://localhost:7401"],
  "certificates": ["CA/platform.pem"],
  "scenes": ["login", "messageSignature", "signature", "revokeSignature", "encrypt", "decrypt"],
  "state": "active"
}]}"#;

const APPROVE: &str = "--approve --match -";

fn same(number: u8) -> u8 {
    number
}

fn six_scenes(suite: &str) {
    let mut place = Place::new(suite);
    place.write("words.txt", "同意中标结果".as_bytes());
    place.write("contract.txt", "施工合同\n甲方:甲公司\n".as_bytes());
    place.ok("document create contract.txt --out contract.ofd");
    place.ok(
        "bid encrypt contract.txt --to H/encrypt.pem --platform P-1 --project E1 --section S1 \
         --opening 2020-01-01T00:00:00Z --bidder 91350100M000100Y43 --out a.bid --receipt r",
    );
    let account = format!("--credit-code {CODE}");
    let scenes = [
        ("login", "--record login.json login".to_owned()),
        ("sign", format!("{account} --record sign.json sign words.txt --out words.p7s")),
        ("seal", format!("{account} --record seal.json seal contract.ofd --out sealed.ofd")),
        ("encrypt", "--record encrypt.json encrypt --out encrypt.pem".to_owned()),
        ("decrypt", "--record decrypt.json decrypt a.bid --out opened".to_owned()),
        (
            "revoke",
            "--record revoke.json revoke sealed.ofd --out restored.ofd --statement rv".to_owned(),
        ),
    ];
    for (scene, line) in &scenes {
        let started = Instant::now();
        let ended = place.session(line, APPROVE, same);
        assert_eq!((ended.platform.code, ended.phone.code), (0, 0), "{scene}: {ended:?}");
        assert!(ended.phone.json.contains("\"progress\":\"accepted\""), "{scene}: {ended:?}");
        println!("ok {scene:<8} {suite:<5} {:>5} ms", started.elapsed().as_millis());
    }
    place.same("restored.ofd", "contract.ofd");
    place.same("opened/contract.txt", "contract.txt");
    // Whoever trusts the authority verifies all of it with the hub gone.
    place.stop_hub();
    let trust = TRUST.join(" ");
    for (scene, _) in &scenes {
        let verified = place.run(&format!("verify {scene}.json {trust}"));
        assert!(verified.has(0, "valid"), "{scene}: {verified:?}");
    }
    for line in [
        format!("cms verify words.p7s --content words.txt {trust}"),
        format!("document verify sealed.ofd {trust}"),
        format!("certificate verify encrypt.pem --purpose encrypt {trust}"),
    ] {
        assert_eq!(place.run(&line).code, 0, "{line}");
    }
    let revoked = place.run(&format!("document verify sealed.ofd --statement rv {trust}"));
    assert_eq!(revoked.code, 1, "{revoked:?}");
    // The phone's side of it: every receipt, by the list that the hub had published.
    place.ok("phone --ring P export --out history.json");
    let history = place.run(&format!("verify history.json {trust}"));
    assert!(history.has(0, "valid"), "{history:?}");
    assert!(history.json.contains("\"progress\":\"accepted\""), "{history:?}");
    let text = String::from_utf8(place.folder.read("history.json")).unwrap();
    for (from, to, code) in [
        ("\"accepted\":true", "\"accepted\":false", "answer_binding"),
        ("\"platform\":\"P-1\"", "\"platform\":\"P-2\"", "answer_binding"),
        ("\"stored\":\"M", "\"stored\":\"N", "answer_signature"),
        ("\"list\":\"M", "\"list\":\"N", "trust_list_signature"),
    ] {
        assert!(text.contains(from), "{from}");
        place.write("bent.json", text.replacen(from, to, 1).as_bytes());
        let bent = place.run(&format!("verify bent.json {trust}"));
        assert!(bent.has(1, code), "{from}: {bent:?}");
    }
    assert_eq!(place.run("verify history.json").code, 1, "without trust nothing is valid");
    // A record with anything else in it is none.
    let record = String::from_utf8(place.folder.read("login.json")).unwrap();
    let sid = record.split("\"sid\":\"").nth(1).unwrap().split('"').next().unwrap();
    place.write("other.json", record.replace(sid, "AAAAAAAAAAAAAAAAAAAAAA").as_bytes());
    assert!(place.run(&format!("verify other.json {trust}")).has(1, "answer_binding"));
    assert_eq!(place.run("verify login.json").code, 1, "without trust nothing is valid");
    let list = place.run("phone --ring P list");
    assert_eq!(list.json.matches("\"progress\":\"accepted\"").count(), 6, "{list:?}");
}

#[test]
fn six_scenes_in_sm() {
    six_scenes("sm2");
}

#[test]
fn six_scenes_in_nist() {
    six_scenes("p256");
}

#[test]
fn who_declines_or_enters_a_wrong_number_or_pin_leaves_the_page_one_word() {
    let place = Place::new("sm2");
    place.ok("bid encrypt pin --to H/encrypt.pem --platform P-1 --project E1 --section S1 \
         --opening 2020-01-01T00:00:00Z --bidder 91350100M000100Y43 --out a.bid --receipt r");
    // Who declines needs no key, not even to be asked for one.
    let bid = place.session("decrypt a.bid", "--reject", same);
    assert!(bid.phone.has(1, "person_rejected") && bid.platform.has(1, "declined"), "{bid:?}");
    let declined = place.session("login", "--reject", same);
    assert!(declined.phone.has(1, "person_rejected"), "{declined:?}");
    assert!(declined.platform.has(1, "declined"), "{declined:?}");
    let wrong = place.session("login", APPROVE, |number| (number + 1) % 100);
    assert!(wrong.phone.has(1, "match_wrong"), "{wrong:?}");
    assert!(wrong.platform.has(1, "declined"), "{wrong:?}");
    // The page learns nothing of a wrong PIN: the phone never got as far as to tell the hub.
    place.write("pin", b"000000\n");
    for code in ["pin_wrong", "pin_wrong", "pin_wrong", "pin_wrong", "pin_locked", "pin_locked"] {
        let mut phone = place.phone(APPROVE, "HTTPS://LOCALHOST/Q/A");
        drop(phone.stdin.take());
        let ended = Ending::new(&phone.wait_with_output().unwrap());
        assert!(ended.has(1, code), "{code}: {ended:?}");
    }
    place.write("pin", b"246810\n");
    let mut phone = place.phone(APPROVE, "HTTPS://LOCALHOST/Q/A");
    drop(phone.stdin.take());
    let ended = Ending::new(&phone.wait_with_output().unwrap());
    assert!(ended.has(1, "pin_locked"), "{ended:?}");
}

#[test]
fn a_browser_that_was_trusted_needs_no_number_until_it_is_revoked() {
    let place = Place::new("sm2");
    let login = "--browser-key browser.key login";
    let first = place.session(login, &format!("{APPROVE} --trust-browser"), same);
    assert_eq!(first.phone.code, 0, "{first:?}");
    // Without `--match` a number would be asked for, and there is none.
    let known = place.session(login, "--approve", same);
    assert_eq!((known.platform.code, known.phone.code), (0, 0), "{known:?}");
    assert!(known.platform.json.contains("\"matched\":false"), "{known:?}");
    let encrypt = "--browser-key browser.key --timeout 3 encrypt";
    let other_act = place.session(encrypt, "--approve --timeout 3", same);
    assert!(other_act.phone.has(2, "match_needed"), "{other_act:?}");
    let list = place.run("phone --ring P list");
    assert!(list.json.contains("\"class\":\"login\""), "{list:?}");
    assert_eq!(place.run("phone --ring P revoke-browser 1").code, 0);
    assert!(place.run("phone --ring P revoke-browser 1").has(1, "phone_no_browser"));
    let unknown = place.session("--browser-key browser.key --timeout 3 login", "--approve", same);
    assert!(unknown.phone.has(2, "match_needed"), "{unknown:?}");
}

#[test]
fn another_units_account_a_foreign_code_and_a_strange_hub_are_refused_by_name() {
    let place = Place::new("sm2");
    place.write("words.txt", b"yes");
    let other = "--credit-code 91110000101623741K --timeout 20 sign words.txt";
    let ended = place.session(other, APPROVE, same);
    assert!(ended.phone.has(1, "no_matching_certificate"), "{ended:?}");
    assert!(ended.platform.has(1, "no_matching_certificate"), "{ended:?}");
    for (text, exit, code) in [
        ("FIDO:/123", 1, "qr_foreign"),
        ("https://example.cn/", 1, "qr_foreign"),
        ("HTTPS://LOCALHOST/Q/AAAA", 3, "qr_malformed"),
        (&format!("HTTPS://EVIL.CN/Q/{}", "AE".to_owned() + &"A".repeat(69))[..], 1, "hub_unknown"),
    ] {
        let mut phone = place.phone(APPROVE, text);
        drop(phone.stdin.take());
        let ended = Ending::new(&phone.wait_with_output().unwrap());
        assert!(ended.has(exit, code), "{text}: {ended:?}");
    }
}

#[test]
fn the_eight_characters_beside_the_code_do_as_well_and_a_picture_of_it_too() {
    let place = Place::new("p256");
    let code = place.run("phone --ring P list");
    assert_eq!(code.code, 0);
    let typed = place.session_by("login", APPROVE, same, |line| {
        line.strip_prefix("code ").map(|code| code.trim().to_owned())
    });
    assert_eq!((typed.platform.code, typed.phone.code), (0, 0), "{typed:?}");
    let picture = place.session_by("--qr-out qr.png login", APPROVE, same, |line| {
        let picture: PathBuf = place.path().join("qr.png");
        // The line comes before the picture of it is there.
        let until = Instant::now() + Duration::from_secs(5);
        while !picture.exists() && Instant::now() < until {
            thread::sleep(Duration::from_millis(20));
        }
        line.starts_with("qr ").then(|| "qr.png".to_owned())
    });
    assert_eq!((picture.platform.code, picture.phone.code), (0, 0), "{picture:?}");
}

#[test]
fn a_hub_that_is_gone_and_one_over_plain_http_elsewhere_are_told_apart() {
    let mut place = Place::new("sm2");
    place.stop_hub();
    let url = place.url.clone();
    let gone = place.run(&format!("phone --hub {url} --ring P pin-hub CA/trust-list.pem"));
    assert!(gone.has(4, "hub_unreachable"), "{gone:?}");
    let other = place.run(&format!("phone --hub {url} --ring P pin-hub CA/root.pem"));
    assert!(other.has(4, "hub_unreachable"), "{other:?}");
    place.start_hub();
    let url = place.url.clone();
    // A list that none of the given signers signed pins nothing.
    let forged = place.run(&format!("phone --hub {url} --ring P pin-hub CA/root.pem"));
    assert!(forged.has(1, "trust_list_signature"), "{forged:?}");
    let named = format!("phone --hub {url} --ring P pin-hub CA/trust-list.pem --name other.cn");
    assert!(place.run(&named).has(1, "hub_mismatch"));
    let plain = place.run("phone --hub http://hub.example.cn --ring P pin-hub CA/trust-list.pem");
    assert!(plain.has(2, "hub_address"), "{plain:?}");
    assert!(fs::read_dir(place.path().join("P/hubs")).unwrap().count() == 1);
}
