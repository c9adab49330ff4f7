//! The transparent door behind real nftables, in a network namespace of its own.
//!
//! Making one needs root, and so do these tests. Each runs itself again there (`inside`), where it may load rules and
//! use the well-known ports; nothing of this machine's network is touched.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::lab::{Handlens, Lab, Leaf, Origin, OriginOptions, Ran, Setup, program, run};

/// The name of the origin, and its addresses, which are for documentation (RFC 5737, RFC 3849).
const HOST: &str = "origin.test";
const IPV4: &str = "192.0.2.1";
const IPV6: &str = "2001:db8::1";

/// Says that the test runs in its namespace.
const INSIDE: &str = "LAB_IS_INSIDE";

/// Runs this test again in a namespace, unless it runs there; says whether it does.
fn inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    assert!(
        rustix::process::geteuid().is_root(),
        "this test needs root, for a network namespace of its own: run the tests as root"
    );
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("doors::transparent::{test}"), "--nocapture"])
        .env(INSIDE, "yes")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "in its namespace:\n{told}");
    assert!(told.contains("1 passed"), "it did not run there:\n{told}");
    false
}

/// Runs a line of a shell that must end well.
fn sh(line: &str) {
    let status = Command::new("sh").args(["-ec", line]).status().unwrap();
    assert!(status.success(), "{line}");
}

/// Origins at both addresses, HTTPS and plain, and a Handlens with a transparent door.
struct Network {
    lab: Lab,
    origins: Vec<Origin>,
}

impl Network {
    async fn start() -> Self {
        sh(&format!(
            "ip link set lo up; ip addr add {IPV4}/32 dev lo; ip -6 addr add {IPV6}/128 dev lo nodad"
        ));
        let lab = Lab::start_with(&["--listen", "transparent@[::]:0"]).await;
        let mut origins = Vec::new();
        for (bind, tls) in [
            ("192.0.2.1:443", true),
            ("[2001:db8::1]:443", true),
            ("192.0.2.1:80", false),
            ("[2001:db8::1]:80", false),
        ] {
            let leaf = Leaf::for_name(HOST);
            let options = OriginOptions {
                tls,
                leaf,
                bind,
                ..OriginOptions::https()
            };
            origins.push(lab.origin_with(options).await);
        }
        Self { lab, origins }
    }

    /// The rules that `handlens rules` gives.
    async fn rules(&self, more: &[&str]) -> String {
        let door = format!("transparent@{}", self.lab.handlens.door("transparent"));
        let setup = Setup::bare(self.lab.dir())
            .args(&["rules", "--print", "nft", "--listen", &door])
            .args(more);
        let output = setup.run().await;
        assert_eq!(output.code, Some(0), "{output:?}");
        output.stdout
    }

    async fn load(&self, more: &[&str]) {
        load(&self.rules(more).await);
    }

    /// curl to the origin, which knows of no proxy.
    async fn curl(&self, scheme: &str, address: &str, path: &str, through: &[&str]) -> Ran {
        let home = self.lab.dir().join("program");
        std::fs::create_dir_all(&home).unwrap();
        let port = if scheme == "https" { 443 } else { 80 };
        let mut command = match through {
            [] => program("curl", "curl", &home),
            [first, rest @ ..] => {
                let mut command = program(first, "util-linux", &home);
                command.args(rest).arg("curl");
                command
            }
        };
        command
            .args(["--silent", "--show-error", "--max-time", "25", "--cacert"])
            .arg(self.trusted())
            .args(["--resolve", &format!("{HOST}:{port}:{address}")])
            .args(["--write-out", " %{http_code}"])
            .arg(format!("{scheme}://{HOST}{path}"));
        run(&mut command).await
    }

    /// A file that any user can read, with the origin's root and ours.
    fn trusted(&self) -> std::path::PathBuf {
        let root = std::fs::read_to_string(self.lab.handlens.root_path()).unwrap();
        let both = root + &self.lab.authority.pem();
        let path = std::env::temp_dir().join(format!("lab-{}.pem", std::process::id()));
        std::fs::write(&path, both).unwrap();
        path
    }

    async fn row(&self, path: &str) -> (Value, Value) {
        let row = self.lab.api().exchange(path).await;
        let id = row["connection"].as_str().unwrap();
        let connection = self.lab.api().get(&format!("/api/connections/{id}")).await;
        (row, connection)
    }

