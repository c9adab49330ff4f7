import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { exchangeRow } from "./fixtures";
import type { RowFrame } from "./live";
import { liveRows, RowList } from "./rows";
import type { ExchangeRow, Watch } from "./types/generated";

const live = vi.hoisted(() => ({
  wanted: [] as Omit<Watch, "watch">[],
  tell: (() => undefined) as (frame: RowFrame) => void,
}));

vi.mock("./live", () => ({
  watchRows: (wanted: Omit<Watch, "watch">, listener: (frame: RowFrame) => void) => {
    live.wanted.push(wanted);
    live.tell = listener;
  },
  unwatchRows: () => undefined,
}));

const items = (from: number, count: number) => Array.from({ length: count }, (_, nth) => exchangeRow(from + nth + 1));
const frame = (offset: number, count: number, matched: number): RowFrame => ({
  type: "window",
  total: matched,
  matched,
  offset,
  items: items(offset, count),
});

let list: RowList<ExchangeRow>;

beforeEach(() => {
  vi.useFakeTimers();
  live.wanted = [];
  list = new RowList<ExchangeRow>(liveRows("exchanges"), ["number", "size"]);
});

afterEach(() => {
  vi.useRealTimers();
});

describe("following", () => {
  beforeEach(() => {
    list.ask("", null, null);
    live.tell(frame(880, 120, 1_000));
  });

  it("asks for the tail", () => {
    expect(live.wanted).toEqual([{ view: "exchanges", filter: "", sort: "", from: "end", limit: 120 }]);
    expect(list.matched.value).toBe(1_000);
    expect(list.at(999)?.number).toBe(1_000);
    expect(list.ready.value).toBe(true);
  });

  it("let go of, asks for what is seen and counts what is new", () => {
    list.need({ start: 900, end: 980 });
    list.follow(false);
    expect(live.wanted.at(-1)).toMatchObject({ from: { offset: 700 }, limit: 300 });
    live.tell(frame(700, 300, 1_000));
    expect(list.fresh.value).toBe(0);
    live.tell({ type: "rows", total: 1_204, matched: 1_204, items: [] });
    expect(list.fresh.value).toBe(204);
    list.follow(true);
    expect(live.wanted.at(-1)).toMatchObject({ from: "end" });
    expect(list.fresh.value).toBe(0);
  });

  it("is not for an order of size", () => {
    list.ask("", "-size", null);
    expect(live.wanted.at(-1)).toMatchObject({ sort: "-size", from: { offset: 0 } });
    list.follow(true);
    expect(list.following.value).toBe(false);
  });

  it("newest first is at the begin", () => {
    list.ask("", "-number", null);
    expect(list.following.value).toBe(true);
    expect(live.wanted.at(-1)).toMatchObject({ from: { offset: 0 }, limit: 120 });
  });
});

describe("looking around", () => {
  beforeEach(() => {
    list.ask("host:a", null, "id-500");
    live.tell(frame(350, 300, 1_000));
  });

  it("begins around the row that was asked for, and lands on it", () => {
    const landed = vi.fn();
    list.onLanded = landed;
    list.ask("", null, "id-500");
    expect(live.wanted.at(-1)).toMatchObject({ from: { around: "id-500" } });
    live.tell(frame(350, 300, 1_000));
    expect(landed).toHaveBeenCalledExactlyOnceWith(499);
  });

  it("asks nothing for what it holds", () => {
    const asked = live.wanted.length;
    list.need({ start: 360, end: 440 });
    vi.advanceTimersByTime(1_000);
    expect(live.wanted).toHaveLength(asked);
  });

  it("asks at once for what is near, and for where a dragged thumb rests only", () => {
    list.need({ start: 600, end: 680 });
    expect(live.wanted.at(-1)).toMatchObject({ from: { offset: 490 } });
    live.tell(frame(490, 300, 1_000));
    const asked = live.wanted.length;
    for (const start of [0, 50, 100]) {
      list.need({ start, end: start + 80 });
    }
    expect(live.wanted).toHaveLength(asked);
    vi.advanceTimersByTime(60);
    expect(live.wanted).toHaveLength(asked + 1);
    expect(live.wanted.at(-1)).toMatchObject({ from: { offset: 0 } });
  });

  it("tells when the rows moved under the eyes", () => {
    const moved = vi.fn();
    list.onMoved = moved;
    list.anchor = { id: "id-500", index: 499 };
    live.tell({ type: "window", total: 993, matched: 993, offset: 350, items: items(357, 300) });
    expect(moved).toHaveBeenCalledExactlyOnceWith(-7);
    expect(list.anchor).toEqual({ id: "id-500", index: 492 });
  });

  it("leaves a row that did not change the same object", () => {
    const before = list.at(400);
    live.tell(frame(351, 300, 1_001));
    expect(list.at(400)).toBe(before);
    const changed = exchangeRow(402, { state: "failed" });
    live.tell({ type: "rows", total: 1_001, matched: 1_001, items: [changed] });
    expect(list.at(401)).toBe(changed);
    expect(list.at(400)).toBe(before);
  });
});

describe("a filter that is none", () => {
  it("keeps the rows before it, and says what is wrong", () => {
    list.ask("", null, null);
    live.tell(frame(0, 5, 5));
    list.ask("hots:", null, null);
    live.tell({ type: "filter_error", detail: "there is no field", at: [0, 4] });
    expect(list.fault.value).toEqual({ detail: "there is no field", at: { start: 0, end: 4 } });
    expect(list.held.value.items).toHaveLength(5);
    list.ask("host:", null, null);
    expect(list.fault.value).toBeNull();
  });
});

describe("a paused view", () => {
  it("holds still, counts, and goes on where it was", () => {
    list.ask("", null, null);
    live.tell(frame(0, 100, 100));
    list.need({ start: 40, end: 100 });
    list.pause(true);
    live.tell(frame(0, 100, 100));
    live.tell(frame(0, 300, 400));
    expect(list.matched.value).toBe(100);
    expect(list.held.value.items).toHaveLength(100);
    expect(list.fresh.value).toBe(300);
    list.pause(false);
    expect(list.following.value).toBe(true);
    expect(live.wanted.at(-1)).toMatchObject({ from: "end" });
  });

  it("can still be scrolled, to its own end", () => {
    list.ask("", null, null);
    live.tell(frame(880, 120, 1_000));
    list.pause(true);
    list.need({ start: 0, end: 80 });
    vi.advanceTimersByTime(60);
    live.tell(frame(0, 300, 1_500));
    expect(list.at(0)?.number).toBe(1);
    expect(list.matched.value).toBe(1_000);
  });
});
