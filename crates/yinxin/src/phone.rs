//! What a phone does with its seals, whatever the phone is: the structure that it signs is built
//! here, around the digest and the words that the page prepared, and around nothing else.

use rand_core::CryptoRng;
use yinxin_pki::{Digest, DigestAlgorithm, SigningKey, Time, ToSign};
use yinxin_seal::es::{Seal, SignatureDraft};
use yinxin_seal::revoke::Revocation;
use yinxin_session::Code;
use yinxin_session::phone::{OwnCertificate, OwnSeal, Right, SealTask, Standing, ToSeal};

/// Builds and signs it: SES_Signature, or a signed revocation; DER.
///
/// # Errors
///
/// What the seal does not allow is a code for the statement.
pub fn sign_seal(
    task: &ToSeal,
    key: &SigningKey,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Code> {
    build(task, |to_sign| key.sign(to_sign, rng).ok()).ok_or(Code::SealStatus)
}

fn build(task: &ToSeal, sign: impl FnOnce(&ToSign) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let seal = Seal::from_der(&task.seal).ok()?;
    let time = Time::from_unix(i64::try_from(task.time).ok()?);
    let sm3 = |value: &[u8]| Digest::from_bytes(DigestAlgorithm::Sm3, value).ok();
    match &task.task {
        SealTask::Seal { data_hash, property } => {
            let draft = SignatureDraft::new(seal, sm3(data_hash)?, &property[..], time);
            let making = draft.prepare(&task.signer).ok()?;
            let value = sign(making.to_sign())?;
            Some(making.finish(&value).ok()?.as_der().to_vec())
        }
        SealTask::Revoke { signature_digest, before, after, reason } => {
            let revocation = Revocation::of_signature_digest(
                seal.id(),
                &sm3(signature_digest)?,
                &sm3(before)?,
                Some(&sm3(after)?),
                &reason[..],
                time,
            );
            let draft = revocation.prepare(&seal, &task.signer).ok()?;
            let value = sign(draft.to_sign())?;
            draft.finish(&value).ok()
        }
        _ => None,
    }
}

/// A seal as a phone holds it: listed are those of its certificates that the seal names.
#[must_use]
pub fn own_seal(seal: &Seal, certificates: &[OwnCertificate]) -> OwnSeal {
    let listed = certificates
        .iter()
        .map(|own| own.signing.as_der())
        .filter(|der| seal.lists(der).unwrap_or(false))
        .map(<[u8]>::to_vec)
        .collect();
    let (from, until) = seal.window();
    let seconds = |time: Time| u64::try_from(time.unix()).unwrap_or(0);
    OwnSeal {
        der: seal.as_der().to_vec(),
        id: seal.id().into(),
        name: seal.name().into(),
        listed,
        window: (seconds(from), seconds(until)),
        standing: Standing::Active,
        right: Right::Owner,
    }
}
