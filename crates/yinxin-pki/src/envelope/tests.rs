use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::testing::Seeded;
use crate::{Curve, DecryptionKey, Explain, PublicKey, Time};

const NOON: Time = Time::from_unix(1_800_000_000);
const CHUNK: u32 = 1 << 16;

fn draft(suite: Suite, segments: &[&str]) -> Draft {
    Draft {
        suite,
        platform: "P-1".into(),
        project: "P-2026-17".into(),
        section: "A1".into(),
        bidder: "91350100M000100Y43".into(),
        created: NOON,
        opening: NOON.plus(7 * Time::DAY),
        chunk_size: CHUNK,
        segments: segments.iter().map(ToString::to_string).collect(),
    }
}

fn encrypt(
    suite: Suite,
    keys: &[&PublicKey],
    parts: &[(&str, &[u8])],
    recovery: Option<&Recovery>,
    seed: u64,
) -> (Vec<u8>, Receipt) {
    let names: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
    let mut file = Vec::new();
    let draft = draft(suite, &names);
    let mut rng = Seeded(seed);
    let mut bid = Encryptor::new(draft, Layer::Bid, keys, recovery, &mut rng, &mut file).unwrap();
    for (name, content) in parts {
        let mut segment = bid.begin(&alloc::format!("{name}.pdf")).unwrap();
        for piece in content.chunks(40_000) {
            segment.push(piece, &mut file).unwrap();
        }
        bid.end(segment, &mut file).unwrap();
    }
    let receipt = bid.finish().unwrap();
    (file, receipt)
}

fn head(file: &[u8]) -> Result<(Envelope, RecordReader), BidError> {
    let mut reader = EnvelopeReader::new();
    let mut envelope = reader.push(file)?.ok_or_else(|| reader.cut_off())?;
    let records = envelope.records();
    Ok((envelope, records))
}

/// Opens a file whole and holds it against nothing but itself.
fn decrypt(file: &[u8], keys: &[&DecryptionKey]) -> Result<Vec<(Trailer, Vec<u8>)>, BidError> {
    let (envelope, records) = head(file)?;
    let keys = envelope.unwrap(keys)?;
    open_records(&envelope, records, &keys)
}

fn open_records(
    envelope: &Envelope,
    mut records: RecordReader,
    keys: &ContentKeys,
) -> Result<Vec<(Trailer, Vec<u8>)>, BidError> {
    let mut out = Vec::new();
    let mut content = Vec::new();
    let mut open: Option<(usize, SegmentReader)> = None;
    while let Some(record) = records.next_record()? {
        if open.as_ref().is_none_or(|(index, _)| *index != record.place.segment) {
            open = envelope
                .segment(record.place.segment, keys)
                .map(|reader| (record.place.segment, reader));
        }
        let Some((_, reader)) = &mut open else { continue };
        if record.place.is_end {
            let (_, reader) = open.take().unwrap();
            let (trailer, _) = reader.finish(&record.octets)?;
            out.push((trailer, core::mem::take(&mut content)));
        } else {
            content.extend_from_slice(reader.open(record.octets.into())?.plain());
        }
    }
    records.finish()?;
    Ok(out)
}

fn sealed_digest(file: &[u8]) -> (Header, DataDigest) {
    let (envelope, mut records) = head(file).unwrap();
    let mut digest = envelope.sealed_digest();
    while let Some(record) = records.next_record().unwrap() {
        let own = envelope.header().draft().suite.digest().digest(&record.octets);
        digest.add(&own, record.octets.len());
    }
    records.finish().unwrap();
    (envelope.header().clone(), digest)
}

#[test]
fn every_size_around_a_chunk_goes_there_and_back_in_both_suites() {
    let chunk = usize::try_from(CHUNK).unwrap();
    for curve in [Curve::Sm2, Curve::P256] {
        let key = DecryptionKey::generate(curve, &mut Seeded(1));
        for size in [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk - 1, 2 * chunk, 2 * chunk + 1] {
            let content = vec![7; size];
            let parts = [("main", &content[..])];
            let (file, receipt) = encrypt(Suite::of(curve), &[key.public()], &parts, None, 2);
            let opened = decrypt(&file, &[&key]).unwrap();
            assert_eq!(opened[0].1, content);
            assert_eq!(opened[0].0.file_name, "main.pdf");
            let (header, digest) = sealed_digest(&file);
            receipt.check_file(&header, digest).unwrap();
            assert_eq!(Receipt::from_der(&receipt.to_der()).unwrap(), receipt);
            let (envelope, _) = head(&file).unwrap();
            assert_eq!(envelope.check_ready(&[&key]).unwrap(), key.public().id());
        }
    }
}

