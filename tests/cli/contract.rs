//! Exit codes, the one JSON object, outputs that appear whole or not at all, two languages.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use yinxin_tests::folder::Folder;
use yinxin_tests::peer::yinxin;

/// Runs the program in `folder` without a terminal and without passwords around.
fn run(folder: &Folder, arguments: &[&str]) -> Output {
    Command::new(yinxin())
        .args(arguments)
        .current_dir(folder.as_path())
        .env_remove("YINXIN_PASSWORD")
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn code(folder: &Folder, arguments: &[&str]) -> i32 {
    run(folder, arguments).status.code().unwrap()
}

fn ok(folder: &Folder, arguments: &[&str]) {
    let output = run(folder, arguments);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// An authority, a holder with both keys, and a file.
fn holder(name: &str, algorithm: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("file", &b"bid price 1 000 000\n".repeat(50_000));
    folder.write("password", b"secret\n");
    for line in [
        format!("ca init --dir ca --algorithm {algorithm}"),
        format!("key generate --algorithm {algorithm} --out key.pem --no-password"),
        "csr create --key key.pem --subject C=CN,O=甲公司,CN=甲公司 --out csr.pem".to_owned(),
        "ca issue --dir ca --csr csr.pem --profile holder --out .".to_owned(),
        "key install --envelope encrypt.envelope --key key.pem --out enc.pem --no-password"
            .to_owned(),
    ] {
        ok(&folder, &line.split(' ').collect::<Vec<_>>());
    }
    folder
}

#[test]
fn the_whole_way_for_both_algorithms() {
    for algorithm in ["sm2", "p256"] {
        let folder = holder("whole", algorithm);
        let trust = ["--trust", "ca/root.pem", "--intermediates", "chain.pem"];
        let sign = ["cms", "sign", "file", "--key", "key.pem", "--certificate", "sign.pem"];
        ok(&folder, &[&sign[..], &["--out", "signed"]].concat());
        ok(&folder, &[&["cms", "verify", "signed", "--out", "content"][..], &trust].concat());
        assert_eq!(folder.read("content"), folder.read("file"));
        ok(&folder, &[&sign[..], &["--detached", "--no-attributes", "--out", "detached"]].concat());
        let verify = ["cms", "verify", "detached", "--content", "file"];
        ok(&folder, &[&verify[..], &trust].concat());
        ok(&folder, &[&["verify", "signed"][..], &trust].concat());
        ok(&folder, &["cms", "encrypt", "file", "--to", "encrypt.pem", "--out", "sealed"]);
        ok(&folder, &["cms", "decrypt", "sealed", "--key", "enc.pem", "--out", "opened"]);
        assert_eq!(folder.read("opened"), folder.read("file"));

        // Nothing is valid without an anchor, and a detached signature wants its file.
        assert_eq!(code(&folder, &["cms", "verify", "signed"]), 1);
        assert_eq!(code(&folder, &[&["cms", "verify", "detached"][..], &trust].concat()), 2);
    }
}

#[test]
fn changed_files_are_refused_and_leave_nothing() {
    let folder = holder("changed", "sm2");
    let sign = ["cms", "sign", "file", "--key", "key.pem", "--certificate", "sign.pem"];
    ok(&folder, &[&sign[..], &["--out", "signed"]].concat());
    ok(&folder, &["cms", "encrypt", "file", "--to", "encrypt.pem", "--out", "sealed"]);
    let bend = |name: &str, at: usize| {
        let mut bytes = folder.read(name);
        bytes[at] ^= 1;
        folder.write("bent", &bytes);
    };
    let before = names(folder.as_path()).len() + 1;
    bend("signed", 500_000);
    let verify = ["verify", "bent", "--trust", "ca/root.pem", "--intermediates", "chain.pem"];
    let output = run(&folder, &[&["--json"][..], &verify].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("\"code\":\"message_digest\""), "{}", stdout(&output));
    bend("sealed", 500_000);
    let decrypt = ["cms", "decrypt", "bent", "--key", "enc.pem", "--out", "opened"];
    assert_eq!(code(&folder, &decrypt), 1);
    let other = ["cms", "decrypt", "sealed", "--key", "key.pem", "--out", "opened"];
    assert_eq!(code(&folder, &other), 1, "another key");
    let sealed = folder.read("sealed");
    folder.write("bent", &sealed[..sealed.len() - 9]);
    assert_eq!(code(&folder, &decrypt), 3, "truncated");
    assert_eq!(names(folder.as_path()).len(), before, "{:?}", names(folder.as_path()));
}

#[test]
fn exits_tell_usage_unreadable_and_system_apart() {
    let folder = holder("exits", "sm2");
    let key = ["key", "generate", "--algorithm", "sm2", "--out"];
    assert_eq!(code(&folder, &["key", "generate"]), 2);
    assert_eq!(code(&folder, &[&key[..], &["new.pem"]].concat()), 2, "no password, no terminal");
    let clash = [&key[..], &["-", "--no-password", "--json"]].concat();
    assert_eq!(code(&folder, &clash), 2);
    let time = ["verify", "sign.pem", "--at", "yesterday"];
    assert_eq!(code(&folder, &time), 2);
    assert_eq!(code(&folder, &["verify", "file"]), 3);
    assert_eq!(code(&folder, &["key", "show", "sign.pem"]), 3, "no key");
    assert_eq!(code(&folder, &["verify", "missing"]), 4);
    assert_eq!(code(&folder, &["certificate", "show", "sign.pem", "file", "missing"]), 4);
    assert_eq!(code(&folder, &["certificate", "show", "sign.pem", "file"]), 3);
    assert_eq!(code(&folder, &["--help"]), 0);
    assert_eq!(code(&folder, &["cms", "sign", "--help"]), 0);

    let existing = [&key[..], &["key.pem", "--no-password"]].concat();
    let old = folder.read("key.pem");
    assert_eq!(code(&folder, &existing), 4);
    assert_eq!(folder.read("key.pem"), old);
    assert_eq!(code(&folder, &[&existing[..], &["--force"]].concat()), 0);
    assert_ne!(folder.read("key.pem"), old);
}

#[test]
fn passwords_come_from_files_and_the_environment() {
    let folder = Folder::new("passwords");
    folder.write("right", b"secret\n");
    folder.write("wrong", b"guess\n");
    let key = ["key", "generate", "--algorithm", "sm2", "--out", "k", "--new-password-file"];
    ok(&folder, &[&key[..], &["right"]].concat());
    assert!(folder.read("k").starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert_eq!(code(&folder, &["key", "show", "k"]), 2);
    assert_eq!(code(&folder, &["key", "show", "k", "--password-file", "wrong"]), 1);
    let both = ["key", "show", "k", "--password-file", "wrong", "--password-file", "right"];
    assert_eq!(code(&folder, &both), 0);
    let status = Command::new(yinxin())
        .args(["key", "show", "k"])
        .current_dir(folder.as_path())
        .env("YINXIN_PASSWORD", "secret")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(status.status.success());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path("k")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn json_is_one_object_also_when_it_fails() {
    let folder = holder("json", "sm2");
    for (arguments, ok, code) in [
        (&["--json", "certificate", "show", "sign.pem"][..], "true", "certificate_shown"),
        (&["certificate", "verify", "sign.pem", "--json"], "false", "trust_missing"),
        (&["--json", "key", "show", "file"], "false", "wrong_type"),
        (&["--json", "verify", "missing"], "false", "file_missing"),
        (&["--json", "key", "wrong"], "false", "usage"),
    ] {
        let text = stdout(&run(&folder, arguments));
        assert_eq!(text.lines().count(), 1, "{text}");
        let start = format!("{{\"ok\":{ok},\"code\":\"{code}\",\"message\":\"");
        assert!(text.starts_with(&start), "{text}");
        assert!(text.contains("\"facts\":{") && text.contains("\"warnings\":["), "{text}");
        assert!(text.ends_with("}\n"), "{text}");
    }
}

#[test]
fn people_read_english_or_chinese() {
    let folder = holder("languages", "sm2");
    let lines = |arguments: &[&str]| {
        let output = run(&folder, arguments);
        let mut text = stdout(&output);
        text.push_str(&String::from_utf8(output.stderr).unwrap());
        text
    };
    assert!(lines(&["verify", "missing"]).contains("there is no file `missing`"));
    assert!(lines(&["verify", "missing", "--lang", "zh"]).contains("没有文件 `missing`"));
    let show = lines(&["--lang", "zh", "certificate", "show", "sign.pem"]);
    assert!(show.contains("持有人: 甲公司"), "{show}");
    let verify = ["certificate", "verify", "sign.pem", "--trust", "ca/root.pem"];
    let quiet = lines(&[&verify[..], &["--intermediates", "chain.pem", "--quiet"]].concat());
    assert_eq!(quiet, "");
}

#[test]
fn a_key_elsewhere_signs_in_two_halves() {
    two_halves("p256");
    two_halves("sm2");
}

/// OpenSSL is the key elsewhere: it gets 32 bytes, for SM2 with Z in them, and signs them bare.
fn two_halves(algorithm: &str) {
    let folder = holder("halves", algorithm);
    let sign = ["cms", "sign", "file", "--certificate", "sign.pem"];
    ok(&folder, &[&sign[..], &["--prepare", "digest"]].concat());
    assert_eq!(folder.read("digest").len(), 32);
    let other = ["cms", "sign", "csr.pem", "--certificate", "sign.pem", "--prepare", "other"];
    ok(&folder, &other);
    let openssl = |digest: &str, out: &str| {
        let arguments = ["pkeyutl", "-sign", "-inkey", "key.pem", "-in", digest, "-out", out];
        let status =
            Command::new("openssl").args(arguments).current_dir(folder.as_path()).status().unwrap();
        assert!(status.success());
    };
    openssl("digest", "answer");
    openssl("other", "wrong");
    let finish = |answer| [&sign[..], &["--finish", answer, "--out", "signed"]].concat();
    assert_eq!(code(&folder, &finish("wrong")), 1, "an answer to another question");
    assert!(!Path::new(&folder.path("signed")).exists());
    ok(&folder, &finish("answer"));
    ok(&folder, &["verify", "signed", "--trust", "ca/root.pem", "--intermediates", "chain.pem"]);
}
