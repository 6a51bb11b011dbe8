//! OFD files sealed, verified and restored.

use yinxin_pki::cms::Format;
use yinxin_pki::report::Outcome;
use yinxin_pki::{Explain, Time};
use yinxin_seal::check::Check;
use yinxin_seal::es::{Seal, Version};
use yinxin_seal::ofd::{self, A4, Draft, Limits, Lock, OfdError, Package, SignOptions};
use yinxin_seal::placement::{Millimetres, Occurrence, Placement, Side, Straddle};
use yinxin_seal::report::{DocumentReport, SignatureKind, StepId, Verdict};
use yinxin_seal::revoke::{RevocationStatement, RevokeError};

use crate::world::{Other, PIXEL, World};

pub fn blank(pages: usize, world: &World) -> Vec<u8> {
    let mut draft = Draft::new([7; 16], world.now);
    for _ in 0..pages {
        draft.picture(PIXEL, A4).unwrap();
    }
    draft.finish().unwrap()
}

pub fn read(bytes: &[u8]) -> Package {
    Package::read(bytes, &Limits::default()).unwrap()
}

pub fn at(page: u32) -> Placement {
    Placement::At { page, left: Millimetres::whole(120), top: Millimetres::whole(200) }
}

pub fn straddle(side: Side) -> Placement {
    Placement::Straddle(Straddle::new(side))
}

impl World {
    pub fn seal_ofd(
        &mut self,
        bytes: &[u8],
        seal: Seal,
        placement: &Placement,
        lock: Lock,
    ) -> Result<Vec<u8>, OfdError> {
        let options = SignOptions::new(self.now).lock(lock);
        let prepared = ofd::seal(&read(bytes), seal, placement, &self.signer(), options)?;
        let answer = self.answer(prepared.to_sign());
        prepared.finish(&answer)?.into_bytes()
    }

    pub fn sign_ofd(&mut self, bytes: &[u8], format: Format) -> Vec<u8> {
        let options = SignOptions::new(self.now);
        let prepared = ofd::sign(&read(bytes), &self.signer(), format, options).unwrap();
        let answer = self.answer(prepared.to_sign());
        prepared.finish(&answer).unwrap().into_bytes().unwrap()
    }

    /// A seal of another unit.
    pub fn other_seal(&mut self) -> (Other, Seal) {
        let other = self.other();
        let mut draft = self.draft();
        draft.id = "32010600000001".into();
        draft.name = "乙公司".into();
        draft.holders = vec![other.issue.certificates.signing().clone()];
        let seal = self.make(draft);
        (other, seal)
    }

    pub fn seal_ofd_by(&mut self, bytes: &[u8], other: &Other, seal: Seal) -> Vec<u8> {
        let options = SignOptions::new(self.now);
        let signer = other.issue.certificates.signing().clone();
        let prepared = ofd::seal(&read(bytes), seal, &at(1), &signer, options).unwrap();
        let answer = self.answer_by(&other.key, prepared.to_sign());
        prepared.finish(&answer).unwrap().into_bytes().unwrap()
    }

    pub fn verify_ofd(&self, bytes: &[u8]) -> DocumentReport {
        self.verify_ofd_with(bytes, |check| check)
    }

    pub fn verify_ofd_with(
        &self,
        bytes: &[u8],
        with: impl for<'a> FnOnce(Check<'a>) -> Check<'a>,
    ) -> DocumentReport {
        let intermediates = self.intermediates();
        let trust = &self.fixture.trust;
        let check = Check::new(trust, self.now).timestamps(trust).intermediates(&intermediates);
        ofd::verify(bytes, &Limits::default(), &with(check))
    }
}

fn verdicts(report: &DocumentReport) -> Vec<Verdict> {
    report.signatures.iter().map(|signature| signature.verdict).collect()
}

#[test]
fn a_file_sealed_in_every_way_is_valid() {
    let mut world = World::new();
    let bytes = blank(5, &world);
    for version in [Version::V4, Version::V5] {
        for placement in [at(3), straddle(Side::Left), straddle(Side::Right)] {
            for lock in [Lock::Open, Lock::Whole] {
                let seal = world.seal(version);
                let sealed = world.seal_ofd(&bytes, seal, &placement, lock).unwrap();
                let report = world.verify_ofd(&sealed);
                assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
                let one = &report.signatures[0];
                assert_eq!(one.kind, SignatureKind::Seal);
                assert_eq!(
                    one.stamps.len(),
                    if matches!(placement, Placement::At { .. }) { 1 } else { 5 }
                );
                assert!(one.coverage.is_complete());
                assert_eq!(one.seal.as_ref().unwrap().name(), "甲公司");
            }
        }
    }
}