#[test]
fn an_envelope_gone_on_with_is_octet_for_octet_the_one_that_was_begun() {
    let chunk = usize::try_from(CHUNK).unwrap();
    let key = DecryptionKey::generate(Curve::Sm2, &mut Seeded(1));
    let parts = [("a", vec![1; 3 * chunk + 5]), ("b", vec![2; chunk]), ("c", vec![3; 7])];
    let given: Vec<_> = parts.iter().map(|(name, content)| (*name, &content[..])).collect();
    let (file, receipt) = encrypt(Suite::Sm, &[key.public()], &given, None, 2);
    // However many records an earlier run wrote, and with the last one short among them.
    for written in 0..=6 {
        let (envelope, mut records) = head(&file).unwrap();
        let mut again = file[..envelope.head_len()].to_vec();
        let keys = envelope.unwrap(&[&key]).unwrap();
        let mut bid = Encryptor::resume(&envelope, keys).unwrap();
        let mut left = written;
        for (name, content) in &given {
            let mut segment = bid.begin(&alloc::format!("{name}.pdf")).unwrap();
            for plain in content.chunks(chunk) {
                let record = records.next_record().unwrap().unwrap();
                if left == 0 {
                    segment.push(plain, &mut again).unwrap();
                    continue;
                }
                left -= 1;
                let digest = |octets| Suite::Sm.digest().digest(octets);
                let (plain_digest, sealed) = (digest(plain), digest(&record.octets));
                segment.accept_known(&plain_digest, &sealed, plain.len()).unwrap();
                again.extend_from_slice(&record.octets);
            }
            bid.end(segment, &mut again).unwrap();
            records.next_record().unwrap().unwrap();
        }
        assert_eq!(bid.finish().unwrap(), receipt, "{written}");
        assert!(again == file, "{written}");
    }
    let (envelope, _) = head(&file).unwrap();
    let keys = envelope.unwrap(&[&key]).unwrap().keep(&["a", "c"], envelope.header());
    let refused = Encryptor::resume(&envelope, keys).unwrap_err();
    assert!(matches!(refused, BidError::Value { .. }));
}

#[test]
fn every_recipient_opens_and_nobody_else() {
    let mut rng = Seeded(3);
    let sm2 = DecryptionKey::generate(Curve::Sm2, &mut rng);
    let p256 = DecryptionKey::generate(Curve::P256, &mut rng);
    let stranger = DecryptionKey::generate(Curve::Sm2, &mut rng);
    let to = [sm2.public(), p256.public()];
    let (file, _) = encrypt(Suite::Sm, &to, &[("main", b"price")], None, 4);
    for key in [&sm2, &p256] {
        assert_eq!(decrypt(&file, &[&stranger, key]).unwrap()[0].1, b"price");
    }
    let refused = decrypt(&file, &[&stranger]).unwrap_err();
    assert_eq!(refused.code(), "not_my_key");
}

#[test]
fn one_segment_opens_without_the_other() {
    let key = DecryptionKey::generate(Curve::Sm2, &mut Seeded(5));
    let parts = [("technical", &b"how"[..]), ("price", b"how much")];
    let (file, _) = encrypt(Suite::Sm, &[key.public()], &parts, None, 6);
    let (envelope, records) = head(&file).unwrap();
    let keys = envelope.unwrap(&[&key]).unwrap().keep(&["technical"], envelope.header());
    assert!(keys.has(0) && !keys.has(1));
    let opened = open_records(&envelope, records, &keys).unwrap();
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].1, b"how");
}

