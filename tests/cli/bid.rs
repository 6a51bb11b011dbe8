//! `yinxin bid`: opens on the day, by both keys, after a crash, with officers, and says who is to
//! blame.

use std::fs;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use yinxin_tests::big::{digest_of, fill, long_or};
use yinxin_tests::folder::Folder;
use yinxin_tests::peer::yinxin;

fn command(folder: &Folder, line: &str) -> Command {
    let mut command = Command::new(yinxin());
    command
        .args(line.split_whitespace())
        .current_dir(folder.as_path())
        .env_remove("YINXIN_PASSWORD")
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL")
        .stdin(Stdio::null());
    command
}

fn run(folder: &Folder, line: &str) -> Output {
    command(folder, line).output().unwrap()
}

fn ok(folder: &Folder, line: &str) -> String {
    let output = run(folder, line);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {words}");
    String::from_utf8(output.stdout).unwrap()
}

/// Exit and code of a refusal.
fn refused(folder: &Folder, line: &str) -> (i32, String) {
    let output = run(folder, &format!("{line} --json"));
    let text = String::from_utf8(output.stdout).unwrap();
    let code = text.split("\"code\":").nth(1).unwrap_or_else(|| panic!("{line}: {text}"));
    let code = code.split('"').nth(1).unwrap().to_owned();
    (output.status.code().unwrap(), code)
}

/// An authority and holders with both keys: NAME.key signs, NAME/enc.key decrypts.
fn holders(name: &str, algorithm: &str, holders: &[&str]) -> Folder {
    let folder = Folder::new(name);
    ok(&folder, &format!("ca init --dir ca --algorithm {algorithm}"));
    for holder in holders {
        enrol(&folder, algorithm, holder);
    }
    folder.write("plan.pdf", &b"how we build the bridge\n".repeat(100_000));
    folder.write("price.xls", b"1 000 000");
    folder
}

fn enrol(folder: &Folder, algorithm: &str, holder: &str) {
    for line in [
        format!("key generate --algorithm {algorithm} --no-password --out {holder}.key"),
        format!(
            "csr create --key {holder}.key --subject C=CN,O=甲公司,CN=甲公司 --out {holder}.csr"
        ),
        format!(
            "ca issue --dir ca --csr {holder}.csr --profile holder --credit-code 91350100M000100Y43 --out {holder}"
        ),
        format!(
            "key install --envelope {holder}/encrypt.envelope --key {holder}.key --no-password --out {holder}/enc.key"
        ),
    ] {
        ok(folder, &line);
    }
}

const WHAT: &str = "--project P-17 --section A1 --opening 2026-12-01T01:30:00Z";

#[test]
fn a_bid_of_two_segments_opens_under_its_own_names_in_both_suites() {
    for algorithm in ["sm2", "p256"] {
        let folder = holders("bid", algorithm, &["bidder"]);
        ok(
            &folder,
            &format!(
                "bid encrypt --segment technical=plan.pdf --segment price=price.xls --to bidder/encrypt.pem {WHAT} --sign-key bidder.key --sign-certificate bidder/sign.pem --out a.bid --receipt a.receipt"
            ),
        );
        let shown = ok(&folder, "bid inspect a.bid");
        assert!(shown.contains("91350100M000100Y43") && shown.contains("technical"), "{shown}");
        ok(&folder, "bid check a.bid --key bidder/enc.key");
        ok(&folder, "bid decrypt a.bid --key bidder/enc.key --out open");
        assert_eq!(folder.read("open/plan.pdf"), folder.read("plan.pdf"));
        assert_eq!(folder.read("open/price.xls"), folder.read("price.xls"));
        let trust = "--trust ca/root.pem --intermediates bidder/chain.pem";
        ok(&folder, &format!("bid verify-receipt a.receipt a.bid {trust}"));
        ok(&folder, &format!("verify a.receipt {trust}"));
        assert_eq!(run(&folder, "verify a.receipt").status.code(), Some(1), "without an anchor");
        // What is there already is not overwritten, and the work is not lost.
        assert_eq!(
            refused(&folder, "bid decrypt a.bid --key bidder/enc.key --out open"),
            (4, "output_exists".to_owned())
        );
        // The signing key of the same holder is no recipient.
        assert_eq!(
            refused(&folder, "bid check a.bid --key bidder.key"),
            (1, "not_my_key".to_owned())
        );
    }
}

