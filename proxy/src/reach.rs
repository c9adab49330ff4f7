//! Reaching the origin of a tunnel, or of plain HTTP, each step told: directly, or through an upstream proxy.

use std::time::Instant;

use capture::{StepName, Target};

use crate::config::UpstreamProxy;
use crate::context::Context;
use crate::dial::{self, DialError, Dialled, Resolved};
use crate::recorder::{ConnectionRecorder, micros};
use crate::upstream::Upstream;

/// How an origin is to be reached.
pub(crate) enum Way<'a> {
    /// At one of these addresses.
    Direct(Resolved),
    /// Through the proxy at one of these.
    Through(Upstream<'a>, Resolved),
}

/// Finds the target's addresses, or those of the proxy that leads to it. Handlens itself is never the target.
pub(crate) async fn resolve<'a>(
    context: &'a Context,
    target: &Target,
    is_plain: bool,
    recorder: &'a ConnectionRecorder,
) -> Result<Way<'a>, DialError> {
    if let Some(proxy) = context.upstreams.of(target, is_plain) {
        recorder.note(|connection| connection.via = Some(proxy.to_string()));
        refuse_own(context, target).await?;
        let upstream = upstream(context, proxy, recorder);
        let resolved = upstream.resolve().await?;
        return Ok(Way::Through(upstream, resolved));
    }
    let began = Instant::now();
    let resolved = dial::resolve(target, &context.own, context.timeouts.connect).await;
    let text = match &resolved {
        Ok(resolved) => resolved.name_addresses(),
        Err(error) => error.to_string(),
    };
    recorder
        .origin_leg
        .note_step(StepName::Resolve, began, Some(text));
    resolved.map(Way::Direct)
}

/// A proxy on this machine could lead back to us: a target with one of our ports is looked up here too. What is only
/// known there is for the proxy to find.
async fn refuse_own(context: &Context, target: &Target) -> Result<(), DialError> {
    if !context.own.has_port(target.port) {
        return Ok(());
    }
    match dial::resolve(target, &context.own, context.timeouts.connect).await {
        Err(error @ DialError::Own { .. }) => Err(error),
        _ => Ok(()),
    }
}

fn upstream<'a>(
    context: &'a Context,
    proxy: &'a UpstreamProxy,
    recorder: &'a ConnectionRecorder,
) -> Upstream<'a> {
    Upstream {
        proxy,
        judge: &context.judge,
        allowed_by: context.rules.allows_invalid(&proxy.address.host),
        own: &context.own,
        timeouts: &context.timeouts,
        leg: &recorder.origin_leg,
    }
}

/// The same for requests in plain HTTP. A proxy for HTTP takes them as they are, and is then what is connected to.
pub(crate) async fn connect_plain<'a>(
    context: &Context,
    target: &Target,
    way: Result<Way<'a>, DialError>,
    recorder: &ConnectionRecorder,
) -> Result<(Dialled, Option<&'a UpstreamProxy>), DialError> {
    let (upstream, resolved) = match way? {
        Way::Through(upstream, resolved) if upstream.proxy.takes_requests() => (upstream, resolved),
        way => return Ok((connect(context, target, Ok(way), recorder).await?, None)),
    };
    let mut dialled = upstream.connect(&resolved).await?;
    recorder.hold(dialled.own.take());
    recorder.note(|connection| connection.via_us = Some(micros(resolved.took + dialled.took)));
    Ok((dialled, Some(upstream.proxy)))
}

/// Connects to the first of the addresses that answers, and makes the tunnel where it goes through a proxy.
pub(crate) async fn connect(
    context: &Context,
    target: &Target,
    way: Result<Way<'_>, DialError>,
    recorder: &ConnectionRecorder,
) -> Result<Dialled, DialError> {
    let resolved = match way? {
        Way::Direct(resolved) => resolved,
        Way::Through(upstream, resolved) => {
            let mut tunnelled = upstream.reach(&resolved, target).await?;
            recorder.hold(tunnelled.own.take());
            recorder.note(|connection| {
                connection.via_us = Some(micros(resolved.took + tunnelled.took));
            });
            return Ok(tunnelled);
        }
    };
    let began = Instant::now();
    let dialled = dial::connect(target, &resolved.addresses, context.timeouts.connect).await;
    let text = match &dialled {
        Ok(dialled) => dialled.address.to_string(),
        Err(error) => error.to_string(),
    };
    recorder
        .origin_leg
        .note_step(StepName::Connect, began, Some(text));
    let mut dialled = dialled?;
    recorder.hold(dialled.own.take());
    recorder.note(|connection| {
        connection.origin.address = Some(dialled.address);
        connection.origin.resolve_us = Some(micros(resolved.took));
        connection.origin.connect_us = Some(micros(dialled.took));
    });
    Ok(dialled)
}
