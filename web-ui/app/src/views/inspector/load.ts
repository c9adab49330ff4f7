// Reads an exchange and keeps it right while it is looked at.

import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { ApiError, errorText, fetchExchange, fetchExchanges, isAborted } from "../../api";
import { changed, link } from "../../live";
import type { ExchangeDetail } from "../../types/generated";

export type Loaded =
  | { state: "loading" }
  | { state: "ready"; exchange: ExchangeDetail }
  | { state: "gone" }
  | { state: "failed"; text: string };

/** Whoever steps through a list with a held key passes many rows; only where they rest is read. */
const REST_MS = 50;
/** What is under way changes ten times a second; it is read again no oftener than this. */
const AGAIN_MS = 400;

/** The exchange of an id. While another is read, the one before stays, so that nothing flickers. */
export function useExchange(id: string): ReadonlySignal<Loaded> {
  const loaded = useMemo(() => signal<Loaded>({ state: "loading" }), []);
  const up = link.value.state === "open";
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined = setTimeout(() => void read(), REST_MS);
    const read = async () => {
      try {
        loaded.value = { state: "ready", exchange: await fetchExchange(id, abort.signal) };
      } catch (error) {
        const gone = error instanceof ApiError && error.status === 404;
        // A lost link takes nothing away from what is already read.
        if (!isAborted(error) && (gone || !isOf(loaded.peek(), id))) {
          loaded.value = gone ? { state: "gone" } : { state: "failed", text: errorText(error) };
        }
      }
      timer = undefined;
    };
    const before = changed.peek();
    const unsubscribe = changed.subscribe((now) => {
      if (now !== before && now.exchange === id) {
        timer ??= setTimeout(() => void read(), AGAIN_MS);
      }
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
      abort.abort();
    };
  }, [id, up]);
  return loaded;
}

function isOf(loaded: Loaded, id: string): boolean {
  return loaded.state === "ready" && loaded.exchange.id === id;
}

/** Whether an exchange was the first of its connection; null while that is not known. */
export function useIsFirst(exchange: ExchangeDetail): ReadonlySignal<boolean | null> {
  const first = useMemo(() => signal<boolean | null>(null), [exchange.id]);
  useEffect(() => {
    const abort = new AbortController();
    fetchExchanges(`connection:${exchange.connection}`, 1, abort.signal).then(
      ({ items }) => {
        first.value = items[0]?.id === exchange.id;
      },
      () => undefined,
    );
    return () => abort.abort();
  }, [exchange.id]);
  return first;
}
