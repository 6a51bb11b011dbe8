//! What `yinxin vectors export` writes, judged in WASM: built for tests, never shipped.
//!
//! Everything a case expects is recomputed from what stands in the case and beside it; the
//! expectation itself is not shown to this module.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::key::pkcs8;
use yinxin::session::channel::{Binding, ChannelKey, DisplayKey, Sid, Step};
use yinxin::session::check::{CheckedRequest, Known};
use yinxin::session::display::{Language, Shown};
use yinxin::session::frame::{self, QrSecret, SentFrame};
use yinxin::session::matching::MatchSecret;
use yinxin::session::statement::{AnswerParts, Expected, Judge, VerifiedStatement};
use yinxin::session::transcript::Transcript;
use yinxin::session::trust_list::TrustList;
use yinxin::session::wire::{
    Delivery, Evidence, HubReceipt, HubReceiptKind, HubTime, PlatformReceipt, Product, Request,
    RoutingHeader, Witness,
};
use yinxin::session::{Code, Refused, Suite};
use yinxin::{Certificate, Digest, TrustStore, base64, json as strict};

use crate::error::Failure;

/// What this module makes of a case: JSON, in the form of the case's own `expect`.
#[wasm_bindgen(js_name = judgeVector)]
pub fn judge_vector(kind: &str, suite: &str, shared: &str, case: &str) -> Result<String, Failure> {
    let suite = if suite == "nist" { Suite::Nist } else { Suite::Sm };
    let vector = Vector { suite, shared: value(shared)?, case: value(case)? };
    let found = match kind {
        "codes" => vector.code(),
        "derived" => vector.derived(),
        "envelope" => vector.envelope(),
        "frame" => vector.frame(),
        "json" => vector.json(),
        "keyed" => vector.keyed(),
        "object" => vector.object(),
        "request" => vector.request(),
        "statement" => vector.statement(),
        _ => Err(malformed("kind")),
    };
    Ok(found?.to_string())
}

fn value(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|_| malformed("JSON"))
}

fn malformed(what: &str) -> Failure {
    Failure::misuse("malformed", what)
}

fn octets(octets: impl AsRef<[u8]>) -> Value {
    Value::from(base64::encode_url(octets.as_ref()))
}

fn outcome<T>(result: Result<T, Refused>, ok: impl FnOnce(T) -> Value) -> Value {
    match result {
        Ok(value) => json!({"ok": ok(value)}),
        Err(refused) => json!({"code": refused.code.name()}),
    }
}

/// A case, and what it shares with the others of its file.
struct Vector {
    suite: Suite,
    shared: Value,
    case: Value,
}

type Found = Result<Value, Failure>;

impl Vector {
    fn member(&self, name: &str) -> Result<&Value, Failure> {
        let found = self.case.get(name).or_else(|| self.shared.get(name));
        found.ok_or_else(|| malformed(name))
    }

    fn text(&self, name: &str) -> Result<&str, Failure> {
        self.member(name)?.as_str().ok_or_else(|| malformed(name))
    }

    fn number(&self, name: &str) -> Result<u64, Failure> {
        self.member(name)?.as_u64().ok_or_else(|| malformed(name))
    }

    fn octets(&self, name: &str) -> Result<Vec<u8>, Failure> {
        base64::decode_url(self.text(name)?.as_bytes()).map_err(|_| malformed(name))
    }

