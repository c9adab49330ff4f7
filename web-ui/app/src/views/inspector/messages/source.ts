// The messages of an exchange as the rows of a list: a window of them is read, and read again when more came.

import { signal } from "@preact/signals";

import { errorText, fetchMessages, isAborted, type MessageQuestion } from "../../../api";
import type { RowFrame } from "../../../live";
import { changed } from "../../../live";
import type { RowSource, Wanted } from "../../../rows";
import type { ExchangeMessage, TypesFrom } from "../../../types/generated";
import type { ListedMessage, MessagePage, Sender } from "../../../types/protocols";

/** What is under way changes ten times a second; it is read again no oftener than this. */
const AGAIN_MS = 250;

type Listener = (frame: RowFrame) => void;

export class MessageSource implements RowSource {
  readonly finds = true;
  /** Whose messages are wanted; null for both. */
  from: Sender | null = null;
  /** Whether more may come; null while nothing is known. */
  readonly open = signal<boolean | null>(null);
  /** Why they could not be read. */
  readonly fault = signal<string | null>(null);
  /** Why a side can't be read to its end. */
  readonly problem = signal<string | null>(null);
  /** Who told the types that protobuf is told by. */
  readonly types = signal<TypesFrom | null>(null);
  /** Whether more is there than the server has read by now. */
  readonly behind = signal(false);

  private asked: { wanted: Wanted; listener: Listener } | null = null;
  private abort = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private unsubscribe: (() => void) | null = null;
  /** What the last answer held. */
  private held = { matched: 0, offset: 0, count: 0 };

  constructor(private readonly exchange: string) {}

  watch(wanted: Wanted, listener: Listener): void {
    this.asked = { wanted, listener };
    this.unsubscribe ??= this.followChanges();
    clearTimeout(this.timer);
    this.timer = undefined;
    void this.read(false);
  }

  unwatch(listener: Listener): void {
    if (this.asked?.listener === listener) {
      this.asked = null;
      this.unsubscribe?.();
      this.unsubscribe = null;
      clearTimeout(this.timer);
      this.timer = undefined;
      this.abort.abort();
    }
  }

  /** Reads again what is shown. */
  again(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.read(true);
    }, AGAIN_MS);
  }

  /** Reads what is shown anew, also what would not have changed by itself. */
  anew(): void {
    void this.read(false);
  }

  private followChanges(): () => void {
    const before = changed.peek();
    return changed.subscribe((now) => {
      if (now !== before && now.exchange === this.exchange) {
        this.again();
      }
    });
  }

  private async read(again: boolean): Promise<void> {
    const { asked } = this;
    if (!asked) {
      return;
    }
    this.abort.abort();
    const abort = new AbortController();
    this.abort = abort;
    const { filter, from, limit } = asked.wanted;
    // A full window changes no more: all that is asked is how many there are by now.
    const full = again && from !== "end" && this.held.count >= limit;
    const at = placeOf(from);
    try {
      const page = await fetchMessages(
        this.exchange,
        { from: this.from, filter, at: full ? "end" : at, limit: full ? 1 : limit },
        abort.signal,
      );
      if (this.asked !== asked || abort.signal.aborted) {
        return;
      }
      this.fault.value = null;
      this.open.value = page.open;
      this.problem.value = page.problem;
      this.types.value = page.types_from;
      this.behind.value = page.behind;
      if (page.behind) {
        this.again();
        if (typeof at === "object" && "around" in at && page.total < at.around) {
          // The message that is looked for has not been come to.
          return;
        }
      }
      if (!full) {
        this.held = { matched: page.matched, offset: page.offset, count: page.items.length };
      }
      asked.listener(full ? countsOf(page) : windowOf(page));
    } catch (error) {
      // What is read already stays; the next change tries again.
      if (!isAborted(error) && this.asked === asked) {
        this.fault.value = errorText(error);
      }
    }
  }
}

function placeOf(from: Wanted["from"]): MessageQuestion["at"] {
  if (from === "end") {
    return "end";
  }
  return "around" in from ? { around: Number(from.around) } : { offset: from.offset };
}

function windowOf({ total, matched, offset, items }: MessagePage): RowFrame {
  return { type: "window", total, matched, offset, items: items.map(listed) };
}

function countsOf({ total, matched }: MessagePage): RowFrame {
  return { type: "rows", total, matched, items: [] };
}

export function listed(message: ExchangeMessage): ListedMessage {
  return { ...message, id: String(message.number), event_id: message.id };
}
