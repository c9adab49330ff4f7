//! The names that a browser may call us by.

use std::net::{IpAddr, SocketAddr};

/// Whether this Host (`name`, `name:port`, `[address]:port`) is the listener's own.
///
/// Names other than `localhost` are refused, whoever they resolve to: that is what DNS rebinding needs. An IP
/// address can't be rebound, so a listener on every address answers to any.
pub(super) fn is_own(host: &str, listener: SocketAddr) -> bool {
    let Some((name, port)) = split(host) else {
        return false;
    };
    if port != listener.port() {
        return false;
    }
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let Ok(address) = name.parse::<IpAddr>() else {
        return false;
    };
    let address = address.to_canonical();
    let named_with_brackets = host.starts_with('[');
    (address.is_ipv4() || named_with_brackets)
        && (is_first_loopback(address)
            || address == listener.ip().to_canonical()
            || listener.ip().is_unspecified())
}

/// The name without brackets, and the port, which is 80 where none is said.
fn split(host: &str) -> Option<(&str, u16)> {
    let (name, rest) = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?,
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    match rest.strip_prefix(':') {
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => Some((name, port.parse().ok()?)),
        None if rest.is_empty() => Some((name, 80)),
        _ => None,
    }
}

fn is_first_loopback(address: IpAddr) -> bool {
    address == IpAddr::from([127, 0, 0, 1]) || address == IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_loopback_answers_to_its_own_names() {
        let listener = "127.0.0.1:8081".parse().unwrap();
        for own in ["127.0.0.1:8081", "localhost:8081", "LocalHost:8081", "[::1]:8081"] {
            assert!(is_own(own, listener), "{own}");
        }
        for foreign in [
            "",
            "127.0.0.1",
            "127.0.0.1:8080",
            "127.0.0.1:+8081",
            "127.0.0.1:8081:8081",
            "127.0.0.2:8081",
            "evil.example:8081",
            "127.0.0.1.nip.io:8081",
            "localhost.evil.example:8081",
            "::1:8081",
            "[::1]",
            "[::1]8081",
            "[localhost:8081",
            "user@127.0.0.1:8081",
        ] {
            assert!(!is_own(foreign, listener), "{foreign}");
        }
    }

    #[test]
    fn a_listener_on_port_80_needs_no_port() {
        assert!(is_own("localhost", "127.0.0.1:80".parse().unwrap()));
    }

    #[test]
    fn a_listener_on_every_address_answers_to_addresses_and_to_no_name() {
        let listener = "[::]:8081".parse().unwrap();
        assert!(is_own("192.168.1.5:8081", listener));
        assert!(is_own("[fe80::1]:8081", listener));
        assert!(!is_own("evil.example:8081", listener));
    }

    #[test]
    fn a_listener_on_one_address_answers_to_that() {
        let listener = "192.168.1.5:8081".parse().unwrap();
        assert!(is_own("192.168.1.5:8081", listener));
        assert!(!is_own("192.168.1.6:8081", listener));
    }
}
