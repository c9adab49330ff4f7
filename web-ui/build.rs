//! Lays the built app ready in `OUT_DIR/app-dist`, where the crate embeds it from.
//!
//! The app comes ready built from the folder that HANDLENS_APP_DIST names, or from `app-dist/` (a packaged
//! source), or is built here from `app/` with Node. Nothing is written into the source tree: npm's packages lie
//! in the target folder, once for each lock file and shared by all profiles, and the app's sources are copied
//! beside them, where Node finds them.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the app is built from.
const SOURCES: [&str; 8] = [
    "index.html",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "tsconfig.json",
    "vite.config.ts",
    "src",
    "public",
];

/// Why there is no app, in one sentence.
type Sentence = String;

fn main() {
    if let Err(sentence) = lay_app_ready() {
        println!("cargo::error={sentence}");
    }
}

fn lay_app_ready() -> Result<(), Sentence> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=HANDLENS_APP_DIST");
    let here = folder_of("CARGO_MANIFEST_DIR")?;
    let out = folder_of("OUT_DIR")?;
    let dist = out.join("app-dist");
    make_empty(&dist)?;
    // In a clone the folder is there and empty, so that cargo sees a build come.
    let packaged = here.join("app-dist");
    if packaged.is_dir() {
        println!("cargo::rerun-if-changed={}", packaged.display());
    }
    if let Some(ready) = env::var_os("HANDLENS_APP_DIST") {
        let ready = Path::new(&ready);
        println!("cargo::rerun-if-changed={}", ready.display());
        use_ready_build(ready, &dist)
    } else if packaged.join("index.html").is_file() {
        use_ready_build(&packaged, &dist)
    } else {
        build_app(&here.join("app"), &out, &dist)
    }
}

fn use_ready_build(ready: &Path, dist: &Path) -> Result<(), Sentence> {
    if !ready.join("index.html").is_file() {
        return Err(format!(
            "{} holds no built dashboard: it has no index.html",
            ready.display()
        ));
    }
    copy(ready, dist).map_err(|error| format!("{} can't be copied: {error}", ready.display()))
}

fn build_app(app: &Path, out: &Path, dist: &Path) -> Result<(), Sentence> {
    let sources: Vec<&str> = SOURCES
        .into_iter()
        .filter(|name| app.join(name).exists())
        .collect();
    for name in &sources {
        println!("cargo::rerun-if-changed={}", app.join(name).display());
    }
    check_node()?;
    let lock = fs::read(app.join("package-lock.json")).map_err(|error| {
        format!(
            "{} can't be read: {error}",
            app.join("package-lock.json").display()
        )
    })?;
    let packages = target_folder(out)
        .join("web-ui-app")
        .join(format!("{:016x}", hash(&lock)));
    fs::create_dir_all(&packages)
        .map_err(|error| format!("{} can't be made: {error}", packages.display()))?;
    let _one_at_a_time = take_lock(&packages)?;
    install_packages(app, &packages)?;
    let staged = packages.join("staged");
    make_empty(&staged)?;
    for name in sources {
        copy(&app.join(name), &staged.join(name))
            .map_err(|error| format!("{} can't be copied: {error}", app.join(name).display()))?;
    }
    let mut build = npm();
    build
        .args([
            "run",
            "build",
            "--silent",
            "--",
            "--emptyOutDir",
            "--logLevel",
            "warn",
            "--outDir",
        ])
        .arg(dist);
    run(build.current_dir(&staged), "the dashboard's app does not build")?;
    if !dist.join("index.html").is_file() {
        return Err("the dashboard's app was built without an index.html".into());
    }
    Ok(())
}

/// The versions that Vite runs on: 20.19 and later, 22.12 and later.
fn check_node() -> Result<(), Sentence> {
    const WANTED: &str = "building the dashboard needs Node.js 20.19, or 22.12 or later, with npm";
    const ELSE: &str = "install it, or let HANDLENS_APP_DIST name a folder with a built dashboard";
    let output = Command::new("node").arg("--version").output();
    let version = match output {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        _ => return Err(format!("{WANTED}, and `node` is not there: {ELSE}")),
    };
    let mut numbers = version
        .trim_start_matches('v')
        .split('.')
        .map(|number| number.parse().unwrap_or(0));
    let (major, minor): (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match (major, minor) {
        (20, 19..) | (22, 12..) | (23.., _) => Ok(()),
        _ => Err(format!("{WANTED}, and `node` is {version}: {ELSE}")),
    }
}

/// Installs what the lock file names, unless that was done before.
fn install_packages(app: &Path, packages: &Path) -> Result<(), Sentence> {
    let done = packages.join("installed");
    if done.is_file() {
        return Ok(());
    }
    for name in ["package.json", "package-lock.json", ".npmrc"] {
        let from = app.join(name);
        if from.is_file() {
            copy(&from, &packages.join(name))
                .map_err(|error| format!("{} can't be copied: {error}", from.display()))?;
        }
    }
    let mut install = npm();
    install.args([
        "ci",
        "--omit=dev",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel=error",
    ]);
    run(
        install.current_dir(packages),
        "npm can't install what the dashboard's app is built with",
    )?;
    File::create(&done).map_err(|error| format!("{} can't be written: {error}", done.display()))?;
    Ok(())
}

fn npm() -> Command {
    // On Windows npm is a script, which only its whole name finds.
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.stdin(Stdio::null())
        .env("NODE_ENV", "production")
        .env_remove("NODE_OPTIONS");
    npm
}

/// Runs it in silence. Where it fails, the end of what it said goes before the sentence.
fn run(command: &mut Command, failure: &str) -> Result<(), Sentence> {
    const LINES: usize = 40;
    let output = command
        .output()
        .map_err(|error| format!("{failure}: npm can't be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    for line in &lines[lines.len().saturating_sub(LINES)..] {
        println!("cargo::error={line}");
    }
    Err(format!(
        "{failure}: npm ended with {}, and what it said stands above",
        output.status
    ))
}

/// Two profiles may be built at once, and share the packages.
fn take_lock(packages: &Path) -> Result<File, Sentence> {
    let path = packages.join("lock");
    let lock = File::create(&path).and_then(|file| file.lock().map(|()| file));
    lock.map_err(|error| format!("{} can't be locked: {error}", path.display()))
}

/// `OUT_DIR` is `target/PROFILE/build/PACKAGE/out`.
fn target_folder(out: &Path) -> PathBuf {
    out.ancestors().nth(4).unwrap_or(out).to_owned()
}

fn folder_of(variable: &str) -> Result<PathBuf, Sentence> {
    env::var_os(variable)
        .map(PathBuf::from)
        .ok_or_else(|| format!("cargo sets no {variable}"))
}

fn make_empty(folder: &Path) -> Result<(), Sentence> {
    let emptied = match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    };
    emptied.map_err(|error| format!("{} can't be emptied: {error}", folder.display()))
}

/// Copies a file, or a folder without the hidden files in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(|_| ());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// FNV-1a: a name for the packages, not a proof of them.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
