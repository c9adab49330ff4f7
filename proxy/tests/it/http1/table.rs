//! The table: what an HTTP/1 peer may send, by the byte, and what becomes of it. Each case is a connection of its own.
//! What is refused has an answer that says why, and nothing of it reaches the other side; what is carried arrives as
//! it was sent, or as the case says.

mod refused_bodies;
mod refused_heads;
mod requests;
mod responses;

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::lab::{Lab, RawOrigin, read_to_end_or_reset, within};

/// What becomes of a message.
#[derive(Clone, Copy, Debug)]
enum Becomes {
    /// It arrives to the byte.
    Same,
    /// It arrives like this.
    This(&'static str),
    /// It is refused with this status and a page that says this.
    Refused(u16, &'static str),
    /// The other side gets this of it, and then its connection is cut.
    Cut(&'static str),
}

use Becomes::{Cut, Refused, Same, This};

/// `@HOST` in a case.
fn filled(text: &str, host: &str) -> Vec<u8> {
    text.replace("@HOST", host).into_bytes()
}

fn shown(bytes: &[u8]) -> String {
    let text = bytes.escape_ascii().to_string();
    match text.char_indices().nth(600) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

fn has_empty_line(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|window| window == b"\r\n\r\n")
}

/// An origin that answers what is put there once it has read a head, and tells all that it read.
struct Answering {
    origin: RawOrigin,
    answer: Arc<Mutex<Vec<u8>>>,
    told: UnboundedReceiver<Vec<u8>>,
}

impl Answering {
    async fn start(lab: &Lab) -> Self {
        let (tell, told) = unbounded_channel();
        let answer = Arc::new(Mutex::new(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec(),
        ));
        let given = answer.clone();
        let origin = RawOrigin::tls(&lab.authority, &["http/1.1"], move |mut stream| {
            let (tell, answer) = (tell.clone(), given.lock().unwrap().clone());
            async move {
                let (mut seen, mut is_answered) = (Vec::new(), false);
                while let Ok(1..) = stream.read_buf(&mut seen).await {
                    if !is_answered && has_empty_line(&seen) {
                        is_answered = true;
                        let _ = stream.write_all(&answer).await;
                        // An end after it: to a body without a length, and to what comes too short.
                        let _ = stream.shutdown().await;
                    }
                }
                let _ = tell.send(seen);
            }
        })
        .await;
        Self { origin, answer, told }
    }

    /// Sends this as a client of its own, reads to the end, and gives what each side got.
    async fn exchange(&mut self, lab: &Lab, sent: &[u8]) -> (Vec<u8>, std::io::Result<()>, Vec<u8>) {
        let mut stream = lab.http1_stream(&self.origin.authority()).await;
        // What is refused early may be cut off while it is sent.
        let _ = stream.write_all(sent).await;
        let _ = stream.flush().await;
        let (answer, end) = read_to_end_or_reset(&mut stream).await;
        drop(stream);
        let seen = within("what the origin saw", self.told.recv()).await.unwrap();
        (answer, end, seen)
    }
}

#[tokio::test]
async fn requests_arrive_as_they_were_sent_or_not_at_all() {
    let lab = Lab::start().await;
    let mut answering = Answering::start(&lab).await;
    let host = answering.origin.authority();
    let cases = requests::all();
    assert!(cases.len() >= 100, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for (name, sent, becomes) in &cases {
        let sent = filled(sent, &host);
        let (answer, _, seen) = answering.exchange(&lab, &sent).await;
        let fits = match becomes {
            Same => answer.starts_with(b"HTTP/1.1 200 ") && seen == sent,
            This(expected) => answer.starts_with(b"HTTP/1.1 200 ") && seen == filled(expected, &host),
            Refused(status, why) => {
                let answer = String::from_utf8_lossy(&answer);
                let is_told = answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(why);
                is_told && seen.is_empty()
            }
            Cut(expected) => seen == filled(expected, &host),
        };
        if !fits {
            wrong.push(format!(
                "{name}: {becomes:?}\n  sent     {}\n  seen     {}\n  answered {}",
                shown(&sent),
                shown(&seen),
                shown(&answer)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn responses_arrive_as_they_were_sent_or_are_told_of() {
    let lab = Lab::start().await;
    let mut answering = Answering::start(&lab).await;
    let host = answering.origin.authority();
    let cases = responses::all();
    assert!(cases.len() >= 100, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for (name, method, sent, becomes) in &cases {
        sent.clone_into(&mut answering.answer.lock().unwrap());
        let request = format!("{method} / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let (answer, end, _) = answering.exchange(&lab, request.as_bytes()).await;
        let fits = match becomes {
            Same => answer == *sent,
            This(expected) => answer == expected.as_bytes(),
            Refused(status, why) => {
                let answer = String::from_utf8_lossy(&answer);
                answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(why)
            }
            // An end without a word is no end of the message.
            Cut(expected) => answer == expected.as_bytes() && end.is_err(),
        };
        if !fits {
            wrong.push(format!(
                "{name}: {becomes:?}\n  sent     {}\n  answered {} {end:?}",
                shown(sent),
                shown(&answer)
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}
