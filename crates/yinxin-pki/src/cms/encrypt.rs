//! Writing enveloped data (数字信封): EnvelopedData, or AuthEnvelopedData for GCM.

use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::{CmsError, Format, Recipient};
use crate::cipher::{CbcEncryptor, Cipher, CipherKey, CipherParameters, Gcm, GcmError, TAG_LEN};
use crate::der::{Tag, Writer};
use crate::{Error, limits, oid};

/// Encrypts a message of any size as it streams by.
///
/// With the length known beforehand the output is DER; without, it is BER of unknown length, which
/// every reader of CMS accepts but some home-made ones do not.
///
/// ```
/// # use yinxin_pki::{Curve, DecryptionKey, cms::{CmsError, Encryptor, EnvelopedReader, Format, Recipient}, cipher::Cipher};
/// # fn example(rng: &mut impl rand_core::CryptoRng) -> Result<(), CmsError> {
/// let key = DecryptionKey::generate(Curve::Sm2, rng);
/// let to = [Recipient::key(key.public())];
/// let mut message = Vec::new();
/// let mut encryptor =
///     Encryptor::new(Format::Gm, Cipher::Sm4Gcm, &to, Some(5), rng, &mut message)?;
/// encryptor.update(b"price", &mut message)?;
/// encryptor.finish(&mut message)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Encryptor {
    mode: Mode,
    /// Announced plaintext length.
    length: Option<u64>,
    seen: u64,
}

#[derive(Debug)]
enum Mode {
    Cbc(CbcEncryptor),
    Gcm(Gcm),
}

impl Encryptor {
    /// Draws a content key, wraps it for every recipient, and appends all that comes before the
    /// content to `out`.
    ///
    /// # Errors
    ///
    /// [`CmsError::RecipientKey`] for a key that cannot receive; [`CmsError::Form`] without
    /// recipients or with more than [`limits::RECIPIENTS`], or for more than 64 GiB under GCM.
    pub fn new(
        format: Format,
        cipher: Cipher,
        recipients: &[Recipient],
        length: Option<u64>,
        rng: &mut impl CryptoRng,
        out: &mut Vec<u8>,
    ) -> Result<Self, CmsError> {
        let key = CipherKey::random(cipher, rng);
        let parameters = CipherParameters::random(cipher, rng);
        if recipients.is_empty() || recipients.len() > limits::RECIPIENTS {
            return Err(Error::Limit { at: 0, what: "recipients", limit: 1024 }.into());
        }
        let mut infos = Vec::new();
        for recipient in recipients {
            let mut info = Writer::new();
            recipient.write(key.as_bytes(), format, rng, &mut info)?;
            infos.push(info.into_vec());
        }
        let mode = if cipher.is_authenticated() {
            let nonce = parameters.iv().first_chunk().ok_or(CmsError::Decryption)?;
            Mode::Gcm(Gcm::new(cipher, &key, nonce, &[]).map_err(gcm_error)?)
        } else {
            Mode::Cbc(CbcEncryptor::new(&parameters, &key)?)
        };
        let ciphertext = length.map(|length| parameters.ciphertext_len(length));
        Frame::new(format, parameters, infos).write_before(ciphertext, out);
        Ok(Self { mode, length, seen: 0 })
    }

    /// Takes the next plaintext and appends ciphertext to `out`.
    ///
    /// # Errors
    ///
    /// [`CmsError::ContentLength`] past what was announced.
    pub fn update(&mut self, plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), CmsError> {
        self.seen += u64::try_from(plaintext.len()).unwrap_or(u64::MAX);
        if let Some(wanted) = self.length
            && self.seen > wanted
        {
            return Err(CmsError::ContentLength { wanted, found: self.seen });
        }
        if self.length.is_some() {
            self.encrypt(plaintext, out)
        } else {
            let mut piece = Vec::new();
            self.encrypt(plaintext, &mut piece)?;
            write_piece(&piece, out);
            Ok(())
        }
    }

    fn encrypt(&mut self, plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), CmsError> {
        match &mut self.mode {
            Mode::Cbc(cbc) => cbc.update(plaintext, out),
            Mode::Gcm(gcm) => {
                let start = out.len();
                out.extend_from_slice(plaintext);
                gcm.encrypt(out.get_mut(start..).unwrap_or(&mut [])).map_err(gcm_error)?;
            }
        }
        Ok(())
    }

