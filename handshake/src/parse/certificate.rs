//! Certificate and the messages about it (RFC 8446 sections 4.3.2, 4.4.2 and 4.4.3, RFC 5246 section 7.4, RFC 8879,
//! RFC 6066 section 8). What is inside a certificate is not read here.

use std::io::Read as _;

use super::Context;
use super::extension::{Within, extensions};
use super::key_exchange::signature;
use crate::registry;
use crate::scribe::{Ledger, Read, Scribe, Stop, count, entry_u8};
use crate::x509::tell_name;
use crate::{Field, Message, MessageKind};

/// ```text
/// struct {
///     opaque cert_data<1..2^24-1>;
///     Extension extensions<0..2^16-1>;                // TLS 1.3
/// } CertificateEntry;
/// struct {
///     opaque certificate_request_context<0..2^8-1>;   // TLS 1.3
///     CertificateEntry certificate_list<0..2^24-1>;
/// } Certificate;
/// ```
pub(super) fn certificate(s: &mut Scribe<'_>, context: Context) -> Read {
    let tls13 = context.is_tls13();
    if tls13 {
        s.bytes(1, "certificate_request_context")?;
    }
    s.list(3, "certificate_list", "certificate", |s| {
        s.part("certificate", |s| {
            s.vector(3, "cert_data", |s| Ok(count(s.skip().len(), "byte")))?;
            let value = s.last_value();
            if tls13 {
                extensions(s, Within::Certificate)?;
            }
            Ok(value)
        })
    })
}

/// ```text
/// struct {
///     CertificateCompressionAlgorithm algorithm;
///     uint24 uncompressed_length;
///     opaque compressed_certificate_message<1..2^24-1>;
/// } CompressedCertificate;
/// ```
///
/// The fields of the Certificate inside all have the range of the compressed bytes that they come of.
pub(super) fn compressed_certificate(s: &mut Scribe<'_>) -> Read {
    let algorithm = s.u16("algorithm", |n| {
        format!("{} ({n})", registry::certificate_compression(n))
    })?;
    let length = s.u24("uncompressed_length", |n| count(n as usize, "byte"))? as usize;
    s.vector(3, "compressed_certificate_message", |s| {
        let (start, compressed) = (s.position(), s.peek());
        let end = start + compressed.len();
        let plain = decompress(algorithm, length, compressed).map_err(|text| s.object(start, end, text))?;
        let fields = s.read_apart(&plain, |s| certificate(s, Context::TLS13), start, end);
        s.skip();
        *s.fields() = fields;
        Ok(format!("{} for {length}", count(compressed.len(), "byte")))
    })
}

/// Undoes the compression of a certificate message. Its sender has said how long it is, and neither that nor what
/// comes out may pass the bound of any other message: a kilobyte could stand for gigabytes else.
fn decompress(algorithm: u16, length: usize, compressed: &[u8]) -> Result<Vec<u8>, String> {
    const MAX: usize = crate::reassemble::MAX_MESSAGE;
    if length > MAX {
        return Err(format!(
            "it says that it holds {length} bytes, where at most {MAX} are read"
        ));
    }
    let bound = length as u64 + 1;
    let mut plain = Vec::new();
    let read = match algorithm {
        1 => flate2::read::ZlibDecoder::new(compressed)
            .take(bound)
            .read_to_end(&mut plain),
        2 => brotli_decompressor::Decompressor::new(compressed, 4096)
            .take(bound)
            .read_to_end(&mut plain),
        3 => zstd::stream::read::Decoder::new(compressed).and_then(|mut decoder| {
            // A window of the bound's size at most, whatever the frame asks for.
            decoder.window_log_max(18)?;
            decoder.take(bound).read_to_end(&mut plain)
        }),
        _ => return Err("it is compressed by an algorithm that is not known".to_owned()),
    };
    match read {
        Ok(_) if plain.len() == length => Ok(plain),
        Ok(_) => Err(format!("it says that it holds {length} bytes, and holds others")),
        Err(_) => Err("its compression is malformed".to_owned()),
    }
}

/// ```text
/// struct {                                                        // TLS 1.3
///     opaque certificate_request_context<0..2^8-1>;
///     Extension extensions<2..2^16-1>;
/// } CertificateRequest;
/// struct {                                                        // TLS 1.2
///     ClientCertificateType certificate_types<1..2^8-1>;
///     SignatureAndHashAlgorithm supported_signature_algorithms<2..2^16-2>;    // since 1.2
///     DistinguishedName certificate_authorities<0..2^16-1>;
/// } CertificateRequest;
/// ```
pub(super) fn certificate_request(s: &mut Scribe<'_>, context: Context) -> Read {
    if context.is_tls13() {
        s.bytes(1, "certificate_request_context")?;
        return extensions(s, Within::CertificateRequest);
    }
    s.list(1, "certificate_types", "type", |s| {
        s.listed_u8(registry::client_certificate_type).map(drop)
    })?;
    if context.names_schemes() {
        schemes(s)?;
    }
    authorities(s, "certificate_authorities")
}

