//! What `.proto` files, or a server's own description of itself, tell of messages.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

use super::described;
use super::protobuf::{Numbers, Protobuf, varint};

/// Files that a folder may hold.
const FILES: usize = 10_000;

/// Types, by the calls that use them. Cheap to clone, until one is added to.
#[derive(Clone, Debug, Default)]
pub struct Schema(pub(super) DescriptorPool);

/// A folder of `.proto` files can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// It can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// The folder, or one in it.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is nothing in it.
    #[error("there is no .proto file in {}", .0.display())]
    Empty(PathBuf),
    /// There is too much in it.
    #[error("there are more than {FILES} .proto files in {}: give the folder that holds those of interest", .0.display())]
    TooMany(PathBuf),
    /// A file is not one.
    #[error("the .proto files in {} can't be compiled: {text}", path.display())]
    Compile {
        /// The folder.
        path: PathBuf,
        /// What the compiler said.
        text: String,
    },
}

impl Schema {
    /// Compiles the `.proto` files in a folder and the folders in it. They import one another by their paths from it.
    ///
    /// # Errors
    /// When the folder can't be read, or a file in it can't be compiled.
    pub fn compile(folder: &Path) -> Result<Self, SchemaError> {
        let files = find_files(folder)?;
        let compile = |text: String| SchemaError::Compile {
            path: folder.to_owned(),
            text,
        };
        let set = protox::compile(&files, [folder]).map_err(|error| {
            // Its debug form names the file and the line.
            let place = error.file().map_or(String::new(), |file| format!("{file}: "));
            compile(format!("{place}{error}"))
        })?;
        let mut pool = DescriptorPool::new();
        pool.add_file_descriptor_set(set)
            .map_err(|error| compile(error.to_string()))?;
        Ok(Self(pool))
    }

    /// Adds files that a server described itself by, each a `FileDescriptorProto`, in any order. Of one name the first is
    /// taken. Those that don't fit are left out, and so is what would take too much: it comes from the network.
    pub fn add_described<'a>(&mut self, files: impl IntoIterator<Item = &'a [u8]>) {
        described::add(&mut self.0, files);
    }

    /// The files that it was made of, each a `FileDescriptorProto`, those that others import first.
    pub fn files(&self) -> impl Iterator<Item = Vec<u8>> {
        self.0.files().map(|file| file.encode_to_vec())
    }

    /// Whether it tells what this method takes and gives, by its path.
    #[must_use]
    pub fn knows(&self, path: &str) -> bool {
        self.method(path).is_some()
    }

    /// What both sides of a call send, by its path.
    pub(super) fn method(&self, path: &str) -> Option<[Protobuf; 2]> {
        let (service, method) = path.split('?').next()?.strip_prefix('/')?.split_once('/')?;
        let service = self.0.get_service_by_name(service)?;
        let method = service.methods().find(|known| known.name() == method)?;
        Some([method.input(), method.output()].map(|of| Protobuf(Some(Type::of(of, None)))))
    }
}

fn find_files(folder: &Path) -> Result<Vec<PathBuf>, SchemaError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(path) = folders.pop() {
        let read = |source| SchemaError::Read {
            path: path.clone(),
            source,
        };
        for entry in std::fs::read_dir(&path).map_err(read)? {
            let entry = entry.map_err(read)?;
            // A link may lead back to where it lies.
            let kind = entry.file_type().map_err(read)?;
            let path = entry.path();
            if kind.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "proto") {
                files.push(path);
            }
            if files.len() > FILES || folders.len() > FILES {
                return Err(SchemaError::TooMany(folder.to_owned()));
            }
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(SchemaError::Empty(folder.to_owned()));
    }
    Ok(files)
}

/// The type of a message.
#[derive(Clone)]
pub(super) struct Type {
    name: String,
    of: MessageDescriptor,
    known: Option<Known>,
}

/// Where the type of what an `Any` holds is looked for, in this order; else it is looked for where the `Any` is from.
type Known = Arc<[Schema]>;

impl Type {
    fn of(of: MessageDescriptor, known: Option<Known>) -> Self {
        Self {
            name: of.full_name().to_owned(),
            of,
            known,
        }
    }

    /// The type of this full name in the first of these schemas that has it. What it holds by an `Any` is told by all of
    /// them: a schema is not copied for that, which may be large.
    pub(super) fn named<const N: usize>(name: &str, known: [&Schema; N]) -> Option<Self> {
        let of = known
            .iter()
            .find_map(|schema| schema.0.get_message_by_name(name))?;
        Some(Self::of(of, Some(known.map(Schema::clone).into())))
    }

