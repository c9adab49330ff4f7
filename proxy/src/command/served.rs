//! A Handlens for as long as something runs: the one that runs, or one that is started for it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::{Config, Listen};
use crate::instance::Instance;
use crate::output::remark;
use crate::running;

/// Calls with the proxy's address and the file of the root.
pub(super) async fn with_handlens(
    config: &Config,
    run: impl AsyncFnOnce(SocketAddr, PathBuf) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    if let Some((address, root)) = running::find(&config.data_dir)? {
        return run(address, root).await;
    }
    let mut config = config.clone();
    // Beside whatever else runs on this machine: any free ports.
    config.proxy.listen = vec![Listen::http(SocketAddr::from(([127, 0, 0, 1], 0)))];
    // What is started for one program can't be told a password by it.
    config.proxy.users = Vec::new();
    config.dashboard = config.dashboard.map(|address| SocketAddr::new(address.ip(), 0));
    let instance = Instance::start(&config).await?;
    let address = instance.proxy_addresses()[0];
    if let Some(url) = instance.dashboard_url() {
        remark(format_args!("dashboard  {url}"));
    }
    let code = run(address, instance.root_path().to_owned()).await;
    instance.stop().await;
    code
}
