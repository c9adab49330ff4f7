//! A client connection and its two legs, as the API tells them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{Door, LegName, Outcome, Stage, Verdict};

/// A window of connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ConnectionPage {
    /// Connections there are.
    pub total: u64,
    /// Connections that match the filter.
    pub matched: u64,
    /// Place of the first item among those that match.
    pub offset: u64,
    /// The window.
    pub items: Vec<ConnectionRow>,
}

/// A connection with its place in the order of arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ConnectionRow {
    /// Its place in the order of arrival, from 1.
    pub number: u64,
    /// The connection.
    #[serde(flatten)]
    pub connection: Connection,
}

/// One client connection and the origin connection that belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Connection {
    /// Its name: an opaque string that sorts by age.
    pub id: String,
    /// When the client came in (RFC 3339).
    pub opened: String,
    /// When both legs were over; null while it is open.
    pub closed: Option<String>,
    /// How the client came in.
    pub door: Door,
    /// The host and port that the client asked for; null when it left before saying so.
    pub target: Option<String>,
    /// The server name in the client's hello.
    pub sni: Option<String>,
    /// What became of it; null while that is not known.
    pub outcome: Option<Outcome>,
    /// Why it failed, for one that did.
    pub failure: Option<Failure>,
    /// The leg toward the client.
    pub client: Leg,
    /// The leg toward the origin.
    pub origin: OriginLeg,
    /// Time the minting of our leaf took, in microseconds (nought when it came from the cache).
    pub mint_us: Option<u64>,
    /// Bytes that the client sent, above TLS where TLS was ended.
    pub bytes_from_client: u64,
    /// Bytes that the origin sent, above TLS where TLS was ended.
    pub bytes_from_origin: u64,
    /// Exchanges that have begun on it, those too that are no longer kept; null in captures of before they were
    /// counted.
    pub exchanges: Option<u64>,
    /// The proxy that the origin was reached through, without its password; null where none was.
    #[serde(default)]
    pub via: Option<String>,
    /// Time that reaching it and its way to the origin took, in microseconds.
    #[serde(default)]
    pub via_us: Option<u64>,
    /// The protocol in which TLS was begun by a command (`smtp`, `imap`, `pop3`, `postgres` ...); null elsewhere.
    #[serde(default)]
    pub starttls: Option<String>,
    /// Who ended it by a reset of its TCP connection, where it was carried as bytes; null elsewhere.
    #[serde(default)]
    pub reset_by: Option<LegName>,
    /// The process of this machine that the client is; null where that was not found.
    #[serde(default)]
    pub process: Option<Process>,
}

/// A process of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The name of its program.
    pub name: String,
    /// The program's file; null where that may not be known.
    pub executable: Option<String>,
}

impl From<&capture::Process> for Process {
    fn from(model: &capture::Process) -> Self {
        Self {
            pid: model.pid,
            name: model.name.clone(),
            executable: model.executable.clone(),
        }
    }
}

/// What is known of the leg toward the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Leg {
    /// The peer's address and port.
    pub address: Option<String>,
    /// What TLS agreed on; null without TLS or before it is agreed.
    pub tls: Option<Tls>,
    /// Time name resolution took, in microseconds.
    pub resolve_us: Option<u64>,
    /// Time the TCP connection took, in microseconds.
    pub connect_us: Option<u64>,
}

/// What is known of the leg toward the origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct OriginLeg {
    /// The leg.
    #[serde(flatten)]
    pub leg: Leg,
    /// The judgement of the chain that the origin presented. In lists it is told without what it rests on.
    pub verdict: Option<Verdict>,
}

/// What a TLS handshake agreed on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Tls {
    /// `TLS 1.3`, `TLS 1.2`.
    pub version: String,
    /// IANA's name: `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: String,
    /// The key exchange group in IANA's name: `X25519MLKEM768`.
    pub group: Option<String>,
    /// The application protocol: `h2`, `http/1.1`.
    pub alpn: Option<String>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// From the ClientHello to the end of the handshake on our side, in microseconds.
    pub handshake_us: u64,
    /// The client's JA3 fingerprint, where one was computed.
    pub ja3: Option<String>,
    /// The client's JA4 fingerprint, where one was computed.
    pub ja4: Option<String>,
    /// Made by an engine for what modern TLS no longer speaks; absent where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub legacy: Option<bool>,
}

/// Why a connection failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
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

/// A TLS alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Alert {
    /// Its number in IANA's registry.
    pub code: u8,
    /// Its name in IANA's registry: `unknown_ca`.
    pub name: String,
    /// True when Handlens sent it, false when the peer did.
    pub sent_by_us: bool,
}

impl From<capture::Page<(u64, std::sync::Arc<capture::Connection>)>> for ConnectionPage {
    fn from(page: capture::Page<(u64, std::sync::Arc<capture::Connection>)>) -> Self {
        Self {
            total: page.total,
            matched: page.matched,
            offset: page.offset,
            items: page
                .items
                .iter()
                .map(|(number, connection)| ConnectionRow::of(*number, connection))
                .collect(),
        }
    }
}

impl ConnectionRow {
    /// The row of this connection.
    pub(crate) fn of(number: u64, connection: &capture::Connection) -> Self {
        Self {
            number,
            connection: connection.into(),
        }
    }
}

impl From<&capture::Connection> for Connection {
    fn from(model: &capture::Connection) -> Self {
        Self {
            id: model.id.to_string(),
            opened: model.opened.to_string(),
            closed: model.closed.map(|moment| moment.to_string()),
            door: model.door.into(),
            target: model.target.as_ref().map(ToString::to_string),
            sni: model.sni.clone(),
            outcome: model.outcome.map(Into::into),
            failure: model.failure.as_ref().map(Into::into),
            client: (&model.client).into(),
            origin: OriginLeg {
                leg: (&model.origin).into(),
                verdict: model.verdict.as_deref().map(Into::into),
            },
            mint_us: model.mint_us,
            bytes_from_client: model.bytes_from_client,
            bytes_from_origin: model.bytes_from_origin,
            exchanges: model.exchanges,
            via: model.via.clone(),
            via_us: model.via_us,
            starttls: model.starttls.clone(),
            reset_by: model.reset_by.map(Into::into),
            process: model.process.as_ref().map(Into::into),
        }
    }
}

impl From<&capture::Leg> for Leg {
    fn from(model: &capture::Leg) -> Self {
        Self {
            address: model.address.map(|address| address.to_string()),
            tls: model.tls.as_ref().map(Into::into),
            resolve_us: model.resolve_us,
            connect_us: model.connect_us,
        }
    }
}

impl From<&capture::TlsParameters> for Tls {
    fn from(model: &capture::TlsParameters) -> Self {
        Self {
            version: model.version.clone(),
            cipher_suite: model.cipher_suite.clone(),
            group: model.group.clone(),
            alpn: model.alpn.clone(),
            resumed: model.resumed,
            handshake_us: model.handshake_us,
            ja3: model.ja3.clone(),
            ja4: model.ja4.clone(),
            legacy: model.legacy.then_some(true),
        }
    }
}

impl From<&capture::Failure> for Failure {
    fn from(model: &capture::Failure) -> Self {
        Self {
            leg: model.leg.into(),
            stage: model.stage.into(),
            text: model.text.clone(),
            remedy: model.remedy.clone(),
            alert: model.alert.as_ref().map(|alert| Alert {
                code: alert.code,
                name: alert.name.clone(),
                sent_by_us: alert.sent_by_us,
            }),
        }
    }
}
