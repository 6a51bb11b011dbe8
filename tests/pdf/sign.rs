//! What signing and sealing leave behind, and that it verifies.

use yinxin_pki::{Curve, Explain, Time};
use yinxin_seal::check::Check;
use yinxin_seal::pdf::{After, Document, SignatureField, add_evidence, verify};
use yinxin_seal::placement::{Occurrence, Placement, Side, Straddle};
use yinxin_seal::report::{StepId, Verdict};
use yinxin_tests::paper::{Paper, References};

use crate::world::{CLOCK, Who, World, at, keep, straddle};

#[test]
fn signing_appends_and_changes_no_byte_before() {
    for references in [References::Table, References::Stream] {
        for curve in [Curve::P256, Curve::Sm2] {
            let mut world = World::new(curve);
            let file = Paper::contract(3, references).build();
            let out = world.signed(Who::First, &file, &SignatureField::new());
            assert!(out.starts_with(&file));
            let document = Document::from_bytes(&out).unwrap();
            assert_eq!((document.revision_count(), document.page_count().unwrap()), (2, 3));
            keep(&format!("cms-{references:?}-{curve:?}"), &out);
            let report = world.report(&out);
            assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
        }
    }
}

#[test]
fn a_seal_is_valid_on_files_of_both_forms() {
    let mut world = World::new(Curve::Sm2);
    for references in [References::Table, References::Stream] {
        let file = Paper::contract(1, references).build();
        let out = world.simply_sealed(Who::First, &file);
        assert!(out.starts_with(&file));
        keep(&format!("seal-{references:?}"), &out);
        let report = world.report(&out);
        assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
        let signature = &report.signatures[0];
        assert_eq!(signature.steps.len(), 16);
        for (step, id) in signature.steps.iter().zip(StepId::ALL) {
            assert_eq!(step.id, id.id());
        }
        assert_eq!(signature.stamps[0].boundary.to_string(), "120 200 40 40");
        assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    }
}

#[test]
fn a_straddle_seal_is_one_field_with_a_widget_on_each_page() {
    let mut world = World::new(Curve::Sm2);
    for (side, name) in [(Side::Right, "right"), (Side::Left, "left")] {
        let file = Paper::contract(5, References::Table).build();
        let placement = Placement::Straddle(Straddle::new(side));
        let out = world.sealed(Who::First, &file, &placement, &SignatureField::new());
        keep(&format!("straddle-{name}"), &out);
        let report = world.report(&out);
        assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
        let stamps = &report.signatures[0].stamps;
        let pages: Vec<u32> = stamps.iter().map(|stamp| stamp.page).collect();
        assert_eq!((report.signatures.len(), pages), (1, vec![1, 2, 3, 4, 5]));
        assert!(stamps.iter().all(|stamp| stamp.boundary.width.micrometres() == 8000));
    }
}

#[test]
fn a_straddle_seal_over_many_pages_repeats_in_groups() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(40, References::Stream).build();
    let out = world.sealed(Who::First, &file, &straddle(), &SignatureField::new());
    let report = world.report(&out);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    assert_eq!(report.signatures[0].stamps.len(), 40);
}

#[test]
fn a_keyword_is_found_on_its_page_and_the_seal_centred_on_it() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(3, References::Table).build();
    let placement = Placement::Keyword { text: "Party A seals".into(), which: Occurrence::Last };
    let out = world.sealed(Who::First, &file, &placement, &SignatureField::new());
    keep("keyword", &out);
    let report = world.report(&out);
    let stamp = report.signatures[0].stamps[0];
    // 72 pt from the left, 760 - 40 - 300 pt from the bottom.
    let left = stamp.boundary.x.to_f64() + 20.0;
    let top = stamp.boundary.y.to_f64() + 20.0;
    assert_eq!(stamp.page, 3);
    assert!((25.0..60.0).contains(&left), "{left}");
    assert!((top - 148.0).abs() < 4.0, "{top}");
    let nowhere = Placement::Keyword { text: "Party C".into(), which: Occurrence::Last };
    let refused = world.try_sealed(Who::First, &file, &nowhere, &SignatureField::new());
    assert_eq!(refused.unwrap_err().code(), "keyword_not_found");
}

#[test]
fn several_signatures_in_a_row_stay_valid() {
    let mut world = World::new(Curve::Sm2);
    for references in [References::Table, References::Stream] {
        let file = Paper::contract(3, references).build();
        let one = world.simply_sealed(Who::First, &file);
        let two = world.sealed(Who::Second, &one, &straddle(), &SignatureField::new());
        let three = world.signed(Who::First, &two, &SignatureField::new().named("Approval"));
        keep(&format!("three-{references:?}"), &three);
        let report = world.report(&three);
        let all: Vec<_> = report.signatures.iter().map(|one| one.verdict).collect();
        assert_eq!(all, [Verdict::Valid; 3], "{report}");
        assert_eq!(report.signatures[2].name, "Approval");
    }
}

