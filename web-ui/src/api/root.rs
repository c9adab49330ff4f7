//! The root certificate, in the forms that systems take. Its key is not here.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

use super::openapi::RawBytes;
use crate::shared::App;

/// The root certificate in PEM
#[utoipa::path(get, path = "", tag = "root", responses(
    (status = 200, body = String, content_type = "application/x-pem-file"),
))]
pub(crate) async fn read_pem(State(shared): App) -> Response {
    let pem = shared.about.root.pem.clone();
    download("application/x-pem-file", "handlens-root.pem", pem)
}

/// The root certificate in DER
#[utoipa::path(get, path = "", tag = "root", responses(
    (status = 200, body = RawBytes, content_type = "application/x-x509-ca-cert"),
))]
pub(crate) async fn read_der(State(shared): App) -> Response {
    let der = shared.about.root.der.clone();
    download("application/x-x509-ca-cert", "handlens-root.cer", der)
}

/// The root certificate as a profile for iOS and macOS
#[utoipa::path(get, path = "", tag = "root", responses(
    (status = 200, body = String, content_type = "application/x-apple-aspen-config"),
))]
pub(crate) async fn read_mobileconfig(State(shared): App) -> Response {
    let profile = shared.about.root.mobileconfig.clone();
    download(
        "application/x-apple-aspen-config",
        "handlens-root.mobileconfig",
        profile,
    )
}

/// The root certificate as PKCS#12, its password `handlens`
#[utoipa::path(get, path = "", tag = "root", responses(
    (status = 200, body = RawBytes, content_type = "application/x-pkcs12"),
))]
pub(crate) async fn read_pkcs12(State(shared): App) -> Response {
    let store = shared.about.root.pkcs12.clone();
    download("application/x-pkcs12", "handlens-root.p12", store)
}

/// The root certificate as Android's system store wants it: PEM, named after the subject's hash
#[utoipa::path(get, path = "", tag = "root", responses(
    (status = 200, body = String, content_type = "application/x-pem-file"),
))]
pub(crate) async fn read_android(State(shared): App) -> Response {
    let root = &shared.about.root;
    download("application/x-pem-file", &root.android_name, root.pem.clone())
}

/// `name` is one of ours, and has nothing to escape.
fn download(media_type: &'static str, name: &str, bytes: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, bytes).into_response()
}
