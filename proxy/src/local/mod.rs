//! `http://handlens.local/`: what a client behind the proxy needs to trust the root, from the proxy itself.
//!
//! A phone that has the proxy set opens it and gets the certificate in the form its system takes, and the steps. No
//! origin is dialled. The root's key is not here, and the dashboard can't be reached this way.

mod guides;
mod page;
mod tunnel;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use ca::{Root, RootCertificate};
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    USER_AGENT, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use time::OffsetDateTime;

pub(crate) use tunnel::serve_tunnel;

use crate::fault::chain_text;

/// The name that is ours. `.local` is never anybody's on the internet (RFC 6762).
pub(crate) use ca::OWN_HOST as HOST;

/// Where leaves say that revoked certificates of the root are listed, when they are to.
pub(crate) const CRL_URL: &str = "http://handlens.local/root.crl";

/// Where a browser is told to use the proxy: there, and at the proxy's own port.
pub(crate) const PAC_PATH: &str = "/proxy.pac";

/// Whether a host, as it is kept, is ours.
pub(crate) fn is_here(host: &str) -> bool {
    host == HOST
}

/// What is told there.
pub(crate) struct Site {
    root: Arc<Root>,
    certificate: RootCertificate,
    /// The first door for HTTP, as a script for browsers names it.
    proxy: Option<String>,
}

impl Site {
    /// `door` is the first that is an HTTP proxy's.
    pub(crate) fn new(root: Arc<Root>, door: Option<SocketAddr>) -> Self {
        let proxy = door.map(|mut door| {
            if door.ip().is_unspecified() {
                // It listens everywhere; this is where a client on this machine finds it.
                door.set_ip(match door.is_ipv4() {
                    true => Ipv4Addr::LOCALHOST.into(),
                    false => Ipv6Addr::LOCALHOST.into(),
                });
            }
            format!("PROXY {door}")
        });
        Self {
            proxy,
            certificate: root.to_certificate(),
            root,
        }
    }

    /// The whole answer to a request for `path`, that came over `scheme`. `proxy` is what to write of the proxy that the
    /// client came by, where that is known.
    pub(crate) fn answer(
        &self,
        method: &Method,
        scheme: &str,
        path: &str,
        fields: &HeaderMap,
        proxy: Option<&str>,
    ) -> Response<Bytes> {
        if method != Method::GET && method != Method::HEAD {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "This page can only be read.\n");
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let mut response = self.found(scheme, path, fields, proxy);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if method == Method::HEAD {
            let length = response.body().len();
            response.headers_mut().insert(CONTENT_LENGTH, length.into());
            *response.body_mut() = Bytes::new();
        }
        response
    }

    fn found(&self, scheme: &str, path: &str, fields: &HeaderMap, proxy: Option<&str>) -> Response<Bytes> {
        let root = &self.certificate;
        match path {
            "/" => {
                let agent = fields.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
                let is_secure = scheme == "https";
                let html = page::write(&self.root, root, agent.unwrap_or(""), is_secure);
                let mut response = body(StatusCode::OK, "text/html; charset=utf-8", html);
                response.headers_mut().insert(
                    CONTENT_SECURITY_POLICY,
                    HeaderValue::from_static(
                        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                         frame-ancestors 'none'",
                    ),
                );
                response
            }
            PAC_PATH => match proxy.or(self.proxy.as_deref()) {
                Some(proxy) => body(
                    StatusCode::OK,
                    "application/x-ns-proxy-autoconfig",
                    format!("function FindProxyForURL(url, host) {{\n  return \"{proxy}\";\n}}\n"),
                ),
                None => text(StatusCode::NOT_FOUND, "Handlens has no door for HTTP.\n"),
            },
            "/root.pem" => file("application/x-pem-file", "handlens-root.pem", root.to_pem()),
            "/root.der" => file(
                "application/x-x509-ca-cert",
                "handlens-root.cer",
                root.der().to_vec(),
            ),
            "/root.p12" => file("application/x-pkcs12", "handlens-root.p12", root.to_pkcs12()),
            "/root.0" => file("application/x-pem-file", &root.android_name(), root.to_pem()),
            "/root.mobileconfig" => file(
                "application/x-apple-aspen-config",
                "handlens-root.mobileconfig",
                root.to_mobileconfig(),
            ),
            "/root.crl" => match self.root.crl(OffsetDateTime::now_utc()) {
                Ok(list) => body(StatusCode::OK, "application/pkix-crl", list),
                Err(error) => {
                    tracing::warn!("no revocation list can be signed: {}", chain_text(&error));
                    text(StatusCode::INTERNAL_SERVER_ERROR, "The list can't be signed.\n")
                }
            },
            _ => text(
                StatusCode::NOT_FOUND,
                "There is no such page. What Handlens gives its clients is at http://handlens.local/\n",
            ),
        }
    }
}

fn body(status: StatusCode, media_type: &'static str, bytes: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

fn text(status: StatusCode, text: &'static str) -> Response<Bytes> {
    body(status, "text/plain; charset=utf-8", text)
}

/// `name` is one of ours, and has nothing to escape.
fn file(media_type: &'static str, name: &str, bytes: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = body(StatusCode::OK, media_type, bytes);
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

#[cfg(test)]
mod tests;
