//! Files of any size pass through in little memory: the program measured by `/usr/bin/time -v`.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::process::Command;

use yinxin_pki::{Digest, DigestAlgorithm};
use yinxin_tests::folder::Folder;
use yinxin_tests::peer::yinxin;

/// Kilobytes a process may hold at its peak.
const LIMIT: u64 = 32 * 1024;

fn mebibytes() -> u64 {
    if std::env::var_os("YINXIN_LONG").is_some() { 1024 } else { 96 }
}

/// Fills a file with bytes that do not repeat, and gives their digest.
fn fill(path: &str) -> Digest {
    let mut hasher = DigestAlgorithm::Sm3.hasher();
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut block = [0; 64 << 10];
    for _ in 0..mebibytes() * 16 {
        for chunk in block.chunks_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            chunk.copy_from_slice(&state.to_le_bytes());
        }
        hasher.update(&block);
        out.write_all(&block).unwrap();
    }
    out.flush().unwrap();
    hasher.finish()
}

fn digest_of(path: &str) -> Digest {
    let mut hasher = DigestAlgorithm::Sm3.hasher();
    let mut file = BufReader::new(File::open(path).unwrap());
    let mut block = vec![0; 64 << 10];
    loop {
        let length = file.read(&mut block).unwrap();
        if length == 0 {
            return hasher.finish();
        }
        hasher.update(&block[..length]);
    }
}

fn run(words: &[&str]) {
    let output = Command::new(yinxin()).args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs the program under `/usr/bin/time` and gives its peak in kilobytes.
fn peak(words: &[&str]) -> u64 {
    let output =
        Command::new("/usr/bin/time").arg("-v").arg(yinxin()).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    let line = said.lines().find(|line| line.contains("Maximum resident set size")).unwrap();
    let peak = line.rsplit(' ').next().unwrap().parse().unwrap();
    println!("{} MiB, {peak} kB: {}", mebibytes(), words[..2].join(" "));
    peak
}

fn passes_in_little_memory(algorithm: &str, ciphers: &[&str]) {
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
    let (big, to) = (folder.path("big"), folder.path("mine/encrypt.pem"));
    let digest = fill(&big);
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
