//! What an authority's services give out, by itself: revocation lists, OCSP answers, timestamps.

use std::io::{self, Read};

use serde_json::{Value, json};
use yinxin_pki::der::{Reader, Tag};
use yinxin_pki::report::Step;
use yinxin_pki::revocation::{Crl, OcspResponse, Status};
use yinxin_pki::timestamp::{TimestampError, TimestampToken};
use yinxin_pki::{Certificate, Digest, Explain, Purpose, pem};

use crate::finding::{Ending, Failure, Finding};
use crate::judge::Trust;
use crate::message::MessageError;

/// Verifies `bytes` if they are one of these.
///
/// # Errors
///
/// They are, and cannot be read; or the content cannot.
pub fn verify(
    bytes: &[u8],
    content: Option<&mut dyn Read>,
    trust: &Trust,
) -> Result<Option<Finding>, Failure> {
    let armour = if pem::is_pem(bytes) { pem::decode(bytes).ok() } else { None };
    let label = armour.as_ref().and_then(|blocks| blocks.first()).map(|block| block.label);
    let der = armour.as_ref().and_then(|blocks| blocks.first()).map_or(bytes, |block| &block.der);
    let finding = match label {
        Some("X509 CRL") => list(der, trust)?,
        Some("OCSP RESPONSE") => answer(der, trust)?,
        Some(_) => return Ok(None),
        None => match shape(der) {
            Some(Shape::List) => list(der, trust)?,
            Some(Shape::Answer) => answer(der, trust)?,
            Some(Shape::Response) => timestamp(der, content, trust)?,
            None => match TimestampToken::from_der(der) {
                Ok(_) => timestamp(der, content, trust)?,
                Err(_) => return Ok(None),
            },
        },
    };
    Ok(Some(finding))
}

enum Shape {
    /// CertificateList.
    List,
    /// OCSPResponse.
    Answer,
    /// TimeStampResp.
    Response,
}

/// Told by the first elements, which differ from those of a certificate or a request.
fn shape(der: &[u8]) -> Option<Shape> {
    let mut outer = Reader::new(der);
    let mut first = outer.sequence().ok()?;
    // OCSPResponse ::= SEQUENCE { ENUMERATED, …
    if first.peek() == Some(Tag::ENUMERATED) {
        return Some(Shape::Answer);
    }
    let whole = first.expect(Tag::SEQUENCE).ok()?;
    let mut fields = first.enter(&whole).ok()?;
    // TimeStampResp ::= SEQUENCE { PKIStatusInfo, token? }: a token is { OID, [0] … }. What is signed
    // in a certificate, a request or a list takes more than a hundred octets.
    if fields.peek() == Some(Tag::INTEGER) && whole.raw.len() < 100 {
        return Some(Shape::Response);
    }
    // TBSCertList ::= SEQUENCE { INTEGER 1?, AlgorithmIdentifier, Name, Time, …: where a certificate
    // has its validity, a SEQUENCE.
    fields.optional(Tag::INTEGER).ok()?;
    fields.expect(Tag::SEQUENCE).ok()?;
    fields.expect(Tag::SEQUENCE).ok()?;
    matches!(fields.peek(), Some(Tag::UTC_TIME | Tag::GENERALIZED_TIME)).then_some(Shape::List)
}

/// All certificates that were given: what between, then the anchors.
fn given(trust: &Trust) -> Vec<Certificate> {
    let anchors = trust.store.anchors().iter().map(|anchor| anchor.certificate().clone());
    trust.intermediates.iter().cloned().chain(anchors).collect()
}

/// Adds the judgement of the issuer's own chain, and ends the finding.
fn conclude(
    mut finding: Finding,
    mut steps: Vec<Step>,
    own: Option<&dyn Explain>,
    issuer: &Certificate,
    trust: &Trust,
) -> Finding {
    let chain = trust.judge(issuer, &[], None, Purpose::Any, None);
    finding = finding.warn_all(chain.warnings);
    steps.extend(chain.steps);
    let ending = match own {
        Some(error) => {
            finding = finding.because(error);
            Ending::of(error.code())
        }
        None => {
            finding = match &chain.error {
                Some(_) if chain.unjudged => finding.code("trust_missing"),
                Some(error) => finding.because(error),
                None => finding,
            };
            chain.ending
        }
    };
    let verdict = if ending == Ending::Done { "valid" } else { "invalid" };
    finding.judged(ending, verdict, steps)
}

fn issuer_missing(finding: Finding, kind: &'static str) -> Finding {
    let code = "issuer_missing";
    finding.code(code).judged(Ending::Refused, "invalid", vec![Step::skipped(kind, code)])
}

