//! Frames, envelopes, derived values: what only programs read.

use serde_json::{Value, json};
use yinxin::Digest;
use yinxin::session::channel::{Binding, ChannelKey, DisplayKey, Sid, Step};
use yinxin::session::frame::{self, QrSecret, SentFrame};
use yinxin::session::matching::MatchSecret;
use yinxin::session::transcript::Transcript;

use super::desk::{Desk, HUB, sure};
use super::{Vectors, octets, outcome};

const SID: Sid = Sid([0x51; 16]);

struct Channel {
    binding: Binding,
    display: DisplayKey,
    secret: MatchSecret,
}

pub(super) fn vectors(desk: &mut Desk) -> [Vectors; 4] {
    let request = desk.suite.digest().digest(b"request");
    let channel = Channel {
        binding: Binding { suite: desk.suite, sid: SID, request },
        display: DisplayKey::from_bytes([0xd1; 16]),
        secret: MatchSecret::from_bytes([0x6d; 32]),
    };
    [frames(desk), derived(desk, &channel), envelopes(desk, &channel), keyed(desk, &channel)]
}

fn frames(desk: &Desk) -> Vectors {
    let (secret, display) = (QrSecret::from_bytes([9; 32]), DisplayKey::from_bytes([0xd1; 16]));
    let draw = |host: &str, age| secret.draw(desk.suite, host, SID, age, &display);
    let mut cases = Vec::new();
    for (host, age) in [
        (HUB, 0),
        (HUB, 1),
        (HUB, 119),
        ("h.cn", 65_536),
        ("hub-number-one.example.cn", 300),
        ("a-host-of-forty-characters.example.co.cn", 5),
    ] {
        let text = draw(host, age);
        cases.push(json!({"name": "drawn", "host": host, "age": age, "expect": outcome(text, Value::from)}));
    }
    let long = draw("a-host-of-forty-one-characters.example.cn", 5);
    let long = outcome(long, Value::from);
    let host = "a-host-of-forty-one-characters.example.cn";
    cases.push(json!({"name": "drawn", "host": host, "age": 5, "expect": long}));
    let good = sure(draw(HUB, 7));
    let lower = good.to_lowercase();
    let bent = [
        ("honest", good.clone()),
        ("lower case", lower.replace("https", "HTTPS").replace("/q/", "/Q/")),
        ("an octet behind", format!("{good}A")),
        ("an octet less", good.get(..good.len() - 1).unwrap_or("").into()),
        ("a space behind", format!("{good} ")),
        ("a spare bit", spare_bit(&good)),
        ("another version", good.replacen("/Q/A", "/Q/B", 1)),
        ("another host", good.replacen("HUB.", "BUH.", 1)),
        ("a port", good.replacen("/Q/", ":443/Q/", 1)),
        ("a user", good.replacen("HTTPS://", "HTTPS://X@", 1)),
        ("a dot at the end", good.replacen("/Q/", "./Q/", 1)),
        ("a web page", "https://example.cn/about".into()),
        ("a passkey's code", "FIDO:/1234".into()),
    ];
    for (name, text) in bent {
        let read = frame::scan(&text, &[HUB]);
        let expect = outcome(read, |scanned| {
            json!({
                "sent": octets(scanned.frame.to_bytes()),
                "displayKey": octets(scanned.display.as_bytes()),
            })
        });
        cases.push(json!({"name": name, "text": text, "expect": expect}));
    }
    let sent = sure(frame::scan(&good, &[HUB])).frame;
    for age in [0, 4, 5, 7, 15, 16] {
        let checked = secret.check(desk.suite, &sent, age).map(|()| true);
        let sent = octets(sent.to_bytes());
        cases.push(json!({"name": "at the hub", "sent": sent, "age": age, "expect": outcome(checked, Value::from)}));
    }
    let other = flipped(&sent.to_bytes(), SentFrame::LEN - 1);
    let checked = SentFrame::from_bytes(&other)
        .and_then(|sent| secret.check(desk.suite, &sent, 7).map(|()| true));
    let expect = outcome(checked, Value::from);
    cases.push(json!({"name": "at the hub", "sent": octets(&other), "age": 7, "expect": expect}));
    Vectors {
        name: desk.name("frame"),
        about: "codes drawn by a page (host, age in seconds), read by a phone that pins the shared \
                hub, and checked by the hub at an age",
        shared: json!({
            "hub": HUB,
            "qrSecret": octets([9; 32]),
            "sid": octets(SID.0),
            "displayKey": octets([0xd1; 16]),
        }),
        cases,
    }
}

/// The last digit carries three bits that have to be zero.
fn spare_bit(text: &str) -> String {
    let (head, last) = text.split_at(text.len() - 1);
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let place = digits.find(last).unwrap_or(0) ^ 1;
    format!("{head}{}", digits.get(place..=place).unwrap_or("A"))
}

fn flipped(octets: &[u8], at: usize) -> Vec<u8> {
    octets.iter().zip(0..).map(|(octet, place)| octet ^ u8::from(place == at)).collect()
}

