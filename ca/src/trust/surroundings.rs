//! Where stores are looked for: this machine and this person, or a copy of them somewhere else.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::command::find_program;

/// The operating system, as far as stores differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Linux, and others that are like it.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// Where stores are looked for.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The operating system.
    pub system: System,
    /// The top of the file tree.
    pub top: PathBuf,
    /// The person's home.
    pub home: Option<PathBuf>,
    /// Where the person's programs keep settings (`XDG_CONFIG_HOME`).
    pub config_home: Option<PathBuf>,
    /// Where the person's programs keep data (`XDG_DATA_HOME`).
    pub data_home: Option<PathBuf>,
    /// The JDK that the person chose (`JAVA_HOME`).
    pub java_home: Option<PathBuf>,
    /// The password of JDKs' stores, where it isn't the usual one.
    pub jdk_password: Option<OsString>,
    /// The folders of programs (`PATH`).
    pub path: Vec<PathBuf>,
}

impl Surroundings {
    /// This machine and this person.
    #[must_use]
    pub fn here() -> Self {
        Self::told(|name| env::var_os(name))
    }

    fn told(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name: &str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let home = folder("HOME").or_else(|| folder("USERPROFILE"));
        let beside = |name: &str, usual: &str| {
            folder(name)
                .filter(|path| path.is_absolute())
                .or_else(|| Some(home.as_ref()?.join(usual)))
        };
        Self {
            system: if cfg!(windows) {
                System::Windows
            } else if cfg!(target_os = "macos") {
                System::MacOs
            } else {
                System::Linux
            },
            top: "/".into(),
            config_home: beside("XDG_CONFIG_HOME", ".config"),
            data_home: beside("XDG_DATA_HOME", ".local/share"),
            java_home: folder("JAVA_HOME"),
            jdk_password: None,
            path: variable("PATH").map_or_else(Vec::new, |path| env::split_paths(&path).collect()),
            home,
        }
    }

    /// A path from the top, wherever the top is.
    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.top.join(path.trim_start_matches('/'))
    }

    /// Whether the file tree is this machine's own.
    pub(super) fn is_whole_machine(&self) -> bool {
        self.top == Path::new("/")
    }

    pub(super) fn find_program(&self, name: &str) -> Option<PathBuf> {
        find_program(name, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_person_is_told_by_variables() {
        let here = Surroundings::told(|name| match name {
            "HOME" => Some("/home/ada".into()),
            "XDG_DATA_HOME" => Some("relative".into()),
            "XDG_CONFIG_HOME" => Some("/elsewhere".into()),
            "PATH" => Some("/a:/b".into()),
            _ => None,
        });
        assert_eq!(here.home, Some("/home/ada".into()));
        assert_eq!(here.config_home, Some("/elsewhere".into()));
        assert_eq!(here.data_home, Some("/home/ada/.local/share".into()));
        assert_eq!(here.java_home, None);
        assert_eq!(here.at("/etc/x"), Path::new("/etc/x"));
    }
}
