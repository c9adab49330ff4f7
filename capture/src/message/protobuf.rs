//! Protocol buffers by wire type: each field with its place, and a guess at what its bytes are.
//!
//! Where a schema is known it tells names and types. Where not, bytes are taken for text when they can be read, for a
//! message when they are one to their end, and for packed numbers when they are small ones.

use super::Type;

/// Fields that are told of one message, those of the messages in it counted too.
const FIELDS: usize = 10_000;

/// How deep messages may lie in one another.
const DEPTH: usize = 32;

/// Characters of a value.
const VALUE: usize = 4096;

/// What is known of a message's type.
#[derive(Clone, Default)]
pub(super) struct Protobuf(pub(super) Option<Type>);

/// A field of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct ProtobufField {
    /// Its number.
    pub number: u32,
    /// Its name, where a schema tells it.
    pub name: Option<String>,
    /// What it is: by schema its type, and else `varint`, `fixed32`, `fixed64`, `string`, `bytes`, `message`,
    /// `packed`, `group` or `malformed`.
    pub kind: String,
    /// Its value in words; empty where it has children.
    pub value: String,
    /// The first of its bytes in the payload, its tag included, and the place behind the last.
    pub range: [u64; 2],
    /// The fields of a message, or the numbers of a packed field.
    pub children: Vec<ProtobufField>,
}

impl Protobuf {
    /// The full name of the type.
    pub(super) fn name(&self) -> Option<&str> {
        self.0.as_ref().map(Type::name)
    }

    /// The fields of a payload.
    pub(super) fn tree(&self, payload: &[u8]) -> Vec<ProtobufField> {
        let mut reader = Reader {
            bytes: payload,
            fields: 0,
        };
        reader.fields(0, payload.len(), self.0.as_ref(), DEPTH, None).0
    }

    /// The fields of a payload, or of its beginning, on one line.
    pub(super) fn brief(&self, payload: &[u8]) -> String {
        let mut out = String::new();
        write_brief(&mut out, &self.tree(&payload[..payload.len().min(1024)]));
        out
    }
}

fn write_brief(out: &mut String, fields: &[ProtobufField]) {
    for field in fields {
        if out.chars().count() > 300 {
            return;
        }
        // What is kept of a long payload ends anywhere.
        if field.kind == "malformed" {
            out.push_str("...");
            return;
        }
        if !out.is_empty() && !out.ends_with(['{', ' ']) {
            out.push(' ');
        }
        match &field.name {
            Some(name) => out.push_str(name),
            None => out.push_str(&field.number.to_string()),
        }
        if field.children.is_empty() {
            out.push_str(": ");
            if field.kind == "string" {
                out.push_str(&format!("{:?}", field.value));
            } else {
                out.push_str(&field.value);
            }
        } else {
            out.push_str(" {");
            write_brief(out, &field.children);
            out.push('}');
        }
    }
}

/// What this field holds, where it is the value of an `Any` whose type was named before it.
fn held_by_any(
    of: Option<&Type>,
    before: &[ProtobufField],
    field: &ProtobufField,
) -> Option<(String, Option<Type>)> {
    let url = before.iter().find(|before| before.number == 1);
    (field.number == 2 && field.kind == "bytes")
        .then(|| of?.held_by_any(&url?.value))
        .flatten()
}

struct Reader<'a> {
    bytes: &'a [u8],
    fields: usize,
}

