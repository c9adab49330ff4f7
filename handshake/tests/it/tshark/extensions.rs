//! Extensions that no capture has, in hellos that are made for them.

use super::*;

/// Bytes behind their length, which takes this many bytes.
fn vector(size: usize, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[4 - size..], &content].concat()
}

fn extension(number: u16, body: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes()[..], &vector(2, &[body])].concat()
}

/// A hello in a record, with these extensions: by the suite alone the server's is told from the client's.
fn hello(msg_type: u8, suites: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = vector(2, &[&extensions.concat()]);
    let body = [&[3, 3][..], &[msg_type; 32], &[0], suites, &extensions].concat();
    let message = [&[msg_type][..], &vector(3, &[&body])].concat();
    [&[22, 3, 3][..], &vector(2, &[&message])].concat()
}

/// A SignedCertificateTimestamp of version 1 (RFC 6962 section 3.2) of this log.
fn timestamp(log: u8) -> Vec<u8> {
    let at = 1_795_264_634_123_u64.to_be_bytes();
    let signature = vector(2, &[&[0x30, 6, 2, 1, log, 2, 1, 1]]);
    let sct = [&[0][..], &[log; 32], &at, &[0, 0, 4, 3], &signature].concat();
    vector(2, &[&sct])
}

/// What programs send that no capture has: RFC 6066, 6962, 7685, 6961, 8446, 9000, 9345.
#[test]
fn tshark_reads_the_same_in_extensions_that_no_capture_has() {
    let name = [
        &[0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 0x0c, 3][..],
        b"lab",
    ]
    .concat();
    let parameters = [
        &[1, 4, 0x80, 0, 0xea, 0x60][..],
        &[3, 2, 0x45, 0xc0],
        &[4, 4, 0x80, 0x10, 0, 0],
        &[8, 2, 0x40, 100],
        &[15, 4, 1, 2, 3, 4],
    ];
    let client = hello(
        1,
        &[0, 4, 0x13, 1, 0xc0, 0x2b, 1, 0],
        &[
            extension(1, &[2]),
            extension(5, &[1, 0, 0, 0, 0]),
            extension(17, &vector(2, &[&[2, 0, 4, 0, 0, 0, 0]])),
            extension(18, &[]),
            extension(34, &vector(2, &[&[4, 3, 8, 7]])),
            extension(47, &vector(2, &[&vector(2, &[&name])])),
            extension(57, &parameters.concat()),
            extension(21, &[0; 33]),
        ],
    );
    let server = hello(
        2,
        &[0xc0, 0x2b, 0],
        &[
            extension(18, &vector(2, &[&timestamp(7), &timestamp(8)])),
            extension(0xff01, &[0]),
        ],
    );
    let made = Fixture {
        name: "made".to_owned(),
        chunks: vec![(Side::Client, 1, client), (Side::Server, 2, server)],
        key_log: String::new(),
    };
    assert_eq!(made.dissect().problems, []);
    assert!(
        made.dissect()
            .messages
            .iter()
            .all(|message| message.problem.is_none())
    );
    let compared = compare("made", &[made]);
    assert!(compared > 60, "only {compared} fields were compared");
}
