//! Reading enveloped data in all its families, and decrypting it as it streams by.

use alloc::vec::Vec;

use zeroize::Zeroize as _;

use super::signed::{ContentHashers, SignedData, read_digests, read_signers};
use super::skeleton::{Content, Cursor, Skeleton};
use super::{CmsError, RecipientInfo};
use crate::cipher::{CbcDecryptor, CipherKey, CipherParameters, Gcm, TAG_LEN};
use crate::der::{Reader, Tag};
use crate::{DecryptionKey, DigestAlgorithm, Error, Oddity, Oid, oid};

/// Which kind of enveloped data a message is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EnvelopedKind {
    /// AuthEnvelopedData (RFC 5083): changes are detected.
    AuthEnvelopedData,
    /// EnvelopedData (RFC 5652 §6, GM/T 0010 §9).
    EnvelopedData,
    /// SignedAndEnvelopedData (PKCS#7, GM/T 0010 §10): read only.
    SignedAndEnvelopedData,
}

/// Collects what stands before the content of an enveloped message.
///
/// ```text
/// EnvelopedReader ──push──▶ Enveloped ──decrypt(key)──▶ Decryptor ──push, finish──▶ Decrypted
/// ```
#[derive(Debug)]
pub struct EnvelopedReader {
    skeleton: Skeleton,
}

impl Default for EnvelopedReader {
    fn default() -> Self {
        Self::new()
    }
}

impl EnvelopedReader {
    /// Starts at the first octet of a ContentInfo.
    #[must_use]
    pub fn new() -> Self {
        Self { skeleton: Skeleton::new() }
    }

    /// Takes the next octets; ready once the recipients have all been read. Octets of content that
    /// came with them are kept for the decryptor.
    ///
    /// # Errors
    ///
    /// [`CmsError::Form`].
    pub fn push(mut self, input: &[u8]) -> Result<Result<Enveloped, Self>, CmsError> {
        match self.skeleton.before(input, read_header)? {
            Some(header) => Ok(Ok(Enveloped { skeleton: self.skeleton, header })),
            None => Ok(Err(self)),
        }
    }
}

#[derive(Clone, Debug)]
struct Header {
    kind: EnvelopedKind,
    recipients: Vec<RecipientInfo>,
    recipient_count: usize,
    digests: Vec<DigestAlgorithm>,
    content_type: Oid,
    parameters: CipherParameters,
    oddities: Vec<Oddity>,
}

fn read_header(cursor: &mut Cursor<'_>) -> Result<(Header, Option<Content>), Error> {
    cursor.open(Tag::SEQUENCE)?;
    let at = cursor.at();
    let kind = match cursor.oid()? {
        oid::GM_ENVELOPED_DATA | oid::ENVELOPED_DATA => EnvelopedKind::EnvelopedData,
        oid::AUTH_ENVELOPED_DATA => EnvelopedKind::AuthEnvelopedData,
        oid::GM_SIGNED_AND_ENVELOPED_DATA | oid::SIGNED_AND_ENVELOPED_DATA => {
            EnvelopedKind::SignedAndEnvelopedData
        }
        found => return Err(Error::Unsupported { at, what: "content type", found }),
    };
    cursor.open(Tag::explicit(0))?;
    cursor.open(Tag::SEQUENCE)?;
    let at = cursor.at();
    let version = cursor.uint()?;
    let known = match kind {
        EnvelopedKind::AuthEnvelopedData => version == 0,
        EnvelopedKind::EnvelopedData => version <= 4,
        EnvelopedKind::SignedAndEnvelopedData => version == 1,
    };
    if !known {
        return Err(Error::Version { at, what: "enveloped data", found: version });
    }
    if kind != EnvelopedKind::SignedAndEnvelopedData {
        cursor.optional(Tag::explicit(0))?; // originatorInfo, which no one here needs
    }
    let at = cursor.at();
    let set = cursor.element()?;
    let (recipients, recipient_count) = RecipientInfo::read_set(&set, at)?;
    let digests = if kind == EnvelopedKind::SignedAndEnvelopedData {
        read_digests(cursor)?
    } else {
        Vec::new()
    };
    cursor.open(Tag::SEQUENCE)?;
    let content_type = cursor.oid()?;
    let at = cursor.at();
    let algorithm = cursor.element()?;
    let (parameters, oddity) = CipherParameters::read(&mut Reader::at(&algorithm, at))?;
    let mut oddities: Vec<_> = oddity.into_iter().collect();
    let authenticated = parameters.cipher.is_authenticated();
    match kind {
        EnvelopedKind::AuthEnvelopedData if !authenticated => {
            let found = parameters.cipher.oid();
            return Err(Error::Unsupported { at, what: "authenticated cipher", found });
        }
        EnvelopedKind::AuthEnvelopedData => {}
        _ if authenticated => oddities.push(Oddity::GcmInEnvelopedData),
        _ => {}
    }
    let content = cursor.content(Tag::implicit(0))?;
    let header =
        Header { kind, recipients, recipient_count, digests, content_type, parameters, oddities };
    Ok((header, Some(content)))
}

