// Reads a connection's frames, and reads them again while it is open; and the exchanges that its streams carried.

import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { fetchExchanges, fetchFrames } from "../../api";
import { byLane } from "../../lib/frames";
import type { ConnectionFrames, ExchangeRow } from "../../types/generated";
import { type Loaded, useLoaded } from "../loaded";

export function useFrames(connection: string, open: boolean): Loaded<ConnectionFrames> {
  return useLoaded(connection, { read: fetchFrames, settled: () => !open });
}

/** Exchanges that are looked up by stream. */
const MOST_EXCHANGES = 1_000;

/** The exchange of each stream, by the key of its lane. */
export function useStreams(connection: string, beat: unknown): ReadonlySignal<ReadonlyMap<string, ExchangeRow>> {
  const streams = useMemo(() => signal<ReadonlyMap<string, ExchangeRow>>(new Map()), [connection]);
  useEffect(() => {
    const abort = new AbortController();
    fetchExchanges(`connection:${connection}`, MOST_EXCHANGES, abort.signal).then(
      ({ items }) => {
        streams.value = byLane(items);
      },
      () => undefined,
    );
    return () => abort.abort();
  }, [connection, beat]);
  return streams;
}
