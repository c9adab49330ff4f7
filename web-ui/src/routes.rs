//! Every URL of the dashboard, in one table. The OpenAPI description is made from the same lines.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use http::StatusCode;
use utoipa::openapi::path::Paths;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::api::model::Problem;
use crate::api::{
    bodies, certificates, connection_certificates, connections, exchanges, export, frames, handshakes,
    health, messages, openapi, recording, root, rules, status, types,
};
use crate::shared::Shared;
use crate::{assets, guard, live};

/// Bytes that a request's JSON may have.
const MAX_REQUEST_BODY: usize = 64 * 1024;

/// The table: a URL, and what answers it. What is not in it is the app's.
fn table() -> OpenApiRouter<Arc<Shared>> {
    Table(OpenApiRouter::with_openapi(openapi::describe()))
        .at("/api/status", routes!(status::read_status))
        .at("/api/recording", routes!(recording::set_recording))
        .at(
            "/api/exchanges",
            routes!(exchanges::list_exchanges, exchanges::clear_exchanges),
        )
        .at("/api/exchanges/undo", routes!(exchanges::undo_clear))
        .at("/api/exchanges/{id}", routes!(exchanges::read_exchange))
        .at(
            "/api/exchanges/{id}/request/body",
            routes!(bodies::read_request_body),
        )
        .at(
            "/api/exchanges/{id}/response/body",
            routes!(bodies::read_response_body),
        )
        .at("/api/exchanges/{id}/messages", routes!(messages::list_messages))
        .at(
            "/api/exchanges/{id}/messages/{number}",
            routes!(messages::read_message),
        )
        .at(
            "/api/exchanges/{id}/messages/{number}/tree",
            routes!(messages::read_message_tree),
        )
        .at("/api/exchanges/{id}/types", routes!(types::ask_for_types))
        .at("/api/exchanges/{id}/curl", routes!(export::write_curl))
        .at("/api/export.har", routes!(export::write_har))
        .at("/api/export.ndjson", routes!(export::write_messages))
        .at("/api/export.pcapng", routes!(export::write_pcapng))
        .at("/api/connections", routes!(connections::list_connections))
        .at("/api/connections/{id}", routes!(connections::read_connection))
        .at(
            "/api/connections/{id}/handshake",
            routes!(handshakes::read_handshake),
        )
        .at("/api/connections/{id}/frames", routes!(frames::read_frames))
        .at(
            "/api/connections/{id}/certificates",
            routes!(connection_certificates::read_of_connection),
        )
        .at(
            "/api/connections/{id}/chain.pem",
            routes!(connection_certificates::read_chain),
        )
        .at("/api/certificates", routes!(certificates::list_certificates))
        .at(
            "/api/certificates/{sha256}",
            routes!(certificates::read_certificate),
        )
        .behind(
            "/api/certificates/{sha256}.pem",
            routes!(certificates::read_certificate_pem),
        )
        .behind(
            "/api/certificates/{sha256}.der",
            routes!(certificates::read_certificate_der),
        )
        .at("/api/rules", routes!(rules::list_rules, rules::add_rule))
        .at("/api/rules/{id}", routes!(rules::revoke_rule))
        .at("/api/root.pem", routes!(root::read_pem))
        .at("/api/root.der", routes!(root::read_der))
        .at("/api/root.mobileconfig", routes!(root::read_mobileconfig))
        .at("/api/root.p12", routes!(root::read_pkcs12))
        .at("/api/root.0", routes!(root::read_android))
        .at("/api/live", routes!(live::open_live))
        .at("/api/openapi.json", routes!(openapi::read_openapi))
        .at("/healthz", routes!(health::read_healthz))
        .at("/metrics", routes!(health::read_metrics))
        .0
}

/// The whole of the dashboard behind its guard.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let (router, description) = table().split_for_parts();
    let description = serde_json::to_vec(&openapi::complete(description)).unwrap_or_default();
    shared.openapi.get_or_init(|| description.into());
    router
        .method_not_allowed_fallback(refuse_method)
        .fallback(assets::serve_app)
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BODY))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::guard))
        .with_state(shared.clone())
}

async fn refuse_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this URL does not answer to that method",
    )
}

struct Table(OpenApiRouter<Arc<Shared>>);