#[test]
fn a_file_signed_without_a_seal_is_valid() {
    let mut world = World::new();
    let bytes = blank(1, &world);
    for format in [Format::Gm, Format::Rfc5652] {
        let signed = world.sign_ofd(&bytes, format);
        let report = world.verify_ofd(&signed);
        assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
        assert_eq!(report.signatures[0].kind, SignatureKind::Sign);
        assert_eq!(report.signatures[0].declared_time, Some(world.now));
    }
}

#[test]
fn a_timestamp_keeps_a_sealed_file_valid_after_the_certificates_end() {
    let mut world = World::new();
    let bytes = blank(1, &world);
    let seal = world.seal(Version::V4);
    let later = world.now.plus(3 * 365 * Time::DAY);
    let options = SignOptions::new(world.now);
    let sealed = ofd::seal(&read(&bytes), seal, &at(1), &world.signer(), options).unwrap();
    let signed = ofd::sign(&read(&bytes), &world.signer(), Format::Gm, options).unwrap();
    for prepared in [sealed, signed] {
        let answer = world.answer(prepared.to_sign());
        let signed = prepared.finish(&answer).unwrap();
        let token = world.token(signed.signature_value(), world.now);
        let bare = signed.clone().into_bytes().unwrap();
        let stamped = signed.with_timestamp(&token).unwrap().into_bytes().unwrap();
        let intermediates = world.intermediates();
        let trust = &world.fixture.trust;
        let check = Check::new(trust, later).timestamps(trust).intermediates(&intermediates);
        let report = ofd::verify(&stamped, &Limits::default(), &check);
        assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
        assert_eq!(report.signatures[0].trusted_time, Some(world.now));
        let report = ofd::verify(&bare, &Limits::default(), &check);
        assert_eq!(report.signatures[0].first_failing, Some(StepId::SignerTime));
    }
}

#[test]
fn several_seals_and_signatures_stand_in_order_and_all_are_valid() {
    let mut world = World::new();
    let bytes = blank(2, &world);
    let (other, others) = world.other_seal();
    let seal = world.seal(Version::V4);
    let one = world.seal_ofd(&bytes, seal.clone(), &at(1), Lock::Open).unwrap();
    let two = world.seal_ofd_by(&one, &other, others);
    let three = world.sign_ofd(&two, Format::Gm);
    let four = world.seal_ofd(&three, seal.clone(), &straddle(Side::Right), Lock::Whole).unwrap();
    let report = world.verify_ofd(&four);
    assert_eq!(verdicts(&report), [Verdict::Valid; 4], "{report}");
    let refused = world.seal_ofd(&four, seal, &at(2), Lock::Open).unwrap_err();
    assert_eq!(refused, OfdError::Locked);
}

#[test]
fn a_locked_file_shows_any_addition_to_its_list() {
    let mut world = World::new();
    let bytes = blank(1, &world);
    let seal = world.seal(Version::V4);
    let locked = world.seal_ofd(&bytes, seal, &at(1), Lock::Whole).unwrap();
    let list = "Doc_0/Signs/Signatures.xml";
    let text = String::from_utf8(read(&locked).file(list).unwrap().to_vec()).unwrap();
    let changed = replace(&locked, list, text.replace("s001", "s002").as_bytes());
    let report = world.verify_ofd(&changed);
    assert_eq!(report.signatures[0].first_failing, Some(StepId::Digest));
}

