//! What an origin falls short in that modern TLS can't reach: it is asked once more, on a connection of its own, with
//! a hello as it was sent in 2008, and what it answers in the clear is read. The handshake is not gone on with, and
//! nothing else is sent.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use capture::Target;
use handshake::{Dissector, Handshake, MessageKind, Parties, Secrets, Side};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::late;
use crate::own_dials;

/// How long the answer is waited for.
const LIMIT: Duration = Duration::from_secs(5);
/// How long it is remembered: a client that tries again and again is not to double the origin's load.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);
/// Origins that are remembered.
const MOST: usize = 128;
/// Bytes of an answer that are read. A flight with a long chain has some ten thousand.
const ANSWER: usize = 64 * 1024;

/// What each said, and when; nothing where it did not answer.
type Known = HashMap<Target, (Instant, Option<Arc<Shortfall>>)>;

/// What was learned of origins lately.
#[derive(Debug, Default)]
pub(super) struct Shortfalls(Mutex<Known>);

/// What an origin falls short in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shortfall {
    /// What it chose: `TLS 1.0`, `TLS_RSA_WITH_RC4_128_SHA`. Nothing where it refused the older hello too.
    chosen: Option<(String, String)>,
    /// In which points.
    points: Vec<String>,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.chosen {
            None => {
                f.write_str("an older hello, down to TLS 1.0 with RSA and DHE key exchange, it refuses too")
            }
            Some((version, suite)) => {
                write!(f, "asked with an older hello, it chooses {version} with {suite}")?;
                let points = self.points.join("; ");
                if points.is_empty() {
                    Ok(())
                } else {
                    write!(f, ": {points}")
                }
            }
        }
    }
}

