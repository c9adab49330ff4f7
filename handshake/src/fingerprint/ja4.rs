//! JA4 for TLS clients: a readable head, and digests of the sorted suites and extensions.
//!
//! Browsers shuffle their extensions, so JA3 changes with each of their hellos and JA4 does not.

use aws_lc_rs::digest::{SHA256, digest};

use super::{meant, numbers_of};
use crate::ClientHello;
use crate::message::{push_hex, push_number};
use crate::reader::Reader;
use crate::registry::extension::{
    APPLICATION_LAYER_PROTOCOL_NEGOTIATION, SERVER_NAME, SIGNATURE_ALGORITHMS, SUPPORTED_VERSIONS,
};

/// What carries a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TLS over TCP.
    Tcp,
    /// QUIC.
    Quic,
    /// DTLS.
    Dtls,
}

/// JA4: `t13d1516h2_8daaf6152771_e5627efa2ab1`.
#[must_use]
pub fn ja4(hello: &ClientHello, transport: Transport) -> String {
    let mut text = head(hello, transport);
    for digested in [suites(hello), extensions(hello)] {
        text.push('_');
        push_short_digest(&mut text, &digested);
    }
    text
}

/// The same with what is digested in place of the digests (`JA4_r`).
#[must_use]
pub fn ja4_raw(hello: &ClientHello, transport: Transport) -> String {
    format!(
        "{}_{}_{}",
        head(hello, transport),
        suites(hello),
        extensions(hello)
    )
}

fn head(hello: &ClientHello, transport: Transport) -> String {
    let transport = match transport {
        Transport::Tcp => 't',
        Transport::Quic => 'q',
        Transport::Dtls => 'd',
    };
    let destination = match hello.extension(SERVER_NAME) {
        Some(_) => 'd',
        None => 'i',
    };
    let mut text = String::with_capacity("t13d1516h2_8daaf6152771_e5627efa2ab1".len());
    text.push(transport);
    text.push_str(version(hello));
    text.push(destination);
    push_count(&mut text, meant(hello.cipher_suites.iter().copied()).count());
    push_count(
        &mut text,
        meant(hello.extensions.iter().map(|e| e.number)).count(),
    );
    text.extend(protocol(hello));
    text
}

/// A number in two digits.
fn push_count(text: &mut String, count: usize) {
    let count = count.min(99);
    if count < 10 {
        text.push('0');
    }
    push_number(text, count);
}

fn version(hello: &ClientHello) -> &'static str {
    let version = match hello.extension(SUPPORTED_VERSIONS) {
        Some(body) => Reader::new(body)
            .take_vector_u8()
            .and_then(Reader::numbers_u16)
            .and_then(|versions| meant(versions).max())
            .unwrap_or_default(),
        None => hello.legacy_version,
    };
    match version {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        0xfeff => "d1",
        0xfefd => "d2",
        0xfefc => "d3",
        _ => "00",
    }
}

/// The first and the last character of the first application protocol; of its hexadecimal digits where either is not
/// alphanumeric.
fn protocol(hello: &ClientHello) -> [char; 2] {
    let protocols = hello.application_protocols();
    let Some([first, .., last] | [first @ last]) = protocols.first().map(Vec::as_slice) else {
        return ['0', '0'];
    };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [*first, *last].map(char::from);
    }
    let digit = |n: u8| char::from_digit(n.into(), 16).unwrap_or('0');
    [digit(first >> 4), digit(last & 15)]
}

fn suites(hello: &ClientHello) -> String {
    let suites = sorted(hello.cipher_suites.iter().copied());
    let mut text = String::new();
    push_list(&mut text, &suites);
    text
}

/// The extensions but those of the head, sorted, and the signature schemes in their own order.
fn extensions(hello: &ClientHello) -> String {
    let of_head = [SERVER_NAME, APPLICATION_LAYER_PROTOCOL_NEGOTIATION];
    let mut extensions = sorted(hello.extensions.iter().map(|e| e.number));
    extensions.retain(|e| !of_head.contains(e));
    let mut text = String::new();
    push_list(&mut text, &extensions);
    let schemes = numbers_of(hello, SIGNATURE_ALGORITHMS);
    if !schemes.is_empty() {
        text.push('_');
        push_list(&mut text, &schemes);
    }
    text
}

/// The numbers that mean something, the least first.
fn sorted(numbers: impl ExactSizeIterator<Item = u16>) -> Vec<u16> {
    let mut sorted = Vec::with_capacity(numbers.len());
    sorted.extend(meant(numbers));
    sorted.sort_unstable();
    sorted
}

fn push_list(text: &mut String, numbers: &[u16]) {
    text.reserve(numbers.len() * "0000,".len());
    for (index, number) in numbers.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        push_hex(text, &number.to_be_bytes());
    }
}

