//! Who is let in, and who is not.

use crate::lab::{Lab, Socket, TOKEN};

#[tokio::test]
async fn who_may_ask_what() {
    let lab = Lab::start().await;
    let own = lab.address.to_string();
    let port = lab.address.port();
    let bearer = format!("Bearer {TOKEN}");
    let own_cookie = lab.cookie().await;
    let cookie = format!("theme=dark; {own_cookie}");
    let foreign_cookie = own_cookie.replace(&port.to_string(), &(port ^ 1).to_string());
    let token_as_cookie = format!("handlens-{port}={TOKEN}");
    let (_, value) = own_cookie.split_once('=').unwrap();
    let cookie_as_bearer = format!("Bearer {value}");
    let localhost = format!("localhost:{port}");
    let origin = format!("http://{own}");
    let json = "application/json";
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let cases: &[(u16, &str, &str, Headers<'_>)] = &[
        // No token, a wrong one, the right one as either.
        (401, "GET", "/api/status", &[]),
        (401, "GET", "/api/nothing", &[]),
        (401, "GET", "/", &[]),
        (401, "GET", "/assets/x.js", &[]),
        (401, "GET", "/api/status", &[("authorization", "Bearer wrong")]),
        (401, "GET", "/api/status", &[("authorization", TOKEN)]),
        (401, "GET", "/api/status?token=0123456789abcdef-of-the-lab", &[]),
        (401, "GET", "/api/status", &[("cookie", &foreign_cookie)]),
        // Browsers show a cookie to whatever listens on the same host: it is not the token.
        (401, "GET", "/api/status", &[("cookie", &token_as_cookie)]),
        (401, "GET", "/api/status", &[("authorization", &cookie_as_bearer)]),
        (200, "GET", "/api/status", &[("authorization", &bearer)]),
        (200, "GET", "/api/status", &[("cookie", &cookie)]),
        (200, "GET", "/traffic/some/deep/link", &[("cookie", &cookie)]),
        (404, "GET", "/api/nothing", &[("cookie", &cookie)]),
        // Without secrets, without the token.
        (200, "GET", "/healthz", &[]),
        (200, "GET", "/metrics", &[]),
        // Our names, and those of others.
        (
            200,
            "GET",
            "/api/status",
            &[("host", &localhost), ("cookie", &cookie)],
        ),
        (
            421,
            "GET",
            "/api/status",
            &[("host", "evil.example"), ("cookie", &cookie)],
        ),
        (421, "GET", "/healthz", &[("host", "evil.example")]),
        (421, "GET", "/", &[("host", "127.0.0.1:1"), ("cookie", &cookie)]),
        (
            421,
            "GET",
            "http://evil.example/api/status",
            &[("cookie", &cookie)],
        ),
        // Pages of others.
        (
            403,
            "GET",
            "/api/status",
            &[("origin", "https://evil.example"), ("cookie", &cookie)],
        ),
        (
            403,
            "GET",
            "/api/status",
            &[("origin", "null"), ("cookie", &cookie)],
        ),
        (
            403,
            "GET",
            "/api/status",
            &[("sec-fetch-site", "same-site"), ("cookie", &cookie)],
        ),
        (
            403,
            "DELETE",
            "/api/exchanges",
            &[("origin", "http://localhost:3000"), ("cookie", &cookie)],
        ),
        (
            403,
            "DELETE",
            "/api/exchanges",
            &[("sec-fetch-site", "cross-site"), ("cookie", &cookie)],
        ),
        (
            200,
            "DELETE",
            "/api/exchanges",
            &[("origin", &origin), ("cookie", &cookie)],
        ),
        (
            200,
            "GET",
            "/traffic",
            &[("sec-fetch-site", "cross-site"), ("cookie", &cookie)],
        ),
        // What changes something is JSON.
        (415, "POST", "/api/recording", &[("authorization", &bearer)]),
        (
            415,
            "POST",
            "/api/recording",
            &[("authorization", &bearer), ("content-type", "text/plain")],
        ),
        (
            400,
            "POST",
            "/api/recording",
            &[("authorization", &bearer), ("content-type", json)],
        ),
        // Methods.
        (
            405,
            "PUT",
            "/api/status",
            &[("authorization", &bearer), ("content-type", json)],
        ),
        (
            405,
            "POST",
            "/traffic",
            &[("authorization", &bearer), ("content-type", json)],
        ),
    ];
    for (status, method, path, headers) in cases {
        let mut ask = lab.ask(method, path);
        for (name, value) in *headers {
            ask = ask.header(name, value);
        }
        assert_eq!(ask.status().await, *status, "{method} {path} {headers:?}");
    }
}

#[tokio::test]
async fn the_live_socket_is_guarded_like_the_rest() {
    let lab = Lab::start().await;
    let own = format!("http://{}", lab.address);
    let bearer = format!("Bearer {TOKEN}");
    let cookie = lab.cookie().await;
    let open = async |headers: &[(&str, &str)]| Socket::open(lab.address, headers).await.err();
    assert_eq!(open(&[]).await, Some(401));
    assert_eq!(open(&[("origin", &own)]).await, Some(401));
    assert_eq!(
        open(&[("cookie", &cookie), ("origin", "https://evil.example")]).await,
        Some(403)
    );
    assert_eq!(open(&[("cookie", &cookie), ("origin", "null")]).await, Some(403));
    assert_eq!(
        open(&[("cookie", &cookie), ("host", "evil.example")]).await,
        Some(421)
    );
    assert_eq!(open(&[("cookie", &cookie), ("origin", &own)]).await, None);
    assert_eq!(open(&[("authorization", &bearer)]).await, None);
}

#[tokio::test]
async fn refusals_say_why() {
    let lab = Lab::start().await;
    let port = lab.address.port();
    assert_eq!(
        lab.ask("GET", "/api/status").answer().await.detail(),
        "the dashboard's token is missing or wrong: send `Authorization: Bearer TOKEN`, with the token of the URL \
         that handlens prints when it starts"
    );
    assert_eq!(
        lab.get("/api/status")
            .header("host", "evil.example")
            .answer()
            .await
            .detail(),
        format!("this dashboard answers to 127.0.0.1:{port} and localhost:{port}, not to \"evil.example\"")
    );
    assert_eq!(
        lab.get("/api/status")
            .header("origin", "https://evil.example")
            .answer()
            .await
            .detail(),
        "this request comes from another site's page, and the dashboard answers its own alone"
    );
    let form = lab.ask("POST", "/api/recording").bearer(TOKEN);
    let form = form
        .header("content-type", "application/x-www-form-urlencoded")
        .body("state=paused");
    assert_eq!(
        form.answer().await.detail(),
        "a request that changes something has the Content-Type application/json"
    );
}

#[tokio::test]
async fn a_browser_without_the_token_is_told_where_it_is() {
    let lab = Lab::start().await;
    let answer = lab
        .ask("GET", "/traffic")
        .header("accept", "text/html,*/*;q=0.8")
        .answer()
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (401, "text/html; charset=utf-8")
    );
    assert!(
        answer
            .text()
            .contains("Open the whole URL that Handlens printed when it started")
    );
    assert!(
        answer
            .text()
            .contains(&format!("http://{}/?token=…", lab.address))
    );
    assert!(!answer.text().contains("/data") && !answer.text().contains(TOKEN));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"handlens\"");
}

#[tokio::test]
async fn the_token_in_the_url_becomes_a_cookie_and_leaves_the_url() {
    let lab = Lab::start().await;
    let port = lab.address.port();
    let answer = lab
        .ask("GET", &format!("/traffic?q=a%20b&token={TOKEN}&sel=1"))
        .answer()
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, "/traffic?q=a%20b&sel=1")
    );
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with(&format!("handlens-{port}=")), "{cookie}");
    assert!(!cookie.contains(TOKEN), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");

    let answer = lab.ask("GET", &format!("/?token={TOKEN}")).answer().await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));

    let answer = lab.ask("GET", "/?token=wrong").answer().await;
    assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (401, ""));
}

#[tokio::test]
async fn every_answer_leaves_with_the_safe_headers() {
    let lab = Lab::start().await;
    for path in ["/", "/api/status", "/api/nothing", "/healthz", "/api/root.pem"] {
        let answer = lab.get(path).answer().await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"),
            "{policy}"
        );
    }
    assert_eq!(
        lab.get("/api/status").answer().await.header("cache-control"),
        "no-store"
    );
    let page = lab.get("/").answer().await;
    assert!(
        page.header("content-security-policy")
            .contains("script-src 'self'; style-src 'self'")
    );
}
