//! HAProxy as a TLS bridge: it ends TLS, verifies the origin and makes TLS again, logs and keeps nothing.

use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{OwnedChild, THREADS};
use crate::authority::{Authority, ORIGIN_NAME};
use crate::client::LOOPBACK;
use crate::job::Way;
use crate::process::Process;

const START_PATIENCE: Duration = Duration::from_secs(10);

/// A running HAProxy.
pub(crate) struct Haproxy {
    child: OwnedChild,
    way: Way,
    http2: SocketAddr,
}

impl Haproxy {
    /// Starts it before an origin.
    pub(crate) fn start(program: &Path, authority: &Authority, origin: SocketAddr) -> Result<Self> {
        let (address, http2) = free_addresses()?;
        let file = authority.folder().join("haproxy.cfg");
        fs::write(
            &file,
            configuration(authority, [(address, "http/1.1"), (http2, "h2")], origin)?,
        )?;
        let mut command = Command::new(program);
        command
            .arg("-db")
            .arg("-q")
            .arg("-f")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let mut child = OwnedChild::spawn(&mut command).context("starting haproxy")?;
        wait_until_listening(&mut child, address)?;
        Ok(Self {
            child,
            way: Way {
                dial: address,
                connect_port: None,
                trust: authority.bridge_root(),
                hybrid: false,
                http2: false,
            },
            http2,
        })
    }

    /// The way to the origin.
    pub(crate) fn way(&self) -> Way {
        self.way.clone()
    }

    /// The way to the origin with HTTP/2 on both legs.
    pub(crate) fn http2_way(&self) -> Way {
        Way {
            dial: self.http2,
            http2: true,
            ..self.way()
        }
    }

    /// Its process: one, as no master is asked for.
    pub(crate) fn process(&self) -> Process {
        Process::of(self.child.0.id())
    }

    /// The versions of an HAProxy and of its OpenSSL, or nothing where there is none.
    pub(crate) fn version(program: &Path) -> Option<String> {
        let output = Command::new(program)
            .arg("-vv")
            .stdin(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text.lines().next()?.split_whitespace().nth(2)?.to_owned();
        let library = text
            .lines()
            .find_map(|line| line.strip_prefix("Running on OpenSSL version : "))
            .unwrap_or("unknown TLS library");
        Some(format!("{version}, {library}"))
    }
}

/// `http-reuse never` and `no-ssl-reuse`: each client connection has an origin connection of its own and pays for
/// a full handshake there, as through Handlens. To close the origin connection after each response
/// (`http-server-close`) would cost HAProxy more, so it isn't asked to.
fn configuration(
    authority: &Authority,
    bridges: [(SocketAddr, &str); 2],
    origin: SocketAddr,
) -> Result<String> {
    let certificate = text_of(&authority.bridge())?;
    let roots = text_of(&authority.origin_root())?;
    let mut text = format!(
        "global
    nbthread {THREADS}
    maxconn 4000
    ssl-server-verify required

defaults
    mode http
    no log
    option http-keep-alive
    http-reuse never
    timeout connect 10s
    timeout client 5m
    timeout server 5m
    timeout http-request 1m
    timeout http-keep-alive 5m
"
    );
    for (address, protocol) in bridges {
        let name = protocol.replace('/', "-");
        let _ = write!(
            text,
            "
listen bridge-{name}
    bind {address} ssl crt {certificate} alpn {protocol} curves X25519 ssl-min-ver TLSv1.3
    server origin {origin} ssl verify required ca-file {roots} sni str({ORIGIN_NAME}) verifyhost {ORIGIN_NAME} \
         alpn {protocol} no-ssl-reuse ssl-min-ver TLSv1.3
"
        );
    }
    Ok(text)
}

fn text_of(path: &Path) -> Result<String> {
    let text = path
        .to_str()
        .context("the temporary folder's name is not UTF-8")?;
    // HAProxy reads words: blanks and quotes would need escapes of its own.
    if text.contains([' ', '\'', '"', '\\', '#']) {
        bail!("HAProxy's configuration cannot name {text}: choose a plain folder with --keep");
    }
    Ok(text.to_owned())
}

/// Ports that were free a moment ago: HAProxy takes no port 0.
fn free_addresses() -> Result<(SocketAddr, SocketAddr)> {
    let (one, other) = (
        TcpListener::bind((LOOPBACK, 0))?,
        TcpListener::bind((LOOPBACK, 0))?,
    );
    Ok((one.local_addr()?, other.local_addr()?))
}

fn wait_until_listening(child: &mut OwnedChild, address: SocketAddr) -> Result<()> {
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        if let Some(status) = child.0.try_wait()? {
            bail!("haproxy ended at its start ({status})");
        }
        if began.elapsed() > START_PATIENCE {
            bail!("haproxy did not listen on {address} within {START_PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