    fn array<const N: usize>(&self, name: &str) -> Result<[u8; N], Failure> {
        self.octets(name)?.try_into().map_err(|_| malformed(name))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<T, Failure> {
        serde_json::from_value(self.member(name)?.clone()).map_err(|_| malformed(name))
    }

    fn digest(&self, name: &str) -> Result<Digest, Failure> {
        Ok(Digest::from_bytes(self.suite.digest(), &self.octets(name)?)?)
    }

    fn certificate(&self, name: &str) -> Result<Certificate, Failure> {
        Ok(Certificate::from_der(&self.octets(name)?)?)
    }

    fn binding(&self) -> Result<Binding, Failure> {
        let request = self.digest("requestDigest")?;
        Ok(Binding { suite: self.suite, sid: Sid(self.array("sid")?), request })
    }

    fn display(&self) -> Result<DisplayKey, Failure> {
        Ok(DisplayKey::from_bytes(self.array("displayKey")?))
    }

    /// A row of the catalogue, as this module has it.
    fn code(&self) -> Found {
        let name = self.text("code")?;
        let rows: Vec<Value> =
            serde_json::from_str(&Code::catalogue()).map_err(|_| malformed("catalogue"))?;
        let mut rows = rows.into_iter();
        let row = rows.find(|row| row.get("code").and_then(Value::as_str) == Some(name));
        row.ok_or_else(|| malformed(name))
    }

    fn json(&self) -> Found {
        let fits = strict::check(&self.octets("text")?).is_ok();
        Ok(Value::from(if fits { "ok" } else { "refused" }))
    }

    fn frame(&self) -> Found {
        let secret = QrSecret::from_bytes(self.array("qrSecret")?);
        if self.case.get("sent").is_some() {
            let age = u32::try_from(self.number("age")?).map_err(|_| malformed("age"))?;
            let checked = SentFrame::from_bytes(&self.octets("sent")?)
                .and_then(|sent| secret.check(self.suite, &sent, age).map(|()| true));
            return Ok(outcome(checked, Value::from));
        }
        if self.case.get("text").is_some() {
            let read = frame::scan(self.text("text")?, &[self.text("hub")?]);
            return Ok(outcome(read, |scanned| {
                json!({
                    "sent": octets(scanned.frame.to_bytes()),
                    "displayKey": octets(scanned.display.as_bytes()),
                })
            }));
        }
        let age = u32::try_from(self.number("age")?).map_err(|_| malformed("age"))?;
        let sid = Sid(self.array("sid")?);
        let drawn = secret.draw(self.suite, self.text("host")?, sid, age, &self.display()?);
        Ok(outcome(drawn, Value::from))
    }

    fn derived(&self) -> Found {
        let binding = self.binding()?;
        if self.text("name")? == "match" {
            let secret = MatchSecret::from_bytes(self.array("m")?);
            let (suite, sid, request) = (binding.suite, binding.sid, &binding.request);
            return Ok(json!({
                "number": secret.number(suite, sid, request),
                "choices": secret.choices(suite, sid, request),
            }));
        }
        let mut transcript = Transcript::new(&binding, &self.octets("hello")?);
        if !self.member("offer")?.is_null() {
            transcript = transcript.offer(&binding, &self.octets("offer")?);
        }
        for text in self.read::<Vec<String>>("prepared")? {
            let message = base64::decode_url(text.as_bytes()).map_err(|_| malformed("prepared"))?;
            transcript = transcript.prepared(&binding, &message);
        }
        Ok(octets(transcript.digest(&binding)))
    }

    fn envelope(&self) -> Found {
        let step = match self.text("step")? {
            "answer" => Step::Answer,
            "hello" => Step::Hello,
            "offer" => Step::Offer,
            "reject" => Step::Reject,
            _ => return Err(malformed("step")),
        };
        let key = self.member("replyKey")?.get("pkcs8").and_then(Value::as_str);
        let key = key.and_then(|text| base64::decode_url(text.as_bytes()).ok());
        let key = pkcs8::read(&key.ok_or_else(|| malformed("replyKey"))?)?.into_decryption();
        let opened = self.binding()?.open(step, &self.octets("envelope")?, &key, &self.display()?);
        Ok(outcome(opened, |plain| octets(&plain[..])))
    }

    fn keyed(&self) -> Found {
        let (binding, sealed) = (self.binding()?, self.octets("sealed")?);
        Ok(match self.text("name")? {
            "request" => {
                let opened = self.display()?.open_request(self.suite, &binding.request, &sealed);
                outcome(opened, octets)
            }
            "prepared" => {
                let key = ChannelKey::from_bytes(self.array("channelKey")?);
                let index = u32::try_from(self.number("index")?).map_err(|_| malformed("index"))?;
                let opened = key.open(&binding, &self.digest("offerDigest")?, index, &sealed);
                outcome(opened, |plain| octets(&plain[..]))
            }
            _ => {
                let secret = MatchSecret::from_bytes(self.array("m")?);
                outcome(secret.take_over(&binding, &sealed), |key| octets(key.as_bytes()))
            }
        })
    }

    fn object(&self) -> Found {
        let (der, keys) = (self.octets("object")?, [self.certificate("hubKey")?]);
        let request = self.octets("requestDigest")?;
        Ok(match self.text("kind")? {
            "evidence" => outcome(
                Evidence::read(&der, Witness::Hub, &keys),
                |evidence| json!({"code": evidence.code.name()}),
            ),
            "hubReceipt" => {
                let kind = match self.text("as")? {
                    "delivered" => HubReceiptKind::Delivered,
                    _ => HubReceiptKind::Stored,
                };
                let answer = self.octets("answerDigest")?;
                let delivery = Delivery {
                    hub: self.text("hub")?,
                    sid: Sid(self.array("sid")?),
                    request_digest: &request,
                    answer_digest: &answer,
                    scene: self.read("scene")?,
                };
                let read = HubReceipt::read(&der, kind, delivery, &keys);
                outcome(read, |receipt| json!({"at": receipt.at}))
            }
            "hubTime" => {
                let nonce = self.octets("phoneNonce")?;
                let read = HubTime::read(&der, self.text("hub")?, &nonce, &keys);
                outcome(read, |time| json!({"at": time.at, "listNumber": time.list_number}))
            }
            _ => {
                let own = [self.certificate("platformKey")?];
                let statement = self.octets("statementDigest")?;
                let read = PlatformReceipt::read(&der, "P-1", &request, &statement, &own);
                outcome(read, |receipt| json!({"code": receipt.code}))
            }
        })
    }

    fn request(&self) -> Found {
        let (hub, now) = (self.text("hub")?, self.number("now")?);
        let signer = self.certificate("listSigner")?;
        let list = TrustList::read(&self.octets("trustList")?, hub, &[signer], None)?;
        let header: RoutingHeader = self.read("header")?;
        let known = Known { hub, list: &list, now };
        let checked = CheckedRequest::new(&self.octets("request")?, &header, known)
            .and_then(|request| Shown::new(&request, Language::English).map(|own| (request, own)));
        Ok(outcome(checked, |(request, shown)| {
            json!({
                "requestDigest": octets(request.digest()),
                "displayDigest": octets(shown.digest()),
            })
        }))
    }

    fn statement(&self) -> Found {
        let text = self.octets("request")?;
        let request = Request::read(&text)?;
        let products: Vec<Product> = self.read("products")?;
        let (statement, shown) = (self.octets("statement")?, self.octets("shown")?);
        let mut trust = TrustStore::new();
        trust.add(self.certificate("root")?, &[]);
        let digest = self.suite.digest().digest(&text);
        let verified = VerifiedStatement::new(
            AnswerParts { statement: &statement, shown: &shown, products: &products },
            Expected {
                request: &request,
                digest: &digest,
                sid: Sid(self.array("sid")?),
                transcript: None,
            },
            Judge {
                trust: &trust,
                revocation: None,
                require_revocation: false,
                now: self.number("now")?,
            },
        );
        Ok(outcome(verified, |own| {
            let holder = own.path().first().map(|own| own.holder().name().to_owned());
            json!({"statementDigest": octets(own.digest()), "holder": holder})
        }))
    }
}
