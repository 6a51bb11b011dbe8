//! Packages made to harm or to be read two ways: none is valid, none takes long.

use std::time::{Duration, Instant};

use yinxin_pki::Explain;
use yinxin_seal::es::Version;
use yinxin_seal::ofd::{Limits, Lock, Package};
use yinxin_seal::report::Verdict;
use yinxin_tests::archive::{Entry, crc32, write};

use crate::ofd::{add, at, blank, read, replace};
use crate::world::World;

fn entries(bytes: &[u8]) -> Vec<Entry> {
    let package = read(bytes);
    package.files().map(|path| Entry::stored(path, package.file(path).unwrap())).collect()
}

fn sealed(world: &mut World) -> Vec<u8> {
    let seal = world.seal(Version::V4);
    let bytes = blank(1, world);
    world.seal_ofd(&bytes, seal, &at(1), Lock::Open).unwrap()
}

#[track_caller]
fn refused(bytes: &[u8], code: &str) {
    let started = Instant::now();
    let error = Package::read(bytes, &Limits::default()).map(drop).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let mut world = World::new();
    let mut list = entries(&sealed(&mut world));
    let again = Entry::stored("Doc_0/Pages/Page_0/Content.xml", b"<ofd:Page/>");
    for at in [0, list.len()] {
        let mut list = list.clone();
        list.insert(at, again.clone());
        refused(&write(&list), "path_duplicate");
    }
    list.push(Entry::stored("doc_0/pages/page_0/content.xml", b"<ofd:Page/>"));
    refused(&write(&list), "path_case_difference");
}

#[test]
fn names_that_leave_the_package_are_refused() {
    let mut world = World::new();
    let list = entries(&sealed(&mut world));
    for name in ["../a", "/a", "a/../b", "a\\b", "c:/a", "a//b", "a\0b", "./a", ""] {
        let mut list = list.clone();
        list.push(Entry::stored(name, b"x"));
        refused(&write(&list), "path_form");
    }
    let mut list = list;
    list.push(Entry { name: b"\xff\xfe".to_vec(), ..Entry::stored("x", b"x") });
    refused(&write(&list), "path_encoding");
}

#[test]
fn headers_that_disagree_are_refused() {
    let mut world = World::new();
    let list = entries(&sealed(&mut world));
    let with = |change: fn(&mut Entry)| {
        let mut list = list.clone();
        change(&mut list[1]);
        write(&list)
    };
    refused(&with(|entry| entry.local_name = Some(b"other".to_vec())), "zip_disagreement");
    refused(&with(|entry| entry.local_size = Some(1)), "zip_disagreement");
    refused(&with(|entry| entry.gap = b"hidden".to_vec()), "zip_bytes_beside");
    refused(&with(|entry| entry.crc ^= 1), "zip_data");
    refused(&with(|entry| entry.flags |= 1), "zip_encrypted");
    refused(&with(|entry| entry.method = 14), "zip_method");
}

#[test]
fn a_local_file_that_the_directory_does_not_name_is_refused() {
    let mut world = World::new();
    let sealed = sealed(&mut world);
    // A reader from the front would see it.
    let hidden = write(&[Entry::stored("OFD.xml", b"<ofd:OFD/>")]);
    let local = &hidden[..hidden.len() - 22 - 46 - "OFD.xml".len()];
    let bytes = [local, &sealed].concat();
    assert!(Package::read(&bytes, &Limits::default()).is_err());
    let mut list = entries(&sealed);
    list[0].gap = local.to_vec();
    refused(&write(&list), "zip_bytes_beside");
}

#[test]
fn bombs_are_refused_before_they_unpack() {
    let mut world = World::new();
    let mut list = entries(&sealed(&mut world));
    // Says it has a gigabyte.
    let mut bomb = Entry::stored("bomb", b"x");
    (bomb.method, bomb.size) = (8, 1 << 30);
    list.push(bomb.clone());
    refused(&write(&list), "limit");
    // Says it has a little, and has more: the room ends.
    let last = list.len() - 1;
    let zeros = vec![0; 1 << 20];
    list[last].data = yinxin_tests::archive::deflated(&zeros);
    list[last].packed = u32::try_from(list[last].data.len()).unwrap();
    list[last].size = 1 << 10;
    list[last].crc = crc32(&zeros[..1 << 10]);
    refused(&write(&list), "zip_data");
    // Many that are large together.
    let mut list = entries(&blank(1, &world));
    for number in 0..3 {
        let mut part = bomb.clone();
        part.name = format!("part{number}").into_bytes();
        part.size = 90 << 20;
        list.push(part);
    }
    refused(&write(&list), "limit");
}

#[test]
fn a_nested_package_is_a_file_like_any_other() {
    let mut world = World::new();
    let sealed = sealed(&mut world);
    let nested = add(&sealed, "Doc_0/inner.ofd", &sealed);
    assert_eq!(world.verify_ofd(&nested).verdict(), Some(Verdict::Valid));
}

