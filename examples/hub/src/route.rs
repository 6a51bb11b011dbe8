//! The calls, as `yinxin_session::wire::http` lists them.

mod events;
mod open;
mod public;
mod scan;
mod step;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use yinxin_session::Code;
use yinxin_session::channel::Sid;
use yinxin_session::wire::Token;
use yinxin_session::wire::http::{path, sid_from_text};

use crate::app::App;
use crate::problem::Refusal;

/// All of them.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(path::SESSIONS, post(open::open))
        .route(path::SCAN, post(scan::scan))
        .route("/v1/sessions/{sid}/events", get(events::events))
        .route("/v1/sessions/{sid}/evidence", get(events::evidence))
        .route("/v1/sessions/{sid}/prepared/{index}/{count}", post(step::prepared))
        .route("/v1/sessions/{sid}/{action}", post(step::step))
        .route(path::TRUST_LIST, get(public::trust_list))
        .route(path::HUB_CERTIFICATE, get(public::hub_certificate))
        .route(path::ERRORS, get(public::errors))
        .route("/healthz", get(public::health))
        .route("/Q/{*frame}", get(public::scanned_by_a_camera))
        .fallback(async || Refusal::http(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async || Refusal::http(StatusCode::METHOD_NOT_ALLOWED))
        .layer(middleware::from_fn_with_state(app.clone(), frame))
        .with_state(app)
}

/// What holds for all answers: who may read them, and that nobody keeps them.
async fn frame(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let text = origin.as_ref().and_then(|origin| origin.to_str().ok()).unwrap_or("");
    let is_phone = app.phone_origins.iter().any(|own| own == text);
    let is_known = is_phone || app.with_registry(|registry| registry.has_origin(text));
    let known = origin.filter(|_| is_known);
    let mut response = match (request.method(), &known) {
        (&Method::OPTIONS, Some(_)) => preflight(is_phone),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    let plain = |value| HeaderValue::from_static(value);
    headers.entry(header::CACHE_CONTROL).or_insert(plain("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, plain("nosniff"));
    headers.insert(header::REFERRER_POLICY, plain("no-referrer"));
    headers.insert(header::VARY, plain("origin"));
    if let Some(origin) = known {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, plain("retry-after"));
    }
    response
}

/// What a page may send; a phone may say its account besides.
fn preflight(is_phone: bool) -> Response {
    let allowed = match is_phone {
        true => "authorization, content-type, last-event-id, yinxin-phone",
        false => "authorization, content-type, last-event-id",
    };
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, allowed),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Where a call comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The network that limits count: an IPv4 address, or the first half of an IPv6 one, which is what
/// one household or hall has.
fn network(behind_proxy: bool, peer: Peer, headers: &HeaderMap) -> [u8; 16] {
    let told = || {
        let value = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        value.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    let address = behind_proxy.then(told).flatten().unwrap_or_else(|| peer.0.ip());
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => {
            let [prefix @ .., _, _, _, _, _, _, _, _] = address.octets();
            let [a, b, c, d, e, f, g, h] = prefix;
            [a, b, c, d, e, f, g, h, 0, 0, 0, 0, 0, 0, 0, 0]
        }
    }
}

/// The session's token out of `Authorization: Bearer`.
fn token(headers: &HeaderMap) -> Result<Token, Code> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let text = value.and_then(|value| value.strip_prefix("Bearer "));
    text.and_then(Token::from_text).ok_or(Code::TokenWrong)
}

fn session(text: &str) -> Result<Sid, Code> {
    sid_from_text(text).ok_or(Code::SessionUnknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(behind_proxy: bool, peer: &str, told: &[&str]) -> [u8; 16] {
        let mut headers = HeaderMap::new();
        for value in told {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
        }
        network(behind_proxy, Peer(SocketAddr::new(peer.parse().unwrap(), 1)), &headers)
    }

    #[test]
    fn a_caller_cannot_choose_the_network_that_it_is_counted_under() {
        let own = of(false, "192.0.2.1", &[]);
        assert_eq!(of(false, "192.0.2.1", &["198.51.100.7"]), own, "no proxy is trusted");
        assert_ne!(of(true, "192.0.2.1", &["198.51.100.7"]), own);
        // What the proxy itself wrote stands last, whatever the caller sent along.
        let proxied = of(true, "192.0.2.1", &["198.51.100.7"]);
        assert_eq!(of(true, "192.0.2.1", &["203.0.113.9, 198.51.100.7"]), proxied);
        assert_eq!(of(true, "192.0.2.1", &["203.0.113.9", "198.51.100.7"]), proxied);
        assert_eq!(of(true, "192.0.2.1", &["nonsense"]), own);
    }

    #[test]
    fn one_household_of_ipv6_is_one_network_and_a_mapped_address_is_its_ipv4() {
        let of = |address: &str| of(false, address, &[]);
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
