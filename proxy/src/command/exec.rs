//! `handlens exec`: a program with proxy and root set in its environment. The running Handlens serves it; where
//! none runs, one is started for as long as the program does.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::Config;
use crate::exec::{self, Exec};
use crate::instance::Instance;
use crate::running;

pub(super) async fn exec(config: &Config, command: Vec<OsString>) -> anyhow::Result<ExitCode> {
    if let Some((address, root)) = running::find(&config.data_dir) {
        return run(command, address, root, config).await;
    }
    let mut config = config.clone();
    // Beside whatever else runs on this machine: any free ports.
    config.proxy.listen = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
    config.dashboard = config.dashboard.map(|address| SocketAddr::new(address.ip(), 0));
    let instance = Instance::start(&config).await?;
    let address = instance.proxy_addresses()[0];
    if let Some(url) = instance.dashboard_url() {
        eprintln!("handlens: dashboard  {url}");
    }
    let root = instance.root_path().to_owned();
    let code = run(command, address, root, &config).await;
    instance.stop().await;
    code
}

async fn run(
    command: Vec<OsString>,
    proxy_address: SocketAddr,
    root_pem_path: PathBuf,
    config: &Config,
) -> anyhow::Result<ExitCode> {
    let work_dir = config.data_dir.join("exec");
    exec::run(Exec {
        command,
        proxy_address,
        root_pem_path,
        work_dir,
    })
    .await
}