#[test]
fn a_key_lifted_from_another_bid_is_of_no_use() {
    let key = DecryptionKey::generate(Curve::Sm2, &mut Seeded(7));
    let (one, _) = encrypt(Suite::Sm, &[key.public()], &[("main", b"one")], None, 8);
    let (two, _) = encrypt(Suite::Sm, &[key.public()], &[("main", b"two")], None, 9);
    let (one, _) = head(&one).unwrap();
    let (two, _) = head(&two).unwrap();
    let lifted = one.info_for(0, &key.public().id()).unwrap().unwrap(&key).unwrap();
    let refused = two.take_answer(0, 1, &lifted.into_bytes()).unwrap_err();
    assert_eq!(refused, BidError::OtherBid { number: 1 });
}

#[test]
fn any_two_of_three_officers_recover_and_one_does_not() {
    let mut rng = Seeded(10);
    let key = DecryptionKey::generate(Curve::Sm2, &mut rng);
    let officers: Vec<_> = [Curve::Sm2, Curve::P256, Curve::Sm2]
        .into_iter()
        .map(|curve| DecryptionKey::generate(curve, &mut rng))
        .collect();
    let keys = officers.iter().map(|officer| officer.public().clone()).collect();
    let recovery = Recovery::new(2, keys).unwrap();
    let parts = [("technical", &b"how"[..]), ("price", b"how much")];
    let (file, _) = encrypt(Suite::Sm, &[key.public()], &parts, Some(&recovery), 11);
    let (envelope, _) = head(&file).unwrap();
    assert_eq!(envelope.recovery(), Some((2, 3)));
    let share = |n: usize| {
        let share = envelope.share(&[&officers[n]]).unwrap();
        Share::from_der(&share.to_der()).unwrap()
    };
    for (a, b) in [(0, 1), (0, 2), (2, 1)] {
        let (envelope, records) = head(&file).unwrap();
        let keys = envelope.recover(&[share(a), share(b)]).unwrap();
        assert_eq!(open_records(&envelope, records, &keys).unwrap()[1].1, b"how much");
    }
    let alone = envelope.recover(&[share(0), share(0)]).unwrap_err();
    assert_eq!(alone, BidError::SharesMissing { wanted: 2, found: 1 });
    assert_eq!(envelope.share(&[&key]).unwrap_err(), BidError::Share);
}

#[test]
fn every_flipped_bit_of_the_head_is_refused_and_its_part_named() {
    let mut rng = Seeded(12);
    let key = DecryptionKey::generate(Curve::Sm2, &mut rng);
    let other = DecryptionKey::generate(Curve::P256, &mut rng);
    let to = [key.public(), other.public()];
    let (file, _) = encrypt(Suite::Sm, &to, &[("main", b"price")], None, 13);
    let mut counts = alloc::collections::BTreeMap::new();
    for bit in 0..file.len() * 8 {
        let mut bent = file.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        let refused = match decrypt(&bent, &[&key]) {
            Err(refused) => refused,
            Ok(_) => {
                // Only the canary, which decides readiness and nothing else.
                let (envelope, _) = head(&bent).unwrap();
                envelope.check_ready(&[&key]).unwrap_err()
            }
        };
        *counts.entry(refused.code()).or_insert(0) += 1;
    }
    std::eprintln!("{} flipped bits refused: {counts:?}", file.len() * 8);
}

#[test]
fn truncated_moved_doubled_and_foreign_records_are_refused_at_the_first() {
    let chunk = usize::try_from(CHUNK).unwrap();
    let key = DecryptionKey::generate(Curve::Sm2, &mut Seeded(14));
    let content: Vec<u8> = (0..10 * chunk).map(|i| (i / chunk).to_le_bytes()[0]).collect();
    let to = [key.public()];
    let (file, _) = encrypt(Suite::Sm, &to, &[("main", &content)], None, 15);
    let (foreign, _) = encrypt(Suite::Sm, &to, &[("main", &content)], None, 16);
    let start = head(&file).unwrap().0.head_len();
    let size = chunk + 21;
    let record = |file: &[u8], n: usize| file[start + n * size..start + (n + 1) * size].to_vec();
    let with = |n: usize, new: &[u8]| {
        [&file[..start + n * size], new, &file[start + (n + 1) * size..]].concat()
    };
    let part = |error: BidError| match error {
        BidError::Altered { part } | BidError::Truncated { part } => part.to_string(),
        other => panic!("{other}"),
    };
    let refused = |file: &[u8]| part(decrypt(file, &[&key]).unwrap_err());
    assert_eq!(refused(&with(2, &record(&file, 3))), "chunk 3 of segment `main`");
    assert_eq!(refused(&with(4, &record(&foreign, 4))), "chunk 5 of segment `main`");
    assert_eq!(refused(&with(6, &[])), "chunk 7 of segment `main`");
    let doubled = [record(&file, 1), record(&file, 1)].concat();
    assert_eq!(refused(&with(1, &doubled)), "chunk 3 of segment `main`");
    for n in 0..=10 {
        for cut in [start + n * size - 1, start + n * size, start + n * size + 1] {
            assert!(decrypt(&file[..cut], &[&key]).is_err(), "{cut}");
        }
    }
    assert!(decrypt(&file[..file.len() - 1], &[&key]).is_err());
    let longer = [&file[..], &[0]].concat();
    assert_eq!(refused(&longer), "the end of segment `main`");
    let twice = [&file[..], &file[start..]].concat();
    assert_eq!(refused(&twice), "the end of segment `main`");
}

