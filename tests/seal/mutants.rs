//! Mutants of one sealed OFD: each is refused at the step where it is wrong, and none is valid.

use yinxin_ca::Authority;
use yinxin_ca::fixture::{FixedRng, request};
use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::report::Outcome;
use yinxin_pki::{Curve, DigestAlgorithm, Time};
use yinxin_seal::check::Check;
use yinxin_seal::es::{SealSignature, Version};
use yinxin_seal::ofd::{self, Limits, Lock};
use yinxin_seal::report::{DocumentReport, StepId, Verdict};
use yinxin_seal::status::{SealState, SealStatus, StatusList, VerifiedStatusList};

use crate::ofd::{at, blank, read, remove, replace};
use crate::vendor::{Tagged, Vendor, element};
use crate::world::World;

const DESCRIPTION: &str = "Doc_0/Signs/Sign_0/Signature.xml";
const VALUE: &str = "Doc_0/Signs/Sign_0/SignedValue.dat";
const PAGE: &str = "Doc_0/Pages/Page_0/Content.xml";

/// The sealed file again, its description edited and signed anew the vendor's way.
fn again(
    world: &mut World,
    sealed: &[u8],
    edit: impl Fn(String) -> String,
    vendor: impl FnOnce(&mut Vendor),
) -> Vec<u8> {
    let (text, mut how) = edited(world, sealed, edit);
    vendor(&mut how);
    let value = how.signature(world);
    replace(&replace(sealed, DESCRIPTION, text.as_bytes()), VALUE, &value)
}

fn edited(world: &World, sealed: &[u8], edit: impl Fn(String) -> String) -> (String, Vendor) {
    let text = String::from_utf8(read(sealed).file(DESCRIPTION).unwrap().to_vec()).unwrap();
    let text = edit(text);
    let mut how = Vendor::v4(world);
    how.data_hash = DigestAlgorithm::Sm3.digest(text.as_bytes()).as_ref().to_vec();
    (text, how)
}

fn refused(report: &DocumentReport, step: StepId, code: &str, verdict: Verdict) {
    let one = &report.signatures[0];
    assert_eq!(one.first_failing, Some(step), "{code}: {report}");
    assert_eq!(one.step(step).unwrap().outcome.code(), Some(code), "{report}");
    assert_eq!(one.verdict, verdict, "{report}");
}

