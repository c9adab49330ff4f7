//! Why TLS with an origin came to nothing, and what can be done about it.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ca::PathEnd;
use capture::{Alert, LegName, Stage, Target};
use http::StatusCode;
use rustls::AlertDescription;

use super::identity::ClientAuth;
use super::judged::{Judged, Possession};
use super::shortfall::Shortfall;
use crate::fault::{Fault, alert_of, tls_error, told_incompatible};

/// TLS with the origin came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OriginTlsError {
    #[error("TLS with origin {target} failed: {}", judged.judgement.text())]
    BadChain {
        target: Target,
        judged: Box<Judged>,
        /// What the origin was told of it.
        alert: Option<Alert>,
    },
    #[error("TLS with origin {target} failed: {}", unproven(.judged))]
    Unproven {
        target: Target,
        source: rustls::Error,
        judged: Box<Judged>,
    },
    #[error("TLS with origin {target} failed: {}{}", refused(.source), told(shortfall.as_deref()))]
    Tls {
        target: Target,
        source: rustls::Error,
        judged: Option<Box<Judged>>,
        client_auth: ClientAuth,
        /// Where the two sides share too little: what the origin speaks instead.
        shortfall: Option<Arc<Shortfall>>,
    },
    /// OpenSSL's reason.
    #[cfg(feature = "legacy")]
    #[error("TLS with origin {target} failed: {text}")]
    Legacy {
        target: Target,
        text: String,
        judged: Option<Box<Judged>>,
        client_auth: ClientAuth,
    },
    #[error("TLS with origin {target} failed: {}", broken(.source))]
    Io { target: Target, source: io::Error },
    #[error("TLS with origin {target} was not done within {limit:?}")]
    TimedOut { target: Target, limit: Duration },
}

fn refused(error: &rustls::Error) -> String {
    match (error, alert_of(error)) {
        (rustls::Error::AlertReceived(_), Some(alert)) => {
            let meaning = handshake::alert_meaning(alert.code);
            format!("it refused with the alert {} ({meaning})", alert.name)
        }
        _ => told_incompatible(error),
    }
}

fn told(shortfall: Option<&Shortfall>) -> String {
    shortfall.map_or_else(String::new, |shortfall| format!("; {shortfall}"))
}

fn broken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it closed the connection in the middle of the handshake".to_owned(),
        io::ErrorKind::ConnectionReset => "it reset the connection in the middle of the handshake".to_owned(),
        _ => error.to_string(),
    }
}

fn unproven(judged: &Judged) -> String {
    match judged.small_key() {
        Some(bits) => format!(
            "its certificate's RSA key has {bits} bits, and of keys below 2048 bits no proof is taken"
        ),
        None => "it did not prove that it holds its certificate's key".to_owned(),
    }
}

/// What is left where modern TLS can't reach an origin.
fn beyond_modern(host: &str) -> String {
    let build = match cfg!(feature = "legacy") {
        true => "",
        false => ", with a Handlens that is built with `--features legacy`",
    };
    format!(
        "reach it by OpenSSL with `--legacy-origin {host}`{build}; or carry its TLS untouched with `--pass {host}`"
    )
}

/// What mends a chain, by the first of its checks that failed.
fn mending(judged: &Judged) -> Cow<'static, str> {
    let failed = judged
        .judgement
        .checks
        .iter()
        .find(|check| check.outcome == ca::CheckOutcome::Fail);
    let told = match failed.map(|check| check.name) {
        Some("path" | "anchor") => return mending_end(&judged.judgement.end),
        Some("signature") => {
            "have the origin present the certificates that belong together: one is not signed by the one that it names \
             as its issuer"
        }
        Some("dates") => "renew the origin's certificate, and look at the clocks of both machines",
        Some("name") => {
            "ask for a name that the certificate is for; or give the origin a certificate \
             for the name that you ask for"
        }
        Some("ocsp" | "crl" | "must_staple") => {
            "give the origin a certificate that is not revoked, and a staple that says so where it must have one"
        }
        Some("key_strength") => {
            "give the origin a certificate with an RSA key of 2048 bits or more, or with an ECDSA key"
        }
        Some("signature_algorithm") => "give the origin a certificate that is signed with SHA-256 or better",
        _ => "mend the origin's certificate",
    };
    told.into()
}

