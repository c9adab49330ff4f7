//! A folder for one browser's life. What a killed Handlens left behind goes with the next one's start.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::instance::make_private_dir;
use crate::output::remark;

/// The file that is locked for as long as its folder is used.
const LOCK: &str = "in-use";
/// The ending of the file beside the parent that is locked while folders are made and swept: a new one isn't locked from
/// its first moment.
const MAKING: &str = "lock";
/// How often removing is tried, and how long after another: the processes of a browser end one after the other, and
/// the last of them may still write.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// A folder of its own. It goes when this does.
pub(super) struct Profile {
    path: PathBuf,
    /// Held until the end.
    _lock: File,
}

impl Profile {
    /// Makes one in this folder, and removes those that nobody uses any more.
    pub(super) fn make(parent: &Path) -> io::Result<Self> {
        make_private_dir(parent)?;
        let making = File::create(parent.with_extension(MAKING))?;
        making.lock()?;
        sweep(parent)?;
        let path = parent.join(capture::Id::new().to_string());
        make_private_dir(&path)?;
        let lock = File::create(path.join(LOCK))?;
        lock.lock()?;
        Ok(Self { path, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it, and says so where that can't be done.
    pub(super) async fn remove(self) {
        for _ in 1..TRIES {
            if remove(&self.path).is_ok() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        if let Err(error) = remove(&self.path) {
            remark(format_args!(
                "the browser's profile {} can't be removed: {error}",
                self.path.display()
            ));
        }
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // Gone already, when it went as it should.
        let _ = remove(&self.path);
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes folders whose lock nobody holds.
fn sweep(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        let is_left = File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if is_left && let Err(error) = remove(&path) {
            tracing::debug!("{} can't be removed: {error}", path.display());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(parent: &Path) -> usize {
        fs::read_dir(parent).unwrap().count()
    }

    #[test]
    fn one_that_is_being_made_is_not_swept() {
        let dir = tempfile::tempdir().unwrap();
        let parent = dir.path().join("browser");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let profile = Profile::make(&parent).unwrap();
                        assert!(profile.path().join(LOCK).exists());
                    }
                });
            }
        });
    }

    #[tokio::test]
    async fn a_profile_goes_and_takes_along_what_a_killed_one_left() {
        let dir = tempfile::tempdir().unwrap();
        let parent = dir.path().join("browser");
        let left = parent.join("left");
        fs::create_dir_all(left.join("deep")).unwrap();
        fs::write(left.join(LOCK), "").unwrap();
        let first = Profile::make(&parent).unwrap();
        assert!(!left.exists());
        fs::write(first.path().join("cookies"), "").unwrap();
        let second = Profile::make(&parent).unwrap();
        assert_eq!(count(&parent), 2, "one that is in use stays");
        first.remove().await;
        drop(second);
        assert_eq!(count(&parent), 0);
    }
}
