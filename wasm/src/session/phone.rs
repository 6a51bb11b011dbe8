//! A web phone: it holds certificates and keys under a PIN, shows what is asked, and lets nothing
//! out that its person did not confirm.
//!
//! ```text
//! create ─▶ blob          load(blob) ─▶ beginPin, keep the blob, unlock ─▶ …
//! scan ─▶ to the hub ─▶ bound ─▶ check ─▶ view, hello ─▶ matchNumber ─▶ beginPin … confirm
//!                                                  └─▶ offer ─▶ prepared × n ─▶ sign ─▶ answer
//! ```
//!
//! After every call that says so the caller stores [`PhoneHandle::blob`] before it sends anything.

use core::fmt;

use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::key::ring::KeyRing;
use yinxin::session::Code;
use yinxin::session::phone::{Phone, PinAttempt, PinCounter, PinPassed};
use yinxin::session::wire::HubReceiptKind;
use yinxin::session::wire::http::{self, Action};
use yinxin::verify::history;

use self::scan::Scan;
use self::store::{Blob, Open};
use super::text::{base64url, fail, octets, write};
use crate::error::Failure;
use crate::number::whole;

mod hold;
mod scan;
mod store;
mod view;

/// A web phone.
#[wasm_bindgen]
pub struct PhoneHandle {
    blob: Blob,
    open: Option<Open>,
    attempt: Option<PinAttempt>,
    /// The unit allows seals and opened bids to be asked for by a typed code.
    typed_codes: bool,
    /// By their numbers, the oldest first: one that waits for its receipts does not hinder the next.
    scans: Vec<(u32, Scan)>,
    /// The number of the next one.
    next: u32,
}

#[wasm_bindgen]
impl PhoneHandle {
    /// A new phone under a PIN of at least six characters; it is unlocked.
    ///
    /// # Errors
    ///
    /// `pin_wrong` for a shorter one.
    pub fn create(pin: &str) -> Result<Self, Failure> {
        let open = Open::new()?;
        let blob = open.seal(pin, PinCounter::default())?;
        Ok(Self::new(blob, Some(open)))
    }

    /// A phone as it was kept; it is locked.
    ///
    /// # Errors
    ///
    /// `storage_refused` for what is none.
    pub fn load(blob: &[u8]) -> Result<Self, Failure> {
        let blob = Blob::read(blob)?;
        Ok(Self::new(blob, None))
    }

    /// What is to be kept. Nothing of it can be read without the PIN, but for how many wrong ones
    /// came.
    ///
    /// # Errors
    ///
    /// `storage_refused`.
    pub fn blob(&mut self) -> Result<Vec<u8>, Failure> {
        if let Some(open) = &self.open {
            open.keep(&mut self.blob)?;
        }
        self.blob.write()
    }

    /// Counts a PIN before it is tried: keep the blob next, so that nobody gains a try by closing
    /// the page.
    ///
    /// # Errors
    ///
    /// `pin_locked`.
    #[wasm_bindgen(js_name = beginPin)]
    pub fn begin_pin(&mut self) -> Result<(), Failure> {
        self.attempt = Some(self.blob.pin.begin()?);
        Ok(())
    }

    /// Opens the phone, after [`begin_pin`](Self::begin_pin).
    ///
    /// # Errors
    ///
    /// `pin_wrong` with the tries that are `left`, `pin_locked`, `step_out_of_order`.
    pub fn unlock(&mut self, pin: &str) -> Result<(), Failure> {
        let (ring, _passed) = self.pass(pin)?;
        if self.open.is_none() {
            self.open = Some(Open::read(&self.blob, ring)?);
        }
        Ok(())
    }

    /// Forgets keys and scans until the next PIN.
    ///
    /// # Errors
    ///
    /// `storage_refused`; it is locked all the same.
    pub fn lock(&mut self) -> Result<(), Failure> {
        self.scans.clear();
        match self.open.take() {
            Some(open) => open.keep(&mut self.blob),
            None => Ok(()),
        }
    }

