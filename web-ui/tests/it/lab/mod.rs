//! A dashboard on a free port, over a store in memory, and clients for it.

mod client;
mod memory;
mod socket;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use capture::{EventReceiver, Live, Store, WhenBehind};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use web_ui::api::model::{Rule, RuleKind, RuleOrigin};
use web_ui::{About, Command, Dashboard, RootAbout, RuleError, Token, TypesError};

pub(crate) use client::Ask;
pub(crate) use memory::{MemoryStore, exchange};
pub(crate) use socket::Socket;

pub(crate) const TOKEN: &str = "0123456789abcdef-of-the-lab";

/// A running dashboard. It stops when this is dropped.
pub(crate) struct Lab<S = MemoryStore> {
    pub(crate) address: SocketAddr,
    pub(crate) store: Arc<S>,
    pub(crate) live: Arc<Live>,
    pub(crate) recorder: capture::EventSender,
    pub(crate) stop: CancellationToken,
    pub(crate) serving: Option<JoinHandle<()>>,
    /// The rules that hold.
    pub(crate) rules: Arc<Mutex<Vec<Rule>>>,
    /// What the recorders say, for a writer of the test's own.
    pub(crate) events: Option<EventReceiver>,
}

impl<S> Drop for Lab<S> {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Lab {
    /// A dashboard whose proxy does as it is asked.
    pub(crate) async fn start() -> Self {
        let (commands, mut asked) = mpsc::channel(1);
        let lab = Self::start_with(commands).await;
        let (recorder, rules) = (lab.recorder.clone(), lab.rules.clone());
        tokio::spawn(async move {
            while let Some(command) = asked.recv().await {
                obey(command, &recorder, &rules);
            }
        });
        lab
    }

    pub(crate) async fn start_with(commands: mpsc::Sender<Command>) -> Self {
        Self::serve(MemoryStore::default(), commands).await
    }
}

impl<S: Store> Lab<S> {
    /// A dashboard over this store.
    pub(crate) async fn serve(store: S, commands: mpsc::Sender<Command>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let store = Arc::new(store);
        let live = Arc::new(Live::default());
        let (recorder, events) = capture::channel(1 << 20, WhenBehind::Wait);
        let rules = Arc::new(Mutex::new(vec![given_rule()]));
        let told = rules.clone();
        let dashboard = Dashboard {
            store: store.clone(),
            rules: Arc::new(move || told.lock().unwrap().clone()),
            live: live.clone(),
            recorder: recorder.clone(),
            commands,
            schema: Arc::default(),
            token: Token::from_text(TOKEN).unwrap(),
            about: about(address),
        };
        let stop = CancellationToken::new();
        let serving = tokio::spawn(dashboard.serve(listener, stop.clone()));
        Self {
            address,
            store,
            live,
            recorder,
            stop,
            serving: Some(serving),
            rules,
            events: Some(events),
        }
    }

    /// A request with the token.
    pub(crate) fn get(&self, path: &str) -> Ask {
        self.ask("GET", path).bearer(TOKEN)
    }

    /// A request with the token and a JSON body.
    pub(crate) fn post(&self, path: &str, json: &str) -> Ask {
        self.ask("POST", path)
            .bearer(TOKEN)
            .header("content-type", "application/json")
            .body(json)
    }

    /// A request as a stranger makes it.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.address, method, path)
    }

    /// The cookie that a browser has after it has shown the token.
    pub(crate) async fn cookie(&self) -> String {
        let answer = self.ask("GET", &format!("/?token={TOKEN}")).answer().await;
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        cookie.to_owned()
    }

    /// The live socket.
    pub(crate) async fn open_live(&self) -> Socket {
        Socket::open(self.address, &[("authorization", &format!("Bearer {TOKEN}"))])
            .await
            .unwrap()
    }
}

/// A rule that a flag gave.
fn given_rule() -> Rule {
    Rule {
        id: "given".into(),
        kind: RuleKind::Pass,
        host: "*.pinned.test".into(),
        origin: RuleOrigin::Flag,
        made: None,
    }
}

/// Does as a proxy would that keeps rules in memory.
fn obey(command: Command, recorder: &capture::EventSender, rules: &Mutex<Vec<Rule>>) {
    let mut rules = rules.lock().unwrap();
    match command {
        Command::PauseRecording => recorder.set_paused(true),
        Command::ResumeRecording => recorder.set_paused(false),
        Command::AddRule { host, answer, .. } if host.contains('/') => {
            let wrong = RuleError::Wrong(format!("{host:?} is not a host pattern"));
            answer.send(Err(wrong)).unwrap();
        }
        Command::AddRule { kind, host, answer } => {
            let rule = Rule {
                id: format!("made-{}", rules.len()),
                kind,
                host,
                origin: RuleOrigin::Person,
                made: Some("2026-11-21T08:00:00.000000Z".into()),
            };
            rules.push(rule.clone());
            answer.send(Ok(rule)).unwrap();
        }
        Command::AskForTypes { host, answer, .. } => {
            let refused = match &*host {
                "paused.example" => TypesError::NotAsked("recording is paused".to_owned()),
                "busy.example" => TypesError::NotNow("another origin is being asked".to_owned()),
                _ => TypesError::NotTold(format!("{host} has no server reflection")),
            };
            answer.send(Err(refused)).unwrap();
        }
        Command::RevokeRule { id, answer } => {
            let found = rules.iter().position(|rule| rule.id == id);
            let revoked = match found {
                None => Err(RuleError::Unknown),
                Some(at) if rules[at].origin == RuleOrigin::Person => {
                    rules.remove(at);
                    Ok(())
                }
                Some(_) => Err(RuleError::Fixed(
                    "it was given at the start: take it away there".into(),
                )),
            };
            answer.send(revoked).unwrap();
        }
    }
}

fn about(dashboard_address: SocketAddr) -> About {
    About {
        version: "1.2.3".into(),
        proxy_addresses: vec!["127.0.0.1:8080".parse().unwrap()],
        doors: vec!["http://127.0.0.1:8080".to_owned()],
        dashboard_address,
        data_dir: Some("/data".into()),
        root: RootAbout {
            pem: "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n".into(),
            der: vec![1, 2, 3],
            mobileconfig: "<plist/>".into(),
            pkcs12: vec![4, 5, 6],
            android_name: "12ab34cd.0".into(),
            sha256_hex: "ab".repeat(32),
            subject: "CN=Handlens lab".into(),
            not_after: "2036-11-21T00:00:00Z".into(),
            path: "/data/root.pem".into(),
        },
    }
}