    fn seen(&self) -> usize {
        self.origins.iter().map(|origin| origin.requests().len()).sum()
    }
}

fn load(rules: &str) {
    let mut nft = Command::new("nft")
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("this test needs nft: apt-get install nftables");
    nft.stdin.take().unwrap().write_all(rules.as_bytes()).unwrap();
    assert!(nft.wait().unwrap().success(), "nft took no rules:\n{rules}");
}

/// Goes through the door by both families and both schemes, and looks at what was told.
async fn goes_through(network: &Network) {
    for (n, (scheme, address)) in [
        ("https", IPV4.to_owned()),
        ("https", format!("[{IPV6}]")),
        ("http", IPV4.to_owned()),
        ("http", format!("[{IPV6}]")),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/echo?{n}");
        let ran = network.curl(scheme, &address, &path, &[]).await;
        assert!(ran.succeeded().ends_with(" 200"), "{scheme} {address}");
        let (row, connection) = network.row(&path).await;
        assert_eq!(row["url"], format!("{scheme}://{HOST}{path}"));
        let port = if scheme == "https" { 443 } else { 80 };
        assert_eq!(connection["door"], "transparent", "{connection:#}");
        assert_eq!(connection["target"], format!("{HOST}:{port}"));
        assert_eq!(connection["origin"]["address"], format!("{address}:{port}"));
        let outcome = if scheme == "https" { "inspected" } else { "plain" };
        assert_eq!(connection["outcome"], outcome);
        if scheme == "https" {
            assert_eq!(connection["origin"]["verdict"]["decision"], "trusted");
        }
    }
    assert_eq!(network.seen(), 4);
}

#[tokio::test]
async fn redirected_connections_go_where_they_were_going() {
    if !inside("redirected_connections_go_where_they_were_going") {
        return;
    }
    let network = Network::start().await;
    network.load(&["--machine"]).await;
    goes_through(&network).await;
    sh("nft delete table inet handlens");
    let direct = network.curl("https", IPV4, "/echo?direct", &[]).await;
    assert!(direct.succeeded().ends_with(" 200"));
    let rows = network.lab.api().exchanges().await;
    assert!(rows.iter().all(|row| row["path"] != "/echo?direct"));
}

#[tokio::test]
async fn tproxied_connections_go_where_they_were_going() {
    if !inside("tproxied_connections_go_where_they_were_going") {
        return;
    }
    let network = Network::start().await;
    let rules = network.rules(&["--machine", "--tproxy"]).await;
    load(&rules);
    // The routes are told in the rules' own words.
    let ip: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.strip_prefix("#   "))
        .collect();
    assert_eq!(ip.len(), 4, "{rules}");
    ip[..2].iter().for_each(|line| sh(line));
    goes_through(&network).await;
    sh("nft delete table inet handlens");
    ip[2..].iter().for_each(|line| sh(line));
    let direct = network.curl("https", IPV4, "/echo?direct", &[]).await;
    assert!(direct.succeeded().ends_with(" 200"));
}

#[tokio::test]
async fn tproxy_without_the_capability_is_refused_at_the_start_and_redirect_is_not() {
    assert!(
        rustix::process::geteuid().is_root(),
        "this test needs root, to give a capability up"
    );
    let lab = Lab::start().await;
    let setup = |mode: &str| {
        let setup = lab.handlens.setup().set("--data-dir", lab.dir().join(mode));
        setup
            .args(&["--listen", &format!("{mode}@127.0.0.1:0")])
            .without(&["net_admin", "net_raw"])
    };
    let output = setup("tproxy").run().await;
    assert_eq!(output.code, Some(1), "{output:?}");
    let told = format!("{}{}", output.stdout, output.stderr);
    assert!(told.contains("TPROXY needs CAP_NET_ADMIN"), "{told}");
    assert!(told.contains("or listen by transparent@ADDR"), "{told}");
    setup("transparent").start().await.stop().await;
}

