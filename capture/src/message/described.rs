//! Files by which a server described itself, each a `FileDescriptorProto`, made part of a pool of types.
//!
//! They come from the network, and prost-reflect was made for files of one's own: what an import costs it can double with
//! each file, names of nested types are written out whole, and what doesn't fit is taken back name by name. So each
//! file is weighed before it is given to it.

use std::collections::HashMap;

use prost_reflect::DescriptorPool;
use prost_reflect::prost::Message as _;

use super::protobuf::varint;
use super::weight::{Field, name_of, weigh_file};

/// Files that are taken of one server.
pub(super) const FILES: usize = 2000;

/// Bytes of them.
pub(super) const BYTES: usize = 16 << 20;

/// Bytes of memory that they may become, about.
const WEIGHT: u64 = 64 << 20;

/// Steps that following their imports may take.
const STEPS: u64 = 10_000_000;

/// Weight of what may be looked through for files that don't fit after all.
const REFUSED: u64 = 4 << 30;

/// Adds them to a pool, each behind those that it imports. Of one name the first is taken; those that don't fit, and what
/// would take too much, are left out.
pub(super) fn add<'a>(pool: &mut DescriptorPool, files: impl IntoIterator<Item = &'a [u8]>) {
    let mut bytes = 0;
    let within = files.into_iter().take(FILES).take_while(|file| {
        bytes += file.len();
        bytes <= BYTES
    });
    let files: Vec<File> = within.filter_map(File::read).collect();
    let known = pool
        .files()
        .map(|file| file.file_descriptor_proto().encoded_len());
    let known = 8 * known.sum::<usize>() as u64;
    let (mut weight, mut steps, mut refused) = (0, 0, 0);
    // What following the public imports of a file costs.
    let mut follow: HashMap<&str, u64> = HashMap::new();
    for file in in_order(&files) {
        let is_known = |name: &str| pool.get_file_by_name(name).is_some();
        if is_known(file.name) || !file.imports.iter().all(|name| is_known(name)) {
            continue;
        }
        let cost = |name: &&str| follow.get(name).copied().unwrap_or(1);
        let looked_at = 1 + (file.imports.len() * (1 + file.public.len())) as u64;
        let through = looked_at.saturating_add(file.public().map(cost).fold(0, u64::saturating_add));
        let all = looked_at.saturating_add(file.imports.iter().map(cost).fold(0, u64::saturating_add));
        if weight + file.weight > WEIGHT || all > STEPS - steps {
            continue;
        }
        steps += all;
        if pool.decode_file_descriptor_proto(&*file.bytes).is_ok() {
            weight += file.weight;
            follow.insert(file.name, through);
        } else {
            refused += known + weight + file.weight;
            if refused > REFUSED {
                return;
            }
        }
    }
}

/// Each behind those that it imports, and otherwise as they come; the first of each name.
fn in_order<'f, 'a>(files: &'f [File<'a>]) -> Vec<&'f File<'a>> {
    let mut by_name = HashMap::new();
    for file in files {
        by_name.entry(file.name).or_insert(file);
    }
    let mut ordered = Vec::new();
    for file in files {
        // What is begun, and how far its imports were looked at.
        let mut begun: Vec<_> = by_name
            .remove(file.name)
            .map(|file| (file, 0))
            .into_iter()
            .collect();
        while let Some((file, at)) = begun.last_mut() {
            let file = *file;
            match file.imports.get(*at) {
                Some(import) => {
                    *at += 1;
                    begun.extend(by_name.remove(import).map(|file| (file, 0)));
                }
                None => {
                    ordered.push(file);
                    begun.pop();
                }
            }
        }
    }
    ordered
}

/// What is looked at of a file before it is added.
struct File<'a> {
    name: &'a str,
    imports: Vec<&'a str>,
    /// Which of the imports are handed on to those that import it.
    public: Vec<u64>,
    /// Without what it tells of its source: that alone can be most of it, and is not looked at.
    bytes: Vec<u8>,
    weight: u64,
}

