//! Fedora, RHEL and their kin: `update-ca-trust`.

use super::anchors::Anchors;
use super::command::Command;
use super::find::Found;
use super::surroundings::Surroundings;

pub(super) fn find(surroundings: &Surroundings, found: &mut Found) {
    let folder = surroundings.at("/etc/pki/ca-trust/source/anchors");
    let program = surroundings.find_program("update-ca-trust");
    let (true, Some(program)) = (folder.is_dir(), program) else {
        return;
    };
    let update = Command::new(program).arg("extract");
    found.stores.push(Box::new(Anchors {
        title: "the system's store (Fedora's way)",
        folder,
        extension: "pem",
        bundle: surroundings.at("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
        take_in: update.clone(),
        let_go: update,
    }));
}
