//! Calls of gRPC and gRPC-Web, and the types that their messages are told by.

use super::*;

#[test]
fn calls_of_grpc_web_in_base64_tell_their_messages_and_trailers() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let exchange = call("/shop.v1.Shop/Buy", "application/grpc-web-text");
    lab.tell(&exchange);
    use base64::Engine;
    let base64 = |bytes: &[u8]| base64::prelude::BASE64_STANDARD.encode(bytes);
    send(&lab, &exchange, CLIENT, base64(&framed(0, b"\x0a\x03tea")), 1);
    // Each flush is padded on its own.
    send(&lab, &exchange, ORIGIN, base64(&framed(0, b"\x08\x07")), 5_000);
    send(
        &lab,
        &exchange,
        ORIGIN,
        base64(&framed(0x80, b"grpc-status:5\r\ngrpc-message:n%6f\r\n")),
        9_000,
    );
    lab.settle();
    let messages = all(&lab, &exchange, MessageFilter::default());
    let items = window(&messages, &lab, MessagesFrom::After(0), 9);
    assert_eq!(
        previews(&items),
        ["1: \"tea\"", "1: 7", "grpc-status:5 grpc-message:n%6f "]
    );
    let trailers = items[2].grpc.as_ref().unwrap();
    assert_eq!(
        (trailers.status, trailers.status_name, trailers.message.as_deref()),
        (Some(5), Some("NOT_FOUND"), Some("no"))
    );
    assert!(!messages.conversation().is_as_on_wire(ORIGIN));
    let row = &list(&lab.store, "operation:Shop/Buy").items[0];
    assert_eq!(
        (row.protocol, row.operation.as_deref()),
        (Protocol::GrpcWeb, Some("shop.v1.Shop/Buy"))
    );
    let mut over = exchange;
    over.state = ExchangeState::Done;
    lab.tell(&over);
    lab.settle();
    assert_eq!(list(&lab.store, "grpc-status:not_found").items[0].id, over.id);
    lab.close();
}

#[test]
fn what_a_server_told_of_itself_names_the_fields_of_its_messages() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let protos = tempfile::tempdir().unwrap();
    let proto =
        "syntax = \"proto3\"; package t; message M { string who = 1; } service S { rpc Do(M) returns (M); }";
    std::fs::write(protos.path().join("t.proto"), proto).unwrap();
    let compiled = Schema::compile(protos.path()).unwrap();
    let file = compiled.files().next().unwrap();

    let told = call(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "application/grpc",
    );
    lab.tell(&told);
    let response = delimited(4, &delimited(1, &file));
    send(&lab, &told, ORIGIN, framed(0, &response), 1);
    let mut asked = call("/t.S/Do", "application/grpc");
    lab.tell(&asked);
    send(&lab, &asked, CLIENT, framed(0, b"\x0a\x02me"), 1);
    asked.response_trailers = Some(Fields::pack([(&b"grpc-status"[..], &b"0"[..])]));
    asked.state = ExchangeState::Done;
    lab.tell(&asked);
    lab.settle();
    let (_, exchange) = lab.store.exchange(asked.id).unwrap().unwrap();
    for given in [Arc::default(), Arc::new(compiled)] {
        let schema = Schemas::new(given).of(&lab.store, &exchange).unwrap();
        let mut messages = Messages::of(&exchange, Some(&schema), MessageFilter::default()).unwrap();
        read_on(&mut messages, &lab);
        let item = window(&messages, &lab, MessagesFrom::After(0), 1).remove(0);
        assert_eq!(item.preview, "who: \"me\"");
        assert_eq!(item.grpc.unwrap().type_name.as_deref(), Some("t.M"));
        let (_, payload) = messages.payload(&lab.store, 1).unwrap().unwrap();
        assert_eq!(
            messages.conversation().protobuf(CLIENT, &payload)[0].kind,
            "string"
        );
    }
    assert_eq!(list(&lab.store, "grpc-status:ok operation:t.S/Do").matched, 1);
    lab.close();
}

/// Records a call of reflection that told this file, over and done.
fn describe(lab: &Lab, proto: &str) {
    let protos = tempfile::tempdir().unwrap();
    std::fs::write(protos.path().join("t.proto"), proto).unwrap();
    let file = Schema::compile(protos.path()).unwrap().files().next().unwrap();
    let mut told = call(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "application/grpc",
    );
    lab.tell(&told);
    let response = framed(0, &delimited(4, &delimited(1, &file)));
    told.response_bytes = response.len() as u64;
    send(lab, &told, ORIGIN, response, 1);
    told.state = ExchangeState::Done;
    lab.tell(&told);
}

#[test]
fn what_a_server_told_is_put_together_once_and_again_when_it_told_something_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let asked = call("/t.S/Do", "application/grpc");
    lab.tell(&asked);
    lab.settle();
    let (_, exchange) = lab.store.exchange(asked.id).unwrap().unwrap();
    let schemas = Schemas::new(Arc::default());
    let schema = |lab: &Lab| schemas.of(&lab.store, &exchange).unwrap();
    let preview = |lab: &Lab| {
        let mut messages = Messages::of(&exchange, Some(&schema(lab)), MessageFilter::default()).unwrap();
        read_on(&mut messages, lab);
        window(&messages, lab, MessagesFrom::After(0), 1)
            .remove(0)
            .preview
    };
    assert!(Arc::ptr_eq(&schema(&lab), schemas.given()));

    let proto = |field: &str| {
        format!(
            "syntax = \"proto3\"; package t; message M {{ string {field} = 1; }} service S {{ rpc Do(M) returns (M); }}"
        )
    };
    describe(&lab, &proto("who"));
    send(&lab, &asked, CLIENT, framed(0, b"\x0a\x02me"), 1);
    lab.settle();
    assert_eq!(preview(&lab), "who: \"me\"");
    let first = schema(&lab);
    assert!(Arc::ptr_eq(&schema(&lab), &first));
    describe(&lab, &proto("who"));
    lab.settle();
    assert!(Arc::ptr_eq(&schema(&lab), &first), "it told the same again");
    describe(&lab, &proto("called"));
    lab.settle();
    assert_eq!(preview(&lab), "called: \"me\"");
    assert!(!Arc::ptr_eq(&schema(&lab), &first));
    lab.close();
}

fn delimited(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        field.push(length as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend(bytes);
    field
}
