//! The door of plain HTTP: each request names its origin (RFC 9112 section 3.2.2). One origin connection is kept, the
//! last one used; a client that wants many at once opens many itself.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use capture::{Door, LegName, Outcome, Stage, Target};
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite};

use super::field::Name;
use super::forward::ForwardProxy;
use super::head::Request;
use super::hop::Change;
use super::relay::{Reached, Relay, Route};
use super::target::Form;
use super::wire::Leg;
use crate::config::UpstreamProxy;
use crate::context::Context;
use crate::door::Reached as Way;
use crate::fault::Fault;
use crate::recorder::ConnectionRecorder;
use crate::relay::http::RelayError;
use crate::relay::life::Life;
use crate::transport::{Cut, Transport};
use crate::{door, local, reach};

/// Serves a client until it is done, or the proxy stops.
pub(crate) async fn serve_plain<C>(
    context: Arc<Context>,
    client: C,
    peer: SocketAddr,
    reached: Way,
) -> Result<(), RelayError>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + Cut + 'static,
{
    let life = Life::new(context.clone(), None);
    let route = Plain {
        context,
        client: peer,
        reached,
        current: None,
        proxy: None,
        here: None,
    };
    Relay::new(&life, "http", client, None::<Leg<Transport>>, route)
        .serve()
        .await
}

struct Plain {
    context: Arc<Context>,
    client: SocketAddr,
    reached: Way,
    /// What the origin connection that is kept leads to.
    current: Option<(Target, Arc<ConnectionRecorder>)>,
    /// The proxy that it leads to instead, which takes requests as they are.
    proxy: Option<ForwardProxy>,
    /// The recorder of what the client asks ourselves.
    here: Option<Arc<ConnectionRecorder>>,
}

impl Plain {
    fn open_recorder(&self, target: Option<&Target>) -> Arc<ConnectionRecorder> {
        ConnectionRecorder::open(&self.context.recorder, Door::Http, self.client, target.cloned())
    }

    /// The recorder of what the client asks ourselves.
    fn stay(&mut self, target: Option<&Target>) -> Arc<ConnectionRecorder> {
        let recorder = self.here.take().unwrap_or_else(|| {
            let recorder = self.open_recorder(target);
            recorder.set_outcome(Outcome::Plain);
            recorder
        });
        self.here = Some(recorder.clone());
        recorder
    }

    async fn dial(
        &self,
        target: &Target,
        recorder: &ConnectionRecorder,
    ) -> Result<(Transport, Option<ForwardProxy>), Fault> {
        let way = reach::resolve(&self.context, target, true, recorder).await;
        let (reached, proxy) = reach::connect_plain(&self.context, target, way, recorder)
            .await
            .map_err(|error| error.to_fault())?;
        recorder.forget_direct_handshakes();
        recorder.set_outcome(Outcome::Plain);
        Ok((reached.stream, proxy.map(ForwardProxy::new)))
    }
}

impl Route<Leg<Transport>> for Plain {
    const IS_TUNNEL: bool = false;

    fn target(&self) -> Option<&Target> {
        None
    }

    fn recorder(&mut self, fault: &Fault) -> Arc<ConnectionRecorder> {
        let recorder = self.open_recorder(None);
        recorder.fail(fault);
        recorder
    }

    async fn reach(
        &mut self,
        request: &Request,
        origin: &mut Option<Leg<Transport>>,
    ) -> (Arc<ConnectionRecorder>, Reached) {
        if asks_for_pac(request) {
            // It tells how to come in, and is asked for before.
            return (self.stay(None), Reached::Here);
        }
        let said = request.head.values(Name::ProxyAuthorization).next();
        if let Err(unwelcome) = self.context.guests.admit_basic(said).await {
            let fault = unwelcome.to_fault();
            return (self.recorder(&fault), Reached::Nowhere(fault));
        }
        let target = match named_target(request) {
            Ok(target) => target,
            Err(fault) => return (self.recorder(&fault), Reached::Nowhere(fault)),
        };
        if local::is_here(&target.host) {
            return (self.stay(Some(&target)), Reached::Here);
        }
        if let Some((current, recorder)) = &self.current
            && *current == target
            && let Some(leg) = origin
            && leg.is_quiet().await
        {
            return (recorder.clone(), Reached::Origin);
        }
        (*origin, self.current) = (None, None);
        let recorder = self.open_recorder(Some(&target));
        match self.dial(&target, &recorder).await {
            Ok((stream, proxy)) => {
                *origin = Some(Leg::new(stream));
                self.proxy = proxy;
                self.current = Some((target, recorder.clone()));
                (recorder, Reached::Origin)
            }
            Err(fault) => {
                recorder.fail(&fault);
                (recorder, Reached::Nowhere(fault))
            }
        }
    }

