//! What a client is answered when the origin can't: leg, stage, cause and remedy, in the form it can read.

use bytes::Bytes;
use capture::LegName;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::fault::Fault;

/// The form that a client is answered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorPage {
    /// For a browser.
    Html,
    /// `application/problem+json` (RFC 9457), for a client that asks for JSON.
    Problem,
    /// For everything else.
    Text,
}

impl ErrorPage {
    /// The form for a request with these fields.
    pub(crate) fn for_request(fields: &HeaderMap) -> Self {
        let accept = fields
            .get(ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .unwrap_or("");
        let place = |media: &str| accept.find(media);
        match (place("text/html"), place("json")) {
            (Some(html), Some(json)) if json < html => Self::Problem,
            (Some(_), _) => Self::Html,
            (None, Some(_)) => Self::Problem,
            (None, None) => Self::Text,
        }
    }

    /// The whole response.
    pub(crate) fn write(self, fault: &Fault) -> Response<Bytes> {
        let (media, body) = match self {
            Self::Html => ("text/html; charset=utf-8", html(fault)),
            Self::Problem => ("application/problem+json", problem(fault)),
            Self::Text => ("text/plain; charset=utf-8", text(fault)),
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = fault.status;
        let fields = response.headers_mut();
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        fields.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        fields.insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        );
        // So that scripts can tell this answer from the origin's.
        fields.insert(
            HeaderName::from_static("handlens-error"),
            HeaderValue::from_static(fault.stage.as_str()),
        );
        response
    }
}

/// Answers, on the bare socket, a client whose request for a tunnel can't be met.
pub(crate) async fn refuse(client: &mut TcpStream, fault: &Fault) {
    let response = ErrorPage::Text.write(fault);
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
    let length = response.body().len();
    answer.extend_from_slice(format!("content-length: {length}\r\nconnection: close\r\n\r\n").as_bytes());
    answer.extend_from_slice(response.body());
    // A client that is gone already is told nothing; that is all that can go wrong here.
    let _ = client.write_all(&answer).await;
    let _ = client.shutdown().await;
}

fn text(fault: &Fault) -> String {
    let mut text = format!(
        "Handlens could not carry this request.\n\nleg:    {}\nstage:  {}\ncause:  {}\n",
        fault.leg.as_str(),
        fault.stage.as_str(),
        fault.text
    );
    if let Some(alert) = &fault.alert {
        text.push_str(&format!(
            "alert:  {} ({})\n",
            alert.name,
            handshake::alert_meaning(alert.code)
        ));
    }
    if let Some(remedy) = &fault.remedy {
        text.push_str(&format!("remedy: {remedy}\n"));
    }
    text
}

fn problem(fault: &Fault) -> String {
    json!({
        "type": "about:blank",
        "title": "Handlens could not carry this request",
        "status": fault.status.as_u16(),
        "detail": fault.text,
        "leg": fault.leg.as_str(),
        "stage": fault.stage.as_str(),
        "remedy": fault.remedy,
        "alert": fault.alert.as_ref().map(|alert| &alert.name),
    })
    .to_string()
}

fn html(fault: &Fault) -> String {
    let row = |name: &str, value: &str| format!("<dt>{name}</dt><dd>{}</dd>", escape(value));
    let mut rows = row(
        "Leg",
        match fault.leg {
            LegName::Client => "client (between your program and Handlens)",
            LegName::Origin => "origin (between Handlens and the server)",
        },
    );
    rows.push_str(&row("Stage", fault.stage.as_str()));
    rows.push_str(&row("Cause", &fault.text));
    if let Some(alert) = &fault.alert {
        rows.push_str(&row(
            "Alert",
            &format!("{}: {}", alert.name, handshake::alert_meaning(alert.code)),
        ));
    }
    if let Some(remedy) = &fault.remedy {
        rows.push_str(&row("Remedy", remedy));
    }
    let status = fault.status.as_u16();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Handlens: {status}</title>\
         <style>{STYLE}</style><main><p class=\"name\">Handlens</p><h1>This request could not be carried</h1>\
         <dl>{rows}</dl><p class=\"note\">Nothing of the request was answered by the origin: this page comes \
         from the inspection proxy on your side.</p></main></html>"
    )
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const STYLE: &str = include_str!("error_page.css");

#[cfg(test)]
mod tests {
    use super::*;
    use capture::Stage;
    use http::StatusCode;

    fn fault() -> Fault {
        Fault::new(LegName::Origin, Stage::Connect, "connection <refused>")
            .with_remedy("start it")
            .with_status(StatusCode::BAD_GATEWAY)
    }

    fn body(accept: &str) -> (String, String) {
        let mut fields = HeaderMap::new();
        fields.insert(ACCEPT, accept.parse().unwrap());
        let response = ErrorPage::for_request(&fields).write(&fault());
        let media = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        (media, String::from_utf8(response.into_body().to_vec()).unwrap())
    }

    #[test]
    fn a_browser_gets_html_with_the_cause_escaped() {
        let (media, page) = body("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        assert_eq!(media, "text/html; charset=utf-8");
        assert!(
            page.contains("<dt>Cause</dt><dd>connection &lt;refused&gt;</dd>"),
            "{page}"
        );
    }

    #[test]
    fn a_program_gets_a_problem_and_a_terminal_gets_text() {
        let (media, page) = body("application/json, text/html;q=0.1");
        assert_eq!(media, "application/problem+json");
        let problem: serde_json::Value = serde_json::from_str(&page).unwrap();
        assert_eq!(problem["stage"], "connect");
        let (media, page) = body("*/*");
        assert_eq!(media, "text/plain; charset=utf-8");
        assert_eq!(
            page,
            "Handlens could not carry this request.\n\nleg:    origin\nstage:  connect\n\
             cause:  connection <refused>\nremedy: start it\n"
        );
    }
}
