//! `/api/recording`: pause it, resume it.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use tokio::time::{Instant, sleep};

use super::model::{Problem, Recording, SetRecording, SetRecordingState};
use super::{Json, status};
use crate::Command;
use crate::shared::App;

/// How long the proxy may take to do as it was asked.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Pause or resume the recording of what begins from now on
#[utoipa::path(post, path = "", tag = "status", request_body = SetRecording, responses(
    (status = 200, body = Recording, description = "What recording is now"),
    (status = 400, body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json",
        description = "The proxy did not do it in time"),
))]
pub(crate) async fn set_recording(
    State(shared): App,
    Json(wanted): Json<SetRecording>,
) -> Result<Json<Recording>, Problem> {
    let (command, paused) = match wanted.state {
        SetRecordingState::On => (Command::ResumeRecording, false),
        SetRecordingState::Paused => (Command::PauseRecording, true),
    };
    let busy = || {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the proxy is busy: try again in a moment",
        )
    };
    shared.commands.try_send(command).map_err(|_| busy())?;
    let deadline = Instant::now() + PATIENCE;
    while shared.recorder.is_paused() != paused {
        if Instant::now() > deadline {
            return Err(busy());
        }
        sleep(LOOK_AGAIN).await;
    }
    let store = shared.read(|store| store.status()).await?;
    Ok(Json(status::tell_recording(&shared, &store.recording)))
}
