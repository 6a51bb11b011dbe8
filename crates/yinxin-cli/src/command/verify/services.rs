//! What an authority's services give out, by itself: revocation lists, OCSP answers, timestamps.

use std::io::Read as _;

use serde_json::{Value, json};
use yinxin::der::{Reader, Tag};
use yinxin::file::Input;
use yinxin::report::Step;
use yinxin::revocation::{Crl, OcspResponse, Status};
use yinxin::timestamp::{TimestampError, TimestampToken};
use yinxin::{Certificate, Digest, Explain, Purpose, pem};

use super::Verify;
use crate::args::Globals;
use crate::output::{Exit, Failure, Of as _, Report};
use crate::progress::Bar;
use crate::trust::Trust;

/// Verifies `bytes` if they are one of these.
///
/// # Errors
///
/// They are, and cannot be read.
pub(super) fn verify(
    bytes: &[u8],
    command: &Verify,
    trust: &Trust,
    globals: &Globals,
) -> Result<Option<Report>, Failure> {
    let armour = if pem::is_pem(bytes) { pem::decode(bytes).ok() } else { None };
    let label = armour.as_ref().and_then(|blocks| blocks.first()).map(|block| block.label);
    let der = armour.as_ref().and_then(|blocks| blocks.first()).map_or(bytes, |block| &block.der);
    let report = match label {
        Some("X509 CRL") => list(der, command, trust)?,
        Some("OCSP RESPONSE") => answer(der, command, trust)?,
        Some(_) => return Ok(None),
        None => match shape(der) {
            Some(Shape::List) => list(der, command, trust)?,
            Some(Shape::Answer) => answer(der, command, trust)?,
            Some(Shape::Response) => timestamp(der, command, trust, globals)?,
            None => match TimestampToken::from_der(der) {
                Ok(_) => timestamp(der, command, trust, globals)?,
                Err(_) => return Ok(None),
            },
        },
    };
    Ok(Some(report))
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

/// Adds the judgement of the issuer's own chain, and ends the report.
fn conclude(
    mut report: Report,
    mut steps: Vec<Step>,
    own: Option<&dyn Explain>,
    issuer: &Certificate,
    trust: &Trust,
) -> Report {
    let chain = trust.judge(issuer, &[], None, Purpose::Any, None);
    report = report.warn_all(chain.warnings);
    steps.extend(chain.steps);
    let exit = match own {
        Some(error) => {
            report = report.because(error);
            Exit::of(error.code())
        }
        None => {
            report = match &chain.error {
                Some(_) if chain.unjudged => report.code("trust_missing"),
                Some(error) => report.because(error),
                None => report,
            };
            chain.exit
        }
    };
    let verdict = if exit == Exit::Done { "valid" } else { "invalid" };
    report.judged(exit, verdict, steps)
}

fn issuer_missing(report: Report, kind: &'static str) -> Report {
    let code = "issuer_missing";
    report.code(code).judged(Exit::Refused, "invalid", vec![Step::skipped(kind, code)])
}

fn list(der: &[u8], command: &Verify, trust: &Trust) -> Result<Report, Failure> {
    let crl = Crl::from_der(der).of(&command.file)?;
    let next = crl.next_update().map(|time| time.to_string()).unwrap_or_default();
    let report = Report::done("valid")
        .of(&command.file)
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
        return Ok(issuer_missing(report, "crl"));
    };
    let checked = crl.check(issuer, at, trust.now);
    let step = match &checked {
        Ok(()) => Step::ok("crl"),
        Err(error) => Step::failed("crl", error),
    };
    let own = checked.as_ref().err().map(|error| -> &dyn Explain { error });
    Ok(conclude(report, vec![step], own, issuer, trust))
}

fn answer(der: &[u8], command: &Verify, trust: &Trust) -> Result<Report, Failure> {
    let response = OcspResponse::from_der(der).of(&command.file)?;
    let mut report =
        Report::done("valid").of(&command.file).member("kind", Value::from("ocsp_response"));
    let mut answers = Vec::new();
    for (id, status) in response.answers() {
        let serial: String = id.serial().iter().map(|octet| format!("{octet:02x}")).collect();
        let name = match status {
            Status::Good => "good",
            Status::Revoked { .. } => "revoked",
            _ => "unknown",
        };
        report = report.line("serial", format!("{serial} {name}"));
        answers.push(json!({"serial": serial, "status": name}));
    }
    report = report.member("answers", Value::Array(answers));
    let candidates = given(trust);
    let of = |issuer: &&Certificate| response.answers().all(|(id, _)| id.is_of_issuer(issuer));
    let Some(issuer) = candidates.iter().find(of) else {
        return Ok(issuer_missing(report, "ocsp"));
    };
    let checked = response.check(issuer, trust.at.unwrap_or(trust.now), trust.now);
    let step = match &checked {
        Ok(()) => Step::ok("ocsp"),
        Err(error) => Step::failed("ocsp", error),
    };
    let own = checked.as_ref().err().map(|error| -> &dyn Explain { error });
    Ok(conclude(report, vec![step], own, issuer, trust))
}

/// A token proves the time of the data given as `--content`, by an authority of `--tsa-trust`.
fn timestamp(
    der: &[u8],
    command: &Verify,
    trust: &Trust,
    globals: &Globals,
) -> Result<Report, Failure> {
    let token = TimestampToken::from_der(der).of(&command.file)?;
    let info = token.info();
    let report = Report::done("valid")
        .of(&command.file)
        .member("kind", Value::from("timestamp"))
        .show("genTime", info.time.to_string())
        .show("digest", info.digest.to_string());
    let refused = |report: Report, code: &'static str| {
        report.code(code).judged(Exit::Refused, "invalid", vec![Step::skipped("timestamp", code)])
    };
    let Some(content) = &command.content else { return Ok(refused(report, "content_missing")) };
    let digest = digest_of(&mut Input::open(content)?, &token, globals)?;
    if trust.tsa.is_empty() {
        return Ok(match digest == info.digest {
            true => refused(report, "tsa_trust_missing"),
            false => report.because(&TimestampError::OtherData).judged(
                Exit::Refused,
                "invalid",
                vec![Step::failed("timestamp", &TimestampError::OtherData)],
            ),
        });
    }
    let check = trust.check(&trust.tsa, trust.now).intermediates(&trust.intermediates);
    Ok(match token.verify_digest(&digest, &check) {
        Ok(verified) => report.show("tsa", verified.authority.subject().to_string()).judged(
            Exit::Done,
            "valid",
            vec![Step::ok("timestamp")],
        ),
        Err(error) => report.because(&error).judged(
            Exit::of(error.code()),
            "invalid",
            vec![Step::failed("timestamp", &error)],
        ),
    })
}

fn digest_of(
    content: &mut Input,
    token: &TimestampToken,
    globals: &Globals,
) -> Result<Digest, Failure> {
    let name = content.name().to_path_buf();
    let mut bar = Bar::new(globals, content.length());
    let mut hasher = token.info().algorithm.hasher();
    let mut buffer = vec![0; 64 << 10];
    let mut done = 0;
    loop {
        let count = content.read(&mut buffer).map_err(|source| {
            yinxin::file::FileError::new(yinxin::file::Action::Read, &name, source)
        })?;
        if count == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(buffer.get(..count).unwrap_or(&[]));
        done += u64::try_from(count).unwrap_or(0);
        bar.update(done);
    }
}
