//! A full disk stops the recording and nothing else, and the recording goes on by itself.
//!
//! The disk is a tmpfs of this test's own, in a mount namespace of a child process, so it is gone with it. That
//! needs `unshare` (util-linux), and root or unprivileged user namespaces.

use std::path::Path;
use std::process::Command;

use capture::{Connection, Exchange, ExchangeState, Recording, Side, Store, StoreOptions};

use crate::lab::{Lab, MIB, connection, get, list, pattern, read_body};

const CHILD: &str = "HANDLENS_TEST_SMALL_DISK";
const NAME: &str = "disk_full::a_full_disk_stops_the_recording_until_there_is_room_again";

#[test]
fn a_full_disk_stops_the_recording_until_there_is_room_again() {
    if let Some(disk) = std::env::var_os(CHILD) {
        return fill_and_free(Path::new(&disk));
    }
    let dir = tempfile::tempdir().unwrap();
    let script = format!(
        "mount -t tmpfs -o size=40m,mode=700 tmpfs \"{0}\" && exec \"{1}\" --exact {NAME} --nocapture",
        dir.path().display(),
        std::env::current_exe().unwrap().display(),
    );
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut command = Command::new("unshare");
    command.args(if is_root {
        &["--mount"][..]
    } else {
        &["--mount", "--user", "--map-root-user"]
    });
    let output = command
        .args(["sh", "-c", &script])
        .env(CHILD, dir.path())
        .output()
        .unwrap_or_else(|error| {
            panic!("this test needs `unshare` from util-linux: {error}");
        });
    let said = [output.stdout, output.stderr]
        .map(|said| String::from_utf8_lossy(&said).into_owned())
        .concat();
    assert!(
        output.status.success(),
        "this test mounts a tmpfs: run it as root, or where unprivileged user namespaces are allowed\n{said}"
    );
    assert!(said.contains("the disk was full and has room again"), "{said}");
}

/// In the child, on a disk of 40 MiB that another file fills.
fn fill_and_free(disk: &Path) {
    let mut lab = Lab::open(
        &disk.join("data"),
        StoreOptions {
            max_bytes: 1024 * MIB,
            max_body_bytes: 1024 * MIB,
        },
    );
    let before = connection("before.example.com");
    lab.connect(&before);
    let mut ended = before.clone();
    ended.closed = Some(capture::Timestamp::now());
    let mut under_way = get(&before, "/under-way");
    under_way.state = ExchangeState::Open;
    lab.tell(&under_way);
    let whole = get(&before, "/whole");
    lab.exchange(&whole, [b"", &pattern(1, 50_000)]);
    lab.settle();

    // The disk fills while traffic passes.
    let ballast = disk.join("ballast");
    fill(&ballast, 60 * MIB);
    let lost = send_until_stopped(&mut lab, &before);
    let Recording::Stopped { reason, .. } = lab.store.status().recording else {
        panic!("it is on")
    };
    assert_eq!(
        reason,
        format!("the disk that holds {} is full", disk.join("data").display())
    );
    // Far more than the channel holds: traffic doesn't wait.
    for at in 0..64 {
        lab.body(under_way.id, Side::Response, pattern(at, MIB as usize));
    }
    lab.connect(&ended);
    let meanwhile = connection("meanwhile.example.com");
    lab.connect(&meanwhile);
    let half = get(&meanwhile, "/began-unrecorded");
    lab.tell(&Exchange {
        state: ExchangeState::Open,
        response: None,
        ..half.clone()
    });
    // What was recorded can be read on.
    assert_eq!(
        read_body(&lab.store, whole.id, Side::Response),
        pattern(1, 50_000)
    );

    std::fs::remove_file(&ballast).unwrap();
    while lab.store.status().recording != Recording::On {
        lab.next_news();
    }
    lab.body(half.id, Side::Response, "the rest");
    lab.tell(&half);
    lab.tell(&Exchange {
        state: ExchangeState::Done,
        ..under_way.clone()
    });
    let after = get(&meanwhile, "/after");
    lab.exchange(&after, [b"", &pattern(9, 80_000)]);
    lab.settle();

    let told = lab.store.exchange(under_way.id).unwrap().unwrap().1;
    assert_eq!(told.state, ExchangeState::Failed, "its body was lost in part");
    assert_eq!(
        told.error.unwrap().text,
        "the recording ends here: the disk took no more while this exchange was under way"
    );
    assert!(
        lab.store.exchange(half.id).unwrap().is_none(),
        "its beginning was lost"
    );
    assert!(
        lost.iter()
            .all(|exchange| match lab.store.exchange(exchange.id).unwrap() {
                None => true,
                Some((_, kept)) =>
                    kept.state == ExchangeState::Failed
                        || read_body(&lab.store, exchange.id, Side::Response).len() == 200_000,
            })
    );
    assert_eq!(
        read_body(&lab.store, after.id, Side::Response),
        pattern(9, 80_000)
    );
    assert_eq!(
        list(&lab.store, "path:/after").items[0].state,
        ExchangeState::Done
    );
    assert_eq!(
        lab.store.connection(before.id).unwrap().unwrap().1.closed,
        ended.closed
    );
    assert!(lab.store.connection(meanwhile.id).unwrap().is_some());
    assert!(lab.store.status().lost_events >= 66);
    lab.close();
    println!("the disk was full and has room again");
}

fn fill(ballast: &Path, most: u64) {
    let mut file = std::fs::File::create(ballast).unwrap();
    let mut written = 0;
    while written < most && std::io::Write::write_all(&mut file, &[1; 4096]).is_ok() {
        written += 4096;
    }
}

/// Sends exchanges until the store says that it has stopped. Returns them.
fn send_until_stopped(lab: &mut Lab, connection: &Connection) -> Vec<Exchange> {
    let mut sent = Vec::new();
    while lab.store.status().recording == Recording::On {
        let exchange = get(connection, "/while-it-fills");
        lab.exchange(&exchange, [b"", &pattern(2, 200_000)]);
        sent.push(exchange);
        // The writer's next word: that it wrote, or that it stopped.
        lab.next_news();
    }
    sent
}
