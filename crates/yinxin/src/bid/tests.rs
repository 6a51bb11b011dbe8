use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;

use rand_core::{Infallible, TryCryptoRng, TryRng};

use super::*;
use yinxin_pki::envelope::{Draft, Header, Layer, Part, Receipt, Suite, Trailer};
use yinxin_pki::{Curve, DecryptionKey, Digest, Time};

/// SplitMix64, so that a failure can be run again.
struct Seeded(u64);

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::try_from(self.try_next_u64()? >> 32).unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(z ^ (z >> 31))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            let bytes = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

static NEVER: AtomicBool = AtomicBool::new(false);

fn job<'a>(cores: usize) -> Job<'a> {
    Job { cores, progress: &|_| {}, cancelled: &NEVER }
}

fn key(seed: u64) -> DecryptionKey {
    DecryptionKey::generate(Curve::Sm2, &mut Seeded(seed))
}

fn draft(segments: &[&str]) -> Draft {
    Draft {
        suite: Suite::Sm,
        platform: "P-1".into(),
        project: "P".into(),
        section: "S".into(),
        bidder: String::new(),
        created: Time::from_unix(1_800_000_000),
        opening: Time::from_unix(1_800_600_000),
        chunk_size: 1 << 16,
        segments: segments.iter().map(ToString::to_string).collect(),
    }
}

fn encrypt(
    bidder: &DecryptionKey,
    tenderer: Option<&DecryptionKey>,
    cores: usize,
) -> (Vec<u8>, Receipt) {
    let plan: Vec<u8> = (0..500_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let (mut plan, mut price) = (&plan[..], &b"1 000 000"[..]);
    let mut sources = [
        Source { file_name: "plan.pdf".into(), content: &mut plan },
        Source { file_name: "price.xls".into(), content: &mut price },
    ];
    let to = [bidder.public()];
    let encryption = Encryption {
        draft: draft(&["technical", "price"]),
        to: &to,
        then_to: tenderer.map(DecryptionKey::public),
        recovery: None,
    };
    let mut file = Vec::new();
    let (receipt, keys) =
        encryption.run(&mut sources, &mut file, &mut Seeded(5), job(cores)).unwrap();
    self_check(&mut &file[..], &keys, &receipt, job(cores)).unwrap();
    verify_file(&mut &file[..], &receipt, job(cores)).unwrap();
    (file, receipt)
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("yinxin-bid-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn files_are_the_same_on_any_number_of_cores() {
    let bidder = key(1);
    let (one, first) = encrypt(&bidder, None, 1);
    let (four, second) = encrypt(&bidder, None, 4);
    assert_eq!(one, four);
    assert_eq!(first, second);
}

#[test]
fn parts_come_out_under_their_own_names() {
    let bidder = key(2);
    let (file, receipt) = encrypt(&bidder, None, 2);
    let target = folder("names");
    let mut source = &file[..];
    let opened = read_head(&mut source).unwrap();
    let keys = opened.envelope().unwrap(&[&bidder]).unwrap();
    let header = opened.envelope().header().clone();
    let mut partial = Partial::begin(&target, opened.envelope(), false).unwrap();
    let mut sealed = None;
    let segments = opened.open_all(&keys, &mut partial, job(2), &mut sealed).unwrap();
    segments.iter().for_each(|segment| receipt.check_segment(segment).unwrap());
    receipt.check_file(&header, sealed.unwrap()).unwrap();
    let finished = partial.finish(&header, false).unwrap();
    assert_eq!(finished.len(), 2);
    assert_eq!(fs::read(target.join("price.xls")).unwrap(), b"1 000 000");
    assert_eq!(fs::read(target.join("plan.pdf")).unwrap().len(), 500_000);
    assert!(!target.join(".yinxin-partial").exists());
    fs::remove_dir_all(&target).unwrap();
}

#[test]
fn both_layers_are_needed_and_each_missing_one_is_named() {
    let (bidder, tenderer) = (key(3), key(4));
    let (file, receipt) = encrypt(&bidder, Some(&tenderer), 2);
    let open = |keys: &[&DecryptionKey]| -> Result<(), BidFileError> {
        let mut source = &file[..];
        let opened = read_head(&mut source)?.through_layers(keys, 3)?;
        let keys = opened.envelope().unwrap(keys)?;
        let segments = opened.open_all(&keys, &mut (), job(2), &mut None)?;
        assert_eq!(segments.len(), 2);
        segments.iter().for_each(|segment| receipt.check_segment(segment).unwrap());
        Ok(())
    };
    open(&[&bidder, &tenderer]).unwrap();
    assert_eq!(open(&[&bidder]).unwrap_err().code(), "outer_key_missing");
    assert_eq!(open(&[&tenderer]).unwrap_err().code(), "not_my_key");

    // A layer that lies about its end is refused although the bid inside is whole.
    for at in [file.len() - 1, file.len() / 2, 3000] {
        let mut bent = file.clone();
        bent[at] ^= 1;
        let mut source = &bent[..];
        let opened = read_head(&mut source)
            .and_then(|opened| opened.through_layers(&[&bidder, &tenderer], 3));
        let refused = opened.and_then(|opened| {
            let keys = opened.envelope().unwrap(&[&bidder])?;
            opened.open_all(&keys, &mut (), job(2), &mut None)
        });
        assert!(refused.unwrap_err().refusal().is_some(), "{at}");
    }
}

/// Ends with an error after some chunks, as a killed run does.
struct Killed<'a>(&'a mut Partial, usize);

impl SegmentSink for Killed<'_> {
    fn resume(&mut self, segment: usize, header: &Header) -> io::Result<Vec<Digest>> {
        self.0.resume(segment, header)
    }

    fn chunk(&mut self, segment: usize, plain: &[u8], digest: &Digest) -> io::Result<()> {
        self.1 = self.1.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        self.0.chunk(segment, plain, digest)
    }

    fn end(&mut self, segment: usize, trailer: &Trailer) -> io::Result<()> {
        self.0.end(segment, trailer)
    }
}

