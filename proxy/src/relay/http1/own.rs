//! Answers of our own: to what is asked of ourselves, and where no origin answers.

use std::time::Instant;

use bytes::Bytes;
use capture::{LegName, Side, Stage, Timestamp};
use http::{Method, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite};

use super::answer::{self, Answer, fault_page, header_map};
use super::error::BadMessage;
use super::framing::Length;
use super::head::Request;
use super::hop::read_asked;
use super::origin::OriginEnd;
use super::relay::{After, Relay, Route};
use super::told::{holds_credentials, told_unread};
use super::wire::send;
use crate::fault::Fault;
use crate::recorder::{BodyOutcome, ConnectionRecorder, ExchangeRecorder};
use crate::relay::faults::head_not_ended;
use crate::transport::Cut;

impl<C, O, R> Relay<'_, C, O, R>
where
    C: AsyncRead + AsyncWrite + Cut + Send + Unpin,
    O: OriginEnd<C>,
    R: Route<O>,
{
    /// Answers what is asked of ourselves.
    pub(super) async fn answer_here(
        &mut self,
        request: &Request,
        length: Length,
        exchange: &ExchangeRecorder,
    ) -> After {
        let asked = read_asked(request);
        let method = Method::from_bytes(request.method()).unwrap_or_default();
        let path = String::from_utf8_lossy(&request.form.path(request.target())).into_owned();
        let path = path.split('?').next().unwrap_or("/");
        let proxy = self.route.proxy_word(request);
        let fields = header_map(&request.head);
        let response = self
            .life
            .context
            .site
            .answer(&method, self.scheme, path, &fields, proxy.as_deref());
        // A body of the request is not read.
        let is_last = asked.is_last || !length.is_none();
        exchange.body_over(
            Side::Request,
            if length.is_none() {
                BodyOutcome::Whole
            } else {
                BodyOutcome::Abandoned
            },
        );
        let answer = answer::write(response, Some(request), is_last, exchange).await;
        self.give(answer, is_last).await
    }

    /// Answers in the origin's stead. What broke may be the connection: TLS that ends with a reason has failed, whoever
    /// asks what.
    pub(super) async fn answer_fault(
        &mut self,
        fault: &Fault,
        request: Option<&Request>,
        exchange: &ExchangeRecorder,
        recorder: &ConnectionRecorder,
    ) -> After {
        if fault.stage == Stage::Tls {
            recorder.fail(fault);
        }
        exchange.fail(fault);
        if fault.status.is_server_error() {
            tracing::debug!(stage = ?fault.stage, "answered in the origin's stead: {}", fault.text);
        }
        exchange.body_over(Side::Request, BodyOutcome::Abandoned);
        let page = fault_page(fault, request);
        let answer = answer::write(page, request, true, exchange).await;
        self.give(answer, true).await
    }

    async fn give(&mut self, answer: Answer, is_last: bool) -> After {
        match send(&self.client.stream, answer.head, answer.page).await {
            Err(error) => After::ClientBroke(error),
            Ok(()) if is_last => After::Linger,
            Ok(()) => After::Next,
        }
    }

    /// Answers a request that can't be carried. Nothing of it leaves.
    pub(super) async fn refuse(&mut self, bad: &BadMessage, raw: Bytes) -> After {
        let text = match !R::IS_TUNNEL && holds_credentials(&raw) {
            true => format!("the request is refused: {}", bad.unquoted()),
            false => format!("the request is refused: {bad}"),
        };
        let fault = Fault::new(LegName::Client, Stage::Request, text)
            .with_status(match bad {
                BadMessage::TooLong(_) | BadMessage::TooManyFields(_) => {
                    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
                }
                _ => StatusCode::BAD_REQUEST,
            })
            .with_remedy("look at the client: what it sends is not HTTP/1.1 as RFC 9112 has it");
        self.turn_away(&fault, raw).await
    }

    /// Answers a request whose head has begun and does not come to its end.
    pub(super) async fn give_up(&mut self, raw: Bytes) -> After {
        let fault = head_not_ended(self.life.context.timeouts.head);
        self.turn_away(&fault, raw).await
    }

    async fn turn_away(&mut self, fault: &Fault, raw: Bytes) -> After {
        let (started, began) = (Timestamp::now(), Instant::now());
        self.life.begin();
        let recorder = self.route.recorder(fault);
        if !R::IS_TUNNEL {
            self.life.turn_to(&recorder);
        }
        let head = told_unread(raw, self.scheme, self.route.target());
        let exchange = ExchangeRecorder::begin(&recorder, head, started, began).await;
        self.answer_fault(fault, None, &exchange, &recorder).await
    }
}
