//! One session from the platform's side: request, frames, the phone's messages, the answer.

use std::io::Write as _;
use std::time::{Duration, Instant};

use getrandom::SysRng;
use rand_core::{Rng as _, UnwrapErr};
use yinxin::file::Access;
use yinxin::session::page::{Output, Page, PageKey, Shown};
use yinxin::session::platform::{Pending, Platform};
use yinxin::session::trust_list::TrustListContent;
use yinxin::session::wire::http::{Action, Open, Opened, path};
use yinxin::session::wire::{
    Binary, Browser, Call, Platform as Names, PlatformReceipt, ShortCode, Token,
};
use yinxin::session::{Code, Refused, Suite};
use yinxin::{Certificate, SigningKey, ToSign, cms};
use yinxin_seal::picture::Resolution;
use yinxin_seal::qr::{Qr, QrLevel};

use super::Own;
use super::ask::Asked;
use super::product::{self, Prepared};
use crate::args::Globals;
use crate::context;
use crate::hub::{Caller, Hub, write};
use crate::output::{Exit, Failure, Of as _, Report};
use crate::trust::Trust;
use yinxin::verify::record::Record;

/// One session under way.
struct Run<'a> {
    own: &'a Own,
    globals: &'a Globals,
    hub: Hub,
    key: SigningKey,
    platform: Platform,
    page: Page,
    pending: Pending,
    cookie: [u8; 32],
    platform_token: Token,
    trust: Trust,
    rng: UnwrapErr<SysRng>,
    started: Instant,
    until: Instant,
    prepared: Option<Prepared>,
    answered: bool,
}

pub(super) fn run(
    own: &Own,
    asked: Asked,
    (key, certificate): (SigningKey, Certificate),
    globals: &Globals,
) -> Result<Report, Failure> {
    let Asked { ask, work } = asked;
    let trust = own.trust.read()?;
    let hub = Hub::new(&own.hub)?;
    let mut rng = context::random()?;
    let (platform, suite) = platform(own, &hub, certificate)?;
    let origin = platform.origins.first().cloned().unwrap_or_default();
    // A visitor comes with a cookie, and the page gets a nonce that belongs to it.
    let mut cookie = [0; 32];
    rng.fill_bytes(&mut cookie);
    let visit = platform.visit(&cookie, now(), &mut rng);
    let page = PageKey::new(suite, &origin, visit.nonce.0.clone(), &mut rng);
    let browser = browser(own, &page, &mut rng)?;
    let begin = page.begin(browser);
    let draft = platform.request(begin, ask, &visit, &cookie, now())?;
    let answer = key.sign(draft.to_sign(), &mut rng)?;
    let opening = draft.finish(&answer, &mut rng)?;
    let opened = open(&hub, own, &platform.certificate, &key, &opening.open, &mut rng)?;
    let platform_token = opened.platform_token.clone();
    let (ticket, pending) = opening.opened(&opened)?;
    let started = Instant::now();
    let page = Page::new(page, ticket, 0)?;
    let mut run = Run {
        own,
        globals,
        hub,
        key,
        platform,
        page,
        pending,
        cookie,
        platform_token,
        trust,
        rng,
        started,
        until: started + Duration::from_secs(own.timeout),
        prepared: None,
        answered: false,
    };
    match run.wait(&work) {
        Ok(()) => run.conclude(&work),
        Err(failure) => {
            run.leave();
            Err(failure)
        }
    }
}

fn now() -> u64 {
    u64::try_from(context::now().unix()).unwrap_or(0)
}

/// What the hub's list says of this platform. It is looked up for its own name only: the phone is
/// the one that believes lists, and it verifies them.
fn platform(own: &Own, hub: &Hub, certificate: Certificate) -> Result<(Platform, Suite), Failure> {
    let curve = certificate.public_key().curve();
    let suite = Suite::ALL.into_iter().find(|suite| Some(suite.curve()) == curve);
    let suite = suite.ok_or_else(|| Refused::from(Code::SuiteUnsupported))?;
    let list = hub.get(path::TRUST_LIST, Caller::Anybody, 0)?;
    let (_, content) = cms::SignedData::from_der(&list)?;
    let content: TrustListContent = yinxin::json::read(&content.unwrap_or_default())
        .map_err(|error| Failure::new(Exit::Unreadable, "hub_answer", error.to_string()))?;
    let listed = content.platforms.into_iter().find(|platform| platform.code == own.code);
    let listed = listed.ok_or_else(|| Refused::from(Code::PlatformUnknown))?;
    let origins = match &own.origin {
        Some(origin) => vec![origin.clone()],
        None => listed.origins,
    };
    let names = Names { code: listed.code, name: listed.name };
    Ok((Platform { names, hub: content.hub, origins, certificate }, suite))
}

