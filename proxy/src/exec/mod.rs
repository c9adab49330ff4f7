//! Runs a program with proxy and root set in its environment, as `handlens exec -- CMD` does.
//!
//! The proxy is somebody else's matter: it runs already, or in this process. What is here makes the files that the
//! program's libraries read, sets their variables, and then stands aside: the terminal is the program's, signals
//! reach it, and its exit code becomes ours.

mod environment;
mod files;
mod no_proxy;
mod signals;

use std::ffi::OsString;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};

use anyhow::Context as _;
use tokio::process::{Child, Command};

use environment::Environment;
use signals::Signals;

use crate::output::remark;

/// What a shell says of a program that isn't there, and of one that can't be run.
const NOT_FOUND: u8 = 127;
const NOT_RUNNABLE: u8 = 126;

/// What to run, and through what.
#[derive(Clone, Debug)]
pub(crate) struct Exec {
    /// The program and its arguments.
    pub(crate) command: Vec<OsString>,
    /// Where the proxy listens. An unspecified address is reached over loopback.
    pub(crate) proxy_address: SocketAddr,
    /// The PEM file of the root that the program is to trust.
    pub(crate) root_pem_path: PathBuf,
    /// A folder of this person's own, for the trust files. They stay there: what the program starts may outlive it.
    pub(crate) work_dir: PathBuf,
}

/// Runs the program to its end and returns its exit code, 128 and the signal's number for one that a signal ended.
///
/// # Errors
/// When the trust files can't be made. That the program can't be run is told on stderr, and is exit code 127 or 126.
pub(crate) async fn run(options: Exec) -> anyhow::Result<ExitCode> {
    let (program, arguments) = options
        .command
        .split_first()
        .context("no program to run was given")?;
    let environment = prepare(&options).await?;
    if !environment.not_proxied.is_empty() {
        let hosts = environment.not_proxied.join(", ");
        remark(format_args!(
            "not through the proxy, because NO_PROXY names them: {hosts}"
        ));
    }
    let mut command = Command::new(program);
    command.args(arguments);
    environment.apply(&mut command);
    supervise(command).await
}

/// Runs a program to its end: signals reach it, and its exit code becomes ours.
pub(crate) async fn supervise(mut command: Command) -> anyhow::Result<ExitCode> {
    // Signals are taken before the program starts, so that none ends us and leaves it.
    let signals = Signals::take().context("signals can't be taken")?;
    match command.spawn() {
        Ok(child) => Ok(exit_code(
            wait(child, signals)
                .await
                .context("the program can't be waited for")?,
        )),
        Err(error) => Ok(tell_not_run(Path::new(command.as_std().get_program()), &error)),
    }
}

/// Makes the trust files and says what the program's environment is to be.
async fn prepare(options: &Exec) -> anyhow::Result<Environment> {
    let (root, folder) = (options.root_pem_path.clone(), options.work_dir.clone());
    let named = environment::named_certificate_files(|name| std::env::var_os(name));
    let files = tokio::task::spawn_blocking(move || files::write(&root, &named, &folder)).await??;
    Ok(Environment::new(
        reachable(options.proxy_address),
        &files,
        |name| std::env::var_os(name),
    ))
}

/// Where a client on this machine reaches who listens on `address`.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn wait(mut child: Child, mut signals: Signals) -> io::Result<ExitStatus> {
    loop {
        tokio::select! {
            status = child.wait() => return status,
            signal = signals.next() => signal.forward_to(child.id()),
        }
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(128 | u8::try_from(signal).unwrap_or(0));
    }
    // Some systems have wider codes than can be passed on; a failure must not become a success by it.
    let code = status.code().unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

fn tell_not_run(program: &Path, error: &io::Error) -> ExitCode {
    if error.kind() == io::ErrorKind::NotFound {
        remark(format_args!("{} was not found", program.display()));
        ExitCode::from(NOT_FOUND)
    } else {
        remark(format_args!("{} can't be run: {error}", program.display()));
        ExitCode::from(NOT_RUNNABLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_is_reached_over_loopback() {
        let told = |address: &str| reachable(address.parse().unwrap()).to_string();
        assert_eq!(told("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(told("[::]:8080"), "[::1]:8080");
        assert_eq!(told("192.0.2.7:3128"), "192.0.2.7:3128");
    }

    #[cfg(unix)]
    mod programs {
        use std::fs;

        use super::*;

        async fn run_shell(script: &str, dir: &Path) -> ExitCode {
            run_program(&["sh", "-c", script], dir).await
        }

        /// Signals come to the whole process, so that one program runs at a time.
        static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

        async fn run_program(command: &[&str], dir: &Path) -> ExitCode {
            let _alone = ONE_AT_A_TIME.lock().await;
            ca::Root::load_or_make(&dir.join("root")).unwrap();
            let options = Exec {
                command: command.iter().map(OsString::from).collect(),
                proxy_address: "127.0.0.1:8080".parse().unwrap(),
                root_pem_path: dir.join("root/root.pem"),
                work_dir: dir.join("exec"),
            };
            run(options).await.unwrap()
        }

        /// `ExitCode` says what it is only in its `Debug`.
        fn same(one: ExitCode, other: u8) -> bool {
            format!("{one:?}") == format!("{:?}", ExitCode::from(other))
        }

        #[tokio::test]
        async fn the_exit_code_is_the_programs() {
            let dir = tempfile::tempdir().unwrap();
            assert!(same(run_shell("exit 0", dir.path()).await, 0));
            assert!(same(run_shell("exit 7", dir.path()).await, 7));
            assert!(same(run_shell("kill -9 $$", dir.path()).await, 137));
            assert!(same(
                run_program(&["no-such-program-here"], dir.path()).await,
                127
            ));
            assert!(same(run_program(&["/"], dir.path()).await, 126));
        }

        #[tokio::test]
        async fn a_signal_for_us_reaches_the_program() {
            let dir = tempfile::tempdir().unwrap();
            let script = "trap 'exit 42' TERM; kill -TERM $PPID; while :; do sleep 0.05; done";
            assert!(same(run_shell(script, dir.path()).await, 42));
        }

        #[tokio::test]
        async fn the_program_finds_proxy_and_root_in_its_environment() {
            let dir = tempfile::tempdir().unwrap();
            let told = dir.path().join("told");
            let script = format!(
                "echo \"$HTTPS_PROXY\" > '{0}'; cat \"$SSL_CERT_FILE\" >> '{0}'",
                told.display()
            );
            assert!(same(run_shell(&script, dir.path()).await, 0));
            let told = fs::read_to_string(told).unwrap();
            assert!(told.starts_with("http://127.0.0.1:8080\n"), "{told}");
            assert!(told.ends_with(&fs::read_to_string(dir.path().join("root/root.pem")).unwrap()));
        }

        #[tokio::test]
        async fn a_root_that_is_missing_is_told() {
            let dir = tempfile::tempdir().unwrap();
            let options = Exec {
                command: vec!["true".into()],
                proxy_address: "127.0.0.1:8080".parse().unwrap(),
                root_pem_path: "/nonexistent/root.pem".into(),
                work_dir: dir.path().to_owned(),
            };
            let error = format!("{:#}", run(options).await.unwrap_err());
            assert!(
                error.starts_with("the certificates in /nonexistent/root.pem can't be read: "),
                "{error}"
            );
        }
    }
}
