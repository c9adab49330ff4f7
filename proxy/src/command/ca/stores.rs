//! The trust stores that a command is about, and the root that they are asked about.

use std::path::{Path, absolute};

use ca::RootCertificate;
use ca::trust::{Found, RootFile, StoreKind, Surroundings, find_stores};

use super::ensure_root;
use crate::config::{Config, StoreArgs};
use crate::instance::root_certificate_path;

/// The root as stores are given it, or another one. Its key is not read: whoever installs may be somebody else.
pub(super) fn root_file(config: &Config, other: Option<&Path>) -> anyhow::Result<RootFile> {
    let path = match other {
        Some(path) => absolute(path)?,
        None => {
            ensure_root(config)?;
            absolute(root_certificate_path(config))?
        }
    };
    let certificate = RootCertificate::read(&path)?;
    Ok(RootFile { certificate, path })
}

/// The file in the data folder that notes where `ca install` put a root, for stores that don't tell it themselves.
const NOTES: &str = "installed-roots";

/// The stores that are meant.
pub(super) struct Meant {
    pub(super) stores: Found,
    /// What was looked for, and is not here: a sentence each.
    pub(super) none_of: Vec<String>,
}

/// The stores of this machine that are meant.
pub(super) fn find(config: &Config, args: &StoreArgs) -> Meant {
    let kinds: Vec<StoreKind> = args.kinds.iter().copied().map(StoreKind::from).collect();
    let is_meant = |kind: StoreKind| kinds.is_empty() || kinds.contains(&kind);
    let surroundings = Surroundings {
        jdk_password: args.jdk_password.clone(),
        ..Surroundings::here()
    };
    let mut found = find_stores(&surroundings, &config.data_dir.join(NOTES));
    found.stores.retain(|store| is_meant(store.kind()));
    found.passed_over.retain(|missing| is_meant(missing.kind));
    let is_here = |kind: StoreKind| {
        found.stores.iter().any(|store| store.kind() == kind)
            || found.passed_over.iter().any(|missing| missing.kind == kind)
    };
    let mut none_of: Vec<String> = kinds
        .iter()
        .filter(|kind| !is_here(**kind))
        .map(|kind| format!("{}: no such trust store was found here", kind.as_str()))
        .collect();
    none_of.dedup();
    if kinds.is_empty() && found.stores.is_empty() && found.passed_over.is_empty() {
        none_of.push("no trust store was found here".to_owned());
    }
    Meant {
        stores: found,
        none_of,
    }
}