    /// Ends the message and appends what is left.
    ///
    /// # Errors
    ///
    /// [`CmsError::ContentLength`] when less came than was announced.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), CmsError> {
        if let Some(wanted) = self.length
            && self.seen != wanted
        {
            return Err(CmsError::ContentLength { wanted, found: self.seen });
        }
        let known = self.length.is_some();
        let mut last = Vec::new();
        let tag = match self.mode {
            Mode::Cbc(cbc) => {
                cbc.finish(&mut last);
                None
            }
            Mode::Gcm(gcm) => Some(gcm.tag()),
        };
        if known {
            out.extend_from_slice(&last);
        } else {
            write_piece(&last, out);
            out.extend_from_slice(&[0, 0, 0, 0]); // the content, encryptedContentInfo
        }
        if let Some(tag) = tag {
            let mac = Writer::build(|w| w.octet_string(&tag));
            out.extend_from_slice(&mac);
        }
        if !known {
            out.extend_from_slice(&[0; 6]); // the data, `[0]`, ContentInfo
        }
        Ok(())
    }
}

/// The elements around the content.
struct Frame {
    content_type: crate::Oid,
    /// Version and recipients, inside the data's SEQUENCE.
    head: Vec<u8>,
    /// Content type and algorithm, inside EncryptedContentInfo.
    info: Vec<u8>,
    authenticated: bool,
}

impl Frame {
    fn new(format: Format, parameters: CipherParameters, infos: Vec<Vec<u8>>) -> Self {
        let authenticated = parameters.cipher.is_authenticated();
        let agreement = infos.iter().any(|info| info.first() != Some(&Tag::SEQUENCE.0));
        let version = match (authenticated, format) {
            (true, _) => 0,
            (false, Format::Gm) => 1,
            (false, Format::Rfc5652) => 2 * u64::from(agreement),
        };
        let content_type =
            if authenticated { oid::AUTH_ENVELOPED_DATA } else { format.enveloped_data() };
        Self {
            content_type,
            head: Writer::build(|w| {
                w.uint(version);
                w.set_of(Tag::SET, infos);
            }),
            info: Writer::build(|w| {
                w.oid(&format.data());
                parameters.write(w);
            }),
            authenticated,
        }
    }

    /// All octets before the ciphertext, which is announced if its length is known.
    fn write_before(&self, ciphertext: Option<u64>, out: &mut Vec<u8>) {
        let oid = Writer::build(|w| w.oid(&self.content_type));
        let Some(ciphertext) = ciphertext else {
            out.extend_from_slice(&[0x30, 0x80]);
            out.extend_from_slice(&oid);
            out.extend_from_slice(&[0xa0, 0x80, 0x30, 0x80]);
            out.extend_from_slice(&self.head);
            out.extend_from_slice(&[0x30, 0x80]);
            out.extend_from_slice(&self.info);
            out.extend_from_slice(&[0xa0, 0x80]);
            return;
        };
        let mac = if self.authenticated { length(2 + TAG_LEN) } else { 0 };
        let content = header(Tag::implicit(0), ciphertext);
        let info_len = length(self.info.len() + content.len()) + ciphertext;
        let info = header(Tag::SEQUENCE, info_len);
        let data_len = length(self.head.len() + info.len()) + info_len + mac;
        let data = header(Tag::SEQUENCE, data_len);
        let explicit_len = length(data.len()) + data_len;
        let explicit = header(Tag::explicit(0), explicit_len);
        let outer_len = length(oid.len() + explicit.len()) + explicit_len;
        let outer = header(Tag::SEQUENCE, outer_len);
        for part in [&outer, &oid, &explicit, &data, &self.head, &info, &self.info, &content] {
            out.extend_from_slice(part);
        }
    }
}

/// A length in memory as one of a file.
fn length(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// Identifier and definite length octets.
pub(super) fn header(tag: Tag, length: u64) -> Vec<u8> {
    let octets = length.to_be_bytes();
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let digits = octets.get(zeros..).unwrap_or(&[]);
    match digits {
        [] => alloc::vec![tag.0, 0],
        [short @ ..=0x7f] => alloc::vec![tag.0, *short],
        _ => {
            let count = 0x80 | u8::try_from(digits.len()).unwrap_or(8);
            [&[tag.0, count][..], digits].concat()
        }
    }
}

/// One piece of content of unknown length; an empty one is left out.
fn write_piece(piece: &[u8], out: &mut Vec<u8>) {
    if !piece.is_empty() {
        out.extend_from_slice(&header(Tag::OCTET_STRING, length(piece.len())));
        out.extend_from_slice(piece);
    }
}

const fn gcm_error(error: GcmError) -> CmsError {
    match error {
        GcmError::NotGcm | GcmError::Tag => CmsError::Decryption,
        GcmError::TooLong => CmsError::Form(Error::Limit {
            at: 0,
            what: "content under GCM in bytes",
            limit: (1 << 36) - 32,
        }),
    }
}
