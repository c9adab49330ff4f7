//! SUSE: a program of the same name as Debian's, and folders of its own.

use super::anchors::Anchors;
use super::command::Command;
use super::find::Found;
use super::surroundings::Surroundings;

pub(super) fn find(surroundings: &Surroundings, found: &mut Found) {
    let folder = surroundings.at("/etc/pki/trust/anchors");
    let program = surroundings.find_program("update-ca-certificates");
    let (true, Some(program)) = (folder.is_dir(), program) else {
        return;
    };
    let update = Command::new(program);
    found.stores.push(Box::new(Anchors {
        title: "the system's store (SUSE's way)",
        folder,
        extension: "pem",
        bundle: surroundings.at("/var/lib/ca-certificates/ca-bundle.pem"),
        take_in: update.clone(),
        let_go: update,
    }));
}
