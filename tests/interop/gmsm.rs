//! emmansun/gmsm (Go): certificates, GM/T 0010 messages, keys.

use yinxin_pki::cipher::Cipher;
use yinxin_pki::cms::Format;
use yinxin_pki::revocation::{Crl, Status};
use yinxin_pki::{Curve, Purpose};
use yinxin_tests::folder::Folder;
use yinxin_tests::harness::{Case, Way};
use yinxin_tests::ours::{self, Signing};
use yinxin_tests::peer::gmsm;

use crate::fixture::{bouncycastle_chain, content, flip, gmsm_chain};

const fn case(what: &'static str, way: Way, run: fn()) -> Case {
    Case { peer: "gmsm", what, way, run }
}

pub(crate) const CASES: &[Case] = &[
    case("SM2 chain: root, issuing, dual certificates", Way::TheirsToUs, || chain(Curve::Sm2)),
    case("P-256 chain: root, issuing, dual certificates", Way::TheirsToUs, || chain(Curve::P256)),
    case("SM2 CRL, one revoked", Way::TheirsToUs, list),
    case("SM2 CSR", Way::Both, request),
    case("GM signed, attached, with attributes", Way::Both, || signed(false, true)),
    case("GM signed, detached, with attributes", Way::Both, || signed(true, true)),
    case("GM signed, attached, without attributes", Way::Both, || signed(false, false)),
    case("GM signed, detached, without attributes", Way::Both, || signed(true, false)),
    case("PKCS#7 types signed with SM2", Way::TheirsToUs, pkcs7_typed),
    case("GM signed: a flipped content bit is refused by both", Way::Both, changed),
    case("GM enveloped, SM4-CBC", Way::Both, enveloped_cbc),
    case("GM enveloped, SM4-CBC, length not known before", Way::OursToThem, enveloped_ber),
    case("GM enveloped, SM4-GCM inside EnvelopedData", Way::TheirsToUs, || from_them("gcm", true)),
    case("PKCS#7 types enveloped", Way::TheirsToUs, || from_them("pkcs7", false)),
    case("CFCA enveloped: key identifier, versions 2", Way::TheirsToUs, || from_them("ski", false)),
    case("CFCA enveloped before 3.2: C1 C2 C3", Way::TheirsToUs, || from_them("legacy", false)),
    case("signed and enveloped", Way::TheirsToUs, signed_and_enveloped),
    case("chain of BouncyCastle, signed by us", Way::OursToThem, foreign_chain),
];

fn chain(curve: Curve) {
    let chain = gmsm_chain(curve);
    let (trust, between) = (chain.trust(), chain.between());
    for (name, purpose) in [("sign", Purpose::Sign), ("encrypt", Purpose::Encrypt)] {
        let leaf = chain.certificate(name);
        let verified = ours::verify_chain(&leaf, &trust, &between, purpose).unwrap();
        assert_eq!(verified.path().len(), 3);
        gmsm().must(
            "certificate-verify",
            &[
                ("leaf", &chain.path(&format!("{name}.pem"))),
                ("trust", &chain.path("root.pem")),
                ("intermediates", &chain.path("chain.pem")),
            ],
        );
    }
    let leaf = chain.certificate("encrypt");
    ours::verify_chain(&leaf, &trust, &between, Purpose::Sign).unwrap_err();
    ours::verify_chain(&leaf, &trust, &[], Purpose::Encrypt).unwrap_err();
}

fn list() {
    let chain = gmsm_chain(Curve::Sm2);
    let list = Crl::from_der(&chain.folder.read("crl.der")).unwrap();
    let (issuer, now) = (chain.certificate("issuing"), ours::now());
    let status = |name| list.status_of(&chain.certificate(name), &issuer, now, now).unwrap();
    assert!(matches!(status("revoked"), Status::Revoked { reason: 1, .. }));
    assert_eq!(status("sign"), Status::Good);
    list.status_of(&chain.certificate("issuing"), &chain.certificate("root"), now, now)
        .unwrap_err();
}

fn request() {
    let chain = gmsm_chain(Curve::Sm2);
    let folder = Folder::new("csr");
    let theirs = folder.path("theirs.csr");
    gmsm()
        .must("csr-create", &[("key", &chain.path("sign.key")), ("name", "甲"), ("out", &theirs)]);
    ours::read_request(&folder.read("theirs.csr")).unwrap();

    let own = ours::request(&chain.signing_key(), "C=CN,O=甲公司,CN=甲公司");
    let path = folder.write("ours.csr", own.as_bytes());
    let said = gmsm().must("csr-verify", &[("in", &path)]);
    assert!(said["subject"].contains("甲公司"), "{said:?}");
}

fn gm(detached: bool, attributes: bool) -> Signing {
    Signing { format: Format::Gm, detached, attributes }
}

