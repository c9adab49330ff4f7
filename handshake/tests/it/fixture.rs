//! A capture of `testdata`: what passed, and the key log.

use std::path::{Path, PathBuf};

use handshake::{Captured, Chunk, Handshake, Parties, Secrets, Side, dissect};

/// One connection of real programs.
pub(crate) struct Fixture {
    pub(crate) name: String,
    pub(crate) chunks: Vec<(Side, u64, Vec<u8>)>,
    pub(crate) key_log: String,
}

impl Fixture {
    /// The capture of this name.
    pub(crate) fn load(name: &str) -> Self {
        let path = folder().join(format!("{name}.tls"));
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut fixture = Self {
            name: name.to_owned(),
            chunks: Vec::new(),
            key_log: String::new(),
        };
        for line in text.lines() {
            match line.split_once(' ').expect("a word and more") {
                ("key", line) => fixture.key_log.push_str(&format!("{line}\n")),
                (side, rest) => {
                    let side = if side == "client" {
                        Side::Client
                    } else {
                        Side::Server
                    };
                    let (at, hex) = rest.split_once(' ').expect("a time and bytes");
                    fixture.chunks.push((side, at.parse().unwrap(), unhex(hex)));
                }
            }
        }
        fixture
    }

    /// All of them.
    pub(crate) fn all() -> Vec<Self> {
        let mut names: Vec<_> = std::fs::read_dir(folder())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "tls"))
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names.iter().map(|name| Self::load(name)).collect()
    }

    /// The secrets that the key log has for this connection.
    pub(crate) fn secrets(&self) -> Secrets {
        let stream: Vec<u8> = self
            .chunks
            .iter()
            .filter(|(side, ..)| *side == Side::Client)
            .flat_map(|(.., bytes)| bytes.iter().copied())
            .take(43)
            .collect();
        Secrets::parse_key_log(&self.key_log, stream.get(11..).unwrap_or_default())
    }

    pub(crate) fn captured(&self, secrets: Secrets) -> Captured<'_> {
        Captured {
            chunks: self
                .chunks
                .iter()
                .map(|(side, at_us, bytes)| Chunk {
                    side: *side,
                    at_us: *at_us,
                    bytes,
                })
                .collect(),
            late: Vec::new(),
            secrets,
        }
    }

    /// Dissected with all that is known, its fields in words.
    pub(crate) fn dissect(&self) -> Handshake {
        let mut handshake = dissect(&self.captured(self.secrets()), Parties::DIRECT);
        handshake.tell_fields(Parties::DIRECT);
        handshake
    }
}

/// `testdata` of this package, or of the one around it.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .flat_map(|folder| [folder.join("testdata"), folder.join("handshake/testdata")])
        .find(|folder| folder.join("curl.tls").is_file())
        .expect("testdata is there")
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal"))
        .collect()
}
