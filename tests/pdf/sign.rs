//! What signing leaves behind.

use yinxin_pki::Curve;
use yinxin_seal::pdf::{Document, SignatureField};
use yinxin_tests::paper::{Paper, References};

use crate::world::{fixture, signed};

#[test]
fn signing_appends_and_changes_no_byte_before() {
    for references in [References::Table, References::Stream] {
        for curve in [Curve::P256, Curve::Sm2] {
            let file = Paper::contract(3, references).build();
            let out = signed(&mut fixture(curve), &file, &SignatureField::new());
            assert!(out.starts_with(&file));
            let document = Document::from_bytes(&out).unwrap();
            assert_eq!((document.revision_count(), document.page_count().unwrap()), (2, 3));
            if let Ok(folder) = std::env::var("YINXIN_KEEP") {
                std::fs::write(format!("{folder}/{references:?}-{curve:?}.pdf"), &out).unwrap();
            }
        }
    }
}
