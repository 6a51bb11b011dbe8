//! What anybody may read.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use yinxin_session::Code;

use crate::app::App;

const DER: (header::HeaderName, &str) = (header::CONTENT_TYPE, "application/octet-stream");

/// The signed trust list; its number is the entity tag.
pub(super) async fn trust_list(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let list = app.published();
    let tag = format!("\"{}\"", list.number);
    let held = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let fresh = [(header::CACHE_CONTROL, "no-cache".to_owned()), (header::ETAG, tag.clone())];
    if held == Some(&tag) {
        return (StatusCode::NOT_MODIFIED, fresh).into_response();
    }
    (fresh, [DER], list.der).into_response()
}

/// The certificate of the key that signs times and receipts.
pub(super) async fn hub_certificate(State(app): State<Arc<App>>) -> Response {
    let der = app.with_hub(|hub| hub.certificate().as_der().to_vec());
    ([DER], der).into_response()
}

/// The table of codes, with words in Chinese and English.
pub(super) async fn errors() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], Code::catalogue()).into_response()
}

/// That the process answers.
pub(super) async fn health() -> &'static str {
    "ok"
}

/// An ordinary camera opened the code's address: the page says which app to open. Nothing happens
/// to the session, whose number stands in the address.
pub(super) async fn scanned_by_a_camera() -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(PAGE)).into_response()
}

const PAGE: &str = r#"<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>请用印信应用扫码 · Scan with the Yinxin app</title>
<style>
body { font: 18px/1.6 system-ui, sans-serif; max-width: 32em; margin: 3em auto; padding: 0 1em; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } }
</style>
</head>
<body>
<h1>请用印信应用扫码</h1>
<p>这是电子招投标平台的二维码。相机不能完成操作:请打开手机上的<b>印信</b>应用,用其中的“扫一扫”扫描平台网页上的二维码。</p>
<p>此页面没有进行任何操作。如果有人让您在这里输入密码或验证码,请勿输入。</p>
<div lang="en">
<h1>Scan with the Yinxin app</h1>
<p>This code belongs to an e-bidding platform. A camera cannot use it: open the <b>Yinxin</b> app on your phone and scan the code on the platform's page with it.</p>
<p>Nothing was done by this page. If somebody asks you for a password or a number here, do not enter it.</p>
</div>
</body>
</html>
"#;
