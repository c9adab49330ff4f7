//! MQTT and Redis, byte for byte as their programs say it: carried unread, and told burst by burst.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::payload_of;
use crate::lab::{Lab, RawOrigin, eventually, read_some};

/// What each side says in its turn.
type Turn = (&'static [u8], &'static [u8]);

/// MQTT 3.1.1 (OASIS standard, section 3): CONNECT and CONNACK, SUBSCRIBE and SUBACK, PUBLISH at QoS 1 and PUBACK together
/// with the PUBLISH that the subscriber gets, PINGREQ and PINGRESP.
const MQTT: &[Turn] = &[
    (
        b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04lens",
        b"\x20\x02\x00\x00",
    ),
    (b"\x82\x0a\x00\x01\x00\x05lab/+\x00", b"\x90\x03\x00\x01\x00"),
    (
        b"\x32\x0d\x00\x05lab/a\x00\x0221.5",
        b"\x40\x02\x00\x02\x30\x0b\x00\x05lab/a21.5",
    ),
    (b"\xc0\x00", b"\xd0\x00"),
];

/// RESP (<https://redis.io/docs/latest/develop/reference/protocol-spec/>): HELLO, commands in a pipeline, an error.
const REDIS: &[Turn] = &[
    (
        b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n",
        b"%2\r\n+server\r\n+redis\r\n+proto\r\n:3\r\n",
    ),
    (
        b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n\x00\xff\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
        b"+OK\r\n$2\r\n\x00\xff\r\n",
    ),
    (b"*1\r\n$4\r\nNOPE\r\n", b"-ERR unknown command 'NOPE'\r\n"),
];

/// An origin that waits for what the client says in each turn, and answers it.
async fn server(turns: &'static [Turn]) -> RawOrigin {
    RawOrigin::tcp(move |mut stream: TcpStream| async move {
        for (said, answer) in turns {
            let mut heard = vec![0; said.len()];
            if stream.read_exact(&mut heard).await.is_err() || heard != *said {
                return;
            }
            let _ = stream.write_all(answer).await;
        }
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await
}

#[tokio::test]
async fn what_mqtt_and_redis_say_is_told_turn_by_turn() {
    for turns in [MQTT, REDIS] {
        let lab = Lab::start().await;
        let origin = server(turns).await;
        let mut stream = lab.client().tunnel(&origin.authority()).await;
        for (said, answer) in turns {
            stream.write_all(said).await.unwrap();
            assert_eq!(read_some(&mut stream, answer.len()).await, *answer);
        }
        drop(stream);

        let api = lab.api();
        let row = api.exchanges_over(1).await.remove(0);
        assert_eq!(
            (&row["protocol"], &row["state"]),
            (&"opaque".into(), &"done".into())
        );
        let connection = api.connection(&origin.authority()).await;
        assert_eq!(
            (&connection["outcome"], &connection["failure"]),
            (&"opaque".into(), &Value::Null)
        );
        let url = format!(
            "/api/exchanges/{}/messages?limit=100",
            row["id"].as_str().unwrap()
        );
        let page = eventually("the bursts of each turn", || async {
            let page = api.get(&url).await;
            (page["total"] == turns.len() * 2)
                .then(|| page.clone())
                .ok_or(page)
        })
        .await;
        assert_eq!(page["kind"], "opaque");
        let items = page["items"].as_array().unwrap();
        let expected = turns
            .iter()
            .flat_map(|(said, answer)| [("client", *said), ("origin", *answer)]);
        let mut before = 0;
        for (item, (from, bytes)) in items.iter().zip(expected) {
            assert_eq!(
                (&item["from"], &item["size"]),
                (&from.into(), &bytes.len().into()),
                "{item:#}"
            );
            let number = item["number"].as_u64().unwrap();
            assert_eq!(payload_of(&api, &row, number).await, bytes);
            let at = item["at_us"].as_u64().unwrap();
            assert!(at >= before, "{item:#} before {before}");
            before = at;
        }
    }
}
