//! Another proxy that takes requests in plain HTTP as they are (RFC 9112 section 3.2.2).

use super::head::Response;
use crate::config::UpstreamProxy;
use crate::fault::Fault;
use crate::upstream::unwelcome;

/// Another proxy, and what says to it who goes there.
pub(crate) struct ForwardProxy {
    pub(super) proxy: UpstreamProxy,
    /// The value of `Proxy-Authorization`.
    pub(super) credentials: Option<String>,
}

impl ForwardProxy {
    pub(crate) fn new(proxy: &UpstreamProxy) -> Self {
        Self {
            credentials: proxy.credentials.as_ref().map(|credentials| credentials.basic()),
            proxy: proxy.clone(),
        }
    }
}

/// The other proxy wants to know who we are. That is between it and us: to the client it would be our question.
pub(super) fn asked_who(proxy: &UpstreamProxy, response: &Response) -> Fault {
    let head = &response.head;
    let schemes: Vec<String> = head
        .lines
        .fields
        .iter()
        .filter(|field| head.name(field).eq_ignore_ascii_case(b"proxy-authenticate"))
        .filter_map(|field| head.value(field).split(|&byte| byte == b' ').next())
        .map(|scheme| String::from_utf8_lossy(scheme).into_owned())
        .collect();
    let reason = String::from_utf8_lossy(response.reason());
    unwelcome(proxy, format!("407 {reason}").trim_end().to_owned(), &schemes).to_fault()
}
