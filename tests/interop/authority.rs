//! What our test authority issues and answers, before every program that can judge it.

use yinxin_pki::Curve;
use yinxin_pki::cipher::Cipher;
use yinxin_pki::cms::Format;
use yinxin_tests::folder::Folder;
use yinxin_tests::harness::{Case, Way};
use yinxin_tests::ours::{self, Signing};
use yinxin_tests::peer::{JobPeer, OpenSsl, bouncycastle, gmsm, openssl, openssl4};

use crate::fixture::{Chain, content, our_authority, our_chain};

const fn case(peer: &'static str, what: &'static str, run: fn()) -> Case {
    Case { peer, what, way: Way::OursToThem, run }
}

pub(crate) const CASES: &[Case] = &[
    case("OpenSSL", "our P-256 chain as a whole", || whole(&openssl(), Curve::P256)),
    case("OpenSSL", "our SM2 chain link by link", links),
    case("OpenSSL", "our P-256 CRL", || crl(&openssl(), Curve::P256)),
    case("OpenSSL", "our P-256 OCSP answers", || ocsp(&openssl(), Curve::P256)),
    case("OpenSSL", "our timestamp, SHA-256, P-256", || timestamp(&openssl(), Curve::P256)),
    case("OpenSSL 4", "our SM2 chain as a whole", || whole(&openssl4(), Curve::Sm2)),
    case("OpenSSL 4", "our SM2 CRL", || crl(&openssl4(), Curve::Sm2)),
    case("OpenSSL 4", "our SM2 OCSP answers", || ocsp(&openssl4(), Curve::Sm2)),
    case("gmsm", "our chains and CRL, SM2 and P-256", || job_peer(gmsm())),
    case("gmsm", "signed and encrypted under our SM2 chain", gm_messages),
    case("BouncyCastle", "our chains and CRL, SM2 and P-256", || job_peer(bouncycastle())),
    case("BouncyCastle", "our OCSP answers, SM2 and P-256", ocsp_by_bouncycastle),
    case("BouncyCastle", "our timestamps, SM2 and P-256", timestamp_by_bouncycastle),
    case("gmsm", "attributes turned into content: it accepts, we refuse", stripped),
    case("BouncyCastle", "attributes turned into content: it accepts, we refuse", stripped_p256),
];

fn whole(openssl: &OpenSsl, curve: Curve) {
    let chain = our_chain(curve);
    let (root, between) = (chain.path("root.pem"), chain.path("chain.pem"));
    for name in ["sign", "encrypt", "tsa", "ocsp"] {
        let leaf = chain.path(&format!("{name}.pem"));
        openssl.must(&["verify", "-x509_strict", "-CAfile", &root, "-untrusted", &between, &leaf]);
    }
}

fn links() {
    let chain = our_chain(Curve::Sm2);
    for (leaf, issuer) in
        [("root", "root"), ("issuing", "root"), ("sign", "issuing"), ("encrypt", "issuing")]
    {
        openssl().must(&[
            "verify",
            "-vfyopt",
            "distid:1234567812345678",
            "-partial_chain",
            "-trusted",
            &chain.path(&format!("{issuer}.pem")),
            &chain.path(&format!("{leaf}.pem")),
        ]);
    }
}

fn crl(openssl: &OpenSsl, curve: Curve) {
    let chain = our_chain(curve);
    let folder = Folder::new("crl");
    let list = folder.path("crl.pem");
    openssl.must(&["crl", "-inform", "DER", "-in", &chain.path("crl.der"), "-out", &list]);
    let verify = |name: &str| {
        openssl.ask(&[
            "verify",
            "-crl_check",
            "-CRLfile",
            &list,
            "-CAfile",
            &chain.path("root.pem"),
            "-untrusted",
            &chain.path("chain.pem"),
            &chain.path(&format!("{name}.pem")),
        ])
    };
    verify("sign").unwrap();
    assert!(verify("revoked").unwrap_err().contains("revoked"));
}

