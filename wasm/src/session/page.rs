//! A page's half of a session: it draws codes, reads what the phone says, and hands on no answer
//! before a [`crate::answer`] judged it, in a module of its own.

use core::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::session::page::{Output, Page, PageKey, Shown, Snapshot};
use yinxin::session::statement::Verdict;
use yinxin::session::wire::http::{self, Event};
use yinxin::session::wire::{Binary, Browser, RevokeAct, SealAct, Ticket};
use yinxin::session::{Code, Suite};
use zeroize::Zeroizing;

use super::frame::Frame;
use super::text::{base64url, fail, octets, read, write};
use crate::error::Failure;
use crate::key::ContentKeyHandle;
use crate::number::{number, whole};
use crate::random::random;
use crate::rest;

/// A page before its session is open: its reply key was drawn.
#[wasm_bindgen]
pub struct PageKeyHandle(PageKey);

#[wasm_bindgen]
impl PageKeyHandle {
    /// Draws a reply key for a page of `origin`; `nonce` is the platform's, base64url.
    ///
    /// # Errors
    ///
    /// `suite_unsupported`, `request_malformed`: the platform mends it.
    #[wasm_bindgen(constructor)]
    pub fn new(suite: &str, origin: &str, nonce: &str) -> Result<Self, Failure> {
        let suite = Suite::ALL.into_iter().find(|own| own.name() == suite);
        let suite = suite.ok_or_else(|| fail(Code::SuiteUnsupported))?;
        let nonce = octets(nonce, Code::RequestMalformed)?;
        Ok(Self(PageKey::new(suite, origin, nonce, &mut random())))
    }

    /// What the browser's own key signs with SHA-256, so that a phone knows it again.
    #[wasm_bindgen(js_name = browserBytes)]
    #[must_use]
    pub fn browser_bytes(&self) -> Vec<u8> {
        self.0.browser_bytes()
    }

    /// What the platform is asked with, JSON. `signature` is DER or the 64 octets of WebCrypto.
    ///
    /// # Errors
    ///
    /// `request_malformed`.
    pub fn begin(
        &self,
        browser_key: Option<Vec<u8>>,
        signature: Option<Vec<u8>>,
        hub: Option<String>,
    ) -> Result<String, Failure> {
        let browser = browser_key.zip(signature).map(|(key, signature)| Browser {
            key: Binary(key),
            signature: Binary(to_der(signature)),
        });
        let mut begin = self.0.begin(browser);
        if let Some(hub) = hub {
            begin = begin.at(hub);
        }
        String::from_utf8(begin.write()?).map_err(|_| fail(Code::RequestMalformed))
    }

    /// Takes the platform's answer, `{digest, ticket}` as it came, and the roots of holders'
    /// certificates, which are kept as they are for who judges. This handle is used up, whatever
    /// comes of it.
    ///
    /// # Errors
    ///
    /// `request_malformed`: the request is not the one that this page began; the platform mends it.
    pub fn open(
        self,
        opened: Vec<u8>,
        anchors: Vec<u8>,
        steady: f64,
    ) -> Result<PageHandle, Failure> {
        let opened = Zeroizing::new(opened);
        let opened: Opened =
            yinxin::json::parse(&opened).map_err(|_| fail(Code::RequestMalformed))?;
        // Read once more as what it must be: its `typ` is this protocol's.
        let text = Zeroizing::new(opened.ticket.write()?);
        let ticket = Ticket::read(&text)?;
        let digest = base64url(&opened.digest.0);
        let page = Page::judged_elsewhere(self.0, ticket, whole(steady))?;
        Ok(PageHandle { page, anchors, digest })
    }
}

impl fmt::Debug for PageKeyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageKeyHandle(..)")
    }
}

/// What a platform answers a page with. Members of newer platforms are passed over.
#[derive(Deserialize)]
struct Opened {
    digest: Binary,
    ticket: Ticket,
}

