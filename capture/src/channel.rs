//! The channel between recorders and the writer, bounded by bytes: however fast traffic passes and however
//! slow the disk, what waits in it never holds more than it was given.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::{Event, Waiting};

/// What to do with body bytes when the writer is behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenBehind {
    /// Make the traffic wait until the writer has caught up.
    #[default]
    Wait,
    /// Let the body bytes go, and count them. Who sends them sends nothing more of that body: it is kept up to there,
    /// and whoever reads it need not know where it has holes.
    DropBodies,
}

/// Makes a channel whose waiting events hold `bound` bytes at the most.
#[must_use]
pub fn channel(bound: u32, when_behind: WhenBehind) -> (EventSender, EventReceiver) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let shared = Arc::new(Shared {
        room: Arc::new(Semaphore::new(bound as usize)),
        bound,
        when_behind,
        paused: AtomicBool::new(false),
        dropped: AtomicU64::new(0),
        waiting: Waiting::default(),
    });
    (
        EventSender {
            events: sender,
            shared: shared.clone(),
        },
        EventReceiver {
            events: receiver,
            shared,
        },
    )
}

struct Shared {
    /// One permit a byte. The count that goes with an event is given back when the event is received.
    room: Arc<Semaphore>,
    bound: u32,
    when_behind: WhenBehind,
    paused: AtomicBool,
    dropped: AtomicU64,
    waiting: Waiting,
}

/// The recorders' end. Cheap to clone.
#[derive(Clone)]
pub struct EventSender {
    events: mpsc::UnboundedSender<(Event, u32)>,
    shared: Arc<Shared>,
}

/// An event that found no room. Wait for [`NoRoom::send`], or drop it to let the event go.
#[must_use]
pub struct NoRoom {
    sender: EventSender,
    /// `None` once it is sent.
    event: Option<Event>,
    weight: u32,
}

impl EventSender {
    /// Sends if there is room. `Err` hands back a future's worth of waiting.
    ///
    /// Body bytes that find no room are dropped and counted when the channel was told so. To send on a channel
    /// whose writer is gone is no error: the event goes nowhere, and traffic goes on.
    pub fn try_send(&self, event: Event) -> Result<Sent, NoRoom> {
        let weight = event.weight().min(self.shared.bound);
        self.shared.waiting.note(&event);
        match self.shared.room.try_acquire_many(weight) {
            Ok(permit) if self.leaves_room(&event) => {
                permit.forget();
                self.queue(event, weight);
                Ok(Sent::Kept)
            }
            // A permit that was not to be taken gives its room back.
            _ => match (&event, self.shared.when_behind) {
                (Event::Body { bytes, .. }, WhenBehind::DropBodies) => {
                    self.shared
                        .dropped
                        .fetch_add(bytes.len() as u64, Ordering::Relaxed);
                    Ok(Sent::Dropped)
                }
                _ => Err(NoRoom {
                    sender: self.clone(),
                    event: Some(event),
                    weight,
                }),
            },
        }
    }

    /// Whether an event that has its room leaves enough for what is no body, where only bodies are dropped: an eighth.
    /// The beginning of an exchange then finds room however many bodies the writer has still to put down, and waits
    /// for no disk. A body that has the channel to itself may fill it.
    fn leaves_room(&self, event: &Event) -> bool {
        let drops = self.shared.when_behind == WhenBehind::DropBodies && matches!(event, Event::Body { .. });
        let left = self.shared.room.available_permits();
        let alone = self.shared.bound.saturating_sub(event.weight()) as usize;
        !drops || left >= (self.shared.bound / 8) as usize || left >= alone
    }

    /// Sends, waiting for room where there is none.
    pub async fn send(&self, event: Event) -> Sent {
        match self.try_send(event) {
            Ok(sent) => sent,
            Err(no_room) => no_room.send().await,
        }
    }

    /// Sends without waiting, past the bound if need be: for the last word on a connection or exchange whose
    /// task is ending and cannot wait. What it adds is bounded by the number of open connections.
    pub fn send_last(&self, event: Event) {
        self.shared.waiting.note(&event);
        let weight = event.weight().min(self.shared.bound);
        let weight = match self.shared.room.try_acquire_many(weight) {
            Ok(permit) => {
                permit.forget();
                weight
            }
            Err(_) => 0,
        };
        self.queue(event, weight);
    }

    fn queue(&self, event: Event, weight: u32) {
        if let Err(unsent) = self.events.send((event, weight)) {
            self.shared.waiting.let_go(&unsent.0.0);
        }
    }

    /// What was sent and is not in the store yet. Look here first, and in the store then.
    #[must_use]
    pub fn waiting(&self) -> &Waiting {
        &self.shared.waiting
    }

