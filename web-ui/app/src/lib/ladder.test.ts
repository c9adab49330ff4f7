import { describe, expect, it } from "vitest";

import { handshakeWith, message } from "../fixtures-handshake";
import { layOutLadder, ROW_HEIGHT } from "./ladder";
import { ladderColumns } from "./ladder-columns";

const sealed = { encrypted: true, epoch: "handshake" as const, records: [2], flight: 1 };
const FULL = handshakeWith(
  {
    client: [
      message("client_hello", "client", 1_000),
      message("server_hello", "handlens", 30_000, { flight: 1 }),
      message("encrypted_extensions", "handlens", 30_000, sealed),
      message("finished", "handlens", 30_000, sealed),
      message("finished", "client", 32_000, { ...sealed, records: [3], flight: 2 }),
      message("alert", "client", 4_000_000, { ...sealed, records: [4], flight: 2 }),
    ],
    origin: [message("client_hello", "handlens", 12_000), message("server_hello", "origin", 29_000, { flight: 1 })],
  },
  { steps: [{ name: "connect", leg: "origin", start_us: 2_000, end_us: 11_900, text: null }] },
);

const messageRow = (layout: ReturnType<typeof layOutLadder>, key: string) => {
  const row = layout.rows.find((one) => one.key === key);
  if (!row) {
    throw new Error(`no row ${key}`);
  }
  return row;
};

describe("the true axis", () => {
  const layout = layOutLadder(FULL, "time");

  it("keeps distances in proportion", () => {
    const at = (key: string) => messageRow(layout, key).top;
    const scale = (at("origin-0") - at("client-0")) / 11_000;
    expect(at("client-1") - at("origin-0")).toBeCloseTo(18_000 * scale);
  });

  it("pushes labels of one moment apart, and leaves their moment where it is", () => {
    const fan = ["client-1", "client-2", "client-3"].map((key) => messageRow(layout, key));
    expect(new Set(fan.map(({ top }) => top)).size).toBe(1);
    expect((fan[1]?.y ?? 0) - (fan[0]?.y ?? 0)).toBeGreaterThanOrEqual(ROW_HEIGHT);
  });

  it("does not push one leg's labels for the other's", () => {
    for (const leg of ["client", "origin"]) {
      const ys = layout.rows.filter((row) => row.leg === leg).map((row) => row.y);
      ys.slice(1).forEach((y, nth) => expect(y - (ys[nth] ?? 0)).toBeGreaterThanOrEqual(ROW_HEIGHT - 0.001));
    }
  });

  it("never draws what came later above what came before, on whichever leg", () => {
    const fast = layOutLadder(
      handshakeWith({
        client: [
          message("client_hello", "client", 1_000),
          ...Array.from({ length: 8 }, (_, nth) => message("finished", "handlens", 1_900 + nth, { flight: 1 })),
        ],
        origin: [
          message("client_hello", "handlens", 1_100),
          ...Array.from({ length: 8 }, (_, nth) => message("finished", "origin", 1_500 + nth, { flight: 1 })),
        ],
      }),
      "time",
    );
    const ys = [...fast.rows].sort((a, b) => a.at - b.at).map((row) => row.y);
    expect(ys).toEqual([...ys].sort((a, b) => a - b));
  });

  it("folds the idle time below the last label before it", () => {
    const [fold] = layout.breaks;
    expect(layout.breaks).toHaveLength(1);
    expect(fold?.top).toBeGreaterThanOrEqual(messageRow(layout, "client-4").y + ROW_HEIGHT / 2);
    expect(messageRow(layout, "client-5").y).toBeGreaterThan(fold?.bottom ?? Infinity);
  });

  it("draws a step as long as it took", () => {
    const step = messageRow(layout, "step-0");
    expect(step.bottom - step.top).toBeCloseTo(
      ((messageRow(layout, "origin-0").top - messageRow(layout, "client-0").top) * 9_900) / 11_000,
    );
  });
});

describe("even spacing", () => {
  const layout = layOutLadder(FULL, "even");

  it("puts all rows of both legs one below the other", () => {
    const ys = layout.rows.map(({ y }) => y);
    ys.slice(1).forEach((y, nth) => expect(y - (ys[nth] ?? 0)).toBe(ROW_HEIGHT));
    expect(layout.ticks).toEqual([]);
    expect(layout.breaks).toEqual([]);
  });
});

it("sealed messages of one record are in one band", () => {
  const { bands, rows } = layOutLadder(FULL, "even");
  expect(bands.map(({ key }) => key)).toEqual(["band-client-2", "band-client-4", "band-client-5"]);
  const [first] = bands;
  expect((first?.bottom ?? 0) - (first?.top ?? 0)).toBe(2 * ROW_HEIGHT - 2);
  expect(rows).toHaveLength(9);
});

it("brackets tell flights, round trips and the whole", () => {
  const told = structuredClone(FULL);
  Object.assign(told.client?.facts ?? {}, { round_trips: 1, handshake_us: 31_000 });
  const { brackets } = layOutLadder(told, "time");
  expect(brackets.map(({ kind, leg }) => `${leg} ${kind}`)).toEqual(["client flight", "client trip", "client tls"]);
  expect(brackets.find(({ kind }) => kind === "trip")?.us).toBe(29_000);
});

it("a leg that broke off without an alert ends with its own row", () => {
  const told = handshakeWith({ client: [message("client_hello", "client", 10)] });
  Object.assign(told.client ?? {}, {
    failure: { last_message: 0, alert: null, sender: null, text: "reset", cause: "", advice: "" },
  });
  expect(layOutLadder(told, "time").rows.map(({ kind }) => kind)).toEqual(["message", "end"]);
});

describe("across", () => {
  it("three lifelines, Handlens in the middle", () => {
    const { client, handlens, origin, lane } = ladderColumns(700, false);
    expect(handlens).toBe(Math.round((client + origin) / 2));
    expect(lane("client").right).toBe(lane("origin").left);
  });

  it("two when nobody stands between", () => {
    const { handlens, lane, client, origin } = ladderColumns(700, true);
    expect(handlens).toBeNull();
    expect(lane("client")).toEqual({ left: client, right: origin });
  });

  it("fits a phone", () => {
    const { origin, width } = ladderColumns(360, false);
    expect(origin).toBeLessThan(width);
  });
});
