//! What vendors write (T1 to T20): one test for each, on structures built octet by octet.

use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::report::Outcome;
use yinxin_pki::{DigestAlgorithm, Explain, Fact, Oid, PublicKey, SigningCertificate, ToSign, oid};
use yinxin_seal::SealError;
use yinxin_seal::es::{
    Deviation, Extension, Reading, Seal, SealSignature, SignatureDraft, SignedTime, Version,
};
use yinxin_seal::maker::{ExtensionTag, IdPolicy};
use yinxin_seal::report::{SignatureReport, StepId, Verdict};

use crate::ofd::{add, at, blank, read};
use crate::vendor::{Tagged, Vendor, element};
use crate::world::{World, digest, report};
use yinxin_seal::ofd::Lock;

fn step(report: &SignatureReport, id: StepId) -> Outcome {
    report.step(id).unwrap().outcome
}

#[test]
fn t1_a_maker_signs_as_its_version_has_it_and_the_other_form_is_named_and_refused() {
    let mut world = World::new();
    for vendor in [Vendor::v1(&world), Vendor::v4(&world)] {
        let (_, sound) = vendor.judge(&mut world);
        assert_eq!(sound.verdict, Verdict::Valid, "{:#?}", sound.steps);
        let (_, other) = Vendor { other_form: true, ..vendor }.judge(&mut world);
        assert_eq!(step(&other, StepId::SealValue), Outcome::Failed("seal_sig_alt_form"));
        assert_eq!(other.verdict, Verdict::Invalid);
    }
}

#[test]
fn t2_what_was_signed_is_verified_as_received_also_when_it_is_not_der() {
    let mut world = World::new();
    let vendor = Vendor { long_lengths: true, ..Vendor::v4(&world) };
    let (signature, report) = vendor.judge(&mut world);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.steps);
    assert!(signature.deviations().contains(&Deviation::NotDer));
    assert_eq!(step(&report, StepId::Structure), Outcome::Warned("not_der"));
}

#[test]
fn t3_a_raw_signature_value_is_taken_with_a_warning() {
    let mut world = World::new();
    let vendor = Vendor { raw: true, ..Vendor::v4(&world) };
    let (_, report) = vendor.judge(&mut world);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.steps);
    assert_eq!(step(&report, StepId::SigValue), Outcome::Warned("raw_signature"));
    assert_eq!(step(&report, StepId::SealValue), Outcome::Warned("raw_signature"));
}

#[test]
fn t4_extensions_are_read_with_their_tag_and_without_and_a_critical_one_is_refused() {
    let mut world = World::new();
    for (tagged, outcome) in [
        (Tagged::Bare, Outcome::Ok),
        (Tagged::Explicit, Outcome::Warned("extensions_tag")),
        (Tagged::Critical, Outcome::Failed("unknown_critical_extension")),
    ] {
        let vendor = Vendor { seal_extensions: Some(tagged), ..Vendor::v4(&world) };
        let (signature, report) = vendor.judge(&mut world);
        assert_eq!(signature.seal().extensions().len(), 1);
        assert_eq!(step(&report, StepId::SealStructure), outcome);
    }
    // Both ways of writing are the maker's choice.
    for (tag, warned) in [(ExtensionTag::Untagged, false), (ExtensionTag::Explicit, true)] {
        let mut draft = world.draft();
        draft.extension_tag = tag;
        let id = Oid::clone(&oid::SM3);
        draft.extensions.push(Extension { id, critical: false, value: vec![5, 0] });
        let seal = world.make(draft);
        assert_eq!(seal.extensions().len(), 1);
        assert_eq!(seal.deviations().contains(&Deviation::ExtensionsTag), warned);
    }
}

#[test]
fn t5_every_form_of_an_old_time_is_read_and_its_source_is_labelled() {
    let mut world = World::new();
    let token = world.token(digest().as_ref(), world.now);
    let base = Vendor::v1(&world);
    let declared = SignedTime::Declared(world.now);
    for (old_time, wanted) in [
        (base.old_time.clone(), declared.clone()),
        (b"2026-11-24 12:00:00".to_vec(), declared.clone()),
        (b"261124120000Z".to_vec(), declared.clone()),
        (element(Tag::GENERALIZED_TIME, b"20261124120000Z"), declared),
        (token.clone(), SignedTime::Token(token)),
    ] {
        let vendor = Vendor { old_time, ..base.clone() };
        let (signature, report) = vendor.judge(&mut world);
        assert_eq!(*signature.time(), wanted);
        assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.steps);
        let by_authority = matches!(wanted, SignedTime::Token(_));
        assert_eq!(step(&report, StepId::Timestamp) == Outcome::Ok, by_authority);
    }
    let vendor = Vendor { old_time: b"yesterday".to_vec(), ..base };
    let der = vendor.signature(&mut world);
    assert!(SealSignature::from_der(&der).is_err());
}

