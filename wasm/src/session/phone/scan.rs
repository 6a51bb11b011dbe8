//! Scans of a web phone, each by its number: what one waits for is nothing to the others.

use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::key::ring::KeyRing;
use yinxin::phone::sign_seal;
use yinxin::session::Code;
use yinxin::session::display::Language;
use yinxin::session::phone::{Confirm, Context, FileStep, Holdings, Next, Opened, Phone, ToOpen};
use yinxin::session::wire::ShortCode;
use yinxin::session::wire::http::{self, Action, Bound};
use yinxin::{KeyId, ToSign};

use super::super::text::{base64url, fail, octets, read, write};
use super::store::Open;
use super::{PhoneHandle, view};
use crate::error::Failure;
use crate::number::whole;
use crate::random::random;

/// Scans at a time; one more takes the place of the oldest.
const SCANS: usize = 16;

/// One scan.
pub(super) struct Scan {
    phone: Phone,
    holdings: Holdings,
    to_sign: Vec<ToSign>,
    key: Option<KeyId>,
}

/// What the person confirmed, JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Confirmed {
    view: String,
    certificate: usize,
    seals: Vec<usize>,
    #[serde(default)]
    trust_browser: bool,
}

#[wasm_bindgen]
impl PhoneHandle {
    /// Reads a scanned text: JSON of [`to_scan`](Self::to_scan). Nothing has gone over the network
    /// when it is refused.
    ///
    /// # Errors
    ///
    /// `qr_foreign`, `qr_malformed`, `version_unsupported`, `hub_unknown`.
    pub fn scan(&mut self, text: &str) -> Result<String, Failure> {
        let open = self.open_ref()?;
        let names: Vec<&str> = open.state.hubs.iter().map(|entry| &entry.hub.host[..]).collect();
        let phone = Phone::scan(text, &names, &mut random())?;
        self.begin(phone)
    }

    /// Begins with a code that the person typed, at a pinned hub: JSON of
    /// [`to_scan`](Self::to_scan).
    ///
    /// # Errors
    ///
    /// `qr_malformed` for what is no code, `hub_unknown`, `no_matching_certificate`.
    pub fn typed(&mut self, code: &str, hub: &str) -> Result<String, Failure> {
        let code = ShortCode::parse(code).ok_or_else(|| fail(Code::QrMalformed))?;
        let open = self.open_ref()?;
        let (hub, holdings) = (open.hub(hub)?, open.holdings(self.typed_codes)?);
        let phone = Phone::typed(code, &hub, &holdings, &mut random())?;
        self.begin(phone)
    }

    fn begin(&mut self, phone: Phone) -> Result<String, Failure> {
        let holdings = self.open_ref()?.holdings(self.typed_codes)?;
        let number = self.next;
        self.next = number.wrapping_add(1);
        if self.scans.len() == SCANS {
            self.scans.remove(0);
        }
        self.scans.push((number, Scan { phone, holdings, to_sign: Vec::new(), key: None }));
        self.to_scan(number)
    }

    /// What goes to the hub: JSON `{scan, hub, url, path, account, body}`; `account` is the value of the
    /// header `Yinxin-Phone`, `scan` the number by which all other calls know this scan.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` without a scan.
    #[wasm_bindgen(js_name = toScan)]
    pub fn to_scan(&self, scan: u32) -> Result<String, Failure> {
        let number = scan;
        let (open, scan) = (self.open_ref()?, self.scan_ref(number)?);
        let hub = open.hub(scan.phone.hub())?;
        let url = open.state.hubs.iter().find(|entry| entry.hub.host == hub.host());
        write(&json!({
            "scan": number,
            "hub": hub.host(),
            "url": url.map(|entry| &entry.url),
            "path": http::path::SCAN,
            "account": open.device()?.to_text(),
            "typed": scan.phone.to_scan(&hub).short_code.is_some(),
            "body": scan.phone.to_scan(&hub),
        }))
    }