#[tokio::test]
async fn one_user_alone_is_led_through() {
    if !inside("one_user_alone_is_led_through") {
        return;
    }
    let network = Network::start().await;
    network.load(&["--user", "nobody"]).await;
    let as_nobody = ["setpriv", "--reuid=nobody", "--clear-groups"];
    for (path, through) in [("/echo?root", &[][..]), ("/echo?nobody", &as_nobody)] {
        let ran = network.curl("https", IPV4, path, through).await;
        assert!(ran.succeeded().ends_with(" 200"), "{path}");
    }
    let (_, connection) = network.row("/echo?nobody").await;
    assert_eq!(connection["door"], "transparent");
    let rows = network.lab.api().exchanges().await;
    assert_eq!(rows.len(), 1, "{rows:#?}");
}

#[tokio::test]
async fn a_protocol_that_is_not_read_is_carried_to_its_address() {
    if !inside("a_protocol_that_is_not_read_is_carried_to_its_address") {
        return;
    }
    use tokio::io::AsyncReadExt;
    let network = Network::start().await;
    let listener = tokio::net::TcpListener::bind("192.0.2.1:25").await.unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 lab\r\n")
            .await
            .unwrap();
    });
    network.load(&["--port", "25"]).await;
    let mut stream = tokio::net::TcpStream::connect("192.0.2.1:25").await.unwrap();
    let mut said = Vec::new();
    crate::lab::within("the greeting", stream.read_to_end(&mut said))
        .await
        .unwrap();
    assert_eq!(said, b"220 lab\r\n");
    drop(stream);
    let connection = network.lab.api().connection("192.0.2.1:25").await;
    assert_eq!(
        (&connection["door"], &connection["outcome"]),
        (&"transparent".into(), &"opaque".into())
    );
}

#[tokio::test]
async fn handlens_is_not_led_back_to_itself() {
    if !inside("handlens_is_not_led_back_to_itself") {
        return;
    }
    let network = Network::start().await;
    let rules = network.rules(&["--machine"]).await;
    // Without the line that leaves Handlens's own connections alone.
    let looping: Vec<&str> = rules.lines().filter(|line| !line.contains("meta mark")).collect();
    load(&looping.join("\n"));
    let ran = network.curl("https", IPV4, "/echo", &[]).await;
    assert!(!ran.stdout.ends_with(" 200"), "{ran:?}");
    let is_loop = |row: &Value| {
        let text = row["failure"]["text"].as_str().unwrap_or_default();
        text == "the packet filter led a connection that Handlens itself made back to it"
    };
    network
        .lab
        .api()
        .connection_where("that came back", is_loop)
        .await;
    assert_eq!(
        network.lab.api().closed_connections().await.len(),
        2,
        "one came back and no more"
    );

    load(&rules);
    let straight = straight_to_the_door(&network.lab.handlens).await;
    assert!(straight.is_empty(), "{straight:?}");
    let told = |row: &Value| {
        let text = row["failure"]["text"].as_str().unwrap_or_default();
        text.starts_with("the connection came straight to the transparent door")
    };
    network
        .lab
        .api()
        .connection_where("that came straight", told)
        .await;
}

async fn straight_to_the_door(handlens: &Handlens) -> Vec<u8> {
    use tokio::io::AsyncWriteExt;
    let port = handlens.door("transparent").port();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    crate::lab::read_to_end_or_reset(&mut stream).await.0
}

#[tokio::test]
async fn rules_for_a_cgroup_are_ones_that_nft_takes() {
    if !inside("rules_for_a_cgroup_are_ones_that_nft_takes") {
        return;
    }
    let network = Network::start().await;
    // Seen in this mount namespace alone, as nft looks for it.
    sh("mount -t cgroup2 none /sys/fs/cgroup");
    let group = format!("handlens-lab-{}", std::process::id());
    let folder = Path::new("/sys/fs/cgroup").join(&group);
    std::fs::create_dir(&folder).unwrap();
    network.load(&["--cgroup", &group]).await;
    let line = format!("echo $$ > {}/cgroup.procs; exec \"$@\"", folder.display());
    let through = ["sh", "-ec", &line, "sh"];
    for (path, through) in [("/echo?outside", &[][..]), ("/echo?within", &through)] {
        let ran = network.curl("https", IPV4, path, through).await;
        assert!(ran.succeeded().ends_with(" 200"), "{path}");
    }
    let (_, connection) = network.row("/echo?within").await;
    assert_eq!(connection["door"], "transparent");
    assert_eq!(network.lab.api().exchanges().await.len(), 1);
    sh("nft delete table inet handlens");
    std::fs::remove_dir(&folder).unwrap();
}
