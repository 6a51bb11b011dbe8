//! Signatures under the names other programs give them.

use yinxin_pki::cms::{Format, SignDraft, assemble};
use yinxin_pki::{Certificate, Curve, DigestAlgorithm, Hasher, SigningCertificate, ToSign};
use yinxin_seal::es::SignatureDraft;
use yinxin_seal::report::{StepId, Verdict};
use yinxin_tests::paper::{Paper, References, append, last_section};

use crate::world::{CLOCK, Who, World, keep};

/// Adds a signature as another program would: an invisible field, the dictionary with these names,
/// and what `make` makes of the covered bytes.
fn foreign(file: &[u8], names: &str, make: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    const ROOM: usize = 60_000;
    let head =
        format!("<</Type/Sig{names}/ByteRange[0 AAAAAAAAAA BBBBBBBBBB CCCCCCCCCC]/Contents <");
    let value = [head.as_bytes(), &vec![b'0'; ROOM * 2], b">>>"].concat();
    let objects = [
        (
            1,
            b"<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[700 0 R]>>>>".to_vec(),
        ),
        (
            700,
            b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Theirs)/V 701 0 R/Rect[0 0 0 0]/F 132/P 4 0 R>>"
                .to_vec(),
        ),
        (701, value),
        (
            4,
            b"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Annots[700 0 R]/Resources<</Font<</F1 3 0 R>>>>>>"
                .to_vec(),
        ),
    ];
    let mut out = file.to_vec();
    append(&mut out, &objects, References::Table, 1, Some(last_section(file)), "");
    let find = |text: &[u8], out: &[u8]| out.windows(text.len()).position(|w| w == text).unwrap();
    let gap = find(b"/Contents <0", &out) + 10;
    let resume = gap + ROOM * 2 + 2;
    for (mark, number) in
        [("AAAAAAAAAA", gap), ("BBBBBBBBBB", resume), ("CCCCCCCCCC", out.len() - resume)]
    {
        let at = find(mark.as_bytes(), &out);
        out[at..at + 10].copy_from_slice(format!("{number:<10}").as_bytes());
    }
    let covered = [&out[..gap], &out[resume..]].concat();
    let digits: String = make(&covered).iter().map(|byte| format!("{byte:02x}")).collect();
    out[gap + 1..gap + 1 + digits.len()].copy_from_slice(digits.as_bytes());
    out
}

fn paper() -> Vec<u8> {
    Paper::contract(1, References::Table).build()
}

/// A CMS: over `content`, holding it or not, with attributes or not.
fn cms(world: &mut World, content: &[u8], held: bool, attributes: bool, format: Format) -> Vec<u8> {
    let certificate = world.certificate(Who::First);
    let mut draft = SignDraft::new(format, &certificate).unwrap();
    draft = if attributes { draft.signing_time(CLOCK) } else { draft.without_attributes() };
    let mut hasher: Hasher = draft.hasher().unwrap();
    hasher.update(content);
    let signing = draft.prepare(hasher.finish()).unwrap();
    let answer = world.answer(Who::First, signing.to_sign());
    let signer = signing.finish(&answer).unwrap();
    let length = held.then(|| u64::try_from(content.len()).unwrap());
    let all: [&Certificate; 1] = [&certificate];
    let parts = assemble(format, &format.data(), length, &all, &[signer]).unwrap();
    let middle = if held { content } else { &[] };
    [&parts.before, middle, &parts.after].concat()
}

fn is_valid(world: &World, name: &str, file: &[u8]) {
    keep(name, file);
    let report = world.report(file);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{name}: {report}");
    // And it is not valid whatever it is over.
    let at = file.windows(9).position(|window| window == b"1,000,000").unwrap();
    let mut other = file.to_vec();
    other[at] = b'9';
    assert!(!world.is_valid(&other), "{name}");
}

#[test]
fn a_digest_held_in_a_cms_is_compared_with_the_file() {
    let mut world = World::new(Curve::Sm2);
    let names = "/Filter/DJ.GMPkiLite/SubFilter/GM.sm2cms.detached";
    for format in [Format::Gm, Format::Rfc5652] {
        let file = foreign(&paper(), names, |covered| {
            let digest = DigestAlgorithm::Sm3.digest(covered);
            cms(&mut world, digest.as_ref(), true, false, format)
        });
        is_valid(&world, "sm2cms", &file);
    }
    let other = foreign(&paper(), names, |_| {
        let digest = DigestAlgorithm::Sm3.digest(b"something else");
        cms(&mut world, digest.as_ref(), true, false, Format::Gm)
    });
    assert_eq!(world.first_failing(&other), (Some(StepId::Digest), "digest_mismatch".into()));
}

#[test]
fn detached_cms_of_every_form_is_read_under_each_name() {
    for curve in [Curve::Sm2, Curve::P256] {
        let mut world = World::new(curve);
        for names in [
            "/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached",
            "/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached",
            "/Filter/DJ.GMPkiLite/SubFilter/GM.sm2cms.detached",
        ] {
            for attributes in [true, false] {
                for format in [Format::Gm, Format::Rfc5652] {
                    if curve == Curve::P256 && format == Format::Gm {
                        continue;
                    }
                    let file = foreign(&paper(), names, |covered| {
                        cms(&mut world, covered, false, attributes, format)
                    });
                    is_valid(
                        &world,
                        &format!("{names} {attributes} {format:?}").replace('/', "-"),
                        &file,
                    );
                }
            }
        }
    }
}