impl Shortfalls {
    /// Asks the origin at this address, or remembers what it said. `None` where it says nothing.
    pub(super) async fn look(
        &self,
        target: &Target,
        address: SocketAddr,
        name: Option<&ServerName<'_>>,
    ) -> Option<Arc<Shortfall>> {
        let now = Instant::now();
        if let Some((at, known)) = self.lock().get(target)
            && now.duration_since(*at) < REMEMBERED_FOR
        {
            return known.clone();
        }
        // Known as our own until it is over: a packet filter that leads it back must not make another one of it.
        let mut own = None;
        let reach = async {
            let (tcp, dial) = own_dials::connect(address).await.ok()?;
            own = dial;
            Some(tcp)
        };
        let found = look_once(reach, name).await;
        drop(own);
        let mut known = self.lock();
        known.retain(|_, (at, _)| now.duration_since(*at) < REMEMBERED_FOR);
        if known.len() < MOST {
            known.insert(target.clone(), (now, found.clone()));
        }
        found
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks an origin over a stream that is ready for TLS, whatever leads there. `reach` makes it. `None` where nothing comes.
pub(crate) async fn look_once<S: AsyncRead + AsyncWrite + Unpin>(
    reach: impl Future<Output = Option<S>>,
    name: Option<&ServerName<'_>>,
) -> Option<Arc<Shortfall>> {
    let asking = async { ask(reach.await?, name).await };
    timeout(LIMIT, asking).await.ok().flatten()
}

/// Says hello, and reads until the answer is whole.
async fn ask(
    mut origin: impl AsyncRead + AsyncWrite + Unpin,
    name: Option<&ServerName<'_>>,
) -> Option<Arc<Shortfall>> {
    let hello = hello(name);
    origin.write_all(&hello).await.ok()?;
    let told = listen(&mut origin, &hello).await?;
    Some(Arc::new(Shortfall::read(&told)))
}

/// Each byte is looked at once, however small the pieces are that they come in.
async fn listen(origin: &mut (impl AsyncRead + Unpin), hello: &[u8]) -> Option<Handshake> {
    let mut dissector = Dissector::new(Parties::ORIGIN_LEG, Secrets::default());
    dissector.feed(Side::Client, 0, hello);
    let mut piece = vec![0; 4096];
    let mut bytes = 0;
    while bytes < ANSWER && !is_whole(&mut dissector) {
        match origin.read(&mut piece).await {
            Ok(length @ 1..) => {
                dissector.feed(Side::Server, 0, &piece[..length]);
                bytes += length;
            }
            // As far as it came it is read.
            Ok(0) | Err(_) => break,
        }
    }
    (bytes > 0).then(|| dissector.finish())
}

/// Whether the last message is among those that are new.
fn is_whole(dissector: &mut Dissector) -> bool {
    while let Some(message) = dissector.next_message() {
        if matches!(message.kind, MessageKind::ServerHelloDone | MessageKind::Alert) {
            return true;
        }
    }
    false
}

impl Shortfall {
    fn read(told: &Handshake) -> Self {
        let (Some(version), Some(suite)) = (&told.facts.version, &told.facts.cipher_suite) else {
            return Self::default();
        };
        let message = |kind| {
            let of_kind = told.messages.iter().find(|message| message.kind == kind);
            of_kind.map_or(&[][..], |message| &message.bytes.0)
        };
        let points = [
            matches!(version.as_str(), "SSL 3.0" | "TLS 1.0" | "TLS 1.1")
                .then(|| format!("{version} is below TLS 1.2, the floor of Handlens")),
            key_exchange(suite, message(MessageKind::ServerKeyExchange)),
            cipher(suite),
            key(message(MessageKind::Certificate)),
        ];
        Self {
            chosen: Some((version.clone(), suite.clone())),
            points: points.into_iter().flatten().collect(),
        }
    }
}

/// What is wrong with how keys are agreed on.
fn key_exchange(suite: &str, message: &[u8]) -> Option<String> {
    if suite.contains("_anon_") {
        return Some("keys are agreed on without a certificate".to_owned());
    }
    if suite.starts_with("TLS_RSA_") {
        return Some("keys are exchanged by RSA, without forward secrecy".to_owned());
    }
    if suite.starts_with("TLS_DHE_") {
        // ServerDHParams begin with the prime (RFC 5246 section 7.4.3).
        let length = message.get(4..6).map(|l| u16::from_be_bytes([l[0], l[1]]));
        let bits = length.map_or_else(String::new, |length| {
            format!(" of {} bits", u32::from(length) * 8)
        });
        return Some(format!(
            "keys are agreed on by finite-field Diffie-Hellman{bits} (DHE)"
        ));
    }
    // ServerECDHParams: a named curve, its number, a point (RFC 8422 section 5.4); then the signature's scheme.
    let point = usize::from(*message.get(7)?);
    let curve = u16::from_be_bytes([message[5], message[6]]);
    let scheme = message.get(8 + point..10 + point)?;
    match (message[4], curve, scheme) {
        (3, 23 | 24 | 29, [1 | 2, _]) => Some("it signs its key exchange by MD5 or SHA-1".to_owned()),
        (3, 23 | 24 | 29, _) => None,
        _ => Some(format!(
            "keys are agreed on by the curve {curve}, which Handlens does not offer"
        )),
    }
}

fn cipher(suite: &str) -> Option<String> {
    let cipher = [
        ("EXPORT", "weakened for export"),
        ("NULL", "none"),
        ("RC4", "RC4, which is broken"),
        ("3DES", "3DES, with blocks of 64 bits"),
        ("_DES_", "DES, with 56 bits"),
        ("_CBC_", "CBC without authenticated encryption"),
    ]
    .into_iter()
    .find(|(name, _)| suite.contains(name))?;
    Some(format!("the cipher is {}", cipher.1))
}

/// What is wrong with the key of the first certificate of a Certificate message (RFC 5246 section 7.4.2).
fn key(message: &[u8]) -> Option<String> {
    let length = message.get(7..10)?;
    let length = u32::from_be_bytes([0, length[0], length[1], length[2]]) as usize;
    let summary = ca::summarize(message.get(10..)?.get(..length)?)?;
    let bits: u32 = summary.key.strip_prefix("RSA ")?.parse().ok()?;
    (bits < 2048).then(|| format!("the certificate's RSA key has {bits} bits, fewer than 2048"))
}

/// Cipher suites, the best first: what modern TLS shares comes before what it does not.
const SUITES: &[u16] = &[
    0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc023, 0xc027, 0xc024, 0xc028, 0xc009, 0xc013, 0xc00a,
    0xc014, 0x009e, 0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039, 0x0032, 0x0038, 0x009c, 0x009d, 0x003c,
    0x003d, 0x002f, 0x0035, 0x0041, 0x0084, 0xc008, 0xc012, 0x0016, 0x000a, 0xc007, 0xc011, 0x0005, 0x0004,
    0x0015, 0x0009, 0x0014, 0x0008, 0x0003, 0x00ff,
];
const GROUPS: &[u16] = &[29, 23, 24, 25, 22];
const SCHEMES: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202, 0x0101,
];

/// A ClientHello of TLS 1.2 (RFC 5246 section 7.4.1.2) in its record.
fn hello(name: Option<&ServerName<'_>>) -> Vec<u8> {
    let mut random = [0; 32];
    // Nothing is built upon it: the handshake is not gone on with.
    let _ = late::provider().secure_random.fill(&mut random);
    let mut extensions = Vec::new();
    if let Some(ServerName::DnsName(name)) = name {
        let entry = [&[0][..], &vector(2, name.as_ref().as_bytes())].concat();
        extension(0, &vector(2, &entry), &mut extensions);
    }
    extension(10, &vector(2, &numbers(GROUPS)), &mut extensions);
    extension(11, &[1, 0], &mut extensions);
    extension(13, &vector(2, &numbers(SCHEMES)), &mut extensions);
    let body = [
        &[3, 3][..],
        &random,
        &[0],
        &vector(2, &numbers(SUITES)),
        &[1, 0],
        &vector(2, &extensions),
    ]
    .concat();
    let message = [&[1][..], &vector(3, &body)].concat();
    [&[22, 3, 1][..], &vector(2, &message)].concat()
}

fn extension(number: u16, body: &[u8], extensions: &mut Vec<u8>) {
    extensions.extend_from_slice(&number.to_be_bytes());
    extensions.extend_from_slice(&vector(2, body));
}

/// Bytes behind their length, which takes this many (RFC 8446 section 3.4).
fn vector(length_bytes: usize, bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u32).to_be_bytes();
    [&length[4 - length_bytes..], bytes].concat()
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dissected(hello: &[u8], answer: &[u8]) -> Handshake {
        let mut dissector = Dissector::new(Parties::ORIGIN_LEG, Secrets::default());
        dissector.feed(Side::Client, 0, hello);
        dissector.feed(Side::Server, 0, answer);
        dissector.finish()
    }

