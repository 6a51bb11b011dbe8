//! Opening a bid: its layers, its segments, its records.

use std::io::{self, Read};

use super::parallel::ordered;
use super::{BidFileError, Job, read_full};
use yinxin_pki::envelope::{
    BidError, ContentKeys, DataDigest, Envelope, EnvelopeReader, Header, Layer, Receipt, Record,
    RecordReader, SegmentReader, SegmentReceipt, Trailer,
};
use yinxin_pki::{DecryptionKey, Digest};

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
    records: RecordReader,
    source: Box<dyn Read + 'a>,
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
        let count = read_full(&mut source, &mut buffer)?;
        if count == 0 {
            return Err(reader.cut_off().into());
        }
        if let Some(mut envelope) = reader.push(buffer.get(..count).unwrap_or(&[]))? {
            let records = envelope.records();
            return Ok(Opened { envelope, records, source });
        }
    }
}

impl<'a> Opened<'a> {
    /// The head.
    #[must_use]
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Goes through the tenderer's layer, if there is one, to the bidder's envelope.
    ///
    /// # Errors
    ///
    /// [`BidError::NotMyKey`] for the outer layer; what is inside may be refused later.
    pub fn through_layers(self, keys: &[&DecryptionKey]) -> Result<Self, BidFileError> {
        match self.envelope.layer() {
            Layer::Outer => {
                let keys = self.envelope.unwrap(keys)?;
                let inner = self.into_layer(&keys, None)?;
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
    ) -> Result<Self, BidFileError> {
        let reader = self.envelope.segment(0, keys).ok_or(BidError::Share)?;
        let sealed = self.envelope.sealed_digest();
        let layer = LayerReader {
            header: self.envelope.header().clone(),
            records: self.records,
            source: self.source,
            reader: Some(reader),
            sealed: Some(sealed),
            receipt: receipt.cloned(),
            chunk: Vec::new(),
            position: 0,
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
        let Self { envelope, mut records, mut source } = self;
        let suite = envelope.header().draft().suite;
        let digest = suite.digest();
        let mut file = envelope.sealed_digest();
        let mut receipts = Vec::new();
        let mut done = 0;
        for index in 0..envelope.header().draft().segments.len() {
            let mut reader = envelope.segment(index, keys);
            let cipher = reader.as_ref().map(|reader| reader.cipher().clone());
            let resumed = match &reader {
                Some(_) => sink.resume(index, envelope.header())?,
                None => Vec::new(),
            };
            let mut end = None;
            let next = || {
                if end.is_some() {
                    return Ok(None);
                }
                job.check()?;
                let record = next_record(&mut records, &mut source)?;
                if record.is_end {
                    end = Some(record);
                    return Ok(None);
                }
                Ok(Some(record))
            };
            // A chunk that is there already is not decrypted again, only its record digested.
            let work = |record: Record| {
                let known = usize::try_from(record.number).ok().and_then(|n| resumed.get(n));
                Ok(match (&cipher, known) {
                    (Some(_), Some(known)) => Piece::Known(*known, record.octets),
                    (Some(cipher), None) => {
                        let length = record.octets.len();
                        Piece::Opened(cipher.open(record.number, &record.octets)?, length)
                    }
                    (None, _) => Piece::Passed(digest.digest(&record.octets), record.octets.len()),
                })
            };
            let chunk_size = usize::try_from(envelope.header().draft().chunk_size).unwrap_or(0);
            ordered(job.cores, next, work, |piece| {
                let size = match piece {
                    Piece::Known(known, octets) => {
                        file.add(&digest.digest(&octets), octets.len());
                        if let Some(reader) = &mut reader {
                            reader.accept(&known, chunk_size);
                        }
                        chunk_size
                    }
                    Piece::Opened(chunk, length) => {
                        file.add(&chunk.sealed, length);
                        sink.chunk(index, &chunk.plain, &chunk.digest)?;
                        if let Some(reader) = &mut reader {
                            reader.accept(&chunk.digest, chunk.len());
                        }
                        chunk.len()
                    }
                    Piece::Passed(sealed, length) => {
                        file.add(&sealed, length);
                        length
                    }
                };
                done += u64::try_from(size).unwrap_or(0);
                (job.progress)(done);
                Ok(())
            })?;
            let Some(end) = end else { return Err(BidFileError::Cancelled) };
            file.add(&digest.digest(&end.octets), end.octets.len());
            if let Some(reader) = reader {
                let (trailer, receipt) = reader.finish(&end.octets)?;
                sink.end(index, &trailer)?;
                receipts.push(receipt);
            }
        }
        expect_end(&mut records, &mut source)?;
        *sealed = Some(file);
        Ok(receipts)
    }
}

enum Piece {
    Known(Digest, Vec<u8>),
    Opened(yinxin_pki::envelope::OpenedChunk, usize),
    Passed(Digest, usize),
}

/// The next record, which must be there.
fn next_record(records: &mut RecordReader, source: &mut dyn Read) -> Result<Record, BidFileError> {
    loop {
        if let Some(record) = records.next_record()? {
            return Ok(record);
        }
        let mut buffer = vec![0; records.wanted().clamp(1, 8 << 20)];
        let count = read_full(source, &mut buffer)?;
        if count == 0 {
            records.finish()?;
            return Err(BidError::Value { what: "a missing record" }.into());
        }
        records.push(buffer.get(..count).unwrap_or(&[]));
    }
}

/// Nothing may follow the last record.
fn expect_end(records: &mut RecordReader, source: &mut dyn Read) -> Result<(), BidFileError> {
    let mut more = [0; 1];
    let count = read_full(source, &mut more)?;
    records.push(more.get(..count).unwrap_or(&[]));
    Ok(records.finish()?)
}

/// The plaintext of an outer layer as a stream: the bidder's envelope.
struct LayerReader<'a> {
    header: Header,
    records: RecordReader,
    source: Box<dyn Read + 'a>,
    /// `None` once the end record was checked.
    reader: Option<SegmentReader>,
    sealed: Option<DataDigest>,
    receipt: Option<Receipt>,
    chunk: Vec<u8>,
    position: usize,
}

impl LayerReader<'_> {
    fn fill(&mut self) -> Result<(), BidFileError> {
        let Some(reader) = &mut self.reader else { return Ok(()) };
        let record = next_record(&mut self.records, &mut self.source)?;
        let digest = self.header.draft().suite.digest().digest(&record.octets);
        if let Some(sealed) = &mut self.sealed {
            sealed.add(&digest, record.octets.len());
        }
        if !record.is_end {
            self.chunk = reader.open(&record.octets)?.to_vec();
            self.position = 0;
            return Ok(());
        }
        if let Some(reader) = self.reader.take() {
            let (trailer, _) = reader.finish(&record.octets)?;
            if trailer.file_name != super::INNER_NAME {
                return Err(BidError::FileName.into());
            }
        }
        expect_end(&mut self.records, &mut self.source)?;
        if let (Some(receipt), Some(sealed)) = (&self.receipt, self.sealed.take()) {
            receipt.check_file(&self.header, sealed)?;
        }
        Ok(())
    }
}

impl Read for LayerReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.position >= self.chunk.len() {
            if self.reader.is_none() {
                return Ok(0);
            }
            self.chunk.clear();
            self.position = 0;
            self.fill().map_err(|error| match error {
                BidFileError::Bid(refused) => io::Error::other(refused),
                BidFileError::Io(error) => error,
                BidFileError::Cancelled => io::ErrorKind::Interrupted.into(),
            })?;
        }
        let rest = self.chunk.get(self.position..).unwrap_or(&[]);
        let count = rest.len().min(out.len());
        for (to, from) in out.iter_mut().zip(rest) {
            *to = *from;
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