#[test]
fn a_thousand_random_flips_in_ten_chunks_are_refused() {
    use rand_core::Rng as _;
    let chunk = usize::try_from(CHUNK).unwrap();
    let key = DecryptionKey::generate(Curve::Sm2, &mut Seeded(17));
    let content = vec![1; 10 * chunk];
    let (file, _) = encrypt(Suite::Sm, &[key.public()], &[("main", &content)], None, 18);
    let (envelope, _) = head(&file).unwrap();
    let keys = envelope.unwrap(&[&key]).unwrap();
    let mut rng = Seeded(19);
    for _ in 0..1000 {
        let start = envelope.head_len();
        let at = start + usize::try_from(rng.next_u32()).unwrap() % (file.len() - start);
        let mut bent = file.clone();
        bent[at] ^= 1 << (rng.next_u32() % 8);
        // Only the record hit is opened: the others are as they were.
        let (_, mut records) = head(&bent).unwrap();
        let reader = envelope.segment(0, &keys).unwrap();
        let mut position = start;
        let refused = loop {
            match records.next_record() {
                Err(refused) => break refused,
                Ok(None) => break records.finish().unwrap_err(),
                Ok(Some(record)) => {
                    position += record.octets.len();
                    if position <= at {
                        continue;
                    }
                    break if record.place.is_end {
                        reader.cipher().open_end(record.place.number, &record.octets).unwrap_err()
                    } else {
                        reader.cipher().open(record.place.number, record.octets.into()).unwrap_err()
                    };
                }
            }
        };
        assert!(matches!(refused, BidError::Altered { .. } | BidError::Truncated { .. }));
    }
}

#[test]
fn every_flipped_bit_of_the_first_4_kib_of_ten_chunks_is_refused() {
    let chunk = usize::try_from(CHUNK).unwrap();
    // The suite whose cipher is fast everywhere: each flip behind the head opens a whole chunk.
    let key = DecryptionKey::generate(Curve::P256, &mut Seeded(22));
    let content = vec![1; 10 * chunk];
    let (file, _) = encrypt(Suite::Nist, &[key.public()], &[("main", &content)], None, 23);
    let (envelope, _) = head(&file).unwrap();
    let keys = envelope.unwrap(&[&key]).unwrap();
    let start = envelope.head_len();
    assert!(start < 4096);
    let first = chunk + 21;
    let mut refused = 0;
    for bit in 0..4096 * 8 {
        let mut bent = file[..start + first].to_vec();
        bent[bit / 8] ^= 1 << (bit % 8);
        let opened = if bit / 8 < start {
            head(&bent).and_then(|(envelope, _)| {
                envelope.check_ready(&[&key])?;
                envelope.unwrap(&[&key]).map(|_| ())
            })
        } else {
            let (_, mut records) = head(&bent).unwrap();
            records.next_record().and_then(|record| match record {
                Some(record) => {
                    let reader = envelope.segment(0, &keys).unwrap();
                    reader.cipher().open(record.place.number, record.octets.into()).map(|_| ())
                }
                None => records.finish(),
            })
        };
        assert!(opened.is_err(), "bit {} of byte {}", bit % 8, bit / 8);
        refused += 1;
    }
    std::eprintln!("{refused} flipped bits refused in the first 4 KiB");
}

