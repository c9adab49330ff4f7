//! The file of a segment, and the two ways into it.
//!
//! Little goes through the page cache. Much goes past it, straight to the disk: a long body that is recorded would
//! push out of memory what the machine's programs use, and the copy into the cache costs more processor time than
//! all else that recording it does (10 ms for 100 MB past the cache, 30 to 250 ms through it, by how the machine
//! comes by fresh pages). A disk that is slower than the traffic is spared: the cache takes bursts, and it doesn't.

use std::fs::File;
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::store::sqlite::folder::private_file;

/// Slices that one system call writes.
const SLICES: usize = 512;

/// What goes past the page cache begins and ends at multiples of it: a page, and a block of any usual disk.
const ALIGNMENT: usize = 4096;

/// Bytes that are worth a wait for the disk.
const MUCH: u64 = 1 << 20;

/// Bytes that go to the disk at once.
const PIECE: usize = 1 << 20;

/// A disk that takes less in a second is slow.
const SLOW: f64 = 400e6;

/// Bytes that go through the cache before a slow disk is tried again.
const SPARED: u64 = 256 << 20;

pub(super) struct SegmentFile {
    path: PathBuf,
    cached: File,
    /// Where `cached` stands.
    position: u64,
    direct: Direct,
}

/// The way past the cache.
#[derive(Debug)]
enum Direct {
    Untried,
    Open(File),
    /// Not for so many bytes: the disk was slow.
    Spared(u64),
    /// The file system doesn't have it.
    Unknown,
}

impl SegmentFile {
    /// Opens the file, or makes it, for writing from `position` on.
    pub(super) fn open(path: PathBuf, position: u64) -> io::Result<Self> {
        let mut cached = private_file().open(&path)?;
        cached.seek(SeekFrom::Start(position))?;
        Ok(Self {
            path,
            cached,
            position,
            direct: Direct::Untried,
        })
    }

    /// Writes the chunks behind what was written last.
    pub(super) fn append(&mut self, chunks: &[Bytes]) -> io::Result<()> {
        let length: u64 = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        let end = self.position + length;
        if length < MUCH || !self.may_go_directly(length) {
            return self.write_cached(chunks, end);
        }
        // Blocks that are shared with what lies before and behind go through the cache, so that no block is ever
        // written both ways.
        let first = self.position.next_multiple_of(ALIGNMENT as u64);
        let last = end - end % ALIGNMENT as u64;
        let (head, rest) = split(chunks, (first - self.position) as usize);
        let (body, tail) = split(&rest, (last - first) as usize);
        self.write_cached(&head, first)?;
        self.write_direct(&body, last)?;
        self.write_cached(&tail, end)
    }

    fn write_cached(&mut self, chunks: &[Bytes], end: u64) -> io::Result<()> {
        write_all(&mut self.cached, chunks)?;
        self.position = end;
        Ok(())
    }

    fn write_direct(&mut self, chunks: &[Bytes], end: u64) -> io::Result<()> {
        let (from, began) = (self.position, Instant::now());
        let mut piece = Piece::new();
        for chunk in chunks {
            let mut chunk = &chunk[..];
            while !chunk.is_empty() {
                chunk = piece.fill(chunk);
                if piece.room() == 0 {
                    self.write_piece(piece.filled())?;
                    piece.clear();
                }
            }
        }
        self.write_piece(piece.filled())?;
        if is_slow(end - from, began.elapsed()) {
            self.direct = Direct::Spared(SPARED);
        }
        self.cached.seek(SeekFrom::Start(end))?;
        Ok(())
    }

    fn write_piece(&mut self, piece: &[u8]) -> io::Result<()> {
        let start = SeekFrom::Start(self.position);
        let written = match &mut self.direct {
            Direct::Open(file) => file.seek(start).and_then(|_| file.write_all(piece)),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        };
        match written {
            // The disk's blocks are larger than the usual, or the file system knows this way by name alone.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                self.direct = Direct::Unknown;
                self.cached.seek(start)?;
                self.cached.write_all(piece)?;
            }
            written => written?,
        }
        self.position += piece.len() as u64;
        Ok(())
    }

    /// Whether so many bytes go past the cache.
    fn may_go_directly(&mut self, length: u64) -> bool {
        match &mut self.direct {
            Direct::Open(_) => true,
            Direct::Unknown => false,
            Direct::Spared(left) if *left > length => {
                *left -= length;
                false
            }
            Direct::Untried | Direct::Spared(_) => {
                self.direct = open_direct(&self.path).map_or(Direct::Unknown, Direct::Open);
                matches!(self.direct, Direct::Open(_))
            }
        }
    }
}

fn is_slow(bytes: u64, took: Duration) -> bool {
    bytes as f64 / took.as_secs_f64() < SLOW
}

/// Opens a file past the page cache, where the system has that.
#[cfg(target_os = "linux")]
fn open_direct(path: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::DIRECT.bits();
    let flags = flags.try_into().ok()?;
    File::options().write(true).custom_flags(flags).open(path).ok()
}

