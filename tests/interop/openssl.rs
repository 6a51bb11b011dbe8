//! OpenSSL 3 of the system: P-256 whole, RSA read, SM2 link by link and raw.

use yinxin_pki::cms::Format;
use yinxin_pki::revocation::{Crl, OcspResponse, Status};
use yinxin_pki::timestamp::{TimestampRequest, TimestampToken};
use yinxin_pki::{Curve, DigestAlgorithm, Purpose};
use yinxin_tests::folder::Folder;
use yinxin_tests::harness::{Case, Way};
use yinxin_tests::ours::{self, Signing};
use yinxin_tests::peer::openssl;

use crate::fixture::{content, flip, gmsm_chain, openssl_chain};

const fn case(what: &'static str, way: Way, run: fn()) -> Case {
    Case { peer: "OpenSSL", what, way, run }
}

pub(crate) const CASES: &[Case] = &[
    case("P-256 chain: root, issuing, dual certificates", Way::TheirsToUs, chain),
    case("P-256 CRL, one revoked", Way::TheirsToUs, list),
    case("P-256 CSR", Way::Both, || request(Curve::P256)),
    case("SM2 CSR", Way::OursToThem, || request(Curve::Sm2)),
    case("P-256 signed, attached", Way::Both, || signed(false)),
    case("P-256 signed, detached", Way::Both, || signed(true)),
    case("P-256 signed, streamed BER", Way::TheirsToUs, streamed),
    case("RSA signed, PKCS#1 and PSS", Way::TheirsToUs, rsa),
    case("a flipped content bit is refused by both", Way::Both, changed),
    case("P-256 enveloped, AES-256-CBC", Way::Both, enveloped),
    case("P-256 AuthEnvelopedData, AES-128-GCM", Way::Both, auth_enveloped),
    case("raw SM2 signature, for a key that lives elsewhere", Way::TheirsToUs, raw_sm2),
    case("timestamp: SHA-256 imprint, P-256 signer", Way::TheirsToUs, timestamp),
    case("OCSP answer, P-256", Way::TheirsToUs, ocsp),
];

fn chain() {
    let chain = openssl_chain(Curve::P256);
    let (trust, between) = (chain.trust(), chain.between());
    for (name, purpose) in [("sign", Purpose::Sign), ("encrypt", Purpose::Encrypt)] {
        let verified =
            ours::verify_chain(&chain.certificate(name), &trust, &between, purpose).unwrap();
        assert_eq!(verified.path().len(), 3);
    }
    ours::verify_chain(&chain.certificate("sign"), &trust, &[], Purpose::Sign).unwrap_err();
}

fn list() {
    let chain = openssl_chain(Curve::P256);
    let list = Crl::from_der(&chain.folder.read("crl.der")).unwrap();
    let (issuer, now) = (chain.certificate("issuing"), ours::now());
    let status = |name| list.status_of(&chain.certificate(name), &issuer, now, now).unwrap();
    assert!(matches!(status("revoked"), Status::Revoked { .. }));
    assert_eq!(status("sign"), Status::Good);
}

fn request(curve: Curve) {
    let chain = if curve == Curve::Sm2 { gmsm_chain(curve) } else { openssl_chain(curve) };
    let folder = Folder::new("csr");
    let own = ours::request(&chain.signing_key(), "C=CN,O=甲公司,CN=甲公司");
    let path = folder.write("ours.csr", own.as_bytes());
    let mut words = vec!["req", "-in", path.as_str(), "-verify", "-noout"];
    if curve == Curve::Sm2 {
        words.extend(["-vfyopt", "distid:1234567812345678"]);
    }
    openssl().must(&words);
    if curve == Curve::P256 {
        ours::read_request(&chain.folder.read("sign.csr")).unwrap();
    }
}

fn signed_by_us(detached: bool) -> Vec<u8> {
    let chain = openssl_chain(Curve::P256);
    let how = Signing { format: Format::Rfc5652, detached, attributes: true };
    let (key, certificate) = (chain.signing_key(), chain.certificate("sign"));
    ours::sign(&content(), &key, &certificate, &chain.between(), how)
}

fn signed(detached: bool) {
    let chain = openssl_chain(Curve::P256);
    let folder = Folder::new("openssl-signed");
    let content = content();
    let source = folder.write("content", &content);
    let path = folder.write("ours.p7", &signed_by_us(detached));
    let (root, read) = (chain.path("root.pem"), folder.path("read"));
    let mut words = vec![
        "cms", "-verify", "-binary", "-inform", "DER", "-in", &path, "-CAfile", &root, "-purpose",
        "any", "-out", &read,
    ];
    if detached {
        words.extend(["-content", &source]);
    }
    openssl().must(&words);
    assert_eq!(folder.read("read"), content);

    sign_by_them(&folder, if detached { &[] } else { &["-nodetach"] });
    let outside = detached.then_some(&content[..]);
    let verified = ours::verify(&folder.read("theirs.p7"), outside, &chain.trust()).unwrap();
    assert_eq!((verified.content, verified.format), (content, Format::Rfc5652));
}

