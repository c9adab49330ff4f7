//! HTTP/2 with the proxy itself: who is let in, what stays, and what is told of it.

use http::{Method, Request};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::auth::{ANN, credentials};
use super::secured::secured;
use crate::lab::http2::{
    ACK, DATA, GOAWAY, HEADERS, Http2Ends, PING, RST_STREAM, RawFrame, RawHttp2, SETTINGS,
};
use crate::lab::http2::{END_STREAM, request_fields};
use crate::lab::{Answer, Conversation, Lab, RawOrigin, empty, read_to_end_or_reset};

/// An origin that gives back what it is sent.
async fn echo() -> RawOrigin {
    RawOrigin::tcp(|mut stream| async move {
        let (mut reader, mut writer) = stream.split();
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    })
    .await
}

/// A client of HTTP/2 with the proxy, by the frame.
async fn raw(lab: &Lab) -> RawHttp2 {
    RawHttp2::greet_as_client(lab.client().tcp().await, &[]).await
}

/// SETTINGS_INITIAL_WINDOW_SIZE: no body is taken.
const NO_WINDOW: (u16, u32) = (4, 0);

fn connect(stream: u32, target: &str) -> RawFrame {
    RawFrame::headers(stream, 0, &[(":method", "CONNECT"), (":authority", target)])
}

fn get(stream: u32, authority: &str, path: &str) -> RawFrame {
    let fields = [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", authority),
        (":path", path),
    ];
    RawFrame::headers(stream, END_STREAM, &fields)
}

