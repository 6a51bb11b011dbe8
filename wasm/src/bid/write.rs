//! Making an envelope.

use js_sys::Uint8Array;
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::envelope::{
    BidError, ContentKey, ContentKeys, Draft, Encryptor, EnvelopeReader, Layer, Receipt,
    SegmentCipher, SegmentWriter, Suite,
};
use yinxin::{Certificate, Digest, DigestAlgorithm, EncryptionCertificate, PublicKey, Time};
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::random::random;
use crate::rest;
use crate::wipe::Wipe;

/// What the keys of a bid at rest are sealed as.
const AT_REST: &str = "yinxin-bid-at-rest-1";
/// Octets of a content key.
const KEY: usize = 16;

/// What is said in the clear, as the page gives it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wish {
    platform: String,
    project: String,
    section: String,
    /// Else that of the first certificate.
    bidder: Option<String>,
    /// RFC 3339, UTC.
    created: String,
    opening: String,
    chunk_size: Option<u32>,
    segments: Vec<String>,
    /// The tenderer's layer, around a bid.
    #[serde(default)]
    outer: bool,
}

/// The keys of an envelope that was made here, for reading it back. Wiped when freed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ContentKeysHandle(ContentKeys, Wipe);

impl ContentKeysHandle {
    pub(crate) const fn keys(&self) -> &ContentKeys {
        &self.0
    }
}

/// An envelope being made.
#[wasm_bindgen]
#[derive(Debug)]
pub struct BidWriter {
    encryptor: Option<Encryptor>,
    segment: Option<SegmentWriter>,
    /// After a chunk that is not full none may come.
    short: bool,
    out: Vec<u8>,
    /// The digest of the record that is the output.
    sealed: Option<Digest>,
    receipt: Option<Receipt>,
    _wipe: Wipe,
}

#[wasm_bindgen]
impl BidWriter {
    /// Draws the keys and makes the head, which is the first output. `wish` is JSON, `recipients`
    /// are certificates, PEM or DER.
    #[wasm_bindgen(constructor)]
    pub fn new(wish: &str, recipients: Vec<Uint8Array>) -> Result<Self, Failure> {
        let wish: Wish = serde_json::from_str(wish)
            .map_err(|error| Failure::misuse("bid_value", format!("the draft: {error}")))?;
        let mut certificates = Vec::new();
        for recipient in recipients {
            let read = Certificate::from_pem_or_der(&recipient.to_vec())?;
            let first = read.into_iter().next();
            let first = first.ok_or_else(|| {
                Failure::misuse("certificate_missing", "a recipient's certificate is empty")
            })?;
            certificates.push(EncryptionCertificate::new(first)?);
        }
        let bidder = wish.bidder.unwrap_or_else(|| {
            let holder = certificates.first().map(|certificate| certificate.holder());
            let code = holder.as_ref().and_then(|holder| holder.unified_code());
            code.map_or_else(String::new, ToString::to_string)
        });
        let draft = Draft {
            suite: certificates.first().map_or(Suite::Sm, |first| Suite::of(first.curve())),
            platform: wish.platform,
            project: wish.project,
            section: wish.section,
            bidder,
            created: Time::parse(&wish.created)?,
            opening: Time::parse(&wish.opening)?,
            chunk_size: wish.chunk_size.unwrap_or(Draft::CHUNK_SIZE),
            segments: wish.segments,
        };
        let layer = if wish.outer { Layer::Outer } else { Layer::Bid };
        let keys: Vec<&PublicKey> = certificates.iter().map(|one| one.public_key()).collect();
        let mut out = Vec::new();
        let encryptor = Encryptor::new(draft, layer, &keys, None, &mut random(), &mut out)?;
        Ok(Self::at_head(encryptor, out))
    }

