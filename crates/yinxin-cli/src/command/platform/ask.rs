//! What a platform asks for, scene by scene, out of files on disk.

use std::path::{Path, PathBuf};

use clap::Args;
use yinxin::bid::read_head;
use yinxin::envelope::{Envelope, Layer};
use yinxin::file::Input;
use yinxin::session::Suite;
use yinxin::session::platform::Ask;
use yinxin::session::wire::{
    Binary, DecryptFile, Display, Format, Item, Payload, Placement as Placed, Require, SealFile,
};
use yinxin::{Digest, DigestAlgorithm, Time};
use yinxin_seal::pdf::Document;
use yinxin_seal::placement::{Millimetres, Size};

use super::{Own, Scene};
use crate::command::document::{self, Kind, seal::parse_position};
use crate::context;
use crate::output::{Exit, Failure, Of as _};
use crate::trust;

#[derive(Args, Debug)]
pub(super) struct SignOne {
    /// The file
    file: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct SealOne {
    /// The file: OFD or PDF
    file: PathBuf,
    /// Page, from 1 (else the last)
    #[arg(long, value_name = "N")]
    page: Option<u32>,
    /// Top left corner of the seal, in millimetres from the page's (else near the lower right)
    #[arg(long, value_name = "X,Y", value_parser = parse_position)]
    position: Option<(Millimetres, Millimetres)>,
}

#[derive(Args, Debug)]
pub(super) struct RevokeOne {
    /// The file: OFD or PDF
    file: PathBuf,
    /// Which signature, from 1 (else the last)
    #[arg(long, value_name = "N")]
    signature: Option<usize>,
    /// Why
    #[arg(long, value_name = "R", default_value = "撤章")]
    reason: String,
    /// Where the signed statement goes
    #[arg(long, value_name = "S")]
    statement: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct EncryptTo {
    /// Project code
    #[arg(long, value_name = "P", default_value = "TEST")]
    project: String,
    /// Section code
    #[arg(long, value_name = "S", default_value = "TEST")]
    section: String,
    /// When bids are opened, as 2026-11-24T12:00:00Z (else in a day)
    #[arg(long, value_name = "TIME", value_parser = trust::parse_time)]
    opening: Option<Time>,
}

#[derive(Args, Debug)]
pub(super) struct DecryptOne {
    /// The envelope
    file: PathBuf,
    /// Only prove that the phone will open it, which goes before the opening time too
    #[arg(long)]
    ready: bool,
    /// Key id of the recipient that is asked, in hex (else the first)
    #[arg(long, value_name = "ID")]
    recipient: Option<String>,
}

/// A request, and what becomes of its answer.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) ask: Ask,
    pub(super) work: Work,
}

/// What is done with the answer.
#[derive(Debug)]
pub(super) enum Work {
    Decrypt { file: PathBuf, ready: bool },
    Encrypt,
    Login,
    Revoke { file: PathBuf, kind: Kind, number: usize, reason: String, statement: Option<PathBuf> },
    Seal { file: PathBuf, kind: Kind, placement: yinxin_seal::placement::Placement },
    Sign,
}

/// Name of the one file or item of a request.
pub(super) const ONE: &str = "1";

/// Largest file that is signed or sealed here.
pub(super) const FILE: u64 = 256 << 20;

/// Reads the file and makes the payload of it.
pub(super) fn read(scene: &Scene, own: &Own) -> Result<Asked, Failure> {
    let suite = suite(own)?;
    let display = Display { title: own.title.clone(), ..Display::default() };
    match scene {
        Scene::Login => Ok(asked(own, display, Payload::Login, Work::Login, None)),
        Scene::Sign(command) => sign(command, own, display, suite),
        Scene::Seal(command) => seal(command, own, display, suite),
        Scene::Revoke(command) => revoke(command, own, display, suite),
        Scene::Encrypt(command) => {
            let day = || Time::from_unix(context::now().unix() + 86_400);
            let opening = command.opening.unwrap_or_else(day).unix();
            let payload = Payload::Encrypt {
                project: command.project.clone(),
                section: command.section.clone(),
                opening: u64::try_from(opening).unwrap_or(0),
            };
            Ok(asked(own, display, payload, Work::Encrypt, None))
        }
        Scene::Decrypt(command) => decrypt(command, own, display),
    }
}

fn suite(own: &Own) -> Result<Suite, Failure> {
    let curve = trust::certificate(&own.certificate)?.public_key().curve();
    let suite = Suite::ALL.into_iter().find(|suite| Some(suite.curve()) == curve);
    let words = "a platform's key is SM2 or P-256";
    suite.ok_or_else(|| Failure::new(Exit::Refused, "suite_unsupported", words))
}

fn asked(
    own: &Own,
    display: Display,
    payload: Payload,
    work: Work,
    account: Option<String>,
) -> Asked {
    let credit_code = own.credit_code.clone().or(account);
    let require = Require { credit_code, ..Require::default() };
    Asked { ask: Ask { display, payload, require }, work }
}

/// The account has to be known: without it a phone of anybody could be made to act.
fn account(own: &Own, found: Option<String>) -> Result<Option<String>, Failure> {
    if own.credit_code.is_none() && found.is_none() {
        let words = "say whose certificate has to answer: `--credit-code CODE`";
        return Err(Failure::usage("account_needed", words));
    }
    Ok(found)
}

fn sign(
    command: &SignOne,
    own: &Own,
    mut display: Display,
    suite: Suite,
) -> Result<Asked, Failure> {
    let account = account(own, None)?;
    let octets = yinxin::file::read(&command.file, FILE)?;
    // A phone shows a line of text whole; of anything else it says that it shows none.
    let line = std::str::from_utf8(&octets).ok().filter(|text| {
        yinxin::json::is_visible(text) && (1..=LINE).contains(&text.chars().count())
    });
    let digest = || Binary(suite.digest().digest(&octets).as_ref().to_vec());
    let item = Item {
        id: ONE.into(),
        text: line.map(Into::into),
        digest: if line.is_some() { None } else { Some(digest()) },
        attached: false,
    };
    named(&mut display, &command.file, &octets);
    let payload = Payload::MessageSignature(vec![item]);
    Ok(asked(own, display, payload, Work::Sign, account))
}

/// Longest text that is shown to be signed.
const LINE: usize = 2000;

fn named(display: &mut Display, file: &Path, octets: &[u8]) {
    display.file_name = Some(name(file));
    display.file_size = u64::try_from(octets.len()).ok();
}

/// A file's name as people may see it.
fn name(file: &Path) -> String {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let fits = yinxin::json::is_visible(name) && (1..=200).contains(&name.chars().count());
    if fits { name.into() } else { "file".into() }
}

fn seal(command: &SealOne, own: &Own, display: Display, suite: Suite) -> Result<Asked, Failure> {
    let account = account(own, None)?;
    let (input, kind) = document::open(&command.file)?;
    let octets = yinxin::file::read(&command.file, FILE)?;
    let sizes = match kind {
        Kind::Ofd => document::ofd::read(input)?.document(1).of(&command.file)?.page_sizes(),
        Kind::Pdf => Document::read(input).of(&command.file)?.page_sizes().of(&command.file)?,
    };
    let last = u32::try_from(sizes.len()).unwrap_or(1).max(1);
    let page = command.page.unwrap_or(last);
    let size = usize::try_from(page).ok().and_then(|page| sizes.get(page.checked_sub(1)?));
    let (left, top) = match (command.position, size) {
        (Some(position), _) => position,
        (None, Some(size)) => lower_right(*size),
        (None, None) => (Millimetres::whole(0), Millimetres::whole(0)),
    };
    let micrometres = |length: Millimetres| u64::try_from(length.micrometres()).unwrap_or(0);
    let placed = Placed { page: page.into(), x: micrometres(left), y: micrometres(top) };
    let file = SealFile {
        id: ONE.into(),
        name: name(&command.file),
        digest: Binary(suite.digest().digest(&octets).as_ref().to_vec()),
        size: u64::try_from(octets.len()).unwrap_or(0),
        format: format(kind),
        placements: vec![placed],
    };
    let placement = yinxin_seal::placement::Placement::At { page, left, top };
    let work = Work::Seal { file: command.file.clone(), kind, placement };
    Ok(asked(own, display, Payload::Signature(vec![file]), work, account))
}

const fn format(kind: Kind) -> Format {
    match kind {
        Kind::Ofd => Format::Ofd,
        Kind::Pdf => Format::Pdf,
    }
}

/// Room for a seal of 45 mm, 10 mm off the edges, where the page has it.
fn lower_right(page: Size) -> (Millimetres, Millimetres) {
    let off =
        |length: Millimetres| Millimetres::from_micrometres((length.micrometres() - 55_000).max(0));
    (off(page.width), off(page.height))
}

fn revoke(
    command: &RevokeOne,
    own: &Own,
    mut display: Display,
    suite: Suite,
) -> Result<Asked, Failure> {
    let (_, kind) = document::open(&command.file)?;
    let octets = yinxin::file::read(&command.file, FILE)?;
    let file = &command.file;
    let number = match command.signature {
        Some(number) => number,
        None => super::product::last_signature(file, kind)?,
    };
    let taken = super::product::take_out(file, kind, number, &command.reason, context::now())?;
    let holder = taken.signature.certificate().of(file)?.holder();
    let found = holder.unified_code().map(|code| code.as_str().to_owned());
    let account = account(own, found)?;
    named(&mut display, file, &octets);
    let payload = Payload::RevokeSignature {
        digest: suite.digest().digest(&octets).as_ref().to_vec(),
        format: format(kind),
        signature: u64::try_from(number).unwrap_or(0),
        seal: taken.signature.seal().id().into(),
        reason: command.reason.clone(),
    };
    let work = Work::Revoke {
        file: file.clone(),
        kind,
        number,
        reason: command.reason.clone(),
        statement: command.statement.clone(),
    };
    Ok(asked(own, display, payload, work, account))
}

fn decrypt(command: &DecryptOne, own: &Own, mut display: Display) -> Result<Asked, Failure> {
    let envelope = head(&command.file)?;
    let header = envelope.header();
    let draft = header.draft();
    if header.layer() == Layer::Outer {
        let words = "the tenderer's own layer is still around this bid; open it first";
        return Err(Failure::new(Exit::Refused, "bid_outer_layer", words).of(&command.file));
    }
    let mut recipients = header.recipients().iter();
    let key = match &command.recipient {
        Some(wanted) => recipients.find(|id| id.to_string() == *wanted),
        None => recipients.next(),
    };
    let missing = || {
        let words = "the bid has no such recipient; `yinxin bid inspect` lists them";
        Failure::new(Exit::Refused, "recipient_not_mine", words).of(&command.file)
    };
    let key = key.ok_or_else(missing)?;
    let names: Vec<String> =
        if command.ready { vec!["canary".into()] } else { draft.segments.clone() };
    let mut segments = Vec::new();
    for name in names {
        let info = header.key_index(&name).and_then(|index| envelope.info_for(index, key));
        let der = info.and_then(|info| info.to_der()).ok_or_else(missing)?;
        segments.push((name, Binary(der)));
    }
    let bidder = (!draft.bidder.is_empty()).then(|| draft.bidder.clone());
    let account = account(own, bidder)?;
    (display.project, display.section) = (Some(draft.project.clone()), Some(draft.section.clone()));
    display.file_name = Some(name(&command.file));
    let header = Binary(header.as_der().to_vec());
    let payload = Payload::Decrypt(vec![DecryptFile { id: ONE.into(), header, segments }]);
    let work = Work::Decrypt { file: command.file.clone(), ready: command.ready };
    Ok(asked(own, display, payload, work, account))
}

/// The head of a bid.
pub(super) fn head(file: &Path) -> Result<Envelope, Failure> {
    let mut input = Input::open(file)?;
    let opened =
        read_head(&mut input).map_err(|error| crate::command::bid::failure(error, file))?;
    Ok(opened.envelope().clone())
}

/// SM3, as revocations have it.
pub(super) fn sm3(octets: &[u8]) -> Digest {
    DigestAlgorithm::Sm3.digest(octets)
}
