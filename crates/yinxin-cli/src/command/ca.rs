//! `yinxin ca`: a **test** authority in a folder.
//!
//! ```text
//! CA/  root.pem root.key … trust-list-next.pem trust-list-next.key   members
//!      state                                                        what was issued and revoked
//!      escrow/KEYID.key                                             encryption keys, kept
//!      .lock                                                        one process at a time
//! ```

mod status_list;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use yinxin::file::{self, Access, Lock, Outputs};
use yinxin::key::container;
use yinxin::timestamp::{TimestampRequest, TimestampToken};
use yinxin::{
    Certificate, CertificateRequest, DigestAlgorithm, ResidentId, SerialNumber, Time, UnifiedCode,
    pkcs8,
};
use yinxin_ca::{Authority, Identity, Member, Profile, Reason, Role, State};

use super::key::Algorithm;
use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Of as _, Report, Warning};
use crate::trust;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a test authority with all its members
    Init(Init),
    /// Issue certificates over a request
    Issue(Issue),
    /// Revoke a certificate
    Revoke(Revoke),
    /// Write the issuing authority's revocation list
    Crl(Crl),
    /// Answer an OCSP request
    Ocsp(Answer),
    /// Answer a timestamp request
    Timestamp(Answer),
    /// Write the signed list of the states of seals
    StatusList(status_list::SealStatusList),
}

#[derive(Args, Debug)]
pub(crate) struct Init {
    /// Folder of the authority; made if it is not there
    #[arg(long, value_name = "CA")]
    dir: PathBuf,
    /// Algorithm of its keys
    #[arg(long, value_enum)]
    algorithm: Algorithm,
}

#[derive(Args, Debug)]
pub(crate) struct Issue {
    /// Folder of the authority
    #[arg(long, value_name = "CA")]
    dir: PathBuf,
    /// The request
    #[arg(long, value_name = "CSR.pem")]
    csr: PathBuf,
    /// What kind of certificate
    #[arg(long, value_enum)]
    profile: ProfileName,
    /// Folder for what is issued
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Days the certificate holds
    #[arg(long, value_name = "N", default_value = "365", value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    /// Unified social credit code of the unit
    #[arg(long, value_name = "CODE", conflicts_with = "id_number")]
    credit_code: Option<String>,
    /// Identity number of the person
    #[arg(long, value_name = "NUMBER")]
    id_number: Option<String>,
}

/// Profiles by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ProfileName {
    Holder,
    Platform,
    SealMaker,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Holder => Self::Holder,
            ProfileName::Platform => Self::Platform,
            ProfileName::SealMaker => Self::SealMaker,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Revoke {
    /// Folder of the authority
    #[arg(long, value_name = "CA")]
    dir: PathBuf,
    /// Serial number, lower-case hex
    #[arg(long, value_name = "S")]
    serial: String,
    /// Reason, for instance key_compromise, superseded, cessation_of_operation
    #[arg(long, value_name = "R")]
    reason: String,
}

#[derive(Args, Debug)]
pub(crate) struct Crl {
    /// Folder of the authority
    #[arg(long, value_name = "CA")]
    dir: PathBuf,
    /// Where the list goes (DER)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The root's list instead
    #[arg(long)]
    root: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Answer {
    /// Folder of the authority
    #[arg(long, value_name = "CA")]
    dir: PathBuf,
    /// The request (DER)
    #[arg(long = "in", value_name = "REQ.der")]
    request: PathBuf,
    /// Where the answer goes (DER)
    #[arg(long, value_name = "RESP.der")]
    out: PathBuf,
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Init(command) => init(&command, globals),
        Command::Issue(command) => issue(&command, globals),
        Command::Revoke(command) => revoke(&command),
        Command::Crl(command) => crl(&command, globals),
        Command::Ocsp(command) => answer(&command, globals, "ocsp_answered", |ca, request| {
            Ok(ca.ocsp(request, context::now(), &mut context::random()?)?)
        }),
        Command::StatusList(command) => status_list::run(&command, globals),
        Command::Timestamp(command) => {
            answer(&command, globals, "timestamp_answered", |ca, request| {
                Ok(ca.timestamp(request, context::now(), &mut context::random()?)?)
            })
        }
    }
}