fn browser(
    own: &Own,
    page: &PageKey,
    rng: &mut UnwrapErr<SysRng>,
) -> Result<Option<Browser>, Failure> {
    let Some(path) = &own.browser_key else { return Ok(None) };
    let key = own.passwords.open(path)?.key.into_signing();
    let to_sign = ToSign::message(key.public(), &page.browser_bytes()).of(path)?;
    let signature = key.sign(&to_sign, rng).of(path)?;
    let key = Binary(key.public().to_spki());
    Ok(Some(Browser { key, signature: Binary(signature) }))
}

fn open(
    hub: &Hub,
    own: &Own,
    certificate: &Certificate,
    key: &SigningKey,
    open: &Open,
    rng: &mut UnwrapErr<SysRng>,
) -> Result<Opened, Failure> {
    let body = write(open)?;
    let call = Call { method: "POST", path: path::SESSIONS, body: &body };
    let draft = call.draft(&own.code, certificate, now(), rng)?;
    let answer = key.sign(draft.to_sign(), rng)?;
    let headers = draft.finish(&answer)?;
    let answer = hub.post(path::SESSIONS, Caller::Platform(&headers), "application/json", &body)?;
    yinxin::json::read(&answer)
        .map_err(|error| Failure::new(Exit::Unreadable, "hub_answer", error.to_string()))
}

