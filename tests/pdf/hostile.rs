//! Files that are broken, circular, cut short or turned at a byte: an error or a failing step,
//! quickly, and never a panic.

use std::time::{Duration, Instant};

use yinxin_pki::{Curve, Explain};
use yinxin_seal::pdf::{Document, PdfError};
use yinxin_seal::report::{StepId, Verdict};
use yinxin_tests::paper::{Paper, References, append, last_section};

use crate::world::{Who, World};

/// Everything a reader does with a file.
fn read(file: &[u8]) -> Result<(), PdfError> {
    let document = Document::from_bytes(file)?;
    document.page_sizes()?;
    document.evidence()?;
    let found = document.find_text("seals here");
    found.map(|_| ()).or_else(|error| match error {
        PdfError::Keyword { .. } => Ok(()),
        error => Err(error),
    })
}

fn refused(file: &[u8]) -> &'static str {
    let started = Instant::now();
    let code = read(file).map_err(|error| error.code()).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    code
}

#[test]
fn what_is_no_pdf_is_named() {
    assert_eq!(refused(b""), "not_a_pdf");
    assert_eq!(refused(b"PK\x03\x04"), "not_a_pdf");
    assert_eq!(refused(b"%PDF-1.7\n"), "malformed");
    let file = Paper::contract(1, References::Table).build();
    assert_eq!(refused(&[b"junk\n", &file[..]].concat()), "ambiguous_structure");
    assert_eq!(refused(&[&file[..], b"junk\n"].concat()), "ambiguous_structure");
}

#[test]
fn a_page_tree_in_a_circle_ends() {
    let circle = |kids: &str| {
        let mut paper = Paper::contract(1, References::Table);
        paper.objects[1].1 = format!("<</Type/Pages/Count 1/Kids[{kids}]>>").into_bytes();
        paper.build()
    };
    assert_eq!(refused(&circle("2 0 R")), "ambiguous_structure");
    assert_eq!(refused(&circle("4 0 R 4 0 R")), "ambiguous_structure");
    assert_eq!(refused(&circle("4 0 R 2 0 R")), "ambiguous_structure");
}

#[test]
fn a_deep_page_tree_ends() {
    let mut paper = Paper::contract(1, References::Table);
    paper.objects[1].1 = b"<</Type/Pages/Count 1/Kids[100 0 R]>>".to_vec();
    for level in 100..300 {
        paper.add(level, &format!("<</Type/Pages/Count 1/Kids[{} 0 R]>>", level + 1));
    }
    assert_eq!(refused(&paper.build()), "limit");
}

#[test]
fn ten_thousand_pages_are_read_and_sealed() {
    let file = Paper::contract(10_000, References::Stream).build();
    let document = Document::from_bytes(&file).unwrap();
    assert_eq!(document.page_count().unwrap(), 10_000);
    let mut world = World::new(Curve::Sm2);
    let sealed = world.simply_sealed(Who::First, &file);
    assert_eq!(world.verdicts(&sealed), [Verdict::Valid]);
}

#[test]
fn object_streams_in_a_circle_end() {
    // Object 7 says it is in stream 8, and 8 in 7; 9 says it is in itself.
    for (number, container) in [(7_u8, 8_u8), (9, 9), (5, 5)] {
        let mut out = Paper::contract(1, References::Stream).build();
        let previous = last_section(&out);
        let section = out.len();
        let data = [2, 0, 0, container, 0, 2, 0, 0, number, 0];
        out.extend_from_slice(
            format!(
                "2000 0 obj\n<</Type/XRef/W[1 3 1]/Index[{number} 1 {container} 1]/Size 2001\
                 /Root 1 0 R/Prev {previous}/Length {}>>\nstream\n",
                data.len()
            )
            .as_bytes(),
        );
        out.extend_from_slice(&data);
        out.extend_from_slice(
            format!("\nendstream\nendobj\nstartxref\n{section}\n%%EOF\n").as_bytes(),
        );
        let document = Document::from_bytes(&out);
        match document {
            Ok(_) if number == 5 => {
                assert_eq!(refused(&out), "ambiguous_structure");
            }
            Ok(_) => {}
            Err(error) => assert_eq!(error.code(), "ambiguous_structure"),
        }
    }
}

#[test]
fn cross_references_in_a_circle_end() {
    let file = Paper::contract(1, References::Table).build();
    let mut out = file.clone();
    let own = out.len();
    append(&mut out, &[], References::Table, 1, Some(own), "");
    assert_eq!(refused(&out), "ambiguous_structure");
}

