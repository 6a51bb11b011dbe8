//! `yinxin verify` on what an authority's services give out: lists, OCSP answers, timestamps.

use std::process::{Command, Stdio};

use yinxin_pki::revocation::OcspRequest;
use yinxin_pki::revocation::ocsp::{CertificateId, IdDigest};
use yinxin_pki::timestamp::{TimestampRequest, granted};
use yinxin_pki::{Certificate, DigestAlgorithm, pem};
use yinxin_tests::folder::Folder;
use yinxin_tests::peer::yinxin;

/// Exit, and the code and the kind of the answer.
fn run(folder: &Folder, line: &str) -> (i32, String, String) {
    let mut command = Command::new(yinxin());
    command.args(line.split(' ')).arg("--json").current_dir(folder.as_path());
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let member = |name: &str| {
        let after = text.split(&format!("\"{name}\":\"")).nth(1);
        after.and_then(|rest| rest.split('"').next()).unwrap_or("").to_owned()
    };
    (output.status.code().unwrap(), member("code"), member("kind"))
}

fn ok(folder: &Folder, line: &str) {
    let said = run(folder, line);
    assert_eq!(said.0, 0, "{line}: {said:?}");
}

/// An authority with a holder, a list, an OCSP answer and a timestamp of `file`.
fn services(algorithm: &str) -> Folder {
    let folder = Folder::new("services");
    for line in [
        format!("ca init --dir ca --algorithm {algorithm}"),
        format!("key generate --algorithm {algorithm} --out key.pem --no-password"),
        "csr create --key key.pem --subject C=CN,CN=甲 --out csr.pem".to_owned(),
        "ca issue --dir ca --csr csr.pem --profile holder --out .".to_owned(),
        "ca crl --dir ca --out list.crl".to_owned(),
    ] {
        ok(&folder, &line);
    }
    let first = |name: &str| {
        let certificates = Certificate::from_pem_or_der(&folder.read(name)).unwrap();
        certificates.into_iter().next().unwrap()
    };
    let (leaf, issuer) = (first("sign.pem"), first("ca/issuing.pem"));
    let ids = vec![CertificateId::new(IdDigest::Sha256, &leaf, &issuer)];
    folder.write("ocsp.req", &OcspRequest { ids, nonce: None }.to_der());
    ok(&folder, "ca ocsp --dir ca --in ocsp.req --out answer.ocsp");
    folder.write("file", b"what existed then");
    folder.write("other", b"what did not");
    let request = TimestampRequest::new(DigestAlgorithm::Sm3, b"what existed then", None);
    folder.write("stamp.req", &request.to_der());
    ok(&folder, "ca timestamp --dir ca --in stamp.req --out stamp.resp");
    folder
}

const TRUST: &str = "--trust ca/root.pem --intermediates ca/issuing.pem";

#[test]
fn each_is_told_by_itself_and_verified() {
    for algorithm in ["sm2", "p256"] {
        let folder = services(algorithm);
        let said = |code: i32, words: &str, kind: &str| (code, words.to_owned(), kind.to_owned());
        let valid = |kind| said(0, "valid", kind);
        assert_eq!(run(&folder, &format!("verify list.crl {TRUST}")), valid("crl"));
        assert_eq!(run(&folder, &format!("verify answer.ocsp {TRUST}")), valid("ocsp_response"));
        let tsa = "--tsa-trust ca/root.pem --intermediates ca/issuing.pem";
        let stamp = format!("verify stamp.resp --content file {tsa}");
        assert_eq!(run(&folder, &stamp), valid("timestamp"));

        // Armoured, and without the response around it.
        let list = folder.read("list.crl");
        let list =
            if pem::is_pem(&list) { pem::decode(&list).unwrap()[0].der.clone() } else { list };
        folder.write("list.der", &list);
        folder.write("list.pem", pem::encode("X509 CRL", &list).as_bytes());
        for name in ["list.der", "list.pem"] {
            assert_eq!(run(&folder, &format!("verify {name} {TRUST}")), valid("crl"));
        }
        let response = folder.read("stamp.resp");
        let token = yinxin_pki::timestamp::TimestampToken::from_der(&response).unwrap();
        folder.write("token", token.as_der());
        folder.write("again", &granted(token.as_der()));
        for name in ["token", "again"] {
            let line = format!("verify {name} --content file {tsa}");
            assert_eq!(run(&folder, &line), valid("timestamp"));
        }

        // Nothing is valid without an anchor, without an issuer, or for other data.
        let kind = "ocsp_response";
        for (line, code, kind) in [
            ("verify list.crl", "issuer_missing", "crl"),
            ("verify list.crl --intermediates ca/issuing.pem", "trust_missing", "crl"),
            ("verify list.crl --trust ca/root.pem", "issuer_missing", "crl"),
            ("verify answer.ocsp", "issuer_missing", kind),
            ("verify answer.ocsp --intermediates ca/issuing.pem", "trust_missing", kind),
            ("verify stamp.resp", "content_missing", "timestamp"),
            ("verify stamp.resp --content file", "tsa_trust_missing", "timestamp"),
            ("verify stamp.resp --content other", "timestamp_other_data", "timestamp"),
        ] {
            assert_eq!(run(&folder, line), said(1, code, kind), "{line}");
        }
        let later = format!("verify list.crl {TRUST} --at 2099-01-01T00:00:00Z");
        assert_eq!(run(&folder, &later), said(1, "crl_not_current", "crl"));
    }
}

#[test]
fn one_flipped_bit_of_what_is_signed_is_refused() {
    let folder = services("sm2");
    for (name, more) in [
        ("list.crl", TRUST),
        ("answer.ocsp", TRUST),
        ("stamp.resp", "--content file --tsa-trust ca/root.pem --intermediates ca/issuing.pem"),
    ] {
        let bytes = folder.read(name);
        let bytes =
            if pem::is_pem(&bytes) { pem::decode(&bytes).unwrap()[0].der.clone() } else { bytes };
        for step in 1..40 {
            let mut bent = bytes.clone();
            let at = bytes.len() * step / 40;
            bent[at] ^= 1 << (step % 8);
            folder.write("bent", &bent);
            let said = run(&folder, &format!("verify bent {more}"));
            assert!([1, 3].contains(&said.0), "{name}, byte {at}: {said:?}");
        }
    }
}