#[cfg(not(target_os = "linux"))]
fn open_direct(_: &Path) -> Option<File> {
    None
}

/// Memory that begins at a multiple of [`ALIGNMENT`], as the way past the cache wants it.
struct Piece {
    memory: Vec<u8>,
    /// Where it begins.
    start: usize,
}

impl Piece {
    fn new() -> Self {
        let mut memory: Vec<u8> = Vec::with_capacity(PIECE + ALIGNMENT);
        let start = memory.as_ptr().align_offset(ALIGNMENT);
        memory.resize(start, 0);
        Self { memory, start }
    }

    fn room(&self) -> usize {
        self.start + PIECE - self.memory.len()
    }

    fn filled(&self) -> &[u8] {
        &self.memory[self.start..]
    }

    fn clear(&mut self) {
        self.memory.truncate(self.start);
    }

    /// Takes what there is room for, and returns the rest.
    fn fill<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (taken, rest) = bytes.split_at(bytes.len().min(self.room()));
        self.memory.extend_from_slice(taken);
        rest
    }
}

/// The chunks' first `at` bytes, and the others.
fn split(chunks: &[Bytes], at: usize) -> (Vec<Bytes>, Vec<Bytes>) {
    let (mut before, mut behind) = (Vec::new(), Vec::new());
    let mut left = at;
    for chunk in chunks {
        let mut chunk = chunk.clone();
        let taken = chunk.split_to(left.min(chunk.len()));
        left -= taken.len();
        before.push(taken);
        behind.push(chunk);
    }
    before.retain(|chunk| !chunk.is_empty());
    behind.retain(|chunk| !chunk.is_empty());
    (before, behind)
}

fn write_all(file: &mut File, chunks: &[Bytes]) -> io::Result<()> {
    for chunks in chunks.chunks(SLICES) {
        let mut slices: Vec<IoSlice<'_>> = chunks.iter().map(|chunk| IoSlice::new(chunk)).collect();
        let mut rest = &mut slices[..];
        // Those that hold nothing leave nothing to be written.
        IoSlice::advance_slices(&mut rest, 0);
        while !rest.is_empty() {
            match file.write_vectored(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut rest, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunks(lengths: &[usize], seed: u8) -> Vec<Bytes> {
        let mut next = u32::from(seed);
        let mut byte = || {
            next = next.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (next >> 24) as u8
        };
        let chunk = |length: &usize| (0..*length).map(|_| byte()).collect();
        lengths.iter().map(chunk).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn what_is_appended_is_read_back_whichever_way_it_went(
            batches in prop::collection::vec(
                (prop::collection::vec(prop_oneof![0_usize..50, 100_000_usize..900_000], 0..8), any::<u8>()),
                1..6,
            ),
            from in 0_u64..10_000,
            reopened in any::<bool>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("segment");
            std::fs::write(&path, vec![7; from as usize]).unwrap();
            let mut whole = vec![7; from as usize];
            let mut file = SegmentFile::open(path.clone(), from).unwrap();
            for (lengths, seed) in batches {
                let chunks = chunks(&lengths, seed);
                file.append(&chunks).unwrap();
                chunks.iter().for_each(|chunk| whole.extend_from_slice(chunk));
                prop_assert!(std::fs::read(&path).unwrap() == whole);
                if reopened {
                    file = SegmentFile::open(path.clone(), whole.len() as u64).unwrap();
                }
            }
        }
    }

    #[test]
    fn a_slow_disk_is_spared_for_a_while_and_tried_again() {
        assert!(is_slow(1 << 20, Duration::from_millis(10)));
        assert!(!is_slow(8 << 20, Duration::from_millis(10)));
        let folder = tempfile::tempdir().unwrap();
        let mut file = SegmentFile::open(folder.path().join("segment"), 0).unwrap();
        file.direct = Direct::Spared(3 * MUCH);
        assert!(!file.may_go_directly(2 * MUCH));
        assert!(matches!(file.direct, Direct::Spared(left) if left == MUCH));
        let _ = file.may_go_directly(2 * MUCH);
        assert!(!matches!(file.direct, Direct::Spared(_)));
    }

    #[test]
    fn chunks_that_hold_nothing_are_appended_as_that() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segment");
        let mut file = SegmentFile::open(path.clone(), 0).unwrap();
        for lengths in [&[0, 0][..], &[0, 3, 0]] {
            file.append(&chunks(lengths, 1)).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == chunks(&[3], 1)[0]);
    }

    #[test]
    fn a_way_that_is_not_there_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segment");
        let mut file = SegmentFile::open(path.clone(), 0).unwrap();
        file.direct = Direct::Unknown;
        let chunks = chunks(&[5000, 2 << 20, 3], 1);
        file.write_direct(&chunks, 5003 + (2 << 20)).unwrap();
        file.append(&chunks).unwrap();
        assert!(std::fs::read(&path).unwrap() == [chunks.concat(), chunks.concat()].concat());
    }
}