    /// Whether it is locked.
    #[wasm_bindgen(js_name = isLocked)]
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.open.is_none()
    }

    /// Changes the PIN, after [`begin_pin`](Self::begin_pin): no browser is trusted any more.
    ///
    /// # Errors
    ///
    /// As [`unlock`](Self::unlock).
    #[wasm_bindgen(js_name = changePin)]
    pub fn change_pin(&mut self, old: &str, new: &str) -> Result<(), Failure> {
        let _passed = self.pass(old)?;
        let counter = self.blob.pin.clone();
        let open = self.open_mut()?;
        let browsers = open.state.memory.browsers.clone();
        open.state.memory.browsers.revoke_all();
        match open.seal(new, counter) {
            Ok(blob) => {
                self.blob = blob;
                Ok(())
            }
            Err(error) => {
                open.state.memory.browsers = browsers;
                Err(error)
            }
        }
    }

    /// Whether the unit allows `decrypt` and `signature` to be asked for by a typed code.
    #[wasm_bindgen(js_name = allowTypedCodes)]
    pub fn allow_typed_codes(&mut self, allowed: bool) {
        self.typed_codes = allowed;
    }

    /// The answers that hubs may not have yet, the oldest first: JSON list of `{hub, url, authorization,
    /// confirmPath, answerPath, request, body}`.
    ///
    /// # Errors
    ///
    /// `storage_refused`.
    pub fn unsent(&self) -> Result<String, Failure> {
        let open = self.open_ref()?;
        let mut unsent = Vec::new();
        for snapshot in &open.state.answers {
            let phone = Phone::restore(snapshot)?;
            let (Some(sid), Some(token), Some(answer)) =
                (phone.sid(), phone.token(), phone.answer())
            else {
                continue;
            };
            let url = open.state.hubs.iter().find(|entry| entry.hub.host == phone.hub());
            unsent.push(json!({
                "hub": phone.hub(),
                "url": url.map(|entry| &entry.url),
                "authorization": http::bearer(token),
                "confirmPath": http::path::step(sid, Action::Confirm),
                "answerPath": http::path::step(sid, Action::Answer),
                "request": base64url(snapshot.request()),
                "body": base64url(answer),
            }));
        }
        write(&unsent)
    }

    /// The hub has the answer to the request of this digest, base64url: it need not be sent again. Keep
    /// the blob next.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` while it is locked.
    pub fn sent(&mut self, request: &str) -> Result<(), Failure> {
        let request = octets(request, Code::SessionUnknown)?;
        self.open_mut()?.state.answers.retain(|answer| answer.request() != request);
        Ok(())
    }

    /// Takes a receipt: `kind` is `stored`, `delivered` (the hub's) or `platform`; `request` the
    /// digest of the request, base64url. Gives how far the answer got: `released`, `stored`,
    /// `delivered`, `refused`, `accepted`. Keep the blob next.
    ///
    /// # Errors
    ///
    /// `answer_signature`, `answer_binding`, `session_unknown`.
    #[wasm_bindgen(js_name = takeReceipt)]
    pub fn take_receipt(
        &mut self,
        request: &str,
        kind: &str,
        der: &[u8],
    ) -> Result<String, Failure> {
        let request = octets(request, Code::SessionUnknown)?;
        let open = self.open_mut()?;
        let entries = open.state.memory.history.entries();
        let entry = entries.iter().find(|entry| entry.request.0 == request);
        let host = entry.map(|entry| entry.hub.clone());
        let hub = open.hub(&host.ok_or_else(|| fail(Code::SessionUnknown))?)?;
        let list = hub.list()?;
        let history = &mut open.state.memory.history;
        let progress = match kind {
            "stored" => history.take_hub_receipt(&request, HubReceiptKind::Stored, der, list),
            "delivered" => history.take_hub_receipt(&request, HubReceiptKind::Delivered, der, list),
            "platform" => history.take_platform_receipt(&request, der, list),
            _ => return Err(fail(Code::AnswerSignature)),
        };
        Ok(progress?.name().into())
    }

    /// What was answered, the oldest first, with the receipts: JSON.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` while it is locked.
    pub fn history(&self) -> Result<String, Failure> {
        let entries = self.open_ref()?.state.memory.history.entries();
        let entries: Result<Vec<Value>, Failure> = entries
            .iter()
            .map(|entry| {
                let value = serde_json::to_value(entry).map_err(|_| fail(Code::Internal))?;
                Ok(json!({"progress": entry.progress().name(), "entry": value}))
            })
            .collect();
        write(&entries?)
    }

    /// An answer with everything that proves it, as a file that `yinxin verify` checks without a hub:
    /// the entry, and the trust list with its signers. `request` is the digest of its request,
    /// base64url.
    ///
    /// # Errors
    ///
    /// `session_unknown` where nothing was answered to that request.
    #[wasm_bindgen(js_name = exportAnswer)]
    pub fn export_answer(&self, request: &str) -> Result<Vec<u8>, Failure> {
        let request = octets(request, Code::SessionUnknown)?;
        let open = self.open_ref()?;
        let mut entries = open.state.memory.history.entries().iter();
        let entry = entries.find(|entry| entry.request.0 == request);
        let entry = entry.ok_or_else(|| fail(Code::SessionUnknown))?;
        Ok(history::bundle(entry, &open.hub(&entry.hub)?)?)
    }

    /// The browsers that are trusted: JSON.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` while it is locked.
    pub fn browsers(&self, now: f64) -> Result<String, Failure> {
        let browsers = self.open_ref()?.state.memory.browsers.list(whole(now));
        let browsers: Vec<Value> = browsers
            .map(|own| {
                json!({
                    "id": own.id, "origin": own.origin, "class": own.class, "kind": own.kind,
                    "since": own.since, "used": own.used,
                })
            })
            .collect();
        write(&browsers)
    }

    /// Trusts a browser no more; `false` where there is no such number. Keep the blob next.
    ///
    /// # Errors
    ///
    /// `step_out_of_order` while it is locked.
    #[wasm_bindgen(js_name = revokeBrowser)]
    pub fn revoke_browser(&mut self, id: f64) -> Result<bool, Failure> {
        Ok(self.open_mut()?.state.memory.browsers.revoke(whole(id)))
    }
}

