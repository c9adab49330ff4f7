//! Handshakes for tests, written down as what each side says.

use crate::parse::{self, Context};
use crate::{Epoch, Hex, Message, MessageKind, Parties, Side, Story};

/// A handshake under way.
pub(crate) struct Script {
    pub(crate) messages: Vec<Message>,
    pub(crate) parties: Parties,
    context: Context,
}

impl Script {
    pub(crate) fn new(parties: Parties) -> Self {
        Self {
            messages: Vec::new(),
            parties,
            context: Context::default(),
        }
    }

    pub(crate) fn client(self, kind: MessageKind, body: &[u8]) -> Self {
        self.say(Side::Client, kind, body)
    }

    pub(crate) fn server(self, kind: MessageKind, body: &[u8]) -> Self {
        self.say(Side::Server, kind, body)
    }

    /// A message from one side, a millisecond after the last.
    fn say(mut self, side: Side, kind: MessageKind, body: &[u8]) -> Self {
        let bytes = match kind {
            MessageKind::Alert | MessageKind::ChangeCipherSpec => body.to_vec(),
            MessageKind::Sealed => Vec::new(),
            _ => [&[number(kind)][..], &vector(3, body)].concat(),
        };
        let (fields, problem) = match bytes.is_empty() {
            true => (Vec::new(), None),
            false => parse::message(kind, &bytes, self.context, &mut 10_000),
        };
        assert_eq!(problem, None, "{kind} {bytes:02x?}");
        let from = self.parties.of(side);
        let flight = self
            .messages
            .last()
            .map_or(0, |last| last.flight + usize::from(last.from != from));
        self.messages.push(Message {
            kind,
            from,
            offset_us: 1000 * self.messages.len() as u64,
            length: bytes.len(),
            encrypted: false,
            epoch: Epoch::Clear,
            flight,
            records: Vec::new(),
            bytes: Hex(bytes),
            fields,
            story: Story::default(),
            verified: None,
            problem: None,
        });
        if let Some(hello) = self
            .messages
            .last()
            .filter(|m| m.kind == MessageKind::ServerHello)
        {
            let number = |path| hello.number_at(path).map(|n| n as u16);
            self.context.version =
                number("extensions/supported_versions/selected_version").or_else(|| number("legacy_version"));
            self.context.suite = number("cipher_suite");
        }
        self
    }
}

fn number(kind: MessageKind) -> u8 {
    (0..=255)
        .find(|n| *n != 6 && MessageKind::of_handshake(*n) == kind)
        .unwrap_or(2)
}

/// Bytes behind their length.
pub(crate) fn vector(length_bytes: usize, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u64).to_be_bytes();
    [&length[8 - length_bytes..], body].concat()
}

/// 16-bit numbers behind their length.
pub(crate) fn numbers(length_bytes: usize, numbers: &[u16]) -> Vec<u8> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
    vector(length_bytes, &bytes)
}

/// An extension.
pub(crate) fn extension(number: u16, body: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes()[..], &vector(2, body)].concat()
}

/// `server_name`.
pub(crate) fn server_name(name: &str) -> Vec<u8> {
    let name = [&[0][..], &vector(2, name.as_bytes())].concat();
    extension(0, &vector(2, &name))
}

/// `application_layer_protocol_negotiation`.
pub(crate) fn protocols(protocols: &[&str]) -> Vec<u8> {
    let list: Vec<u8> = protocols.iter().flat_map(|p| vector(1, p.as_bytes())).collect();
    extension(16, &vector(2, &list))
}

/// A share of a group, of this many bytes.
pub(crate) fn share(group: u16, length: usize) -> Vec<u8> {
    [&group.to_be_bytes()[..], &vector(2, &vec![7; length])].concat()
}

/// `key_share` of a client.
pub(crate) fn shares(shares: &[Vec<u8>]) -> Vec<u8> {
    extension(51, &vector(2, &shares.concat()))
}

/// The body of a ClientHello.
pub(crate) fn client_hello(session_id: &[u8], suites: &[u16], extensions: &[Vec<u8>]) -> Vec<u8> {
    [
        &[3, 3][..],
        &[7; 32],
        &vector(1, session_id),
        &numbers(2, suites),
        &[1, 0],
        &vector(2, &extensions.concat()),
    ]
    .concat()
}