impl Table {
    /// Puts handlers at a URL. They name none of their own, so that every URL stands in the table alone.
    fn at(self, url: &str, (schemas, paths, handlers): UtoipaMethodRouter<Arc<Shared>>) -> Self {
        let mut placed = Paths::new();
        for item in paths.paths.into_values() {
            placed.paths.insert(url.to_owned(), item);
        }
        Self(self.0.routes((schemas, placed, handlers)))
    }

    /// Describes a URL that another one's handler answers: the router can't tell them apart.
    fn behind(mut self, url: &str, (_, paths, _): UtoipaMethodRouter<Arc<Shared>>) -> Self {
        let described = &mut self.0.get_openapi_mut().paths.paths;
        described.extend(paths.paths.into_values().map(|item| (url.to_owned(), item)));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn described() -> Value {
        serde_json::to_value(openapi::complete(table().into_openapi())).unwrap()
    }

    /// Calls `visit` with every object within.
    fn each_object(value: &Value, visit: &mut impl FnMut(&serde_json::Map<String, Value>)) {
        match value {
            Value::Object(object) => {
                visit(object);
                object.values().for_each(|inner| each_object(inner, visit));
            }
            Value::Array(items) => items.iter().for_each(|inner| each_object(inner, visit)),
            _ => {}
        }
    }

    #[test]
    fn every_route_is_described_with_its_methods() {
        let described = described();
        let mut routes: Vec<String> = Vec::new();
        for (url, item) in described["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                routes.push(format!("{method} {url}"));
            }
        }
        routes.sort();
        assert_eq!(
            routes,
            [
                "delete /api/exchanges",
                "delete /api/rules/{id}",
                "get /api/certificates",
                "get /api/certificates/{sha256}",
                "get /api/certificates/{sha256}.der",
                "get /api/certificates/{sha256}.pem",
                "get /api/connections",
                "get /api/connections/{id}",
                "get /api/connections/{id}/certificates",
                "get /api/connections/{id}/chain.pem",
                "get /api/connections/{id}/frames",
                "get /api/connections/{id}/handshake",
                "get /api/exchanges",
                "get /api/exchanges/{id}",
                "get /api/exchanges/{id}/curl",
                "get /api/exchanges/{id}/messages",
                "get /api/exchanges/{id}/messages/{number}",
                "get /api/exchanges/{id}/messages/{number}/tree",
                "get /api/exchanges/{id}/request/body",
                "get /api/exchanges/{id}/response/body",
                "get /api/export.har",
                "get /api/export.ndjson",
                "get /api/export.pcapng",
                "get /api/live",
                "get /api/openapi.json",
                "get /api/root.0",
                "get /api/root.der",
                "get /api/root.mobileconfig",
                "get /api/root.p12",
                "get /api/root.pem",
                "get /api/rules",
                "get /api/status",
                "get /healthz",
                "get /metrics",
                "post /api/exchanges/undo",
                "post /api/exchanges/{id}/types",
                "post /api/recording",
                "post /api/rules",
            ]
        );
    }

    #[test]
    fn the_description_is_a_valid_openapi_3_1() {
        let described = described();
        assert_eq!(described["openapi"], "3.1.0");
        assert_eq!(described["info"]["title"], "Handlens");
        let mut names = Vec::new();
        for (url, item) in described["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let place = format!("{method} {url}");
                names.push(operation["operationId"].as_str().unwrap().to_owned());
                assert!(!operation["summary"].as_str().unwrap().is_empty(), "{place}");
                for (status, response) in operation["responses"].as_object().unwrap() {
                    assert!(
                        !response["description"].as_str().unwrap().is_empty(),
                        "{place} {status}"
                    );
                }
                let declared = operation["parameters"].as_array().cloned().unwrap_or_default();
                let in_path = declared.iter().filter(|parameter| parameter["in"] == "path");
                assert_eq!(in_path.count(), url.matches('{').count(), "{place}");
            }
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "two operations have one name");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let described = described();
        let mut references = 0;
        each_object(&described, &mut |object| {
            if let Some(Value::String(reference)) = object.get("$ref") {
                references += 1;
                let target = described.pointer(reference.trim_start_matches('#'));
                assert!(target.is_some(), "{reference}");
            }
        });
        assert!(references > 20);
    }
}
