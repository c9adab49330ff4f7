//! The HTTP/2 frames of connections.

use bytes::Bytes;
use capture::{
    Event, FrameBatch, FrameHead, FramePacker, Frames, Id, LegName, SqliteStore, Store, Timestamp,
};

use crate::lab::{Lab, ROOMY, connection};

fn batch(at_us: u64, omitted: u64) -> FrameBatch {
    let mut packer = FramePacker::default();
    let head = FrameHead {
        at_us,
        from_us: false,
        kind: 4,
        flags: 0,
        stream: 0,
        length: 6,
    };
    packer.push(&head, &[0, 3, 0, 0, 0, 100]);
    packer.push(
        &FrameHead {
            at_us: at_us + 5,
            kind: 0,
            stream: 1,
            length: 9000,
            ..head
        },
        b"",
    );
    FrameBatch {
        packed: packer.take(),
        omitted,
    }
}

#[test]
fn frames_come_back_in_order_by_leg_and_go_with_their_connection() {
    let dir = tempfile::tempdir().unwrap();
    let mut lab = Lab::open(dir.path(), ROOMY);
    let mut told = connection("example.com");
    told.closed = None;
    lab.connect(&told);
    let tell = |lab: &Lab, leg, batch| {
        lab.send(Event::Frames {
            connection: told.id,
            leg,
            batch,
        });
    };
    tell(&lab, LegName::Client, batch(100, 0));
    lab.settle();
    tell(&lab, LegName::Client, batch(200, 7));
    told.closed = Some(Timestamp::now());
    lab.connect(&told);
    lab.settle();

    let Frames { client, origin } = lab.store.frames(told.id).unwrap();
    let client = client.unwrap();
    let seen: Vec<_> = client
        .iter()
        .map(|frame| (frame.at_us, frame.kind, frame.stream, frame.length, frame.detail))
        .collect();
    let settings = Bytes::from_static(&[0, 3, 0, 0, 0, 100]);
    assert_eq!(
        seen,
        [
            (100, 4, 0, 6, settings.clone()),
            (105, 0, 1, 9000, Bytes::new()),
            (200, 4, 0, 6, settings),
            (205, 0, 1, 9000, Bytes::new()),
        ]
    );
    assert_eq!((client.omitted, origin), (7, None));
    assert_eq!(lab.store.frames(Id::new()).unwrap(), Frames::default());
    lab.close();
    let store = SqliteStore::open_read_only(dir.path()).unwrap();
    assert_eq!(store.frames(told.id).unwrap().client.unwrap().omitted, 7);
}