impl Reader<'_> {
    /// The fields between two places, and the place where they end: behind the end of this group, if it is one.
    fn fields(
        &mut self,
        mut at: usize,
        end: usize,
        of: Option<&Type>,
        depth: usize,
        group: Option<u32>,
    ) -> (Vec<ProtobufField>, usize) {
        let mut fields = Vec::new();
        while at < end {
            self.fields += 1;
            if self.fields > FIELDS {
                fields.push(malformed(at, end, "there are more fields than are told"));
                return (fields, end);
            }
            match self.field(at, end, of, depth, group) {
                Ok(Some(mut field)) => {
                    at = field.range[1] as usize;
                    if let Some((name, of)) = held_by_any(of, &fields, &field) {
                        self.open_any(&mut field, name, of.as_ref(), depth);
                    }
                    fields.push(field);
                }
                Ok(None) => {
                    return (
                        fields,
                        varint(&self.bytes[..end], at).map_or(end, |(_, next)| next),
                    );
                }
                Err(problem) => {
                    fields.push(malformed(at, end, problem));
                    return (fields, end);
                }
            }
        }
        if group.is_some() {
            fields.push(malformed(end, end, "the group does not end"));
        }
        (fields, end)
    }

    /// Tells the value of an `Any` as the message that it is.
    fn open_any(&mut self, field: &mut ProtobufField, name: String, of: Option<&Type>, depth: usize) {
        let [start, end] = field.range.map(|place| place as usize);
        let within = varint(self.bytes, start).and_then(|(_, next)| varint(self.bytes, next));
        let (Some((_, start)), Some(depth)) = (within, depth.checked_sub(1)) else {
            return;
        };
        let (children, _) = self.fields(start, end, of, depth, None);
        if !children.is_empty() {
            (field.kind, field.value, field.children) = (name, String::new(), children);
        }
    }

    /// The field at this place; `None` for the end of the group.
    fn field(
        &mut self,
        start: usize,
        end: usize,
        of: Option<&Type>,
        depth: usize,
        group: Option<u32>,
    ) -> Result<Option<ProtobufField>, &'static str> {
        let within = &self.bytes[..end];
        let (tag, at) = varint(within, start).ok_or("a tag is not whole")?;
        let number = u32::try_from(tag >> 3)
            .ok()
            .filter(|number| (1..1 << 29).contains(number))
            .ok_or("the number of a field is nought, or too large")?;
        let known = of.and_then(|of| of.field(number));
        let mut field = ProtobufField {
            number,
            name: known.as_ref().map(|known| known.name().to_owned()),
            kind: String::new(),
            value: String::new(),
            range: [start as u64, 0],
            children: Vec::new(),
        };
        let next = match tag & 7 {
            0 => {
                let (value, next) = varint(within, at).ok_or("a varint is not whole")?;
                let told = known.as_ref().and_then(|known| known.varint(value));
                (field.kind, field.value) = told.unwrap_or_else(|| ("varint".to_owned(), tell_varint(value)));
                next
            }
            1 => {
                let bits = within
                    .get(at..at + 8)
                    .and_then(|bytes| bytes.try_into().ok())
                    .map(u64::from_le_bytes)
                    .ok_or("eight bytes are not whole")?;
                let told = known.as_ref().and_then(|known| known.fixed64(bits));
                (field.kind, field.value) =
                    told.unwrap_or_else(|| ("fixed64".to_owned(), tell_fixed64(bits)));
                at + 8
            }
            5 => {
                let bits = within
                    .get(at..at + 4)
                    .and_then(|bytes| bytes.try_into().ok())
                    .map(u32::from_le_bytes)
                    .ok_or("four bytes are not whole")?;
                let told = known.as_ref().and_then(|known| known.fixed32(bits));
                (field.kind, field.value) =
                    told.unwrap_or_else(|| ("fixed32".to_owned(), tell_fixed32(bits)));
                at + 4
            }
            2 => {
                let (length, at) = varint(within, at).ok_or("a length is not whole")?;
                let next = usize::try_from(length)
                    .ok()
                    .and_then(|length| at.checked_add(length))
                    .filter(|&next| next <= end)
                    .ok_or("a field goes on behind the end")?;
                self.delimited(&mut field, at..next, known, depth);
                next
            }
            3 => {
                let depth = depth
                    .checked_sub(1)
                    .ok_or("messages lie too deep in one another")?;
                let inner = known.as_ref().and_then(super::FieldType::message);
                field.kind = "group".to_owned();
                let (children, next) = self.fields(at, end, inner.as_ref(), depth, Some(number));
                field.children = children;
                next
            }
            4 if group == Some(number) => return Ok(None),
            4 => return Err("a group ends that was not begun"),
            _ => return Err("the wire type is not one"),
        };
        field.range[1] = next as u64;
        Ok(Some(field))
    }

    fn delimited(
        &mut self,
        field: &mut ProtobufField,
        range: std::ops::Range<usize>,
        known: Option<super::FieldType>,
        depth: usize,
    ) {
        let bytes = &self.bytes[range.clone()];
        if let Some(known) = &known {
            if let Some(inner) = known.message() {
                field.kind = inner.name().to_owned();
                if let Some(depth) = depth.checked_sub(1) {
                    field.children = self.fields(range.start, range.end, Some(&inner), depth, None).0;
                }
                return;
            }
            if let Some(numbers) = known.packed(bytes) {
                field.kind = format!("repeated {}", known.kind());
                field.value = numbers.tell();
                return;
            }
            if known.is_bytes() {
                (field.kind, field.value) = ("bytes".to_owned(), hex(bytes));
                return;
            }
        }
        let text = std::str::from_utf8(bytes).ok();
        let is_text = text.is_some_and(|text| {
            !text
                .chars()
                .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        });
        let may_be_tag = bytes
            .first()
            .is_some_and(|first| matches!(first, b'\n' | b'\r' | b'\t'));
        let inner = (known.is_none() && !bytes.is_empty() && (!is_text || may_be_tag))
            .then(|| self.guess_message(range, depth))
            .flatten();
        match (inner, text) {
            (Some(children), _) => {
                field.kind = "message".to_owned();
                field.children = children;
            }
            (None, Some(text)) if is_text => {
                field.kind = "string".to_owned();
                field.value = shortened(text);
            }
            _ => match packed(bytes) {
                Some(numbers) => {
                    field.kind = "packed".to_owned();
                    field.value = numbers;
                }
                None => (field.kind, field.value) = ("bytes".to_owned(), hex(bytes)),
            },
        }
    }

    /// The fields of these bytes, if they are a message to their end.
    fn guess_message(&mut self, range: std::ops::Range<usize>, depth: usize) -> Option<Vec<ProtobufField>> {
        let depth = depth.checked_sub(1)?;
        let (fields, _) = self.fields(range.start, range.end, None, depth, None);
        fn is_whole(fields: &[ProtobufField]) -> bool {
            fields.iter().all(|field| {
                field.kind != "malformed"
                    && field.number < 20_000
                    && (field.kind != "group" || is_whole(&field.children))
            })
        }
        is_whole(&fields).then_some(fields)
    }
}

