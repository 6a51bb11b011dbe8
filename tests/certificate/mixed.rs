//! Chains over algorithms that this library verifies and does not sign: OpenSSL makes them.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use yinxin_pki::chain::ChainCheck;
use yinxin_pki::{Certificate, Explain, Time, TrustStore};

/// Runs `openssl` in a folder; without it the test cannot say anything and fails.
fn openssl(folder: &Path, line: &str) {
    let output = Command::new("openssl")
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .expect("openssl is needed: apt-get install openssl");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = env::temp_dir().join(format!("yinxin-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A chain root, middle, leaf with keys made by the given `genpkey` options.
fn chain(name: &str, keys: [&str; 3], digest: &str, more: &str) -> Vec<Certificate> {
    let folder = folder(name);
    let extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
    fs::write(folder.join("ca.ext"), extensions).unwrap();
    fs::write(folder.join("leaf.ext"), "keyUsage=critical,digitalSignature\n").unwrap();
    for (stem, key) in ["root", "middle", "leaf"].into_iter().zip(keys) {
        openssl(&folder, &format!("genpkey {key} -out {stem}.key"));
        openssl(&folder, &format!("req -new -key {stem}.key -subj /CN={stem} -out {stem}.csr"));
    }
    let sign = format!("x509 -req -days 30 {digest} {more} -set_serial 7");
    openssl(
        &folder,
        &format!("{sign} -in root.csr -signkey root.key -extfile ca.ext -out root.pem"),
    );
    for (stem, issuer, ext) in [("middle", "root", "ca"), ("leaf", "middle", "leaf")] {
        let by = format!("-CA {issuer}.pem -CAkey {issuer}.key -extfile {ext}.ext");
        openssl(&folder, &format!("{sign} -in {stem}.csr {by} -out {stem}.pem"));
    }
    let read = |stem: &str| {
        let pem = fs::read(folder.join(format!("{stem}.pem"))).unwrap();
        Certificate::from_pem_or_der(&pem).unwrap().remove(0)
    };
    let made = ["root", "middle", "leaf"].map(read).to_vec();
    fs::remove_dir_all(&folder).unwrap();
    made
}

fn verdict(made: &[Certificate]) -> Result<(), &'static str> {
    let [root, middle, leaf] = made else { panic!("three certificates") };
    let mut store = TrustStore::new();
    store.add(root.clone(), &[]);
    // The clock is OpenSSL's own; one day after it, everything made just now is valid.
    let at = leaf.validity().not_before.plus(Time::DAY);
    let middle = [middle.clone()];
    let check = ChainCheck::new(&store, at).intermediates(&middle);
    check.verify(leaf).map(|_| ()).map_err(|error| error.code())
}

const P384: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-384";
const P521: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-521";
const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
const RSA_2048: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
const RSA_1024: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:1024";

#[test]
fn rsa_p384_p521_and_p256_mix_in_one_chain() {
    let cases = [
        ("a", [RSA_2048, P384, P256], "-sha256", ""),
        ("b", [P521, RSA_2048, P256], "-sha384", ""),
        ("c", [P384, P521, RSA_2048], "-sha512", ""),
    ];
    for (name, keys, digest, more) in cases {
        assert_eq!(verdict(&chain(name, keys, digest, more)), Ok(()), "{keys:?}");
    }
}

#[test]
fn rsa_pss_verifies() {
    let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";
    assert_eq!(verdict(&chain("pss", [RSA_2048; 3], "-sha256", pss)), Ok(()));
}

#[test]
fn sha1_and_short_rsa_keys_are_refused() {
    assert_eq!(verdict(&chain("sha1", [P256; 3], "-sha1", "")), Err("algorithm_policy"));
    let short = chain("short", [RSA_2048, RSA_2048, RSA_1024], "-sha256", "");
    assert_eq!(verdict(&short), Err("algorithm_policy"));
    let short = chain("short-root", [RSA_1024, RSA_2048, RSA_2048], "-sha256", "");
    assert_eq!(verdict(&short), Err("algorithm_policy"));
}
