//! What a statement says of each product, held against the request and the products themselves.

use yinxin_pki::{Certificate, EncryptionCertificate, Purpose};

use super::{Judge, bid, chain_refused, message};
use crate::wire::{
    Binary, Payload, Product, Request, RevokedSeal, SceneResult, SealFile, SealOutcome, SealedFile,
};
use crate::{Code, Refused, Suite};

/// The one product of a seal taken back.
pub(crate) const REVOCATION: &str = "revocation";

/// Whether result, request and products belong together; signatures over messages are verified
/// under the statement's own certificate.
pub(super) fn fit(
    result: &SceneResult,
    request: &Request,
    products: &[Product],
    certificate: &Certificate,
) -> bool {
    match (result, &request.payload) {
        (SceneResult::Login, Payload::Login) => products.is_empty(),
        (SceneResult::MessageSignature(signed), Payload::MessageSignature(items)) => {
            message::fit(signed, items, products, certificate, request.suite)
        }
        (SceneResult::Signature(sealed), Payload::Signature(files)) => {
            seals_fit(sealed, files, products, request.suite)
        }
        (SceneResult::RevokeSignature(revoked), Payload::RevokeSignature { .. }) => {
            revocation_fits(revoked, request, products)
        }
        (
            SceneResult::Encrypt { project, section, opening, certificates },
            Payload::Encrypt { project: p, section: s, opening: o },
        ) => {
            (project, section, opening) == (p, s, o)
                && certificates_fit(certificates, products, certificate, request.suite)
        }
        (SceneResult::Decrypt(opened), Payload::Decrypt(files)) => {
            products.is_empty() && bid::fit(opened, files, request.suite)
        }
        _ => false,
    }
}

/// Encryption certificates have to be ones that may be encrypted to, of issuers that are trusted.
pub(super) fn check_chains(
    request: &Request,
    products: &[Product],
    carried: &[Certificate],
    judge: Judge<'_>,
) -> Result<(), Refused> {
    if !matches!(request.payload, Payload::Encrypt { .. }) {
        return Ok(());
    }
    for product in products {
        let read = Certificate::from_der(&product.value.0).map_err(|_| Code::AnswerBinding)?;
        let chain = judge.check(carried, Purpose::Encrypt).verify(&read);
        chain.map_err(chain_refused)?;
    }
    Ok(())
}

/// A file's place in a request and its product, if it was sealed.
fn seals_fit(
    sealed: &[SealedFile],
    files: &[SealFile],
    products: &[Product],
    suite: Suite,
) -> bool {
    let mut left = products.iter();
    let each = sealed.iter().zip(files).all(|(sealed, file)| {
        let same = sealed.id == file.id && sealed.file == file.digest;
        same && match &sealed.outcome {
            SealOutcome::Refused(code) => Code::from_name(code).is_some(),
            SealOutcome::Sealed(digests) => left
                .next()
                .is_some_and(|made| made.id == file.id && is(suite, made, &digests.signature)),
        }
    });
    // Where no file was sealed there is a rejection, not an answer.
    each && sealed.len() == files.len() && left.next().is_none() && !products.is_empty()
}

fn revocation_fits(revoked: &RevokedSeal, request: &Request, products: &[Product]) -> bool {
    let Payload::RevokeSignature { digest, signature, seal, .. } = &request.payload else {
        return false;
    };
    let [product] = products else { return false };
    revoked.file.0 == *digest
        && revoked.number == *signature
        && revoked.digests.seal_number == *seal
        && revoked.restored.0.len() == 32
        && product.id == REVOCATION
        && is(request.suite, product, &revoked.digests.signature)
}

fn certificates_fit(
    digests: &[Binary],
    products: &[Product],
    holder: &Certificate,
    suite: Suite,
) -> bool {
    let each = products.iter().zip(digests).zip(1_u32..).all(|((product, digest), number)| {
        let read = Certificate::from_der(&product.value.0).ok();
        let encrypts = read.and_then(|read| EncryptionCertificate::new(read).ok());
        is(suite, product, digest)
            && product.id.parse() == Ok(number)
            && encrypts
                .is_some_and(|own| own.curve() == suite.curve() && own.holder() == holder.holder())
    });
    each && products.len() == digests.len() && !products.is_empty()
}

fn is(suite: Suite, product: &Product, digest: &Binary) -> bool {
    suite.digest().digest(&product.value.0).as_ref() == digest.0
}
