//! One client connection and the origin connection that belongs to it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::{CertificateId, Decision, Id, Timestamp, Verdict};

/// A connection as it is known at one moment. The recorder sends the whole of it at each step; the last one
/// sent holds.
///
/// Stores keep it as JSON: a field that comes later is an `Option` or has a default, so that earlier captures
/// are read on. What many connections share is kept beside it and not told there: the certificates, and all of a
/// verdict but the decision and its words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name.
    pub id: Id,
    /// When the client came in.
    pub opened: Timestamp,
    /// When both legs were over; `None` while it is open.
    pub closed: Option<Timestamp>,
    /// How the client came in.
    pub door: Door,
    /// What the client asked for; `None` when it left before saying so.
    pub target: Option<Target>,
    /// The server name in the client's hello (RFC 6066 section 3).
    pub sni: Option<String>,
    /// What became of it; `None` while that is not known.
    pub outcome: Option<Outcome>,
    /// Why it failed, for a connection that did.
    pub failure: Option<Failure>,
    /// The leg toward the client.
    pub client: Leg,
    /// The leg toward the origin.
    pub origin: Leg,
    /// The judgement of the chain that the origin presented.
    #[serde(default, serialize_with = "in_brief")]
    pub verdict: Option<Arc<Verdict>>,
    /// The judgement of the chain that the client presented, where it was asked for one and gave it.
    #[serde(default, serialize_with = "in_brief")]
    pub client_verdict: Option<Arc<Verdict>>,
    /// What we presented to the client, our leaf first.
    #[serde(default, skip_serializing)]
    pub minted: Vec<CertificateId>,
    /// The client certificate that we sent to the origin, with its chain.
    #[serde(default, skip_serializing)]
    pub sent: Vec<CertificateId>,
    /// Time the minting of our leaf took (zero when it came from the cache).
    pub mint_us: Option<u64>,
    /// Bytes that the client sent through this connection, above TLS where TLS was ended.
    pub bytes_from_client: u64,
    /// Bytes that the origin sent through this connection, above TLS where TLS was ended.
    pub bytes_from_origin: u64,
    /// Exchanges that have begun on it, those too that are no longer kept; `None` in captures of before they were
    /// counted.
    pub exchanges: Option<u64>,
    /// The proxy that the origin was reached through, without its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Time that this took, until it led to the origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via_us: Option<u64>,
    /// The protocol in which TLS was begun by a command: `smtp`, `imap`, `pop3`, `postgres` ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starttls: Option<String>,
    /// Who ended it by a reset of its TCP connection, where it was carried as bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_by: Option<LegName>,
    /// The process of this machine that the client is, where that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
}

/// A process of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The name of its program.
    pub name: String,
    /// The program's file.
    pub executable: Option<String>,
}

impl Connection {
    /// A connection that has just come in.
    #[must_use]
    pub fn new(door: Door, client: SocketAddr) -> Self {
        Self {
            id: Id::new(),
            opened: Timestamp::now(),
            closed: None,
            door,
            target: None,
            sni: None,
            outcome: None,
            failure: None,
            client: Leg {
                address: Some(client),
                ..Leg::default()
            },
            origin: Leg::default(),
            verdict: None,
            client_verdict: None,
            minted: Vec::new(),
            sent: Vec::new(),
            mint_us: None,
            bytes_from_client: 0,
            bytes_from_origin: 0,
            exchanges: Some(0),
            via: None,
            via_us: None,
            starttls: None,
            reset_by: None,
            process: None,
        }
    }
}

/// Tells of a verdict what belongs to each connection that it was given on.
fn in_brief<S: Serializer>(verdict: &Option<Arc<Verdict>>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Brief<'a> {
        decision: Decision,
        text: &'a str,
        error: &'a Option<String>,
        allowed_by: &'a Option<String>,
    }
    let brief = verdict.as_ref().map(|verdict| Brief {
        decision: verdict.decision,
        text: &verdict.text,
        error: &verdict.error,
        allowed_by: &verdict.allowed_by,
    });
    brief.serialize(serializer)
}

/// How a client comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// The CONNECT method (RFC 9110 section 9.3.6).
    Connect,
    /// A request in absolute form to an HTTP proxy (RFC 9112 section 3.2.2).
    Http,
    /// SOCKS version 4 or 4a.
    Socks4,
    /// SOCKS version 5 (RFC 1928).
    Socks5,
    /// The system's packet filter sent here a connection that its client made to the origin itself.
    Transparent,
    /// Handlens stands in the place of one origin.
    Reverse,
    /// A person asked something of the origin in the dashboard: Handlens itself is the client.
    Own,
}

impl Door {
    /// Every door.
    pub const ALL: [Self; 7] = [
        Self::Connect,
        Self::Http,
        Self::Socks4,
        Self::Socks5,
        Self::Transparent,
        Self::Reverse,
        Self::Own,
    ];

    /// Its word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Http => "http",
            Self::Socks4 => "socks4",
            Self::Socks5 => "socks5",
            Self::Transparent => "transparent",
            Self::Reverse => "reverse",
            Self::Own => "own",
        }
    }
}

/// The host and port that a client asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// A name in lower case, or an IP address without brackets.
    pub host: Arc<str>,
    /// The TCP port.
    pub port: u16,
}

impl Target {
    /// This host and port.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }
}