/// What mends a chain that leads to no root that is trusted.
fn mending_end(end: &PathEnd) -> Cow<'static, str> {
    match end {
        PathEnd::Missing { name, address } => {
            let from = address
                .as_ref()
                .map_or_else(String::new, |address| format!(" (it is to be had from {address})"));
            format!(
                "have the origin send the certificate of {name} with its own{from}; or, if {name} is a root that you \
                 know, trust it with `--origin-ca FILE`"
            )
            .into()
        }
        PathEnd::Own => "reach this server directly: its certificate is of Handlens's own root, which vouches for no origin, \
                         also not by `--origin-ca`; or give it one of another authority"
            .into(),
        PathEnd::Public { name } => format!(
            "bring this machine's list of roots up to date, which lacks {name} (Debian's `ca-certificates`); or trust \
             that with `--origin-ca FILE`"
        )
        .into(),
        PathEnd::Untrusted => "trust its root with `--origin-ca FILE`, if it is one that you know; or mend the chain that \
                               the origin presents"
            .into(),
        _ => "mend the chain that the origin presents".into(),
    }
}

impl OriginTlsError {
    /// What an error of the handshake says, with what had been judged by then.
    pub(super) fn of(
        error: io::Error,
        target: &Target,
        judged: Option<Judged>,
        client_auth: ClientAuth,
    ) -> Self {
        let target = target.clone();
        let Some(source) = tls_error(&error).cloned() else {
            return Self::Io {
                target,
                source: error,
            };
        };
        match judged.map(Box::new) {
            Some(judged) if judged.possession == Possession::Failed => Self::Unproven {
                target,
                source,
                judged,
            },
            Some(judged) if judged.is_refused() => Self::BadChain {
                target,
                alert: judged.refusal().and_then(|error| alert_of(&error.into())),
                judged,
            },
            judged => Self::Tls {
                target,
                source,
                judged,
                client_auth,
                shortfall: None,
            },
        }
    }

    /// What came behind the handshake.
    pub(crate) fn refused(target: Target, source: rustls::Error, client_auth: ClientAuth) -> Self {
        Self::Tls {
            target,
            source,
            judged: None,
            client_auth,
            shortfall: None,
        }
    }

    /// Where to put what the origin speaks instead, if the two sides share too little.
    pub(crate) fn shortfall(&mut self) -> Option<&mut Option<Arc<Shortfall>>> {
        match self {
            // Who has shown its certificate had chosen before, and refuses something else.
            Self::Tls {
                source,
                shortfall,
                judged: None,
                ..
            } if shares_too_little(source) => Some(shortfall),
            _ => None,
        }
    }

    /// Whether the origin asked for a certificate before it failed.
    pub(crate) fn client_auth(&self) -> ClientAuth {
        match self {
            Self::Tls { client_auth, .. } => client_auth.clone(),
            #[cfg(feature = "legacy")]
            Self::Legacy { client_auth, .. } => client_auth.clone(),
            _ => ClientAuth::NotAsked,
        }
    }

    /// What was judged before it failed.
    pub(crate) fn judged(&self) -> Option<&Judged> {
        match self {
            Self::BadChain { judged, .. } | Self::Unproven { judged, .. } => Some(judged),
            Self::Tls { judged, .. } => judged.as_deref(),
            #[cfg(feature = "legacy")]
            Self::Legacy { judged, .. } => judged.as_deref(),
            _ => None,
        }
    }

