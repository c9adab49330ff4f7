//! Certificates, stapled answers and names of authorities inside messages, opened where they lie.

use aws_lc_rs::digest::{SHA256, digest};

use super::name::name;
use super::{MAX_FIELDS, certificate, ocsp, read};
use crate::message::hex;
use crate::scribe::{Read, Scribe, count, place};
use crate::{Field, Message, MessageKind, Problem, parse};

/// Opens the certificates, stapled answers and names of authorities in all messages.
pub(crate) fn open_all(messages: &mut [Message]) {
    let mut budget = MAX_FIELDS;
    for message in messages {
        open(message, &mut budget);
    }
}

/// Opens one message. The new fields have ranges in the message; those of a compressed certificate have the range of the
/// compressed bytes.
fn open(message: &mut Message, budget: &mut usize) {
    let mut problems = Vec::new();
    match message.kind {
        MessageKind::Certificate | MessageKind::CertificateStatus | MessageKind::CertificateRequest => {
            open_fields(&mut message.fields, "", &message.bytes.0, budget, &mut problems);
        }
        MessageKind::CompressedCertificate => {
            let Some((plain, ranges)) = parse::decompressed(message) else {
                return;
            };
            let Some(compressed) = message
                .fields
                .iter_mut()
                .find(|field| field.name == "compressed_certificate_message")
            else {
                return;
            };
            let (start, end) = (compressed.start + compressed.prefix, compressed.end);
            take_ranges(&mut compressed.fields, &ranges);
            open_fields(&mut compressed.fields, "", &plain, budget, &mut problems);
            place(&mut compressed.fields, start, end);
            for problem in &mut problems {
                (problem.start, problem.end) = (start as u64, end as u64);
            }
        }
        _ => return,
    }
    if message.problem.is_none() {
        message.problem = problems.into_iter().next();
    }
}

fn open_fields(
    fields: &mut [Field],
    parent: &str,
    bytes: &[u8],
    budget: &mut usize,
    problems: &mut Vec<Problem>,
) {
    for field in fields {
        let content = field.start + field.prefix..field.end;
        if field.name == "cert_data" {
            field.value = tell_certificate(bytes.get(content.clone()).unwrap_or_default()).into();
        }
        let parse: fn(&mut Scribe<'_>) -> Read = match (&*field.name, parent) {
            ("cert_data", _) => certificate::certificate,
            ("distinguished_name", _) => |s: &mut Scribe<'_>| name(s, "name").map(drop),
            ("response", "" | "status_request" | "ocsp_response_list") => ocsp::response,
            (name, _) => {
                // The entry of a list is told by its certificate, unless it is malformed.
                let is_told_by = |data: &Field| data.value == field.value;
                let is_told_by = field.part("cert_data").is_some_and(is_told_by);
                open_fields(&mut field.fields, name, bytes, budget, problems);
                if let Some(data) = field.part("cert_data").filter(|_| is_told_by) {
                    field.value = data.value.clone();
                }
                continue;
            }
        };
        if field.fields.is_empty() && !content.is_empty() {
            let (fields, found) = read(bytes, content, budget, parse);
            field.fields = fields;
            problems.extend(found);
        }
    }
}

fn tell_certificate(der: &[u8]) -> String {
    let hash = digest(&SHA256, der);
    format!("{}, SHA-256 {}", count(der.len(), "byte"), hex(hash.as_ref()))
}

/// Gives fields the ranges of others that are the same but for them.
fn take_ranges(fields: &mut [Field], ranges: &[Field]) {
    for (field, range) in fields.iter_mut().zip(ranges) {
        (field.start, field.end, field.prefix) = (range.start, range.end, range.prefix);
        take_ranges(&mut field.fields, &range.fields);
    }
}
