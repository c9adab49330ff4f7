//! What usually causes a failure, and what to try: by the alert, by who sent it, and by which of the two Handlens is.

use super::offered_versions;
use crate::leg::{Leg, listing, the, the_first};
use crate::{MessageKind, Parties, Party, Side};

/// A cause, and an advice.
type Causes = (String, String);

/// What is left to do where Handlens stands between and its place is the trouble; elsewhere, how to find the fault.
fn pass(leg: Leg<'_>) -> &'static str {
    match leg.parties {
        Parties::CLIENT_LEG | Parties::ORIGIN_LEG => {
            "Pass this host through: then the client and the origin speak with each other directly."
        }
        _ => "Try with another program, to see at which of the two the fault lies.",
    }
}

const TRUST: &str = "Install the root where this client looks for it: the system's store, the browser's, or that of its \
                     language (handlens ca install). If it is there already, the client pins: pass this host through.";

/// What is behind an alert.
pub(super) fn of_alert(leg: Leg<'_>, sender: Party, name: &str) -> Causes {
    let by_client = sender == leg.parties.client;
    match name {
        "unknown_ca" | "bad_certificate" | "certificate_unknown" | "unsupported_certificate" | "certificate_revoked"
        | "certificate_expired" | "bad_certificate_status_response"
            if by_client =>
        {
            server_certificate(leg, name)
        }
        "unknown_ca" | "bad_certificate" | "certificate_unknown" | "unsupported_certificate" | "certificate_revoked"
        | "certificate_expired" | "certificate_required" | "access_denied" | "no_certificate" => client_certificate(leg),
        "protocol_version" => versions(leg, by_client),
        "handshake_failure" | "insufficient_security" if !by_client && asked_in_vain(leg) => client_certificate(leg),
        "handshake_failure" | "insufficient_security" => parameters(leg, sender),
        "unrecognized_name" => name_unknown(leg),
        "no_application_protocol" => protocols(leg),
        "inappropriate_fallback" => (
            format!("{} came back with a lower version after a failure, and {} can do better.", the_first(leg.parties.client), the(leg.parties.server)),
            "Look at the connection before this one: what failed there is the true fault.".into(),
        ),
        "ech_required" => (
            match leg.parties.server {
                Party::Handlens => "The client encrypts its hello (ECH) for the origin. Handlens cannot open it, and the client takes no other answer.".into(),
                server => format!("The client encrypts its hello (ECH), and {} could not open it.", the(server)),
            },
            match leg.parties.server {
                Party::Handlens => format!("Turn Encrypted Client Hello off in the client. {}", pass(leg)),
                _ => "Let the client fetch the server's ECH keys anew: those it has are old.".into(),
            },
        ),
        "internal_error" => (
            format!("Something failed inside {}: often it has no certificate for this name, or a setting is wrong.", the(sender)),
            match sender {
                Party::Handlens => "Look into the log of Handlens.".into(),
                other => format!("Look into the log of {}, and try again: it may pass.", the(other)),
            },
        ),
        "user_canceled" => (
            format!("{} gave up for a reason of its own: it was stopped, or a person said no.", the_first(sender)),
            "Try again.".into(),
        ),
        "unknown_psk_identity" => (
            format!("{} does not know the pre-shared key that {} names.", the_first(leg.parties.server), the(leg.parties.client)),
            "Set the same key and name on both sides.".into(),
        ),
        _ => (
            format!("One of the two breaks the protocol, or something between them changed bytes: {} could not go on with what {} sent.", the(sender), the(peer(leg, sender))),
            format!("Look at the last messages field by field. {}", pass(leg)),
        ),
    }
}

/// What is behind a handshake that stops without an alert.
pub(super) fn of_silence(leg: Leg<'_>, last: Option<usize>, sender: Option<Party>) -> Causes {
    let Some(last) = last.map(|index| &leg.messages[index]) else {
        return (
            format!("{} sent nothing that is TLS.", the_first(sender.unwrap_or(leg.parties.client))),
            "Check that this port speaks TLS, and not another protocol or one that begins in the clear (STARTTLS).".into(),
        );
    };
    let (client, server) = (leg.parties.client, leg.parties.server);
    let waited_for = peer(leg, last.from);
    if last.kind == MessageKind::ClientHello {
        return unanswered(leg, last.length);
    }
    // The server has shown its certificate, and the client left.
    let shown = leg.first_from(Side::Server, MessageKind::Certificate).is_some()
        || leg
            .first_from(Side::Server, MessageKind::CompressedCertificate)
            .is_some()
        || leg.first_from(Side::Server, MessageKind::Sealed).is_some();
    if leg.is_from(last, Side::Server) && shown && sender.is_none_or(|party| party == client) {
        return match server {
            Party::Handlens => (
                "Many clients leave without a word when they do not trust a certificate: the root of Handlens is not where this client looks, or the client pins the certificate of this host.".into(),
                TRUST.into(),
            ),
            _ if client == Party::Handlens => (
                "Handlens left before the handshake was over, mostly because the client had gone.".into(),
                "Look at the client leg: the true fault is there.".into(),
            ),
            _ => (
                format!("Many clients leave without a word when they do not trust a certificate. So it may be with that of {}.", the(server)),
                "Judge the chain (the certificates of this connection).".into(),
            ),
        };
    }
    if leg.is_from(last, Side::Client) && asked_in_vain(leg) {
        return client_certificate(leg);
    }
    (
        format!(
            "{} had to go on, and did not: it was stopped, overloaded, or something between dropped what passed.",
            the_first(waited_for)
        ),
        format!("Try again. If it stays so: {}", lower(pass(leg))),
    )
}

fn peer(leg: Leg<'_>, party: Party) -> Party {
    match party == leg.parties.client {
        true => leg.parties.server,
        false => leg.parties.client,
    }
}

fn lower(sentence: &str) -> String {
    let (first, rest) = sentence.split_at(1);
    first.to_ascii_lowercase() + rest
}

/// The client does not take the server's certificate.
fn server_certificate(leg: Leg<'_>, alert: &str) -> Causes {
    match (leg.parties.client, leg.parties.server, alert) {
        (_, Party::Handlens, "certificate_expired") => (
            "The client finds the minted certificate outside of its dates: its clock and the clock of Handlens differ.".into(),
            "Set both clocks right.".into(),
        ),
        (_, Party::Handlens, "unsupported_certificate") => (
            "The client cannot use a certificate of this kind: its key or its signature is one that it does not know.".into(),
            pass(leg).into(),
        ),
        (_, Party::Handlens, "bad_certificate_status_response" | "certificate_revoked") => (
            "The client wants to see that the minted certificate is not revoked, and no local authority tells that.".into(),
            pass(leg).into(),
        ),
        (_, Party::Handlens, _) => (
            "The client does not trust the root of Handlens, or it pins the certificate of this host and takes no other.".into(),
            TRUST.into(),
        ),
        (Party::Handlens, server, alert) => (
            match alert {
                "certificate_expired" => format!("The certificate of {} has expired or is not valid yet, or the clock of this machine is wrong.", the(server)),
                "certificate_revoked" => format!("The certificate of {} was revoked.", the(server)),
                "unknown_ca" => format!("The chain of {} ends at an authority that is not in the trust store: it is private, or an intermediate certificate is missing.", the(server)),
                _ => format!("Handlens judged the chain of {} and found it bad.", the(server)),
            },
            "Look at the checks of its chain. For an authority of your own, add it with --origin-ca; to go on in spite of it, allow this host (--allow-invalid).".into(),
        ),
        (client, server, alert) => (
            match alert {
                "certificate_expired" => format!("{} finds the certificate of {} outside of its dates.", the_first(client), the(server)),
                "unknown_ca" => format!("{} does not trust the authority of {}.", the_first(client), the(server)),
                _ => format!("{} does not take the certificate of {}: its name, its dates, its authority or a signature in it.", the_first(client), the(server)),
            },
            "Judge the chain (the certificates of this connection).".into(),
        ),
    }
}

/// Whether the server asked for a certificate and the client had none.
fn asked_in_vain(leg: Leg<'_>) -> bool {
    let given = leg
        .first_from(Side::Client, MessageKind::Certificate)
        .and_then(|(_, m)| m.chain_length());
    leg.first_from(Side::Server, MessageKind::CertificateRequest)
        .is_some()
        && given.is_none_or(|length| length == 0)
}

/// The server does not take the client's certificate, or misses one.
fn client_certificate(leg: Leg<'_>) -> Causes {
    let (client, server) = (leg.parties.client, leg.parties.server);
    let cause = match asked_in_vain(leg) {
        true => format!(
            "{} wants a certificate from its client, and {} showed none.",
            the_first(server),
            the(client)
        ),
        false => format!(
            "{} does not take the certificate that {} showed.",
            the_first(server),
            the(client)
        ),
    };
    let advice = match client {
        Party::Handlens if leg.parties.server == Party::Origin => format!(
            "Handlens cannot show the client's certificate: its private key never leaves the client. {}",
            pass(leg)
        ),
        _ => format!(
            "Give {} a certificate of an authority that {} trusts for its clients.",
            the(client),
            the(server)
        ),
    };
    (cause, advice)
}

fn versions(leg: Leg<'_>, by_client: bool) -> Causes {
    let (client, server) = (leg.parties.client, leg.parties.server);
    let offered = offered_versions(leg);
    let newest = leg
        .opening()
        .is_some_and(|(_, hello)| hello.versions().contains(&0x0304));
    if by_client {
        return (
            format!(
                "{} chose a version that {} did not offer or no longer takes ({} offered {offered}).",
                the_first(server),
                the(client),
                the(client)
            ),
            pass(leg).into(),
        );
    }
    match server {
        Party::Handlens => (
            format!(
                "The client offers {offered}. Handlens speaks TLS 1.3 and TLS 1.2; the versions before are broken."
            ),
            format!("Update the client, or let it speak TLS 1.2. {}", pass(leg)),
        ),
        _ => (
            match newest {
                true => format!(
                    "{} offers {offered}, and {} speaks neither: it is an old one of TLS 1.1 or before.",
                    the_first(client),
                    the(server)
                ),
                false => format!(
                    "{} offers {offered} at best, and {} wants a newer version, or has older ones alone.",
                    the_first(client),
                    the(server)
                ),
            },
            match client {
                Party::Handlens => format!("Update {}. {}", the(server), pass(leg)),
                _ => "Update the server, or the client.".into(),
            },
        ),
    }
}

fn parameters(leg: Leg<'_>, sender: Party) -> Causes {
    let (client, server) = (leg.parties.client, leg.parties.server);
    match (client, server) {
        (_, Party::Handlens) if sender == Party::Handlens => (
            "The client offers no cipher suite, group or signature scheme that Handlens can do. An old client has suites of CBC, RC4 or RSA key exchange alone, which Handlens does not have.".into(),
            format!("Compare the ClientHello with what Handlens offers. Update the client. {}", pass(leg)),
        ),
        (Party::Handlens, server) if sender == server => (
            format!("{} finds no cipher suite, group or signature scheme in what Handlens offers that it can do: an old one may have RSA key exchange, DHE or CBC suites alone. Some servers say the same when they miss a client certificate, or know no host of this name.", the_first(server)),
            pass(leg).into(),
        ),
        _ => (
            format!("{} found no cipher suite, group or signature scheme in common with {}.", the_first(sender), the(peer(leg, sender))),
            format!("Compare what {} offers with what {} can do.", the(client), the(server)),
        ),
    }
}

fn name_unknown(leg: Leg<'_>) -> Causes {
    let server = leg.parties.server;
    let name = leg
        .opening()
        .and_then(|(_, m)| m.text_at("extensions/server_name/server_name_list/server_name/host_name"));
    match name {
        Some(name) => (
            format!("{} has no host of the name {name}.", the_first(server)),
            "Check the name, and that it leads to the right address.".into(),
        ),
        None => (
            format!("The hello has no server_name, and {} wants one.", the(server)),
            "Reach the host by its name, not by its address.".into(),
        ),
    }
}

fn protocols(leg: Leg<'_>) -> Causes {
    let offered = leg
        .opening()
        .map_or_else(Vec::new, |(_, hello)| hello.protocols());
    (
        format!(
            "{} speaks none of the protocols that {} offers ({}).",
            the_first(leg.parties.server),
            the(leg.parties.client),
            listing(&offered)
        ),
        "Let the client offer another protocol, http/1.1 for one, or none.".into(),
    )
}

/// Nothing came back to a ClientHello.
fn unanswered(leg: Leg<'_>, length: usize) -> Causes {
    /// What fits into one packet of Ethernet, with the headers of IP, TCP and TLS around it.
    const ONE_PACKET: usize = 1400;
    let server = leg.parties.server;
    if server == Party::Handlens {
        return (
            "Handlens had no answer for the client: mostly the origin could not be reached or its handshake failed first.".into(),
            "Look at the origin leg: the true fault is there.".into(),
        );
    }
    let mut cause = format!(
        "{} does not speak TLS on this port, or something between drops the ClientHello.",
        the_first(server)
    );
    let mut advice = "Check host and port.".to_owned();
    if length > ONE_PACKET {
        cause += &format!(
            " This one has {length} bytes, for its post-quantum key share or its many extensions, and takes more than one packet: some old middleboxes and servers fail on that."
        );
        advice += " Try again without the post-quantum group (handlens inspect --group x25519).";
    }
    (cause, advice)
}