    pub(crate) fn to_fault(&self) -> Fault {
        let fault = |stage| Fault::new(LegName::Origin, stage, self.to_string());
        match self {
            Self::BadChain {
                target,
                judged,
                alert,
            } => fault(Stage::Verify)
                .with_alert(alert.clone())
                .with_remedy(match judged.small_key() {
                    // It would pass the judge, and fail at the proof.
                    Some(_) => format!("{}; or {}", mending(judged), beyond_modern(&target.host)),
                    None => format!(
                        "{}; or let this host pass with `--allow-invalid {}`",
                        mending(judged),
                        target.host
                    ),
                }),
            Self::Unproven {
                target,
                source,
                judged,
            } => fault(Stage::Verify)
                .with_alert(alert_of(source))
                .with_remedy(match judged.small_key() {
                    Some(_) => format!("give the origin a larger key; or {}", beyond_modern(&target.host)),
                    None => {
                        "check the server's certificate and key, which do not belong together; or somebody \
                             answers in its place"
                            .to_owned()
                    }
                }),
            Self::Tls {
                target,
                source,
                client_auth,
                ..
            } => {
                let fault = fault(Stage::Tls).with_alert(alert_of(source));
                match source {
                    rustls::Error::AlertReceived(_) if client_auth.was_asked() => {
                        fault.with_remedy(client_auth.remedy(&target.host))
                    }
                    rustls::Error::AlertReceived(_) | rustls::Error::PeerIncompatible(_) => {
                        fault.with_remedy(format!(
                            "the origin and Handlens (TLS 1.2 and 1.3) found no parameters in common: bring the \
                             origin's TLS up to date; or {}",
                            beyond_modern(&target.host)
                        ))
                    }
                    rustls::Error::InvalidMessage(_) => {
                        fault.with_remedy("check that the port speaks TLS: what came back is not")
                    }
                    _ => fault,
                }
            }
            #[cfg(feature = "legacy")]
            Self::Legacy {
                target, client_auth, ..
            } => fault(Stage::Tls).with_remedy(match client_auth.was_asked() {
                true => client_auth.remedy(&target.host),
                false => format!(
                    "look at what the origin speaks: OpenSSL has nothing older than TLS 1.0, and no export suites; or \
                     carry its TLS untouched with `--pass {}`",
                    target.host
                ),
            }),
            Self::Io { .. } => fault(Stage::Tls).with_remedy("check that the port speaks TLS"),
            Self::TimedOut { .. } => fault(Stage::Tls).with_status(StatusCode::GATEWAY_TIMEOUT),
        }
    }
}

/// Whether it failed for want of a version, a suite or a group that both sides have.
fn shares_too_little(error: &rustls::Error) -> bool {
    match error {
        rustls::Error::PeerIncompatible(_) => true,
        rustls::Error::AlertReceived(alert) => matches!(
            alert,
            AlertDescription::HandshakeFailure
                | AlertDescription::ProtocolVersion
                | AlertDescription::InsufficientSecurity
                | AlertDescription::IllegalParameter
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mends_a_chain_that_leads_to_no_trusted_root() {
        let missing = |address: Option<&str>| PathEnd::Missing {
            name: "R11".to_owned(),
            address: address.map(str::to_owned),
        };
        for (end, remedy) in [
            (
                missing(None),
                "have the origin send the certificate of R11 with its own; or, if R11 is a root that you know, trust it \
                 with `--origin-ca FILE`",
            ),
            (
                missing(Some("http://r11.test/")),
                "have the origin send the certificate of R11 with its own (it is to be had from http://r11.test/); or, if \
                 R11 is a root that you know, trust it with `--origin-ca FILE`",
            ),
            (
                PathEnd::Own,
                "reach this server directly: its certificate is of Handlens's own root, which vouches for no origin, also \
                 not by `--origin-ca`; or give it one of another authority",
            ),
            (
                PathEnd::Untrusted,
                "trust its root with `--origin-ca FILE`, if it is one that you know; or mend the chain that the origin \
                 presents",
            ),
        ] {
            assert_eq!(mending_end(&end), remedy);
        }
    }
}