    /// Goes on with an envelope that an earlier run began. `head` is what that run wrote first, and is
    /// the first output again; `kept` is what [`Self::keep`] made of its keys under the same `secret`,
    /// `bound` to the same octets.
    ///
    /// Each chunk has to be proved to be what it was: give [`Self::seal`] its digest of then.
    pub fn resume(
        head: &[u8],
        kept: &[u8],
        secret: Vec<u8>,
        bound: &[u8],
    ) -> Result<Self, Failure> {
        let secret = Zeroizing::new(secret);
        let text = rest::open(AT_REST, &secret, kept)?;
        let tie = tie(head, bound);
        let keys = text.strip_prefix(&tie[..]).filter(|keys| keys.len().is_multiple_of(KEY));
        let keys = keys.ok_or_else(|| order("the keys were kept for another bid"))?;
        let mut reader = EnvelopeReader::new();
        let envelope = reader.push(head)?.ok_or_else(|| reader.cut_off())?;
        let keys = keys.chunks_exact(KEY).filter_map(|key| key.try_into().ok());
        let keys: Vec<_> = keys.map(ContentKey::from_bytes).collect();
        let names = envelope.header().draft().segments.iter().map(|name| &name[..]);
        let keys = envelope.take_keys(names.zip(&keys))?;
        Ok(Self::at_head(Encryptor::resume(&envelope, keys)?, head.to_vec()))
    }

    /// The keys, sealed under a secret of this browser and bound to the head, which must be the
    /// output now, and to octets of the caller's: what the bid's parts are.
    pub fn keep(&mut self, secret: Vec<u8>, bound: &[u8]) -> Result<Vec<u8>, Failure> {
        let secret = Zeroizing::new(secret);
        let tie = tie(&self.out, bound);
        let making = self.making()?;
        let count = making.header().draft().segments.len();
        let keys = making.content_keys();
        // So long that it grows nowhere: no copy of the keys stays behind.
        let mut text = Vec::with_capacity(tie.len() + count * KEY + 64);
        text.extend_from_slice(&tie);
        for index in 0..count {
            let key = keys.get(index).ok_or_else(|| order("a key is missing"))?;
            text.extend_from_slice(key.as_bytes());
        }
        rest::seal(AT_REST, &secret, text)
    }

    /// Octets of plaintext in every chunk of a segment but the last.
    #[wasm_bindgen(getter, js_name = chunkSize)]
    #[must_use]
    pub fn chunk_size(&self) -> u32 {
        self.encryptor.as_ref().map_or(0, |making| making.header().draft().chunk_size)
    }

    /// Begins the next segment with the file's own name.
    pub fn begin(&mut self, file_name: &str) -> Result<(), Failure> {
        if self.segment.is_some() {
            return Err(order("end the segment before the next begins"));
        }
        self.segment = Some(self.making()?.begin(file_name)?);
        self.short = false;
        Ok(())
    }

    /// Seals the next chunk: output is its record. With `check` the record is opened again before
    /// it is given out: for where what was written cannot be read back. With `expected`, the digest
    /// that the chunk must have, another one gives no output and is answered with `false`.
    pub fn seal(
        &mut self,
        plain: &Uint8Array,
        check: bool,
        expected: Option<Vec<u8>>,
    ) -> Result<bool, Failure> {
        let segment = self.segment.as_mut().ok_or_else(|| order("begin a segment first"))?;
        if self.short {
            return Err(order("only the last chunk of a segment may be short"));
        }
        let cipher = segment.cipher();
        let mut buffer = Zeroizing::new(core::mem::take(&mut self.out));
        self.sealed = None;
        let length = usize::try_from(plain.length()).unwrap_or(usize::MAX);
        if length > cipher.chunk_size() {
            return Err(order("a chunk is longer than chunkSize"));
        }
        if buffer.capacity() < cipher.record_len() {
            *buffer = Vec::with_capacity(cipher.record_len());
        }
        buffer.resize(SegmentCipher::RECORD_HEAD + length, 0);
        plain.copy_to(buffer.get_mut(SegmentCipher::RECORD_HEAD..).unwrap_or_default());
        let sealed = cipher.seal(segment.count(), core::mem::take(&mut *buffer))?;
        if expected.is_some_and(|expected| expected != sealed.plain.as_ref()) {
            return Ok(false);
        }
        if check {
            let opened = cipher.open(segment.count(), Zeroizing::new(sealed.record.clone()))?;
            if opened.digest != sealed.plain {
                return Err(BidError::Receipt { what: "the plaintext of a segment" }.into());
            }
        }
        segment.accept(&sealed, length)?;
        self.short = length < cipher_size(segment);
        self.sealed = Some(sealed.sealed);
        self.out = sealed.record;
        Ok(true)
    }