#[test]
fn revoking_the_last_seal_gives_the_bytes_before_it() {
    let mut world = World::new();
    let bytes = blank(3, &world);
    let (other, others) = world.other_seal();
    let seal = world.seal(Version::V4);
    let one = world.seal_ofd(&bytes, seal, &straddle(Side::Right), Lock::Open).unwrap();
    let two = world.seal_ofd_by(&one, &other, others);
    assert_eq!(verdicts(&world.verify_ofd(&two)), [Verdict::Valid; 2]);

    let refused = ofd::revoke(&read(&two), 1, "wrong page", world.now).unwrap_err();
    assert_eq!(refused, OfdError::Revoke(RevokeError::DependedOn { by: vec![2] }));
    assert!(refused.to_string().contains("signatures 2"));

    let restored = ofd::revoke(&read(&two), 2, "wrong page", world.now).unwrap();
    assert_eq!(restored.bytes.as_deref(), Some(&one[..]));
    let first = ofd::revoke(&read(&one), 1, "wrong page", world.now).unwrap();
    assert_eq!(first.bytes.as_deref(), Some(&bytes[..]));

    // The holder of the other seal signs the statement; the first signer may not.
    let others = restored.signature.seal().clone();
    let refused = restored.revocation.prepare(&others, &world.signer()).unwrap_err();
    assert_eq!(refused, RevokeError::NotHolder);
    let making = restored.revocation.prepare(&others, other.issue.certificates.signing()).unwrap();
    let answer = world.answer_by(&other.key, making.to_sign());
    let statement = RevocationStatement::from_der(&making.finish(&answer).unwrap()).unwrap();
    let sm3 = |bytes: &[u8]| yinxin_pki::DigestAlgorithm::Sm3.digest(bytes);
    assert!(statement.is_of_files(&sm3(&two), &sm3(&one)));

    // Whoever still holds the sealed file, and the statement, sees it revoked.
    let statements = [statement];
    let intermediates = world.intermediates();
    let check = Check::new(&world.fixture.trust, world.now)
        .intermediates(&intermediates)
        .statements(&statements);
    let report = ofd::verify(&two, &Limits::default(), &check);
    assert_eq!(report.signatures[1].verdict, Verdict::Revoked, "{report}");
}

#[test]
fn a_package_packed_with_descriptors_is_restored_byte_by_byte_too() {
    let mut world = World::new();
    let bytes = with_descriptors(&blank(2, &world));
    let seal = world.seal(Version::V4);
    let sealed = world.seal_ofd(&bytes, seal, &at(1), Lock::Open).unwrap();
    assert_eq!(world.verify_ofd(&sealed).verdict(), Some(Verdict::Valid));
    let restored = ofd::revoke(&read(&sealed), 1, "test", world.now).unwrap();
    assert_eq!(restored.bytes.as_deref(), Some(&bytes[..]));
}

#[test]
fn a_first_seal_with_others_after_it_is_revoked_by_a_statement_alone() {
    let mut world = World::new();
    let bytes = blank(1, &world);
    let (other, others) = world.other_seal();
    let seal = world.seal(Version::V4);
    let one = world.seal_ofd(&bytes, seal, &at(1), Lock::Open).unwrap();
    let two = world.seal_ofd_by(&one, &other, others);
    let alone = ofd::statement(&read(&two), 1, "contract void", world.now).unwrap();
    assert_eq!(alone.bytes, None);
    let making = alone.revocation.prepare(alone.signature.seal(), &world.signer()).unwrap();
    let answer = world.answer(making.to_sign());
    let statements = [RevocationStatement::from_der(&making.finish(&answer).unwrap()).unwrap()];
    let intermediates = world.intermediates();
    let check = Check::new(&world.fixture.trust, world.now)
        .intermediates(&intermediates)
        .statements(&statements);
    let report = ofd::verify(&two, &Limits::default(), &check);
    assert_eq!(verdicts(&report), [Verdict::Revoked, Verdict::Valid], "{report}");
}

