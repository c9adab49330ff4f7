import { describe, expect, it } from "vitest";

import type { Http2Frame } from "../types/generated";
import {
  byLane,
  detailFields,
  detailLine,
  inTime,
  isSeen,
  lanesOf,
  marksOf,
  pan,
  ticksOf,
  wholeRange,
  zoom,
} from "./frames";

const frame = (at_us: number, stream: number, type: string, change: Partial<Http2Frame> = {}): Http2Frame => ({
  at_us,
  from: "client",
  stream,
  type,
  flags: [],
  length: 10,
  detail: null,
  ...change,
});

it("finds the exchange of a stream of either leg", () => {
  const found = byLane([
    { stream_id: 5, origin_stream_id: 1 },
    { stream_id: 7, origin_stream_id: null },
    { stream_id: null, origin_stream_id: null },
  ]);
  expect([...found].map(([key, row]) => [key, row.stream_id])).toEqual([
    ["client-5", 5],
    ["origin-1", 5],
    ["client-7", 7],
  ]);
});

const told = {
  client: {
    omitted: 0,
    frames: [
      frame(0, 0, "SETTINGS"),
      frame(50, 1, "HEADERS", { flags: ["END_STREAM"] }),
      frame(60, 3, "HEADERS"),
      frame(90, 1, "HEADERS", { from: "handlens" }),
      frame(100, 1, "DATA", { from: "handlens", length: 400 }),
      frame(200, 1, "DATA", { from: "handlens", length: 600, flags: ["END_STREAM"] }),
      frame(900, 3, "RST_STREAM"),
    ],
  },
  origin: { omitted: 3, frames: [frame(55, 1, "HEADERS", { from: "handlens" })] },
};
const lanes = lanesOf(told);

describe("lanes", () => {
  it("the connection's own stands first, then streams as they began, leg by leg", () => {
    expect(lanes.map(({ key, end, bytes }) => [key, end, bytes])).toEqual([
      ["client-0", null, 0],
      ["client-1", "done", 1000],
      ["client-3", "reset", 0],
      ["origin-1", "open", 0],
    ]);
  });

  it("a stream that both sides have ended is done, whatever is said of it later", () => {
    const ended = { flags: ["END_STREAM"] };
    const [lane] = lanesOf({
      client: {
        omitted: 0,
        frames: [
          frame(1, 1, "HEADERS", ended),
          frame(2, 1, "DATA", { ...ended, from: "handlens" }),
          frame(3, 1, "RST_STREAM"),
        ],
      },
      origin: null,
    });
    expect(lane?.end).toBe("done");
  });

  it("frames of one instant stay in their order", () => {
    const frames = Array.from({ length: 12 }, (_, n) => frame(5, n, "HEADERS"));
    expect(inTime(lanesOf({ client: { omitted: 0, frames }, origin: null })).map(({ index }) => index)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
  });

  it("a frame keeps its place among those of its leg", () => {
    expect(lanes[2]?.frames.map(({ id }) => id)).toEqual(["client-2", "client-6"]);
    expect(inTime(lanes).map(({ id }) => id)).toEqual([
      "client-0",
      "client-1",
      "origin-0",
      "client-2",
      "client-3",
      "client-4",
      "client-5",
      "client-6",
    ]);
  });

  it("those of which nothing is seen in a part of the time are told apart", () => {
    const seen = (from: number, to: number) => lanes.filter((lane) => isSeen(lane, { from, to })).map(({ key }) => key);
    expect(seen(300, 400)).toEqual(["client-0", "client-3", "origin-1"]);
    expect(seen(0, 52)).toEqual(["client-0", "client-1"]);
  });

  it("a leg without frames has none", () => {
    expect(lanesOf({ client: null, origin: null })).toEqual([]);
  });
});

describe("the axis", () => {
  const whole = wholeRange(lanes);

  it("goes from the first frame to the last", () => {
    expect(whole).toEqual({ from: 0, to: 918 });
    expect(wholeRange([])).toEqual({ from: 0, to: 100 });
    // What was before the first frame, the handshakes, is not HTTP/2's.
    const late = lanesOf({
      client: { omitted: 0, frames: [frame(100_000, 0, "SETTINGS"), frame(200_000, 0, "PING")] },
      origin: null,
    });
    expect(wholeRange(late)).toEqual({ from: 98_000, to: 202_000 });
  });

  it("zooms around a place that stays, and never leaves the whole", () => {
    expect(zoom({ from: 0, to: 800 }, { from: 0, to: 1000 }, 2, 0.5)).toEqual({ from: 200, to: 600 });
    expect(zoom({ from: 200, to: 600 }, whole, 0.1, 0.9)).toEqual(whole);
    const nearest = zoom({ from: 200, to: 230 }, whole, 100, 0);
    expect(nearest).toEqual({ from: 200, to: 220 });
    expect(pan({ from: 800, to: 900 }, whole, 3)).toEqual({ from: 818, to: 918 });
    expect(pan({ from: 50, to: 150 }, whole, -3)).toEqual({ from: 0, to: 100 });
  });

  it("has ticks at round moments", () => {
    expect(ticksOf({ from: 130, to: 918 }, 400).map(({ at }) => at)).toEqual([200, 400, 600, 800]);
  });
});

describe("marks", () => {
  it("frames of a kind that lie together are one", () => {
    const marks = marksOf(lanes[1] ?? { frames: [] }, { from: 0, to: 1000 }, 30);
    expect(marks.map(({ shape, from, frames, ends }) => [shape, from, frames.length, ends])).toEqual([
      ["head", "client", 1, true],
      ["head", "handlens", 1, false],
      ["data", "handlens", 2, true],
    ]);
  });

  it("what is out of sight is left out", () => {
    expect(marksOf(lanes[1] ?? { frames: [] }, { from: 80, to: 120 }, 1000)).toHaveLength(2);
  });

  it("however many there are, no more than pixels", () => {
    const many = lanesOf({
      client: { omitted: 0, frames: Array.from({ length: 50_000 }, (_, n) => frame(n * 10, 1, "DATA")) },
      origin: null,
    });
    expect(marksOf(many[0] ?? { frames: [] }, wholeRange(many), 800).length).toBeLessThan(800);
  });
});

it("what a frame says is told as names and values", () => {
  const settings = [
    { name: "MAX_FRAME_SIZE", value: 16384 },
    { name: "0x2a", value: 2 },
  ];
  expect(detailFields({ detail: { settings } })).toEqual([
    ["MAX_FRAME_SIZE", "16384"],
    ["0x2a", "2"],
  ]);
  expect(detailFields({ detail: { last_stream: 7, code: "NO_ERROR", debug: "" } })).toEqual([
    ["last stream", "7"],
    ["code", "NO_ERROR"],
  ]);
  expect(detailFields({ detail: null })).toEqual([]);
  expect(detailLine({ detail: { increment: 65_535 } })).toBe("increment 65535");
});
