//! What `yinxin/sof` needs of certificates and messages and the package's own calls do not give.

use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::cms::SignedData;
use yinxin::{
    Certificate, Curve, DigestAlgorithm, Holder, Name, Oid, PublicKey, SignatureAlgorithm, ToSign,
};

use crate::error::Failure;
use crate::random::random;

fn certificate_of(file: &[u8]) -> Result<Certificate, Failure> {
    let read = Certificate::from_pem_or_der(file)?.into_iter().next();
    read.ok_or_else(|| Failure::misuse("certificate_missing", "there is no certificate in it"))
}

fn attributes(name: &Name) -> Value {
    let attribute = |(oid, value): (&Oid, &str)| json!([oid.to_string(), value]);
    Value::Array(name.attributes().map(attribute).collect())
}

/// Everything that `SOF_GetCertInfo` is asked for: JSON.
#[wasm_bindgen(js_name = certificateFields)]
pub fn certificate_fields(file: &[u8]) -> Result<String, Failure> {
    let certificate = certificate_of(file)?;
    let holder = certificate.holder();
    let unique = match &holder {
        Holder::Organisation { code, .. } => code.as_ref().map(ToString::to_string),
        Holder::Person { id, .. } => id.as_ref().map(ToString::to_string),
        _ => None,
    };
    let validity = certificate.validity();
    let usage: Vec<&str> = match certificate.extensions().key_usage {
        Some(usage) => usage.names().collect(),
        None => Vec::new(),
    };
    Ok(json!({
        "version": certificate.version(),
        "serial": certificate.serial().to_string(),
        "algorithm": certificate.public_key().algorithm_name(),
        "issuer": attributes(certificate.issuer()),
        "subject": attributes(certificate.subject()),
        "issuerName": certificate.issuer().to_string(),
        "subjectName": certificate.subject().to_string(),
        "notBefore": validity.not_before.to_string(),
        "notAfter": validity.not_after.to_string(),
        "holder": holder.name(),
        "unique": unique,
        "usage": usage,
        "keyId": certificate.public_key().id().to_string(),
        "thumbprint": certificate.thumbprint(DigestAlgorithm::Sm3).to_string(),
    })
    .to_string())
}

/// A certificate's DER, whatever it came in.
#[wasm_bindgen(js_name = certificateDer)]
pub fn certificate_der(file: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok(certificate_of(file)?.as_der().to_vec())
}

/// A certificate's public key: SubjectPublicKeyInfo, DER.
#[wasm_bindgen(js_name = certificateKey)]
pub fn certificate_key(file: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok(certificate_of(file)?.public_key().to_spki())
}

/// The octets of an extension, by its OID in dots.
#[wasm_bindgen(js_name = certificateExtension)]
pub fn certificate_extension(file: &[u8], oid: &str) -> Result<Option<Vec<u8>>, Failure> {
    let certificate = certificate_of(file)?;
    let extensions = certificate.extensions();
    let found = extensions.all.iter().find(|extension| extension.oid.to_string() == oid);
    Ok(found.map(|extension| extension.value.clone()))
}

/// What a signed message holds, not verified: JSON with octets in Base64. Each signer has the
/// certificate that it names, or null where the message carries none or more than one such.
#[wasm_bindgen(js_name = signedMessageParts)]
pub fn signed_message_parts(message: &[u8]) -> Result<String, Failure> {
    let (signed, content) = SignedData::from_der(message)?;
    let base64 = |octets: &[u8]| yinxin::base64::encode(octets);
    // What cannot be read is nobody's: the verifier passes over it as well.
    let read = |der: &Vec<u8>| Certificate::from_der(der).ok();
    let mut carried: Vec<Certificate> = Vec::new();
    for certificate in signed.certificates().iter().filter_map(read) {
        if !carried.iter().any(|known| known.as_der() == certificate.as_der()) {
            carried.push(certificate);
        }
    }
    let signers: Vec<Value> = signed
        .signers()
        .iter()
        .map(|signer| {
            let mut named = carried.iter().filter(|certificate| signer.is_named(certificate));
            let own = match (named.next(), named.next()) {
                (Some(only), None) => Some(base64(only.as_der())),
                (None | Some(_), _) => None,
            };
            json!({"certificate": own, "signature": base64(signer.signature())})
        })
        .collect();
    Ok(json!({"content": content.as_deref().map(base64), "signers": signers}).to_string())
}

/// The digest that a key signs over a message: for SM2 keys with Z in front.
#[wasm_bindgen(js_name = digestToSign)]
pub fn digest_to_sign(spki: &[u8], message: &[u8]) -> Result<Vec<u8>, Failure> {
    let key = PublicKey::from_spki(spki)?;
    Ok(ToSign::message(&key, message)?.digest().to_vec())
}

/// Whether a signature over a digest, Z taken in for SM2 keys, is right.
#[wasm_bindgen(js_name = verifyDigest)]
pub fn verify_digest(spki: &[u8], digest: &[u8], signature: &[u8]) -> Result<bool, Failure> {
    let key = PublicKey::from_spki(spki)?;
    let algorithm = match key.curve() {
        Some(Curve::Sm2) => SignatureAlgorithm::Sm2Sm3,
        _ => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
    };
    Ok(key.verify_digest(algorithm, digest, signature).is_ok())
}

/// A small secret encrypted to an SM2 key: DER SM2Cipher (GM/T 0009).
#[wasm_bindgen(js_name = sm2Encrypt)]
pub fn sm2_encrypt(spki: &[u8], plain: &[u8]) -> Result<Vec<u8>, Failure> {
    let key = PublicKey::from_spki(spki)?;
    let sealed = key.sm2_encrypt(plain, &mut random());
    let sealed = sealed.ok_or_else(|| Failure::misuse("wrong_curve", "an SM2 key is expected"))?;
    Ok(sealed.to_der())
}
