//! Debian, Ubuntu and Alpine: `update-ca-certificates`.

use super::anchors::Anchors;
use super::command::Command;
use super::find::{Found, Missing};
use super::store::StoreKind;
use super::surroundings::Surroundings;

pub(super) fn find(surroundings: &Surroundings, found: &mut Found) {
    let title = "the system's store (Debian's way)";
    let folder = surroundings.at("/usr/local/share/ca-certificates");
    if !surroundings.at("/etc/ca-certificates.conf").exists() {
        return;
    }
    let Some(program) = surroundings.find_program("update-ca-certificates") else {
        found.passed_over.push(Missing {
            kind: StoreKind::System,
            title: title.to_owned(),
            place: folder,
            reason: "update-ca-certificates is missing: install the package ca-certificates".to_owned(),
        });
        return;
    };
    let mut update = Command::new(program);
    if !surroundings.is_whole_machine() {
        let option = |name: &str, path: &str| [name.into(), surroundings.at(path).into_os_string()];
        update = update
            .args(option("--certsconf", "/etc/ca-certificates.conf"))
            .args(option("--certsdir", "/usr/share/ca-certificates"))
            .args(option("--localcertsdir", "/usr/local/share/ca-certificates"))
            .args(option("--etccertsdir", "/etc/ssl/certs"))
            .args(option("--hooksdir", "/etc/ca-certificates/update.d"));
    }
    found.stores.push(Box::new(Anchors {
        title,
        folder,
        extension: "crt",
        bundle: surroundings.at("/etc/ssl/certs/ca-certificates.crt"),
        take_in: update.clone(),
        // Otherwise it leaves links that lead nowhere.
        let_go: update.arg("--fresh"),
    }));
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
