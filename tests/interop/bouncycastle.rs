//! BouncyCastle (Java): certificates, RFC 5652 messages with SM2, timestamps, OCSP.

use yinxin_pki::cms::Format;
use yinxin_pki::revocation::ocsp::{CertificateId, IdDigest};
use yinxin_pki::revocation::{Crl, OcspRequest, OcspResponse, Status};
use yinxin_pki::timestamp::{TimestampRequest, TimestampToken};
use yinxin_pki::{Curve, DigestAlgorithm, Purpose};
use yinxin_seal::es::Version;
use yinxin_tests::folder::Folder;
use yinxin_tests::harness::{Case, Way};
use yinxin_tests::ours::{self, Signing};
use yinxin_tests::peer::bouncycastle;

use crate::fixture::{bouncycastle_chain, content, flip, gmsm_chain};

const fn case(what: &'static str, way: Way, run: fn()) -> Case {
    Case { peer: "BouncyCastle", what, way, run }
}

pub(crate) const CASES: &[Case] = &[
    case("SM2 chain: root, issuing, dual certificates", Way::TheirsToUs, || chain(Curve::Sm2)),
    case("P-256 chain: root, issuing, dual certificates", Way::TheirsToUs, || chain(Curve::P256)),
    case("SM2 CRL, one revoked", Way::TheirsToUs, || list(Curve::Sm2)),
    case("P-256 CRL, one revoked", Way::TheirsToUs, || list(Curve::P256)),
    case("SM2 CSR", Way::Both, || request(Curve::Sm2)),
    case("P-256 CSR", Way::Both, || request(Curve::P256)),
    case("GM signed by us, the value by the bare SM2 signer", Way::OursToThem, gm_value),
    case("RFC 5652 signed with SM2, attached", Way::Both, || signed(Curve::Sm2, false)),
    case("RFC 5652 signed with SM2, detached", Way::Both, || signed(Curve::Sm2, true)),
    case("RFC 5652 signed with P-256, attached", Way::Both, || signed(Curve::P256, false)),
    case("RFC 5652 signed with P-256, detached", Way::Both, || signed(Curve::P256, true)),
    case("RFC 5652 without attributes", Way::TheirsToUs, without_attributes),
    case("a flipped content bit is refused by both", Way::Both, changed),
    case("RFC 5652 enveloped to SM2, SM4-CBC", Way::Both, || both_ways(Curve::Sm2, "cbc")),
    case("AuthEnvelopedData to SM2, SM4-GCM", Way::Both, || both_ways(Curve::Sm2, "gcm")),
    case("RFC 5652 enveloped to P-256, AES-256-CBC", Way::Both, || both_ways(Curve::P256, "cbc")),
    case("AuthEnvelopedData to P-256, AES-128-GCM", Way::Both, || both_ways(Curve::P256, "gcm")),
    case("SESeal and SES_Signature, v4", Way::OursToThem, || seals(Version::V4)),
    case("SESeal and SES_Signature with timestamps, v5", Way::OursToThem, || seals(Version::V5)),
    case("timestamp: SM3 imprint, SM2 signer", Way::TheirsToUs, || timestamp(Curve::Sm2)),
    case("timestamp: SHA-256 imprint, P-256 signer", Way::TheirsToUs, || timestamp(Curve::P256)),
    case("OCSP answer, SM3 identifiers, SM2 delegate", Way::TheirsToUs, || ocsp(Curve::Sm2)),
    case("OCSP answer, SHA-256 identifiers, P-256 delegate", Way::TheirsToUs, || ocsp(Curve::P256)),
];

fn chain(curve: Curve) {
    let chain = bouncycastle_chain(curve);
    let (trust, between) = (chain.trust(), chain.between());
    for (name, purpose) in [("sign", Purpose::Sign), ("encrypt", Purpose::Encrypt)] {
        let verified =
            ours::verify_chain(&chain.certificate(name), &trust, &between, purpose).unwrap();
        assert_eq!(verified.path().len(), 3);
    }
    // And it accepts a chain that a third program made, as we do.
    let third = gmsm_chain(curve);
    bouncycastle().must(
        "certificate-verify",
        &[
            ("leaf", &third.path("sign.pem")),
            ("trust", &third.path("root.pem")),
            ("intermediates", &third.path("chain.pem")),
        ],
    );
}

fn list(curve: Curve) {
    let chain = bouncycastle_chain(curve);
    let list = Crl::from_der(&chain.folder.read("crl.der")).unwrap();
    let (issuer, now) = (chain.certificate("issuing"), ours::now());
    let status = |name| list.status_of(&chain.certificate(name), &issuer, now, now).unwrap();
    assert!(matches!(status("revoked"), Status::Revoked { reason: 1, .. }));
    assert_eq!(status("sign"), Status::Good);
}

