//! An exchange as a curl command line for a POSIX shell: pasted, it sends the request again.
//!
//! Fields that curl makes itself (`Host`, `Content-Length`) and those of one hop alone are left out; fields that
//! curl would add of its own and the client had not are switched off.

use std::fmt::Write;

use crate::{Exchange, Id, ReadError, Side, Store, Version};

/// A body up to this length stands in the command, if it is text.
const INLINE: u64 = 32 * 1024;

/// The fields of one hop (RFC 9110 section 7.6.1), beside those that `Connection` names.
const OF_ONE_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The request of this exchange as a curl command. `None` when there is no such exchange.
///
/// # Errors
/// When the store cannot be read.
pub fn curl(store: &dyn Store, id: Id) -> Result<Option<String>, ReadError> {
    let Some((_, exchange)) = store.exchange(id)? else {
        return Ok(None);
    };
    let body = match store.body(id, Side::Request, 0..INLINE)? {
        Some(part) if exchange.request_bytes == 0 && part.kept == 0 => Body::None,
        Some(part) if part.kept == part.bytes.len() as u64 && part.dropped == 0 && !part.open => {
            match String::from_utf8(part.bytes.into()) {
                Ok(text) if !text.contains('\0') => Body::Text(text),
                _ => Body::File,
            }
        }
        Some(part) if part.dropped > 0 || part.open => Body::NotWhole,
        Some(_) => Body::File,
        None => Body::None,
    };
    Ok(Some(command(&exchange, &body)))
}

/// What the command sends as a body.
enum Body {
    None,
    Text(String),
    /// It is binary or long: a file that the person has to save.
    File,
    /// It was not recorded to its end.
    NotWhole,
}

fn command(exchange: &Exchange, body: &Body) -> String {
    let request = &exchange.request;
    let url = request.url();
    let mut options = vec![quote(&url)];
    if url.contains(['[', ']', '{', '}']) {
        options.push("--globoff".to_owned());
    }
    if url.contains("/.") {
        options.push("--path-as-is".to_owned());
    }
    let default = if matches!(body, Body::None) { "GET" } else { "POST" };
    match &*request.method {
        "HEAD" if matches!(body, Body::None) => options.push("--head".to_owned()),
        method if method == default => {}
        method => options.push(format!("--request {}", quote(method))),
    }
    options.push(
        match (request.version, request.scheme) {
            (Version::Http10, _) => "--http1.0",
            (Version::Http11, _) => "--http1.1",
            (Version::Http2, "https") => "--http2",
            (Version::Http2, _) => "--http2-prior-knowledge",
        }
        .to_owned(),
    );
    options.extend(
        fields(exchange, body)
            .into_iter()
            .map(|field| format!("--header {}", quote(&field))),
    );
    if request.fields.first("accept-encoding").is_some() {
        options.push("--compressed".to_owned());
    }
    let file = format!("request-{}.body", exchange.id);
    let mut command = String::new();
    match body {
        Body::None => {}
        // Behind --data-binary, text that begins with @ would name a file.
        Body::Text(text) if text.starts_with('@') => options.push(format!("--data-raw {}", quote(text))),
        Body::Text(text) => options.push(format!("--data-binary {}", quote(text))),
        Body::File | Body::NotWhole => {
            let _ = writeln!(command, "# first save the request's body as {file}");
            if matches!(body, Body::NotWhole) {
                let _ = writeln!(command, "# (it was not recorded to its end)");
            }
            options.push(format!("--data-binary {}", quote(&format!("@{file}"))));
        }
    }
    let _ = write!(command, "curl {}", options.join(" \\\n  "));
    command
}

/// The fields to send, in curl's way of writing them.
fn fields(exchange: &Exchange, body: &Body) -> Vec<String> {
    let fields = &exchange.request.fields;
    let connection = fields
        .first("connection")
        .map(|value| String::from_utf8_lossy(value).to_ascii_lowercase());
    let of_one_hop = |name: &str| {
        OF_ONE_HOP.contains(&name)
            || connection
                .as_deref()
                .is_some_and(|named| named.split(',').any(|named| named.trim() == name))
    };
    let authority = exchange.request.url();
    let authority = authority.split('/').nth(2).unwrap_or_default().to_owned();
    let mut told = Vec::new();
    for (name, value) in fields.iter() {
        let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        let lower = name.to_ascii_lowercase();
        let is_token = lower
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        if !is_token
            || of_one_hop(&lower)
            || lower == "content-length"
            || (lower == "host" && value == authority.as_str())
        {
            continue;
        }
        // A semicolon makes curl send a field without a value; a colon would make it send none.
        told.push(if value.is_empty() {
            format!("{name};")
        } else {
            format!("{name}: {value}")
        });
    }
    let has_body = !matches!(body, Body::None);
    for (name, curl_adds_it) in [
        ("User-Agent", true),
        ("Accept", true),
        ("Content-Type", has_body),
        ("Expect", has_body),
    ] {
        if curl_adds_it && fields.first(name).is_none() {
            told.push(format!("{name}:"));
        }
    }
    told
}

/// The text as one word of a POSIX shell (section 2.2.2 of its language): in single quotes nothing has a meaning
/// but the next single quote.
fn quote(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
#[path = "curl_tests.rs"]
mod tests;
