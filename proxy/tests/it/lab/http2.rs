//! HTTP/2 by the frame: for what no library would send, and to see what exactly comes.

use httlib_hpack::Decoder;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::{Lab, RawOrigin, within};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const ACK: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
pub(crate) const PADDED: u8 = 8;

/// A frame. Of one that was read, a header block is whole and its fields are decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawFrame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
    pub(crate) fields: Vec<(String, String)>,
}

impl RawFrame {
    pub(crate) fn new(kind: u8, flags: u8, stream: u32, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            flags,
            stream,
            payload: payload.into(),
            fields: Vec::new(),
        }
    }

    pub(crate) fn settings(settings: &[(u16, u32)]) -> Self {
        let payload: Vec<u8> = settings
            .iter()
            .flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        Self::new(SETTINGS, 0, 0, payload)
    }

    pub(crate) fn headers(stream: u32, flags: u8, fields: &[(&str, &str)]) -> Self {
        Self::new(HEADERS, flags | END_HEADERS, stream, block(fields))
    }

    pub(crate) fn data(stream: u32, flags: u8, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(DATA, flags, stream, bytes)
    }

    pub(crate) fn reset(stream: u32, code: u32) -> Self {
        Self::new(RST_STREAM, 0, stream, code.to_be_bytes())
    }

    pub(crate) fn go_away(last: u32, code: u32) -> Self {
        Self::new(GOAWAY, 0, 0, [last.to_be_bytes(), code.to_be_bytes()].concat())
    }

    pub(crate) fn window(stream: u32, increment: u32) -> Self {
        Self::new(WINDOW_UPDATE, 0, stream, increment.to_be_bytes())
    }

    pub(crate) fn ping(payload: [u8; 8]) -> Self {
        Self::new(PING, 0, 0, payload)
    }

    pub(crate) fn is(&self, kind: u8, stream: u32) -> bool {
        self.kind == kind && self.stream == stream
    }

    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The code of a RST_STREAM or GOAWAY.
    pub(crate) fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.0 == name)
            .map(|field| &*field.1)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = (self.payload.len() as u32).to_be_bytes();
        [
            &length[1..],
            &[self.kind, self.flags],
            &self.stream.to_be_bytes(),
            &self.payload,
        ]
        .concat()
    }
}

/// Fields as literals without Huffman, never put into a table (RFC 7541 section 6.2.2).
pub(crate) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    raw_block(
        fields
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
    )
}

/// The same of any bytes.
pub(crate) fn raw_block<'a>(fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<u8> {
    let mut block = Vec::new();
    let text = |block: &mut Vec<u8>, text: &[u8]| {
        match text.len() {
            short @ 0..127 => block.push(short as u8),
            long => {
                block.push(127);
                let mut rest = long - 127;
                while rest >= 128 {
                    block.push(rest as u8 | 128);
                    rest >>= 7;
                }
                block.push(rest as u8);
            }
        }
        block.extend_from_slice(text);
    };
    for (name, value) in fields {
        block.push(0);
        text(&mut block, name);
        text(&mut block, value);
    }
    block
}

/// A GET for the origin of a plain tunnel.
pub(crate) const GET: [(&str, &str); 4] = [
    (":method", "GET"),
    (":scheme", "http"),
    (":authority", "localhost"),
    (":path", "/"),
];

/// The same with another method and more fields.
pub(crate) fn request_fields<'a>(
    method: &'a str,
    path: &'a str,
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let head = [
        (":method", method),
        (":scheme", "http"),
        (":authority", "localhost"),
        (":path", path),
    ];
    [&head[..], more].concat()
}

/// What frames pass on.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// One end of an HTTP/2 connection.
pub(crate) struct RawHttp2 {
    stream: Box<dyn Stream>,
    decoder: Decoder<'static>,
    /// What the peer has set so far, one behind the other. It is acknowledged as it is read.
    pub(crate) settings: Vec<u8>,
}

