//! Messages over `Read` and `Write`: signed, verified, encrypted and decrypted as they stream by,
//! in memory that does not grow with them.

use std::fmt;
use std::io::{self, Read, Seek, Write};

use rand_core::CryptoRng;
use yinxin_pki::cipher::Cipher;
use yinxin_pki::cms::{
    CmsError, ContentDigests, Decrypted, Encryptor, Enveloped, EnvelopedReader, Format, Recipient,
    RecipientInfo, SignDraft, SignedData, SignedReader, SignerInfo, Signing, assemble,
};
use yinxin_pki::{
    Certificate, DecryptionKey, Digest, Error, Explain, Fact, Oid, Party, SignatureError, oid,
};
use zeroize::Zeroizing;

/// Bytes read at a time: large enough that calls cost nothing, small beside 32 MiB.
const PIECE: usize = 256 << 10;

/// Told after each piece how many bytes of the input are done.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

/// Calls `take` with the input piece by piece.
fn pieces<E: From<io::Error>>(
    input: &mut impl Read,
    progress: Progress<'_>,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<u64, E> {
    let mut buffer = Zeroizing::new(vec![0; PIECE]);
    let mut done = 0;
    loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => return Ok(done),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        take(buffer.get(..count).unwrap_or(&[]))?;
        done += u64::try_from(count).unwrap_or(0);
        progress(done);
    }
}

/// A signature over content that was read once and waits for its value.
#[derive(Debug)]
pub struct Prepared {
    signing: Signing,
    format: Format,
    content_type: Oid,
    length: u64,
    digest: Digest,
    draft: SignDraft,
}

impl Prepared {
    /// Reads the content and fixes what is to be signed.
    ///
    /// # Errors
    ///
    /// [`MessageError`].
    pub fn new(
        draft: SignDraft,
        format: Format,
        content: &mut impl Read,
        progress: Progress<'_>,
    ) -> Result<Self, MessageError> {
        let mut hasher = draft.hasher()?;
        let length = pieces(content, progress, |piece| {
            hasher.update(piece);
            Ok::<(), MessageError>(())
        })?;
        let digest = hasher.finish();
        let signing = draft.clone().prepare(digest)?;
        Ok(Self { signing, format, content_type: format.data(), length, digest, draft })
    }

    /// What goes to the key, wherever it lives.
    #[must_use]
    pub const fn signing(&self) -> &Signing {
        &self.signing
    }

    /// Takes the key's answer and checks it against the certificate.
    ///
    /// # Errors
    ///
    /// [`MessageError::Signature`]: another key's answer, or to another question.
    pub fn finish(self, answer: &[u8]) -> Result<Signed, MessageError> {
        let Self { signing, format, content_type, length, digest, draft } = self;
        let signer = signing.finish(answer)?;
        Ok(Signed { signer, format, content_type, length, digest, draft })
    }
}

/// A signer's part, ready to be written.
#[derive(Debug)]
pub struct Signed {
    signer: SignerInfo,
    format: Format,
    content_type: Oid,
    length: u64,
    digest: Digest,
    draft: SignDraft,
}

impl Signed {
    /// The signature value, for instance for a timestamp.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.signer.signature()
    }

    /// Adds an unsigned attribute, for instance a timestamp token.
    #[must_use]
    pub fn with_unsigned(mut self, attribute: yinxin_pki::cms::Attribute) -> Self {
        self.signer = self.signer.with_unsigned(attribute);
        self
    }

    /// Writes the message without its content.
    ///
    /// # Errors
    ///
    /// [`MessageError`].
    pub fn write_detached(
        &self,
        certificates: &[&Certificate],
        out: &mut impl Write,
    ) -> Result<(), MessageError> {
        let signers = std::slice::from_ref(&self.signer);
        let around = assemble(self.format, &self.content_type, None, certificates, signers)?;
        out.write_all(&around.before)?;
        Ok(out.write_all(&around.after)?)
    }

    /// Writes the message with its content, which is read a second time and must not have changed.
    ///
    /// # Errors
    ///
    /// [`MessageError::ContentChanged`] when it has.
    pub fn write_attached(
        &self,
        certificates: &[&Certificate],
        content: &mut impl Read,
        out: &mut impl Write,
        progress: Progress<'_>,
    ) -> Result<(), MessageError> {
        let signers = std::slice::from_ref(&self.signer);
        let length = Some(self.length);
        let around = assemble(self.format, &self.content_type, length, certificates, signers)?;
        out.write_all(&around.before)?;
        let mut hasher = self.draft.hasher()?;
        let length = pieces(content, progress, |piece| {
            hasher.update(piece);
            Ok::<(), MessageError>(out.write_all(piece)?)
        })?;
        if length != self.length || hasher.finish() != self.digest {
            return Err(MessageError::ContentChanged);
        }
        Ok(out.write_all(&around.after)?)
    }
}