#[test]
fn lengths_and_references_in_a_circle_end() {
    let mut paper = Paper::contract(1, References::Table);
    paper.objects[4].1 = b"<</Length 5 0 R>>\nstream\nx\nendstream".to_vec();
    assert_eq!(refused(&paper.build()), "malformed");
    let mut paper = Paper::contract(1, References::Table);
    paper.objects[3].1 = b"<</Type/Page/Parent 2 0 R/Contents 6 0 R>>".to_vec();
    paper.add(6, "7 0 R");
    paper.add(7, "6 0 R");
    assert_eq!(refused(&paper.build()), "limit");
}

#[test]
fn deep_nesting_is_a_limit_and_no_overflow() {
    for open in ["[", "<</A", "("] {
        let mut paper = Paper::contract(1, References::Table);
        let deep = open.repeat(100_000);
        paper.objects[3].1 = format!("<</Type/Page/X {deep}").into_bytes();
        let code = refused(&paper.build());
        assert!(matches!(code, "limit" | "malformed"), "{code}");
    }
}

#[test]
fn a_deflate_bomb_is_a_limit() {
    let mut paper = Paper::contract(1, References::Table);
    let bomb = yinxin_tests::paper::deflated_zeros(200 << 20);
    paper.add_stream(6, "/Filter/FlateDecode", &bomb);
    paper.objects[3].1 =
        b"<</Type/Page/Parent 2 0 R/Contents 6 0 R/Resources<</Font<</F1 3 0 R>>>>>>".to_vec();
    let file = paper.build();
    let started = Instant::now();
    read(&file).unwrap(); // content that is no text is passed over
    assert!(started.elapsed() < Duration::from_secs(2));
    // As an object stream it is refused.
    let mut paper = Paper::contract(1, References::Stream);
    paper.add_stream(6, "/Type/ObjStm/N 1/First 4/Filter/FlateDecode", &bomb);
    let mut out = paper.build();
    let previous = last_section(&out);
    let section = out.len();
    out.extend_from_slice(
        format!(
            "2000 0 obj\n<</Type/XRef/W[1 1 1]/Index[4 1]/Size 2001/Root 1 0 R/Prev {previous}\
             /Length 3>>\nstream\n\x02\x06\x00\nendstream\nendobj\nstartxref\n{section}\n%%EOF\n"
        )
        .as_bytes(),
    );
    assert_eq!(refused(&out), "limit");
}

#[test]
fn an_encrypted_file_is_refused() {
    let mut out = b"%PDF-1.7\n".to_vec();
    let paper = Paper::contract(1, References::Table);
    let more = "/Encrypt<</Filter/Standard/V 2>>";
    append(&mut out, &paper.objects, References::Table, 1, None, more);
    assert_eq!(refused(&out), "encrypted");
}

#[test]
fn a_hybrid_file_is_read_and_not_sealed() {
    let paper = Paper::contract(1, References::Table);
    let mut out = b"%PDF-1.7\n".to_vec();
    let stream_at = out.len();
    out.extend_from_slice(
        b"900 0 obj\n<</Type/XRef/W[1 1 1]/Index[800 1]/Size 900/Length 3>>\nstream\n\0\0\0\n\
          endstream\nendobj\n",
    );
    let more = format!("/XRefStm {stream_at}");
    append(&mut out, &paper.objects, References::Table, 1, None, &more);
    assert_eq!(Document::from_bytes(&out).unwrap().page_count().unwrap(), 1);
    let mut world = World::new(Curve::Sm2);
    let placement = crate::world::at(20, 20);
    let field = yinxin_seal::pdf::SignatureField::new();
    let error = world.try_sealed(Who::First, &out, &placement, &field).unwrap_err();
    assert_eq!(error.code(), "ambiguous_structure");
    let error = world.try_report(&out).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "ambiguous_structure");
}

#[test]
fn a_sealed_file_cut_short_at_any_place_is_never_valid() {
    let mut world = World::new(Curve::Sm2);
    for references in [References::Table, References::Stream] {
        let file = Paper::contract(1, references).build();
        let sealed = world.simply_sealed(Who::First, &file);
        // Every length near the structure, every 97th inside picture and signature.
        let near = |length: usize| length < file.len() + 400 || length + 1500 > sealed.len();
        for length in (0..sealed.len()).filter(|length| near(*length) || length % 97 == 0) {
            read(&sealed[..length]).ok();
            if length + 1 < sealed.len() {
                assert!(!world.is_valid(&sealed[..length]), "{length}");
            }
        }
    }
}