#[test]
fn entity_bombs_and_deep_xml_are_refused() {
    let mut world = World::new();
    let sealed = sealed(&mut world);
    let page = "Doc_0/Pages/Page_0/Content.xml";
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let wide = format!("<a>{}</a>", "<b/>".repeat(500_000));
    for text in [
        "<!DOCTYPE a [<!ENTITY b \"cc\"><!ENTITY d \"&b;&b;\">]><a>&d;</a>".to_owned(),
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>".to_owned(),
        deep,
        wide,
    ] {
        let started = Instant::now();
        let report = world.verify_ofd(&replace(&sealed, page, text.as_bytes()));
        assert_eq!(report.verdict(), Some(Verdict::Unreadable));
        assert!(started.elapsed() < Duration::from_secs(2));
    }
}

#[test]
fn a_chain_of_draw_parameters_or_blocks_in_a_circle_ends() {
    let mut world = World::new();
    let sealed = sealed(&mut world);
    let resources = "Doc_0/DocumentRes.xml";
    let text = String::from_utf8(read(&sealed).file(resources).unwrap().to_vec()).unwrap();
    let circle = "<ofd:DrawParams><ofd:DrawParam ID=\"70\" Relative=\"71\"/>\
                  <ofd:DrawParam ID=\"71\" Relative=\"70\"/></ofd:DrawParams></ofd:Res>";
    let bytes = replace(&sealed, resources, text.replace("</ofd:Res>", circle).as_bytes());
    let page = "Doc_0/Pages/Page_0/Content.xml";
    let text = String::from_utf8(read(&bytes).file(page).unwrap().to_vec()).unwrap();
    let text = text.replace("Type=\"Body\"", "Type=\"Body\" DrawParam=\"70\"");
    let bytes = replace(&bytes, page, text.as_bytes());
    let package = read(&bytes);
    let document = package.document(1).unwrap();
    assert!(yinxin_seal::ofd::page::Page::read(&package, &document, 1).is_ok());
}

/// Objects of the size of the page, more than anybody waits for: drawing ends, and says so.
#[test]
fn a_page_painted_over_without_end_is_drawn_in_bounded_time() {
    let mut world = World::new();
    let sealed = sealed(&mut world);
    let page = "Doc_0/Pages/Page_0/Content.xml";
    let text = String::from_utf8(read(&sealed).file(page).unwrap().to_vec()).unwrap();
    let object = |id: usize| {
        format!(
            "<ofd:PathObject ID=\"{}\" Boundary=\"10 10 180 200\" Fill=\"true\" Stroke=\"false\">\
             <ofd:FillColor Value=\"250 250 {}\" Alpha=\"40\"/><ofd:AbbreviatedData>\
             M -50 -50 L 300 0 L 300 400 L 0 300 C</ofd:AbbreviatedData></ofd:PathObject>",
            1000 + id,
            id % 250
        )
    };
    let many: String = (0..20_000).map(object).collect();
    let text = text.replacen("</ofd:Layer>", &format!("{many}</ofd:Layer>"), 1);
    let bytes = replace(&sealed, page, text.as_bytes());
    let package = read(&bytes);
    let none = yinxin_seal::report::DocumentReport::default();
    let resolution = yinxin_seal::picture::Resolution::DPI_300;
    let started = Instant::now();
    let drawn = yinxin_seal::ofd::render(&package, 1, &none, resolution, None).unwrap();
    println!("drawn in {:?}", started.elapsed());
    // The bar is two seconds; other work on the machine gets three times that.
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    assert!(drawn.skipped.contains(&"more than can be drawn in time".to_owned()));
}

#[test]
fn a_package_cut_anywhere_is_unreadable() {
    let mut world = World::new();
    let sealed = sealed(&mut world);
    for length in (0..sealed.len()).step_by(13) {
        let report = world.verify_ofd(&sealed[..length]);
        assert_eq!(report.verdict(), Some(Verdict::Unreadable), "{length}");
    }
}

#[test]
fn no_turned_byte_of_any_file_is_valid_or_breaks_the_reader() {
    let mut world = World::new();
    let sealed = sealed(&mut world);
    let package = read(&sealed);
    // Only the list of signatures is not protected: another order or id is no other document.
    for path in package.files().filter(|path| !path.ends_with("Signatures.xml")) {
        let content = package.file(path).unwrap();
        for at in (0..content.len()).step_by(11) {
            let mut changed = content.to_vec();
            changed[at] ^= 1 << (at % 7);
            let report = world.verify_ofd(&replace(&sealed, path, &changed));
            assert_ne!(report.verdict(), Some(Verdict::Valid), "{path} byte {at}");
        }
    }
    let list = "Doc_0/Signs/Signatures.xml";
    let content = package.file(list).unwrap();
    for at in 0..content.len() {
        let mut changed = content.to_vec();
        changed[at] ^= 1 << (at % 7);
        drop(world.verify_ofd(&replace(&sealed, list, &changed)));
    }
}

#[test]
fn as_many_signatures_as_files_allow_are_judged_and_more_are_refused() {
    let mut limits = Limits::default();
    limits.comparisons = 10;
    let mut world = World::new();
    let sealed = sealed(&mut world);
    let trust = &world.fixture.trust;
    let check = yinxin_seal::check::Check::new(trust, world.now);
    let report = yinxin_seal::ofd::verify(&sealed, &Limits::default(), &check);
    assert_ne!(report.verdict(), Some(Verdict::Unreadable));
    let more = add(&sealed, "Doc_0/more", b"");
    let report = yinxin_seal::ofd::verify(&more, &limits, &check);
    assert_eq!(report.verdict(), Some(Verdict::Unreadable));
}
