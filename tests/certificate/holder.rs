//! Who the holder is, whatever the habit of the certificate authority.

use yinxin_pki::certificate::{Extension, NameBuilder};
use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::{Certificate, Holder, Name, Oid, oid};

use crate::world::{Plan, World};

const CODE: &str = "91350100M000100Y43";
const ID: &str = "11010519491231002X";

fn certificate(subject: Name, extensions: Vec<Extension>) -> Certificate {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let mut plan = Plan::leaf("").subject(&subject);
    plan.extensions.extend(extensions);
    world.issue(&root, plan).certificate
}

fn subject(pairs: &[(Oid, &str)]) -> Name {
    let builder = NameBuilder::new().with(oid::COUNTRY, "CN");
    pairs.iter().fold(builder, |name, (oid, value)| name.with(*oid, value)).build().unwrap()
}

fn assert_unit(holder: &Holder) {
    assert_eq!(holder.name(), "甲公司");
    assert_eq!(holder.unified_code().map(ToString::to_string).as_deref(), Some(CODE), "{holder}");
}

fn assert_person(holder: &Holder) {
    let Holder::Person { name, id: Some(id), .. } = holder else { panic!("{holder:?}") };
    assert_eq!((name.as_str(), id.reveal()), ("张三", ID));
}

#[test]
fn a_units_code_is_found_in_its_subject() {
    for (oid, value) in [
        (oid::SERIAL_NUMBER, CODE.to_owned()),
        (oid::ORGANISATION_IDENTIFIER, CODE.to_owned()),
        (oid::ORGANISATION_IDENTIFIER, format!("NTRCN-{CODE}")),
        (oid::ORGANISATION_IDENTIFIER, format!("VATCN-{CODE}")),
        (oid::ORGANISATIONAL_UNIT, CODE.to_owned()),
    ] {
        let name =
            [(oid::ORGANISATION, "甲公司"), (oid, value.as_str()), (oid::COMMON_NAME, "甲公司")];
        assert_unit(&certificate(subject(&name), vec![]).holder());
    }
}

#[test]
fn a_units_code_is_found_in_every_cas_extension() {
    for oid in [
        oid::GM_ORGANISATION_CODE,
        oid::CA_UNIFIED_CODE,
        oid::CA_UNIFIED_CODE_148,
        oid::CA_UNIFIED_CODE_205,
        oid::CA_UNIFIED_CODE_21,
    ] {
        let utf16: Vec<u8> = CODE.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let plain = CODE.as_bytes();
        let string = |tag: Tag| Writer::build(|w| w.tlv(tag, plain));
        let forms = [
            plain.to_vec(),
            string(Tag::PRINTABLE_STRING),
            string(Tag::UTF8_STRING),
            string(Tag::IA5_STRING),
            string(Tag::T61_STRING),
            string(Tag::OCTET_STRING),
            string(Tag::implicit(0)),
            Writer::build(|w| w.tlv(Tag::BMP_STRING, &utf16)),
            Writer::build(|w| w.set(|w| w.tlv(Tag::implicit(1), plain))),
            Writer::build(|w| w.sequence(|w| w.utf8_string(CODE))),
        ];
        for value in forms {
            let name = [(oid::ORGANISATION, "甲公司"), (oid::COMMON_NAME, "甲公司")];
            let extension = Extension { oid, critical: false, value };
            assert_unit(&certificate(subject(&name), vec![extension]).holder());
        }
    }
}

#[test]
fn structured_common_names_are_taken_apart() {
    let unit = [(oid::COMMON_NAME, "051@甲公司@N91350100M000100Y43@1")];
    assert_unit(&certificate(subject(&unit), vec![]).holder());
    let person = [(oid::COMMON_NAME, "041@011010519491231002X@张三@1")];
    assert_person(&certificate(subject(&person), vec![]).holder());
}

#[test]
fn a_persons_number_is_found_in_subject_and_extensions() {
    for oid in [oid::GM_IDENTITY_CODE, oid::CA_IDENTITY_CARD] {
        let value = Writer::build(|w| w.printable_string(ID));
        let extension = Extension { oid, critical: false, value };
        let name = [(oid::COMMON_NAME, "张三")];
        assert_person(&certificate(subject(&name), vec![extension]).holder());
    }
    for value in [ID.to_owned(), format!("IDCCN-{ID}"), format!("SF{ID}")] {
        let name = [(oid::SERIAL_NUMBER, value.as_str()), (oid::COMMON_NAME, "张三")];
        assert_person(&certificate(subject(&name), vec![]).holder());
    }
}

#[test]
fn a_persons_number_never_prints_whole() {
    let name = [(oid::SERIAL_NUMBER, ID), (oid::COMMON_NAME, "张三")];
    let holder = certificate(subject(&name), vec![]).holder();
    for text in [format!("{holder}"), format!("{holder:?}")] {
        assert!(!text.contains(ID) && text.contains("110****002X"), "{text}");
    }
}

#[test]
fn a_number_with_a_wrong_check_digit_is_no_persons() {
    let name = [(oid::SERIAL_NUMBER, "110105194912310021"), (oid::COMMON_NAME, "张三")];
    let holder = certificate(subject(&name), vec![]).holder();
    assert!(!matches!(holder, Holder::Person { .. }), "{holder:?}");
}

#[test]
fn without_a_number_a_unit_is_told_by_its_name_and_else_nothing_is_claimed() {
    let unit = [(oid::ORGANISATION, "甲公司"), (oid::COMMON_NAME, "甲公司")];
    let holder = certificate(subject(&unit), vec![]).holder();
    assert!(matches!(holder, Holder::Organisation { code: None, .. }), "{holder:?}");
    let someone = [(oid::ORGANISATION, "甲公司"), (oid::COMMON_NAME, "张三")];
    let holder = certificate(subject(&someone), vec![]).holder();
    assert!(matches!(holder, Holder::Unknown { .. }), "{holder:?}");
}
