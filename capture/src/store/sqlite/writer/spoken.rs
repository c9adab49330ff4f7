//! What an exchange speaks, as its row says it.

use crate::{Exchange, Fields, Protocol};

/// Bytes of an operation's name at the most.
const LONGEST: usize = 500;

/// The columns that tell what is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) protocol: Protocol,
    pub(super) operation: Option<String>,
    pub(super) grpc_status: Option<u32>,
}

impl Spoken {
    /// What the heads and trailers of an exchange say.
    pub(super) fn of(told: &Exchange) -> Self {
        let protocol = Protocol::of_heads(&told.request, told.response.as_ref());
        let is_grpc = matches!(protocol, Protocol::Grpc | Protocol::GrpcWeb);
        Self {
            protocol,
            operation: is_grpc.then(|| grpc_method(&told.request.path)).flatten(),
            grpc_status: is_grpc.then(|| grpc_status(told)).flatten(),
        }
    }
}

/// `package.Service/Method`.
fn grpc_method(path: &str) -> Option<String> {
    let path = path.split('?').next()?.strip_prefix('/')?;
    (path.contains('/') && path.len() <= LONGEST).then(|| path.to_owned())
}

/// In the trailers, or in the head of a response that has nothing else.
fn grpc_status(told: &Exchange) -> Option<u32> {
    let status = |fields: &Fields| {
        let status = std::str::from_utf8(fields.first("grpc-status")?).ok()?;
        status.trim().parse().ok()
    };
    told.response_trailers
        .as_ref()
        .and_then(status)
        .or_else(|| status(&told.response.as_ref()?.fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{done, exchange};

    #[test]
    fn a_call_of_grpc_is_named_by_its_path_and_its_status_stands_in_the_trailers() {
        let mut call = done(&exchange("https://example.com/a.b.C/Do"), 200, "application/grpc");
        call.request.fields = Fields::pack([(&b"content-type"[..], &b"application/grpc+proto"[..])]);
        call.response_trailers = Some(Fields::pack([(&b"grpc-status"[..], &b"5"[..])]));
        let expected = Spoken {
            protocol: Protocol::Grpc,
            operation: Some("a.b.C/Do".to_owned()),
            grpc_status: Some(5),
        };
        assert_eq!(Spoken::of(&call), expected);

        call.response.as_mut().unwrap().fields = call.response_trailers.take().unwrap();
        assert_eq!(Spoken::of(&call), expected, "trailers alone");

        call.request.fields = Fields::default();
        assert_eq!(Spoken::of(&call), Spoken::default(), "not gRPC");
    }
}
