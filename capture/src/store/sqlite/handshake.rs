//! A leg's handshake as one value of the database.
//!
//! ```text
//! version 1 (one byte)
//! LEB128 numbers throughout
//! flags: 1 truncated, 2 a round-trip time follows, 4 an id follows, 8 an ending follows
//! [round-trip time] [16 bytes of the id]
//! [ending: 0 closed, 1 reset, 2 silence, each * 2 + role, silence with its limit behind it; or 6 stopped]
//! steps:   how many; of each: name, start, end - start, 0 or 1 + length of the text, the text
//! secrets: how many; of each: 1 + place of the label among those known, or 0, length, label; length, secret
//! late:    how many; of each a late record
//! chunks:  how many; of each: time * 2 + role, length; then the bytes of all
//! late record: time * 2 + role, content type (one byte), length, fragment
//! ```

use bytes::Bytes;
use rusqlite::{OptionalExtension, params};

use super::SqliteStore;
use super::pack::{Reader, put};
use super::read;
use super::table::Table;
use crate::{
    Chunk, Ending, Handshakes, Id, LateRecord, LegHandshake, LegName, ReadError, Secret, Step, StepName,
    TlsRole,
};

const VERSION: u8 = 1;

const TRUNCATED: u64 = 1;
const WITH_RTT: u64 = 2;
const WITH_RESUMED: u64 = 4;
const WITH_ENDING: u64 = 8;

/// The ending that no side brought about.
const STOPPED: u64 = 6;

/// Labels of the key log (RFC 9850 section 2), whose places are fixed.
const LABELS: [&str; 7] = [
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    "CLIENT_TRAFFIC_SECRET_0",
    "SERVER_TRAFFIC_SECRET_0",
    "EXPORTER_SECRET",
    "CLIENT_EARLY_TRAFFIC_SECRET",
    "CLIENT_RANDOM",
];

/// In the order of their numbers.
const STEPS: [StepName; 9] = [
    StepName::Resolve,
    StepName::Connect,
    StepName::Tls,
    StepName::Judge,
    StepName::Mint,
    StepName::UpstreamResolve,
    StepName::UpstreamConnect,
    StepName::UpstreamTls,
    StepName::UpstreamTunnel,
];

/// The number of the row that holds this leg of the connection of this number.
pub(super) fn row_number(connection: u64, leg: LegName) -> i64 {
    (connection * 2 + u64::from(leg == LegName::Origin)).cast_signed()
}

/// Both legs of a connection, if it is to be seen.
pub(super) fn read(store: &SqliteStore, id: Id) -> Result<Handshakes, ReadError> {
    let db = store.shared.readers.take()?;
    let Some(number) = read::shown_number(store, &db, Table::Connections, id)? else {
        return Ok(Handshakes::default());
    };
    let leg = |leg| -> Result<Option<LegHandshake>, ReadError> {
        let row = row_number(number, leg);
        let whole = db
            .prepare_cached("SELECT whole FROM handshake WHERE number = ?1")?
            .query_row([row], |row| row.get::<_, Vec<u8>>(0))
            .optional()?;
        let mut handshake = match whole {
            Some(whole) => Some(unpack(&whole.into()).ok_or_else(unknown)?),
            None => None,
        };
        let mut statement =
            db.prepare_cached("SELECT record FROM late WHERE handshake = ?1 ORDER BY number")?;
        let mut rows = statement.query(params![row])?;
        while let Some(row) = rows.next()? {
            let record = unpack_late(&row.get::<_, Vec<u8>>(0)?.into()).ok_or_else(unknown)?;
            handshake.get_or_insert_default().late.push(record);
        }
        Ok(handshake)
    };
    Ok(Handshakes {
        client: leg(LegName::Client)?,
        origin: leg(LegName::Origin)?,
    })
}

fn unknown() -> ReadError {
    ReadError::Engine("a handshake is of a form that this version does not know".to_owned())
}

