//! `yinxin phone scan`: from the code to the platform's acknowledgement.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use getrandom::SysRng;
use rand_core::UnwrapErr;
use yinxin::file::{Access, Input};
use yinxin::phone::sign_seal;
use yinxin::session::display::Language as Shown;
use yinxin::session::phone::{
    Confirm, Context, FileStep, Holdings, Matching, Next, Opened, Phone, PinnedHub, Progress,
    Snapshot, ToOpen, View, ViewWarning,
};
use yinxin::session::wire::http::{Action, Bound, Event, path};
use yinxin::session::wire::{HubReceiptKind, ShortCode, Token};
use yinxin::session::{Code, Refused};
use yinxin::{Fact, SigningKey};
use yinxin_seal::picture::{DecodeLimits, decode as picture};
use yinxin_session::channel::Sid;

use super::folder::{Folder, Keys};
use super::{Place, list};
use crate::args::{Globals, Language};
use crate::command::qr::text_of;
use crate::context;
use crate::hub::{Caller, Hub};
use crate::output::{Exit, Failure, Of as _, Report, Warning};
use crate::text;

#[derive(Args, Debug)]
pub(super) struct Scan {
    /// A picture of the code, the text in it, or the eight characters beside it
    #[arg(value_name = "IMAGE|TEXT|CODE")]
    code: String,
    #[command(flatten)]
    will: Will,
    /// The number on the page; `-` reads it from standard input when it is needed
    #[arg(long = "match", value_name = "NN", value_parser = parse_number)]
    number: Option<Number>,
    /// Trust this browser from now on, for this certificate, page and kind of act
    #[arg(long)]
    trust_browser: bool,
    /// Which of several certificates answers: its holder's credit code or name
    #[arg(long, value_name = "HOLDER")]
    holder: Option<String>,
    /// Which of several seals is used: its number
    #[arg(long, value_name = "ID")]
    seal: Option<String>,
    /// The unit allows seals and opened bids to be asked for by a typed code
    #[arg(long)]
    typed_codes: bool,
    /// Folder for the statement, what was shown, and the receipts
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Seconds to wait for the page and the platform
    #[arg(long, value_name = "S", default_value_t = 120)]
    timeout: u64,
}

#[derive(Args, Debug)]
pub(super) struct Resend {}

/// What the person wants.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Will {
    /// Confirm whatever passes the phone's checks
    #[arg(long)]
    approve: bool,
    /// Decline
    #[arg(long)]
    reject: bool,
    /// Show it and ask
    #[arg(long)]
    ask: bool,
}

/// Where the page's number comes from.
#[derive(Clone, Copy, Debug)]
enum Number {
    Given(u8),
    Input,
}

fn parse_number(text: &str) -> Result<Number, String> {
    if text == "-" {
        return Ok(Number::Input);
    }
    let number = text.parse().ok().filter(|number| *number < 100 && text.len() <= 2);
    number.map(Number::Given).ok_or_else(|| "numbers are written as 07".to_owned())
}

/// One scan under way.
struct Run<'a> {
    command: &'a Scan,
    globals: &'a Globals,
    folder: Folder,
    client: Hub,
    url: String,
    hub: PinnedHub,
    phone: Phone,
    rng: UnwrapErr<SysRng>,
    /// The number of the last event seen.
    last: u64,
    until: Instant,
}

pub(super) fn run(command: &Scan, place: &Place, globals: &Globals) -> Result<Report, Failure> {
    let mut rng = context::random()?;
    let mut folder = place.folder()?;
    if command.trust_browser && command.will.reject {
        let words =
            "a browser whose request is declined is not trusted; leave `--trust-browser` out";
        return Err(Failure::usage("usage", words));
    }
    // Who declines needs no key; who does anything else proves first who it is.
    let keys = match command.will.reject {
        true => None,
        false => Some(folder.unlock(place.pin_file.as_deref())?),
    };
    let mut holdings = folder.holdings(keys.as_ref().map(|keys| &keys.ring))?;
    holdings.typed_codes = command.typed_codes;
    let hubs = folder.hubs()?;
    let names: Vec<&str> = hubs.iter().map(|(_, hub)| hub.host()).collect();
    let (phone, host) = match read(&command.code)? {
        Read::Text(text) => {
            let phone = Phone::scan(&text, &names, &mut rng)?;
            let host = phone.hub().to_owned();
            (phone, host)
        }
        Read::Typed(code) => {
            let hub = only(&hubs, place.hub.as_deref())?;
            (Phone::typed(code, hub, &holdings, &mut rng)?, hub.host().to_owned())
        }
    };
    let (url, hub) = hubs
        .into_iter()
        .find(|(_, hub)| hub.host() == host)
        .ok_or_else(|| Failure::from(Refused::from(Code::HubUnknown)))?;
    let client = Hub::new(place.hub.as_deref().unwrap_or(&url))?;
    let until = Instant::now() + Duration::from_secs(command.timeout);
    let mut run = Run { command, globals, folder, client, url, hub, phone, rng, last: 0, until };
    run.go(holdings, keys).map_err(|failure| run.decline(failure))
}

