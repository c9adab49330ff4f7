//! A pcap or pcapng file as packets and secrets, in order.

use std::io::Read;

use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{Block, PcapBlockOwned, PcapError, SecretsType, create_reader};

/// Bytes of a block that are taken at once; a longer one is made room for, up to [`LONGEST_BLOCK`].
const BUFFER: usize = 1 << 20;
/// A block longer than this is none.
const LONGEST_BLOCK: usize = 64 << 20;

/// The file can't be read as a capture.
#[derive(Debug, thiserror::Error)]
pub(super) enum PcapFileError {
    #[error("it is neither pcap nor pcapng")]
    NotACapture,
    #[error("it could not be read on")]
    Read,
    #[error("a block in it is longer than {LONGEST_BLOCK} bytes")]
    TooLong,
    #[error("a block in it is not of the format")]
    Malformed,
}

/// Something in a capture.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// A packet: when it passed, in microseconds since 1970, its link type (tcpdump's registry), its bytes.
    Packet { at_us: u64, link: i32, bytes: &'a [u8] },
    /// A TLS key log that lies in the file.
    KeyLog(&'a [u8]),
}

/// An interface of a pcapng section.
struct Interface {
    link: i32,
    /// Units of a timestamp in a second.
    resolution: u64,
    /// Seconds that are to be added.
    offset: i64,
}

/// Hands each piece of the file to `each`. A file that ends in the middle of a block, as one does whose capture was
/// cut short, is read up to there.
pub(super) fn read(
    file: impl Read + Send + 'static,
    mut each: impl FnMut(Piece<'_>),
) -> Result<(), PcapFileError> {
    let mut reader = create_reader(BUFFER, file).map_err(|_| PcapFileError::NotACapture)?;
    let mut interfaces: Vec<Interface> = Vec::new();
    let mut legacy = (0, 1);
    let mut capacity = BUFFER;
    loop {
        match reader.next() {
            Ok((length, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(header) => {
                        let per_us = if header.is_nanosecond_precision() { 1000 } else { 1 };
                        legacy = (header.network.0, per_us);
                    }
                    PcapBlockOwned::Legacy(packet) => each(Piece::Packet {
                        at_us: u64::from(packet.ts_sec) * 1_000_000 + u64::from(packet.ts_usec / legacy.1),
                        link: legacy.0,
                        bytes: packet.data,
                    }),
                    PcapBlockOwned::NG(block) => read_block(&block, &mut interfaces, &mut each),
                }
                reader.consume(length);
            }
            Err(PcapError::Eof | PcapError::UnexpectedEof) => return Ok(()),
            Err(PcapError::Incomplete(_)) => {
                let (before, exhausted) = (reader.data().len(), reader.reader_exhausted());
                if exhausted {
                    return Ok(());
                }
                reader.refill().map_err(|_| PcapFileError::Read)?;
                // Nothing came though the file goes on: the buffer is full.
                if reader.data().len() == before && !reader.reader_exhausted() {
                    grow(&mut *reader, &mut capacity)?;
                }
            }
            Err(PcapError::BufferTooSmall) => grow(&mut *reader, &mut capacity)?,
            Err(PcapError::ReadError) => return Err(PcapFileError::Read),
            Err(PcapError::HeaderNotRecognized) => return Err(PcapFileError::NotACapture),
            Err(_) => return Err(PcapFileError::Malformed),
        }
    }
}

fn grow(reader: &mut dyn PcapReaderIterator, capacity: &mut usize) -> Result<(), PcapFileError> {
    *capacity *= 2;
    if *capacity > LONGEST_BLOCK || !reader.grow(*capacity) {
        return Err(PcapFileError::TooLong);
    }
    reader.refill().map_err(|_| PcapFileError::Read)
}

fn read_block(block: &Block<'_>, interfaces: &mut Vec<Interface>, each: &mut impl FnMut(Piece<'_>)) {
    match block {
        // A section has interfaces of its own.
        Block::SectionHeader(_) => interfaces.clear(),
        Block::InterfaceDescription(interface) => interfaces.push(Interface {
            link: interface.linktype.0,
            resolution: interface.ts_resolution().unwrap_or(1_000_000).max(1),
            offset: interface.ts_offset(),
        }),
        Block::EnhancedPacket(packet) => {
            if let Some(interface) = interfaces.get(packet.if_id as usize) {
                let units = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                each(Piece::Packet {
                    at_us: interface.micros(units),
                    link: interface.link,
                    bytes: packet.packet_data(),
                });
            }
        }
        Block::SimplePacket(packet) => {
            if let Some(interface) = interfaces.first() {
                // It has no time.
                each(Piece::Packet {
                    at_us: 0,
                    link: interface.link,
                    bytes: packet.packet_data(),
                });
            }
        }
        Block::DecryptionSecrets(secrets) if secrets.secrets_type == SecretsType::TlsKeyLog => {
            let length = (secrets.secrets_len as usize).min(secrets.data.len());
            each(Piece::KeyLog(&secrets.data[..length]));
        }
        _ => {}
    }
}

impl Interface {
    fn micros(&self, units: u64) -> u64 {
        let micros = u128::from(units) * 1_000_000 / u128::from(self.resolution);
        let offset = i128::from(self.offset) * 1_000_000;
        u64::try_from(micros.cast_signed() + offset).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    /// A pcap of one packet of two bytes.
    const PCAP: &[u8] = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x65\0\0\0\
        \x05\0\0\0\x07\0\0\0\x02\0\0\0\x02\0\0\0ab";

    /// A pcapng with an interface of nanoseconds, a key log, and a packet of two bytes, padded.
    fn pcapng() -> Vec<u8> {
        let block = |kind: u32, body: &[u8]| {
            let length = (body.len() as u32 + 12).to_le_bytes();
            [&kind.to_le_bytes()[..], &length, body, &length].concat()
        };
        let section = [&[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..], &[0xff; 8]].concat();
        let interface = [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
        let keys = b"KSLT\x04\0\0\0keys";
        // 5.000007 s in nanoseconds.
        let time = 5_000_007_000u64;
        let packet = [
            &[0; 4][..],
            &((time >> 32) as u32).to_le_bytes(),
            &(time as u32).to_le_bytes(),
            &[2, 0, 0, 0, 2, 0, 0, 0],
            b"ab\0\0",
        ]
        .concat();
        [
            block(0x0a0d_0d0a, &section),
            block(1, &interface),
            block(10, keys),
            block(6, &packet),
        ]
        .concat()
    }

    fn told(bytes: Vec<u8>) -> Result<Vec<String>, PcapFileError> {
        let mut told = Vec::new();
        read(Cursor::new(bytes), |piece| told.push(format!("{piece:?}")))?;
        Ok(told)
    }

    #[test]
    fn packets_come_with_their_times_and_links_and_key_logs_between_them() {
        assert_eq!(
            told(PCAP.to_vec()).unwrap(),
            ["Packet { at_us: 5000007, link: 101, bytes: [97, 98] }"]
        );
        assert_eq!(
            told(pcapng()).unwrap(),
            [
                "KeyLog([107, 101, 121, 115])",
                "Packet { at_us: 5000007, link: 1, bytes: [97, 98] }"
            ]
        );
    }

    #[test]
    fn a_file_that_was_cut_short_is_read_as_far_as_it_goes() {
        for whole in [PCAP.to_vec(), pcapng()] {
            let all = told(whole.clone()).unwrap();
            for end in 24..whole.len() {
                if let Ok(told) = told(whole[..end].to_vec()) {
                    assert!(all.starts_with(&told), "at {end}: {told:?}");
                }
            }
        }
        assert_eq!(
            told(b"neither, and long enough to be one".to_vec())
                .unwrap_err()
                .to_string(),
            "it is neither pcap nor pcapng"
        );
    }

    proptest! {
        #[test]
        fn bytes_of_any_kind_never_panic(bytes: Vec<u8>, at in 0usize..200, to: u8) {
            for begin in [PCAP.to_vec(), pcapng()] {
                let _ = told([&begin[..], &bytes].concat());
                let mut changed = begin;
                let at = at % changed.len();
                changed[at] = to;
                let _ = told(changed);
            }
        }
    }
}
