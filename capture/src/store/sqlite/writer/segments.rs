//! Segment files: body bytes are only ever appended to one, and a file goes when nothing points into it.
//!
//! A batch's bytes are in the file before the row that points at them is committed, so a row never points at
//! bytes that aren't there. Bytes behind the last commit are garbage, and the next batch writes over them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

use bytes::Bytes;
use rusqlite::params;

use super::segment_file::SegmentFile;
use crate::store::sqlite::folder::{Folder, private_file};

pub(super) struct Segments {
    folder: Folder,
    /// A segment that has reached this length gets no more.
    limit: u64,
    known: BTreeMap<u64, Segment>,
    /// The segment that is appended to.
    active: Option<u64>,
    /// The active segment's file, at the place where `queue` goes.
    file: Option<SegmentFile>,
    queue: Vec<Bytes>,
    /// Bytes of the active segment that are in the file or in the queue.
    end: u64,
    /// What changed since the last commit, as it was.
    before: BTreeMap<u64, Option<Segment>>,
    active_before: Option<u64>,
    next: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    length: u64,
    live: u64,
}

impl Segments {
    /// The segments that the database knows. `last` is the highest number of any file there is.
    pub(super) fn load(
        db: &rusqlite::Connection,
        folder: Folder,
        limit: u64,
        last: u64,
    ) -> rusqlite::Result<Self> {
        let mut statement = db.prepare("SELECT number, length, live FROM segment")?;
        let rows = statement.query_map([], |row| {
            let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
            Ok((
                number(0)?,
                Segment {
                    length: number(1)?,
                    live: number(2)?,
                },
            ))
        })?;
        let known: BTreeMap<u64, Segment> = rows.collect::<Result<_, _>>()?;
        let next = known.keys().next_back().copied().unwrap_or(0).max(last) + 1;
        Ok(Self {
            folder,
            limit,
            known,
            active: None,
            file: None,
            queue: Vec::new(),
            end: 0,
            before: BTreeMap::new(),
            active_before: None,
            next,
        })
    }

    /// Bytes of all segment files.
    pub(super) fn bytes(&self) -> u64 {
        self.known.values().map(|segment| segment.length).sum()
    }

    /// Appends to the active segment. Returns it, and where in it the bytes will lie once they are flushed.
    pub(super) fn append(
        &mut self,
        chunks: impl IntoIterator<Item = Bytes>,
        length: u64,
    ) -> io::Result<(u64, u64)> {
        let active = match self
            .active
            .and_then(|number| Some((number, *self.known.get(&number)?)))
        {
            Some((number, segment)) if segment.length < self.limit => number,
            _ => self.begin()?,
        };
        self.touch(active);
        let offset = self.end;
        self.queue.extend(chunks);
        self.end += length;
        if let Some(segment) = self.known.get_mut(&active) {
            segment.length = self.end;
            segment.live += length;
        }
        Ok((active, offset))
    }

    /// Counts bytes that nothing points at any more.
    pub(super) fn release(&mut self, number: u64, length: u64) {
        self.touch(number);
        if let Some(segment) = self.known.get_mut(&number) {
            segment.live = segment.live.saturating_sub(length);
        }
    }

    /// Writes what was appended.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let (Some(active), false) = (self.active, self.queue.is_empty()) else {
            return Ok(());
        };
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let queued: u64 = self.queue.iter().map(|chunk| chunk.len() as u64).sum();
                let path = self.folder.segment(active);
                none.insert(SegmentFile::open(path, self.end - queued)?)
            }
        };
        file.append(&self.queue)?;
        self.queue.clear();
        Ok(())
    }

    /// Puts the changes into the database, within the transaction that makes them hold. Returns the segments
    /// whose files go once it has.
    pub(super) fn put(&mut self, db: &rusqlite::Connection) -> rusqlite::Result<Vec<u64>> {
        let mut gone = Vec::new();
        for &number in self.before.keys() {
            let Some(&Segment { length, live }) = self.known.get(&number) else {
                continue;
            };
            if live == 0 {
                db.prepare_cached("DELETE FROM segment WHERE number = ?1")?
                    .execute([number.cast_signed()])?;
                gone.push(number);
            } else {
                db.prepare_cached("INSERT OR REPLACE INTO segment VALUES (?1, ?2, ?3)")?
                    .execute(params![
                        number.cast_signed(),
                        length.cast_signed(),
                        live.cast_signed()
                    ])?;
            }
        }
        Ok(gone)
    }

    /// The transaction holds: the files that nothing points into go.
    pub(super) fn committed(&mut self, gone: Vec<u64>) {
        for number in gone {
            self.known.remove(&number);
            if self.active == Some(number) {
                self.active = None;
                self.file = None;
            }
            // A file that stays is found and deleted at the next start.
            let _ = fs::remove_file(self.folder.segment(number));
        }
        self.before.clear();
        self.active_before = self.active;
    }

    /// The transaction does not hold: all is as after the last commit.
    pub(super) fn roll_back(&mut self) {
        for (number, segment) in std::mem::take(&mut self.before) {
            match segment {
                Some(segment) => {
                    self.known.insert(number, segment);
                }
                None => {
                    self.known.remove(&number);
                    let _ = fs::remove_file(self.folder.segment(number));
                }
            }
        }
        self.queue.clear();
        self.file = None;
        self.active = self.active_before;
        self.end = self
            .active
            .and_then(|number| self.known.get(&number))
            .map_or(0, |segment| segment.length);
        // On a full disk, what the failed batch had written is wanted back.
        if let Some(active) = self.active
            && let Ok(file) = private_file().open(self.folder.segment(active))
        {
            let _ = file.set_len(self.end);
        }
    }

    /// Begins a new segment.
    fn begin(&mut self) -> io::Result<u64> {
        self.flush()?;
        let number = self.next;
        self.next += 1;
        self.file = None;
        self.end = 0;
        self.active = Some(number);
        self.before.entry(number).or_insert(None);
        self.known.insert(number, Segment { length: 0, live: 0 });
        Ok(number)
    }

    fn touch(&mut self, number: u64) {
        let known = &self.known;
        self.before
            .entry(number)
            .or_insert_with(|| known.get(&number).copied());
    }
}

/// Deletes the segment files that the database does not know, left by a process that was killed between a
/// commit and the deletion. Returns the highest number of any file.
pub(super) fn delete_strays(folder: &Folder, known: &BTreeSet<u64>) -> io::Result<u64> {
    let mut last = 0;
    for entry in fs::read_dir(folder.bodies())? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_suffix(".segment")?.parse::<u64>().ok());
        if let Some(number) = number {
            last = last.max(number);
            if !known.contains(&number) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(last)
}