/// Sends answers again after a crash or a broken network. One that fails does not hinder the others.
pub(super) fn resend(_command: &Resend, place: &Place) -> Result<Report, Failure> {
    let mut folder = place.folder()?;
    let missing = || {
        let words = "no answer waits to be sent again";
        Failure::new(Exit::Refused, "phone_nothing_to_send", words)
    };
    let waiting = folder.answers()?;
    if waiting.is_empty() {
        return Err(missing());
    }
    let mut first = None;
    for snapshot in &waiting {
        if let Err(failure) = send_again(snapshot, &mut folder, place) {
            first.get_or_insert(failure);
        }
    }
    first.map_or_else(|| Ok(Report::done("phone_sent_again")), Err)
}

fn send_again(snapshot: &Snapshot, folder: &mut Folder, place: &Place) -> Result<(), Failure> {
    let phone = Phone::restore(snapshot)?;
    let missing = || Refused::from(Code::StorageRefused);
    let (sid, token) = phone.sid().zip(phone.token()).ok_or_else(missing)?;
    let answer = phone.answer().ok_or_else(missing)?;
    let mut hubs = folder.hubs()?.into_iter();
    let (url, hub) = hubs
        .find(|(_, hub)| hub.host() == phone.hub())
        .ok_or_else(|| Refused::from(Code::HubUnknown))?;
    let client = Hub::new(place.hub.as_deref().unwrap_or(&url))?;
    let stepped = client.step(&path::step(sid, Action::Answer), token, answer)?;
    if let Some(receipt) = stepped.receipt {
        let (history, kind) = (&mut folder.memory.history, HubReceiptKind::Stored);
        history.take_hub_receipt(snapshot.request(), kind, &receipt.0, hub.list()?)?;
        folder.store()?;
    }
    folder.drop_answer(snapshot);
    Ok(())
}

/// What stands on the command line.
enum Read {
    Text(String),
    Typed(ShortCode),
}

fn read(code: &str) -> Result<Read, Failure> {
    let path = Path::new(code);
    if path.is_file() {
        let bytes = Input::open(path)?.read_all(64 << 20)?;
        let pixels = picture(&bytes, &DecodeLimits::SCAN).of(path)?.pixels;
        return text_of(&pixels).map(Read::Text).map_err(|failure| failure.of(path));
    }
    match ShortCode::parse(code) {
        Some(code) => Ok(Read::Typed(code)),
        None => Ok(Read::Text(code.to_owned())),
    }
}

/// The hub at which a typed code holds: the one of the address, or the only one.
fn only<'a>(
    hubs: &'a [(String, PinnedHub)],
    address: Option<&str>,
) -> Result<&'a PinnedHub, Failure> {
    let address = address.map(|address| address.trim_end_matches('/'));
    let mut fitting =
        hubs.iter().filter(|(url, _)| address.is_none_or(|own| own == url.trim_end_matches('/')));
    match (fitting.next(), fitting.next()) {
        (Some((_, hub)), None) => Ok(hub),
        _ => Err(Refused::from(Code::HubUnknown).into()),
    }
}

/// The phone's own clock.
fn now() -> u64 {
    u64::try_from(context::now().unix()).unwrap_or(0)
}

