//! gRPC between a server and a client of its own library, in every way of streaming.

use super::{messages, python};
use crate::lab::{Lab, Leaf, run};

/// A server, and a client that comes in through the proxy, in one program. Messages are bytes: `T.text` is field 1.
const CALLS: &str = r#"
import os, queue, sys, grpc
from concurrent import futures

def message(text): return b"\x0a" + length(len(text)) + text.encode()
def length(n):
    out = b""
    while n > 127: out += bytes([n & 127 | 128]); n >>= 7
    return out + bytes([n])

class Chat(grpc.GenericRpcHandler):
    def service(self, details):
        unary, stream = grpc.unary_unary_rpc_method_handler, grpc.stream_stream_rpc_method_handler
        return {
            "/chat.v1.Chat/Say": unary(lambda request, context: request),
            "/chat.v1.Chat/Talk": stream(self.talk),
            "/chat.v1.Chat/Refuse": unary(self.refuse),
        }.get(details.method)
    def talk(self, requests, context):
        for request in requests:
            yield request
    def refuse(self, request, context):
        # A google.rpc.Status of code 5 with a google.rpc.RequestInfo in its details.
        info = b"\x0a\x02r1"
        url = b"type.googleapis.com/google.rpc.RequestInfo"
        detail = b"\x0a" + length(len(url)) + url + b"\x12" + length(len(info)) + info
        status = b"\x08\x05\x1a" + length(len(detail)) + detail
        context.set_trailing_metadata((("grpc-status-details-bin", status),))
        context.abort(grpc.StatusCode.NOT_FOUND, "nobody is here")

key, chain, root, proxy = (open(path, "rb").read() if os.path.exists(path) else path for path in sys.argv[1:5])
unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Chat()], options=unlimited)
port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)]))
server.start()
options = unlimited + [("grpc.http_proxy", proxy)]
with grpc.secure_channel(f"localhost:{port}", grpc.ssl_channel_credentials(root), options=options) as channel:
    say = channel.unary_unary("/chat.v1.Chat/Say")
    assert say(message("hello"), timeout=30) == message("hello")
    large = message("x" * 3_000_000)
    assert say(large, timeout=60) == large
    assert say(message("z" * 5000), timeout=30, compression=grpc.Compression.Gzip) == message("z" * 5000)

    # The next message is not sent before the answer to this one is there.
    waiting = queue.Queue()
    answers = channel.stream_stream("/chat.v1.Chat/Talk")(iter(waiting.get, None), timeout=60)
    for number in range(5):
        waiting.put(message(f"number {number}"))
        assert next(answers) == message(f"number {number}")
    waiting.put(None)
    assert list(answers) == []

    try:
        channel.unary_unary("/chat.v1.Chat/Refuse")(message("anybody?"), timeout=30)
    except grpc.RpcError as error:
        assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "nobody is here"), error
    else:
        raise SystemExit("it was not refused")
server.stop(None)
"#;

const PROTO: &str = "syntax = \"proto3\"; package chat.v1; message Line { string text = 1; } \
    service Chat { rpc Say(Line) returns (Line); rpc Talk(stream Line) returns (stream Line); rpc Refuse(Line) returns (Line); }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_stream_both_ways_and_are_told_by_their_types() {
    let protos = tempfile::tempdir().unwrap();
    std::fs::write(protos.path().join("chat.proto"), PROTO).unwrap();
    let lab = Lab::start_as(|setup| setup.arg("--proto").arg(protos.path())).await;
    let identity = lab.authority.issue(&Leaf::good());
    let key = lab.write("key.pem", identity.key_pem());
    let chain = lab.write("chain.pem", identity.chain_pem());
    let script = lab.write("calls.py", CALLS);
    let proxy = format!("http://{}", lab.handlens.proxy());
    run(python(lab.dir())
        .arg(script)
        .args([&*key, &chain, lab.handlens.root_path()])
        .arg(proxy))
    .await
    .succeeded();

    let api = lab.api();
    let page = messages(&api, "/chat.v1.Chat/Talk", 10).await;
    let items = page["items"].as_array().unwrap();
    let expected: Vec<(String, String)> = (0..5)
        .flat_map(|number| {
            ["client", "origin"].map(|from| (from.to_owned(), format!("text: \"number {number}\"")))
        })
        .collect();
    let told: Vec<(String, String)> = items
        .iter()
        .map(|item| {
            (
                item["from"].as_str().unwrap().to_owned(),
                item["preview"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(told, expected, "in the order in which they passed");
    assert_eq!(items[0]["grpc"]["type_name"], "chat.v1.Line");

    let refused = api.exchange("/chat.v1.Chat/Refuse").await;
    assert_eq!(
        (&refused["protocol"], &refused["grpc_status"]),
        (&"grpc".into(), &5.into())
    );
    let details = &refused["grpc_status_details"];
    assert_eq!(
        (&details[0]["name"], &details[0]["value"]),
        (&"code".into(), &"5".into())
    );
    let request = &details[1]["children"][1];
    assert_eq!(request["type"], "google.rpc.RequestInfo");
    assert_eq!(request["children"][0]["value"], "r1");
    let refused = api.get("/api/exchanges?filter=grpc-status:not_found").await;
    assert_eq!(
        (&refused["matched"], &refused["items"][0]["operation"]),
        (&1.into(), &"chat.v1.Chat/Refuse".into())
    );
    let said = api
        .get("/api/exchanges?filter=operation:Say+grpc-status:ok")
        .await;
    assert_eq!(said["matched"], 3);
    for (row, size) in said["items"]
        .as_array()
        .unwrap()
        .iter()
        .zip([7, 3_000_005, 5_003])
    {
        let id = row["id"].as_str().unwrap();
        let page = api.get(&format!("/api/exchanges/{id}/messages")).await;
        for item in page["items"].as_array().unwrap() {
            assert_eq!(
                (&item["size"], &item["problem"]),
                (&size.into(), &serde_json::Value::Null),
                "{item:#}"
            );
        }
        assert_eq!(page["items"][0]["compressed"], size == 5_003);
        let tree = api.get(&format!("/api/exchanges/{id}/messages/1/tree")).await;
        assert_eq!(
            (&tree[0]["name"], &tree[0]["type"], &tree[0]["range"][1]),
            (&"text".into(), &"string".into(), &size.into())
        );
    }
}
