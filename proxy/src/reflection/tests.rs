//! What is told of an origin that does not tell its types.

use http::Response;
use tokio::io::DuplexStream;

use super::*;

type Server = h2::server::Connection<DuplexStream, Bytes>;
type Answer = h2::server::SendResponse<Bytes>;

/// Asks a server that does this with the first call; then it leaves.
async fn ask_of(answer: impl FnOnce(&mut Answer)) -> String {
    let (ours, theirs) = duplex(PIPE);
    let serving = async {
        let mut server: Server = h2::server::handshake(theirs).await.unwrap();
        let (_request, mut respond) = server.accept().await.unwrap().unwrap();
        answer(&mut respond);
        server.graceful_shutdown();
        drop((_request, respond));
        while let Some(Ok(_)) = server.accept().await {}
    };
    let target = Target::new("origin.test", 443);
    let (told, ()) = tokio::join!(ask_over(ours, &target, "http"), serving);
    told.unwrap_err().to_string()
}

fn head(media_type: &str) -> http::response::Builder {
    Response::builder().header("content-type", media_type)
}

#[tokio::test]
async fn an_answer_that_is_no_grpc_is_not_read_as_such() {
    let told = ask_of(|respond| {
        let head = head("text/html").body(()).unwrap();
        let mut body = respond.send_response(head, false).unwrap();
        body.send_data("<html>".into(), true).unwrap();
    });
    assert_eq!(
        told.await,
        "the origin was not reached as gRPC is: its answer is text/html, and not application/grpc"
    );
}

#[tokio::test]
async fn what_a_call_says_is_told_though_the_connection_ends_behind_it() {
    let told = ask_of(|respond| {
        let head = head("application/grpc").header("grpc-status", "7");
        let head = head.header("grpc-message", "not you").body(()).unwrap();
        respond.send_response(head, true).unwrap();
    });
    assert_eq!(told.await, "the origin refused with grpc-status 7: not you");
}

#[tokio::test]
async fn a_connection_that_ends_is_not_told_as_a_proxy_that_stops() {
    let (ours, theirs) = duplex(PIPE);
    let serving = async {
        let mut server: Server = h2::server::handshake(theirs).await.unwrap();
        let call = server.accept().await.unwrap().unwrap();
        // Neither an answer nor an error: the socket ends.
        drop(server);
        drop(call);
    };
    let target = Target::new("origin.test", 443);
    let (told, ()) = tokio::join!(ask_over(ours, &target, "http"), serving);
    assert!(matches!(told, Err(ReflectionError::Closed)), "{told:?}");
}
