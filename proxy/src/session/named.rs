//! The name of an origin that the client dialled by its address: what it says in TLS, or in HTTP.

use bytes::BytesMut;
use capture::Target;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::{Met, Tunnel};
use crate::detect::Protocol;
use crate::door::{Aim, parse_authority};
use crate::relay::http::HttpVersion;

/// Bytes of a head that are looked through for its `Host`.
const LONGEST_HEAD: usize = 16 * 1024;

impl Tunnel {
    /// Takes the name for the target's, where the client dialled an address. It is shown, and what rules and the
    /// certificate are judged by; where the connection goes is not changed by it.
    pub(super) async fn learn_name(&self, met: &mut Met) {
        if !matches!(self.aim, Aim::Dialled) {
            return;
        }
        let name = match &met.protocol {
            Protocol::Tls(hello) => hello.server_name(),
            Protocol::Http(HttpVersion::Http1) => self.read_host(met).await,
            _ => None,
        };
        let port = self.asked.port;
        // It is as the client wrote it: only what may be a name is taken for one.
        let Some(Ok(Target { host, .. })) = name.map(|name| parse_authority(&format!("{name}:{port}")))
        else {
            return;
        };
        let named = self.named.get_or_init(|| Target { host, port });
        self.recorder
            .note(|connection| connection.target = Some(named.clone()));
    }

    /// Reads on to the end of the head, and gives the host in its `Host`. What was read is read again later.
    async fn read_host(&self, met: &mut Met) -> Option<String> {
        let mut head = BytesMut::from(&met.client.take_ahead()[..]);
        let client = met.client.inner_mut();
        let reading = async {
            while !is_whole(&head) && head.len() < LONGEST_HEAD {
                // What is wrong with the client shows when it is served.
                if !matches!(client.read_buf(&mut head).await, Ok(1..)) {
                    break;
                }
            }
        };
        let _ = timeout(self.context.timeouts.hello, reading).await;
        let host = find_host(&head);
        met.client.put_ahead(head.freeze());
        host
    }
}

fn is_whole(head: &[u8]) -> bool {
    head.windows(4).any(|end| end == b"\r\n\r\n") || head.windows(2).any(|end| end == b"\n\n")
}

/// The host in the first `Host` field, its port left out.
fn find_host(head: &[u8]) -> Option<String> {
    let mut lines = head.split(|&byte| byte == b'\n').skip(1);
    let value = lines.find_map(|line| {
        let (name, value) = line.split_at_checked(5)?;
        name.eq_ignore_ascii_case(b"host:").then(|| value.trim_ascii())
    })?;
    let value = std::str::from_utf8(value).ok()?;
    let host = match value.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => value,
    };
    Some(host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_head_is_found() {
        let found = |head: &str| find_host(head.as_bytes());
        assert_eq!(
            found("GET / HTTP/1.1\r\nA: b\r\nHOST: Example.com:8080\r\n\r\n").as_deref(),
            Some("Example.com")
        );
        assert_eq!(found("GET / HTTP/1.1\nHost:[::1]\n\n").as_deref(), Some("[::1]"));
        assert_eq!(found("Host: a\r\n\r\n"), None);
        assert_eq!(found(""), None);
    }
}