#[test]
fn a_keyword_is_found_across_runs_of_text_and_the_seal_stands_on_it() {
    let mut world = World::new();
    let text = "<ofd:TextObject ID=\"90\" Font=\"1\" Size=\"4\" Boundary=\"30 100 60 5\">\
                <ofd:TextCode X=\"0\" Y=\"4\" DeltaX=\"g 2 4\">(盖章)</ofd:TextCode>\
                </ofd:TextObject>\
                <ofd:TextObject ID=\"91\" Font=\"1\" Size=\"4\" Boundary=\"130 240 60 5\">\
                <ofd:TextCode X=\"0\" Y=\"4\" DeltaX=\"4\">投标</ofd:TextCode>\
                <ofd:TextCode X=\"8\" Y=\"4\" DeltaX=\"4 4 4\">人盖 章</ofd:TextCode>\
                </ofd:TextObject>";
    let page = "Doc_0/Pages/Page_0/Content.xml";
    let bytes = blank(1, &world);
    let old = String::from_utf8(read(&bytes).file(page).unwrap().to_vec()).unwrap();
    let bytes = replace(
        &bytes,
        page,
        old.replace("</ofd:Layer>", &format!("{text}</ofd:Layer>")).as_bytes(),
    );
    let place = |word: &str| Placement::Keyword { text: word.into(), which: Occurrence::Last };
    let seal = world.seal(Version::V4);
    let sealed = world.seal_ofd(&bytes, seal.clone(), &place("投标人盖章"), Lock::Open).unwrap();
    let report = world.verify_ofd(&sealed);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    let boundary = report.signatures[0].stamps[0].boundary;
    let centre = |from: Millimetres, length: Millimetres| from.to_f64() + length.to_f64() / 2.0;
    assert!((centre(boundary.x, boundary.width) - 142.0).abs() < 3.0, "{boundary}");
    assert!((centre(boundary.y, boundary.height) - 242.5).abs() < 3.0, "{boundary}");
    let missing = world.seal_ofd(&bytes, seal, &place("招标人"), Lock::Open).unwrap_err();
    assert_eq!(missing.code(), "keyword_not_found");
}

#[test]
fn a_part_that_is_shown_and_not_covered_makes_it_valid_in_part() {
    let mut world = World::new();
    let seal = world.seal(Version::V4);
    let bytes = blank(1, &world);
    let sealed = world.seal_ofd(&bytes, seal, &at(1), Lock::Open).unwrap();
    // A file that nothing refers to is named, and harmless.
    let beside = add(&sealed, "Doc_0/readme.txt", b"hello");
    let report = world.verify_ofd(&beside);
    assert_eq!(report.verdict(), Some(Verdict::Valid));
    let coverage = report.signatures[0].step(StepId::Coverage).unwrap();
    assert_eq!(coverage.outcome, Outcome::Warned("unreferenced_files"));

    // An earlier, valid seal and a later one whose own description is damaged: the later one's
    // stamps are shown, and nobody vouches for them.
    let (other, others) = world.other_seal();
    let two = world.seal_ofd_by(&sealed, &other, others);
    let path = "Doc_0/Signs/Sign_1/Signature.xml";
    let text = String::from_utf8(read(&two).file(path).unwrap().to_vec()).unwrap();
    let changed = replace(&two, path, text.replace("120 200", "10 20").as_bytes());
    let report = world.verify_ofd(&changed);
    assert_eq!(verdicts(&report), [Verdict::ValidPartial, Verdict::Invalid], "{report}");
    assert_eq!(report.signatures[0].first_failing, Some(StepId::Coverage));
}

#[test]
fn ten_thousand_pages_are_read_and_one_more_is_refused() {
    let world = World::new();
    let package = read(&blank(10_000, &world));
    assert_eq!(package.document(1).unwrap().pages().len(), 10_000);
    let limits = Limits::default();
    let mut world = world;
    let bytes = blank(10_000, &world);
    let seal = world.seal(Version::V4);
    let started = std::time::Instant::now();
    let sealed = world.seal_ofd(&bytes, seal, &straddle(Side::Right), Lock::Open).unwrap();
    eprintln!("10 000 pages sealed in {:?}", started.elapsed());
    let started = std::time::Instant::now();
    let report = world.verify_ofd(&sealed);
    eprintln!("10 000 pages verified in {:?}", started.elapsed());
    assert_eq!(report.verdict(), Some(Verdict::Valid));
    assert_eq!(report.signatures[0].stamps.len(), 10_000);
    let started = std::time::Instant::now();
    let restored = ofd::revoke(&read(&sealed), 1, "test", world.now).unwrap();
    eprintln!("10 000 pages restored in {:?}", started.elapsed());
    assert_eq!(restored.bytes.as_deref(), Some(&bytes[..]));
    let more = Package::read(&blank(10_001, &world), &limits).unwrap();
    assert_eq!(more.document(1).unwrap_err(), OfdError::Limit { what: "pages", limit: 10_000 });
}

/// The package with one file changed, packed anew.
pub fn replace(bytes: &[u8], path: &str, content: &[u8]) -> Vec<u8> {
    repack(bytes, |name, old| Some(if name == path { content.to_vec() } else { old.to_vec() }), &[])
}

pub fn add(bytes: &[u8], path: &str, content: &[u8]) -> Vec<u8> {
    repack(bytes, |_, old| Some(old.to_vec()), &[(path, content)])
}