#[test]
fn both_layers_are_needed_and_two_officers_can_stand_in() {
    let folder = holders("layers", "sm2", &["bidder", "tenderer", "o1", "o2", "o3"]);
    ok(
        &folder,
        &format!(
            "bid encrypt plan.pdf --to bidder/encrypt.pem --then-to tenderer/encrypt.pem --recover 2-of-3=o1/encrypt.pem,o2/encrypt.pem,o3/encrypt.pem {WHAT} --out a.bid --receipt a.receipt"
        ),
    );
    let alone = refused(&folder, "bid decrypt a.bid --key bidder/enc.key --out open");
    assert_eq!(alone, (1, "outer_key_missing".to_owned()));
    let alone = refused(&folder, "bid decrypt a.bid --key tenderer/enc.key --out open");
    assert_eq!(alone, (1, "not_my_key".to_owned()));
    assert!(!folder.as_path().join("open").exists());
    ok(&folder, "bid decrypt a.bid --key tenderer/enc.key --key bidder/enc.key --out open");
    assert_eq!(folder.read("open/plan.pdf"), folder.read("plan.pdf"));
    ok(&folder, "bid verify-receipt a.receipt a.bid");

    ok(
        &folder,
        &format!(
            "bid encrypt plan.pdf --to bidder/encrypt.pem --recover 2-of-3=o1/encrypt.pem,o2/encrypt.pem,o3/encrypt.pem {WHAT} --out b.bid --receipt b.receipt"
        ),
    );
    ok(&folder, "bid share b.bid --key o1/enc.key --out one");
    ok(&folder, "bid share b.bid --key o3/enc.key --out three");
    let too_few = refused(&folder, "bid decrypt b.bid --share one --out recovered");
    assert_eq!(too_few, (1, "shares_missing".to_owned()));
    ok(&folder, "bid decrypt b.bid --share one --share three --out recovered");
    assert_eq!(folder.read("recovered/plan.pdf"), folder.read("plan.pdf"));
    let foreign = refused(&folder, "bid share b.bid --key bidder/enc.key --out none");
    assert_eq!(foreign, (1, "share_wrong".to_owned()));
}

#[test]
fn a_killed_run_resumes_where_it_was() {
    let folder = holders("resume", "sm2", &["bidder"]);
    let size = long_or(1024, 48) << 20;
    let digest = fill(&folder.path("big"), size >> 20);
    ok(
        &folder,
        &format!("bid encrypt big --to bidder/encrypt.pem {WHAT} --out a.bid --receipt a.receipt"),
    );
    let part = folder.as_path().join("open/.yinxin-partial/0.part");
    let mut child =
        command(&folder, "bid decrypt a.bid --key bidder/enc.key --out open").spawn().unwrap();
    let started = Instant::now();
    let length = || fs::metadata(&part).map_or(0, |metadata| metadata.len());
    while length() < size * 6 / 10 {
        assert!(started.elapsed() < Duration::from_secs(60), "the run does not get on");
        assert!(child.try_wait().unwrap().is_none(), "the run was over before it was killed");
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let left = length();
    assert!(!folder.as_path().join("open/big").exists(), "nothing under the final name");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&part).unwrap().permissions().mode() & 0o777, 0o600);
    }
    ok(&folder, "bid decrypt a.bid --key bidder/enc.key --resume --out open");
    assert_eq!(digest_of(&folder.path("open/big")), digest);
    assert!(!folder.as_path().join("open/.yinxin-partial").exists());
    println!("killed at {left} of {size} bytes, resumed");
}