impl fmt::Display for Target {
    /// `example.com:443`, `[::1]:443`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// What became of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// TLS was ended on both legs and what passed was read.
    Inspected,
    /// TLS was carried untouched, because a rule said so.
    Passed,
    /// Carried as bytes: neither TLS nor HTTP.
    Opaque,
    /// HTTP without TLS.
    Plain,
    /// It did not come to carrying anything.
    Failed,
}

impl Outcome {
    /// Its word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inspected => "inspected",
            Self::Passed => "passed",
            Self::Opaque => "opaque",
            Self::Plain => "plain",
            Self::Failed => "failed",
        }
    }
}

/// One half of a connection, named after the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegName {
    /// Between the client and Handlens.
    Client,
    /// Between Handlens and the origin.
    Origin,
}

impl LegName {
    /// Its word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Origin => "origin",
        }
    }
}

/// The step at which something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading what the client wants (the CONNECT or the absolute-form request).
    Target,
    /// Telling TLS, HTTP and other protocols apart, and reading the ClientHello.
    Detect,
    /// Name resolution.
    Resolve,
    /// The TCP connection.
    Connect,
    /// Going through another proxy: reaching it, and what it answered.
    Upstream,
    /// The TLS handshake.
    Tls,
    /// Judging the origin's chain.
    Verify,
    /// Minting our leaf.
    Mint,
    /// Sending the request.
    Request,
    /// Reading the response.
    Response,
    /// Carrying bytes after all was set up.
    Relay,
}

impl Stage {
    /// Its word in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Detect => "detect",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Upstream => "upstream",
            Self::Tls => "tls",
            Self::Verify => "verify",
            Self::Mint => "mint",
            Self::Request => "request",
            Self::Response => "response",
            Self::Relay => "relay",
        }
    }
}

/// Why a connection failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The leg it failed on.
    pub leg: LegName,
    /// The step it failed at.
    pub stage: Stage,
    /// The cause, as a sentence without a full stop.
    pub text: String,
    /// What the person can do about it.
    pub remedy: Option<String>,
    /// The TLS alert that ended it, whoever sent it.
    pub alert: Option<Alert>,
}

/// A TLS alert (RFC 8446 section 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its number in IANA's registry.
    pub code: u8,
    /// Its name in IANA's registry: `unknown_ca`.
    pub name: String,
    /// True when Handlens sent it, false when the peer did.
    pub sent_by_us: bool,
}

/// What is known of one leg.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// The peer's address.
    pub address: Option<SocketAddr>,
    /// What TLS agreed on; `None` without TLS or before it is agreed.
    pub tls: Option<TlsParameters>,
    /// Time name resolution took.
    pub resolve_us: Option<u64>,
    /// Time the TCP connection took.
    pub connect_us: Option<u64>,
}

/// What a TLS handshake agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsParameters {
    /// `TLS 1.3`, `TLS 1.2`.
    pub version: String,
    /// IANA's name: `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: String,
    /// The key exchange group in IANA's name: `X25519MLKEM768`.
    pub group: Option<String>,
    /// The application protocol (RFC 7301).
    pub alpn: Option<String>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// From the ClientHello to the end of the handshake on our side.
    pub handshake_us: u64,
    /// The client's JA3 fingerprint, where one was computed.
    pub ja3: Option<String>,
    /// The client's JA4 fingerprint, where one was computed.
    pub ja4: Option<String>,
    /// Made by an engine for what modern TLS no longer speaks.
    #[serde(default)]
    pub legacy: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_of_the_first_format_is_read() {
        let kept = r#"{
            "id": "019dd2a4-8d3c-7c53-9fa1-0d9f5a9c1e11", "opened": "2026-11-21T08:55:45.000042Z",
            "closed": "2026-11-21T08:55:46.000042Z", "door": "connect",
            "target": {"host": "example.com", "port": 443}, "sni": "example.com", "outcome": "failed",
            "failure": {"leg": "client", "stage": "tls", "text": "the client rejected our certificate",
                "remedy": "install the root", "alert": {"code": 48, "name": "unknown_ca", "sent_by_us": false}},
            "client": {"address": "127.0.0.1:50000", "tls": null, "resolve_us": null, "connect_us": null},
            "origin": {"address": "[::1]:443", "tls": {"version": "TLS 1.3", "cipher_suite": "TLS_AES_128_GCM_SHA256",
                "group": "X25519MLKEM768", "alpn": "h2", "resumed": false, "handshake_us": 9000, "ja3": null,
                "ja4": null}, "resolve_us": 10, "connect_us": 20},
            "verdict": {"decision": "trusted", "checks": [{"name": "dates", "outcome": "pass", "evidence": "valid"}]},
            "mint_us": 30, "bytes_from_client": 1, "bytes_from_origin": 2
        }"#;
        let connection: Connection = serde_json::from_str(kept).unwrap();
        assert_eq!(
            connection.verdict.map(|verdict| verdict.decision),
            Some(Decision::Trusted)
        );
        assert!(connection.client_verdict.is_none() && connection.minted.is_empty());
        assert_eq!(connection.failure.map(|failure| failure.stage), Some(Stage::Tls));
        assert_eq!(connection.exchanges, None);
    }

    #[test]
    fn an_address_as_host_is_told_in_brackets() {
        assert_eq!(
            Target {
                host: "::1".into(),
                port: 443
            }
            .to_string(),
            "[::1]:443"
        );
        assert_eq!(
            Target {
                host: "example.com".into(),
                port: 8443
            }
            .to_string(),
            "example.com:8443"
        );
    }
}
