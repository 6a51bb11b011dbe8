//! Key files: what peers write, we read, and the other way round.

use yinxin_pki::key::container::{self, KeyFileKind};
use yinxin_pki::key::enveloped;
use yinxin_pki::key::pkcs8::{self, Protection};
use yinxin_pki::{Curve, Explain, pem};
use yinxin_tests::folder::Folder;
use yinxin_tests::harness::{Case, Way};
use yinxin_tests::ours;
use yinxin_tests::peer::{JobPeer, OpenSsl, bouncycastle, gmsm, openssl, openssl4};

use crate::fixture::{Chain, bouncycastle_chain, gmsm_chain, openssl_chain, our_chain};

const fn case(peer: &'static str, what: &'static str, way: Way, run: fn()) -> Case {
    Case { peer, what, way, run }
}

const PASSWORD: &str = "口令 Passw0rd";

pub(crate) const CASES: &[Case] = &[
    case("OpenSSL", "plain PKCS#8, SEC1; P-256 and SM2", Way::Both, plain),
    case("OpenSSL", "PBES2 with AES-256, HMAC-SHA-256", Way::Both, aes_by_openssl),
    case("OpenSSL", "PBES2 with SM4, AES-128/192, other HMACs, scrypt", Way::TheirsToUs, others),
    case("OpenSSL", "PKCS#12: modern, and SM4 with an SM3 MAC", Way::TheirsToUs, pkcs12),
    case("OpenSSL 4", "plain PKCS#8 and PBES2 with SM4", Way::TheirsToUs, openssl4_keys),
    case("gmsm", "PBES2 with SM4, HMAC-SM3", Way::Both, || protected(gmsm(), "pbes2", true)),
    case("gmsm", "GM/T 0091 identifiers", Way::TheirsToUs, || protected(gmsm(), "gmt0091", false)),
    case("gmsm", "PKCS#12: modern, and the SM kind", Way::TheirsToUs, pkcs12_by_gmsm),
    case("gmsm", "CFCA .sm2 file, base64 and PEM", Way::TheirsToUs, cfca_file),
    case("gmsm", "SM2EnvelopedKey", Way::Both, enveloped_key),
    case("BouncyCastle", "PBES2 with SM4, HMAC-SM3", Way::Both, || {
        protected(bouncycastle(), "sm4", true);
    }),
    case("BouncyCastle", "PBES2 with AES-256, HMAC-SHA-256", Way::TheirsToUs, || {
        protected(bouncycastle(), "aes256", false);
    }),
];

/// The file opens to the chain's signing key, and neither without nor with another password.
fn opens(chain: &Chain, bytes: &[u8], kind: KeyFileKind) {
    let file = container::read(bytes, Some(PASSWORD.as_bytes())).unwrap();
    assert_eq!(file.kind, kind);
    assert_eq!(file.key.public(), chain.certificate("sign").public_key());
    assert_eq!(container::read(bytes, None).unwrap_err().code(), "password_needed");
    assert_eq!(container::read(bytes, Some(b"other")).unwrap_err().code(), "wrong_password");
}

fn plain() {
    for chain in [openssl_chain(Curve::P256), gmsm_chain(Curve::Sm2)] {
        let folder = Folder::new("plain");
        let (key, sec1) = (chain.path("sign.key"), folder.path("sec1"));
        openssl().must(&["ec", "-in", &key, "-out", &sec1]);
        let file = container::read(&folder.read("sec1"), None).unwrap();
        assert_eq!(file.kind, KeyFileKind::Sec1);
        assert_eq!(file.key.public(), chain.certificate("sign").public_key());

        let text = pem::encode("PRIVATE KEY", &pkcs8::write(&file.key));
        let path = folder.write("ours", text.as_bytes());
        openssl().must(&["pkey", "-in", &path, "-check", "-noout"]);
    }
}

fn protect_by_us(chain: &Chain, protection: Protection) -> String {
    let key = chain.signing_key();
    let der =
        pkcs8::encrypt(key.as_private(), PASSWORD.as_bytes(), protection, 2048, &mut ours::rng());
    pem::encode("ENCRYPTED PRIVATE KEY", &der)
}

fn protect_by_openssl(openssl: &OpenSsl, chain: &Chain, words: &[&str]) -> Vec<u8> {
    let folder = Folder::new("protect");
    let (key, out) = (chain.path("sign.key"), folder.path("out"));
    let password = format!("pass:{PASSWORD}");
    let base = ["pkcs8", "-topk8", "-in", &key, "-out", &out, "-passout", &password];
    openssl.must(&[&base[..], words].concat());
    folder.read("out")
}

fn aes_by_openssl() {
    let chain = openssl_chain(Curve::P256);
    let folder = Folder::new("aes");
    let path = folder.write("ours", protect_by_us(chain, Protection::Aes256).as_bytes());
    let password = format!("pass:{PASSWORD}");
    openssl().must(&["pkey", "-in", &path, "-passin", &password, "-check", "-noout"]);
    openssl().ask(&["pkey", "-in", &path, "-passin", "pass:other", "-noout"]).unwrap_err();
    let words = ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"];
    opens(chain, &protect_by_openssl(&openssl(), chain, &words), KeyFileKind::EncryptedPkcs8);
}