    /// Whether recording is paused: a recorder then says nothing of what begins.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.shared.paused.load(Ordering::Relaxed)
    }

    /// Whether the channel is more than half full: what need not be said now is better said later.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.waiting_bytes() > u64::from(self.shared.bound / 2)
    }

    /// Pauses or resumes recording.
    pub fn set_paused(&self, paused: bool) {
        self.shared.paused.store(paused, Ordering::Relaxed);
    }

    /// Body bytes that were let go because the writer was behind.
    #[must_use]
    pub fn dropped_bytes(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Counts body bytes that are not sent, since bytes before them were let go.
    pub fn count_dropped(&self, bytes: u64) {
        self.shared.dropped.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes that wait for the writer now.
    #[must_use]
    pub fn waiting_bytes(&self) -> u64 {
        (self.shared.bound as usize).saturating_sub(self.shared.room.available_permits()) as u64
    }
}

/// What became of an event that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is on its way to the writer.
    Kept,
    /// Its bytes were let go and counted.
    Dropped,
}

impl NoRoom {
    /// Waits for room and sends.
    pub async fn send(mut self) -> Sent {
        let room: Arc<Semaphore> = self.sender.shared.room.clone();
        if let Ok(permit) = room.acquire_many_owned(self.weight).await
            && let Some(event) = self.event.take()
        {
            OwnedSemaphorePermit::forget(permit);
            self.sender.queue(event, self.weight);
        }
        Sent::Kept
    }
}

impl Drop for NoRoom {
    /// What is not sent after all waits no longer.
    fn drop(&mut self) {
        if let Some(event) = &self.event {
            self.sender.shared.waiting.let_go(event);
        }
    }
}

/// The writer's end.
pub struct EventReceiver {
    events: mpsc::UnboundedReceiver<(Event, u32)>,
    shared: Arc<Shared>,
}

impl EventReceiver {
    /// Waits, on a thread of its own, for the next event. `None` once every sender is gone.
    pub fn blocking_next(&mut self) -> Option<Event> {
        let received = self.events.blocking_recv()?;
        Some(self.taken(received))
    }

    /// Waits, on a thread of its own, for the next event, for `timeout` at the most and no longer than until the
    /// thread is unparked.
    ///
    /// Only the first event sent to a waiting thread pays for waking it. While the thread does anything else, its
    /// own sleep included, sending wakes nobody.
    pub(crate) fn wait(&mut self, timeout: Duration) -> Waited {
        let waker = Arc::new(Unpark(thread::current())).into();
        let mut context = Context::from_waker(&waker);
        for waited in [false, true] {
            match self.events.poll_recv(&mut context) {
                Poll::Ready(Some((event, weight))) => {
                    self.shared.room.add_permits(weight as usize);
                    return Waited::Event(event);
                }
                Poll::Ready(None) => return Waited::Closed,
                Poll::Pending if !waited => thread::park_timeout(timeout),
                Poll::Pending => {}
            }
        }
        Waited::Nothing
    }

    /// Takes what is there, up to these many events and about these many bytes, and gives their room back at
    /// once. Returns the bytes taken.
    pub(crate) fn take(&mut self, events: usize, bytes: usize, mut each: impl FnMut(Event)) -> usize {
        let (mut taken, mut weighed) = (0, 0);
        while taken < events && weighed < bytes {
            let Ok((event, weight)) = self.events.try_recv() else {
                break;
            };
            taken += 1;
            weighed += weight as usize;
            each(event);
        }
        self.shared.room.add_permits(weighed);
        weighed
    }

    /// Bytes that the waiting events hold at the most.
    pub(crate) fn bound(&self) -> usize {
        self.shared.bound as usize
    }

    /// The next event, if one is there.
    pub fn try_next(&mut self) -> Option<Event> {
        let received = self.events.try_recv().ok()?;
        Some(self.taken(received))
    }

    /// The next event, for a reader on an async task. `None` once every sender is gone.
    pub async fn next(&mut self) -> Option<Event> {
        let received = self.events.recv().await?;
        Some(self.taken(received))
    }

    /// An event for a reader that keeps nothing.
    fn taken(&self, (event, weight): (Event, u32)) -> Event {
        self.shared.room.add_permits(weight as usize);
        self.shared.waiting.let_go(&event);
        event
    }

    /// What the writer has taken and lets go when it is put down.
    pub(crate) fn waiting(&self) -> &Waiting {
        &self.shared.waiting
    }
}