fn signed(detached: bool, attributes: bool) {
    let chain = gmsm_chain(Curve::Sm2);
    let folder = Folder::new("signed");
    let content = content();
    let source = folder.write("content", &content);

    let own = ours::sign(
        &content,
        &chain.signing_key(),
        &chain.certificate("sign"),
        &chain.between(),
        gm(detached, attributes),
    );
    let path = folder.write("ours.p7", &own);
    let mut job = vec![("in", path), ("trust", chain.path("root.pem"))];
    if detached {
        job.push(("content", source.clone()));
    } else {
        job.push(("out", folder.path("read")));
    }
    let job: Vec<_> = job.iter().map(|(name, value)| (*name, value.as_str())).collect();
    gmsm().must("cms-verify", &job);
    if !detached {
        assert_eq!(folder.read("read"), content);
    }

    gmsm().must(
        "cms-sign",
        &[
            ("in", &source),
            ("key", &chain.path("sign.key")),
            ("certificate", &chain.path("sign.pem")),
            ("chain", &chain.path("chain.pem")),
            ("out", &folder.path("theirs.p7")),
            ("detached", if detached { "yes" } else { "no" }),
            ("attributes", if attributes { "yes" } else { "no" }),
        ],
    );
    let outside = detached.then_some(&content[..]);
    let verified = ours::verify(&folder.read("theirs.p7"), outside, &chain.trust()).unwrap();
    assert_eq!((verified.content, verified.format), (content, Format::Gm));
}

fn pkcs7_typed() {
    let chain = gmsm_chain(Curve::Sm2);
    let folder = Folder::new("pkcs7");
    gmsm().must(
        "cms-sign",
        &[
            ("in", &chain.path("content")),
            ("key", &chain.path("sign.key")),
            ("certificate", &chain.path("sign.pem")),
            ("chain", &chain.path("chain.pem")),
            ("out", &folder.path("theirs.p7")),
            ("types", "pkcs7"),
        ],
    );
    let verified = ours::verify(&folder.read("theirs.p7"), None, &chain.trust()).unwrap();
    assert_eq!((verified.content, verified.format), (content(), Format::Rfc5652));
}

fn changed() {
    let chain = gmsm_chain(Curve::Sm2);
    let folder = Folder::new("changed");
    let content = content();
    for attributes in [true, false] {
        let own = ours::sign(
            &content,
            &chain.signing_key(),
            &chain.certificate("sign"),
            &chain.between(),
            gm(false, attributes),
        );
        let bad = flip(&own, &content);
        let path = folder.write("bad.p7", &bad);
        gmsm().ask("cms-verify", &[("in", &path)]).unwrap_err();
        ours::verify(&bad, None, &chain.trust()).unwrap_err();
    }
}

fn enveloped_cbc() {
    let chain = gmsm_chain(Curve::Sm2);
    to_them(&ours::encrypt(
        &content(),
        &[chain.certificate("encrypt")],
        Format::Gm,
        Cipher::Sm4Cbc,
        true,
    ));
    from_them("cbc", false);
}

fn enveloped_ber() {
    let chain = gmsm_chain(Curve::Sm2);
    to_them(&ours::encrypt(
        &content(),
        &[chain.certificate("encrypt")],
        Format::Gm,
        Cipher::Sm4Cbc,
        false,
    ));
}

fn to_them(message: &[u8]) {
    let chain = gmsm_chain(Curve::Sm2);
    let folder = Folder::new("to-gmsm");
    gmsm().must(
        "cms-open",
        &[
            ("in", &folder.write("ours.p7", message)),
            ("key", &chain.path("encrypt.key")),
            ("certificate", &chain.path("encrypt.pem")),
            ("out", &folder.path("read")),
        ],
    );
    assert_eq!(folder.read("read"), content());
}

fn from_them(form: &str, authenticated: bool) {
    let chain = gmsm_chain(Curve::Sm2);
    let folder = Folder::new("from-gmsm");
    gmsm().must(
        "cms-encrypt",
        &[
            ("in", &chain.path("content")),
            ("to", &chain.path("encrypt.pem")),
            ("out", &folder.path("theirs.p7")),
            ("form", form),
        ],
    );
    let message = folder.read("theirs.p7");
    let opened = ours::decrypt(&message, &chain.decryption_key()).unwrap();
    assert_eq!((opened.content, opened.authenticated), (content(), authenticated));
    if authenticated {
        let mut bad = message;
        let last = bad.len() - 1;
        bad[last] ^= 1;
        ours::decrypt(&bad, &chain.decryption_key()).unwrap_err();
    }
}

fn signed_and_enveloped() {
    let chain = gmsm_chain(Curve::Sm2);
    let folder = Folder::new("signed-enveloped");
    gmsm().must(
        "signed-enveloped-make",
        &[
            ("in", &chain.path("content")),
            ("key", &chain.path("sign.key")),
            ("certificate", &chain.path("sign.pem")),
            ("to", &chain.path("encrypt.pem")),
            ("out", &folder.path("theirs.p7")),
        ],
    );
    let opened = ours::decrypt(&folder.read("theirs.p7"), &chain.decryption_key()).unwrap();
    assert_eq!((opened.content, opened.signed), (content(), true));
}

fn foreign_chain() {
    let chain = bouncycastle_chain(Curve::Sm2);
    let folder = Folder::new("foreign");
    let message = ours::sign(
        &content(),
        &chain.signing_key(),
        &chain.certificate("sign"),
        &chain.between(),
        gm(false, true),
    );
    let path = folder.write("ours.p7", &message);
    gmsm().must("cms-verify", &[("in", &path), ("trust", &chain.path("root.pem"))]);
}
