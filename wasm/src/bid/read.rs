//! Reading an envelope.

use js_sys::Uint8Array;
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::Digest;
use yinxin::envelope::{
    ContentKey, ContentKeys, DataDigest, Envelope, EnvelopeReader, Header, Layer, OpenedChunk,
    Receipt, RecordOrder, RecordPlace, SegmentCipher, SegmentReader, SegmentReceipt, Trailer,
};
use zeroize::Zeroizing;

use super::write::order;
use super::{ContentKeysHandle, DecryptionKeyHandle};
use crate::error::Failure;
use crate::key::ContentKeyHandle;
use crate::wipe::Wipe;

/// An envelope being read.
#[wasm_bindgen]
#[derive(Debug)]
pub struct BidReader {
    head: EnvelopeReader,
    read: Option<Read>,
    _wipe: Wipe,
}

/// What there is once the head was read.
#[derive(Debug)]
struct Read {
    envelope: Envelope,
    rest: Vec<u8>,
    order: RecordOrder,
    /// The order before the current record, which names it.
    before: RecordOrder,
    given: Vec<(String, ContentKey)>,
    keys: ContentKeys,
    place: Option<RecordPlace>,
    segment: Option<(usize, SegmentReader)>,
    file: DataDigest,
    chunk: Option<OpenedChunk>,
    spare: Zeroizing<Vec<u8>>,
    receipts: Vec<SegmentReceipt>,
}

