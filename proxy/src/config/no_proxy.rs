//! `--no-proxy`: origins that are reached without the upstream proxy, as curl writes them.
//!
//! Entries stand between commas or spaces: a name, which means the hosts below it too (with a dot or `*.` before it or
//! without), an address, a range of addresses (`10.0.0.0/8`), each with a port or without; or `*` for all hosts.

use std::net::IpAddr;
use std::str::FromStr;

use capture::Target;

/// Origins that are reached without the upstream proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// The name, in lower case, and those below it.
    Below(String),
    /// The addresses that begin with these bits.
    Range(IpAddr, u32),
}

impl FromStr for NoProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split([',', ' ', '\t'])
            .filter(|entry| !entry.is_empty())
            .map(Entry::read)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl NoProxy {
    /// Whether the target is one of them.
    pub(crate) fn holds(&self, target: &Target) -> bool {
        let address = target.host.parse::<IpAddr>().ok();
        self.0.iter().any(|entry| {
            entry.port.is_none_or(|port| port == target.port)
                && match &entry.hosts {
                    Hosts::All => true,
                    Hosts::Below(name) => {
                        let host = target.host.strip_suffix(&**name);
                        host.is_some_and(|before| before.is_empty() || before.ends_with('.'))
                    }
                    Hosts::Range(network, bits) => {
                        address.is_some_and(|address| begins_alike(address, *network, *bits))
                    }
                }
        })
    }
}

impl Entry {
    fn read(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self {
                hosts: Hosts::All,
                port: None,
            });
        }
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, port)) => (address, port.strip_prefix(':')),
            None => match text.split_once(':') {
                Some((host, port)) if !port.contains(':') => (host, Some(port)),
                _ => (text, None),
            },
        };
        let wrong = || {
            format!(
                "no-proxy: {text:?} is not a host, an address or a range of them, such as example.com or 10.0.0.0/8"
            )
        };
        let port = port
            .map(|port| port.parse::<u16>().map_err(|_| wrong()))
            .transpose()?;
        let (address, bits) = host.split_once('/').map_or((host, None), |(a, b)| (a, Some(b)));
        let hosts = match (address.parse::<IpAddr>(), bits) {
            (Ok(address), None) => Hosts::Range(address, width(address)),
            (Ok(address), Some(bits)) => match bits.parse::<u32>() {
                Ok(bits) if bits <= width(address) => Hosts::Range(address, bits),
                _ => return Err(wrong()),
            },
            (Err(_), Some(_)) => return Err(wrong()),
            (Err(_), None) => {
                let name = host.strip_prefix('*').unwrap_or(host).trim_matches('.');
                if name.is_empty() || name.contains(['*', '/']) {
                    return Err(wrong());
                }
                Hosts::Below(name.to_ascii_lowercase())
            }
        };
        Ok(Self { hosts, port })
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn begins_alike(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let first = |value: u128, width: u32| value.checked_shr(width - bits).unwrap_or(0);
    match (address.to_canonical(), network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            first(address.to_bits().into(), 32) == first(network.to_bits().into(), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            first(address.to_bits(), 128) == first(network.to_bits(), 128)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holds(list: &str, host: &str, port: u16) -> bool {
        let host = host.into();
        list.parse::<NoProxy>().unwrap().holds(&Target { host, port })
    }

    #[test]
    fn entries_mean_what_they_mean_to_curl() {
        for (list, host, is_held) in [
            ("example.com", "example.com", true),
            ("example.com", "www.example.com", true),
            ("example.com", "notexample.com", false),
            (".Example.com", "example.com", true),
            ("*.example.com", "a.example.com", true),
            ("a.test, b.test", "b.test", true),
            ("a.test b.test", "b.test", true),
            ("*", "anything", true),
            ("", "anything", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("0.0.0.0/0", "11.1.2.3", true),
            ("[::1]", "::1", true),
            ("::1", "::1", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "10.0.0.1", false),
            ("10.0.0.0/8", "ten.test", false),
            ("a.test:443", "a.test", true),
            ("a.test:80", "a.test", false),
            ("[::1]:443", "::1", true),
        ] {
            assert_eq!(holds(list, host, 443), is_held, "{host} in {list:?}");
        }
    }

    #[test]
    fn what_is_no_entry_is_said() {
        for wrong in ["10.0.0.0/33", "a.test/8", "a.test:https", "a*b", "*."] {
            let error = wrong.parse::<NoProxy>().unwrap_err();
            assert!(error.contains(wrong), "{error}");
        }
    }

    proptest! {
        #[test]
        fn text_of_any_kind_never_panics(text: String, host: String) {
            if let Ok(list) = text.parse::<NoProxy>() {
                list.holds(&Target { host: host.into(), port: 1 });
            }
        }
    }
}
