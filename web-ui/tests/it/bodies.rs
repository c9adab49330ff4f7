//! Bodies: ranges, codings, bombs, layouts, and what a browser must not be given.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::lab::Lab;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes that no part of them resembles another.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(length)
    .collect()
}

#[tokio::test]
async fn captured_content_is_served_as_nothing_but_bytes() {
    let lab = Lab::start().await;
    let id = lab
        .store
        .add_response("text/html", &[], "<script>alert(1)</script>");
    for form in ["", "?decode=1", "?pretty=1", "?as=text"] {
        let answer = lab
            .get(&format!("/api/exchanges/{id}/response/body{form}"))
            .answer()
            .await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(
            answer.header("content-disposition"),
            "attachment; filename=\"file.txt\""
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("sandbox"));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let answer = lab
        .get(&format!("/api/exchanges/{id}/response/body?as=image"))
        .answer()
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (
            415,
            "the body is not a PNG, JPEG, GIF, WebP, AVIF, BMP or icon".into()
        )
    );
}

#[tokio::test]
async fn an_image_is_of_the_type_that_it_is_and_not_that_it_says() {
    let lab = Lab::start().await;
    let png = b"\x89PNG\r\n\x1a\nrest";
    let id = lab
        .store
        .add_response("text/html", &[("content-encoding", "gzip")], gzip(png));
    let answer = lab
        .get(&format!("/api/exchanges/{id}/response/body?as=image"))
        .answer()
        .await;
    assert_eq!(
        (answer.header("content-type"), &answer.body[..]),
        ("image/png", &png[..])
    );
}

#[tokio::test]
async fn ranges_of_a_body() {
    let lab = Lab::start().await;
    let body = noise(1_000_000);
    let coded = gzip(&body);
    let plain = lab.store.add_response("text/plain", &[], body.clone());
    let coded = lab
        .store
        .add_response("text/plain", &[("content-encoding", "gzip")], coded);
    for path in [
        format!("/api/exchanges/{plain}/response/body"),
        format!("/api/exchanges/{coded}/response/body?decode=1"),
    ] {
        for (range, status, content_range, expected) in [
            ("bytes=0-0", 206, "bytes 0-0/1000000", 0..1),
            ("bytes=0-65535", 206, "bytes 0-65535/1000000", 0..65536),
            (
                "bytes=131000-262200",
                206,
                "bytes 131000-262200/1000000",
                131_000..262_201,
            ),
            (
                "bytes=999999-",
                206,
                "bytes 999999-999999/1000000",
                999_999..1_000_000,
            ),
            (
                "bytes=-10",
                206,
                "bytes 999990-999999/1000000",
                999_990..1_000_000,
            ),
            ("bytes=-2000000", 206, "bytes 0-999999/1000000", 0..1_000_000),
            (
                "bytes=999990-2000000",
                206,
                "bytes 999990-999999/1000000",
                999_990..1_000_000,
            ),
            ("bytes=0-1,5-6", 200, "", 0..1_000_000),
            ("pages=1-2", 200, "", 0..1_000_000),
            ("bytes=2-1", 200, "", 0..1_000_000),
        ] {
            let answer = lab.get(&path).header("range", range).answer().await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("content-range")),
                (status, content_range),
                "{range}"
            );
            assert_eq!(
                answer.header("content-length"),
                expected.len().to_string(),
                "{range}"
            );
            assert_eq!(answer.header("accept-ranges"), "bytes");
            assert!(answer.body == body[expected], "{path} {range}");
        }
        for range in ["bytes=1000000-", "bytes=-0"] {
            let answer = lab.get(&path).header("range", range).answer().await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("content-range")),
                (416, "bytes */1000000"),
                "{range}"
            );
            assert_eq!(
                answer.detail(),
                "the range begins behind the body's 1000000 bytes"
            );
        }
    }
}

#[tokio::test]
async fn a_head_request_has_the_length_and_no_body() {
    let lab = Lab::start().await;
    let id = lab.store.add_response("text/plain", &[], "12345");
    let ask = lab
        .ask("HEAD", &format!("/api/exchanges/{id}/response/body"))
        .bearer(crate::lab::TOKEN);
    let answer = ask.answer().await;
    assert_eq!(
        (
            answer.status.as_u16(),
            answer.header("content-length"),
            answer.body.len()
        ),
        (200, "5", 0)
    );
}

#[tokio::test]
async fn a_large_body_comes_byte_for_byte() {
    let lab = Lab::start().await;
    let body = noise(20_000_000);
    let id = lab.store.add_response("application/zip", &[], body.clone());
    let answer = lab
        .get(&format!("/api/exchanges/{id}/response/body"))
        .answer()
        .await;
    assert!(answer.body == body);
}

