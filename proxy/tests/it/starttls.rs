//! TLS that begins inside SMTP, LMTP, IMAP, POP3, FTP, PostgreSQL, MySQL, LDAP or XMPP is ended and made again like any other, and what goes on
//! inside is recorded; what was sent in the clear behind the words that begin it never gets in.

use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::lab::{
    Authority, Lab, Leaf, RawOrigin, certified_config, program, read_some, read_to_end_or_reset, run, within,
};

/// What a server says to a line.
enum Says {
    Line(String),
    /// This, and then TLS.
    Tls(String),
    /// This, and then the end.
    Bye(String),
}

type Answers = fn(&str) -> Says;

/// A server of lines, which greets, and speaks the same inside TLS, where it does not greet.
async fn server(authority: &Authority, greeting: &'static str, answers: Answers) -> RawOrigin {
    let acceptor = TlsAcceptor::from(certified_config(authority.issue(&Leaf::good())));
    let acceptor = Arc::new(acceptor);
    RawOrigin::tcp(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            stream.write_all(greeting.as_bytes()).await.unwrap();
            if speak(&mut stream, answers).await
                && let Ok(mut stream) = acceptor.accept(stream).await
            {
                speak(&mut stream, answers).await;
                let _ = stream.shutdown().await;
            }
        }
    })
    .await
}

/// True when TLS is to begin.
async fn speak<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, answers: Answers) -> bool {
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            match stream.read_u8().await {
                Ok(byte) => line.push(byte),
                Err(_) => return false,
            }
        }
        let (said, goes_on) = match answers(String::from_utf8_lossy(&line).trim_end()) {
            Says::Line(said) => (said, None),
            Says::Tls(said) => (said, Some(true)),
            Says::Bye(said) => (said, Some(false)),
        };
        if stream.write_all(said.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return false;
        }
        if let Some(begins_tls) = goes_on {
            return begins_tls;
        }
    }
}

fn smtp(line: &str) -> Says {
    Says::Line(match &*line.to_ascii_uppercase() {
        "STARTTLS" => return Says::Tls("220 go\r\n".into()),
        "QUIT" => return Says::Bye("221 bye\r\n".into()),
        "DATA" => "354 go on\r\n".into(),
        line if line.starts_with("EHLO") => "250-lab\r\n250 STARTTLS\r\n".into(),
        "." => "250 taken\r\n".into(),
        line if line.starts_with("MAIL") || line.starts_with("RCPT") => "250 yes\r\n".into(),
        // A mail's lines.
        _ => String::new(),
    })
}

/// The same by LHLO, and FTP's AUTH; neither takes anything before TLS.
fn lmtp_or_ftp(line: &str) -> Says {
    match &*line.to_ascii_uppercase() {
        "AUTH TLS" => Says::Tls("234 go\r\n".into()),
        line if line.starts_with("LHLO") => Says::Line("250-lab\r\n250 STARTTLS\r\n".into()),
        line if line.starts_with("USER") => Says::Line("530 TLS first\r\n".into()),
        _ => smtp(line),
    }
}

fn imap(line: &str) -> Says {
    let (tag, command) = line.split_once(' ').unwrap_or((line, ""));
    Says::Line(match command {
        "STARTTLS" => return Says::Tls(format!("{tag} OK go on\r\n")),
        line if line.starts_with("LOGIN") => format!("{tag} NO [PRIVACYREQUIRED] TLS first\r\n"),
        "LOGOUT" => return Says::Bye(format!("* BYE bye\r\n{tag} OK done\r\n")),
        "CAPABILITY" => format!("* CAPABILITY IMAP4REV1 STARTTLS\r\n{tag} OK done\r\n"),
        _ => format!("{tag} OK done\r\n"),
    })
}

