//! How a chain in a capture file is judged: as of when it passed, with what the server showed beside it.

use std::net::IpAddr;
use std::time::Duration;

use ca::{Judge, Presented};
use handshake::{Handshake, MessageKind};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use web_ui::api::model::Verdict;

use crate::recorder::Certificates;
use crate::tls::{Judged, Policy, Possession};

/// The verdict on the chain of this server, and the name that it is about: the one that the client asked for, or the
/// server's address where it asked for none. Nothing where no chain is to be seen.
pub(super) fn judge(
    judge: &Judge,
    handshake: &Handshake,
    server: IpAddr,
    opened_us: u64,
) -> Option<(String, Verdict)> {
    let shown = handshake.presented();
    if shown.certificates.is_empty() {
        return None;
    }
    let chain: Vec<_> = shown.certificates.into_iter().map(CertificateDer::from).collect();
    let presented = Presented {
        certificates: &chain,
        ocsp: &shown.ocsp,
        scts: &shown.scts,
    };
    let asked = handshake.facts.server_name.clone();
    let asked = asked.and_then(|name| ServerName::try_from(name).ok());
    let name = asked.unwrap_or_else(|| ServerName::from(server));
    let passed = UnixTime::since_unix_epoch(Duration::from_micros(opened_us));
    let judged = Judged {
        judgement: judge.judge_chain(&presented, &name, passed),
        ocsp: shown.ocsp,
        policy: Policy::Refuse,
        possession: possession(handshake),
        takes_small_keys: true,
        presented: chain,
    };
    let explained = judged.explain(&Certificates::default());
    Some((name.to_str().into_owned(), Verdict::from(&*explained.verdict)))
}

/// What the server's signature over the handshake shows, where there is one to be seen.
fn possession(handshake: &Handshake) -> Possession {
    let mut messages = handshake.messages.iter();
    let client = messages.find(|message| message.kind == MessageKind::ClientHello);
    let signed = messages.find(|message| {
        let is_signed = matches!(
            message.kind,
            MessageKind::ServerKeyExchange | MessageKind::CertificateVerify
        );
        is_signed && client.is_some_and(|client| client.from != message.from)
    });
    match signed.and_then(|message| message.verified) {
        Some(true) => Possession::Proved,
        Some(false) => Possession::Failed,
        None => Possession::Unseen,
    }
}
