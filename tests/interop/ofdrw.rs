//! ofdrw (Java): the OFD library in use. It checks references, the seal's own file, dataHash and
//! the signature; chains, lists, times and coverage are ours alone.

use std::time::{SystemTime, UNIX_EPOCH};

use yinxin_ca::fixture::{FixedRng, request};
use yinxin_ca::{Authority, Role};
use yinxin_pki::cms::Format;
use yinxin_pki::timestamp::{TimestampRequest, TimestampToken};
use yinxin_pki::{
    Certificate, Curve, DigestAlgorithm, SigningCertificate, SigningKey, Time, TrustStore, pkcs8,
};
use yinxin_seal::check::Check;
use yinxin_seal::es::{Picture, Seal, SealSignature, SignatureDraft, Version};
use yinxin_seal::maker::SealDraft;
use yinxin_seal::ofd::{self, A4, Draft, Limits, Lock, Package, SignOptions};
use yinxin_seal::picture::{self, DecodeLimits, Pixels, Resolution, SealDesign, Template};
use yinxin_seal::placement::{Millimetres, Placement, Side, Straddle};
use yinxin_seal::report::{DocumentReport, SignatureKind, StepId, Steps, Verdict};
use yinxin_tests::folder::Folder;
use yinxin_tests::harness::{Case, Way};
use yinxin_tests::peer::ofdrw;

const fn case(what: &'static str, way: Way, run: fn()) -> Case {
    Case { peer: "ofdrw", what, way, run }
}

pub(crate) const CASES: &[Case] = &[
    case("OFD sealed at a position, v4", Way::OursToThem, || ours(Version::V4, &at(), Lock::Open)),
    case("OFD sealed at a position, v5", Way::OursToThem, || ours(Version::V5, &at(), Lock::Open)),
    case("OFD sealed and locked", Way::OursToThem, || ours(Version::V4, &at(), Lock::Whole)),
    case("OFD with a straddle seal, right", Way::OursToThem, || {
        ours(Version::V4, &across(Side::Right), Lock::Open);
    }),
    case("OFD with a straddle seal, left", Way::OursToThem, || {
        ours(Version::V4, &across(Side::Left), Lock::Open);
    }),
    case("OFD with a timestamp", Way::OursToThem, stamped),
    case("OFD signed, Type=Sign, GM CMS", Way::OursToThem, signed),
    case("OFD sealed twice, signed, sealed and locked", Way::OursToThem, several),
    case("an OFD changed after sealing is refused by both", Way::OursToThem, changed),
    case("OFD sealed at a position, v4", Way::TheirsToUs, || theirs("v4", "page", "open")),
    case("OFD sealed at a position, v1", Way::TheirsToUs, || theirs("v1", "page", "open")),
    case("OFD sealed and locked, v4", Way::TheirsToUs, || theirs("v4", "page", "whole")),
    case("OFD with a straddle seal, v4, right", Way::TheirsToUs, || theirs("v4", "right", "open")),
    case("OFD with a straddle seal, v1, left", Way::TheirsToUs, || theirs("v1", "left", "open")),
    case("OFD signed, CMS over the digest", Way::TheirsToUs, || theirs("digest", "none", "open")),
    case("OFD signed, CMS with attributes", Way::TheirsToUs, || {
        theirs("attributes", "none", "open");
    }),
    case("OFD signed, bare SM2 value", Way::TheirsToUs, || theirs("bare", "none", "open")),
    case("OFD sealed v1, sealed v4, signed", Way::TheirsToUs, their_several),
    case("OFD sealed in turns by both", Way::Both, in_turns),
    case("a contract with a straddle seal looks alike, drawn by both", Way::Both, alike),
];

/// An authority of today, since ofdrw signs by the machine's clock.
pub(crate) struct Today {
    authority: Authority,
    trust: TrustStore,
    signer: SigningCertificate,
    key: SigningKey,
    rng: FixedRng,
    now: Time,
    pub(crate) folder: Folder,
}

