//! Old origins that are refused all the same, and hear why.

use super::*;

#[tokio::test]
async fn what_is_wrong_and_not_weak_is_refused_all_the_same() {
    let lab = lab().await;
    let stranger = LabAuthority::new("Another Root").issue(&Leaf {
        key: KeyKind::Rsa,
        ..Leaf::good()
    });
    lab.write("other.pem", stranger.chain_pem());
    lab.write("other.key", stranger.key_pem());
    let args = ["-tls1", "-www", "-cipher", "DEFAULT@SECLEVEL=0"];
    let old = OpensslServer::start_presenting(&lab, "other", &args).await;
    let answer = lab.client().get(&format!("https://{}/", old.authority())).await;
    assert_eq!(answer.status, 502);
    let connection = lab.api().connection(&old.authority()).await;
    assert_eq!(connection["failure"]["stage"], "verify", "{connection:#}");
    assert_eq!(connection["failure"]["alert"]["name"], "unknown_ca");
    assert_eq!(connection["origin"]["verdict"]["decision"], "refused");
    let handshake = lab.api().handshake(&connection).await;
    let told = messages(&handshake["origin"]);
    assert_eq!(told.last(), Some(&"alert"), "{told:?}");
    assert!(!told.contains(&"finished"), "{told:?}");
}

#[tokio::test]
async fn an_origin_that_shows_a_copy_is_told_not_to_hold_the_key() {
    let lab = Lab::start_with(&["--legacy-origin", "localhost", "--allow-invalid", "localhost"]).await;
    for versions in [vec![&rustls::version::TLS12], vec![&rustls::version::TLS13]] {
        let options = OriginOptions {
            presented: Presented::WrongKey,
            versions,
            ..OriginOptions::https()
        };
        let origin = lab.origin_with(options).await;
        let answer = lab.client().get(&origin.url("/bytes/3")).await;
        assert_eq!(answer.status, 502);
        let connection = lab.api().connection(&origin.authority()).await;
        let connection = lab.api().connection_of(&connection).await;
        let failure = &connection["failure"];
        assert_eq!(
            (&failure["stage"], &failure["alert"]["name"]),
            (&"verify".into(), &"decrypt_error".into()),
            "{failure:#}"
        );
        let verdict = &connection["origin"]["verdict"];
        assert_eq!(verdict["decision"], "refused", "{verdict:#}");
        let mut checks = verdict["checks"].as_array().unwrap().iter();
        let possession = checks.find(|check| check["name"] == "possession").unwrap();
        assert_eq!(possession["outcome"], "fail", "{verdict:#}");
    }
}

/// The alert that an old origin with this certificate gets, as its handshake tells it and as the failure does.
async fn alert_at(lab: &Lab, leaf: &Leaf) -> (String, String) {
    let identity = lab.authority.issue(leaf);
    lab.write("bad.pem", identity.chain_pem());
    lab.write("bad.key", identity.key_pem());
    let args = ["-tls1", "-www", "-cipher", "DEFAULT@SECLEVEL=0"];
    let old = OpensslServer::start_presenting(lab, "bad", &args).await;
    let answer = lab.client().get(&format!("https://{}/", old.authority())).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    let connection = lab.api().connection(&old.authority()).await;
    let handshake = lab.api().handshake(&connection).await;
    assert!(!messages(&handshake["origin"]).contains(&"finished"));
    alerts(&connection, &handshake)
}

fn alerts(connection: &Value, handshake: &Value) -> (String, String) {
    let last = handshake["origin"]["messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    assert_eq!(
        (&last["type"], &last["from"]),
        (&"alert".into(), &"handlens".into()),
        "{last:#}"
    );
    let told = last["story"].to_string();
    (
        connection["failure"]["alert"]["name"]
            .as_str()
            .unwrap()
            .to_owned(),
        told,
    )
}

#[tokio::test]
async fn an_old_origin_hears_by_the_alert_what_is_wrong() {
    let lab = lab().await;
    let rsa = || Leaf {
        key: KeyKind::Rsa,
        ..Leaf::good()
    };
    let expired = Leaf {
        days: (-30, -3),
        ..rsa()
    };
    let another = Leaf {
        names: vec!["another.example".to_owned()],
        ..rsa()
    };
    let of_client = Leaf {
        client: true,
        ..rsa()
    };
    for (leaf, alert) in [
        (expired, "certificate_expired"),
        (another, "bad_certificate"),
        (of_client, "unsupported_certificate"),
    ] {
        let (failure, story) = alert_at(&lab, &leaf).await;
        assert_eq!(failure, alert);
        assert!(story.contains(alert), "{story}");
    }
}

#[tokio::test]
async fn an_old_origin_that_was_revoked_is_refused() {
    let authority = Authority::new().await;
    let list = authority.list().await;
    let args = ["-tls1_1", "-www", "-cipher", "DEFAULT@SECLEVEL=0"];
    let old = OpensslServer::start_presenting(&authority.lab, "leaf", &args).await;
    let legacy = ["--legacy-origin", "localhost"];
    let (_dir, handlens) = authority.handlens(&legacy).await;
    assert_eq!(get(&handlens, &old).await.0, 200, "without the list");

    let (_dir, handlens) = authority
        .handlens(&[&legacy[..], &["--crl", &list]].concat())
        .await;
    assert_eq!(get(&handlens, &old).await.0, 502);
    let connection = handlens.api().connection(&old.authority()).await;
    let handshake = handlens.api().handshake(&connection).await;
    let (failure, story) = alerts(&connection, &handshake);
    assert_eq!(failure, "certificate_revoked");
    assert!(story.contains("certificate_revoked"), "{story}");
}

#[tokio::test]
async fn an_old_origin_that_staples_its_own_revocation_hears_of_it() {
    let authority = Authority::new().await;
    let args = [
        "-tls1_1",
        "-www",
        "-cipher",
        "DEFAULT@SECLEVEL=0",
        "-status_file",
        "staple.der",
    ];
    authority.staple(&authority.index()).await;
    let old = OpensslServer::start_presenting(&authority.lab, "leaf", &args).await;
    let (_dir, handlens) = authority.handlens(&["--legacy-origin", "localhost"]).await;
    let (status, page) = get(&handlens, &old).await;
    assert_eq!(status, 502, "{page}");
    assert!(page.contains("says the stapled OCSP response of"), "{page}");
    let connection = handlens.api().connection(&old.authority()).await;
    let handshake = handlens.api().handshake(&connection).await;
    assert!(!messages(&handshake["origin"]).contains(&"finished"));
    let (failure, story) = alerts(&connection, &handshake);
    assert_eq!(failure, "bad_certificate_status_response");
    assert!(story.contains("bad_certificate_status_response"), "{story}");
}

#[tokio::test]
async fn a_host_that_was_not_named_is_not_reached() {
    let lab = lab().await;
    let args = ["-tls1", "-www", "-cipher", "DEFAULT@SECLEVEL=0"];
    let old = OpensslServer::start(&lab, KeyKind::Rsa, &args).await;
    let answer = lab
        .client()
        .get(&format!("https://127.0.0.1:{}/", old.port))
        .await;
    assert_eq!(answer.status, 502);
    assert!(
        answer.text().contains("--legacy-origin 127.0.0.1"),
        "{}",
        answer.text()
    );
}
