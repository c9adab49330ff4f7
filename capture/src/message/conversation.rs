//! What the bodies of an exchange are, and how each is read.

use super::burst::Bursts;
use super::cursor::Reader;
use super::deflate::Deflate;
use super::found::{Found, Resume};
use super::grpc::{Calls, Encoding};
use super::lines::Lines;
use super::source::Way;
use super::sse::Events;
use super::told::{Message, Teller};
use super::websocket::Frames;
use super::{Protobuf, ProtobufField, Schema};
use crate::coding::codings_of;
use crate::protocol::{is_grpc_web_text, media_type};
use crate::{Exchange, Fields, Id, Protocol, Side};

/// How the messages of an exchange are read, told by its heads.
pub struct Conversation {
    pub(super) id: Id,
    pub(super) protocol: Protocol,
    sides: [Option<Reading>; 2],
    teller: Teller,
    /// Why a side is not read.
    pub(super) problem: Option<String>,
}

/// How one side is read.
pub(super) struct Reading {
    pub(super) way: Way,
    deflate: Option<Deflate>,
    encoding: Encoding,
}

impl Conversation {
    /// What the heads of an exchange tell. `None` where its bodies are no messages.
    pub(super) fn of(exchange: &Exchange, schema: Option<&Schema>) -> Option<Self> {
        let protocol = Protocol::of_heads(&exchange.request, exchange.response.as_ref());
        if !protocol.is_timed() {
            return None;
        }
        let request = &exchange.request.fields;
        let response = exchange.response.as_ref().map(|head| &head.fields);
        let mut problem = None;
        let sides = [(Side::Request, Some(request)), (Side::Response, response)].map(|(side, fields)| {
            // Opaque bytes have no head, and are all there is to it.
            let none = Fields::default();
            let fields = fields.or((protocol == Protocol::Opaque).then_some(&none))?;
            let reading = Reading::of(protocol, side, fields, response);
            reading.unwrap_or_else(|error| {
                problem = Some(error);
                None
            })
        });
        let subprotocol = response.and_then(|fields| fields.first("sec-websocket-protocol"));
        let method = schema.and_then(|schema| schema.method(&exchange.request.path));
        Some(Self {
            id: exchange.id,
            protocol,
            sides,
            teller: Teller {
                protocol,
                is_graphql: subprotocol.is_some_and(|name| name.trim_ascii().starts_with(b"graphql-")),
                protobuf: method.unwrap_or_else(|| [Protobuf::default(), Protobuf::default()]),
            },
            problem,
        })
    }

    /// How this side is read, if it has messages.
    pub(super) fn reading(&self, side: Side) -> Option<&Reading> {
        self.sides[side as usize].as_ref()
    }

    /// Reads this side from a place on.
    pub(super) fn reader(&self, side: Side, keep: usize, at: &Resume) -> Reader {
        let reading = self.reading(side);
        let deflate = reading.and_then(|reading| reading.deflate);
        let encoding = reading.map_or(Encoding::Identity, |reading| reading.encoding.clone());
        match self.protocol {
            Protocol::Websocket => Reader::Websocket(Box::new(Frames::new(side, deflate, keep, at))),
            Protocol::Sse => Reader::Sse(Events::new(keep, at)),
            Protocol::Ndjson => Reader::Lines(Lines::new(keep, at)),
            Protocol::Grpc => Reader::Grpc(Calls::new(false, encoding, keep, at)),
            Protocol::GrpcWeb => Reader::Grpc(Calls::new(true, encoding, keep, at)),
            Protocol::Http | Protocol::Graphql | Protocol::Opaque => Reader::Bursts(Bursts::new(keep, at)),
        }
    }

    /// Tells a message that was found.
    pub(super) fn tell(&self, number: u64, from: Side, at_us: Option<u64>, found: &Found) -> Message {
        self.teller.tell(number, from, at_us, found)
    }

    /// The exchange.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// The fields of a payload of protobuf that this side sent.
    #[must_use]
    pub fn protobuf(&self, from: Side, payload: &[u8]) -> Vec<ProtobufField> {
        self.teller.protobuf[from as usize].tree(payload)
    }

    /// The type of the protobuf that this side sends, where a schema tells it.
    #[must_use]
    pub fn protobuf_type(&self, from: Side) -> Option<&str> {
        self.teller.protobuf[from as usize].name()
    }

    /// Whether bytes of the stream are those on the wire, at the same places.
    #[must_use]
    pub fn is_as_on_wire(&self, from: Side) -> bool {
        self.reading(from)
            .is_some_and(|reading| matches!(reading.way, Way::Plain))
    }
}

impl Reading {
    fn of(
        protocol: Protocol,
        side: Side,
        fields: &Fields,
        response: Option<&Fields>,
    ) -> Result<Option<Self>, String> {
        let mut reading = Self {
            way: Way::Plain,
            deflate: None,
            encoding: Encoding::Identity,
        };
        let media_type = media_type(fields).unwrap_or_default();
        match protocol {
            Protocol::Websocket => {
                reading.deflate = response.and_then(|fields| Deflate::agreed(fields, side));
                return Ok(Some(reading));
            }
            Protocol::Opaque => return Ok(Some(reading)),
            Protocol::Sse if side == Side::Request => return Ok(None),
            Protocol::Ndjson if !crate::protocol::is_ndjson(media_type) => return Ok(None),
            Protocol::Grpc | Protocol::GrpcWeb => {
                reading.encoding = Encoding::of(fields.first("grpc-encoding"));
                if protocol == Protocol::GrpcWeb && is_grpc_web_text(media_type) {
                    reading.way = Way::Base64;
                    return Ok(Some(reading));
                }
            }
            Protocol::Sse | Protocol::Ndjson | Protocol::Http | Protocol::Graphql => {}
        }
        let codings = codings_of(fields).map_err(|error| error.to_string())?;
        if !codings.is_empty() {
            reading.way = Way::Coded(codings);
        }
        Ok(Some(reading))
    }
}