impl Today {
    pub(crate) fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let now = Time::from_unix(i64::try_from(since).unwrap());
        let made = now.plus(-3600);
        let mut rng = FixedRng::new(38_540);
        let mut authority = Authority::create(Curve::Sm2, made, &mut rng).unwrap();
        let mut trust = TrustStore::new();
        trust.add(authority.member(Role::Root).certificate().clone(), &[]);
        let (request, key) = request(Curve::Sm2, "C=CN,O=甲公司,CN=甲公司", &mut rng).unwrap();
        let issue = authority.issue_holder(&request, None, 365, made, &mut rng).unwrap();
        let signer = issue.certificates.signing().clone();
        let folder = Folder::new("ofdrw");
        folder.write("key", &pkcs8::write(key.as_private()));
        folder.write("certificate", signer.as_der());
        let maker = authority.member(Role::SealMaker);
        folder.write("maker-key", &pkcs8::write(maker.key().as_private()));
        folder.write("maker-certificate", maker.certificate().as_der());
        folder.write("picture", PIXEL);
        Self { authority, trust, signer, key, rng, now, folder }
    }

    pub(crate) fn seal(&mut self, version: Version) -> Seal {
        self.seal_with(version, PIXEL.to_vec())
    }

    fn seal_with(&mut self, version: Version, data: Vec<u8>) -> Seal {
        let side = Millimetres::whole(40);
        let picture = Picture { kind: "PNG".into(), data, width: side, height: side };
        let until = self.signer.validity().not_after;
        let holders = vec![self.signer.clone()];
        let mut draft = SealDraft::new(
            "37030000001721",
            "甲公司",
            picture,
            holders,
            self.now.plus(-1800),
            until,
        );
        draft.version = version;
        let maker = self.authority.member(Role::SealMaker);
        let certificate = SigningCertificate::new(maker.certificate().clone()).unwrap();
        let making = draft.make(&certificate).unwrap();
        let answer = maker.key().sign(making.to_sign(), &mut self.rng).unwrap();
        making.finish(&answer).unwrap()
    }

    /// One use of a seal on a file of its own.
    pub(crate) fn use_seal(&mut self, seal: Seal) -> SealSignature {
        let digest = DigestAlgorithm::Sm3.digest(b"a");
        let making =
            SignatureDraft::new(seal, digest, "a.txt", self.now).prepare(&self.signer).unwrap();
        let answer = self.key.sign(making.to_sign(), &mut self.rng).unwrap();
        making.finish(&answer).unwrap()
    }

    pub(crate) fn value_is_right(&self, der: &[u8]) -> bool {
        let signature = SealSignature::from_der(der).unwrap();
        let mut steps = Steps::new();
        let between = [self.authority.member(Role::Issuing).certificate().clone()];
        let check = Check::new(&self.trust, self.now).intermediates(&between);
        signature.verify(DigestAlgorithm::Sm3.digest(b"a").as_ref(), &check, &mut steps);
        !steps.failed(StepId::SigValue)
    }

    /// A timestamp token over `data`.
    pub(crate) fn token(&mut self, data: &[u8]) -> Vec<u8> {
        let request = TimestampRequest {
            algorithm: DigestAlgorithm::Sm3,
            digest: DigestAlgorithm::Sm3.digest(data),
            nonce: None,
            certificate_wanted: true,
        };
        let response =
            self.authority.timestamp(&request.to_der(), self.now, &mut self.rng).unwrap();
        TimestampToken::from_der(&response).unwrap().as_der().to_vec()
    }

    fn seal_ofd(&mut self, bytes: &[u8], seal: Seal, place: &Placement, lock: Lock) -> Vec<u8> {
        let options = SignOptions::new(self.now).lock(lock);
        let prepared = ofd::seal(&read(bytes), seal, place, &self.signer, options).unwrap();
        let answer = self.key.sign(prepared.to_sign(), &mut self.rng).unwrap();
        prepared.finish(&answer).unwrap().into_bytes().unwrap()
    }

    fn sign_ofd(&mut self, bytes: &[u8]) -> Vec<u8> {
        let options = SignOptions::new(self.now);
        let prepared = ofd::sign(&read(bytes), &self.signer, Format::Gm, options).unwrap();
        let answer = self.key.sign(prepared.to_sign(), &mut self.rng).unwrap();
        prepared.finish(&answer).unwrap().into_bytes().unwrap()
    }

    fn verify(&self, bytes: &[u8]) -> DocumentReport {
        let mut between: Vec<Certificate> =
            vec![self.authority.member(Role::Issuing).certificate().clone()];
        // A bare value names nobody; the caller has to know whose it is.
        between.push(self.signer.certificate().clone());
        let check = Check::new(&self.trust, self.now.plus(600))
            .timestamps(&self.trust)
            .intermediates(&between);
        ofd::verify(bytes, &Limits::default(), &check)
    }

    fn they_verify(&self, bytes: &[u8]) -> Result<String, String> {
        let file = self.folder.write("checked.ofd", bytes);
        let certificate = self.folder.path("certificate");
        let facts = ofdrw().ask("verify", &[("in", &file), ("certificate", &certificate)])?;
        Ok(facts["signatures"].clone())
    }

    fn they_sign(&mut self, bytes: &[u8], kind: &str, place: &str, mode: &str) -> Vec<u8> {
        let file = self.folder.write("in.ofd", bytes);
        let path = |name: &str| self.folder.path(name);
        match kind {
            "v1" => drop(ofdrw().must(
                "seal-v1",
                &[
                    ("maker-key", &path("maker-key")),
                    ("maker-certificate", &path("maker-certificate")),
                    ("certificate", &path("certificate")),
                    ("picture", &path("picture")),
                    ("out", &path("seal")),
                ],
            )),
            "v4" => {
                let seal = self.seal(Version::V4);
                self.folder.write("seal", seal.as_der());
            }
            _ => {}
        }
        let path = |name: &str| self.folder.path(name);
        ofdrw().must(
            "sign",
            &[
                ("in", &file),
                ("out", &path("out.ofd")),
                ("key", &path("key")),
                ("certificate", &path("certificate")),
                ("seal", &path("seal")),
                ("kind", kind),
                ("place", place),
                ("mode", mode),
            ],
        );
        self.folder.read("out.ofd")
    }
}