#[test]
fn a_seal_signature_is_read_under_the_filters_of_others() {
    let mut world = World::new(Curve::Sm2);
    for names in [
        "/Filter/Gomain.GMPkiLite/SubFilter/GM.sm2seal",
        "/Filter/GM.PKILite/SubFilter/GM.sm2seal",
        "/Filter/GM.PKILite/SubFilter/GM.SM2",
    ] {
        let seal = world.seal(Who::First);
        let signer = world.certificate(Who::First);
        let file = foreign(&paper(), names, |covered| {
            let digest = DigestAlgorithm::Sm3.digest(covered);
            let making = SignatureDraft::new(seal, digest, "text", CLOCK).prepare(&signer).unwrap();
            let answer = world.answer(Who::First, making.to_sign());
            making.finish(&answer).unwrap().as_der().to_vec()
        });
        is_valid(&world, "seal-by-others", &file);
        let report = world.report(&file);
        let step = report.signatures[0].step(StepId::Appearance).unwrap();
        assert_eq!(step.outcome.code(), Some("no_appearance"));
    }
}

#[test]
fn a_bare_sm2_signature_is_checked_by_the_certificate_beside_it() {
    let mut world = World::new(Curve::Sm2);
    let certificate: SigningCertificate = world.certificate(Who::First);
    let digits: String = certificate.as_der().iter().map(|byte| format!("{byte:02x}")).collect();
    let names = format!("/Filter/GM.PKILite/SubFilter/GM.SM2/Cert<{digits}>");
    let file = foreign(&paper(), &names, |covered| {
        let to_sign = ToSign::message(certificate.public_key(), covered).unwrap();
        world.answer(Who::First, &to_sign)
    });
    is_valid(&world, "bare", &file);
    let nameless = foreign(&paper(), "/Filter/GM.PKILite/SubFilter/GM.SM2", |covered| {
        let to_sign = ToSign::message(certificate.public_key(), covered).unwrap();
        world.answer(Who::First, &to_sign)
    });
    assert_eq!(
        world.first_failing(&nameless),
        (Some(StepId::Structure), "signer_certificate".into())
    );
}

#[test]
fn names_nobody_knows_are_not_guessed() {
    let mut world = World::new(Curve::Sm2);
    for sub_filter in ["/SubFilter/adbe.x509.rsa_sha1", "/SubFilter/adbe.pkcs7.sha1", ""] {
        let file = foreign(&paper(), &format!("/Filter/X{sub_filter}"), |covered| {
            cms(&mut world, covered, false, true, Format::Gm)
        });
        let expected = (Some(StepId::Structure), "unsupported_sub_filter".to_owned());
        assert_eq!(world.first_failing(&file), expected, "{sub_filter}");
    }
}

#[test]
fn other_bytes_behind_the_signature_in_its_hole_fail() {
    let mut world = World::new(Curve::Sm2);
    let names = "/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached";
    let file = foreign(&paper(), names, |covered| {
        let mut value = cms(&mut world, covered, false, true, Format::Rfc5652);
        value.extend_from_slice(&[0, 0, 1]);
        value
    });
    assert_eq!(world.first_failing(&file), (Some(StepId::Digest), "byte_range".into()));
}

#[test]
fn a_signature_forced_onto_a_locked_document_breaks_the_lock() {
    use yinxin_seal::pdf::{After, SignatureField};
    use yinxin_tests::paper::increment;

    let mut world = World::new(Curve::Sm2);
    let field = SignatureField::new().after(After::Nothing);
    let locked = world.signed(Who::First, &paper(), &field);
    assert_eq!(world.verdicts(&locked), [Verdict::Valid]);
    // The same revision as a further signature would make it, with nothing wrong in it besides.
    let open = world.signed(Who::First, &paper(), &SignatureField::new());
    let both = world.signed(Who::Second, &open, &SignatureField::new());
    assert_eq!(world.verdicts(&both), [Verdict::Valid, Verdict::Valid]);

    let text = String::from_utf8_lossy(&locked).into_owned();
    let catalog = {
        let at = text.rfind("\n1 0 obj\n").unwrap() + 9;
        let end = at + text[at..].find("\nendobj").unwrap();
        text[at..end].to_owned()
    };
    let page = {
        let at = text.rfind("\n4 0 obj\n").unwrap() + 9;
        let end = at + text[at..].find("\nendobj").unwrap();
        text[at..end].to_owned()
    };
    let widget = "<</Type/Annot/Subtype/Widget/FT/Sig/T(Next)/Rect[0 0 0 0]/P 4 0 R/F 132>>";
    let out = increment(
        &locked,
        &[
            (1, catalog.replacen(" 0 R]", " 0 R 5000 0 R]", 1).into_bytes()),
            (4, page.replace(']', " 5000 0 R]").into_bytes()),
            (5000, widget.as_bytes().to_vec()),
        ],
        1,
    );
    let expected = (Some(StepId::Coverage), "modified_after".to_owned());
    assert_eq!(world.first_failing(&out), expected);
}
