// All that an opaque connection carried, in order of time: both directions in one dump, each in its leg's colour.

import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { errorText, fetchBody, fetchMessages, isAborted } from "../../../api";
import { formatBytes } from "../../../lib/format";
import { BYTES_A_LINE, hexOf } from "../../../lib/hex";
import { messageTime } from "../../../lib/protocol";
import { burstAt, bytesOfLine, layOutStream } from "../../../lib/stream";
import type { ExchangeDetail } from "../../../types/generated";
import type { ListedMessage, Sender } from "../../../types/protocols";
import { Lines } from "../../../widgets/lines";
import { EmptyState, Notice, Waiting } from "../../../widgets/state";
import { listed } from "./source";

/** Bursts a question. */
const PAGE = 1_000;
/** More are not laid out: the list of bursts shows them all. */
const MOST_BURSTS = 20_000;
const MOST_BYTES = 8 * 1024 * 1024;

type Loaded =
  | { state: "loading" }
  | { state: "failed"; text: string }
  | { state: "ready"; messages: ListedMessage[]; bytes: Record<Sender, Uint8Array>; cut: boolean };

async function readStream(id: string, abort: AbortSignal): Promise<Loaded> {
  const messages: ListedMessage[] = [];
  let total = Number.POSITIVE_INFINITY;
  while (messages.length < Math.min(total, MOST_BURSTS)) {
    const page = await fetchMessages(
      id,
      { from: null, filter: "", at: { offset: messages.length }, limit: PAGE },
      abort,
    );
    total = page.total;
    messages.push(...page.items.map(listed));
    if (page.items.length === 0) {
      break;
    }
  }
  const [client, origin] = await Promise.all(
    (["request", "response"] as const).map((side) => fetchBody(id, side, "wire", MOST_BYTES, abort)),
  );
  return {
    state: "ready",
    messages,
    bytes: { client: client?.bytes ?? new Uint8Array(0), origin: origin?.bytes ?? new Uint8Array(0) },
    cut: total > messages.length,
  };
}

export function StreamView({ exchange }: { exchange: ExchangeDetail }) {
  const { id, request, response } = exchange;
  const loaded = useMemo(() => signal<Loaded>({ state: "loading" }), [id]);
  const passed = request.kept + (response?.kept ?? 0);
  useEffect(() => {
    const abort = new AbortController();
    readStream(id, abort.signal).then(
      (read) => {
        loaded.value = read;
      },
      (error: unknown) => {
        if (!isAborted(error) && loaded.peek().state !== "ready") {
          loaded.value = { state: "failed", text: errorText(error) };
        }
      },
    );
    return () => abort.abort();
  }, [id, passed]);
  const now = loaded.value;
  switch (now.state) {
    case "loading":
      return <Waiting what="the stream" />;
    case "failed":
      return (
        <EmptyState icon="bad" title="The stream could not be read">
          <p>{now.text}</p>
        </EmptyState>
      );
    case "ready":
      return <Dumped {...now} />;
  }
}

function Dumped({ messages, bytes, cut }: Extract<Loaded, { state: "ready" }>) {
  const dump = useMemo(() => layOutStream(messages), [messages]);
  if (messages.length === 0) {
    return <p class="nothing">Nothing passed yet.</p>;
  }
  return (
    <>
      {cut && (
        <Notice tone="info">
          The first {messages.length} bursts are laid out here. All of them stand in the list of bursts.
        </Notice>
      )}
      <Lines
        class="hex stream"
        label="Bytes of both directions in order of time"
        count={dump.lines}
        widest={12 + BYTES_A_LINE * 4 + 6}
        line={(index) => {
          const found = burstAt(dump, index);
          if (!found) {
            return null;
          }
          const { burst, part } = found;
          const { from, at_us: at, size, number } = burst.message;
          if (part < 0) {
            return (
              <div class={`line stream-head leg ${from}`} key={index}>
                {from === "client" ? "↑ client" : "↓ origin"}
                <span class="faint">
                  {"  "}#{number}
                  {at !== null && `  ${messageTime(at)} s`}
                  {`  ${formatBytes(size)}`}
                </span>
              </div>
            );
          }
          const span = bytesOfLine(burst, part);
          const { left, right, text } = hexOf(bytes[from].subarray(span.from, span.to));
          return (
            <div class={`line stream-line ${from}`} key={index}>
              <span class="gutter">{span.from.toString(16).padStart(8, "0")}</span>
              <span class="hex-group">{left}</span>
              <span class="hex-group">{right}</span>
              <span class="hex-text">{text}</span>
            </div>
          );
        }}
      />
    </>
  );
}
