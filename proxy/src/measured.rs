//! What the benches measure that is not public otherwise. No part of the crate's interface.

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use capture::{Door, EventReceiver, TlsRole, WhenBehind};
use rustls::KeyLog as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, join, sink};

use crate::leg_stream::LegStream;
use crate::recorder::{ConnectionRecorder, Keys, Recorder};
use crate::tls::Tap;
use crate::transport::Transport;

/// A handshake with an origin whose bytes pass again and again, with nobody at the other end.
pub struct TappedHandshake {
    passed: Vec<(TlsRole, Vec<u8>)>,
    /// All that the origin sends.
    from_origin: Bytes,
    secrets: Vec<(String, Vec<u8>)>,
    /// How many sealed records client and origin send, as the TLS engine tells the leg of them.
    sealed: [usize; 2],
    recorder: Recorder,
    events: EventReceiver,
}

impl TappedHandshake {
    /// A handshake of these bytes, in the pieces in which they pass, and with these secrets.
    #[must_use]
    pub fn new(passed: Vec<(TlsRole, Vec<u8>)>, secrets: Vec<(String, Vec<u8>)>) -> Self {
        let (sender, events) = capture::channel(u32::MAX, WhenBehind::Wait);
        let sent = [TlsRole::Client, TlsRole::Server].map(|role| {
            let pieces = passed.iter().filter(|(from, _)| *from == role);
            pieces
                .flat_map(|(_, bytes)| bytes.iter().copied())
                .collect::<Vec<_>>()
        });
        let sealed = sent.each_ref().map(|sent| sealed_records(sent));
        let [_, from_origin] = sent;
        let recorder = Recorder {
            events: sender,
            live: Arc::default(),
            certificates: Arc::default(),
            keys: Arc::new(Keys::new(false, None)),
            strips_alt_svc: false,
            opaque_bytes: 0,
            processes: Default::default(),
        };
        Self {
            passed,
            from_origin: from_origin.into(),
            secrets,
            sealed,
            recorder,
            events,
        }
    }

    /// The bytes pass once through a tap, which notes them and tells the handshake; or, not `noted`, through one that has
    /// stepped aside. All else is the same. How many events were told.
    pub async fn pass(&mut self, noted: bool) -> usize {
        let client = SocketAddr::from(([127, 0, 0, 1], 1));
        let connection = ConnectionRecorder::open(&self.recorder, Door::Connect, client, None);
        let leg = &connection.origin_leg;
        let peer = Transport::inner(join(Cursor::new(self.from_origin.clone()), sink()));
        let mut tap = Tap::new(LegStream::new(peer), leg.clone());
        if !noted {
            tap.step_aside();
        }
        let mut room = Vec::with_capacity(self.from_origin.len());
        for (from, bytes) in &self.passed {
            let passed = match from {
                TlsRole::Client => tap.write_all(bytes).await,
                TlsRole::Server => {
                    room.resize(bytes.len(), 0);
                    tap.read_exact(&mut room).await.map(drop)
                }
            };
            debug_assert!(passed.is_ok(), "nothing can fail in memory");
        }
        if noted {
            for (label, secret) in &self.secrets {
                leg.log(label, &[0; 32], secret);
            }
            for (role, sealed) in [TlsRole::Client, TlsRole::Server].into_iter().zip(self.sealed) {
                // Under TLS 1.2 the Finished alone is sealed, and as no application data.
                let is_tls12 = sealed == 0;
                leg.with_flights(|flights| flights.key(role, is_tls12));
                for _ in 0..sealed.max(1) {
                    leg.with_flights(|flights| flights.sealed(role));
                }
                if !is_tls12 {
                    leg.with_flights(|flights| flights.key(role, is_tls12));
                }
            }
            leg.tell().await;
        }
        drop((tap, connection));
        std::iter::from_fn(|| self.events.try_next()).count()
    }
}

/// How many records say that they are application data.
fn sealed_records(mut sent: &[u8]) -> usize {
    const APPLICATION_DATA: u8 = 23;
    let mut sealed = 0;
    while let [content_type, _, _, high, low, rest @ ..] = sent {
        sealed += usize::from(*content_type == APPLICATION_DATA);
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        sent = rest.get(length..).unwrap_or_default();
    }
    sealed
}
