//! Opening a bid: its layers, its segments, its records.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::parallel::ordered;
use super::{BidFileError, Job, Spare, fit, read_full};
use yinxin_pki::envelope::{
    BidError, ContentKeys, DataDigest, Envelope, EnvelopeReader, Header, Layer, OpenedChunk,
    Receipt, RecordOrder, RecordPlace, SegmentCipher, SegmentReader, SegmentReceipt, Trailer,
};
use yinxin_pki::{DecryptionKey, Digest};
use zeroize::Zeroizing;

/// Where the plaintext of segments goes. Every byte handed over is authentic, in its place.
pub trait SegmentSink {
    /// How many whole chunks of a segment are there already, with their digests in a row; they
    /// are not opened again. Called once, before the segment's first chunk.
    ///
    /// # Errors
    ///
    /// Whatever writing gives.
    fn resume(&mut self, segment: usize, header: &Header) -> io::Result<Vec<Digest>>;

    /// The next chunk.
    ///
    /// # Errors
    ///
    /// Whatever writing gives.
    fn chunk(&mut self, segment: usize, plain: &[u8], digest: &Digest) -> io::Result<()>;

    /// The segment is whole.
    ///
    /// # Errors
    ///
    /// Whatever writing gives.
    fn end(&mut self, segment: usize, trailer: &Trailer) -> io::Result<()>;
}

/// Keeps nothing: for checks.
impl SegmentSink for () {
    fn resume(&mut self, _: usize, _: &Header) -> io::Result<Vec<Digest>> {
        Ok(Vec::new())
    }

    fn chunk(&mut self, _: usize, _: &[u8], _: &Digest) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, _: usize, _: &Trailer) -> io::Result<()> {
        Ok(())
    }
}

/// An envelope whose head was read from a stream; the records are still to come.
pub struct Opened<'a> {
    envelope: Envelope,
    records: Records<'a>,
}

impl std::fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({:?})", self.envelope.header().draft().project)
    }
}

/// Reads the head of an envelope.
///
/// # Errors
///
/// [`BidFileError`].
pub fn read_head<'a>(source: &'a mut dyn Read) -> Result<Opened<'a>, BidFileError> {
    head_of(Box::new(source))
}

fn head_of<'a>(mut source: Box<dyn Read + 'a>) -> Result<Opened<'a>, BidFileError> {
    let mut reader = EnvelopeReader::new();
    let mut buffer = vec![0; 16 << 10];
    loop {
        let count = read_full(&mut source, &mut buffer).map_err(BidFileError::read)?;
        if count == 0 {
            return Err(reader.cut_off().into());
        }
        if let Some(mut envelope) = reader.push(buffer.get(..count).unwrap_or(&[]))? {
            let (rest, order) = envelope.record_order();
            let source = Box::new(io::Cursor::new(rest).chain(source));
            return Ok(Opened { envelope, records: Records { order, source } });
        }
    }
}

impl<'a> Opened<'a> {
    /// The head.
    #[must_use]
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Goes through the tenderer's layer, if there is one, to the bidder's envelope. What is inside
    /// is opened on `cores` cores as it is read.
    ///
    /// # Errors
    ///
    /// [`BidError::NotMyKey`] for the outer layer; what is inside may be refused later.
    pub fn through_layers(
        self,
        keys: &[&DecryptionKey],
        cores: usize,
    ) -> Result<Self, BidFileError> {
        match self.envelope.layer() {
            Layer::Outer => {
                let keys = self.envelope.unwrap(keys)?;
                let inner = self.into_layer(&keys, None, cores)?;
                if inner.envelope.layer() == Layer::Outer {
                    return Err(BidError::Value { what: "a layer inside a layer" }.into());
                }
                Ok(inner)
            }
            _ => Ok(self),
        }
    }

    /// The bidder's envelope inside this layer, opened with the layer's content keys.
    pub(super) fn into_layer(
        self,
        keys: &ContentKeys,
        receipt: Option<&Receipt>,
        cores: usize,
    ) -> Result<Self, BidFileError> {
        let reader = self.envelope.segment(0, keys).ok_or(BidError::Share)?;
        let sealed = self.envelope.sealed_digest();
        let layer = LayerReader {
            header: self.envelope.header().clone(),
            records: self.records,
            reader: Some(reader),
            sealed: Some(sealed),
            receipt: receipt.cloned(),
            cores,
            chunks: VecDeque::new(),
            position: 0,
            spare: Spare::default(),
        };
        head_of(Box::new(layer))
    }