#[test]
fn a_timestamp_inside_the_cms_is_the_time_of_judgement() {
    use yinxin_pki::DigestAlgorithm;
    use yinxin_pki::cms::{Format, SignDraft};
    use yinxin_pki::timestamp::TimestampRequest;
    use yinxin_seal::pdf::prepare_cms;

    let mut world = World::new(Curve::P256);
    let file = Paper::contract(1, References::Table).build();
    let document = Document::from_bytes(&file).unwrap();
    let certificate = world.certificate(Who::First);
    let draft = SignDraft::new(Format::Rfc5652, &certificate).unwrap();
    let mut out = Vec::new();
    let prepared = prepare_cms(&document, &SignatureField::new(), draft, &mut out).unwrap();
    let answer = world.answer(Who::First, prepared.to_sign());
    let signed = prepared.finish(&answer).unwrap();
    let request = TimestampRequest {
        algorithm: DigestAlgorithm::Sha256,
        digest: DigestAlgorithm::Sha256.digest(signed.signature()),
        nonce: None,
        certificate_wanted: true,
    };
    let rng = &mut world.fixture.rng;
    let response = world.fixture.authority.timestamp(&request.to_der(), CLOCK, rng).unwrap();
    let token = yinxin_pki::timestamp::TimestampToken::from_der(&response).unwrap();
    out.extend(signed.with_timestamp(token.as_der()).into_bytes(&[&certificate]).unwrap());
    keep("cms-timestamp", &out);
    let report = world.report(&out);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    assert_eq!(report.signatures[0].trusted_time, Some(CLOCK));

    // Years later the certificates have ended; the timestamp still speaks, its authority's
    // certificate having been good when it was made.
    let later = CLOCK.plus(400 * Time::DAY);
    let between = world.fixture.intermediates();
    let trust = &world.fixture.trust;
    let check = Check::new(trust, later).timestamps(trust).intermediates(&between);
    let report = verify(&Document::from_bytes(&out).unwrap(), &check).unwrap();
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
}

#[test]
fn a_document_timestamp_and_evidence_come_after_and_break_nothing() {
    for curve in [Curve::P256, Curve::Sm2] {
        let mut world = World::new(curve);
        let file = Paper::contract(2, References::Table).build();
        let signed = world.signed(Who::First, &file, &SignatureField::new());
        let chain = world.fixture.intermediates();
        let rng = &mut world.fixture.rng;
        let crl = world.fixture.authority.crl(yinxin_ca::Role::Issuing, CLOCK, rng).unwrap();
        let mut evident = Vec::new();
        let document = Document::from_bytes(&signed).unwrap();
        add_evidence(&document, &chain, &[&crl], &[], CLOCK, &mut evident).unwrap();
        let stamped = world.stamped(&evident, CLOCK);
        let mut again = Vec::new();
        let document = Document::from_bytes(&stamped).unwrap();
        add_evidence(&document, &chain, &[], &[], CLOCK, &mut again).unwrap();
        keep(&format!("evidence-{curve:?}"), &again);

        let evidence = Document::from_bytes(&again).unwrap().evidence().unwrap();
        assert_eq!((evidence.certificates.len(), evidence.revocation.crls.len()), (2, 1));
        // Only the anchor is given: the chain and the list come out of the document.
        let trust = &world.fixture.trust;
        let check = Check::new(trust, CLOCK).timestamps(trust);
        let report = verify(&Document::from_bytes(&again).unwrap(), &check).unwrap();
        let all: Vec<_> = report.signatures.iter().map(|one| one.verdict).collect();
        assert_eq!(all, [Verdict::Valid; 2], "{report}");
        assert_eq!(report.signatures[0].trusted_time, Some(CLOCK));
        assert_eq!(report.signatures[1].name, "Timestamp");
    }
}

#[test]
fn a_locked_document_takes_evidence_and_no_signature() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(2, References::Table).build();
    for earlier in [false, true] {
        let start = if earlier { world.simply_sealed(Who::Second, &file) } else { file.clone() };
        let field = SignatureField::new().after(After::Nothing);
        let locked = world.sealed(Who::First, &start, &at(20, 20), &field);
        keep(&format!("locked-{earlier}"), &locked);
        assert_eq!(world.report(&locked).verdict(), Some(Verdict::Valid));
        let refused = world.try_sealed(Who::Second, &locked, &at(20, 20), &SignatureField::new());
        assert_eq!(refused.unwrap_err().code(), "locked");
        let stamped = world.stamped(&locked, CLOCK);
        let report = world.report(&stamped);
        assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    }
}

