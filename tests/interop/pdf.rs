//! Signed and sealed PDF files before the programs people open them with.

use std::fs;

use yinxin_ca::Role;
use yinxin_pki::cms::{Format, SignDraft};
use yinxin_pki::timestamp::TimestampToken;
use yinxin_pki::{Certificate, Curve, DigestAlgorithm, SigningCertificate};
use yinxin_seal::check::Check;
use yinxin_seal::es::{Picture, Seal};
use yinxin_seal::maker::SealDraft;
use yinxin_seal::pdf::{
    Document, SignatureField, add_evidence, prepare_cms, prepare_cms_with, prepare_seal,
    prepare_timestamp, verify,
};
use yinxin_seal::picture::template::Template;
use yinxin_seal::picture::{Font, Resolution, SealDesign};
use yinxin_seal::placement::{Millimetres, Placement, Side, Size, Straddle};
use yinxin_seal::report::Verdict;
use yinxin_tests::folder::Folder;
use yinxin_tests::harness::{Case, Way};
use yinxin_tests::ours;
use yinxin_tests::paper::{Paper, References};
use yinxin_tests::peer::{must_run, pyhanko};

use crate::fixture::{our_authority, our_chain};

const fn case(peer: &'static str, what: &'static str, way: Way, run: fn()) -> Case {
    Case { peer, what, way, run }
}

pub(crate) const CASES: &[Case] = &[
    case("pyHanko", "P-256 PDF: table and stream references", Way::OursToThem, by_pyhanko),
    case(
        "pyHanko",
        "P-256 PDF: two signatures, one seen on a page",
        Way::OursToThem,
        two_by_pyhanko,
    ),
    case("pyHanko", "P-256 PDF: evidence, then a document timestamp", Way::OursToThem, late),
    case("pyHanko", "P-256 PDF: pkcs7 and CAdES, seen and unseen", Way::TheirsToUs, from_pyhanko),
    case("pyHanko", "P-256 PDF: ours, theirs, ours in one file", Way::Both, in_turn),
    case("pyHanko", "P-256 PDF: their empty field signed by them", Way::TheirsToUs, field_filled),
    case("pyHanko", "P-256 PDF: changed content is refused by both", Way::Both, changed),
    case(
        "poppler",
        "P-256 PDF: pdfsig, valid, trusted, whole document",
        Way::OursToThem,
        by_pdfsig,
    ),
    case(
        "poppler",
        "sealed PDF: pdftoppm draws the seal where it is",
        Way::OursToThem,
        drawn_by_poppler,
    ),
    case("mutool", "sealed PDF: draws the seal where it is", Way::OursToThem, drawn_by_mutool),
    case("qpdf", "sealed PDF of every kind: --check", Way::OursToThem, by_qpdf),
    case("qpdf", "linearised and object-stream PDF, sealed by us", Way::Both, rewritten),
];

const PARTS: [References; 2] = [References::Table, References::Stream];

/// Signs by our P-256 chain, with a picture where asked.
fn signed(file: &[u8], seen: bool) -> Vec<u8> {
    let chain = our_chain(Curve::P256);
    let document = Document::from_bytes(file).unwrap();
    let certificate = chain.certificate("sign");
    let now = ours::now();
    let draft = SignDraft::new(Format::Rfc5652, &certificate).unwrap().signing_time(now);
    let field = SignatureField::new().reason("投标").time(now);
    let mut out = Vec::new();
    let prepared = if seen {
        let size = Size { width: Millimetres::whole(40), height: Millimetres::whole(40) };
        let stamps = document.stamps(&middle(), size).unwrap();
        let picture = picture();
        let looks = Some((&picture[..], &stamps[..]));
        prepare_cms_with(&document, &field, draft, looks, &mut out).unwrap()
    } else {
        prepare_cms(&document, &field, draft, &mut out).unwrap()
    };
    let answer = chain.signing_key().sign(prepared.to_sign(), &mut ours::rng()).unwrap();
    let signed = prepared.finish(&answer).unwrap();
    let between = chain.between();
    let all: Vec<&Certificate> = std::iter::once(&certificate).chain(&between).collect();
    out.extend(signed.into_bytes(&all).unwrap());
    out
}

fn middle() -> Placement {
    Placement::At { page: 1, left: Millimetres::whole(100), top: Millimetres::whole(180) }
}

