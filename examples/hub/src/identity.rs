//! The hub's own key: it signs times and receipts, and the trust list names it.

use std::path::Path;

use rand_core::CryptoRng;
use yinxin::file::{Access, Existing, Outputs};
use yinxin_ca::issue::{self, Template};
use yinxin_pki::certificate::{KeyUsage, NameBuilder};
use yinxin_pki::{Certificate, Curve, SerialNumber, SigningKey, Time, Validity, pem, pkcs8};
use yinxin_session::hub::HubKey;

use crate::options::Options;
use crate::serve::{Failure, Fault};

/// How long a certificate that the hub makes itself holds, in seconds.
const LIFE: i64 = 2 * 365 * 86_400;

/// The key that was named, the one of the last start, or a new one.
///
/// # Errors
///
/// A file that cannot be read or written, or a certificate of another key.
pub(crate) fn load(
    options: &Options,
    curve: Curve,
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<HubKey, Failure> {
    if let (Some(key), Some(certificate)) = (&options.key, &options.certificate) {
        return read(key, certificate);
    }
    let Some(folder) = &options.state else {
        let (key, certificate) = make(&options.host, curve, now, rng)?;
        return together(certificate, key);
    };
    let (key_path, certificate_path) = (folder.join("hub.key"), folder.join("hub.pem"));
    if key_path.exists() {
        return read(&key_path, &certificate_path);
    }
    std::fs::create_dir_all(folder).at(folder)?;
    let (key, certificate) = make(&options.host, curve, now, rng)?;
    let mut outputs = Outputs::new(Existing::Keep);
    let text = pem::encode("PRIVATE KEY", &pkcs8::write(key.as_private()));
    outputs.write(&key_path, Access::Private, text.as_bytes())?;
    let text = pem::encode("CERTIFICATE", certificate.as_der());
    outputs.write(&certificate_path, Access::Public, text.as_bytes())?;
    outputs.commit()?;
    together(certificate, key)
}

/// A key out of a PEM file.
pub(crate) fn key(path: &Path) -> Result<SigningKey, Failure> {
    let bytes = yinxin::file::read(path, 1 << 20)?;
    let file = yinxin::key::container::read(&bytes, None).at(path)?;
    Ok(file.key.into_signing())
}

/// The first certificate of a PEM file.
pub(crate) fn certificate(path: &Path) -> Result<Certificate, Failure> {
    let bytes = yinxin::file::read(path, 1 << 20)?;
    let found = Certificate::from_pem_or_der(&bytes).at(path)?;
    found.into_iter().next().ok_or_else(|| Failure::new("a certificate is expected").at(path))
}

fn read(key_path: &Path, certificate_path: &Path) -> Result<HubKey, Failure> {
    let key = key(key_path)?;
    let certificate = certificate(certificate_path)?;
    together(certificate, key).map_err(|failure| failure.at(certificate_path))
}

fn together(certificate: Certificate, key: SigningKey) -> Result<HubKey, Failure> {
    HubKey::new(certificate, key).map_err(|_| {
        Failure::new("the certificate is of another key; name the two that belong together")
    })
}

/// Signed by itself: phones take it from the trust list, not from an authority.
fn make(
    host: &str,
    curve: Curve,
    now: Time,
    rng: &mut impl CryptoRng,
) -> Result<(SigningKey, Certificate), Failure> {
    let key = SigningKey::generate(curve, rng);
    let subject = NameBuilder::parse(&format!("C=CN,O=Yinxin hub,CN={host}"))
        .and_then(NameBuilder::build)
        .map_err(|error| Failure::new(format!("the host's name does not fit: {error}")))?;
    let mut serial = [0; 16];
    rng.fill_bytes(&mut serial);
    let [first, ..] = &mut serial;
    // Positive, and of full length.
    *first = *first & 0x7f | 0x40;
    let template = Template {
        serial: SerialNumber::from_octets(&serial),
        issuer: subject.clone(),
        validity: Validity {
            not_before: Time::from_unix(now.unix() - 3600),
            not_after: Time::from_unix(now.unix() + LIFE),
        },
        subject,
        key: key.public().clone(),
        extensions: vec![
            issue::basic_constraints(false, None),
            issue::key_usage(KeyUsage::DIGITAL_SIGNATURE),
            issue::subject_key_identifier(key.public()),
        ],
    };
    let der = template.sign(&key, rng).map_err(|error| Failure::new(error.to_string()))?;
    let certificate =
        Certificate::from_der(&der).map_err(|error| Failure::new(error.to_string()))?;
    Ok((key, certificate))
}
