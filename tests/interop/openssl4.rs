//! OpenSSL 4.0.3: SM2 chains, lists, answers and signed messages.

use yinxin_pki::cms::Format;
use yinxin_pki::revocation::{Crl, Status};
use yinxin_pki::{Curve, Purpose};
use yinxin_tests::folder::Folder;
use yinxin_tests::harness::{Case, Way};
use yinxin_tests::ours::{self, Signing};
use yinxin_tests::peer::openssl4;

use crate::fixture::{bouncycastle_chain, content, flip, gmsm_chain, openssl_chain};

const fn case(what: &'static str, way: Way, run: fn()) -> Case {
    Case { peer: "OpenSSL 4", what, way, run }
}

pub(crate) const CASES: &[Case] = &[
    case("SM2 chain: root, issuing, dual certificates", Way::TheirsToUs, chain),
    case("SM2 chains of gmsm and BouncyCastle, accepted by both of us", Way::Both, third_chains),
    case("SM2 CRL, one revoked", Way::TheirsToUs, list),
    case("SM2 CSR", Way::Both, request),
    case("SM2 signed, attached", Way::Both, || signed(false)),
    case("SM2 signed, detached", Way::Both, || signed(true)),
    case("SM2 signed, streamed BER", Way::TheirsToUs, streamed),
    case("SM2 signed without Z (-noattr) is refused by name", Way::TheirsToUs, without_z),
    case("GM signed by us, outermost type exchanged", Way::OursToThem, gm_signed),
    case("a flipped content bit is refused by both", Way::Both, changed),
    case("OCSP answer, SM2", Way::TheirsToUs, ocsp),
];

fn chain() {
    let chain = openssl_chain(Curve::Sm2);
    let (trust, between) = (chain.trust(), chain.between());
    for (name, purpose) in [("sign", Purpose::Sign), ("encrypt", Purpose::Encrypt)] {
        let verified =
            ours::verify_chain(&chain.certificate(name), &trust, &between, purpose).unwrap();
        assert_eq!(verified.path().len(), 3);
    }
}

fn third_chains() {
    for chain in [gmsm_chain(Curve::Sm2), bouncycastle_chain(Curve::Sm2)] {
        openssl4().must(&[
            "verify",
            "-CAfile",
            &chain.path("root.pem"),
            "-untrusted",
            &chain.path("chain.pem"),
            &chain.path("sign.pem"),
        ]);
        let (trust, between) = (chain.trust(), chain.between());
        ours::verify_chain(&chain.certificate("sign"), &trust, &between, Purpose::Sign).unwrap();
    }
}

fn list() {
    let chain = openssl_chain(Curve::Sm2);
    let list = Crl::from_der(&chain.folder.read("crl.der")).unwrap();
    let (issuer, now) = (chain.certificate("issuing"), ours::now());
    let status = |name| list.status_of(&chain.certificate(name), &issuer, now, now).unwrap();
    assert!(matches!(status("revoked"), Status::Revoked { .. }));
    assert_eq!(status("sign"), Status::Good);
}

fn request() {
    let chain = openssl_chain(Curve::Sm2);
    let folder = Folder::new("csr4");
    let own = ours::request(&chain.signing_key(), "C=CN,O=甲公司,CN=甲公司");
    let path = folder.write("ours.csr", own.as_bytes());
    let config = chain.path("config");
    openssl4().must(&["req", "-config", &config, "-in", &path, "-verify", "-noout"]);
    ours::read_request(&chain.folder.read("sign.csr")).unwrap();
}

fn signed_by_us(format: Format, detached: bool) -> Vec<u8> {
    let chain = openssl_chain(Curve::Sm2);
    let how = Signing { format, detached, attributes: true };
    let (key, certificate) = (chain.signing_key(), chain.certificate("sign"));
    ours::sign(&content(), &key, &certificate, &chain.between(), how)
}

fn verify_by_them(folder: &Folder, message: &[u8], detached: bool) -> Result<(), String> {
    let chain = openssl_chain(Curve::Sm2);
    let path = folder.write("ours.p7", message);
    let (root, read, source) = (chain.path("root.pem"), folder.path("read"), chain.path("content"));
    let mut words = vec![
        "cms", "-verify", "-binary", "-inform", "DER", "-in", &path, "-CAfile", &root, "-purpose",
        "any", "-out", &read,
    ];
    if detached {
        words.extend(["-content", &source]);
    }
    openssl4().ask(&words)?;
    assert_eq!(folder.read("read"), content());
    Ok(())
}

fn sign_by_them(folder: &Folder, more: &[&str]) -> Vec<u8> {
    let chain = openssl_chain(Curve::Sm2);
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
        "sm3",
    ];
    openssl4().must(&[&words[..], more].concat());
    folder.read("theirs.p7")
}

fn signed(detached: bool) {
    let chain = openssl_chain(Curve::Sm2);
    let folder = Folder::new("openssl4-signed");
    verify_by_them(&folder, &signed_by_us(Format::Rfc5652, detached), detached).unwrap();

    let theirs = sign_by_them(&folder, if detached { &[] } else { &["-nodetach"] });
    let content = content();
    let outside = detached.then_some(&content[..]);
    let verified = ours::verify(&theirs, outside, &chain.trust()).unwrap();
    assert_eq!(verified.content, content);
}

fn streamed() {
    let folder = Folder::new("openssl4-streamed");
    let message = sign_by_them(&folder, &["-nodetach", "-stream"]);
    assert_eq!(message[1], 0x80, "it is of indefinite length");
    let trust = openssl_chain(Curve::Sm2).trust();
    assert_eq!(ours::verify(&message, None, &trust).unwrap().content, content());
}

fn without_z() {
    let folder = Folder::new("openssl4-noattr");
    let message = sign_by_them(&folder, &["-nodetach", "-noattr"]);
    let trust = openssl_chain(Curve::Sm2).trust();
    assert_eq!(ours::verify(&message, None, &trust).unwrap_err(), "signature_without_z");
}

fn gm_signed() {
    let folder = Folder::new("openssl4-gm");
    let message = signed_by_us(Format::Gm, false);
    // It does not know the outermost type, which no signature covers: put the other family's
    // there. The header gets one octet shorter or longer, so the length is written anew.
    let gm = [0x06, 0x0a, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x06, 0x01, 0x04, 0x02, 0x02];
    let pkcs7 = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    let at = message.windows(gm.len()).position(|window| window == gm).unwrap();
    let body = [&pkcs7[..], &message[at + gm.len()..]].concat();
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let exchanged = [&[0x30, 0x84], &length[..], &body].concat();
    verify_by_them(&folder, &exchanged, false).unwrap();
}

fn changed() {
    let folder = Folder::new("openssl4-changed");
    let bad = flip(&signed_by_us(Format::Rfc5652, false), &content());
    verify_by_them(&folder, &bad, false).unwrap_err();
    let trust = openssl_chain(Curve::Sm2).trust();
    assert_eq!(ours::verify(&bad, None, &trust).unwrap_err(), "message_digest");
}

fn ocsp() {
    crate::openssl::ocsp_with(&openssl4(), openssl_chain(Curve::Sm2));
}
