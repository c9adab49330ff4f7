import { expect, it } from "vitest";

import { message } from "../fixtures-messages";
import { burstAt, bytesOfLine, layOutStream } from "./stream";

const dump = layOutStream([
  message(1, { from: "client", size: 20 }),
  message(2, { from: "origin", size: 16 }),
  message(3, { from: "client", size: 0 }),
  message(4, { from: "client", size: 5 }),
]);

it("a burst takes a line for its head and one for each sixteen bytes", () => {
  expect(dump.lines).toBe(3 + 2 + 1 + 2);
  expect(dump.bursts.map(({ at }) => at)).toEqual([0, 0, 20, 20]);
});

it("each line is found again, with its bytes among those of its side", () => {
  const lines = Array.from({ length: dump.lines }, (_, line) => {
    const found = burstAt(dump, line);
    return found && (found.part < 0 ? `#${found.burst.message.number}` : bytesOfLine(found.burst, found.part));
  });
  expect(lines).toEqual([
    "#1",
    { from: 0, to: 16 },
    { from: 16, to: 20 },
    "#2",
    { from: 0, to: 16 },
    "#3",
    "#4",
    { from: 20, to: 25 },
  ]);
  expect(burstAt(layOutStream([]), 0)).toBeNull();
});
