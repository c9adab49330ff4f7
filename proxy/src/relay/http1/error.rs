//! Why a message can't be carried: it is no HTTP/1, or it could be read in two ways.

/// A head, a target, a length or a body that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadMessage {
    #[error("its first line is not `METHOD target HTTP/1.1`")]
    RequestLine,
    #[error("its first line is not `HTTP/1.1 status reason`")]
    StatusLine,
    #[error("its first line names no version: HTTP/0.9 is not carried")]
    NoVersion,
    #[error("it speaks {0}, and HTTP/1.1 and HTTP/1.0 are carried here")]
    Version(String),
    #[error("its status {0:?} is not a number from 100 to 999")]
    Status(String),
    #[error("a line ends in a line feed alone, without the carriage return before it")]
    BareLineFeed,
    #[error("a carriage return stands alone")]
    BareCarriageReturn,
    #[error("a zero byte stands in its head")]
    Zero,
    #[error("the control byte 0x{0:02x} stands in its head")]
    Control(u8),
    #[error("white space stands before the first field")]
    LeadingSpace,
    #[error("a field goes on in a second line, which is obsolete and read differently by different servers")]
    Folded,
    #[error("white space stands between the name of the field {0:?} and its colon")]
    SpaceBeforeColon(String),
    #[error("a line has no colon: {0:?}")]
    NoColon(String),
    #[error("a field has no name")]
    NoName,
    #[error("{0:?} is not a field's name")]
    Name(String),
    #[error("its head is longer than {0} bytes")]
    TooLong(usize),
    #[error("its head has more than {0} fields")]
    TooManyFields(usize),
    #[error("its target {0:?} is neither a path, nor a whole URL, nor `*` with OPTIONS")]
    Target(String),
    #[error("it has no Host, which HTTP/1.1 asks for")]
    NoHost,
    #[error("it has more than one Host")]
    HostTwice,
    #[error("its Host {0:?} is not a host and port")]
    Host(String),
    #[error("it has both Content-Length and Transfer-Encoding")]
    BothLengths,
    #[error("it has more than one Content-Length")]
    LengthTwice,
    #[error("its Content-Lengths differ")]
    LengthsDiffer,
    #[error("its Content-Length {0:?} is not a number of bytes")]
    Length(String),
    #[error("its Transfer-Encoding is {0:?}, and only `chunked`, once, can be carried")]
    Coding(String),
    #[error("it has a Transfer-Encoding and speaks HTTP/1.0, which has none")]
    CodingInHttp10,
    #[error("a chunk's size is not a hexadecimal number, but begins with {0:?}")]
    ChunkSize(char),
    #[error("a chunk's size has more than 16 digits, or is too large")]
    ChunkTooLarge,
    #[error("the line of a chunk's size is longer than {0} bytes")]
    ChunkLineTooLong(usize),
    #[error("the control byte 0x{0:02x} stands in a chunk's extension")]
    ChunkExtension(u8),
    #[error("a chunk is not followed by the end of a line")]
    ChunkEnd,
    #[error("a field that frames or routes a message stands behind its body: {0:?}")]
    Trailer(String),
    #[error("it switches to another protocol, and was not asked to")]
    Switch,
    #[error("more than {0} bytes of interim answers came before the answer")]
    TooManyInterim(usize),
}

impl BadMessage {
    /// The same, without what it quotes of a line.
    pub(super) fn unquoted(&self) -> Self {
        let withheld = || "...".to_owned();
        match self {
            Self::NoColon(_) => Self::NoColon(withheld()),
            Self::Name(_) => Self::Name(withheld()),
            Self::SpaceBeforeColon(_) => Self::SpaceBeforeColon(withheld()),
            other => other.clone(),
        }
    }
}

/// A piece of a message, short enough to be told.
pub(super) fn told(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]);
    if bytes.len() > 60 {
        format!("{text}...")
    } else {
        text.into_owned()
    }
}
