//! Reaching the origin of a tunnel, each step told.

use std::net::SocketAddr;
use std::time::Instant;

use capture::{StepName, Target};

use crate::context::Context;
use crate::dial::{self, DialError, Dialled, Resolved};
use crate::recorder::ConnectionRecorder;
use crate::relay::http::micros;

/// Addresses that a step names; the others are counted.
const NAMED: usize = 3;

/// Finds the target's addresses.
pub(crate) async fn resolve(
    context: &Context,
    target: &Target,
    recorder: &ConnectionRecorder,
) -> Result<Resolved, DialError> {
    let began = Instant::now();
    let resolved = dial::resolve(target, &context.own, context.timeouts.connect).await;
    let text = match &resolved {
        Ok(resolved) => name_addresses(&resolved.addresses),
        Err(error) => error.to_string(),
    };
    recorder
        .origin_leg
        .note_step(StepName::Resolve, began, Some(text));
    resolved
}

/// Connects to the first of the addresses that answers.
pub(crate) async fn connect(
    context: &Context,
    target: &Target,
    resolved: Result<Resolved, DialError>,
    recorder: &ConnectionRecorder,
) -> Result<Dialled, DialError> {
    let resolved = resolved?;
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

fn name_addresses(addresses: &[SocketAddr]) -> String {
    let named: Vec<String> = addresses
        .iter()
        .take(NAMED)
        .map(|address| address.ip().to_string())
        .collect();
    match addresses.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_addresses_are_named_and_the_others_counted() {
        let addresses: Vec<SocketAddr> = (1..=5)
            .map(|last| SocketAddr::from(([192, 0, 2, last], 443)))
            .collect();
        assert_eq!(name_addresses(&addresses[..2]), "192.0.2.1, 192.0.2.2");
        assert_eq!(
            name_addresses(&addresses),
            "192.0.2.1, 192.0.2.2, 192.0.2.3 and 2 more"
        );
    }
}