fn malformed(at: usize, end: usize, problem: &str) -> ProtobufField {
    ProtobufField {
        number: 0,
        name: None,
        kind: "malformed".to_owned(),
        value: problem.to_owned(),
        range: [at as u64, end as u64],
        children: Vec::new(),
    }
}

/// A LEB128 number, and the place behind it.
pub(super) fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (index, &byte) in bytes.get(at..)?.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * index as u32)?;
        if byte < 0x80 {
            return Some((value, at + index + 1));
        }
    }
    None
}

fn tell_varint(value: u64) -> String {
    if value >> 63 == 1 {
        format!("{} ({value})", value.cast_signed())
    } else {
        value.to_string()
    }
}

fn tell_fixed64(bits: u64) -> String {
    let float = f64::from_bits(bits);
    if float.is_normal() && (1e-9..1e15).contains(&float.abs()) {
        format!("{float} ({bits})")
    } else {
        tell_varint(bits)
    }
}

fn tell_fixed32(bits: u32) -> String {
    let float = f32::from_bits(bits);
    if float.is_normal() && (1e-9..1e15).contains(&float.abs()) {
        format!("{float} ({bits})")
    } else {
        bits.to_string()
    }
}

/// Small numbers, packed one behind the other. Of other bytes few look so.
fn packed(bytes: &[u8]) -> Option<String> {
    let mut numbers = Numbers::default();
    let mut at = 0;
    while at < bytes.len() {
        let (value, next) = varint(bytes, at)?;
        let is_shortest = next - at == 1 || bytes[next - 1] != 0;
        if value >= 1 << 14 || !is_shortest {
            return None;
        }
        if !numbers.is_full() {
            numbers.push(&value.to_string());
        }
        at = next;
    }
    (numbers.count > 1).then(|| numbers.tell())
}

/// Numbers in words, one behind the other, as many as a value has room for: a payload may hold millions.
#[derive(Default)]
pub(super) struct Numbers {
    told: String,
    count: usize,
}

impl Numbers {
    pub(super) fn is_full(&self) -> bool {
        self.told.len() > VALUE
    }

    pub(super) fn push(&mut self, number: &str) {
        if self.count > 0 {
            self.told.push_str(", ");
        }
        self.told.push_str(number);
        self.count += 1;
    }

    pub(super) fn tell(&self) -> String {
        shortened(&self.told)
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut hex: String = bytes
        .iter()
        .take(VALUE / 2)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if bytes.len() > VALUE / 2 {
        hex.push_str("...");
    }
    hex
}

/// The beginning of a text, as much of it as a value has room for.
fn shortened(text: &str) -> String {
    if text.len() <= VALUE {
        return text.to_owned();
    }
    let end = (0..=VALUE).rev().find(|&at| text.is_char_boundary(at));
    format!("{}...", &text[..end.unwrap_or(0)])
}

#[cfg(test)]
#[path = "protobuf_tests.rs"]
mod tests;
