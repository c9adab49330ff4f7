//! The messages of SOCKS, whole, in part and broken.

use super::*;
use proptest::prelude::*;

fn target(read: Read<Request>) -> String {
    let (request, _) = read.unwrap().unwrap();
    assert_eq!(request.command, Command::Connect);
    request
        .target
        .map_or_else(|error| error.to_string(), |target| target.to_string())
}

#[test]
fn greetings_and_credentials_are_read() {
    let methods = |none, password| Methods { none, password };
    assert_eq!(
        read_greeting(&[5, 2, 0, 2, 9]),
        Ok(Some((methods(true, true), 4)))
    );
    assert_eq!(read_greeting(&[5, 1, 1]), Ok(Some((methods(false, false), 3))));
    assert_eq!(read_greeting(&[5, 0]), Ok(Some((methods(false, false), 2))));
    assert_eq!(read_greeting(&[6]), Err(Malformed::Version(6)));
    assert_eq!(
        read_credentials(b"\x01\x03ann\x02pw!"),
        Ok(Some(((&b"ann"[..], &b"pw"[..]), 8)))
    );
    assert_eq!(read_credentials(b"\x05"), Err(Malformed::CredentialsVersion(5)));
}

#[test]
fn targets_of_each_form_are_read() {
    let five = |tail: &[u8]| target(read_request(&[b"\x05\x01\0", tail].concat()));
    assert_eq!(five(b"\x01\x7f\0\0\x01\x01\xbb"), "127.0.0.1:443");
    assert_eq!(five(b"\x03\x0bExample.com\x01\xbb"), "example.com:443");
    assert_eq!(
        five(b"\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\0\x50"),
        "[2001:db8::1]:80"
    );
    // Clients that know no better give an address as a name.
    assert_eq!(five(b"\x03\x03::1\0\x50"), "[::1]:80");
    assert_eq!(
        five(b"\x03\x03a b\0\x50"),
        "\"a b\" is not a host name or an address"
    );
    assert_eq!(five(b"\x03\x01a\0\0"), "\"0\" is not a port from 1 to 65535");
    assert_eq!(
        five(b"\x02\x01"),
        "address type 2 is not one of SOCKS5: 1, 3 and 4 are"
    );

    let four = |tail: &[u8]| target(read_socks4(&[b"\x04\x01\x01\xbb", tail].concat()));
    assert_eq!(four(b"\x7f\0\0\x01me\0"), "127.0.0.1:443");
    assert_eq!(four(b"\0\0\0\x07me\0example.com\0"), "example.com:443");
    assert_eq!(four(b"\0\0\0\0\0"), "0.0.0.0:443");
}

#[test]
fn texts_without_an_end_are_not_waited_for() {
    let head = b"\x04\x01\x01\xbb\0\0\0\x01";
    let user = [&head[..], &[b'a'; 256]].concat();
    assert_eq!(read_socks4(&user), Err(Malformed::LongUser));
    let name = [&head[..], b"\0", &[b'a'; 256]].concat();
    assert_eq!(read_socks4(&name), Err(Malformed::LongName));
}

#[test]
fn replies_are_written() {
    let bound = |text: &str| Some(text.parse().unwrap());
    assert_eq!(
        Reply::Succeeded.write(Version::Socks5, bound("192.0.2.1:258")),
        [5, 0, 0, 1, 192, 0, 2, 1, 1, 2]
    );
    assert_eq!(
        Reply::Succeeded.write(Version::Socks5, bound("[::1]:1")).len(),
        22
    );
    assert_eq!(
        Reply::CommandNotSupported.write(Version::Socks5, None)[..2],
        [5, 7]
    );
    assert_eq!(
        Reply::Succeeded.write(Version::Socks4, None),
        [0, 90, 0, 0, 0, 0, 0, 0]
    );
    assert_eq!(Reply::NotAllowed.write(Version::Socks4, None)[..2], [0, 91]);
}

/// A reader finds nothing in any beginning of a message, and the same in all that begins with it.
fn is_read_at_every_split<T: PartialEq + std::fmt::Debug>(
    message: &[u8],
    more: &[u8],
    read: impl Fn(&[u8]) -> Result<Option<(T, usize)>, Malformed>,
) {
    for end in 0..message.len() {
        assert_eq!(read(&message[..end]), Ok(None), "{end} of {message:?}");
    }
    let whole = read(message).unwrap().unwrap();
    assert_eq!(whole.1, message.len());
    assert_eq!(read(&[message, more].concat()), Ok(Some(whole)));
}

proptest! {
    #[test]
    fn messages_are_read_at_every_split(
        name in "[a-z0-9.-]{1,40}",
        user in prop::collection::vec(1u8.., 0..200),
        port: u16,
        ip: [u8; 4],
        ip6: [u8; 16],
        more: Vec<u8>,
    ) {
        let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
        let greeting = [&[5, length(&user)], &user[..]].concat();
        is_read_at_every_split(&greeting, &more, read_greeting);
        let credentials = [&[1, length(&user)], &user[..], &[length(name.as_bytes())], name.as_bytes()].concat();
        is_read_at_every_split(&credentials, &more, |bytes| {
            Ok(read_credentials(bytes)?.map(|((user, password), length)| ((user.to_vec(), password.to_vec()), length)))
        });
        let port = port.to_be_bytes();
        for address in [
            [&[1], &ip[..]].concat(),
            [&[4], &ip6[..]].concat(),
            [&[3, length(name.as_bytes())], name.as_bytes()].concat(),
        ] {
            let request = [&[5, 1, 0], &address[..], &port].concat();
            is_read_at_every_split(&request, &more, read_request);
        }
        let four = [&[4, 1], &port[..], &[10, ip[1], ip[2], ip[3]], &user[..], &[0]].concat();
        is_read_at_every_split(&four, &more, read_socks4);
        let four_a = [&[4, 1], &port[..], &[0, 0, 0, ip[3].max(1)], &user[..], &[0], name.as_bytes(), &[0]].concat();
        is_read_at_every_split(&four_a, &more, read_socks4);
    }

    #[test]
    fn bytes_of_any_kind_never_panic(bytes: Vec<u8>) {
        for version in [1, 4, 5] {
            let bytes = [&[version], &bytes[..]].concat();
            let _ = read_greeting(&bytes);
            let _ = read_credentials(&bytes);
            let _ = read_request(&bytes);
            let _ = read_socks4(&bytes);
        }
    }
}