fn picture() -> Vec<u8> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/yinxin-cli/assets/font/NotoSerifSC-SemiBold-subset.ttf"
    );
    let bytes = fs::read(path).unwrap();
    let font = Font::parse(&bytes).unwrap();
    let resolution = Resolution::from_dpi(300.0).unwrap();
    let drawing = SealDesign::new(Template::Round, "甲公司").width_mm(40.0).draw(&font).unwrap();
    drawing.to_pixels(resolution).unwrap().to_png(resolution).unwrap()
}

/// Seals by our SM2 chain.
fn sealed(file: &[u8], placement: &Placement) -> Vec<u8> {
    let chain = our_chain(Curve::Sm2);
    let signer = SigningCertificate::new(chain.certificate("sign")).unwrap();
    let now = ours::now();
    let seal = seal(&signer);
    let document = Document::from_bytes(file).unwrap();
    let stamps = document.stamps(placement, seal.size()).unwrap();
    let mut out = Vec::new();
    let field = SignatureField::new().time(now);
    let prepared = prepare_seal(&document, &field, seal, &stamps, &signer, now, &mut out).unwrap();
    let answer = chain.signing_key().sign(prepared.to_sign(), &mut ours::rng()).unwrap();
    out.extend(prepared.finish(&answer).unwrap().into_bytes().unwrap());
    out
}

fn seal(signer: &SigningCertificate) -> Seal {
    let picture = Picture {
        kind: "PNG".into(),
        data: picture(),
        width: Millimetres::whole(40),
        height: Millimetres::whole(40),
    };
    let authority = our_authority(Curve::Sm2);
    let member = authority.member(Role::SealMaker);
    let maker = SigningCertificate::new(member.certificate().clone()).unwrap();
    let until = signer.validity().not_after;
    let from = ours::now().plus(-60);
    let draft =
        SealDraft::new("37030000001721", "甲公司", picture, vec![signer.clone()], from, until);
    let making = draft.make(&maker).unwrap();
    let answer = member.key().sign(making.to_sign(), &mut ours::rng()).unwrap();
    making.finish(&answer).unwrap()
}

fn verdicts(curve: Curve, file: &[u8]) -> Vec<Verdict> {
    let chain = our_chain(curve);
    let (trust, between) = (chain.trust(), chain.between());
    let check = Check::new(&trust, ours::now()).timestamps(&trust).intermediates(&between);
    let report = verify(&Document::from_bytes(file).unwrap(), &check).unwrap();
    let all: Vec<Verdict> = report.signatures.iter().map(|one| one.verdict).collect();
    if all.iter().any(|verdict| *verdict != Verdict::Valid) {
        println!("{report}");
    }
    all
}

/// pyHanko's facts on a file of ours that it has to find good.
fn asked(folder: &Folder, name: &str, file: &[u8]) -> yinxin_tests::peer::Facts {
    let path = folder.write(name, file);
    let root = our_chain(Curve::P256).path("root.pem");
    let facts = pyhanko().must("verify", &[("in", &path), ("root", &root)]);
    let count: usize = facts["signatures"].parse().unwrap();
    for number in 1..=count {
        for what in ["intact", "valid", "trusted"] {
            assert_eq!(facts[&format!("{what}{number}")], "True", "{what} {number}: {facts:?}");
        }
    }
    let last = &facts[&format!("coverage{count}")];
    assert!(matches!(last.as_str(), "ENTIRE_FILE" | "ENTIRE_REVISION"), "{facts:?}");
    facts
}

fn by_pyhanko() {
    let folder = Folder::new("pyhanko");
    for references in PARTS {
        let file = signed(&Paper::contract(3, references).build(), false);
        let facts = asked(&folder, "one.pdf", &file);
        assert_eq!((&facts["signatures"][..], &facts["coverage1"][..]), ("1", "ENTIRE_FILE"));
    }
}

fn two_by_pyhanko() {
    let folder = Folder::new("pyhanko");
    for references in PARTS {
        let file = signed(&Paper::contract(3, references).build(), true);
        let facts = asked(&folder, "two.pdf", &signed(&file, false));
        assert_eq!(facts["signatures"], "2");
        assert_eq!(facts["coverage2"], "ENTIRE_FILE");
    }
}

