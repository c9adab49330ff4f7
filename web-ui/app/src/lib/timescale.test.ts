import { describe, expect, it } from "vitest";

import { FOLD_HEIGHT, roundUp, timescale, yOf } from "./timescale";

describe("the time scale", () => {
  it("is true: twice the time is twice the way", () => {
    const scale = timescale([0, 10_000, 30_000], 30_000, 300);
    expect(yOf(scale, 10_000)).toBe(100);
    expect(yOf(scale, 30_000)).toBe(300);
    expect(scale.length).toBe(300);
  });

  it("folds a long idle time after the handshakes, and says so", () => {
    const scale = timescale([1_000, 40_000, 4_000_000], 40_000, 400);
    expect(scale.stretches.map(({ folded }) => folded)).toEqual([false, true, false]);
    expect(yOf(scale, 40_000)).toBe(400);
    expect(yOf(scale, 4_000_000)).toBe(400 + FOLD_HEIGHT);
  });

  it("tells a wait of the handshakes in full", () => {
    const scale = timescale([1_000, 2_000, 22_000], 22_000, 220);
    expect(scale.stretches).toHaveLength(1);
    expect(yOf(scale, 2_000)).toBe(20);
  });

  it("folds a wait that would leave nothing to see of the rest", () => {
    const scale = timescale([1_000, 2_000, 9_002_000, 9_003_000], 9_003_000, 300);
    expect(scale.stretches.map(({ folded }) => folded)).toEqual([false, true, false]);
  });

  it("does not fold a wait that is short to a person", () => {
    expect(timescale([300, 20_000], 20_000, 300).stretches).toHaveLength(1);
  });

  it("has ticks at round numbers, apart enough to be read", () => {
    const { ticks } = timescale([0, 37_000], 37_000, 500);
    expect(ticks.map(({ at }) => at)).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000]);
  });

  it("bears one moment alone", () => {
    const scale = timescale([0], 0, 300);
    expect(yOf(scale, 0)).toBe(0);
  });
});

it.each([
  [1, 1],
  [3, 5],
  [64, 100],
  [1_100, 2_000],
])("%d is rounded up to %d", (value, rounded) => {
  expect(roundUp(value)).toBe(rounded);
});