impl PhoneHandle {
    const fn new(blob: Blob, open: Option<Open>) -> Self {
        Self { blob, open, attempt: None, typed_codes: false, scans: Vec::new(), next: 0 }
    }

    /// Tries a PIN that was counted.
    fn pass(&mut self, pin: &str) -> Result<(KeyRing, PinPassed), Failure> {
        let attempt = self.attempt.take().ok_or_else(|| fail(Code::StepOutOfOrder))?;
        match self.blob.ring(pin)? {
            Some(ring) => Ok((ring, attempt.right(&mut self.blob.pin))),
            None => Err(attempt.wrong(&self.blob.pin).into()),
        }
    }

    /// Changes what is held and seals the ring again, under a PIN that was counted: all of it or
    /// nothing.
    fn with_ring(
        &mut self,
        pin: &str,
        change: impl FnOnce(&mut Open) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.open_ref()?;
        let (ring, _passed) = self.pass(pin)?;
        // On a second copy: what is refused half way changes nothing.
        let mut blob = self.blob.clone();
        self.open_ref()?.keep(&mut blob)?;
        let mut open = Open::read(&blob, ring)?;
        change(&mut open)?;
        self.blob = open.seal(pin, self.blob.pin.clone())?;
        self.open = Some(open);
        Ok(())
    }

    fn open_ref(&self) -> Result<&Open, Failure> {
        self.open.as_ref().ok_or_else(|| fail(Code::StepOutOfOrder))
    }

    fn open_mut(&mut self) -> Result<&mut Open, Failure> {
        self.open.as_mut().ok_or_else(|| fail(Code::StepOutOfOrder))
    }
}

impl fmt::Debug for PhoneHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneHandle(..)")
    }
}
