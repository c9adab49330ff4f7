//! The status codes of gRPC, by name.

/// In the order of their numbers.
const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The name of a status code of gRPC, where it has one.
#[must_use]
pub fn grpc_status_name(code: u32) -> Option<&'static str> {
    NAMES.get(usize::try_from(code).ok()?).copied()
}

/// The status code of this name, in any case.
pub(crate) fn grpc_status_named(name: &str) -> Option<u64> {
    let at = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))?;
    Some(at as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_belong_together() {
        assert_eq!(grpc_status_name(14), Some("UNAVAILABLE"));
        assert_eq!(grpc_status_name(17), None);
        assert_eq!(grpc_status_named("not_found"), Some(5));
        assert_eq!(grpc_status_named("lost"), None);
    }
}
