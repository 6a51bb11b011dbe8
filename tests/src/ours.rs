//! Our side of an exchange, through the library, with files as the other side has them.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use rand_core::UnwrapErr;
use yinxin_pki::certificate::CertificateRequest;
use yinxin_pki::chain::{ChainCheck, ChainError, VerifiedChain};
use yinxin_pki::cipher::Cipher;
use yinxin_pki::cms::{
    CmsError, Encryptor, EnvelopedReader, Format, Recipient, SignDraft, SignedReader, assemble,
};
use yinxin_pki::key::container;
use yinxin_pki::{
    Certificate, Curve, DecryptionKey, EncryptionCertificate, Explain, Oddity, PrivateKey, Purpose,
    SigningKey, Time, TrustStore, pem,
};

/// The machine's randomness.
#[must_use]
pub const fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// The machine's clock.
#[must_use]
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Time::from_unix(i64::try_from(since.as_secs()).unwrap())
}

/// All certificates of a file.
#[must_use]
pub fn certificates(path: &str) -> Vec<Certificate> {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    Certificate::from_pem_or_der(&bytes).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The one certificate of a file.
#[must_use]
pub fn certificate(path: &str) -> Certificate {
    certificates(path).into_iter().next().unwrap_or_else(|| panic!("{path} is empty"))
}

/// Every certificate of a file as an anchor.
#[must_use]
pub fn trust(path: &str) -> TrustStore {
    TrustStore::from_pem(&fs::read(path).unwrap()).unwrap()
}

/// The key of a plain key file, which has to be the certificate's.
fn private_key(path: &str, certificate: &Certificate) -> PrivateKey {
    let file = container::read(&fs::read(path).unwrap(), None).unwrap();
    assert_eq!(file.key.public(), certificate.public_key(), "{path} is another certificate's key");
    file.key
}

/// A signing key by its files.
#[must_use]
pub fn signing_key(path: &str, certificate: &Certificate) -> SigningKey {
    private_key(path, certificate).into_signing()
}

/// A decryption key by its files.
#[must_use]
pub fn decryption_key(path: &str, certificate: &Certificate) -> DecryptionKey {
    private_key(path, certificate).into_decryption()
}

/// Validates a chain now.
pub fn verify_chain(
    leaf: &Certificate,
    trust: &TrustStore,
    between: &[Certificate],
    purpose: Purpose,
) -> Result<VerifiedChain, ChainError> {
    ChainCheck::new(trust, now()).intermediates(between).purpose(purpose).verify(leaf)
}

/// How a message is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Signing {
    pub format: Format,
    pub detached: bool,
    pub attributes: bool,
}

/// Signs; the certificate and `chain` go into the message.
#[must_use]
pub fn sign(
    content: &[u8],
    key: &SigningKey,
    certificate: &Certificate,
    chain: &[Certificate],
    how: Signing,
) -> Vec<u8> {
    let mut draft = SignDraft::new(how.format, certificate).unwrap();
    draft = if how.attributes { draft.signing_time(now()) } else { draft.without_attributes() };
    let mut hasher = draft.hasher().unwrap();
    hasher.update(content);
    let signing = draft.prepare(hasher.finish()).unwrap();
    let answer = key.sign(signing.to_sign(), &mut rng()).unwrap();
    let signer = signing.finish(&answer).unwrap();
    let length = (!how.detached).then(|| u64::try_from(content.len()).unwrap());
    let all: Vec<&Certificate> = std::iter::once(certificate).chain(chain).collect();
    let parts = assemble(how.format, &how.format.data(), length, &all, &[signer]).unwrap();
    let middle = if how.detached { &[] } else { content };
    [&parts.before, middle, &parts.after].concat()
}

/// What a message said once it was verified.
#[derive(Debug)]
pub struct Verified {
    pub content: Vec<u8>,
    pub format: Format,
    pub signers: usize,
    pub oddities: Vec<Oddity>,
}

