import { expect, it } from "vitest";

import { parentIndex } from "./levels";

it("the row above is found, over its elders and what lies below them", () => {
  const rows = [0, 1, 2, 1, 0].map((depth) => ({ depth }));
  expect(rows.map((_, index) => parentIndex(rows, index))).toEqual([null, 0, 1, 0, null]);
});
