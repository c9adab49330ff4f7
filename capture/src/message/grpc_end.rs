//! How a call of gRPC ended: the fields that tell it, wherever they stand. In gRPC they are trailers, or the head of a
//! response that has nothing else; in gRPC-Web the last message holds them as text.

use crate::{Exchange, Fields};

/// The value of a field that tells how the call ended: in the trailers or, where it is not there, in the head.
pub(crate) fn field_of_end<'a>(exchange: &'a Exchange, name: &str) -> Option<&'a [u8]> {
    let field = |fields: &'a Fields| fields.first(name);
    let trailers = exchange.response_trailers.as_ref().and_then(field);
    trailers.or_else(|| field(&exchange.response.as_ref()?.fields))
}

/// What a status code is written as.
pub(crate) fn read_status(value: &[u8]) -> Option<u32> {
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

/// The value of a field among the trailers that a message of gRPC-Web holds.
pub(super) fn field_of_text<'a>(trailers: &'a [u8], name: &str) -> Option<&'a [u8]> {
    trailers.split(|&byte| byte == b'\n').find_map(|line| {
        let colon = memchr::memchr(b':', line)?;
        let (found, value) = (&line[..colon], &line[colon + 1..]);
        found
            .trim_ascii()
            .eq_ignore_ascii_case(name.as_bytes())
            .then_some(value.trim_ascii())
    })
}

/// What `grpc-message` says, in the trailers or the head of a call.
#[must_use]
pub fn grpc_message(exchange: &Exchange) -> Option<String> {
    field_of_end(exchange, "grpc-message").map(read_message)
}

/// Undoes the percent-encoding of a `grpc-message` (gRPC over HTTP/2, "Responses"). What is not encoded rightly stays
/// as it is: of a message nothing is thrown away.
pub(super) fn read_message(value: &[u8]) -> String {
    let hex = |byte: u8| char::from(byte).to_digit(16);
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&first, behind)) = rest.split_first() {
        let pair = match behind {
            [high, low, ..] if first == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = pair {
            decoded.push((high * 16 + low) as u8);
            rest = &behind[2..];
        } else {
            decoded.push(first);
            rest = behind;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{done, exchange};
    use proptest::prelude::*;

    #[test]
    fn a_message_is_decoded_and_what_is_encoded_wrongly_stays() {
        for (written, read) in [
            (&b"not found"[..], "not found"),
            (b"caf%C3%A9 %e2%98%95", "caf\u{e9} \u{2615}"),
            (b"100%25 of it", "100% of it"),
            (b"100% of %zz, %4", "100% of %zz, %4"),
            (b"%%41", "%A"),
            (b"%ff", "\u{fffd}"),
            (b"", ""),
        ] {
            assert_eq!(read_message(written), read);
        }
    }

    #[test]
    fn the_end_is_told_in_the_trailers_or_in_the_head() {
        let fields = |message: &str| Fields::pack([(&b"Grpc-Message"[..], message.as_bytes())]);
        let mut call = done(&exchange("https://example.com/a.B/C"), 200, "application/grpc");
        assert_eq!(grpc_message(&call), None);
        call.response.as_mut().unwrap().fields = fields("in%20the head");
        assert_eq!(grpc_message(&call).as_deref(), Some("in the head"));
        call.response_trailers = Some(fields("behind%21"));
        assert_eq!(grpc_message(&call).as_deref(), Some("behind!"));
    }

    #[test]
    fn a_field_of_grpc_webs_trailers_is_found_by_its_name_in_any_case() {
        let trailers = b"x: 1\r\nGRPC-Status : 13 \r\ngrpc-message:no: never";
        assert_eq!(field_of_text(trailers, "grpc-status"), Some(&b"13"[..]));
        assert_eq!(field_of_text(trailers, "grpc-message"), Some(&b"no: never"[..]));
        assert_eq!(field_of_text(trailers, "grpc"), None);
    }

    proptest! {
        #[test]
        fn of_anything_a_message_is_read(value in prop::collection::vec(any::<u8>(), 0..40)) {
            let read = read_message(&value);
            if !value.contains(&b'%') {
                prop_assert_eq!(read, String::from_utf8_lossy(&value));
            }
        }
    }
}
