//! Attacks on signed PDF files, built by our own hand: none comes out valid.
//!
//! Families: universal signature forgery (USF), signature wrapping (SWA), incremental saving (ISA),
//! shadow attacks (hide, replace, hide and replace), evil annotations and sneaky signatures.

use std::time::{Duration, Instant};

use yinxin_pki::Curve;
use yinxin_seal::pdf::SignatureField;
use yinxin_seal::report::{StepId, Verdict};
use yinxin_tests::paper::{Paper, References, append, increment, last_section};

use crate::world::{Who, World, at, keep};

/// Objects of a contract of one page: catalog, pages, font, page, content.
const CATALOG: u32 = 1;
const FONT: u32 = 3;
const PAGE: u32 = 4;
const CONTENT: u32 = 5;
/// No object of ours has such a number.
const FREE: u32 = 5000;

fn object(number: u32, value: &str) -> (u32, Vec<u8>) {
    (number, value.as_bytes().to_vec())
}

fn stream(number: u32, entries: &str, content: &str) -> (u32, Vec<u8>) {
    let value = format!("<<{entries}/Length {}>>\nstream\n{content}\nendstream", content.len());
    object(number, &value)
}

fn other_price(number: u32) -> (u32, Vec<u8>) {
    stream(number, "", "BT /F1 24 Tf 72 760 Td (The price is CNY 9,000,000) Tj ET")
}

fn contract() -> Paper {
    Paper::contract(1, References::Table)
}

/// The object of a number as it stands last in a file, with its place.
fn last_object(file: &[u8], number: u32) -> (usize, String) {
    let head = format!("\n{number} 0 obj\n");
    let at = file.windows(head.len()).rposition(|w| w == head.as_bytes()).unwrap() + head.len();
    let len = file[at..].windows(7).position(|w| w == b"\nendobj").unwrap();
    (at, String::from_utf8(file[at..at + len].to_vec()).unwrap())
}

/// The number of the signature's dictionary: it holds /ByteRange.
fn signature_object(file: &[u8]) -> u32 {
    let at = file.windows(10).position(|w| w == b"/ByteRange").unwrap();
    let before = String::from_utf8_lossy(&file[..at]).into_owned();
    let obj = before.rfind(" 0 obj").unwrap();
    before[..obj].rsplit('\n').next().unwrap().parse().unwrap()
}

/// Writes over bytes of the same length.
fn patched(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = file.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
    let mut out = file.to_vec();
    out[at..at + to.len()].copy_from_slice(to.as_bytes());
    out
}

/// Every case must fail for the first signature, quickly, and not by chance: the step and its code
/// are named.
fn none_valid(world: &World, cases: &[(&str, Vec<u8>, StepId, &str)]) {
    for (name, file, step, code) in cases {
        keep(&format!("attack-{}", name.replace(' ', "-")), file);
        let started = Instant::now();
        let failing = world.first_failing(file);
        let took = started.elapsed();
        assert_eq!(failing, (Some(*step), (*code).to_owned()), "{name}");
        assert!(!world.is_valid(file), "{name}");
        assert!(took < Duration::from_secs(2), "{name} took {took:?}");
    }
}

#[test]
fn universal_forgeries_fail() {
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &contract().build());
    let number = signature_object(&file);
    let (_, value) = last_object(&file, number);
    let range = &value[value.find("/ByteRange").unwrap()..value.find("/Contents").unwrap()];
    let contents = value[value.find("/Contents").unwrap()..].trim_end_matches(">>").to_owned();
    let with = |from: &str, to: &str| value.replacen(from, to, 1);
    // The dictionary is written anew, as the attack does it.
    let forged = |value: String| increment(&file, &[object(number, &value)], CATALOG);
    let place = StepId::Digest;
    let cases = [
        ("no contents", forged(with(&contents, "")), StepId::Structure, "contents_missing"),
        (
            "null contents",
            forged(with(&contents, "/Contents null")),
            StepId::Structure,
            "contents_missing",
        ),
        (
            "empty contents",
            forged(with(&contents, "/Contents <>")),
            StepId::Structure,
            "contents_missing",
        ),
        (
            "zero contents",
            forged(with(&contents, "/Contents <00>")),
            StepId::Structure,
            "contents_missing",
        ),
        ("no byte range", forged(with(range, "")), place, "byte_range"),
        ("null byte range", forged(with(range, "/ByteRange null")), place, "byte_range"),
        ("empty byte range", forged(with(range, "/ByteRange[]")), place, "byte_range"),
        ("zero byte range", forged(with(range, "/ByteRange[0 0 0 0]")), place, "byte_range"),
        ("negative byte range", forged(with(range, "/ByteRange[0 -1 -1 -1]")), place, "byte_range"),
        ("far byte range", forged(with(range, "/ByteRange[0 10 99999999 9]")), place, "byte_range"),
        ("one range", forged(with(range, "/ByteRange[0 100]")), place, "byte_range"),
        ("three ranges", forged(with(range, "/ByteRange[0 9 10 9 20 9]")), place, "byte_range"),
        ("text byte range", forged(with(range, "/ByteRange[(a)(b)(c)(d)]")), place, "byte_range"),
        (
            "overlapping ranges",
            forged(with(range, "/ByteRange[0 900 800 100]")),
            place,
            "byte_range",
        ),
        ("late start", forged(with(range, "/ByteRange[9 900 1000 100]")), place, "byte_range"),
        ("same value elsewhere", forged(value.clone()), place, "byte_range"),
    ];
    none_valid(&world, &cases);
}

