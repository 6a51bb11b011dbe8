//! Judging an answer: certificates, paths and CMS, which a page does not need before somebody has
//! answered.

use core::fmt;

use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::TrustStore;
use yinxin::session::statement::{Judge, Question};
use yinxin::session::wire::Request;
use yinxin::session::{Code, Refused};
use yinxin::verify::answer;

use crate::error::Failure;
use crate::number::whole;

/// Who judges the answers of a page (核验者), by the roots of holders' certificates.
#[wasm_bindgen]
pub struct JudgeHandle(TrustStore);

#[wasm_bindgen]
impl JudgeHandle {
    /// A judge by these roots, PEM, of answers to this request, which is read as strictly as a phone
    /// reads it.
    ///
    /// # Errors
    ///
    /// Those of certificates; `request_malformed`: the platform mends it.
    #[wasm_bindgen(constructor)]
    pub fn new(anchors: &[u8], request: &[u8]) -> Result<Self, Failure> {
        Request::read(request)?;
        Ok(Self(TrustStore::from_pem(anchors)?))
    }

    /// Judges the answer of a page's question, at a time in seconds since 1970: JSON `{verdict,
    /// answer}`. The verdict goes to the page that asked, as it is; the answer is what the statement
    /// says.
    ///
    /// # Errors
    ///
    /// `answer_signature`, `answer_binding`, `certificate_status`.
    pub fn judge(&self, question: &str, now: f64) -> Result<String, Failure> {
        let internal = || Failure::from(Refused::from(Code::Internal));
        let question = Question::read(question.as_bytes())?;
        let judge =
            Judge { trust: &self.0, revocation: None, require_revocation: false, now: whole(now) };
        let verified = question.judge(judge)?;
        let Question { statement, shown, products, .. } = &question;
        let answer = answer::verified(verified.statement(), &statement.0, &shown.0, products)?;
        let verdict = String::from_utf8(verified.verdict().write()?).map_err(|_| internal())?;
        Ok(json!({"verdict": verdict, "answer": answer}).to_string())
    }
}

impl fmt::Debug for JudgeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JudgeHandle(..)")
    }
}
