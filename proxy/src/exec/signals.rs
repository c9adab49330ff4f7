//! Signals while a program runs: we live as long as it does, and what is meant for it reaches it.

#[cfg(unix)]
pub(super) use unix::Signals;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;

    use futures_util::future::{FutureExt as _, select_all};
    use rustix::process::{Pid, Signal, getpgrp, kill_process};
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    /// Signals that would end us, and those that are for a program to make what it likes of.
    ///
    /// Stopping and continuing (Ctrl-Z, `fg`) are left alone: they go to both of us, and do what they should.
    pub(in crate::exec) struct Signals {
        streams: Vec<(Signal, Stream)>,
    }

    /// A signal that came.
    pub(in crate::exec) struct Came(Signal);

    impl Signals {
        pub(in crate::exec) fn take() -> io::Result<Self> {
            let kinds = [
                (Signal::INT, SignalKind::interrupt()),
                (Signal::QUIT, SignalKind::quit()),
                (Signal::TERM, SignalKind::terminate()),
                (Signal::HUP, SignalKind::hangup()),
                (Signal::USR1, SignalKind::user_defined1()),
                (Signal::USR2, SignalKind::user_defined2()),
            ];
            let streams = kinds
                .into_iter()
                .map(|(number, kind)| Ok((number, signal(kind)?)))
                .collect::<io::Result<_>>()?;
            Ok(Self { streams })
        }

        pub(in crate::exec) async fn next(&mut self) -> Came {
            let next = self.streams.iter_mut().map(|(number, stream)| {
                let number = *number;
                async move {
                    // A stream of signals has no end while the runtime lives.
                    while stream.recv().await.is_none() {
                        std::future::pending::<()>().await;
                    }
                    number
                }
                .boxed()
            });
            let (number, _, _) = select_all(next).await;
            Came(number)
        }
    }

    impl Came {
        /// Passes it on. What the keyboard sends reaches every process in the foreground by itself, and a second
        /// Ctrl-C means something else to many programs than the first.
        pub(in crate::exec) fn forward_to(self, child: Option<u32>) {
            let from_keyboard = self.0 == Signal::INT || self.0 == Signal::QUIT;
            if from_keyboard && in_the_foreground() {
                return;
            }
            let pid = child
                .and_then(|id| i32::try_from(id).ok())
                .and_then(Pid::from_raw);
            if let Some(pid) = pid {
                // It isn't reaped yet, so the number is still its own; one that has just ended needs no signal.
                let _ = kill_process(pid, self.0);
            }
        }
    }

    /// True when the keyboard's signals come to us: there is a terminal, and this job is in front.
    fn in_the_foreground() -> bool {
        File::open("/dev/tty")
            .is_ok_and(|terminal| rustix::termios::tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp()))
    }
}

#[cfg(not(unix))]
pub(super) use other::Signals;

/// Elsewhere there is Ctrl-C alone, and it reaches every process of the console.
#[cfg(not(unix))]
mod other {
    use std::io;

    pub(in crate::exec) struct Signals;

    pub(in crate::exec) struct Came;

    impl Signals {
        pub(in crate::exec) fn take() -> io::Result<Self> {
            Ok(Self)
        }

        pub(in crate::exec) async fn next(&mut self) -> Came {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Came
        }
    }

    impl Came {
        pub(in crate::exec) fn forward_to(self, _child: Option<u32>) {}
    }
}