#[test]
fn no_byte_of_a_sealed_file_can_be_turned_and_stay_valid() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1, References::Table).build();
    let sealed = world.simply_sealed(Who::First, &file);
    let hole = sealed.windows(11).position(|w| w == b"/Contents <").unwrap();
    let near = |at: usize| at < file.len() + 50 || at > hole.saturating_sub(300);
    let mut checked = 0;
    for at in (0..sealed.len()).filter(|at| near(*at) && at % 29 == 0 || at % 701 == 0) {
        let mut turned = sealed.clone();
        turned[at] ^= 1 << (at % 8);
        read(&turned).ok();
        let inside_hole = at > hole && turned[at].is_ascii_hexdigit();
        // Upper and lower case of a hex digit are the same value.
        let same = inside_hole && turned[at].eq_ignore_ascii_case(&sealed[at]);
        // The white space behind the last %%EOF is nobody's.
        let behind = at + 1 == sealed.len();
        if !same && !behind {
            let place =
                String::from_utf8_lossy(&turned[at.saturating_sub(20)..turned.len().min(at + 20)]);
            assert!(!world.is_valid(&turned), "byte {at} of {}: {place}", sealed.len());
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked}");
}

/// What a mutant of a sealed file is, and where it has to fail first.
type Mutant = (&'static str, Vec<u8>, StepId, &'static str);

#[test]
fn sixteen_mutants_of_one_sealed_file_fail_at_their_own_step() {
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(2, References::Table).build();
    let sealed = world.simply_sealed(Who::First, &file);
    assert_eq!(world.verdicts(&sealed), [Verdict::Valid]);
    for (name, mutant, step, code) in mutants(&mut world, &file, &sealed) {
        assert_eq!(world.first_failing(&mutant), (Some(step), code.to_owned()), "{name}");
        assert!(!world.is_valid(&mutant), "{name}");
    }
}

fn mutants(world: &mut World, file: &[u8], sealed: &[u8]) -> Vec<Mutant> {
    use yinxin_tests::paper::increment;
    let replaced = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let at = sealed.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
        let mut out = sealed.to_vec();
        out[at..at + to.len()].copy_from_slice(to.as_bytes());
        out
    };
    let hole = sealed.windows(11).position(|w| w == b"/Contents <").unwrap() + 11;
    // Turns a bit of the signature where this text stands in it for the nth time.
    let in_signature = |part: &[u8], offset: usize, nth: usize| {
        let digits: Vec<u8> = part.iter().flat_map(|b| format!("{b:02X}").into_bytes()).collect();
        let found: Vec<usize> = sealed[hole..]
            .windows(digits.len())
            .enumerate()
            .filter(|(_, window)| *window == digits)
            .map(|(at, _)| at)
            .collect();
        let at = hole + found[nth] + digits.len() + offset * 2;
        let mut out = sealed.to_vec();
        out[at] = if out[at] == b'0' { b'1' } else { b'0' };
        out
    };
    let signature = {
        let digits = std::str::from_utf8(&sealed[hole..]).unwrap_or_default();
        let end = sealed[hole..].iter().position(|b| *b == b'>').unwrap();
        let digits = if digits.is_empty() {
            String::from_utf8(sealed[hole..hole + end].to_vec()).unwrap()
        } else {
            digits[..end].to_owned()
        };
        (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
            .collect::<Vec<u8>>()
    };
    let length = {
        let outer = yinxin_pki::der::Reader::new(&signature).any().unwrap();
        outer.raw.len()
    };
    let last_digit = hole + length * 2 - 1;
    let turned_last = {
        let mut out = sealed.to_vec();
        out[last_digit] = if out[last_digit] == b'0' { b'1' } else { b'0' };
        out
    };
    let other = world.simply_sealed(Who::Second, file);
    let other_hole = other.windows(11).position(|w| w == b"/Contents <").unwrap() + 11;
    let exchanged = {
        // Another unit's signature in this file's hole.
        let mut out = sealed.to_vec();
        let end = sealed[hole..].iter().position(|b| *b == b'>').unwrap();
        let theirs = other[other_hole..].iter().position(|b| *b == b'>').unwrap();
        let digits = &other[other_hole..other_hole + theirs];
        out[hole..hole + end].fill(b'0');
        let length = digits.len().min(end);
        out[hole..hole + length].copy_from_slice(&digits[..length]);
        out
    };
    let mut stranger = World::new(Curve::Sm2);
    let strange = {
        // A whole authority of the same names and other keys.
        let rng = yinxin_ca::fixture::FixedRng::new(77);
        stranger.fixture.rng = rng;
        stranger.fixture.authority = yinxin_ca::Authority::create(
            Curve::Sm2,
            crate::world::CLOCK,
            &mut stranger.fixture.rng,
        )
        .unwrap();
        let (request, key) = yinxin_ca::fixture::request(
            Curve::Sm2,
            "C=CN,O=甲公司,CN=甲公司",
            &mut stranger.fixture.rng,
        )
        .unwrap();
        stranger.fixture.signing_key = key;
        let rng = &mut stranger.fixture.rng;
        let clock = crate::world::CLOCK;
        stranger.fixture.holder =
            stranger.fixture.authority.issue_holder(&request, None, 365, clock, rng).unwrap();
        stranger.simply_sealed(Who::First, file)
    };
    let price = {
        let value = "BT /F1 24 Tf 72 760 Td (Other) Tj ET";
        let body = format!("<</Length {}>>\nstream\n{value}\nendstream", value.len());
        increment(sealed, &[(5, body.into_bytes())], 1)
    };
    let (digest, coverage) = (StepId::Digest, StepId::Coverage);
    let doubled = |name: &str| sealed.iter().copied().chain(name.bytes()).collect::<Vec<u8>>();
    vec![
        ("text of the page", replaced("1,000,000", "1,000,001"), digest, "digest_mismatch"),
        ("the second page", replaced("page 2 of 2", "page 3 of 2"), digest, "digest_mismatch"),
        ("the box of the seal", replaced("/Rect [340", "/Rect [140"), digest, "digest_mismatch"),
        (
            "another sub-filter",
            replaced("GM.sm2seal", "GM.sm2sael"),
            StepId::Structure,
            "unsupported_sub_filter",
        ),
        ("start of the range", replaced("/ByteRange [0 ", "/ByteRange [1 "), digest, "byte_range"),
        ("key of the range", replaced("/ByteRange", "/ByteRangf"), digest, "byte_range"),
        (
            "key of the contents",
            replaced("/Contents <", "/Contentz <"),
            StepId::Structure,
            "contents_missing",
        ),
        ("the signature value", turned_last, StepId::SigValue, "signature"),
        (
            "structure of the signature",
            {
                let mut out = sealed.to_vec();
                out[hole + 1] = b'1';
                out
            },
            StepId::Structure,
            "unknown_structure",
        ),
        (
            "name in the seal, no text any more",
            in_signature("甲公".as_bytes(), 2, 0),
            StepId::Structure,
            "malformed",
        ),
        ("id of the seal", in_signature(b"370300000", 1, 0), StepId::SigValue, "signature"),
        ("another unit's signature", exchanged, digest, "digest_mismatch"),
        ("another authority", strange, StepId::SignerChain, "untrusted"),
        ("content after sealing", price, coverage, "modified_after"),
        (
            "bytes after the end",
            doubled("12 0 obj null endobj"),
            StepId::Container,
            "ambiguous_structure",
        ),
        ("end cut off", sealed[..sealed.len() - 7].to_vec(), StepId::Container, "malformed"),
    ]
}

