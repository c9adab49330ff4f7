//! The page for terminals and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{by_weight, day, outcome, path, place, presented};
use crate::fault::Fault;
use crate::tls::Explained;

pub(super) fn text(fault: &Fault) -> String {
    let mut text = format!(
        "Handlens could not carry this request.\n\nleg:    {}\nstage:  {}\ncause:  {}\n",
        fault.leg.as_str(),
        fault.stage.as_str(),
        fault.text
    );
    if let Some(alert) = &fault.alert {
        let meaning = handshake::alert_meaning(alert.code);
        let _ = writeln!(text, "alert:  {} ({meaning})", alert.name);
    }
    if let Some(remedy) = &fault.remedy {
        let _ = writeln!(text, "remedy: {remedy}");
    }
    if let Some(look) = &fault.look {
        let _ = writeln!(text, "look:   {look}");
    }
    if let Some(explained) = &fault.explained {
        tell_verdict(explained, &mut text);
    }
    text
}

fn tell_verdict(explained: &Explained, text: &mut String) {
    text.push_str("\nchecks:\n");
    for check in by_weight(&explained.verdict) {
        let (word, _) = outcome(check.outcome);
        let name = match place(&explained.verdict, check) {
            Some(place) => format!("{} of {place}", check.name),
            None => check.name.clone(),
        };
        let _ = writeln!(text, "  {word:<11}  {name:<24}  {}", check.evidence);
    }
    text.push_str("\npresented:\n");
    let (certificates, more) = presented(explained);
    for (place, certificate) in certificates.enumerate() {
        let told = &certificate.summary;
        let _ = writeln!(
            text,
            "  {}. {}\n     issued by {}, {} to {}, {}",
            place + 1,
            told.subject,
            told.issuer,
            day(told.not_before),
            day(told.not_after),
            told.key,
        );
    }
    if more > 0 {
        let _ = writeln!(text, "  and {more} more");
    }
    if !explained.verdict.path.is_empty() {
        text.push_str("\npath:\n");
        for (subject, source) in path(explained) {
            let _ = writeln!(text, "  {subject} ({source})");
        }
    }
}

pub(super) fn problem(fault: &Fault) -> String {
    let mut problem = json!({
        "type": "about:blank",
        "title": "Handlens could not carry this request",
        "status": fault.status.as_u16(),
        "detail": fault.text,
        "leg": fault.leg.as_str(),
        "stage": fault.stage.as_str(),
        "remedy": fault.remedy,
        "alert": fault.alert.as_ref().map(|alert| &alert.name),
    });
    if let Some(look) = &fault.look {
        problem["look"] = json!(look);
    }
    if let Some(explained) = &fault.explained {
        let verdict = &explained.verdict;
        problem["decision"] = json!(verdict.decision);
        problem["error"] = json!(verdict.error);
        problem["checks"] = checks(explained);
        problem["presented"] = certificates(explained);
        problem["path"] = path(explained)
            .map(|(subject, source)| json!({"subject": subject, "source": source}))
            .collect();
    }
    problem.to_string()
}

fn checks(explained: &Explained) -> Value {
    let told = by_weight(&explained.verdict).into_iter().map(|check| {
        let (_, outcome) = outcome(check.outcome);
        json!({"name": check.name, "outcome": outcome, "evidence": check.evidence})
    });
    told.collect()
}

fn certificates(explained: &Explained) -> Value {
    let (certificates, _) = presented(explained);
    let told = certificates.map(|certificate| {
        let told = &certificate.summary;
        json!({
            "sha256": certificate.id,
            "subject": told.subject,
            "issuer": told.issuer,
            "not_before": day(told.not_before),
            "not_after": day(told.not_after),
            "key": told.key,
        })
    });
    told.collect()
}
