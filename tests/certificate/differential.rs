//! The certificate reader beside RustCrypto's `x509-cert`, over bent certificates: what both take
//! they read alike.

use der::{Decode as _, Encode as _};
use rand_core::Rng as _;
use yinxin_ca::fixture::{FixedRng, Fixture};
use yinxin_pki::{Certificate, Curve};

/// Certificates that only one of the two took, out of those tried.
#[derive(Debug, Default)]
struct Tally {
    both: u32,
    neither: u32,
    ours_only: u32,
    theirs_only: u32,
}

#[test]
fn what_both_readers_take_they_read_alike() {
    let fixture = Fixture::new(Curve::P256).unwrap();
    let sample = fixture.holder.certificates.signing().as_der().to_vec();
    let mut rng = FixedRng::new(509);
    let mut tally = Tally::default();
    for _ in 0..20_000 {
        let mut bent = sample.clone();
        let at = usize::try_from(rng.next_u64()).unwrap() % bent.len();
        bent[at] ^= 1 << (rng.next_u64() % 8);
        let ours = Certificate::from_der(&bent);
        let theirs = x509_cert::Certificate::from_der(&bent);
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => {
                tally.both += 1;
                compare(ours, theirs, &bent);
            }
            (Err(_), Err(_)) => tally.neither += 1,
            (Ok(_), Err(_)) => tally.ours_only += 1,
            (Err(_), Ok(_)) => tally.theirs_only += 1,
        }
    }
    // Where only ours takes the octets, they are values that it keeps as they are: identifiers whose
    // first two arcs take more than an octet, name attributes of types that are no text, years
    // before 1970. Such must stay few.
    assert!(tally.both > 1000 && tally.neither > 1000, "{tally:?}");
    assert!(tally.ours_only * 20 < tally.both, "{tally:?}");
    println!("{tally:?}");
}

fn compare(ours: &Certificate, theirs: &x509_cert::Certificate, der: &[u8]) {
    let tbs = theirs.tbs_certificate();
    assert_eq!(ours.subject().as_der(), tbs.subject().to_der().unwrap(), "{der:02x?}");
    assert_eq!(ours.issuer().as_der(), tbs.issuer().to_der().unwrap());
    let own = ours.serial().octets();
    let positive = own.strip_prefix(&[0]).unwrap_or(own);
    let other = tbs.serial_number().as_bytes();
    assert_eq!(positive, other.strip_prefix(&[0]).unwrap_or(other));
    let seconds = |time: x509_cert::time::Time| time.to_unix_duration().as_secs();
    let validity = tbs.validity();
    for (own, other) in [
        (ours.validity().not_before, validity.not_before),
        (ours.validity().not_after, validity.not_after),
    ] {
        assert_eq!(u64::try_from(own.unix()).ok(), Some(seconds(other)));
    }
    let extensions = tbs.extensions().map_or(0, |list| list.len());
    assert_eq!(ours.extensions().all.len(), extensions);
    let bits = tbs.subject_public_key_info().subject_public_key.as_bytes();
    assert_eq!(Some(&ours.public_key().bits()[..]), bits);
}
