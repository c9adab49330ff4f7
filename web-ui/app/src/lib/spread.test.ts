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
