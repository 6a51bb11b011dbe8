//! `yinxin certificate verify` refuses each kind of bad chain under its own code.

use std::process::Command;
use std::sync::LazyLock;

use yinxin_ca::crl::{CrlTemplate, crl_number};
use yinxin_ca::issue::{
    Template, authority_key_identifier, basic_constraints, key_usage, name_constraints,
    subject_key_identifier,
};
use yinxin_ca::{Reason, Revocation};
use yinxin_pki::certificate::{
    Extension, GeneralName, KeyUsage, NameBuilder, NameConstraints, SerialNumber,
};
use yinxin_pki::{Curve, Name, Oid, SigningKey, Time, Validity, pem};
use yinxin_tests::folder::Folder;
use yinxin_tests::ours;
use yinxin_tests::peer::yinxin;

const DAY: i64 = 86_400;

/// The present, the same for the whole run: a list has to be current by the machine's clock.
fn now() -> Time {
    static NOW: LazyLock<Time> = LazyLock::new(ours::now);
    *NOW
}

fn name(text: &str) -> Name {
    NameBuilder::parse(text).unwrap().build().unwrap()
}

fn around(from: i64, until: i64) -> Validity {
    Validity { not_before: now().plus(from * DAY), not_after: now().plus(until * DAY) }
}

/// A chain of root, issuing and leaf, sound unless a test changes it.
struct Chain {
    root: Template,
    issuing: Template,
    leaf: Template,
    keys: [SigningKey; 3],
}

impl Chain {
    fn sound() -> Self {
        let keys: [SigningKey; 3] =
            std::array::from_fn(|_| SigningKey::generate(Curve::Sm2, &mut ours::rng()));
        let authority = KeyUsage::CERTIFICATE_SIGN.or(KeyUsage::CRL_SIGN);
        let template = |at: usize, subject: &str, issuer: &str, extensions: Vec<Extension>| {
            let by = keys.get(at.saturating_sub(1)).unwrap();
            let mut all = vec![
                subject_key_identifier(keys[at].public()),
                authority_key_identifier(by.public()),
            ];
            all.extend(extensions);
            Template {
                serial: SerialNumber::from_octets(&[7, u8::try_from(at).unwrap()]),
                issuer: name(issuer),
                validity: around(-30, 30),
                subject: name(subject),
                key: keys[at].public().clone(),
                extensions: all,
            }
        };
        let ca = || vec![basic_constraints(true, None), key_usage(authority)];
        let holder = vec![basic_constraints(false, None), key_usage(KeyUsage::DIGITAL_SIGNATURE)];
        let root = template(0, "C=CN,CN=root", "C=CN,CN=root", ca());
        let issuing = template(1, "C=CN,CN=issuing", "C=CN,CN=root", ca());
        let leaf = template(2, "C=CN,O=甲,CN=甲", "C=CN,CN=issuing", holder);
        Self { root, issuing, leaf, keys }
    }

    /// Replaces the extensions of the same kind, or adds them.
    fn set(list: &mut Vec<Extension>, new: Extension) {
        list.retain(|old| old.oid != new.oid);
        list.push(new);
    }

