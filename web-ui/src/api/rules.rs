//! `/api/rules`: the rules that hold, made and revoked with one click. The proxy holds them.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Json;
use super::model::{NewRule, Problem, Rule, Rules};
use crate::shared::{App, Shared};
use crate::{Command, RuleError};

/// How long the proxy may take to do as it was asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// The rules that hold now
#[utoipa::path(get, path = "", tag = "rules", responses(
    (status = 200, body = Rules),
))]
pub(crate) async fn list_rules(State(shared): App) -> Json<Rules> {
    Json(Rules {
        rules: (shared.rules)(),
    })
}

/// Make a rule, which holds from the next connection on and is kept
#[utoipa::path(post, path = "", tag = "rules", request_body = NewRule, responses(
    (status = 201, body = Rule, description = "The rule, or the equal one that was made before"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "It is no rule"),
    (status = 500, body = Problem, content_type = "application/problem+json", description = "It could not be kept"),
    (status = 503, body = Problem, content_type = "application/problem+json",
        description = "The proxy did not do it in time"),
))]
pub(crate) async fn add_rule(
    State(shared): App,
    Json(NewRule { kind, host }): Json<NewRule>,
) -> Result<Response, Problem> {
    let rule = ask(&shared, |answer| Command::AddRule { kind, host, answer }).await?;
    Ok((StatusCode::CREATED, Json(rule)).into_response())
}

/// Take back a rule that a person made
#[utoipa::path(delete, path = "", tag = "rules",
    params(("id" = String, Path, description = "The rule")),
    responses(
        (status = 204, description = "It holds no more"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "It was given at the start"),
        (status = 500, body = Problem, content_type = "application/problem+json",
            description = "That it is gone could not be kept"),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "The proxy did not do it in time"),
    ))]
pub(crate) async fn revoke_rule(State(shared): App, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    ask(&shared, |answer| Command::RevokeRule { id, answer }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the proxy and waits for its answer.
async fn ask<T>(
    shared: &Shared,
    command: impl FnOnce(oneshot::Sender<Result<T, RuleError>>) -> Command,
) -> Result<T, Problem> {
    let busy = || {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the proxy is busy: try again in a moment",
        )
    };
    let (answer, answered) = oneshot::channel();
    shared.commands.try_send(command(answer)).map_err(|_| busy())?;
    match timeout(PATIENCE, answered).await {
        Ok(Ok(done)) => done.map_err(Problem::from),
        Ok(Err(_)) | Err(_) => Err(busy()),
    }
}

impl From<RuleError> for Problem {
    fn from(error: RuleError) -> Self {
        let status = match error {
            RuleError::Wrong(_) => StatusCode::BAD_REQUEST,
            RuleError::Unknown => StatusCode::NOT_FOUND,
            RuleError::Fixed(_) => StatusCode::CONFLICT,
            RuleError::NotKept(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}
