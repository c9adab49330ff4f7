//! What a client is answered when the origin can't: leg, stage, cause and remedy, in the form it can read. Where a
//! chain was refused, the verdict with all that it rests on.

mod html;
mod plain;

use bytes::Bytes;
use capture::{Certificate, CertificateId, Check, CheckOutcome, Verdict};
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    PROXY_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::fault::Fault;
use crate::tls::Explained;

pub(crate) use html::escape;

/// How a client is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorPage {
    form: Form,
    /// Without its content, which the answer to HEAD has none of.
    is_head: bool,
}

/// The form that a client is answered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// For a browser.
    Html,
    /// `application/problem+json` (RFC 9457), for a client that asks for JSON.
    Problem,
    /// For everything else.
    Text,
}

impl ErrorPage {
    /// Plain text.
    pub(crate) const TEXT: Self = Self {
        form: Form::Text,
        is_head: false,
    };

    /// The one for a request with this method and these fields.
    pub(crate) fn for_request(method: &Method, fields: &HeaderMap) -> Self {
        let accept = fields
            .get(ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .unwrap_or("");
        let place = |media: &str| accept.find(media);
        let form = match (place("text/html"), place("json")) {
            (Some(html), Some(json)) if json < html => Form::Problem,
            (Some(_), _) => Form::Html,
            (None, Some(_)) => Form::Problem,
            (None, None) => Form::Text,
        };
        Self {
            form,
            is_head: method == Method::HEAD,
        }
    }

    /// The whole response.
    pub(crate) fn write(self, fault: &Fault) -> Response<Bytes> {
        let (media, body) = match self.form {
            Form::Html => ("text/html; charset=utf-8", html::html(fault)),
            Form::Problem => ("application/problem+json", plain::problem(fault)),
            Form::Text => ("text/plain; charset=utf-8", plain::text(fault)),
        };
        let length = body.len();
        let mut response = Response::new(match self.is_head {
            true => Bytes::new(),
            false => Bytes::from(body),
        });
        *response.status_mut() = fault.status;
        let fields = response.headers_mut();
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        fields.insert(CONTENT_LENGTH, length.into());
        fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        fields.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        fields.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        );
        if fault.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            fields.insert(
                PROXY_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"Handlens\", charset=\"UTF-8\""),
            );
        }
        // So that scripts can tell this answer from the origin's.
        fields.insert(
            HeaderName::from_static("handlens-error"),
            HeaderValue::from_static(fault.stage.as_str()),
        );
        response
    }
}

/// Answers, on the bare socket, a client whose request for a tunnel can't be met.
pub(crate) async fn refuse(client: &mut (impl AsyncWrite + Unpin), fault: &Fault) {
    let response = ErrorPage::TEXT.write(fault);
    let status = response.status();
    let mut answer = Vec::with_capacity(1024);
    answer.extend_from_slice(
        format!(
            "HTTP/1.1 {} {}\r\n",
            status.as_str(),
            status.canonical_reason().unwrap_or("")
        )
        .as_bytes(),
    );
    for (name, value) in response.headers() {
        answer.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    answer.extend_from_slice(b"connection: close\r\n\r\n");
    answer.extend_from_slice(response.body());
    // A client that is gone already is told nothing; that is all that can go wrong here.
    let _ = client.write_all(&answer).await;
    let _ = client.shutdown().await;
}

/// The checks of a verdict: what failed first, then what is to be looked at, what is good, and what was not looked at.
fn by_weight(verdict: &Verdict) -> Vec<&Check> {
    let weight = |check: &&Check| match check.outcome {
        CheckOutcome::Fail => 0,
        CheckOutcome::Warn => 1,
        CheckOutcome::Pass => 2,
        CheckOutcome::NotChecked => 3,
    };
    let mut checks: Vec<_> = verdict.checks.iter().collect();
    checks.sort_by_key(weight);
    checks
}

/// The place of the certificate that a check is about, counted from 1, where there is more than one.
fn place(verdict: &Verdict, check: &Check) -> Option<usize> {
    let about = check.certificate.filter(|_| verdict.presented.len() > 1)?;
    let place = verdict.presented.iter().position(|id| *id == about)?;
    Some(place + 1)
}

/// An outcome in words, and its name in JSON.
fn outcome(outcome: CheckOutcome) -> (&'static str, &'static str) {
    match outcome {
        CheckOutcome::Fail => ("fail", "fail"),
        CheckOutcome::Warn => ("warn", "warn"),
        CheckOutcome::Pass => ("pass", "pass"),
        CheckOutcome::NotChecked => ("not checked", "not_checked"),
    }
}

/// The certificates that were presented, as many as a person may want to read, and how many more there are.
fn presented(explained: &Explained) -> (impl Iterator<Item = &Certificate>, usize) {
    let presented = &explained.verdict.presented;
    let known = presented
        .iter()
        .take(MOST_CERTIFICATES)
        .filter_map(|id| find(explained, *id));
    (known, presented.len().saturating_sub(MOST_CERTIFICATES))
}

/// Certificates that a page tells.
const MOST_CERTIFICATES: usize = 12;

fn find(explained: &Explained, id: CertificateId) -> Option<&Certificate> {
    explained
        .certificates
        .iter()
        .map(|certificate| &**certificate)
        .find(|certificate| certificate.id == id)
}

/// The path that was judged: who, and where from.
fn path(verdict: &Explained) -> impl Iterator<Item = (&str, &str)> {
    verdict.verdict.path.iter().map(|place| {
        let subject = find(verdict, place.id).map_or("a certificate", |found| &found.summary.subject);
        (subject, &*place.source)
    })
}

/// The day of a moment in seconds since 1970.
fn day(seconds: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(seconds).map_or_else(
        |_| "an unknown day".to_owned(),
        |moment| moment.date().to_string(),
    )
}

#[cfg(test)]
mod tests;
