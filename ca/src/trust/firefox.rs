//! Firefox: a database of NSS in each profile, wherever the package in use keeps profiles.

use std::fs;
use std::path::{Path, PathBuf};

use super::find::Found;
use super::nss;
use super::store::StoreKind;
use super::surroundings::{Surroundings, System};

/// The most that is read of a `profiles.ini`.
const MAX_INI_BYTES: u64 = 1 << 20;

pub(super) fn find(surroundings: &Surroundings, found: &mut Found) {
    let Some(home) = &surroundings.home else { return };
    let mut places: Vec<(&str, PathBuf)> = match surroundings.system {
        System::Linux => vec![
            ("", home.join(".mozilla/firefox")),
            (" (snap)", home.join("snap/firefox/common/.mozilla/firefox")),
            (
                " (snap)",
                home.join("snap/firefox/common/.config/mozilla/firefox"),
            ),
            (
                " (Flatpak)",
                home.join(".var/app/org.mozilla.firefox/.mozilla/firefox"),
            ),
            (
                " (Flatpak)",
                home.join(".var/app/org.mozilla.firefox/config/mozilla/firefox"),
            ),
        ],
        System::MacOs => vec![("", home.join("Library/Application Support/Firefox"))],
        // Firefox there trusts what Windows trusts, and NSS's certutil is not to be had.
        System::Windows => return,
    };
    if let (System::Linux, Some(config)) = (surroundings.system, &surroundings.config_home) {
        places.push(("", config.join("mozilla/firefox")));
    }
    let mut databases: Vec<(String, PathBuf)> = Vec::new();
    for (package, place) in places {
        for (name, folder) in profiles(&place) {
            let is_known = databases.iter().any(|(_, known)| *known == folder);
            if folder.join(nss::DATABASE_FILE).exists() && !is_known {
                databases.push((format!("Firefox{package}, profile {name}"), folder));
            }
        }
    }
    nss::add(StoreKind::Firefox, databases, surroundings, found);
}

/// The profiles that a `profiles.ini` names, with their folders.
fn profiles(place: &Path) -> Vec<(String, PathBuf)> {
    let ini = place.join("profiles.ini");
    let is_fit = fs::metadata(&ini).is_ok_and(|metadata| metadata.len() <= MAX_INI_BYTES);
    let text = is_fit.then(|| fs::read(&ini).ok()).flatten().unwrap_or_default();
    read_profiles(&String::from_utf8_lossy(&text), place)
}

/// ```text
/// [Profile0]
/// Name=default-release
/// IsRelative=1
/// Path=abcd1234.default-release
/// ```
fn read_profiles(ini: &str, place: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for section in ini
        .split("\n[")
        .map(|section| section.trim_start_matches(['[', '\u{feff}']))
    {
        if !section.starts_with("Profile") {
            continue;
        }
        let value = |key: &str| {
            section
                .lines()
                .filter_map(|line| line.split_once('='))
                .find_map(|(name, value)| (name.trim() == key).then(|| value.trim()))
        };
        let Some(path) = value("Path").filter(|path| !path.is_empty()) else {
            continue;
        };
        let folder = match value("IsRelative") {
            Some("0") => PathBuf::from(path),
            _ => place.join(path),
        };
        found.push((value("Name").unwrap_or(path).to_owned(), folder));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_relative_and_absolute() {
        let ini = "[Install4F96D1932A9F858E]\nDefault=x.default-release\nLocked=1\n\n[Profile1]\r\nName=default\r\n\
                   IsRelative=1\r\nPath=a.default\r\nDefault=1\r\n\n[Profile0]\nName=work\nIsRelative=0\n\
                   Path=/elsewhere/w\n\n[General]\nStartWithLastProfile=1\n\n[Profile2]\nName=no path\n";
        assert_eq!(
            read_profiles(ini, Path::new("/m")),
            [
                ("default".to_owned(), PathBuf::from("/m/a.default")),
                ("work".to_owned(), PathBuf::from("/elsewhere/w")),
            ]
        );
        assert_eq!(read_profiles("", Path::new("/m")), []);
        assert_eq!(read_profiles("[Profile0", Path::new("/m")), []);
    }
}
