//! Why a connection or an exchange came to nothing: which leg, which stage, the cause, and what to do.
//!
//! The errors of the operations (`DialError`, `OriginTlsError`, ...) say what happened; a [`Fault`] is one of
//! them as a person is told it, on the page, in the dashboard and in the log.

use std::sync::Arc;

use capture::{Alert, ExchangeError, Failure, LegName, Stage};
use http::StatusCode;
use rustls::AlertDescription;

use crate::tls::Explained;

/// A failure, ready to be told.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) leg: LegName,
    pub(crate) stage: Stage,
    /// The cause, lower case, without a full stop.
    pub(crate) text: String,
    pub(crate) remedy: Option<String>,
    pub(crate) alert: Option<Alert>,
    /// The verdict of the origin's chain, where that is the cause.
    pub(crate) explained: Option<Arc<Explained>>,
    /// Where the dashboard tells more of it.
    pub(crate) look: Option<String>,
    /// What the client is answered: 502, or 504 where time ran out.
    pub(crate) status: StatusCode,
}

impl Fault {
    pub(crate) fn new(leg: LegName, stage: Stage, text: impl Into<String>) -> Self {
        Self {
            leg,
            stage,
            text: text.into(),
            remedy: None,
            alert: None,
            explained: None,
            look: None,
            status: StatusCode::BAD_GATEWAY,
        }
    }

    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    pub(crate) fn with_alert(mut self, alert: Option<Alert>) -> Self {
        self.alert = alert;
        self
    }

    /// The verdict, and where the dashboard shows it.
    pub(crate) fn with_explained(mut self, explained: Arc<Explained>, look: Option<String>) -> Self {
        self.explained = Some(explained);
        self.look = look;
        self
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Whether the origin speaks none of the application protocols that it was offered (RFC 7301 section 3.2).
    pub(crate) fn is_refused_protocol(&self) -> bool {
        let alert = self.alert.as_ref().filter(|alert| !alert.sent_by_us);
        self.leg == LegName::Origin
            && alert.is_some_and(|alert| alert.code == u8::from(AlertDescription::NoApplicationProtocol))
    }

    /// As a connection tells it.
    pub(crate) fn to_failure(&self) -> Failure {
        Failure {
            leg: self.leg,
            stage: self.stage,
            text: self.text.clone(),
            remedy: self.remedy.clone(),
            alert: self.alert.clone(),
        }
    }

    /// As an exchange tells it.
    pub(crate) fn to_exchange_error(&self) -> ExchangeError {
        ExchangeError {
            leg: self.leg,
            stage: self.stage,
            text: self.text.clone(),
        }
    }
}

/// The alert in an error of a TLS stream, if it ended by one: sent by the peer, or by us where rustls says
/// which.
pub(crate) fn alert_of(error: &rustls::Error) -> Option<Alert> {
    match error {
        rustls::Error::AlertReceived(description) => Some(told(*description, false)),
        rustls::Error::InvalidCertificate(reason) => Some(told(AlertDescription::from(reason.clone()), true)),
        rustls::Error::PeerIncompatible(_) => Some(told(AlertDescription::HandshakeFailure, true)),
        _ => None,
    }
}

/// An alert that we send.
pub(crate) fn alert_sent(description: AlertDescription) -> Alert {
    told(description, true)
}

fn told(description: AlertDescription, sent_by_us: bool) -> Alert {
    let code = u8::from(description);
    Alert {
        code,
        name: handshake::alert_name(code),
        sent_by_us,
    }
}

/// An error of TLS in words, also where the engine has a name alone for what the two sides don't share.
pub(crate) fn told_incompatible(error: &rustls::Error) -> String {
    use rustls::PeerIncompatible as Why;
    let rustls::Error::PeerIncompatible(why) = error else {
        return error.to_string();
    };
    match why {
        Why::SignatureAlgorithmsExtensionRequired
        | Why::Tls12NotOffered
        | Why::Tls12NotOfferedOrEnabled
        | Why::Tls13RequiredForQuic
        | Why::ServerDoesNotSupportTls12Or13 => {
            "the other side speaks neither TLS 1.2 nor TLS 1.3, which Handlens speaks"
        }
        Why::NoCipherSuitesInCommon => "the two sides have no cipher suite in common",
        Why::NoKxGroupsInCommon | Why::NamedGroupsExtensionRequired | Why::NoEcPointFormatsInCommon => {
            "the two sides have no key exchange in common: Handlens agrees on keys by (EC)DHE groups alone"
        }
        Why::NoSignatureSchemesInCommon | Why::NoCertificateRequestSignatureSchemesInCommon => {
            "the two sides have no signature scheme in common"
        }
        _ => return error.to_string(),
    }
    .to_owned()
}

/// The rustls error at the bottom of an error of any layer above, if there is one.
pub(crate) fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && let Some(inner) = io.get_ref()
            && let Some(tls) = inner.downcast_ref::<rustls::Error>()
        {
            return Some(tls);
        }
        current = error.source();
    }
    None
}

/// An error and its causes in one line, none of them said twice.
pub(crate) fn chain_text(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_found_below_the_layers_and_named() {
        let tls = rustls::Error::AlertReceived(AlertDescription::UnknownCA);
        let io = std::io::Error::new(std::io::ErrorKind::InvalidData, tls);
        let found = tls_error(&io).and_then(alert_of).unwrap();
        assert_eq!(
            (found.code, found.name.as_str(), found.sent_by_us),
            (48, "unknown_ca", false)
        );
    }
}
