//! TLS on both legs: hellos of every shape, versions, ALPN, the minted leaf, hosts that pass untouched.

mod ends;
mod rejections;

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::lab::{
    Authority, Conversation, Dribble, KeyKind, Lab, Leaf, OriginOptions, Presented, RawOrigin, read_some,
    read_to_end_or_reset, send_alert_sealed,
};

#[tokio::test]
async fn a_hello_that_comes_byte_by_byte_is_read() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    for tls in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = lab.client().with_tls(|config| only_version(config, tls));
        let tunnel = lab.client().tunnel(&origin.authority()).await;
        let stream = client
            .shake_hands_on(Dribble::new(tunnel, 2000), &origin.authority())
            .await
            .unwrap();
        let mut conversation = Conversation::http2(stream).await;
        assert_eq!(conversation.get(&origin.url("/bytes/5")).await.body.len(), 5);
    }
}

fn only_version(config: &mut ClientConfig, version: &'static rustls::SupportedProtocolVersion) {
    let roots = Arc::new(AcceptAny {
        schemes: all_schemes(),
    });
    let alpn = config.alpn_protocols.clone();
    *config = ClientConfig::builder_with_protocol_versions(&[version])
        .dangerous()
        .with_custom_certificate_verifier(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn;
}

/// Believes every certificate: for what is to be looked at, not trusted.
#[derive(Debug)]
struct AcceptAny {
    schemes: Vec<SignatureScheme>,
}

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

fn all_schemes() -> Vec<SignatureScheme> {
    rustls::crypto::aws_lc_rs::default_provider()
        .signature_verification_algorithms
        .supported_schemes()
}

#[tokio::test]
async fn both_versions_of_tls_work_on_both_legs() {
    let lab = Lab::start().await;
    for (client_version, client_name) in [
        (&rustls::version::TLS12, "TLS 1.2"),
        (&rustls::version::TLS13, "TLS 1.3"),
    ] {
        for (origin_version, origin_name) in [
            (&rustls::version::TLS12, "TLS 1.2"),
            (&rustls::version::TLS13, "TLS 1.3"),
        ] {
            let options = OriginOptions {
                versions: vec![origin_version],
                ..OriginOptions::https()
            };
            let origin = lab.origin_with(options).await;
            let client = lab
                .client()
                .with_tls(|config| only_version(config, client_version));
            let path = format!("/bytes/3?{}", origin.port());
            assert_eq!(client.get(&origin.url(&path)).await.body.len(), 3);
            let connection = lab.api().connection(&origin.authority()).await;
            assert_eq!(connection["client"]["tls"]["version"], client_name);
            assert_eq!(connection["origin"]["tls"]["version"], origin_name);
            assert_eq!(connection["client"]["tls"]["alpn"], "h2");
            assert_eq!(connection["origin"]["tls"]["alpn"], "h2");
            assert_eq!(connection["origin"]["verdict"]["decision"], "trusted");
            assert!(
                connection["origin"]["tls"]["cipher_suite"]
                    .as_str()
                    .unwrap()
                    .starts_with("TLS_")
            );
            assert!(connection["client"]["tls"]["handshake_us"].as_u64() > Some(0));
        }
    }
}

#[tokio::test]
async fn a_hello_without_a_name_is_served_by_the_target() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let client = lab.client().with_tls(|config| config.enable_sni = false);
    let mut conversation = client.open(&origin.authority()).await;
    assert_eq!(conversation.get(&origin.url("/bytes/3")).await.body.len(), 3);
    drop(conversation);
    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(connection["sni"], serde_json::Value::Null);
}

#[tokio::test]
async fn an_address_as_target_is_verified_as_an_address() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    assert_eq!(
        lab.client()
            .get(&origin.url_at("127.0.0.1", "/bytes/3"))
            .await
            .body
            .len(),
        3
    );

    let on_ipv6 = lab
        .origin_with(OriginOptions {
            bind: "[::1]:0",
            ..OriginOptions::https()
        })
        .await;
    assert_eq!(
        lab.client()
            .get(&on_ipv6.url_at("[::1]", "/bytes/4"))
            .await
            .body
            .len(),
        4
    );
    let row = lab.api().exchange("/bytes/4").await;
    assert_eq!(
        (&row["host"], &row["url"]),
        (&"::1".into(), &on_ipv6.url_at("[::1]", "/bytes/4").into())
    );

    let named_only = OriginOptions {
        leaf: Leaf::for_name("localhost"),
        ..OriginOptions::https()
    };
    let named_only = lab.origin_with(named_only).await;
    let answer = lab.client().get(&named_only.url_at("127.0.0.1", "/")).await;
    assert_eq!(
        answer.status, 502,
        "a certificate without the address was taken for it"
    );
}

#[tokio::test]
async fn the_leaf_is_minted_as_promised() {
    let lab = Lab::start().await;
    let leaf = Leaf {
        names: vec!["localhost".into(), "www.lab.test".into(), "127.0.0.1".into()],
        ..Leaf::good()
    };
    let origin = lab
        .origin_with(OriginOptions {
            leaf,
            ..OriginOptions::https()
        })
        .await;
    let conversation = lab.client().open(&origin.authority()).await;

    let minted = conversation.certificate.clone().unwrap();
    let (_, minted) = X509Certificate::from_der(&minted).unwrap();
    let root = lab.handlens.root_der();
    let (_, root) = X509Certificate::from_der(&root).unwrap();

    let names = &minted
        .subject_alternative_name()
        .unwrap()
        .unwrap()
        .value
        .general_names;
    for name in ["localhost", "www.lab.test"] {
        assert!(
            names.contains(&GeneralName::DNSName(name)),
            "{name} is not in {names:?}"
        );
    }
    assert!(
        names.contains(&GeneralName::IPAddress(&[127, 0, 0, 1])),
        "{names:?}"
    );
    assert_eq!(minted.issuer(), root.subject());
    assert_ne!(
        minted.public_key().raw,
        root.public_key().raw,
        "the leaf shares the root's key"
    );
    let held = minted.validity().time_to_expiration().unwrap().whole_days();
    assert!((1..=47).contains(&held), "{held} days");
    assert!(minted.raw_serial().len() >= 15, "{:?}", minted.raw_serial());
    assert!(minted.extended_key_usage().unwrap().unwrap().value.server_auth);
    minted.verify_signature(Some(root.public_key())).unwrap();
}