    /// Takes the hub's answer to the scan: JSON `{sid, authorization, n, confirmBy, endsBy}`.
    ///
    /// # Errors
    ///
    /// `trust_list_stale`: take the hub's newest list, then call this again; `hub_mismatch`,
    /// `trust_list_fork`.
    pub fn bound(&mut self, scan: u32, bound: &str, now: f64) -> Result<String, Failure> {
        let bound: Bound = read(bound, Code::HubMismatch)?;
        let (open, scan) = self.both(scan)?;
        let hub = open.hub(scan.phone.hub())?;
        scan.phone.bound(&bound, &hub, whole(now))?;
        write(&json!({
            "sid": base64url(&bound.sid.0),
            "authorization": http::bearer(&bound.phone_token),
            "n": bound.n,
            "confirmBy": bound.confirm_by,
            "endsBy": bound.ends_by,
        }))
    }

    /// The hello, to be posted as `hello`: after [`view`](Self::view), for a typed code before it.
    ///
    /// # Errors
    ///
    /// `step_out_of_order`, `suite_unsupported`.
    pub fn hello(&mut self, scan: u32) -> Result<Vec<u8>, Failure> {
        let (_, scan) = self.both(scan)?;
        scan.phone.hello(&mut random()).map_err(Failure::from)
    }

    /// Takes the display key that the page hands over after a typed code's hello.
    ///
    /// # Errors
    ///
    /// `hub_mismatch`.
    #[wasm_bindgen(js_name = displayKey)]
    pub fn display_key(&mut self, scan: u32, sealed: &[u8]) -> Result<(), Failure> {
        let (_, scan) = self.both(scan)?;
        scan.phone.display_key(sealed).map_err(Failure::from)
    }

    /// Checks the request, unwraps what it asks for, and gives what the person is to see, JSON.
    ///
    /// # Errors
    ///
    /// Everything that a request is refused for; then call [`reject`](Self::reject) with that code.
    pub fn view(&mut self, scan: u32, language: &str, now: f64) -> Result<String, Failure> {
        let language = match language {
            "en" => Language::English,
            _ => Language::Chinese,
        };
        let now = whole(now);
        let (open, scan) = self.both(scan)?;
        let hub = open.hub(scan.phone.hub())?;
        let context = Context { hub: &hub, memory: &mut open.state.memory, now };
        let tasks = scan.phone.check(&scan.holdings, language, &context)?;
        let opened: Vec<_> = tasks.iter().map(|task| unwrap(task, &open.ring)).collect();
        let shown = scan.phone.show(&opened, &context)?;
        write(&view::view(&shown, &scan.holdings))
    }

    /// Takes the number that the person picked or typed. Keep the blob next, whatever comes of it.
    ///
    /// # Errors
    ///
    /// `match_wrong`, which ends the session: call [`reject`](Self::reject).
    #[wasm_bindgen(js_name = matchNumber)]
    pub fn match_number(&mut self, scan: u32, number: u8, now: f64) -> Result<(), Failure> {
        let (open, scan) = self.both(scan)?;
        let hub = open.hub(scan.phone.hub())?;
        let mut context = Context { hub: &hub, memory: &mut open.state.memory, now: whole(now) };
        scan.phone.match_number(number, &mut context).map_err(Failure::from)
    }

