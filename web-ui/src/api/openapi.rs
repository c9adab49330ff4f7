//! `/api/openapi.json`: the API described, made from the handlers themselves.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, SecurityRequirement};

use crate::shared::App;

/// The description without its paths, which the table adds.
pub(crate) fn describe() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Handlens")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "What a TLS-terminating inspection proxy saw. Times are RFC 3339 UTC with microseconds, durations are \
             microseconds in fields ending `_us`, ids are opaque strings that sort by age.",
        ));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The token of the URL that handlens prints when it starts"))
        .build();
    let cookie = ApiKeyValue::with_description(
        "handlens-8081",
        "The cookie that `/?token=` sets; the dashboard's port is in its name",
    );
    OpenApiBuilder::new()
        .info(info.build())
        .components(Some(
            ComponentsBuilder::new()
                .security_scheme("token", SecurityScheme::Http(bearer))
                .security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
                .build(),
        ))
        .security(Some([
            SecurityRequirement::new("token", Vec::<String>::new()),
            SecurityRequirement::new("cookie", Vec::<String>::new()),
        ]))
        .build()
}

/// This description
#[utoipa::path(get, path = "", tag = "openapi", responses(
    (status = 200, body = Object, content_type = "application/json"),
))]
pub(crate) async fn read_openapi(State(shared): App) -> Response {
    let json = HeaderValue::from_static("application/json");
    let description = shared.openapi.get().cloned().unwrap_or_default();
    ([(CONTENT_TYPE, json)], description).into_response()
}