fn pop3(line: &str) -> Says {
    match line {
        "STLS" => Says::Tls("+OK go\r\n".into()),
        "QUIT" => Says::Bye("+OK bye\r\n".into()),
        "CAPA" => Says::Line("+OK\r\nSTLS\r\n.\r\n".into()),
        _ => Says::Line("+OK\r\n".into()),
    }
}

/// Waits for the connection, and looks at what must be known of it.
async fn expect_inspected(lab: &Lab, target: &str, protocol: &str) -> Value {
    let row = lab.api().connection(target).await;
    assert_eq!(
        (&row["starttls"], &row["outcome"], &row["failure"]),
        (&protocol.into(), &"inspected".into(), &Value::Null),
        "{row:#}"
    );
    let connection = lab.api().connection_of(&row).await;
    assert_eq!(connection["origin"]["verdict"]["decision"], "trusted");
    let handshake = lab.api().handshake(&row).await;
    for leg in ["client", "origin"] {
        assert!(handshake[leg]["messages"].is_array(), "{leg}: {handshake:#}");
    }
    row
}

/// What the client said inside TLS.
async fn said_inside(lab: &Lab) -> String {
    let rows = lab.api().exchanges_over(2).await;
    assert_eq!(
        (&rows[0]["scheme"], &rows[1]["scheme"]),
        (&"tcp".into(), &"tls".into())
    );
    assert!(
        rows.iter()
            .all(|row| row["protocol"] == "opaque" && row["state"] == "done"),
        "{rows:#?}"
    );
    String::from_utf8(lab.api().body(&rows[1], "request", "").await.to_vec()).unwrap()
}

