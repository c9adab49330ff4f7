//! Keeps the app's `types/generated/*.ts` equal to the types of this module.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ts_rs::{Config, TS};

use super::*;

const COMMAND: &str = "HANDLENS_WRITE_TYPES=1 cargo test -p web-ui typescript";

#[test]
fn the_apps_types_are_generated_from_these() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("app/src/types/generated");
    let generated = generate();
    if std::env::var_os("HANDLENS_WRITE_TYPES").is_some() {
        write(&folder, &generated);
    }
    assert!(
        read(&folder) == generated,
        "web-ui/app/src/types/generated is behind the Rust types: run `{COMMAND}`, and commit what it writes"
    );
}

/// Every file by its name.
fn generate() -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new().with_large_int("number").with_out_dir(folder.path());
    ExchangePage::export_all(&config).unwrap();
    ExchangeDetail::export_all(&config).unwrap();
    ConnectionPage::export_all(&config).unwrap();
    ConnectionHandshake::export_all(&config).unwrap();
    ConnectionFrames::export_all(&config).unwrap();
    ConnectionCertificates::export_all(&config).unwrap();
    CertificatePage::export_all(&config).unwrap();
    CertificateDetail::export_all(&config).unwrap();
    MessagePage::export_all(&config).unwrap();
    ProtobufField::export_all(&config).unwrap();
    DescribedTypes::export_all(&config).unwrap();
    Rules::export_all(&config).unwrap();
    NewRule::export_all(&config).unwrap();
    Status::export_all(&config).unwrap();
    SetRecording::export_all(&config).unwrap();
    Cleared::export_all(&config).unwrap();
    Undo::export_all(&config).unwrap();
    Undone::export_all(&config).unwrap();
    LiveUp::export_all(&config).unwrap();
    LiveDown::export_all(&config).unwrap();
    Problem::export_all(&config).unwrap();
    let mut files = read(folder.path());
    let index: String = files
        .keys()
        .map(|name| format!("export type * from \"./{}\";\n", name.trim_end_matches(".ts")))
        .collect();
    files.insert("index.ts".into(), index);
    files
}

fn read(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn write(folder: &Path, files: &BTreeMap<String, String>) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
}
