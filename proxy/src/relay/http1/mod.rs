//! HTTP/1 on both legs, carried as it was written (RFC 9112); on one of them, where the other speaks HTTP/2; and answers of our own.
//!
//! What was received goes on byte for byte: order, case, duplicates and spacing of fields, reasons, chunks with their
//! extensions, trailers, versions. What could be read in two ways does not go on at all. A client's message that is
//! refused is answered with 400 (431 where it is too long), an origin's with 502; where an answer has begun, its
//! connection is cut. After either, both connections end. The table in `proxy/tests/it/http1/table` has a case for
//! each rule.
//!
//! # What is refused, and what is set right
//!
//! | what | in a request | in a response |
//! |---|---|---|
//! | first line | `METHOD target HTTP/1.x`, single spaces | `HTTP/1.x status[ reason]`, status 100 to 999 |
//! | version | 1.0 and 1.1, passed as they are; others refused, HTTP/0.9 too | likewise |
//! | method | any token | |
//! | target | a path, a whole URL, `*` with OPTIONS; any byte that can be seen, ASCII or not | |
//! | CONNECT | refused inside a tunnel | |
//! | empty lines before it | passed over | refused |
//! | a line that ends in LF alone | refused | ended with CR LF |
//! | CR alone, NUL | refused | refused |
//! | other control bytes in a value | refused | carried |
//! | white space before a colon | refused | taken out |
//! | a field that is folded | refused | unfolded with spaces; refused in a field named here |
//! | white space before the first field, a line without a colon, a name that is no token | refused | refused |
//! | `Host` | one in HTTP/1.1, one at the most in 1.0: host and port, or empty; the authority of a whole URL stands over it | |
//! | `Content-Length` | once, 1 to 19 digits, below 2^63 | the same number as often as it likes, and goes on once |
//! | `Transfer-Encoding` | `chunked`, once, in HTTP/1.1 | likewise |
//! | both | refused | the coding counts, the length is taken out |
//! | 1xx, 204 | | have no body; fields that frame one are taken out, and the connection ends |
//! | HEAD, 304 | | have no body, and keep their fields |
//! | neither length nor coding | no body | to the end of the connection |
//! | a chunk's size | 1 to 16 hexadecimal digits below 2^63, then `;` or CR LF | likewise |
//! | a chunk's extension | no control bytes, 4 KiB at the most | likewise |
//! | trailers | as strict as a client's head; none that frames or routes | likewise |
//! | size of a head | `limits.head-bytes`, `limits.head-fields` | likewise, and so all interim ones together |
//! | more bytes than were asked for | the next request, 64 KiB ahead at the most | not read: the connection ends |
//!
//! # What is of one hop
//!
//! `Keep-Alive`, `Proxy-Connection` and what `Connection` names go no further; what frames or addresses a message can't
//! be named away. `Proxy-Authorization` ends at the door of plain HTTP, where it is ours. `TE` goes on as `trailers`. `Connection: close` goes on: the two
//! connections of a tunnel end together. Where a client would not know that its connection ends, it is told so, and
//! nothing else is added. `Upgrade` goes on where `Connection` names it and the version is 1.1; `h2c` is taken out of
//! it, for nobody here would speak it then. At the door of plain HTTP a whole URL becomes a path and a `Host`;
//! inside a tunnel it stays one, since another proxy may be at its end, and so it does on its way to an upstream proxy.
//!
//! # The other rules
//!
//! - Requests ahead are answered in order; one goes to the origin when the one before it is answered and sent whole.
//! - Interim responses pass as they come, but not to a client of HTTP/1.0. `100-continue` is the origin's to say: a
//!   body waits for it, `timeouts.expect-continue` at the most. An answer instead of it ends the connection.
//! - An answer that comes before the request is sent passes at once, and the upload goes on where the origin's
//!   connection does.
//! - An answer that ends with its connection and is broken off ends in a reset, where nothing else tells the two apart.
//! - Another proxy that is asked for plain HTTP is asked in the form that we are; its 407 is ours to answer, not the client's.
//! - An origin that ends a connection in use before without a byte of an answer, as those do that let go of idle ones: in a
//!   tunnel the client's ends likewise, and it knows whether to ask again (RFC 9112 section 9.3.1). At the door of plain
//!   HTTP an idempotent request without a body goes again, on a new connection and once; others are left to the client.
//! - A head that has begun must end within `timeouts.head`: else it is answered with 408.
//! - A client that closes its half gets its answer. Before the answer has begun that is believed for five seconds:
//!   a client that is gone looks the same.
//! - After a 101 both sides' bytes are the exchange's bodies, and it is over when both have ended.
//! - Trailers pass whether they were asked for or not.

mod alone;
mod answer;
mod answers;
mod body;
mod chunked;
mod chunks;
mod download;
mod error;
mod exchange;
mod field;
mod find;
mod forward;
mod framing;
pub(crate) mod from_http2;
mod head;
mod hop;
mod linger;
mod origin;
mod own;
mod plain;
mod relay;
mod syntax;
mod target;
mod to_http2;
mod told;
mod tunnel;
mod upgrade;
mod upload;
mod websocket;
mod wire;

pub(crate) use alone::answer_http1;
pub(crate) use forward::ForwardProxy;
pub(crate) use head::EndFinder;
pub(crate) use plain::serve_plain;
pub(crate) use target::split_authority;
pub(crate) use to_http2::relay_to_http2;
pub(crate) use tunnel::relay_tunnel;
