// The rows of the certificates' list: read in pages, and read again when connections came since.

import { ApiError, errorText, fetchCertificatePage, isAborted } from "./api";
import { BY_EXPIRY, formatSort } from "./lib/sort";
import { type RowFrame, status } from "./live";
import type { RowSource, Wanted } from "./rows";
import type { CertificateRole } from "./types/certificates";

/** No oftener than this is a list read again. */
const AGAIN_MS = 2_000;

/** The certificates in a role; all of them without one. */
export function certificateRows(role: CertificateRole | null): RowSource {
  let reading: AbortController | null = null;
  let wanted: Wanted | null = null;
  let tell: ((frame: RowFrame) => void) | null = null;
  let stop: (() => void) | null = null;

  const read = async (): Promise<void> => {
    if (!wanted) {
      return;
    }
    reading?.abort();
    const mine = new AbortController();
    reading = mine;
    const { filter, from, limit } = wanted;
    const sort = wanted.sort === "" ? formatSort(BY_EXPIRY) : wanted.sort;
    // Without the place of a row, its list begins at its begin.
    const offset = typeof from === "object" && "offset" in from ? from.offset : 0;
    try {
      const page = await fetchCertificatePage({ filter, role, sort, offset, limit }, mine.signal);
      const items = page.items.map((row) => ({ ...row, id: row.sha256 }));
      tell?.({ type: "window", total: page.total, matched: page.matched, offset: page.offset, items });
    } catch (error) {
      if (!isAborted(error)) {
        const at = error instanceof ApiError ? (error.problem.at ?? null) : null;
        tell?.({ type: "filter_error", detail: errorText(error), at });
      }
    }
  };

  const follow = () => {
    let known = status.peek()?.counts.connections;
    let readAt = Date.now();
    return status.subscribe((now) => {
      const connections = now?.counts.connections;
      if (connections !== known && Date.now() - readAt >= AGAIN_MS) {
        known = connections;
        readAt = Date.now();
        void read();
      }
    });
  };

  return {
    finds: false,
    watch(now, listener) {
      stop ??= follow();
      tell = listener;
      wanted = now;
      void read();
    },
    unwatch() {
      stop?.();
      stop = null;
      reading?.abort();
      tell = null;
      wanted = null;
    },
  };
}
