//! What the TLS engine seals and opens behind a handshake: tickets, key updates, alerts.
//!
//! The raw bytes of such records can be read with the keys of application data alone, which are not kept. So the
//! cipher suites are wrapped, and each record that is not application data is noted in the clear as rustls seals or
//! opens it. Of application data nothing is looked at but its content type.
//!
//! A suite is shared by all connections, so its keys must learn which leg they are of: [`bound`] says so while the
//! handshake is polled, and rustls makes all keys within that but those of a key update. Those it makes at once
//! when it has sealed or opened the KeyUpdate message, which says so in turn.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, LazyLock, Weak};

use capture::TlsRole;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter,
    MessageEncrypter, OutboundOpaqueMessage, OutboundPlainMessage, Tls12AeadAlgorithm, Tls13AeadAlgorithm,
    UnsupportedOperationError,
};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{
    ConnectionTrafficSecrets, ContentType, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};

use super::flights::Epoch;
use crate::recorder::LegRecorder;

/// The default provider, its suites wrapped.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        let mut provider = aws_lc_rs::default_provider();
        provider.cipher_suites = provider.cipher_suites.into_iter().map(wrap).collect();
        Arc::new(provider)
    });
    PROVIDER.clone()
}

/// Wraps a suite. It is never freed: rustls wants suites that live as long as the process, and there are nine.
fn wrap(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    match suite {
        SupportedCipherSuite::Tls13(suite) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: rustls::crypto::CipherSuiteCommon { ..suite.common },
                hkdf_provider: suite.hkdf_provider,
                aead_alg: Box::leak(Box::new(Tls13(suite.aead_alg))),
                quic: None,
            })))
        }
        SupportedCipherSuite::Tls12(suite) => {
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: rustls::crypto::CipherSuiteCommon { ..suite.common },
                prf_provider: suite.prf_provider,
                kx: suite.kx,
                sign: suite.sign,
                aead_alg: Box::leak(Box::new(Tls12(suite.aead_alg))),
            })))
        }
    }
}

thread_local! {
    /// The leg that the keys made now are of.
    static BOUND: RefCell<Option<Arc<LegRecorder>>> = const { RefCell::new(None) };

    /// The leg that sealed or opened a KeyUpdate last. Weak: no later one need come, and what outlived its connection
    /// here would keep the recorder's channel open for ever.
    static UPDATING: RefCell<Weak<LegRecorder>> = const { RefCell::new(Weak::new()) };
}

/// Runs a handshake whose keys are of this leg.
pub(super) async fn bound<T>(leg: &Arc<LegRecorder>, handshake: impl Future<Output = T>) -> T {
    let mut handshake = pin!(handshake);
    std::future::poll_fn(|cx| {
        BOUND.set(Some(leg.clone()));
        let polled = handshake.as_mut().poll(cx);
        BOUND.take();
        polled
    })
    .await
}

/// The record of a leg that its keys write to.
struct Notes {
    leg: Arc<LegRecorder>,
    from: TlsRole,
    epoch: Epoch,
}

impl Notes {
    /// For a new key of what Handlens sends, or its peer.
    fn for_key(is_own: bool, is_tls12: bool) -> Option<Self> {
        let leg = BOUND
            .with_borrow(Clone::clone)
            .or_else(|| UPDATING.with_borrow(Weak::upgrade))?;
        let from = if is_own { leg.own_role() } else { leg.peer_role() };
        let epoch = leg.with_flights(|flights| flights.key(from, is_tls12));
        Some(Self { leg, from, epoch })
    }

    /// A record was sealed or opened.
    #[inline]
    fn record(&mut self, content_type: ContentType, bytes: impl FnOnce() -> Vec<u8>) {
        if content_type != ContentType::ApplicationData {
            self.other_record(content_type, bytes);
        }
    }

    #[cold]
    fn other_record(&mut self, content_type: ContentType, bytes: impl FnOnce() -> Vec<u8>) {
        match self.epoch {
            Epoch::Handshake => self.epoch = self.leg.with_flights(|flights| flights.sealed(self.from)),
            Epoch::Application => {
                let bytes = bytes();
                if content_type == ContentType::Handshake && bytes.first() == Some(&KEY_UPDATE) {
                    UPDATING.set(Arc::downgrade(&self.leg));
                }
                self.leg.note_late(self.from, content_type.into(), bytes);
            }
        }
    }

    /// A record that could not be opened takes its place among the handshake's all the same: it was early data.
    fn unopened_record(&self) {
        if self.epoch == Epoch::Handshake {
            self.leg.with_flights(|flights| flights.sealed(self.from));
        }
    }
}

/// RFC 8446 section 4.6.3.
const KEY_UPDATE: u8 = 24;

struct Sealing {
    inner: Box<dyn MessageEncrypter>,
    notes: Notes,
}

impl Sealing {
    fn watch(inner: Box<dyn MessageEncrypter>, is_tls12: bool) -> Box<dyn MessageEncrypter> {
        match Notes::for_key(true, is_tls12) {
            Some(notes) => Box::new(Self { inner, notes }),
            None => inner,
        }
    }
}

impl MessageEncrypter for Sealing {
    fn encrypt(
        &mut self,
        msg: OutboundPlainMessage<'_>,
        seq: u64,
    ) -> Result<OutboundOpaqueMessage, rustls::Error> {
        self.notes.record(msg.typ, || msg.payload.to_vec());
        self.inner.encrypt(msg, seq)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.inner.encrypted_payload_len(payload_len)
    }
}

struct Opening {
    inner: Box<dyn MessageDecrypter>,
    notes: Notes,
}

impl Opening {
    fn watch(inner: Box<dyn MessageDecrypter>, is_tls12: bool) -> Box<dyn MessageDecrypter> {
        match Notes::for_key(false, is_tls12) {
            Some(notes) => Box::new(Self { inner, notes }),
            None => inner,
        }
    }
}

impl MessageDecrypter for Opening {
    fn decrypt<'a>(
        &mut self,
        msg: InboundOpaqueMessage<'a>,
        seq: u64,
    ) -> Result<InboundPlainMessage<'a>, rustls::Error> {
        let opened = self.inner.decrypt(msg, seq);
        match &opened {
            Ok(message) => self.notes.record(message.typ, || message.payload.to_vec()),
            Err(_) => self.notes.unopened_record(),
        }
        opened
    }
}

struct Tls13(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for Tls13 {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Sealing::watch(self.0.encrypter(key, iv), false)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Opening::watch(self.0.decrypter(key, iv), false)
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

struct Tls12(&'static dyn Tls12AeadAlgorithm);

impl Tls12AeadAlgorithm for Tls12 {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        Sealing::watch(self.0.encrypter(key, iv, extra), true)
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        Opening::watch(self.0.decrypter(key, iv), true)
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        self.0.key_block_shape()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv, explicit)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}