    /// Takes note of the next record, which an earlier run wrote: by the digests of its plaintext, of
    /// `size` octets, and of the whole record.
    #[wasm_bindgen(js_name = takeKnown)]
    pub fn take_known(&mut self, plain: &[u8], sealed: &[u8], size: usize) -> Result<(), Failure> {
        let algorithm = self.algorithm()?;
        let segment = self.segment.as_mut().ok_or_else(|| order("begin a segment first"))?;
        if self.short {
            return Err(order("only the last chunk of a segment may be short"));
        }
        let plain = Digest::from_bytes(algorithm, plain)?;
        let sealed = Digest::from_bytes(algorithm, sealed)?;
        segment.accept_known(&plain, &sealed, size)?;
        self.short = size < cipher_size(segment);
        Ok(())
    }

    /// The digest of octets by the envelope's algorithm.
    pub fn digest(&mut self, octets: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.algorithm()?.digest(octets).as_ref().to_vec())
    }

    /// The digest of the record that [`Self::seal`] gave out last.
    #[wasm_bindgen(js_name = recordDigest)]
    pub fn record_digest(&self) -> Result<Vec<u8>, Failure> {
        let digest = self.sealed.as_ref().ok_or_else(|| order("seal a chunk first"))?;
        Ok(digest.as_ref().to_vec())
    }

    /// Ends the segment: output is its end record.
    pub fn end(&mut self) -> Result<(), Failure> {
        let segment = self.segment.take().ok_or_else(|| order("begin a segment first"))?;
        let mut out = Vec::new();
        self.making()?.end(segment, &mut out)?;
        self.out = out;
        Ok(())
    }

    /// Where output lies in memory.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn at(&self) -> usize {
        self.out.as_ptr().addr()
    }

    /// Octets of output.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn length(&self) -> usize {
        self.out.len()
    }

    /// The keys for reading it back before it is called done.
    pub fn keys(&mut self) -> Result<ContentKeysHandle, Failure> {
        Ok(ContentKeysHandle(self.making()?.content_keys(), Wipe))
    }

    /// Ends the envelope. `outer` is the writer of the tenderer's layer, ended before.
    pub fn finish(&mut self, outer: Option<Self>) -> Result<(), Failure> {
        if self.segment.is_some() {
            return Err(order("end the segment first"));
        }
        let making = self.encryptor.take().ok_or_else(|| order("it is finished"))?;
        let receipt = making.finish()?;
        self.receipt = Some(match outer {
            Some(mut outer) => {
                let around = outer.encryptor.take().ok_or_else(|| order("it is finished"))?;
                receipt.inside(around.finish()?)
            }
            None => receipt,
        });
        Ok(())
    }

    /// The receipt, DER.
    pub fn receipt(&self) -> Result<Vec<u8>, Failure> {
        Ok(self.receipt.as_ref().ok_or_else(|| order("finish first"))?.to_der())
    }

    /// What the receipt says, JSON.
    pub fn summary(&self) -> Result<String, Failure> {
        let receipt = self.receipt.as_ref().ok_or_else(|| order("finish first"))?;
        let segment = |one: &yinxin::envelope::SegmentReceipt| json!({"name": one.name, "size": one.size, "digest": one.digest.to_string()});
        let segments: Vec<_> = receipt.segments().iter().map(segment).collect();
        Ok(json!({
            "fileSize": receipt.file_size(),
            "fileDigest": receipt.file_digest().to_string(),
            "segments": segments,
        })
        .to_string())
    }
}

impl BidWriter {
    const fn at_head(encryptor: Encryptor, out: Vec<u8>) -> Self {
        let (segment, sealed, receipt) = (None, None, None);
        let encryptor = Some(encryptor);
        Self { encryptor, segment, short: false, out, sealed, receipt, _wipe: Wipe }
    }

    fn algorithm(&mut self) -> Result<DigestAlgorithm, Failure> {
        Ok(self.making()?.header().draft().suite.digest())
    }

    fn making(&mut self) -> Result<&mut Encryptor, Failure> {
        self.encryptor.as_mut().ok_or_else(|| order("it is finished"))
    }
}

/// What keys at rest belong to: the head, and what the caller says of the parts.
fn tie(head: &[u8], bound: &[u8]) -> Vec<u8> {
    let digest = |octets| DigestAlgorithm::Sm3.digest(octets);
    [digest(head).as_ref(), digest(bound).as_ref()].concat()
}

fn cipher_size(segment: &SegmentWriter) -> usize {
    segment.cipher().chunk_size()
}

pub(super) fn order(message: &str) -> Failure {
    Failure::misuse("bid_order", message)
}
