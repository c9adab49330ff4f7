//! gRPC-Web and NDJSON, byte for byte as their programs send them: carried as they were, told message by message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Request};
use tokio::io::AsyncWriteExt;

use super::{messages, payload};
use crate::lab::{Lab, RawOrigin, full, read_answer};

/// An origin of HTTP/1.1 that takes one request with a body, and answers with these pieces.
async fn answering(lab: &Lab, kind: &'static str, pieces: Vec<Vec<u8>>) -> RawOrigin {
    RawOrigin::tls(&lab.authority, &["http/1.1"], move |mut stream| {
        let pieces = pieces.clone();
        async move {
            read_answer(&mut stream).await;
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n");
            let mut answer = head.into_bytes();
            for piece in pieces {
                answer.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                answer.extend_from_slice(&piece);
                answer.extend_from_slice(b"\r\n");
            }
            answer.extend_from_slice(b"0\r\n\r\n");
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

/// A frame of gRPC-Web (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md>): 0x80 marks trailers.
fn frame(flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[flags], &length[..], payload].concat()
}

/// Field 1 with this text, as protobuf writes it.
fn text(text: &str) -> Vec<u8> {
    [&[0x0a, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

#[tokio::test]
async fn grpc_web_in_binary_and_in_text() {
    const TRAILERS: &[u8] = b"grpc-status:5\r\ngrpc-message:nobody%20is here\r\n";
    let frames = [
        frame(0, &text("one")),
        frame(0, &text("two")),
        frame(0x80, TRAILERS),
    ];
    for kind in ["application/grpc-web+proto", "application/grpc-web-text+proto"] {
        let lab = Lab::start().await;
        let coded = |bytes: &[u8]| match kind.contains("text") {
            true => STANDARD.encode(bytes).into_bytes(),
            false => bytes.to_vec(),
        };
        // Each frame is coded alone, with its padding, and they come in pieces of another size.
        let sent = frames.iter().flat_map(|frame| coded(frame)).collect::<Vec<u8>>();
        let origin = answering(&lab, kind, sent.chunks(7).map(<[u8]>::to_vec).collect()).await;
        let path = "/chat.v1.Chat/Say";
        let request = Request::builder()
            .method(Method::POST)
            .uri(origin.url("https", path))
            .header("content-type", kind)
            .header("x-grpc-web", "1")
            .body(full(coded(&frame(0, &text("hello")))))
            .unwrap();
        let answer = lab.client().http1().send(request).await;
        assert!(answer.body == sent, "{kind}: the answer came as it was sent");

        let api = lab.api();
        let row = api.exchange(path).await;
        assert_eq!(
            (&row["protocol"], &row["operation"], &row["grpc_status"]),
            (&"grpc_web".into(), &"chat.v1.Chat/Say".into(), &5.into()),
            "{kind}"
        );
        let page = messages(&api, path, 4).await;
        assert_eq!(page["kind"], "grpc_web");
        let items = page["items"].as_array().unwrap();
        let told: Vec<_> = items
            .iter()
            .map(|item| {
                (
                    item["from"].as_str().unwrap(),
                    item["grpc"]["is_trailers"] == true,
                )
            })
            .collect();
        let origin_says = |is_trailers| ("origin", is_trailers);
        assert_eq!(
            told,
            [
                ("client", false),
                origin_says(false),
                origin_says(false),
                origin_says(true)
            ]
        );
        for (number, said) in [(1, "hello"), (2, "one"), (3, "two")] {
            assert_eq!(payload(&api, path, number).await, text(said), "{kind}");
        }
        let end = &items[3]["grpc"];
        assert_eq!(
            (&end["status"], &end["status_name"], &end["message"]),
            (&5.into(), &"NOT_FOUND".into(), &"nobody is here".into()),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn lines_of_json_are_told_one_by_one_however_they_are_cut() {
    let lab = Lab::start().await;
    let lines = ["{\"n\":1}", "{\"n\":2,\"text\":\"zwölf\"}", "[3]", "{\"n\":4}"];
    // The last line has no end, and between two there is an empty one.
    let body = format!("{}\n{}\r\n\n{}\n{}", lines[0], lines[1], lines[2], lines[3]);
    let pieces = body.as_bytes().chunks(5).map(<[u8]>::to_vec).collect();
    let origin = answering(&lab, "application/x-ndjson", pieces).await;
    let url = origin.url("https", "/_bulk");
    let sent = "{\"index\":{}}\n{\"a\":1}\n";
    let request = Request::builder()
        .method(Method::POST)
        .uri(url)
        .header("content-type", "application/x-ndjson")
        .body(full(sent))
        .unwrap();
    let answer = lab.client().http1().send(request).await;
    assert_eq!(answer.text(), body);

    let api = lab.api();
    let row = api.exchange("/_bulk").await;
    assert_eq!(
        (&row["protocol"], &row["state"]),
        (&"ndjson".into(), &"done".into())
    );
    let page = messages(&api, "/_bulk", 4).await;
    assert_eq!(page["kind"], "ndjson");
    let of = |from: &str| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        let told = items.filter(|item| item["from"] == from);
        told.map(|item| item["preview"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(of("origin"), lines);
    assert_eq!(api.body(&row, "request", "").await, sent.as_bytes());
}