#[wasm_bindgen]
impl BidReader {
    /// At the first octet of the file.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self { head: EnvelopeReader::new(), read: None, _wipe: Wipe }
    }

    /// Takes the next octets of the head; whether it is whole. What came behind it is [`Self::rest`].
    pub fn push(&mut self, octets: &[u8]) -> Result<bool, Failure> {
        if self.read.is_some() {
            return Err(order("the head was read"));
        }
        let Some(mut envelope) = self.head.push(octets)? else { return Ok(false) };
        let (rest, order) = envelope.record_order();
        let keys = ContentKeys::none(envelope.header());
        let file = envelope.sealed_digest();
        self.read = Some(Read {
            envelope,
            rest,
            before: order.clone(),
            order,
            given: Vec::new(),
            keys,
            place: None,
            segment: None,
            file,
            chunk: None,
            spare: Zeroizing::new(Vec::new()),
            receipts: Vec::new(),
        });
        Ok(true)
    }

    /// Octets behind the head that were pushed with it.
    pub fn rest(&mut self) -> Result<Vec<u8>, Failure> {
        Ok(core::mem::take(&mut self.read()?.rest))
    }

    /// The file ended: `amid` a record, or where one should begin.
    #[wasm_bindgen(js_name = cutOff)]
    pub fn cut_off(&self, amid: bool) -> Result<(), Failure> {
        Err(match &self.read {
            Some(read) if amid => read.before.cut_off(true).into(),
            Some(read) => read.order.cut_off(false).into(),
            None => self.head.cut_off().into(),
        })
    }

    /// What the header says, JSON. Not proved before a key opens it.
    pub fn header(&mut self) -> Result<String, Failure> {
        let read = self.read()?;
        let header = read.envelope.header();
        let draft = header.draft();
        let recipients: Vec<String> = header.recipients().iter().map(ToString::to_string).collect();
        Ok(json!({
            "platform": draft.platform, "project": draft.project, "section": draft.section,
            "bidder": draft.bidder, "created": draft.created.to_string(),
            "opening": draft.opening.to_string(), "suite": draft.suite.name(),
            "layer": layer(header), "segments": draft.segments, "recipients": recipients,
            "chunkSize": draft.chunk_size, "headLength": read.envelope.head_len(),
            "headDigest": read.envelope.head_digest().to_string(),
        })
        .to_string())
    }

    /// The header's DER: what a phone is asked to open.
    #[wasm_bindgen(js_name = headerDer)]
    pub fn header_der(&mut self) -> Result<Vec<u8>, Failure> {
        Ok(self.read()?.envelope.header().as_der().to_vec())
    }

    /// Takes every segment's key by a recipient's key.
    pub fn unlock(&mut self, key: &DecryptionKeyHandle) -> Result<(), Failure> {
        let read = self.read()?;
        read.keys = read.envelope.unwrap(&[key.key()])?;
        Ok(())
    }

    /// Takes a content key that a phone released. Checked against header and head.
    #[wasm_bindgen(js_name = addKey)]
    pub fn add_key(&mut self, key: &ContentKeyHandle) -> Result<(), Failure> {
        let read = self.read()?;
        let mut given = read.given.clone();
        given.push((key.segment(), key.key().clone()));
        let names = given.iter().map(|(name, key)| (&name[..], key));
        read.keys = read.envelope.take_keys(names)?;
        read.given = given;
        Ok(())
    }

    /// Takes the keys of the writer that made it.
    #[wasm_bindgen(js_name = useKeys)]
    pub fn use_keys(&mut self, keys: &ContentKeysHandle) -> Result<(), Failure> {
        self.read()?.keys = keys.keys().clone();
        Ok(())
    }

    /// The keys that were taken, as handles: for a worker that goes on with them.
    #[wasm_bindgen(js_name = contentKeys)]
    pub fn content_keys(&mut self) -> Result<Vec<ContentKeyHandle>, Failure> {
        let read = self.read()?;
        let names = read.envelope.header().draft().segments.iter();
        let key = |(index, name): (usize, &String)| {
            let key = read.keys.get(index)?.clone();
            Some(ContentKeyHandle::new(String::new(), name.clone(), key))
        };
        Ok(names.enumerate().filter_map(key).collect())
    }

    /// Whether the key of a segment, from 0, is there.
    #[wasm_bindgen(js_name = hasKey)]
    pub fn has_key(&mut self, segment: usize) -> Result<bool, Failure> {
        Ok(self.read()?.keys.has(segment))
    }

    /// Whether the last record was taken.
    #[wasm_bindgen(js_name = isDone)]
    pub fn is_done(&mut self) -> Result<bool, Failure> {
        let read = self.read()?;
        Ok(read.order.is_done() && read.place.is_none())
    }

    /// Takes the five octets that a record begins with; how many follow.
    pub fn next(&mut self, head: &[u8]) -> Result<usize, Failure> {
        let read = self.read()?;
        if read.place.is_some() {
            return Err(order("take the record first"));
        }
        let head = head.try_into().map_err(|_| order("a record begins with five octets"))?;
        let before = read.order.clone();
        let place = read.order.next(head)?;
        read.before = before;
        read.place = Some(place);
        Ok(place.length)
    }

    /// Of which segment the current record is, from 0.
    #[wasm_bindgen(getter, js_name = placeSegment)]
    #[must_use]
    pub fn place_segment(&self) -> usize {
        self.place().map_or(0, |place| place.segment)
    }

    /// Which record of its segment the current one is, from 0.
    #[wasm_bindgen(getter, js_name = placeNumber)]
    #[must_use]
    pub fn place_number(&self) -> u32 {
        self.place().map_or(0, |place| place.number)
    }

    /// Whether the current record ends its segment.
    #[wasm_bindgen(getter, js_name = placeIsEnd)]
    #[must_use]
    pub fn place_is_end(&self) -> bool {
        self.place().is_some_and(|place| place.is_end)
    }

    /// Takes the current record, its first five octets with it. A data record whose segment has a
    /// key is opened: output is its plaintext, authentic in content and place. Of an end record the
    /// answer is what it says, JSON; else it is empty.
    pub fn take(&mut self, record: &Uint8Array) -> Result<String, Failure> {
        let read = self.read()?;
        let place = read.place.ok_or_else(|| order("give the record's first octets first"))?;
        let mut octets = core::mem::take(&mut read.spare);
        let length = SegmentCipher::RECORD_HEAD + place.length;
        if usize::try_from(record.length()) != Ok(length) {
            return Err(order("another length than the record's"));
        }
        if let Some(chunk) = read.chunk.take() {
            octets = chunk.into_buffer();
        }
        if octets.capacity() < length {
            octets = Zeroizing::new(Vec::with_capacity(length));
        }
        octets.resize(length, 0);
        record.copy_to(&mut octets);
        read.place = None;
        read.take(place, octets)
    }

    /// Takes the current record as one whose plaintext is there already, with this digest.
    #[wasm_bindgen(js_name = takeKnown)]
    pub fn take_known(&mut self, record: &[u8], digest: &[u8]) -> Result<(), Failure> {
        let read = self.read()?;
        let place = read.place.filter(|place| !place.is_end);
        let place = place.ok_or_else(|| order("give the record's first octets first"))?;
        let algorithm = read.envelope.header().draft().suite.digest();
        let known = Digest::from_bytes(algorithm, digest)?;
        read.begin(place.segment);
        let chunk_size = chunk_size(&read.envelope);
        let Some((_, segment)) = &mut read.segment else {
            return Err(order("the segment has no key"));
        };
        segment.accept(&known, chunk_size);
        read.file.add(&algorithm.digest(record), record.len());
        read.place = None;
        Ok(())
    }

    /// What the end record of a segment says, before the records in front of it were read: `count`
    /// is how many they are. JSON.
    pub fn peek(&mut self, segment: usize, count: u32, record: &[u8]) -> Result<String, Failure> {
        let read = self.read()?;
        let reader = read.envelope.segment(segment, &read.keys);
        let reader = reader.ok_or_else(|| order("the segment has no key"))?;
        let trailer = reader.cipher().open_end(count, record)?;
        Ok(said(reader.cipher().name(), &trailer, None).to_string())
    }

    /// Where plaintext lies in memory.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn at(&self) -> usize {
        self.chunk().map_or(0, |plain| plain.as_ptr().addr())
    }

    /// Octets of plaintext; 0 for a record that was not opened.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn length(&self) -> usize {
        self.chunk().map_or(0, <[u8]>::len)
    }

    /// The digest of the plaintext.
    #[wasm_bindgen(js_name = plainDigest)]
    pub fn plain_digest(&mut self) -> Result<Vec<u8>, Failure> {
        let chunk = self.read()?.chunk.as_ref();
        Ok(chunk.ok_or_else(|| order("no record is open"))?.digest.as_ref().to_vec())
    }

    /// The digest of octets by the envelope's algorithm.
    pub fn digest(&mut self, octets: &[u8]) -> Result<Vec<u8>, Failure> {
        let algorithm = self.read()?.envelope.header().draft().suite.digest();
        Ok(algorithm.digest(octets).as_ref().to_vec())
    }

    /// Ends the reading: nothing may be missing and nothing left. With a receipt, everything that
    /// was read is held against it. JSON.
    pub fn finish(&mut self, more: bool, receipt: Option<Vec<u8>>) -> Result<String, Failure> {
        let read = self.read()?;
        if more || !read.order.is_done() || read.place.is_some() {
            return Err(read.order.cut_off(more).into());
        }
        let file = read.file.clone();
        if let Some(receipt) = receipt {
            let receipt = Receipt::from_der(&receipt)?;
            receipt.check_file(read.envelope.header(), file.clone())?;
            if read.envelope.layer() != Layer::Outer {
                for segment in &read.receipts {
                    receipt.check_segment(segment)?;
                }
            }
        }
        let size = file.size();
        let digest = file.finish().to_string();
        Ok(json!({"fileSize": size, "fileDigest": digest}).to_string())
    }
}