#[tokio::test]
async fn a_password_is_looked_at_before_a_place_is_taken_and_refusals_are_told() {
    // One place is the client's, one is held for whoever comes next.
    let limits = "[limits]\nconnections = 3\n";
    let lab = Lab::start_as(|setup| setup.args(&["--proxy-auth", ANN]).config(limits)).await;
    let origin = echo().await;
    let outer = Conversation::http2(lab.client().tcp().await).await;
    let ask = async |method: Method, url: &str, password: &str| {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("proxy-authorization", credentials("ann", password))
            .body(empty())
            .unwrap();
        let mut sender = outer.http2_sender();
        sender.ready().await.unwrap();
        sender.send_request(request).await.unwrap()
    };
    let target = origin.authority();
    let tunnel = ask(Method::CONNECT, &target, "open sesame").await;
    assert_eq!(tunnel.status(), 200);
    for (password, status) in [("wrong", 407), ("open sesame", 503)] {
        assert_eq!(ask(Method::CONNECT, &target, password).await.status(), status);
        let url = origin.url("http", &format!("/{status}"));
        let answer = Answer::read(ask(Method::GET, &url, password).await)
            .await
            .unwrap();
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    drop((tunnel, outer));
    let texts = [
        "the client's user and password are not ones that this proxy knows",
        "there is no room for another stream",
    ];
    // The client's own is one too.
    let rows = lab.api().connections_closed(6).await;
    for text in texts {
        let told = |door: &str| {
            let like = |row: &&Value| row["failure"]["text"] == text && row["door"] == door;
            rows.iter().filter(like).count()
        };
        assert_eq!((told("connect"), told("http")), (1, 1), "{text}: {rows:#?}");
    }
    for row in lab.api().exchanges_over(4).await {
        let told = lab.api().exchange_of(&row).await.to_string().to_lowercase();
        assert!(!told.contains("proxy-authorization"), "{told}");
    }
    for (path, text) in [("/407", texts[0]), ("/503", texts[1])] {
        assert_eq!(lab.api().exchange(path).await["error"]["text"], text);
    }
}

#[tokio::test]
async fn a_connect_that_names_no_target_is_a_row() {
    let lab = Lab::start().await;
    let mut client = raw(&lab).await;
    client.send(connect(1, "localhost:0")).await;
    assert_eq!(client.expect(HEADERS, 1).await.field(":status"), Some("400"));
    let text = "the client's CONNECT can't be read: \"0\" is not a port from 1 to 65535";
    lab.api()
        .connection_where(text, |row| row["failure"]["text"] == text)
        .await;
}

#[tokio::test]
async fn a_malformed_request_is_in_the_record_wherever_it_came_to() {
    let lab = Lab::start().await;
    let mut ends = Http2Ends::start().await;
    let (inside, _origin) = ends.open(&lab).await;
    for (mut client, path) in [(raw(&lab).await, "/at-the-door"), (inside, "/in-a-tunnel")] {
        let fields = request_fields("GET", path, &[("x", " padded")]);
        client.send(RawFrame::headers(1, END_STREAM, &fields)).await;
        assert_eq!(client.expect(RST_STREAM, 1).await.code(), 1, "PROTOCOL_ERROR");
        let told = lab.api().exchange(path).await;
        assert_eq!(
            told["error"]["text"],
            "the request is refused as malformed: a field's value begins or ends with white space (section 8.2.1)",
            "{told:#}"
        );
        assert_eq!(told["error"]["leg"], "client");
    }
}

#[tokio::test]
async fn a_tunnel_that_is_reset_before_its_answer_is_no_failure() {
    let lab = Lab::start().await;
    let origin = echo().await;
    let mut client = raw(&lab).await;
    client.expect(SETTINGS, 0).await;
    // At various moments: before it is accepted, while its name is resolved, behind its answer.
    for turn in 0..15 {
        let stream = 2 * turn + 1;
        let target = format!("localhost:{}", origin.port());
        client.send(connect(stream, &target)).await;
        if turn % 3 == 0 {
            client.settle().await;
        }
        client.send(RawFrame::reset(stream, 8)).await;
        client.settle().await;
    }
    drop(client);
    lab.api()
        .connection_where("the client's own", |row| row["door"] == "http")
        .await;
    let rows = lab.api().closed_connections().await;
    assert!(rows.iter().any(|row| row["door"] == "connect"), "{rows:#?}");
    assert!(rows.iter().all(|row| row["failure"].is_null()), "{rows:#?}");
}

#[tokio::test]
async fn uploads_that_nobody_takes_do_not_stop_another() {
    // What goes through it waits for its answer for ever.
    let silent = RawOrigin::tcp(|stream| async move {
        let _held = stream;
        std::future::pending().await
    })
    .await;
    let lab = Lab::start_as(|setup| {
        setup
            .env("HANDLENS_UPSTREAM", format!("socks5://{}", silent.authority()))
            .env("HANDLENS_NO_PROXY", "127.0.0.1")
    })
    .await;
    let origin = echo().await;
    let mut client = raw(&lab).await;
    client.settle().await;
    let window = client
        .settings
        .chunks(6)
        .find(|setting| setting[..2] == [0, 4])
        .map(|setting| u32::from_be_bytes(setting[2..].try_into().unwrap()));
    let window = window.unwrap_or(65_535) as usize;
    for stream in (1..33).step_by(2) {
        let url = [
            (":method", "POST"),
            (":scheme", "http"),
            (":authority", "nowhere.invalid"),
            (":path", "/"),
        ];
        client.send(RawFrame::headers(stream, 0, &url)).await;
        for piece in vec![0; window].chunks(16_384) {
            client.send(RawFrame::data(stream, 0, piece)).await;
        }
    }
    client
        .send(connect(33, &format!("127.0.0.1:{}", origin.port())))
        .await;
    assert_eq!(client.expect(HEADERS, 33).await.field(":status"), Some("200"));
    client.send(RawFrame::data(33, 0, b"\0goes on")).await;
    assert_eq!(client.expect(DATA, 33).await.payload, b"\0goes on");
}

#[tokio::test]
async fn a_websocket_that_is_refused_is_told_as_one() {
    let lab = Lab::start_as(|setup| setup.args(&["--proxy-auth", ANN])).await;
    let mut client = raw(&lab).await;
    let mut fields = request_fields("CONNECT", "/refused", &[]);
    fields.insert(1, (":protocol", "websocket"));
    client.expect(SETTINGS, 0).await;
    client.send(RawFrame::headers(1, 0, &fields)).await;
    assert_eq!(client.expect(HEADERS, 1).await.field(":status"), Some("407"));
    let told = lab.api().exchange("/refused").await;
    assert_eq!(
        told["request"]["fields"][0],
        serde_json::json!([":protocol", "websocket"]),
        "{told:#}"
    );
}

#[tokio::test]
async fn a_client_that_agrees_on_http_2_and_says_nothing_does_not_stay() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\nhead = 2\n")).await;
    for said in [&b""[..], b"PRI * HTTP/2.0\r\n"] {
        let mut outer = secured(&lab, true, "localhost").await;
        outer.write_all(said).await.unwrap();
        let (heard, _) = read_to_end_or_reset(&mut outer).await;
        assert!(heard.is_empty(), "{heard:?}");
    }
}

