//! Files of hundreds of megabytes are read once and never held; hostile ones stay small too.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::process::Command;

use yinxin_pki::Curve;
use yinxin_seal::pdf::{Document, SignatureField, prepare_seal};
use yinxin_tests::paper::{Paper, References};

use crate::world::{CLOCK, Who, World, at};

const MIB: u64 = 1 << 20;

/// A file of 200 MiB that is nowhere: a contract with an attachment of zeros in its middle.
struct Large {
    head: Vec<u8>,
    zeros: u64,
    tail: Vec<u8>,
    position: u64,
    read: u64,
}

impl Large {
    fn new(zeros: u64) -> Self {
        // The contract is built with an attachment of nothing, then its places are moved.
        let mut paper = Paper::contract(20, References::Table);
        paper.add_stream(900, "/Type/EmbeddedFile", b"");
        let file = paper.build();
        let mark = b"/EmbeddedFile/Length 0>>\nstream\n";
        let at = file.windows(mark.len()).position(|window| window == mark).unwrap();
        let head =
            [&file[..at], format!("/EmbeddedFile/Length {zeros}>>\nstream\n").as_bytes()].concat();
        let rest = &file[at + mark.len()..];
        let xref = rest.windows(5).position(|window| window == b"xref\n").unwrap();
        let section = u64::try_from(head.len() + xref).unwrap() + zeros;
        let end = rest.windows(9).position(|window| window == b"startxref").unwrap();
        let tail = [&rest[..end], format!("startxref\n{section}\n%%EOF\n").as_bytes()].concat();
        Self { head, zeros, tail, position: 0, read: 0 }
    }

    fn len(&self) -> u64 {
        u64::try_from(self.head.len() + self.tail.len()).unwrap() + self.zeros
    }
}

impl Read for Large {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let head = u64::try_from(self.head.len()).unwrap();
        let here = if self.position < head {
            let from = usize::try_from(self.position).unwrap();
            let count = buffer.len().min(self.head.len() - from);
            buffer[..count].copy_from_slice(&self.head[from..from + count]);
            count
        } else if self.position < head + self.zeros {
            let left = head + self.zeros - self.position;
            let count = buffer.len().min(usize::try_from(left).unwrap());
            buffer[..count].fill(0);
            count
        } else {
            let from = usize::try_from(self.position - head - self.zeros).unwrap();
            let count = buffer.len().min(self.tail.len().saturating_sub(from));
            buffer[..count].copy_from_slice(&self.tail[from..from + count]);
            count
        };
        self.position += u64::try_from(here).unwrap();
        self.read += u64::try_from(here).unwrap();
        Ok(here)
    }
}

impl Seek for Large {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(back) => self.len().checked_add_signed(back).unwrap(),
            SeekFrom::Current(on) => self.position.checked_add_signed(on).unwrap(),
        };
        Ok(self.position)
    }
}

/// Counts and forgets.
struct Nowhere(u64);

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += u64::try_from(bytes.len()).unwrap();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_file_of_200_megabytes_is_read_once_when_it_is_sealed() {
    let mut world = World::new(Curve::Sm2);
    let mut large = Large::new(200 * MIB);
    let length = large.len();
    let mut out = Nowhere(0);
    let added = {
        let document = Document::read(&mut large).unwrap();
        let seal = world.seal(Who::First);
        let stamps = document.stamps(&at(120, 200), seal.size()).unwrap();
        let certificate = world.certificate(Who::First);
        let field = SignatureField::new();
        let prepared =
            prepare_seal(&document, &field, seal, &stamps, &certificate, CLOCK, &mut out).unwrap();
        let answer = world.answer(Who::First, prepared.to_sign());
        prepared.finish(&answer).unwrap().into_bytes().unwrap()
    };
    assert_eq!(out.0, length);
    assert!(added.len() < 200 << 10, "{}", added.len());
    // Once, and besides it a few blocks of structure.
    assert!(large.read < length + 4 * MIB, "{} of {length} bytes", large.read);
}

/// Peak memory in kilobytes of this test program running these tests alone.
fn peak(filter: &str) -> u64 {
    let own = std::env::current_exe().unwrap();
    let output = Command::new("/usr/bin/time")
        .arg("-v")
        .arg(own)
        .args([filter, "--test-threads=1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let line = said.lines().find(|line| line.contains("Maximum resident set size")).unwrap();
    let kilobytes = line.rsplit(' ').next().unwrap().parse().unwrap();
    println!("{filter}: {kilobytes} kB");
    kilobytes
}

#[test]
fn sealing_200_megabytes_keeps_less_than_64() {
    assert!(peak("big::a_file_of_200_megabytes") < 64 << 10);
}

#[test]
fn attacks_and_hostile_files_keep_less_than_256_megabytes() {
    assert!(peak("attack::") < 256 << 10);
    for filter in ["circle", "deep", "bomb", "ten_thousand"] {
        assert!(peak(filter) < 256 << 10, "{filter}");
    }
}