fn read(bytes: &[u8]) -> Package {
    Package::read(bytes, &Limits::default()).unwrap()
}

fn blank(pages: usize, now: Time) -> Vec<u8> {
    let mut draft = Draft::new([7; 16], now);
    for _ in 0..pages {
        draft.picture(PIXEL, A4).unwrap();
    }
    draft.finish().unwrap()
}

fn at() -> Placement {
    Placement::At { page: 1, left: Millimetres::whole(120), top: Millimetres::whole(200) }
}

fn across(side: Side) -> Placement {
    Placement::Straddle(Straddle::new(side))
}

fn ours(version: Version, place: &Placement, lock: Lock) {
    let mut today = Today::new();
    let seal = today.seal(version);
    let sealed = today.seal_ofd(&blank(5, today.now), seal, place, lock);
    assert_eq!(today.they_verify(&sealed).as_deref(), Ok("1"));
    assert_eq!(today.verify(&sealed).verdict(), Some(Verdict::Valid));
}

fn stamped() {
    let mut today = Today::new();
    let seal = today.seal(Version::V4);
    let bytes = blank(1, today.now);
    let options = SignOptions::new(today.now);
    let prepared = ofd::seal(&read(&bytes), seal, &at(), &today.signer, options).unwrap();
    let answer = today.key.sign(prepared.to_sign(), &mut today.rng).unwrap();
    let signed = prepared.finish(&answer).unwrap();
    let token = today.token(signed.signature_value());
    let sealed = signed.with_timestamp(&token).unwrap().into_bytes().unwrap();
    assert_eq!(today.they_verify(&sealed).as_deref(), Ok("1"));
    let report = today.verify(&sealed);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
    assert_eq!(report.signatures[0].trusted_time, Some(today.now));
}