#[tokio::test]
async fn the_wire_is_what_stood_on_it_and_decoded_is_what_it_meant() {
    let lab = Lab::start().await;
    let wire = gzip(&gzip(b"hello"));
    let id = lab
        .store
        .add_response("text/plain", &[("content-encoding", "gzip, gzip")], wire.clone());
    let path = format!("/api/exchanges/{id}/response/body");
    assert_eq!(lab.get(&path).answer().await.body, wire);
    assert_eq!(
        lab.get(&format!("{path}?decode=1")).answer().await.text(),
        "hello"
    );
    assert_eq!(lab.get(&format!("{path}?decode=0")).answer().await.body, wire);
}

#[tokio::test]
async fn a_bomb_ends_and_says_that_it_was_one() {
    let lab = Lab::start().await;
    let bomb = zstd::encode_all(&vec![0; 300 << 20][..], 1).unwrap();
    let id = lab
        .store
        .add_response("text/plain", &[("content-encoding", "zstd")], bomb);
    let answer = lab
        .get(&format!("/api/exchanges/{id}/response/body?decode=1"))
        .answer()
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert!(answer.body.len() <= 17 << 20, "{}", answer.body.len());
    assert_eq!(
        answer.header("handlens-body-problem"),
        "it decodes to more than 1100 times its size, as a decompression bomb does: the rest is not shown"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_shown_as_far_as_it_came() {
    let lab = Lab::start().await;
    let text = noise(500_000);
    let wire = gzip(&text);
    let half = wire[..wire.len() / 2].to_vec();
    let id = lab
        .store
        .add_response("text/plain", &[("content-encoding", "gzip")], half.clone());
    let path = format!("/api/exchanges/{id}/response/body?decode=1");
    let answer = lab.get(&path).answer().await;
    assert!(!answer.body.is_empty() && text.starts_with(&answer.body));
    assert_eq!(
        answer.header("handlens-body-problem"),
        "the gzip coding ends early"
    );

    lab.store.set_body(id, half[..half.len() - 1].to_vec(), 0, true);
    let answer = lab.get(&path).answer().await;
    let still = "the body is still coming: this is what has come so far";
    assert_eq!(answer.header("handlens-body-problem"), still);
}

#[tokio::test]
async fn a_coding_that_is_not_known_is_named() {
    let lab = Lab::start().await;
    let id = lab
        .store
        .add_response("text/plain", &[("content-encoding", "compress")], "x");
    let answer = lab
        .get(&format!("/api/exchanges/{id}/response/body?decode=1"))
        .answer()
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (
            422,
            "the content coding \"compress\" can't be undone here: gzip, deflate, br and zstd can".into()
        )
    );
}

#[tokio::test]
async fn text_is_told_in_utf8() {
    let lab = Lab::start().await;
    let id = lab
        .store
        .add_response("text/plain; charset=iso-8859-1", &[], &b"gr\xfc\xdfe"[..]);
    let answer = lab
        .get(&format!("/api/exchanges/{id}/response/body?as=text"))
        .answer()
        .await;
    assert_eq!((answer.text(), answer.header("content-length")), ("grüße", "7"));
}

#[tokio::test]
async fn json_is_laid_out_and_too_long_a_text_is_not() {
    let lab = Lab::start().await;
    let coded = gzip(br#"{"b":1.0,"a":[]}"#);
    let id = lab
        .store
        .add_response("application/json", &[("content-encoding", "gzip")], coded);
    let answer = lab
        .get(&format!("/api/exchanges/{id}/response/body?pretty=1"))
        .answer()
        .await;
    assert_eq!(answer.text(), "{\n  \"b\": 1.0,\n  \"a\": []\n}");
    let range = lab
        .get(&format!("/api/exchanges/{id}/response/body?pretty=1"))
        .header("range", "bytes=2-5");
    assert_eq!(range.answer().await.text(), "  \"b");

    let id = lab
        .store
        .add_response("application/json", &[], vec![b' '; 9 << 20]);
    let answer = lab
        .get(&format!("/api/exchanges/{id}/response/body?pretty=1"))
        .answer()
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (
            413,
            "only texts of up to 8 MiB are laid out, and this one is longer: read it as it is".into()
        )
    );
    let id = lab.store.add_response("video/mp4", &[], "x");
    assert_eq!(
        lab.get(&format!("/api/exchanges/{id}/response/body?pretty=1"))
            .status()
            .await,
        415
    );
}

#[tokio::test]
async fn a_body_that_never_came_is_empty() {
    let lab = Lab::start().await;
    let id = lab
        .store
        .add_response("text/plain", &[("content-encoding", "br")], "");
    for path in [
        "request/body",
        "response/body",
        "response/body?decode=1",
        "response/body?as=text",
    ] {
        let answer = lab.get(&format!("/api/exchanges/{id}/{path}")).answer().await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0), "{path}");
        assert_eq!(answer.header("handlens-body-problem"), "");
    }
}
