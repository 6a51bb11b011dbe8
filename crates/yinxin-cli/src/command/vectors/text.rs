//! JSON as signed objects carry it.

use serde_json::{Value, json};
use yinxin::json as strict;

use super::{Vectors, octets};

pub(super) fn vectors() -> Vectors {
    let deep = |depth: usize| {
        let inside = "[".repeat(depth - 1) + &"]".repeat(depth - 1);
        format!("{{\"a\":{inside}}}")
    };
    let (sixteen, seventeen) = (deep(16), deep(17));
    let cases: Vec<(&str, &[u8])> = vec![
        ("empty object", b"{}"),
        ("spaces between", b"{ \"a\" : [ 1 , 2 ] }"),
        ("largest number", b"{\"a\":9007199254740991}"),
        ("zero", b"{\"a\":0}"),
        ("escaped letters", b"{\"a\":\"\\u4e2d\\u0041\"}"),
        ("a pair of surrogates", b"{\"a\":\"\\ud83d\\ude00\"}"),
        ("Chinese", "{\"a\":\"标段\"}".as_bytes()),
        ("sixteen deep", sixteen.as_bytes()),
        ("true, false, null", b"{\"a\":true,\"b\":false,\"c\":null}"),
        ("seventeen deep", seventeen.as_bytes()),
        ("number too large", b"{\"a\":9007199254740992}"),
        ("a fraction", b"{\"a\":1.0}"),
        ("an exponent", b"{\"a\":1e2}"),
        ("a sign", b"{\"a\":-1}"),
        ("a leading zero", b"{\"a\":01}"),
        ("a name twice", b"{\"a\":1,\"a\":2}"),
        ("a name twice, once escaped", b"{\"a\":1,\"\\u0061\":2}"),
        ("a byte order mark", b"\xef\xbb\xbf{}"),
        ("a space before", b" {}"),
        ("a space behind", b"{} "),
        ("a line behind", b"{}\n"),
        ("an array", b"[]"),
        ("no UTF-8", b"{\"a\":\"\xff\"}"),
        ("a surrogate alone", b"{\"a\":\"\\ud83d\"}"),
        ("not normalised", "{\"a\":\"e\u{301}\"}".as_bytes()),
        ("direction changed", "{\"a\":\"\u{202e}x\"}".as_bytes()),
        ("direction changed, escaped", b"{\"a\":\"\\u202ex\"}"),
        ("zero width", "{\"a\":\"x\u{200b}y\"}".as_bytes()),
        ("a line separator", "{\"a\":\"x\u{2028}y\"}".as_bytes()),
        ("a control character", b"{\"a\":\"\\u0007\"}"),
        ("a comma too many", b"{\"a\":1,}"),
        ("single quotes", b"{'a':1}"),
        ("cut off", b"{\"a\":"),
    ];
    let cases = cases.into_iter().map(|(name, text)| {
        let fits = strict::check(text).is_ok();
        json!({"name": name, "text": octets(text), "expect": if fits { "ok" } else { "refused" }})
    });
    Vectors {
        name: "json",
        about: "texts that have one meaning, and texts that are refused",
        shared: json!({}),
        cases: cases.collect::<Vec<Value>>(),
    }
}