    /// Takes the person's confirmation, JSON `{view, certificate, seals, trustBrowser?}`; with a PIN
    /// after [`begin_pin`](Self::begin_pin). Gives what to do next, JSON; keep the blob first.
    ///
    /// | `do` | then |
    /// |---|---|
    /// | `sign` | post `confirm`, then call [`sign`](Self::sign) |
    /// | `offer` | post `body` as `offer`; prepared messages come |
    /// | `wait` | wait for the next prepared message |
    /// | `answer` | post `body` as `answer` |
    /// | `reject` | call [`reject`](Self::reject) with `code` |
    ///
    /// # Errors
    ///
    /// `pin_wrong`, `pin_locked`; those of the phone's machine.
    pub fn confirm(
        &mut self,
        scan: u32,
        confirmed: &str,
        pin: Option<String>,
        now: f64,
    ) -> Result<String, Failure> {
        let confirmed: Confirmed = read(confirmed, Code::RequestMalformed)?;
        let view = octets(&confirmed.view, Code::RequestMalformed)?;
        let view = view.as_slice().try_into().map_err(|_| fail(Code::RequestMalformed))?;
        let passed = match pin {
            Some(pin) => Some(self.pass(&zeroize::Zeroizing::new(pin))?.1),
            None => None,
        };
        let (open, scan) = self.both(scan)?;
        let hub = open.hub(scan.phone.hub())?;
        let own = scan.holdings.certificates.get(confirmed.certificate);
        let own = own.ok_or_else(|| fail(Code::NoMatchingCertificate))?;
        let key = own.signing.public_key().id();
        let confirm = Confirm {
            view,
            certificate: confirmed.certificate,
            seals: confirmed.seals,
            trust_browser: confirmed.trust_browser,
            pin: passed,
        };
        let context = Context { hub: &hub, memory: &mut open.state.memory, now: whole(now) };
        let next = scan.phone.confirm(confirm, &context, &mut random())?;
        scan.key = Some(key);
        take(open, scan, next)
    }

    /// Signs what waits to be signed: what to do next, as [`confirm`](Self::confirm). Keep the blob
    /// before anything is sent.
    ///
    /// # Errors
    ///
    /// Those of the phone's machine; nothing was let out.
    pub fn sign(&mut self, scan: u32, now: f64) -> Result<String, Failure> {
        let (open, scan) = self.both(scan)?;
        let hub = open.hub(scan.phone.hub())?;
        let id = scan.key.ok_or_else(|| fail(Code::StepOutOfOrder))?;
        let key = open.signing_key(&id)?;
        let mut rng = random();
        loop {
            let mut values = Vec::new();
            for one in &scan.to_sign {
                values.push(key.sign(one, &mut rng)?);
            }
            let mut context =
                Context { hub: &hub, memory: &mut open.state.memory, now: whole(now) };
            let next = scan.phone.signed(&values, &mut context, &mut rng)?;
            match next {
                Next::Sign(to_sign) => scan.to_sign = to_sign,
                next => return take(open, scan, next),
            }
        }
    }

    /// Takes a prepared message, and builds and signs what it asks for: what to do next, as
    /// [`confirm`](Self::confirm), and `refused` where the file is not what was asked to be sealed.
    ///
    /// # Errors
    ///
    /// `offer_mismatch`, `already_answered`, `deadline_passed`; it waits on.
    pub fn prepared(
        &mut self,
        scan: u32,
        index: u32,
        message: &[u8],
        now: f64,
    ) -> Result<String, Failure> {
        let (open, scan) = self.both(scan)?;
        let hub = open.hub(scan.phone.hub())?;
        let id = scan.key.ok_or_else(|| fail(Code::StepOutOfOrder))?;
        let key = open.signing_key(&id)?;
        let context = Context { hub: &hub, memory: &mut open.state.memory, now: whole(now) };
        let next = match scan.phone.prepared(index, message, &context)? {
            FileStep::Refused(_, next) => next,
            FileStep::Seal(task) => {
                let made = sign_seal(&task, &key, &mut random());
                scan.phone.sealed(task.index, made, &context)?
            }
            _ => Next::Wait,
        };
        take(open, scan, next)
    }

