//! `seeds FOLDER` writes seeds: a folder a target.

use std::io::Write;
use std::path::Path;
use std::{env, error, fs};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use capture_fuzz::schema;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
// The instrumentation of this build calls into it.
use libfuzzer_sys as _;

fn main() -> Result<(), Box<dyn error::Error>> {
    let folder = env::args().nth(1).ok_or("give the folder for the seeds")?;
    let write = |target: &str, name: &str, flags: &[u8], bytes: &[u8]| {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), [flags, bytes].concat())
    };

    let deflated =
        deflated(b"{\"type\":\"subscribe\",\"payload\":{\"query\":\"subscription News { item }\"}}")?;
    // A frame's length ends with an empty block, which is left out (RFC 7692 section 7.2.1).
    let sent = &deflated[..deflated.len() - 4];
    for (flags, frames) in [
        (
            0x30,
            [frame(0x81, b"hello", true), frame(0x88, b"\x03\xe8bye", true)].concat(),
        ),
        (
            0x31,
            [
                frame(0x01, b"in ", false),
                frame(0x89, b"", false),
                frame(0x80, b"parts", false),
            ]
            .concat(),
        ),
        (0x2a, [frame(0xc1, sent, true), frame(0xc1, sent, true)].concat()),
        (0x0d, frame(0xc2, sent, false)),
    ] {
        write("websocket", &format!("{flags:02x}"), &[flags], &frames)?;
    }

    let events =
        b"\xef\xbb\xbf: hello\nretry: 10\nevent: news\nid: 7\ndata: one\ndata: two\r\n\r\ndata\n\ndata: a";
    write("events", "plain", &[8], events)?;
    write("events", "gzip", &[9], &gzipped(events)?)?;
    let lines = b"{\"a\":1}\n\n[2]\r\n\x1e{\"b\":\"c\"}\nno json\n{\"cut";
    write("lines", "plain", &[9], lines)?;
    write("lines", "gzip", &[0x2d], &gzipped(lines)?)?;
    write(
        "bursts",
        "bytes",
        &[11],
        b"* OK ready\r\na001 LOGIN\r\n\0\x01\x02",
    )?;

    let message = message();
    write("protobuf", "all", &[], &message)?;
    let call = [
        called(0, &message),
        called(1, &gzipped(&message)?),
        called(0, b""),
    ]
    .concat();
    let trailers = called(0x80, b"grpc-status: 5\r\ngrpc-message: gone\r\n");
    let web = [&call[..], &trailers].concat();
    write("grpc", "grpc", &[0x38], &call)?;
    write("grpc", "web", &[0x1d], &web)?;
    write("grpc", "text", &[0x1f], BASE64_STANDARD.encode(&web).as_bytes())?;

    let files: Vec<Vec<u8>> = schema().files().collect();
    let told: Vec<u8> = files.iter().flat_map(|file| field(1, file)).collect();
    write("described", "files", &[], &field(4, &told))?;
    write(
        "described",
        "services",
        &[],
        &field(6, &field(1, &field(1, b"fuzz.Calls"))),
    )?;
    for (index, file) in files.iter().enumerate() {
        write("described", &format!("file-{index}"), &[], file)?;
    }
    Ok(())
}

/// A frame of a WebSocket (RFC 6455 section 5.2). A mask of noughts masks nothing.
fn frame(first: u8, payload: &[u8], is_masked: bool) -> Vec<u8> {
    let mask: &[u8] = if is_masked { &[0; 4] } else { &[] };
    let length = payload.len() as u8 | u8::from(is_masked) << 7;
    [&[first, length], mask, payload].concat()
}

/// A message of gRPC, or the trailers of gRPC-Web.
fn called(flags: u8, message: &[u8]) -> Vec<u8> {
    [&[flags][..], &(message.len() as u32).to_be_bytes(), message].concat()
}

/// A field of protobuf that has a length.
fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = value.len();
    while length > 0x7f {
        field.push(length as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend(value);
    field
}

/// One of the schema's, with a field of most kinds.
fn message() -> Vec<u8> {
    [
        &[
            8, 0x96, 1, 16, 3, 24, 1, 32, 1, 45, 1, 2, 3, 4, 49, 1, 2, 3, 4, 5, 6, 7, 8,
        ][..],
        &field(8, b"text"),
        &field(9, b"\xff\x00"),
        &field(10, &[8, 7]),
        &field(11, &[1, 0x80, 2]),
        &[101, 0, 0, 128, 63],
        &field(13, &[field(1, b"name"), field(2, &[8, 1])].concat()),
        &[0x82, 1, 5, 10, 3, b'a', b'/', b'b'],
        &[0xa3, 1, 8, 1, 0xa4, 1],
    ]
    .concat()
}

fn gzipped(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn deflated(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    // What a flush ends with is an empty block.
    encoder.flush()?;
    Ok(encoder.get_ref().clone())
}