fn others() {
    let chain = gmsm_chain(Curve::Sm2);
    for words in [
        &["-v2", "sm4-cbc"][..],
        &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"],
        &["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA384"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
        &["-v2", "aes-256-cbc", "-scrypt"],
    ] {
        let bytes = protect_by_openssl(&openssl(), chain, words);
        opens(chain, &bytes, KeyFileKind::EncryptedPkcs8);
    }
}

fn pkcs12() {
    let password = format!("pass:{PASSWORD}");
    for (chain, words) in [
        (openssl_chain(Curve::P256), &[][..]),
        (gmsm_chain(Curve::Sm2), &["-keypbe", "sm4-cbc", "-certpbe", "sm4-cbc", "-macalg", "sm3"]),
    ] {
        let folder = Folder::new("pkcs12");
        let (certificate, key) = (chain.path("sign.pem"), chain.path("sign.key"));
        let (between, out) = (chain.path("chain.pem"), folder.path("out.p12"));
        let base = [
            "pkcs12",
            "-export",
            "-in",
            &certificate,
            "-inkey",
            &key,
            "-certfile",
            &between,
            "-out",
            &out,
            "-passout",
            &password,
        ];
        openssl().must(&[&base[..], words].concat());
        let bytes = folder.read("out.p12");
        opens(chain, &bytes, KeyFileKind::Pkcs12);
        let file = container::read(&bytes, Some(PASSWORD.as_bytes())).unwrap();
        assert_eq!(file.certificates.first(), Some(&chain.certificate("sign")));
        assert_eq!(file.certificates.len(), 2);
    }
}

fn openssl4_keys() {
    let chain = openssl_chain(Curve::Sm2);
    chain.signing_key();
    let bytes = protect_by_openssl(&openssl4(), chain, &["-v2", "sm4-cbc"]);
    opens(chain, &bytes, KeyFileKind::EncryptedPkcs8);
    let bytes =
        protect_by_openssl(&openssl4(), chain, &["-v2", "sm4-cbc", "-v2prf", "hmacWithSM3"]);
    opens(chain, &bytes, KeyFileKind::EncryptedPkcs8);
}

fn public_hex(chain: &Chain) -> String {
    let bits = chain.certificate("sign").public_key().bits();
    bits.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn protected(peer: &JobPeer, form: &str, back: bool) {
    for curve in [Curve::Sm2, Curve::P256] {
        let chain = match form {
            "pbes2" | "gmt0091" => gmsm_chain(curve),
            _ => bouncycastle_chain(curve),
        };
        let folder = Folder::new("protected");
        peer.must(
            "key-protect",
            &[
                ("key", &chain.path("sign.key")),
                ("out", &folder.path("theirs")),
                ("password", PASSWORD),
                ("form", form),
            ],
        );
        opens(chain, &folder.read("theirs"), KeyFileKind::EncryptedPkcs8);
        if back {
            let path = folder.write("ours", protect_by_us(chain, Protection::Sm4).as_bytes());
            let said = peer.must("key-open", &[("in", &path), ("password", PASSWORD)]);
            assert_eq!(said["public"], public_hex(chain));
            peer.ask("key-open", &[("in", &path), ("password", "other")]).unwrap_err();
        }
    }
}

fn pkcs12_by_gmsm() {
    for form in ["modern", "sm"] {
        let chain = gmsm_chain(Curve::Sm2);
        let folder = Folder::new("pkcs12-gmsm");
        gmsm().must(
            "pkcs12-make",
            &[
                ("key", &chain.path("sign.key")),
                ("certificate", &chain.path("sign.pem")),
                ("chain", &chain.path("chain.pem")),
                ("password", PASSWORD),
                ("out", &folder.path("theirs")),
                ("form", form),
            ],
        );
        opens(chain, &folder.read("theirs"), KeyFileKind::Pkcs12);
    }
}

fn cfca_file() {
    let chain = gmsm_chain(Curve::Sm2);
    let folder = Folder::new("cfca");
    for form in ["base64", "pem"] {
        gmsm().must(
            "sm2-file-make",
            &[
                ("key", &chain.path("sign.key")),
                ("certificate", &chain.path("sign.pem")),
                ("password", PASSWORD),
                ("form", form),
                ("out", &folder.path("theirs")),
            ],
        );
        let bytes = folder.read("theirs");
        opens(chain, &bytes, KeyFileKind::CfcaSm2);
        let file = container::read(&bytes, Some(PASSWORD.as_bytes())).unwrap();
        assert_eq!(file.certificates, [chain.certificate("sign")]);
    }
}

fn enveloped_key() {
    let chain = our_chain(Curve::Sm2);
    let said = gmsm().must(
        "enveloped-key-open",
        &[("in", &chain.path("encrypt.envelope")), ("key", &chain.path("sign.key"))],
    );
    let expected = chain.certificate("encrypt");
    let bits = expected.public_key().bits();
    let hex: String = bits.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(said["public"], hex);

    let folder = Folder::new("enveloped-key");
    gmsm().must(
        "enveloped-key-make",
        &[
            ("for", &chain.path("sign.pem")),
            ("key", &chain.path("encrypt.key")),
            ("out", &folder.path("theirs")),
        ],
    );
    let theirs = folder.read("theirs");
    let signing = chain.signing_key();
    let key = enveloped::open(&theirs, &signing, Some(expected.public_key())).unwrap();
    assert_eq!(key.public(), expected.public_key());
    let other = gmsm_chain(Curve::Sm2).signing_key();
    assert_eq!(enveloped::open(&theirs, &other, None).unwrap_err().code(), "other_key");

    // The whole answer of GM/T 0092, both certificates with the key inside.
    gmsm().must(
        "csr-response-make",
        &[
            ("sign", &chain.path("sign.pem")),
            ("encrypt", &chain.path("encrypt.pem")),
            ("key", &chain.path("encrypt.key")),
            ("out", &folder.path("answer")),
        ],
    );
    let key = enveloped::open(&folder.read("answer"), &signing, None).unwrap();
    assert_eq!(key.public(), expected.public_key());
}
