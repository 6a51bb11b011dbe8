//! The bid envelope beside a loop that does the same cipher and digest work on memory buffers, on
//! one core; and the self-check beside a decryption.

use std::hint::black_box;
use std::io::Read;
use std::sync::atomic::AtomicBool;

use getrandom::SysRng;
use rand_core::UnwrapErr;
use yinxin::bid::{Encryption, Job, Source, read_head, self_check};
use yinxin_benches::{contender, race};
use yinxin_pki::cipher::{Cipher, CipherKey, Gcm};
use yinxin_pki::envelope::{Draft, Suite};
use yinxin_pki::{Curve, DecryptionKey, Time};

const SIZE: usize = 32 << 20;
const CHUNK: usize = 1 << 20;

pub(crate) fn all() {
    for (suite, curve, cipher) in
        [(Suite::Sm, Curve::Sm2, Cipher::Sm4Gcm), (Suite::Nist, Curve::P256, Cipher::Aes128Gcm)]
    {
        let key = DecryptionKey::generate(curve, &mut UnwrapErr(SysRng));
        let content = vec![0x5a; SIZE];
        let bytes = u64::try_from(SIZE).unwrap();
        let name = |what: &str| format!("bid {what} 32 MiB, suite {}", suite.name());

        let encrypt = |out: &mut Vec<u8>| {
            out.clear();
            let mut content = &content[..];
            let mut sources = [Source { file_name: "bid".into(), content: &mut content }];
            let to = [key.public()];
            let draft = draft(suite);
            let encryption = Encryption { draft, to: &to, then_to: None, recovery: None };
            encryption.run(&mut sources, out, &mut UnwrapErr(SysRng), one_core()).unwrap()
        };
        let mut file = Vec::with_capacity(SIZE + (1 << 20));
        let (receipt, check) = encrypt(&mut file);

        let mut out = Vec::with_capacity(SIZE + (1 << 20));
        let ours = || {
            black_box(encrypt(&mut out));
        };
        let work = || {
            for chunk in content.chunks(CHUNK) {
                let mut buffer = chunk.to_vec();
                black_box(suite.digest().digest(chunk));
                let mut gcm = gcm(cipher);
                gcm.encrypt(&mut buffer).unwrap();
                black_box(gcm.tag());
                black_box(suite.digest().digest(&buffer));
            }
        };
        race(
            &name("encrypt"),
            bytes,
            vec![contender("yinxin", ours), contender("the same work in memory", work)],
        );

        let open = || {
            let mut source = &file[..];
            let opened = read_head(&mut source).unwrap();
            let keys = opened.envelope().unwrap(&[&key]).unwrap();
            black_box(opened.open_all(&keys, &mut (), one_core(), &mut None).unwrap());
        };
        let work = || {
            for chunk in file.chunks(CHUNK) {
                let mut buffer = chunk.to_vec();
                black_box(suite.digest().digest(chunk));
                let mut gcm = gcm(cipher);
                gcm.decrypt(&mut buffer).unwrap();
                black_box(gcm.tag());
                black_box(suite.digest().digest(&buffer));
            }
        };
        race(
            &name("decrypt"),
            bytes,
            vec![contender("yinxin", open), contender("the same work in memory", work)],
        );
        let checked = || {
            let mut source: &mut dyn Read = &mut &file[..];
            self_check(&mut source, &check, &receipt, one_core()).unwrap();
        };
        race(
            &name("self-check"),
            bytes,
            vec![contender("yinxin", checked), contender("a decryption", open)],
        );
    }
}

fn gcm(cipher: Cipher) -> Gcm {
    let key = CipherKey::random(cipher, &mut UnwrapErr(SysRng));
    Gcm::new(cipher, &key, &[7; 12], &[]).unwrap()
}

fn draft(suite: Suite) -> Draft {
    let created = Time::from_unix(1_800_000_000);
    Draft {
        suite,
        platform: "P-1".into(),
        project: "P".into(),
        section: "S".into(),
        bidder: String::new(),
        created,
        opening: created.plus(Time::DAY),
        chunk_size: Draft::CHUNK_SIZE,
        segments: vec!["main".into()],
    }
}

fn one_core<'a>() -> Job<'a> {
    static NEVER: AtomicBool = AtomicBool::new(false);
    Job { cores: 1, progress: &|_| {}, cancelled: &NEVER }
}
