//! Bid envelopes: a second reader, in Go, written from `docs/envelope.md` alone.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::{fs, io};

use yinxin::bid::{BidFileError, Encryption, Job, SegmentSink, Source, read_head, self_check};
use yinxin_pki::envelope::{Draft, Header, Receipt, Recovery, Suite, Trailer};
use yinxin_pki::key::pkcs8;
use yinxin_pki::{Curve, DecryptionKey, Digest, Time, pem};
use yinxin_tests::folder::Folder;
use yinxin_tests::harness::{Case, Way};
use yinxin_tests::ours::rng;
use yinxin_tests::peer::envelope_reader;

mod forgeries;
mod lists;
mod mutations;

const fn case(what: &'static str, run: fn()) -> Case {
    Case { peer: "Go reader", what, way: Way::OursToThem, run }
}

pub(crate) const CASES: &[Case] = &[
    case("bid envelope, suite SM: sizes around a chunk, with receipts", || sizes(Suite::Sm)),
    case("bid envelope, suite NIST: sizes around a chunk, with receipts", || sizes(Suite::Nist)),
    case("bid envelope: another's receipt, another's key", strangers),
    case("bid envelope: recovery by 2 of 3 officers", recovery),
    case("bid envelope, suite SM: bent files are refused by both", || bent(Suite::Sm)),
    case("bid envelope, suite NIST: bent files are refused by both", || bent(Suite::Nist)),
    case("bid envelope: well sealed and wrong is refused by both", forgeries::forged),
    case("bid envelope: recipients that the header does not say", lists::forged),
];

const CHUNK: usize = 1 << 16;

/// A file that was made, and who opens it.
struct Made {
    file: Vec<u8>,
    receipt: Receipt,
    contents: Vec<Vec<u8>>,
}

fn key(curve: Curve) -> DecryptionKey {
    DecryptionKey::generate(curve, &mut rng())
}

const fn job() -> Job<'static> {
    static NEVER: AtomicBool = AtomicBool::new(false);
    Job { cores: 2, progress: &|_| {}, cancelled: &NEVER }
}

/// Octets that differ from chunk to chunk.
fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at.wrapping_mul(31) ^ (at >> 8) ^ size).to_le_bytes()[0]).collect()
}

fn name_of(segment: usize) -> String {
    ["技术标 plan.pdf", "price.xls"][segment].to_owned()
}

fn draft(suite: Suite, segments: &[&str]) -> Draft {
    Draft {
        suite,
        platform: "P-1".into(),
        project: "高新区一号路 2026-017".into(),
        section: "第一标段".into(),
        bidder: "91510100MA6C000001".into(),
        created: Time::from_unix(1_800_000_000),
        opening: Time::from_unix(1_800_600_000),
        chunk_size: u32::try_from(CHUNK).unwrap(),
        segments: segments.iter().map(ToString::to_string).collect(),
    }
}

fn make(
    suite: Suite,
    to: &[&DecryptionKey],
    then_to: Option<&DecryptionKey>,
    recovery: Option<&Recovery>,
    sizes: &[usize],
) -> Made {
    let contents: Vec<_> = sizes.iter().map(|&size| content(size)).collect();
    let mut readers: Vec<&[u8]> = contents.iter().map(|content| &content[..]).collect();
    let mut sources: Vec<_> = readers
        .iter_mut()
        .enumerate()
        .map(|(at, content)| Source { file_name: name_of(at), content })
        .collect();
    let to: Vec<_> = to.iter().map(|key| key.public()).collect();
    let segments = if sizes.len() == 1 { &["main"][..] } else { &["technical", "price"] };
    let encryption = Encryption {
        draft: draft(suite, segments),
        to: &to,
        then_to: then_to.map(DecryptionKey::public),
        recovery,
    };
    let mut file = Vec::new();
    let (receipt, keys) = encryption.run(&mut sources, &mut file, &mut rng(), job()).unwrap();
    self_check(&mut &file[..], &keys, &receipt, job()).unwrap();
    Made { file, receipt, contents }
}

