//! Origins that modern TLS can't reach: what they fall short in is told, and what can be done.

use serde_json::Value;

use crate::lab::{KeyKind, Lab, OpensslServer};

/// The failure of a connection to an `openssl s_server` with these arguments.
async fn failure(key: KeyKind, args: &[&str]) -> Value {
    let lab = Lab::start().await;
    let old = OpensslServer::start(&lab, key, args).await;
    failure_of(&lab, &old).await
}

async fn failure_of(lab: &Lab, old: &OpensslServer) -> Value {
    let answer = lab.client().get(&format!("https://{}/", old.authority())).await;
    assert_eq!(answer.status, 502);
    let connection = lab.api().connection(&old.authority()).await;
    let failure = connection["failure"].clone();
    let text = failure["text"].as_str().unwrap();
    assert!(answer.text().contains(text), "{}", answer.text());
    assert!(
        failure["remedy"]
            .as_str()
            .unwrap()
            .ends_with("carry its TLS untouched with `--pass localhost`"),
        "{failure:#}"
    );
    failure
}

fn expect(failure: &Value, told: &str) {
    let text = failure["text"].as_str().unwrap();
    let (_, said) = text.split_once("; ").unwrap_or_else(|| panic!("{text}"));
    assert_eq!(said, told);
}

#[tokio::test]
async fn tls_1_0_alone() {
    let args = ["-tls1", "-cipher", "ECDHE-ECDSA-AES128-SHA@SECLEVEL=0"];
    let failure = failure(KeyKind::Ecdsa, &args).await;
    assert_eq!(failure["alert"]["name"], "protocol_version");
    expect(
        &failure,
        "asked with an older hello, it chooses TLS 1.0 with TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: TLS 1.0 is below \
         TLS 1.2, the floor of Handlens; the cipher is CBC without authenticated encryption",
    );
}

#[tokio::test]
async fn rsa_key_exchange_alone() {
    let failure = failure(KeyKind::Rsa, &["-tls1_2", "-cipher", "AES128-SHA"]).await;
    assert_eq!(failure["alert"]["name"], "handshake_failure");
    expect(
        &failure,
        "asked with an older hello, it chooses TLS 1.2 with TLS_RSA_WITH_AES_128_CBC_SHA: keys are exchanged by RSA, \
         without forward secrecy; the cipher is CBC without authenticated encryption",
    );
}

#[tokio::test]
async fn finite_field_diffie_hellman_alone() {
    let lab = Lab::start().await;
    // A group of 1024 bits is made in no time and was common; it is that of RFC 2409 section 6.2.
    let parameters = "-----BEGIN DH PARAMETERS-----\n\
        MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR\n\
        Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL\n\
        /1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC\n\
        -----END DH PARAMETERS-----\n";
    let parameters = lab.write("dh.pem", parameters);
    let args = [
        "-tls1_2",
        "-cipher",
        "DHE-RSA-AES128-GCM-SHA256@SECLEVEL=0",
        "-dhparam",
    ];
    let args: Vec<_> = args.into_iter().chain(parameters.to_str()).collect();
    let old = OpensslServer::start(&lab, KeyKind::Rsa, &args).await;
    expect(
        &failure_of(&lab, &old).await,
        "asked with an older hello, it chooses TLS 1.2 with TLS_DHE_RSA_WITH_AES_128_GCM_SHA256: keys are agreed on by \
         finite-field Diffie-Hellman of 1024 bits (DHE)",
    );
}

#[tokio::test]
async fn signatures_by_sha_1_alone() {
    let args = ["-tls1_2", "-cipher", "DEFAULT@SECLEVEL=0", "-sigalgs", "RSA+SHA1"];
    expect(
        &failure(KeyKind::Rsa, &args).await,
        "asked with an older hello, it chooses TLS 1.2 with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: it signs its key \
         exchange by MD5 or SHA-1",
    );
}

/// OpenSSL shows such a key when it is told to.
const SMALL_KEY: [&str; 3] = ["-tls1_2", "-cipher", "DEFAULT@SECLEVEL=0"];

#[tokio::test]
async fn a_key_of_1024_bits() {
    let lab = Lab::start().await;
    let old = OpensslServer::start_with_a_small_key(&lab, &SMALL_KEY).await;
    let failure = failure_of(&lab, &old).await;
    assert!(
        failure["text"].as_str().unwrap().contains("1024 bits"),
        "{failure:#}"
    );
    assert_eq!(failure["stage"], "verify");
}

/// Nothing is said against who answered: such a proof is not looked at.
#[tokio::test]
async fn a_key_of_1024_bits_that_is_allowed_proves_nothing() {
    let lab = Lab::start_with(&["--allow-invalid", "localhost"]).await;
    let old = OpensslServer::start_with_a_small_key(&lab, &SMALL_KEY).await;
    failure_of(&lab, &old).await;
    let row = lab.api().connection(&old.authority()).await;
    let verdict = &lab.api().connection_of(&row).await["origin"]["verdict"];
    let said = "of RSA keys below 2048 bits no proof is taken, and the certificate's has 1024";
    assert_eq!(verdict["decision"], "refused");
    assert_eq!(verdict["text"], said);
    let checks = verdict["checks"].as_array().unwrap();
    let possession = checks.iter().find(|check| check["name"] == "possession").unwrap();
    assert_eq!(possession["evidence"], said);
}

#[tokio::test]
async fn an_origin_that_is_tried_again_is_not_asked_again() {
    let lab = Lab::start().await;
    let counted = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = counted.clone();
    let refuses = crate::lab::RawOrigin::tcp(move |mut stream| {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            let _ = stream.read_u8().await;
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    })
    .await;
    for _ in 0..3 {
        let answer = lab.client().get(&refuses.url("https", "/")).await;
        assert!(
            answer
                .text()
                .contains("an older hello, down to TLS 1.0 with RSA and DHE key exchange, it refuses too"),
            "{}",
            answer.text()
        );
    }
    assert_eq!(counted.load(std::sync::atomic::Ordering::Relaxed), 4);
}
