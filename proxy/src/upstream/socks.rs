//! Asking a SOCKS5 proxy for a tunnel (RFC 1928), with a user and a password where they are set (RFC 1929).

use std::net::IpAddr;

use capture::Target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::UpstreamError;
use crate::config::UpstreamProxy;
use crate::transport::Transport;

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xff;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

pub(super) async fn ask(
    mut stream: Transport,
    proxy: &UpstreamProxy,
    target: &Target,
) -> Result<Transport, UpstreamError> {
    agree(&mut stream, proxy).await?;
    let mut request = vec![VERSION, CONNECT, 0];
    match target.host.parse() {
        Ok(IpAddr::V4(ip)) => {
            request.push(IPV4);
            request.extend_from_slice(&ip.octets());
        }
        Ok(IpAddr::V6(ip)) => {
            request.push(IPV6);
            request.extend_from_slice(&ip.octets());
        }
        Err(_) => {
            let length = u8::try_from(target.host.len()).map_err(|_| UpstreamError::NoTunnel {
                proxy: proxy.to_string(),
                target: target.to_string(),
                answer: "the name is longer than SOCKS5 can say".to_owned(),
            })?;
            request.extend_from_slice(&[NAME, length]);
            request.extend_from_slice(target.host.as_bytes());
        }
    }
    request.extend_from_slice(&target.port.to_be_bytes());
    say(&mut stream, &request, proxy).await?;
    let [version, reply, _, kind] = read(&mut stream, proxy).await?;
    if version != VERSION {
        return Err(garbled(proxy, version));
    }
    if reply != 0 {
        return Err(refusal(proxy, target, reply));
    }
    // The address that it goes out by is of no use to us, and must be read to its end.
    match kind {
        IPV4 => drop(read::<6>(&mut stream, proxy).await?),
        IPV6 => drop(read::<18>(&mut stream, proxy).await?),
        NAME => {
            let [length] = read(&mut stream, proxy).await?;
            for _ in 0..usize::from(length) + 2 {
                read::<1>(&mut stream, proxy).await?;
            }
        }
        _ => {
            return Err(UpstreamError::Garbled {
                proxy: proxy.to_string(),
                what: format!("{kind} is no type of address"),
            });
        }
    }
    Ok(stream)
}

/// Agrees on how the proxy knows who asks.
async fn agree(stream: &mut Transport, proxy: &UpstreamProxy) -> Result<(), UpstreamError> {
    let credentials = proxy.credentials.as_ref();
    let methods: &[u8] = match credentials {
        Some(_) => &[VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD],
        None => &[VERSION, 1, NO_AUTHENTICATION],
    };
    say(stream, methods, proxy).await?;
    let [version, method] = read(stream, proxy).await?;
    if version != VERSION {
        return Err(garbled(proxy, version));
    }
    match (method, credentials) {
        (NO_AUTHENTICATION, _) => Ok(()),
        (USER_AND_PASSWORD, Some(credentials)) => {
            let mut message = vec![1];
            for part in [&credentials.user, &credentials.password] {
                // They were checked when they were read.
                message.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
                message.extend_from_slice(part.as_bytes());
            }
            say(stream, &message, proxy).await?;
            let [_, status] = read(stream, proxy).await?;
            match status {
                0 => Ok(()),
                _ => Err(UpstreamError::BadCredentials {
                    proxy: proxy.to_string(),
                    answer: format!("status {status}"),
                }),
            }
        }
        (NONE_ACCEPTABLE, None) => Err(UpstreamError::WhoAsks {
            proxy: proxy.to_string(),
            answer: "it takes nobody without".to_owned(),
        }),
        (NONE_ACCEPTABLE, Some(_)) => Err(UpstreamError::OtherScheme {
            proxy: proxy.to_string(),
            schemes: "neither no authentication nor user and password".to_owned(),
        }),
        (method, _) => Err(UpstreamError::Garbled {
            proxy: proxy.to_string(),
            what: format!("it chose the method {method}, which was not offered"),
        }),
    }
}

/// The replies of RFC 1928 section 6.
fn refusal(proxy: &UpstreamProxy, target: &Target, reply: u8) -> UpstreamError {
    let answer = match reply {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "it does not know CONNECT",
        8 => "it does not know this type of address",
        _ => "a reply that has no meaning",
    };
    let answer = format!("{answer} (reply {reply})");
    let (proxy, target) = (proxy.to_string(), target.to_string());
    match reply {
        2 => UpstreamError::Refused {
            proxy,
            target,
            answer,
        },
        3..=6 => UpstreamError::OriginUnreachable {
            proxy,
            target,
            answer,
            timed_out: reply == 6,
        },
        _ => UpstreamError::NoTunnel {
            proxy,
            target,
            answer,
        },
    }
}