const PYTHON: &str = r#"
import ftplib, imaplib, poplib, smtplib, socket, ssl, sys
protocol, proxy, root, port = sys.argv[1:]
trust = ssl.create_default_context(cafile=root)
def tunnel():
    host, of = proxy.split(":")
    stream = socket.create_connection((host, int(of)), 30)
    stream.sendall(f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += stream.recv(1)
    return stream
class Smtp(smtplib.SMTP):
    def _get_socket(self, host, port, timeout):
        return tunnel()
class Lmtp(smtplib.LMTP):
    def _get_socket(self, host, port, timeout):
        return tunnel()
class Imap(imaplib.IMAP4):
    def _create_socket(self, timeout):
        return tunnel()
class Pop(poplib.POP3):
    def _create_socket(self, timeout):
        return tunnel()
if protocol == "pop3":
    mail = Pop("localhost", int(port))
    mail.stls(context=trust)
    mail.noop()
    mail.quit()
elif protocol == "ftp":
    ftp = ftplib.FTP_TLS(context=trust)
    ftp.host, ftp.sock = "localhost", tunnel()
    ftp.file = ftp.sock.makefile("r")
    ftp.welcome = ftp.getresp()
    try:
        ftp.sendcmd("USER x")
    except ftplib.error_perm:
        pass
    ftp.auth()
    ftp.sendcmd("MAIL a")
    ftp.quit()
elif protocol == "lmtp":
    with Lmtp("localhost", int(port)) as mail:
        mail.starttls(context=trust)
        mail.sendmail("a@lab", ["b@lab"], "Subject: x\r\n\r\nis a line of a mail\r\n")
elif protocol == "smtp":
    with Smtp("localhost", int(port)) as mail:
        mail.starttls(context=trust)
        mail.sendmail("a@lab", ["b@lab"], "Subject: x\r\n\r\nis a line of a mail\r\n")
else:
    mail = Imap("localhost", int(port))
    try:
        mail.login("x", "y")
    except imaplib.IMAP4.error:
        pass
    mail.starttls(ssl_context=trust)
    mail.noop()
    mail.logout()
print("done")
"#;

async fn python(lab: &Lab, protocol: &str, origin: &RawOrigin) {
    let mut command = program("python3", "python3", lab.dir());
    command
        .args(["-c", PYTHON, protocol, &lab.handlens.proxy().to_string()])
        .arg(lab.handlens.root_path())
        .arg(origin.port().to_string());
    assert_eq!(run(&mut command).await.succeeded(), "done\n");
}

#[tokio::test]
async fn smtplib_sends_a_mail_that_is_seen() {
    let lab = Lab::start().await;
    let origin = server(&lab.authority, "220 lab ESMTP\r\n", smtp).await;
    python(&lab, "smtp", &origin).await;
    expect_inspected(&lab, &origin.authority(), "smtp").await;
    let said = said_inside(&lab).await;
    assert!(
        said.contains("mail FROM:<a@lab>") && said.contains("is a line of a mail"),
        "{said}"
    );
}

#[tokio::test]
async fn smtplib_by_lmtp_and_ftplib_are_seen() {
    for (protocol, inside) in [("lmtp", "is a line of a mail"), ("ftp", "MAIL a")] {
        let lab = Lab::start().await;
        let origin = server(&lab.authority, "220 lab\r\n", lmtp_or_ftp).await;
        python(&lab, protocol, &origin).await;
        expect_inspected(&lab, &origin.authority(), protocol).await;
        let said = said_inside(&lab).await;
        assert!(said.contains(inside), "{protocol}: {said}");
    }
}

/// MySQL's greeting, cut behind what is looked at, and a client's request for TLS.
const MYSQL_GREETING: &[u8] = b"\x08\0\0\0\x0a8.0.36\0";
const MYSQL_REQUEST: [u8; 36] = {
    let mut request = [0; 36];
    (request[0], request[3], request[4], request[5], request[6]) = (32, 1, 5, 0xae, 0x0f);
    request
};

#[tokio::test]
async fn a_mysql_client_is_seen_inside_its_tls() {
    let lab = Lab::start().await;
    let acceptor = TlsAcceptor::from(certified_config(lab.authority.issue(&Leaf::good())));
    let origin = RawOrigin::tcp(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            stream.write_all(MYSQL_GREETING).await.unwrap();
            assert_eq!(read_some(&mut stream, MYSQL_REQUEST.len()).await, MYSQL_REQUEST);
            // The server says nothing: the client's hello follows.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let heard = read_some(&mut stream, 5).await;
                stream.write_all(&heard).await.unwrap();
                let _ = stream.shutdown().await;
            }
        }
    })
    .await;
    let client = lab.client().offering(&[]);
    let mut tunnel = client.tunnel(&origin.authority()).await;
    assert_eq!(read_some(&mut tunnel, MYSQL_GREETING.len()).await, MYSQL_GREETING);
    tunnel.write_all(&MYSQL_REQUEST).await.unwrap();
    let mut stream = client.shake_hands_on(tunnel, &origin.authority()).await.unwrap();
    stream.write_all(b"login").await.unwrap();
    assert_eq!(read_some(&mut stream, 5).await, b"login");
    stream.shutdown().await.unwrap();
    let _ = read_to_end_or_reset(&mut stream).await;
    drop(stream);
    expect_inspected(&lab, &origin.authority(), "mysql").await;
    assert_eq!(said_inside(&lab).await, "login");
}

const XMPP_FEATURES: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' version='1.0'><stream:features>\
    <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>";

#[tokio::test]
async fn openssl_begins_tls_in_xmpp() {
    let lab = Lab::start().await;
    let acceptor = TlsAcceptor::from(certified_config(lab.authority.issue(&Leaf::good())));
    let origin = RawOrigin::tcp(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut heard = Vec::new();
            for (until, says) in [
                (&b"version='1.0'>"[..], XMPP_FEATURES),
                (
                    b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
                    b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
                ),
            ] {
                while !heard.ends_with(until) {
                    match stream.read_u8().await {
                        Ok(byte) => heard.push(byte),
                        Err(_) => return,
                    }
                }
                stream.write_all(says).await.unwrap();
            }
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read_to_end(&mut Vec::new()).await;
                let _ = stream.shutdown().await;
            }
        }
    })
    .await;
    let mut command = program("openssl", "openssl", lab.dir());
    command
        .args(["s_client", "-starttls", "xmpp", "-connect", &origin.authority()])
        .args(["-proxy", &lab.handlens.proxy().to_string()])
        .args(["-verify_return_error", "-brief", "-CAfile"])
        .arg(lab.handlens.root_path());
    let ran = run(&mut command).await;
    assert!(ran.stderr.contains("Verification: OK"), "{ran:?}");
    expect_inspected(&lab, &origin.authority(), "xmpp").await;
}

