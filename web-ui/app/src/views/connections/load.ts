// Reads a connection, and reads it again while it is open.

import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { ApiError, errorText, fetchConnection, isAborted } from "../../api";
import { status } from "../../live";
import type { ConnectionRow } from "../../types/generated";

export type Loaded =
  | { state: "loading" }
  | { state: "ready"; connection: ConnectionRow }
  | { state: "failed"; text: string; gone: boolean };

/** The connection of an id, read again with each status while it is open. */
export function useConnection(id: string): Loaded {
  const loaded = useMemo(() => signal<Loaded>({ state: "loading" }), []);
  const now = loaded.value;
  const open = now.state === "ready" && now.connection.id === id && now.connection.closed === null;
  const beat = open ? status.value : null;
  useEffect(() => {
    const abort = new AbortController();
    fetchConnection(id, abort.signal).then(
      (connection) => {
        loaded.value = { state: "ready", connection };
      },
      (error: unknown) => {
        const same = loaded.peek().state === "ready" && open;
        if (!isAborted(error) && !same) {
          loaded.value = {
            state: "failed",
            text: errorText(error),
            gone: error instanceof ApiError && error.status === 404,
          };
        }
      },
    );
    return () => abort.abort();
  }, [id, beat]);
  return now;
}
