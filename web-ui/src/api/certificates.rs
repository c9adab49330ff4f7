//! `/api/certificates` and `/api/connections/ID/certificates`: what was presented, built, minted and sent, decoded
//! now.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use capture::{
    CertificateColumn, CertificateFilter, CertificateId, CertificateQuery, Connection, Id, Outcome,
    ReadError, Role, Store, Timestamp,
};
use handshake::{MessageKind, Parties};
use http::header;
use serde::Deserialize;
use utoipa::IntoParams;

use super::connections::not_held;
use super::model::{
    Certificate, CertificateDetail, CertificatePage, CertificateRow, ConnectionCertificates, HostHistory,
    LegHandshake, PathCertificate, Problem, Verdict, to_pem,
};
use super::openapi::RawBytes;
use super::paging::MAX_FILTER;
use super::under_way::UnderWay;
use super::{Json, Params, PathId};
use crate::shared::{App, Shared};

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;

/// The endings of a certificate's name that ask for it as a file.
const PEM: &str = ".pem";
const DER: &str = ".der";

/// Hosts that a certificate's page names.
const HOSTS: usize = 1000;
/// Hosts whose history it tells.
const HISTORIES: usize = 100;

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

/// What the list's URL says.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Which certificates match, by text, subject:, issuer:, name:, host:, key:, signature:, serial:, sha256:, role:,
    /// ca:, expired: and expires: (`expires:<30d`); empty for all.
    #[serde(default)]
    filter: String,
    /// By expiry, issuer, subject, key, first_seen or last_seen; `-` before it for the other way round.
    #[serde(default)]
    sort: String,
    /// Those alone that were leaf, intermediate, root, minted or client.
    #[serde(default)]
    role: String,
    /// The window begins at this place among those that match.
    #[serde(default)]
    offset: usize,
    /// Certificates at the most: 100 when nothing is said, 1000 at the very most.
    limit: Option<usize>,
}

/// A window of the certificates that were seen and match
#[utoipa::path(get, path = "", tag = "certificates", params(Asked), responses(
    (status = 200, body = CertificatePage),
    (status = 400, body = Problem, content_type = "application/problem+json",
        description = "The filter (`at` says where), the sort or the role is not one"),
))]
pub(crate) async fn list_certificates(
    State(shared): App,
    Params(asked): Params<Asked>,
) -> Result<Json<CertificatePage>, Problem> {
    let now = Timestamp::now();
    let query = asked.query(now)?;
    let page = shared.read(move |store| store.certificates(&query)).await??;
    Ok(Json(CertificatePage {
        total: page.total,
        matched: page.matched,
        offset: page.offset,
        items: page
            .items
            .iter()
            .map(|row| CertificateRow::of(row, now))
            .collect(),
    }))
}