fn list(der: &[u8], trust: &Trust) -> Result<Finding, Failure> {
    let crl = Crl::from_der(der)?;
    let next = crl.next_update().map(|time| time.to_string()).unwrap_or_default();
    let finding = Finding::done("valid")
        .member("kind", Value::from("crl"))
        .show("issuer", crl.issuer().to_string())
        .show("thisUpdate", crl.this_update().to_string())
        .show("nextUpdate", next)
        .line("revoked", crl.count().to_string())
        .member("revoked", Value::from(crl.count()));
    let at = trust.at.unwrap_or(trust.now);
    let candidates = given(trust);
    let named: Vec<_> =
        candidates.iter().filter(|issuer| crl.issuer().matches(issuer.subject())).collect();
    // Of several with one name, the one that signed it.
    let signed = named.iter().find(|issuer| crl.check(issuer, at, trust.now).is_ok());
    let Some(issuer) = signed.or_else(|| named.first()) else {
        return Ok(issuer_missing(finding, "crl"));
    };
    let checked = crl.check(issuer, at, trust.now);
    let step = match &checked {
        Ok(()) => Step::ok("crl"),
        Err(error) => Step::failed("crl", error),
    };
    let own = checked.as_ref().err().map(|error| -> &dyn Explain { error });
    Ok(conclude(finding, vec![step], own, issuer, trust))
}

fn answer(der: &[u8], trust: &Trust) -> Result<Finding, Failure> {
    let response = OcspResponse::from_der(der)?;
    let mut finding = Finding::done("valid").member("kind", Value::from("ocsp_response"));
    let mut answers = Vec::new();
    for (id, status) in response.answers() {
        let serial: String = id.serial().iter().map(|octet| format!("{octet:02x}")).collect();
        let name = match status {
            Status::Good => "good",
            Status::Revoked { .. } => "revoked",
            _ => "unknown",
        };
        finding = finding.line("serial", format!("{serial} {name}"));
        answers.push(json!({"serial": serial, "status": name}));
    }
    finding = finding.member("answers", Value::Array(answers));
    let candidates = given(trust);
    let of = |issuer: &&Certificate| response.answers().all(|(id, _)| id.is_of_issuer(issuer));
    let Some(issuer) = candidates.iter().find(of) else {
        return Ok(issuer_missing(finding, "ocsp"));
    };
    let checked = response.check(issuer, trust.at.unwrap_or(trust.now), trust.now);
    let step = match &checked {
        Ok(()) => Step::ok("ocsp"),
        Err(error) => Step::failed("ocsp", error),
    };
    let own = checked.as_ref().err().map(|error| -> &dyn Explain { error });
    Ok(conclude(finding, vec![step], own, issuer, trust))
}

/// A token proves the time of the content, by a trusted timestamp authority.
fn timestamp(
    der: &[u8],
    content: Option<&mut dyn Read>,
    trust: &Trust,
) -> Result<Finding, Failure> {
    let token = TimestampToken::from_der(der)?;
    let info = token.info();
    let finding = Finding::done("valid")
        .member("kind", Value::from("timestamp"))
        .show("genTime", info.time.to_string())
        .show("digest", info.digest.to_string());
    let refused = |finding: Finding, code: &'static str| {
        finding.code(code).judged(
            Ending::Refused,
            "invalid",
            vec![Step::skipped("timestamp", code)],
        )
    };
    let Some(content) = content else { return Ok(refused(finding, "content_missing")) };
    let digest = digest_of(content, &token).map_err(MessageError::from)?;
    if trust.tsa.is_empty() {
        return Ok(match digest == info.digest {
            true => refused(finding, "tsa_trust_missing"),
            false => finding.because(&TimestampError::OtherData).judged(
                Ending::Refused,
                "invalid",
                vec![Step::failed("timestamp", &TimestampError::OtherData)],
            ),
        });
    }
    let check = trust.check(&trust.tsa, trust.now).intermediates(&trust.intermediates);
    Ok(match token.verify_digest(&digest, &check) {
        Ok(verified) => finding.show("tsa", verified.authority.subject().to_string()).judged(
            Ending::Done,
            "valid",
            vec![Step::ok("timestamp")],
        ),
        Err(error) => finding.because(&error).judged(
            Ending::of(error.code()),
            "invalid",
            vec![Step::failed("timestamp", &error)],
        ),
    })
}

fn digest_of(content: &mut dyn Read, token: &TimestampToken) -> io::Result<Digest> {
    let mut hasher = token.info().algorithm.hasher();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = content.read(&mut buffer)?;
        if count == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(buffer.get(..count).unwrap_or(&[]));
    }
}
