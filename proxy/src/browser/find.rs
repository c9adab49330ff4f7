//! The browsers of this machine.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use ca::trust::{Surroundings, System};

/// How a browser is told things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Chromium,
    Firefox,
}

/// A browser that is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Browser {
    pub(super) family: Family,
    pub(super) program: PathBuf,
    /// It runs in a snap's confinement.
    pub(super) is_snap: bool,
}

/// A browser that may be there: its name with us, its programs on a `PATH`, and where macOS and Windows have it.
struct Known {
    name: &'static str,
    family: Family,
    programs: &'static [&'static str],
    macos: &'static str,
    windows: &'static str,
}

/// In the order in which they are tried.
const KNOWN: &[Known] = &[
    Known {
        name: "chromium",
        family: Family::Chromium,
        programs: &["chromium", "chromium-browser"],
        macos: "/Applications/Chromium.app/Contents/MacOS/Chromium",
        windows: r"Chromium\Application\chrome.exe",
    },
    Known {
        name: "chrome",
        family: Family::Chromium,
        programs: &["google-chrome", "google-chrome-stable"],
        macos: "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        windows: r"Google\Chrome\Application\chrome.exe",
    },
    Known {
        name: "edge",
        family: Family::Chromium,
        programs: &["microsoft-edge", "microsoft-edge-stable"],
        macos: "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
        windows: r"Microsoft\Edge\Application\msedge.exe",
    },
    Known {
        name: "brave",
        family: Family::Chromium,
        programs: &["brave-browser", "brave"],
        macos: "/Applications/Brave Browser.app/Contents/MacOS/Brave Browser",
        windows: r"BraveSoftware\Brave-Browser\Application\brave.exe",
    },
    Known {
        name: "firefox",
        family: Family::Firefox,
        programs: &["firefox", "firefox-esr"],
        macos: "/Applications/Firefox.app/Contents/MacOS/firefox",
        windows: r"Mozilla Firefox\firefox.exe",
    },
];

/// The browser that a person named, or the first that is found.
pub(super) fn find(named: Option<&str>, surroundings: &Surroundings) -> anyhow::Result<Browser> {
    let names = || {
        KNOWN
            .iter()
            .map(|known| known.name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let Some(named) = named else {
        return KNOWN
            .iter()
            .find_map(|known| known.find(surroundings))
            .ok_or_else(|| {
                anyhow!(
                    "no browser was found: looked for {}; give the path of one with --browser",
                    names()
                )
            });
    };
    if let Some(known) = KNOWN.iter().find(|known| known.name == named) {
        return known
            .find(surroundings)
            .ok_or_else(|| anyhow!("{named} was not found: give its path with --browser"));
    }
    let program = PathBuf::from(named);
    if program.components().count() < 2 || !program.is_file() {
        bail!("{named:?} is no browser: give the path of one, or {}", names());
    }
    let is_firefox = program
        .file_name()
        .is_some_and(|name| name.to_string_lossy().to_lowercase().contains("firefox"));
    Ok(Browser {
        family: if is_firefox {
            Family::Firefox
        } else {
            Family::Chromium
        },
        is_snap: is_snap(&program),
        program,
    })
}

impl Known {
    fn find(&self, surroundings: &Surroundings) -> Option<Browser> {
        let program = match surroundings.system {
            System::Linux => self.programs.iter().find_map(|name| {
                let mut candidates = surroundings.path.iter().map(|folder| folder.join(name));
                candidates.find(|path| path.is_file())
            }),
            System::MacOs => Some(PathBuf::from(self.macos)).filter(|path| path.is_file()),
            System::Windows => ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"]
                .into_iter()
                .filter_map(std::env::var_os)
                .map(|folder| Path::new(&folder).join(self.windows))
                .find(|path| path.is_file()),
        }?;
        Some(Browser {
            family: self.family,
            is_snap: is_snap(&program),
            program,
        })
    }
}

/// Whether a program is a snap's: a link to `snap` itself, or a script that starts one.
fn is_snap(program: &Path) -> bool {
    if program.starts_with("/snap")
        || program
            .canonicalize()
            .is_ok_and(|path| path.ends_with("bin/snap"))
    {
        return true;
    }
    let mut beginning = Vec::new();
    let read = File::open(program).and_then(|file| file.take(4096).read_to_end(&mut beginning));
    read.is_ok() && beginning.starts_with(b"#!") && beginning.windows(10).any(|part| part == b"/snap/bin/")
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    fn surroundings(path: &Path) -> Surroundings {
        Surroundings {
            system: System::Linux,
            path: vec![path.to_owned()],
            ..Surroundings::here()
        }
    }

    #[test]
    fn a_browser_is_found_by_its_name_by_its_path_or_by_being_there() {
        let dir = tempfile::tempdir().unwrap();
        let here = surroundings(dir.path());
        let error = find(None, &here).unwrap_err().to_string();
        assert_eq!(
            error,
            "no browser was found: looked for chromium, chrome, edge, brave, firefox; give the path of one with \
             --browser"
        );
        fs::write(dir.path().join("firefox-esr"), "").unwrap();
        assert_eq!(find(None, &here).unwrap().family, Family::Firefox);
        fs::write(dir.path().join("google-chrome"), "").unwrap();
        assert_eq!(
            find(None, &here).unwrap().program,
            dir.path().join("google-chrome")
        );
        assert_eq!(find(Some("firefox"), &here).unwrap().family, Family::Firefox);
        let error = find(Some("edge"), &here).unwrap_err().to_string();
        assert_eq!(error, "edge was not found: give its path with --browser");
        let error = find(Some("lynx"), &here).unwrap_err().to_string();
        assert_eq!(
            error,
            "\"lynx\" is no browser: give the path of one, or chromium, chrome, edge, brave, firefox"
        );
        let own = dir.path().join("my-chrome");
        fs::write(&own, "").unwrap();
        assert_eq!(find(own.to_str(), &here).unwrap().family, Family::Chromium);
    }

    #[test]
    fn a_snap_is_known_in_every_disguise() {
        let dir = tempfile::tempdir().unwrap();
        let script = dir.path().join("chromium-browser");
        fs::write(&script, "#!/bin/sh\nexec /snap/bin/chromium \"$@\"\n").unwrap();
        assert!(is_snap(&script));
        fs::write(&script, "#!/bin/sh\nexec /usr/lib/chromium/chromium \"$@\"\n").unwrap();
        assert!(!is_snap(&script));
        assert!(is_snap(Path::new("/snap/bin/firefox")));
        fs::create_dir_all(dir.path().join("bin")).unwrap();
        fs::write(dir.path().join("bin/snap"), "").unwrap();
        let link = dir.path().join("firefox");
        std::os::unix::fs::symlink(dir.path().join("bin/snap"), &link).unwrap();
        assert!(is_snap(&link));
    }
}
