//! What bulk over an opaque tunnel costs, beside a plain TCP relay (`tokio::io::copy_bidirectional`) that does the
//! same work: user and system time of the relaying process, as its kernel counts it, a GiB.
//!
//! Client and origin are threads of this program, each relay a process of its own that is asked by CONNECT. Handlens
//! records meanwhile, up to its bound. The relays take turns, and the sums count: nothing leaves this machine.
//!
//! `cargo bench -p proxy --bench opaque_relay -- --gib 4 --rounds 3 --handlens PATH`

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;

/// Bulk through an opaque tunnel, beside a plain TCP relay.
#[derive(Debug, Parser)]
struct Arguments {
    /// GiB of each run
    #[arg(long, default_value_t = 1.0)]
    gib: f64,
    /// Runs each way
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Exit with 1 when Handlens takes more than 1.2 times as much
    #[arg(long)]
    strict: bool,
    /// Measure another build of Handlens than the one that Cargo just made
    #[arg(long, default_value = env!("CARGO_BIN_EXE_handlens"))]
    handlens: PathBuf,
    /// Said by `cargo bench`. Without it a run is a short one
    #[arg(long, hide = true)]
    bench: bool,
    /// Set when this program starts itself
    #[arg(long, hide = true)]
    relay: bool,
}

const GIB: f64 = (1u64 << 30) as f64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up = 1,
    Down = 2,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.relay {
        return relay();
    }
    if cfg!(not(target_os = "linux")) {
        println!("opaque_relay reads /proc, and so measures on Linux only");
        return Ok(());
    }
    let gib = if arguments.bench { arguments.gib } else { 0.05 };
    let rounds = if arguments.bench { arguments.rounds } else { 1 };
    let bytes = (gib * GIB) as u64;
    let origin = serve_origin()?;
    let data = tempfile::tempdir()?;
    let mut plain = Command::new(std::env::current_exe()?);
    plain.arg("--relay");
    let mut handlens = Command::new(&arguments.handlens);
    handlens
        .args([
            "run",
            "--listen",
            "127.0.0.1:0",
            "--dashboard",
            "off",
            "--log-format",
            "json",
            "--data-dir",
        ])
        .arg(data.path());
    let mut contenders = [
        Contender::start("plain relay", &mut plain)?,
        Contender::start("handlens", &mut handlens)?,
    ];
    // The first run of each warms it up, and is not counted.
    for contender in &mut contenders {
        for way in [Way::Up, Way::Down] {
            contender.carry(way, bytes.min(64 << 20), origin)?;
        }
        contender.spent = [0.0; 2];
    }
    for _ in 0..rounds {
        for contender in &mut contenders {
            for way in [Way::Up, Way::Down] {
                contender.carry(way, bytes, origin)?;
            }
        }
    }
    let all = gib * rounds as f64;
    println!("seconds of processor time a GiB ({gib} GiB a run, {rounds} runs each way)");
    println!("{:<14}{:>10}{:>10}", "", "up", "down");
    for Contender {
        name,
        spent: [up, down],
        ..
    } in &contenders
    {
        println!("{name:<14}{:>10.3}{:>10.3}", up / all, down / all);
    }
    let [plain, handlens] = contenders
        .each_ref()
        .map(|contender| contender.spent.iter().sum::<f64>());
    println!(
        "handlens takes {:.2} times what the plain relay takes",
        handlens / plain
    );
    ensure!(
        !arguments.strict || handlens <= 1.2 * plain,
        "that is more than 1.2 times"
    );
    Ok(())
}

/// A relay in a process of its own.
struct Contender {
    name: &'static str,
    process: Child,
    address: SocketAddr,
    /// Seconds, up and down.
    spent: [f64; 2],
}

impl Contender {
    fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        command
            .env("TOKIO_WORKER_THREADS", "2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command.spawn().with_context(|| format!("starting {name}"))?;
        let output = process.stdout.take().context("no output")?;
        let mut line = String::new();
        let mut output = BufReader::new(output);
        while !line.contains("127.0.0.1:") {
            line.clear();
            ensure!(output.read_line(&mut line)? > 0, "{name} told no address");
        }
        // What else it says must not fill its pipe.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let at = line.find("127.0.0.1:").unwrap_or_default();
        let address = line[at..].split(['"', '/', '\n']).next().unwrap_or_default();
        Ok(Self {
            name,
            address: address.parse().with_context(|| format!("{name} told {line}"))?,
            process,
            spent: [0.0; 2],
        })
    }

    fn carry(&mut self, way: Way, bytes: u64, origin: SocketAddr) -> Result<()> {
        let before = self.cpu()?;
        let mut stream = TcpStream::connect(self.address)?;
        write!(stream, "CONNECT {origin} HTTP/1.1\r\nHost: {origin}\r\n\r\n")?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        ensure!(
            head.starts_with(b"HTTP/1.1 200"),
            "no tunnel: {}",
            String::from_utf8_lossy(&head)
        );
        let mut asked = [0; 10];
        asked[1] = way as u8;
        asked[2..].copy_from_slice(&bytes.to_be_bytes());
        stream.write_all(&asked)?;
        match way {
            Way::Up => send(&mut stream, bytes)?,
            Way::Down => {}
        }
        stream.shutdown(Shutdown::Write)?;
        let came = receive(&mut stream)?;
        let expected = if way == Way::Up { 8 } else { bytes };
        ensure!(came == expected, "{came} bytes came, and not {expected}");
        // What is written to disk behind the run is a part of what it costs.
        std::thread::sleep(Duration::from_millis(300));
        self.spent[way as usize - 1] += self.cpu()? - before;
        Ok(())
    }

    /// Seconds of user and system time.
    fn cpu(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
        let ticks = fields
            .split_ascii_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<u64>);
        Ok(ticks.sum::<Result<u64, _>>()? as f64 / 100.0)
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn send(stream: &mut TcpStream, bytes: u64) -> Result<()> {
    let piece: Vec<u8> = (0..256 * 1024).map(|at| (at * 31 % 251) as u8).collect();
    let mut left = bytes;
    while left > 0 {
        let count = left.min(piece.len() as u64);
        stream.write_all(&piece[..count as usize])?;
        left -= count;
    }
    Ok(())
}

fn receive(stream: &mut TcpStream) -> Result<u64> {
    let mut buffer = vec![0; 256 * 1024];
    let mut came = 0;
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(came),
            count => came += count as u64,
        }
    }
}

/// An origin that takes or gives as many bytes as it is asked to.
fn serve_origin() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream) -> Result<()> {
    let mut asked = [0; 10];
    stream.read_exact(&mut asked)?;
    let [_, way, bytes @ ..] = asked;
    if way == Way::Up as u8 {
        let came = receive(&mut stream)?;
        stream.write_all(&came.to_be_bytes())?;
    } else {
        send(&mut stream, u64::from_be_bytes(bytes))?;
    }
    Ok(stream.shutdown(Shutdown::Write)?)
}

/// The plain relay: a tunnel by CONNECT, and bytes.
fn relay() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (client, _) = listener.accept().await?;
            tokio::spawn(tunnel(client));
        }
    })
}

async fn tunnel(mut client: tokio::net::TcpStream) -> Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head)?;
    let target = head.split(' ').nth(1).context("no target")?;
    let mut origin = tokio::net::TcpStream::connect(target).await?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    for stream in [&client, &origin] {
        stream.set_nodelay(true)?;
    }
    tokio::io::copy_bidirectional(&mut client, &mut origin).await?;
    Ok(())
}
