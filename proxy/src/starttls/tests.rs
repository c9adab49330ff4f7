use proptest::prelude::*;

use super::*;

const CLIENT: LegName = LegName::Client;
const ORIGIN: LegName = LegName::Origin;

/// Who says what, in turn.
type Said<'a> = &'a [(LegName, &'a [u8])];

/// What came of a dialogue, and with which of its parts.
fn watch(dialogue: Said<'_>) -> (usize, Result<Seen, Injected>) {
    let mut watch = Watch::default();
    for (at, (from, bytes)) in dialogue.iter().enumerate() {
        match watch.look(*from, bytes) {
            Ok(Seen::GoesOn) => {}
            end => return (at + 1, end),
        }
    }
    (dialogue.len(), Ok(Seen::GoesOn))
}

fn agreed(protocol: &'static str) -> Result<Seen, Injected> {
    Ok(Seen::StartTls { protocol, ahead: 0 })
}

const LDAP_REQUEST: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
const LDAP_RESPONSE: &[u8] = &[0x30, 12, 2, 1, 1, 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0];

#[test]
fn each_protocol_is_followed_to_where_tls_begins() {
    let mysql_greeting: &[u8] = b"\x4a\0\0\0\x0a8.0.36\0";
    let mysql_request = [&[32, 0, 0, 1, 0x05, 0xae, 0x0f, 0x00][..], &[0; 28]].concat();
    let mysql_with_hello = [&*mysql_request, b"\x16\x03\x01"].concat();
    let dialogues: &[(Said<'_>, Result<Seen, Injected>)] = &[
        (
            &[
                (ORIGIN, b"220 lab ESMTP\r\n"),
                (CLIENT, b"EHLO me\r\n"),
                (ORIGIN, b"250-lab\r\n250-SIZE 1\r\n"),
                (ORIGIN, b"250 STARTTLS\r\n"),
                (CLIENT, b"starttls\r\n"),
                (ORIGIN, b"220 2.0.0 go\r\n"),
            ],
            agreed("smtp"),
        ),
        // In as many pieces as there are bytes, and one command behind the other.
        (
            &[
                (ORIGIN, b"2"),
                (ORIGIN, b"20-a\r\n220 lab\r"),
                (ORIGIN, b"\n"),
                (CLIENT, b"LHLO me\r\nSTART"),
                (CLIENT, b"TLS\r\n"),
                (ORIGIN, b"250-lab\r\n"),
                (ORIGIN, b"250 STARTTLS\r\n220 go\r\n"),
            ],
            agreed("lmtp"),
        ),
        (
            &[
                (ORIGIN, b"220 ftp\r\n"),
                (CLIENT, b"AUTH TLS\r\n"),
                (ORIGIN, b"234 go\r\n"),
            ],
            agreed("ftp"),
        ),
        (
            &[
                (ORIGIN, b"* OK lab\r\n"),
                (CLIENT, b"a1 CAPABILITY\r\n"),
                (ORIGIN, b"* CAPABILITY STARTTLS\r\na1 OK\r\n"),
                (CLIENT, b"a2 STARTTLS\r\n"),
                (ORIGIN, b"* 3 EXISTS\r\na2 OK go\r\n"),
            ],
            agreed("imap"),
        ),
        (
            &[
                (ORIGIN, b"+OK lab\r\n"),
                (CLIENT, b"CAPA\r\n"),
                (ORIGIN, b"+OK\r\nSTLS\r\n.\r\n"),
                (CLIENT, b"STLS\r\n"),
                (ORIGIN, b"+OK go\r\n"),
            ],
            agreed("pop3"),
        ),
        (
            &[
                (ORIGIN, b"+OK lab\r\n"),
                (CLIENT, b"CAPA\r\nSTLS\r\n"),
                (ORIGIN, b"+OK\r\nSTLS\r\n"),
                (ORIGIN, b".\r\n+OK go\r\n"),
            ],
            agreed("pop3"),
        ),
        (&[(CLIENT, &SSL), (ORIGIN, b"S")], agreed("postgres")),
        (
            &[(CLIENT, &GSS), (ORIGIN, b"N"), (CLIENT, &SSL), (ORIGIN, b"S")],
            agreed("postgres"),
        ),
        (
            &[(ORIGIN, mysql_greeting), (CLIENT, &mysql_request)],
            agreed("mysql"),
        ),
        (
            &[(ORIGIN, mysql_greeting), (CLIENT, &mysql_with_hello)],
            Ok(Seen::StartTls {
                protocol: "mysql",
                ahead: 3,
            }),
        ),
        (&[(CLIENT, LDAP_REQUEST), (ORIGIN, LDAP_RESPONSE)], agreed("ldap")),
        (
            &[
                (CLIENT, b"<?xml version='1.0'?><stream:stream to='lab'>"),
                (
                    ORIGIN,
                    b"<stream:stream><stream:features><starttls/></stream:features>",
                ),
                (CLIENT, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
                (ORIGIN, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
            ],
            agreed("xmpp"),
        ),
    ];
    for (dialogue, expected) in dialogues {
        assert_eq!(watch(dialogue), (dialogue.len(), *expected), "{dialogue:?}");
    }
}

const SSL: [u8; 8] = binary::SSL_REQUEST;
const GSS: [u8; 8] = binary::GSSENC_REQUEST;

#[test]
fn what_comes_in_the_clear_behind_those_words_is_an_injection() {
    let ldap_and_more = [LDAP_REQUEST, b"\x30\x05"].concat();
    let ldap_answer_and_more = [LDAP_RESPONSE, b"\x30"].concat();
    let ssl_and_more = [&SSL[..], b"\0\0\0\x08"].concat();
    let injections: &[(LegName, Said<'_>)] = &[
        (
            CLIENT,
            &[(ORIGIN, b"220 a\r\n"), (CLIENT, b"STARTTLS\r\nRSET\r\n")],
        ),
        (
            CLIENT,
            &[(ORIGIN, b"220 a\r\n"), (CLIENT, b"STARTTLS\r\n"), (CLIENT, b"M")],
        ),
        (
            ORIGIN,
            &[
                (ORIGIN, b"220 a\r\n"),
                (CLIENT, b"STARTTLS\r\n"),
                (ORIGIN, b"220 go\r\n250 more"),
            ],
        ),
        (
            CLIENT,
            &[(ORIGIN, b"* OK\r\n"), (CLIENT, b"a STARTTLS\r\nb LOGIN x y\r\n")],
        ),
        (CLIENT, &[(ORIGIN, b"+OK\r\n"), (CLIENT, b"STLS\r\nUSER x\r\n")]),
        (CLIENT, &[(CLIENT, &ssl_and_more)]),
        (ORIGIN, &[(CLIENT, &SSL), (ORIGIN, b"SE")]),
        (CLIENT, &[(CLIENT, &ldap_and_more)]),
        (ORIGIN, &[(CLIENT, LDAP_REQUEST), (ORIGIN, &ldap_answer_and_more)]),
        (
            CLIENT,
            &[
                (CLIENT, b"<stream:stream>"),
                (CLIENT, b"<starttls/><auth>x</auth>"),
            ],
        ),
        (
            ORIGIN,
            &[
                (CLIENT, b"<stream:stream>"),
                (CLIENT, b"<starttls/>"),
                (ORIGIN, b"<proceed/><x/>"),
            ],
        ),
    ];
    for (leg, dialogue) in injections {
        let (at, seen) = watch(dialogue);
        assert_eq!(at, dialogue.len(), "{dialogue:?}");
        assert_eq!(seen.unwrap_err().leg, *leg, "{dialogue:?}");
    }
}

#[test]
fn what_does_not_come_to_tls_is_watched_no_further() {
    let long = [b"220-".as_slice(), &[b'a'; 20_000]].concat();
    let dialogues: &[&[(LegName, &[u8])]] = &[
        &[(ORIGIN, b"SSH-2.0-lab\r\n")],
        &[(CLIENT, b"*1\r\n$4\r\nPING\r\n")],
        &[(CLIENT, b"\x10\x0e\0\x04MQTT")],
        &[(ORIGIN, b"2"), (CLIENT, b"x")],
        // A mail may well have such a line in it.
        &[
            (ORIGIN, b"220 a\r\n"),
            (CLIENT, b"MAIL FROM:<a@b>\r\n"),
            (ORIGIN, b"250 yes\r\n"),
        ],
        &[
            (ORIGIN, b"220 a\r\n"),
            (CLIENT, b"MAIL FROM:<a@b>\r\nSTARTTLS\r\n"),
        ],
        &[
            (ORIGIN, b"* OK\r\n"),
            (CLIENT, b"a AUTHENTICATE PLAIN\r\n"),
            (ORIGIN, b"+ \r\n"),
        ],
        &[
            (ORIGIN, b"+OK\r\n"),
            (CLIENT, b"USER x\r\n"),
            (ORIGIN, b"+OK\r\n"),
        ],
        &[(ORIGIN, b"* OK\r\n"), (CLIENT, b"a LOGIN x {3}\r\n")],
        &[(CLIENT, &SSL), (ORIGIN, b"E")],
        &[(ORIGIN, &long)],
    ];
    for dialogue in dialogues {
        assert_eq!(
            watch(dialogue),
            (dialogue.len(), Ok(Seen::Nothing)),
            "{dialogue:?}"
        );
    }
    // A refusal is not the end of it.
    let refused: &[(LegName, &[u8])] = &[
        (ORIGIN, b"220 a\r\n"),
        (CLIENT, b"STARTTLS\r\n"),
        (ORIGIN, b"454 not now\r\n"),
        (CLIENT, b"STARTTLS\r\n"),
        (ORIGIN, b"220 now\r\n"),
    ];
    assert_eq!(watch(refused), (5, agreed("smtp")));
}

proptest! {
    #[test]
    fn bytes_of_any_kind_never_panic(
        first in prop::sample::select(vec![&b"220 "[..], b"* OK ", b"+OK ", b"\x30", b"<?xml", b"\x01\0\0\0\x0a", b""]),
        pieces: Vec<(bool, Vec<u8>)>,
    ) {
        let mut watch = Watch::default();
        let from = |is_client| if is_client { CLIENT } else { ORIGIN };
        for begins in [true, false] {
            let _ = watch.look(from(begins), first);
        }
        for (is_client, bytes) in pieces {
            let _ = watch.look(from(is_client), &bytes);
        }
    }
}

#[test]
fn a_server_that_wants_tls_first_may_be_asked_for_it_then() {
    for (dialogue, protocol) in [
        (
            &[
                (ORIGIN, &b"220 a\r\n"[..]),
                (CLIENT, b"EHLO a\r\nMAIL FROM:<a@b>\r\n"),
                (ORIGIN, b"250-a\r\n250 STARTTLS\r\n"),
                (ORIGIN, b"530 5.7.0 Must issue a STARTTLS command first\r\n"),
                (CLIENT, b"STARTTLS\r\n"),
                (ORIGIN, b"220 go\r\n"),
            ][..],
            "smtp",
        ),
        (
            &[
                (ORIGIN, b"* OK\r\n"),
                (CLIENT, b"a LOGIN x y\r\n"),
                (ORIGIN, b"* CAPABILITY IMAP4REV1\r\na NO [PRIVACYREQUIRED] no\r\n"),
                (CLIENT, b"b STARTTLS\r\n"),
                (ORIGIN, b"b OK go\r\n"),
            ],
            "imap",
        ),
        (
            &[
                (ORIGIN, b"+OK\r\n"),
                (CLIENT, b"USER x\r\n"),
                (ORIGIN, b"-ERR TLS first\r\n"),
                (CLIENT, b"STLS\r\n"),
                (ORIGIN, b"+OK go\r\n"),
            ],
            "pop3",
        ),
        (
            &[
                (ORIGIN, b"220 ftp\r\n"),
                (CLIENT, b"USER x\r\n"),
                (ORIGIN, b"530 TLS first\r\n"),
                (CLIENT, b"AUTH TLS\r\n"),
                (ORIGIN, b"234 go\r\n"),
            ],
            "ftp",
        ),
    ] {
        assert_eq!(watch(dialogue), (dialogue.len(), agreed(protocol)));
    }
}
