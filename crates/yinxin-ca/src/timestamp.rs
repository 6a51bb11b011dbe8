//! Timestamps of the authority (RFC 3161).

use rand_core::CryptoRng;
use yinxin_pki::cms::{Format, SignDraft, assemble};
use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::timestamp::{TimestampInfo, TimestampRequest, granted};
use yinxin_pki::{Error, Time, oid};

use crate::{Authority, CaError, Member, Role};

impl Authority {
    /// Answers a timestamp request: a TimeStampResp with a token of time `at`. A request that
    /// cannot be read, or names a digest that may not carry a signature, is answered by a
    /// rejection, as the protocol wants it.
    ///
    /// # Errors
    ///
    /// [`CaError::Signature`] when the random source gives nothing usable.
    pub fn timestamp(
        &self,
        request: &[u8],
        at: Time,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, CaError> {
        let request = match TimestampRequest::from_der(request) {
            Ok(request) => request,
            Err(Error::Unsupported { .. }) => return Ok(rejected(BAD_ALGORITHM)),
            Err(_) => return Ok(rejected(BAD_DATA_FORMAT)),
        };
        let mut serial = [0; 16];
        rng.fill_bytes(&mut serial);
        let info = TimestampInfo {
            policy: oid::TEST_ONLY_POLICY,
            algorithm: request.algorithm,
            digest: request.digest,
            serial: serial.to_vec(),
            time: at,
            nonce: request.nonce,
        };
        let tsa = self.member(Role::Tsa);
        Ok(granted(&token(&info, tsa, request.certificate_wanted, at, rng)?))
    }
}

/// Signs a token in the name of `signer`; nothing is checked.
///
/// # Errors
///
/// [`CaError::Signature`], [`CaError::Cms`].
pub fn token(
    info: &TimestampInfo,
    signer: &Member,
    with_certificate: bool,
    at: Time,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, CaError> {
    let content = info.to_der();
    let draft = SignDraft::new(Format::Rfc5652, signer.certificate())?
        .content_type(oid::TST_INFO)
        .signing_time(at);
    let mut hasher = draft.hasher()?;
    hasher.update(&content);
    let signing = draft.prepare(hasher.finish())?;
    let answer = signer.key().sign(signing.to_sign(), rng)?;
    let signed = signing.finish(&answer)?;
    let length = u64::try_from(content.len()).ok();
    let certificates = if with_certificate { vec![signer.certificate()] } else { vec![] };
    let around = assemble(Format::Rfc5652, &oid::TST_INFO, length, &certificates, &[signed])?;
    Ok([around.before, content, around.after].concat())
}

/// PKIFailureInfo bits (RFC 3161 §2.4.2), bit 0 the highest.
const BAD_ALGORITHM: u16 = 0x8000;
const BAD_DATA_FORMAT: u16 = 0x8000 >> 5;

fn rejected(failure: u16) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.tlv(Tag::INTEGER, &[2]);
                w.named_bits(failure);
            });
        });
    })
}
