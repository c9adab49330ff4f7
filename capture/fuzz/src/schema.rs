//! The types by which messages of protobuf are told.

use std::sync::OnceLock;

use capture::message::Schema;

/// A message with a field of most kinds, and a call that takes and gives it.
const PROTO: &str = r#"
syntax = "proto3";
package fuzz;

import "google/protobuf/any.proto";

enum Colour {
  RED = 0;
  GREEN = 1;
}

message All {
  int32 int32 = 1;
  sint64 sint64 = 2;
  bool bool = 3;
  Colour colour = 4;
  fixed32 fixed32 = 5;
  sfixed64 sfixed64 = 6;
  double double = 7;
  string text = 8;
  bytes bytes = 9;
  All inner = 10;
  repeated uint64 numbers = 11;
  repeated float floats = 12 [packed = false];
  map<string, All> by_name = 13;
  oneof either {
    string one = 14;
    All other = 15;
  }
  google.protobuf.Any any = 16;
}

service Calls {
  rpc Call(stream All) returns (stream All);
}
"#;

/// The schema of the calls that targets make.
pub fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("fuzz-proto-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        std::fs::write(folder.join("fuzz.proto"), PROTO).expect("the file can be written");
        let schema = Schema::compile(&folder).expect("it compiles");
        let _ = std::fs::remove_dir_all(folder);
        schema
    })
}