impl<'a> File<'a> {
    fn read(file: &'a [u8]) -> Option<Self> {
        let mut read = Self {
            name: "",
            imports: Vec::new(),
            public: Vec::new(),
            bytes: Vec::with_capacity(file.len()),
            weight: 0,
        };
        let mut package = "";
        let mut at = 0;
        while at < file.len() {
            let (field, next) = Field::read(file, at)?;
            match (field.number, field.bytes) {
                (1, Some(name)) => read.name = name_of(name)?,
                (2, Some(name)) => package = name_of(name)?,
                // Of any other prost-reflect has no notion, and looks for its place in a file that is not there.
                (12, Some(syntax)) if !matches!(syntax, b"proto2" | b"proto3") => return None,
                (3, Some(name)) => read.imports.push(name_of(name)?),
                (10 | 11, Some(packed)) => read.public.extend(numbers(packed)?),
                (10 | 11, None) => read.public.push(field.value),
                _ => {}
            }
            if field.number != 9 {
                read.bytes.extend_from_slice(&file[at..next]);
            }
            at = next;
        }
        read.weight = weigh_file(&read.bytes, package)?;
        let is_bounded = read.imports.len() <= FILES && read.public.len() <= FILES;
        is_bounded.then_some(read)
    }

    fn public(&self) -> impl Iterator<Item = &&'a str> {
        self.public
            .iter()
            .filter_map(|at| self.imports.get(*at as u32 as usize))
    }
}