fn derived(desk: &Desk, channel: &Channel) -> Vectors {
    let Channel { binding, secret, .. } = channel;
    let number = |secret: &MatchSecret| {
        json!({
            "number": secret.number(binding.suite, binding.sid, &binding.request),
            "choices": secret.choices(binding.suite, binding.sid, &binding.request),
        })
    };
    let mut cases =
        vec![json!({"name": "match", "m": octets(secret.as_bytes()), "expect": number(secret)})];
    for octet in [0_u8, 1, 2, 3, 255] {
        let secret = MatchSecret::from_bytes([octet; 32]);
        cases.push(json!({"name": "match", "m": octets([octet; 32]), "expect": number(&secret)}));
    }
    let begun = || Transcript::new(binding, b"hello");
    let offered = || begun().offer(binding, b"offer");
    let one = || offered().prepared(binding, b"first");
    for (prepared, offer, transcript) in [
        (json!([]), Value::Null, begun()),
        (json!([]), octets(b"offer"), offered()),
        (json!([octets(b"first")]), octets(b"offer"), one()),
        (
            json!([octets(b"first"), octets(b"second")]),
            octets(b"offer"),
            one().prepared(binding, b"second"),
        ),
    ] {
        let digest: Digest = transcript.digest(binding);
        cases.push(json!({
            "name": "transcript",
            "hello": octets(b"hello"),
            "offer": offer,
            "prepared": prepared,
            "expect": octets(digest),
        }));
    }
    Vectors {
        name: desk.name("derived"),
        about: "numbers to match, and transcripts over messages as relayed",
        shared: shared(channel),
        cases,
    }
}

fn shared(channel: &Channel) -> Value {
    json!({
        "sid": octets(channel.binding.sid.0),
        "requestDigest": octets(channel.binding.request),
        "displayKey": octets(channel.display.as_bytes()),
    })
}

fn envelopes(desk: &mut Desk, channel: &Channel) -> Vectors {
    let Channel { binding, display, .. } = channel;
    let steps = [
        ("hello", Step::Hello),
        ("offer", Step::Offer),
        ("answer", Step::Answer),
        ("reject", Step::Reject),
    ];
    let mut cases = Vec::new();
    let mut first = Vec::new();
    for (name, step) in steps {
        let message = format!("a message of step {name}");
        let sealed =
            binding.seal(step, message.as_bytes(), desk.reply.public(), display, &mut desk.rng);
        let sealed = sure(sealed);
        for (other, step) in steps {
            cases.push(opened(desk, channel, (other, step), &sealed));
        }
        first = sealed;
    }
    let cut = first.get(..first.len() - 1).unwrap_or(&[]).to_vec();
    let mut bent = Vec::new();
    for at in [0, 1, 2, 3, 40, first.len() - 17, first.len() - 1] {
        bent.push(flipped(&first, at));
    }
    for envelope in [vec![cut], bent].concat() {
        cases.push(opened(desk, channel, ("reject", Step::Reject), &envelope));
    }
    let hub = DisplayKey::absent();
    let forged = binding.seal(Step::Hello, b"the hub's", desk.reply.public(), &hub, &mut desk.rng);
    cases.push(opened(desk, channel, ("hello", Step::Hello), &sure(forged)));
    let mut shared = shared(channel);
    if let Some(members) = shared.as_object_mut() {
        members.insert("replyKey".into(), desk.reply_key());
    }
    Vectors { name: desk.name("envelope"), about: "envelopes, opened as a step", shared, cases }
}

fn opened(desk: &Desk, channel: &Channel, as_step: (&str, Step), envelope: &[u8]) -> Value {
    let (name, step) = as_step;
    let plain = channel.binding.open(step, envelope, &desk.reply, &channel.display);
    json!({
        "step": name,
        "envelope": octets(envelope),
        "expect": outcome(plain, |plain| octets(&plain[..])),
    })
}

/// Under keys that both ends have: sealed requests, prepared messages, a display key handed over.
fn keyed(desk: &mut Desk, channel: &Channel) -> Vectors {
    let Channel { binding, display, secret } = channel;
    let suite = desk.suite;
    let mut cases = Vec::new();
    for length in [0, 1_500, 4_061, 4_062, 20_000] {
        let request = vec![0x30; length];
        let sealed = sure(display.seal_request(suite, &binding.request, &request, &mut desk.rng));
        cases.push(json!({"name": "request", "sealed": octets(&sealed), "expect": {"ok": octets(&request)}}));
        let bent = flipped(&sealed, 20);
        let refused = display.open_request(suite, &binding.request, &bent);
        cases.push(
            json!({"name": "request", "sealed": octets(&bent), "expect": outcome(refused, octets)}),
        );
    }
    let key = ChannelKey::from_bytes([0xc4; 32]);
    let offer = suite.digest().digest(b"offer");
    for index in [0, 1, 49] {
        let sealed = sure(key.seal(binding, &offer, index, b"prepared", &mut desk.rng));
        for place in [index, index + 1] {
            let plain = key.open(binding, &offer, place, &sealed);
            cases.push(json!({
                "name": "prepared",
                "index": place,
                "sealed": octets(&sealed),
                "expect": outcome(plain, |plain| octets(&plain[..])),
            }));
        }
    }
    let handed = sure(secret.hand_over(binding, display, &mut desk.rng));
    let bent = flipped(&handed, 20);
    for sealed in [handed, bent] {
        let taken = secret.take_over(binding, &sealed);
        let expect = outcome(taken, |key| octets(key.as_bytes()));
        cases.push(json!({"name": "display key", "sealed": octets(&sealed), "expect": expect}));
    }
    let mut shared = shared(channel);
    if let Some(members) = shared.as_object_mut() {
        members.insert("channelKey".into(), octets(key.as_bytes()));
        members.insert("offerDigest".into(), octets(offer));
        members.insert("m".into(), octets(secret.as_bytes()));
    }
    Vectors {
        name: desk.name("keyed"),
        about: "what is sealed under keys that both ends derive: requests, prepared messages, a \
                display key after a typed code",
        shared,
        cases,
    }
}