/// WebCrypto gives r‖s; certificates and sessions have DER.
fn to_der(signature: Vec<u8>) -> Vec<u8> {
    let Some((r, s)) = signature.split_at_checked(32).filter(|(_, s)| s.len() == 32) else {
        return signature;
    };
    // A DER signature of 64 octets begins with 30 3e.
    if signature.starts_with(&[0x30, 0x3e]) {
        return signature;
    }
    yinxin::der::Writer::build(|w| {
        w.sequence(|w| {
            w.unsigned(r);
            w.unsigned(s);
        });
    })
}

/// A page with its open session.
#[wasm_bindgen]
pub struct PageHandle {
    page: Page<Verdict>,
    anchors: Vec<u8>,
    digest: String,
}

/// What is kept over a reload: the page itself, and what is around it.
#[derive(Deserialize, Serialize)]
struct Kept {
    page: Binary,
    digest: String,
    anchors: Binary,
}

#[wasm_bindgen]
impl PageHandle {
    /// What the session is: JSON `{scene, suite, sid, digest, expiresAt, hubNow, shortCode}`, times in
    /// seconds since 1970, UTC.
    ///
    /// # Errors
    ///
    /// `internal`.
    pub fn summary(&self) -> Result<String, Failure> {
        let ticket = self.page.ticket();
        write(&json!({
            "scene": self.page.scene(),
            "suite": self.page.suite(),
            "sid": http::sid_text(ticket.sid()),
            "digest": self.digest,
            "expiresAt": self.page.expires_at(),
            "hubNow": ticket.hub_now,
            "shortCode": ticket.short_code,
        }))
    }

    /// The value of the `Authorization` header for the hub.
    #[must_use]
    pub fn authorization(&self) -> String {
        http::bearer(&self.page.ticket().page_token)
    }

    /// The path of events after the last one, for a poll that waits so many seconds.
    #[wasm_bindgen(js_name = eventsPath)]
    #[must_use]
    pub fn events_path(&self, wait: f64) -> String {
        http::path::events(self.page.ticket().sid(), self.page.last_event(), whole(wait))
    }

    /// The number of the last event.
    #[wasm_bindgen(js_name = lastEvent)]
    #[must_use]
    pub fn last_event(&self) -> f64 {
        number(self.page.last_event())
    }

    /// The code that is due, drawn: JSON `{text, size, modules, path}`; nothing once a phone has
    /// scanned or the code is over.
    ///
    /// # Errors
    ///
    /// `qr_too_long`: the hub mends it.
    pub fn frame(&self, steady: f64) -> Result<Option<String>, Failure> {
        match self.page.frame(whole(steady))? {
            Some(text) => write(&Frame::new(text)?).map(Some),
            None => Ok(None),
        }
    }

    /// When the next frame or time-out is due, by the steady clock in milliseconds.
    #[wasm_bindgen(js_name = pollTimeout)]
    #[must_use]
    pub fn poll_timeout(&self, steady: f64) -> Option<f64> {
        self.page.poll_timeout(whole(steady)).map(number)
    }

    /// Time went by.
    #[wasm_bindgen(js_name = handleTimeout)]
    pub fn handle_timeout(&mut self, steady: f64) {
        self.page.handle_timeout(whole(steady));
    }

    /// The hub was heard; `hub_now` is its clock where it said it, seconds since 1970.
    pub fn heard(&mut self, hub_now: Option<f64>, steady: f64) {
        self.page.heard(hub_now.map(whole), whole(steady));
    }

    /// Takes an event of the hub, JSON.
    ///
    /// # Errors
    ///
    /// Those of the page's machine; `request_malformed` for what is no event.
    #[wasm_bindgen(js_name = handleEvent)]
    pub fn handle_event(&mut self, event: &str) -> Result<(), Failure> {
        let event: Event = read(event, Code::RequestMalformed)?;
        self.page.handle_event(&event, &mut random()).map_err(Failure::from)
    }

    /// The request's octets: a `JudgeHandle` reads all of it.
    #[must_use]
    pub fn request(&self) -> Vec<u8> {
        self.page.ticket().request.0.clone()
    }

    /// The roots of holders' certificates, as they came.
    #[must_use]
    pub fn anchors(&self) -> Vec<u8> {
        self.anchors.clone()
    }