fn ocsp(openssl: &OpenSsl, curve: Curve) {
    let chain = our_chain(curve);
    let folder = Folder::new("our-ocsp");
    let digest = if curve == Curve::Sm2 { "-sm3" } else { "-sha256" };
    for (name, wanted) in [("sign", ": good"), ("revoked", ": revoked")] {
        let (request, answer) = (folder.path("request"), folder.path("answer"));
        let leaf = chain.path(&format!("{name}.pem"));
        let issuer = chain.path("issuing.pem");
        openssl.must(&["ocsp", "-issuer", &issuer, digest, "-cert", &leaf, "-reqout", &request]);
        let answered = our_authority(curve)
            .ocsp(&folder.read("request"), ours::now(), &mut ours::rng())
            .unwrap();
        folder.write("answer", &answered);
        let said = openssl.must(&[
            "ocsp",
            "-issuer",
            &issuer,
            digest,
            "-cert",
            &leaf,
            // The request keeps its nonce; without this word a second one is drawn.
            "-no_nonce",
            "-reqin",
            &request,
            "-respin",
            &answer,
            "-CAfile",
            &chain.path("root.pem"),
            "-verify_other",
            &issuer,
        ]);
        assert!(said.contains("Response verify OK"), "{said}");
        assert!(said.contains(wanted), "{name}: {said}");
    }
}

fn timestamp(openssl: &OpenSsl, curve: Curve) {
    let chain = our_chain(curve);
    let folder = Folder::new("our-ts");
    let (query, answer) = (folder.path("query"), folder.path("answer"));
    let source = chain.path("content");
    openssl.must(&["ts", "-query", "-sha256", "-cert", "-data", &source, "-out", &query]);
    let answered = our_authority(curve)
        .timestamp(&folder.read("query"), ours::now(), &mut ours::rng())
        .unwrap();
    folder.write("answer", &answered);
    openssl.must(&[
        "ts",
        "-verify",
        "-queryfile",
        &query,
        "-in",
        &answer,
        "-CAfile",
        &chain.path("root.pem"),
        "-untrusted",
        &chain.path("chain.pem"),
    ]);
}

fn job_peer(peer: &JobPeer) {
    for curve in [Curve::Sm2, Curve::P256] {
        let chain = our_chain(curve);
        for name in ["sign", "encrypt"] {
            peer.must(
                "certificate-verify",
                &[
                    ("leaf", &chain.path(&format!("{name}.pem"))),
                    ("trust", &chain.path("root.pem")),
                    ("intermediates", &chain.path("chain.pem")),
                ],
            );
        }
        for (name, revoked) in [("sign", "false"), ("revoked", "true")] {
            let said = peer.must(
                "crl-verify",
                &[
                    ("in", &chain.path("crl.der")),
                    ("issuer", &chain.path("issuing.pem")),
                    ("certificate", &chain.path(&format!("{name}.pem"))),
                ],
            );
            assert_eq!(said["revoked"], revoked, "{name}");
        }
    }
}

fn sign(chain: &Chain, bytes: &[u8], how: Signing) -> Vec<u8> {
    let certificate = chain.certificate("sign");
    ours::sign(bytes, &chain.signing_key(), &certificate, &chain.between(), how)
}

fn gm_messages() {
    let chain = our_chain(Curve::Sm2);
    let folder = Folder::new("our-gm");
    let how = Signing { format: Format::Gm, detached: false, attributes: true };
    let path = folder.write("signed", &sign(chain, &content(), how));
    gmsm().must("cms-verify", &[("in", &path), ("trust", &chain.path("root.pem"))]);

    let to = [chain.certificate("encrypt")];
    let message = ours::encrypt(&content(), &to, Format::Gm, Cipher::Sm4Cbc, true);
    gmsm().must(
        "cms-open",
        &[
            ("in", &folder.write("sealed", &message)),
            ("key", &chain.path("encrypt.key")),
            ("certificate", &chain.path("encrypt.pem")),
            ("out", &folder.path("read")),
        ],
    );
    assert_eq!(folder.read("read"), content());
}

