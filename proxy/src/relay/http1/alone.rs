//! Answers of our own to a client of HTTP/1 that has no origin.

use std::sync::Arc;

use capture::Target;
use tokio::io::{AsyncRead, AsyncWrite};

use super::head::Request;
use super::hop::Change;
use super::origin::Nobody;
use super::relay::{Reached, Relay, Route};
use super::target::Form;
use crate::fault::Fault;
use crate::recorder::ConnectionRecorder;
use crate::relay::faults::connect_inside;
use crate::relay::http::{Alone, OwnAnswer, RelayError};
use crate::relay::life::Life;
use crate::transport::Cut;

/// Answers until the client is done, or the proxy stops.
pub(crate) async fn answer_http1<C>(alone: Alone<C>) -> Result<(), RelayError>
where
    C: AsyncRead + AsyncWrite + Cut + Send + Unpin + 'static,
{
    let life = Life::new(alone.context, Some(alone.recorder.clone()));
    let route = Here {
        target: alone.target,
        recorder: alone.recorder,
        answer: alone.answer,
    };
    Relay::new(&life, alone.scheme, alone.client, None::<Nobody>, route)
        .serve()
        .await
}

struct Here {
    target: Target,
    recorder: Arc<ConnectionRecorder>,
    answer: OwnAnswer,
}

impl Route<Nobody> for Here {
    const IS_TUNNEL: bool = true;

    fn target(&self) -> Option<&Target> {
        Some(&self.target)
    }

    fn recorder(&mut self, _: &Fault) -> Arc<ConnectionRecorder> {
        self.recorder.clone()
    }

    async fn reach(
        &mut self,
        request: &Request,
        _: &mut Option<Nobody>,
    ) -> (Arc<ConnectionRecorder>, Reached) {
        let reached = match &self.answer {
            OwnAnswer::Fault(fault) => Reached::Nowhere(fault.clone()),
            OwnAnswer::Site if request.form == Form::Authority => Reached::Nowhere(connect_inside()),
            OwnAnswer::Site => Reached::Here,
        };
        (self.recorder.clone(), reached)
    }

    fn change<'a>(&'a self, _: &'a Request) -> Change<'a> {
        Change::default()
    }
}
