//! The lab itself, without Handlens: its origins must be right before anything else is measured against them.

use http::{Request, header};
use tokio::net::TcpStream;

use crate::lab::{Answer, Authority, Client, Conversation, Origin, OriginOptions, Pattern, Presented, empty};

/// Straight to the origin, with no proxy between.
async fn straight(authority: &Authority, origin: &Origin, alpn: &[&str]) -> std::io::Result<Conversation> {
    let client = Client::new(origin.address, &[authority.der()]).offering(alpn);
    let tcp = TcpStream::connect(origin.address).await?;
    let stream = client.shake_hands_on(tcp, &origin.authority()).await?;
    Ok(Conversation::over_tls(stream).await)
}

async fn answer(path: &str, alpn: &str) -> Answer {
    let authority = Authority::new("Lab Root");
    let origin = Origin::start(&authority, OriginOptions::https()).await;
    let mut conversation = straight(&authority, &origin, &[alpn]).await.unwrap();
    assert_eq!(conversation.is_http2(), alpn == "h2");
    let request = Request::get(origin.url(path))
        .header(header::TE, "trailers")
        .body(empty())
        .unwrap();
    conversation.send(request).await
}

#[tokio::test]
async fn origins_answer_over_both_versions_of_http() {
    for alpn in ["h2", "http/1.1"] {
        assert_eq!(
            answer("/bytes/100000?seed=7", alpn).await.body,
            Pattern::bytes(7, 100_000)
        );
        assert_eq!(
            answer("/chunked/100000?seed=7", alpn).await.body,
            Pattern::bytes(7, 100_000)
        );
        assert_eq!(
            answer("/trailers", alpn).await.trailers.unwrap()["x-checksum"],
            "42"
        );
        assert_eq!(answer("/status/204", alpn).await.status, 204);
        assert_eq!(
            answer("/gzip", alpn).await.header("content-encoding"),
            Some("gzip")
        );
    }
}

#[tokio::test]
async fn bad_origins_are_bad() {
    use Presented::{Expired, Good, NotYetValid, SelfSigned, UntrustedRoot, WrongHost, WrongKey};
    let authority = Authority::new("Lab Root");
    for presented in [
        Good,
        Expired,
        NotYetValid,
        SelfSigned,
        WrongHost,
        UntrustedRoot,
        WrongKey,
    ] {
        let origin = Origin::start(
            &authority,
            OriginOptions {
                presented,
                ..OriginOptions::https()
            },
        )
        .await;
        let met = straight(&authority, &origin, &["h2"]).await;
        assert_eq!(met.is_ok(), presented == Good, "{presented:?}");
    }
}