#[test]
fn indirect_byte_ranges_and_contents_fail() {
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &contract().build());
    let number = signature_object(&file);
    let (_, value) = last_object(&file, number);
    let begin = value.find("/ByteRange").unwrap();
    let middle = value.find("/Contents").unwrap();
    let (range, contents) =
        (&value[begin + 10..middle], value[middle + 9..].trim_end_matches(">>"));
    let head = &value[..begin];
    let indirect_range = format!("{head}/ByteRange {FREE} 0 R/Contents{contents}>>");
    let indirect_contents = format!("{head}/ByteRange{range}/Contents {FREE} 0 R>>");
    let contents = format!("{contents}>");
    let cases = [
        (
            "indirect byte range",
            increment(&file, &[object(number, &indirect_range), object(FREE, range)], CATALOG),
            StepId::Digest,
            "byte_range",
        ),
        (
            "indirect contents",
            increment(
                &file,
                &[object(number, &indirect_contents), object(FREE, contents.trim())],
                CATALOG,
            ),
            StepId::Structure,
            "contents_missing",
        ),
    ];
    none_valid(&world, &cases);
}

#[test]
fn wrapping_in_the_room_of_the_hole_fails() {
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &contract().build());
    let hole = file.windows(11).position(|w| w == b"/Contents <").unwrap() + 10;
    let end = hole + file[hole..].iter().position(|b| *b == b'>').unwrap();
    // The zeros at the end of the hole are nobody's: the attack lives there.
    let with = |text: &str| {
        let mut out = file.clone();
        let at = end - 400;
        out[at..at + text.len()].copy_from_slice(text.as_bytes());
        out
    };
    let section = last_section(&file);
    let cases = [
        ("white space in the hole", with("  \n  "), StepId::Digest, "byte_range"),
        ("other bytes behind the DER", with("41414141"), StepId::Digest, "byte_range"),
        ("contents cut short", with(">/Reason (x)/Prop <"), StepId::Digest, "byte_range"),
        (
            "a second byte range",
            with(&format!(">/ByteRange[0 9 {section} 9]/Prop <")),
            StepId::Container,
            "ambiguous_structure",
        ),
        ("a second contents", with(">/Contents <00"), StepId::Container, "ambiguous_structure"),
    ];
    none_valid(&world, &cases);
}

#[test]
fn a_reference_into_the_hole_fails() {
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &contract().build());
    let hole = file.windows(11).position(|w| w == b"/Contents <").unwrap() + 20;
    let mut out = file.clone();
    let previous = last_section(&file);
    let section = out.len();
    out.extend_from_slice(
        format!(
            "xref\n{CONTENT} 1\n{hole:010} 00000 n \ntrailer\n<</Size 9000/Root {CATALOG} 0 R\
             /Prev {previous}>>\nstartxref\n{section}\n%%EOF\n"
        )
        .as_bytes(),
    );
    none_valid(&world, &[("reference into the hole", out, StepId::Digest, "byte_range")]);
}

