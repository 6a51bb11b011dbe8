//! `docs/protocol.md` says what the code does: its examples are read by it, its names are the code's.

use yinxin_session::wire::{Request, StatementContent};
use yinxin_session::{Code, Scene, Suite};

use crate::{HUB, ORIGIN, world};

const DOCUMENT: &str = include_str!("../../docs/protocol.md");

/// The example of a kind: the block that opens with "```json kind".
fn example(kind: &str) -> String {
    let opening = format!("```json {kind}\n");
    let (_, rest) = DOCUMENT.split_once(&opening).unwrap();
    rest.split_once("\n```").unwrap().0.to_owned()
}

#[test]
fn the_documented_request_is_read() {
    let world = world(Suite::Sm);
    let own = world.request();
    let key = yinxin_pki::base64::encode_url(&own.reply_key);
    let text = example("request").replace("REPLYKEY", &key);
    let read = Request::read(text.as_bytes()).unwrap();
    assert_eq!((read.scene(), &read.hub[..], &read.origin[..]), (Scene::Login, HUB, ORIGIN));
}

#[test]
fn the_documented_statement_is_read() {
    let read = StatementContent::read(example("statement").as_bytes()).unwrap();
    assert_eq!(read.list_number, 7);
    assert!(read.matched);
}

#[test]
fn every_code_that_the_document_names_exists() {
    let prose: String = DOCUMENT.split("```").step_by(2).collect();
    let words = prose.split('`').skip(1).step_by(2).flat_map(|text| text.split(' '));
    let codes = words.filter(|word| {
        word.len() > 1
            && word.contains('_')
            && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    });
    let mut count = 0;
    for code in codes {
        assert!(Code::from_name(code).is_some(), "{code}");
        count += 1;
    }
    assert!(count > 40, "{count}");
}