fn keys_file(folder: &Folder, keys: &[&DecryptionKey]) -> String {
    let blocks: String = keys
        .iter()
        .map(|key| pem::encode("PRIVATE KEY", &pkcs8::write(key.as_private())))
        .collect();
    folder.write("keys.pem", blocks.as_bytes())
}

/// Gives the file to the second reader, with new folder for what it writes.
fn they_open(
    folder: &Folder,
    file: &[u8],
    keys: &[&DecryptionKey],
    receipt: Option<&Receipt>,
) -> Result<BTreeMap<String, String>, String> {
    let out = folder.path("out");
    fs::remove_dir_all(&out).ok();
    let (file, keys) = (folder.write("file.bid", file), keys_file(folder, keys));
    let mut values = vec![("in", &*file), ("keys", &*keys), ("out", &*out)];
    let path = receipt.map(|receipt| folder.write("receipt", &receipt.to_der()));
    values.extend(path.iter().map(|path| ("receipt", &**path)));
    envelope_reader().ask("open", &values)
}

/// Keeps the contents.
#[derive(Default)]
struct Kept(BTreeMap<usize, Vec<u8>>);

impl SegmentSink for Kept {
    fn resume(&mut self, segment: usize, _: &Header) -> io::Result<Vec<Digest>> {
        self.0.insert(segment, Vec::new());
        Ok(Vec::new())
    }

    fn chunk(&mut self, segment: usize, plain: &[u8], _: &Digest) -> io::Result<()> {
        self.0.entry(segment).or_default().extend_from_slice(plain);
        Ok(())
    }

    fn end(&mut self, _: usize, _: &Trailer) -> io::Result<()> {
        Ok(())
    }
}

fn we_open(mut file: &[u8], keys: &[&DecryptionKey]) -> Result<Vec<Vec<u8>>, BidFileError> {
    let opened = read_head(&mut file)?.through_layers(keys, 2)?;
    let content_keys = opened.envelope().unwrap(keys)?;
    opened.envelope().check_ready(keys)?;
    let mut kept = Kept::default();
    opened.open_all(&content_keys, &mut kept, job(), &mut None)?;
    Ok(kept.0.into_values().collect())
}

/// Both readers find what went in, and so does the receipt.
fn agree(made: &Made, keys: &[&DecryptionKey]) {
    let folder = Folder::new("envelope");
    let said = they_open(&folder, &made.file, keys, Some(&made.receipt)).unwrap();
    let segments: Vec<_> = said["segments"].split(',').map(str::to_owned).collect();
    assert_eq!(segments.len(), made.contents.len());
    for (at, (segment, content)) in segments.iter().zip(&made.contents).enumerate() {
        assert_eq!(&folder.read(&format!("out/{segment}")), content, "{segment}");
        assert_eq!(said[&format!("{segment}.name")], name_of(at));
        assert_eq!(said[&format!("{segment}.size")], content.len().to_string());
    }
    assert_eq!(said["project"], "高新区一号路 2026-017");
    let layer = if said.contains_key("outer.size") { "outer.size" } else { "size" };
    assert_eq!(said[layer], made.file.len().to_string());
    assert_eq!(we_open(&made.file, keys).unwrap(), made.contents);
}

fn sizes(suite: Suite) {
    let (sm2, p256) = (key(Curve::Sm2), key(Curve::P256));
    let (tenderer, other) = (key(Curve::Sm2), key(Curve::P256));
    let sizes = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1];
    let mut agreed = 0;
    for (at, size) in sizes.into_iter().enumerate() {
        for bidder in [&sm2, &p256] {
            let outer = [None, Some(&tenderer), Some(&other)][at % 3];
            let keys: Vec<_> = [Some(bidder), outer].into_iter().flatten().collect();
            agree(&make(suite, &[bidder], None, None, &[size]), &[bidder]);
            agree(&make(suite, &[bidder], outer, None, &[size]), &keys);
            agree(&make(suite, &[&sm2, &p256], outer, None, &[size, sizes[7 - at]]), &keys);
            agreed += 3;
        }
    }
    println!("{agreed} envelopes of suite {suite:?}: equal contents, names, sizes, receipts");
}

