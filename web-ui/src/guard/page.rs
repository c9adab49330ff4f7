//! The page for a browser that comes without the token.

use std::net::SocketAddr;

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:34em;margin:18vh auto 0;padding:0 1.5em}\
                     h1{font-size:1.2em}code{font:13px/1.5 ui-monospace,monospace}";

/// Allows that style by its hash, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'sha256-2ZRlHSVINCU8YeFAnkFOmmmha3nEQfU3o363NcqlJTc='; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// Says where the URL with the token is to be found, and that the one that was shown is another's, where one was.
pub(super) fn who_are_you(address: SocketAddr, wrong: bool) -> Response {
    let title = if wrong {
        "That token is not this dashboard's"
    } else {
        "This dashboard opens with its token"
    };
    let wrong = if wrong {
        "<p>The URL has a token, but of another Handlens or data folder, or it was not copied whole.</p>\n"
    } else {
        ""
    };
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Handlens</title>\n<style>{STYLE}</style>\n\
         <h1>{title}</h1>\n\
         {wrong}\
         <p>Open the whole URL that Handlens printed when it started, on the line that begins with \
         <code>dashboard</code>:</p>\n\
         <p><code>dashboard&nbsp; http://{address}/?token=…</code></p>\n\
         <p>This browser then remembers it. The token stays the same from start to start; the file \
         <code>token</code> in Handlens's data folder holds it.</p>\n</html>\n"
    );
    let policy = [(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))];
    (StatusCode::UNAUTHORIZED, policy, Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_policy_allows_the_pages_own_style() {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE));
        assert!(
            POLICY.contains(&format!("'sha256-{hash}'")),
            "the style's hash is {hash}"
        );
    }
}