fn numbers(packed: &[u8]) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    let mut at = 0;
    while at < packed.len() {
        let (number, next) = varint(packed, at)?;
        numbers.push(number);
        at = next;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::super::weight::{NAME, RANGES};
    use super::*;

    fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
        let mut field = Vec::new();
        for mut value in [number << 3 | 2, bytes.len() as u64] {
            while value > 127 {
                field.push(value as u8 | 128);
                value >>= 7;
            }
            field.push(value as u8);
        }
        field.extend_from_slice(bytes);
        field
    }

    /// A file of this name with a message of the same, that imports others. `public`: and hands them on.
    fn file(name: &str, imports: &[&str], public: bool) -> Vec<u8> {
        let mut file = [field(1, name.as_bytes()), field(4, &field(1, name.as_bytes()))].concat();
        for (at, import) in imports.iter().enumerate() {
            file.extend(field(3, import.as_bytes()));
            if public {
                file.extend([10 << 3, at as u8]);
            }
        }
        file
    }

    fn known(files: &[Vec<u8>]) -> DescriptorPool {
        let mut pool = DescriptorPool::new();
        add(&mut pool, files.iter().map(Vec::as_slice));
        pool
    }

    fn names(pool: &DescriptorPool) -> Vec<String> {
        pool.files().map(|file| file.name().to_owned()).collect()
    }

    #[test]
    fn files_are_added_behind_those_that_they_import_and_of_one_name_the_first() {
        let later = [field(1, b"b"), field(4, &field(1, b"Old"))].concat();
        let pool = known(&[
            file("a", &["b", "c"], false),
            file("b", &["c"], false),
            file("lost", &["nowhere"], false),
            file("c", &[], false),
            later,
        ]);
        assert_eq!(names(&pool), ["c", "b", "a"]);
        assert!(pool.get_message_by_name("Old").is_none());
    }

    #[test]
    fn of_two_files_with_the_same_type_the_first_is_taken() {
        let file = |name: &str| [field(1, name.as_bytes()), field(4, &field(1, b"M"))].concat();
        assert_eq!(names(&known(&[file("new"), file("old")])), ["new"]);
    }

    #[test]
    fn a_long_chain_in_the_wrong_order_is_added_in_one_pass() {
        let name = |at: usize| format!("f{at}");
        let files: Vec<_> = (0..FILES)
            .map(|at| match at + 1 == FILES {
                true => file(&name(at), &[], false),
                false => file(&name(at), &[&name(at + 1)], false),
            })
            .collect();
        let began = Instant::now();
        assert_eq!(known(&files).files().len(), FILES);
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }

    #[test]
    fn imports_that_lead_in_a_ring_or_double_with_each_file_are_left_out() {
        // Of itself, and of each other.
        let ring = [
            file("own", &["own"], true),
            file("a", &["b"], true),
            file("b", &["a"], true),
        ];
        assert_eq!(names(&known(&ring)), [""; 0]);

        let mut files = vec![file("l0", &[], false), file("r0", &[], false)];
        for at in 1..80 {
            let below = [format!("l{}", at - 1), format!("r{}", at - 1)];
            let below = [&*below[0], &*below[1]];
            files.push(file(&format!("l{at}"), &below, true));
            files.push(file(&format!("r{at}"), &below, true));
        }
        let pool = known(&files);
        assert!(pool.get_file_by_name("r5").is_some());
        assert!(pool.get_file_by_name("r40").is_none());
    }

    #[test]
    fn what_would_become_much_in_memory_is_left_out() {
        let named = |name: &str| field(1, name.as_bytes());
        // Each dot of a package is a name of its own; so is each level of a nested message.
        let package = [named("dots"), field(2, "a.".repeat(500).as_bytes())].concat();
        let long = [named("long"), field(2, &[b'a'; NAME + 1])].concat();
        let nested = (0..40).fold(Vec::new(), |inner, _| {
            [named(&"n".repeat(100)), field(3, &inner)].concat()
        });
        let nested = [named("nested"), field(4, &nested)].concat();
        // Each field stands beside each range that is reserved.
        let ranges = field(9, &[8, 1, 16, 2]).repeat(RANGES as usize + 1);
        let ranges = [named("ranges"), field(4, &[named("M"), ranges].concat())].concat();
        // Options that were left to be understood, and a group, behind which nothing would be weighed.
        let options = [named("options"), field(8, b"\xba\x3e\x00")].concat();
        let group = [named("group"), vec![0x0b, 0x0c], field(4, &named("M"))].concat();
        let refused = [long, nested, ranges, options, group];
        assert_eq!(names(&known(&refused)), [""; 0]);
        assert_eq!(names(&known(std::slice::from_ref(&package))), ["dots"]);

        let messages = |name: &str, of: u32| {
            let of = (0..of).flat_map(|at| field(4, &named(&format!("{name}{at}"))));
            [named(name), of.collect()].concat()
        };
        let files = [messages("many", 200_000), messages("some", 20_000), package];
        assert_eq!(names(&known(&files)), ["some", "dots"]);
    }

    #[test]
    fn a_syntax_that_is_not_known_is_left_out() {
        let syntax = |syntax: &[u8]| [file("a", &[], false), field(12, syntax)].concat();
        assert_eq!(names(&known(&[syntax(b"proto4")])), [""; 0]);
        assert_eq!(names(&known(&[syntax(b"proto3")])), ["a"]);
        assert_eq!(names(&known(std::slice::from_ref(&RICH))), ["a.proto"]);
    }

    #[test]
    fn what_a_file_tells_of_its_source_is_not_kept() {
        let told = [file("a", &[], false), field(9, &[0xff; 1000])].concat();
        assert_eq!(names(&known(&[told])), ["a"]);
    }

    proptest! {
        #[test]
        fn whatever_a_server_tells_is_taken_or_left_out(
            files in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..4)
        ) {
            known(&files);
        }

        #[test]
        fn a_file_that_was_changed_is_taken_or_left_out(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
        ) {
            let mut changed = RICH.clone();
            for (at, byte) in changes {
                let at = at.index(changed.len());
                changed[at] = byte;
            }
            for message in known(&[changed]).all_messages() {
                for field in message.fields() {
                    let _ = (field.kind(), field.is_list());
                }
            }
        }
    }

    /// A file with all that there is in files.
    static RICH: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let source = "syntax = \"proto2\"; package p.q; option java_package = \"j\";
            enum E { option allow_alias = true; A = 0; B = 1; C = 1; reserved 5 to 7; reserved \"D\"; }
            message M { optional E e = 1 [default = B]; repeated int32 n = 2 [packed = true, json_name = \"m\"];
              oneof one { string s = 3; bytes b = 4 [default = \"\\001\"]; } map<string, M> map = 5;
              message Inner { required double d = 1 [default = 1.5]; } optional Inner inner = 6; optional group G = 7 {}
              reserved 20 to 30, 40; reserved \"old\"; extensions 100 to 200; extend M { optional string x = 101; } }
            extend M { repeated M more = 102; }
            service S { rpc Do(M) returns (stream p.q.M) { option deprecated = true; } }";
        std::fs::write(folder.path().join("a.proto"), source).unwrap();
        crate::message::Schema::compile(folder.path())
            .unwrap()
            .files()
            .next()
            .unwrap()
    });
}
