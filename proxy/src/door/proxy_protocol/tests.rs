//! Headers of the PROXY protocol, whole, in part and broken.

use super::*;
use proptest::prelude::*;

fn told(bytes: &[u8]) -> String {
    match parse(bytes) {
        Ok(Some((Some(source), length))) => format!("{source}, {length} bytes"),
        Ok(Some((None, length))) => format!("nobody, {length} bytes"),
        Ok(None) => "more".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn version_2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [&SIGNATURE[..], &[command, family], &length, rest].concat()
}

#[test]
fn headers_of_version_1_are_read() {
    for (header, says) in [
        (
            "PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r\nGET /",
            "192.0.2.7:40000, 42 bytes",
        ),
        ("PROXY TCP6 2001:db8::7 ::1 1 2\r\n", "[2001:db8::7]:1, 32 bytes"),
        ("PROXY UNKNOWN\r\n", "nobody, 15 bytes"),
        ("PROXY UNKNOWN ffff:f ffff 65535 65535\r\n", "nobody, 39 bytes"),
        ("PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r", "more"),
        (
            "PROXY TCP4 ::1 ::1 1 2\r\n",
            "the header of the PROXY protocol can't be read: its source is not an address of its family",
        ),
        (
            "PROXY TCP4 192.0.2.7 192.0.2.1 +1 443\r\n",
            "the header of the PROXY protocol can't be read: its source port is not a port",
        ),
        (
            "PROXY TCP4 192.0.2.7 192.0.2.1 1 65536\r\n",
            "the header of the PROXY protocol can't be read: its destination port is not a port",
        ),
        (
            "PROXY UDP4 192.0.2.7 192.0.2.1 1 2\r\n",
            "the header of the PROXY protocol can't be read: its line is not PROXY TCP4|TCP6 SOURCE DESTINATION PORT PORT",
        ),
        (
            "GET / HTTP/1.1\r\n",
            "the connection does not begin with a header of the PROXY protocol, which this listener is told to expect",
        ),
    ] {
        assert_eq!(told(header.as_bytes()), says, "{header}");
    }
    let endless = [b"PROXY ".as_slice(), &[b'A'; 200]].concat();
    assert_eq!(
        told(&endless),
        "the header of the PROXY protocol can't be read: its line is longer than 107 bytes"
    );
}

#[test]
fn headers_of_version_2_are_read() {
    let four = b"\xc0\0\x02\x07\xc0\0\x02\x01\x9c\x40\x01\xbb";
    assert_eq!(told(&version_2(0x21, 0x11, four)), "192.0.2.7:40000, 28 bytes");
    let extended = [&four[..], b"\x04\0\x01\0"].concat();
    assert_eq!(
        told(&version_2(0x21, 0x11, &extended)),
        "192.0.2.7:40000, 32 bytes"
    );
    let six = [&[0; 15][..], &[1], &[0; 16], b"\0\x07\x01\xbb"].concat();
    assert_eq!(told(&version_2(0x21, 0x21, &six)), "[::1]:7, 52 bytes");
    assert_eq!(told(&version_2(0x20, 0, b"")), "nobody, 16 bytes");
    assert_eq!(told(&version_2(0x20, 0x11, four)), "nobody, 28 bytes");
    assert_eq!(told(&version_2(0x21, 0x31, &[0; 216])), "nobody, 232 bytes");
    for (header, why) in [
        (
            version_2(0x11, 0x11, four),
            "its version or its command is none that there is",
        ),
        (
            version_2(0x22, 0x11, four),
            "its version or its command is none that there is",
        ),
        (version_2(0x21, 0x12, four), "its connection is not one of TCP"),
        (
            version_2(0x21, 0x11, &four[..11]),
            "it is too short for its addresses",
        ),
        (
            version_2(0x21, 0x11, &[0; 5000])[..20].to_vec(),
            "it is longer than 4096 bytes",
        ),
    ] {
        assert_eq!(
            told(&header),
            format!("the header of the PROXY protocol can't be read: {why}")
        );
    }
}

#[tokio::test]
async fn what_comes_behind_the_header_is_kept() {
    let limit = Duration::from_secs(5);
    let mut ahead = BytesMut::new();
    let mut sent = &b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r\n\x16\x03\x01"[..];
    let source = read_header(&mut sent, &mut ahead, limit).await.unwrap();
    assert_eq!(source, Some("192.0.2.7:40000".parse().unwrap()));
    assert_eq!(&ahead[..], b"\x16\x03\x01");
    let cut = read_header(&mut &b"PROXY T"[..], &mut BytesMut::new(), limit).await;
    assert!(matches!(cut, Err(HeaderError::CutShort)));
    let nothing = read_header(&mut &b""[..], &mut BytesMut::new(), limit).await;
    assert!(matches!(nothing, Ok(None)));
}

proptest! {
    #[test]
    fn headers_are_read_at_every_split(v4: [u8; 4], v6: [u8; 16], port: u16, extra in prop::collection::vec(any::<u8>(), 0..50), more: Vec<u8>) {
        let (four, six) = (Ipv4Addr::from(v4), Ipv6Addr::from(v6));
        let ports = [port.to_be_bytes(), [1, 187]].concat();
        for (header, source) in [
            (format!("PROXY TCP4 {four} 192.0.2.1 {port} 443\r\n").into_bytes(), IpAddr::from(four)),
            (format!("PROXY TCP6 {six} ::1 {port} 443\r\n").into_bytes(), IpAddr::from(six)),
            (version_2(0x21, 0x11, &[&v4[..], &[192, 0, 2, 1], &ports, &extra].concat()), IpAddr::from(four)),
            (version_2(0x21, 0x21, &[&v6[..], &[0; 16], &ports, &extra].concat()), IpAddr::from(six)),
        ] {
            for end in 0..header.len() {
                prop_assert_eq!(told(&header[..end]), "more");
            }
            let expected = format!("{}, {} bytes", SocketAddr::new(source, port), header.len());
            prop_assert_eq!(told(&[&header[..], &more].concat()), expected);
        }
    }

    #[test]
    fn bytes_of_any_kind_never_panic(bytes: Vec<u8>) {
        for begin in [&b""[..], b"PROXY ", &SIGNATURE, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"] {
            let _ = parse(&[begin, &bytes].concat());
        }
    }
}
