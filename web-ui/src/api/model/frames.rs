//! The HTTP/2 frames of a connection, as the API tells them (RFC 9113 section 6).

use capture::{Frame, LegFrames};
use serde::Serialize;
use ts_rs::TS;
use utoipa::ToSchema;

/// The HTTP/2 frames of both legs of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, TS)]
pub struct ConnectionFrames {
    /// The client leg's; null where it does not speak HTTP/2, or has not yet.
    pub client: Option<FramesOfLeg>,
    /// The origin leg's, likewise.
    pub origin: Option<FramesOfLeg>,
}

/// The frames of one leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, TS)]
pub struct FramesOfLeg {
    /// The frames that were kept, the oldest first.
    pub frames: Vec<Http2Frame>,
    /// Frames that passed behind them and were not kept.
    pub omitted: u64,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, TS)]
pub struct Http2Frame {
    /// When it passed, in microseconds since the connection opened.
    pub at_us: u64,
    /// Who sent it.
    pub from: FrameSender,
    /// The stream; 0 is the connection.
    pub stream: u32,
    /// `HEADERS`, or `0x2a` of a type that has no name.
    #[serde(rename = "type")]
    pub kind: String,
    /// The flags that are set, by name, or by bit where one has none.
    pub flags: Vec<String>,
    /// Bytes of its payload.
    pub length: u32,
    /// What it says, of the types that steer the connection.
    pub detail: Option<FrameDetail>,
}

/// Who sent a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, TS)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each says what it is")]
pub enum FrameSender {
    Client,
    Handlens,
    Origin,
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, TS)]
#[serde(untagged)]
pub enum FrameDetail {
    /// SETTINGS.
    Settings {
        /// In their order.
        settings: Vec<Setting>,
    },
    /// RST_STREAM.
    Reset {
        /// Why: `CANCEL`, or `0x2a` of a code that has no name.
        code: String,
    },
    /// GOAWAY.
    GoAway {
        /// The last stream that was or may have been acted on.
        last_stream: u32,
        /// Why.
        code: String,
        /// The beginning of its debug data, as text.
        debug: String,
    },
    /// PING.
    Ping {
        /// Its eight bytes in hex.
        opaque: String,
    },
    /// WINDOW_UPDATE.
    WindowUpdate {
        /// Bytes that may be sent beyond those allowed before.
        increment: u32,
    },
    /// PRIORITY.
    Priority {
        /// The stream that this one depends on.
        depends_on: u32,
        /// Whether alone.
        exclusive: bool,
        /// From 1 to 256.
        weight: u16,
    },
    /// PRIORITY_UPDATE (RFC 9218).
    PriorityUpdate {
        /// The stream that it is for.
        prioritized: u32,
        /// The beginning of its value.
        value: String,
    },
}

/// A setting (RFC 9113 section 6.5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, TS)]
pub struct Setting {
    /// `MAX_CONCURRENT_STREAMS`, or `0x2a` of one that has no name.
    pub name: String,
    /// Its value.
    pub value: u32,
}

impl FramesOfLeg {
    /// Dissects the frames of a leg whose peer is `peer`.
    pub(crate) fn of(leg: &LegFrames, peer: FrameSender) -> Self {
        Self {
            frames: leg.iter().map(|frame| Http2Frame::of(&frame, peer)).collect(),
            omitted: leg.omitted,
        }
    }
}

impl Http2Frame {
    fn of(frame: &Frame, peer: FrameSender) -> Self {
        Self {
            at_us: frame.at_us,
            from: if frame.from_us {
                FrameSender::Handlens
            } else {
                peer
            },
            stream: frame.stream,
            kind: kind(frame.kind),
            flags: flags(frame.kind, frame.flags),
            length: frame.length,
            detail: detail(frame),
        }
    }
}

fn kind(kind: u8) -> String {
    const NAMES: [&str; 10] = [
        "DATA",
        "HEADERS",
        "PRIORITY",
        "RST_STREAM",
        "SETTINGS",
        "PUSH_PROMISE",
        "PING",
        "GOAWAY",
        "WINDOW_UPDATE",
        "CONTINUATION",
    ];
    match (NAMES.get(usize::from(kind)), kind) {
        (Some(name), _) => (*name).to_owned(),
        (None, 0x0a) => "ALTSVC".to_owned(),
        (None, 0x0c) => "ORIGIN".to_owned(),
        (None, 0x10) => "PRIORITY_UPDATE".to_owned(),
        (None, other) => format!("0x{other:02x}"),
    }
}

fn flags(kind: u8, flags: u8) -> Vec<String> {
    let name = |bit: u8| match (kind, bit) {
        (0 | 1, 0x1) => Some("END_STREAM"),
        (4 | 6, 0x1) => Some("ACK"),
        (1 | 5 | 9, 0x4) => Some("END_HEADERS"),
        (0 | 1 | 5, 0x8) => Some("PADDED"),
        (1, 0x20) => Some("PRIORITY"),
        _ => None,
    };
    (0..8)
        .map(|place| 1 << place)
        .filter(|bit| flags & bit != 0)
        .map(|bit| name(bit).map_or_else(|| format!("0x{bit:02x}"), str::to_owned))
        .collect()
}

