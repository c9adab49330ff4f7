// Reads a connection's frames, and reads them again while it is open; and the exchanges that its streams carried.

import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { ApiError, errorText, fetchExchanges, fetchFrames, isAborted } from "../../api";
import { status } from "../../live";
import { byLane } from "../../lib/frames";
import type { ConnectionFrames, ExchangeRow } from "../../types/generated";

export type Loaded =
  | { state: "loading" }
  | { state: "ready"; id: string; frames: ConnectionFrames }
  | { state: "gone" }
  | { state: "failed"; text: string };

export function useFrames(id: string, open: boolean): ReadonlySignal<Loaded> {
  const loaded = useMemo(() => signal<Loaded>({ state: "loading" }), []);
  const beat = open ? status.value : null;
  useEffect(() => {
    const abort = new AbortController();
    fetchFrames(id, abort.signal).then(
      (frames) => {
        loaded.value = { state: "ready", id, frames };
      },
      (error: unknown) => {
        const now = loaded.peek();
        const gone = error instanceof ApiError && error.status === 404;
        if (!isAborted(error) && (gone || now.state !== "ready" || now.id !== id)) {
          loaded.value = gone ? { state: "gone" } : { state: "failed", text: errorText(error) };
        }
      },
    );
    return () => abort.abort();
  }, [id, beat]);
  return loaded;
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
