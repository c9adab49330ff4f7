//! What of the person's `NO_PROXY` a program keeps.
//!
//! Whoever runs a program under Handlens wants to see its traffic, and an entry of `NO_PROXY` is traffic that
//! nobody sees. Most entries are there because a company's proxy can't reach loopback or the company's own
//! networks. That is no reason here: Handlens runs on this machine, and reaches what the program reaches. So an
//! entry goes when it could hide a target without meaning to:
//!
//! - `*`, and a bare suffix of one label (`.local`, `.com`): they stand for everything, or for whole worlds;
//! - loopback in every form, and names of one label (`localhost`, `database`): local servers under development
//!   are what is looked at most;
//! - addresses and ranges of addresses (`10.0.0.0/8`): they stand for networks, not for a choice.
//!
//! An entry that names one host or domain (`internal.example`) stays, for somebody chose it; and it is told on
//! stderr, so that nobody wonders where its traffic is. Without any, the variable is taken away.

use std::net::IpAddr;

/// The entries that stay, in their order.
pub(super) fn entries_to_keep(no_proxy: &str) -> Vec<String> {
    no_proxy
        .split([',', ' ', '\t'])
        .map(str::trim)
        .filter(|entry| names_one_domain(entry))
        .map(str::to_owned)
        .collect()
}

fn names_one_domain(entry: &str) -> bool {
    let name = without_port(entry);
    let name = name.strip_prefix('*').unwrap_or(name);
    let name = name.trim_matches('.').to_ascii_lowercase();
    let has_labels = name.contains('.') && name.split('.').all(|label| !label.is_empty());
    has_labels && !is_address_like(&name) && !name.ends_with(".localhost") && !name.contains('*')
}

fn without_port(entry: &str) -> &str {
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => entry,
    }
}

/// An address, a range of addresses, or the beginning of one (`127.`, `10.1`).
fn is_address_like(name: &str) -> bool {
    let bare = name.split('/').next().unwrap_or(name);
    name.contains('/')
        || bare.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
        || name.contains(':')
        || bare
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_hide_a_target_goes() {
        for gone in [
            "",
            "*",
            ",",
            "localhost",
            "LOCALHOST:3000",
            "app.localhost",
            "*.localhost",
            "127.0.0.1",
            "127.0.0.1:8080",
            "127.",
            "127.*",
            "127.0.0.0/8",
            "::1",
            "[::1]",
            "[::1]:80",
            "0.0.0.0",
            "10.0.0.0/8",
            "10.1",
            "fd00::/8",
            "192.168.1.7",
            ".local",
            "*.local",
            ".com",
            "com",
            "*.com",
            "*.",
            "database",
            "fe80::1%eth0",
            "a..b",
            "*.*.example.com",
        ] {
            assert_eq!(entries_to_keep(gone), Vec::<String>::new(), "{gone}");
        }
    }

    #[test]
    fn what_names_one_domain_stays() {
        assert_eq!(
            entries_to_keep(
                "localhost, internal.example ,.corp.example.com,*.cdn.example,10.0.0.0/8 api.test:8443,*"
            ),
            [
                "internal.example",
                ".corp.example.com",
                "*.cdn.example",
                "api.test:8443"
            ]
        );
    }
}