fn signed() {
    let mut today = Today::new();
    let signed = today.sign_ofd(&blank(1, today.now));
    assert_eq!(today.they_verify(&signed).as_deref(), Ok("1"));
}

fn several() {
    let mut today = Today::new();
    let seal = today.seal(Version::V4);
    let one = today.seal_ofd(&blank(3, today.now), seal.clone(), &at(), Lock::Open);
    let two = today.seal_ofd(&one, seal.clone(), &across(Side::Right), Lock::Open);
    let three = today.sign_ofd(&two);
    let four = today.seal_ofd(&three, seal, &at(), Lock::Whole);
    assert_eq!(today.they_verify(&four).as_deref(), Ok("4"));
    let report = today.verify(&four);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");
}

fn changed() {
    let mut today = Today::new();
    let seal = today.seal(Version::V4);
    let sealed = today.seal_ofd(&blank(1, today.now), seal.clone(), &at(), Lock::Open);
    // The same seal signature beside a page of another document.
    let other = today.seal_ofd(&blank(2, today.now), seal, &at(), Lock::Open);
    let package = read(&other);
    let own = read(&sealed);
    let mixed = {
        let path = "Doc_0/Signs/Sign_0/SignedValue.dat";
        let (mine, theirs) = (own.file(path).unwrap(), package.file(path).unwrap());
        assert_ne!(mine, theirs);
        swap(&sealed, mine, theirs)
    };
    assert!(today.they_verify(&mixed).is_err());
    let report = today.verify(&mixed);
    assert_eq!(report.signatures[0].first_failing, Some(StepId::Digest), "{report}");
}

/// The package with one file's content in place of another, all files stored.
fn swap(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let package = read(bytes);
    let files: Vec<_> = package
        .files()
        .map(|path| {
            let content = package.file(path).unwrap();
            (path.to_owned(), if content == old { new.to_vec() } else { content.to_vec() })
        })
        .collect();
    yinxin_tests::archive::stored(&files)
}

fn check_theirs(report: &DocumentReport, kinds: &[&str]) {
    assert_eq!(report.signatures.len(), kinds.len(), "{report}");
    for (signature, kind) in report.signatures.iter().zip(kinds) {
        let wanted = if kind.starts_with('v') { SignatureKind::Seal } else { SignatureKind::Sign };
        assert_eq!(signature.kind, wanted);
        assert_eq!(signature.verdict, Verdict::Valid, "{report}");
    }
}

fn theirs(kind: &str, place: &str, mode: &str) {
    let mut today = Today::new();
    let bytes = blank(5, today.now);
    let sealed = today.they_sign(&bytes, kind, place, mode);
    assert_eq!(today.they_verify(&sealed).as_deref(), Ok("1"));
    let report = today.verify(&sealed);
    check_theirs(&report, &[kind]);
    let stamps = match place {
        "page" => 1,
        "none" => 0,
        _ => 5,
    };
    assert_eq!(report.signatures[0].stamps.len(), stamps);
}

fn their_several() {
    let mut today = Today::new();
    let one = today.they_sign(&blank(2, today.now), "v1", "page", "open");
    let two = today.they_sign(&one, "v4", "right", "open");
    let three = today.they_sign(&two, "attributes", "none", "whole");
    check_theirs(&today.verify(&three), &["v1", "v4", "attributes"]);
}

fn in_turns() {
    let mut today = Today::new();
    let seal = today.seal(Version::V4);
    let one = today.they_sign(&blank(2, today.now), "v4", "page", "open");
    let two = today.seal_ofd(&one, seal, &across(Side::Left), Lock::Open);
    let three = today.they_sign(&two, "v1", "right", "whole");
    assert_eq!(today.they_verify(&three).as_deref(), Ok("3"));
    check_theirs(&today.verify(&three), &["v4", "v4", "v1"]);
    let restored = ofd::revoke(&read(&two), 2, "test", today.now).unwrap();
    assert_eq!(restored.bytes.as_deref(), Some(&one[..]));
}