fn request(curve: Curve) {
    let chain = bouncycastle_chain(curve);
    let folder = Folder::new("csr");
    bouncycastle().must(
        "csr-create",
        &[
            ("key", &chain.path("sign.key")),
            ("certificate", &chain.path("sign.pem")),
            ("out", &folder.path("theirs.csr")),
        ],
    );
    ours::read_request(&folder.read("theirs.csr")).unwrap();
    let own = ours::request(&chain.signing_key(), "C=CN,O=甲公司,CN=甲公司");
    let path = folder.write("ours.csr", own.as_bytes());
    let said = bouncycastle().must("csr-verify", &[("in", &path)]);
    assert!(said["subject"].contains("甲公司"), "{said:?}");
}

fn signed_by_us(curve: Curve, how: Signing) -> Vec<u8> {
    let chain = bouncycastle_chain(curve);
    let (key, certificate) = (chain.signing_key(), chain.certificate("sign"));
    ours::sign(&content(), &key, &certificate, &chain.between(), how)
}

fn gm_value() {
    let folder = Folder::new("gm-value");
    let source = folder.write("content", &content());
    for (detached, attributes) in [(false, true), (true, true), (false, false)] {
        let how = Signing { format: Format::Gm, detached, attributes };
        let path = folder.write("ours.p7", &signed_by_us(Curve::Sm2, how));
        let mut job = vec![("in", path.as_str())];
        if detached {
            job.push(("content", &source));
        }
        bouncycastle().must("cms-verify-value", &job);
    }
}

fn signed(curve: Curve, detached: bool) {
    let chain = bouncycastle_chain(curve);
    let folder = Folder::new("bc-signed");
    let content = content();
    let source = folder.write("content", &content);
    let how = Signing { format: Format::Rfc5652, detached, attributes: true };
    let path = folder.write("ours.p7", &signed_by_us(curve, how));
    let mut job = vec![("in", path.as_str())];
    if detached {
        job.push(("content", &source));
    }
    bouncycastle().must("cms-verify", &job);

    sign_by_them(curve, &folder, &[("detached", if detached { "yes" } else { "no" })]);
    let outside = detached.then_some(&content[..]);
    let verified = ours::verify(&folder.read("theirs.p7"), outside, &chain.trust()).unwrap();
    assert_eq!((verified.content, verified.format), (content, Format::Rfc5652));
}

fn sign_by_them(curve: Curve, folder: &Folder, more: &[(&str, &str)]) {
    let chain = bouncycastle_chain(curve);
    let (source, out) = (chain.path("content"), folder.path("theirs.p7"));
    let (key, certificate) = (chain.path("sign.key"), chain.path("sign.pem"));
    let between = chain.path("chain.pem");
    let mut job = vec![
        ("in", source.as_str()),
        ("key", &key),
        ("certificate", &certificate),
        ("chain", &between),
        ("out", &out),
    ];
    job.extend(more);
    bouncycastle().must("cms-sign", &job);
}

fn without_attributes() {
    for curve in [Curve::Sm2, Curve::P256] {
        let folder = Folder::new("bc-bare");
        sign_by_them(curve, &folder, &[("attributes", "no")]);
        let trust = bouncycastle_chain(curve).trust();
        let verified = ours::verify(&folder.read("theirs.p7"), None, &trust).unwrap();
        assert_eq!(verified.content, content());
    }
}

fn changed() {
    let folder = Folder::new("bc-changed");
    for curve in [Curve::Sm2, Curve::P256] {
        let how = Signing { format: Format::Rfc5652, detached: false, attributes: true };
        let bad = flip(&signed_by_us(curve, how), &content());
        let path = folder.write("bad.p7", &bad);
        bouncycastle().ask("cms-verify", &[("in", &path)]).unwrap_err();
        let refused = ours::verify(&bad, None, &bouncycastle_chain(curve).trust());
        assert_eq!(refused.unwrap_err(), "message_digest");
    }
}

