// The rows of a list of which the browser holds a window. The server sorts, filters and counts; this says which
// part is wanted, follows the tail, holds still when the person asks, and tells how much is new.

import { batch, signal } from "@preact/signals";

import { type CharSpan } from "./lib/filter";
import { BY_ARRIVAL, followable, parseSort, type Sort } from "./lib/sort";
import { covers, type Span, windowAround } from "./lib/window";
import { type AnyRow, type RowFrame, unwatchRows, watchRows } from "./live";
import type { View, WatchFrom } from "./types/generated";

/** A part of a list that is wanted. */
export interface Wanted {
  filter: string;
  sort: string;
  from: WatchFrom;
  limit: number;
}

/** Where rows come from: what is wanted is told again whenever it changes. */
export interface RowSource {
  /** Whether it knows where a row of this id stands. */
  finds: boolean;
  watch: (wanted: Wanted, listener: (frame: RowFrame) => void) => void;
  unwatch: (listener: (frame: RowFrame) => void) => void;
}

/** The rows of a view that the live link tells of. */
export function liveRows(view: View): RowSource {
  return { finds: true, watch: (wanted, listener) => watchRows({ view, ...wanted }, listener), unwatch: unwatchRows };
}

/** Rows of one watch: what a screen shows and a margin on both sides. The server allows no more. */
const HELD_ROWS = 300;
/** Following the tail asks for less: all of it comes again with each new row. */
const FOLLOWED_ROWS = 120;
/** A dragged thumb passes many places; only where it rests is asked for. */
const REST_MS = 60;

export interface FilterFault {
  detail: string;
  at: CharSpan | null;
}

export interface Held<Row> {
  offset: number;
  items: readonly Row[];
}

export class RowList<Row extends AnyRow> {
  readonly total = signal(0);
  readonly matched = signal(0);
  readonly held = signal<Held<Row>>({ offset: 0, items: [] });
  /** Whether any rows were told yet. Those of the question before stay until the next one is answered. */
  readonly ready = signal(false);
  readonly fault = signal<FilterFault | null>(null);
  readonly following = signal(true);
  readonly paused = signal(false);
  /** Rows that came since the list stopped following. */
  readonly fresh = signal(0);
  /** When the rows were last told. */
  readonly toldAt = signal(0);

  /** Called when the row at `anchor` stands `by` rows further down, so that the screen can go with it. */
  onMoved: (by: number) => void = () => undefined;
  /** Called when something else is asked: what was meant for other rows no longer holds. */
  onAsked: () => void = () => undefined;
  /** Called once when the first rows of a question are there, with the place to look at. */
  onLanded: (index: number) => void = () => undefined;
  /** The first row that is seen. */
  anchor: { id: string; index: number } | null = null;

  private filter = "";
  private sort = "";
  private span: Span = { start: 0, end: 0 };
  private landing: string | null = null;
  private matchedBefore = 0;
  private unanswered = false;
  /** A new question, not yet answered. */
  private asked = false;
  private followAgain = false;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private readonly listener = (frame: RowFrame) => this.hear(frame);

  /** `columns` can be sorted by; `first` is the order where none is asked for. */
  constructor(
    private readonly source: RowSource,
    private readonly columns: readonly string[],
    private readonly first: Sort = BY_ARRIVAL,
  ) {}

  /**
   * Shows what matches `filter` in this order; around the row of an id, where one is given. Else it follows the newest
   * rows, unless nothing new is to be expected: then it begins at the first.
   */
  ask(filter: string, sort: string | null, around: string | null, follow = true): void {
    batch(() => {
      this.filter = filter;
      this.sort = sort ?? "";
      this.asked = true;
      this.fault.value = null;
      this.paused.value = false;
      this.anchor = null;
      this.landing = around;
      this.following.value = around === null && follow && this.canFollow;
      this.fresh.value = 0;
      this.span = { start: 0, end: 0 };
    });
    this.onAsked();
    this.watch(around !== null ? { around } : follow ? this.followed : { offset: 0 });
  }

  /** Whether new rows come at one end of the order. */
  get canFollow(): boolean {
    return followable(this.order);
  }

  /** Whether the newest rows stand first. */
  get newestFirst(): boolean {
    return this.order.descending && this.canFollow;
  }

  private get order() {
    return parseSort(this.sort, this.columns, this.first);
  }

  private get followed(): WatchFrom {
    return this.canFollow && !this.order.descending ? "end" : { offset: 0 };
  }

  /** Says which rows are rendered. */
  need(span: Span): void {
    this.span = span;
    clearTimeout(this.rest);
    const held = this.heldSpan;
    if (this.following.peek() || this.asked || covers(held, span)) {
      return;
    }
    const near = span.start < held.end && span.end > held.start;
    if (near && !this.unanswered) {
      this.watchSpan();
    } else {
      this.rest = setTimeout(() => this.watchSpan(), REST_MS);
    }
  }