#[test]
fn every_mutant_is_refused_at_its_own_step() {
    use Verdict::{Invalid, Unreadable, ValidPartial};
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let bytes = blank(2, &world);
    let sealed = world.seal_ofd(&bytes, seal.clone(), &at(1), Lock::Open).unwrap();
    let same = |text: String| text;

    // Built the vendor's way and unchanged it is valid: what follows fails for its own reason.
    // (The seal's own file differs then, and is left out of the description.)
    let without_file = |text: String| {
        let start = text.find("<ofd:Seal>").unwrap();
        let end = text.find("</ofd:Seal>").unwrap() + "</ofd:Seal>".len();
        format!("{}{}", &text[..start], &text[end..])
    };
    let control = again(&mut world, &sealed, without_file, |_| {});
    assert_eq!(world.verify_ofd(&control).verdict(), Some(Verdict::Valid));

    let value = read(&sealed).file(VALUE).unwrap().to_vec();
    let flipped = |at: usize| {
        let mut changed = value.clone();
        changed[at] ^= 1;
        replace(&sealed, VALUE, &changed)
    };
    let mut seen = Vec::new();
    let mut mutant = |world: &World, bytes: &[u8], step, code: &str, verdict| {
        refused(&world.verify_ofd(bytes), step, code, verdict);
        seen.push(step);
    };

    // 1 to 3: the package.
    mutant(&world, &sealed[..sealed.len() - 1], StepId::Container, "zip_directory", Unreadable);
    mutant(&world, &remove(&sealed, VALUE), StepId::Container, "file_missing", Unreadable);
    let torn = replace(&sealed, DESCRIPTION, b"<ofd:Signature>");
    mutant(&world, &torn, StepId::Container, "xml_syntax", Unreadable);
    // 4: the value is something else.
    let other = element(Tag::SEQUENCE, &Writer::build(|w| w.uint(7)));
    mutant(
        &world,
        &replace(&sealed, VALUE, &other),
        StepId::Structure,
        "unknown_structure",
        Unreadable,
    );
    // 5: another version than the seal's.
    let stated = again(&mut world, &sealed, same, |how| how.stated = 5);
    mutant(&world, &stated, StepId::Version, "version_mismatch", Invalid);
    // 6: one bit of the signature value.
    mutant(&world, &flipped(value.len() - 1), StepId::SigValue, "signature", Invalid);
    // 7: the signer is not in the seal's list.
    let stranger = world.other().issue.certificates.signing().as_der().to_vec();
    let list = element(Tag::SEQUENCE, &element(Tag::OCTET_STRING, &stranger));
    let unlisted = again(&mut world, &sealed, same, |how| how.list = Some((1, list)));
    mutant(&world, &unlisted, StepId::SignerInSeal, "signer_not_listed", Invalid);
    // 8: the signer's certificate comes from an authority that nobody trusts.
    let mut rng = FixedRng::new(99);
    let mut foreign = Authority::create(Curve::Sm2, world.now, &mut rng).unwrap();
    let (wanted, key) = request(Curve::Sm2, "C=CN,O=甲公司,CN=甲公司", &mut rng).unwrap();
    let issue = foreign.issue_holder(&wanted, None, 365, world.now, &mut rng).unwrap();
    let signer = issue.certificates.signing().clone();
    let (_, mut how) = edited(&world, &sealed, same);
    how.list = Some((1, element(Tag::SEQUENCE, &element(Tag::OCTET_STRING, signer.as_der()))));
    let forged = how.signature_by(&mut world, &signer, Some(&key));
    mutant(&world, &replace(&sealed, VALUE, &forged), StepId::SignerChain, "untrusted", Invalid);
    // 9: signed a day from now.
    let ahead = again(&mut world, &sealed, same, |how| how.time = "20261125120001Z".into());
    mutant(&world, &ahead, StepId::SignerTime, "signed_in_future", Invalid);
    // 10: a page was changed.
    let page = String::from_utf8(read(&sealed).file(PAGE).unwrap().to_vec()).unwrap();
    let page = replace(&sealed, PAGE, page.replace("210", "211").as_bytes());
    mutant(&world, &page, StepId::Digest, "reference_mismatch", Invalid);
    // 11: a protected file is gone, with nothing else naming it.
    let gone = remove(&sealed, "Doc_0/Res/image_1.png");
    mutant(&world, &gone, StepId::Digest, "file_missing", Invalid);
    // 12: the stamp was moved after signing.
    let text = String::from_utf8(read(&sealed).file(DESCRIPTION).unwrap().to_vec()).unwrap();
    let moved = replace(&sealed, DESCRIPTION, text.replace("120 200", "20 20").as_bytes());
    mutant(&world, &moved, StepId::Digest, "digest_mismatch", Invalid);
    // 13: files protected by MD5, which proves nothing.
    let weak =
        |text: String| text.replace("CheckMethod=\"1.2.156.10197.1.401\"", "CheckMethod=\"MD5\"");
    let weak = again(&mut world, &sealed, weak, |_| {});
    mutant(&world, &weak, StepId::Digest, "weak_digest", Invalid);
    // 14: a page that is shown and not protected.
    let open = |text: String| {
        let start = text.find(&format!("<ofd:Reference FileRef=\"/{PAGE}\"")).unwrap();
        let length = text[start..].find("</ofd:Reference>").unwrap() + "</ofd:Reference>".len();
        without_file(format!("{}{}", &text[..start], &text[start + length..]))
    };
    let open = again(&mut world, &sealed, open, |_| {});
    mutant(&world, &open, StepId::Coverage, "uncovered", ValidPartial);
    // 15: a seal with something in it that a reader must know.
    let critical =
        again(&mut world, &sealed, same, |how| how.seal_extensions = Some(Tagged::Critical));
    mutant(&world, &critical, StepId::SealStructure, "unknown_critical_extension", Invalid);
    // 16: the seal maker's signature is wrong.
    let spoilt = again(&mut world, &sealed, same, |how| how.spoilt_seal = true);
    mutant(&world, &spoilt, StepId::SealValue, "signature", Invalid);
    // 17: the signer made the seal alone.
    let own = again(&mut world, &sealed, same, |how| how.self_made = true);
    mutant(&world, &own, StepId::MakerChain, "purpose", Invalid);
    // 18: the seal had ended.
    let late = again(&mut world, &sealed, same, |how| {
        how.dates.1 =
            ["20250101000000Z".into(), "20250101000000Z".into(), "20251231235959Z".into()];
    });
    mutant(&world, &late, StepId::SealWindow, "seal_expired", Invalid);
    // 19: the timestamp is of something else.
    let token = world.token(b"something else", world.now);
    let stamped = SealSignature::from_der(&value).unwrap().with_timestamp(&token).unwrap();
    let stamped = replace(&sealed, VALUE, stamped.as_der());
    mutant(&world, &stamped, StepId::Timestamp, "timestamp_other_data", Invalid);
    // 20: a stamp on a page that does not exist.
    let nowhere = |text: String| without_file(text).replace("PageRef=\"", "PageRef=\"9");
    let nowhere = again(&mut world, &sealed, nowhere, |_| {});
    mutant(&world, &nowhere, StepId::Appearance, "stamp_without_page", Invalid);
    // 21: a seal's own file that is not the seal of the signature.
    let another = again(&mut world, &sealed, same, |_| {});
    mutant(&world, &another, StepId::Appearance, "seal_file_differs", Invalid);

    // With the list of seals of the day, every step of the sixteen has had its mutant.
    let entry = SealStatus {
        id: seal.id().into(),
        state: SealState::Cancelled,
        since: world.now,
        reason: "lost".into(),
    };
    let list = StatusList::new(1, world.now, world.now.plus(Time::DAY), vec![entry]);
    let maker = world.maker().certificate().clone();
    let making = list.prepare(&maker).unwrap();
    let answer = world.maker_answer(making.to_sign());
    let der = making.finish(&answer).unwrap();
    let intermediates = world.intermediates();
    let check = Check::new(&world.fixture.trust, world.now).intermediates(&intermediates);
    let list = VerifiedStatusList::from_der(&der, &check).unwrap();
    let report = ofd::verify(&sealed, &Limits::default(), &check.status_list(&list));
    refused(&report, StepId::SealStatus, "seal_cancelled", Invalid);
    seen.push(StepId::SealStatus);
    for id in StepId::ALL {
        assert!(seen.contains(&id), "no mutant for {}", id.id());
    }
}

