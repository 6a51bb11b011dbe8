//! Chains that peers made, each made once for the run, and our keys under them.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use yinxin_ca::{Authority, Reason, Role};
use yinxin_pki::key::pkcs8;
use yinxin_pki::{Certificate, Curve, DecryptionKey, PrivateKey, SigningKey, TrustStore, pem};
use yinxin_tests::folder::Folder;
use yinxin_tests::ours;
use yinxin_tests::peer::{OpenSsl, bouncycastle, gmsm, openssl, openssl4};

/// A message of more than one piece, so that streams are streams.
pub(crate) fn content() -> Vec<u8> {
    "投标总价:人民币 壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元整\r\n".repeat(97).into_bytes()
}

/// A root, an issuing CA and a holder's dual certificates as files of a peer.
pub(crate) struct Chain {
    pub(crate) folder: &'static Folder,
    pub(crate) curve: Curve,
}

fn all() -> &'static Mutex<Vec<&'static Folder>> {
    static ALL: Mutex<Vec<&'static Folder>> = Mutex::new(Vec::new());
    &ALL
}

/// Removes the folders of all chains.
pub(crate) fn remove() {
    for folder in all().lock().unwrap().drain(..) {
        std::fs::remove_dir_all(folder.as_path()).ok();
    }
}

fn make(name: &str, curve: Curve, fill: impl FnOnce(&Folder)) -> Chain {
    let folder: &'static Folder = Box::leak(Box::new(Folder::new(name)));
    all().lock().unwrap().push(folder);
    fill(folder);
    folder.write("content", &content());
    Chain { folder, curve }
}

const fn name_of(curve: Curve) -> &'static str {
    match curve {
        Curve::Sm2 => "sm2",
        _ => "p256",
    }
}

/// gmsm's chains, SM2 and P-256.
pub(crate) fn gmsm_chain(curve: Curve) -> &'static Chain {
    static SM2: LazyLock<Chain> = LazyLock::new(|| by_gmsm(Curve::Sm2));
    static P256: LazyLock<Chain> = LazyLock::new(|| by_gmsm(Curve::P256));
    if curve == Curve::Sm2 { &SM2 } else { &P256 }
}

fn by_gmsm(curve: Curve) -> Chain {
    make("gmsm", curve, |folder| {
        let dir = folder.as_path().to_str().unwrap();
        gmsm().must("chain", &[("dir", dir), ("algorithm", name_of(curve))]);
    })
}

/// BouncyCastle's chains, SM2 and P-256.
pub(crate) fn bouncycastle_chain(curve: Curve) -> &'static Chain {
    static SM2: LazyLock<Chain> = LazyLock::new(|| by_bouncycastle(Curve::Sm2));
    static P256: LazyLock<Chain> = LazyLock::new(|| by_bouncycastle(Curve::P256));
    if curve == Curve::Sm2 { &SM2 } else { &P256 }
}

fn by_bouncycastle(curve: Curve) -> Chain {
    make("bouncycastle", curve, |folder| {
        let dir = folder.as_path().to_str().unwrap();
        bouncycastle().must("chain", &[("dir", dir), ("algorithm", name_of(curve))]);
    })
}

/// OpenSSL's chains: P-256 by the system's, SM2 by OpenSSL 4.
pub(crate) fn openssl_chain(curve: Curve) -> &'static Chain {
    static SM2: LazyLock<Chain> = LazyLock::new(|| by_openssl(&openssl4(), Curve::Sm2));
    static P256: LazyLock<Chain> = LazyLock::new(|| by_openssl(&openssl(), Curve::P256));
    if curve == Curve::Sm2 { &SM2 } else { &P256 }
}

const CONFIG: &str = "\
[req]
distinguished_name = dn
[dn]
[ca]
default_ca = list
[list]
database = DIR/index
crlnumber = DIR/number
default_crl_days = 1
default_md = HASH
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[sign]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[encrypt]
basicConstraints = critical, CA:FALSE
keyUsage = critical, keyEncipherment, dataEncipherment, keyAgreement
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ocsp]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = OCSPSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
";

fn by_openssl(openssl: &OpenSsl, curve: Curve) -> Chain {
    make("openssl", curve, |folder| {
        let (group, hash) = if curve == Curve::Sm2 { ("SM2", "sm3") } else { ("P-256", "sha256") };
        let dir = folder.as_path().to_str().unwrap();
        let config = CONFIG.replace("DIR", dir).replace("HASH", hash);
        let config = folder.write("config", config.as_bytes());
        let file = |name: &str, ending: &str| folder.path(&format!("{name}.{ending}"));
        let new_key = |name: &str| {
            let (key, request) = (file(name, "key"), file(name, "csr"));
            let option = format!("ec_paramgen_curve:{group}");
            openssl.must(&["genpkey", "-algorithm", "EC", "-pkeyopt", &option, "-out", &key]);
            let subject = format!("/C=CN/O=TEST ONLY/CN=openssl {name}");
            openssl.must(&[
                "req", "-new", "-config", &config, "-key", &key, "-subj", &subject, "-out",
                &request,
            ]);
        };
        for name in ["root", "issuing", "sign", "encrypt", "revoked", "ocsp", "tsa"] {
            new_key(name);
            let usage = match name {
                "root" | "issuing" => "authority",
                "revoked" => "sign",
                name => name,
            };
            let (request, out, own) = (file(name, "csr"), file(name, "pem"), file(name, "key"));
            let digest = format!("-{hash}");
            let mut words = vec![
                "x509",
                "-req",
                "-in",
                &request,
                "-out",
                &out,
                "-days",
                "2",
                &digest,
                "-extfile",
                &config,
                "-extensions",
                usage,
            ];
            let by = if name == "issuing" { "root" } else { "issuing" };
            let (ca, ca_key) = (file(by, "pem"), file(by, "key"));
            if name == "root" {
                words.extend(["-signkey", &own]);
            } else {
                words.extend(["-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial"]);
            }
            openssl.must(&words);
        }
        std::fs::copy(file("issuing", "pem"), file("chain", "pem")).unwrap();
        folder.write("index", b"");
        folder.write("number", b"01");
        let (ca, key) = (file("issuing", "pem"), file("issuing", "key"));
        let base = ["ca", "-config", &config, "-cert", &ca, "-keyfile", &key];
        let revoked = file("revoked", "pem");
        openssl.must(&[&base[..], &["-revoke", &revoked]].concat());
        // The responder reads the same list of what was issued, with the good one in it too.
        let serial = ours::certificate(&file("sign", "pem")).serial().to_string();
        let good = format!("V\t301231235959Z\t\t{}\tunknown\t/CN=good\n", serial.to_uppercase());
        let index = [&folder.read("index"), good.as_bytes()].concat();
        folder.write("ocsp-index", &index);
        let list = file("crl", "pem");
        openssl.must(&[&base[..], &["-gencrl", "-out", &list]].concat());
        openssl.must(&["crl", "-in", &list, "-outform", "DER", "-out", &file("crl", "der")]);
    })
}

