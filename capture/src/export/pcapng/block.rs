//! The blocks of a pcapng file, little-endian.
//!
//! ```text
//! type (4)  length of all (4)  body, padded to 4  length of all (4)
//! option: code (2)  length (2)  value, padded to 4
//! ```

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const DECRYPTION_SECRETS: u32 = 0x0a;

/// `TLSK`: a TLS key log.
const TLS_KEY_LOG: u32 = 0x544c_534b;
/// IP packets with nothing before them.
const LINKTYPE_RAW: u16 = 101;

const END_OF_OPTIONS: u16 = 0;
const COMMENT: u16 = 1;
const USER_APPLICATION: u16 = 4;

/// The section header and its one interface. Timestamps are in microseconds, which is what they are when nothing
/// is said.
pub(super) fn file_header(application: &str) -> Vec<u8> {
    let mut section = Vec::new();
    section.extend_from_slice(&0x1a2b_3c4d_u32.to_le_bytes());
    section.extend_from_slice(&1u16.to_le_bytes());
    section.extend_from_slice(&0u16.to_le_bytes());
    // The section's length is not told.
    section.extend_from_slice(&u64::MAX.to_le_bytes());
    put_option(&mut section, USER_APPLICATION, application.as_bytes());
    put_option(&mut section, END_OF_OPTIONS, &[]);
    let mut interface = Vec::new();
    interface.extend_from_slice(&LINKTYPE_RAW.to_le_bytes());
    interface.extend_from_slice(&0u16.to_le_bytes());
    // No packet is cut.
    interface.extend_from_slice(&0u32.to_le_bytes());
    [
        block(SECTION_HEADER, section),
        block(INTERFACE_DESCRIPTION, interface),
    ]
    .concat()
}

/// A packet that passed at this moment, in microseconds since 1970.
pub(super) fn packet(at_us: u64, frame: &[u8], comment: Option<&str>) -> Vec<u8> {
    let mut body = Vec::with_capacity(frame.len() + 32);
    body.extend_from_slice(&0u32.to_le_bytes());
    body.extend_from_slice(&((at_us >> 32) as u32).to_le_bytes());
    body.extend_from_slice(&(at_us as u32).to_le_bytes());
    let length = (frame.len() as u32).to_le_bytes();
    body.extend_from_slice(&length);
    body.extend_from_slice(&length);
    body.extend_from_slice(frame);
    pad(&mut body);
    if let Some(comment) = comment {
        put_option(&mut body, COMMENT, comment.as_bytes());
        put_option(&mut body, END_OF_OPTIONS, &[]);
    }
    block(ENHANCED_PACKET, body)
}

/// The lines of a key log.
pub(super) fn secrets(lines: &str) -> Vec<u8> {
    let mut body = Vec::with_capacity(lines.len() + 12);
    body.extend_from_slice(&TLS_KEY_LOG.to_le_bytes());
    body.extend_from_slice(&(lines.len() as u32).to_le_bytes());
    body.extend_from_slice(lines.as_bytes());
    block(DECRYPTION_SECRETS, body)
}

fn put_option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    body.extend_from_slice(&code.to_le_bytes());
    body.extend_from_slice(&(value.len() as u16).to_le_bytes());
    body.extend_from_slice(value);
    pad(body);
}

fn block(kind: u32, mut body: Vec<u8>) -> Vec<u8> {
    pad(&mut body);
    let length = (body.len() as u32 + 12).to_le_bytes();
    [&kind.to_le_bytes()[..], &length, &body, &length].concat()
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}