/// Reads a signed message; `content` gets what it carries, not yet believed.
///
/// # Errors
///
/// [`MessageError`].
pub fn read_signed(
    message: &mut impl Read,
    content: &mut impl Write,
    progress: Progress<'_>,
) -> Result<SignedData, MessageError> {
    let mut reader = SignedReader::new();
    let mut written = Ok(());
    pieces(message, progress, |piece| {
        reader.push(piece, |octets| {
            if written.is_ok() {
                written = content.write_all(octets);
            }
        })?;
        std::mem::replace(&mut written, Ok(())).map_err(MessageError::from)
    })?;
    Ok(reader.finish()?)
}

/// Digests of the content of a detached signature.
///
/// # Errors
///
/// [`MessageError`].
pub fn digest_content(
    signed: &SignedData,
    content: &mut impl Read,
    progress: Progress<'_>,
) -> Result<ContentDigests, MessageError> {
    let mut hashers = signed.content_hashers();
    pieces(content, progress, |piece| {
        hashers.update(piece);
        Ok::<(), MessageError>(())
    })?;
    Ok(hashers.finish())
}

/// The second digest that an SM2 signature without attributes needs, since Z comes before the
/// content: the content is read once more, out of the message.
///
/// # Errors
///
/// [`MessageError`].
pub fn direct_digest<R: Read + Seek>(
    signer: &SignerInfo,
    certificate: &Certificate,
    message: &mut R,
) -> Result<Option<Digest>, MessageError> {
    let Some(mut hasher) = signer.content_hasher(certificate.public_key()) else {
        return Ok(None);
    };
    message.rewind()?;
    let mut reader = SignedReader::new();
    pieces(message, &mut |_| {}, |piece| {
        Ok::<(), MessageError>(reader.push(piece, |octets| hasher.update(octets))?)
    })?;
    reader.finish()?;
    Ok(Some(hasher.finish()))
}

/// The same for content that lies by itself: a detached signature's, or what was decrypted.
///
/// # Errors
///
/// [`MessageError`].
pub fn direct_digest_of<R: Read + Seek>(
    signer: &SignerInfo,
    certificate: &Certificate,
    content: &mut R,
) -> Result<Option<Digest>, MessageError> {
    let Some(mut hasher) = signer.content_hasher(certificate.public_key()) else {
        return Ok(None);
    };
    content.rewind()?;
    pieces(content, &mut |_| {}, |piece| {
        hasher.update(piece);
        Ok::<(), MessageError>(())
    })?;
    Ok(Some(hasher.finish()))
}

/// Encrypts `input` to all recipients. With its length known beforehand the output is DER.
///
/// # Errors
///
/// [`MessageError`]; what was written by then is of no use.
#[expect(clippy::too_many_arguments, reason = "each is one word of the command line")]
pub fn encrypt(
    format: Format,
    cipher: Cipher,
    recipients: &[Recipient],
    input: &mut impl Read,
    length: Option<u64>,
    out: &mut impl Write,
    rng: &mut impl CryptoRng,
    progress: Progress<'_>,
) -> Result<(), MessageError> {
    let mut buffer = Vec::new();
    let mut encryptor = Encryptor::new(format, cipher, recipients, length, rng, &mut buffer)?;
    pieces(input, progress, |piece| {
        encryptor.update(piece, &mut buffer)?;
        out.write_all(&buffer)?;
        buffer.clear();
        Ok::<(), MessageError>(())
    })?;
    encryptor.finish(&mut buffer)?;
    Ok(out.write_all(&buffer)?)
}

