//! The app's own files.

use crate::lab::Lab;

#[tokio::test]
async fn the_app_is_served_with_its_files_and_for_its_routes() {
    let lab = Lab::start().await;
    let page = lab.get("/").answer().await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-cache");
    for route in ["/traffic", "/traffic/0198/handshake", "/connections/1"] {
        assert_eq!(lab.get(route).answer().await.body, page.body, "{route}");
    }
    let script = page
        .text()
        .split('"')
        .find(|text| text.starts_with("/assets/") && text.ends_with(".js"))
        .unwrap();
    let script = lab.get(script).answer().await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(
        script.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
}

/// What the policy forbids must not be in the page: inline scripts, inline styles, addresses of elsewhere.
#[tokio::test]
async fn the_page_is_one_that_its_policy_allows() {
    let lab = Lab::start().await;
    let page = lab.get("/").answer().await;
    for part in page.text().split("<script").skip(1) {
        let (tag, rest) = part.split_once('>').unwrap();
        assert!(
            tag.contains(" src=\"/") && rest.trim_start().starts_with("</script>"),
            "{part}"
        );
    }
    assert!(!page.text().contains("<style") && !page.text().contains(" style="));
    assert!(!page.text().contains("https://"));
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let lab = Lab::start().await;
    let page = lab.get("/").answer().await;
    let again = lab
        .get("/")
        .header("if-none-match", page.header("etag"))
        .answer()
        .await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}

#[tokio::test]
async fn what_is_no_file_and_no_route_is_not_there() {
    let lab = Lab::start().await;
    assert_eq!(
        lab.get("/assets/old-build.js").answer().await.detail(),
        "the app has no such file"
    );
    assert_eq!(lab.get("/favicon.ico").status().await, 404);
    assert_eq!(lab.get("/../Cargo.toml").status().await, 404);
    assert_eq!(
        lab.get("/api/nothing").answer().await.detail(),
        "the API has no such URL: /api/openapi.json lists them"
    );
}