/// The body of a ServerHello.
pub(crate) fn server_hello(session_id: &[u8], suite: u16, extensions: &[Vec<u8>]) -> Vec<u8> {
    [
        &[3, 3][..],
        &[9; 32],
        &vector(1, session_id),
        &suite.to_be_bytes(),
        &[0],
        &vector(2, &extensions.concat()),
    ]
    .concat()
}

/// The body of a Certificate of TLS 1.3 with this many certificates of 500 bytes.
pub(crate) fn chain(length: usize) -> Vec<u8> {
    let entry = [vector(3, &[0x30; 500]), vec![0, 0]].concat();
    [vec![0], vector(3, &entry.repeat(length))].concat()
}

/// The body of a Certificate of TLS 1.2, likewise.
pub(crate) fn chain12(length: usize) -> Vec<u8> {
    vector(3, &vector(3, &[0x30; 500]).repeat(length))
}

/// A ClientHello of a browser of today.
pub(crate) fn modern_hello() -> Vec<u8> {
    client_hello(
        &[5; 32],
        &[0x5a5a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0x002f, 0x00ff],
        &[
            server_name("example.com"),
            protocols(&["h2", "http/1.1"]),
            extension(43, &numbers(1, &[0x2a2a, 0x0304, 0x0303])),
            extension(10, &numbers(2, &[0x11ec, 29, 23])),
            extension(13, &numbers(2, &[0x0403, 0x0804, 0x0401])),
            extension(35, &[]),
            shares(&[share(0x11ec, 1216), share(29, 32)]),
        ],
    )
}

/// What a server of TLS 1.3 says to it, up to its Finished, and the client's Finished.
pub(crate) fn modern(parties: Parties) -> Script {
    Script::new(parties)
        .client(MessageKind::ClientHello, &modern_hello())
        .server(
            MessageKind::ServerHello,
            &server_hello(
                &[5; 32],
                0x1302,
                &[extension(43, &[3, 4]), extension(51, &share(0x11ec, 1120))],
            ),
        )
        .server(MessageKind::ChangeCipherSpec, &[1])
        .server(MessageKind::EncryptedExtensions, &vector(2, &protocols(&["h2"])))
        .server(MessageKind::Certificate, &chain(2))
        .server(
            MessageKind::CertificateVerify,
            &[&[4, 3][..], &vector(2, &[8; 70])].concat(),
        )
        .server(MessageKind::Finished, &[6; 48])
        .client(MessageKind::ChangeCipherSpec, &[1])
        .client(MessageKind::Finished, &[6; 48])
}

/// A full handshake of TLS 1.2: its ten messages, of ECDHE or RSA.
pub(crate) fn tls12(parties: Parties, suite: u16) -> Script {
    let ecdhe = suite == 0xc02f;
    let hello = client_hello(
        &[],
        &[0xc02f, 0x009c],
        &[server_name("example.com"), extension(35, &[])],
    );
    let point = [4; 65];
    let script = Script::new(parties)
        .client(MessageKind::ClientHello, &hello)
        .server(
            MessageKind::ServerHello,
            &server_hello(&[1; 32], suite, &[extension(0xff01, &[0])]),
        )
        .server(MessageKind::Certificate, &chain12(3));
    let script = if ecdhe {
        let signature = [&[8, 4][..], &vector(2, &[8; 256])].concat();
        let exchange = [&[3, 0, 23][..], &vector(1, &point), &signature].concat();
        script.server(MessageKind::ServerKeyExchange, &exchange)
    } else {
        script
    };
    let exchange = if ecdhe {
        vector(1, &point)
    } else {
        vector(2, &[9; 256])
    };
    script
        .server(MessageKind::ServerHelloDone, &[])
        .client(MessageKind::ClientKeyExchange, &exchange)
        .client(MessageKind::ChangeCipherSpec, &[1])
        .client(MessageKind::Finished, &[6; 12])
        .server(MessageKind::ChangeCipherSpec, &[1])
        .server(MessageKind::Finished, &[6; 12])
}