#[test]
fn a_certification_for_signatures_allows_them() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(2, References::Table).build();
    let field = SignatureField::new().after(After::Signatures);
    let certified = world.sealed(Who::First, &file, &at(20, 20), &field);
    let both = world.simply_sealed(Who::Second, &certified);
    assert_eq!(world.verdicts(&both), [Verdict::Valid; 2]);
    let again = world.try_sealed(Who::Second, &both, &at(20, 20), &field);
    assert_eq!(again.unwrap_err().code(), "locked", "only a first signature certifies");
}

#[test]
fn an_answer_of_another_key_makes_no_file() {
    use yinxin_seal::pdf::prepare_seal;
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1, References::Table).build();
    let document = Document::from_bytes(&file).unwrap();
    let seal = world.seal(Who::First);
    let stamps = document.stamps(&at(20, 20), seal.size()).unwrap();
    let certificate = world.certificate(Who::First);
    let mut out = Vec::new();
    let field = SignatureField::new();
    let prepared =
        prepare_seal(&document, &field, seal, &stamps, &certificate, CLOCK, &mut out).unwrap();
    let wrong = world.answer(Who::Second, prepared.to_sign());
    prepared.finish(&wrong).unwrap_err();
}

#[test]
fn what_does_not_fit_into_the_hole_is_refused() {
    let mut world = World::new(Curve::P256);
    let file = Paper::contract(1, References::Table).build();
    let small = SignatureField::new().room(200);
    let refused = world.try_signed(Who::First, &file, &small, |draft| draft).unwrap_err();
    assert_eq!(refused.code(), "signature_too_large");
}

#[test]
fn nothing_is_valid_without_an_anchor() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1, References::Table).build();
    let sealed = world.simply_sealed(Who::First, &file);
    let nobody = yinxin_pki::TrustStore::new();
    let check = Check::new(&nobody, CLOCK);
    let report = verify(&Document::from_bytes(&sealed).unwrap(), &check).unwrap();
    assert_eq!(report.verdict(), Some(Verdict::Invalid));
    assert_eq!(report.signatures[0].first_failing, Some(StepId::SignerChain));
}

#[test]
fn pages_turned_and_cropped_show_the_seal_where_it_was_asked_for() {
    let mut world = World::new(Curve::Sm2);
    for turned in [0, 90, 180, 270] {
        let mut paper = Paper::contract(1, References::Table);
        paper.objects[3].1 = format!(
            "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Rotate {turned}/CropBox[50 40 550 800]\
             /Resources<</Font<</F1 3 0 R>>>>>>"
        )
        .into_bytes();
        let out = world.sealed(Who::First, &paper.build(), &at(30, 20), &SignatureField::new());
        keep(&format!("turned-{turned}"), &out);
        let report = world.report(&out);
        assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
        let found = report.signatures[0].stamps[0].boundary;
        assert!((found.x.to_f64() - 30.0).abs() < 0.01 && (found.y.to_f64() - 20.0).abs() < 0.01);
    }
}

#[test]
fn a_chinese_keyword_is_found_through_to_unicode_and_said_to_be_unreadable_without() {
    let with = |unicode: &str| {
        let mut paper = Paper::contract(1, References::Table);
        paper.objects[2].1 = format!(
            "<</Type/Font/Subtype/Type0/BaseFont/Song/Encoding/Identity-H/DescendantFonts[8 0 R]\
             {unicode}>>"
        )
        .into_bytes();
        let content = "BT /F1 20 Tf 1 0 0 1 100 400 Tm <00010002> Tj <0003> Tj ET";
        paper.objects.retain(|(number, _)| *number != 5);
        paper.add_stream(5, "", content.as_bytes());
        paper.add(8, "<</Type/Font/Subtype/CIDFontType2/BaseFont/Song/DW 1000/W[1[1000 1000]]>>");
        paper.add_stream(
            9,
            "",
            b"begincmap 1 beginbfchar <0001> <76D6> endbfchar 1 beginbfrange <0002> <0003> \
              [<7AE0> <5904>] endbfrange endcmap",
        );
        paper.build()
    };
    let readable = with("/ToUnicode 9 0 R");
    let found = Document::from_bytes(&readable).unwrap().find_text("盖章处").unwrap();
    let found = &found[0];
    // 100 pt from the left; three characters of 20 pt.
    assert!((found.rect.x.to_f64() - 35.28).abs() < 0.1, "{}", found.rect);
    assert!((found.rect.width.to_f64() - 21.17).abs() < 0.1, "{}", found.rect);
    let mute = with("");
    let error = Document::from_bytes(&mute).unwrap().find_text("盖章处").unwrap_err();
    assert_eq!(error.code(), "keyword_not_found");
    assert!(error.to_string().contains("2 text runs"), "{error}");
}