#[tokio::test]
async fn a_client_that_takes_no_page_is_not_waited_for() {
    let config = "[timeouts]\nhead = 0.5\nidle = 2\n";
    let guarded = Lab::start_as(|setup| setup.args(&["--proxy-auth", ANN]).config(config)).await;
    let open = Lab::start_as(|setup| setup.config(config)).await;
    let client = async |lab: &Lab| RawHttp2::greet_as_client(lab.client().tcp().await, &[NO_WINDOW]).await;
    let mut stranger = client(&guarded).await;
    let pac = format!("localhost:{}", guarded.handlens.proxy().port());
    let asked = [
        (connect(1, "localhost:1"), "407"),
        (get(3, "localhost", "/"), "407"),
        (get(5, &pac, "/proxy.pac"), "200"),
    ];
    for (frame, status) in asked {
        refused_in_vain(&mut stranger, frame, status).await;
    }
    // None is under way any more, so it is sent away as any other that rests.
    stranger.expect(GOAWAY, 0).await;
    let own = open.handlens.proxy().to_string();
    refused_in_vain(&mut client(&open).await, connect(1, &own), "403").await;
}

/// Asks, takes no body of the answer, and is not waited for.
async fn refused_in_vain(client: &mut RawHttp2, frame: RawFrame, status: &str) {
    let stream = frame.stream;
    client.send(frame).await;
    assert_eq!(
        client.expect(HEADERS, stream).await.field(":status"),
        Some(status)
    );
    assert_eq!(client.expect(RST_STREAM, stream).await.code(), 8, "CANCEL");
}

#[tokio::test]
async fn a_client_that_takes_no_leave_is_cut() {
    let lab = Lab::start_as(|setup| setup.config("[timeouts]\nidle = 0.3\n")).await;
    let mut client = raw(&lab).await;
    client.expect(GOAWAY, 0).await;
    // The PING behind it is not answered.
    while client.next().await.is_some() {}
}

#[tokio::test]
async fn a_shortage_of_places_does_not_send_a_busy_client_away() {
    let lab = Lab::start_as(|setup| setup.config("[limits]\nconnections = 3\n")).await;
    let origin = echo().await;
    let mut client = raw(&lab).await;
    client.expect(SETTINGS, 0).await;
    client.send(connect(1, &origin.authority())).await;
    assert_eq!(client.expect(HEADERS, 1).await.field(":status"), Some("200"));
    client.send(RawFrame::data(1, 0, b"\0busy")).await;
    assert_eq!(client.expect(DATA, 1).await.payload, b"\0busy");
    client.send(connect(3, &origin.authority())).await;
    loop {
        let frame = client.next().await.unwrap();
        assert_ne!(frame.kind, GOAWAY);
        if frame.is(HEADERS, 3) {
            assert_eq!(frame.field(":status"), Some("503"));
            client.send(RawFrame::ping(*b"anything")).await;
        }
        if frame.kind == PING && frame.has(ACK) {
            break;
        }
    }
}

#[tokio::test]
async fn the_configuration_of_another_host_is_not_ours() {
    let lab = Lab::start().await;
    let own = lab.handlens.proxy();
    let mut outer = Conversation::http2(TcpStream::connect(own).await.unwrap()).await;
    for host in ["127.0.0.1", "localhost"] {
        let answer = outer
            .get(&format!("http://{host}:{}/proxy.pac", own.port()))
            .await;
        let says = format!("return \"PROXY {host}:{}\";", own.port());
        assert!(answer.text().contains(&says), "{}", answer.text());
    }
    // It is ours, and not what the client has for us.
    let url = format!("http://127.0.0.2:{}/proxy.pac", own.port());
    let answer = outer.get(&url).await;
    assert_eq!(answer.status, 403, "{}", answer.text());
}

#[tokio::test]
async fn a_head_is_read_in_whatever_pieces_it_comes() {
    let lab = Lab::start().await;
    let origin = echo().await;
    for head in [
        format!("CONNECT {} HTTP/1.1\n\r\n", origin.authority()),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned() + "\0\0\0\x04\0\0\0\0\0",
    ] {
        let mut stream = lab.client().tcp().await;
        for byte in head.as_bytes() {
            stream.write_all(&[*byte]).await.unwrap();
        }
        let mut said = [0; 4];
        crate::lab::within("an answer", stream.read_exact(&mut said))
            .await
            .unwrap();
        let is_http2 = head.starts_with("PRI");
        assert_eq!(said == *b"HTTP", !is_http2, "{said:?}");
    }
}
