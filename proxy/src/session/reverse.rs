//! Standing in the place of one origin. The client speaks TLS or plain HTTP with us, whatever the origin speaks.

use std::net::IpAddr;

use capture::{LegName, Outcome, Stage};
use handshake::ClientHello;
use http::HeaderValue;

use super::{Carrying, Tunnel};
use crate::config::ReverseOrigin;
use crate::detect::Protocol;
use crate::dial::Dialled;
use crate::door::Aim;
use crate::fault::Fault;
use crate::relay::http::{HttpVersion, Versions, choose_http};
use crate::tls::ClientSocket;

impl Tunnel {
    pub(super) async fn serve_reverse<'a>(
        &'a self,
        client: ClientSocket,
        protocol: Protocol,
        origin: Result<Dialled, Fault>,
        reverse: &ReverseOrigin,
    ) -> Result<Carrying<'a>, Fault> {
        match (protocol, reverse.tls) {
            (Protocol::Tls(hello), true) => {
                self.serve_tls(client, &hello, origin.map(|origin| origin.stream))
                    .await
            }
            (Protocol::Tls(hello), false) => self.serve_tls_for_plain(client, &hello, origin).await,
            (Protocol::Http(version), false) => self.serve_http(client, version, origin).await,
            (Protocol::Http(version), true) => self.serve_plain_for_tls(client, version, origin).await,
            (_, false) => Ok(Box::pin(self.carry_opaque(client, origin?.stream))),
            (_, true) => Err(Fault::new(
                LegName::Client,
                Stage::Detect,
                "the client speaks neither TLS nor HTTP, and the origin is spoken to over TLS",
            )
            .with_remedy("let the client speak TLS with Handlens")),
        }
    }

    /// The client's TLS ends here, and the origin is spoken to without.
    async fn serve_tls_for_plain<'a>(
        &'a self,
        client: ClientSocket,
        hello: &ClientHello,
        origin: Result<Dialled, Fault>,
    ) -> Result<Carrying<'a>, Fault> {
        let sni = hello.server_name();
        self.recorder.note(|connection| connection.sni.clone_from(&sni));
        let origin = match origin {
            Ok(origin) => origin,
            Err(fault) => return self.explain(client, hello, sni.as_deref(), fault).await,
        };
        // Without TLS there is no agreeing on HTTP/2 with the origin: the client is to speak HTTP/1 too, if it can.
        let http1 = b"http/1.1".to_vec();
        let (protocols, version) = match hello.application_protocols().contains(&http1) {
            true => (vec![http1], HttpVersion::Http1),
            false => choose_http(hello),
        };
        let client = self
            .shake_hands_with_client(client, hello, sni.as_deref(), None, protocols)
            .await?;
        self.recorder.set_outcome(Outcome::Inspected);
        let versions = Versions {
            client: version,
            origin: HttpVersion::Http1,
        };
        Ok(Box::pin(self.relay_http("http", versions, client, origin.stream)))
    }

    /// The client's plain HTTP goes on over TLS.
    async fn serve_plain_for_tls(
        &self,
        client: ClientSocket,
        version: HttpVersion,
        origin: Result<Dialled, Fault>,
    ) -> Result<Carrying<'_>, Fault> {
        let shaken = match origin {
            Ok(origin) => {
                let http1 = b"http/1.1".to_vec();
                let protocols = match version {
                    HttpVersion::Http1 => vec![http1],
                    HttpVersion::Http2 => vec![b"h2".to_vec(), http1],
                };
                self.shake_hands_with_origin(origin.stream, protocols, self.name_for_origin(None))
                    .await
            }
            Err(fault) => Err(fault),
        };
        match shaken {
            Ok(origin) => {
                self.recorder.set_outcome(Outcome::Inspected);
                let is_http2 = origin.protocol.as_deref() == Some(b"h2");
                let versions = Versions {
                    client: version,
                    origin: if is_http2 { version } else { HttpVersion::Http1 },
                };
                Ok(Box::pin(self.relay_http(
                    "https",
                    versions,
                    client,
                    origin.stream,
                )))
            }
            Err(fault) => {
                self.recorder.fail(&fault);
                self.answer_all(client, "http", version, &fault).await;
                Err(fault)
            }
        }
    }

    /// What `Host` is to say to the origin, where that is its own name and not what the client says.
    pub(super) fn host_for_origin(&self, scheme: &str) -> Option<HeaderValue> {
        let Aim::Reverse(ReverseOrigin {
            target,
            keep_host: false,
            ..
        }) = &self.aim
        else {
            return None;
        };
        let default_port = if scheme == "https" { 443 } else { 80 };
        let whole = target.to_string();
        let host = match target.port == default_port {
            true => whole.strip_suffix(&format!(":{default_port}")).unwrap_or(&whole),
            false => &whole,
        };
        HeaderValue::from_str(host).ok()
    }

    /// The name that the origin is asked for: the client's, but where we stand for an origin, that one's own.
    pub(super) fn name_for_origin<'a>(&'a self, sni: Option<&'a str>) -> Option<&'a str> {
        match &self.aim {
            Aim::Reverse(_) => Some(&*self.target().host).filter(|host| host.parse::<IpAddr>().is_err()),
            _ => sni,
        }
    }
}
