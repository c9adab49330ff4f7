//! `handlens ca status`: which trust stores have the root.

use std::path::Path;
use std::process::ExitCode;

use ca::trust::{Found, Presence, RootFile, StoreKind};
use serde::Serialize;
use serde_json::json;

use super::stores::{find, root_file};
use crate::config::{Config, StoreArgs};
use crate::instance::hex;
use crate::output::print;

/// What is told of one store.
#[derive(Serialize)]
struct Row {
    store: &'static str,
    title: String,
    place: String,
    /// `trusted`, `trusted_by_others` (somebody else put it there), `absent`, `unfinished` or `unknown`.
    state: &'static str,
    detail: Option<String>,
    /// Changing it takes rights that this process lacks.
    needs_root: bool,
}

pub(super) fn status(
    config: &Config,
    args: &StoreArgs,
    certificate: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let root = root_file(config, certificate)?;
    let found = find(config, args);
    let rows = rows(&found.stores, &root);
    let sha256 = root.certificate.sha256();
    if json {
        let told = json!({
            "root": {
                "subject": root.certificate.subject(),
                "sha256": hex(&sha256, ""),
                "path": root.path,
            },
            "stores": rows,
        });
        print(|out| writeln!(out, "{told:#}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    print(|out| {
        writeln!(out, "root  {}", root.certificate.subject())?;
        writeln!(out, "      SHA-256 {}", hex(&sha256, ":"))?;
        for row in &rows {
            let rights = if row.needs_root {
                " (changing it needs root)"
            } else {
                ""
            };
            writeln!(out, "\n{}: {}{rights}\n  {}", row.store, row.title, row.place)?;
            writeln!(out, "  {}", told_state(row.state))?;
            if let Some(detail) = &row.detail {
                writeln!(out, "  {detail}")?;
            }
        }
        for none in &found.none_of {
            writeln!(out, "\n{none}")?;
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn rows(found: &Found, root: &RootFile) -> Vec<Row> {
    let row = |kind: StoreKind, title: String, place: &Path| Row {
        store: kind.as_str(),
        title,
        place: place.display().to_string(),
        state: "unknown",
        detail: None,
        needs_root: false,
    };
    let mut rows: Vec<Row> = Vec::new();
    for store in &found.stores {
        let (state, detail) = match store.look(root) {
            Ok(Presence::Installed) => ("trusted", None),
            Ok(Presence::Foreign { under }) => ("trusted_by_others", Some(format!("as {under}"))),
            Ok(Presence::Absent) => ("absent", None),
            Ok(Presence::Unfinished { missing }) => ("unfinished", Some(missing)),
            Err(error) => ("unknown", Some(error.to_string())),
        };
        rows.push(Row {
            state,
            detail,
            needs_root: store.needs_root(),
            ..row(store.kind(), store.title(), store.place())
        });
    }
    rows.extend(found.passed_over.iter().map(|missing| Row {
        detail: Some(missing.reason.clone()),
        ..row(missing.kind, missing.title.clone(), &missing.place)
    }));
    rows
}

fn told_state(state: &'static str) -> &'static str {
    match state {
        "trusted" => "trusted: `handlens ca install` put the root there",
        "trusted_by_others" => "trusted, but not put there by `handlens ca install`",
        "absent" => "not trusted: the root is not there",
        "unfinished" => "begun and not finished: install again, or uninstall",
        _ => "not known",
    }
}