#[test]
fn t6_an_old_seal_with_new_dates_is_read_with_a_warning() {
    let mut world = World::new();
    let dates = Vendor::v4(&world).dates;
    let vendor = Vendor { dates, ..Vendor::v1(&world) };
    let (signature, report) = vendor.judge(&mut world);
    assert_eq!(signature.seal().version(), Version::V1);
    assert_eq!(step(&report, StepId::SealStructure), Outcome::Warned("time_form"));
    assert_eq!(report.verdict, Verdict::Valid);
}

#[test]
fn t7_a_list_of_digests_is_understood_by_its_known_names_and_fails_closed_otherwise() {
    let mut world = World::new();
    let value = DigestAlgorithm::Sm3.digest(world.signer().as_der());
    for (name, outcome) in [
        ("SM3", Outcome::Ok),
        ("sm3", Outcome::Ok),
        ("1.2.156.10197.1.401", Outcome::Ok),
        ("GOST", Outcome::Failed("list_digest_unknown")),
    ] {
        let list = Writer::build(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.printable_string(name);
                    w.octet_string(value.as_ref());
                });
            });
        });
        let vendor = Vendor { list: Some((2, list)), ..Vendor::v4(&world) };
        let (_, report) = vendor.judge(&mut world);
        assert_eq!(step(&report, StepId::SignerInSeal), outcome, "{name}");
    }
}

#[test]
fn t8_a_signature_that_states_another_version_than_its_seal_is_refused() {
    let mut world = World::new();
    for (version, stated) in [(4, 5), (5, 4), (4, 1)] {
        let vendor = Vendor { version, stated, ..Vendor::v4(&world) };
        let (_, report) = vendor.judge(&mut world);
        assert_eq!(report.first_failing, Some(StepId::Version), "{version} {stated}");
    }
    let unknown = Vendor { version: 7, ..Vendor::v4(&world) }.seal(&mut world);
    assert!(matches!(Seal::from_der(&unknown), Err(SealError::SealVersion { found: 7, .. })));
}

#[test]
fn t9_dates_of_other_forms_are_read_with_a_warning() {
    let mut world = World::new();
    for from in ["202611241200Z", "20261124120000.5Z", "20261124200000+0800"] {
        let mut vendor = Vendor::v4(&world);
        vendor.dates.1[1] = from.into();
        let (signature, report) = vendor.judge(&mut world);
        assert_eq!(signature.seal().window().0, world.now, "{from}");
        assert_eq!(step(&report, StepId::SealStructure), Outcome::Warned("time_form"));
        assert_eq!(report.verdict, Verdict::Valid, "{from}: {:#?}", report.steps);
    }
}

#[test]
fn t10_china_time_written_as_utc_is_a_warning_and_a_day_ahead_is_not() {
    let mut world = World::new();
    let vendor = Vendor { time: "20261124200000Z".into(), ..Vendor::v4(&world) };
    let (_, report) = vendor.judge(&mut world);
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.steps);
    assert_eq!(step(&report, StepId::SignerTime), Outcome::Warned("revocation_unknown"));
    let facts = &report.step(StepId::SignerTime).unwrap().facts;
    assert!(facts.contains(&Fact::text("also", "china_time_as_utc")));
    let vendor = Vendor { time: "20261125120000Z".into(), ..Vendor::v4(&world) };
    let (_, report) = vendor.judge(&mut world);
    assert_eq!(step(&report, StepId::SignerTime), Outcome::Failed("signed_in_future"));
}

#[test]
fn t11_a_signature_date_time_of_any_form_is_shown_and_never_compared() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let bytes = blank(1, &world);
    let sealed = world.seal_ofd(&bytes, seal, &at(1), Lock::Open).unwrap();
    let text = read(&sealed).file("Doc_0/Signs/Sign_0/Signature.xml").unwrap().to_vec();
    assert!(String::from_utf8(text).unwrap().contains("20261124120000Z"));
    let report = world.verify_ofd(&sealed);
    let facts = &report.signatures[0].step(StepId::SignerTime).unwrap().facts;
    assert!(facts.iter().any(|fact| fact.name == "signatureDateTime"));
}

