//! Chromium and its kin.

use anyhow::Context as _;
use ca::trust::{MakeDatabaseError, System, make_nss_database};
use serde_json::json;
use tokio::process::Command;

use super::{Place, leaf_key};
use crate::output::remark;

/// No first-run pages, and none of the requests that a browser makes by itself: what passes is what the person does.
const QUIET: &[&str] = &[
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
    "--disable-features=MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,Translate",
    // Whoever is signed in, and components that are asked for in spite of the above: nothing answers there.
    "--gaia-url=http://127.0.0.1:9/",
    "--component-updater=url-source=http://127.0.0.1:9/",
];

pub(super) async fn prepare(command: &mut Command, place: &Place<'_>) -> anyhow::Result<()> {
    let profile = place.profile.join("profile");
    write_preferences(place).context("the browser's settings can't be written")?;
    command
        .arg(super::path_argument("--user-data-dir=", &profile))
        .arg(format!("--proxy-server=http://{}", place.proxy))
        // Without this it goes to this machine's own addresses directly.
        .arg("--proxy-bypass-list=<-loopback>")
        // It would go past the proxy.
        .arg("--disable-quic")
        .args(QUIET);
    trust(command, place).await
}

/// On Linux the root lies in a database in the profile's home, and certificates are checked as always. Elsewhere the
/// system's store counts, which is not to be changed for this: there the key of the leaves is named instead.
async fn trust(command: &mut Command, place: &Place<'_>) -> anyhow::Result<()> {
    if place.surroundings.system == System::Linux {
        match make_nss_database(&place.home.join(".pki/nssdb"), &place.root, &place.surroundings) {
            Ok(()) => return Ok(()),
            Err(error @ MakeDatabaseError::NoCertutil) => {
                remark(format_args!(
                    "{error}; until then this browser checks nothing more of certificates that Handlens made"
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let key = leaf_key::ask(place.proxy, &place.root.certificate).await?;
    command.arg(format!("--ignore-certificate-errors-spki-list={key}"));
    Ok(())
}

/// Downloads outlive the profile: each is asked about, beginning at the person's own folder.
fn write_preferences(place: &Place<'_>) -> std::io::Result<()> {
    let folder = place.profile.join("profile/Default");
    std::fs::create_dir_all(&folder)?;
    let preferences = json!({
        "download": {
            "default_directory": place.downloads,
            "prompt_for_download": true,
        },
        "credentials_enable_service": false,
        "search": { "suggest_enabled": false },
        "signin": { "allowed": false },
        "translate": { "enabled": false },
    });
    std::fs::write(folder.join("Preferences"), preferences.to_string())
}
