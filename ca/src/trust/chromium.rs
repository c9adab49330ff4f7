//! Chromium, Chrome, Edge and Brave on Linux. They share one database of NSS, but for those that a snap or Flatpak
//! keeps apart.

use std::path::PathBuf;

use super::find::Found;
use super::nss;
use super::store::StoreKind;
use super::surroundings::Surroundings;

/// Programs and settings folders by which one of them is known to be here.
const PROGRAMS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
];
const SETTINGS: &[&str] = &["chromium", "google-chrome", "microsoft-edge", "BraveSoftware"];

/// Databases that a snap or Flatpak keeps apart, below the home.
const APART: &[(&str, &str)] = &[
    ("Chromium (snap)", "snap/chromium/current/.pki/nssdb"),
    ("Brave (snap)", "snap/brave/current/.pki/nssdb"),
    ("Chromium (Flatpak)", ".var/app/org.chromium.Chromium/.pki/nssdb"),
    ("Chrome (Flatpak)", ".var/app/com.google.Chrome/.pki/nssdb"),
    ("Edge (Flatpak)", ".var/app/com.microsoft.Edge/.pki/nssdb"),
    ("Brave (Flatpak)", ".var/app/com.brave.Browser/.pki/nssdb"),
];

pub(super) fn find(surroundings: &Surroundings, found: &mut Found) {
    let Some(home) = &surroundings.home else { return };
    let is_there = |folder: &PathBuf| folder.join(nss::DATABASE_FILE).exists();
    let shared = "Chromium, Chrome, Edge, Brave";
    let usual = home.join(".pki/nssdb");
    let by_xdg = surroundings.data_home.as_ref().map(|data| data.join("pki/nssdb"));
    let mut databases = Vec::new();
    // NSS takes the first one of these that is there, and the browsers make the first one.
    databases.extend(is_there(&usual).then(|| (shared.to_owned(), usual.clone())));
    databases.extend(by_xdg.filter(is_there).map(|folder| (shared.to_owned(), folder)));
    if databases.is_empty() && is_used(surroundings) {
        databases.push((shared.to_owned(), usual));
    }
    for (title, folder) in APART {
        let folder = home.join(folder);
        if is_there(&folder) {
            databases.push(((*title).to_owned(), folder));
        }
    }
    nss::add(StoreKind::Chromium, databases, surroundings, found);
}

/// Whether one of the browsers is here, though it may not have been started yet.
fn is_used(surroundings: &Surroundings) -> bool {
    let has_settings = |config: &PathBuf| SETTINGS.iter().any(|name| config.join(name).is_dir());
    PROGRAMS
        .iter()
        .any(|name| surroundings.find_program(name).is_some())
        || surroundings.config_home.as_ref().is_some_and(has_settings)
}