/// What stands before the content of an encrypted message, and the message to go on with.
///
/// # Errors
///
/// [`MessageError`].
pub fn read_enveloped(message: &mut impl Read) -> Result<Enveloped, MessageError> {
    let mut reader = EnvelopedReader::new();
    let mut piece = vec![0; 4096];
    let mut read = 0;
    loop {
        let count = message.read(&mut piece)?;
        if count == 0 {
            return Err(CmsError::from(Error::Truncated { at: read, missing: 1 }).into());
        }
        read += count;
        match reader.push(piece.get(..count).unwrap_or(&[]))? {
            Ok(enveloped) => return Ok(enveloped),
            Err(more) => reader = more,
        }
    }
}

/// Decrypts a message whose beginning [`read_enveloped`] took.
///
/// What `out` gets is **not to be used** before this has returned: give it a file that gets its
/// name afterwards ([`crate::file::Outputs`]).
///
/// # Errors
///
/// [`MessageError`]; nothing that `out` got may be used then.
pub fn decrypt(
    enveloped: Enveloped,
    keys: &[&DecryptionKey],
    is_mine: impl Fn(&RecipientInfo, &DecryptionKey) -> bool,
    message: &mut impl Read,
    out: &mut impl Write,
    progress: Progress<'_>,
) -> Result<Decrypted, MessageError> {
    let key = enveloped.unwrap(keys, is_mine)?;
    let mut decryptor = enveloped.decrypt(&key)?;
    let mut buffer = Zeroizing::new(Vec::new());
    decryptor.push(&[], &mut buffer)?;
    pieces(message, progress, |piece| {
        decryptor.push(piece, &mut buffer)?;
        out.write_all(&buffer)?;
        buffer.clear();
        Ok::<(), MessageError>(())
    })?;
    let decrypted = decryptor.finish(&mut buffer)?;
    out.write_all(&buffer)?;
    Ok(decrypted)
}

/// The kinds of file that can be told by their first bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MessageKind {
    /// Signed data.
    Signed,
    /// Enveloped data of any kind.
    Enveloped,
    /// Something else.
    Other,
}

/// Tells a message by its first bytes; 64 are enough.
#[must_use]
pub fn kind_of(start: &[u8]) -> MessageKind {
    match yinxin_pki::cms::content_type(start) {
        Ok(oid::SIGNED_DATA | oid::GM_SIGNED_DATA) => MessageKind::Signed,
        Ok(
            oid::ENVELOPED_DATA
            | oid::GM_ENVELOPED_DATA
            | oid::AUTH_ENVELOPED_DATA
            | oid::SIGNED_AND_ENVELOPED_DATA
            | oid::GM_SIGNED_AND_ENVELOPED_DATA,
        ) => MessageKind::Enveloped,
        _ => MessageKind::Other,
    }
}

/// Why a message was not made, believed or opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum MessageError {
    /// The message itself.
    Cms(CmsError),
    /// The content changed while it was being signed.
    ContentChanged,
    /// Reading or writing failed.
    Io(io::Error),
    /// The key's answer.
    Signature(SignatureError),
}

impl From<CmsError> for MessageError {
    fn from(error: CmsError) -> Self {
        Self::Cms(error)
    }
}

impl From<io::Error> for MessageError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<SignatureError> for MessageError {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

impl Explain for MessageError {
    fn code(&self) -> &'static str {
        match self {
            Self::Cms(error) => error.code(),
            Self::ContentChanged => "content_changed",
            Self::Io(_) => "io",
            Self::Signature(error) => error.code(),
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Cms(error) => error.mended_by(),
            Self::ContentChanged | Self::Io(_) => Party::Operator,
            Self::Signature(error) => error.mended_by(),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Cms(error) => error.facts(),
            Self::ContentChanged => vec![],
            Self::Io(error) => vec![Fact::text("reason", error.to_string())],
            Self::Signature(error) => error.facts(),
        }
    }
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cms(error) => error.fmt(f),
            Self::ContentChanged => {
                f.write_str("the content changed while it was being signed; sign it again")
            }
            Self::Io(error) => write!(f, "reading or writing failed: {error}"),
            Self::Signature(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MessageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Cms(error) => Some(error),
            Self::ContentChanged => None,
            Self::Io(error) => Some(error),
            Self::Signature(error) => Some(error),
        }
    }
}
