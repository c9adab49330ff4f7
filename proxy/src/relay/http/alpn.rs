//! What HTTP the two sides speak, by the names of their application protocols (RFC 7301).

use handshake::ClientHello;

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpVersion {
    Http1,
    Http2,
}

const HTTP1: &[u8] = b"http/1.1";
const HTTP10: &[u8] = b"http/1.0";
const HTTP2: &[u8] = b"h2";

/// The HTTP that a client of ours is to speak with us, where no origin has a say: the newest that it offers.
pub(crate) fn choose_http(hello: &ClientHello) -> (Vec<Vec<u8>>, HttpVersion) {
    choose(&hello.application_protocols())
}

fn choose(offered: &[Vec<u8>]) -> (Vec<Vec<u8>>, HttpVersion) {
    match (offers(offered, HTTP2), offers(offered, HTTP1)) {
        (true, _) => (vec![HTTP2.to_vec()], HttpVersion::Http2),
        (false, true) => (vec![HTTP1.to_vec()], HttpVersion::Http1),
        (false, false) => (Vec::new(), HttpVersion::Http1),
    }
}

/// The HTTP that a client does not offer, where it offers another one: an origin that speaks this alone is reached all
/// the same. A client of HTTP/1.0 may say so by name (curl does), which few origins know.
pub(crate) fn other_http(hello: &ClientHello) -> Option<&'static [u8]> {
    other(&hello.application_protocols())
}

fn other(offered: &[Vec<u8>]) -> Option<&'static [u8]> {
    match (offers(offered, HTTP2), offers(offered, HTTP1)) {
        (true, false) => Some(HTTP1),
        (false, true) => Some(HTTP2),
        (false, false) if offers(offered, HTTP10) => Some(HTTP1),
        _ => None,
    }
}

/// What a client is offered of an origin that chose this, and the HTTP that it speaks then: the same, where it knows
/// that; its own where it does not, or where the origin chose nothing and the client speaks HTTP/2 alone.
pub(crate) fn protocols_for_client(
    hello: &ClientHello,
    origin: Option<&[u8]>,
) -> (Vec<Vec<u8>>, Option<HttpVersion>) {
    for_client(&hello.application_protocols(), origin)
}

fn for_client(offered: &[Vec<u8>], origin: Option<&[u8]>) -> (Vec<Vec<u8>>, Option<HttpVersion>) {
    match origin {
        Some(chosen) if offers(offered, chosen) => {
            let version = match chosen {
                HTTP2 => Some(HttpVersion::Http2),
                HTTP1 | HTTP10 => Some(HttpVersion::Http1),
                _ => None,
            };
            (vec![chosen.to_vec()], version)
        }
        None if !offers(offered, HTTP2) || offers(offered, HTTP1) => (Vec::new(), None),
        _ => {
            let (protocols, version) = choose(offered);
            (protocols, Some(version))
        }
    }
}

fn offers(offered: &[Vec<u8>], name: &[u8]) -> bool {
    offered.iter().any(|protocol| protocol == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<Vec<u8>> {
        names.iter().map(|name| name.as_bytes().to_vec()).collect()
    }

    #[test]
    fn the_client_gets_what_the_origin_chose_or_its_own() {
        use HttpVersion::{Http1, Http2};
        for (offered, origin, protocols, version) in [
            (&["h2", "http/1.1"][..], Some("h2"), &["h2"][..], Some(Http2)),
            (&["h2", "http/1.1"], Some("http/1.1"), &["http/1.1"], Some(Http1)),
            (&["http/1.1"], Some("h2"), &["http/1.1"], Some(Http1)),
            (&["h2"], Some("http/1.1"), &["h2"], Some(Http2)),
            (&["h2"], None, &["h2"], Some(Http2)),
            (&["h2", "http/1.1"], None, &[], None),
            (&["http/1.1"], None, &[], None),
            (&[], None, &[], None),
            (&["mqtt"], Some("mqtt"), &["mqtt"], None),
            (&["http/1.0"], Some("http/1.1"), &[], Some(Http1)),
        ] {
            let told = for_client(&list(offered), origin.map(str::as_bytes));
            assert_eq!(told, (list(protocols), version), "{offered:?} {origin:?}");
        }
    }

    #[test]
    fn the_other_http_is_tried_where_the_client_speaks_one_alone() {
        assert_eq!(other(&list(&["h2"])), Some(HTTP1));
        assert_eq!(other(&list(&["http/1.1"])), Some(HTTP2));
        assert_eq!(other(&list(&["h2", "http/1.1"])), None);
        assert_eq!(other(&list(&["http/1.0"])), Some(HTTP1));
        assert_eq!(other(&list(&["mqtt"])), None);
    }
}