fn push_short_digest(text: &mut String, digested: &str) {
    match digested {
        "" => text.push_str("000000000000"),
        _ => push_hex(text, &digest(&SHA256, digested.as_bytes()).as_ref()[..6]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{hello, vector};
    use super::*;

    const SUITES: [u16; 16] = [
        0x5a5a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
        0x009c, 0x009d, 0x002f, 0x0035,
    ];
    const SCHEMES: [u16; 8] = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];

    fn body(extension: u16) -> Vec<u8> {
        match extension {
            0x0010 => [&[0, 12, 2][..], b"h2", &[8], b"http/1.1"].concat(),
            0x002b => vec![6, 0xca, 0xca, 3, 4, 3, 3],
            0x000d => vector(&SCHEMES),
            _ => Vec::new(),
        }
    }

    fn hello_of(extensions: &[u16]) -> ClientHello {
        let extensions: Vec<_> = extensions.iter().map(|e| (*e, body(*e))).collect();
        hello(0x0303, &SUITES, &extensions)
    }

    #[test]
    fn the_published_examples_come_out() {
        let extensions = [
            0x2a2a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012,
            0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
        ];
        let chrome = hello_of(&extensions);
        assert_eq!(
            ja4(&chrome, Transport::Tcp),
            "t13d1516h2_8daaf6152771_e5627efa2ab1"
        );
        assert_eq!(
            ja4_raw(&chrome, Transport::Tcp),
            "t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_\
             0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_\
             0403,0804,0401,0503,0805,0501,0806,0601"
        );
        // Chrome of 2026, with ECH and the new number of application_settings.
        let chrome = hello_of(&[
            0x0000, 0x0005, 0x000a, 0x000b, 0x000d, 0x0012, 0x0017, 0x001b, 0x0023, 0x002b, 0x002d, 0x0033,
            0x44cd, 0xfe0d, 0xff01, 0x0010,
        ]);
        assert_eq!(
            ja4(&chrome, Transport::Tcp),
            "t13d1516h2_8daaf6152771_d8a2da3f94cd"
        );
    }

    /// Of the README of FoxIO's repository.
    #[test]
    fn the_examples_of_chrome_come_out_with_and_without_a_session_and_over_quic() {
        let chrome = [
            0x0000, 0x0005, 0x000a, 0x000b, 0x000d, 0x0010, 0x0012, 0x0017, 0x001b, 0x0023, 0x002b, 0x002d,
            0x0033, 0x4469, 0xfe0d, 0xff01,
        ];
        let with = |more: &[u16]| ja4(&hello_of(&[&chrome[..], more].concat()), Transport::Tcp);
        assert_eq!(with(&[]), "t13d1516h2_8daaf6152771_02713d6af862");
        // pre_shared_key is the last, and padding goes before.
        assert_eq!(with(&[0x0029]), "t13d1517h2_8daaf6152771_b0da82dd1658");
        assert_eq!(with(&[0x0015]), "t13d1517h2_8daaf6152771_b1ff8ab2d16f");

        let offers =
            [0x000a, 0x001b, 0x002d, 0x0033, 0x0039, 0x4469, 0xfe0d].map(|number| (number, Vec::new()));
        let schemes = [&SCHEMES[..], &[0x0201]].concat();
        let others = [
            (0x0000, Vec::new()),
            (0x0010, [&[0, 3, 2][..], b"h3"].concat()),
            (0x000d, vector(&schemes)),
            (0x002b, vec![2, 3, 4]),
            (0x0029, Vec::new()),
        ];
        let over_quic = hello(
            0x0303,
            &[0x1301, 0x1302, 0x1303],
            &[&offers[..], &others].concat(),
        );
        assert_eq!(
            ja4(&over_quic, Transport::Quic),
            "q13d0312h3_55b375c5d22e_06cda9e17597"
        );
    }

    #[test]
    fn without_signature_schemes_the_extensions_stand_alone() {
        let text = "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01";
        let mut digest = String::new();
        push_short_digest(&mut digest, text);
        assert_eq!(digest, "6d807ffa2a79");
        let bare = hello(0x0303, &[0x00ff], &[(5, Vec::new())]);
        assert_eq!(ja4_raw(&bare, Transport::Quic), "q12i010100_00ff_0005");
    }

    #[test]
    fn nothing_at_all_digests_to_zeros() {
        let empty = hello(0x0300, &[0x1a1a], &[(0, Vec::new())]);
        assert_eq!(
            ja4(&empty, Transport::Tcp),
            "ts3d000100_000000000000_000000000000"
        );
    }

    #[test]
    fn a_protocol_that_is_not_alphanumeric_is_told_by_its_digits() {
        let ends = |protocol: &[u8]| {
            let length = protocol.len() as u8;
            let body = [&[0, length + 1, length][..], protocol].concat();
            String::from_iter(super::protocol(&hello(0x0303, &[], &[(16, body)])))
        };
        assert_eq!(ends(b"http/1.1"), "h1");
        assert_eq!(ends(b"x"), "xx");
        assert_eq!(ends(&[0xab]), "ab");
        assert_eq!(ends(&[0xab, 0xcd]), "ad");
        assert_eq!(ends(&[0x30, 0xab]), "3b");
        assert_eq!(ends(&[0x30, 0x31, 0xab, 0xcd]), "3d");
        assert_eq!(ends(&[0x30, 0xab, 0xcd, 0x31]), "01");
        assert_eq!(ends(b""), "00");
    }
}
