//! Authorities and certificates as a test wants them, good and bad.

use yinxin_ca::fixture::{FixedRng, NOW};
use yinxin_ca::issue::{self, Template};
use yinxin_pki::certificate::{Extension, KeyUsage, NameBuilder};
use yinxin_pki::chain::{ChainCheck, ChainError, VerifiedChain};
use yinxin_pki::{
    Certificate, Curve, Explain, Name, SerialNumber, SigningKey, Time, TrustStore, Validity, oid,
};

/// A certificate with its key.
pub struct Node {
    pub certificate: Certificate,
    pub key: SigningKey,
}

/// What the next certificate is to be.
#[derive(Clone)]
pub struct Plan {
    pub curve: Curve,
    pub subject: Name,
    pub validity: Validity,
    pub extensions: Vec<Extension>,
}

pub fn name(common: &str) -> Name {
    NameBuilder::new().with(oid::ORGANISATION, "T").with(oid::COMMON_NAME, common).build().unwrap()
}

impl Plan {
    pub fn authority(common: &str) -> Self {
        Self::new(common, Curve::P256)
            .with(issue::basic_constraints(true, None))
            .with(issue::key_usage(KeyUsage::CERTIFICATE_SIGN.or(KeyUsage::CRL_SIGN)))
    }

    pub fn leaf(common: &str) -> Self {
        Self::new(common, Curve::P256)
            .with(issue::key_usage(KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION)))
    }

    pub fn new(common: &str, curve: Curve) -> Self {
        let validity = Validity { not_before: NOW, not_after: NOW.plus(365 * Time::DAY) };
        Self { curve, subject: name(common), validity, extensions: vec![] }
    }

    pub fn curve(mut self, curve: Curve) -> Self {
        self.curve = curve;
        self
    }

    pub fn subject(mut self, subject: &Name) -> Self {
        self.subject = subject.clone();
        self
    }

    /// Adds an extension, or puts it in the place of the one of its kind.
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.retain(|old| old.oid != extension.oid);
        self.extensions.push(extension);
        self
    }

    pub fn without(mut self, oid: yinxin_pki::Oid) -> Self {
        self.extensions.retain(|old| old.oid != oid);
        self
    }
}

pub struct World {
    pub rng: FixedRng,
    serial: u8,
}

impl World {
    pub fn new() -> Self {
        Self { rng: FixedRng::new(77), serial: 0 }
    }

    pub fn template(&mut self, issuer: &Name, plan: Plan, key: &SigningKey) -> Template {
        self.serial += 1;
        Template {
            serial: SerialNumber::from_octets(&[0x40, self.serial]),
            issuer: issuer.clone(),
            validity: plan.validity,
            subject: plan.subject,
            key: key.public().clone(),
            extensions: plan.extensions,
        }
    }

    pub fn root(&mut self, plan: Plan) -> Node {
        let key = SigningKey::generate(plan.curve, &mut self.rng);
        let issuer = plan.subject.clone();
        let template = self.template(&issuer, plan, &key);
        let der = template.sign(&key, &mut self.rng).unwrap();
        Node { certificate: Certificate::from_der(&der).unwrap(), key }
    }

    pub fn issue(&mut self, issuer: &Node, plan: Plan) -> Node {
        let key = SigningKey::generate(plan.curve, &mut self.rng);
        let certificate = self.certify(issuer, plan, &key);
        Node { certificate, key }
    }

    pub fn certify(&mut self, issuer: &Node, plan: Plan, key: &SigningKey) -> Certificate {
        let template = self.template(issuer.certificate.subject(), plan, key);
        let der = template.sign(&issuer.key, &mut self.rng).unwrap();
        Certificate::from_der(&der).unwrap()
    }
}

pub fn trust(anchors: &[&Node]) -> TrustStore {
    let mut store = TrustStore::new();
    for anchor in anchors {
        store.add(anchor.certificate.clone(), &[]);
    }
    store
}

pub fn between(nodes: &[&Node]) -> Vec<Certificate> {
    nodes.iter().map(|node| node.certificate.clone()).collect()
}

pub fn verify(
    anchors: &[&Node],
    middle: &[&Node],
    leaf: &Node,
) -> Result<VerifiedChain, ChainError> {
    let (store, middle) = (trust(anchors), between(middle));
    ChainCheck::new(&store, NOW).intermediates(&middle).verify(&leaf.certificate)
}

/// Code and index of a refusal.
pub fn refusal<T: std::fmt::Debug>(result: Result<T, ChainError>) -> (&'static str, usize) {
    let error = result.unwrap_err();
    assert!(error.facts().iter().any(|fact| fact.name == "subject"));
    (error.code(), error.index)
}
