//! Clients that reject us.

use super::*;

#[tokio::test]
async fn a_client_that_does_not_know_our_root_is_a_row_with_its_alert() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let stranger = lab.client().trusting(Authority::new("Another Root").der());

    assert!(stranger.shake_hands(&origin.authority()).await.is_err());

    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(connection["outcome"], "failed");
    let failure = &connection["failure"];
    assert_eq!(
        (&failure["leg"], &failure["stage"]),
        (&"client".into(), &"tls".into())
    );
    assert_eq!(failure["alert"]["name"], "unknown_ca", "{connection:#}");
    assert_eq!(origin.requests().len(), 0);
    let status = lab.api().status().await;
    assert_eq!(status["counts"]["rejected_by_client"], 1, "{status:#}");
}

#[tokio::test]
async fn an_alert_right_after_the_handshake_is_a_rejection_too() {
    for alpn in ["h2", "http/1.1"] {
        let lab = Lab::start().await;
        let origin = lab.origin().await;
        let client = lab.client().offering(&[alpn]).with_tls(|config| {
            only_version(config, &rustls::version::TLS13);
            config.enable_secret_extraction = true;
        });
        let stream = client.shake_hands(&origin.authority()).await.unwrap();

        let mut tcp = send_alert_sealed(stream, 46).await;
        let _ = tcp.shutdown().await;
        let _ = read_to_end_or_reset(&mut tcp).await;

        let connection = lab.api().connection(&origin.authority()).await;
        assert_eq!(connection["outcome"], "failed", "{connection:#}");
        assert_eq!(connection["failure"]["leg"], "client");
        assert_eq!(connection["failure"]["alert"]["name"], "certificate_unknown");
        assert_eq!(lab.api().status().await["counts"]["rejected_by_client"], 1);
    }
}

#[tokio::test]
async fn an_alert_behind_the_greeting_of_http2_is_a_rejection_too() {
    for options in [OriginOptions::https(), OriginOptions::http1_only()] {
        let lab = Lab::start().await;
        let origin = lab.origin_with(options).await;
        let client = lab.client().http2().with_tls(|config| {
            only_version(config, &rustls::version::TLS13);
            config.enable_secret_extraction = true;
        });
        let mut stream = client.shake_hands(&origin.authority()).await.unwrap();
        // The proxy's handshake is over, and HTTP/2 has begun there.
        read_some(&mut stream, 9).await;

        let mut tcp = send_alert_sealed(stream, 46).await;
        let _ = tcp.shutdown().await;
        let _ = read_to_end_or_reset(&mut tcp).await;

        let connection = lab.api().connection(&origin.authority()).await;
        assert_eq!(connection["outcome"], "failed", "{connection:#}");
        assert_eq!(connection["failure"]["leg"], "client");
        assert_eq!(connection["failure"]["alert"]["name"], "certificate_unknown");
    }
}
