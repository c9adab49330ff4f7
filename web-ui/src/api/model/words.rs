//! The closed sets of words in the API. Each is the capture's enum of the same name, told by the same words;
//! a word that the capture learns does not compile here until it is told.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Declares an enum of the API beside the capture's enum that it mirrors.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident mirrors $model:path {
        $($(#[doc = $about:literal])* $variant:ident = $word:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
        pub enum $name {
            $($(#[doc = $about])* #[serde(rename = $word)] $variant,)+
        }

        impl From<$model> for $name {
            fn from(model: $model) -> Self {
                use $model as Model;
                match model {
                    $(Model::$variant => Self::$variant,)+
                }
            }
        }
    };
}

words! {
    /// How a client comes in.
    Door mirrors capture::Door {
        /// The CONNECT method.
        Connect = "connect",
        /// A request in absolute form to an HTTP proxy.
        Http = "http",
        /// SOCKS version 4 or 4a.
        Socks4 = "socks4",
        /// SOCKS version 5.
        Socks5 = "socks5",
        /// Sent here by the system's packet filter; the client knows of no proxy.
        Transparent = "transparent",
        /// Handlens stands in the place of one origin.
        Reverse = "reverse",
        /// A person asked something of the origin in the dashboard.
        Own = "own",
    }
}

words! {
    /// What a certificate was to a connection.
    CertificateRole mirrors capture::Role {
        /// An origin's own.
        Leaf = "leaf",
        /// Presented by an origin beside its own, or part of the path.
        Intermediate = "intermediate",
        /// The end of a path, or presented as such.
        Root = "root",
        /// Presented by us to a client.
        Minted = "minted",
        /// Presented by a client, or by us to an origin that asked.
        Client = "client",
    }
}

words! {
    /// What became of a connection.
    Outcome mirrors capture::Outcome {
        /// TLS was ended on both legs and what passed was read.
        Inspected = "inspected",
        /// TLS was carried untouched, because a rule said so.
        Passed = "passed",
        /// Carried as bytes: neither TLS nor HTTP.
        Opaque = "opaque",
        /// HTTP without TLS.
        Plain = "plain",
        /// It did not come to carrying anything.
        Failed = "failed",
    }
}

words! {
    /// One half of a connection, named after the peer.
    LegName mirrors capture::LegName {
        /// Between the client and Handlens.
        Client = "client",
        /// Between Handlens and the origin.
        Origin = "origin",
    }
}

words! {
    /// The step at which something failed.
    Stage mirrors capture::Stage {
        /// Reading what the client wants.
        Target = "target",
        /// Telling TLS, HTTP and other protocols apart.
        Detect = "detect",
        /// Name resolution.
        Resolve = "resolve",
        /// The TCP connection.
        Connect = "connect",
        /// Going through another proxy: reaching it, and what it answered.
        Upstream = "upstream",
        /// The TLS handshake.
        Tls = "tls",
        /// Judging the origin's chain.
        Verify = "verify",
        /// Minting our leaf.
        Mint = "mint",
        /// Sending the request.
        Request = "request",
        /// Reading the response.
        Response = "response",
        /// Carrying bytes after all was set up.
        Relay = "relay",
    }
}

words! {
    /// What was decided of a chain.
    Decision mirrors capture::Decision {
        /// Good.
        Trusted = "trusted",
        /// Bad, and the exchange was refused.
        Refused = "refused",
        /// Bad, and let pass because the person allowed this host.
        Overridden = "overridden",
        /// There was no chain to judge.
        NotJudged = "not_judged",
    }
}

words! {
    /// How a check came out.
    CheckOutcome mirrors capture::CheckOutcome {
        /// Good.
        Pass = "pass",
        /// Bad.
        Fail = "fail",
        /// Good enough, but to be looked at.
        Warn = "warn",
        /// Not looked at.
        NotChecked = "not_checked",
    }
}

words! {
    /// How far an exchange has come.
    ExchangeState mirrors capture::ExchangeState {
        /// Under way.
        Open = "open",
        /// Over, whole.
        Done = "done",
        /// Over, not whole.
        Failed = "failed",
    }
}

words! {
    /// A version of HTTP.
    HttpVersion mirrors capture::Version {
        /// HTTP/1.0.
        Http10 = "HTTP/1.0",
        /// HTTP/1.1.
        Http11 = "HTTP/1.1",
        /// HTTP/2.
        Http2 = "HTTP/2",
    }
}

words! {
    /// What the bodies of an exchange are.
    Protocol mirrors capture::Protocol {
        /// A request and a response, and no more than that.
        Http = "http",
        /// Frames of a WebSocket.
        Websocket = "websocket",
        /// A stream of server-sent events.
        Sse = "sse",
        /// JSON, a line each.
        Ndjson = "ndjson",
        /// gRPC over HTTP/2.
        Grpc = "grpc",
        /// gRPC-Web.
        GrpcWeb = "grpc_web",
        /// A GraphQL operation.
        Graphql = "graphql",
        /// Bytes in which no HTTP was found.
        Opaque = "opaque",
    }
}

words! {
    /// What kind of WebSocket message it is.
    Opcode mirrors capture::message::Opcode {
        /// Text.
        Text = "text",
        /// Bytes.
        Binary = "binary",
        /// The last word of a side.
        Close = "close",
        /// Asks for a pong.
        Ping = "ping",
        /// Answers a ping, or is sent unasked.
        Pong = "pong",
    }
}

/// The scheme of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
    /// Bytes in which no HTTP was found.
    Tcp,
    /// The same, inside TLS.
    Tls,
}

impl Scheme {
    /// The scheme that the capture names by this word.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "https" => Self::Https,
            "tcp" => Self::Tcp,
            "tls" => Self::Tls,
            _ => Self::Http,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The capture writes the same words by its own serde, so the store and the API agree.
    #[test]
    fn the_words_are_the_captures_words() {
        fn same<M: Serialize + Copy, W: From<M> + Serialize>(models: &[M]) {
            for model in models {
                assert_eq!(
                    serde_json::to_value(model).unwrap(),
                    serde_json::to_value(W::from(*model)).unwrap()
                );
            }
        }
        use capture as c;
        same::<_, Door>(&c::Door::ALL);
        same::<_, Outcome>(&[c::Outcome::Inspected, c::Outcome::Failed]);
        same::<_, LegName>(&[c::LegName::Client, c::LegName::Origin]);
        same::<_, Stage>(&[c::Stage::Target, c::Stage::Upstream, c::Stage::Relay]);
        same::<_, Decision>(&[c::Decision::Trusted, c::Decision::NotJudged]);
        same::<_, CheckOutcome>(&[c::CheckOutcome::Warn, c::CheckOutcome::NotChecked]);
        same::<_, ExchangeState>(&[c::ExchangeState::Open, c::ExchangeState::Failed]);
        same::<_, Protocol>(&c::Protocol::ALL);
        same::<_, HttpVersion>(&[c::Version::Http10, c::Version::Http11, c::Version::Http2]);
    }
}