  follow(on: boolean): void {
    if (on === this.following.peek() || (on && !this.canFollow)) {
      return;
    }
    batch(() => {
      this.following.value = on;
      this.fresh.value = 0;
      this.matchedBefore = this.matched.peek();
      if (on) {
        this.paused.value = false;
      }
    });
    clearTimeout(this.rest);
    if (on) {
      this.watch(this.followed);
    } else {
      this.watchSpan();
    }
  }

  /** Holds the rows still, or lets them go on. */
  pause(on: boolean): void {
    if (on === this.paused.peek()) {
      return;
    }
    if (on) {
      this.followAgain = this.following.peek();
      this.follow(false);
      this.matchedBefore = this.matched.peek();
      this.paused.value = true;
      return;
    }
    this.paused.value = false;
    if (this.followAgain) {
      this.follow(true);
    } else {
      this.watchSpan();
    }
  }

  leave(): void {
    clearTimeout(this.rest);
    this.source.unwatch(this.listener);
  }

  /** The row at this place, where it is held. */
  at(index: number): Row | undefined {
    const { offset, items } = this.held.peek();
    return items[index - offset];
  }

  /** The place of a row, where it is held. */
  indexOf(id: string): number | null {
    const { offset, items } = this.held.peek();
    const found = items.findIndex((row) => row.id === id);
    return found < 0 ? null : found + offset;
  }

  private get heldSpan(): Span {
    const { offset, items } = this.held.peek();
    const end = offset + items.length;
    // Behind the last row there is nothing to hold.
    return { start: offset, end: end >= this.matched.peek() ? Number.POSITIVE_INFINITY : end };
  }

  private watchSpan(): void {
    const { offset } = windowAround(this.span, this.matched.peek(), HELD_ROWS);
    this.watch({ offset });
  }

  private watch(from: WatchFrom): void {
    this.unanswered = true;
    const limit = this.following.peek() ? FOLLOWED_ROWS : HELD_ROWS;
    this.source.watch({ filter: this.filter, sort: this.sort, from, limit }, this.listener);
  }

  private hear(frame: RowFrame): void {
    const first = this.unanswered;
    this.unanswered = false;
    batch(() => {
      if (frame.type === "filter_error") {
        this.fault.value = { detail: frame.detail, at: frame.at && { start: frame.at[0], end: frame.at[1] } };
        return;
      }
      this.fault.value = null;
      this.toldAt.value = Date.now();
      if (this.paused.peek() && !first) {
        this.fresh.value = Math.max(0, frame.matched - this.matchedBefore);
        return;
      }
      this.total.value = frame.total;
      this.matched.value = this.paused.peek() ? Math.min(frame.matched, this.matchedBefore) : frame.matched;
      this.fresh.value = this.following.peek() ? 0 : Math.max(0, frame.matched - this.matchedBefore);
      if (frame.type === "window") {
        this.replace(frame.offset, frame.items as Row[]);
      } else {
        this.amend(frame.items as Row[]);
      }
      this.ready.value = true;
      if (this.asked) {
        this.asked = false;
        if (this.landing === null && !this.following.peek()) {
          // Another order or filter is looked at from its begin.
          this.onLanded(0);
        }
        this.matchedBefore = frame.matched;
        this.fresh.value = 0;
      }
    });
    this.land();
  }

  private replace(offset: number, items: Row[]): void {
    const before = new Map(this.held.peek().items.map((row) => [row.id, row]));
    // A row that is as it was stays the same object: nothing is rendered for it.
    const kept = items.map((row) => {
      const old = before.get(row.id);
      return old && JSON.stringify(old) === JSON.stringify(row) ? old : row;
    });
    this.held.value = { offset, items: kept };
    const anchor = this.anchor;
    if (anchor && !this.following.peek()) {
      const now = this.indexOf(anchor.id);
      if (now !== null && now !== anchor.index) {
        const by = now - anchor.index;
        anchor.index = now;
        this.onMoved(by);
      }
    }
  }

  private amend(changed: Row[]): void {
    if (changed.length === 0) {
      return;
    }
    const news = new Map(changed.map((row) => [row.id, row]));
    const { offset, items } = this.held.peek();
    this.held.value = { offset, items: items.map((row) => news.get(row.id) ?? row) };
  }

  private land(): void {
    if (this.landing === null) {
      return;
    }
    const index = this.indexOf(this.landing);
    this.landing = null;
    const { offset, items } = this.held.peek();
    if (index !== null || this.source.finds) {
      this.onLanded(index ?? offset + Math.floor(items.length / 2));
    }
  }
}