fn detail(frame: &Frame) -> Option<FrameDetail> {
    let bytes = &frame.detail[..];
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let stream = |at| Some(number(at)? & 0x7fff_ffff);
    Some(match frame.kind {
        2 => FrameDetail::Priority {
            depends_on: stream(0)?,
            exclusive: number(0)? >> 31 == 1,
            weight: u16::from(*bytes.get(4)?) + 1,
        },
        3 => FrameDetail::Reset {
            code: code(number(0)?),
        },
        4 if frame.flags & 1 == 0 => FrameDetail::Settings {
            settings: bytes.chunks_exact(6).map(setting).collect(),
        },
        6 => FrameDetail::Ping {
            opaque: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        },
        7 => FrameDetail::GoAway {
            last_stream: stream(0)?,
            code: code(number(4)?),
            debug: String::from_utf8_lossy(bytes.get(8..)?).into_owned(),
        },
        8 => FrameDetail::WindowUpdate {
            increment: stream(0)?,
        },
        0x10 => FrameDetail::PriorityUpdate {
            prioritized: stream(0)?,
            value: String::from_utf8_lossy(bytes.get(4..)?).into_owned(),
        },
        _ => return None,
    })
}

fn setting(bytes: &[u8]) -> Setting {
    let id = u16::from_be_bytes([bytes[0], bytes[1]]);
    let name = match id {
        1 => "HEADER_TABLE_SIZE",
        2 => "ENABLE_PUSH",
        3 => "MAX_CONCURRENT_STREAMS",
        4 => "INITIAL_WINDOW_SIZE",
        5 => "MAX_FRAME_SIZE",
        6 => "MAX_HEADER_LIST_SIZE",
        8 => "ENABLE_CONNECT_PROTOCOL",
        9 => "NO_RFC7540_PRIORITIES",
        _ => "",
    };
    Setting {
        name: match name {
            "" => format!("0x{id:02x}"),
            name => name.to_owned(),
        },
        value: u32::from_be_bytes([bytes[2], bytes[3], bytes[4], bytes[5]]),
    }
}

/// An error code (RFC 9113 section 7).
fn code(code: u32) -> String {
    const NAMES: [&str; 14] = [
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    ];
    usize::try_from(code)
        .ok()
        .and_then(|place| NAMES.get(place))
        .map_or_else(|| format!("0x{code:02x}"), |name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, detail: &'static [u8]) -> Http2Frame {
        let frame = Frame {
            at_us: 5,
            from_us: false,
            kind,
            flags,
            stream: 3,
            length: 9,
            detail: bytes::Bytes::from_static(detail),
        };
        Http2Frame::of(&frame, FrameSender::Origin)
    }

    #[test]
    fn each_type_is_told_in_its_own_words() {
        let told = |kind, detail| serde_json::to_value(frame(kind, 0, detail).detail).unwrap();
        assert_eq!(told(3, &[0, 0, 0, 8]), serde_json::json!({"code": "CANCEL"}));
        assert_eq!(
            told(4, &[0, 3, 0, 0, 0, 100, 0, 42, 0, 0, 1, 0]),
            serde_json::json!({"settings": [
                {"name": "MAX_CONCURRENT_STREAMS", "value": 100}, {"name": "0x2a", "value": 256},
            ]})
        );
        assert_eq!(
            told(7, b"\x80\0\0\x05\0\0\0\x0bcalm"),
            serde_json::json!({"last_stream": 5, "code": "ENHANCE_YOUR_CALM", "debug": "calm"})
        );
        assert_eq!(told(8, &[0, 1, 0, 0]), serde_json::json!({"increment": 65536}));
        assert_eq!(
            told(2, &[0x80, 0, 0, 1, 15]),
            serde_json::json!({"depends_on": 1, "exclusive": true, "weight": 16})
        );
        assert_eq!(
            told(0x10, b"\0\0\0\x01u=3"),
            serde_json::json!({"prioritized": 1, "value": "u=3"})
        );
        assert_eq!(told(6, &[1, 2, 3, 4, 5, 6, 7, 255])["opaque"], "01020304050607ff");
        assert_eq!(told(0, b""), serde_json::Value::Null);
    }

    #[test]
    fn what_was_cut_off_is_not_told() {
        for kind in [2, 3, 7, 8, 0x10] {
            assert_eq!(frame(kind, 0, &[0, 0]).detail, None);
        }
    }

    #[test]
    fn flags_are_those_of_the_type() {
        assert_eq!(
            frame(1, 0x2d, b"").flags,
            ["END_STREAM", "END_HEADERS", "PADDED", "PRIORITY"]
        );
        assert_eq!(frame(4, 1, b"").flags, ["ACK"]);
        assert_eq!(frame(0, 0x40, b"").flags, ["0x40"]);
        assert_eq!(
            (&*frame(9, 0, b"").kind, &*frame(0x2a, 0, b"").kind),
            ("CONTINUATION", "0x2a")
        );
    }
}