fn sign_by_them(folder: &Folder, more: &[&str]) {
    let chain = openssl_chain(Curve::P256);
    let (source, out) = (chain.path("content"), folder.path("theirs.p7"));
    let (certificate, key) = (chain.path("sign.pem"), chain.path("sign.key"));
    let between = chain.path("chain.pem");
    let words = [
        "cms",
        "-sign",
        "-binary",
        "-outform",
        "DER",
        "-in",
        &source,
        "-out",
        &out,
        "-signer",
        &certificate,
        "-inkey",
        &key,
        "-certfile",
        &between,
        "-md",
        "sha256",
    ];
    openssl().must(&[&words[..], more].concat());
}

fn streamed() {
    let folder = Folder::new("openssl-streamed");
    sign_by_them(&folder, &["-nodetach", "-stream"]);
    let message = folder.read("theirs.p7");
    assert_eq!(message[1], 0x80, "it is of indefinite length");
    let trust = openssl_chain(Curve::P256).trust();
    assert_eq!(ours::verify(&message, None, &trust).unwrap().content, content());
}

fn rsa() {
    let folder = Folder::new("rsa");
    let (key, certificate) = (folder.path("key"), folder.path("certificate"));
    openssl().must(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-noenc",
        "-keyout",
        &key,
        "-out",
        &certificate,
        "-subj",
        "/C=CN/CN=rsa",
        "-days",
        "2",
        "-sha256",
        "-addext",
        "keyUsage=critical,digitalSignature,nonRepudiation,keyCertSign",
    ]);
    let (source, out) = (folder.write("content", &content()), folder.path("theirs.p7"));
    for padding in ["pkcs1", "pss"] {
        let padding = format!("rsa_padding_mode:{padding}");
        openssl().must(&[
            "cms",
            "-sign",
            "-binary",
            "-nodetach",
            "-outform",
            "DER",
            "-in",
            &source,
            "-out",
            &out,
            "-signer",
            &certificate,
            "-inkey",
            &key,
            "-md",
            "sha256",
            "-keyopt",
            &padding,
        ]);
        let message = folder.read("theirs.p7");
        let trust = ours::trust(&certificate);
        assert_eq!(ours::verify(&message, None, &trust).unwrap().content, content());
        let bad = flip(&message, &content());
        assert_eq!(ours::verify(&bad, None, &trust).unwrap_err(), "message_digest");
    }
}

fn changed() {
    let chain = openssl_chain(Curve::P256);
    let folder = Folder::new("openssl-changed");
    let bad = flip(&signed_by_us(false), &content());
    let (path, root) = (folder.write("bad.p7", &bad), chain.path("root.pem"));
    openssl()
        .ask(&[
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            &path,
            "-CAfile",
            &root,
            "-purpose",
            "any",
            "-out",
            "/dev/null",
        ])
        .unwrap_err();
    assert_eq!(ours::verify(&bad, None, &chain.trust()).unwrap_err(), "message_digest");
}

fn encrypt_by_them(folder: &Folder, cipher: &str) -> Vec<u8> {
    let chain = openssl_chain(Curve::P256);
    openssl().must(&[
        "cms",
        "-encrypt",
        "-binary",
        "-outform",
        "DER",
        "-in",
        &chain.path("content"),
        "-out",
        &folder.path("theirs.p7"),
        cipher,
        "-recip",
        &chain.path("encrypt.pem"),
        "-keyopt",
        "ecdh_kdf_md:sha256",
    ]);
    folder.read("theirs.p7")
}

fn open_by_them(folder: &Folder, message: &[u8]) {
    let chain = openssl_chain(Curve::P256);
    let path = folder.write("ours.p7", message);
    openssl().must(&[
        "cms",
        "-decrypt",
        "-binary",
        "-inform",
        "DER",
        "-in",
        &path,
        "-out",
        &folder.path("read"),
        "-inkey",
        &chain.path("encrypt.key"),
        "-recip",
        &chain.path("encrypt.pem"),
    ]);
    assert_eq!(folder.read("read"), content());
}

fn exchange(their_cipher: &str, our_cipher: usize) {
    let chain = openssl_chain(Curve::P256);
    let folder = Folder::new("openssl-enveloped");
    let theirs = encrypt_by_them(&folder, their_cipher);
    let opened = ours::decrypt(&theirs, &chain.decryption_key()).unwrap();
    assert_eq!((opened.content, opened.authenticated), (content(), our_cipher == 0));
    for length_known in [true, false] {
        let message = ours::encrypt(
            &content(),
            &[chain.certificate("encrypt")],
            Format::Rfc5652,
            ours::ciphers(Curve::P256)[our_cipher],
            length_known,
        );
        open_by_them(&folder, &message);
    }
}

