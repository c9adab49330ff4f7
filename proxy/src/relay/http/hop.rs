//! Fields that speak to the next hop alone (RFC 9110 section 7.6.1).

use http::header::{CONNECTION, CONTENT_LENGTH, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Takes the fields of one hop out of a request's head. The others keep their order, to the letter.
///
/// `TE: trailers` stays when the client said it, with the `Connection: te` it needs on this hop, so that
/// trailers come through; `Upgrade` stays when the client asked for one.
pub(super) fn strip_request(fields: &mut HeaderMap, is_http2: bool) {
    if is_http2 {
        // RFC 9113 section 8.2.2: such fields make a message malformed, and h2 has refused it.
        return;
    }
    let wants_trailers = names(fields, TE).any(|token| token.eq_ignore_ascii_case("trailers"));
    let wants_upgrade = is_upgrade(fields);
    // `Connection` keeps its place where it has something to name on the next hop too.
    let (kept, named): (&[&str], &str) = match (wants_trailers, wants_upgrade) {
        (false, false) => (&[], ""),
        (true, false) => (&["connection", "te"], "te"),
        (false, true) => (&["connection", "upgrade"], "upgrade"),
        (true, true) => (&["connection", "te", "upgrade"], "te, upgrade"),
    };
    let te = wants_trailers.then(|| HeaderValue::from_static("trailers"));
    rebuild(fields, kept, &[PROXY_AUTHORIZATION]);
    if let Some(te) = te {
        fields.insert(TE, te);
    }
    if !named.is_empty() {
        fields.insert(CONNECTION, HeaderValue::from_static(named));
    }
}

/// Takes the fields of one hop out of a response's head.
pub(super) fn strip_response(fields: &mut HeaderMap, is_http2: bool) {
    if is_http2 {
        return;
    }
    // RFC 9112 section 6.3: Transfer-Encoding overrides Content-Length, which must go before it is handed on.
    let both = fields.contains_key(TRANSFER_ENCODING) && fields.contains_key(CONTENT_LENGTH);
    rebuild(fields, &[], if both { &[CONTENT_LENGTH] } else { &[] });
}

/// Whether a head asks for, or agrees to, another protocol on this connection (RFC 9110 section 7.8).
pub(super) fn is_upgrade(fields: &HeaderMap) -> bool {
    fields.contains_key(UPGRADE) && names(fields, CONNECTION).any(|name| name.eq_ignore_ascii_case("upgrade"))
}

fn names(fields: &HeaderMap, field: HeaderName) -> impl Iterator<Item = &str> {
    fields
        .get_all(field)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim)
}

/// Whether a field is of one hop by its own name. `Connection` can name more. `Transfer-Encoding` is of one hop
/// too, which hyper sees to.
fn is_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection" | "keep-alive" | "proxy-connection" | "te" | "upgrade"
    )
}

/// Fields that must reach the other side whatever `Connection` names: without them the message would be read
/// another way there than here.
fn is_end_to_end(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "host" | "content-length" | "content-type" | "content-encoding" | "cookie" | "authorization"
    )
}

/// Takes out the fields of one hop and `gone`, but for those `kept`. `HeaderMap::remove` would move the last
/// field into the gap, so the map is built anew, and only when there is something to take out.
fn rebuild(fields: &mut HeaderMap, kept: &[&str], gone: &[HeaderName]) {
    let named: Vec<HeaderName> = names(fields, CONNECTION)
        .filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok())
        .filter(|name| !is_end_to_end(name))
        .collect();
    let goes = |name: &HeaderName| {
        (is_hop(name) || named.contains(name) || gone.contains(name)) && !kept.contains(&name.as_str())
    };
    if fields.keys().any(goes) {
        keep(fields, |name| !goes(name));
    }
}

/// Keeps these fields, in their order.
fn keep(fields: &mut HeaderMap, stays: impl Fn(&HeaderName) -> bool) {
    let mut rebuilt = HeaderMap::with_capacity(fields.len());
    let mut last = None;
    for (name, value) in std::mem::take(fields) {
        // A name stands with the first of its values only.
        last = name.or(last);
        if let Some(name) = last.as_ref().filter(|name| stays(name)) {
            rebuilt.append(name, value);
        }
    }
    *fields = rebuilt;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&str, &str)]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| {
                (
                    name.parse::<HeaderName>().unwrap(),
                    value.parse::<HeaderValue>().unwrap(),
                )
            })
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    }

    fn told(map: &HeaderMap) -> Vec<String> {
        map.iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect()
    }

    #[test]
    fn fields_of_one_hop_go_and_the_others_keep_their_order() {
        let mut fields = map(&[
            ("host", "a"),
            ("connection", "keep-alive, X-Hop"),
            ("accept", "1"),
            ("x-hop", "2"),
            ("keep-alive", "timeout=5"),
            ("cookie", "3"),
            ("cookie", "4"),
            ("proxy-authorization", "Basic x"),
            ("z", "5"),
        ]);
        strip_request(&mut fields, false);
        assert_eq!(
            told(&fields),
            ["host: a", "accept: 1", "cookie: 3", "cookie: 4", "z: 5"]
        );
    }

    #[test]
    fn trailers_and_upgrades_are_asked_for_on_the_next_hop_too() {
        let mut fields = map(&[("te", "trailers, gzip"), ("connection", "TE, close")]);
        strip_request(&mut fields, false);
        assert_eq!(told(&fields), ["te: trailers", "connection: te"]);
        let mut fields = map(&[("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")]);
        strip_request(&mut fields, false);
        assert_eq!(told(&fields), ["connection: upgrade", "upgrade: websocket"]);
    }

    #[test]
    fn connection_cannot_name_away_what_frames_or_addresses_the_message() {
        let mut fields = map(&[
            ("connection", "content-length, host"),
            ("content-length", "3"),
            ("host", "a"),
        ]);
        strip_request(&mut fields, false);
        assert_eq!(told(&fields), ["content-length: 3", "host: a"]);
    }

    #[test]
    fn a_response_with_both_lengths_keeps_the_one_that_counts() {
        let mut fields = map(&[
            ("content-length", "3"),
            ("transfer-encoding", "chunked"),
            ("a", "1"),
        ]);
        strip_response(&mut fields, false);
        assert_eq!(told(&fields), ["transfer-encoding: chunked", "a: 1"]);
    }
}