    /// Runs the command and gives its exit code and the JSON it printed.
    fn verify(&self, more: &[&str], crl: Option<&CrlTemplate>) -> (Option<i32>, String) {
        let folder = Folder::new("codes");
        let write = |file: &str, template: &Template, key: &SigningKey| {
            let der = template.sign(key, &mut ours::rng()).unwrap();
            folder.write(file, pem::encode("CERTIFICATE", &der).as_bytes())
        };
        let root = write("root.pem", &self.root, &self.keys[0]);
        let issuing = write("issuing.pem", &self.issuing, &self.keys[0]);
        let leaf = write("leaf.pem", &self.leaf, &self.keys[1]);
        let at = now().to_string();
        let mut words = vec![
            "certificate",
            "verify",
            &leaf,
            "--trust",
            &root,
            "--intermediates",
            &issuing,
            "--at",
            &at,
            "--json",
        ];
        let list;
        if let Some(crl) = crl {
            list = folder.write("crl.der", &crl.sign(&self.keys[1], &mut ours::rng()).unwrap());
            words.extend(["--crl", &list]);
        }
        words.extend(more);
        let output = Command::new(yinxin()).args(&words).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    fn refused(&self, more: &[&str], code: &str) {
        self.refused_with(more, None, code);
    }

    fn refused_with(&self, more: &[&str], crl: Option<&CrlTemplate>, code: &str) {
        let (exit, json) = self.verify(more, crl);
        assert_eq!(exit, Some(1), "{json}");
        assert!(json.replace(' ', "").contains(&format!("\"code\":\"{code}\"")), "{code}: {json}");
    }
}

#[test]
fn a_sound_chain_is_accepted() {
    let (exit, json) = Chain::sound().verify(&["--purpose", "sign"], None);
    assert_eq!(exit, Some(0), "{json}");
    assert!(json.replace(' ', "").contains("\"ok\":true"), "{json}");
}

#[test]
fn expired_and_not_yet_valid_are_told_apart() {
    let mut chain = Chain::sound();
    chain.leaf.validity = around(-30, -1);
    chain.refused(&[], "expired");
    chain.leaf.validity = around(1, 30);
    chain.refused(&[], "not_yet_valid");
}

#[test]
fn a_certificate_for_signing_does_not_encrypt() {
    Chain::sound().refused(&["--purpose", "encrypt"], "purpose");
}

#[test]
fn an_issuer_without_the_ca_flag_is_not_a_ca() {
    let mut chain = Chain::sound();
    Chain::set(&mut chain.issuing.extensions, basic_constraints(false, None));
    chain.refused(&[], "not_a_ca");
}

#[test]
fn a_path_longer_than_the_root_allows_is_refused() {
    let mut chain = Chain::sound();
    Chain::set(&mut chain.root.extensions, basic_constraints(true, Some(0)));
    chain.refused(&[], "path_too_long");
}

#[test]
fn a_revoked_certificate_is_refused() {
    let chain = Chain::sound();
    let revocation = Revocation { since: now().plus(-DAY), reason: Reason::KeyCompromise };
    let mut list = CrlTemplate {
        issuer: name("C=CN,CN=issuing"),
        this_update: now().plus(-60),
        next_update: Some(now().plus(DAY)),
        revoked: vec![(chain.leaf.serial.clone(), revocation)],
        extensions: vec![authority_key_identifier(chain.keys[1].public()), crl_number(3)],
    };
    chain.refused_with(&[], Some(&list), "revoked");
    list.revoked.clear();
    let (exit, json) = chain.verify(&[], Some(&list));
    assert_eq!(exit, Some(0), "{json}");
}

#[test]
fn a_name_outside_the_constraint_is_refused() {
    let mut chain = Chain::sound();
    let permitted = vec![GeneralName::Directory(name("C=CN,O=乙"))];
    let constraints = NameConstraints { permitted, excluded: Vec::new() };
    Chain::set(&mut chain.issuing.extensions, name_constraints(&constraints));
    chain.refused(&[], "name_constraint");
}

#[test]
fn an_unknown_critical_extension_is_refused() {
    let mut chain = Chain::sound();
    let oid = Oid::from_octets(&[42, 3, 4, 5]).unwrap(); // 1.2.3.4.5
    Chain::set(&mut chain.leaf.extensions, Extension { oid, critical: true, value: vec![5, 0] });
    chain.refused(&[], "unknown_critical_extension");
}

#[test]
fn another_root_is_untrusted() {
    let mut chain = Chain::sound();
    chain.keys[0] = SigningKey::generate(Curve::Sm2, &mut ours::rng());
    chain.issuing.issuer = name("C=CN,CN=another root");
    chain.refused(&[], "untrusted");
}
