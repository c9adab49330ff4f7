import { expect, it } from "vitest";

import { backoff } from "./backoff";
import { durationShare } from "./scale";

it("waits longer and longer for a lost link, within bounds", () => {
  expect([1, 2, 3, 10, 1_000].map((attempt) => backoff(attempt, 0.5))).toEqual([500, 1_000, 2_000, 15_000, 15_000]);
});

it("draws short and long times alike readable", () => {
  expect(durationShare(1)).toBe(0.02);
  expect(durationShare(60_000_000)).toBe(1);
  expect(durationShare(50_000)).toBeGreaterThan(0.4);
});