/// Counts the chunks that were decrypted.
struct Counted<'a>(&'a mut Partial, &'a AtomicU64);

impl SegmentSink for Counted<'_> {
    fn resume(&mut self, segment: usize, header: &Header) -> io::Result<Vec<Digest>> {
        self.0.resume(segment, header)
    }

    fn chunk(&mut self, segment: usize, plain: &[u8], digest: &Digest) -> io::Result<()> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.chunk(segment, plain, digest)
    }

    fn end(&mut self, segment: usize, trailer: &Trailer) -> io::Result<()> {
        self.0.end(segment, trailer)
    }
}

#[test]
fn a_killed_run_goes_on_without_decrypting_again_what_is_there() {
    let bidder = key(6);
    let (file, receipt) = encrypt(&bidder, None, 2);
    let target = folder("resume");
    let open = |source: &mut &[u8], resume| {
        let opened = read_head(source).unwrap();
        Partial::begin(&target, opened.envelope(), resume).unwrap()
    };
    let mut partial = open(&mut &file[..], false);
    let mut source = &file[..];
    let opened = read_head(&mut source).unwrap();
    let keys = opened.envelope().unwrap(&[&bidder]).unwrap();
    let killed = opened.open_all(&keys, &mut Killed(&mut partial, 5), job(2), &mut None);
    assert!(matches!(killed, Err(BidFileError::Write(_))));
    drop(partial);
    // Half a chunk more, as a kill in the middle of a write leaves it.
    let part = target.join(".yinxin-partial/0.part");
    let mut content = fs::read(&part).unwrap();
    content.extend_from_slice(&[9; 1000]);
    fs::write(&part, content).unwrap();

    let mut partial = open(&mut &file[..], true);
    let decrypted = AtomicU64::new(0);
    let mut source = &file[..];
    let opened = read_head(&mut source).unwrap();
    let header = opened.envelope().header().clone();
    let mut sink = Counted(&mut partial, &decrypted);
    let segments = opened.open_all(&keys, &mut sink, job(2), &mut None).unwrap();
    segments.iter().for_each(|segment| receipt.check_segment(segment).unwrap());
    // 8 chunks of the plan, 5 of them there, and one of the price.
    assert_eq!(decrypted.load(Ordering::Relaxed), 8 - 5 + 1);
    partial.finish(&header, false).unwrap();
    let digest = receipt.segments()[0].size;
    assert_eq!(fs::metadata(target.join("plan.pdf")).unwrap().len(), digest);
    fs::remove_dir_all(&target).unwrap();
}

#[test]
fn a_refusal_leaves_nothing_under_the_final_name() {
    let bidder = key(7);
    let (mut file, _) = encrypt(&bidder, None, 1);
    let length = file.len();
    file[length / 2] ^= 1;
    let target = folder("refused");
    let mut source = &file[..];
    let opened = read_head(&mut source).unwrap();
    let keys = opened.envelope().unwrap(&[&bidder]).unwrap();
    let mut partial = Partial::begin(&target, opened.envelope(), false).unwrap();
    let refused = opened.open_all(&keys, &mut partial, job(2), &mut None).unwrap_err();
    let part = Part::Chunk { segment: "technical".into(), chunk: 4 };
    assert_eq!(refused.refusal(), Some(&BidError::Altered { part }));
    partial.discard().unwrap();
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0);
    fs::remove_dir_all(&target).unwrap();
}

#[test]
fn an_existing_file_is_kept_and_so_is_the_work() {
    let bidder = key(8);
    let (file, _) = encrypt(&bidder, None, 1);
    let target = folder("exists");
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join("price.xls"), b"mine").unwrap();
    let mut source = &file[..];
    let opened = read_head(&mut source).unwrap();
    let keys = opened.envelope().unwrap(&[&bidder]).unwrap();
    let header = opened.envelope().header().clone();
    let mut partial = Partial::begin(&target, opened.envelope(), false).unwrap();
    opened.open_all(&keys, &mut partial, job(1), &mut None).unwrap();
    let refused = partial.finish(&header, false).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(target.join("price.xls")).unwrap(), b"mine");
    assert!(!target.join("plan.pdf").exists(), "all or none");
    fs::remove_dir_all(&target).unwrap();
}

#[test]
fn a_cancelled_job_stops_at_the_next_chunk() {
    let bidder = key(9);
    let (file, _) = encrypt(&bidder, None, 1);
    let stop = AtomicBool::new(false);
    let progress = |done: u64| {
        if done > 100_000 {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let job = Job { cores: 1, progress: &progress, cancelled: &stop };
    let mut source = &file[..];
    let opened = read_head(&mut source).unwrap();
    let keys = opened.envelope().unwrap(&[&bidder]).unwrap();
    let ended = opened.open_all(&keys, &mut (), job, &mut None);
    assert!(matches!(ended, Err(BidFileError::Cancelled)));
}

#[test]
fn an_outer_envelope_is_told_by_its_header() {
    let (bidder, tenderer) = (key(10), key(11));
    let (file, _) = encrypt(&bidder, Some(&tenderer), 1);
    let mut source = &file[..];
    assert_eq!(read_head(&mut source).unwrap().envelope().layer(), Layer::Outer);
}