    /// Declines, or says why the phone cannot: the envelope to post as `reject`, empty where there
    /// is none to make.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` before the scan, and after the answer.
    pub fn reject(&mut self, scan: u32, code: &str) -> Result<Vec<u8>, Failure> {
        let code = Code::from_name(code).unwrap_or(Code::Internal);
        let (_, scan) = self.both(scan)?;
        let envelope = scan.phone.reject(code, &mut random())?;
        Ok(envelope.unwrap_or_default())
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due; seconds since 1970, UTC.
    #[wasm_bindgen(js_name = pollTimeout)]
    #[must_use]
    pub fn poll_timeout(&self, scan: u32) -> Option<f64> {
        let due = self.scan_ref(scan).ok()?.phone.poll_timeout()?;
        Some(crate::number::number(due))
    }

    /// Time went by: the code of why it ended, once it did.
    #[wasm_bindgen(js_name = handleTimeout)]
    pub fn handle_timeout(&mut self, scan: u32, now: f64) -> Option<String> {
        let (_, scan) = self.both(scan).ok()?;
        scan.phone.handle_timeout(whole(now));
        scan.phone.ended().map(|code| code.name().into())
    }

    /// The path of a step of the scan's session.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` before the hub answered.
    #[wasm_bindgen(js_name = stepPath)]
    pub fn step_path(&self, scan: u32, action: &str) -> Result<String, Failure> {
        let action = Action::from_name(action).ok_or_else(|| fail(Code::StepOutOfOrder))?;
        let sid = self.scan_ref(scan)?.phone.sid().ok_or_else(|| fail(Code::StepOutOfOrder))?;
        Ok(http::path::step(sid, action))
    }

    /// The path of the session's events after number `after`.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` before the hub answered.
    #[wasm_bindgen(js_name = eventsPath)]
    pub fn events_path(&self, scan: u32, after: f64, wait: f64) -> Result<String, Failure> {
        let sid = self.scan_ref(scan)?.phone.sid().ok_or_else(|| fail(Code::StepOutOfOrder))?;
        Ok(http::path::events(sid, whole(after), whole(wait)))
    }

    /// The digest of the request that is answered, base64url.
    #[wasm_bindgen(js_name = requestDigest)]
    #[must_use]
    pub fn request_digest(&self, scan: u32) -> Option<String> {
        let digest = self.scan_ref(scan).ok()?.phone.request_digest()?;
        Some(base64url(digest.as_ref()))
    }

    /// The scan is over; what is left of it is wiped.
    pub fn done(&mut self, scan: u32) {
        self.scans.retain(|(number, _)| *number != scan);
    }
}

impl PhoneHandle {
    fn scan_ref(&self, scan: u32) -> Result<&Scan, Failure> {
        let found = self.scans.iter().find(|(number, _)| *number == scan);
        found.map(|(_, scan)| scan).ok_or_else(|| fail(Code::StepOutOfOrder))
    }

    fn both(&mut self, scan: u32) -> Result<(&mut Open, &mut Scan), Failure> {
        let found = self.scans.iter_mut().find(|(number, _)| *number == scan);
        let both = self.open.as_mut().zip(found.map(|(_, scan)| scan));
        both.ok_or_else(|| fail(Code::StepOutOfOrder))
    }
}

fn unwrap(task: &ToOpen, ring: &KeyRing) -> Opened {
    let key = ring.find(&task.key);
    Opened(key.and_then(|key| task.info.unwrap(key).ok()).map(|key| key.into_bytes()))
}

/// What the caller does next; an answer is kept until the hub has it.
fn take(open: &mut Open, scan: &mut Scan, next: Next) -> Result<String, Failure> {
    let next = match next {
        Next::Answer(envelope) => {
            open.state.answers.extend(scan.phone.snapshot());
            json!({"do": "answer", "body": base64url(&envelope)})
        }
        Next::Offer(envelope) => json!({"do": "offer", "body": base64url(&envelope)}),
        Next::Reject(code) => json!({"do": "reject", "code": code.name()}),
        Next::Sign(to_sign) => {
            scan.to_sign = to_sign;
            json!({"do": "sign"})
        }
        _ => json!({"do": "wait"}),
    };
    write(&next)
}
