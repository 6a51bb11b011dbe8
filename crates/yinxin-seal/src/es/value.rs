//! Signature values as they stand in seals: DER, or raw r‖s.

use yinxin_pki::der::Writer;
use yinxin_pki::{DigestAlgorithm, Oid, PublicKey, SignatureAlgorithm, SignatureError, oid};

use super::Deviation;

/// How a signature value that verifies was written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct ValueForm {
    pub(crate) deviations: Vec<Deviation>,
}

/// Verifies `value` over `message`, accepting what vendors write for it.
pub(crate) fn verify_value(
    key: &PublicKey,
    named: &Oid,
    message: &[u8],
    value: &[u8],
) -> Result<ValueForm, SignatureError> {
    let mut form = ValueForm::default();
    let algorithm = match *named {
        oid::SM2_SIGN | oid::SM2_CURVE => {
            form.deviations.push(Deviation::AlgorithmIdentifier);
            SignatureAlgorithm::Sm2Sm3
        }
        oid::SM2_WITH_SM3 => SignatureAlgorithm::Sm2Sm3,
        oid::ECDSA_SHA256 => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
        oid::RSA_SHA256 => SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
        other => SignatureAlgorithm::Other(other),
    };
    let error = match key.verify(algorithm, message, value) {
        Ok(()) => return Ok(form),
        Err(error) => error,
    };
    let (Some(_), Some((r, s))) = (key.curve(), value.split_at_checked(32)) else {
        return Err(error);
    };
    if s.len() != 32 {
        return Err(error);
    }
    let pair = Writer::build(|w| {
        w.sequence(|w| {
            w.unsigned(r);
            w.unsigned(s);
        });
    });
    key.verify(algorithm, message, &pair).map_err(|_| error)?;
    form.deviations.push(Deviation::RawSignature);
    Ok(form)
}
