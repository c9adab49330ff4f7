//! How a stream ends before its end, and what its two peers are told of it.

use std::time::Duration;

use capture::{LegName, Stage};
use h2::{Error, Reason};

use crate::fault::{Fault, chain_text};

/// How a stream ended before its end.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The client reset it.
    ClientReset(Reason),
    /// The client broke HTTP/2, or its connection broke.
    ClientBroke(Error),
    /// The origin reset it.
    OriginReset(Reason),
    /// The origin is going away and has not looked at it (RFC 9113 section 6.8).
    OriginRefused,
    /// The origin broke HTTP/2, or its connection broke.
    OriginBroke(Error),
    /// A peer did not go on for so long.
    Stalled(Duration),
    /// Nothing passed for twice as long, by this fault.
    GivenUp(Fault),
}

impl Ended {
    /// What an error of the client's half says.
    pub(crate) fn of_client(error: Error) -> Self {
        match error.reason() {
            Some(reason) if error.is_reset() && error.is_remote() => Self::ClientReset(reason),
            _ => Self::ClientBroke(error),
        }
    }

    /// What an error of the origin's half says.
    pub(in crate::relay) fn of_origin(error: Error) -> Self {
        match error.reason() {
            Some(reason) if error.is_reset() && error.is_remote() => Self::OriginReset(reason),
            Some(_) if error.is_go_away() && error.is_remote() => Self::OriginRefused,
            _ => Self::OriginBroke(error),
        }
    }

    /// As the exchange tells it.
    pub(crate) fn to_fault(&self) -> Fault {
        let client = |text: String| Fault::new(LegName::Client, Stage::Relay, text);
        let origin = |text: String| Fault::new(LegName::Origin, Stage::Response, text);
        match self {
            Self::ClientReset(reason) => client(format!("the client reset the stream: {}", told(*reason))),
            Self::ClientBroke(error) => {
                client(format!("the client's stream broke off: {}", chain_text(error)))
            }
            Self::OriginReset(reason) => origin(format!("the origin reset the stream: {}", told(*reason))),
            Self::OriginRefused => origin("the origin is going away and did not take the request".to_owned()),
            Self::OriginBroke(error) => {
                origin(format!("the response's body broke off: {}", chain_text(error)))
            }
            Self::Stalled(limit) => crate::relay::faults::response_stalled(*limit),
            Self::GivenUp(fault) => fault.clone(),
        }
    }

    /// What the origin is told, where its half goes on.
    pub(super) fn for_origin(&self) -> Option<Reason> {
        match self {
            Self::ClientReset(reason) => Some(*reason),
            Self::ClientBroke(_) | Self::Stalled(_) | Self::GivenUp(_) => Some(Reason::CANCEL),
            Self::OriginReset(_) | Self::OriginRefused | Self::OriginBroke(_) => None,
        }
    }

    /// What the client is told, where its half goes on.
    pub(crate) fn for_client(&self) -> Option<Reason> {
        match self {
            Self::ClientReset(_) | Self::ClientBroke(_) => None,
            Self::OriginReset(reason) => Some(*reason),
            Self::OriginRefused => Some(Reason::REFUSED_STREAM),
            Self::OriginBroke(_) | Self::Stalled(_) => Some(Reason::INTERNAL_ERROR),
            Self::GivenUp(_) => Some(Reason::CANCEL),
        }
    }
}

/// Why a request that left got no answer, by what its connection ended with.
pub(in crate::relay) fn no_answer(error: &Error) -> Fault {
    let fault = |text: String| Fault::new(LegName::Origin, Stage::Response, text);
    if error.is_library() {
        fault(format!(
            "the origin's answer is not valid HTTP: {}",
            chain_text(error)
        ))
    } else {
        fault("the origin closed the connection before it answered".to_owned())
            .with_remedy("look at the origin's log: it took the request and gave no response")
    }
}

/// A code in the words of RFC 9113 section 7, also one that has none.
pub(super) fn told(reason: Reason) -> String {
    let text = format!("{reason:?}");
    match text.strip_prefix("Reason(") {
        None => text,
        Some(_) => format!("the code 0x{:x}", u32::from(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_by_its_name_or_its_number() {
        assert_eq!(told(Reason::ENHANCE_YOUR_CALM), "ENHANCE_YOUR_CALM");
        assert_eq!(told(Reason::from(0xbeef)), "the code 0xbeef");
    }
}
