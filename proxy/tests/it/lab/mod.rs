//! The lab: origins, the `handlens` binary and clients, on free ports, with a certificate authority of its own.

mod api;
mod authority;
mod client;
mod handlens;
mod handlers;
pub(crate) mod http2;
mod mischief;
mod openssl;
mod origin;
mod pattern;
mod programs;
pub(crate) mod proxies;
mod raw;
mod refusing;
mod wait;

use std::path::{Path, PathBuf};

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

pub(crate) use api::Api;
pub(crate) use authority::{Authority, Identity, KeyKind, Leaf};
pub(crate) use client::{Answer, Client, Conversation, body_from, body_of, empty, full, request};
pub(crate) use handlens::{Handlens, Output, Setup};
pub(crate) use handlers::GZIPPED_TEXT;
pub(crate) use mischief::{Dribble, send_alert_sealed};
pub(crate) use openssl::{OpensslServer, issue_by_openssl};
pub(crate) use origin::{Origin, OriginOptions, Presented};
pub(crate) use pattern::{Pattern, PatternCheck};
pub(crate) use programs::{Ran, program, run, run_reading};
pub(crate) use raw::{
    RawOrigin, certified_config, read_answer, read_head, read_head_bytes, read_some, read_to_end_or_reset,
};
pub(crate) use refusing::Refusing;
pub(crate) use wait::{eventually, within};

/// A running Handlens, and an authority that it trusts for origins.
pub(crate) struct Lab {
    /// First, so that it is gone before its folder.
    pub(crate) handlens: Handlens,
    pub(crate) authority: Authority,
    dir: tempfile::TempDir,
}

impl Lab {
    /// Starts Handlens as a person would, but on free ports and in a folder of its own.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with more arguments.
    pub(crate) async fn start_with(args: &[&str]) -> Self {
        Self::start_as(|setup| setup.args(args)).await
    }

    /// The same with whatever else a test needs.
    pub(crate) async fn start_as(change: impl FnOnce(Setup) -> Setup) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::new("Lab Root");
        let handlens = change(Setup::new(dir.path(), &authority)).start().await;
        Self {
            handlens,
            authority,
            dir,
        }
    }

    /// The same, where an origin has to be there before.
    pub(crate) async fn start_before(
        options: OriginOptions,
        change: impl FnOnce(Setup, &Origin) -> Setup,
    ) -> (Self, Origin) {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::new("Lab Root");
        let origin = Origin::start(&authority, options).await;
        let setup = change(Setup::new(dir.path(), &authority), &origin);
        let handlens = setup.start().await;
        let lab = Self {
            handlens,
            authority,
            dir,
        };
        (lab, origin)
    }

    /// A folder that goes with the lab.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file into the lab's folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// An HTTPS origin that speaks HTTP/1.1 and HTTP/2 by ALPN, with a good certificate.
    pub(crate) async fn origin(&self) -> Origin {
        self.origin_with(OriginOptions::https()).await
    }

    /// A plain HTTP/1.1 origin.
    pub(crate) async fn plain_origin(&self) -> Origin {
        self.origin_with(OriginOptions::http()).await
    }

    /// An origin with a certificate of this kind.
    pub(crate) async fn origin_presenting(&self, presented: Presented) -> Origin {
        self.origin_with(OriginOptions {
            presented,
            ..OriginOptions::https()
        })
        .await
    }

    /// An origin of any kind.
    pub(crate) async fn origin_with(&self, options: OriginOptions) -> Origin {
        Origin::start(&self.authority, options).await
    }

    /// A client that comes in through the proxy and trusts its root.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.handlens.proxy(), &[self.handlens.root_der()])
    }

    /// HTTP/1.1 by the byte: TLS in a tunnel to this target.
    pub(crate) async fn http1_stream(&self, target: &str) -> TlsStream<TcpStream> {
        self.client().http1().shake_hands(target).await.unwrap()
    }

    /// The dashboard's API.
    pub(crate) fn api(&self) -> Api {
        self.handlens.api()
    }

    /// The folder and the process, for a test that goes on without it.
    pub(crate) fn into_parts(self) -> (tempfile::TempDir, Handlens) {
        (self.dir, self.handlens)
    }

    /// Stops Handlens in an orderly way and starts it again on the same data folder.
    pub(crate) async fn restart(self) -> Self {
        self.restart_as(|setup| setup).await
    }

    /// The same with other settings.
    pub(crate) async fn restart_as(self, change: impl FnOnce(Setup) -> Setup) -> Self {
        let Self {
            handlens,
            authority,
            dir,
        } = self;
        let setup = change(handlens.setup());
        handlens.stop().await;
        Self {
            handlens: setup.start().await,
            authority,
            dir,
        }
    }

    /// Starts a Handlens that has stopped again on the same data folder.
    pub(crate) async fn restart_stopped(self) -> Self {
        self.kill_and_restart().await
    }

    /// Kills Handlens with SIGKILL and starts it again on the same data folder.
    pub(crate) async fn kill_and_restart(self) -> Self {
        let Self {
            handlens,
            authority,
            dir,
        } = self;
        let setup = handlens.setup();
        drop(handlens);
        Self {
            handlens: setup.start().await,
            authority,
            dir,
        }
    }
}