/// An enveloped message whose recipients are known and whose content is still to come.
#[derive(Debug)]
pub struct Enveloped {
    skeleton: Skeleton,
    header: Header,
}

impl Enveloped {
    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> EnvelopedKind {
        self.header.kind
    }

    /// The cipher of the content.
    #[must_use]
    pub const fn cipher(&self) -> crate::cipher::Cipher {
        self.header.parameters.cipher
    }

    /// The recipients this library can serve.
    #[must_use]
    pub fn recipients(&self) -> &[RecipientInfo] {
        &self.header.recipients
    }

    /// How many recipients there are in all, unknown kinds counted.
    #[must_use]
    pub const fn recipient_count(&self) -> usize {
        self.header.recipient_count
    }

    /// Finds the content key with local keys: first the recipients that name a key by its
    /// identifier or whose certificate `is_mine` says belongs to a key, then every key at every
    /// recipient of its algorithm.
    ///
    /// # Errors
    ///
    /// [`CmsError::NotMyKey`], the same and after the same work whatever was wrong.
    pub fn unwrap(
        &self,
        keys: &[&DecryptionKey],
        is_mine: impl Fn(&RecipientInfo, &DecryptionKey) -> bool,
    ) -> Result<CipherKey, CmsError> {
        let pairs =
            || self.recipients().iter().flat_map(|info| keys.iter().map(move |key| (info, *key)));
        let named = |info: &RecipientInfo, key: &DecryptionKey| {
            info.names_key(&key.public().id()) || is_mine(info, key)
        };
        let first = pairs().filter(|(info, key)| named(info, key));
        let then = pairs().filter(|(info, key)| !named(info, key));
        for (info, key) in first.chain(then) {
            if let Ok(answer) = info.unwrap(key)
                && let Ok(key) = answer.for_cipher(self.cipher())
            {
                return Ok(key);
            }
        }
        Err(CmsError::NotMyKey { recipients: self.header.recipient_count })
    }

    /// Goes on to the content under its key.
    ///
    /// # Errors
    ///
    /// [`CmsError::Decryption`] when the key does not fit the cipher.
    pub fn decrypt(self, key: &CipherKey) -> Result<Decryptor, CmsError> {
        let parameters = &self.header.parameters;
        let mode = if parameters.cipher.is_authenticated() {
            // RFC 5083 §2.2: the authenticated attributes come after the content and yet go in
            // front of it; a message that has some is refused when they come.
            let nonce = parameters.iv().first_chunk().ok_or(CmsError::Decryption)?;
            let gcm = Gcm::new(parameters.cipher, key, nonce, &[]);
            Mode::Gcm { gcm: gcm.map_err(|_| CmsError::Decryption)?, held: Vec::new() }
        } else {
            Mode::Cbc(CbcDecryptor::new(parameters, key).map_err(|_| CmsError::Decryption)?)
        };
        let hashers = ContentHashers::new(&self.header.digests);
        Ok(Decryptor { skeleton: self.skeleton, header: self.header, mode, hashers })
    }
}

