//! Fixed keys, a fixed clock, ready chains: the same octets in every run, for tests.

use rand_core::{CryptoRng, Infallible, TryCryptoRng, TryRng};
use yinxin_pki::certificate::{NameBuilder, RequestDraft};
use yinxin_pki::{
    Certificate, CertificateRequest, Curve, SigningKey, Time, TrustStore, UnifiedCode,
};

use crate::{Authority, CaError, HolderIssue, Identity, Role};

/// The clock of the fixtures: 2026-11-24T12:00:00Z.
pub const NOW: Time = Time::from_unix(1_795_521_600);

/// A fixed sequence (SplitMix64) that passes as a random source. **For tests only**: whoever knows
/// the seed knows every key.
#[derive(Clone, Debug)]
pub struct FixedRng(u64);

impl FixedRng {
    /// The sequence of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }
}

impl TryRng for FixedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|long| u32::try_from(long >> 32).unwrap_or(0))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(z ^ (z >> 31))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            let octets = self.try_next_u64()?.to_le_bytes();
            for (to, from) in chunk.iter_mut().zip(octets) {
                *to = from;
            }
        }
        Ok(())
    }
}

impl TryCryptoRng for FixedRng {}

/// An authority with one unit that holds dual certificates.
#[derive(Debug)]
pub struct Fixture {
    /// The authority, as of [`NOW`].
    pub authority: Authority,
    /// Its root, trusted for everything.
    pub trust: TrustStore,
    /// The unit's dual certificates with the encryption key.
    pub holder: HolderIssue,
    /// The unit's signing key.
    pub signing_key: SigningKey,
    /// The sequence all of it came from, to go on with.
    pub rng: FixedRng,
}

impl Fixture {
    /// Name of the unit.
    pub const UNIT: &str = "甲公司";
    /// Its unified social credit code.
    pub const CODE: &str = "91350100M000100Y43";

    /// Everything on one curve.
    ///
    /// # Errors
    ///
    /// None in practice: nothing in it depends on the outside.
    pub fn new(curve: Curve) -> Result<Self, CaError> {
        let mut rng = FixedRng::new(match curve {
            Curve::P256 => 256,
            _ => 2,
        });
        let mut authority = Authority::create(curve, NOW, &mut rng)?;
        let mut trust = TrustStore::new();
        trust.add(authority.member(Role::Root).certificate().clone(), &[]);
        let (request, signing_key) = request(curve, "C=CN,O=甲公司,CN=甲公司", &mut rng)?;
        let identity = UnifiedCode::parse(Self::CODE).map(Identity::Organisation);
        let holder = authority.issue_holder(&request, identity.as_ref(), 365, NOW, &mut rng)?;
        Ok(Self { authority, trust, holder, signing_key, rng })
    }

    /// The certificates between holder and root.
    #[must_use]
    pub fn intermediates(&self) -> Vec<Certificate> {
        vec![self.authority.member(Role::Issuing).certificate().clone()]
    }
}

/// A new key and a request for it; `subject` as `C=CN,O=甲公司,CN=甲公司`.
///
/// # Errors
///
/// [`CaError::Form`] for a subject that is not understood.
pub fn request(
    curve: Curve,
    subject: &str,
    rng: &mut impl CryptoRng,
) -> Result<(CertificateRequest, SigningKey), CaError> {
    let key = SigningKey::generate(curve, rng);
    let subject = NameBuilder::parse(subject)?.build()?;
    let signing = RequestDraft::new(subject, key.public()).prepare()?;
    let answer = key.sign(signing.to_sign(), rng)?;
    let der = signing.finish(&answer)?;
    Ok((CertificateRequest::from_der(&der)?, key))
}
