//! Files of any size pass through in little memory: the program measured by `/usr/bin/time -v`.

use std::process::Command;

use yinxin_tests::big::{digest_of, fill, long_or};
use yinxin_tests::folder::Folder;
use yinxin_tests::peer::yinxin;

/// Kilobytes a process may hold at its peak.
const LIMIT: u64 = 32 * 1024;

fn mebibytes() -> u64 {
    long_or(1024, 96)
}

fn run(words: &[&str]) {
    let output = Command::new(yinxin()).args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a program under `/usr/bin/time`; prints and gives its peak in kilobytes.
fn measured(program: &str, words: &[&str]) -> u64 {
    let output = Command::new("/usr/bin/time").arg("-v").arg(program).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    let value = |name: &str| {
        let line = said.lines().find(|line| line.contains(name)).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    let peak = value("Maximum resident set size");
    let user = value("User time");
    let what = words[..2].join(" ");
    println!("{} MiB, {peak} kB, {user} s user: {what}", mebibytes());
    peak.parse().unwrap()
}

fn peak(words: &[&str]) -> u64 {
    measured(yinxin().to_str().unwrap(), words)
}

/// An authority and a holder: `sign.key`, `encrypt.key`, and certificates in `mine`.
fn holder(algorithm: &str) -> Folder {
    let folder = Folder::new("memory");
    let (ca, key, csr) = (folder.path("CA"), folder.path("sign.key"), folder.path("csr"));
    let mine = folder.path("mine");
    run(&["ca", "init", "--dir", &ca, "--algorithm", algorithm]);
    run(&["key", "generate", "--algorithm", algorithm, "--out", &key, "--no-password"]);
    run(&["csr", "create", "--key", &key, "--subject", "C=CN,CN=甲", "--out", &csr]);
    run(&["ca", "issue", "--dir", &ca, "--csr", &csr, "--profile", "holder", "--out", &mine]);
    let (envelope, own) = (folder.path("mine/encrypt.envelope"), folder.path("encrypt.key"));
    run(&[
        "key",
        "install",
        "--envelope",
        &envelope,
        "--key",
        &key,
        "--out",
        &own,
        "--no-password",
    ]);
    folder
}

fn passes_in_little_memory(algorithm: &str, ciphers: &[&str]) {
    let folder = holder(algorithm);
    let (key, own) = (folder.path("sign.key"), folder.path("encrypt.key"));
    let (big, to) = (folder.path("big"), folder.path("mine/encrypt.pem"));
    let digest = fill(&big, mebibytes());
    for cipher in ciphers {
        let (sealed, back) = (folder.path(cipher), folder.path("back"));
        let encrypt = ["cms", "encrypt", &big, "--to", &to, "--cipher", cipher, "--out", &sealed];
        assert!(peak(&encrypt) < LIMIT);
        let decrypt = ["cms", "decrypt", &sealed, "--key", &own, "--out", &back];
        assert!(peak(&decrypt) < LIMIT);
        assert_eq!(digest_of(&back), digest);
        std::fs::remove_file(&back).unwrap();
        std::fs::remove_file(&sealed).unwrap();
    }
    let (signed, chain) = (folder.path("signed"), folder.path("mine/chain.pem"));
    let certificate = folder.path("mine/sign.pem");
    let sign = [
        "cms",
        "sign",
        &big,
        "--key",
        &key,
        "--certificate",
        &certificate,
        "--chain",
        &chain,
        "--out",
        &signed,
    ];
    assert!(peak(&sign) < LIMIT);
    let root = folder.path("CA/root.pem");
    assert!(peak(&["cms", "verify", &signed, "--trust", &root]) < LIMIT);
}

#[test]
fn sm2_messages_of_any_size_pass_in_32_mib() {
    passes_in_little_memory("sm2", &["sm4-gcm", "sm4-cbc"]);
}

#[test]
fn p256_messages_of_any_size_pass_in_32_mib() {
    passes_in_little_memory("p256", &["aes-128-gcm"]);
}

/// 32 MiB and four chunks of 1 MiB for each core, as the program uses all of them.
fn bids_pass_in_little_memory(algorithm: &str, peer_cipher: &str) {
    let cores = std::thread::available_parallelism().unwrap().get();
    let limit = LIMIT + u64::try_from(cores).unwrap() * 4 * 1024;
    let folder = holder(algorithm);
    let (big, to) = (folder.path("big"), folder.path("mine/encrypt.pem"));
    let digest = fill(&big, mebibytes());
    let (sealed, receipt) = (folder.path("a.bid"), folder.path("receipt"));
    let encrypt = [
        "bid",
        "encrypt",
        &big,
        "--to",
        &to,
        "--project",
        "P",
        "--section",
        "1",
        "--opening",
        "2099-01-01T00:00:00Z",
        "--out",
        &sealed,
        "--receipt",
        &receipt,
    ];
    assert!(peak(&encrypt) < limit);
    let (own, out) = (folder.path("encrypt.key"), folder.path("out"));
    assert!(peak(&["bid", "decrypt", &sealed, "--key", &own, "--out", &out]) < limit);
    assert_eq!(digest_of(&folder.path("out/big")), digest);
    // For the record, not for a comparison that could fail: a faster cipher of ours is its own
    // matter. The peer encrypts alone; ours reads the finished file back as well.
    // It takes no SM2 recipients.
    let peers = holder("p256");
    let (message, to) = (folder.path("peer.cms"), peers.path("mine/encrypt.pem"));
    let theirs = [
        "cms",
        "-encrypt",
        "-binary",
        "-stream",
        "-in",
        &big,
        "-outform",
        "DER",
        "-out",
        &message,
        peer_cipher,
        &to,
    ];
    measured("openssl", &theirs);
}

#[test]
fn sm2_bids_of_any_size_pass_in_little_memory() {
    bids_pass_in_little_memory("sm2", "-sm4-cbc");
}

#[test]
fn p256_bids_of_any_size_pass_in_little_memory() {
    bids_pass_in_little_memory("p256", "-aes-128-cbc");
}
