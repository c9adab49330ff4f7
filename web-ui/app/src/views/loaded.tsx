// What is read by its name and read again while it may change, and what is shown until it is there.

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";

import { ApiError, errorText, isAborted } from "../api";
import { capitalize } from "../lib/format";
import { status } from "../live";
import { EmptyState, Waiting } from "../widgets/state";

export type Loaded<Value> =
  | { state: "loading" }
  | { state: "ready"; of: string; value: Value }
  | { state: "gone" }
  | { state: "failed"; text: string };

interface How<Value> {
  read: (name: string, abort: AbortSignal) => Promise<Value>;
  /** Whether it changes no more. Until then, and while it can't be read, it is read again with each status. */
  settled: (value: Value) => boolean;
  /** It is read anew when this changes. */
  anew?: unknown;
}

/** What is read by this name. What was read before stays until then. */
export function useLoaded<Value>(name: string, { read, settled, anew }: How<Value>): Loaded<Value> {
  const loaded = useMemo(() => signal<Loaded<Value>>({ state: "loading" }), []);
  const first = useMemo(() => status.peek(), []);
  const now = loaded.value;
  const again = now.state === "failed" || (now.state === "ready" && now.of === name && !settled(now.value));
  const beat = again ? status.value : first;
  useEffect(() => {
    const abort = new AbortController();
    read(name, abort.signal).then(
      (value) => {
        loaded.value = { state: "ready", of: name, value };
      },
      (error: unknown) => {
        const before = loaded.peek();
        const gone = error instanceof ApiError && error.status === 404;
        // A lost link takes nothing away from what is already read.
        if (!isAborted(error) && (gone || before.state !== "ready" || before.of !== name)) {
          loaded.value = gone ? { state: "gone" } : { state: "failed", text: errorText(error) };
        }
      },
    );
    return () => abort.abort();
  }, [name, beat, anew]);
  return now;
}

interface Props<Value> {
  loaded: Loaded<Value>;
  /** Its name in a sentence: `the frames`. */
  what: string;
  /** What is said where it is not held any more; without, that its connection is not. */
  gone?: ComponentChildren;
  children: (value: Value) => ComponentChildren;
}

/** Shows what is read, or that it is awaited, gone, or can't be read. */
export function WhenLoaded<Value>({ loaded, what, gone, children }: Props<Value>) {
  switch (loaded.state) {
    case "loading":
      return <Waiting what={what} />;
    case "gone":
      return (
        gone ?? (
          <EmptyState icon="trash" title="The connection is no longer held">
            <p>Connections go with the oldest exchanges when the store comes to its bound.</p>
          </EmptyState>
        )
      );
    case "failed":
      return (
        <EmptyState icon="bad" title={`${capitalize(what)} could not be read`}>
          <p>{loaded.text}</p>
        </EmptyState>
      );
    case "ready":
      return children(loaded.value);
  }
}
