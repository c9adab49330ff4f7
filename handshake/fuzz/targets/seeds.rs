//! `seeds FOLDER` writes the captures of `testdata` as seeds: a folder a target.

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/it/fixture.rs"]
mod fixture;

use std::path::Path;
use std::{env, fs, io};

use fixture::Fixture;
use handshake::{Epoch, MessageKind, Party, Side};
use handshake_fuzz::chunks;
// The instrumentation of this build calls into it.
use libfuzzer_sys as _;

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).ok_or(io::ErrorKind::InvalidInput)?;
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    for file in fs::read_dir(fixture::folder().join("certificates"))? {
        let path = file?.path();
        let is_answer = path.extension().is_some_and(|found| found == "ocsp");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        write(
            "certificate",
            &name,
            &[&[u8::from(is_answer)], &fs::read(&path)?[..]].concat(),
        )?;
    }
    for (which, fixture) in Fixture::all().iter().enumerate() {
        let mut input = Vec::new();
        for (side, _, bytes) in &fixture.chunks {
            chunks(*side, bytes, &mut input);
        }
        write("dissector", &fixture.name, &input)?;
        write("sealed", &fixture.name, &[&[which as u8], &input[..]].concat())?;
        write("key_log", &fixture.name, fixture.key_log.as_bytes())?;
        if let Some((Side::Client, _, bytes)) = fixture.chunks.first() {
            write("hello_reader", &fixture.name, &[&[200], &bytes[..]].concat())?;
        }
        for (index, message) in fixture.dissect().messages.iter().enumerate() {
            let name = format!("{}-{index}-{}", fixture.name, message.kind);
            if matches!(message.kind, MessageKind::Alert | MessageKind::ChangeCipherSpec) {
                continue;
            }
            let server = u8::from(message.from == Party::Server);
            match message.epoch {
                Epoch::Clear | Epoch::Sealed => {
                    write(
                        "messages_tls12",
                        &name,
                        &[&[0x2f, 0xc0, server], &message.bytes.0[..]].concat(),
                    )?;
                }
                _ => write(
                    "messages_tls13",
                    &name,
                    &[&[server], &message.bytes.0[..]].concat(),
                )?,
            }
            for extension in message.field("extensions").map_or(&[][..], |list| &list.fields) {
                let place = match message.kind {
                    MessageKind::ClientHello => 0,
                    MessageKind::ServerHello => 1,
                    MessageKind::HelloRetryRequest => 2,
                    MessageKind::EncryptedExtensions => 3,
                    MessageKind::CertificateRequest => 5,
                    _ => 6,
                };
                let [high, low] = [
                    message.bytes.0[extension.start],
                    message.bytes.0[extension.start + 1],
                ];
                let seed = [&[place, low, high], message.content(extension)].concat();
                write("extensions", &format!("{name}-{}", extension.name), &seed)?;
            }
        }
    }
    Ok(())
}
