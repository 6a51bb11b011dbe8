//! What a phone is given: certificates and keys, seals, hubs, a PIN.

use std::path::PathBuf;

use clap::Args;
use yinxin::cms::SignedData;
use yinxin::session::phone::PinnedHub;
use yinxin::session::trust_list::TrustListContent;
use yinxin::session::wire::Binary;
use yinxin::session::wire::http::path;
use yinxin::{Certificate, EncryptionCertificate, SigningCertificate};

use super::Place;
use super::folder::HolderFile;
use crate::command::key::ring;
use crate::command::seal::show;
use crate::hub::{Caller, Hub};
use crate::output::{Exit, Failure, Of as _, Report};
use crate::secret::Passwords;
use crate::trust;

#[derive(Args, Debug)]
pub(super) struct Add {
    /// The signing key
    #[arg(long, value_name = "KEY.pem")]
    key: PathBuf,
    /// Its certificate
    #[arg(long, value_name = "C.pem")]
    certificate: PathBuf,
    /// The encryption certificate of the same holder
    #[arg(long, value_name = "C.pem")]
    encryption_certificate: Option<PathBuf>,
    /// The decryption key, which goes into the ring
    #[arg(long, value_name = "ENC.pem")]
    decryption_key: Option<PathBuf>,
    /// Certificates of issuers to put beside it
    #[arg(long, value_name = "CHAIN.pem")]
    chain: Option<PathBuf>,
    #[command(flatten)]
    passwords: Passwords,
}

#[derive(Args, Debug)]
pub(super) struct AddSeal {
    /// The seal
    #[arg(value_name = "S.esl")]
    seal: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct PinHub {
    /// Certificates that sign the hub's trust lists: the current one, then the next
    #[arg(required = true, value_name = "C.pem")]
    signers: Vec<PathBuf>,
    /// Name of the hub as it stands in its codes (else the name in its signed list)
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct ChangePin {
    /// File with the new PIN (else the terminal)
    #[arg(long, value_name = "FILE")]
    new_pin_file: Option<PathBuf>,
}

pub(super) fn add(command: &Add, place: &Place) -> Result<Report, Failure> {
    let certificate = trust::certificate(&command.certificate)?;
    let signing = SigningCertificate::new(certificate).of(&command.certificate)?;
    let encryption = match &command.encryption_certificate {
        Some(path) => Some(EncryptionCertificate::new(trust::certificate(path)?).of(path)?),
        None => None,
    };
    let issuers = match &command.chain {
        Some(path) => trust::certificates(path)?,
        None => Vec::new(),
    };
    let key = command.passwords.open(&command.key)?.key.into_signing();
    if key.public() != signing.public_key() {
        let words = "the certificate is another key's";
        return Err(Failure::new(Exit::Refused, "other_key", words).of(&command.certificate));
    }
    let decryption = match &command.decryption_key {
        Some(path) => Some((path, command.passwords.open(path)?.key.into_decryption())),
        None => None,
    };
    let mut folder = place.folder()?;
    let mut keys = folder.unlock(place.pin_file.as_deref())?;
    if let Some((path, key)) = decryption {
        let own = encryption.as_ref().filter(|own| own.public_key() == key.public());
        keys.ring.add(key, own.map(|own| own.certificate().clone())).of(path)?;
        folder.put_ring(&keys)?;
    }
    let der = |certificate: &Certificate| Binary(certificate.as_der().to_vec());
    // A root says nothing to whoever does not trust it already.
    let issuers = issuers.iter().filter(|issuer| !issuer.is_self_issued());
    let holder = HolderFile {
        signing: der(&signing),
        encryption: encryption.as_ref().map(|own| der(own)),
        issuers: issuers.filter(|issuer| **issuer != *signing.certificate()).map(der).collect(),
    };
    folder.put_holder(&holder, &key, &keys)?;
    Ok(Report::done("phone_holder_added").show("holder", signing.holder().to_string()))
}

pub(super) fn add_seal(command: &AddSeal, place: &Place) -> Result<Report, Failure> {
    let seal = show::read(&command.seal)?;
    let folder = place.folder()?;
    let listed =
        folder.holders()?.iter().any(|own| seal.lists(own.signing.as_der()).unwrap_or(false));
    if !listed {
        let words = "no certificate on this phone is in the seal's list; add the holder first";
        return Err(Failure::new(Exit::Refused, "not_seal_holder", words).of(&command.seal));
    }
    folder.put_seal(&seal)?;
    Ok(Report::done("phone_seal_added").show("sealId", seal.id()).show("sealName", seal.name()))
}

pub(super) fn pin_hub(command: &PinHub, place: &Place) -> Result<Report, Failure> {
    let address = place
        .hub
        .as_deref()
        .ok_or_else(|| Failure::usage("hub_address", "say which hub: `--hub URL`"))?;
    let client = Hub::new(address)?;
    let mut signers = Vec::new();
    for path in &command.signers {
        signers.push(trust::certificate(path)?);
    }
    let folder = place.folder()?;
    let list = client.get(path::TRUST_LIST, Caller::Anybody, 0)?;
    // The name that the list gives itself counts once one of the signers has signed it.
    let name = match &command.name {
        Some(name) => name.clone(),
        None => stated_name(&list)?,
    };
    let mut hub = PinnedHub::new(&name[..], signers)?;
    hub.take_list(&list)?;
    folder.put_hub(address, &hub)?;
    let list = hub.list()?.content();
    let mut report = Report::done("phone_hub_pinned").show("hub", &name[..]);
    for platform in &list.platforms {
        report = report.line("platform", format!("{} ({})", platform.name, platform.code));
    }
    Ok(report.member("listNumber", list.number.into()))
}

fn stated_name(list: &[u8]) -> Result<String, Failure> {
    let (_, content) = SignedData::from_der(list)?;
    let content: TrustListContent = yinxin::json::read(&content.unwrap_or_default())
        .map_err(|error| Failure::new(Exit::Unreadable, "hub_answer", error.to_string()))?;
    Ok(content.hub)
}

pub(super) fn change_pin(command: &ChangePin, place: &Place) -> Result<Report, Failure> {
    let mut folder = place.folder()?;
    let keys = folder.unlock(place.pin_file.as_deref())?;
    let new = ring::pin(command.new_pin_file.as_deref(), "--new-pin-file")?;
    folder.change_pin(keys, &new)?;
    Ok(Report::done("ring_pin_changed"))
}
