//! The page for a browser: no script, nothing from elsewhere, and all that came from outside escaped.

use std::fmt::Write as _;

use capture::{CheckOutcome, LegName};

use super::{by_weight, day, outcome, path, place, presented};
use crate::fault::Fault;
use crate::tls::Explained;

const STYLE: &str = include_str!("page.css");

pub(super) fn html(fault: &Fault) -> String {
    let (title, note) = match &fault.explained {
        Some(_) => (
            "This origin is refused",
            "No byte of the request left for the origin: this page comes from the inspection proxy on your side.",
        ),
        None => (
            "This request could not be carried",
            "Nothing of the request was answered by the origin: this page comes from the inspection proxy on your \
             side.",
        ),
    };
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Handlens: {status}</title>\
         <style>{STYLE}</style><main><p class=\"name\">Handlens</p><h1>{title}</h1>",
        status = fault.status.as_u16()
    );
    page.push_str(&facts(fault));
    page.push_str(&remedies(fault));
    if let Some(explained) = &fault.explained {
        page.push_str(&checks(explained));
        page.push_str(&certificates(explained));
        page.push_str(&the_path(explained));
    }
    let _ = write!(page, "<p class=\"note\">{note}</p></main></html>");
    page
}

fn facts(fault: &Fault) -> String {
    let row = |name: &str, value: &str| format!("<dt>{name}</dt><dd>{}</dd>", marked(value));
    let mut rows = row(
        "Leg",
        match fault.leg {
            LegName::Client => "client (between your program and Handlens)",
            LegName::Origin => "origin (between Handlens and the server)",
        },
    );
    rows.push_str(&row("Stage", fault.stage.as_str()));
    rows.push_str(&row("Cause", &fault.text));
    if let Some(alert) = &fault.alert {
        let meaning = handshake::alert_meaning(alert.code);
        rows.push_str(&row("Alert", &format!("{}: {meaning}", alert.name)));
    }
    if let Some(error) = fault
        .explained
        .as_ref()
        .and_then(|explained| explained.verdict.error.as_ref())
    {
        rows.push_str(&row("In webpki's words", error));
    }
    format!("<dl>{rows}</dl>")
}

fn remedies(fault: &Fault) -> String {
    let mut items = String::new();
    for remedy in fault.remedy.iter().flat_map(|remedy| remedy.split("; or ")) {
        let _ = write!(items, "<li>{}</li>", marked(remedy));
    }
    if let Some(look) = &fault.look {
        let look = escape(look);
        let _ = write!(
            items,
            "<li>look closer in the dashboard, and allow this host there with one click: <a href=\"{look}\">{look}</a></li>"
        );
    }
    match items.is_empty() {
        true => String::new(),
        false => format!("<section><h2>What you can do</h2><ul>{items}</ul></section>"),
    }
}

fn checks(explained: &Explained) -> String {
    let mut rows = String::new();
    for check in by_weight(&explained.verdict) {
        let (word, class) = outcome(check.outcome);
        let glyph = match check.outcome {
            CheckOutcome::Fail => "\u{2715}",
            CheckOutcome::Warn => "!",
            CheckOutcome::Pass => "\u{2713}",
            CheckOutcome::NotChecked => "\u{2013}",
        };
        let _ = write!(
            rows,
            "<tr class=\"{class}\"><td class=\"outcome\"><span aria-hidden=\"true\">{glyph}</span> {word}</td>\
             <th scope=\"row\">{}{}</th><td>{}</td></tr>",
            escape(&check.name.replace('_', " ")),
            place(&explained.verdict, check).map_or_else(String::new, |place| format!(
                " <span class=\"place\">of {place}</span>"
            )),
            marked(&check.evidence)
        );
    }
    format!(
        "<section><h2>What was looked at</h2><table><thead><tr><th scope=\"col\">Outcome</th>\
         <th scope=\"col\">Check</th><th scope=\"col\">Evidence</th></tr></thead><tbody>{rows}</tbody></table></section>"
    )
}

fn certificates(explained: &Explained) -> String {
    let (certificates, more) = presented(explained);
    let mut items = String::new();
    for certificate in certificates {
        let told = &certificate.summary;
        let badges = explained
            .verdict
            .badges
            .iter()
            .filter(|badge| badge.id == certificate.id);
        let mut marks = String::new();
        for badge in badges {
            let _ = write!(
                marks,
                " <span class=\"badge\">{}</span>",
                escape(&badge.kind.replace('_', " "))
            );
        }
        let _ = write!(
            items,
            "<li><p class=\"subject\">{}{marks}</p><p>issued by {}</p><p>{} to {} &middot; {} &middot; {}</p>\
             <p class=\"hash\">SHA-256 {}</p></li>",
            escape(&told.subject),
            escape(&told.issuer),
            day(told.not_before),
            day(told.not_after),
            escape(&told.key),
            escape(&told.signature),
            certificate.id,
        );
    }
    if more > 0 {
        let _ = write!(items, "<li>and {more} more</li>");
    }
    format!("<section><h2>What the origin presented</h2><ol>{items}</ol></section>")
}

fn the_path(explained: &Explained) -> String {
    let mut items = String::new();
    for (subject, source) in path(explained) {
        let _ = write!(
            items,
            "<li><p class=\"subject\">{}</p><p>{}</p></li>",
            escape(subject),
            escape(source)
        );
    }
    match items.is_empty() {
        true => String::new(),
        false => format!("<section><h2>The path that was built</h2><ol>{items}</ol></section>"),
    }
}

/// Text with what stands between backticks as code.
fn marked(text: &str) -> String {
    let escaped = escape(text);
    if escaped.matches('`').count() % 2 == 1 {
        return escaped;
    }
    let mut marked = String::with_capacity(escaped.len());
    for (place, part) in escaped.split('`').enumerate() {
        match place % 2 {
            0 => marked.push_str(part),
            _ => {
                let _ = write!(marked, "<code>{part}</code>");
            }
        }
    }
    marked
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