/// One certificate, with the hosts that it was seen with and their history
#[utoipa::path(get, path = "", tag = "certificates",
    params(("sha256" = String, Path, description = "The SHA-256 of its DER, in hexadecimal")),
    responses(
        (status = 200, body = CertificateDetail),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_certificate(
    State(shared): App,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    // A file's ending is part of the same segment of the path.
    if name.ends_with(PEM) {
        return read_certificate_pem(State(shared), Path(name)).await;
    }
    if name.ends_with(DER) {
        return read_certificate_der(State(shared), Path(name)).await;
    }
    let id = read_name(&name)?;
    let found = shared.read(move |store| tell_certificate(store, id)).await??;
    let told = found.ok_or_else(|| not_kept(id))?;
    Ok(Json(told).into_response())
}

/// One certificate in PEM
#[utoipa::path(get, path = "", tag = "certificates",
    params(("sha256" = String, Path, description = "The SHA-256 of its DER, in hexadecimal")),
    responses(
        (status = 200, body = String, content_type = "application/x-pem-file"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_certificate_pem(
    State(shared): App,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let id = read_name(name.trim_end_matches(PEM))?;
    let found = shared.read(move |store| store.certificate(id)).await??;
    let der = found.ok_or_else(|| not_kept(id))?.der;
    Ok(download(
        "application/x-pem-file",
        &format!("{id}.pem"),
        to_pem(&der),
    ))
}

/// One certificate in DER
#[utoipa::path(get, path = "", tag = "certificates",
    params(("sha256" = String, Path, description = "The SHA-256 of its DER, in hexadecimal")),
    responses(
        (status = 200, body = RawBytes, content_type = "application/pkix-cert"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read_certificate_der(
    State(shared): App,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let id = read_name(name.trim_end_matches(DER))?;
    let found = shared.read(move |store| store.certificate(id)).await??;
    let der = found.ok_or_else(|| not_kept(id))?.der;
    Ok(download("application/pkix-cert", &format!("{id}.der"), der))
}

fn read_name(text: &str) -> Result<CertificateId, Problem> {
    text.parse()
        .map_err(|error: capture::ParseCertificateIdError| Problem::not_found(error.to_string()))
}

fn not_kept(id: CertificateId) -> Problem {
    Problem::not_found(format!(
        "no certificate {id} is kept: it was not seen, or went with the last connection that saw it"
    ))
}

/// `name` is made of hexadecimal digits and hyphens, and has nothing to escape.
fn download(media_type: &'static str, name: &str, bytes: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, bytes).into_response()
}

fn tell_certificate(store: &dyn Store, id: CertificateId) -> Result<Option<CertificateDetail>, ReadError> {
    let mut sightings = store.sightings(id)?;
    let Some(kept) = store.certificate(id)?.filter(|_| !sightings.is_empty()) else {
        return Ok(None);
    };
    let mut roles: Vec<Role> = sightings.iter().flat_map(|of| of.roles.iter().copied()).collect();
    roles.sort_unstable();
    roles.dedup();
    sightings.retain(|of| !of.host.is_empty());
    let own = sightings.iter().filter(|of| of.roles.contains(&Role::Leaf));
    let history = own.take(HISTORIES).map(|of| {
        Ok(HostHistory {
            host: of.host.clone(),
            leaves: store.history(&of.host)?.into_iter().map(Into::into).collect(),
        })
    });
    let history = history.collect::<Result<_, ReadError>>()?;
    Ok(Some(CertificateDetail {
        certificate: Certificate::of(&kept.der, Some(&kept.summary), Timestamp::now()),
        roles: roles.into_iter().map(Into::into).collect(),
        sightings: sightings.iter().take(HOSTS).map(Into::into).collect(),
        history,
    }))
}

impl Asked {
    fn query(&self, now: Timestamp) -> Result<CertificateQuery, Problem> {
        if self.filter.len() > MAX_FILTER {
            let text = format!("the filter is longer than {MAX_FILTER} bytes");
            return Err(Problem::bad_request(text));
        }
        let (sort, descending) = read_sort(&self.sort)?;
        Ok(CertificateQuery {
            filter: self.filter.parse::<CertificateFilter>()?,
            role: read_role(&self.role)?,
            sort,
            descending,
            offset: self.offset,
            limit: self.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT),
            now,
        })
    }
}

const COLUMNS: [(&str, CertificateColumn); 6] = [
    ("expiry", CertificateColumn::Expiry),
    ("issuer", CertificateColumn::Issuer),
    ("subject", CertificateColumn::Subject),
    ("key", CertificateColumn::Key),
    ("first_seen", CertificateColumn::FirstSeen),
    ("last_seen", CertificateColumn::LastSeen),
];

fn read_sort(text: &str) -> Result<(CertificateColumn, bool), Problem> {
    let (descending, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text),
    };
    let found = COLUMNS.iter().find(|(known, _)| *known == name);
    match found {
        Some((_, column)) => Ok((*column, descending)),
        None if name.is_empty() => Ok((CertificateColumn::default(), descending)),
        None => {
            let name: String = name.chars().take(64).collect();
            let known = COLUMNS.map(|(known, _)| known).join(", ");
            Err(Problem::bad_request(format!(
                "certificates are not sorted by {name:?}, but by {known}"
            )))
        }
    }
}

fn read_role(text: &str) -> Result<Option<Role>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let found = Role::ALL.into_iter().find(|role| role.as_str() == text);
    found.map(Some).ok_or_else(|| {
        let text: String = text.chars().take(64).collect();
        let known = Role::ALL.map(Role::as_str).join(", ");
        Problem::bad_request(format!("{text:?} is no role, but {known} are"))
    })
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
