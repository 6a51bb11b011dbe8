//! Files that a writer with all the keys made wrong: every tag is right, and what is said is not.

use yinxin_pki::envelope::{Encryptor, Layer, SegmentCipher, SegmentWriter, Suite};
use yinxin_pki::{Curve, DecryptionKey};
use yinxin_tests::folder::Folder;
use yinxin_tests::ours::rng;

use super::{CHUNK, content, draft, key, make, they_open, we_open};

/// Writes one segment's records, not its end.
type Write = fn(&mut SegmentWriter, &mut Vec<u8>);

/// Seals one chunk; the digest and the size that the end record will give of it may differ.
fn chunk(segment: &mut SegmentWriter, number: u32, size: usize, said: (usize, usize)) -> Vec<u8> {
    let buffer = |size| [vec![0; SegmentCipher::RECORD_HEAD], content(size)].concat();
    let mut sealed = segment.cipher().seal(number, buffer(size)).unwrap();
    sealed.plain = segment.cipher().seal(number, buffer(said.0)).unwrap().plain;
    segment.accept(&sealed, said.1).unwrap();
    sealed.record
}

fn whole(segment: &mut SegmentWriter, number: u32, size: usize) -> Vec<u8> {
    chunk(segment, number, size, (size, size))
}

/// A whole envelope to `to`, each segment's records by `write`.
fn envelope(
    layer: Layer,
    to: &DecryptionKey,
    segments: &[(&str, &str)],
    mut write: impl FnMut(&mut SegmentWriter, &mut Vec<u8>),
) -> Vec<u8> {
    let names: Vec<_> = segments.iter().map(|(name, _)| *name).collect();
    let (draft, mut file) = (draft(Suite::Sm, &names), Vec::new());
    let to = [to.public()];
    let mut bid = Encryptor::new(draft, layer, &to, None, &mut rng(), &mut file).unwrap();
    for (_, file_name) in segments {
        let mut segment = bid.begin(file_name).unwrap();
        write(&mut segment, &mut file);
        bid.end(segment, &mut file).unwrap();
    }
    bid.finish().unwrap();
    file
}

const BIDS: [(&str, Write); 6] = [
    ("a short chunk before another", |segment, file| {
        file.extend(whole(segment, 0, 100));
        file.extend(whole(segment, 1, 100));
    }),
    ("an end with a greater size", |segment, file| {
        file.extend(chunk(segment, 0, 100, (100, 101)));
    }),
    ("an end with another digest", |segment, file| {
        file.extend(chunk(segment, 0, 100, (99, 100)));
    }),
    ("an end with the digests of two chunks exchanged", |segment, file| {
        file.extend(chunk(segment, 0, CHUNK, (CHUNK - 1, CHUNK)));
        file.extend(chunk(segment, 1, CHUNK - 1, (CHUNK, CHUNK - 1)));
    }),
    ("an end of two chunks behind one", |segment, file| {
        file.extend(whole(segment, 0, CHUNK));
        whole(segment, 1, 10);
    }),
    ("chunks numbered from 1", |segment, file| {
        file.extend(whole(segment, 1, CHUNK));
        file.extend(whole(segment, 2, 10));
    }),
];

/// Every forgery is refused by both readers.
pub(super) fn forged() {
    let (bidder, tenderer) = (key(Curve::Sm2), key(Curve::P256));
    let main = [("main", "price.xls")];
    let mut files: Vec<_> = BIDS
        .iter()
        .map(|(what, write)| (*what, envelope(Layer::Bid, &bidder, &main, write)))
        .collect();

    let inner = make(Suite::Sm, &[&bidder], None, None, &[100, 200]).file;
    let outer = |segments: &[(&str, &str)], inside: &[u8]| {
        envelope(Layer::Outer, &tenderer, segments, |segment, file| {
            segment.push(inside, file).unwrap();
        })
    };
    let usual = [("bid", "inner.bid")];
    let right = outer(&usual, &inner);
    files.extend([
        ("a layer of another segment", outer(&[("main", "inner.bid")], &inner)),
        ("a layer of two segments", outer(&[("bid", "inner.bid"), ("more", "inner.bid")], &inner)),
        ("a layer around another file name", outer(&[("bid", "price.xls")], &inner)),
        ("a layer around nothing", outer(&usual, &[])),
        ("a layer around no envelope", outer(&usual, &content(1000))),
        ("a layer around half a bid", outer(&usual, &inner[..inner.len() / 2])),
        ("a layer around a bid and one octet", outer(&usual, &[&inner[..], &[0]].concat())),
        ("a layer around two bids", outer(&usual, &inner.repeat(2))),
        ("a layer around a layer", outer(&usual, &right)),
        (
            "a bid in the place of a layer",
            envelope(Layer::Bid, &tenderer, &usual, |segment, file| {
                file.extend(chunk(segment, 0, 100, (99, 100)));
            }),
        ),
    ]);

    let folder = Folder::new("forged");
    let keys = [&bidder, &tenderer];
    we_open(&right, &keys).unwrap();
    they_open(&folder, &right, &keys, None).unwrap();
    let mut taken = Vec::new();
    for (what, file) in &files {
        match we_open(file, &keys) {
            Ok(_) => taken.push(format!("we take {what}")),
            Err(error) => assert!(error.refusal().is_some(), "{what}: {error}"),
        }
        match they_open(&folder, file, &keys, None) {
            Ok(_) => taken.push(format!("the second reader takes {what}")),
            Err(words) => assert!(!words.contains("panic"), "{what}: {words}"),
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
    println!("{} forged files refused by both readers", files.len());
}