fn init(command: &Init, globals: &Globals) -> Result<Report, Failure> {
    let folder = &command.dir;
    make_folder(folder)?;
    let _lock = Lock::folder(folder)?;
    let authority =
        Authority::create(command.algorithm.into(), context::now(), &mut context::random()?)?;
    let mut outputs = context::outputs(globals);
    for role in Role::ALL {
        let member = authority.member(role);
        let certificate = armour(&[member.certificate()]);
        let key = yinxin::pem::encode("PRIVATE KEY", &pkcs8::write(member.key().as_private()));
        let key = zeroize::Zeroizing::new(key);
        outputs.write(
            &folder.join(role.name()).with_extension("pem"),
            Access::Public,
            &certificate,
        )?;
        outputs.write(
            &folder.join(role.name()).with_extension("key"),
            Access::Private,
            key.as_bytes(),
        )?;
    }
    outputs.write(&state_file(folder), Access::Private, authority.state().to_text().as_bytes())?;
    outputs.commit()?;
    Ok(Report::done("ca_made")
        .fact("dir", folder.display().to_string())
        .show("root", authority.member(Role::Root).certificate().subject().to_string())
        .warn(Warning::new("test_only", Vec::new())))
}

fn issue(command: &Issue, globals: &Globals) -> Result<Report, Failure> {
    let identity = identity(command)?;
    let request = file::read(&command.csr, 1 << 20)?;
    let request = CertificateRequest::read(&request).of(&command.csr)?;
    let folder = open_folder(&command.dir)?;
    let mut authority = load(&command.dir)?;
    make_folder(&command.out)?;
    let mut rng = context::random()?;
    let (now, days) = (context::now(), command.days);
    let mut outputs = context::outputs(globals);
    let path = |name: &str| command.out.join(name);
    let mut report = Report::done("certificate_issued");
    if let ProfileName::Holder = command.profile {
        let issued = authority.issue_holder(&request, identity.as_ref(), days, now, &mut rng)?;
        let signing = issued.certificates.signing().certificate();
        let encryption = issued.certificates.encryption().certificate();
        outputs.write(&path("sign.pem"), Access::Public, &armour(&[signing]))?;
        outputs.write(&path("encrypt.pem"), Access::Public, &armour(&[encryption]))?;
        outputs.write(&path("encrypt.envelope"), Access::Private, &issued.escrowed.envelope)?;
        // The key centre keeps what it delivers.
        let escrow = command.dir.join("escrow");
        make_folder(&escrow)?;
        let key = pkcs8::write(issued.escrowed.key.as_private());
        let key = zeroize::Zeroizing::new(yinxin::pem::encode("PRIVATE KEY", &key));
        let kept = escrow.join(issued.escrowed.key.public().id().to_string()).with_extension("key");
        outputs.write(&kept, Access::Private, key.as_bytes())?;
        report = report
            .show("subject", signing.subject().to_string())
            .show("signSerial", signing.serial().to_string())
            .show("encryptSerial", encryption.serial().to_string());
    } else {
        let profile = command.profile.into();
        let issued = authority.issue(&request, profile, identity.as_ref(), days, now, &mut rng)?;
        outputs.write(&path("certificate.pem"), Access::Public, &armour(&[&issued]))?;
        report = report
            .show("subject", issued.subject().to_string())
            .show("serial", issued.serial().to_string());
    }
    outputs.write(&path("chain.pem"), Access::Public, &armour(&authority.chain()))?;
    // Outputs first: what exists already is refused before the state says it was issued.
    let state = save(&command.dir, &authority)?;
    outputs.commit()?;
    state.commit()?;
    drop(folder);
    Ok(report
        .warn(Warning::new("test_only", Vec::new()))
        .fact("dir", command.out.display().to_string()))
}

fn identity(command: &Issue) -> Result<Option<Identity>, Failure> {
    if let Some(code) = &command.credit_code {
        let words =
            format!("--credit-code: `{code}` is no unified social credit code (18 characters)");
        let code = UnifiedCode::parse(code).ok_or_else(|| Failure::usage("credit_code", words))?;
        return Ok(Some(Identity::Organisation(code)));
    }
    if let Some(number) = &command.id_number {
        let words = "--id-number: no identity number (18 characters with a right check digit)";
        let number = ResidentId::parse(number).ok_or_else(|| Failure::usage("id_number", words))?;
        return Ok(Some(Identity::Person(number)));
    }
    Ok(None)
}

