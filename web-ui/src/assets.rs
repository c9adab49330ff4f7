//! The app's files, as they were built: embedded, so that the binary needs nothing beside it.

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::api::model::Problem;

/// What the build script laid ready.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/app-dist"]
struct App;

/// Vite names the files here after what is in them: one that changes has another name.
const HASHED: &str = "assets/";

/// A file of the app; the app's page for every route that the app itself knows.
pub(crate) async fn serve_app(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return Problem::not_found("the API has no such URL: /api/openapi.json lists them").into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        let allow = [(ALLOW, HeaderValue::from_static("GET, HEAD"))];
        let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "the app's files are only read");
        return (allow, problem).into_response();
    }
    if let Some(file) = App::get(path) {
        return serve_file(path, file, &headers);
    }
    let looks_like_a_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    match App::get("index.html") {
        Some(page) if !looks_like_a_file && !path.starts_with(HASHED) => {
            serve_file("index.html", page, &headers)
        }
        _ => Problem::not_found("the app has no such file").into_response(),
    }
}

fn serve_file(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let is_hashed = path.starts_with(HASHED);
    let caching = if is_hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let tag = entity_tag(&file);
    let mut fields = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(caching))]);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        fields.insert(ETAG, tag);
    }
    let is_known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|tags| tags.to_str().ok())
        .any(|tags| tags.split(',').any(|known| known.trim() == tag));
    if is_known {
        return (StatusCode::NOT_MODIFIED, fields).into_response();
    }
    let media_type = match file.metadata.mimetype() {
        text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    fields.extend(HeaderValue::from_str(&media_type).map(|media_type| (CONTENT_TYPE, media_type)));
    (fields, file.data).into_response()
}

fn entity_tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}
