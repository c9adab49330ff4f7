//! Messages inside an exchange: WebSocket, server-sent events, NDJSON, gRPC, and bursts of what is not known.
//!
//! Bytes are recorded as they passed, with their times; here they are taken apart, when somebody looks. A reader takes
//! the bytes of one side as they come, puts messages together, and tells what is wrong with them;
//! it refuses nothing, never fails, and holds a bounded part of a message. [`Messages`] lists those of both sides in
//! the order in which they passed.

mod again;
mod burst;
mod close;
mod conversation;
mod cursor;
mod deflate;
mod described;
mod effort;
mod found;
mod grpc;
mod grpc_end;
mod grpc_status;
mod lines;
mod messages;
pub(crate) mod operation;
mod protobuf;
mod questions;
mod reflection;
mod schema;
mod schemas;
mod source;
mod sse;
mod status_details;
mod tally;
mod told;
mod utf8;
mod walk;
mod web_trailers;
mod websocket;
mod weight;

pub use again::{PayloadQuestion, WindowQuestion};
pub use close::Close;
pub use conversation::Conversation;
pub use found::Opcode;
pub use grpc_end::grpc_message;
pub use grpc_status::grpc_status_name;
pub use messages::{MessageFilter, MessagePage, Messages, MessagesFrom};
pub use protobuf::ProtobufField;
pub use questions::Questions;
pub use reflection::reflections;
pub use schema::{Schema, SchemaError};
pub use schemas::Schemas;
pub use status_details::status_details;
pub use told::{GrpcMessage, Message};
pub use walk::MessageWalk;

pub(crate) use grpc_end::{field_of_end, read_status};
pub(crate) use grpc_status::grpc_status_named;
pub(crate) use web_trailers::WebTrailers;

use protobuf::Protobuf;
use schema::{FieldType, Type};