fn strangers() {
    let (bidder, tenderer, stranger) = (key(Curve::Sm2), key(Curve::P256), key(Curve::Sm2));
    let made = make(Suite::Sm, &[&bidder], Some(&tenderer), None, &[100, 200]);
    let again = make(Suite::Sm, &[&bidder], Some(&tenderer), None, &[100, 200]);
    let folder = Folder::new("strangers");
    let refused = |keys: &[&DecryptionKey], receipt| {
        let words = they_open(&folder, &made.file, keys, receipt).unwrap_err();
        let at_top = fs::read_dir(folder.path("out")).unwrap();
        (words, at_top.filter(|entry| entry.as_ref().unwrap().path().is_file()).count())
    };
    for (keys, part, code) in [
        ([&bidder, &stranger], "outer: recipient", "outer_key_missing"),
        ([&stranger, &tenderer], "bid: recipient", "not_my_key"),
    ] {
        let (words, left) = refused(&keys, None);
        assert!(words.starts_with(part), "{words}");
        assert_eq!(left, 0);
        assert_eq!(we_open(&made.file, &keys).unwrap_err().code(), code);
    }
    let (words, _) = refused(&[&bidder, &tenderer], Some(&again.receipt));
    assert!(words.starts_with("receipt: "), "{words}");
}

fn recovery() {
    let bidder = key(Curve::Sm2);
    let officers = [key(Curve::Sm2), key(Curve::P256), key(Curve::Sm2)];
    let publics = officers.iter().map(|officer| officer.public().clone()).collect();
    let recovery = Recovery::new(2, publics).unwrap();
    let made = make(Suite::Nist, &[&bidder], None, Some(&recovery), &[CHUNK + 1, 7]);
    agree(&made, &[&bidder]);
    let folder = Folder::new("recovery");
    for pair in [[0, 1], [1, 2], [2, 0]] {
        let keys = pair.map(|at| &officers[at]);
        they_open(&folder, &made.file, &keys, Some(&made.receipt)).unwrap();
        assert_eq!(folder.read("out/technical"), made.contents[0]);
        assert_eq!(folder.read("out/price"), made.contents[1]);
    }
    let words = they_open(&folder, &made.file, &[&officers[1]], None).unwrap_err();
    assert!(words.contains("1 shares of the 2"), "{words}");
}

/// Every bent form of a file is refused by both readers, and neither panics.
fn bent(suite: Suite) {
    let (bidder, other) = (key(Curve::Sm2), key(Curve::P256));
    let sizes = [2 * CHUNK + 1, 100];
    let made = make(suite, &[&bidder, &other], None, None, &sizes);
    let again = make(suite, &[&bidder, &other], None, None, &sizes);
    let folder = Folder::new("bent");
    agree(&made, &[&bidder]);
    let reader = if suite == Suite::Sm { &bidder } else { &other };

    let mut refused: BTreeMap<String, u32> = BTreeMap::new();
    let mut count = 0;
    for (what, file) in mutations::of(&made.file, &again.file) {
        assert!(file != made.file, "{what} bends nothing");
        match we_open(&file, &[reader]) {
            Ok(_) => panic!("our reader takes: {what}"),
            Err(BidFileError::Bid(_)) => {}
            Err(trouble) => panic!("our reader on {what}: {trouble}"),
        }
        let words = match they_open(&folder, &file, &[reader], None) {
            Ok(_) => panic!("the second reader takes: {what}"),
            Err(words) => words,
        };
        let mut parts = words.split(": ");
        assert_ne!(parts.clone().next(), Some("panic"), "{what}: {words}");
        let left = fs::read_dir(folder.path("out")).unwrap().count();
        assert_eq!(left, 0, "the second reader leaves something of: {what}");
        let part = parts.find(|part| *part != "bid").unwrap();
        *refused.entry(part.split(',').next().unwrap().to_owned()).or_default() += 1;
        count += 1;
    }
    println!("{count} bent files of suite {suite:?} refused by both readers: {refused:?}");
    assert!(count > 60);
}
