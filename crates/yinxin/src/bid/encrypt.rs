//! Encrypting a bid from sources to a sink, with the tenderer's layer where asked for.

use std::io::{self, Read, Write};

use rand_core::CryptoRng;

use super::parallel::ordered;
use super::{BidFileError, Job, Spare, fit, read_full};
use crate::bid::decrypt::{Opened, read_head};
use yinxin_pki::PublicKey;
use yinxin_pki::envelope::{
    BidError, ContentKeys, Draft, Encryptor, Layer, Receipt, Recovery, SegmentCipher, SegmentWriter,
};
use zeroize::Zeroizing;

/// One segment's content.
pub struct Source<'a> {
    /// The file's own name, which travels encrypted.
    pub file_name: String,
    /// Its bytes.
    pub content: &'a mut dyn Read,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({:?})", self.file_name)
    }
}

/// What is to be encrypted, to whom.
#[derive(Debug)]
pub struct Encryption<'a> {
    /// What is said in the clear.
    pub draft: Draft,
    /// The bidder's own keys.
    pub to: &'a [&'a PublicKey],
    /// The tenderer's key, for a layer around the bid.
    pub then_to: Option<&'a PublicKey>,
    /// Officers who can recover together.
    pub recovery: Option<&'a Recovery>,
}

/// Keys by which a finished file can be read back, one set for each layer.
#[derive(Debug)]
pub struct SelfCheckKeys {
    outer: Option<ContentKeys>,
    bid: ContentKeys,
}

impl Encryption<'_> {
    /// Encrypts in one pass. The file is **not done** before [`self_check`] has read it back.
    ///
    /// # Errors
    ///
    /// [`BidFileError`]; what was written so far is to be thrown away.
    pub fn run(
        self,
        sources: &mut [Source<'_>],
        out: &mut dyn Write,
        rng: &mut impl CryptoRng,
        job: Job<'_>,
    ) -> Result<(Receipt, SelfCheckKeys), BidFileError> {
        let Some(tenderer) = self.then_to else {
            let (receipt, bid) =
                encrypt_layer(self.draft, self.to, self.recovery, sources, out, rng, job)?;
            return Ok((receipt, SelfCheckKeys { outer: None, bid }));
        };
        let draft = Draft { segments: vec!["bid".to_string()], ..self.draft.clone() };
        let mut head = Vec::new();
        let mut outer = Encryptor::new(draft, Layer::Outer, &[tenderer], None, rng, &mut head)?;
        out.write_all(&head).map_err(BidFileError::write)?;
        let outer_keys = outer.content_keys();
        let segment = outer.begin(super::INNER_NAME)?;
        let mut sink =
            LayerWriter { segment, out, job, batch: Vec::new(), spare: Spare::default() };
        let (receipt, bid) =
            encrypt_layer(self.draft, self.to, self.recovery, sources, &mut sink, rng, job)?;
        let (segment, out) = sink.finish()?;
        let mut end = Vec::new();
        outer.end(segment, &mut end)?;
        out.write_all(&end).map_err(BidFileError::write)?;
        let receipt = receipt.inside(outer.finish()?);
        Ok((receipt, SelfCheckKeys { outer: Some(outer_keys), bid }))
    }
}