#[test]
fn hundreds_of_revisions_after_a_signature_end_in_time() {
    use yinxin_tests::paper::increment;
    let mut world = World::new(Curve::Sm2);
    let file = Paper::contract(1000, References::Table).build();
    let mut out = world.simply_sealed(Who::First, &file);
    for number in 0..400 {
        out = increment(&out, &[(6000 + number, b"<</A 1>>".to_vec())], 1);
    }
    let started = Instant::now();
    assert!(!world.is_valid(&out));
    let took = started.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn hundreds_of_signature_fields_end_in_time() {
    use yinxin_tests::paper::increment;
    let mut world = World::new(Curve::Sm2);
    let mut paper = Paper::contract(1, References::Table);
    // Ten megabytes that every signature would have to hash.
    paper.add_stream(900, "", &vec![b' '; 10 << 20]);
    let file = paper.build();
    let sealed = world.signed(Who::First, &file, &yinxin_seal::pdf::SignatureField::new());
    let at = sealed.windows(10).position(|w| w == b"/ByteRange").unwrap();
    let head = sealed[..at].windows(5).rposition(|w| w == b" obj\n").unwrap() + 5;
    let end = at + sealed[at..].windows(7).position(|w| w == b"\nendobj").unwrap();
    let value = sealed[head..end].to_vec();
    let mut objects = Vec::new();
    let mut fields = String::new();
    for number in 0..250 {
        let field = 6000 + number;
        objects.push((
            field,
            format!("<</FT/Sig/T(F{number})/V {} 0 R>>", 7000 + number % 3).into_bytes(),
        ));
        fields.push_str(&format!("{field} 0 R "));
    }
    for number in 0..3 {
        objects.push((7000 + number, value.clone()));
    }
    let catalog = format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{fields}]>>>>");
    objects.push((1, catalog.into_bytes()));
    let out = increment(&sealed, &objects, 1);
    let started = Instant::now();
    assert!(!world.is_valid(&out));
    let took = started.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}
