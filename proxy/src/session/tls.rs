//! A tunnel of TLS: passed through, or ended and made again.

use capture::Outcome;
use handshake::ClientHello;
use rustls::pki_types::CertificateDer;

use super::{Carrying, Tunnel};
use crate::fault::Fault;
use crate::reach;
use crate::relay::http::{HttpVersion, Versions, choose_http, other_http, protocols_for_client};
use crate::tls::{ClientSocket, Judged, OriginLeg, Wish, mint_shown, name_to_judge};
use crate::transport::Transport;

impl Tunnel {
    /// TLS inside the tunnel: passed through, or ended and made again.
    pub(super) async fn serve_tls<'a>(
        &'a self,
        client: ClientSocket,
        hello: &ClientHello,
        origin: Result<Transport, Fault>,
    ) -> Result<Carrying<'a>, Fault> {
        let sni = hello.server_name();
        self.recorder.note(|connection| connection.sni.clone_from(&sni));
        let names = [sni.as_deref(), Some(&*self.target().host)];
        let rule = names
            .into_iter()
            .flatten()
            .find_map(|name| self.context.rules.passes(name));
        if let Some(rule) = rule {
            self.recorder.pass_through(rule);
            return Ok(Box::pin(self.carry_passed(client, origin?)));
        }
        let origin = match origin {
            Ok(origin) => {
                let name = self.name_for_origin(sni.as_deref());
                self.reach_origin(origin, hello, name).await
            }
            Err(fault) => Err(fault),
        };
        match origin {
            Ok(origin) => self.inspect(client, hello, sni.as_deref(), origin).await,
            Err(fault) => self.explain(client, hello, sni.as_deref(), fault).await,
        }
    }

    /// The origin leg. An origin that speaks none of the client's protocols is asked for the other HTTP, where the
    /// client speaks one of them.
    pub(super) async fn reach_origin(
        &self,
        transport: Transport,
        hello: &ClientHello,
        name: Option<&str>,
    ) -> Result<OriginLeg, Fault> {
        let offered = hello.application_protocols();
        let refused = match self.shake_hands_with_origin(transport, offered, name).await {
            Err(fault) if fault.is_refused_protocol() => fault,
            other => return other,
        };
        // TLS that began by a command can't begin anew.
        let other = other_http(hello).filter(|_| !self.recorder.has_started_tls());
        let Some(other) = other else {
            return Err(refused);
        };
        let Self {
            context, recorder, ..
        } = self;
        let target = &self.asked;
        let resolved = reach::resolve(context, target, false, recorder).await;
        let Ok(dialled) = reach::connect(context, target, resolved, recorder).await else {
            return Err(refused);
        };
        // What is shown is the handshake that it came to.
        recorder.origin_leg.start_over();
        self.shake_hands_with_origin(dialled.stream, vec![other.to_vec()], name)
            .await
    }

    /// Whatever was judged of the chain is told, whether it comes to a connection or not.
    pub(super) async fn shake_hands_with_origin(
        &self,
        transport: Transport,
        protocols: Vec<Vec<u8>>,
        sni: Option<&str>,
    ) -> Result<OriginLeg, Fault> {
        let Self {
            context, recorder, ..
        } = self;
        let target = self.target();
        let host = sni.unwrap_or(&target.host);
        let wish = Wish {
            send_name: sni.is_some(),
            name: name_to_judge(host, target)?,
            protocols,
            allowed_by: context.rules.allows_invalid(host),
            identity: context.identities.find(host),
            ask_again: recorder.is_direct(),
            limit: context.timeouts.tls,
        };
        match context
            .origin_legs
            .connect(transport, target, &context.judge, wish, &recorder.origin_leg)
            .await
        {
            Ok(origin) => {
                recorder.note(|connection| connection.origin.tls = Some(origin.tls.clone()));
                recorder.tell_client_auth(origin.client_auth.clone()).await;
                if let Some(judged) = &origin.judged {
                    recorder.tell_verdict(judged).await;
                }
                Ok(origin)
            }
            Err(error) => {
                let fault = error.to_fault();
                if fault.is_refused_protocol() {
                    return Err(fault);
                }
                recorder.tell_client_auth(error.client_auth()).await;
                Err(match error.judged() {
                    Some(judged) => {
                        let look = context.look_at_certificates(recorder.id);
                        fault.with_explained(recorder.tell_verdict(judged).await, look)
                    }
                    None => fault,
                })
            }
        }
    }

    /// Both legs stand: what passes is read.
    pub(super) async fn inspect<'a>(
        &'a self,
        client: ClientSocket,
        hello: &ClientHello,
        sni: Option<&str>,
        origin: OriginLeg,
    ) -> Result<Carrying<'a>, Fault> {
        // Names are mirrored from a chain that holds alone: on a connection whose leaf claims a name, a browser
        // may send that name's requests too (RFC 9113 section 9.1.1).
        let is_overridden = origin.judged.as_ref().is_some_and(Judged::is_overridden);
        let mirror = origin.certificate.as_ref().filter(|_| !is_overridden);
        let (protocols, client_version) = protocols_for_client(hello, origin.protocol.as_deref());
        let client = self
            .shake_hands_with_client(client, hello, sni, mirror, protocols)
            .await?;
        self.recorder.set_outcome(Outcome::Inspected);
        let origin_version = match origin.protocol.as_deref() {
            Some(b"h2") => HttpVersion::Http2,
            Some(b"http/1.1" | b"http/1.0") => HttpVersion::Http1,
            // Another protocol by name is not HTTP.
            Some(_) => return Ok(Box::pin(self.relay_decrypted(client, origin.stream))),
            // The client speaks HTTP/2 alone, which an origin must agree on by name (RFC 9113 section 3.2).
            None if client_version == Some(HttpVersion::Http2) => HttpVersion::Http1,
            None => return self.serve_unnamed(client, origin.stream).await,
        };
        let versions = Versions {
            client: client_version.unwrap_or(HttpVersion::Http1),
            origin: origin_version,
        };
        Ok(Box::pin(self.relay_http(
            "https",
            versions,
            client,
            origin.stream,
        )))
    }

    /// The client leg.
    pub(super) async fn shake_hands_with_client(
        &self,
        client: ClientSocket,
        hello: &ClientHello,
        sni: Option<&str>,
        mirror: Option<&CertificateDer<'static>>,
        protocols: Vec<Vec<u8>>,
    ) -> Result<Box<tokio_rustls::server::TlsStream<ClientSocket>>, Fault> {
        let Self {
            context, recorder, ..
        } = self;
        let target = self.target();
        let host = sni.unwrap_or(&target.host);
        let (legs, leg) = (&context.client_legs, &recorder.client_leg);
        let leaf = match mint_shown(context, recorder, host, mirror, hello).await {
            Ok(leaf) => leaf,
            Err(fault) => {
                legs.refuse(client, &fault, leg).await;
                return Err(fault);
            }
        };
        let limit = context.timeouts.tls;
        match legs.accept(client, hello, &leaf, protocols, limit, leg).await {
            Ok(leg) => {
                recorder.note(|connection| connection.client.tls = Some(leg.tls));
                if let Some(judged) = &leg.judged {
                    recorder.tell_client_verdict(judged).await;
                }
                Ok(leg.stream)
            }
            Err(error) => {
                if let Some(judged) = error.judged() {
                    recorder.tell_client_verdict(judged).await;
                }
                Err(error.to_fault())
            }
        }
    }

    /// The origin failed: the client's TLS is ended all the same, and its requests are answered with a page
    /// that says why. Nothing of them leaves.
    pub(super) async fn explain<'a>(
        &'a self,
        client: ClientSocket,
        hello: &ClientHello,
        sni: Option<&str>,
        fault: Fault,
    ) -> Result<Carrying<'a>, Fault> {
        self.recorder.fail(&fault);
        if self.recorder.has_started_tls() {
            // No page can be told in the client's protocol.
            return Err(fault);
        }
        let (protocols, version) = choose_http(hello);
        // The first failure stands: what the client makes of ours is no news beside it.
        if let Ok(client) = self
            .shake_hands_with_client(client, hello, sni, None, protocols)
            .await
        {
            self.answer_all(client, "https", version, &fault).await;
        }
        Err(fault)
    }
}
