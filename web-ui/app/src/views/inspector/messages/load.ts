// Reads one message: what its row tells, its payload, its protobuf fields.

import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";

import { errorText, fetchMessage, fetchMessages, fetchMessageTree, isAborted } from "../../../api";
import type { RowList } from "../../../rows";
import type { ListedMessage, ProtobufField } from "../../../types/protocols";
import { type BodyState, usePart } from "../body/load";
import { listed } from "./source";

/** The row of a message: of the list while it holds it, and as it was when the list has gone on. */
export function useMessageRow(
  exchange: string,
  number: number,
  list: RowList<ListedMessage>,
): ListedMessage | "missing" | null {
  const known = useRef<ListedMessage | null>(null);
  const fetched = useMemo(() => signal<ListedMessage | "missing" | null>(null), [number]);
  const held = list.held.value.items.find((row) => row.number === number) ?? null;
  if (held) {
    known.current = held;
  }
  const found = known.current?.number === number ? known.current : fetched.value;
  const wanted = found === null && list.ready.value;
  useEffect(() => {
    if (!wanted) {
      return undefined;
    }
    // Not among those that the list shows: a filter stands before it.
    const abort = new AbortController();
    fetchMessages(exchange, { from: null, filter: "", at: { around: number }, limit: 1 }, abort.signal).then(
      ({ items }) => {
        const row = items.find((item) => item.number === number);
        fetched.value = row ? listed(row) : "missing";
      },
      () => undefined,
    );
    return () => abort.abort();
  }, [wanted, number]);
  return found;
}

/** The payload of a message; `wire`: as it passed. */
export function usePayload(
  exchange: string,
  message: ListedMessage,
  { wire, all }: { wire: boolean; all: boolean },
): ReadonlySignal<BodyState> {
  const { number, size, size_on_wire: passed } = message;
  return usePart(
    `${exchange} ${number} ${wire ? "wire" : "decoded"}`,
    { kept: wire ? passed : size, coded: false, all },
    (most, abort) => fetchMessage(exchange, number, wire, most, abort),
  );
}

export type LoadedTree =
  { state: "loading" } | { state: "ready"; fields: readonly ProtobufField[] } | { state: "failed"; text: string };

/** `again`: changed, it is read anew. */
export function useTree(exchange: string, number: number, again: number): LoadedTree {
  const tree = useMemo(() => signal<LoadedTree>({ state: "loading" }), [number]);
  useEffect(() => {
    const abort = new AbortController();
    fetchMessageTree(exchange, number, abort.signal).then(
      (fields) => {
        tree.value = { state: "ready", fields };
      },
      (error: unknown) => {
        if (!isAborted(error)) {
          tree.value = { state: "failed", text: errorText(error) };
        }
      },
    );
    return () => abort.abort();
  }, [exchange, number, again]);
  return tree.value;
}
