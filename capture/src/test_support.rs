//! Exchanges for the unit tests of this crate.

use proptest::prelude::*;

use crate::{
    Exchange, ExchangeError, ExchangeState, Fields, Id, LegName, RawHead, RequestHead, ResponseHead, Stage,
    Timestamp, Timings, Version,
};

/// An open GET of this URL.
pub(crate) fn exchange(url: &str) -> Exchange {
    let (scheme, rest) = match url.strip_prefix("https://") {
        Some(rest) => ("https", rest),
        None => ("http", url.trim_start_matches("http://")),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let default = if scheme == "https" { 443 } else { 80 };
    let (host, port) = authority
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host, port.parse().ok()?)))
        .unwrap_or((authority, default));
    Exchange::new(
        Id::new(),
        RequestHead {
            method: "GET".into(),
            scheme,
            host: host.into(),
            port,
            path: if path.is_empty() { "/" } else { path }.into(),
            version: Version::Http11,
            fields: Fields::pack([(&b"host"[..], authority.as_bytes()), (b"accept", b"*/*")]),
            raw: RawHead::Unknown,
        },
        Timestamp::now(),
    )
}

/// The exchange, answered and over.
pub(crate) fn done(exchange: &Exchange, status: u16, content_type: &str) -> Exchange {
    let mut done = exchange.clone();
    done.response = Some(ResponseHead {
        status,
        version: Version::Http11,
        reason: None,
        fields: Fields::pack([(&b"Content-Type"[..], content_type.as_bytes())]),
        made_here: false,
        raw: RawHead::Unknown,
    });
    done.timings = Timings {
        request_sent_us: Some(10),
        request_end_us: Some(20),
        response_head_us: Some(1000),
        end_us: Some(2000),
    };
    done.state = ExchangeState::Done;
    done
}

fn any_raw() -> impl Strategy<Value = RawHead> {
    prop_oneof![
        Just(RawHead::Unknown),
        Just(RawHead::AsTold),
        prop::collection::vec(any::<u8>(), 1..40).prop_map(|bytes| RawHead::Bytes(bytes.into())),
    ]
}

fn any_fields() -> impl Strategy<Value = Fields> {
    prop::collection::vec(
        ("[a-zA-Z-]{1,12}", prop::collection::vec(any::<u8>(), 0..20)),
        0..6,
    )
    .prop_map(|fields| Fields::pack(fields.iter().map(|(name, value)| (name.as_bytes(), &value[..]))))
}

prop_compose! {
    fn any_response()(
        status in 100u16..600,
        version in prop::sample::select(vec![Version::Http10, Version::Http11, Version::Http2]),
        reason in prop::option::of("[a-zA-Z ]{0,12}"),
        fields in any_fields(),
        made_here in any::<bool>(),
        raw in any_raw(),
    ) -> ResponseHead {
        ResponseHead { status, version, reason: reason.map(Into::into), fields, made_here, raw }
    }
}

prop_compose! {
    /// An exchange in any state.
    pub(crate) fn any_exchange()(
        method in "[A-Z]{1,8}",
        https in any::<bool>(),
        host in "[a-z0-9.-]{1,20}",
        port in any::<u16>(),
        path in "/[ -~]{0,40}",
        (fields, raw) in (any_fields(), any_raw()),
        response in prop::option::of(any_response()),
        informational in prop::collection::vec(any_response(), 0..3),
        trailers in (prop::option::of(any_fields()), prop::option::of(any_fields())),
        times in prop::collection::vec(prop::option::of(0u64..u64::from(u32::MAX)), 4),
        failed in any::<bool>(),
    ) -> Exchange {
        Exchange {
            request: RequestHead {
                method: method.into(),
                scheme: if https { "https" } else { "http" },
                host: host.into(),
                port,
                path: path.into(),
                version: Version::Http2,
                fields,
                raw,
            },
            response,
            informational,
            request_trailers: trailers.0,
            response_trailers: trailers.1,
            timings: Timings {
                request_sent_us: times[0],
                request_end_us: times[1],
                response_head_us: times[2],
                end_us: times[3],
            },
            state: if failed { ExchangeState::Failed } else { ExchangeState::Done },
            error: failed.then(|| ExchangeError { leg: LegName::Origin, stage: Stage::Response, text: "reset".into() }),
            ..exchange("http://x")
        }
    }
}

/// The most memory that this process has held, in bytes.
#[cfg(target_os = "linux")]
pub(crate) fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