impl RawHttp2 {
    pub(crate) fn new(stream: impl Stream + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            decoder: Decoder::default(),
            settings: Vec::new(),
        }
    }

    /// As a client: says the preface and these settings.
    pub(crate) async fn greet_as_client(stream: impl Stream + 'static, settings: &[(u16, u32)]) -> Self {
        let mut this = Self::new(stream);
        this.send_bytes(PREFACE).await;
        this.send(RawFrame::settings(settings)).await;
        this
    }

    /// As an origin: says these settings, as it may before it has heard anything, and hears the preface.
    pub(crate) async fn greet_as_origin(stream: impl Stream + 'static, settings: &[(u16, u32)]) -> Self {
        let mut this = Self::new(stream);
        this.send(RawFrame::settings(settings)).await;
        let mut preface = [0; PREFACE.len()];
        within("the preface", this.stream.read_exact(&mut preface))
            .await
            .unwrap();
        assert_eq!(preface, PREFACE);
        this
    }

    pub(crate) async fn send(&mut self, frame: RawFrame) {
        self.send_bytes(&frame.bytes()).await;
    }

    pub(crate) async fn send_all(&mut self, frames: &[RawFrame]) {
        let bytes: Vec<u8> = frames.iter().flat_map(RawFrame::bytes).collect();
        self.send_bytes(&bytes).await;
    }

    /// A peer that has closed takes nothing: what it said of it is read afterwards.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = within("bytes to be taken", self.stream.write_all(bytes)).await;
    }

    /// The next frame, or none at the end of the connection.
    pub(crate) async fn next(&mut self) -> Option<RawFrame> {
        let mut frame = self.read().await?;
        if frame.kind == SETTINGS && !frame.has(ACK) {
            self.settings.extend_from_slice(&frame.payload);
            self.send(RawFrame::new(SETTINGS, ACK, 0, [])).await;
        }
        if frame.kind == HEADERS {
            assert!(!frame.has(PADDED), "none is padded by us");
            while !frame.has(END_HEADERS) {
                let more = self.read().await?;
                assert!(more.is(CONTINUATION, frame.stream), "{more:?}");
                frame.flags |= more.flags & END_HEADERS;
                frame.payload.extend(more.payload);
            }
            let mut fields = Vec::new();
            let mut rest = frame.payload.clone();
            self.decoder.decode(&mut rest, &mut fields).unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            frame.fields = fields
                .into_iter()
                .map(|(name, value, _)| (text(name), text(value)))
                .collect();
        }
        Some(frame)
    }

    async fn read(&mut self) -> Option<RawFrame> {
        let mut head = [0; 9];
        within("the next frame", self.stream.read_exact(&mut head))
            .await
            .ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        within("a frame's payload", self.stream.read_exact(&mut payload))
            .await
            .ok()?;
        let stream = u32::from_be_bytes(head[5..].try_into().unwrap());
        Some(RawFrame::new(head[3], head[4], stream, payload))
    }

    /// The next frame of this kind on this stream; others are passed over.
    pub(crate) async fn expect(&mut self, kind: u8, stream: u32) -> RawFrame {
        let mut seen = Vec::new();
        while let Some(frame) = self.next().await {
            if frame.is(kind, stream) {
                return frame;
            }
            seen.push((frame.kind, frame.stream));
        }
        panic!("no frame {kind} on stream {stream} before the end: {seen:?}")
    }

    /// Waits until everything that was sent before has been looked at.
    pub(crate) async fn settle(&mut self) {
        self.send(RawFrame::ping(*b"settled?")).await;
        while self.expect(PING, 0).await.payload != b"settled?" {}
    }
}

/// A client and an origin of HTTP/2 without TLS, and Handlens between them.
pub(crate) struct Http2Ends {
    origins: mpsc::UnboundedReceiver<TcpStream>,
    target: String,
    _origin: RawOrigin,
}

impl Http2Ends {
    pub(crate) async fn start() -> Self {
        let (arrived, origins) = mpsc::unbounded_channel();
        let origin = RawOrigin::tcp(move |stream| {
            let arrived = arrived.clone();
            async move {
                let _ = arrived.send(stream);
            }
        })
        .await;
        Self {
            origins,
            target: origin.authority(),
            _origin: origin,
        }
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The next connection that comes to the origin.
    pub(crate) async fn arrival(&mut self) -> TcpStream {
        within("the origin's connection", self.origins.recv())
            .await
            .unwrap()
    }

    /// A connection, both of whose ends have greeted.
    pub(crate) async fn open(&mut self, lab: &Lab) -> (RawHttp2, RawHttp2) {
        self.open_with(lab, &[], &[]).await
    }

    /// The same with these settings.
    pub(crate) async fn open_with(
        &mut self,
        lab: &Lab,
        client: &[(u16, u32)],
        origin: &[(u16, u32)],
    ) -> (RawHttp2, RawHttp2) {
        let tunnel = lab.client().tunnel(&self.target).await;
        let mut client = RawHttp2::greet_as_client(tunnel, client).await;
        let mut origin = RawHttp2::greet_as_origin(self.arrival().await, origin).await;
        for end in [&mut client, &mut origin] {
            end.expect(SETTINGS, 0).await;
            end.settle().await;
        }
        (client, origin)
    }
}
