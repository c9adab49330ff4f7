import { describe, expect, it } from "vitest";

import { spread } from "./spread";

const rows = (...ys: number[]) => ys.map((y) => ({ y, height: 20 }));

describe("spreading", () => {
  it("leaves alone what has room", () => {
    expect(spread(rows(20, 60, 100), 0)).toEqual([20, 60, 100]);
  });

  it("fans rows of one moment around it", () => {
    expect(spread(rows(100, 100, 100), 0)).toEqual([80, 100, 120]);
  });

  it("never starts above the top", () => {
    expect(spread(rows(0, 0), 0)).toEqual([10, 30]);
  });

  it("pushes a neighbour only as far as it must", () => {
    const [first = 0, second = 0, third = 0] = spread(rows(100, 104, 200), 0);
    expect(second - first).toBe(20);
    expect(first + second).toBe(204);
    expect(third).toBe(200);
  });

  it("lets lanes share a height, and keeps the order across them", () => {
    const lane = (name: string, y: number) => ({ y, height: 20, lane: name });
    expect(spread([lane("a", 50), lane("b", 50)], 0)).toEqual([50, 50]);
    const [first = 0, second = 0, other = 0] = spread([lane("a", 100), lane("a", 100), lane("b", 101)], 0);
    expect(second - first).toBe(20);
    expect(other).toBe(second);
    expect(spread([], 0)).toEqual([]);
  });

  it("keeps room for a tall one", () => {
    expect(
      spread(
        [
          { y: 50, height: 20 },
          { y: 50, height: 40 },
        ],
        0,
      ),
    ).toEqual([35, 65]);
  });
});