#[test]
fn incremental_saving_is_seen_in_every_form() {
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &contract().build());
    let page =
        format!("<</Type/Page/Parent 2 0 R/Contents {FREE} 0 R/Resources<</Font<</F1 3 0 R>>>>>>");
    let bodies = |objects: &[(u32, Vec<u8>)]| {
        let mut out = file.clone();
        for (number, value) in objects {
            out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
            out.extend_from_slice(value);
            out.extend_from_slice(b"\nendobj\n");
        }
        out
    };
    let changed = StepId::Coverage;
    let tail = format!("startxref\n{}\n%%EOF\n", last_section(&file));
    let cases = [
        (
            "new content",
            increment(&file, &[other_price(CONTENT)], CATALOG),
            changed,
            "modified_after",
        ),
        (
            "a page shown anew",
            increment(&file, &[object(PAGE, &page), other_price(FREE)], CATALOG),
            changed,
            "modified_after",
        ),
        (
            "an object for nobody",
            increment(&file, &[object(FREE, "<</A 1>>")], CATALOG),
            changed,
            "modified_after",
        ),
        (
            "objects and no end",
            bodies(&[other_price(CONTENT)]),
            StepId::Container,
            "ambiguous_structure",
        ),
        (
            "objects and the old end",
            [bodies(&[other_price(CONTENT)]), tail.clone().into_bytes()].concat(),
            StepId::Container,
            "ambiguous_structure",
        ),
        (
            "the end twice",
            [file.clone(), tail.into_bytes()].concat(),
            StepId::Container,
            "ambiguous_structure",
        ),
        (
            "an object no reference names",
            {
                let mut out = bodies(&[other_price(CONTENT)]);
                let previous = last_section(&file);
                append(&mut out, &[], References::Table, CATALOG, Some(previous), "");
                out
            },
            changed,
            "ambiguous_structure",
        ),
        (
            "an object twice",
            {
                let mut out = bodies(&[other_price(CONTENT)]);
                let same = object(CONTENT, &last_object(&file, CONTENT).1);
                let previous = last_section(&file);
                append(&mut out, &[same], References::Table, CATALOG, Some(previous), "");
                out
            },
            changed,
            "ambiguous_structure",
        ),
        (
            "an encrypted update",
            {
                let mut out = file.clone();
                let previous = last_section(&file);
                append(
                    &mut out,
                    &[],
                    References::Table,
                    CATALOG,
                    Some(previous),
                    "/Encrypt<</Filter/Standard>>",
                );
                out
            },
            StepId::Container,
            "encrypted",
        ),
    ];
    none_valid(&world, &cases);
}

#[test]
fn shadow_hide_fails() {
    // A picture lies over the price; after signing it goes.
    let mut paper = contract();
    paper.objects[3].1 = b"<</Type/Page/Parent 2 0 R/Contents[5 0 R 6 0 R]/Resources<</Font<</F1 3 0 R>>/XObject<</Im 7 0 R>>>>>>".to_vec();
    paper.add_stream(6, "", b"q 500 0 0 500 50 300 cm /Im Do Q");
    paper.add_stream(
        7,
        "/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8",
        b"\xff",
    );
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &paper.build());
    let report = world.report(&file);
    assert_eq!(report.verdict(), Some(Verdict::Valid));
    assert_eq!(report.warnings[0].id, "suspicious_unused_objects", "the preparation is named");
    let previous = last_section(&file);
    let (_, catalog) = last_object(&file, CATALOG);
    let freed = {
        let mut out = file.clone();
        let section = out.len();
        out.extend_from_slice(
            format!(
                "xref\n7 1\n0000000000 00001 f \ntrailer\n<</Size 9000/Root 1 0 R\
                 /ID[<00112233445566778899AABBCCDDEEFF><00>]/Prev {previous}>>\n\
                 startxref\n{section}\n%%EOF\n"
            )
            .as_bytes(),
        );
        out
    };
    let changed = (StepId::Coverage, "modified_after");
    let cases = [
        ("hide by freeing", freed, changed.0, changed.1),
        (
            "hide by another type",
            increment(&file, &[stream(7, "/Type/XObject/Subtype/Form/BBox[0 0 0 0]", "")], CATALOG),
            changed.0,
            changed.1,
        ),
        (
            "hide by empty content",
            increment(&file, &[stream(6, "", "")], CATALOG),
            changed.0,
            changed.1,
        ),
        (
            "hide by optional content",
            increment(
                &file,
                &[object(
                    CATALOG,
                    &catalog.replacen("<<", "<</OCProperties<</D<</OFF[7 0 R]>>>>", 1),
                )],
                CATALOG,
            ),
            changed.0,
            changed.1,
        ),
    ];
    none_valid(&world, &cases);
}