impl Run<'_> {
    fn go(&mut self, holdings: Holdings, keys: Option<Keys>) -> Result<Report, Failure> {
        self.bind()?;
        if self.phone.to_scan(&self.hub).short_code.is_some() {
            self.exchange_display_key()?;
        }
        let Some(keys) = keys else {
            // Who declines is shown what it is, as far as that can be shown without a key.
            if let Ok(view) = self.view(&holdings, None) {
                self.show(&view);
            }
            return self.reject();
        };
        let view = self.view(&holdings, Some(&keys))?;
        let hello = self.phone.hello(&mut self.rng)?;
        self.send(Action::Hello, &hello)?;
        self.show(&view);
        if self.command.will.ask && !self.agrees(&view)? {
            return self.reject();
        }
        if view.needs.matching != Matching::None {
            let number = self.number(&view)?;
            let matched = self.phone.match_number(
                number,
                &mut Context { hub: &self.hub, memory: &mut self.folder.memory, now: now() },
            );
            self.folder.store()?;
            matched?;
        }
        let (certificate, key) = self.certificate(&view, &holdings, &keys)?;
        let confirm = Confirm {
            view: view.digest(),
            certificate,
            seals: self.seals(&view, &holdings, certificate)?,
            trust_browser: self.command.trust_browser,
            pin: Some(keys.passed),
        };
        // The list may have changed while the person was reading.
        self.refresh()?;
        let context = Context { hub: &self.hub, memory: &mut self.folder.memory, now: now() };
        let next = self.phone.confirm(confirm, &context, &mut self.rng)?;
        let answer = self.work(next, &key)?;
        self.deliver(&answer, &view)
    }

    /// Tells the hub and takes the session. Where the hub has a newer list, that is fetched first.
    fn bind(&mut self) -> Result<(), Failure> {
        if self.hub.list().is_err() {
            self.refresh()?;
        }
        let device = self.folder.device()?;
        let scan = self.phone.to_scan(&self.hub);
        let bound: Bound = self.client.call(path::SCAN, Caller::Phone(&device), &scan)?;
        self.last = bound.n;
        match self.phone.bound(&bound, &self.hub, now()) {
            Err(refused) if matches!(refused.code, Code::TrustListStale | Code::HubMismatch) => {
                self.refresh()?;
                Ok(self.phone.bound(&bound, &self.hub, now())?)
            }
            other => Ok(other?),
        }
    }

    /// Fetches the newest list and keeps it.
    fn refresh(&mut self) -> Result<(), Failure> {
        let list = self.client.get(path::TRUST_LIST, Caller::Anybody, 0)?;
        self.hub.take_list(&list)?;
        self.folder.put_hub(&self.url, &self.hub)
    }

    fn exchange_display_key(&mut self) -> Result<(), Failure> {
        let hello = self.phone.hello(&mut self.rng)?;
        self.send(Action::Hello, &hello)?;
        loop {
            for event in self.events()? {
                if let ("key", Some(data)) = (&event.step[..], &event.data) {
                    return Ok(self.phone.display_key(&data.0)?);
                }
            }
        }
    }

    fn session(&self) -> Result<(Sid, Token), Failure> {
        let token = self.phone.token().cloned();
        let session = self.phone.sid().zip(token);
        session.ok_or_else(|| Refused::from(Code::StepOutOfOrder).into())
    }

    /// The next events, in order. One that ended the session without an answer is a failure.
    fn events(&mut self) -> Result<Vec<Event>, Failure> {
        let (sid, token) = self.session()?;
        let left = self.until.saturating_duration_since(Instant::now()).as_secs();
        if left == 0 {
            return Err(Refused::from(Code::DeadlinePassed).into());
        }
        let found = self.client.events(sid, &token, self.last, left.min(20))?.events;
        for event in &found {
            self.last = self.last.max(event.n);
            if matches!(&event.state[..], "cancelled" | "expired" | "failed" | "rejected") {
                let code = event.code.as_deref().and_then(Code::from_name);
                return Err(Refused::from(code.unwrap_or(Code::SessionFinal)).into());
            }
        }
        Ok(found)
    }

    fn send(&self, action: Action, body: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let (sid, token) = self.session()?;
        let stepped = self.client.step(&path::step(sid, action), &token, body)?;
        Ok(stepped.receipt.map(|receipt| receipt.0))
    }

    fn view(&mut self, holdings: &Holdings, keys: Option<&Keys>) -> Result<View, Failure> {
        let language = match self.globals.language() {
            Language::Chinese => Shown::Chinese,
            Language::English => Shown::English,
        };
        let context = Context { hub: &self.hub, memory: &mut self.folder.memory, now: now() };
        let tasks = self.phone.check(holdings, language, &context)?;
        let opened: Vec<Opened> = tasks.iter().map(|task| unwrap(task, keys)).collect();
        Ok(self.phone.show(&opened, &context)?)
    }

    /// A failure before the answer ends the session: the page is told, as far as it may know why,
    /// and does not wait.
    fn decline(&mut self, failure: Failure) -> Failure {
        // What is a matter between the phone and its person is none of the page's.
        let code = Code::from_name(failure.code()).unwrap_or(Code::PersonRejected);
        // What went wrong first is what the person is told.
        if let Ok(envelope) = self.phone.reject(code, &mut self.rng) {
            drop(self.send(Action::Reject, &envelope.unwrap_or_default()));
        }
        failure
    }

    fn reject(&mut self) -> Result<Report, Failure> {
        let envelope = self.phone.reject(Code::PersonRejected, &mut self.rng)?;
        self.send(Action::Reject, &envelope.unwrap_or_default())?;
        Ok(Report::done("person_rejected").judged(Exit::Refused, "rejected", Vec::new()))
    }

    /// Shows the person what is asked.
    fn show(&self, view: &View) {
        if self.globals.json || self.globals.quiet {
            return;
        }
        let language = self.globals.language();
        let mut err = std::io::stderr().lock();
        for (field, words) in &view.lines {
            let label = text::speaker(language).label(field).unwrap_or(field);
            drop(writeln!(err, "  {label}: {words}"));
        }
        let (kind, city) = (&view.browser.kind, &view.browser.city);
        if !kind.is_empty() {
            let label = text::speaker(language).label("browser").unwrap_or("browser");
            drop(writeln!(err, "  {label}: {kind} {city}"));
        }
        for warning in &view.warnings {
            let label = text::speaker(language).label("warning").unwrap_or("warning");
            drop(writeln!(err, "{label}: {}", warning_words(warning, language)));
        }
    }

    fn agrees(&self, view: &View) -> Result<bool, Failure> {
        let language = self.globals.language();
        let words = text::speaker(language).label("ask_confirm").unwrap_or("confirm?");
        let answer = ask(&format!("{} — {words} [y/N] ", view.platform))?;
        Ok(matches!(&answer.to_lowercase()[..], "y" | "yes" | "是" | "好"))
    }

    fn number(&self, view: &View) -> Result<u8, Failure> {
        if let Some(Number::Given(number)) = self.command.number {
            return Ok(number);
        }
        let wanted = matches!(self.command.number, Some(Number::Input)) || self.command.will.ask;
        if !wanted {
            let words = "the page shows a number that has to be entered: `--match NN`, or \
                         `--match -` to read it from standard input";
            return Err(Failure::usage("match_needed", words));
        }
        let language = self.globals.language();
        let words = text::speaker(language).label("ask_number").unwrap_or("number");
        let choices = match view.needs.matching {
            Matching::Pick(choices) => choices.map(|number| format!("{number:02}")).join(" / "),
            _ => String::new(),
        };
        let typed = ask(&format!("{words} {choices}: "))?;
        let number = typed.parse().ok().filter(|number: &u8| *number < 100);
        number.ok_or_else(|| Failure::usage("match_needed", "numbers are written as 07"))
    }

    fn certificate(
        &self,
        view: &View,
        holdings: &Holdings,
        keys: &Keys,
    ) -> Result<(usize, SigningKey), Failure> {
        let is_wanted = |index: &&usize| {
            let Some(own) = holdings.certificates.get(**index) else { return false };
            let holder = own.signing.holder();
            self.command.holder.as_ref().is_none_or(|wanted| {
                holder.name() == wanted
                    || holder.unified_code().is_some_and(|code| code.as_str() == wanted)
            })
        };
        let index = view.needs.certificates.iter().find(is_wanted).copied();
        let own = index.and_then(|index| holdings.certificates.get(index).zip(Some(index)));
        let (own, index) = own.ok_or_else(|| Refused::from(Code::NoMatchingCertificate))?;
        Ok((index, self.folder.signing_key(&own.signing, keys)?))
    }

    /// One seal for all files: the one named, or the first that the certificate may use.
    fn seals(
        &self,
        view: &View,
        holdings: &Holdings,
        certificate: usize,
    ) -> Result<Vec<usize>, Failure> {
        if view.needs.files == 0 {
            return Ok(Vec::new());
        }
        let own = holdings.certificates.get(certificate);
        let fits = |index: &&usize| {
            holdings.seals.get(**index).zip(own).is_some_and(|(seal, own)| {
                seal.lists(&own.signing)
                    && self.command.seal.as_ref().is_none_or(|wanted| *wanted == seal.id)
            })
        };
        let found = view.needs.seals.iter().find(fits);
        let index = *found.ok_or_else(|| Refused::from(Code::SealStatus))?;
        Ok(vec![index; view.needs.files])
    }

    /// Signs, offers, seals, until the answer is there.
    fn work(&mut self, mut next: Next, key: &SigningKey) -> Result<Vec<u8>, Failure> {
        let mut has_offered = false;
        let mut told = false;
        loop {
            next = match next {
                Next::Answer(envelope) => return Ok(envelope),
                Next::Offer(envelope) => {
                    has_offered = true;
                    self.send(Action::Offer, &envelope)?;
                    self.seal_next(key)?
                }
                Next::Reject(code) => return Err(Refused::from(code).into()),
                Next::Sign(to_sign) => {
                    if !has_offered && !told {
                        self.send(Action::Confirm, &[])?;
                        told = true;
                    }
                    let mut values = Vec::new();
                    for one in &to_sign {
                        values.push(key.sign(one, &mut self.rng)?);
                    }
                    let mut context =
                        Context { hub: &self.hub, memory: &mut self.folder.memory, now: now() };
                    self.phone.signed(&values, &mut context, &mut self.rng)?
                }
                _ => self.seal_next(key)?,
            };
        }
    }

    /// Waits for prepared messages and seals what they bring.
    fn seal_next(&mut self, key: &SigningKey) -> Result<Next, Failure> {
        let mut next = Next::Wait;
        while matches!(next, Next::Wait) {
            for event in self.events()? {
                let (Some(index), Some(data)) = (event.index, &event.data) else { continue };
                let context =
                    Context { hub: &self.hub, memory: &mut self.folder.memory, now: now() };
                next = match self.phone.prepared(index, &data.0, &context)? {
                    FileStep::Seal(task) => {
                        let made = sign_seal(&task, key, &mut context::random()?);
                        let context =
                            Context { hub: &self.hub, memory: &mut self.folder.memory, now: now() };
                        self.phone.sealed(task.index, made, &context)?
                    }
                    FileStep::Refused(_, next) => next,
                    _ => Next::Wait,
                };
            }
        }
        Ok(next)
    }

    /// Stores, sends, and waits until the platform acknowledged.
    fn deliver(&mut self, answer: &[u8], view: &View) -> Result<Report, Failure> {
        self.folder.store()?;
        let snapshot = self.phone.snapshot();
        if let Some(snapshot) = &snapshot {
            self.folder.put_answer(snapshot)?;
        }
        let stored = self.send(Action::Answer, answer)?;
        if let Some(snapshot) = &snapshot {
            self.folder.drop_answer(snapshot);
        }
        if let Some(receipt) = stored {
            self.take_hub_receipt(HubReceiptKind::Stored, &receipt)?;
        }
        let mut completed = false;
        let mut warning = None;
        // The platform may give its receipt with the acknowledgement, a little later, or never.
        while self.progress() < Some(Progress::Refused) {
            if completed {
                self.until = self.until.min(Instant::now() + Duration::from_secs(RECEIPT));
            }
            let events = match self.events() {
                Ok(events) => events,
                Err(_) if completed => break,
                Err(failure) => return Err(self.not_delivered(failure)),
            };
            for event in events {
                let taken = match (&event.step[..], &event.data) {
                    ("completed", data) => {
                        completed = true;
                        data.as_ref().map_or(Ok(()), |data| {
                            self.take_hub_receipt(HubReceiptKind::Delivered, &data.0)
                        })
                    }
                    ("receipt", Some(data)) => self.take_platform_receipt(&data.0),
                    _ => Ok(()),
                };
                // A receipt that is none changes nothing about what was done.
                if let Err(failure) = taken {
                    warning = Some(failure);
                }
            }
        }
        self.folder.store()?;
        self.report(view, warning)
    }

    fn digest(&self) -> Vec<u8> {
        self.phone.request_digest().map_or_else(Vec::new, |digest| digest.as_ref().to_vec())
    }

    fn progress(&self) -> Option<Progress> {
        let digest = self.digest();
        let mut entries = self.folder.memory.history.entries().iter();
        entries.find(|entry| entry.request.0 == digest).map(|entry| entry.progress())
    }

    fn take_hub_receipt(&mut self, kind: HubReceiptKind, der: &[u8]) -> Result<(), Failure> {
        let (request, list) = (self.digest(), self.hub.list()?);
        self.folder.memory.history.take_hub_receipt(&request, kind, der, list)?;
        Ok(())
    }

    fn take_platform_receipt(&mut self, der: &[u8]) -> Result<(), Failure> {
        let (request, list) = (self.digest(), self.hub.list()?);
        self.folder.memory.history.take_platform_receipt(&request, der, list)?;
        Ok(())
    }

    /// Released, and whether it arrived is not known: the history says so.
    fn not_delivered(&self, failure: Failure) -> Failure {
        drop(self.folder.store());
        let words = format!(
            "answered, but the platform has not acknowledged it: {}; see `yinxin phone list`",
            failure.words()
        );
        Failure::new(Exit::Refused, "phone_not_delivered", words)
    }

    fn report(&self, view: &View, warning: Option<Failure>) -> Result<Report, Failure> {
        let progress = self.progress().unwrap_or(Progress::Released);
        let words = list::progress_words(progress, self.globals);
        let mut report = Report::done("phone_answered")
            .show("platform", &view.platform[..])
            .show("scene", view.scene.name())
            .member("progress", progress.name().into())
            .member("origin", view.origin.clone().into())
            .line("progress", words);
        let entries = self.folder.memory.history.entries();
        let digest = self.digest();
        let entry = entries.iter().find(|entry| entry.request.0 == digest);
        if let (Some(folder), Some(entry)) = (&self.command.out, entry) {
            std::fs::create_dir_all(folder).map_err(|source| {
                yinxin::file::FileError::new(yinxin::file::Action::Write, folder, source)
            })?;
            let mut outputs = context::outputs(self.globals);
            let receipts = [&entry.stored, &entry.delivered, &entry.receipt];
            let names = ["stored.der", "delivered.der", "receipt.der"];
            outputs.write(&folder.join("statement.der"), Access::Public, &entry.statement.0)?;
            outputs.write(&folder.join("shown.json"), Access::Public, &entry.shown.0)?;
            for (name, receipt) in names.iter().zip(receipts) {
                if let Some(receipt) = receipt {
                    outputs.write(&folder.join(name), Access::Public, &receipt.0)?;
                }
            }
            if let Some(list) = &self.hub.to_stored().list {
                outputs.write(&folder.join("trust-list.der"), Access::Public, &list.0)?;
            }
            let bundle = yinxin::verify::history::bundle(entry, &self.hub)?;
            outputs.write(&folder.join("history.json"), Access::Public, &bundle)?;
            outputs.commit()?;
            report = report.out(folder);
        }
        report = report.member("requestDigest", list::hex(&digest).into());
        if let Some(failure) = warning {
            let fact = Fact::text("why", failure.words());
            report = report.warn(Warning::new("phone_receipt_unread", vec![fact]));
        }
        if progress == Progress::Refused {
            return Ok(report.code("phone_refused").judged(Exit::Refused, "refused", Vec::new()));
        }
        if progress < Progress::Delivered {
            let code = "phone_not_delivered";
            return Ok(report.code(code).judged(Exit::Refused, "released", Vec::new()));
        }
        Ok(report)
    }
}