    /// Its full name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What a `google.protobuf.Any` of this URL holds, where its type is known; `None` where this is no `Any`.
    pub(super) fn held_by_any(&self, url: &str) -> Option<(String, Option<Self>)> {
        let is_any = self.name == "google.protobuf.Any";
        let name = url.rsplit('/').next().unwrap_or(url);
        is_any.then(|| {
            let held = match &self.known {
                Some(known) => known.iter().find_map(|schema| schema.0.get_message_by_name(name)),
                None => self.of.parent_pool().get_message_by_name(name),
            };
            let held = held.map(|of| Self::of(of, self.known.clone()));
            (name.to_owned(), held)
        })
    }

    /// The field of this number.
    pub(super) fn field(&self, number: u32) -> Option<FieldType> {
        self.of.get_field(number).map(|of| FieldType {
            name: of.name().to_owned(),
            of,
            known: self.known.clone(),
        })
    }
}

/// The type of a field.
pub(super) struct FieldType {
    name: String,
    of: FieldDescriptor,
    known: Option<Known>,
}

impl FieldType {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The name of its type.
    pub(super) fn kind(&self) -> String {
        match self.of.kind() {
            Kind::Message(message) => message.full_name().to_owned(),
            Kind::Enum(of) => of.full_name().to_owned(),
            other => format!("{other:?}").to_ascii_lowercase(),
        }
    }

    /// The type of the message that it holds.
    pub(super) fn message(&self) -> Option<Type> {
        match self.of.kind() {
            Kind::Message(of) => Some(Type::of(of, self.known.clone())),
            _ => None,
        }
    }

    pub(super) fn is_bytes(&self) -> bool {
        matches!(self.of.kind(), Kind::Bytes)
    }

    /// A number on the wire, by its type: the type's name and the value. `None` where the type has another form.
    pub(super) fn varint(&self, value: u64) -> Option<(String, String)> {
        let zigzag = (value >> 1).cast_signed() ^ -((value & 1).cast_signed());
        let told = match self.of.kind() {
            Kind::Int32 => (value as u32).cast_signed().to_string(),
            Kind::Int64 => value.cast_signed().to_string(),
            Kind::Uint32 | Kind::Uint64 => value.to_string(),
            Kind::Sint32 | Kind::Sint64 => zigzag.to_string(),
            Kind::Bool => (value != 0).to_string(),
            Kind::Enum(of) => {
                let number = (value as u32).cast_signed();
                match of.get_value(number) {
                    Some(known) => format!("{} ({number})", known.name()),
                    None => number.to_string(),
                }
            }
            _ => return None,
        };
        Some((self.kind(), told))
    }

    /// Eight bytes, by their type.
    pub(super) fn fixed64(&self, bits: u64) -> Option<(String, String)> {
        let told = match self.of.kind() {
            Kind::Double => f64::from_bits(bits).to_string(),
            Kind::Fixed64 => bits.to_string(),
            Kind::Sfixed64 => bits.cast_signed().to_string(),
            _ => return None,
        };
        Some((self.kind(), told))
    }

    /// Four bytes, by their type.
    pub(super) fn fixed32(&self, bits: u32) -> Option<(String, String)> {
        let told = match self.of.kind() {
            Kind::Float => f32::from_bits(bits).to_string(),
            Kind::Fixed32 => bits.to_string(),
            Kind::Sfixed32 => bits.cast_signed().to_string(),
            _ => return None,
        };
        Some((self.kind(), told))
    }

