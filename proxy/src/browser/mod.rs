//! A browser with a throwaway profile: it goes through the proxy and trusts the root, and all of that ends with it.
//!
//! The everyday profile is not touched, and no store of this machine is. The root lies in a database of the profile's
//! own, so that the browser checks certificates as it always does.

mod chromium;
mod find;
mod firefox;
mod leaf_key;
mod profile;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use ca::RootCertificate;
use ca::trust::{RootFile, Surroundings};
use tokio::process::Command;

use crate::exec;
use find::{Browser, Family};
use profile::Profile;

/// What is opened when nothing is said: the page that comes over HTTPS where all is well.
const FIRST_PAGE: &str = "https://handlens.local/";

/// Which browser to run, and through what.
pub(crate) struct Browse {
    pub(crate) url: Option<String>,
    /// A name, or the path of a program; the first that is found when nothing is said.
    pub(crate) browser: Option<String>,
    /// Arguments of its own.
    pub(crate) arguments: Vec<OsString>,
    pub(crate) proxy_address: SocketAddr,
    pub(crate) root_pem_path: PathBuf,
    /// A folder of this person's own, for profiles.
    pub(crate) work_dir: PathBuf,
}

/// What the browser is told: a place of its own, and what is in it.
struct Place<'a> {
    profile: &'a Path,
    /// A home in the profile.
    home: PathBuf,
    /// Where the person keeps downloads. They outlive the profile.
    downloads: Option<PathBuf>,
    proxy: SocketAddr,
    root: RootFile,
    surroundings: Surroundings,
}

/// Runs the browser to its end and returns its exit code. Its profile is gone then.
pub(crate) async fn run(options: Browse) -> anyhow::Result<ExitCode> {
    let surroundings = Surroundings::here();
    let browser = find::find(options.browser.as_deref(), &surroundings)?;
    refuse_root_in_a_sandbox(&browser, &options.arguments)?;
    let root = RootFile {
        certificate: RootCertificate::read(&options.root_pem_path)?,
        path: std::path::absolute(&options.root_pem_path)?,
    };
    let parent = profiles_of(&browser, &surroundings, &options.work_dir)?;
    let profile =
        Profile::make(&parent).with_context(|| format!("no profile can be made in {}", parent.display()))?;
    let home = profile.path().join("home");
    std::fs::create_dir_all(&home).with_context(|| format!("{} can't be made", home.display()))?;
    let place = Place {
        profile: profile.path(),
        home,
        downloads: downloads(&surroundings),
        proxy: exec::reachable(options.proxy_address),
        root,
        surroundings,
    };
    let mut command = Command::new(&browser.program);
    match browser.family {
        Family::Chromium => chromium::prepare(&mut command, &place).await?,
        Family::Firefox => firefox::prepare(&mut command, &place)?,
    }
    if !browser.is_snap {
        leave_no_trace(&mut command, &place);
    }
    command
        .args(&options.arguments)
        .arg(options.url.as_deref().unwrap_or(FIRST_PAGE));
    tracing::debug!("running {:?}", command.as_std());
    let code = exec::supervise(command).await;
    profile.remove().await;
    code
}

/// Chromium's sandbox does not work for root, and it is not for us to switch it off unasked.
fn refuse_root_in_a_sandbox(browser: &Browser, arguments: &[OsString]) -> anyhow::Result<()> {
    #[cfg(unix)]
    if browser.family == Family::Chromium
        && rustix::process::geteuid().is_root()
        && !arguments.iter().any(|argument| argument == "--no-sandbox")
    {
        bail!(
            "{} does not run as root in its sandbox: run this as yourself, or give the sandbox up with \
             `handlens browser URL -- --no-sandbox`",
            browser.program.display()
        );
    }
    let _ = (browser, arguments);
    Ok(())
}

/// The folder for profiles. A snap sees its own folders alone.
fn profiles_of(browser: &Browser, surroundings: &Surroundings, work_dir: &Path) -> anyhow::Result<PathBuf> {
    if !browser.is_snap {
        return Ok(std::path::absolute(work_dir)?);
    }
    match (browser.family, &surroundings.home) {
        (Family::Firefox, Some(home)) => Ok(home.join("snap/firefox/common/handlens")),
        _ => bail!(
            "{} is a snap, which keeps its trust where no throwaway profile reaches: use another browser, or \
             `handlens ca install --store chromium`",
            browser.program.display()
        ),
    }
}

/// `--flag=PATH`, whatever bytes the path has.
fn path_argument(flag: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(path);
    argument
}

fn downloads(surroundings: &Surroundings) -> Option<PathBuf> {
    let home = surroundings.home.as_ref()?;
    let downloads = home.join("Downloads");
    Some(if downloads.is_dir() {
        downloads
    } else {
        home.clone()
    })
}

/// A home of its own takes all that a browser leaves there; but who may draw on the screen is said in the person's.
fn leave_no_trace(command: &mut Command, place: &Place<'_>) {
    command.env("HOME", &place.home);
    for variable in [
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
    ] {
        command.env_remove(variable);
    }
    let authority = place
        .surroundings
        .home
        .as_ref()
        .map(|home| home.join(".Xauthority"));
    if let Some(authority) = authority.filter(|path| path.exists())
        && std::env::var_os("XAUTHORITY").is_none()
    {
        command.env("XAUTHORITY", authority);
    }
}