/// The program with files limited to 4 MiB: a write past it fails as on a full disk.
#[cfg(unix)]
fn on_a_full_disk(folder: &Folder, line: &str) -> (i32, String) {
    let script = format!("trap '' XFSZ; ulimit -f 8192; exec \"$0\" {line} --json");
    let mut command = Command::new("/bin/sh");
    let command = command.args(["-c", &script]).arg(yinxin()).current_dir(folder.as_path());
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let code = text.split("\"code\":").nth(1).and_then(|rest| rest.split('"').nth(1));
    (output.status.code().unwrap(), code.unwrap_or(&text).to_owned())
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing_under_a_final_name_and_nothing_is_lost() {
    let folder = holders("full", "sm2", &["bidder"]);
    let digest = fill(&folder.path("big"), 9);
    let names = || {
        let names = fs::read_dir(folder.as_path()).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let encrypt =
        format!("bid encrypt big --to bidder/encrypt.pem {WHAT} --out a.bid --receipt a.receipt");
    assert_eq!(on_a_full_disk(&folder, &encrypt), (4, "write_failed".to_owned()));
    assert_eq!(names(), before, "neither a bid, nor a receipt, nor a temporary file");

    ok(&folder, &encrypt);
    let decrypt = "bid decrypt a.bid --key bidder/enc.key --out open";
    assert_eq!(on_a_full_disk(&folder, decrypt), (4, "write_failed".to_owned()));
    assert!(!folder.as_path().join("open/big").exists());
    let part = folder.as_path().join("open/.yinxin-partial/0.part");
    assert!(fs::metadata(part).unwrap().len() >= 3 << 20, "what was verified is kept");
    ok(&folder, &format!("{decrypt} --resume"));
    assert_eq!(digest_of(&folder.path("open/big")), digest);
}

#[test]
fn an_altered_bid_leaves_nothing_but_evidence() {
    let folder = holders("evidence", "sm2", &["bidder"]);
    ok(
        &folder,
        &format!(
            "bid encrypt plan.pdf --to bidder/encrypt.pem {WHAT} --out a.bid --receipt a.receipt"
        ),
    );
    let mut file = folder.read("a.bid");
    let at = file.len() / 2;
    file[at] ^= 1;
    folder.write("b.bid", &file);
    let signed = "--sign-key bidder.key --sign-certificate bidder/sign.pem";
    let line = format!(
        "bid decrypt b.bid --key bidder/enc.key --receipt a.receipt --evidence e {signed} --out open"
    );
    assert_eq!(refused(&folder, &line), (1, "bid_altered".to_owned()));
    assert_eq!(fs::read_dir(folder.path("open")).unwrap().count(), 0);
    let trust = "--trust ca/root.pem --intermediates bidder/chain.pem";
    let shown = ok(&folder, &format!("verify e {trust}"));
    assert!(shown.contains("file_altered") && shown.contains("bid_altered"), "{shown}");
    assert_eq!(
        refused(&folder, "bid verify-receipt a.receipt b.bid"),
        (1, "receipt_mismatch".to_owned())
    );

    // A recipient exchanged in the header: the check before the opening says so.
    let id = ok(&folder, "bid inspect a.bid --json");
    let id = id.split("\"recipients\":").nth(1).unwrap().split('"').nth(1).unwrap();
    let octets: Vec<u8> =
        (0..20).map(|n| u8::from_str_radix(&id[2 * n..2 * n + 2], 16).unwrap()).collect();
    let mut file = folder.read("a.bid");
    let at = file.windows(20).position(|window| window == octets).unwrap();
    file[at] ^= 1;
    folder.write("c.bid", &file);
    ok(&folder, "bid check a.bid --key bidder/enc.key");
    assert_eq!(run(&folder, "bid check c.bid --key bidder/enc.key").status.code(), Some(1));
}

#[test]
fn a_certificate_that_ends_before_the_opening_is_a_warning() {
    let folder = holders("warning", "sm2", &["bidder"]);
    let late = "--project P --section S --opening 2036-12-01T00:00:00Z";
    let said = ok(
        &folder,
        &format!(
            "bid encrypt price.xls --to bidder/encrypt.pem {late} --out a.bid --receipt r --json"
        ),
    );
    assert!(said.contains("expires_before_opening"), "{said}");
    let said =
        ok(&folder, "bid check a.bid --key bidder/enc.key --certificate bidder/encrypt.pem --json");
    assert!(said.contains("expires_before_opening"), "{said}");
}

#[test]
fn wrong_lines_are_usage_and_foreign_files_unreadable() {
    let folder = holders("usage", "sm2", &["bidder"]);
    for line in [
        "bid encrypt price.xls --to bidder/encrypt.pem --project P --section S --opening tomorrow --out a --receipt r",
        "bid encrypt price.xls --segment a=price.xls --to bidder/encrypt.pem --project P --section S --opening 2026-12-01T00:00:00Z --out a --receipt r",
        "bid encrypt --segment a=price.xls --segment A=plan.pdf --to bidder/encrypt.pem --project P --section S --opening 2026-12-01T00:00:00Z --out a --receipt r",
        "bid encrypt price.xls --to bidder/encrypt.pem --recover 1-of-1=bidder/encrypt.pem --project P --section S --opening 2026-12-01T00:00:00Z --out a --receipt r",
        "bid decrypt price.xls --out open",
    ] {
        assert_eq!(run(&folder, line).status.code(), Some(2), "{line}");
    }
    assert!(!folder.as_path().join("a").exists());
    let foreign = refused(&folder, "bid inspect price.xls");
    assert_eq!(foreign, (3, "not_an_envelope".to_owned()));
    let missing = run(&folder, "bid decrypt none --key bidder/enc.key --out open");
    assert_eq!(missing.status.code(), Some(4));
    let words = String::from_utf8_lossy(&missing.stderr);
    assert!(words.contains("none") && !words.contains("open"), "the file that is missing: {words}");
}