#[test]
fn shadow_replace_fails() {
    // A font whose glyphs can be exchanged, and a form field that shows one thing and states another.
    let mut paper = contract();
    paper.objects[0].1 =
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]/DA(/F1 0 Tf)>>>>".to_vec();
    paper.objects[3].1 =
        b"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Annots[6 0 R]/Resources<</Font<</F1 3 0 R>>>>>>"
            .to_vec();
    paper.add(
        6,
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(account)/V(ATTACKER)/Rect[72 500 300 520]/P 4 0 R\
         /F 4/AP<</N 7 0 R>>>>",
    );
    paper.add_stream(
        7,
        "/Type/XObject/Subtype/Form/BBox[0 0 228 20]/Resources<</Font<</F1 3 0 R>>>>",
        b"BT /F1 12 Tf 2 5 Td (HONEST) Tj ET",
    );
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &paper.build());
    let report = world.report(&file);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    assert_eq!(report.warnings[0].id, "suspicious_unused_objects", "the preparation is named");
    let (_, field) = last_object(&file, 6);
    let (_, catalog) = last_object(&file, CATALOG);
    let changed = (StepId::Coverage, "modified_after");
    let cases = [
        (
            "replace by another font",
            increment(
                &file,
                &[object(FONT, "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>")],
                CATALOG,
            ),
            changed.0,
            changed.1,
        ),
        (
            "replace by another value",
            increment(&file, &[object(6, &field.replace("ATTACKER", "SOMEBODY"))], CATALOG),
            changed.0,
            changed.1,
        ),
        (
            "replace by no looks",
            increment(&file, &[object(6, &field.replace("/AP<</N 7 0 R>>", ""))], CATALOG),
            changed.0,
            changed.1,
        ),
        (
            "replace by drawing anew",
            increment(
                &file,
                &[object(
                    CATALOG,
                    &catalog.replace("/AcroForm <<", "/AcroForm <</NeedAppearances true"),
                )],
                CATALOG,
            ),
            changed.0,
            changed.1,
        ),
    ];
    none_valid(&world, &cases);
}

#[test]
fn shadow_hide_and_replace_fails() {
    // A second catalog with a page of its own waits among the signed objects.
    let mut paper = contract();
    paper.add(20, "<</Type/Catalog/Pages 21 0 R>>");
    paper.add(21, "<</Type/Pages/Count 1/Kids[22 0 R]/MediaBox[0 0 595 842]>>");
    paper.add(22, "<</Type/Page/Parent 21 0 R/Contents 23 0 R/Resources<</Font<</F1 3 0 R>>>>>>");
    paper.objects.push(other_price(23));
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &paper.build());
    let report = world.report(&file);
    assert_eq!(report.verdict(), Some(Verdict::Valid));
    let warned: Vec<String> =
        report.warnings[0].facts.iter().map(|fact| fact.value.to_string()).collect();
    assert!(warned.contains(&"20: catalog".to_owned()), "{warned:?}");
    assert!(warned.contains(&"21: page tree".to_owned()), "{warned:?}");

    let previous = last_section(&file);
    let (hidden, _) = last_object(&file, 23);
    let hidden = hidden - "23 0 obj\n".len();
    let (_, catalog) = last_object(&file, CATALOG);
    let other_root = {
        let mut out = file.clone();
        append(&mut out, &[], References::Table, 20, Some(previous), "");
        out
    };
    let repointed = {
        let mut out = file.clone();
        let section = out.len();
        out.extend_from_slice(
            format!(
                "xref\n{CONTENT} 1\n{hidden:010} 00000 n \ntrailer\n<</Size 9000/Root 1 0 R\
                 /ID[<00112233445566778899AABBCCDDEEFF><00>]/Prev {previous}>>\n\
                 startxref\n{section}\n%%EOF\n"
            )
            .as_bytes(),
        );
        out
    };
    let swapped = increment(
        &file,
        &[object(CATALOG, &catalog.replace("/Pages 2 0 R", "/Pages 21 0 R"))],
        CATALOG,
    );
    let cases = [
        ("replace the catalog", other_root, StepId::Container, "no_signature"),
        ("replace by reference", repointed, StepId::Coverage, "ambiguous_structure"),
        ("replace the page tree", swapped, StepId::Coverage, "modified_after"),
    ];
    none_valid(&world, &cases);
}