fn from_them(curve: Curve, form: &str) {
    let chain = bouncycastle_chain(curve);
    let folder = Folder::new("from-bc");
    bouncycastle().must(
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
    assert_eq!((opened.content, opened.authenticated), (content(), form == "gcm"));
    if form == "gcm" {
        let mut bad = message;
        let last = bad.len() - 1;
        bad[last] ^= 1;
        ours::decrypt(&bad, &chain.decryption_key()).unwrap_err();
    }
}

fn both_ways(curve: Curve, form: &str) {
    from_them(curve, form);
    let chain = bouncycastle_chain(curve);
    let folder = Folder::new("to-bc");
    let [gcm, cbc] = ours::ciphers(curve);
    let cipher = if form == "gcm" { gcm } else { cbc };
    for length_known in [true, false] {
        let message = ours::encrypt(
            &content(),
            &[chain.certificate("encrypt")],
            Format::Rfc5652,
            cipher,
            length_known,
        );
        bouncycastle().must(
            "cms-open",
            &[
                ("in", &folder.write("ours.p7", &message)),
                ("key", &chain.path("encrypt.key")),
                ("out", &folder.path("read")),
            ],
        );
        assert_eq!(folder.read("read"), content());
    }
}

fn timestamp(curve: Curve) {
    let chain = bouncycastle_chain(curve);
    let folder = Folder::new("timestamp");
    let (algorithm, name) = match curve {
        Curve::Sm2 => (DigestAlgorithm::Sm3, "sm3"),
        _ => (DigestAlgorithm::Sha256, "sha256"),
    };
    let request = TimestampRequest::new(algorithm, &content(), Some(vec![0x5a, 1, 2, 3]));
    let query = folder.write("query", &request.to_der());
    bouncycastle().must(
        "timestamp-answer",
        &[
            ("in", &query),
            ("key", &chain.path("tsa.key")),
            ("certificate", &chain.path("tsa.pem")),
            ("chain", &chain.path("chain.pem")),
            ("out", &folder.path("answer")),
        ],
    );
    let token = TimestampToken::from_der(&folder.read("answer")).unwrap();
    let verified = token.verify(&content(), &chain.trust(), &[]).unwrap();
    assert!(verified.time.since(ours::now()).abs() < 60);
    token.verify(b"something else", &chain.trust(), &[]).unwrap_err();
    token.verify(&content(), &gmsm_chain(curve).trust(), &[]).unwrap_err();

    // Their request is one we can read, for our own authority.
    let theirs = folder.path("theirs");
    bouncycastle().must(
        "timestamp-query",
        &[("in", &chain.path("content")), ("out", &theirs), ("digest", name)],
    );
    let read = TimestampRequest::from_der(&folder.read("theirs")).unwrap();
    assert_eq!(read.digest, algorithm.digest(&content()));
}

fn ocsp(curve: Curve) {
    let chain = bouncycastle_chain(curve);
    let folder = Folder::new("ocsp");
    let (issuer, leaf) = (chain.certificate("issuing"), chain.certificate("sign"));
    let digest = match curve {
        Curve::Sm2 => IdDigest::Sm3,
        _ => IdDigest::Sha256,
    };
    let request =
        OcspRequest { ids: vec![CertificateId::new(digest, &leaf, &issuer)], nonce: None };
    let path = folder.write("request", &request.to_der());
    let now = ours::now();
    for (status, wanted) in [("good", true), ("revoked", false)] {
        bouncycastle().must(
            "ocsp-answer",
            &[
                ("in", &path),
                ("key", &chain.path("ocsp.key")),
                ("certificate", &chain.path("ocsp.pem")),
                ("out", &folder.path("answer")),
                ("status", status),
            ],
        );
        let answer = OcspResponse::from_der(&folder.read("answer")).unwrap();
        let found = answer.status_of(&leaf, &issuer, now, now).unwrap();
        assert_eq!(matches!(found, Status::Good), wanted);
        answer.status_of(&chain.certificate("encrypt"), &issuer, now, now).unwrap_err();
    }
}

fn seals(version: Version) {
    let mut today = crate::ofdrw::Today::new();
    let mut seal = today.seal(version);
    let v5 = version == Version::V5;
    if v5 {
        let token = today.token(seal.signature());
        seal = seal.with_timestamp(&token).unwrap();
    }
    let mut signature = today.use_seal(seal.clone());
    if v5 {
        let token = today.token(signature.signature());
        signature = signature.with_timestamp(&token).unwrap();
    }
    let number = version.number().to_string();
    let there = if v5 { "there" } else { "none" };

    let file = today.folder.write("seal.esl", seal.as_der());
    let facts = bouncycastle().must("seal-verify", &[("in", &file)]);
    assert_eq!(facts["version"], number);
    assert_eq!((facts["id"].as_str(), facts["name"].as_str()), (seal.id(), "甲公司"));
    assert_eq!((facts["holders"].as_str(), facts["picture"].as_str()), ("1", "PNG 40x40"));
    assert_eq!(facts["sealTimestamp"], there);

    let file = today.folder.write("SignedValue.dat", signature.as_der());
    let facts = bouncycastle().must("seal-signature-verify", &[("in", &file)]);
    assert_eq!((facts["stated"].as_str(), facts["version"].as_str()), (&*number, &*number));
    let hash: String = signature.data_hash().iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(facts["dataHash"], hash);
    assert_eq!((facts["property"].as_str(), facts["timestamp"].as_str()), ("a.txt", there));

    // One octet of the protected digest, and neither of us takes it.
    let at = signature.as_der().windows(32).position(|w| w == signature.data_hash()).unwrap();
    let mut changed = signature.as_der().to_vec();
    changed[at] ^= 1;
    let file = today.folder.write("changed.dat", &changed);
    assert!(bouncycastle().ask("seal-signature-verify", &[("in", &file)]).is_err());
    assert!(!today.value_is_right(&changed));
}