    /// The numbers of a packed field. `None` where it is none, or they are not whole.
    pub(super) fn packed(&self, bytes: &[u8]) -> Option<Numbers> {
        if !self.of.is_list() {
            return None;
        }
        let mut numbers = Numbers::default();
        let mut at = 0;
        while at < bytes.len() {
            let rest = bytes.get(at..)?;
            // Those that there is no room for need only be whole.
            match self.of.kind() {
                Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => {
                    let bits = u64::from_le_bytes(*rest.first_chunk()?);
                    at += 8;
                    if !numbers.is_full() {
                        numbers.push(&self.fixed64(bits)?.1);
                    }
                }
                Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => {
                    let bits = u32::from_le_bytes(*rest.first_chunk()?);
                    at += 4;
                    if !numbers.is_full() {
                        numbers.push(&self.fixed32(bits)?.1);
                    }
                }
                _ => {
                    let (value, next) = varint(bytes, at)?;
                    at = next;
                    if !numbers.is_full() {
                        numbers.push(&self.varint(value)?.1);
                    }
                }
            }
        }
        Some(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "syntax = \"proto3\"; package shop.v1;
        enum Size { SMALL = 0; LARGE = 2; }
        message Item { string name = 1; sint32 change = 2; repeated int32 counts = 3; Size size = 4; bytes raw = 5; double price = 6; }
        message Order { repeated Item items = 1; map<string, bool> flags = 2; }
        service Shop { rpc Buy(Order) returns (stream Item); }";

    fn schema() -> Schema {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("v1")).unwrap();
        std::fs::write(dir.path().join("v1/shop.proto"), FILE).unwrap();
        std::fs::write(
            dir.path().join("other.proto"),
            "syntax = \"proto3\"; import \"v1/shop.proto\"; import \"google/protobuf/empty.proto\"; message O { shop.v1.Item i = 1; }",
        )
        .unwrap();
        Schema::compile(dir.path()).unwrap()
    }

    fn brief(schema: &Schema, side: usize, payload: &[u8]) -> String {
        schema.method("/shop.v1.Shop/Buy").unwrap()[side].brief(payload)
    }

    const ITEM: &[u8] =
        b"\x0a\x03tea\x10\x03\x1a\x03\x01\xac\x02\x20\x02\x2a\x02\xff\x00\x31\0\0\0\0\0\0\xf8\x3f\x48\x07";

    #[test]
    fn a_call_names_the_types_of_both_sides() {
        let schema = schema();
        let expected = "name: \"tea\" change: -2 counts: 1, 300 size: LARGE (2) raw: ff00 price: 1.5 9: 7";
        assert_eq!(brief(&schema, 1, ITEM), expected);
        let order = [&b"\x0a\x05\x0a\x03tea\x12\x05\x0a\x01a\x10\x01"[..]].concat();
        assert_eq!(
            brief(&schema, 0, &order),
            "items {name: \"tea\"} flags {key: \"a\" value: true}"
        );
        assert_eq!(
            schema.method("/shop.v1.Shop/Buy").unwrap()[1].name(),
            Some("shop.v1.Item")
        );
        assert!(schema.method("/shop.v1.Shop/Sell").is_none());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn of_a_long_field_of_packed_numbers_the_first_are_told() {
        let method = schema().method("/shop.v1.Shop/Buy").unwrap();
        // A length of 4 MiB, and as many noughts.
        let payload = [&b"\x1a\x80\x80\x80\x02"[..], &vec![0; 4 << 20]].concat();
        let before = crate::test_support::peak_memory();
        let field = method[1].tree(&payload).remove(0);
        let grown = crate::test_support::peak_memory() - before;
        assert_eq!((&*field.kind, field.value.len()), ("repeated int32", 4099));
        assert!(field.value.starts_with("0, 0, ") && field.value.ends_with("..."));
        assert!(grown < 128 << 20, "{grown} bytes of memory");
        // What breaks off behind the first is no list of numbers.
        let payload = [&b"\x1a\x81\x80\x80\x02"[..], &vec![0; 4 << 20], b"\x80"].concat();
        assert_eq!(method[1].tree(&payload)[0].kind, "bytes");
    }

    #[test]
    fn a_server_describes_itself_in_any_order() {
        let files: Vec<Vec<u8>> = schema().files().collect();
        let mut described = Schema::default();
        described.add_described(files.iter().rev().map(|file| &file[..]).chain([&b"\xff"[..]]));
        assert!(brief(&described, 1, ITEM).starts_with("name: \"tea\""));
    }

    #[test]
    fn what_cannot_be_compiled_is_told_with_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let told = |dir: &Path| {
            let error = Schema::compile(dir).unwrap_err();
            error.to_string().replace(&dir.display().to_string(), "DIR")
        };
        assert_eq!(told(dir.path()), "there is no .proto file in DIR");
        std::fs::write(
            dir.path().join("a.proto"),
            "syntax = \"proto3\"; message A { B b = 1; }",
        )
        .unwrap();
        let text = told(dir.path());
        assert!(
            text.starts_with("the .proto files in DIR can't be compiled: "),
            "{text}"
        );
        assert!(text.contains("a.proto"), "{text}");
    }
}