#[tokio::test]
async fn imaplib_is_seen_too() {
    let lab = Lab::start().await;
    let origin = server(&lab.authority, "* OK lab\r\n", imap).await;
    python(&lab, "imap", &origin).await;
    expect_inspected(&lab, &origin.authority(), "imap").await;
    assert!(said_inside(&lab).await.contains("NOOP"));
}

#[tokio::test]
async fn and_poplib() {
    let lab = Lab::start().await;
    let origin = server(&lab.authority, "+OK lab\r\n", pop3).await;
    python(&lab, "pop3", &origin).await;
    expect_inspected(&lab, &origin.authority(), "pop3").await;
    assert!(said_inside(&lab).await.contains("NOOP"));
}

/// What a server of LDAP answers to who asks for TLS.
const LDAP_RESPONSE: &[u8] = &[0x30, 12, 2, 1, 1, 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0];

/// Where the server speaks first, `s_client -proxy` may lose what it says: it reads it as a part of the proxy's answer.
#[tokio::test]
async fn openssl_begins_tls_where_the_client_speaks_first() {
    for (protocol, request, says) in [("postgres", 8, &b"S"[..]), ("ldap", 31, LDAP_RESPONSE)] {
        let lab = Lab::start().await;
        let origin = packets(&lab.authority, request, says).await;
        let mut command = program("openssl", "openssl", lab.dir());
        command
            .args(["s_client", "-starttls", protocol, "-connect", &origin.authority()])
            .args(["-proxy", &lab.handlens.proxy().to_string()])
            .args(["-verify_return_error", "-brief", "-CAfile"])
            .arg(lab.handlens.root_path());
        let ran = run(&mut command).await;
        assert!(ran.stderr.contains("Verification: OK"), "{protocol}: {ran:?}");
        expect_inspected(&lab, &origin.authority(), protocol).await;
    }
}

const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A PostgreSQL that has TLS, and says back what it hears inside.
async fn postgres(authority: &Authority, says: &'static [u8]) -> RawOrigin {
    packets(authority, SSL_REQUEST.len(), says).await
}

