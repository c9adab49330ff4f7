//! Firefox.

use std::fmt::Write as _;

use anyhow::Context as _;
use ca::trust::make_nss_database;
use serde_json::{Value, json};
use tokio::process::Command;

use super::Place;

pub(super) fn prepare(command: &mut Command, place: &Place<'_>) -> anyhow::Result<()> {
    let profile = place.profile.join("profile");
    make_nss_database(&profile, &place.root, &place.surroundings)?;
    std::fs::write(profile.join("user.js"), settings(place))
        .context("the browser's settings can't be written")?;
    // Without it the settings' server below is not heeded.
    command.env("MOZ_REMOTE_SETTINGS_DEVTOOLS", "1");
    command
        .args(["--no-remote", "--new-instance", "--profile"])
        .arg(&profile);
    Ok(())
}

/// `user.js`: the proxy for everything, no first-run pages, and none of the requests that a browser makes by itself.
fn settings(place: &Place<'_>) -> String {
    let host = place.proxy.ip().to_string();
    let port = place.proxy.port();
    let mut settings: Vec<(&str, Value)> = vec![
        ("network.proxy.type", json!(1)),
        ("network.proxy.http", json!(host)),
        ("network.proxy.http_port", json!(port)),
        ("network.proxy.ssl", json!(host)),
        ("network.proxy.ssl_port", json!(port)),
        ("network.proxy.no_proxies_on", json!("")),
        // Without this it goes to this machine's own addresses directly.
        ("network.proxy.allow_hijacking_localhost", json!(true)),
        // These would go past the proxy.
        ("network.proxy.failover_direct", json!(false)),
        ("network.http.http3.enable", json!(false)),
        ("network.trr.mode", json!(5)),
        ("network.prefetch-next", json!(false)),
        ("network.dns.disablePrefetch", json!(true)),
        ("network.captive-portal-service.enabled", json!(false)),
        ("network.connectivity-service.enabled", json!(false)),
        ("app.normandy.enabled", json!(false)),
        ("app.update.auto", json!(false)),
        ("browser.aboutwelcome.enabled", json!(false)),
        ("browser.newtabpage.enabled", json!(false)),
        ("browser.region.network.url", json!("")),
        ("browser.region.update.enabled", json!(false)),
        ("browser.safebrowsing.malware.enabled", json!(false)),
        ("browser.safebrowsing.phishing.enabled", json!(false)),
        ("browser.search.suggest.enabled", json!(false)),
        ("browser.search.update", json!(false)),
        ("browser.shell.checkDefaultBrowser", json!(false)),
        ("browser.startup.homepage_override.mstone", json!("ignore")),
        ("browser.startup.page", json!(0)),
        ("browser.tabs.warnOnClose", json!(false)),
        ("datareporting.healthreport.uploadEnabled", json!(false)),
        ("datareporting.policy.dataSubmissionEnabled", json!(false)),
        ("datareporting.usage.uploadEnabled", json!(false)),
        ("dom.push.connection.enabled", json!(false)),
        ("extensions.getAddons.cache.enabled", json!(false)),
        ("extensions.update.enabled", json!(false)),
        ("media.gmp-manager.updateEnabled", json!(false)),
        (
            "services.settings.server",
            json!("data:,#remote-settings-dummy/v1"),
        ),
        ("signon.rememberSignons", json!(false)),
        ("termsofuse.bypassNotification", json!(true)),
        ("toolkit.telemetry.reportingpolicy.firstRun", json!(false)),
        ("trailhead.firstrun.didSeeAboutWelcome", json!(true)),
    ];
    if let Some(downloads) = &place.downloads {
        // Downloads outlive the profile: each is asked about, beginning at the person's own folder.
        settings.push(("browser.download.useDownloadDir", json!(false)));
        settings.push(("browser.download.folderList", json!(2)));
        settings.push(("browser.download.dir", json!(downloads)));
    }
    let mut script = String::new();
    for (name, value) in settings {
        let _ = writeln!(script, "user_pref({}, {value});", json!(name));
    }
    script
}
