//! SignedData (签名数据), read as it streams by.

use alloc::vec::Vec;

use super::attribute::looks_like_attributes;
use super::signer::SignerInfo;
use super::skeleton::{Cursor, Skeleton};
use super::{CmsError, Format};
use crate::der::{Reader, Tag};
use crate::{Digest, DigestAlgorithm, Error, Hasher, Oddity, Oid, limits, oid};

/// Reads a SignedData of any size: push it in, take the content as it comes out, and believe
/// nothing of it until [`SignedData`] has been verified.
///
/// ```
/// use yinxin_pki::cms::{CmsError, SignedReader};
///
/// fn read(message: &[u8]) -> Result<(), CmsError> {
///     let mut content = Vec::new();
///     let mut reader = SignedReader::new();
///     for piece in message.chunks(4096) {
///         reader.push(piece, |octets| content.extend_from_slice(octets))?;
///     }
///     let signed = reader.finish()?; // parsed, nothing believed yet
///     println!("{} signers", signed.signers().len());
///     Ok(())
/// }
/// # assert!(read(&[0x30, 0x80]).is_err());
/// ```
#[derive(Debug)]
pub struct SignedReader {
    skeleton: Skeleton,
    header: Option<Header>,
    hashers: ContentHashers,
}

/// What stands before the content.
#[derive(Clone, Debug)]
struct Header {
    format: Format,
    version: u64,
    digests: Vec<DigestAlgorithm>,
    content_type: Oid,
    attached: bool,
}

impl Default for SignedReader {
    fn default() -> Self {
        Self::new()
    }
}

impl SignedReader {
    /// Starts at the first octet of a ContentInfo.
    #[must_use]
    pub fn new() -> Self {
        Self { skeleton: Skeleton::new(), header: None, hashers: ContentHashers::default() }
    }

