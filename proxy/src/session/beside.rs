//! More connections to the origin of a tunnel, beside its own: what a client asks over HTTP/2 all at once, an origin of
//! HTTP/1 is asked over several. Each is a connection of its own in the record, with a handshake and a verdict.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use capture::{LegName, Outcome, Stage, Target};

use super::Tunnel;
use crate::context::Context;
use crate::door::Aim;
use crate::fault::Fault;
use crate::reach;
use crate::recorder::ConnectionRecorder;
use crate::relay::http1::from_http2::{MoreOrigins, OneMore};
use crate::transport::Transport;

/// Makes them, as the tunnel's own was made.
pub(super) struct Beside {
    context: Arc<Context>,
    /// The tunnel's.
    recorder: Arc<ConnectionRecorder>,
    asked: Target,
    named: Option<Target>,
    aim: Aim,
    is_tls: bool,
}

impl Tunnel {
    /// Who makes more connections to the origin, where TLS with it does not begin by a command.
    pub(super) fn beside(&self, scheme: &str) -> Option<Arc<dyn MoreOrigins>> {
        if self.recorder.has_started_tls() {
            return None;
        }
        Some(Arc::new(Beside {
            context: self.context.clone(),
            recorder: self.recorder.clone(),
            asked: self.asked.clone(),
            named: self.named.get().cloned(),
            aim: self.aim.clone(),
            is_tls: scheme == "https",
        }))
    }

    /// Reaches the origin, without a client.
    async fn reach_beside(&self, is_tls: bool) -> Result<Transport, Fault> {
        let Self {
            context, recorder, ..
        } = self;
        recorder.client_leg.forget();
        let resolved = reach::resolve(context, &self.asked, false, recorder).await;
        let dialled = reach::connect(context, &self.asked, resolved, recorder)
            .await
            .map_err(|error| error.to_fault())?;
        if !is_tls {
            recorder.origin_leg.forget();
            recorder.set_outcome(Outcome::Plain);
            return Ok(dialled.stream);
        }
        let sni = recorder.sni();
        let name = self.name_for_origin(sni.as_deref());
        let http1 = vec![b"http/1.1".to_vec()];
        let origin = self.shake_hands_with_origin(dialled.stream, http1, name).await?;
        recorder.set_outcome(Outcome::Inspected);
        Ok(Transport::inner(origin.stream))
    }
}

impl MoreOrigins for Beside {
    fn connect(&self) -> Pin<Box<dyn Future<Output = Result<OneMore, Fault>> + Send + '_>> {
        Box::pin(async {
            let place = self.context.take_place().ok_or_else(no_room)?;
            let tunnel = Tunnel {
                context: self.context.clone(),
                recorder: self.recorder.open_beside(),
                asked: self.asked.clone(),
                named: self.named.clone().map_or_else(OnceLock::new, OnceLock::from),
                aim: self.aim.clone(),
            };
            match tunnel.reach_beside(self.is_tls).await {
                Ok(stream) => Ok(OneMore {
                    stream,
                    recorder: tunnel.recorder,
                    place,
                }),
                Err(fault) => {
                    tunnel.recorder.fail(&fault);
                    Err(fault)
                }
            }
        })
    }
}

fn no_room() -> Fault {
    Fault::new(
        LegName::Origin,
        Stage::Connect,
        "there is no room for another connection to the origin",
    )
    .with_remedy("try again a moment later; `limits.connections` says how many there may be")
}
