//! Asking an HTTP proxy for a tunnel (RFC 9110 section 9.3.6).

use bytes::BytesMut;
use capture::Target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::UpstreamError;
use crate::config::UpstreamProxy;
use crate::transport::Transport;

/// Bytes of an answer's head at the most.
const LONGEST: usize = 16 * 1024;

/// Fields of an answer that are looked at.
const FIELDS: usize = 64;

pub(super) async fn ask(
    mut stream: Transport,
    proxy: &UpstreamProxy,
    target: &Target,
) -> Result<Transport, UpstreamError> {
    let broken = |source| UpstreamError::Broken {
        proxy: proxy.to_string(),
        source,
    };
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(credentials) = &proxy.credentials {
        head.push_str(&format!("Proxy-Authorization: {}\r\n", credentials.basic()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut answer = BytesMut::with_capacity(512);
    loop {
        if let Some((length, status)) = read_head(&answer, proxy, target)? {
            let _head = answer.split_to(length);
            if status >= 200 {
                // What is behind the head is the origin's already.
                return Ok(stream.with_ahead(answer.freeze()));
            }
            continue;
        }
        if answer.len() >= LONGEST {
            return Err(garbled(proxy, format!("its head is longer than {LONGEST} bytes")));
        }
        if stream.read_buf(&mut answer).await.map_err(broken)? == 0 {
            let what = "it ended the connection without a whole answer";
            return Err(garbled(proxy, what.to_owned()));
        }
    }
}

fn garbled(proxy: &UpstreamProxy, what: String) -> UpstreamError {
    UpstreamError::Garbled {
        proxy: proxy.to_string(),
        what,
    }
}

/// Reads the head of an answer: its length, and a status below 300. `None` while it is not whole.
fn read_head(
    bytes: &[u8],
    proxy: &UpstreamProxy,
    target: &Target,
) -> Result<Option<(usize, u16)>, UpstreamError> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let length = match response.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(garbled(proxy, error.to_string())),
    };
    let status = response.code.unwrap_or_default();
    if (100..300).contains(&status) && status != 101 {
        return Ok(Some((length, status)));
    }
    let answer = told(status, response.reason.unwrap_or_default());
    let schemes: Vec<String> = response
        .headers
        .iter()
        .filter(|field| field.name.eq_ignore_ascii_case("proxy-authenticate"))
        .filter_map(|field| {
            String::from_utf8_lossy(field.value)
                .split_ascii_whitespace()
                .next()
                .map(plain)
        })
        .collect();
    Err(refusal(proxy, target, status, answer, &schemes))
}

fn refusal(
    proxy: &UpstreamProxy,
    target: &Target,
    status: u16,
    answer: String,
    schemes: &[String],
) -> UpstreamError {
    if status == 407 {
        return unwelcome(proxy, answer, schemes);
    }
    let (proxy, target) = (proxy.to_string(), target.to_string());
    match status {
        403 | 451 => UpstreamError::Refused {
            proxy,
            target,
            answer,
        },
        500 | 502..=504 => UpstreamError::OriginUnreachable {
            proxy,
            target,
            answer,
            timed_out: status == 504,
        },
        _ => UpstreamError::NoTunnel {
            proxy,
            target,
            answer,
        },
    }
}

/// The proxy does not serve us, because of who we said we are.
pub(crate) fn unwelcome(proxy: &UpstreamProxy, answer: String, schemes: &[String]) -> UpstreamError {
    let has_credentials = proxy.credentials.is_some();
    let proxy = proxy.to_string();
    if !schemes.is_empty() && !schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case("basic")) {
        let schemes = schemes.join(", ");
        return UpstreamError::OtherScheme { proxy, schemes };
    }
    match has_credentials {
        true => UpstreamError::BadCredentials { proxy, answer },
        false => UpstreamError::WhoAsks { proxy, answer },
    }
}

fn told(status: u16, reason: &str) -> String {
    let reason = plain(reason);
    let standard = http::StatusCode::from_u16(status).ok();
    let standard = standard.and_then(|status| status.canonical_reason());
    match (reason.is_empty(), standard) {
        (true, Some(standard)) => format!("{status} {standard}"),
        _ => format!("{status} {reason}").trim_end().to_owned(),
    }
}