    /// Takes the next octets of the message; `content` gets octets of the content as they come.
    ///
    /// # Errors
    ///
    /// [`CmsError::Form`]; the reader is of no use after that.
    pub fn push(&mut self, input: &[u8], mut content: impl FnMut(&[u8])) -> Result<(), CmsError> {
        let mut rest = input;
        if self.header.is_none() {
            let Some(header) = self.skeleton.before(input, read_header)? else { return Ok(()) };
            self.hashers = ContentHashers::new(&header.digests);
            self.header = Some(header);
            rest = &[];
        }
        let hashers = &mut self.hashers;
        self.skeleton.push(rest, &mut |octets: &[u8]| {
            hashers.update(octets);
            content(octets);
            Ok::<(), CmsError>(())
        })
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// [`CmsError::Form`], also when the message is not complete.
    pub fn finish(self) -> Result<SignedData, CmsError> {
        let Some(header) = self.header else {
            return Err(Error::Truncated { at: 0, missing: 1 }.into());
        };
        let tail = self.skeleton.finish(read_tail)?;
        let digests = header.attached.then(|| self.hashers.finish());
        SignedData::new(header, tail, digests)
    }
}

fn read_header(
    cursor: &mut Cursor<'_>,
) -> Result<(Header, Option<super::skeleton::Content>), Error> {
    cursor.open(Tag::SEQUENCE)?;
    let at = cursor.at();
    let format = match cursor.oid()? {
        oid::GM_SIGNED_DATA => Format::Gm,
        oid::SIGNED_DATA => Format::Rfc5652,
        found => return Err(Error::Unsupported { at, what: "content type", found }),
    };
    cursor.open(Tag::explicit(0))?;
    cursor.open(Tag::SEQUENCE)?;
    let at = cursor.at();
    let version = cursor.uint()?;
    if !matches!(version, 1 | 3 | 4 | 5) {
        return Err(Error::Version { at, what: "SignedData", found: version });
    }
    let digests = read_digests(cursor)?;
    cursor.open(Tag::SEQUENCE)?;
    let content_type = cursor.oid()?;
    let content = match cursor.peek()? {
        None => {
            cursor.close()?;
            None
        }
        Some(_) => {
            cursor.open(Tag::explicit(0))?;
            Some(cursor.content(Tag::OCTET_STRING)?)
        }
    };
    let attached = content.is_some();
    Ok((Header { format, version, digests, content_type, attached }, content))
}

/// The SET of digest algorithms; those not known here are passed over, since a signer that uses
/// one is refused by name later.
pub(super) fn read_digests(cursor: &mut Cursor<'_>) -> Result<Vec<DigestAlgorithm>, Error> {
    let at = cursor.at();
    let der = cursor.element()?;
    let mut set = Reader::at(&der, at).set()?;
    let mut digests = Vec::new();
    let mut count = 0;
    while !set.is_empty() {
        count += 1;
        if count > limits::SIGNERS {
            return Err(Error::Limit { at, what: "digest algorithms", limit: 64 });
        }
        match DigestAlgorithm::read(&mut set) {
            Ok(digest) if digests.contains(&digest) => {}
            Ok(digest) => digests.push(digest),
            Err(Error::Unsupported { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(digests)
}

/// What stands after the content.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    certificates: Vec<Vec<u8>>,
    crls: Vec<Vec<u8>>,
    signers: Vec<SignerInfo>,
}

fn read_tail(cursor: &mut Cursor<'_>) -> Result<Tail, Error> {
    // The frames still open are, from the inside: `[0]` of an attached content, then
    // encapContentInfo; of a detached one, neither.
    while cursor.peek()?.is_none() {
        cursor.close()?;
    }
    read_signers(cursor)
}

pub(super) fn read_signers(cursor: &mut Cursor<'_>) -> Result<Tail, Error> {
    let certificates = read_bag(cursor, Tag::explicit(0))?;
    let at = cursor.at();
    let crls = read_bag(cursor, Tag::explicit(1))?;
    for crl in &crls {
        // A certificate's first field is `[0]`, a CRL's never: under the wrong tag it would
        // be passed over in silence.
        if Reader::at(crl, at).sequence()?.sequence()?.peek() == Some(Tag::explicit(0)) {
            return Err(Error::Malformed { at, expected: "CertificateList" });
        }
    }
    let at = cursor.at();
    let der = cursor.element()?;
    let mut set = Reader::at(&der, at).set()?;
    let mut signers = Vec::new();
    while !set.is_empty() {
        if signers.len() >= limits::SIGNERS {
            return Err(Error::Limit { at: set.position(), what: "signers", limit: 64 });
        }
        signers.push(SignerInfo::read(&mut set)?);
    }
    Ok(Tail { certificates, crls, signers })
}

/// Certificates or CRLs: only X.509 ones (SEQUENCE) are kept, other choices are passed over.
fn read_bag(cursor: &mut Cursor<'_>, tag: Tag) -> Result<Vec<Vec<u8>>, Error> {
    let at = cursor.at();
    let Some(der) = cursor.optional(tag)? else { return Ok(Vec::new()) };
    let mut set = Reader::at(&der, at).nested(tag)?;
    let mut bag = Vec::new();
    let mut count = 0;
    while !set.is_empty() {
        count += 1;
        if count > limits::CERTIFICATES {
            return Err(Error::Limit { at: set.position(), what: "certificates", limit: 256 });
        }
        let element = set.any()?;
        if element.tag == Tag::SEQUENCE {
            bag.push(element.raw.to_vec());
        }
    }
    Ok(bag)
}

/// A SignedData that was read and not yet verified.
#[derive(Clone, Debug)]
pub struct SignedData {
    format: Format,
    content_type: Oid,
    listed: Vec<DigestAlgorithm>,
    digests: Option<ContentDigests>,
    certificates: Vec<Vec<u8>>,
    crls: Vec<Vec<u8>>,
    signers: Vec<SignerInfo>,
    oddities: Vec<Oddity>,
}

impl SignedData {
    fn new(header: Header, tail: Tail, digests: Option<ContentDigests>) -> Result<Self, CmsError> {
        let Header { format, version, digests: listed, content_type, .. } = header;
        let Tail { certificates, crls, signers } = tail;
        let by_key = signers.iter().any(SignerInfo::is_by_key_identifier);
        let expected = match format {
            Format::Gm => 1,
            Format::Rfc5652 if by_key || content_type != oid::DATA => 3,
            Format::Rfc5652 => 1,
        };
        let mut oddities = Vec::new();
        if version != expected {
            oddities.push(Oddity::Version);
        }
        Ok(Self { format, content_type, listed, digests, certificates, crls, signers, oddities })
    }

    /// From the parts of a SignedAndEnvelopedData, whose signatures are over the plaintext.
    pub(super) fn from_enveloped(
        content_type: Oid,
        listed: Vec<DigestAlgorithm>,
        digests: ContentDigests,
        tail: Tail,
    ) -> Self {
        let Tail { certificates, crls, signers } = tail;
        Self {
            format: Format::Gm,
            content_type,
            listed,
            digests: Some(digests),
            certificates,
            crls,
            signers,
            oddities: Vec::new(),
        }
    }

    /// Reads a whole message from memory, its content with it; `None` when it is detached.
    ///
    /// # Errors
    ///
    /// [`CmsError::Form`].
    pub fn from_der(message: &[u8]) -> Result<(Self, Option<Vec<u8>>), CmsError> {
        let mut content = Vec::new();
        let mut reader = SignedReader::new();
        reader.push(message, |octets| content.extend_from_slice(octets))?;
        let signed = reader.finish()?;
        let attached = signed.is_attached();
        Ok((signed, attached.then_some(content)))
    }

    /// The family of its identifiers.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The type of its content.
    #[must_use]
    pub const fn content_type(&self) -> &Oid {
        &self.content_type
    }

    /// Whether the content is inside.
    #[must_use]
    pub const fn is_attached(&self) -> bool {
        self.digests.is_some()
    }

    /// The signers.
    #[must_use]
    pub fn signers(&self) -> &[SignerInfo] {
        &self.signers
    }

    /// The certificates inside, DER, in order; nothing says that they belong to a signer.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// The CRLs inside, DER.
    #[must_use]
    pub fn crls(&self) -> &[Vec<u8>] {
        &self.crls
    }

    /// In what the message as a whole deviates.
    #[must_use]
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// The digests the message lists; one for each signer has to be among them.
    #[must_use]
    pub fn digest_algorithms(&self) -> &[DigestAlgorithm] {
        &self.listed
    }

    /// Digests for the content of a detached signature: stream it through.
    #[must_use]
    pub fn content_hashers(&self) -> ContentHashers {
        ContentHashers::new(&self.listed)
    }

    /// Digests of the content inside; `None` when detached.
    #[must_use]
    pub const fn digests(&self) -> Option<&ContentDigests> {
        self.digests.as_ref()
    }

    pub(super) fn lists(&self, algorithm: DigestAlgorithm) -> bool {
        self.listed.contains(&algorithm)
    }
}

/// Digests of content while it streams, one for each algorithm of the message.
#[derive(Clone, Debug, Default)]
pub struct ContentHashers {
    hashers: Vec<Hasher>,
    /// The first octets, to see whether they are somebody's signed attributes.
    start: Vec<u8>,
}

impl ContentHashers {
    /// Attributes are small; 64 KiB of them exist nowhere.
    const START: usize = 64 << 10;

    /// Digests by these algorithms: one pass over a content can serve several messages.
    #[must_use]
    pub fn new(algorithms: &[DigestAlgorithm]) -> Self {
        let hashers = algorithms.iter().map(|algorithm| algorithm.hasher()).collect();
        Self { hashers, start: Vec::new() }
    }

    /// Takes the next octets of the content.
    pub fn update(&mut self, octets: &[u8]) {
        for hasher in &mut self.hashers {
            hasher.update(octets);
        }
        let set = self.start.is_empty() && octets.first() == Some(&Tag::SET.0);
        if set || (!self.start.is_empty() && self.start.len() < Self::START) {
            let room = Self::START - self.start.len();
            self.start.extend_from_slice(octets.get(..room.min(octets.len())).unwrap_or(&[]));
        } else if self.start.is_empty() && !octets.is_empty() {
            // Any other first octet settles it; one octet is kept to remember that.
            self.start.push(0);
            self.start.resize(Self::START, 0);
        }
    }

    /// The digests over all octets taken.
    #[must_use]
    pub fn finish(self) -> ContentDigests {
        ContentDigests {
            attributes: looks_like_attributes(&self.start),
            digests: self
                .hashers
                .into_iter()
                .map(|hasher| (hasher.algorithm(), hasher.finish()))
                .collect(),
        }
    }
}

/// Digests of a whole content.
#[derive(Clone, Debug)]
pub struct ContentDigests {
    digests: Vec<(DigestAlgorithm, Digest)>,
    attributes: bool,
}

impl ContentDigests {
    /// Of a content that is known by its digest alone; `None` for a digest of another length. Such a
    /// content cannot be told from somebody's signed attributes: take it only with signatures that
    /// have attributes of their own.
    #[must_use]
    pub fn known(algorithm: DigestAlgorithm, digest: &[u8]) -> Option<Self> {
        let digest = Digest::from_bytes(algorithm, digest).ok()?;
        Some(Self { digests: Vec::from([(algorithm, digest)]), attributes: false })
    }

    pub(super) fn get(&self, algorithm: DigestAlgorithm) -> Option<&Digest> {
        self.digests.iter().find(|(name, _)| *name == algorithm).map(|(_, digest)| digest)
    }

    /// Whether the content reads as signed attributes.
    pub(super) const fn is_attributes(&self) -> bool {
        self.attributes
    }
}
