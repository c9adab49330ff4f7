// Reads a body in one form: a first part at once, the rest when it is small or asked for.

import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import {
  ApiError,
  errorText,
  fetchBody,
  fetchDecodedSize,
  isAborted,
  type BodyForm,
  type BodyPart,
  type Side,
} from "../../../api";
import { firstAsk, followsItself } from "../../../lib/body";

export type BodyState =
  | { state: "loading"; part: BodyPart | null }
  | { state: "ready"; part: BodyPart }
  | { state: "failed"; text: string; status: number | null };

export interface BodyQuestion {
  id: string;
  side: Side;
  form: BodyForm;
  /** Bytes kept, as they passed. */
  kept: number;
  coded: boolean;
  /** All of it was asked for. */
  all: boolean;
}

export function useBody({ id, side, form, kept, coded, all }: BodyQuestion): Signal<BodyState> {
  return usePart(`${id} ${side} ${form}`, { kept, coded, all }, (most, abort) =>
    fetchBody(id, side, form, most, abort),
  );
}

/** What `read` gives for a name: a first part, then the rest. */
export function usePart(
  name: string,
  { kept, coded, all }: Pick<BodyQuestion, "kept" | "coded" | "all">,
  read: (most: number | null, abort: AbortSignal) => Promise<BodyPart>,
): Signal<BodyState> {
  const body = useMemo(() => signal<BodyState>({ state: "loading", part: null }), [name]);
  // What is under way grows; the part that is shown need not be read again once it is full.
  const first = all ? null : firstAsk(kept, coded);
  const grown = first === null ? kept : 0;
  useEffect(() => {
    const abort = new AbortController();
    const readAll = async () => {
      const part = await read(first, abort.signal);
      body.value = { state: "ready", part };
      if (first !== null && followsItself(part.bytes.length, part.total)) {
        body.value = { state: "ready", part: await read(null, abort.signal) };
      }
    };
    const before = body.peek();
    body.value = { state: "loading", part: before.state === "failed" ? null : before.part };
    readAll().catch((error: unknown) => {
      if (!isAborted(error)) {
        body.value = {
          state: "failed",
          text: errorText(error),
          status: error instanceof ApiError ? error.status : null,
        };
      }
    });
    return () => abort.abort();
  }, [name, first, grown]);
  return body;
}

/** The size of a body without its content coding, where what is shown does not tell it. */
export function useDecodedSize(
  { id, side, kept }: Pick<BodyQuestion, "id" | "side" | "kept">,
  wanted: boolean,
): number | null {
  const size = useMemo(() => signal<number | null>(null), [id, side]);
  useEffect(() => {
    if (!wanted) {
      return undefined;
    }
    const abort = new AbortController();
    fetchDecodedSize(id, side, abort.signal).then(
      (told) => {
        size.value = told;
      },
      () => undefined,
    );
    return () => abort.abort();
  }, [id, side, kept, wanted]);
  return size.value;
}
