//! The commands, as a shell and as curl itself read them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use proptest::prelude::*;

use super::{Body, command, quote};
use crate::test_support::exchange;
use crate::{Fields, Version};

/// The words that a shell makes of a command's arguments.
fn words(arguments: &str) -> Vec<String> {
    let output = Command::new("sh")
        .args(["-c", &format!("printf '%s\\0' {arguments}")])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let words = String::from_utf8(output.stdout).unwrap();
    words
        .trim_end_matches('\0')
        .split('\0')
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_get_is_told_with_its_fields_and_without_those_of_the_hop() {
    let mut exchange = exchange("https://example.com/a?b=c&d='e'");
    exchange.request.version = Version::Http2;
    exchange.request.fields = Fields::pack([
        (&b"Host"[..], &b"example.com"[..]),
        (b"User-Agent", b"it's me"),
        (b"Accept-Encoding", b"gzip"),
        (b"Connection", b"keep-alive, X-Hop"),
        (b"X-Hop", b"1"),
        (b"X-Empty", b""),
        (b"Content-Length", b"0"),
    ]);
    assert_eq!(
        command(&exchange, &Body::None),
        "curl 'https://example.com/a?b=c&d='\\''e'\\''' \\\n  --http2 \\\n  --header 'User-Agent: it'\\''s me' \\\n  \
         --header 'Accept-Encoding: gzip' \\\n  --header 'X-Empty;' \\\n  --header Accept: \\\n  --compressed"
    );
}

#[test]
fn a_body_stands_in_the_command_or_in_a_file() {
    let mut exchange = exchange("http://[::1]:8080/x/../y");
    exchange.request.host = "::1".into();
    exchange.request.port = 8080;
    exchange.request.method = "PUT".into();
    exchange.request.fields = Fields::pack([
        (&b"user-agent"[..], &b"x"[..]),
        (b"accept", b"*/*"),
        (b"content-type", b"a/b"),
    ]);
    assert_eq!(
        command(&exchange, &Body::Text("@a\n'b'".to_owned())),
        "curl 'http://[::1]:8080/x/../y' \\\n  --globoff \\\n  --path-as-is \\\n  --request PUT \\\n  --http1.1 \\\n  \
         --header 'user-agent: x' \\\n  --header 'accept: */*' \\\n  --header 'content-type: a/b' \\\n  --header Expect: \\\n  \
         --data-raw '@a\n'\\''b'\\'''"
    );
    let told = command(&exchange, &Body::NotWhole);
    let file = format!("request-{}.body", exchange.id);
    assert!(told.starts_with(&format!(
        "# first save the request's body as {file}\n# (it was not recorded to its end)\ncurl "
    )));
    assert!(told.ends_with(&format!("--data-binary @{file}")), "{told}");
}

#[test]
fn curl_sends_the_request_that_was_recorded() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut exchange = exchange(&format!("http://{address}/p/./{{a}}?q=[1]"));
    exchange.request.method = "PATCH".into();
    exchange.request.fields = Fields::pack([
        (&b"Host"[..], address.to_string().as_bytes()),
        (b"X-Odd", b"`id` $HOME \"quoted\" 'single' \\"),
        (b"Empty", b""),
    ]);
    let body = "line one\nline 'two' $(id)\r\n";
    let told = command(&exchange, &Body::Text(body.to_owned()));
    let curl = std::thread::spawn(move || {
        Command::new("sh")
            .args(["-c", &format!("{told} --silent --noproxy '*'")])
            .output()
    });
    let (mut stream, _) = listener.accept().unwrap();
    let mut request = Vec::new();
    while !request.ends_with(body.as_bytes()) {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "curl hung up");
        request.extend_from_slice(&buffer[..length]);
    }
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        .unwrap();
    assert!(
        curl.join()
            .unwrap()
            .expect("this test needs curl")
            .status
            .success()
    );
    let expected = format!(
        "PATCH /p/./{{a}}?q=[1] HTTP/1.1\r\nHost: {address}\r\nX-Odd: `id` $HOME \"quoted\" 'single' \\\r\nEmpty:\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(String::from_utf8_lossy(&request), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_quoted_word_is_one_word_to_a_shell(texts in prop::collection::vec("[^\0]{0,30}", 1..20)) {
        // The empty word at the end shows that nothing was lost before it.
        let quoted: Vec<String> = texts.iter().map(|text| quote(text)).collect();
        prop_assert_eq!(words(&format!("{} end", quoted.join(" "))), texts.iter().cloned().chain(["end".to_owned()]).collect::<Vec<_>>());
    }
}
