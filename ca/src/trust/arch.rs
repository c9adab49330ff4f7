//! Arch Linux: p11-kit's `trust extract-compat`.

use super::anchors::Anchors;
use super::command::Command;
use super::find::Found;
use super::surroundings::Surroundings;

pub(super) fn find(surroundings: &Surroundings, found: &mut Found) {
    let folder = surroundings.at("/etc/ca-certificates/trust-source/anchors");
    let program = surroundings.find_program("trust");
    let (true, Some(program)) = (folder.is_dir(), program) else {
        return;
    };
    let extract = Command::new(program).arg("extract-compat");
    found.stores.push(Box::new(Anchors {
        title: "the system's store (Arch's way)",
        folder,
        extension: "crt",
        bundle: surroundings.at("/etc/ca-certificates/extracted/tls-ca-bundle.pem"),
        take_in: extract.clone(),
        let_go: extract,
    }));
}
