//! How the client would have fared without the proxy, as far as both handshakes tell.

use serde::Serialize;

use crate::leg::Leg;
use crate::registry::{self, CipherSuite, KeyExchange, group_is_post_quantum, version_name};
use crate::words::sentence;
use crate::{Message, MessageKind, Side};

/// The verdict, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Masking {
    /// How the client would have fared WITHOUT the proxy: `worse`, `better`, `same` or `unknown`.
    pub verdict: String,
    /// The verdict as a sentence.
    pub text: String,
    /// Aspect by aspect.
    pub reasons: Vec<MaskingReason>,
}

/// One aspect of the verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct MaskingReason {
    /// Which: `version`, `suite`, `group`, `certificate`, `name`, `client_certificate`.
    pub aspect: String,
    /// As in [`Masking::verdict`].
    pub outcome: String,
    /// Why, as a sentence.
    pub text: String,
}

const SAME: &str = "same";
const WORSE: &str = "worse";
const BETTER: &str = "better";
const UNKNOWN: &str = "unknown";

/// An outcome and its reason.
type Judgement = Option<(&'static str, String)>;

pub(super) fn judge(client: Leg<'_>, origin: Leg<'_>) -> Masking {
    let mut reasons = Vec::new();
    if let (Some((_, hello)), Some((_, ours))) = (client.opening(), origin.opening()) {
        let judgements = [
            ("version", version(hello, origin)),
            ("suite", suite(hello, origin)),
            ("group", group(hello, origin)),
            ("certificate", certificate(hello, origin)),
            ("name", name(hello, ours)),
            ("client_certificate", client_certificate(origin)),
        ];
        for (aspect, judgement) in judgements {
            if let Some((outcome, text)) = judgement {
                reasons.push(MaskingReason {
                    aspect: aspect.into(),
                    outcome: outcome.into(),
                    text,
                });
            }
        }
    }
    conclude(reasons, origin.server_hello().is_some())
}

impl Masking {
    /// Adds how the origin's chain was judged: one that is bad and was let pass, the client alone would have refused.
    pub fn add_override(&mut self) {
        let mut reasons = std::mem::take(&mut self.reasons);
        reasons.push(MaskingReason {
            aspect: "certificate".into(),
            outcome: WORSE.into(),
            text: "The chain of the origin is bad, and Handlens was told to let it pass. Alone, the client would \
                   have had to refuse it."
                .into(),
        });
        *self = conclude(reasons, true);
    }
}

fn conclude(reasons: Vec<MaskingReason>, answered: bool) -> Masking {
    let has = |outcome: &str| reasons.iter().any(|r| r.outcome == outcome);
    let first = |outcome: &str| {
        let reason = reasons.iter().find(|r| r.outcome == outcome);
        reason.map_or("", |r| r.text.as_str())
    };
    let (verdict, text) = match (has(WORSE), has(BETTER)) {
        _ if !answered => (
            UNKNOWN,
            "The origin did not answer, so nothing tells what it would have answered the client.".to_owned(),
        ),
        (true, false) => (
            WORSE,
            sentence!("Without Handlens, this client would have fared worse. {}", first(WORSE)),
        ),
        (false, true) => (
            BETTER,
            sentence!("Without Handlens, this client would have fared better. {}", first(BETTER)),
        ),
        (true, true) => (
            UNKNOWN,
            sentence!(
                "Without Handlens, this client would have fared worse in one thing and better in another. {} {}",
                first(WORSE),
                first(BETTER)
            ),
        ),
        (false, false) if has(UNKNOWN) => (
            UNKNOWN,
            sentence!("What this client would have got without Handlens cannot be told. {}", first(UNKNOWN)),
        ),
        (false, false) => (
            SAME,
            "Without Handlens, this client could have agreed on the same with this origin: it offers all that the \
             origin chose."
                .to_owned(),
        ),
    };
    Masking {
        verdict: verdict.into(),
        text,
        reasons,
    }
}

fn version(hello: &Message, origin: Leg<'_>) -> Judgement {
    let chosen = origin.version()?;
    let name = version_name(chosen);
    let offered = hello.versions();
    // Without supported_versions, the hello offers what it names and all below (RFC 5246 appendix E.1).
    let by_extension = hello.extension("supported_versions").is_some();
    let best = offered.iter().copied().max()?;
    if offered.contains(&chosen) || (!by_extension && chosen <= best) {
        return Some((
            SAME,
            sentence!("The client speaks {name} too, which the origin chose."),
        ));
    }
    Some((
        WORSE,
        match chosen > best {
            true => sentence!(
                "The origin chose {name}, and the client speaks {} at best.",
                version_name(best)
            ),
            false => sentence!(
                "The origin chose {name}, and the client speaks nothing that old: they would not have come together."
            ),
        },
    ))
}

fn suite(hello: &Message, origin: Leg<'_>) -> Judgement {
    let (_, answer) = origin.server_hello()?;
    let chosen: u16 = answer.number_at("cipher_suite")?.try_into().ok()?;
    let name = registry::cipher_suite(chosen).name;
    let offered = hello.suites();
    if offered.contains(&chosen) {
        return Some((
            SAME,
            sentence!("The client offers {name} too, which the origin chose."),
        ));
    }
    // It would have had to choose another of the client's. What all of those have in common, that one would have had.
    let quality = |suite: &CipherSuite| (suite.aead, suite.forward_secret() != Some(false));
    let chosen = CipherSuite::find(chosen)?;
    let is_tls13 = |suite: &CipherSuite| suite.key_exchange == KeyExchange::Tls13;
    let others: Vec<_> = offered
        .into_iter()
        .filter_map(CipherSuite::find)
        .filter(|suite| !suite.is_signal() && is_tls13(suite) == is_tls13(&chosen))
        .map(|suite| quality(&suite))
        .collect();
    let (aead, forward_secret) = quality(&chosen);
    let lacks = |other: &(bool, bool)| aead && !other.0 || forward_secret && !other.1;
    let text = sentence!("The client does not offer {name}, which the origin chose");
    let is_known = !others.is_empty();
    Some(
        if is_known && others.iter().all(|other| *other == (aead, forward_secret)) {
            let text = sentence!(
                "{text}: it would have had to choose another, and all that the client offers are as good."
            );
            (SAME, text)
        } else if is_known && others.iter().all(lacks) {
            let text = sentence!("{text}, nor any other that seals as well or is forward secret as it is.");
            (WORSE, text)
        } else {
            let text = sentence!("{text}: it would have had to choose another.");
            (UNKNOWN, text)
        },
    )
}

fn group(hello: &Message, origin: Leg<'_>) -> Judgement {
    let (chosen, ..) = origin.group()?;
    let name = registry::group(chosen).name;
    let offered = hello.meant_at("extensions/supported_groups/named_group_list");
    let post_quantum = |numbers: &[u16]| numbers.iter().any(|n| group_is_post_quantum(*n));
    if offered.contains(&chosen) {
        let shared = hello.share_groups();
        if origin.is_tls13() && !shared.is_empty() && !shared.contains(&chosen) {
            return Some((
                WORSE,
                sentence!(
                    "The client offers {name}, which the origin chose, but sends no key share of it: that would have cost a round trip."
                ),
            ));
        }
        return Some((
            SAME,
            sentence!("The client offers {name} too, which the origin chose."),
        ));
    }
    if group_is_post_quantum(chosen) && !post_quantum(&offered) {
        return Some((
            WORSE,
            sentence!(
                "The origin chose {name}, and the client offers no post-quantum group: a quantum computer could one day undo what was recorded."
            ),
        ));
    }
    Some((
        UNKNOWN,
        sentence!(
            "The client does not offer {name}, which the origin chose: it would have had to choose another."
        ),
    ))
}

/// Whether the client can verify what the origin signs with.
fn certificate(hello: &Message, origin: Leg<'_>) -> Judgement {
    let scheme = origin.server_scheme()?;
    let name = registry::signature_scheme(scheme).name;
    let offered = hello.meant_at("extensions/signature_algorithms/supported_signature_algorithms");
    if offered.is_empty() {
        return None;
    }
    Some(match offered.contains(&scheme) {
        true => (
            SAME,
            sentence!("The client can verify {name}, by which the origin signs."),
        ),
        false => (
            WORSE,
            sentence!(
                "The client cannot verify {name}, by which the origin signs: without another certificate of the origin they would not have come together."
            ),
        ),
    })
}

fn name(hello: &Message, ours: &Message) -> Judgement {
    let name =
        |hello: &Message| hello.text_at("extensions/server_name/server_name_list/server_name/host_name");
    match (name(hello), name(ours)) {
        (Some(theirs), Some(ours)) if theirs.eq_ignore_ascii_case(&ours) => {
            Some((SAME, sentence!("Both name {theirs}.")))
        }
        (None, Some(ours)) => Some((
            WORSE,
            sentence!(
                "The client names no host, and Handlens names {ours}: where an address serves many hosts, the client would have got the certificate of another."
            ),
        )),
        (None, None) => None,
        (Some(theirs), ours) => Some((
            UNKNOWN,
            sentence!(
                "The client names {theirs}, and Handlens {}.",
                ours.unwrap_or_else(|| "no host".into())
            ),
        )),
    }
}

fn client_certificate(origin: Leg<'_>) -> Judgement {
    origin.first_from(Side::Server, MessageKind::CertificateRequest)?;
    Some((
        BETTER,
        "The origin asks for a client certificate. Handlens cannot show the client's; the client alone might have shown one.".into(),
    ))
}