fn encrypt_layer(
    draft: Draft,
    to: &[&PublicKey],
    recovery: Option<&Recovery>,
    sources: &mut [Source<'_>],
    out: &mut dyn Write,
    rng: &mut impl CryptoRng,
    job: Job<'_>,
) -> Result<(Receipt, ContentKeys), BidFileError> {
    if sources.len() != draft.segments.len() {
        return Err(BidError::Value { what: "a source for each segment" }.into());
    }
    let mut head = Vec::new();
    let mut bid = Encryptor::new(draft, Layer::Bid, to, recovery, rng, &mut head)?;
    out.write_all(&head).map_err(BidFileError::write)?;
    let keys = bid.content_keys();
    let mut done = 0;
    for source in sources {
        let mut segment = bid.begin(&source.file_name)?;
        seal_all(&mut segment, source.content, out, job, &mut done)?;
        let mut end = Vec::new();
        bid.end(segment, &mut end)?;
        out.write_all(&end).map_err(BidFileError::write)?;
    }
    Ok((bid.finish()?, keys))
}

/// Seals one source on all cores; records are written in order.
fn seal_all(
    segment: &mut SegmentWriter,
    source: &mut dyn Read,
    out: &mut dyn Write,
    job: Job<'_>,
    done: &mut u64,
) -> Result<(), BidFileError> {
    let cipher = segment.cipher().clone();
    let mut number = 0_u32;
    let spare = Spare::default();
    let next = || {
        job.check()?;
        let mut buffer = spare.take();
        fit(&mut buffer, cipher.record_len());
        buffer.resize(SegmentCipher::RECORD_HEAD + cipher.chunk_size(), 0);
        let room = buffer.get_mut(SegmentCipher::RECORD_HEAD..).unwrap_or(&mut []);
        let length = read_full(source, room).map_err(BidFileError::read)?;
        if length == 0 {
            return Ok(None);
        }
        buffer.truncate(SegmentCipher::RECORD_HEAD + length);
        let item = (number, buffer, length);
        let too_many = BidError::Value { what: "more than 2^32 records" };
        number = number.checked_add(1).ok_or(too_many)?;
        Ok(Some(item))
    };
    let work = |(number, mut buffer, length): (u32, Zeroizing<Vec<u8>>, usize)| {
        Ok((cipher.seal(number, std::mem::take(&mut *buffer))?, length))
    };
    ordered(job.cores, next, work, |(sealed, length)| {
        out.write_all(&sealed.record).map_err(BidFileError::write)?;
        segment.accept(&sealed, length)?;
        spare.give(Zeroizing::new(sealed.record));
        *done += u64::try_from(length).unwrap_or(0);
        (job.progress)(*done);
        Ok(())
    })
}

/// The tenderer's layer as a sink for the bidder's envelope: gathers a chunk for each core, then
/// seals them together.
struct LayerWriter<'a> {
    segment: SegmentWriter,
    out: &'a mut dyn Write,
    job: Job<'a>,
    /// Chunks with room for a record's head before them; all but the last are full.
    batch: Vec<Zeroizing<Vec<u8>>>,
    spare: Spare,
}

impl<'a> LayerWriter<'a> {
    fn seal_batch(&mut self) -> Result<(), BidFileError> {
        let Self { segment, out, job, batch, spare } = self;
        let cipher = segment.cipher().clone();
        let mut chunks = (segment.count()..).zip(batch.drain(..));
        let work = |(number, mut buffer): (u32, Zeroizing<Vec<u8>>)| {
            let length = buffer.len() - SegmentCipher::RECORD_HEAD;
            Ok((cipher.seal(number, std::mem::take(&mut *buffer))?, length))
        };
        ordered(
            job.cores,
            || Ok(chunks.next()),
            work,
            |(sealed, length)| {
                out.write_all(&sealed.record).map_err(BidFileError::write)?;
                segment.accept(&sealed, length)?;
                spare.give(Zeroizing::new(sealed.record));
                Ok(())
            },
        )
    }

    /// Seals what is left.
    fn finish(mut self) -> Result<(SegmentWriter, &'a mut dyn Write), BidFileError> {
        self.seal_batch()?;
        Ok((self.segment, self.out))
    }
}

impl Write for LayerWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let full = SegmentCipher::RECORD_HEAD + self.segment.cipher().chunk_size();
        if self.batch.last().is_none_or(|chunk| chunk.len() == full) {
            if self.batch.len() >= self.job.cores {
                self.seal_batch().map_err(io::Error::other)?;
            }
            let mut chunk = self.spare.take();
            fit(&mut chunk, self.segment.cipher().record_len());
            chunk.clear();
            chunk.resize(SegmentCipher::RECORD_HEAD, 0);
            self.batch.push(chunk);
        }
        let Some(chunk) = self.batch.last_mut() else { return Ok(0) };
        let count = bytes.len().min(full - chunk.len());
        chunk.extend_from_slice(bytes.get(..count).unwrap_or(&[]));
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Reads a finished file back with its content keys and holds all of it against the receipt
/// (自检): every record opened, both digests compared.
///
/// # Errors
///
/// [`BidFileError`]; the file is to be thrown away.
pub fn self_check(
    file: &mut dyn Read,
    keys: &SelfCheckKeys,
    receipt: &Receipt,
    job: Job<'_>,
) -> Result<(), BidFileError> {
    let opened: Opened<'_> = match &keys.outer {
        Some(outer) => read_head(file)?.into_layer(outer, Some(receipt), job.cores)?,
        None => read_head(file)?,
    };
    let mut sealed = None;
    let checked = opened.open_all(&keys.bid, &mut (), job, &mut sealed)?;
    for segment in &checked {
        receipt.check_segment(segment)?;
    }
    Ok(())
}