#[test]
fn annotations_and_fields_without_a_signature_fail() {
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &contract().build());
    let (_, page) = last_object(&file, PAGE);
    let (_, catalog) = last_object(&file, CATALOG);
    let noted = page.replace("/Annots [", &format!("/Annots [{FREE} 0 R "));
    let behind = page.replace(']', &format!(" {FREE} 0 R]"));
    assert_ne!((&page, &page), (&noted, &behind));
    let field = |more: &str| {
        format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T(Sneaky)/Rect[72 400 500 700]/P 4 0 R/F 132{more}>>"
        )
    };
    let looks = |number| stream(number, "/Type/XObject/Subtype/Form/BBox[0 0 1 1]", "0 0 1 1 re f");
    let note = format!(
        "<</Type/Annot/Subtype/FreeText/Rect[72 700 500 800]/DA(/F1 9 Tf)/Contents(free)/AP<</N {} 0 R>>>>",
        FREE + 1
    );
    let joined = catalog.replace("/Fields [", &format!("/Fields [{FREE} 0 R "));
    let appended = catalog.replacen(" 0 R]", &format!(" 0 R {FREE} 0 R]"), 1);
    let changed = (StepId::Coverage, "modified_after");
    let annotated = |value: &str| {
        increment(&file, &[object(PAGE, &behind), object(FREE, value), looks(FREE + 1)], CATALOG)
    };
    let sneaky = |value: &str, catalog: &str| {
        increment(
            &file,
            &[
                object(CATALOG, catalog),
                object(PAGE, &behind),
                object(FREE, value),
                looks(FREE + 1),
            ],
            CATALOG,
        )
    };
    let ap = format!("/AP<</N {} 0 R>>", FREE + 1);
    let cases = [
        ("a note over the price", annotated(&note), changed.0, changed.1),
        (
            "a note before the seal",
            increment(
                &file,
                &[object(PAGE, &noted), object(FREE, &note), looks(FREE + 1)],
                CATALOG,
            ),
            changed.0,
            changed.1,
        ),
        ("a widget of no field", annotated(&field(&ap)), changed.0, changed.1),
        ("an unsigned field that shows", sneaky(&field(&ap), &appended), changed.0, changed.1),
        ("a field in front", sneaky(&field(""), &joined), changed.0, changed.1),
        (
            "a field with an action",
            sneaky(&field("/A<</S/JavaScript/JS(x)>>"), &appended),
            changed.0,
            changed.1,
        ),
        (
            "a text field",
            sneaky(&field("").replace("/FT/Sig", "/FT/Tx"), &appended),
            changed.0,
            changed.1,
        ),
        (
            "a field of a taken name",
            sneaky(&field("").replace("Sneaky", "Signature1"), &appended),
            changed.0,
            changed.1,
        ),
        (
            "a field whose value is no signature",
            sneaky(&field("/V 5 0 R"), &appended),
            changed.0,
            changed.1,
        ),
    ];
    none_valid(&world, &cases);
}

#[test]
fn an_empty_signature_field_may_be_prepared_for_the_next_signer() {
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &contract().build());
    let (_, page) = last_object(&file, PAGE);
    let (_, catalog) = last_object(&file, CATALOG);
    let field = "<</Type/Annot/Subtype/Widget/FT/Sig/T(Next)/Rect[72 400 172 450]/P 4 0 R/F 132>>";
    let out = increment(
        &file,
        &[
            object(CATALOG, &catalog.replacen(" 0 R]", &format!(" 0 R {FREE} 0 R]"), 1)),
            object(PAGE, &page.replace(']', &format!(" {FREE} 0 R]"))),
            object(FREE, field),
        ],
        CATALOG,
    );
    let report = world.report(&out);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
}

#[test]
fn a_later_signature_by_nobody_trusted_leaves_the_first_partial() {
    let mut world = World::new(Curve::Sm2);
    let mut stranger = World::new(Curve::P256);
    let file = world.simply_sealed(Who::First, &contract().build());
    let out = stranger.signed(Who::First, &file, &SignatureField::new());
    assert_eq!(world.verdicts(&out), [Verdict::ValidPartial, Verdict::Invalid]);
    let report = world.report(&out);
    assert_eq!(report.signatures[0].first_failing, Some(StepId::Coverage));
}

