//! What a gRPC call that failed tells beside its code: `grpc-status-details-bin`, a `google.rpc.Status`.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use prost_reflect::DescriptorPool;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use super::protobuf::{Protobuf, ProtobufField};
use super::{Schema, Type, field_of_end};
use crate::Exchange;

/// Bytes of the field's value that are read.
const LONGEST: usize = 256 * 1024;

/// The files that Google has them in, by their names there: of a person's own each may be one, or both.
const FILES: [(&str, &str); 2] = [
    ("google/rpc/status.proto", include_str!("status.proto")),
    (
        "google/rpc/error_details.proto",
        include_str!("error_details.proto"),
    ),
];

/// Binary metadata is Base64 with padding or without (gRPC over HTTP/2, "Custom-Metadata").
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The types of `google.rpc`.
static TYPES: LazyLock<Schema> = LazyLock::new(|| {
    struct Own;
    impl FileResolver for Own {
        fn open_file(&self, name: &str) -> Result<File, protox::Error> {
            match FILES.iter().find(|(known, _)| *known == name) {
                Some((_, source)) => File::from_source(name, source),
                None => Err(protox::Error::file_not_found(name)),
            }
        }
    }
    let mut resolver = ChainFileResolver::new();
    resolver.add(Own);
    resolver.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true);
    let pool = match compiler.open_files(FILES.map(|(name, _)| name)) {
        Ok(compiled) => compiled.descriptor_pool(),
        // It compiles: a test says so.
        Err(_) => DescriptorPool::new(),
    };
    Schema(pool)
});

/// The fields of the status that an exchange ended with, in its trailers or, where there is nothing else, in its head.
/// Its details are told by their types: those that are given, and those of `google.rpc`.
#[must_use]
pub fn status_details(exchange: &Exchange, given: &Schema) -> Option<Vec<ProtobufField>> {
    let value = field_of_end(exchange, "grpc-status-details-bin")?;
    let status = BASE64
        .decode(value.get(..LONGEST.min(value.len()))?.trim_ascii())
        .ok()?;
    // The person's own come first: where both know a type, theirs says what it is.
    let of = Type::named("google.rpc.Status", [given, &*TYPES]);
    Some(Protobuf(of).tree(&status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fields;
    use crate::test_support::{done, exchange};

    fn field(number: u8, value: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, value.len() as u8][..], value].concat()
    }

    fn any(name: &[u8], value: &[u8]) -> Vec<u8> {
        let url = [b"type.googleapis.com/", name].concat();
        field(3, &[field(1, &url), field(2, value)].concat())
    }

    fn told(value: &str) -> Option<Vec<ProtobufField>> {
        told_by(value, &Schema::default())
    }

    fn told_by(value: &str, given: &Schema) -> Option<Vec<ProtobufField>> {
        let mut call = done(&exchange("https://example.com/a.B/C"), 200, "application/grpc");
        call.response_trailers = Some(Fields::pack([(
            &b"Grpc-Status-Details-Bin"[..],
            value.as_bytes(),
        )]));
        status_details(&call, given)
    }

    fn brief(fields: &[ProtobufField]) -> String {
        let one = |field: &ProtobufField| {
            let name = field.name.clone().unwrap_or_else(|| field.number.to_string());
            match field.children.is_empty() {
                true => format!("{name}={}", field.value),
                false => format!("{name}:{}({})", field.kind, brief(&field.children)),
            }
        };
        fields.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn details_are_told_by_their_types_known_or_not() {
        let violation = field(1, &[field(1, b"items[0]"), field(2, b"empty")].concat());
        let status = [
            vec![8, 3],
            field(2, b"bad order"),
            any(b"google.rpc.BadRequest", &violation),
            any(b"shop.Unknown", &field(7, b"text")),
        ]
        .concat();
        let expected = "code=3 message=bad order \
            details:google.protobuf.Any(type_url=type.googleapis.com/google.rpc.BadRequest \
            value:google.rpc.BadRequest(field_violations:google.rpc.BadRequest.FieldViolation(field=items[0] description=empty))) \
            details:google.protobuf.Any(type_url=type.googleapis.com/shop.Unknown value:shop.Unknown(7=text))";
        for padded in [true, false] {
            let mut value = BASE64.encode(&status);
            if !padded {
                value.truncate(value.trim_end_matches('=').len());
            }
            assert_eq!(brief(&told(&value).unwrap()), expected);
        }
    }

    #[test]
    fn a_person_may_have_one_of_the_two_files_or_both() {
        let any = any(b"google.rpc.ErrorInfo", &field(1, b"STOCKED_OUT"));
        let value = BASE64.encode([vec![8, 8], any].concat());
        let expected = "code=8 details:google.protobuf.Any(type_url=type.googleapis.com/google.rpc.ErrorInfo \
            value:google.rpc.ErrorInfo(reason=STOCKED_OUT))";
        for given in [&FILES[..1], &FILES[1..], &FILES[..]] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(folder.path().join("google/rpc")).unwrap();
            for (name, source) in given {
                std::fs::write(folder.path().join(name), source).unwrap();
            }
            let given = Schema::compile(folder.path()).unwrap();
            assert_eq!(brief(&told_by(&value, &given).unwrap()), expected);
        }
        // Under another name a type is theirs all the same.
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("status.proto"), FILES[0].1).unwrap();
        let given = Schema::compile(folder.path()).unwrap();
        assert_eq!(brief(&told_by(&value, &given).unwrap()), expected);
    }

    #[test]
    fn what_is_no_status_is_told_as_far_as_it_goes() {
        assert_eq!(told("?"), None);
        let broken = told(&BASE64.encode([8, 3, 0x1a, 0x7f])).unwrap();
        assert_eq!(broken[0].value, "3");
        assert_eq!(broken[1].kind, "malformed");
    }
}