    /// The answer that waits to be judged, for a `JudgeHandle`: JSON. There are no secrets in it.
    ///
    /// # Errors
    ///
    /// `internal`.
    pub fn question(&self) -> Result<Option<String>, Failure> {
        let Some(question) = self.page.question() else { return Ok(None) };
        String::from_utf8(question.write()?).map(Some).map_err(|_| fail(Code::Internal))
    }

    /// What the `JudgeHandle` came to: the answer is believed now.
    ///
    /// # Errors
    ///
    /// `answer_binding` for the verdict on another answer, `commitment_mismatch` for keys that are
    /// not those of the bids, `step_out_of_order` when no answer waits.
    pub fn accept(&mut self, verdict: &str) -> Result<(), Failure> {
        self.page.accept(Verdict::read(verdict.as_bytes())?).map_err(Failure::from)
    }

    /// What to do next: JSON with `do`; ask until there is nothing.
    ///
    /// | `do` | members |
    /// |---|---|
    /// | `judge` | none: the answer's [`question`](Self::question) waits |
    /// | `refetch` | `after` |
    /// | `post` | `path`, `body` in base64url |
    /// | `show` | `what`: answered; declined `word`; ended `code`; hubSilent; offered; scanned `holder` `number`; shortCode `code` |
    ///
    /// # Errors
    ///
    /// `internal`.
    #[wasm_bindgen(js_name = pollOutput)]
    pub fn poll_output(&mut self) -> Result<Option<String>, Failure> {
        let Some(output) = self.page.poll_output() else { return Ok(None) };
        let sid = self.page.ticket().sid();
        let post = |path: String, body: &[u8]| json!({"do": "post", "path": path, "body": base64url(body)});
        let output = match output {
            Output::Judge => json!({"do": "judge"}),
            Output::Refetch(after) => json!({"do": "refetch", "after": after}),
            Output::Post { action, body } => post(http::path::step(sid, action), &body),
            Output::Prepared { index, count, body } => {
                post(http::path::prepared(sid, index, count), &body)
            }
            Output::Show(shown) => show(&shown),
            _ => return Err(fail(Code::Internal)),
        };
        write(&output).map(Some)
    }