fn enveloped() {
    exchange("-aes-256-cbc", 1);
}

fn auth_enveloped() {
    exchange("-aes-128-gcm", 0);
}

fn raw_sm2() {
    use yinxin_pki::cms::{SignDraft, assemble};
    let chain = gmsm_chain(Curve::Sm2);
    let folder = Folder::new("raw-sm2");
    let certificate = chain.certificate("sign");
    let draft = SignDraft::new(Format::Gm, &certificate).unwrap();
    let mut hasher = draft.hasher().unwrap();
    hasher.update(&content());
    let signing = draft.prepare(hasher.finish()).unwrap();

    // What goes out is the digest with Z already in it; OpenSSL signs it as it is.
    let digest = folder.write("digest", signing.to_sign().digest());
    let signature = folder.path("signature");
    openssl().must(&[
        "pkeyutl",
        "-sign",
        "-inkey",
        &chain.path("sign.key"),
        "-in",
        &digest,
        "-out",
        &signature,
    ]);
    let mut wrong = folder.read("signature");
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    signing.clone().finish(&wrong).unwrap_err();
    let signer = signing.finish(&folder.read("signature")).unwrap();
    let length = u64::try_from(content().len()).unwrap();
    let parts = assemble(
        Format::Gm,
        &Format::Gm.data(),
        Some(length),
        &[&certificate, &chain.certificate("issuing")],
        &[signer],
    )
    .unwrap();
    let message = [&parts.before, &content()[..], &parts.after].concat();
    ours::verify(&message, None, &chain.trust()).unwrap();
    let path = folder.write("ours.p7", &message);
    yinxin_tests::peer::gmsm()
        .must("cms-verify", &[("in", &path), ("trust", &chain.path("root.pem"))]);
}

fn timestamp() {
    let chain = openssl_chain(Curve::P256);
    let folder = Folder::new("openssl-ts");
    let request =
        TimestampRequest::new(DigestAlgorithm::Sha256, &content(), Some(vec![0x11, 0x22]));
    let query = folder.write("query", &request.to_der());
    let serial = folder.write("serial", b"01\n");
    let config = format!(
        "[tsa]\ndefault_tsa = one\n[one]\nserial = {serial}\ndefault_policy = 1.2.3.4.1\n\
         digests = sha256\nsigner_digest = sha256\ness_cert_id_alg = sha256\n"
    );
    let config = folder.write("config", config.as_bytes());
    openssl().must(&[
        "ts",
        "-reply",
        "-config",
        &config,
        "-queryfile",
        &query,
        "-signer",
        &chain.path("tsa.pem"),
        "-inkey",
        &chain.path("tsa.key"),
        "-chain",
        &chain.path("chain.pem"),
        "-out",
        &folder.path("answer"),
    ]);
    let token = TimestampToken::from_der(&folder.read("answer")).unwrap();
    let verified = token.verify(&content(), &chain.trust(), &chain.between()).unwrap();
    assert!(verified.time.since(ours::now()).abs() < 60);
    token.verify(b"something else", &chain.trust(), &chain.between()).unwrap_err();
}

fn ocsp() {
    ocsp_with(&openssl(), openssl_chain(Curve::P256));
}

/// An answer by the delegate, for a good and a revoked certificate.
pub(crate) fn ocsp_with(openssl: &yinxin_tests::peer::OpenSsl, chain: &crate::fixture::Chain) {
    let folder = Folder::new("openssl-ocsp");
    let (issuer, now) = (chain.certificate("issuing"), ours::now());
    let digest = if chain.curve == Curve::Sm2 { "-sm3" } else { "-sha256" };
    for (name, wanted) in [("sign", true), ("revoked", false)] {
        let (request, answer) = (folder.path("request"), folder.path("answer"));
        openssl.must(&[
            "ocsp",
            "-issuer",
            &chain.path("issuing.pem"),
            digest,
            "-cert",
            &chain.path(&format!("{name}.pem")),
            "-no_nonce",
            "-reqout",
            &request,
        ]);
        openssl.must(&[
            "ocsp",
            "-index",
            &chain.path("ocsp-index"),
            "-rsigner",
            &chain.path("ocsp.pem"),
            "-rkey",
            &chain.path("ocsp.key"),
            "-CA",
            &chain.path("issuing.pem"),
            "-reqin",
            &request,
            "-respout",
            &answer,
            "-ndays",
            "1",
        ]);
        let read = OcspResponse::from_der(&folder.read("answer")).unwrap();
        let status = read.status_of(&chain.certificate(name), &issuer, now, now).unwrap();
        assert_eq!(matches!(status, Status::Good), wanted, "{name}: {status:?}");
    }
}