/// Verifies every signer and its chain, as a stream in small pieces; `Err` holds the code.
pub fn verify(
    message: &[u8],
    detached: Option<&[u8]>,
    trust: &TrustStore,
) -> Result<Verified, &'static str> {
    let code = |error: CmsError| error.code();
    let mut reader = SignedReader::new();
    let mut content = Vec::new();
    for piece in message.chunks(509) {
        reader.push(piece, |octets| content.extend_from_slice(octets)).map_err(code)?;
    }
    let signed = reader.finish().map_err(code)?;
    if let Some(outside) = detached {
        assert!(!signed.is_attached(), "the content is inside");
        content = outside.to_vec();
    }
    let mut hashers = signed.content_hashers();
    hashers.update(&content);
    let from_outside = hashers.finish();
    let digests = signed.digests().unwrap_or(&from_outside);
    let between: Vec<_> =
        signed.certificates().iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let mut oddities = signed.oddities().to_vec();
    if signed.signers().is_empty() {
        return Err("no_signer");
    }
    for signer in signed.signers() {
        let certificate =
            between.iter().find(|one| signer.is_named(one)).ok_or("no_certificate")?;
        let direct = signer.content_hasher(certificate.public_key()).map(|mut hasher| {
            hasher.update(&content);
            hasher.finish()
        });
        let check = signer.verify(&signed, certificate, digests, direct).map_err(code)?;
        oddities.extend(check.oddities);
        verify_chain(certificate, trust, &between, Purpose::Sign).map_err(|error| error.code())?;
    }
    Ok(Verified { content, format: signed.format(), signers: signed.signers().len(), oddities })
}

/// Encrypts to certificates, with a length that is known or comes to light at the end.
#[must_use]
pub fn encrypt(
    content: &[u8],
    to: &[Certificate],
    format: Format,
    cipher: Cipher,
    length_known: bool,
) -> Vec<u8> {
    let recipients: Vec<Recipient> = to
        .iter()
        .map(|one| Recipient::certificate(&EncryptionCertificate::new(one.clone()).unwrap()))
        .collect();
    let length = length_known.then(|| u64::try_from(content.len()).unwrap());
    let mut out = Vec::new();
    let mut encryptor =
        Encryptor::new(format, cipher, &recipients, length, &mut rng(), &mut out).unwrap();
    for piece in content.chunks(997) {
        encryptor.update(piece, &mut out).unwrap();
    }
    encryptor.finish(&mut out).unwrap();
    out
}

/// What a message held once it was decrypted.
#[derive(Debug)]
pub struct Opened {
    pub content: Vec<u8>,
    pub authenticated: bool,
    pub oddities: Vec<Oddity>,
    /// Whether signatures came with it.
    pub signed: bool,
}

/// Decrypts with a key, as a stream in small pieces; `Err` holds the code.
pub fn decrypt(message: &[u8], key: &DecryptionKey) -> Result<Opened, &'static str> {
    let code = |error: CmsError| error.code();
    let mut pieces = message.chunks(251);
    let mut reader = EnvelopedReader::new();
    let enveloped = loop {
        let piece = pieces.next().ok_or("truncated")?;
        match reader.push(piece).map_err(code)? {
            Ok(enveloped) => break enveloped,
            Err(more) => reader = more,
        }
    };
    let mut oddities: Vec<Oddity> =
        enveloped.recipients().iter().flat_map(|info| info.oddities().to_vec()).collect();
    let content_key = enveloped.unwrap(&[key], |_, _| false).map_err(code)?;
    let mut decryptor = enveloped.decrypt(&content_key).map_err(code)?;
    let mut content = Vec::new();
    for piece in pieces {
        decryptor.push(piece, &mut content).map_err(code)?;
    }
    let end = decryptor.finish(&mut content).map_err(code)?;
    oddities.extend(end.oddities);
    Ok(Opened { content, authenticated: end.authenticated, oddities, signed: end.signed.is_some() })
}

/// A certification request of ours over a key, as PEM.
#[must_use]
pub fn request(key: &SigningKey, subject: &str) -> String {
    use yinxin_pki::certificate::{NameBuilder, RequestDraft};
    let name = NameBuilder::parse(subject).unwrap().build().unwrap();
    let signing = RequestDraft::new(name, key.public()).prepare().unwrap();
    let answer = key.sign(signing.to_sign(), &mut rng()).unwrap();
    pem::encode("CERTIFICATE REQUEST", &signing.finish(&answer).unwrap())
}

/// Reads a request and checks its signature; `Err` holds the code.
pub fn read_request(bytes: &[u8]) -> Result<CertificateRequest, &'static str> {
    CertificateRequest::read(bytes).map_err(|error| error.code())
}

/// The content ciphers we write for a curve, authenticated first.
#[must_use]
pub const fn ciphers(curve: Curve) -> [Cipher; 2] {
    match curve {
        Curve::Sm2 => [Cipher::Sm4Gcm, Cipher::Sm4Cbc],
        _ => [Cipher::Aes128Gcm, Cipher::Aes256Cbc],
    }
}
