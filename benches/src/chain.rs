//! Validation of a chain of three certificates.

use std::time::Duration;

use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::{X509, X509StoreContext};
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use yinxin_benches::{contender, race};
use yinxin_ca::{Role, fixture};
use yinxin_pki::chain::ChainCheck;
use yinxin_pki::{Certificate, Curve, Purpose};

pub(crate) fn all() {
    for curve in [Curve::P256, Curve::Sm2] {
        let fixture = fixture::Fixture::new(curve).unwrap();
        let root = fixture.authority.member(Role::Root).certificate().as_der().to_vec();
        let between = fixture.authority.member(Role::Issuing).certificate().as_der().to_vec();
        let leaf = fixture.holder.certificates.signing().as_der().to_vec();
        let ours = || {
            // Parsing counts for everybody: peers parse on each validation, too.
            let leaf = Certificate::from_der(&leaf).unwrap();
            let between = [Certificate::from_der(&between).unwrap()];
            ChainCheck::new(&fixture.trust, fixture::NOW)
                .intermediates(&between)
                .purpose(Purpose::Sign)
                .verify(&leaf)
                .unwrap();
        };
        let mut contenders = vec![contender("yinxin-pki", ours)];
        if curve == Curve::P256 {
            contenders.push(contender("rustls-webpki with ring", || {
                by_webpki(&root, &between, &leaf);
            }));
            contenders.push(contender("OpenSSL", || by_openssl(&root, &between, &leaf)));
        }
        let name = if curve == Curve::Sm2 { "SM2" } else { "P-256" };
        race(&format!("chain of 3, {name}"), 0, contenders);
    }
}

fn by_webpki(root: &[u8], between: &[u8], leaf: &[u8]) {
    let root = CertificateDer::from(root);
    let anchors = [anchor_from_trusted_cert(&root).unwrap()];
    let between = [CertificateDer::from(between)];
    let leaf = CertificateDer::from(leaf);
    let seconds = u64::try_from(fixture::NOW.unix()).unwrap();
    EndEntityCert::try_from(&leaf)
        .unwrap()
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &between,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            KeyUsage::client_auth(),
            None,
            None,
        )
        .unwrap();
}

fn by_openssl(root: &[u8], between: &[u8], leaf: &[u8]) {
    let mut store = X509StoreBuilder::new().unwrap();
    store.add_cert(X509::from_der(root).unwrap()).unwrap();
    let mut parameters = openssl::x509::verify::X509VerifyParam::new().unwrap();
    parameters.set_time(fixture::NOW.unix());
    store.set_param(&parameters).unwrap();
    let store = store.build();
    let mut chain = Stack::new().unwrap();
    chain.push(X509::from_der(between).unwrap()).unwrap();
    let leaf = X509::from_der(leaf).unwrap();
    let mut context = X509StoreContext::new().unwrap();
    let verified = context.init(&store, &leaf, &chain, |context| context.verify_cert()).unwrap();
    assert!(verified, "{}", context.error());
}
