// All bytes of an opaque connection in order of time, as the lines of one dump: a head a burst, then its bytes.

import type { ListedMessage, Sender } from "../types/protocols";
import { BYTES_A_LINE, hexLineCount } from "./hex";

export interface Burst {
  message: ListedMessage;
  /** Where it begins among the bytes of its side. */
  at: number;
  /** The line that its head stands in. */
  line: number;
}

export interface Dump {
  bursts: readonly Burst[];
  lines: number;
}

export function layOutStream(messages: readonly ListedMessage[]): Dump {
  const passed: Record<Sender, number> = { client: 0, origin: 0 };
  const bursts: Burst[] = [];
  let line = 0;
  for (const message of messages) {
    bursts.push({ message, at: passed[message.from], line });
    passed[message.from] += message.size;
    line += 1 + hexLineCount(message.size);
  }
  return { bursts, lines: line };
}

/** The burst that a line belongs to, and which of its lines of bytes it is; -1 for its head. */
export function burstAt({ bursts }: Dump, line: number): { burst: Burst; part: number } | null {
  let low = 0;
  let high = bursts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((bursts[middle]?.line ?? 0) <= line) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  const burst = bursts[low];
  return burst ? { burst, part: line - burst.line - 1 } : null;
}

/** Where the bytes of a line stand among those of its side. */
export function bytesOfLine({ message, at }: Burst, part: number): { from: number; to: number } {
  const from = at + part * BYTES_A_LINE;
  return { from, to: Math.min(from + BYTES_A_LINE, at + message.size) };
}