    fn read(hello: &[u8], answer: &[u8]) -> Shortfall {
        Shortfall::read(&dissected(hello, answer))
    }

    /// Asks an origin that sends byte by byte, and hangs up behind the last.
    async fn listen_to(answer: &[u8]) -> (Option<Handshake>, usize) {
        let (mut near, mut far) = tokio::io::duplex(1);
        let hello = hello(None);
        let origin = async move {
            let mut sent = 0;
            for byte in answer {
                if far.write_all(&[*byte]).await.is_err() {
                    break;
                }
                sent += 1;
            }
            sent
        };
        let ours = async move {
            let told = listen(&mut near, &hello).await;
            drop(near);
            told
        };
        tokio::join!(ours, origin)
    }

    #[tokio::test]
    async fn an_answer_that_drips_is_read_to_its_end_and_no_further() {
        let record = |message: &[u8]| [&[22, 3, 1][..], &vector(2, message)].concat();
        let server_hello = [&[2, 0, 0, 38, 3, 1][..], &[7; 32], &[0, 0, 5, 0]].concat();
        // Certificates that don't end in the sixty thousand bytes that are sent of them.
        let long = [&[11, 0, 0xff, 0xff][..], &[0; 15_000]].concat();
        let more = [
            &record(&server_hello)[..],
            &record(&long),
            &record(&[0; 15_000]).repeat(3),
        ]
        .concat();
        let (told, sent) = listen_to(&more).await;
        assert_eq!(sent, more.len());
        assert_eq!(told.unwrap().facts.version.as_deref(), Some("TLS 1.0"));

        let whole = [record(&server_hello), record(&[14, 0, 0, 0])].concat();
        let (told, sent) = listen_to(&[&whole[..], &[0; 100]].concat()).await;
        assert_eq!(Shortfall::read(&told.unwrap()), read(&hello(None), &whole));
        assert!(sent <= whole.len() + 1, "{sent}");

        assert!(listen_to(&[]).await.0.is_none());
    }

    #[test]
    fn the_hello_is_one() {
        let name = ServerName::try_from("old.test").unwrap();
        let hello = hello(Some(&name));
        let told = dissected(&hello, &[]);
        assert_eq!(told.messages[0].kind, MessageKind::ClientHello);
        assert_eq!(told.messages[0].problem, None);
        assert_eq!(told.problems, []);
        assert_eq!(told.facts.server_name.as_deref(), Some("old.test"));
    }

    #[test]
    fn what_is_cut_short_or_nonsense_says_nothing_more() {
        let answer = [&[22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1][..], &[7; 32], &[0, 0, 5, 0]].concat();
        let hello = hello(None);
        for end in 0..answer.len() {
            assert_eq!(read(&hello, &answer[..end]), Shortfall::default());
        }
        let told = read(&hello, &answer).to_string();
        assert_eq!(
            told,
            "asked with an older hello, it chooses TLS 1.0 with TLS_RSA_WITH_RC4_128_SHA: TLS 1.0 is below TLS 1.2, \
             the floor of Handlens; keys are exchanged by RSA, without forward secrecy; the cipher is RC4, which is \
             broken"
        );
        assert_eq!(
            read(&hello, &[21, 3, 1, 0, 2, 2, 40]).to_string(),
            "an older hello, down to TLS 1.0 with RSA and DHE key exchange, it refuses too"
        );
    }

    #[test]
    fn parameters_cut_short_are_no_panic() {
        for length in 0..12 {
            assert!(key_exchange("TLS_DHE_RSA_WITH_AES_128_CBC_SHA", &vec![3; length]).is_some());
            let _ = key_exchange("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", &vec![3; length]);
            assert_eq!(key(&vec![0; length]), None);
        }
    }
}