#[test]
fn twenty_thousand_mutations_of_every_part_are_typed_errors() {
    use rand_core::Rng as _;
    let key = DecryptionKey::generate(Curve::P256, &mut Seeded(24));
    let second = DecryptionKey::generate(Curve::P256, &mut Seeded(26));
    let officers = vec![key.public().clone(), second.public().clone()];
    let recovery = Recovery::new(2, officers).unwrap();
    let (file, receipt) =
        encrypt(Suite::Nist, &[key.public()], &[("main", b"price")], Some(&recovery), 25);
    let (envelope, _) = head(&file).unwrap();
    let refused = BidError::Altered { part: Part::Header };
    let evidence = Evidence::new(&refused, &envelope, Some((&receipt, true)), NOON);
    let share = envelope.share(&[&key]).unwrap();
    let parts = [file, receipt.to_der(), evidence.to_der(), share.to_der().to_vec()];
    let mut rng = Seeded(26);
    for round in 0..80_000 {
        let kind = round % parts.len();
        let mut bytes = parts[kind].clone();
        for _ in 0..=rng.next_u32() % 3 {
            let at = usize::try_from(rng.next_u32()).unwrap() % bytes.len();
            match rng.next_u32() % 3 {
                0 => bytes[at] = rng.next_u32().to_le_bytes()[0],
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, rng.next_u32().to_le_bytes()[0]),
            }
        }
        match kind {
            0 => drop(head(&bytes).map(|(_, mut records)| records.next_record().map(|_| ()))),
            1 => drop(Receipt::from_der(&bytes)),
            2 => drop(Evidence::from_der(&bytes)),
            _ => drop(Share::from_der(&bytes)),
        }
    }
    for (kind, part) in parts.iter().enumerate().skip(1) {
        for end in 0..part.len() {
            let refused = match kind {
                1 => Receipt::from_der(&part[..end]).is_err(),
                2 => Evidence::from_der(&part[..end]).is_err(),
                _ => Share::from_der(&part[..end]).is_err(),
            };
            assert!(refused, "{kind} {end}");
        }
    }
}

#[test]
fn names_that_no_system_should_write_are_refused() {
    for name in [
        "",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "c:x",
        ".hidden",
        "-rf",
        "con",
        "CON.txt",
        "com1.pdf",
        "com².txt",
        "LPT9",
        "con .txt",
        "x\u{202e}fdp.exe",
        "a\0b",
        "x.",
        "x ",
        "a\nb",
    ] {
        assert_eq!(check_file_name(name), Err(BidError::FileName), "{name:?}");
    }
    for name in ["投标文件.pdf", "a b-c_d.tar.gz", "console.pdf", "com.txt", "com10"] {
        assert_eq!(check_file_name(name), Ok(()), "{name}");
    }
}

#[test]
fn drafts_the_format_does_not_allow_are_refused() {
    let key = DecryptionKey::generate(Curve::Sm2, &mut Seeded(20));
    let bad = [
        Draft { project: String::new(), ..draft(Suite::Sm, &["main"]) },
        Draft { section: "a\u{202e}b".into(), ..draft(Suite::Sm, &["main"]) },
        Draft { chunk_size: 1000, ..draft(Suite::Sm, &["main"]) },
        draft(Suite::Sm, &[]),
        draft(Suite::Sm, &["a", "A"]),
        draft(Suite::Sm, &["canary"]),
        draft(Suite::Sm, &["a/b"]),
    ];
    for draft in bad {
        let made = Encryptor::new(
            draft.clone(),
            Layer::Bid,
            &[key.public()],
            None,
            &mut Seeded(21),
            &mut Vec::new(),
        );
        assert!(matches!(made, Err(BidError::Value { .. })), "{draft:?}");
    }
}

#[test]
fn blame_needs_a_receipt_only_for_keys() {
    let commitment = BidError::Commitment { segment: "main".into() };
    let altered = BidError::Altered { part: Part::Header };
    assert_eq!(Blame::judge(&commitment, None), Blame::Undetermined);
    assert_eq!(Blame::judge(&commitment, Some(true)), Blame::WrongAnswer);
    assert_eq!(Blame::judge(&commitment, Some(false)), Blame::FileAltered);
    assert_eq!(Blame::judge(&altered, None), Blame::FileAltered);
}

use alloc::string::String;