/// Decrypts content as it streams by.
///
/// What comes out is **not to be used** before [`finish`](Self::finish) has passed: hold it back
/// under a temporary name.
#[derive(Debug)]
pub struct Decryptor {
    skeleton: Skeleton,
    header: Header,
    mode: Mode,
    hashers: ContentHashers,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one per message")]
enum Mode {
    Cbc(CbcDecryptor),
    /// `held`: the last 16 octets so far, which are the tag where GCM stands in EnvelopedData.
    Gcm {
        gcm: Gcm,
        held: Vec<u8>,
    },
}

impl Decryptor {
    /// Takes the next octets of the message and appends plaintext to `out`.
    ///
    /// # Errors
    ///
    /// [`CmsError`]; nothing that came out may be used.
    pub fn push(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), CmsError> {
        let Self { skeleton, header, mode, hashers } = self;
        let tag_inside = header.kind != EnvelopedKind::AuthEnvelopedData;
        skeleton.push(input, &mut |octets: &[u8]| {
            let start = out.len();
            match mode {
                Mode::Cbc(cbc) => cbc.update(octets, out),
                Mode::Gcm { gcm, held } => {
                    out.append(held);
                    out.extend_from_slice(octets);
                    if tag_inside {
                        let keep = (out.len() - start).min(TAG_LEN);
                        *held = out.split_off(out.len() - keep);
                    }
                    let plain = out.get_mut(start..).unwrap_or(&mut []);
                    gcm.decrypt(plain).map_err(|_| CmsError::Decryption)?;
                }
            }
            hashers.update(out.get(start..).unwrap_or(&[]));
            Ok::<(), CmsError>(())
        })
    }

    /// Ends the message: checks the tag or the padding, appends what was held back to `out`, and
    /// reads the signatures of a SignedAndEnvelopedData.
    ///
    /// # Errors
    ///
    /// [`CmsError::Decryption`] whatever was wrong with key, tag or padding; [`CmsError::Form`]
    /// for an incomplete message.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<Decrypted, CmsError> {
        let Self { skeleton, header, mode, mut hashers } = self;
        let kind = header.kind;
        let tail = skeleton.finish(|cursor| read_tail(cursor, kind))?;
        let start = out.len();
        let authenticated = match mode {
            Mode::Cbc(cbc) => {
                if cbc.finish(out).is_err() {
                    out.get_mut(start..).unwrap_or(&mut []).zeroize();
                    return Err(CmsError::Decryption);
                }
                false
            }
            Mode::Gcm { gcm, held } => {
                let tag = if kind == EnvelopedKind::AuthEnvelopedData { &tail.mac } else { &held };
                gcm.verify(tag).map_err(|_| CmsError::Decryption)?;
                true
            }
        };
        hashers.update(out.get(start..).unwrap_or(&[]));
        let signed = tail.signers.map(|signers| {
            SignedData::from_enveloped(
                header.content_type,
                header.digests,
                hashers.finish(),
                signers,
            )
        });
        Ok(Decrypted { authenticated, oddities: header.oddities, signed })
    }
}

struct Tail {
    mac: Vec<u8>,
    signers: Option<super::signed::Tail>,
}

fn read_tail(cursor: &mut Cursor<'_>, kind: EnvelopedKind) -> Result<Tail, Error> {
    // GmSSL's model has two more fields behind the content; they say nothing here.
    for number in [1, 2] {
        for tag in [Tag::implicit(number), Tag::explicit(number)] {
            if cursor.peek()? == Some(tag) {
                cursor.element()?;
            }
        }
    }
    cursor.close()?; // encryptedContentInfo
    let mut tail = Tail { mac: Vec::new(), signers: None };
    match kind {
        EnvelopedKind::AuthEnvelopedData => {
            let at = cursor.at();
            if cursor.peek()? == Some(Tag::explicit(1)) {
                return Err(Error::Malformed { at, expected: "no authenticated attributes" });
            }
            let mac = cursor.element()?;
            tail.mac = Reader::at(&mac, at).octet_string()?.to_vec();
            cursor.optional(Tag::explicit(2))?;
        }
        EnvelopedKind::EnvelopedData => {
            cursor.optional(Tag::explicit(1))?;
        }
        EnvelopedKind::SignedAndEnvelopedData => tail.signers = Some(read_signers(cursor)?),
    }
    Ok(tail)
}

/// What is known of a message that was decrypted whole.
#[derive(Clone, Debug)]
pub struct Decrypted {
    /// Whether the cipher detects changes; if not, a report has to say `unauthenticated`.
    pub authenticated: bool,
    /// In what it deviates.
    pub oddities: Vec<Oddity>,
    /// The signatures of a SignedAndEnvelopedData, not yet verified.
    pub signed: Option<SignedData>,
}