/// Three pages of text with a seal over their edges, drawn by us and by ofdrw's converter. The
/// pictures are kept where a person can look.
fn alike() {
    let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/yinxin-cli/assets/font/");
    let font = std::fs::read(format!("{assets}NotoSerifSC-SemiBold-subset.ttf")).unwrap();
    let mut today = Today::new();
    let drawn = SealDesign::new(Template::Round, "示范建设集团有限公司");
    let drawn = drawn.draw(&picture::Font::parse(&font).unwrap()).unwrap();
    let fine = Resolution::DPI_600;
    let picture = drawn.to_pixels(fine).unwrap().to_picture(fine).unwrap();
    let seal = today.seal_with(Version::V4, picture.data);
    let mut draft = Draft::new([7; 16], today.now);
    let text = "建设工程施工合同\n\n发包人(甲方):示范建设集团有限公司\n";
    let text = format!("{text}\u{c}工程量清单\n\u{c}附件\n");
    draft.text(&text, &ofd::Font::new("Song", font).unwrap()).unwrap();
    let sealed = today.seal_ofd(&draft.finish().unwrap(), seal, &across(Side::Right), Lock::Open);
    let report = today.verify(&sealed);
    assert_eq!(report.verdict(), Some(Verdict::Valid));
    let coarse = Resolution::from_dpi(150.0).unwrap();
    let file = today.folder.write("contract.ofd", &sealed);
    let gallery = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("../seal-pictures");
    std::fs::create_dir_all(&gallery).unwrap();
    for page in 1..=3_u32 {
        let ours = ofd::render(&read(&sealed), page, &report, coarse, None).unwrap().pixels;
        std::fs::write(
            gallery.join(format!("contract-{page}-ours.png")),
            ours.to_png(coarse).unwrap(),
        )
        .unwrap();
        let out = gallery.join(format!("contract-{page}-ofdrw.png"));
        let (number, per_mm) = (page.to_string(), coarse.per_mm().to_string());
        ofdrw().must(
            "draw",
            &[
                ("in", &file),
                ("out", out.to_str().unwrap()),
                ("page", &number),
                ("per-mm", &per_mm),
            ],
        );
        let theirs = std::fs::read(&out).unwrap();
        let theirs = picture::decode(&theirs, &DecodeLimits::SCAN).unwrap().pixels;
        let (apart, red) = (apart(&ours, &theirs), red(&ours));
        assert!(red > 500, "page {page} has {red} red pixels");
        // Edges of strokes are smoothed in two ways; everything else is the same.
        assert!(apart < 1.0, "page {page}: {apart} of 255 apart");
        let blank = Pixels::from_rgba(
            ours.width(),
            ours.height(),
            vec![255; ours.width() * ours.height() * 4],
        );
        let control = self::apart(&ours, &blank.unwrap());
        assert!(control > 3.0 * apart, "page {page}: {apart}, and {control} from a blank page");
    }
}

/// Mean difference of two pages whose sizes may differ by a rounded pixel.
fn apart(ours: &Pixels, theirs: &Pixels) -> f64 {
    assert!(ours.width().abs_diff(theirs.width()) <= 1);
    assert!(ours.height().abs_diff(theirs.height()) <= 1);
    let (mut sum, mut count) = (0_u64, 0_u64);
    for y in 0..ours.height().min(theirs.height()) {
        for (a, b) in ours.row(y).iter().zip(theirs.row(y)) {
            sum += u64::from(a.abs_diff(*b));
            count += 1;
        }
    }
    sum as f64 / count as f64
}

fn red(pixels: &Pixels) -> usize {
    let pixels = pixels.rgba().as_chunks::<4>().0;
    pixels.iter().filter(|[red, green, blue, _]| *red > 150 && *green < 90 && *blue < 90).count()
}

/// The smallest PNG: one red pixel.
const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90, 0x77, 0x53,
    0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x08, 0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
    0x00, 0x03, 0x01, 0x01, 0x00, 0x18, 0xdd, 0x8d, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e,
    0x44, 0xae, 0x42, 0x60, 0x82,
];