/// The same of any protocol in which a request of this length is answered by this.
async fn packets(authority: &Authority, request: usize, says: &'static [u8]) -> RawOrigin {
    let acceptor = TlsAcceptor::from(certified_config(authority.issue(&Leaf::good())));
    RawOrigin::tcp(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            if stream.read_exact(&mut vec![0; request]).await.is_err() {
                return;
            }
            let _ = stream.write_all(says).await;
            if let Ok(stream) = acceptor.accept(stream).await {
                let (mut reader, mut writer) = tokio::io::split(stream);
                let _ = tokio::io::copy(&mut reader, &mut writer).await;
                let _ = writer.shutdown().await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_postgres_client_is_seen_inside_its_tls() {
    let lab = Lab::start().await;
    let origin = postgres(&lab.authority, b"S").await;
    let client = lab.client().offering(&[]);
    let mut tunnel = client.tunnel(&origin.authority()).await;
    tunnel.write_all(&SSL_REQUEST).await.unwrap();
    assert_eq!(read_some(&mut tunnel, 1).await, b"S");
    let mut stream = client.shake_hands_on(tunnel, &origin.authority()).await.unwrap();
    stream.write_all(b"\0\0\0\x08\0\x03\0\0").await.unwrap();
    assert_eq!(read_some(&mut stream, 8).await, b"\0\0\0\x08\0\x03\0\0");
    stream.shutdown().await.unwrap();
    let _ = read_to_end_or_reset(&mut stream).await;
    drop(stream);
    expect_inspected(&lab, &origin.authority(), "postgres").await;
    assert_eq!(said_inside(&lab).await, "\0\0\0\x08\0\x03\0\0");
}

#[tokio::test]
async fn a_rule_passes_tls_through_that_begins_by_a_command() {
    let lab = Lab::start_with(&["--pass", "localhost"]).await;
    let origin = postgres(&lab.authority, b"S").await;
    let client = lab.client().trusting(lab.authority.der()).offering(&[]);
    let mut tunnel = client.tunnel(&origin.authority()).await;
    tunnel.write_all(&SSL_REQUEST).await.unwrap();
    assert_eq!(read_some(&mut tunnel, 1).await, b"S");
    let mut stream = client.shake_hands_on(tunnel, &origin.authority()).await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    assert_eq!(read_some(&mut stream, 5).await, b"hello");
    drop(stream);
    let row = lab.api().connection(&origin.authority()).await;
    assert_eq!(
        (&row["starttls"], &row["outcome"]),
        (&"postgres".into(), &"passed".into())
    );
}

#[tokio::test]
async fn an_origin_whose_chain_is_bad_gets_nothing_of_what_was_to_be_said() {
    let lab = Lab::start().await;
    let origin = server(&Authority::new("Nobody's Root"), "220 lab\r\n", smtp).await;
    let mut tunnel = lab.client().tunnel(&origin.authority()).await;
    read_some(&mut tunnel, 9).await;
    tunnel.write_all(b"STARTTLS\r\n").await.unwrap();
    assert_eq!(read_some(&mut tunnel, 8).await, b"220 go\r\n");
    let shaken = lab
        .client()
        .offering(&[])
        .shake_hands_on(tunnel, &origin.authority())
        .await;
    assert!(shaken.is_err());
    let row = lab.api().connection(&origin.authority()).await;
    assert_eq!(row["failure"]["stage"], "verify", "{row:#}");
}

#[tokio::test]
async fn what_is_pipelined_across_the_beginning_of_tls_breaks_the_connection_off() {
    let lab = Lab::start().await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let origin = RawOrigin::tcp(move |mut stream| {
        let tell = tell.clone();
        async move {
            stream.write_all(b"220 lab\r\n").await.unwrap();
            let mut heard = Vec::new();
            let _ = stream.read_to_end(&mut heard).await;
            let _ = tell.send(heard);
        }
    })
    .await;
    let mut tunnel = lab.client().tunnel(&origin.authority()).await;
    read_some(&mut tunnel, 9).await;
    tunnel
        .write_all(b"STARTTLS\r\nMAIL FROM:<evil@lab>\r\n")
        .await
        .unwrap();
    let (said, _) = read_to_end_or_reset(&mut tunnel).await;
    assert_eq!(said, b"");
    let heard = within("the end at the origin", told.recv()).await.unwrap();
    assert_eq!(heard, b"", "nothing of it leaves");
    let row = lab.api().connection(&origin.authority()).await;
    let failure = &row["failure"];
    assert_eq!(
        (&failure["leg"], &failure["stage"]),
        (&"client".into(), &"detect".into())
    );
    assert!(
        failure["text"].as_str().unwrap().contains("in the clear behind"),
        "{failure}"
    );

    let lab = Lab::start().await;
    let origin = postgres(&lab.authority, b"SE").await;
    let mut tunnel = lab.client().tunnel(&origin.authority()).await;
    tunnel.write_all(&SSL_REQUEST).await.unwrap();
    let (said, _) = read_to_end_or_reset(&mut tunnel).await;
    assert_eq!(said, b"");
    let row = lab.api().connection(&origin.authority()).await;
    assert_eq!(row["failure"]["leg"], "origin", "{row:#}");
}