impl Default for BidReader {
    fn default() -> Self {
        Self::new()
    }
}

impl BidReader {
    fn read(&mut self) -> Result<&mut Read, Failure> {
        self.read.as_mut().ok_or_else(|| order("push the head first"))
    }

    fn place(&self) -> Option<RecordPlace> {
        self.read.as_ref().and_then(|read| read.place)
    }

    fn chunk(&self) -> Option<&[u8]> {
        self.read.as_ref().and_then(|read| read.chunk.as_ref()).map(OpenedChunk::plain)
    }
}

impl Read {
    /// Goes on to a segment's records.
    fn begin(&mut self, segment: usize) {
        if self.segment.as_ref().is_none_or(|(open, _)| *open != segment) {
            let reader = self.envelope.segment(segment, &self.keys);
            self.segment = reader.map(|reader| (segment, reader));
        }
    }

    fn take(&mut self, place: RecordPlace, octets: Zeroizing<Vec<u8>>) -> Result<String, Failure> {
        self.begin(place.segment);
        let algorithm = self.envelope.header().draft().suite.digest();
        let length = octets.len();
        let Some((_, segment)) = &mut self.segment else {
            self.file.add(&algorithm.digest(&octets), length);
            self.spare = octets;
            return Ok(String::new());
        };
        if !place.is_end {
            let chunk = segment.open(octets)?;
            self.file.add(&chunk.sealed, length);
            self.chunk = Some(chunk);
            return Ok(String::new());
        }
        self.file.add(&algorithm.digest(&octets), length);
        let Some((_, segment)) = self.segment.take() else { return Ok(String::new()) };
        let (trailer, receipt) = segment.finish(&octets)?;
        let answer = said(&receipt.name, &trailer, Some(&receipt)).to_string();
        self.receipts.push(receipt);
        Ok(answer)
    }
}

fn chunk_size(envelope: &Envelope) -> usize {
    usize::try_from(envelope.header().draft().chunk_size).unwrap_or(0)
}

fn layer(header: &Header) -> &'static str {
    match header.layer() {
        Layer::Outer => "outer",
        _ => "bid",
    }
}

fn said(name: &str, trailer: &Trailer, receipt: Option<&SegmentReceipt>) -> Value {
    let mut value = json!({"name": name, "fileName": trailer.file_name, "size": trailer.size});
    if let (Some(object), Some(receipt)) = (value.as_object_mut(), receipt) {
        object.insert("digest".to_owned(), json!(receipt.digest.to_string()));
    }
    value
}