#[tokio::test]
async fn a_client_without_ecdsa_gets_an_rsa_leaf() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let rsa = [SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PKCS1_SHA256].to_vec();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = lab.client().with_tls(|config| {
            only_version(config, version);
            let verifier = Arc::new(AcceptAny { schemes: rsa.clone() });
            config.dangerous().set_certificate_verifier(verifier);
        });
        let mut conversation = client.open(&origin.authority()).await;
        assert_eq!(conversation.get(&origin.url("/bytes/3")).await.body.len(), 3);
        let minted = conversation.certificate.clone().unwrap();
        let (_, minted) = X509Certificate::from_der(&minted).unwrap();
        let algorithm = minted.public_key().parsed().unwrap();
        assert!(
            matches!(algorithm, x509_parser::public_key::PublicKey::RSA(_)),
            "{algorithm:?}"
        );
    }
}

#[tokio::test]
async fn an_rsa_origin_is_no_different() {
    let lab = Lab::start().await;
    let leaf = Leaf {
        key: KeyKind::Rsa,
        ..Leaf::good()
    };
    let origin = lab
        .origin_with(OriginOptions {
            leaf,
            ..OriginOptions::https()
        })
        .await;
    assert_eq!(lab.client().get(&origin.url("/bytes/3")).await.body.len(), 3);
}

#[tokio::test]
async fn a_client_that_comes_again_resumes_its_session() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    let client = lab.client();
    for n in 0..3 {
        assert_eq!(
            client.get(&origin.url(&format!("/bytes/{n}"))).await.body.len(),
            n
        );
        lab.api().exchanges_over(n + 1).await;
    }
    let rows = lab.api().connections().await;
    let resumed: Vec<_> = rows
        .iter()
        .map(|row| row["client"]["tls"]["resumed"].as_bool().unwrap())
        .collect();
    assert!(!resumed[0] && resumed[1] && resumed[2], "{resumed:?}");
}

#[tokio::test]
async fn a_host_that_passes_is_untouched() {
    let lab = Lab::start_with(&["--pass", "localhost"]).await;
    let origin = lab.origin().await;
    let believes_the_origin = lab.client().trusting(lab.authority.der());

    let mut conversation = believes_the_origin.open(&origin.authority()).await;
    assert_eq!(conversation.get(&origin.url("/bytes/3")).await.body.len(), 3);
    assert_eq!(
        conversation.certificate, origin.certificate,
        "it is the origin's own certificate"
    );
    drop(conversation);

    let connection = lab.api().connection(&origin.authority()).await;
    assert_eq!(
        (&connection["outcome"], &connection["sni"]),
        (&"passed".into(), &"localhost".into())
    );
    assert!(
        connection["bytes_from_origin"].as_u64() > Some(100),
        "{connection:#}"
    );
    assert_eq!(lab.api().exchanges().await.len(), 0);
    let other_name = lab.client().get(&origin.url_at("127.0.0.1", "/bytes/4")).await;
    assert_eq!(other_name.body.len(), 4, "only the named host passes");
}

#[tokio::test]
async fn a_bad_certificate_passes_for_an_allowed_host_alone() {
    for presented in [
        Presented::Expired,
        Presented::NotYetValid,
        Presented::SelfSigned,
        Presented::WrongHost,
        Presented::UntrustedRoot,
    ] {
        let lab = Lab::start_with(&["--allow-invalid", "localhost"]).await;
        let origin = lab.origin_presenting(presented).await;
        let allowed = lab.client().get(&origin.url("/bytes/3")).await;
        assert_eq!(
            (allowed.status.as_u16(), allowed.body.len()),
            (200, 3),
            "{presented:?}"
        );
        let connection = lab.api().connection(&origin.authority()).await;
        let connection = lab.api().connection_of(&connection).await;
        let verdict = &connection["origin"]["verdict"];
        assert_eq!(verdict["decision"], "overridden", "{presented:?}: {connection:#}");
        assert_eq!(
            verdict["allowed_by"], "--allow-invalid localhost",
            "{connection:#}"
        );
        let failed = verdict["checks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["outcome"] == "fail");
        assert!(
            failed,
            "{presented:?}: no check tells what was overridden: {verdict:#}"
        );
        assert_eq!(
            lab.client()
                .get(&origin.url_at("127.0.0.1", "/bytes/3"))
                .await
                .status,
            502,
            "{presented:?}"
        );
    }
}

#[tokio::test]
async fn even_an_allowed_host_must_hold_its_key() {
    let lab = Lab::start_with(&["--allow-invalid", "localhost"]).await;
    for versions in [vec![&rustls::version::TLS12], vec![&rustls::version::TLS13]] {
        let options = OriginOptions {
            presented: Presented::WrongKey,
            versions,
            ..OriginOptions::https()
        };
        let origin = lab.origin_with(options).await;
        let answer = lab.client().get(&origin.url("/bytes/3")).await;
        assert_eq!(answer.status, 502);
        assert_eq!(origin.handshakes(), 0);
        assert_eq!(
            lab.api().connection(&origin.authority()).await["outcome"],
            "failed"
        );
    }
}