impl Run<'_> {
    /// Milliseconds since the session was opened.
    fn steady(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Draws and listens until the answer was checked.
    fn wait(&mut self, work: &super::ask::Work) -> Result<(), Failure> {
        self.say_code(&self.page.ticket().short_code);
        let mut drawn = String::new();
        while !self.answered {
            if Instant::now() >= self.until {
                return Err(Refused::from(Code::SessionExpired).into());
            }
            let frame = self.page.frame(self.steady())?;
            let is_drawn = frame.is_some();
            if let Some(text) = frame.filter(|text| *text != drawn) {
                self.draw(&text)?;
                drawn = text;
            }
            // While frames change each second the hub is not asked to wait for longer.
            let wait = if is_drawn { 1 } else { 10 };
            let ticket = self.page.ticket();
            let (sid, token) = (ticket.sid(), ticket.page_token.clone());
            let asked = Instant::now();
            let events = self.hub.events(sid, &token, self.page.last_event(), wait)?;
            self.page.heard(Some(events.hub_now), self.steady());
            for event in &events.events {
                self.page.handle_event(event, &mut self.rng)?;
                // An answer that is not the phone's is not used, nor acknowledged.
                self.page.judge(self.trust.session_judge())?;
                self.outputs(work)?;
            }
            self.page.handle_timeout(self.steady());
            self.outputs(work)?;
            // A hub that answers at once is not asked more than once a second.
            let spent = asked.elapsed();
            if events.events.is_empty() && spent < Duration::from_secs(1) {
                std::thread::sleep(Duration::from_secs(1).saturating_sub(spent));
            }
        }
        Ok(())
    }

    fn draw(&self, text: &str) -> Result<(), Failure> {
        self.say(&format!("qr {text}"));
        if let Some(path) = &self.own.qr_out {
            let qr = Qr::encode(text, QrLevel::Medium)?;
            let pixels = qr.to_pixels(8);
            let png = match pixels {
                Some(pixels) => pixels.to_png(Resolution::DPI_300)?,
                None => Vec::new(),
            };
            // Each frame takes the place of the one before.
            let mut outputs = yinxin::file::Outputs::new(yinxin::file::Existing::Replace);
            outputs.write(path, Access::Public, &png)?;
            outputs.commit()?;
        }
        Ok(())
    }

    fn say(&self, line: &str) {
        let mut err = std::io::stderr().lock();
        drop(writeln!(err, "{line}"));
        drop(err.flush());
    }

    /// The short code as a page shows it, in two groups.
    fn say_code(&self, code: &str) {
        let grouped = ShortCode::parse(code).map_or_else(|| code.to_owned(), |c| c.to_string());
        self.say(&format!("code {grouped}"));
    }

    /// Does what the page's machine says.
    fn outputs(&mut self, work: &super::ask::Work) -> Result<(), Failure> {
        while let Some(output) = self.page.poll_output() {
            let ticket = self.page.ticket();
            let (sid, token) = (ticket.sid(), ticket.page_token.clone());
            match output {
                Output::Post { action, body } => {
                    self.hub.step(&path::step(sid, action), &token, &body)?;
                }
                Output::Prepared { index, count, body } => {
                    self.hub.step(&path::prepared(sid, index, count), &token, &body)?;
                }
                Output::Refetch(_) => return Ok(()),
                Output::Show(shown) => self.show(shown, work)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn show(&mut self, shown: Shown, work: &super::ask::Work) -> Result<(), Failure> {
        match shown {
            Shown::Answered => self.answered = true,
            Shown::Declined { word } => {
                let words = format!("the phone answered no: {word}");
                let known = Code::from_name(&word).filter(|_| word != "declined");
                let code = known.map_or("declined", Code::name);
                return Err(Failure::new(Exit::Refused, code, words));
            }
            Shown::Ended(code) => return Err(Refused::from(code).into()),
            Shown::Offered => {
                let offer = self.page.offer().cloned();
                let offer = offer.ok_or_else(|| Refused::from(Code::StepOutOfOrder))?;
                let (prepared, act) =
                    product::prepare(work, &offer, &self.page.ticket().request()?)?;
                let time = prepared.time();
                match act {
                    product::Act::Seal(act) => {
                        self.page.prepare_seal(act, time, &mut self.rng)?;
                    }
                    product::Act::Revoke(act) => {
                        self.page.prepare_revocation(act, time, &mut self.rng)?;
                    }
                }
                self.prepared = Some(prepared);
            }
            Shown::Scanned { holder, number } => self.say(&format!("number {number:02} {holder}")),
            Shown::ShortCode(code) => self.say_code(&code),
            _ => {}
        }
        Ok(())
    }

    /// Verifies at the platform, keeps the product, acknowledges, gives the receipt.
    fn conclude(mut self, work: &super::ask::Work) -> Result<Report, Failure> {
        let held = self.page.answered().ok_or_else(|| Refused::from(Code::StepOutOfOrder))?;
        let result = held.result.clone();
        let sid = self.page.ticket().sid();
        let judged = self.platform.accept(
            &mut self.pending,
            &result,
            &self.cookie,
            self.trust.session_judge(),
        );
        let accepted = match judged {
            Ok(accepted) => accepted,
            Err(refused) => {
                self.page.acknowledge()?;
                self.outputs(work)?;
                let digest = self.statement_digest(&result.statement.0);
                self.receipt(&digest, Some(refused.code))?;
                return Err(refused.into());
            }
        };
        let statement = accepted.statement.digest().as_ref().to_vec();
        let made = product::finish(
            work,
            self.prepared.take(),
            (&result, held.secrets),
            &self.trust,
            (self.own.out.as_deref(), self.globals),
        );
        let mut report = match made {
            Ok(report) => report,
            Err(failure) => {
                self.leave();
                return Err(failure);
            }
        };
        let record = Record::new(sid, self.pending.request(), &result);
        let login = matches!(work, super::ask::Work::Login).then_some(self.own.out.as_ref());
        for path in self.own.record.iter().chain(login.flatten()) {
            let mut outputs = context::outputs(self.globals);
            outputs.write(path, Access::Public, &record.to_json()?)?;
            outputs.commit()?;
        }
        self.page.acknowledge()?;
        self.outputs(work)?;
        self.receipt(&statement, None)?;
        let content = accepted.statement.content();
        if let Some(holder) = accepted.statement.path().first() {
            report = report.show("holder", holder.holder().to_string());
        }
        if accepted.statement.is_revocation_unknown() {
            let warning = crate::output::Warning::new("revocation_unknown", Vec::new());
            report = report.warn(warning);
        }
        Ok(report
            .show("platform", &self.platform.names.name[..])
            .show("scene", content.result.scene().name())
            .member("suite", content.suite.name().into())
            .member("matched", content.matched.into()))
    }

    fn statement_digest(&self, statement: &[u8]) -> Vec<u8> {
        self.page.suite().digest().digest(statement).as_ref().to_vec()
    }

    fn receipt(&mut self, statement: &[u8], refused: Option<Code>) -> Result<(), Failure> {
        let code = &self.platform.names.code;
        let receipt = PlatformReceipt::new(code, &self.pending.digest.0, statement, refused, now());
        let draft = receipt.draft(&self.platform.certificate)?;
        let answer = self.key.sign(draft.to_sign(), &mut self.rng)?;
        let der = draft.finish(&answer)?;
        let sid = self.page.ticket().sid();
        self.hub.step(&path::step(sid, Action::Receipt), &self.platform_token, &der)?;
        Ok(())
    }

    /// Gives up, so that the phone does not wait.
    fn leave(&mut self) {
        if self.page.cancel().is_ok() {
            while let Some(output) = self.page.poll_output() {
                if let Output::Post { action, body } = output {
                    let ticket = self.page.ticket();
                    let path = path::step(ticket.sid(), action);
                    drop(self.hub.step(&path, &ticket.page_token, &body));
                }
            }
        }
    }
}
