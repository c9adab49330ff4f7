//! The messages of an exchange.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use super::{LegName, Opcode, Protocol};

/// A window of the messages of an exchange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct MessagePage {
    /// What the bodies of the exchange are. Those of `http` and `graphql` have no messages.
    pub kind: Protocol,
    /// Messages there are, as far as they have been read.
    pub total: u64,
    /// Messages that match the filter.
    pub matched: u64,
    /// Place of the first item among those that match.
    pub offset: u64,
    /// Whether more may come.
    pub open: bool,
    /// Whether more has come than has been read: ask again.
    pub behind: bool,
    /// Bytes of the client's side that were seen and not kept: what was in them is not listed.
    pub client_dropped: u64,
    /// Bytes of the origin's side that were seen and not kept.
    pub origin_dropped: u64,
    /// Why a side can't be read, or not to its end.
    pub problem: Option<String>,
    /// Who told the types of protobuf that the messages are told by; null where none are known.
    pub types_from: Option<TypesFrom>,
    /// The window.
    pub items: Vec<ExchangeMessage>,
}

/// Who told types of protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum TypesFrom {
    /// The person, by `.proto` files. An origin that tells others changes nothing.
    Person,
    /// The origin, by server reflection. It may tell others when it is asked again.
    Origin,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ExchangeMessage {
    /// Its place among the messages of both sides, from 1, in the order in which their last bytes passed.
    pub number: u64,
    /// Who sent it.
    pub from: LegName,
    /// When its last byte passed, in microseconds since the exchange began; null where that was not kept.
    pub at_us: Option<u64>,
    /// Bytes of its payload, decoded.
    pub size: u64,
    /// Bytes that it took on the wire, framing included. Of a stream with a content coding, bytes of what was coded. 0:
    /// it stands in the place of bytes that were not kept, as its problem says.
    pub size_on_wire: u64,
    /// What kind of WebSocket message it is; null for any other, and for an opcode that is none.
    pub opcode: Option<Opcode>,
    /// The type of a server-sent event, where it has one of its own.
    pub event: Option<String>,
    /// The id that a server-sent event sets.
    pub id: Option<String>,
    /// The comment that stands where a server-sent event would.
    pub comment: Option<String>,
    /// The milliseconds that a server-sent event asks a client to wait before it connects again.
    pub retry_ms: Option<u64>,
    /// Whether it was compressed on its own (permessage-deflate, or gRPC's compression).
    pub compressed: bool,
    /// What a WebSocket closes with; null where it says nothing.
    pub close: Option<Close>,
    /// What it says of gRPC.
    pub grpc: Option<GrpcMessage>,
    /// The GraphQL operation that it begins.
    pub operation: Option<String>,
    /// 200 characters of its text at the most; of bytes their hexadecimal, or, of protobuf, its fields.
    pub preview: String,
    /// Whether the payload is text.
    pub is_text: bool,
    /// What is wrong with it, and where.
    pub problem: Option<String>,
}

/// What a WebSocket closes with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct Close {
    /// The code.
    pub code: u16,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The reason.
    pub reason: String,
}

/// What a message says of gRPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct GrpcMessage {
    /// Whether it holds trailers (gRPC-Web).
    pub is_trailers: bool,
    /// The status that trailers tell.
    pub status: Option<u32>,
    /// Its name: `OK`, `NOT_FOUND`.
    pub status_name: Option<String>,
    /// The message that trailers tell.
    pub message: Option<String>,
    /// The full name of the message's type, where a schema tells it.
    pub type_name: Option<String>,
}

/// What an origin told of its gRPC services, by server reflection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
pub struct DescribedTypes {
    /// The services by their full names.
    pub services: Vec<String>,
    /// Files that describe them.
    pub files: usize,
}

/// A field of a payload of protobuf.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, TS)]
pub struct ProtobufField {
    /// Its number.
    pub number: u32,
    /// Its name, where a schema tells it.
    pub name: Option<String>,
    /// What it is: by schema its type, and else `varint`, `fixed32`, `fixed64`, `string`, `bytes`, `message`, `packed`,
    /// `group` or `malformed`.
    pub r#type: String,
    /// Its value in words; empty where it has children.
    pub value: String,
    /// The first of its bytes in the payload, its tag included, and the place behind the last.
    pub range: [u64; 2],
    /// The fields of a message.
    #[schema(no_recursion)]
    pub children: Vec<ProtobufField>,
}

impl MessagePage {
    /// The page of a window. `behind` says that more has come than was read.
    pub(crate) fn of(
        page: capture::message::MessagePage,
        behind: bool,
        types_from: Option<TypesFrom>,
    ) -> Self {
        let [client_dropped, origin_dropped] = page.dropped;
        Self {
            kind: page.protocol.into(),
            total: page.total,
            matched: page.matched,
            offset: page.offset,
            open: page.open,
            behind,
            client_dropped,
            origin_dropped,
            problem: page.problem,
            types_from,
            items: page.items.into_iter().map(Into::into).collect(),
        }
    }

    /// The page of an exchange without messages.
    pub(crate) fn empty(kind: capture::Protocol, open: bool) -> Self {
        Self {
            kind: kind.into(),
            total: 0,
            matched: 0,
            offset: 0,
            open,
            behind: false,
            client_dropped: 0,
            origin_dropped: 0,
            problem: None,
            types_from: None,
            items: Vec::new(),
        }
    }
}

impl From<capture::message::Message> for ExchangeMessage {
    fn from(model: capture::message::Message) -> Self {
        Self {
            number: model.number,
            from: match model.from {
                capture::Side::Request => LegName::Client,
                capture::Side::Response => LegName::Origin,
            },
            at_us: model.at_us,
            size: model.size,
            size_on_wire: model.size_on_wire,
            opcode: model.opcode.map(Into::into),
            event: model.event,
            id: model.id,
            comment: model.comment,
            retry_ms: model.retry_ms,
            compressed: model.compressed,
            close: model.close.map(|close| Close {
                code: close.code,
                name: close.name.map(str::to_owned),
                reason: close.reason,
            }),
            grpc: model.grpc.map(|grpc| GrpcMessage {
                is_trailers: grpc.is_trailers,
                status: grpc.status,
                status_name: grpc.status_name.map(str::to_owned),
                message: grpc.message,
                type_name: grpc.type_name,
            }),
            operation: model.operation,
            preview: model.preview,
            is_text: model.is_text,
            problem: model.problem,
        }
    }
}

impl From<capture::message::ProtobufField> for ProtobufField {
    fn from(model: capture::message::ProtobufField) -> Self {
        Self {
            number: model.number,
            name: model.name,
            r#type: model.kind,
            value: model.value,
            range: model.range,
            children: model.children.into_iter().map(Into::into).collect(),
        }
    }
}