#[test]
fn a_timestamp_on_a_seal_signature_is_the_time_of_judgement() {
    use yinxin_pki::DigestAlgorithm;
    use yinxin_pki::timestamp::{TimestampRequest, TimestampToken};
    use yinxin_seal::pdf::prepare_seal;

    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1, References::Table).build();
    let document = Document::from_bytes(&file).unwrap();
    let seal = world.seal(Who::First);
    let stamps = document.stamps(&at(20, 20), seal.size()).unwrap();
    let certificate = world.certificate(Who::First);
    let mut out = Vec::new();
    let field = SignatureField::new();
    let prepared =
        prepare_seal(&document, &field, seal, &stamps, &certificate, CLOCK, &mut out).unwrap();
    let answer = world.answer(Who::First, prepared.to_sign());
    let sealed = prepared.finish(&answer).unwrap();
    let request = TimestampRequest::new(DigestAlgorithm::Sm3, sealed.signature(), None).to_der();
    let rng = &mut world.fixture.rng;
    let response = world.fixture.authority.timestamp(&request, CLOCK, rng).unwrap();
    let token = TimestampToken::from_der(&response).unwrap();
    out.extend(sealed.with_timestamp(token.as_der()).unwrap().into_bytes().unwrap());
    keep("seal-timestamp", &out);
    let later = CLOCK.plus(400 * Time::DAY);
    let between = world.fixture.intermediates();
    let trust = &world.fixture.trust;
    for now in [CLOCK, later] {
        let check = Check::new(trust, now).timestamps(trust).intermediates(&between);
        let report = verify(&Document::from_bytes(&out).unwrap(), &check).unwrap();
        assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
        assert_eq!(report.signatures[0].trusted_time, Some(CLOCK));
    }
    let without = Check::new(trust, later).intermediates(&between);
    let report = verify(&Document::from_bytes(&out).unwrap(), &without).unwrap();
    assert_eq!(report.verdict(), Some(Verdict::Invalid), "nobody vouches for the time");
}

#[test]
fn a_jpeg_picture_goes_in_as_it_is_and_other_kinds_are_refused_by_name() {
    use yinxin_seal::pdf::prepare_seal;

    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1, References::Table).build();
    let document = Document::from_bytes(&file).unwrap();
    let certificate = world.certificate(Who::First);
    let field = SignatureField::new();
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 80);
    let red = [200, 20, 30].repeat(64 * 64);
    encoder.encode(&red, 64, 64, jpeg_encoder::ColorType::Rgb).unwrap();
    let seal = world.seal_of(Who::First, "JPG", jpeg);
    let stamps = document.stamps(&at(20, 20), seal.size()).unwrap();
    let mut out = Vec::new();
    let prepared =
        prepare_seal(&document, &field, seal, &stamps, &certificate, CLOCK, &mut out).unwrap();
    let answer = world.answer(Who::First, prepared.to_sign());
    out.extend(prepared.finish(&answer).unwrap().into_bytes().unwrap());
    keep("jpeg", &out);
    let report = world.report(&out);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    let step = report.signatures[0].step(StepId::Appearance).unwrap();
    assert_eq!(step.outcome.name(), "ok");

    for (kind, data) in [("GIF", b"GIF89a".to_vec()), ("ofd", b"PK\x03\x04".to_vec())] {
        let seal = world.seal_of(Who::First, kind, data);
        let refused =
            prepare_seal(&document, &field, seal, &stamps, &certificate, CLOCK, &mut Vec::new());
        assert_eq!(refused.map(|_| ()).unwrap_err().code(), "picture");
    }
}

#[test]
fn a_chinese_keyword_is_found_in_a_font_whose_codes_are_unicode() {
    let mut paper = Paper::contract(1, References::Table);
    paper.objects[2].1 = b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light\
        /Encoding/UniGB-UCS2-H/DescendantFonts[8 0 R]>>"
        .to_vec();
    // 1. 盖章处: two narrow characters before the wide ones.
    let content = "BT /F1 20 Tf 1 0 0 1 100 400 Tm <0031002E76D67AE05904> Tj ET";
    paper.objects.retain(|(number, _)| *number != 5);
    paper.add_stream(5, "", content.as_bytes());
    paper.add(
        8,
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000/W[1 95 500]\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>",
    );
    let file = paper.build();
    let found = Document::from_bytes(&file).unwrap().find_text("盖章处").unwrap();
    assert_eq!(found.len(), 1);
    // 100 pt and two half ems of 20 pt from the left: 120 pt are 42.33 mm.
    let left = found[0].rect.x.to_f64();
    assert!((left - 42.33).abs() < 0.1, "{left}");
}