#[test]
fn t12_a_seal_past_its_end_is_reported_and_not_hidden() {
    let mut world = World::new();
    let mut vendor = Vendor::v4(&world);
    vendor.dates.1[2] = vendor.dates.1[1].clone();
    let (_, report) = vendor.judge(&mut world);
    assert_eq!(report.first_failing, Some(StepId::SealWindow));
    assert_eq!(step(&report, StepId::SealWindow), Outcome::Failed("seal_expired"));
}

#[test]
fn t13_seal_ids_of_every_shape_are_read() {
    let mut world = World::new();
    for id in ["37030000001721", "0123456789abcdef0123456789abcdef", "esID"] {
        let vendor = Vendor { id: id.into(), ..Vendor::v4(&world) };
        let (signature, report) = vendor.judge(&mut world);
        assert_eq!(signature.seal().id(), id);
        assert_eq!(report.verdict, Verdict::Valid);
    }
}

#[test]
fn t13_a_maker_of_filed_seals_may_refuse_other_ids() {
    let world = World::new();
    let maker = SigningCertificate::new(world.maker().certificate().clone()).unwrap();
    for (id, filed) in [("37030000001721", true), ("esID", false), ("3703000000172", false)] {
        let mut draft = world.draft();
        draft.id = id.into();
        draft.clone().make(&maker).unwrap();
        draft.id_policy = IdPolicy::Filed;
        let refused = draft.make(&maker).err();
        let expected = (!filed).then_some(SealError::Field { what: "esID" });
        assert_eq!(refused, expected, "{id}");
    }
}

#[test]
fn t14_seal_types_are_numbers_that_the_business_names() {
    let mut world = World::new();
    for kind in [1, 2, 3, 6, 255] {
        let vendor = Vendor { kind, ..Vendor::v4(&world) };
        assert_eq!(vendor.judge(&mut world).0.seal().kind(), kind);
    }
}

#[test]
fn t15_the_stamp_has_the_pictures_size_and_another_size_is_a_warning() {
    let mut world = World::new();
    let vendor = Vendor { size: (30, 20), ..Vendor::v4(&world) };
    let der = vendor.seal(&mut world);
    let seal = Seal::from_der(&der).unwrap();
    let bytes = blank(1, &world);
    let sealed = world.seal_ofd(&bytes, seal, &at(1), Lock::Open).unwrap();
    let report = world.verify_ofd(&sealed);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    assert_eq!(report.signatures[0].stamps[0].boundary.to_string(), "120 200 30 20");
    // The same, as a program signs that draws the seal twice as wide.
    let package = read(&sealed);
    let path = package.files().find(|path| path.ends_with("/Signature.xml")).unwrap();
    let text = String::from_utf8(package.file(path).unwrap().to_vec()).unwrap();
    assert!(text.contains("120 200 30 20"), "{text}");
    let wide = text.replace("120 200 30 20", "120 200 60 20");
    let seal = Seal::from_der(&der).unwrap();
    let hash = DigestAlgorithm::Sm3.digest(wide.as_bytes());
    let making =
        SignatureDraft::new(seal, hash, format!("/{path}"), world.now).prepare(&world.signer());
    let making = making.unwrap();
    let answer = world.answer(making.to_sign());
    let value = making.finish(&answer).unwrap();
    let widened = crate::ofd::replace(&sealed, path, wide.as_bytes());
    let value_path = package.files().find(|path| path.ends_with("/SignedValue.dat")).unwrap();
    let widened = crate::ofd::replace(&widened, value_path, value.as_der());
    let report = world.verify_ofd(&widened);
    let appearance = report.signatures[0].step(StepId::Appearance).unwrap();
    assert_eq!(appearance.outcome, Outcome::Warned("stamp_size_differs"), "{report}");
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
}

#[test]
fn t16_signatures_are_taken_with_the_standard_sm2_id() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal);
    let key: PublicKey = world.signer().public_key().clone();
    let to_sign = ToSign::message(&key, signature.signed_bytes()).unwrap();
    assert!(to_sign.finish(signature.signature()).is_ok());
}