    /// Opens every segment whose key is in `keys`, on all cores, into `sink`; others are passed
    /// over. `sealed` gets the digest of this envelope's file.
    ///
    /// # Errors
    ///
    /// [`BidFileError`] at the first wrong chunk; nothing after it reached the sink.
    pub fn open_all(
        self,
        keys: &ContentKeys,
        sink: &mut dyn SegmentSink,
        job: Job<'_>,
        sealed: &mut Option<DataDigest>,
    ) -> Result<Vec<SegmentReceipt>, BidFileError> {
        let Self { envelope, mut records } = self;
        let spare = Spare::default();
        let suite = envelope.header().draft().suite;
        let digest = suite.digest();
        let mut file = envelope.sealed_digest();
        let mut receipts = Vec::new();
        let mut done = 0;
        for index in 0..envelope.header().draft().segments.len() {
            let mut reader = envelope.segment(index, keys);
            let cipher = reader.as_ref().map(|reader| reader.cipher().clone());
            let resumed = match &reader {
                Some(_) => sink.resume(index, envelope.header()).map_err(BidFileError::write)?,
                None => Vec::new(),
            };
            let mut end = None;
            let next = || {
                if end.is_some() {
                    return Ok(None);
                }
                job.check()?;
                let record = records.next(spare.take())?;
                if record.place.is_end {
                    end = Some(record.octets);
                    return Ok(None);
                }
                Ok(Some(record))
            };
            // A chunk that is there already is not decrypted again, only its record digested.
            let work = |Record { place, octets }: Record| {
                let length = octets.len();
                let known = usize::try_from(place.number).ok().and_then(|n| resumed.get(n));
                Ok(match (&cipher, known) {
                    (Some(cipher), None) => {
                        Piece::Opened(cipher.open(place.number, octets)?, length)
                    }
                    (Some(_), Some(known)) => {
                        Piece::Known { known: *known, sealed: digest.digest(&octets), octets }
                    }
                    (None, _) => Piece::Passed { sealed: digest.digest(&octets), octets },
                })
            };
            let chunk_size = usize::try_from(envelope.header().draft().chunk_size).unwrap_or(0);
            ordered(job.cores, next, work, |piece| {
                let (size, octets) = match piece {
                    Piece::Known { known, sealed, octets } => {
                        file.add(&sealed, octets.len());
                        if let Some(reader) = &mut reader {
                            reader.accept(&known, chunk_size);
                        }
                        (chunk_size, octets)
                    }
                    Piece::Opened(chunk, length) => {
                        file.add(&chunk.sealed, length);
                        sink.chunk(index, chunk.plain(), &chunk.digest)
                            .map_err(BidFileError::write)?;
                        let size = chunk.plain().len();
                        if let Some(reader) = &mut reader {
                            reader.accept(&chunk.digest, size);
                        }
                        (size, chunk.into_buffer())
                    }
                    Piece::Passed { sealed, octets } => {
                        file.add(&sealed, octets.len());
                        (octets.len(), octets)
                    }
                };
                spare.give(octets);
                done += u64::try_from(size).unwrap_or(0);
                (job.progress)(done);
                Ok(())
            })?;
            let Some(end) = end else { return Err(BidFileError::Cancelled) };
            file.add(&digest.digest(&end), end.len());
            if let Some(reader) = reader {
                let (trailer, receipt) = reader.finish(&end)?;
                sink.end(index, &trailer).map_err(BidFileError::write)?;
                receipts.push(receipt);
            }
        }
        records.expect_end()?;
        *sealed = Some(file);
        Ok(receipts)
    }
}

enum Piece {
    Known { known: Digest, sealed: Digest, octets: Zeroizing<Vec<u8>> },
    Opened(OpenedChunk, usize),
    Passed { sealed: Digest, octets: Zeroizing<Vec<u8>> },
}

/// A record and where it stands.
struct Record {
    place: RecordPlace,
    octets: Zeroizing<Vec<u8>>,
}

/// The records of a file, read one by one.
struct Records<'a> {
    order: RecordOrder,
    source: Box<dyn Read + 'a>,
}

