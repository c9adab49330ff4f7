import { describe, expect, it } from "vitest";

import {
  afterScroll,
  atEnd,
  contentHeight,
  covers,
  type Geometry,
  maxTop,
  MAX_SPACER,
  mustRebase,
  positionAt,
  renderSpan,
  shiftOf,
  spacerHeight,
  topShowing,
  windowAround,
} from "./window";

const short: Geometry = { rows: 1_000, rowHeight: 26, view: 520 };
const million: Geometry = { rows: 1_000_000, rowHeight: 26, view: 520 };

describe("a list that fits the browser", () => {
  it("has a spacer of its own height and no shift", () => {
    expect(spacerHeight(short)).toBe(26_000);
    const position = afterScroll(short, positionAt(short, 0), 7_777);
    expect(position).toEqual({ top: 7_777, scroll: 7_777 });
    expect(shiftOf(position)).toBe(0);
    expect(mustRebase(short, position, true)).toBe(false);
  });

  it("with fewer rows than the view does not scroll", () => {
    const few = { ...short, rows: 3 };
    expect(maxTop(few)).toBe(0);
    expect(positionAt(few, 500)).toEqual({ top: 0, scroll: 0 });
    expect(renderSpan(few, 0, 24)).toEqual({ start: 0, end: 3 });
  });
});

describe("a list of a million rows", () => {
  it("has a spacer below every browser's limit", () => {
    expect(contentHeight(million)).toBeGreaterThan(17_800_000);
    expect(spacerHeight(million)).toBe(MAX_SPACER);
  });

  it("maps the ends of the thumb onto the ends of the list", () => {
    const start = positionAt(million, 0);
    expect(afterScroll(million, start, MAX_SPACER - 520).top).toBe(maxTop(million));
    expect(afterScroll(million, positionAt(million, maxTop(million)), 0).top).toBe(0);
  });

  it("maps a jump of the thumb in proportion", () => {
    const { top } = afterScroll(million, positionAt(million, 0), (MAX_SPACER - 520) / 2);
    expect(top / 26).toBeCloseTo(500_000, -2);
  });

  it("moves pixel by pixel when scrolled a little, wherever it stands", () => {
    const before = positionAt(million, 13_000_000);
    const after = afterScroll(million, before, before.scroll + 40);
    expect(after.top - before.top).toBe(40);
    expect(shiftOf(after)).toBe(shiftOf(before));
  });

  it("never rests with the thumb off its place, nor runs into a false end", () => {
    let position = positionAt(million, 13_000_000);
    for (let step = 0; step < 1_000; step += 1) {
      position = afterScroll(million, position, position.scroll + 500);
    }
    expect(mustRebase(million, position, false)).toBe(false);
    expect(mustRebase(million, position, true)).toBe(true);
    const nearFalseEnd = { top: 400_000, scroll: 100 };
    expect(mustRebase(million, nearFalseEnd, false)).toBe(true);
    expect(positionAt(million, nearFalseEnd.top).top).toBe(400_000);
  });

  it("renders the same number of rows everywhere", () => {
    for (const top of [0, 13_000_123, maxTop(million)]) {
      const { start, end } = renderSpan(million, top, 24);
      expect(end - start).toBeLessThanOrEqual(20 + 2 + 48);
    }
    expect(renderSpan(million, maxTop(million), 24).end).toBe(1_000_000);
  });
});

describe("showing a row", () => {
  it("moves as little as possible", () => {
    expect(topShowing(short, 260, 12)).toBe(260);
    expect(topShowing(short, 260, 9)).toBe(234);
    expect(topShowing(short, 260, 30)).toBe(286);
  });

  it("knows the end", () => {
    expect(atEnd(short, maxTop(short))).toBe(true);
    expect(atEnd(short, maxTop(short) - 26)).toBe(false);
  });
});

describe("what is asked of the server", () => {
  it("lies around what is rendered, and within the list", () => {
    expect(windowAround({ start: 500, end: 600 }, 1_000, 300)).toEqual({ offset: 400, limit: 300 });
    expect(windowAround({ start: 0, end: 60 }, 1_000, 300).offset).toBe(0);
    expect(windowAround({ start: 940, end: 1_000 }, 1_000, 300).offset).toBe(700);
    expect(windowAround({ start: 0, end: 5 }, 5, 300).offset).toBe(0);
  });

  it("is asked only when what is held does not cover it", () => {
    expect(covers({ start: 0, end: 300 }, { start: 10, end: 300 })).toBe(true);
    expect(covers({ start: 0, end: 300 }, { start: 10, end: 301 })).toBe(false);
  });
});