/// Seconds that the platform has for its receipt after it acknowledged.
const RECEIPT: u64 = 10;

fn unwrap(task: &ToOpen, keys: Option<&Keys>) -> Opened {
    let key = keys.and_then(|keys| keys.ring.find(&task.key));
    Opened(key.and_then(|key| task.info.unwrap(key).ok()).map(|key| key.into_bytes()))
}

fn warning_words(warning: &ViewWarning, language: Language) -> String {
    let (code, facts) = match warning {
        ViewWarning::BidShut { id, code } => {
            ("phone_bid_shut", vec![Fact::text("file", &id[..]), Fact::text("code", code.name())])
        }
        ViewWarning::EndsBeforeOpening { .. } => ("phone_ends_early", Vec::new()),
        ViewWarning::BidUnnamed { id } => ("phone_bid_unnamed", vec![Fact::text("file", &id[..])]),
        ViewWarning::ClockOff(seconds) => {
            ("phone_clock_off", vec![Fact::text("seconds", seconds.to_string())])
        }
        _ => return String::new(),
    };
    text::message(language, code, &facts).unwrap_or_default()
}

/// A line from the terminal, or from whatever standard input is.
fn ask(words: &str) -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        eprint!("{words}");
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| Failure::new(Exit::System, "read_failed", error.to_string()))?;
    Ok(line.trim().to_owned())
}
