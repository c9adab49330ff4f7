//! The `handlens` binary as a process.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use tokio::sync::oneshot;

use super::{Api, Authority, eventually, within};

/// How to start it: arguments, environment, folders.
#[derive(Clone)]
pub(crate) struct Setup {
    /// Programs that run it: `sh -c 'ulimit ...; exec "$@"' sh`.
    through: Vec<OsString>,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    home: PathBuf,
}

/// What a run that came to its end left.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Setup {
    /// On free ports, in a data folder of its own, with the lab's authority trusted for origins.
    pub(crate) fn new(dir: &Path, authority: &Authority) -> Self {
        let origin_ca = dir.join("origin-root.pem");
        std::fs::write(&origin_ca, authority.pem()).unwrap();
        let data = dir.join("data");
        Self::bare(dir)
            .arg("run")
            .args(&["--listen", "127.0.0.1:0", "--dashboard", "127.0.0.1:0"])
            .arg("--log-format")
            .arg("json")
            .arg("--data-dir")
            .arg(data)
            .arg("--origin-ca")
            .arg(origin_ca)
    }

    /// No arguments at all; a home folder of its own, and nothing of this process's environment but `PATH`.
    pub(crate) fn bare(dir: &Path) -> Self {
        let home = dir.join("home");
        std::fs::create_dir_all(&home).unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let env = vec![("PATH".into(), path), ("HOME".into(), home.clone().into())];
        Self {
            through: Vec::new(),
            args: Vec::new(),
            env,
            home,
        }
    }

    pub(crate) fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    pub(crate) fn args(self, args: &[&str]) -> Self {
        args.iter().fold(self, |setup, arg| setup.arg(*arg))
    }

    /// Gives a flag that is there already another value.
    pub(crate) fn set(mut self, flag: &str, value: impl Into<OsString>) -> Self {
        let place = self
            .args
            .iter()
            .position(|arg| arg == flag)
            .unwrap_or_else(|| panic!("no {flag}"));
        self.args[place + 1] = value.into();
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Settings in a file.
    pub(crate) fn config(self, toml: &str) -> Self {
        let path = self.home.join("handlens.toml");
        std::fs::write(&path, toml).unwrap();
        self.arg("--config").arg(path)
    }

    /// Runs it by a shell that does this first, and then becomes it.
    pub(crate) fn after_shell(mut self, first: &str) -> Self {
        self.through = ["sh", "-c", &format!("{first} && exec \"$@\""), "sh"]
            .map(OsString::from)
            .to_vec();
        self
    }

    /// Runs it without these capabilities, also where the tests run as root.
    pub(crate) fn without(mut self, capabilities: &[&str]) -> Self {
        let set = format!("--bounding-set=-{}", capabilities.join(",-"));
        self.through = ["setpriv", &set, "--"].map(OsString::from).to_vec();
        self
    }

    /// Runs it in a mount namespace of its own, after a shell did this there.
    pub(crate) fn in_mounts(mut self, first: &str) -> Self {
        self = self.after_shell(first);
        self.through
            .splice(0..0, ["unshare", "--mount", "--"].map(OsString::from));
        self
    }

    /// Runs it in a terminal. What it says on either output is its standard output then.
    pub(crate) fn in_terminal(mut self) -> Self {
        let line = "exec script --quiet --return --command \"$*\" /dev/null";
        self.through = ["sh", "-c", line, "sh"].map(OsString::from).to_vec();
        self
    }

    /// Its home folder; the lab's own is the one above.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// The command that starts it.
    pub(crate) fn to_command(&self) -> Command {
        let binary = OsString::from(env!("CARGO_BIN_EXE_handlens"));
        let mut line = self.through.iter().chain([&binary]).chain(&self.args);
        let mut command = Command::new(line.next().unwrap_or(&binary));
        command
            .args(line)
            .env_clear()
            .envs(self.env.iter().cloned())
            .current_dir(&self.home);
        command.stdin(Stdio::null());
        command
    }

    /// Starts it and waits for its ready line.
    pub(crate) async fn start(self) -> Handlens {
        let told = self.home.join("stderr");
        let stderr = File::options().create(true).append(true).open(&told).unwrap();
        let mut child = self
            .to_command()
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let (lines, ready) = read_lines(child.stdout.take().unwrap());
        let mut handlens = Handlens {
            child,
            setup: self,
            told,
            lines,
            ready: None,
        };
        handlens.ready = within("the ready line", ready).await.ok();
        if handlens.ready.is_none() {
            panic!("handlens ended before it was ready: {:?}", handlens.child.wait());
        }
        handlens
    }

    /// Runs it to its end.
    pub(crate) async fn run(self) -> Output {
        let mut command = tokio::process::Command::from(self.to_command());
        let output = within("handlens to end", command.kill_on_drop(true).output())
            .await
            .unwrap();
        Output {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

type Lines = Arc<Mutex<Vec<String>>>;

/// Keeps the lines of the output, and hands on the ready one.
fn read_lines(stdout: std::process::ChildStdout) -> (Lines, oneshot::Receiver<Ready>) {
    let lines = Lines::default();
    let (tell, ready) = oneshot::channel();
    let kept = lines.clone();
    // A thread, because the pipe must be drained for as long as the process lives.
    std::thread::spawn(move || {
        let mut tell = Some(tell);
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let ready = Ready::parse(&line);
            kept.lock().unwrap().push(line);
            if let Some(ready) = ready
                && let Some(tell) = tell.take()
            {
                let _ = tell.send(ready);
            }
        }
    });
    (lines, ready)
}

/// The ready line of `--log-format json`.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    /// Where HTTP proxies are.
    pub(crate) proxy: Vec<SocketAddr>,
    /// Every door, as the line names it.
    pub(crate) doors: Vec<String>,
    pub(crate) dashboard: Option<SocketAddr>,
    pub(crate) token: Option<String>,
    pub(crate) root: PathBuf,
}

impl Ready {
    fn parse(line: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(line).ok()?;
        if line["event"] != "ready" {
            return None;
        }
        let doors = line["proxy"].as_array()?.iter();
        let doors: Vec<_> = doors
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect();
        Some(Self {
            proxy: doors.iter().filter_map(|door| address(door)).collect(),
            doors,
            dashboard: line["dashboard"].as_str().and_then(address),
            token: line["token"].as_str().map(str::to_owned),
            root: line["root"].as_str()?.into(),
        })
    }
}

/// The address in `http://127.0.0.1:8080/`.
fn address(url: &str) -> Option<SocketAddr> {
    let rest = url.strip_prefix("http://")?;
    rest.split('/').next()?.parse().ok()
}

/// A running Handlens. It is killed when it is dropped.
pub(crate) struct Handlens {
    child: Child,
    setup: Setup,
    told: PathBuf,
    lines: Lines,
    ready: Option<Ready>,
}

impl Handlens {
    pub(crate) fn ready(&self) -> &Ready {
        self.ready.as_ref().unwrap()
    }

    /// Where clients come in.
    pub(crate) fn proxy(&self) -> SocketAddr {
        self.ready().proxy[0]
    }

    /// Where the first door of this mode is.
    pub(crate) fn door(&self, mode: &str) -> SocketAddr {
        let door = self
            .ready()
            .doors
            .iter()
            .find(|door| door.starts_with(mode))
            .unwrap();
        door.rsplit(['@', '/']).next().unwrap().parse().unwrap()
    }

    pub(crate) fn dashboard(&self) -> SocketAddr {
        self.ready().dashboard.unwrap()
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(self.dashboard(), self.ready().token.clone().unwrap_or_default())
    }

    pub(crate) fn root_path(&self) -> &Path {
        &self.ready().root
    }

    pub(crate) fn root_der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.as_it_sees(self.root_path())).unwrap()
    }

    /// A path in the mounts that the process has, which may not be ours.
    pub(crate) fn as_it_sees(&self, path: &Path) -> PathBuf {
        format!("/proc/{}/root{}", self.pid(), path.display()).into()
    }

    pub(crate) fn setup(&self) -> Setup {
        self.setup.clone()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lines printed to the standard output so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.told).unwrap_or_default()
    }

    /// A size in `/proc/PID/status`, in bytes: `VmRSS` is now, `VmHWM` the most so far.
    pub(crate) fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.os_pid(), signal).unwrap();
    }

    pub(crate) fn os_pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits for its own end.
    pub(crate) async fn end(&mut self) -> ExitStatus {
        eventually("the end of handlens", || {
            let seen = self.child.try_wait().unwrap();
            async move { seen.ok_or("it runs") }
        })
        .await
    }

    /// Stops it as a service manager would, and expects success.
    pub(crate) async fn stop(mut self) {
        self.signal(Signal::TERM);
        let status = self.end().await;
        assert_eq!(status.code(), Some(0), "after SIGTERM");
    }
}

impl Drop for Handlens {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A panic in a task ends one connection and is easily overlooked.
        let panicked = self.log().contains("panicked at");
        if std::thread::panicking() {
            eprintln!(
                "--- handlens said ---\n{}\n{}---",
                self.lines().join("\n"),
                self.log()
            );
        } else {
            assert!(!panicked, "handlens panicked:\n{}", self.log());
        }
    }
}
