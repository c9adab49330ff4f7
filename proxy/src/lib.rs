//! The Handlens proxy: doors, TLS legs, relays and the recorder.
//!
//! A program that embeds it makes a [`Proxy`] and reads what it says from a [`capture`] channel:
//!
//! ```no_run
//! # async fn embed() -> anyhow::Result<()> {
//! use std::sync::Arc;
//! let (events, mut seen) = capture::channel(16 << 20, capture::WhenBehind::Wait);
//! let root = Arc::new(ca::Root::load_or_make("root".as_ref())?);
//! let proxy = proxy::Proxy::bind(&proxy::ProxySettings::default(), root, events, Arc::default()).await?;
//! println!("listening on {:?}", proxy.addresses());
//! tokio::spawn(proxy.run(tokio_util::sync::CancellationToken::new()));
//! while let Some(event) = seen.next().await {
//!     println!("{event:?}");
//! }
//! # Ok(()) }
//! ```

// Who closes what is written to must not end what is done: `output` alone writes there.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod command;
pub mod config;
#[doc(hidden)]
pub mod measured;

mod browser;
mod context;
mod detect;
mod dial;
mod door;
mod error_page;
mod exec;
mod fault;
mod inspect;
mod instance;
mod judge;
mod leg_stream;
mod local;
mod log;
mod netfilter;
mod obey;
mod open_files;
mod output;
mod own_dials;
mod own_roots;
mod private_file;
mod process;
mod proxy;
mod reach;
mod recorder;
mod reflection;
mod relay;
mod rewind;
mod rules;
mod running;
mod server;
mod session;
mod sock_diag;
mod starttls;
mod tls;
mod transport;
mod upstream;

pub use config::{Limits, Listen, Mode, ProxySettings, ProxyUser, ReverseOrigin, Timeouts};
pub use door::TransparentError;
pub use instance::{Instance, StartError};
pub use judge::JudgeError;
pub use own_roots::OwnRootsError;
pub use proxy::{BindError, Proxy};
pub use rules::{
    AddRuleError, HostPattern, ParseHostPatternError, RevokeRuleError, Rule, RuleKind, RuleOrigin, Rules,
    RulesFileError,
};
pub use tls::ClientCertificateError;
