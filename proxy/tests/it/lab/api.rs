//! The dashboard's HTTP API, as a script uses it.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Method, Request, header};
use serde_json::Value;
use tokio::net::TcpStream;

use super::client::{Answer, Conversation, empty, explain, full};
use super::{eventually, within};

#[derive(Clone)]
pub(crate) struct Api {
    address: SocketAddr,
    token: String,
}

impl Api {
    pub(crate) fn new(address: SocketAddr, token: String) -> Self {
        Self { address, token }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The answer to a request with the token.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.try_call(method, path, body)
            .await
            .unwrap_or_else(|error| panic!("{path}: {}", explain(&error)))
    }

    /// The same, where the answer may break off.
    async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, hyper::Error> {
        let stream = within("a connection to the dashboard", TcpStream::connect(self.address))
            .await
            .unwrap();
        let mut conversation = Conversation::http1(stream).await;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.address.to_string())
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        let request = match body {
            Some(body) => {
                let request = request.header(header::CONTENT_TYPE, "application/json");
                request.body(full(body.to_string())).unwrap()
            }
            None => request.body(empty()).unwrap(),
        };
        conversation.try_send(request).await
    }

    /// The JSON at a path.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, None).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text());
        answer.json()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.call(Method::POST, path, Some(body)).await;
        assert!(
            answer.status.is_success(),
            "POST {path}: {} {}",
            answer.status,
            answer.text()
        );
        answer.json()
    }

    pub(crate) async fn status(&self) -> Value {
        self.get("/api/status").await
    }

    /// Rows of exchanges, oldest first.
    pub(crate) async fn exchanges(&self) -> Vec<Value> {
        items(self.get("/api/exchanges?limit=1000").await)
    }

    /// Rows of connections, oldest first.
    pub(crate) async fn connections(&self) -> Vec<Value> {
        items(self.get("/api/connections?limit=1000").await)
    }

    /// Waits until the status says so.
    pub(crate) async fn status_where(&self, what: &str, says: impl Fn(&Value) -> bool) -> Value {
        eventually(what, || async {
            let status = self.status().await;
            if says(&status) { Ok(status) } else { Err(status) }
        })
        .await
    }

    /// Waits for the only exchange of this path (query included), in any state, as a row.
    pub(crate) async fn row(&self, path: &str) -> Value {
        self.row_where(path, |_| true).await
    }

    /// Waits until the only exchange of this path is over; then everything that is known of it.
    pub(crate) async fn exchange(&self, path: &str) -> Value {
        let row = self.row_where(path, |row| row["state"] != "open").await;
        self.exchange_of(&row).await
    }

    /// Everything that is known of a row's exchange now.
    pub(crate) async fn exchange_of(&self, row: &Value) -> Value {
        self.get(&format!("/api/exchanges/{}", id_of(row))).await
    }

    /// Waits until the only exchange of this path is a row like this.
    pub(crate) async fn row_where(&self, path: &str, like: impl Fn(&Value) -> bool) -> Value {
        let what = format!("the one exchange of {path} in the recording");
        eventually(what, || async {
            let rows = self.exchanges().await;
            let mut matching = rows.iter().filter(|row| row["path"] == path);
            match (matching.next(), matching.next()) {
                (Some(row), None) if like(row) => Ok(row.clone()),
                _ => Err(Value::from(rows)),
            }
        })
        .await
    }

    /// Waits until this many exchanges are over, and returns all rows.
    pub(crate) async fn exchanges_over(&self, count: usize) -> Vec<Value> {
        eventually(format!("{count} exchanges that are over"), || async {
            let rows = self.exchanges().await;
            let over = rows.iter().filter(|row| row["state"] != "open").count();
            if over == count && rows.len() == count {
                Ok(rows)
            } else {
                Err(Value::from(rows))
            }
        })
        .await
    }

    /// Waits for the only connection that is like this, and is closed.
    pub(crate) async fn connection_where(&self, what: &str, like: impl Fn(&Value) -> bool) -> Value {
        eventually(format!("the one connection: {what}"), || async {
            let rows = self.connections().await;
            let mut matching = rows.iter().filter(|row| like(row));
            match (matching.next(), matching.next()) {
                (Some(row), None) if !row["closed"].is_null() => Ok(row.clone()),
                _ => Err(Value::from(rows)),
            }
        })
        .await
    }

    /// Waits until all connections are closed, and returns their rows.
    pub(crate) async fn closed_connections(&self) -> Vec<Value> {
        eventually("all connections to be closed", || async {
            let rows = self.connections().await;
            if rows.iter().all(|row| !row["closed"].is_null()) {
                Ok(rows)
            } else {
                Err(Value::from(rows))
            }
        })
        .await
    }

    /// Waits until there are this many connections and all are closed, and returns their rows.
    pub(crate) async fn connections_closed(&self, count: usize) -> Vec<Value> {
        eventually(format!("{count} connections, all closed"), || async {
            let rows = self.connections().await;
            match rows.len() == count && rows.iter().all(|row| !row["closed"].is_null()) {
                true => Ok(rows),
                false => Err(Value::from(rows)),
            }
        })
        .await
    }

    /// Waits for the only connection to this target, closed.
    pub(crate) async fn connection(&self, target: &str) -> Value {
        self.connection_where(target, |row| row["target"] == target).await
    }

    /// Everything that is known of a row's connection now.
    pub(crate) async fn connection_of(&self, row: &Value) -> Value {
        self.get(&format!("/api/connections/{}", id_of(row))).await
    }

    /// Both handshakes of a row's connection as they are now.
    pub(crate) async fn handshake(&self, connection: &Value) -> Value {
        self.get(&format!("/api/connections/{}/handshake", id_of(connection)))
            .await
    }

    /// The recorded body of a response, unless the exchange goes from the store meanwhile.
    pub(crate) async fn body_if_held(&self, row: &Value) -> Option<Bytes> {
        let path = format!("/api/exchanges/{}/response/body", id_of(row));
        let answer = self.try_call(Method::GET, &path, None).await.ok()?;
        (answer.status == 200).then_some(answer.body)
    }

    /// A recorded body: `side` is `request` or `response`, `query` may ask for a decoding.
    pub(crate) async fn body(&self, exchange: &Value, side: &str, query: &str) -> Bytes {
        let path = format!("/api/exchanges/{}/{side}/body{query}", id_of(exchange));
        let answer = self.call(Method::GET, &path, None).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text());
        answer.body
    }
}

fn items(mut page: Value) -> Vec<Value> {
    match page["items"].take() {
        Value::Array(items) => items,
        other => panic!("items is {other} in {page}"),
    }
}

fn id_of(row: &Value) -> &str {
    row["id"].as_str().unwrap_or_else(|| panic!("no id in {row}"))
}
