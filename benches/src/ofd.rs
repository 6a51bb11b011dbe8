//! A sealed OFD of twenty pages verified beside ofdrw, warm in a process of its own.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, fs};

use yinxin_benches::{contender, race};
use yinxin_ca::Role;
use yinxin_ca::fixture::{Fixture, NOW};
use yinxin_pki::{Curve, SigningCertificate};
use yinxin_seal::check::Check;
use yinxin_seal::es::Picture;
use yinxin_seal::maker::SealDraft;
use yinxin_seal::ofd::{self, A4, Draft, Font, Limits, Package, SignOptions};
use yinxin_seal::placement::{Millimetres, Placement, Side, Straddle};
use yinxin_seal::report::{DocumentReport, Verdict};

pub(crate) fn all() {
    let mut peer = Peer::start();
    compare(&mut peer, "verify 20 sealed pages", Draft::pictures);
    compare(&mut peer, "20 sealed pages of text, its font in", Draft::text_pages);
    peer.end();
}

fn compare(peer: &mut Peer, what: &str, pages: fn() -> Draft) {
    let mut fixture = Fixture::new(Curve::Sm2).unwrap();
    let bytes = sealed(&mut fixture, pages());
    let intermediates = fixture.intermediates();
    let check = Check::new(&fixture.trust, NOW).intermediates(&intermediates);
    let limits = Limits::default();
    let report = ofd::verify(&bytes, &limits, &check);
    assert_eq!(report.verdict(), Some(Verdict::Valid), "{report}");

    let folder = env::temp_dir().join(format!("yinxin-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (file, certificate) = (folder.join("sealed.ofd"), folder.join("certificate"));
    fs::write(&file, &bytes).unwrap();
    fs::write(&certificate, fixture.holder.certificates.signing().as_der()).unwrap();
    let job = format!("verify\tin={}\tcertificate={}\n", file.display(), certificate.display());
    // The Java compiler is done with the hot code after some hundred runs.
    for _ in 0..300 {
        peer.ask(&job);
    }
    let checked = |report: DocumentReport| assert_eq!(report.verdict(), Some(Verdict::Valid));
    race(
        what,
        0,
        vec![
            contender("yinxin-seal, chains and coverage too", || {
                // From the disk, as the peer.
                let bytes = fs::read(&file).unwrap();
                checked(black_box(ofd::verify(&bytes, &limits, &check)));
            }),
            contender("ofdrw, warm", || peer.ask(&job)),
        ],
    );
    fs::remove_dir_all(&folder).ok();
}

trait Pages {
    fn pictures() -> Draft;
    fn text_pages() -> Draft;
}

impl Pages for Draft {
    /// Twenty scans of 20 KB each.
    fn pictures() -> Self {
        let mut draft = Draft::new([20; 16], NOW);
        for page in 0..20_u8 {
            let mut picture = vec![0xff, 0xd8, 0xff];
            picture.extend(
                (0..20_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8 ^ page),
            );
            draft.picture(&picture, A4).unwrap();
        }
        draft
    }

    /// Twenty pages of text, a font of their characters inside.
    fn text_pages() -> Self {
        let assets = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/yinxin-cli/assets/font/");
        let font = fs::read(format!("{assets}NotoSerifSC-SemiBold-subset.ttf")).unwrap();
        let font = Font::new("Noto Serif SC", font).unwrap();
        let mut draft = Draft::new([20; 16], NOW);
        let page = ["示范建设集团有限公司"; 100].concat();
        draft.text(&[page.as_str(); 20].join("\u{c}"), &font).unwrap();
        draft
    }
}

/// A seal across all pages.
fn sealed(fixture: &mut Fixture, draft: Draft) -> Vec<u8> {
    let bytes = draft.finish().unwrap();
    let package = Package::read(&bytes, &Limits::default()).unwrap();
    assert_eq!(package.document(1).unwrap().pages().len(), 20);

    let signer = fixture.holder.certificates.signing().clone();
    let side = Millimetres::whole(42);
    let picture = Picture { kind: "PNG".into(), data: vec![7; 20_000], width: side, height: side };
    let until = signer.validity().not_after;
    let draft =
        SealDraft::new("37030000001721", "甲公司", picture, vec![signer.clone()], NOW, until);
    let maker = fixture.authority.member(Role::SealMaker);
    let certificate = SigningCertificate::new(maker.certificate().clone()).unwrap();
    let making = draft.make(&certificate).unwrap();
    let answer = maker.key().sign(making.to_sign(), &mut fixture.rng).unwrap();
    let seal = making.finish(&answer).unwrap();
    let placement = Placement::Straddle(Straddle::new(Side::Right));
    let prepared = ofd::seal(&package, seal, &placement, &signer, SignOptions::new(NOW)).unwrap();
    let answer = fixture.signing_key.sign(prepared.to_sign(), &mut fixture.rng).unwrap();
    prepared.finish(&answer).unwrap().into_bytes().unwrap()
}

/// The program of `tests/interop/ofdrw`, built by `cargo xtask peers`.
struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start() -> Self {
        let folder = env::var_os("YINXIN_PEERS").map_or_else(
            || {
                // <target>/release/<this program>
                let here = env::current_exe().unwrap();
                here.ancestors().nth(2).unwrap().join("peers")
            },
            PathBuf::from,
        );
        let path = folder.join("ofdrw");
        let mut child = Command::new("java")
            .args(["-Xmx512m", "-cp"])
            .arg(format!("{0}/classes:{0}/lib/*", path.display()))
            .arg("peer.Peer")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    fn ask(&mut self, job: &str) {
        self.input.write_all(job.as_bytes()).unwrap();
        self.input.flush().unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        assert!(answer.starts_with("ok"), "{answer}; run `cargo xtask peers`");
    }

    fn end(self) {
        let Self { mut child, input, .. } = self;
        drop(input);
        child.wait().ok();
    }
}