/// `SignatureScheme supported_signature_algorithms<2..2^16-2>;`
pub(super) fn schemes(s: &mut Scribe<'_>) -> Read {
    s.numbers(
        "supported_signature_algorithms",
        "scheme",
        registry::signature_scheme,
    )
}

/// `opaque DistinguishedName<1..2^16-1>;` in a vector of two bytes' length.
pub(super) fn authorities(s: &mut Scribe<'_>, name: &'static str) -> Read {
    s.list(2, name, "name", |s| {
        s.vector(2, "distinguished_name", |s| Ok(tell_name(s.skip())))
    })
}

/// `struct { SignatureScheme algorithm; opaque signature<0..2^16-1>; } CertificateVerify;`
pub(super) fn certificate_verify(s: &mut Scribe<'_>, context: Context) -> Read {
    signature(s, context)
}

/// ```text
/// struct {
///     CertificateStatusType status_type;      // ocsp(1), ocsp_multi(2)
///     opaque response<1..2^24-1>;             // ocsp_multi: a list of them
/// } CertificateStatus;
/// ```
pub(super) fn certificate_status(s: &mut Scribe<'_>) -> Read {
    const OCSP_MULTI: u8 = 2;
    let kind = s.u8("status_type", |n| {
        entry_u8(registry::certificate_status_type(n), n)
    })?;
    if kind == OCSP_MULTI {
        s.list(3, "ocsp_response_list", "response", |s| s.bytes(3, "response"))
    } else {
        s.bytes(3, "response")
    }
}

/// The certificates of a Certificate or CompressedCertificate message in DER, the peer's own first; none of any other
/// message.
pub(crate) fn certificates(message: &Message) -> Vec<Vec<u8>> {
    fn entries<'a>(bytes: &'a [u8], fields: &'a [Field]) -> impl Iterator<Item = Vec<u8>> + 'a {
        let list = Field::find(fields, "certificate_list").map_or(&[][..], |list| &list.fields);
        list.iter()
            .filter_map(|entry| entry.part("cert_data"))
            .filter_map(|der| bytes.get(der.start + der.prefix..der.end))
            .map(<[u8]>::to_vec)
    }
    match message.kind {
        MessageKind::Certificate => entries(&message.bytes.0, &message.fields).collect(),
        MessageKind::CompressedCertificate => {
            decompressed(message).map_or_else(Vec::new, |(plain, fields)| entries(&plain, &fields).collect())
        }
        _ => Vec::new(),
    }
}

/// What a CompressedCertificate holds: the Certificate message without its header, and its fields with ranges in that.
pub(crate) fn decompressed(message: &Message) -> Option<(Vec<u8>, Vec<Field>)> {
    let algorithm = message.number_at("algorithm")?.try_into().ok()?;
    let length = message.number_at("uncompressed_length")?.try_into().ok()?;
    let compressed = message.field("compressed_certificate_message")?;
    let plain = decompress(algorithm, length, message.content(compressed)).ok()?;
    let mut ledger = Ledger::new(4096);
    let mut scribe = Scribe::new(&plain, &mut ledger);
    // What was read before a fault is there all the same.
    let (Ok(()) | Err(Stop)) = certificate(&mut scribe, Context::TLS13);
    let fields = scribe.done();
    Some((plain, fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_compressed_bomb_is_not_blown_up() {
        let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        bomb.write_all(&vec![0; 10 << 20]).unwrap();
        let bomb = bomb.finish().unwrap();
        let objection = |length| decompress(1, length, &bomb).unwrap_err();
        assert_eq!(
            objection(1000),
            "it says that it holds 1000 bytes, and holds others"
        );
        assert_eq!(
            objection(10 << 20),
            "it says that it holds 10485760 bytes, where at most 262144 are read"
        );
        assert_eq!(
            decompress(3, 9, b"no").unwrap_err(),
            "its compression is malformed"
        );
    }

    #[test]
    fn every_algorithm_is_undone() {
        let zlib = [
            0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 0x06, 0x2c, 0x02, 0x15,
        ];
        let brotli = [0x0b, 0x02, 0x80, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x03];
        let zstd = zstd::bulk::compress(b"hello", 3).unwrap();
        for (algorithm, compressed) in [(1, &zlib[..]), (2, &brotli), (3, &zstd)] {
            assert_eq!(decompress(algorithm, 5, compressed).unwrap(), b"hello");
        }
    }
}
