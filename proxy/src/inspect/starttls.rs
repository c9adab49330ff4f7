//! Asking for TLS inside a protocol that begins without it.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::config::StartTls;

/// Bytes of an answer at the most: a greeting, a list of capabilities.
const LONGEST: usize = 64 * 1024;

/// The server did not agree to TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartTlsError {
    #[error("the server said {0:?} where it should have agreed to TLS")]
    Refused(String),
    #[error("the server ended the connection before TLS")]
    Closed,
    #[error("the server's answer is longer than {LONGEST} bytes")]
    TooLong,
    #[error("the connection broke before TLS: {0}")]
    Io(io::Error),
}

impl From<io::Error> for StartTlsError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

/// Speaks the protocol up to the moment at which TLS begins.
pub(crate) async fn start_tls<S>(stream: &mut S, protocol: StartTls) -> Result<(), StartTlsError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match protocol {
        StartTls::Smtp => smtp(stream).await,
        StartTls::Imap => {
            expect(stream, |line| {
                line.starts_with("* OK") || line.starts_with("* PREAUTH")
            })
            .await?;
            stream.write_all(b"a STARTTLS\r\n").await?;
            // Other lines may come before the tagged answer.
            loop {
                let line = read_line(stream).await?;
                if line.starts_with("a OK") {
                    return Ok(());
                }
                if line.starts_with("a ") {
                    return Err(StartTlsError::Refused(line));
                }
            }
        }
        StartTls::Pop3 => {
            expect(stream, |line| line.starts_with("+OK")).await?;
            stream.write_all(b"STLS\r\n").await?;
            expect(stream, |line| line.starts_with("+OK")).await
        }
        StartTls::Ldap => ldap(stream).await,
        StartTls::Postgres => {
            // The length, and the code of an SSLRequest.
            stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).await?;
            match stream.read_u8().await? {
                b'S' => Ok(()),
                other => Err(StartTlsError::Refused(char::from(other).to_string())),
            }
        }
        StartTls::Mysql => mysql(stream).await,
    }
}

async fn smtp<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), StartTlsError> {
    expect_reply(stream, "220").await?;
    stream.write_all(b"EHLO handlens.invalid\r\n").await?;
    expect_reply(stream, "250").await?;
    stream.write_all(b"STARTTLS\r\n").await?;
    expect_reply(stream, "220").await
}

/// The extended request 1.3.6.1.4.1.1466.20037, and a response whose result code is success.
async fn ldap<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), StartTlsError> {
    let name = b"1.3.6.1.4.1.1466.20037";
    let length = name.len() as u8;
    let mut request = vec![0x30, length + 7, 2, 1, 1, 0x77, length + 2, 0x80, length];
    request.extend_from_slice(name);
    stream.write_all(&request).await?;
    let mut begin = [0; 2];
    stream.read_exact(&mut begin).await?;
    let length = match begin[1] {
        short @ 0..=0x7f => usize::from(short),
        0x81 => usize::from(stream.read_u8().await?),
        0x82 => usize::from(stream.read_u16().await?),
        0x84 => stream.read_u32().await? as usize,
        _ => usize::MAX,
    };
    if length > LONGEST {
        return Err(StartTlsError::TooLong);
    }
    let mut response = vec![0; length];
    stream.read_exact(&mut response).await?;
    // The message id, then the extended response, then an enumerated result code.
    let is_success = response
        .windows(3)
        .find(|part| part[0] == 0x0a && part[1] == 1)
        .is_some_and(|code| code[2] == 0);
    if begin[0] == 0x30 && is_success {
        Ok(())
    } else {
        Err(StartTlsError::Refused(
            "an LDAP response without success".to_owned(),
        ))
    }
}

/// The server's greeting, whose flags say whether it has TLS; then our request for it.
async fn mysql<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), StartTlsError> {
    const CLIENT_SSL: u16 = 0x0800;
    let mut header = [0; 4];
    stream.read_exact(&mut header).await?;
    let length = usize::from(header[0]) | usize::from(header[1]) << 8 | usize::from(header[2]) << 16;
    if length > LONGEST {
        return Err(StartTlsError::TooLong);
    }
    let mut greeting = vec![0; length];
    stream.read_exact(&mut greeting).await?;
    // Version 10, the server's version up to a zero, a thread id, eight bytes and a zero, then the flags.
    let flags = greeting
        .iter()
        .position(|&byte| byte == 0)
        .and_then(|end| greeting.get(end + 14..end + 16))
        .map(|flags| u16::from_le_bytes([flags[0], flags[1]]));
    if flags.is_none_or(|flags| flags & CLIENT_SSL == 0) {
        return Err(StartTlsError::Refused("a greeting without TLS".to_owned()));
    }
    // Long password, protocol 4.1, TLS, secure connection; 16 MiB; utf8mb4.
    let mut request = vec![32, 0, 0, 1, 0x01, 0x8a, 0, 0, 0, 0, 0, 1, 45];
    request.extend_from_slice(&[0; 23]);
    Ok(stream.write_all(&request).await?)
}

