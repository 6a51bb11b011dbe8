//! What a person sees, as JSON.

use serde_json::{Value, json};
use yinxin::session::phone::{Holdings, Matching, View, ViewWarning};
use yinxin::session::wire::BrowserState;
use yinxin::verify::holder::HolderText;

use crate::session::text::base64url;

pub(super) fn certificates(holdings: &Holdings) -> Vec<Value> {
    let certificate = |(index, own): (usize, &yinxin::session::phone::OwnCertificate)| {
        let validity = own.signing.validity();
        json!({
            "index": index,
            "holder": HolderText::new(own.signing.certificate()),
            "serial": own.signing.serial().to_string(),
            "certificate": base64url(own.signing.as_der()),
            "encryption": own.encryption.as_ref().map(|own| base64url(own.as_der())),
            "notBefore": validity.not_before.unix(),
            "notAfter": validity.not_after.unix(),
        })
    };
    holdings.certificates.iter().enumerate().map(certificate).collect()
}

pub(super) fn seals(holdings: &Holdings) -> Vec<Value> {
    let seal = |(index, own): (usize, &yinxin::session::phone::OwnSeal)| {
        let users: Vec<usize> = holdings
            .certificates
            .iter()
            .enumerate()
            .filter(|(_, certificate)| own.lists(&certificate.signing))
            .map(|(index, _)| index)
            .collect();
        json!({
            "index": index,
            "id": own.id,
            "name": own.name,
            "certificates": users,
            "notBefore": own.window.0,
            "notAfter": own.window.1,
        })
    };
    holdings.seals.iter().enumerate().map(seal).collect()
}

pub(super) fn view(view: &View, holdings: &Holdings) -> Value {
    let chosen = |all: Vec<Value>, indices: &[usize]| -> Vec<Value> {
        let is_chosen = |(at, _): &(usize, Value)| indices.contains(at);
        all.into_iter().enumerate().filter(is_chosen).map(|(_, one)| one).collect()
    };
    let needs = &view.needs;
    json!({
        "platform": view.platform,
        "origin": view.origin,
        "scene": view.scene,
        "lines": view.lines,
        "warnings": view.warnings.iter().map(warning).collect::<Vec<_>>(),
        "browser": {
            "state": match view.browser.state {
                BrowserState::Known => "known",
                BrowserState::Unknown => "unknown",
                _ => "none",
            },
            "kind": view.browser.kind,
            "city": view.browser.city,
        },
        "needs": {
            "matching": match needs.matching {
                Matching::Pick(_) => "pick",
                Matching::Type => "type",
                _ => "none",
            },
            "choices": match needs.matching {
                Matching::Pick(choices) => choices.to_vec(),
                _ => Vec::new(),
            },
            "pin": needs.pin,
            "certificates": chosen(certificates(holdings), &needs.certificates),
            "seals": chosen(seals(holdings), &needs.seals),
            "files": needs.files,
        },
        "digest": base64url(&view.digest()),
    })
}

fn warning(warning: &ViewWarning) -> Value {
    match warning {
        ViewWarning::BidShut { id, code } => {
            json!({"kind": "bidShut", "id": id, "code": code.name()})
        }
        ViewWarning::BidUnnamed { id } => json!({"kind": "bidUnnamed", "id": id}),
        ViewWarning::ClockOff(seconds) => json!({"kind": "clockOff", "seconds": seconds}),
        ViewWarning::EndsBeforeOpening { certificate } => {
            json!({"kind": "endsBeforeOpening", "certificate": certificate})
        }
        _ => json!({"kind": "other"}),
    }
}