    /// Whether the session is over.
    #[wasm_bindgen(js_name = isFinal)]
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.page.is_final()
    }

    /// What the phone offered: JSON `{certificates, seals, files}`, octets in base64url.
    ///
    /// # Errors
    ///
    /// `internal`.
    pub fn offer(&self) -> Result<Option<String>, Failure> {
        let Some(offer) = self.page.offer() else { return Ok(None) };
        let offer = json!({
            "certificates": offer.certificates,
            "seals": offer.seals,
            "files": offer.files,
        });
        write(&offer).map(Some)
    }

    /// How many files were prepared, and how many there are: JSON `[done, total]`; nothing without an
    /// offer.
    ///
    /// # Errors
    ///
    /// `internal`.
    pub fn prepared(&self) -> Result<Option<String>, Failure> {
        self.page.prepared().map(|counts| write(&counts)).transpose()
    }

    /// The next file was prepared: `act` is JSON `{placements, dataHash, property, parts?}`, `time`
    /// what its structure says.
    ///
    /// # Errors
    ///
    /// `step_out_of_order`, `offer_mismatch`.
    #[wasm_bindgen(js_name = prepareSeal)]
    pub fn prepare_seal(&mut self, act: &str, time: f64) -> Result<(), Failure> {
        let act: SealAct = read(act, Code::OfferMismatch)?;
        self.page.prepare_seal(act, whole(time), &mut random()).map_err(Failure::from)
    }

    /// A seal was taken out of the file: `act` is JSON `{signature, seal, signatureDigest, before,
    /// after, restored}`.
    ///
    /// # Errors
    ///
    /// `step_out_of_order`, `offer_mismatch`.
    #[wasm_bindgen(js_name = prepareRevocation)]
    pub fn prepare_revocation(&mut self, act: &str, time: f64) -> Result<(), Failure> {
        let act: RevokeAct = read(act, Code::OfferMismatch)?;
        self.page.prepare_revocation(act, whole(time), &mut random()).map_err(Failure::from)
    }

    /// The part of the answer that goes to the platform, JSON. There are no secrets in it.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` before the answer.
    pub fn result(&self) -> Result<String, Failure> {
        let answered = self.page.answered().ok_or_else(|| fail(Code::StepOutOfOrder))?;
        let result = answered.result.write()?;
        String::from_utf8(result).map_err(|_| fail(Code::AnswerBinding))
    }

    /// The content keys that a decryption released, by handles.
    #[wasm_bindgen(js_name = contentKeys)]
    #[must_use]
    pub fn content_keys(&self) -> Vec<ContentKeyHandle> {
        let Some(answered) = self.page.answered() else { return Vec::new() };
        let mut keys = Vec::new();
        for id in answered.secrets.ids() {
            for (segment, key) in answered.secrets.of(&id) {
                keys.push(ContentKeyHandle::new(id.clone(), segment.to_owned(), key));
            }
        }
        keys
    }

    /// The platform took the result: the hub is told.
    ///
    /// # Errors
    ///
    /// `step_out_of_order`.
    pub fn acknowledge(&mut self) -> Result<(), Failure> {
        self.page.acknowledge().map_err(Failure::from)
    }

    /// The visitor is not whose name is shown.
    ///
    /// # Errors
    ///
    /// `step_out_of_order`.
    #[wasm_bindgen(js_name = notMe)]
    pub fn not_me(&mut self) -> Result<(), Failure> {
        self.page.not_me().map_err(Failure::from)
    }

    /// The visitor gives up.
    ///
    /// # Errors
    ///
    /// `step_out_of_order`.
    pub fn cancel(&mut self) -> Result<(), Failure> {
        self.page.cancel().map_err(Failure::from)
    }

    /// What to keep over a reload, sealed under a key made of `secret`, which is at least 16 octets
    /// that only this browser has. What comes out may lie in `sessionStorage`.
    ///
    /// # Errors
    ///
    /// `storage_refused`.
    pub fn snapshot(&self, secret: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let secret = Zeroizing::new(secret);
        let page = self.page.snapshot().write()?;
        let mut kept = Kept {
            page: Binary(page.to_vec()),
            digest: self.digest.clone(),
            anchors: Binary(self.anchors.clone()),
        };
        let text = yinxin::json::write(&kept).map_err(|_| fail(Code::StorageRefused));
        zeroize::Zeroize::zeroize(&mut kept.page.0);
        rest::seal(AT_REST, &secret, text?)
    }

    /// Takes a session up again. All its events are to be fetched, from the first on.
    ///
    /// # Errors
    ///
    /// `storage_refused` for what was not kept by this browser, or was changed.
    pub fn restore(sealed: &[u8], secret: Vec<u8>, steady: f64) -> Result<Self, Failure> {
        let secret = Zeroizing::new(secret);
        let refused = || fail(Code::StorageRefused);
        let text = rest::open(AT_REST, &secret, sealed)?;
        let kept: Kept = yinxin::json::parse(&text).map_err(|_| refused())?;
        let page = Zeroizing::new(kept.page.0);
        let page = Page::restore_judged_elsewhere(&Snapshot::read(&page)?, whole(steady))?;
        Ok(Self { page, anchors: kept.anchors.0, digest: kept.digest })
    }
}

impl fmt::Debug for PageHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageHandle(..)")
    }
}

/// What a page at rest is sealed as.
const AT_REST: &str = "yinxin-page-at-rest-1";

fn show(shown: &Shown) -> Value {
    match shown {
        Shown::Answered => json!({"do": "show", "what": "answered"}),
        Shown::Declined { word } => json!({"do": "show", "what": "declined", "word": word}),
        Shown::Ended(code) => json!({"do": "show", "what": "ended", "code": code.name()}),
        Shown::HubSilent => json!({"do": "show", "what": "hubSilent"}),
        Shown::Offered => json!({"do": "show", "what": "offered"}),
        Shown::Scanned { holder, number } => {
            json!({"do": "show", "what": "scanned", "holder": holder, "number": number})
        }
        Shown::ShortCode(code) => json!({"do": "show", "what": "shortCode", "code": code}),
        _ => json!({"do": "show", "what": "other"}),
    }
}
