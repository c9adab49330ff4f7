//! What a client is told of an origin whose chain is refused.

use http::{Request, header};

use crate::lab::{Answer, Lab, Presented, empty};

async fn asked(lab: &Lab, url: &str, accept: &str) -> Answer {
    let request = Request::get(url).header(header::ACCEPT, accept).body(empty());
    lab.client().send(request.unwrap()).await
}

#[tokio::test]
async fn the_page_is_the_verdict_and_keeps_the_token_to_itself() {
    let lab = Lab::start().await;
    let origin = lab.origin_presenting(Presented::Expired).await;
    let url = origin.url("/secret");

    let page = asked(&lab, &url, "text/html").await.text();
    for part in [
        "<h1>This origin is refused</h1>",
        "expired 3 days ago",
        "<code>--allow-invalid localhost</code>",
        "<p class=\"subject\">CN=localhost <span class=\"badge\">expired</span></p><p>issued by CN=Lab Root</p>",
        "No byte of the request left for the origin",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let id = lab.api().connection(&origin.authority()).await["id"].clone();
    let look = format!(
        "http://{}/connections/{}/certificates",
        lab.handlens.dashboard(),
        id.as_str().unwrap()
    );
    assert!(
        page.contains(&format!("<a href=\"{look}\">")),
        "{look} is not in {page}"
    );
    assert!(!page.contains("<script"), "{page}");

    let problem = asked(&lab, &url, "application/json").await;
    let told = problem.json();
    assert_eq!(told["decision"], "refused", "{told:#}");
    assert_eq!(told["checks"][0]["outcome"], "fail", "{told:#}");
    assert_eq!(told["presented"][0]["subject"], "CN=localhost", "{told:#}");

    let text = asked(&lab, &url, "*/*").await.text();
    assert!(text.contains("\nchecks:\n  fail "), "{text}");
    assert!(text.contains("\npresented:\n  1. CN=localhost\n"), "{text}");

    for told in [page, problem.text(), text] {
        assert!(!told.contains(lab.api().token()), "{told}");
    }
}

#[tokio::test]
async fn without_a_dashboard_there_is_no_link_to_it() {
    let lab = Lab::start_as(|setup| setup.set("--dashboard", "off")).await;
    let origin = lab.origin_presenting(Presented::SelfSigned).await;
    let page = asked(&lab, &origin.url("/"), "text/html").await.text();
    assert!(
        page.contains("What you can do") && !page.contains("<a "),
        "{page}"
    );
}