/// The chains of our own test authority, SM2 and P-256, with what it answers.
pub(crate) fn our_chain(curve: Curve) -> &'static Chain {
    static SM2: LazyLock<Chain> = LazyLock::new(|| by_us(Curve::Sm2));
    static P256: LazyLock<Chain> = LazyLock::new(|| by_us(Curve::P256));
    if curve == Curve::Sm2 { &SM2 } else { &P256 }
}

/// Our authority of a curve, as it is after [`our_chain`] was made.
pub(crate) fn our_authority(curve: Curve) -> MutexGuard<'static, Authority> {
    static SM2: LazyLock<Mutex<Authority>> = LazyLock::new(|| new_authority(Curve::Sm2));
    static P256: LazyLock<Mutex<Authority>> = LazyLock::new(|| new_authority(Curve::P256));
    let one = if curve == Curve::Sm2 { &SM2 } else { &P256 };
    one.lock().unwrap_or_else(PoisonError::into_inner)
}

fn new_authority(curve: Curve) -> Mutex<Authority> {
    Mutex::new(Authority::create(curve, ours::now(), &mut ours::rng()).unwrap())
}

fn by_us(curve: Curve) -> Chain {
    make("ours", curve, |folder| {
        let (now, mut rng) = (ours::now(), ours::rng());
        let mut authority = our_authority(curve);
        let certificate = |name: &str, one: &Certificate| {
            let text = pem::encode("CERTIFICATE", one.as_der());
            folder.write(&format!("{name}.pem"), text.as_bytes());
        };
        let key = |name: &str, one: &PrivateKey| {
            let text = pem::encode("PRIVATE KEY", &pkcs8::write(one));
            folder.write(&format!("{name}.key"), text.as_bytes());
        };
        for (name, role) in [
            ("root", Role::Root),
            ("issuing", Role::Issuing),
            ("tsa", Role::Tsa),
            ("ocsp", Role::Ocsp),
        ] {
            certificate(name, authority.member(role).certificate());
        }
        std::fs::copy(folder.path("issuing.pem"), folder.path("chain.pem")).unwrap();

        let signing = SigningKey::generate(curve, &mut rng);
        let request = ours::request(&signing, "C=CN,O=甲公司,CN=甲公司");
        let request = ours::read_request(request.as_bytes()).unwrap();
        let holder = authority.issue_holder(&request, None, 30, now, &mut rng).unwrap();
        certificate("sign", holder.certificates.signing().certificate());
        certificate("encrypt", holder.certificates.encryption().certificate());
        key("sign", signing.as_private());
        key("encrypt", holder.escrowed.key.as_private());
        folder.write("encrypt.envelope", &holder.escrowed.envelope);

        let other = authority.issue_holder(&request, None, 30, now, &mut rng).unwrap();
        let revoked = other.certificates.signing().certificate();
        certificate("revoked", revoked);
        authority.revoke(revoked.serial(), Reason::KeyCompromise, now).unwrap();
        folder.write("crl.der", &authority.crl(Role::Issuing, now, &mut rng).unwrap());
    })
}

impl Chain {
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path(name)
    }

    pub(crate) fn certificate(&self, name: &str) -> Certificate {
        ours::certificate(&self.path(&format!("{name}.pem")))
    }

    pub(crate) fn trust(&self) -> TrustStore {
        ours::trust(&self.path("root.pem"))
    }

    pub(crate) fn between(&self) -> Vec<Certificate> {
        ours::certificates(&self.path("chain.pem"))
    }

    pub(crate) fn signing_key(&self) -> SigningKey {
        ours::signing_key(&self.path("sign.key"), &self.certificate("sign"))
    }

    pub(crate) fn decryption_key(&self) -> DecryptionKey {
        ours::decryption_key(&self.path("encrypt.key"), &self.certificate("encrypt"))
    }
}

/// A copy of a message with one bit changed in the middle of `part`, which stands in it once.
pub(crate) fn flip(message: &[u8], part: &[u8]) -> Vec<u8> {
    let at = message.windows(part.len()).position(|window| window == part).expect("it is inside");
    let mut changed = message.to_vec();
    changed[at + part.len() / 2] ^= 1;
    changed
}
