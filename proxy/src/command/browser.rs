//! `handlens browser`: a browser with a throwaway profile. The running Handlens serves it; where none runs, one is
//! started for as long as the browser does.

use std::ffi::OsString;
use std::process::ExitCode;

use super::served::with_handlens;
use crate::browser::{self, Browse};
use crate::config::Config;

pub(super) async fn browser(
    config: &Config,
    url: Option<String>,
    browser: Option<String>,
    arguments: Vec<OsString>,
) -> anyhow::Result<ExitCode> {
    let work_dir = config.data_dir.join("browser");
    with_handlens(config, async |proxy_address, root_pem_path| {
        browser::run(Browse {
            url,
            browser,
            arguments,
            proxy_address,
            root_pem_path,
            work_dir,
        })
        .await
    })
    .await
}