async fn expect<S: AsyncRead + Unpin>(
    stream: &mut S,
    is_right: impl Fn(&str) -> bool,
) -> Result<(), StartTlsError> {
    let line = read_line(stream).await?;
    if is_right(&line) {
        Ok(())
    } else {
        Err(StartTlsError::Refused(line))
    }
}

/// A reply of SMTP, of one line or many (RFC 5321 section 4.2.1).
async fn expect_reply<S: AsyncRead + Unpin>(stream: &mut S, code: &str) -> Result<(), StartTlsError> {
    let mut read = 0;
    loop {
        let line = read_line(stream).await?;
        read += line.len();
        match line.strip_prefix(code) {
            Some(rest) if rest.starts_with('-') && read < LONGEST => {}
            Some(rest) if rest.starts_with('-') => return Err(StartTlsError::TooLong),
            Some(_) => return Ok(()),
            None => return Err(StartTlsError::Refused(line)),
        }
    }
}

/// A line without its end. It is read byte by byte: what follows it may be TLS.
async fn read_line<S: AsyncRead + Unpin>(stream: &mut S) -> Result<String, StartTlsError> {
    let mut line = Vec::new();
    loop {
        match stream.read_u8().await? {
            b'\n' => break,
            byte => line.push(byte),
        }
        if line.len() > LONGEST {
            return Err(StartTlsError::TooLong);
        }
    }
    let line = String::from_utf8_lossy(&line);
    Ok(line.trim_end_matches('\r').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one side says in turn.
    type Said<'a> = &'a [&'a [u8]];

    /// Plays a server that says these things in turn, each after it was said something. Returns what it was said.
    async fn play(protocol: StartTls, says: Said<'_>) -> (Result<(), StartTlsError>, Vec<Vec<u8>>) {
        let (mut client, mut server) = tokio::io::duplex(4096);
        let says: Vec<Vec<u8>> = says.iter().map(|said| said.to_vec()).collect();
        let playing = tokio::spawn(async move {
            let mut heard = Vec::new();
            for said in says {
                if !said.is_empty() {
                    server.write_all(&said).await.unwrap();
                }
                let mut buffer = vec![0; 1024];
                match server.read(&mut buffer).await.unwrap() {
                    0 => break,
                    count => heard.push(buffer[..count].to_vec()),
                }
            }
            heard
        });
        let result = start_tls(&mut client, protocol).await;
        drop(client);
        (result, playing.await.unwrap())
    }

    #[tokio::test]
    async fn each_protocol_is_asked_in_its_own_words() {
        let greeting = [
            &[0x4a, 0, 0, 0, 10][..],
            b"8.0\0",
            &[1; 4],
            &[2; 8],
            &[0, 0xff, 0xff],
            &[0; 54],
        ]
        .concat();
        let conversations: [(StartTls, Said<'_>, Said<'_>); 6] = [
            (
                StartTls::Smtp,
                &[b"220 lab\r\n", b"250-lab\r\n250 STARTTLS\r\n", b"220 go\r\n"],
                &[b"EHLO handlens.invalid\r\n", b"STARTTLS\r\n"],
            ),
            (
                StartTls::Imap,
                &[b"* OK lab\r\n", b"* CAPABILITY\r\na OK go\r\n"],
                &[b"a STARTTLS\r\n"],
            ),
            (StartTls::Pop3, &[b"+OK lab\r\n", b"+OK go\r\n"], &[b"STLS\r\n"]),
            (
                StartTls::Ldap,
                &[b"", &[0x30, 12, 2, 1, 1, 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0]],
                &[b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"],
            ),
            (StartTls::Postgres, &[b"", b"S"], &[b"\0\0\0\x08\x04\xd2\x16\x2f"]),
            (StartTls::Mysql, &[&greeting], &[]),
        ];
        for (protocol, says, expected) in conversations {
            let (result, heard) = play(protocol, says).await;
            result.unwrap_or_else(|error| panic!("{protocol:?}: {error}"));
            for (heard, expected) in heard.iter().zip(expected) {
                assert_eq!(heard, expected, "{protocol:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_server_that_does_not_agree_is_quoted() {
        let (result, _) = play(StartTls::Smtp, &[b"220 lab\r\n", b"502 what\r\n"]).await;
        assert_eq!(
            result.unwrap_err().to_string(),
            "the server said \"502 what\" where it should have agreed to TLS"
        );
        let (result, _) = play(StartTls::Postgres, &[b"", b"N"]).await;
        assert_eq!(
            result.unwrap_err().to_string(),
            "the server said \"N\" where it should have agreed to TLS"
        );
        let (result, _) = play(StartTls::Pop3, &[]).await;
        assert_eq!(
            result.unwrap_err().to_string(),
            "the server ended the connection before TLS"
        );
    }
}
