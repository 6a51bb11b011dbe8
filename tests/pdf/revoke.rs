//! The last seal taken back, to the byte.

use yinxin_pki::{Curve, DigestAlgorithm, Explain};
use yinxin_seal::check::Check;
use yinxin_seal::pdf::{
    Document, SignatureField, add_evidence, remove_last_seal, seal_statement, verify,
};
use yinxin_seal::report::Verdict;
use yinxin_seal::revoke::RevocationStatement;
use yinxin_tests::paper::{Paper, References};

use crate::world::{CLOCK, Who, World, at, straddle};

fn removed(file: &[u8], number: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let document = Document::from_bytes(file).unwrap();
    match remove_last_seal(&document, number, "sealed by mistake", CLOCK, &mut out) {
        Ok(_) => Ok(out),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn seal_and_seal_again_and_the_second_taken_back_gives_the_bytes_before() {
    let mut world = World::new(Curve::Sm2);
    for references in [References::Table, References::Stream] {
        let file = Paper::contract(3, references).build();
        let one = world.simply_sealed(Who::First, &file);
        let two = world.sealed(Who::Second, &one, &straddle(), &SignatureField::new());
        assert_eq!(removed(&two, 2).unwrap(), one);
        assert_eq!(removed(&one, 1).unwrap(), file);
    }
}

#[test]
fn every_end_of_a_file_comes_back_to_the_byte() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1, References::Table).build();
    let trimmed = file.strip_suffix(b"\n").unwrap();
    for end in ["", "\n", "\r", "\r\n", "\n\n", "\n   \n", "\r\n\r\n"] {
        let file = [trimmed, end.as_bytes()].concat();
        let sealed = world.simply_sealed(Who::First, &file);
        assert_eq!(world.verdicts(&sealed), [Verdict::Valid], "{end:?}");
        assert_eq!(removed(&sealed, 1).unwrap(), file, "{end:?}");
    }
}

#[test]
fn the_first_of_two_stays_and_it_is_said_what_depends_on_it() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1, References::Table).build();
    let one = world.simply_sealed(Who::First, &file);
    let two = world.sealed(Who::Second, &one, &at(20, 20), &SignatureField::new());
    let document = Document::from_bytes(&two).unwrap();
    let mut out = Vec::new();
    let error = remove_last_seal(&document, 1, "x", CLOCK, &mut out).unwrap_err();
    assert_eq!(error.code(), "depended_on");
    assert_eq!(error.facts()[0].value.to_string(), "2");
    assert!(out.is_empty(), "nothing was written");
    assert!(removed(&two, 3).is_err());
    assert!(removed(&two, 0).is_err());
}

#[test]
fn evidence_added_after_the_last_seal_goes_with_it() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1, References::Table).build();
    let sealed = world.simply_sealed(Who::First, &file);
    let mut evident = Vec::new();
    let document = Document::from_bytes(&sealed).unwrap();
    let chain = world.fixture.intermediates();
    add_evidence(&document, &chain, &[], &[], CLOCK, &mut evident).unwrap();
    assert_eq!(removed(&evident, 1).unwrap(), file);
}

#[test]
fn a_signature_without_a_seal_is_not_taken_back() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1, References::Table).build();
    let signed = world.signed(Who::First, &file, &SignatureField::new());
    let document = Document::from_bytes(&signed).unwrap();
    let error = remove_last_seal(&document, 1, "x", CLOCK, &mut Vec::new()).unwrap_err();
    assert_eq!(error.code(), "no_such_signature");
}

#[test]
fn the_statement_names_both_files_and_makes_a_kept_signature_revoked() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1, References::Table).build();
    let one = world.simply_sealed(Who::First, &file);
    let two = world.sealed(Who::Second, &one, &at(20, 20), &SignatureField::new());

    let mut out = Vec::new();
    let document = Document::from_bytes(&two).unwrap();
    let second = remove_last_seal(&document, 2, "by mistake", CLOCK, &mut out).unwrap();
    let digest = |bytes: &[u8]| DigestAlgorithm::Sm3.digest(bytes);
    assert_eq!(second.revocation.before(), digest(&two).as_ref());
    assert_eq!(second.revocation.after(), Some(digest(&one).as_ref()));

    // The first cannot go any more; its holder's statement speaks.
    let first = seal_statement(&document, 1, "the contract fell through", CLOCK).unwrap();
    assert_eq!(first.revocation.after(), None);
    let holder = world.certificate(Who::First);
    let making = first.revocation.prepare(first.signature.seal(), &holder).unwrap();
    let answer = world.answer(Who::First, making.to_sign());
    let statement = making.finish(&answer).unwrap();
    let statement = RevocationStatement::from_der(&statement).unwrap();
    let statements = [statement];
    let between = world.fixture.intermediates();
    let check =
        Check::new(&world.fixture.trust, CLOCK).intermediates(&between).statements(&statements);
    let report = verify(&document, &check).unwrap();
    let all: Vec<_> = report.signatures.iter().map(|one| one.verdict).collect();
    assert_eq!(all, [Verdict::Revoked, Verdict::Valid], "{report}");
}
