//! `yinxin seal`, `yinxin document`, and `yinxin verify` on what they make.

use std::fs;
use std::process::{Command, Stdio};

use yinxin_seal::picture::{DecodeLimits, decode};
use yinxin_tests::folder::Folder;
use yinxin_tests::paper::{Paper, References};
use yinxin_tests::peer::yinxin;

/// Exit, and the answer's JSON.
fn run(folder: &Folder, line: &str) -> (i32, String) {
    let mut command = Command::new(yinxin());
    command.args(line.split(' ')).arg("--json").current_dir(folder.as_path());
    let output = command.stdin(Stdio::null()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn member(text: &str, name: &str) -> String {
    let after = text.split(&format!("\"{name}\":\"")).nth(1);
    after.and_then(|rest| rest.split('"').next()).unwrap_or("").to_owned()
}

fn ok(folder: &Folder, line: &str) -> String {
    let (exit, text) = run(folder, line);
    assert_eq!(exit, 0, "{line}: {text}");
    text
}

fn refused(folder: &Folder, line: &str) -> (i32, String) {
    let (exit, text) = run(folder, line);
    (exit, member(&text, "code"))
}

const TRUST: &str = "--trust ca/root.pem --intermediates ca/issuing.pem";
const KEY: &str = "--key k.pem --certificate h/sign.pem";

/// An authority, a holder with a seal, and a contract of three pages in both formats.
fn office() -> Folder {
    let folder = Folder::new("office");
    let text = "Contract\n\nParty A (seal):\n\u{c}Page two\n\u{c}Page three\n";
    folder.write("t.txt", text.as_bytes());
    folder.write("c.pdf", &Paper::contract(3, References::Table).build());
    for line in [
        "ca init --dir ca --algorithm sm2",
        "key generate --algorithm sm2 --out k.pem --no-password",
        "csr create --key k.pem --subject C=CN,O=甲公司,CN=甲公司 --out csr.pem",
        "ca issue --dir ca --csr csr.pem --profile holder --out h",
        "seal draw --template round --text 甲建设工程有限公司 --out s.png",
        "seal make --picture s.png --name 甲公司公章 --id 37030000001721 --holder h/sign.pem \
         --maker-key ca/seal-maker.key --maker-certificate ca/seal-maker.pem --out s.esl",
        "document create t.txt --out c.ofd",
    ] {
        ok(&folder, &line.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    folder
}

#[test]
fn a_seal_is_told_verified_and_cancelled() {
    let folder = office();
    assert_eq!(member(&ok(&folder, "seal show s.esl"), "sealId"), "37030000001721");
    ok(&folder, &format!("seal verify s.esl {TRUST}"));
    assert_eq!(refused(&folder, "seal verify s.esl"), (1, "trust_missing".to_owned()));
    assert_eq!(member(&ok(&folder, &format!("verify s.esl {TRUST}")), "kind"), "seal");
    ok(&folder, "ca status-list --dir ca --seal 37030000001721=cancelled --out list");
    let list = ok(&folder, &format!("verify list {TRUST}"));
    assert_eq!(member(&list, "kind"), "seal_status_list");
    let said = refused(&folder, &format!("seal verify s.esl {TRUST} --status-list list"));
    assert_eq!(said, (1, "seal_cancelled".to_owned()));
    ok(&folder, "ca status-list --dir ca --seal 37030000009999=cancelled --out other");
    ok(&folder, &format!("seal verify s.esl {TRUST} --status-list other"));

    let mut bent = folder.read("s.esl");
    let middle = bent.len() / 2;
    bent[middle] ^= 1;
    folder.write("bent.esl", &bent);
    let (exit, code) = refused(&folder, &format!("seal verify bent.esl {TRUST}"));
    assert!(exit == 1 || exit == 3, "{exit} {code}");
}

#[test]
fn files_are_sealed_in_every_way_and_the_last_seal_comes_off_to_the_byte() {
    let folder = office();
    for (kind, keyword) in [("ofd", "Party"), ("pdf", "Contract")] {
        let seal = |from: &str, how: &str, to: &str| {
            ok(
                &folder,
                &format!("document seal {from}.{kind} --seal s.esl {KEY} {how} --out {to}.{kind}"),
            );
        };
        seal("c", "--page 1 --position 20.5,200", "one");
        seal("one", "--straddle right --timestamp-dir ca", "two");
        seal("two", &format!("--keyword {keyword}"), "three");
        let verify = |file: &str, more: &str| {
            run(
                &folder,
                &format!("document verify {file}.{kind} {TRUST} --tsa-trust ca/root.pem {more}")
                    .trim_end()
                    .replace("  ", " "),
            )
        };
        for file in ["one", "two", "three"] {
            let (exit, text) = verify(file, "");
            assert_eq!((exit, member(&text, "verdict")), (0, "valid".to_owned()), "{text}");
            let told =
                ok(&folder, &format!("verify {file}.{kind} {TRUST} --tsa-trust ca/root.pem"));
            assert_eq!(member(&told, "kind"), kind);
        }
        assert_eq!(refused(&folder, &format!("document verify one.{kind}")).0, 1, "no anchor");
        let none = refused(&folder, &format!("document verify c.{kind} {TRUST}"));
        assert_eq!(none, (1, "no_signature".to_owned()));

        // The first is depended on; the last comes off, and the statement says so of the file.
        let revoke = |number: u32, more: &str| {
            format!(
                "document revoke-seal three.{kind} --signature {number} {KEY} --reason 误盖 {more}"
            )
        };
        let said = refused(&folder, &revoke(1, &format!("--out r.{kind} --statement r.stm")));
        assert_eq!(said, (1, "depended_on".to_owned()));
        assert!(!folder.as_path().join("r.stm").exists());
        ok(&folder, &revoke(3, &format!("--out r.{kind} --statement r.stm")));
        assert_eq!(folder.read(&format!("r.{kind}")), folder.read(&format!("two.{kind}")));
        let (exit, text) = verify("three", "--statement r.stm");
        assert_eq!(exit, 1);
        assert!(text.contains("\"verdict\":\"revoked\""), "{text}");
        fs::remove_file(folder.path("r.stm")).unwrap();

        // Locked, nothing comes after.
        ok(&folder, &format!("document sign one.{kind} {KEY} --lock --out locked.{kind}"));
        assert_eq!(verify("locked", "").0, 0);
        let more = format!(
            "document seal locked.{kind} --seal s.esl {KEY} --page 1 --position 1,1 --out more.{kind}"
        );
        let (exit, code) = refused(&folder, &more);
        assert!(exit == 1 && code.ends_with("locked"), "{exit} {code}");
        assert!(!folder.as_path().join(format!("more.{kind}")).exists());

        // One changed byte anywhere: never valid, never a panic.
        let whole = folder.read(&format!("two.{kind}"));
        for step in 1..24 {
            let mut bent = whole.clone();
            let at = whole.len() * step / 24;
            bent[at] ^= 0x21;
            folder.write(&format!("bent.{kind}"), &bent);
            let (exit, text) = verify("bent", "");
            assert!([1, 3].contains(&exit), "{kind}, byte {at}: {exit} {text}");
        }
    }
}

#[test]
fn a_key_elsewhere_seals_in_two_halves() {
    let folder = office();
    for kind in ["ofd", "pdf"] {
        let at = "--at 2026-11-24T12:00:00Z";
        // A seal is not used before it was made.
        let seal = "seal make --picture s.png --name 甲 --id 1 --holder h/sign.pem --maker-key \
                    ca/seal-maker.key --maker-certificate ca/seal-maker.pem --out early.esl --force";
        let now = yinxin_tests::ours::now();
        let seal = seal.split_whitespace().collect::<Vec<_>>().join(" ");
        ok(&folder, &seal);
        let at = at.replace("2026-11-24T12:00:00Z", &now.to_string());
        let half = format!(
            "document seal c.{kind} --seal early.esl --certificate h/sign.pem --straddle left {at}"
        );
        ok(&folder, &format!("{half} --prepare digest --force"));
        assert_eq!(folder.read("digest").len(), 32);
        let arguments = ["pkeyutl", "-sign", "-inkey", "k.pem", "-in", "digest", "-out", "answer"];
        let status = Command::new("openssl").args(arguments).current_dir(folder.as_path()).status();
        assert!(status.unwrap().success());
        ok(&folder, &format!("{half} --finish answer --out half.{kind}"));
        ok(&folder, &format!("document verify half.{kind} {TRUST}"));
        folder.write("wrong", &[0x30; 64]);
        let (exit, _) = run(&folder, &format!("{half} --finish wrong --out no.{kind}"));
        assert_eq!(exit, 1);
        assert!(!folder.as_path().join(format!("no.{kind}")).exists());
    }
}

/// Pixels that are more red than anything else.
fn red(folder: &Folder, name: &str) -> usize {
    let decoded = decode(&folder.read(name), &DecodeLimits::SCAN).unwrap();
    let pixels = decoded.pixels.rgba().as_chunks::<4>().0;
    pixels.iter().filter(|[red, green, blue, _]| *red > 150 && *green < 100 && *blue < 100).count()
}

#[test]
fn a_page_is_drawn_with_its_text_and_only_with_seals_that_are_valid() {
    let folder = office();
    ok(&folder, &format!("document seal c.ofd --seal s.esl {KEY} --straddle right --out one.ofd"));
    for page in 1..=3 {
        let draw = format!("document render one.ofd --page {page} --dpi 100");
        ok(&folder, &format!("{draw} {TRUST} --out sealed.png --force"));
        ok(&folder, &format!("{draw} --out bare.png --force"));
        let (sealed, bare) = (red(&folder, "sealed.png"), red(&folder, "bare.png"));
        assert!(sealed > 500 && bare == 0, "page {page}: {sealed} and {bare} red pixels");
    }
    // The words of page one are there in both.
    ok(&folder, "document render one.ofd --dpi 100 --out bare.png --force");
    let decoded = decode(&folder.read("bare.png"), &DecodeLimits::SCAN).unwrap();
    let dark =
        decoded.pixels.rgba().as_chunks::<4>().0.iter().filter(|pixel| pixel[0] < 100).count();
    assert!(dark > 300, "{dark}");
    let (exit, code) = refused(&folder, "document render one.ofd --page 4 --out no.png");
    assert_eq!((exit, code.as_str()), (1, "no_such_page"));
    assert_eq!(refused(&folder, "document render c.pdf --out no.png").1, "render_unsupported");
}
