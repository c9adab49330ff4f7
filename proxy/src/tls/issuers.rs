//! Which connection a resumed one goes back to: tickets and session ids that clients were given, and by which
//! connection.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use capture::{Id, LateRecord, TlsRole};
use handshake::{ClientHello, record_type};

use super::flights::RECORD_HEADER;

/// Tickets and session ids that are remembered: two to each session that clients may resume.
const MOST: usize = 2 * super::client_leg::SESSIONS;

/// `pre_shared_key` (RFC 8446 section 4.2.11).
const PRE_SHARED_KEY: u16 = 41;
const SERVER_HELLO: u8 = 2;
const NEW_SESSION_TICKET: u8 = 4;

/// Remembers which connection gave which ticket or session id to a client.
#[derive(Debug, Default)]
pub(super) struct Issuers {
    hasher: RandomState,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    issuers: HashMap<u64, Id>,
    /// The oldest first.
    order: VecDeque<u64>,
}

impl Issuers {
    /// Remembers the tickets that a connection gave its client behind a handshake of TLS 1.3.
    pub(super) fn remember_tickets(&self, connection: Id, late: &[LateRecord]) {
        let messages = late
            .iter()
            .filter(|late| late.content_type == record_type::HANDSHAKE && late.from == TlsRole::Server);
        for ticket in messages.flat_map(|late| tickets(&late.bytes)) {
            self.insert(ticket, connection);
        }
    }

    /// Remembers the session id that a connection gave its client in a handshake of TLS 1.2: `sent` is what the server
    /// sent.
    pub(super) fn remember_session(&self, connection: Id, sent: &[u8]) {
        if let Some(session) = session_id(sent) {
            self.insert(session, connection);
        }
    }

    /// The connection whose session this hello asks to resume.
    pub(super) fn find(&self, hello: &ClientHello) -> Option<Id> {
        let mut offered = vec![&hello.session_id[..]];
        if let Some(extension) = hello.extension(PRE_SHARED_KEY) {
            offered.extend(identities(extension));
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        offered
            .into_iter()
            .find_map(|name| known.issuers.get(&self.hasher.hash_one(name)).copied())
    }

    fn insert(&self, name: &[u8], connection: Id) {
        if name.is_empty() {
            return;
        }
        let name = self.hasher.hash_one(name);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.issuers.insert(name, connection).is_none() {
            known.order.push_back(name);
        }
        while known.order.len() > MOST
            && let Some(oldest) = known.order.pop_front()
        {
            known.issuers.remove(&oldest);
        }
    }
}

/// The tickets in a fragment of handshake messages (RFC 8446 section 4.6.1).
fn tickets(mut fragment: &[u8]) -> Vec<&[u8]> {
    let mut tickets = Vec::new();
    while let Some((kind, body, rest)) = message(fragment) {
        fragment = rest;
        let ticket = || {
            // Lifetime and age_add, then the nonce.
            let (_, rest) = body.split_at_checked(8)?;
            let (_, rest) = vector(rest, 1)?;
            Some(vector(rest, 2)?.0)
        };
        if kind == NEW_SESSION_TICKET {
            tickets.extend(ticket());
        }
    }
    tickets
}

/// The identities of a client's `pre_shared_key`.
fn identities(extension: &[u8]) -> Vec<&[u8]> {
    let mut identities = Vec::new();
    let Some((mut list, _)) = vector(extension, 2) else {
        return identities;
    };
    while let Some((identity, rest)) = vector(list, 2) {
        identities.push(identity);
        // The obfuscated age.
        list = rest.get(4..).unwrap_or_default();
    }
    identities
}

/// The session id of a ServerHello that is the first thing the server sent.
fn session_id(sent: &[u8]) -> Option<&[u8]> {
    let (_, fragment) = sent.split_at_checked(RECORD_HEADER)?;
    let (SERVER_HELLO, body, _) = message(fragment)? else {
        return None;
    };
    // Version and random come before it.
    let (_, rest) = body.split_at_checked(34)?;
    Some(vector(rest, 1)?.0)
}

/// The first handshake message: its type, its body, and what follows.
fn message(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    let (body, rest) = vector(rest, 3)?;
    Some((kind, body, rest))
}

/// A vector whose length takes these many bytes, and what follows it.
fn vector(bytes: &[u8], length_bytes: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(length_bytes)?;
    let length = length
        .iter()
        .fold(0, |length, &byte| length << 8 | usize::from(byte));
    rest.split_at_checked(length)
}
