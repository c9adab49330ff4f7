use super::*;

fn site() -> (tempfile::TempDir, Site) {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::load_or_make(dir.path()).unwrap();
    (dir, Site::new(Arc::new(root), Some(([0, 0, 0, 0], 8080).into())))
}

fn ask(site: &Site, method: Method, path: &str, agent: &str) -> Response<Bytes> {
    let mut fields = HeaderMap::new();
    fields.insert(USER_AGENT, agent.parse().unwrap());
    site.answer(&method, "http", path, &fields, None)
}

fn page(site: &Site, agent: &str) -> String {
    let response = ask(site, Method::GET, "/", agent);
    assert_eq!(response.status(), 200);
    String::from_utf8(response.into_body().to_vec()).unwrap()
}

#[test]
fn a_phone_sees_its_own_steps_and_the_others_folded() {
    let (_dir, site) = site();
    let html = page(
        &site,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari/604.1",
    );
    assert!(
        html.contains("<section><h2>iOS, iPadOS</h2><p><a class=\"button\" href=\"/root.mobileconfig\">")
    );
    assert!(html.contains("<details><summary>Android</summary>"));
    assert_eq!(html.matches("<details>").count(), 6);
    let fingerprint = crate::instance::hex(&site.certificate.sha256(), ":");
    assert!(html.replace("<wbr>", "").contains(&fingerprint), "{html}");
    assert!(!html.contains("<script"));
    let html = page(&site, "curl/8");
    assert_eq!(
        (
            html.matches("<section>").count(),
            html.matches("<details>").count()
        ),
        (0, 7)
    );
}

#[test]
fn every_link_of_the_page_leads_to_the_certificate_and_never_to_its_key() {
    let (dir, site) = site();
    let key = std::fs::read_to_string(dir.path().join("root.key")).unwrap();
    let secret: Vec<&str> = key.lines().filter(|line| !line.starts_with('-')).collect();
    let html = page(&site, "");
    let links: std::collections::BTreeSet<&str> = html
        .split("href=\"/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(links.len(), 5, "{links:?}");
    for link in links {
        let response = ask(&site, Method::GET, &format!("/{link}"), "");
        assert_eq!(response.status(), 200, "{link}");
        let disposition = response.headers()[CONTENT_DISPOSITION].to_str().unwrap();
        assert!(
            disposition.starts_with("attachment; filename=\""),
            "{disposition}"
        );
        let body = String::from_utf8_lossy(response.body());
        assert!(secret.iter().all(|line| !body.contains(line)), "{link}");
    }
    let der = ask(&site, Method::GET, "/root.der", "");
    assert_eq!(&der.body()[..], site.certificate.der().as_ref());
}

#[test]
fn the_list_of_the_revoked_is_signed_for_whoever_asks() {
    let (_dir, site) = site();
    let response = ask(&site, Method::GET, "/root.crl", "");
    assert_eq!(response.headers()[CONTENT_TYPE], "application/pkix-crl");
    let (rest, list) = x509_parser::parse_x509_crl(response.body()).unwrap();
    assert!(rest.is_empty());
    assert_eq!(list.iter_revoked_certificates().count(), 0);
}

#[test]
fn what_is_not_there_or_not_read_is_refused() {
    let (_dir, site) = site();
    for path in ["/root.key", "/api/status", "/root", ""] {
        assert_eq!(ask(&site, Method::GET, path, "").status(), 404, "{path}");
    }
    let response = ask(&site, Method::POST, "/", "");
    assert_eq!(
        (response.status().as_u16(), &response.headers()[ALLOW]),
        (405, &HeaderValue::from_static("GET, HEAD"))
    );
    let head = ask(&site, Method::HEAD, "/root.pem", "");
    assert!(head.body().is_empty());
    let length = site.certificate.to_pem().len().to_string();
    assert_eq!(head.headers()[CONTENT_LENGTH], *length);
}

#[test]
fn browsers_are_told_how_to_use_the_proxy() {
    let (_dir, site) = site();
    let response = ask(&site, Method::GET, "/proxy.pac", "");
    assert_eq!(
        response.headers()["content-type"],
        "application/x-ns-proxy-autoconfig"
    );
    let script = "function FindProxyForURL(url, host) {\n  return \"PROXY 127.0.0.1:8080\";\n}\n";
    assert_eq!(response.body(), script);
}
