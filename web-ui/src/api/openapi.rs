//! `/api/openapi.json`: the API described, made from the handlers themselves.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use utoipa::ToSchema;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Response as Described,
    SecurityRequirement,
};

use super::model::LiveUp;
use crate::shared::App;

/// Bytes as they are, which JSON Schema knows as a string in no charset.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it is described and never made")]
pub(crate) struct RawBytes(Vec<u8>);

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
    // What a browser says over the live socket is no request's body, and so no handler names it.
    let mut said = Vec::new();
    LiveUp::schemas(&mut said);
    OpenApiBuilder::new()
        .info(info.build())
        .components(Some(
            ComponentsBuilder::new()
                .schema_from::<LiveUp>()
                .schemas_from_iter(said)
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

/// Says what goes without saying of every answer: its status in words, and that the token may be missing.
pub(crate) fn complete(mut description: OpenApi) -> OpenApi {
    for item in description.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            if operation.security.is_none() {
                let refusal = Content::new(Some(Ref::from_schema_name("Problem")));
                let refusal = Described::builder()
                    .content("application/problem+json", refusal)
                    .build();
                operation.responses.responses.insert("401".into(), refusal.into());
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    response.description = in_words(status).into();
                }
            }
        }
    }
    description
}

fn in_words(status: &str) -> &'static str {
    let status = StatusCode::from_bytes(status.as_bytes()).ok();
    status
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Answer")
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
