//! Files that hold secrets.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file, or makes it. Afterwards it is its owner's alone, whoever made it; devices and pipes stay as they are.
pub(crate) fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let told = file.metadata()?;
        let mode = told.permissions().mode();
        if told.is_file() && mode & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(mode & 0o700))?;
        }
    }
    Ok(file)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_its_owners_alone_whoever_made_it() {
        let folder = tempfile::tempdir().unwrap();
        let (made, found) = (folder.path().join("made"), folder.path().join("found"));
        std::fs::write(&found, "before\n").unwrap();
        std::fs::set_permissions(&found, std::fs::Permissions::from_mode(0o644)).unwrap();
        for path in [&made, &found] {
            let file = open_private(File::options().append(true), path).unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_to_string(&found).unwrap(), "before\n");
        assert!(open_private(File::options().write(true), Path::new("/dev/null")).is_ok());
    }
}