pub fn remove(bytes: &[u8], path: &str) -> Vec<u8> {
    repack(bytes, |name, old| (name != path).then(|| old.to_vec()), &[])
}

fn repack(
    bytes: &[u8],
    each: impl Fn(&str, &[u8]) -> Option<Vec<u8>>,
    more: &[(&str, &[u8])],
) -> Vec<u8> {
    let package = read(bytes);
    let mut files = Vec::new();
    for path in package.files() {
        if let Some(content) = each(path, package.file(path).unwrap()) {
            files.push((path.to_owned(), content));
        }
    }
    files.extend(more.iter().map(|(path, content)| ((*path).to_owned(), content.to_vec())));
    yinxin_tests::archive::stored(&files)
}

fn with_descriptors(bytes: &[u8]) -> Vec<u8> {
    let package = read(bytes);
    let files: Vec<_> = package
        .files()
        .map(|path| (path.to_owned(), package.file(path).unwrap().to_vec()))
        .collect();
    yinxin_tests::archive::described(&files)
}

fn song() -> ofd::Font {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/yinxin-cli/assets/font/NotoSerifSC-SemiBold-subset.ttf"
    );
    ofd::Font::new("Noto Serif SC", std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_file_from_text_has_its_pages_its_font_and_its_keyword() {
    let mut world = World::new();
    let mut draft = Draft::new([7; 16], world.now);
    let body = "示范建设集团有限公司".repeat(200);
    draft.text(&format!("{body}\n有限公司\u{c}中国"), &song()).unwrap();
    let bytes = draft.finish().unwrap();
    let package = read(&bytes);
    let document = package.document(1).unwrap();
    assert!(document.pages().len() >= 3);
    let font = document.fonts().values().next().unwrap();
    assert!(package.file(font.file.as_ref().unwrap()).is_some());
    for (number, entry) in (1..).zip(document.pages()) {
        let page = ofd::page::Page::read(&package, &document, number).unwrap();
        for object in &page.objects {
            let ofd::page::Object::Text(text) = object else { panic!("only text was written") };
            let last = text.characters.last().unwrap();
            let right = text.frame.boundary.x.to_f64() + last.x + text.size;
            assert!(right < entry.area.width.to_f64() - 20.0, "{right}");
        }
    }
    let place = Placement::Keyword { text: "有限公司".into(), which: Occurrence::Last };
    let seal = world.seal(Version::V4);
    let sealed = world.seal_ofd(&bytes, seal, &place, Lock::Open).unwrap();
    let report = world.verify_ofd(&sealed);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
}

#[test]
fn a_character_that_the_font_does_not_have_is_named_and_not_drawn_as_a_box() {
    let world = World::new();
    let mut draft = Draft::new([7; 16], world.now);
    let error = draft.text("公司𠀀", &song()).unwrap_err();
    assert_eq!(error, OfdError::Glyph { found: '𠀀' });
    assert_eq!(error.code(), "missing_glyph");
}

#[test]
fn a_straddle_seal_in_groups_shows_a_whole_seal_in_each() {
    let mut world = World::new();
    let bytes = blank(7, &world);
    let mut way = Straddle::new(Side::Right);
    way.pages_per_seal = Some(3);
    let seal = world.seal(Version::V4);
    let sealed = world.seal_ofd(&bytes, seal, &Placement::Straddle(way), Lock::Open).unwrap();
    let report = world.verify_ofd(&sealed);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    let stamps = &report.signatures[0].stamps;
    let shown: Vec<i32> = stamps.iter().map(|s| s.clip.unwrap().width.micrometres()).collect();
    assert_eq!(shown.iter().sum::<i32>(), 2 * 40_000);
    assert_eq!(shown[3..], [10_000; 4]);
}

#[test]
fn a_file_sealed_under_p256_is_valid_too() {
    let mut world = World::on(yinxin_pki::Curve::P256);
    let bytes = blank(2, &world);
    let seal = world.seal(Version::V4);
    let sealed = world.seal_ofd(&bytes, seal, &straddle(Side::Left), Lock::Open).unwrap();
    let signed = world.sign_ofd(&sealed, Format::Rfc5652);
    let report = world.verify_ofd(&signed);
    assert_eq!(verdicts(&report), [Verdict::Valid; 2], "{report}");
}
