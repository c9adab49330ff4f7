//! What a file that describes types becomes in memory, told before it is made into that.
//!
//! It is read as `descriptor.proto` has it, field by field, and nothing is made of it.

use super::protobuf::varint;

/// Bytes of a name: of a file, of a package, of a type with all that it lies in.
pub(super) const NAME: usize = 1024;

/// Ranges of numbers that one message reserves, or leaves to extensions.
pub(super) const RANGES: u64 = 128;

/// What a definition weighs beside its name, a part of a package's name, any other field, and a number beside a range.
const DEFINITION: u64 = 1024;
const PACKAGE: u64 = 16 * 1024;
const FIELD: u64 = 64;
const PAIR: u64 = 512;

/// What a `FileDescriptorProto` becomes in memory, about. `None` where it can't be read, or is none that a compiler makes.
pub(super) fn weigh_file(file: &[u8], package: &str) -> Option<u64> {
    let parts = 1 + package.matches('.').count() as u64;
    let scope = Scope {
        bytes: package.len(),
        parts,
    };
    let named = DEFINITION + parts * (PACKAGE + package.len() as u64);
    Some(named + weigh(Kind::File, file, scope, 0)?)
}

/// A name, where it is one and not too long.
pub(super) fn name_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|name| name.len() <= NAME)
}

/// A field of a message: bytes, or a number.
pub(super) struct Field<'a> {
    pub(super) number: u64,
    pub(super) bytes: Option<&'a [u8]>,
    pub(super) value: u64,
}

impl<'a> Field<'a> {
    /// The field at this place, and the place behind it. Groups are none: descriptors have none.
    pub(super) fn read(message: &'a [u8], at: usize) -> Option<(Self, usize)> {
        let (tag, at) = varint(message, at)?;
        let (value, next) = match tag & 7 {
            0 => varint(message, at)?,
            1 => (0, at.checked_add(8)?),
            2 => varint(message, at)?,
            5 => (0, at.checked_add(4)?),
            _ => return None,
        };
        let (bytes, next) = if tag & 7 == 2 {
            let end = next.checked_add(usize::try_from(value).ok()?)?;
            (Some(message.get(next..end)?), end)
        } else {
            (None, next)
        };
        let number = tag >> 3;
        (next <= message.len()).then_some((Self { number, bytes, value }, next))
    }
}

/// The messages of `descriptor.proto` that a file is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Message,
    Field,
    Oneof,
    Enum,
    Value,
    Service,
    Method,
    Range,
    Options,
}

impl Kind {
    /// What a field of this number holds, where that is a message.
    fn of_field(self, number: u64) -> Option<Self> {
        Some(match (self, number) {
            (Self::File, 4) | (Self::Message, 3) => Self::Message,
            (Self::File, 5) | (Self::Message, 4) => Self::Enum,
            (Self::File, 6) => Self::Service,
            (Self::File, 7) | (Self::Message, 2 | 6) => Self::Field,
            (Self::Message, 5 | 9) | (Self::Enum, 4) => Self::Range,
            (Self::Message, 8) => Self::Oneof,
            (Self::Enum, 2) => Self::Value,
            (Self::Service, 2) => Self::Method,
            (Self::File | Self::Field, 8)
            | (Self::Message, 7)
            | (Self::Oneof, 2)
            | (Self::Enum | Self::Value | Self::Service | Self::Range, 3)
            | (Self::Method, 4) => Self::Options,
            _ => return None,
        })
    }

    fn is_named(self) -> bool {
        !matches!(self, Self::File | Self::Range | Self::Options)
    }
}

/// What a definition lies in: how long its full name is, and of how many parts.
#[derive(Clone, Copy)]
struct Scope {
    bytes: usize,
    parts: u64,
}

/// What one message in it becomes.
fn weigh(kind: Kind, message: &[u8], outer: Scope, depth: usize) -> Option<u64> {
    let mut scope = outer;
    let (mut weight, mut text, mut ranges, mut numbered) = (0u64, 0u64, 0u64, 0u64);
    let mut held = Vec::new();
    let mut at = 0;
    while at < message.len() {
        let (field, next) = Field::read(message, at)?;
        at = next;
        let Some(bytes) = field.bytes else { continue };
        weight += FIELD;
        match kind.of_field(field.number) {
            Some(of) => {
                ranges += u64::from(of == Kind::Range);
                numbered += u64::from(matches!(of, Kind::Field | Kind::Value));
                let extends = matches!((kind, field.number), (Kind::File, 7) | (Kind::Message, 6));
                // Whose ranges it is looked for in is not known here.
                weight += u64::from(extends) * RANGES * PAIR;
                held.push((of, bytes));
            }
            // Options that the compiler did not understand: it leaves none.
            None if kind == Kind::Options && field.number == 999 => return None,
            None => text += bytes.len() as u64,
        }
        if kind.is_named() && field.number == 1 {
            let name = name_of(bytes).filter(|name| !name.contains('.'))?;
            scope.bytes = scope.bytes.max(outer.bytes + 1 + name.len());
            scope.parts = outer.parts + 1;
        }
    }
    if scope.bytes > NAME || ranges > RANGES || depth > 64 {
        return None;
    }
    // The name of a type is looked for in each part of the scope.
    weight += match kind.is_named() {
        true => DEFINITION + scope.parts * (scope.bytes as u64 + text),
        false => text,
    };
    if kind == Kind::Options {
        weight += 32 * message.len() as u64;
    }
    weight += numbered * ranges * PAIR;
    for (of, bytes) in held {
        weight += weigh(of, bytes, scope, depth + 1)?;
    }
    Some(weight)
}