/// What waiting for an event came to.
pub(crate) enum Waited {
    /// An event.
    Event(Event),
    /// The time is over, or the thread was unparked.
    Nothing,
    /// Every sender is gone.
    Closed,
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Drop for EventReceiver {
    /// With nobody left to listen, nobody may wait to be heard.
    fn drop(&mut self) {
        self.shared.room.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Connection, Door, Id, Side};
    use bytes::Bytes;

    fn body(len: usize) -> Event {
        Event::Body {
            exchange: Id::new(),
            side: Side::Request,
            bytes: Bytes::from(vec![0; len]),
            at_us: None,
        }
    }

    #[tokio::test]
    async fn a_full_channel_makes_the_sender_wait_until_there_is_room() {
        let (sender, mut receiver) = channel(1000, WhenBehind::Wait);
        assert!(!sender.is_behind());
        assert_eq!(sender.send(body(800)).await, Sent::Kept);
        assert!(sender.is_behind());
        let Err(no_room) = sender.try_send(body(800)) else {
            panic!("there was room")
        };
        let waiting = tokio::spawn(no_room.send());
        assert!(receiver.next().await.is_some());
        assert_eq!(waiting.await.unwrap(), Sent::Kept);
        assert!(receiver.next().await.is_some());
        assert_eq!(sender.waiting_bytes(), 0);
    }

    #[tokio::test]
    async fn a_full_channel_told_to_drop_bodies_drops_and_counts_them() {
        let (sender, _receiver) = channel(1000, WhenBehind::DropBodies);
        assert_eq!(sender.send(body(800)).await, Sent::Kept);
        assert_eq!(sender.send(body(800)).await, Sent::Dropped);
        assert_eq!(sender.dropped_bytes(), 800);
    }

    #[tokio::test]
    async fn bodies_that_may_be_dropped_leave_room_for_what_waits_otherwise() {
        const BOUND: u32 = 40_000;
        let (sender, mut receiver) = channel(BOUND, WhenBehind::DropBodies);
        while sender.send(body(1000)).await == Sent::Kept {}
        let waiting = sender.waiting_bytes();
        assert!(waiting <= u64::from(BOUND - BOUND / 8), "{waiting}");
        assert!(waiting > u64::from(BOUND - BOUND / 8 - 2000), "{waiting}");
        // A slow disk slows nobody: the next exchange begins at once, and still no body takes its room.
        let connection = Connection::new(Door::Http, ([127, 0, 0, 1], 1).into());
        assert!(sender.try_send(Event::Connection(Arc::new(connection))).is_ok());
        assert_eq!(sender.send(body(1000)).await, Sent::Dropped);
        assert_eq!(sender.dropped_bytes(), 2000);
        while sender.waiting_bytes() > 0 {
            receiver.next().await;
        }
        assert_eq!(sender.send(body(1000)).await, Sent::Kept);
    }

    #[tokio::test]
    async fn an_event_larger_than_the_channel_passes_alone() {
        for when_behind in [WhenBehind::Wait, WhenBehind::DropBodies] {
            let (sender, mut receiver) = channel(1000, when_behind);
            assert_eq!(sender.send(body(5000)).await, Sent::Kept);
            assert!(!matches!(sender.try_send(body(1)), Ok(Sent::Kept)));
            assert!(receiver.next().await.is_some());
            assert!(matches!(sender.try_send(body(1)), Ok(Sent::Kept)));
        }
    }

    #[test]
    fn a_waiting_thread_hears_an_event_the_end_and_its_own_timeout() {
        let (sender, mut receiver) = channel(1000, WhenBehind::Wait);
        assert!(matches!(receiver.wait(Duration::ZERO), Waited::Nothing));
        let sending = std::thread::spawn(move || sender.send_last(body(10)));
        assert!(matches!(receiver.wait(Duration::from_secs(60)), Waited::Event(_)));
        sending.join().unwrap();
        assert!(matches!(receiver.wait(Duration::from_secs(60)), Waited::Closed));
    }

    #[test]
    fn taking_many_gives_all_their_room_back() {
        let (sender, mut receiver) = channel(10_000, WhenBehind::Wait);
        for _ in 0..5 {
            assert!(sender.try_send(body(100)).is_ok());
        }
        let mut taken = 0;
        receiver.take(3, usize::MAX, |_| taken += 1);
        assert_eq!((taken, sender.waiting_bytes()), (3, 2 * 164));
        receiver.take(9, 1, |_| taken += 1);
        assert_eq!((taken, sender.waiting_bytes()), (4, 164));
    }

    #[tokio::test]
    async fn what_is_sent_waits_until_it_is_taken_or_let_go() {
        let (sender, mut receiver) = channel(2000, WhenBehind::Wait);
        let connection = |port| Arc::new(Connection::new(Door::Http, ([127, 0, 0, 1], port).into()));
        let [first, second] = [connection(1), connection(2)];
        let waits = |of: &Arc<Connection>| sender.waiting().connection(of.id).is_some();
        sender.send(Event::Connection(first.clone())).await;
        let Err(no_room) = sender.try_send(Event::Connection(second.clone())) else {
            panic!("there was room")
        };
        assert!(waits(&first) && waits(&second));
        drop(no_room);
        assert!(!waits(&second), "it was never sent");
        let later = Arc::new(Connection::clone(&first));
        sender.send_last(Event::Connection(later));
        receiver.next().await;
        assert!(waits(&first), "a later word on it waits");
        receiver.next().await;
        assert!(!waits(&first));
        drop(receiver);
        sender.send_last(Event::Connection(second.clone()));
        assert!(!waits(&second), "nobody listens");
    }

    #[tokio::test]
    async fn traffic_does_not_wait_for_a_writer_that_is_gone() {
        let (sender, receiver) = channel(100, WhenBehind::Wait);
        sender.send(body(800)).await;
        let Err(no_room) = sender.try_send(body(800)) else {
            panic!("there was room")
        };
        drop(receiver);
        no_room.send().await;
        sender.send(body(800)).await;
    }
}