/// A proxy's words, as many as a person may want to read.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    /// Asks a proxy that answers this. Returns what it was asked, and what came.
    async fn play(proxy: &str, answer: &'static [u8]) -> (String, Result<String, UpstreamError>) {
        let (ours, mut theirs) = tokio::io::duplex(4096);
        let playing = tokio::spawn(async move {
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                asked.push(theirs.read_u8().await.unwrap());
            }
            for piece in answer.chunks(7) {
                theirs.write_all(piece).await.unwrap();
            }
            String::from_utf8(asked).unwrap()
        });
        let target = Target {
            host: "origin.test".into(),
            port: 443,
        };
        let asking = ask(Transport::inner(ours), &proxy.parse().unwrap(), &target).await;
        let asked = playing.await.unwrap();
        let came = match asking {
            Ok(mut stream) => {
                let mut rest = String::new();
                stream.read_to_string(&mut rest).await.unwrap();
                Ok(rest)
            }
            Err(error) => Err(error),
        };
        (asked, came)
    }

    #[tokio::test]
    async fn a_tunnel_begins_right_behind_the_answer() {
        let (asked, came) = play(
            "http://u:p@proxy.test:1",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n220 origin",
        )
        .await;
        assert_eq!(
            asked,
            "CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n"
        );
        assert_eq!(came.unwrap(), "220 origin");
    }

    #[tokio::test]
    async fn what_fails_says_whose_fault_it_is() {
        for (proxy, answer, text, remedy) in [
            (
                "http://p:1",
                &b"HTTP/1.1 407 \r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n"[..],
                "the upstream proxy http://p:1 wants a user and a password: 407 Proxy Authentication Required",
                "set them as http://USER:PASSWORD",
            ),
            (
                "http://u:secret@p:1",
                b"HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: basic realm=\"x\"\r\n\r\n",
                "does not take the user and password that were set: 407 No",
                "check the user",
            ),
            (
                "http://p:1",
                b"HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n",
                "in a way that Handlens does not speak: Negotiate, NTLM",
                "Basic alone",
            ),
            (
                "http://p:1",
                b"HTTP/1.0 403 Forbidden by policy\r\n\r\n",
                "refuses to go to origin.test:443: 403 Forbidden by policy",
                "own rules",
            ),
            (
                "http://p:1",
                b"HTTP/1.1 504\r\n\r\n",
                "could not reach origin.test:443: 504 Gateway Timeout",
                "the proxy itself works",
            ),
            (
                "http://p:1",
                b"HTTP/1.1 405 Method Not Allowed\r\n\r\n",
                "made no tunnel to origin.test:443: 405 Method Not Allowed",
                "it may not make tunnels",
            ),
            ("http://p:1", b"SSH-2.0-x\r\n", "did not answer as such a proxy does", "right port"),
            ("http://p:1", b"HTTP/1.1 200", "without a whole answer", "right port"),
        ] {
            let error = play(proxy, answer).await.1.unwrap_err();
            let fault = error.to_fault();
            assert!(fault.text.contains(text), "{}", fault.text);
            assert!(!fault.text.contains("secret"));
            assert_eq!(fault.stage, capture::Stage::Upstream);
            let told = fault.remedy.unwrap();
            assert!(told.contains(remedy), "{told}");
        }
    }

    #[tokio::test]
    async fn an_endless_answer_is_not_read_to_its_end() {
        let long: &'static [u8] = [b"HTTP/1.1 200 OK\r\nA: ".as_slice(), &[b'a'; 20_000]]
            .concat()
            .leak();
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        theirs.write_all(long).await.unwrap();
        let target = Target {
            host: "origin.test".into(),
            port: 443,
        };
        let asked = ask(Transport::inner(ours), &"p:1".parse().unwrap(), &target).await;
        assert!(asked.unwrap_err().to_string().contains("longer than 16384 bytes"));
    }
}
