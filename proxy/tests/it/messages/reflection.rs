//! A server of gRPC is asked for its types when a person wants to know them, and by them its messages are told.

use std::process::Stdio;

use http::{Method, Request, header};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::{messages, python};
use crate::lab::{Lab, Leaf, Origin, OriginOptions, empty};

/// A server, and a call to it through the proxy. `described`: with the reflection of its own library. It stays until
/// its input ends.
const SERVER: &str = r#"
import os, sys, grpc
from concurrent import futures
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_reflection.v1alpha import reflection

shared = descriptor_pb2.FileDescriptorProto(name="line.proto", package="chat.v1", syntax="proto3")
line = shared.message_type.add(name="Line")
line.field.add(name="text", number=1, type=9, label=1)
file = descriptor_pb2.FileDescriptorProto(name="chat.proto", package="chat.v1", syntax="proto3", dependency=["line.proto"])
file.service.add(name="Chat").method.add(name="Say", input_type=".chat.v1.Line", output_type=".chat.v1.Line")
for each in (shared, file): descriptor_pool.Default().Add(each)

class Chat(grpc.GenericRpcHandler):
    def service(self, details):
        if details.method == "/chat.v1.Chat/Say":
            return grpc.unary_unary_rpc_method_handler(lambda request, context: request)

key, chain, root = (open(path, "rb").read() for path in sys.argv[1:4])
server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Chat()])
if sys.argv[5] == "described":
    reflection.enable_server_reflection(["chat.v1.Chat", reflection.SERVICE_NAME], server)
port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)]))
server.start()
options = [("grpc.http_proxy", sys.argv[4])]
with grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(root), options=options) as channel:
    channel.unary_unary("/chat.v1.Chat/Say")(b"\x0a\x05hello", timeout=30)
print("ready", flush=True)
sys.stdin.read()
server.stop(None)
"#;

/// Starts the server; it ends when this is dropped.
async fn serve(lab: &Lab, how: &str) -> tokio::process::Child {
    let identity = lab.authority.issue(&Leaf::good());
    let key = lab.write("key.pem", identity.key_pem());
    let chain = lab.write("chain.pem", identity.chain_pem());
    let script = lab.write("server.py", SERVER);
    let mut server = python(lab.dir())
        .arg(script)
        .args([&*key, &chain, lab.handlens.root_path()])
        .args([&format!("http://{}", lab.handlens.proxy()), how])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(server.stdout.take().unwrap());
    said.read_line(&mut line).await.unwrap();
    assert_eq!(line, "ready\n");
    server
}

async fn ask(lab: &Lab) -> (u16, Value) {
    let row = lab.api().exchange("/chat.v1.Chat/Say").await;
    let url = format!("/api/exchanges/{}/types", row["id"].as_str().unwrap());
    let answer = lab.api().call(Method::POST, &url, Some(json!({}))).await;
    (
        answer.status.as_u16(),
        serde_json::from_slice(&answer.body).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_tells_its_types_when_a_person_asks() {
    let lab = Lab::start().await;
    let _server = serve(&lab, "described").await;
    let api = lab.api();
    let before = messages(&api, "/chat.v1.Chat/Say", 2).await;
    assert_eq!(
        (
            &before["items"][0]["preview"],
            &before["items"][0]["grpc"]["type_name"]
        ),
        (&json!("1: \"hello\""), &Value::Null)
    );

    let told = ask(&lab).await;
    assert_eq!(told, (200, json!({"services": ["chat.v1.Chat"], "files": 2})));

    let after = messages(&api, "/chat.v1.Chat/Say", 2).await;
    assert_eq!(
        (
            &after["items"][0]["preview"],
            &after["items"][0]["grpc"]["type_name"]
        ),
        (&json!("text: \"hello\""), &json!("chat.v1.Line"))
    );
    // What was asked is in the record like a client's call: the newer service, which it has not, then the older.
    let rows = api.get("/api/exchanges?filter=operation:grpc.reflection").await;
    let statuses: Vec<&Value> = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["grpc_status"])
        .collect();
    assert_eq!(statuses, [&json!(12), &json!(0)]);
    let own = api.get("/api/connections?filter=door:own").await;
    assert_eq!(
        (&own["matched"], &own["items"][0]["outcome"]),
        (&json!(1), &json!("inspected"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_describe_itself_is_told_of() {
    let lab = Lab::start().await;
    let _server = serve(&lab, "bare").await;
    let (status, told) = ask(&lab).await;
    assert_eq!(
        (status, &told["detail"]),
        (
            502,
            &json!("the origin has no server reflection: give its .proto files by `--proto DIR`")
        )
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_origin_that_answers_otherwise_did_not_tell_and_one_is_not_asked_while_nothing_is_recorded() {
    let lab = Lab::start().await;
    let origin = Origin::start(&lab.authority, OriginOptions::https()).await;
    let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    origin.put(path, "text/html", "<html>");
    let call = Request::post(origin.url("/chat.v1.Chat/Say"));
    let call = call
        .header(header::CONTENT_TYPE, "application/grpc")
        .body(empty());
    lab.client().send(call.unwrap()).await;
    let (status, told) = ask(&lab).await;
    assert_eq!(
        (status, &told["detail"]),
        (
            502,
            &json!(
                "the origin was not reached as gRPC is: its answer is text/html, and not application/grpc"
            )
        )
    );
    let api = lab.api();
    api.post("/api/recording", json!({"state": "paused"})).await;
    let is_paused = |status: &Value| status["recording"]["state"] == "paused";
    api.status_where("the pause", is_paused).await;
    let (status, told) = ask(&lab).await;
    assert_eq!(
        (status, &told["detail"]),
        (
            409,
            &json!("recording is paused, and types are kept in the record: resume it first")
        )
    );
}