#[test]
fn a_later_signature_that_is_broken_is_a_change() {
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &contract().build());
    let both =
        world.sealed(Who::Second, &file, &at(20, 20), &SignatureField::new().reason("I agree"));
    let out = patched(&both, "I agree", "I doubt");
    assert_eq!(world.verdicts(&out), [Verdict::Invalid, Verdict::Invalid]);
    let report = world.report(&out);
    let step = report.signatures[0].step(StepId::Coverage).unwrap();
    assert_eq!(step.outcome.code(), Some("modified_after"));
}

#[test]
fn a_signature_copied_into_another_file_fails() {
    let mut world = World::new(Curve::Sm2);
    let one = world.simply_sealed(Who::First, &contract().build());
    let paper = contract().build();
    let other = patched(&paper, "1,000,000", "9,000,000");
    let out = [&other[..], &one[paper.len()..]].concat();
    none_valid(&world, &[("copied", out, StepId::Digest, "digest_mismatch")]);
}

#[test]
fn the_looks_of_a_seal_are_compared_with_its_picture() {
    // Another seal's picture under this seal's signature: made by a program that signs what it is
    // given, so everything else is right.
    use yinxin_seal::pdf::{Document, prepare_cms_with};
    let mut world = World::new(Curve::Sm2);
    let file = world.simply_sealed(Who::First, &contract().build());
    let step = world.report(&file).signatures[0].step(StepId::Appearance).unwrap().clone();
    assert_eq!(step.outcome.name(), "ok");
    // A picture on a CMS signature promises no seal.
    let paper = contract().build();
    let document = Document::from_bytes(&paper).unwrap();
    let certificate = world.certificate(Who::First);
    let draft = yinxin_pki::cms::SignDraft::new(yinxin_pki::cms::Format::Gm, &certificate).unwrap();
    let stamps = document
        .stamps(
            &at(20, 20),
            yinxin_seal::placement::Size {
                width: yinxin_seal::placement::Millimetres::whole(30),
                height: yinxin_seal::placement::Millimetres::whole(30),
            },
        )
        .unwrap();
    let mut out = Vec::new();
    let looks = Some((&crate::world::PICTURE[..], &stamps[..]));
    let prepared =
        prepare_cms_with(&document, &SignatureField::new(), draft, looks, &mut out).unwrap();
    let answer = world.answer(Who::First, prepared.to_sign());
    out.extend(prepared.finish(&answer).unwrap().into_bytes(&[&certificate]).unwrap());
    let report = world.report(&out);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    assert_eq!(report.signatures[0].kind.name(), "sign");
}

#[test]
fn an_object_stream_that_poses_as_metadata_cannot_be_exchanged() {
    // Object 2, the page tree, sits in stream 30, which the catalog calls its XMP.
    let held = |page: &str| {
        let first = "2 0 ";
        let tree = format!("<</Type/Pages/Count 1/Kids[{page} 0 R]/MediaBox[0 0 595.276 841.89]>>");
        stream(30, &format!("/Type/ObjStm/N 1/First {}", first.len()), &format!("{first}{tree}"))
    };
    let mut paper = Paper::contract(1, References::Stream);
    paper.objects[0].1 = b"<</Type/Catalog/Pages 2 0 R/Metadata 30 0 R>>".to_vec();
    paper.objects.retain(|(number, _)| *number != 2);
    paper.objects.push(held("4"));
    paper.objects.push(other_price(31));
    paper.objects.push(object(
        32,
        "<</Type/Page/Parent 2 0 R/Contents 31 0 R/Resources<</Font<</F1 3 0 R>>>>>>",
    ));
    let mut file = paper.build();
    // A revision that says where object 2 is, made before signing.
    let previous = last_section(&file);
    let section = file.len();
    file.extend_from_slice(
        format!(
            "34 0 obj\n<</Type/XRef/W[1 1 1]/Index[2 1]/Size 35/Root 1 0 R/Prev {previous}\
             /Length 3>>\nstream\n\x02\x1e\x00\nendstream\nendobj\nstartxref\n{section}\n%%EOF\n"
        )
        .as_bytes(),
    );
    let mut world = World::new(Curve::Sm2);
    let field = SignatureField::new();
    let signed = world.signed(Who::First, &file, &field);
    assert_eq!(world.verdicts(&signed), [Verdict::Valid]);
    let attacked = increment(&signed, &[held("32")], CATALOG);
    let failing = world.first_failing(&attacked);
    assert_eq!(failing, (Some(StepId::Coverage), "modified_after".to_owned()));
}