fn ocsp_by_bouncycastle() {
    for (curve, digest) in [(Curve::Sm2, "sm3"), (Curve::P256, "sha256"), (Curve::P256, "sha1")] {
        let chain = our_chain(curve);
        let folder = Folder::new("our-ocsp-bc");
        for (name, wanted) in [("sign", "good"), ("revoked", "revoked")] {
            let issuer = chain.path("issuing.pem");
            let leaf = chain.path(&format!("{name}.pem"));
            let request = folder.path("request");
            bouncycastle().must(
                "ocsp-query",
                &[
                    ("issuer", &issuer),
                    ("certificate", &leaf),
                    ("digest", digest),
                    ("out", &request),
                ],
            );
            let answered = our_authority(curve)
                .ocsp(&folder.read("request"), ours::now(), &mut ours::rng())
                .unwrap();
            let said = bouncycastle().must(
                "ocsp-verify",
                &[
                    ("in", &folder.write("answer", &answered)),
                    ("responder", &chain.path("ocsp.pem")),
                    ("issuer", &issuer),
                    ("certificate", &leaf),
                    ("digest", digest),
                ],
            );
            assert_eq!(said["status"], wanted);
        }
    }
}

fn timestamp_by_bouncycastle() {
    for (curve, digest) in [(Curve::Sm2, "sm3"), (Curve::P256, "sha256"), (Curve::P256, "sm3")] {
        let chain = our_chain(curve);
        let folder = Folder::new("our-ts-bc");
        let (source, query) = (chain.path("content"), folder.path("query"));
        bouncycastle()
            .must("timestamp-query", &[("in", &source), ("out", &query), ("digest", digest)]);
        let answered = our_authority(curve)
            .timestamp(&folder.read("query"), ours::now(), &mut ours::rng())
            .unwrap();
        bouncycastle().must(
            "timestamp-verify",
            &[
                ("query", &query),
                ("in", &folder.write("answer", &answered)),
                ("certificate", &chain.path("tsa.pem")),
                ("content", &source),
                ("digest", digest),
            ],
        );
    }
}

/// The attack: what was signed as attributes becomes the content of a message that has none. The
/// signature is over the very same octets, so it stays good.
fn attributes_as_content(curve: Curve, format: Format) -> (&'static Chain, Vec<u8>) {
    let chain = our_chain(curve);
    let how = Signing { format, detached: false, attributes: true };
    let honest = sign(chain, &content(), how);
    ours::verify(&honest, None, &chain.trust()).unwrap();
    let (read, _) = yinxin_pki::cms::SignedData::from_der(&honest).unwrap();
    let signer = read.signers().first().unwrap();
    let attributes = signer.signed_attributes().unwrap().signed_bytes();

    let forged = sign(chain, &attributes, Signing { attributes: false, ..how });
    assert_eq!(attributes.first(), Some(&0x31), "a SET OF");
    (chain, forged)
}

fn stripped() {
    let (chain, forged) = attributes_as_content(Curve::Sm2, Format::Gm);
    let folder = Folder::new("stripped");
    let path = folder.write("forged", &forged);
    gmsm().must("cms-verify", &[("in", &path), ("trust", &chain.path("root.pem"))]);
    let refused = ours::verify(&forged, None, &chain.trust()).unwrap_err();
    assert_eq!(refused, "attributes_as_content");
}

fn stripped_p256() {
    let (chain, forged) = attributes_as_content(Curve::P256, Format::Rfc5652);
    let folder = Folder::new("stripped");
    let path = folder.write("forged", &forged);
    bouncycastle().must("cms-verify", &[("in", &path)]);
    let (root, binary) = (chain.path("root.pem"), ["-binary", "-inform", "DER"]);
    let words = ["cms", "-verify", "-purpose", "any", "-in", &path, "-CAfile", &root, "-out"];
    openssl().must(&[&words[..], &["/dev/null"], &binary].concat());
    let refused = ours::verify(&forged, None, &chain.trust()).unwrap_err();
    assert_eq!(refused, "attributes_as_content");
}
