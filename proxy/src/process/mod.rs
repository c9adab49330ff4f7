//! Which process of this machine a client is.
//!
//! A connection only leaves its address; a task beside looks the process up, many at a time, and tells the connection.
//! What that may cost is bounded: it rests nineteen times as long as it has looked, and longer where it found nothing.
//! A connection that is gone by then is told without.

#[cfg(target_os = "linux")]
mod linux;

use std::sync::{Arc, Weak};

use tokio::sync::mpsc;

use crate::dial::OwnAddresses;
use crate::recorder::ConnectionRecorder;

/// Connections that may wait to be looked up. What comes beyond is not.
const WAITING: usize = 4096;

/// Looks processes up, where that can be done.
#[derive(Clone, Default)]
pub(crate) struct Processes(Option<mpsc::Sender<Weak<ConnectionRecorder>>>);

impl Processes {
    /// Begins to look. It ends when nobody can ask any more.
    #[cfg(target_os = "linux")]
    pub(crate) fn start(own: OwnAddresses) -> Self {
        let (ask, asked) = mpsc::channel(WAITING);
        tokio::spawn(linux::look_up(own, asked));
        Self(Some(ask))
    }

    /// Nothing is looked up.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn start(_: OwnAddresses) -> Self {
        Self(None)
    }

    /// Wants the process of this connection's client to be told.
    pub(crate) fn want(&self, of: &Arc<ConnectionRecorder>) {
        if let Some(ask) = &self.0 {
            // Where too many wait, this one goes without.
            let _ = ask.try_send(Arc::downgrade(of));
        }
    }
}