fn garbled(proxy: &UpstreamProxy, version: u8) -> UpstreamError {
    let what = match version {
        b'H' => "it speaks HTTP, not SOCKS5".to_owned(),
        4 | 0 => "it speaks SOCKS4, not SOCKS5".to_owned(),
        version => format!("its first byte is {version}, and 5 in SOCKS5"),
    };
    UpstreamError::Garbled {
        proxy: proxy.to_string(),
        what,
    }
}

async fn say(stream: &mut Transport, bytes: &[u8], proxy: &UpstreamProxy) -> Result<(), UpstreamError> {
    let said = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    said.await.map_err(|source| UpstreamError::Broken {
        proxy: proxy.to_string(),
        source,
    })
}

async fn read<const LENGTH: usize>(
    stream: &mut Transport,
    proxy: &UpstreamProxy,
) -> Result<[u8; LENGTH], UpstreamError> {
    let mut bytes = [0; LENGTH];
    match stream.read_exact(&mut bytes).await {
        Ok(_) => Ok(bytes),
        Err(source) => Err(UpstreamError::Broken {
            proxy: proxy.to_string(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a proxy: what it must hear, and what it says to that.
    async fn play(proxy: &str, host: &str, turns: &[(&[u8], &[u8])]) -> Result<Transport, UpstreamError> {
        let (ours, mut theirs) = tokio::io::duplex(4096);
        let turns: Vec<(Vec<u8>, Vec<u8>)> = turns.iter().map(|(a, b)| (a.to_vec(), b.to_vec())).collect();
        let playing = tokio::spawn(async move {
            for (expected, says) in turns {
                let mut heard = vec![0; expected.len()];
                theirs.read_exact(&mut heard).await.unwrap();
                assert_eq!(heard, expected);
                theirs.write_all(&says).await.unwrap();
            }
        });
        let target = Target {
            host: host.into(),
            port: 0x1234,
        };
        let asked = ask(Transport::inner(ours), &proxy.parse().unwrap(), &target).await;
        playing.await.unwrap();
        asked
    }

    #[tokio::test]
    async fn names_are_resolved_there_and_the_tunnel_begins_behind_the_reply() {
        let mut stream = play(
            "socks5://p:1",
            "a.test",
            &[
                (b"\x05\x01\0", b"\x05\0"),
                (
                    b"\x05\x01\0\x03\x06a.test\x12\x34",
                    b"\x05\0\0\x03\x02ab\0\x01220 lab",
                ),
            ],
        )
        .await
        .unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "220 lab");
        let six = [&b"\x05\x01\0\x04"[..], &[0; 15], &[1, 0x12, 0x34]].concat();
        play(
            "socks5h://u:pw@p:1",
            "::1",
            &[
                (b"\x05\x02\0\x02", b"\x05\x02"),
                (b"\x01\x01u\x02pw", b"\x01\0"),
                (&six, &[5, 0, 0, 1, 1, 2, 3, 4, 0, 1]),
            ],
        )
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn what_fails_says_whose_fault_it_is() {
        let hello: &[u8] = b"\x05\x01\0";
        let request: &[u8] = b"\x05\x01\0\x01\x01\x02\x03\x04\x12\x34";
        for (says, text) in [
            (
                &[(hello, &b"\x05\xff"[..])][..],
                "wants a user and a password: it takes nobody without",
            ),
            (
                &[(hello, b"\x05\x01")],
                "chose the method 1, which was not offered",
            ),
            (&[(hello, b"HT")], "it speaks HTTP, not SOCKS5"),
            (&[(hello, b"\x05")], "broke the connection"),
            (
                &[(hello, b"\x05\0"), (request, b"\x05\x02\0\x01")],
                "refuses to go to 1.2.3.4:4660: not allowed by its rules (reply 2)",
            ),
            (
                &[(hello, b"\x05\0"), (request, b"\x05\x05\0\x01")],
                "could not reach 1.2.3.4:4660: connection refused (reply 5)",
            ),
            (
                &[(hello, b"\x05\0"), (request, b"\x05\0\0\x09")],
                "9 is no type of address",
            ),
        ] {
            let error = play("socks5://p:1", "1.2.3.4", says).await.err().unwrap();
            assert!(error.to_string().contains(text), "{error}");
        }
        let turns: [(&[u8], &[u8]); 2] = [
            (b"\x05\x02\0\x02", b"\x05\x02"),
            (b"\x01\x01u\x06secret", b"\x01\x01"),
        ];
        let error = play("socks5://u:secret@p:1", "1.2.3.4", &turns)
            .await
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "the upstream proxy socks5://p:1 does not take the user and password that were set: status 1"
        );
    }
}
