// Reads an exchange and keeps it right while it is looked at.

import { type ReadonlySignal, signal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { ApiError, errorText, fetchExchange, fetchExchanges, isAborted } from "../../api";
import { changed, link } from "../../live";
import type { ExchangeDetail } from "../../types/generated";

export type Loaded = { state: "loading" } | { state: "ready"; exchange: ExchangeDetail } | { state: "gone" } | { state: "failed"; text: string };

/** Whoever steps through a list with a held key passes many rows; only where they rest is read. */
const REST_MS = 50;

/** The exchange of an id. While another is read, the one before stays, so that nothing flickers. */
export function useExchange(id: string): ReadonlySignal<Loaded> {
  const loaded = useMemo(() => signal<Loaded>({ state: "loading" }), []);
  const times = useMemo(() => signal(0), []);
  useSignalEffect(() => {
    if (changed.value.exchange === id) {
      times.value = changed.value.times;
    }
  });
  const up = link.value.state === "open";
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      fetchExchange(id, abort.signal).then(
        (exchange) => {
          loaded.value = { state: "ready", exchange };
        },
        (error: unknown) => {
          if (isAborted(error)) {
            return;
          }
          const gone = error instanceof ApiError && error.status === 404;
          // A lost link takes nothing away from what is already read.
          if (gone || !isOf(loaded.peek(), id)) {
            loaded.value = gone ? { state: "gone" } : { state: "failed", text: errorText(error) };
          }
        },
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [id, times.value, up]);
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
