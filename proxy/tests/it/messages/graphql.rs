//! Operations of GraphQL, named as they pass.

use std::io::Write;

use http::{Request, header};

use crate::lab::{Lab, Origin, OriginOptions, full};

fn gzipped(text: &str) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    coder.write_all(text.as_bytes()).unwrap();
    coder.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_are_named_plain_coded_and_long_and_are_carried_as_they_were() {
    let lab = Lab::start().await;
    let origin = Origin::start(&lab.authority, OriginOptions::https()).await;
    let client = lab.client();
    let asked = |name: &str, more: &str| {
        format!(
            "{{\"operationName\":\"{name}\",\"query\":\"query {name} {{ a }}\",\"variables\":\"{more}\"}}"
        )
    };
    let long = asked("Long", &"x".repeat(100_000));
    for (name, coding, body) in [
        ("Plain", None, asked("Plain", "").into_bytes()),
        ("Coded", Some("gzip"), gzipped(&asked("Coded", ""))),
        ("Long", None, long.into_bytes()),
    ] {
        let post = Request::post(origin.url(&format!("/echo?{name}")));
        let mut post = post.header(header::CONTENT_TYPE, "application/json");
        if let Some(coding) = coding {
            post = post.header(header::CONTENT_ENCODING, coding);
        }
        let answer = client.send(post.body(full(body.clone())).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.body.to_vec()), (200, body));
        let row = lab.api().exchange(&format!("/echo?{name}")).await;
        assert_eq!(
            (&row["protocol"], &row["operation"]),
            (&"graphql".into(), &name.into())
        );
        let url = format!("/api/exchanges?filter=protocol:graphql%20operation:{name}");
        assert_eq!(lab.api().get(&url).await["matched"], 1);
    }
}
