//! `/api/live`: the WebSocket that tells a browser what changed in the window that it shows.
//!
//! Invariant: nothing waits for a slow browser. A frame is made when the socket is ready for it, of the state as
//! it is then; what changed meanwhile is only noted as "something did".

mod pace;
mod session;
mod window;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::api::model::{LiveDown, Problem};
use crate::shared::App;

/// Bytes that one message of a browser may have.
const MAX_MESSAGE: usize = 16 * 1024;

/// What changed in the window that a browser shows, at most ten frames a second
///
/// A WebSocket of JSON texts: the browser says `LiveUp`, and is told `LiveDown`.
#[utoipa::path(get, path = "", tag = "live", responses(
    (status = 101, body = LiveDown, description = "The WebSocket is open"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "No WebSocket was asked for"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "Too many are open"),
))]
pub(crate) async fn open_live(
    State(shared): App,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE),
        Err(rejection) => {
            return Problem::new(rejection.status(), "this URL speaks WebSocket").into_response();
        }
    };
    let Some(place) = shared.admit_socket() else {
        let text = "too many dashboards are open at once: close one";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    };
    let tasks = shared.tasks.clone();
    upgrade.on_upgrade(move |socket| {
        tasks.track_future(async move {
            let _place = place;
            session::run(shared, socket).await;
        })
    })
}
