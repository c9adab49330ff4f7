//! `handlens exec`: a program with proxy and root set in its environment. The running Handlens serves it; where
//! none runs, one is started for as long as the program does.

use std::ffi::OsString;
use std::process::ExitCode;

use super::served::with_handlens;
use crate::config::Config;
use crate::exec::{self, Exec};

pub(super) async fn exec(config: &Config, command: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let work_dir = config.data_dir.join("exec");
    with_handlens(config, async |proxy_address, root_pem_path| {
        exec::run(Exec {
            command,
            proxy_address,
            root_pem_path,
            work_dir,
        })
        .await
    })
    .await
}
