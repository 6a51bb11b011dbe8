//! A batch's signatures: each verified over what the request asked to be signed.

use yinxin_pki::Certificate;
use yinxin_pki::cms::{ContentDigests, SignedData};

use crate::Suite;
use crate::wire::{Binary, Item, Product, SignedItem};

pub(super) fn fit(
    signed: &[SignedItem],
    items: &[Item],
    products: &[Product],
    certificate: &Certificate,
    suite: Suite,
) -> bool {
    signed.len() == items.len()
        && products.len() == items.len()
        && items.iter().zip(signed).zip(products).all(|((item, signed), product)| {
            let digest = digest(item, suite);
            let made = suite.digest().digest(&product.value.0);
            (&signed.id, &product.id) == (&item.id, &item.id)
                && digest.as_ref() == Some(&signed.digest)
                && made.as_ref() == signed.signature.0
                && digest
                    .is_some_and(|digest| is_signed(item, &digest, product, certificate, suite))
        })
}

/// H of an item's text, or the digest it gives.
fn digest(item: &Item, suite: Suite) -> Option<Binary> {
    match (&item.text, &item.digest) {
        (Some(text), None) => {
            Some(Binary(suite.digest().digest(text.as_bytes()).as_ref().to_vec()))
        }
        (None, Some(digest)) => Some(digest.clone()),
        _ => None,
    }
}

/// One signer, the statement's own certificate, signed attributes, and nothing but plain data: so
/// that no statement passes for a message.
fn is_signed(
    item: &Item,
    digest: &Binary,
    product: &Product,
    certificate: &Certificate,
    suite: Suite,
) -> bool {
    let Ok((message, content)) = SignedData::from_der(&product.value.0) else { return false };
    let [signer] = message.signers() else { return false };
    let Some(digests) = ContentDigests::known(suite.digest(), &digest.0) else { return false };
    let held = content.as_deref() == item.text.as_deref().map(str::as_bytes);
    *message.content_type() == message.format().data()
        && (if item.attached { held } else { content.is_none() })
        && signer.signed_attributes().is_some()
        && signer.is_named(certificate)
        && signer.verify(&message, certificate, &digests, None).is_ok()
}