#[test]
fn a_description_that_protects_wrongly_is_refused_though_it_is_signed() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let sealed = world.seal_ofd(&blank(1, &world), seal, &at(1), Lock::Open).unwrap();
    let cut = |text: &str, from: &str, to: &str| {
        let start = text.find(from).unwrap();
        let end = start + text[start..].find(to).unwrap() + to.len();
        (text[..start].to_owned(), text[start..end].to_owned(), text[end..].to_owned())
    };
    let twice = |text: String| {
        let (before, one, after) = cut(&text, "<ofd:Reference ", "</ofd:Reference>");
        format!("{before}{one}{one}{after}")
    };
    let nothing = |text: String| {
        let (before, _, after) = cut(&text, "<ofd:Reference ", "</ofd:References>");
        format!("{before}</ofd:References>{after}")
    };
    let keyed = |text: String| text.replace("1.2.156.10197.1.401", "1.2.156.10197.1.401.2");
    let unstated = |text: String| text.replace(" CheckMethod=\"1.2.156.10197.1.401\"", "");
    let edits: [(&dyn Fn(String) -> String, &str); 4] = [
        (&twice, "reference_twice"),
        (&nothing, "nothing_protected"),
        (&keyed, "unknown_digest"),
        (&unstated, "weak_digest"),
    ];
    for (edit, code) in edits {
        let bytes = again(&mut world, &sealed, edit, |_| {});
        refused(&world.verify_ofd(&bytes), StepId::Digest, code, Verdict::Invalid);
    }
    let elsewhere = again(
        &mut world,
        &sealed,
        |text| text,
        |how| {
            how.property = "/Doc_0/Signs/Sign_1/Signature.xml".into();
        },
    );
    let report = world.verify_ofd(&elsewhere);
    refused(&report, StepId::Digest, "property_mismatch", Verdict::Invalid);
}

#[test]
fn no_byte_of_a_sealed_file_can_be_turned_and_stay_valid_with_another_content() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let sealed = world.seal_ofd(&blank(1, &world), seal, &at(1), Lock::Whole).unwrap();
    let package = read(&sealed);
    let files: Vec<_> = package.files().map(|path| (path, package.file(path))).collect();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1 << (at % 8);
        let report = world.verify_ofd(&changed);
        if report.verdict() == Some(Verdict::Valid) {
            // Times and versions in headers say nothing of the content.
            let again = read(&changed);
            let found: Vec<_> = again.files().map(|path| (path, again.file(path))).collect();
            assert_eq!(found, files, "byte {at}");
        }
    }
    let untouched = world.verify_ofd(&sealed);
    let outcomes: Vec<_> = untouched.signatures[0].steps.iter().map(|step| step.outcome).collect();
    assert!(!outcomes.iter().any(|outcome| matches!(outcome, Outcome::Failed(_))));
}