    /// By the name that the client has for us, where it said one, or by the address that it reached.
    fn proxy_word(&self, request: &Request) -> Option<String> {
        // What a client sent is written into a script: only a name and a port are.
        let said = request
            .head
            .values(Name::Host)
            .next()
            .filter(|_| asks_for_pac(request))
            .and_then(|host| std::str::from_utf8(host).ok())
            .and_then(|host| door::parse_authority(host).ok());
        Some(self.reached.proxy_word(said))
    }

    fn proxy(&self) -> Option<&UpstreamProxy> {
        self.proxy.as_ref().map(|proxy| &proxy.proxy)
    }

    /// From the form that a proxy is asked in to the one that an origin is asked in (RFC 9112 section 3.2). Another proxy is
    /// asked as we are, but without the credentials that a URL may hold: they are for the client alone.
    fn change<'a>(&'a self, request: &'a Request) -> Change<'a> {
        let Form::Absolute { authority_end, .. } = request.form else {
            return Change::default();
        };
        let target = request.target();
        let host = request.form.authority(target);
        let credentials = self.proxy.as_ref().and_then(|proxy| proxy.credentials.as_deref());
        let target: Option<Cow<'_, [u8]>> = match (&self.proxy, target.get(authority_end..)) {
            (None, None | Some(b"")) if request.method() == b"OPTIONS" => Some(b"*"[..].into()),
            (None, _) => Some(request.form.path(target)),
            (Some(_), Some(rest)) if target[..authority_end].contains(&b'@') => {
                Some([b"http://", host.unwrap_or_default(), rest].concat().into())
            }
            (Some(_), _) => None,
        };
        Change {
            target,
            host,
            credentials: credentials.map(str::as_bytes),
            is_to_proxy: true,
        }
    }
}

/// Whether a request is to the proxy itself, for its configuration.
fn asks_for_pac(request: &Request) -> bool {
    let path = request.target().split(|&b| b == b'?').next();
    request.form == Form::Path && path == Some(local::PAC_PATH.as_bytes())
}

/// The target that a request names.
fn named_target(request: &Request) -> Result<Target, Fault> {
    let refused = |text: String, remedy: &str| {
        Fault::new(LegName::Client, Stage::Target, text)
            .with_status(StatusCode::BAD_REQUEST)
            .with_remedy(remedy)
    };
    let target = request.target();
    let authority = match request.form {
        Form::Authority => {
            return Err(refused(
                "a CONNECT must be the first request of a connection".to_owned(),
                "open another connection for it",
            ));
        }
        Form::Path | Form::Asterisk => {
            return Err(refused(
                "this is a proxy, and the request names no origin".to_owned(),
                "set this address as the HTTP proxy of your program; do not open it as a site",
            ));
        }
        Form::Absolute { .. } => request.form.authority(target).unwrap_or_default(),
    };
    let scheme = request.form.scheme(target).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case(b"http") {
        let scheme = String::from_utf8_lossy(scheme);
        return Err(refused(
            format!("a request for the scheme {scheme:?} can't come in this way"),
            "reach https:// through CONNECT, as HTTPS proxies are used",
        ));
    }
    let authority = std::str::from_utf8(authority).unwrap_or_default();
    door::url_target(authority).map_err(|error| refused(error.to_string(), "check the host in the URL"))
}
