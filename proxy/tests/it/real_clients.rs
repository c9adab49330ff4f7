//! The programs that people use: curl, Python, Node, Java, Go, git and Chromium, each as it comes.

mod browser;
mod chromium;
mod curl;
mod doors;
mod exec;
mod go;
mod java;
mod scripts;
mod websocket_over_http2;

use std::path::PathBuf;

use crate::lab::Lab;

/// A home for a program, beside the lab's own things.
fn home(lab: &Lab) -> PathBuf {
    let home = lab.dir().join("program");
    std::fs::create_dir_all(&home).unwrap();
    home
}

fn proxy_url(lab: &Lab) -> String {
    format!("http://{}", lab.handlens.proxy())
}