#[test]
fn t17_a_signer_outside_the_seals_list_is_refused() {
    let mut world = World::new();
    let other = world.other();
    let der = other.issue.certificates.signing().as_der().to_vec();
    let list = element(Tag::SEQUENCE, &element(Tag::OCTET_STRING, &der));
    let vendor = Vendor { list: Some((1, list)), ..Vendor::v4(&world) };
    let (_, report) = vendor.judge(&mut world);
    assert_eq!(report.first_failing, Some(StepId::SignerInSeal));
    assert_eq!(report.verdict, Verdict::Invalid);
}

#[test]
fn t18_bytes_behind_a_structure_are_refused_or_borne_with_by_choice() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let signature = world.sign(seal);
    let longer = [signature.as_der(), b"vendor"].concat();
    assert!(SealSignature::from_der(&longer).is_err());
    let read = SealSignature::from_der_with(&longer, Reading::TrailingBytes).unwrap();
    assert_eq!(read.deviations(), [Deviation::TrailingBytes { count: 6 }]);
    let report = report(&read, &world, world.now);
    assert_eq!(report.verdict, Verdict::Valid);
    assert_eq!(step(&report, StepId::Structure), Outcome::Warned("trailing_bytes"));

    let bytes = blank(1, &world);
    let seal = world.seal(Version::V4);
    let sealed = world.seal_ofd(&bytes, seal, &at(1), Lock::Open).unwrap();
    let longer = [&sealed[..], b"vendor"].concat();
    let report = world.verify_ofd(&longer);
    assert_eq!(report.signatures[0].first_failing, Some(StepId::Container));
    let report = world.verify_ofd_with(&longer, |check| check.reading(Reading::TrailingBytes));
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    let container = report.signatures[0].step(StepId::Container).unwrap();
    assert_eq!(container.outcome, Outcome::Warned("trailing_bytes"));
}

#[test]
fn t19_elements_of_a_description_are_read_in_any_order() {
    let mut world = World::new();
    let bytes = blank(1, &world);
    let seal = world.seal(Version::V4);
    let one = world.seal_ofd(&bytes, seal.clone(), &at(1), Lock::Open).unwrap();
    // MaxSignId behind the signature, as ofdrw leaves it.
    let list = "Doc_0/Signs/Signatures.xml";
    let text = String::from_utf8(read(&one).file(list).unwrap().to_vec()).unwrap();
    let start = text.find("<ofd:MaxSignId>").unwrap();
    let end = text.find("</ofd:MaxSignId>").unwrap() + "</ofd:MaxSignId>".len();
    let stated = text[start..end].to_owned();
    let moved = format!("{}{}", &text[..start], &text[end..])
        .replace("</ofd:Signatures>", &format!("{stated}</ofd:Signatures>"));
    let one = crate::ofd::replace(&one, list, moved.as_bytes());
    assert_eq!(world.verify_ofd(&one).verdict(), Some(Verdict::Valid));
    let two = world.seal_ofd(&one, seal, &at(1), Lock::Open).unwrap();
    let report = world.verify_ofd(&two);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    let text = String::from_utf8(read(&two).file(list).unwrap().to_vec()).unwrap();
    assert_eq!(text.matches("MaxSignId>").count(), 2);
    assert!(text.contains(">2</ofd:MaxSignId>"));
}

#[test]
fn t20_the_structure_of_a_peer_that_invented_its_own_is_no_seal_signature() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    // TBS_Sign { header, algorithm, seal }, timeStamp [1] OCTET STRING.
    let tbs = Writer::build(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.tlv(Tag::IA5_STRING, b"ES");
                w.uint(4);
                w.tlv(Tag::IA5_STRING, b"easyofd");
            });
            w.algorithm(&Oid::clone(&oid::SM2_WITH_SM3));
            w.raw(seal.as_der());
        });
    });
    let whole = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(&tbs);
            w.octet_string(world.signer().as_der());
            w.oid(&oid::SM2_WITH_SM3);
            w.bit_string(&[0; 70]);
            w.explicit(1, |w| w.octet_string(b"token"));
        });
    });
    let error = SealSignature::from_der(&whole).unwrap_err();
    assert_eq!(error.code(), "unknown_structure");
    let bytes = add(&blank(1, &world), "x", b"");
    assert!(world.verify_ofd(&bytes).verdict().is_none());
}
