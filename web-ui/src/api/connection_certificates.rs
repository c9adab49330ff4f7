//! `/api/connections/ID/certificates`: what was presented, built, minted and sent, decoded now.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use capture::{CertificateId, Connection, Id, Outcome, ReadError, Timestamp};
use handshake::{MessageKind, Parties};

use super::certificates::download;
use super::connections::not_held;
use super::model::{
    Certificate, ConnectionCertificates, LegHandshake, PathCertificate, Problem, Verdict, to_pem,
};
use super::under_way::UnderWay;
use super::{Json, PathId};
use crate::shared::{App, Shared};

/// The certificates of a connection, with the judgements of both chains
#[utoipa::path(get, path = "", tag = "certificates",
    params(("id" = String, Path, description = "The connection")),
    responses(
        (status = 200, body = ConnectionCertificates),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_of_connection(
    State(shared): App,
    PathId(id): PathId,
) -> Result<Json<ConnectionCertificates>, Problem> {
    let found = read_seen(shared, id, |seen| seen.tell(Timestamp::now())).await?;
    Ok(Json(found))
}

/// The chain that the origin presented, in PEM
#[utoipa::path(get, path = "", tag = "certificates",
    params(("id" = String, Path, description = "The connection")),
    responses(
        (status = 200, body = String, content_type = "application/x-pem-file"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "There is no such connection, or no chain of it"),
    ))]
pub(crate) async fn read_chain(State(shared): App, PathId(id): PathId) -> Result<Response, Problem> {
    let chain: String = read_seen(shared, id, |seen| {
        seen.presented().iter().map(|(der, _)| to_pem(der)).collect()
    })
    .await?;
    if chain.is_empty() {
        return Err(Problem::not_found(format!("no chain of connection {id} is held")));
    }
    Ok(download(
        "application/x-pem-file",
        &format!("chain-{id}.pem"),
        chain,
    ))
}

/// A certificate that is kept, or its DER alone.
type Kept = (bytes::Bytes, Option<capture::CertificateSummary>);

/// What a connection has seen.
struct Seen {
    connection: Arc<Connection>,
    /// The certificates that it names, as far as they are kept.
    kept: HashMap<CertificateId, Kept>,
    /// Of TLS that was passed through: the chain that passed in the clear.
    in_the_clear: Vec<Kept>,
}

/// Reads what a connection has seen, and tells of it.
async fn read_seen<T: Send + 'static>(
    shared: Arc<Shared>,
    id: Id,
    tell: impl FnOnce(&Seen) -> T + Send + 'static,
) -> Result<T, Problem> {
    let of_reading = shared.clone();
    let found = shared
        .read(move |store| {
            let under_way = UnderWay::of(&of_reading, id);
            let kept = store.connection(id)?.map(|(_, connection)| connection);
            let Some(connection) = under_way.latest(kept) else {
                return Ok(None);
            };
            let mut seen = Seen {
                kept: HashMap::new(),
                in_the_clear: Vec::new(),
                connection,
            };
            for id in seen.names() {
                // What waits is looked for before the store.
                let waiting = of_reading.recorder.waiting().certificate(id);
                let found = match waiting {
                    Some(waiting) => Some((waiting.der.clone(), waiting.summary.clone())),
                    None => store.certificate(id)?.map(|kept| (kept.der, kept.summary)),
                };
                seen.kept
                    .extend(found.map(|(der, summary)| (id, (der, Some(summary)))));
            }
            if seen.connection.outcome == Some(Outcome::Passed) {
                seen.in_the_clear = chain_in_the_clear(under_way.completed(store.handshakes(id)?));
            }
            Ok(Some(tell(&seen)))
        })
        .await?;
    found
        .map_err(|error: ReadError| error.into())
        .and_then(|told| told.ok_or_else(|| not_held(id)))
}

/// The server's chain in a handshake that was passed through, of versions that show it.
fn chain_in_the_clear(handshakes: capture::Handshakes) -> Vec<Kept> {
    let passed = handshakes.client.as_ref();
    let dissected = passed.and_then(|leg| LegHandshake::dissect(leg, Parties::PASSED, None));
    let messages = dissected.map(|leg| leg.handshake.messages).unwrap_or_default();
    let of_server = messages
        .iter()
        .find(|message| message.kind == MessageKind::Certificate && message.from == Parties::PASSED.server);
    let chain = of_server
        .map(|message| message.certificates())
        .unwrap_or_default();
    chain.into_iter().map(|der| (der.into(), None)).collect()
}

impl Seen {
    /// All that it names, each once.
    fn names(&self) -> Vec<CertificateId> {
        let connection = &self.connection;
        let verdicts = connection.verdict.iter().chain(&connection.client_verdict);
        let mut names: Vec<CertificateId> = verdicts
            .flat_map(|verdict| {
                let path = verdict.path.iter().map(|place| place.id);
                verdict.presented.iter().copied().chain(path)
            })
            .chain(connection.minted.iter().copied())
            .chain(connection.sent.iter().copied())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn presented(&self) -> Vec<&Kept> {
        match &self.connection.verdict {
            Some(verdict) if !verdict.presented.is_empty() => self.kept_of(&verdict.presented),
            _ => self.in_the_clear.iter().collect(),
        }
    }

    fn kept_of(&self, ids: &[CertificateId]) -> Vec<&Kept> {
        ids.iter().filter_map(|id| self.kept.get(id)).collect()
    }

    fn tell(&self, now: Timestamp) -> ConnectionCertificates {
        let one = |(der, summary): &Kept| Certificate::of(der, summary.as_ref(), now);
        let all = |ids: &[CertificateId]| self.kept_of(ids).into_iter().map(one).collect::<Vec<_>>();
        let connection = &self.connection;
        let path = connection.verdict.iter().flat_map(|verdict| &verdict.path);
        let client = connection.client_verdict.as_ref();
        let minted = all(&connection.minted);
        ConnectionCertificates {
            presented: self.presented().into_iter().map(one).collect(),
            path: path
                .filter_map(|place| {
                    Some(PathCertificate {
                        certificate: one(self.kept.get(&place.id)?),
                        source: place.source.clone(),
                    })
                })
                .collect(),
            minted: minted.first().cloned(),
            minted_chain: minted,
            client: client.map(|verdict| all(&verdict.presented)).unwrap_or_default(),
            sent: all(&connection.sent),
            verdict: connection.verdict.as_deref().map(Verdict::from),
            client_verdict: client.map(|verdict| Verdict::from(&**verdict)),
        }
    }
}