/// Packs a handshake into `packed`.
pub(super) fn pack(handshake: &LegHandshake, packed: &mut Vec<u8>) {
    packed.clear();
    packed.push(VERSION);
    let flag = |set, flag| if set { flag } else { 0 };
    put(
        packed,
        flag(handshake.truncated, TRUNCATED)
            | flag(handshake.tcp_rtt_us.is_some(), WITH_RTT)
            | flag(handshake.resumes.is_some(), WITH_RESUMED)
            | flag(handshake.ending.is_some(), WITH_ENDING),
    );
    if let Some(rtt) = handshake.tcp_rtt_us {
        put(packed, rtt);
    }
    if let Some(id) = handshake.resumes {
        packed.extend_from_slice(id.as_bytes());
    }
    match handshake.ending {
        None => {}
        Some(Ending::Closed(by)) => put(packed, moment(0, by)),
        Some(Ending::Reset(by)) => put(packed, moment(1, by)),
        Some(Ending::Silence { from, limit_us }) => {
            put(packed, moment(2, from));
            put(packed, limit_us);
        }
        Some(Ending::Stopped) => put(packed, STOPPED),
    }
    put(packed, handshake.steps.len() as u64);
    for step in &handshake.steps {
        put(packed, step.name as u64);
        put(packed, step.start_us);
        put(packed, step.end_us.saturating_sub(step.start_us));
        put(packed, step.text.as_ref().map_or(0, |text| text.len() as u64 + 1));
        packed.extend_from_slice(step.text.as_deref().unwrap_or_default().as_bytes());
    }
    put(packed, handshake.secrets.len() as u64);
    for secret in &handshake.secrets {
        match LABELS.iter().position(|label| *label == secret.label) {
            Some(place) => put(packed, place as u64 + 1),
            None => {
                put(packed, 0);
                put_bytes(packed, secret.label.as_bytes());
            }
        }
        put_bytes(packed, &secret.bytes);
    }
    put(packed, handshake.late.len() as u64);
    for late in &handshake.late {
        pack_late(late, packed);
    }
    put(packed, handshake.chunks.len() as u64);
    for chunk in &handshake.chunks {
        put(packed, moment(chunk.at_us, chunk.from));
        put(packed, chunk.bytes.len() as u64);
    }
    for chunk in &handshake.chunks {
        packed.extend_from_slice(&chunk.bytes);
    }
}

/// Packs a late record behind what is in `packed`.
pub(super) fn pack_late(late: &LateRecord, packed: &mut Vec<u8>) {
    put(packed, moment(late.at_us, late.from));
    packed.push(late.content_type);
    put_bytes(packed, &late.bytes);
}

fn put_bytes(packed: &mut Vec<u8>, bytes: &[u8]) {
    put(packed, bytes.len() as u64);
    packed.extend_from_slice(bytes);
}

fn moment(at_us: u64, from: TlsRole) -> u64 {
    (at_us << 1) | u64::from(from == TlsRole::Server)
}

/// Unpacks a handshake. `None` when it is not of a known form.
pub(super) fn unpack(packed: &Bytes) -> Option<LegHandshake> {
    let mut reader = Unpacker {
        whole: packed,
        reader: Reader::new(packed),
    };
    if reader.reader.byte()? != VERSION {
        return None;
    }
    let flags = reader.number()?;
    let mut handshake = LegHandshake {
        truncated: flags & TRUNCATED != 0,
        ..LegHandshake::default()
    };
    if flags & WITH_RTT != 0 {
        handshake.tcp_rtt_us = Some(reader.number()?);
    }
    if flags & WITH_RESUMED != 0 {
        handshake.resumes = Some(Id::from_bytes(reader.take(16)?[..].try_into().ok()?));
    }
    if flags & WITH_ENDING != 0 {
        handshake.ending = Some(reader.ending()?);
    }
    for _ in 0..reader.number()? {
        handshake.steps.push(reader.step()?);
    }
    for _ in 0..reader.number()? {
        handshake.secrets.push(reader.secret()?);
    }
    for _ in 0..reader.number()? {
        handshake.late.push(reader.late()?);
    }
    let mut lengths = Vec::new();
    for _ in 0..reader.number()? {
        lengths.push((reader.number()?, reader.number()?));
    }
    for (moment, length) in lengths {
        let (at_us, from) = (moment >> 1, role(moment));
        let bytes = reader.take(length)?;
        handshake.chunks.push(Chunk { from, at_us, bytes });
    }
    Some(handshake)
}

