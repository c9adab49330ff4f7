//! How a case of RFC 6455 is carried through the proxy, by the byte, and how what was recorded of it is looked at.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{messages, payload};
use crate::lab::{Lab, RawOrigin, read_head, read_some, within};

pub(super) const TEXT: u8 = 0x81;
pub(super) const BINARY: u8 = 0x82;
pub(super) const CLOSE: u8 = 0x88;
pub(super) const PING: u8 = 0x89;
pub(super) const PONG: u8 = 0x8a;
pub(super) const RSV1: u8 = 0x40;

/// What goes one way, and what is to be recorded of it.
pub(super) struct Case {
    pub(super) name: String,
    /// The first byte of each frame, and its payload.
    pub(super) frames: Vec<(u8, Vec<u8>)>,
    pub(super) messages: Vec<Expected>,
    pub(super) extensions: &'static str,
}

pub(super) struct Expected {
    pub(super) opcode: Option<&'static str>,
    pub(super) payload: Vec<u8>,
    /// Part of what is told to be wrong.
    pub(super) problem: Option<&'static str>,
}

pub(super) fn good(opcode: &'static str, payload: impl Into<Vec<u8>>) -> Expected {
    Expected {
        opcode: Some(opcode),
        payload: payload.into(),
        problem: None,
    }
}

pub(super) fn bad(
    opcode: Option<&'static str>,
    payload: impl Into<Vec<u8>>,
    problem: &'static str,
) -> Expected {
    Expected {
        opcode,
        payload: payload.into(),
        problem: Some(problem),
    }
}

pub(super) fn case(name: impl Into<String>, frames: &[(u8, &[u8])], messages: Vec<Expected>) -> Case {
    Case {
        name: name.into(),
        frames: frames
            .iter()
            .map(|(first, payload)| (*first, payload.to_vec()))
            .collect(),
        messages,
        extensions: "",
    }
}

pub(super) fn frame(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let bit = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(bit | length as u8),
        length @ 126..65536 => {
            frame.push(bit | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(bit | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(mask.iter().flatten());
    let mask = mask.unwrap_or_default();
    frame.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]));
    frame
}

pub(super) async fn carry_and_look(lab: &Lab, case: &Case) {
    let path = format!("/{}", case.name);
    let masked: Vec<u8> = case
        .frames
        .iter()
        .flat_map(|(first, payload)| frame(*first, payload, Some([0x37, 0xfa, 0x21, 0x3d])))
        .collect();
    let plain: Vec<u8> = case
        .frames
        .iter()
        .flat_map(|(first, payload)| frame(*first, payload, None))
        .collect();
    let extensions = match case.extensions {
        "" => String::new(),
        extensions => format!("Sec-WebSocket-Extensions: {extensions}\r\n"),
    };
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{extensions}\r\n"
    );
    let (expected, back) = (masked.clone(), plain.clone());
    let origin = RawOrigin::tcp(move |mut stream| {
        let (answer, expected, back) = (answer.clone(), expected.clone(), back.clone());
        async move {
            read_head(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            let came = read_some(&mut stream, expected.len()).await;
            // What was changed on the way is not answered.
            if came == expected {
                stream.write_all(&back).await.unwrap();
            }
            stream.shutdown().await.unwrap();
            let _ = stream.read(&mut [0]).await;
        }
    })
    .await;

    let mut stream = lab.client().tunnel(&origin.authority()).await;
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        origin.authority()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let answered = read_head(&mut stream).await;
    assert!(answered.starts_with("HTTP/1.1 101 "), "{path}: {answered}");
    stream.write_all(&masked).await.unwrap();
    let mut came = Vec::new();
    within(
        format!("what comes back of {path}"),
        stream.read_to_end(&mut came),
    )
    .await
    .unwrap();
    assert!(came == plain, "{path}: {} bytes for {}", came.len(), plain.len());
    drop(stream);

    let api = lab.api();
    assert_eq!(api.exchange(&path).await["protocol"], "websocket");
    let page = messages(&api, &path, 2 * case.messages.len() as u64).await;
    let items = page["items"].as_array().unwrap();
    for from in ["client", "origin"] {
        let told: Vec<_> = items.iter().filter(|item| item["from"] == from).collect();
        assert_eq!(told.len(), case.messages.len(), "{path}: {page:#}");
        for (item, expected) in told.into_iter().zip(&case.messages) {
            assert_eq!(item["opcode"].as_str(), expected.opcode, "{path}: {item:#}");
            assert_eq!(
                item["size"].as_u64(),
                Some(expected.payload.len() as u64),
                "{path}: {item:#}"
            );
            match (item["problem"].as_str(), expected.problem) {
                (None, None) => {}
                (Some(told), Some(part)) => assert!(told.contains(part), "{path}: {told}"),
                other => panic!("{path}: {other:?}"),
            }
        }
    }
    let number = items.last().unwrap()["number"].as_u64().unwrap();
    let last = &case.messages.last().unwrap().payload;
    assert!(
        &payload(&api, &path, number).await == last,
        "{path}: its last payload"
    );
}

pub(super) async fn carry_all(cases: Vec<Case>) {
    let lab = Lab::start().await;
    for case in &cases {
        carry_and_look(&lab, case).await;
    }
}