fn late() {
    let folder = Folder::new("pyhanko");
    let chain = our_chain(Curve::P256);
    let file = signed(&Paper::contract(1, References::Table).build(), false);
    let crl = chain.folder.read("crl.der");
    let now = ours::now();
    let mut evident = Vec::new();
    let document = Document::from_bytes(&file).unwrap();
    add_evidence(&document, &chain.between(), &[&crl], &[], now, &mut evident).unwrap();
    let document = Document::from_bytes(&evident).unwrap();
    let mut out = Vec::new();
    let prepared = prepare_timestamp(&document, DigestAlgorithm::Sha256, &mut out).unwrap();
    let request = prepared.request(None).to_der();
    let response = our_authority(Curve::P256).timestamp(&request, now, &mut ours::rng()).unwrap();
    out.extend(prepared.finish(&TimestampToken::from_der(&response).unwrap()).unwrap());
    let facts = asked(&folder, "late.pdf", &out);
    assert_eq!(facts["signatures"], "2");
    assert_eq!(facts["coverage2"], "ENTIRE_FILE");
    assert_eq!(verdicts(Curve::P256, &out), [Verdict::Valid; 2]);
}

fn by_them(folder: &Folder, file: &[u8], more: &[(&str, &str)]) -> Vec<u8> {
    let chain = our_chain(Curve::P256);
    let (source, out) = (folder.write("plain.pdf", file), folder.path("theirs.pdf"));
    let (key, certificate) = (chain.path("sign.key"), chain.path("sign.pem"));
    let between = chain.path("chain.pem");
    let base = [
        ("in", source.as_str()),
        ("out", &out),
        ("key", &key),
        ("certificate", &certificate),
        ("chain", &between),
    ];
    pyhanko().must("sign", &[&base[..], more].concat());
    folder.read("theirs.pdf")
}

fn from_pyhanko() {
    let folder = Folder::new("pyhanko");
    for references in PARTS {
        let paper = Paper::contract(2, references).build();
        for filter in ["pkcs7", "cades"] {
            for seen in [&[][..], &[("box", "72,300,272,360")][..]] {
                let file = by_them(&folder, &paper, &[&[("filter", filter)], seen].concat());
                let found = verdicts(Curve::P256, &file);
                assert_eq!(found, [Verdict::Valid], "{references:?} {filter} {seen:?}");
            }
        }
    }
}

fn in_turn() {
    let folder = Folder::new("pyhanko");
    for references in PARTS {
        let ours = signed(&Paper::contract(2, references).build(), true);
        let theirs = by_them(&folder, &ours, &[("box", "72,300,272,360")]);
        let again = signed(&theirs, false);
        assert_eq!(verdicts(Curve::P256, &again), [Verdict::Valid; 3]);
        let facts = asked(&folder, "turns.pdf", &again);
        assert_eq!(facts["signatures"], "3");
    }
}

fn field_filled() {
    let folder = Folder::new("pyhanko");
    let first = signed(&Paper::contract(1, References::Table).build(), false);
    let (source, out) = (folder.write("signed.pdf", &first), folder.path("field.pdf"));
    pyhanko().must("field", &[("in", &source), ("out", &out), ("field", "Next")]);
    let with_field = folder.read("field.pdf");
    let filled = by_them(&folder, &with_field, &[("field", "Next")]);
    assert_eq!(verdicts(Curve::P256, &filled), [Verdict::Valid; 2]);
}

fn changed() {
    let folder = Folder::new("pyhanko");
    let root = our_chain(Curve::P256).path("root.pem");
    let file = signed(&Paper::contract(1, References::Table).build(), false);
    let at = file.windows(9).position(|window| window == b"1,000,000").unwrap();
    let mut other = file;
    other[at] = b'9';
    let path = folder.write("changed.pdf", &other);
    let words = pyhanko().ask("verify", &[("in", &path), ("root", &root)]).unwrap_err();
    assert!(words.contains("INVALID") || words.contains("signature 1"), "{words}");
    assert_eq!(verdicts(Curve::P256, &other), [Verdict::Invalid]);
}

fn by_pdfsig() {
    let chain = our_chain(Curve::P256);
    let folder = Folder::new("pdfsig");
    let (store, root) = (folder.path("nss"), chain.path("root.pem"));
    fs::create_dir_all(&store).unwrap();
    must_run("certutil", &["-N", "-d", &store, "--empty-password"]);
    must_run("certutil", &["-A", "-n", "root", "-t", "CT,C,C", "-i", &root, "-d", &store]);
    for references in PARTS {
        for seen in [false, true] {
            let file = signed(&Paper::contract(3, references).build(), seen);
            let path = folder.write("ours.pdf", &file);
            let said = must_run("pdfsig", &["-nssdir", &store, &path]);
            for words in ["Signature is Valid.", "Certificate is Trusted.", "Total document signed"]
            {
                assert!(said.contains(words), "{said}");
            }
        }
    }
}