impl Records<'_> {
    /// The next record, which must be there.
    fn next(&mut self, mut octets: Zeroizing<Vec<u8>>) -> Result<Record, BidFileError> {
        let mut head = [0; SegmentCipher::RECORD_HEAD];
        let count = read_full(&mut self.source, &mut head).map_err(BidFileError::read)?;
        if count < head.len() {
            return Err(self.order.cut_off(count > 0).into());
        }
        // Before the order goes on to the next one: a record cut off is this one.
        let before = self.order.clone();
        let place = self.order.next(head)?;
        fit(&mut octets, head.len() + place.length);
        octets.resize(head.len() + place.length, 0);
        let (start, body) = octets.split_at_mut(head.len());
        start.copy_from_slice(&head);
        if read_full(&mut self.source, body).map_err(BidFileError::read)? < body.len() {
            return Err(before.cut_off(true).into());
        }
        Ok(Record { place, octets })
    }

    /// Nothing may follow the last record.
    fn expect_end(&mut self) -> Result<(), BidFileError> {
        match read_full(&mut self.source, &mut [0]).map_err(BidFileError::read)? {
            0 => Ok(()),
            _ => Err(self.order.cut_off(true).into()),
        }
    }
}

/// The plaintext of an outer layer as a stream: the bidder's envelope.
struct LayerReader<'a> {
    header: Header,
    records: Records<'a>,
    /// `None` once the end record was checked.
    reader: Option<SegmentReader>,
    sealed: Option<DataDigest>,
    receipt: Option<Receipt>,
    cores: usize,
    /// What is being handed out, and how much of the first is.
    chunks: VecDeque<OpenedChunk>,
    position: usize,
    spare: Spare,
}

impl LayerReader<'_> {
    fn rest(&self) -> &[u8] {
        let chunk = self.chunks.front();
        chunk.and_then(|chunk| chunk.plain().get(self.position..)).unwrap_or(&[])
    }

    /// Opens a chunk for each core, or comes to the end.
    fn fill(&mut self) -> Result<(), BidFileError> {
        let Self { records, reader: Some(reader), sealed: file, cores, chunks, spare, .. } = self
        else {
            return Ok(());
        };
        let mut end = None;
        let mut wanted = (*cores).max(1);
        let cipher = reader.cipher().clone();
        let next = || {
            if wanted == 0 {
                return Ok(None);
            }
            wanted -= 1;
            let Record { place, octets } = records.next(spare.take())?;
            if place.is_end {
                wanted = 0;
                end = Some(octets);
                return Ok(None);
            }
            Ok(Some((place.number, octets)))
        };
        let work = |(number, octets): (u32, Zeroizing<Vec<u8>>)| {
            let length = octets.len();
            Ok((cipher.open(number, octets)?, length))
        };
        ordered(*cores, next, work, |(chunk, length)| {
            reader.accept(&chunk.digest, chunk.plain().len());
            if let Some(file) = file {
                file.add(&chunk.sealed, length);
            }
            chunks.push_back(chunk);
            Ok(())
        })?;
        let Some(octets) = end else { return Ok(()) };
        if let Some(file) = &mut self.sealed {
            file.add(&self.header.draft().suite.digest().digest(&octets), octets.len());
        }
        if let Some(reader) = self.reader.take() {
            let (trailer, _) = reader.finish(&octets)?;
            if trailer.file_name != super::INNER_NAME {
                return Err(BidError::FileName.into());
            }
        }
        self.records.expect_end()?;
        if let (Some(receipt), Some(sealed)) = (&self.receipt, self.sealed.take()) {
            receipt.check_file(&self.header, sealed)?;
        }
        Ok(())
    }
}

impl Read for LayerReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.rest().is_empty() {
            if let Some(chunk) = self.chunks.pop_front() {
                self.spare.give(chunk.into_buffer());
                self.position = 0;
            } else if self.reader.is_some() {
                self.fill().map_err(io::Error::other)?;
            } else {
                return Ok(0);
            }
        }
        let rest = self.rest();
        let count = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.position += count;
        Ok(count)
    }
}

/// Holds a file against a receipt without any key: its head and the digest of every record.
///
/// # Errors
///
/// [`BidError::Receipt`] naming what differs; the file may also be no whole envelope.
pub fn verify_file(
    source: &mut dyn Read,
    receipt: &Receipt,
    job: Job<'_>,
) -> Result<(), BidFileError> {
    let opened = read_head(source)?;
    let header = opened.envelope.header().clone();
    let mut sealed = None;
    opened.open_all(&ContentKeys::none(&header), &mut (), job, &mut sealed)?;
    let sealed = sealed.ok_or(BidError::Receipt { what: "the content" })?;
    Ok(receipt.check_file(&header, sealed)?)
}
