//! What went wrong, as `application/problem+json` (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// What went wrong (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Problem {
    /// Which problem it is: `about:blank`, the status code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status code in words.
    pub title: String,
    /// The status code.
    pub status: u16,
    /// What is wrong here, and what would be right.
    pub detail: String,
    /// The characters of the filter at fault, first and behind the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub at: Option<(u64, u64)>,
}

impl Problem {
    /// A problem of this status, told by this sentence.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".into(),
            title: status.canonical_reason().unwrap_or("Error").into(),
            status: status.as_u16(),
            detail: detail.into(),
            at: None,
        }
    }

    /// The request is not one that can be answered.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// What was asked for is not held.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }
}

impl From<capture::FilterError> for Problem {
    fn from(error: capture::FilterError) -> Self {
        let at = (error.at.start as u64, error.at.end as u64);
        Self {
            at: Some(at),
            ..Self::bad_request(error.text)
        }
    }
}

impl From<capture::ReadError> for Problem {
    fn from(error: capture::ReadError) -> Self {
        match error {
            capture::ReadError::Filter(error) => error.into(),
            engine => {
                tracing::warn!("{engine}");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, engine.to_string())
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        (status, [(header::CONTENT_TYPE, kind)], body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filters_fault_says_where() {
        let error = capture::FilterError {
            text: "no such word".into(),
            at: 3..7,
        };
        let problem = serde_json::to_value(Problem::from(error)).unwrap();
        assert_eq!(
            problem,
            serde_json::json!({"type": "about:blank", "title": "Bad Request", "status": 400,
                "detail": "no such word", "at": [3, 7]})
        );
    }

    #[test]
    fn a_problem_without_a_place_names_none() {
        let problem = serde_json::to_value(Problem::not_found("gone")).unwrap();
        assert_eq!(problem.get("at"), None);
    }
}