/// Every kind of file we seal, with the millimetres at which the first page shows red.
fn kinds() -> Vec<(String, Vec<u8>, (f64, f64))> {
    let mut kinds = Vec::new();
    for references in PARTS {
        let paper = Paper::contract(5, references).build();
        let right = Placement::Straddle(Straddle::new(Side::Right));
        let left = Placement::Straddle(Straddle::new(Side::Left));
        let one = sealed(&paper, &middle());
        // The round seal's leftmost ink: its border, in the middle of its height.
        let name = |what: &str| format!("{what}-{references:?}.pdf");
        kinds.push((name("two"), sealed(&one, &right), (100.0, 200.0)));
        kinds.push((name("one"), one, (100.0, 200.0)));
        kinds.push((name("right"), sealed(&paper, &right), (202.0, 148.5)));
        kinds.push((name("left"), sealed(&paper, &left), (7.2, 148.5)));
    }
    kinds
}

fn by_qpdf() {
    let folder = Folder::new("qpdf");
    for (name, file, _) in kinds() {
        let path = folder.write(&name, &file);
        // Any warning ends it with 3.
        must_run("qpdf", &["--check", &path]);
    }
}

/// Red in a PPM within 1.5 mm of a point of the page; the page is 210 mm wide.
fn is_red(ppm: &[u8], (x, y): (f64, f64)) -> bool {
    let mut parts = ppm.splitn(4, |byte| byte.is_ascii_whitespace());
    let (Some(b"P6"), Some(width), Some(height), Some(rest)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        panic!("no PPM")
    };
    let number = |text: &[u8]| std::str::from_utf8(text).unwrap().parse::<usize>().unwrap();
    let (width, height) = (number(width), number(height));
    let pixels = &rest[rest.len() - width * height * 3..];
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "pixels of one page")]
    let scale = width as f64 / 210.0;
    #[expect(clippy::as_conversions, reason = "inside the page")]
    let at = |millimetres: f64| (millimetres * scale).max(0.0) as usize;
    let (left, right) = (at(x - 1.5), at(x + 1.5).min(width - 1));
    let (top, bottom) = (at(y - 1.5), at(y + 1.5).min(height - 1));
    (top..=bottom).any(|row| {
        (left..=right).any(|column| {
            let pixel = &pixels[(row * width + column) * 3..][..3];
            pixel[0] > 150 && pixel[1] < 110 && pixel[2] < 110
        })
    })
}

fn drawn_by_poppler() {
    let folder = Folder::new("poppler");
    for (name, file, place) in kinds() {
        let (path, out) = (folder.write(&name, &file), folder.path("page"));
        let said =
            must_run("pdftoppm", &["-r", "100", "-f", "1", "-l", "1", "-singlefile", &path, &out]);
        assert!(!said.contains("rror"), "{name}: {said}");
        assert!(is_red(&folder.read("page.ppm"), place), "{name}: nothing red at {place:?}");
    }
}

fn drawn_by_mutool() {
    let folder = Folder::new("mutool");
    for (name, file, place) in kinds() {
        let (path, out) = (folder.write(&name, &file), folder.path("page.ppm"));
        let said =
            must_run("mutool", &["draw", "-q", "-r", "100", "-c", "rgb", "-o", &out, &path, "1"]);
        assert!(!said.contains("rror"), "{name}: {said}");
        assert!(is_red(&folder.read("page.ppm"), place), "{name}: nothing red at {place:?}");
    }
}

fn rewritten() {
    let folder = Folder::new("qpdf");
    let plain = folder.write("plain.pdf", &Paper::contract(5, References::Table).build());
    let out = folder.path("rewritten.pdf");
    for options in [
        &["--object-streams=generate"][..],
        &["--linearize"],
        &["--linearize", "--object-streams=generate"],
        &["--compress-streams=y", "--recompress-flate"],
    ] {
        must_run("qpdf", &[options, &[&plain, &out]].concat());
        let file = folder.read("rewritten.pdf");
        assert_eq!(Document::from_bytes(&file).unwrap().page_count().unwrap(), 5, "{options:?}");
        let right = Placement::Straddle(Straddle::new(Side::Right));
        let once = sealed(&file, &right);
        assert!(once.starts_with(&file));
        let twice = sealed(&once, &middle());
        assert_eq!(verdicts(Curve::Sm2, &twice), [Verdict::Valid; 2], "{options:?}");
        let path = folder.write("sealed.pdf", &twice);
        must_run("qpdf", &["--check", &path]);
    }
}
