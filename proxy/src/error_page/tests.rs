use std::sync::Arc;

use capture::{CertificateSummary, Decision, LegName, PathPlace, Stage};
use http::StatusCode;

use super::*;

fn fault() -> Fault {
    Fault::new(LegName::Origin, Stage::Connect, "connection <refused>")
        .with_remedy("start it with `run <it>`; or leave it")
        .with_status(StatusCode::BAD_GATEWAY)
}

/// A chain that is refused, of one certificate.
fn refused() -> Fault {
    let certificate = Certificate::new(
        Bytes::from_static(b"leaf"),
        CertificateSummary {
            subject: "CN=<b>old</b>".into(),
            issuer: "CN=Lab Root".into(),
            not_before: 1_700_000_000,
            not_after: 1_750_000_000,
            key: "EC P-256".into(),
            ..CertificateSummary::default()
        },
    );
    let check = |name: &str, outcome, evidence: &str| Check {
        name: name.into(),
        outcome,
        evidence: evidence.into(),
        certificate: None,
    };
    let verdict = Verdict {
        error: Some("certificate expired".into()),
        presented: vec![certificate.id],
        path: vec![PathPlace {
            id: certificate.id,
            source: PathPlace::PRESENTED.into(),
        }],
        checks: vec![
            check("path", CheckOutcome::Pass, "it leads to Lab Root"),
            check("must_staple", CheckOutcome::NotChecked, "no staple"),
            check("dates", CheckOutcome::Fail, "certificate expired 3 days ago"),
        ],
        ..Verdict::new(Decision::Refused)
    };
    let explained = Explained {
        verdict: Arc::new(verdict),
        certificates: vec![Arc::new(certificate)],
    };
    Fault::new(LegName::Origin, Stage::Verify, "certificate expired 3 days ago")
        .with_remedy("renew it; or let this host pass with `--allow-invalid old.test`")
        .with_explained(
            Arc::new(explained),
            Some("http://127.0.0.1:8081/connections/ID/certificates".into()),
        )
}

fn answer(accept: &str, fault: &Fault) -> (String, String) {
    let mut fields = HeaderMap::new();
    fields.insert(ACCEPT, accept.parse().unwrap());
    let response = ErrorPage::for_request(&Method::GET, &fields).write(fault);
    let media = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
    (media, String::from_utf8(response.into_body().to_vec()).unwrap())
}

#[test]
fn a_browser_gets_html_with_the_cause_escaped_and_commands_as_code() {
    let (media, page) = answer(
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        &fault(),
    );
    assert_eq!(media, "text/html; charset=utf-8");
    assert!(
        page.contains("<dt>Cause</dt><dd>connection &lt;refused&gt;</dd>"),
        "{page}"
    );
    assert!(
        page.contains("<ul><li>start it with <code>run &lt;it&gt;</code></li><li>leave it</li></ul>"),
        "{page}"
    );
}

#[test]
fn a_program_gets_a_problem_and_a_terminal_gets_text() {
    let (media, page) = answer("application/json, text/html;q=0.1", &fault());
    assert_eq!(media, "application/problem+json");
    let problem: serde_json::Value = serde_json::from_str(&page).unwrap();
    assert_eq!(problem["stage"], "connect");
    assert!(problem.get("checks").is_none());
    let (media, page) = answer("*/*", &fault());
    assert_eq!(media, "text/plain; charset=utf-8");
    assert_eq!(
        page,
        "Handlens could not carry this request.\n\nleg:    origin\nstage:  connect\n\
         cause:  connection <refused>\nremedy: start it with `run <it>`; or leave it\n"
    );
}

#[test]
fn a_refused_chain_is_told_to_a_terminal() {
    let (_, page) = answer("*/*", &refused());
    assert_eq!(
        page,
        "Handlens could not carry this request.

leg:    origin
stage:  verify
cause:  certificate expired 3 days ago
remedy: renew it; or let this host pass with `--allow-invalid old.test`
look:   http://127.0.0.1:8081/connections/ID/certificates

checks:
  fail         dates                     certificate expired 3 days ago
  pass         path                      it leads to Lab Root
  not checked  must_staple               no staple

presented:
  1. CN=<b>old</b>
     issued by CN=Lab Root, 2023-11-14 to 2025-06-15, EC P-256

path:
  CN=<b>old</b> (presented)
"
    );
}

#[test]
fn a_refused_chain_is_told_to_a_program() {
    let (_, page) = answer("application/json", &refused());
    let problem: serde_json::Value = serde_json::from_str(&page).unwrap();
    assert_eq!(problem["decision"], "refused");
    assert_eq!(problem["error"], "certificate expired");
    assert_eq!(problem["checks"][0]["name"], "dates");
    assert_eq!(problem["checks"][2]["outcome"], "not_checked");
    assert_eq!(problem["presented"][0]["not_after"], "2025-06-15");
    assert_eq!(problem["path"][0]["source"], "presented");
    assert!(problem["look"].as_str().unwrap().ends_with("/certificates"));
}

#[test]
fn a_refused_chain_is_told_to_a_browser_failures_first() {
    let (_, page) = answer("text/html", &refused());
    let place = |text: &str| {
        page.find(text)
            .unwrap_or_else(|| panic!("{text} is not in {page}"))
    };
    assert!(place("certificate expired 3 days ago") < place("it leads to Lab Root"));
    assert!(place("it leads to Lab Root") < place("no staple"));
    place("<th scope=\"row\">must staple</th>");
    place("CN=&lt;b&gt;old&lt;/b&gt;");
    place("<code>--allow-invalid old.test</code>");
    place("<a href=\"http://127.0.0.1:8081/connections/ID/certificates\">");
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
}

#[test]
fn a_long_chain_is_told_in_part() {
    let Fault { explained, .. } = refused();
    let mut explained = Arc::unwrap_or_clone(explained.unwrap());
    let mut verdict = Arc::unwrap_or_clone(explained.verdict);
    verdict.checks[2].certificate = Some(verdict.presented[0]);
    verdict.presented = vec![verdict.presented[0]; 100];
    explained.verdict = Arc::new(verdict);
    let fault = fault().with_explained(Arc::new(explained), None);
    let (_, page) = answer("*/*", &fault);
    assert!(
        page.contains("  fail         dates of 1                certificate"),
        "{page}"
    );
    assert!(
        page.contains("  12. ") && page.contains("and 88 more\n"),
        "{page}"
    );
}