fn revoke(command: &Revoke) -> Result<Report, Failure> {
    let serial = parse_hex(&command.serial)
        .ok_or_else(|| Failure::usage("serial", "--serial: serial numbers are written in hex"))?;
    let reason = Reason::parse(&command.reason).ok_or_else(|| {
        let names: Vec<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        Failure::usage("reason", format!("--reason: one of {}", names.join(", ")))
    })?;
    let _lock = open_folder(&command.dir)?;
    let mut authority = load(&command.dir)?;
    authority.revoke(&SerialNumber::from_octets(&serial), reason, context::now())?;
    save(&command.dir, &authority)?.commit()?;
    Ok(Report::done("certificate_revoked")
        .show("serial", command.serial.clone())
        .show("reason", reason.name()))
}

fn crl(command: &Crl, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let _lock = open_folder(&command.dir)?;
    let mut authority = load(&command.dir)?;
    let role = if command.root { Role::Root } else { Role::Issuing };
    let der = authority.crl(role, context::now(), &mut context::random()?)?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, &der)?;
    let state = save(&command.dir, &authority)?;
    outputs.commit()?;
    state.commit()?;
    let issued = authority.state().issued.iter();
    let count = issued.filter(|one| one.issuer == role && one.revoked.is_some()).count();
    Ok(Report::done("crl_written").member("revoked", Value::from(count)).out(&command.out))
}

fn answer(
    command: &Answer,
    globals: &Globals,
    code: &str,
    respond: impl FnOnce(&Authority, &[u8]) -> Result<Vec<u8>, Failure>,
) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let authority = load(&command.dir)?;
    let request = file::read(&command.request, 1 << 20)?;
    let response = respond(&authority, &request)?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, &response)?;
    outputs.commit()?;
    Ok(Report::done(code).out(&command.out))
}

/// A token over `data` by the authority in `folder`, for commands that timestamp what they sign.
///
/// # Errors
///
/// The folder holds no authority.
pub(crate) fn timestamp(folder: &Path, data: &[u8], at: Time) -> Result<Vec<u8>, Failure> {
    let authority = load(folder)?;
    let curve = authority.member(Role::Tsa).certificate().public_key().curve();
    let digest = match curve {
        Some(yinxin::Curve::Sm2) => DigestAlgorithm::Sm3,
        _ => DigestAlgorithm::Sha256,
    };
    let mut request = TimestampRequest::new(digest, data, None);
    request.certificate_wanted = true;
    let response = authority.timestamp(&request.to_der(), at, &mut context::random()?)?;
    Ok(TimestampToken::from_der(&response)?.as_der().to_vec())
}

fn load(folder: &Path) -> Result<Authority, Failure> {
    let path = state_file(folder);
    let bytes = file::read(&path, 256 << 20)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(Exit::Unreadable, "malformed", "the state is not text"))
        .of(&path)?;
    let state = State::parse(&text).of(&path)?;
    Authority::load(state, |role| {
        let path = folder.join(role.name()).with_extension("pem");
        let certificate = trust::certificate(&path)?;
        let key_path = folder.join(role.name()).with_extension("key");
        let bytes = zeroize::Zeroizing::new(file::read(&key_path, 1 << 20)?);
        let key = container::read(&bytes, None).of(&key_path)?.key.into_signing();
        Member::new(role, certificate, key).of(&key_path)
    })
}

/// The new state, staged beside the old one.
fn save(folder: &Path, authority: &Authority) -> Result<Outputs, Failure> {
    let mut outputs = Outputs::new(file::Existing::Replace);
    let text = authority.state().to_text();
    outputs.write(&state_file(folder), Access::Private, text.as_bytes())?;
    Ok(outputs)
}

fn state_file(folder: &Path) -> PathBuf {
    folder.join("state")
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    let failed = |source| file::FileError::new(file::Action::Write, folder, source);
    Ok(std::fs::create_dir_all(folder).map_err(failed)?)
}

fn open_folder(folder: &Path) -> Result<Lock, Failure> {
    if !state_file(folder).exists() {
        return Err(file::FileError::Missing { path: state_file(folder) }.into());
    }
    Ok(Lock::folder(folder)?)
}

fn armour(certificates: &[&Certificate]) -> Vec<u8> {
    let texts = certificates.iter().map(|c| yinxin::pem::encode("CERTIFICATE", c.as_der()));
    texts.collect::<String>().into_bytes()
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let digits = text.as_bytes().chunks_exact(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
