//! Leaves that were minted, bounded by bytes, and minted once however many ask at the same moment.

use std::fmt;
use std::sync::Arc;

use moka::ops::compute::{CompResult, Op};
use moka::sync::Cache;
use time::{Duration, OffsetDateTime};

use crate::leaf::{Leaf, LeafKey, MintError};

/// What the cache may weigh: some ten thousand hosts, or fewer with very many names each.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// What an entry costs beside its certificate: key, bookkeeping, allocations.
const ENTRY_OVERHEAD_BYTES: usize = 1024;
/// A leaf that ends sooner than this is minted anew, so that no client gets one that ends under its eyes.
const FRESH_FOR: Duration = Duration::days(1);

/// What makes two requests want the same leaf.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey {
    pub(crate) host: String,
    /// The SHA-256 of the origin's leaf.
    pub(crate) mirror: Option<[u8; 32]>,
    pub(crate) key: LeafKey,
}

/// The cache. Freshness is judged by the wall clock at every look, not by a timer: certificates end by the wall
/// clock, and a machine that slept for weeks has timers that didn't run.
pub(crate) struct LeafCache {
    leaves: Cache<CacheKey, Arc<Leaf>>,
}

impl LeafCache {
    /// An empty cache.
    pub(crate) fn new() -> Self {
        Self::bounded(MAX_BYTES)
    }

    fn bounded(max_bytes: u64) -> Self {
        let leaves = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|key: &CacheKey, leaf: &Arc<Leaf>| weight(key, leaf))
            .build();
        Self { leaves }
    }

    /// True when a fresh leaf is there.
    pub(crate) fn contains(&self, key: &CacheKey, now: OffsetDateTime) -> bool {
        self.leaves.get(key).is_some_and(|leaf| is_fresh(&leaf, now))
    }

    /// The leaf that is there, or the one that `mint` makes. Of calls for the same key one mints at a time, and
    /// the next finds what it made. What failed isn't kept.
    pub(crate) fn get_or_mint(
        &self,
        key: CacheKey,
        now: OffsetDateTime,
        mint: impl FnOnce(OffsetDateTime) -> Result<Leaf, MintError>,
    ) -> Result<Arc<Leaf>, MintError> {
        if let Some(leaf) = self.leaves.get(&key).filter(|leaf| is_fresh(leaf, now)) {
            return Ok(leaf);
        }
        let mut minted = None;
        let result = self.leaves.entry(key).and_try_compute_with(|entry| {
            if entry.is_some_and(|entry| is_fresh(entry.value(), now)) {
                return Ok(Op::Nop);
            }
            let leaf = mint(now)?;
            let kept = Arc::new(Leaf {
                minted_in: None,
                ..leaf.clone()
            });
            minted = Some(Arc::new(leaf));
            Ok(Op::Put(kept))
        })?;
        Ok(match (minted, result) {
            (Some(leaf), _) => leaf,
            (
                None,
                CompResult::Unchanged(entry)
                | CompResult::Inserted(entry)
                | CompResult::ReplacedWith(entry)
                | CompResult::Removed(entry),
            ) => entry.into_value(),
            (None, CompResult::StillNone(_)) => unreachable!("without an entry a leaf is minted"),
        })
    }
}

/// False near the leaf's end, unless a new leaf would end no later.
fn is_fresh(leaf: &Leaf, now: OffsetDateTime) -> bool {
    let left = leaf.not_after - now;
    left > FRESH_FOR || (left.is_positive() && leaf.is_last)
}

impl fmt::Debug for LeafCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeafCache")
            .field("leaves", &self.leaves.entry_count())
            .finish()
    }
}

fn weight(key: &CacheKey, leaf: &Leaf) -> u32 {
    let certificate = leaf.certified_key.cert.first().map_or(0, |der| der.len());
    u32::try_from(ENTRY_OVERHEAD_BYTES + key.host.len() + certificate).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{LeafRequest, Minter, Root};

    fn leaf() -> Leaf {
        let dir = tempfile::tempdir().unwrap();
        let root = Arc::new(Root::load_or_make(dir.path()).unwrap());
        let minter = Minter::new(Arc::clone(&root)).unwrap();
        Leaf::clone(&minter.leaf(LeafRequest::new("example.com")).unwrap())
    }

    fn key(host: &str) -> CacheKey {
        CacheKey {
            host: host.to_owned(),
            mirror: None,
            key: LeafKey::Ecdsa,
        }
    }

    #[test]
    fn near_its_end_a_leaf_is_minted_anew() {
        let leaf = leaf();
        let cache = LeafCache::new();
        let minted = Cell::new(0);
        let ask = |now| {
            let mint = |now| {
                minted.set(minted.get() + 1);
                Ok(Leaf {
                    not_after: now + Duration::days(45),
                    ..leaf.clone()
                })
            };
            cache.get_or_mint(key("example.com"), now, mint).unwrap()
        };
        let start = OffsetDateTime::now_utc();
        assert!(ask(start).minted_in.is_some());
        assert!(ask(start + Duration::days(43)).minted_in.is_none());
        assert_eq!(minted.get(), 1);
        assert!(ask(start + Duration::days(44)).minted_in.is_some());
        assert_eq!(minted.get(), 2);
    }

    #[test]
    fn one_that_ends_with_its_origin_is_good_to_its_end() {
        let leaf = leaf();
        let cache = LeafCache::new();
        let start = OffsetDateTime::now_utc();
        let ask = |now| {
            let mint = |_| {
                Ok(Leaf {
                    not_after: start + Duration::hours(6),
                    is_last: true,
                    ..leaf.clone()
                })
            };
            cache.get_or_mint(key("example.com"), now, mint).unwrap()
        };
        assert!(ask(start).minted_in.is_some());
        assert!(ask(start + Duration::hours(5)).minted_in.is_none());
        assert!(ask(start + Duration::hours(7)).minted_in.is_some());
    }

    #[test]
    fn what_failed_is_asked_for_again() {
        let leaf = leaf();
        let cache = LeafCache::new();
        let now = OffsetDateTime::now_utc();
        let failed = cache.get_or_mint(key("example.com"), now, |_| {
            Err(MintError::Sign(rcgen::Error::RemoteKeyError))
        });
        assert!(failed.is_err());
        assert!(cache.get_or_mint(key("example.com"), now, |_| Ok(leaf)).is_ok());
    }

    #[test]
    fn it_holds_what_it_may_weigh() {
        let leaf = leaf();
        let cache = LeafCache::bounded(100 * 1024);
        let now = OffsetDateTime::now_utc();
        for number in 0..1000 {
            cache
                .get_or_mint(key(&number.to_string()), now, |_| Ok(leaf.clone()))
                .unwrap();
        }
        cache.leaves.run_pending_tasks();
        assert!(
            cache.leaves.weighted_size() <= 100 * 1024,
            "{}",
            cache.leaves.weighted_size()
        );
        assert!(cache.leaves.entry_count() > 10);
    }
}
