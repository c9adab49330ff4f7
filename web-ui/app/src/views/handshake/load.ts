// Reads a connection's handshakes, and reads them again while they may still grow.

import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { ApiError, errorText, fetchHandshake, isAborted } from "../../api";
import { status } from "../../live";
import type { ConnectionHandshake } from "../../types/generated";

export type Loaded =
  | { state: "loading" }
  | { state: "ready"; id: string; handshake: ConnectionHandshake }
  | { state: "gone" }
  | { state: "failed"; text: string };

/**
 * `open`: the connection is not over, so that tickets and alerts may still come. `inFull`: a message was opened, so that
 * certificates are to be opened too, and signatures checked.
 */
export function useHandshake(id: string, open: boolean, inFull: boolean): ReadonlySignal<Loaded> {
  const loaded = useMemo(() => signal<Loaded>({ state: "loading" }), []);
  const beat = open ? status.value : null;
  useEffect(() => {
    const abort = new AbortController();
    fetchHandshake(id, inFull, abort.signal).then(
      (handshake) => {
        loaded.value = { state: "ready", id, handshake };
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
  }, [id, beat, inFull]);
  return loaded;
}
