//! The last word of a side of a WebSocket: why it closes (RFC 6455 sections 5.5.1 and 7.4).

/// A code and a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The code.
    pub code: u16,
    /// Its name, where it has one.
    pub name: Option<&'static str>,
    /// The reason, as it was sent.
    pub reason: String,
}

impl Close {
    /// What the payload of a close frame says; `None` where it says nothing.
    #[must_use]
    pub fn of(payload: &[u8]) -> Option<Self> {
        let (code, reason) = payload.split_first_chunk::<2>()?;
        let code = u16::from_be_bytes(*code);
        Some(Self {
            code,
            name: name(code),
            reason: String::from_utf8_lossy(reason).into_owned(),
        })
    }
}

/// What is wrong with the payload of a close frame.
pub(super) fn problem(payload: &[u8]) -> Option<String> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return (!payload.is_empty()).then(|| "a close frame of one byte, where a code has two".to_owned());
    };
    let code = u16::from_be_bytes(*code);
    if !may_be_sent(code) {
        return Some(format!("the close code {code} is not one that may be sent"));
    }
    std::str::from_utf8(reason)
        .err()
        .map(|error| format!("the reason is not UTF-8 at byte {}", error.valid_up_to()))
}

/// Whether a code may stand in a close frame (section 7.4.2, and IANA's registry).
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

fn name(code: u16) -> Option<&'static str> {
    Some(match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1005 => "no status received",
        1006 => "abnormal closure",
        1007 => "invalid payload data",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "mandatory extension",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        1015 => "TLS handshake",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_says_why() {
        let close = Close::of(b"\x03\xe9bye").unwrap();
        assert_eq!(
            (close.code, close.name, &*close.reason),
            (1001, Some("going away"), "bye")
        );
        assert_eq!(Close::of(b""), None);
        assert_eq!(problem(b""), None);
        assert_eq!(problem(b"\x03\xe8"), None);
    }

    #[test]
    fn codes_that_may_not_be_sent_are_told() {
        for code in [
            0u16, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535,
        ] {
            let told = problem(&code.to_be_bytes()).unwrap();
            assert_eq!(told, format!("the close code {code} is not one that may be sent"));
        }
        for code in [1000u16, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999] {
            assert_eq!(problem(&code.to_be_bytes()), None);
        }
        assert_eq!(
            problem(b"\x03").unwrap(),
            "a close frame of one byte, where a code has two"
        );
        assert_eq!(
            problem(b"\x03\xe8a\xff").unwrap(),
            "the reason is not UTF-8 at byte 1"
        );
    }
}