fn unpack_late(packed: &Bytes) -> Option<LateRecord> {
    let reader = Reader::new(packed);
    Unpacker {
        whole: packed,
        reader,
    }
    .late()
}

fn role(moment: u64) -> TlsRole {
    if moment & 1 == 0 {
        TlsRole::Client
    } else {
        TlsRole::Server
    }
}

struct Unpacker<'a> {
    whole: &'a Bytes,
    reader: Reader<'a>,
}

impl Unpacker<'_> {
    fn number(&mut self) -> Option<u64> {
        self.reader.number()
    }

    /// The next bytes, without a copy.
    fn take(&mut self, length: u64) -> Option<Bytes> {
        let bytes = self.reader.take(length)?;
        Some(self.whole.slice_ref(bytes))
    }

    fn text(&mut self, length: u64) -> Option<String> {
        String::from_utf8(self.take(length)?.into()).ok()
    }

    fn ending(&mut self) -> Option<Ending> {
        let ending = self.number()?;
        Some(match (ending >> 1, role(ending)) {
            (0, by) => Ending::Closed(by),
            (1, by) => Ending::Reset(by),
            (2, from) => Ending::Silence {
                from,
                limit_us: self.number()?,
            },
            _ if ending == STOPPED => Ending::Stopped,
            _ => return None,
        })
    }

    fn step(&mut self) -> Option<Step> {
        let name = *STEPS.get(usize::try_from(self.number()?).ok()?)?;
        let start_us = self.number()?;
        let end_us = start_us.checked_add(self.number()?)?;
        let text = match self.number()?.checked_sub(1) {
            Some(length) => Some(self.text(length)?),
            None => None,
        };
        Some(Step {
            name,
            start_us,
            end_us,
            text,
        })
    }

    fn secret(&mut self) -> Option<Secret> {
        let label = match self.number()?.checked_sub(1) {
            Some(place) => (*LABELS.get(usize::try_from(place).ok()?)?).to_owned(),
            None => {
                let length = self.number()?;
                self.text(length)?
            }
        };
        let length = self.number()?;
        let bytes = self.take(length)?;
        Some(Secret { label, bytes })
    }

    fn late(&mut self) -> Option<LateRecord> {
        let moment = self.number()?;
        let content_type = self.reader.byte()?;
        let length = self.number()?;
        Some(LateRecord {
            from: role(moment),
            at_us: moment >> 1,
            content_type,
            bytes: self.take(length)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_role() -> impl Strategy<Value = TlsRole> {
        prop_oneof![Just(TlsRole::Client), Just(TlsRole::Server)]
    }

    fn any_ending() -> impl Strategy<Value = Ending> {
        prop_oneof![
            any_role().prop_map(Ending::Closed),
            any_role().prop_map(Ending::Reset),
            (any_role(), any::<u64>()).prop_map(|(from, limit_us)| Ending::Silence { from, limit_us }),
            Just(Ending::Stopped),
        ]
    }

    fn any_bytes() -> impl Strategy<Value = Bytes> {
        prop::collection::vec(any::<u8>(), 0..50).prop_map(Bytes::from)
    }

    prop_compose! {
        fn any_late()(from in any_role(), at_us in 0u64..1 << 40, content_type: u8, bytes in any_bytes())
            -> LateRecord {
            LateRecord { from, at_us, content_type, bytes }
        }
    }

    prop_compose! {
        fn any_handshake()(
            steps in prop::collection::vec(
                (prop::sample::select(&STEPS[..]), 0u64..1 << 40, 0u64..1 << 30, prop::option::of(".{0,20}")), 0..4),
            chunks in prop::collection::vec((any_role(), 0u64..1 << 40, any_bytes()), 0..6),
            late in prop::collection::vec(any_late(), 0..3),
            secrets in prop::collection::vec((prop_oneof![
                prop::sample::select(&LABELS[..]).prop_map(str::to_owned), "[A-Z_]{0,30}".prop_map(String::from)
            ], any_bytes()), 0..4),
            truncated: bool,
            tcp_rtt_us in prop::option::of(any::<u64>()),
            resumes in prop::option::of(any::<[u8; 16]>().prop_map(Id::from_bytes)),
            ending in prop::option::of(any_ending()),
        ) -> LegHandshake {
            let steps = steps.into_iter().map(|(name, start_us, took, text)|
                Step { name, start_us, end_us: start_us + took, text }).collect();
            let chunks = chunks.into_iter().map(|(from, at_us, bytes)| Chunk { from, at_us, bytes }).collect();
            let secrets = secrets.into_iter().map(|(label, bytes)| Secret { label, bytes }).collect();
            LegHandshake { steps, chunks, late, secrets, truncated, tcp_rtt_us, resumes, ending }
        }
    }

    proptest! {
        #[test]
        fn a_handshake_comes_back_as_it_was(handshake in any_handshake()) {
            let mut packed = Vec::new();
            pack(&handshake, &mut packed);
            prop_assert_eq!(unpack(&packed.into()), Some(handshake));
        }

        #[test]
        fn a_late_record_comes_back_as_it_was(late in any_late()) {
            let mut packed = Vec::new();
            pack_late(&late, &mut packed);
            prop_assert_eq!(unpack_late(&packed.into()), Some(late));
        }

        #[test]
        fn what_was_not_packed_here_is_refused_without_a_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = (unpack(&bytes.clone().into()), unpack_late(&bytes.clone().into()));
            if let Some(first) = bytes.first_mut() {
                *first = VERSION;
            }
            let _ = unpack(&bytes.into());
        }
    }

    #[test]
    fn a_handshake_of_the_first_format_is_read() {
        let packed = b"\x01\x03\xe8\x07\x01\x01\x0a\x05\x03ab\x01\x01\x02ss\x01\x15\x15\x02\x01\x00\x02\x02\x03\x07\x02abcde";
        let handshake = unpack(&Bytes::from_static(packed)).unwrap();
        assert!(handshake.truncated);
        assert_eq!(handshake.tcp_rtt_us, Some(1000));
        assert_eq!(handshake.steps[0].name, StepName::Connect);
        assert_eq!((handshake.steps[0].start_us, handshake.steps[0].end_us), (10, 15));
        assert_eq!(handshake.steps[0].text.as_deref(), Some("ab"));
        assert_eq!(handshake.secrets[0].label, "CLIENT_HANDSHAKE_TRAFFIC_SECRET");
        assert_eq!(
            (handshake.late[0].content_type, handshake.late[0].at_us),
            (21, 10)
        );
        let told: Vec<_> = handshake
            .chunks
            .iter()
            .map(|c| (c.from, c.at_us, &c.bytes[..]))
            .collect();
        assert_eq!(
            told,
            [(TlsRole::Client, 1, &b"abc"[..]), (TlsRole::Server, 3, b"de")]
        );
    }

    #[test]
    fn the_numbers_that_stand_for_steps_are_fixed() {
        for (at, step) in STEPS.into_iter().enumerate() {
            assert_eq!(step as usize, at);
        }
    }
}
