//! `/api/certificates`: the certificates that were seen, one of them decoded now, and it as a file.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use capture::{
    CertificateColumn, CertificateFilter, CertificateId, CertificateQuery, ReadError, Role, Store, Timestamp,
};
use http::header;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{
    Certificate, CertificateDetail, CertificatePage, CertificateRow, HostHistory, Problem, to_pem,
};
use super::openapi::RawBytes;
use super::paging::MAX_FILTER;
use super::{Json, Params};
use crate::shared::App;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;

/// The endings of a certificate's name that ask for it as a file.
const PEM: &str = ".pem";
const DER: &str = ".der";

/// Hosts that a certificate's page names.
const HOSTS: usize = 1000;
/// Hosts whose history it tells.
const HISTORIES: usize = 100;

/// What the list's URL says.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Which certificates match, by text, subject:, issuer:, name:, host:, key:, signature:, serial:, sha256:, role:,
    /// verdict:, revoked:, ca:, expired: and expires: (`expires:<30d`); empty for all.
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
pub(super) fn download(media_type: &'static str, name: &str, bytes: impl IntoResponse) -> Response {
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

const COLUMNS: [(&str, CertificateColumn); 7] = [
    ("expiry", CertificateColumn::Expiry),
    ("issuer", CertificateColumn::Issuer),
    ("subject", CertificateColumn::Subject),
    ("key", CertificateColumn::Key),
    ("hosts", CertificateColumn::Hosts),
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
