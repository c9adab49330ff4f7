import { describe, expect, it } from "vitest";

import type { Connection } from "../types/generated";
import { microsBetween, waterfall } from "./phases";

const leg = { address: null, tls: null, resolve_us: null, connect_us: null };
const tls = {
  version: "TLS 1.3",
  cipher_suite: "TLS_AES_128_GCM_SHA256",
  group: null,
  alpn: null,
  resumed: false,
  handshake_us: 30_000,
  ja3: null,
  ja4: null,
};
const connection: Connection = {
  id: "c",
  opened: "2026-11-21T09:00:00.000000Z",
  closed: null,
  door: "connect",
  target: "a:443",
  sni: "a",
  outcome: "inspected",
  failure: null,
  client: { ...leg, tls: { ...tls, handshake_us: 1_000 } },
  origin: { ...leg, tls, resolve_us: 2_000, connect_us: 10_000, verdict: null },
  mint_us: 40,
  bytes_from_client: 0,
  bytes_from_origin: 0,
  exchanges: 0,
  via: null,
  via_us: null,
  starttls: null,
  reset_by: null,
  process: null,
};
const exchange = {
  request_bytes: 10,
  started: "2026-11-21T09:00:00.050000Z",
  timings: { request_sent_us: 300, request_end_us: 400, response_head_us: 5_000, end_us: 8_000 },
};

describe("the waterfall", () => {
  it("puts the connection's steps before its first exchange", () => {
    const { phases, length, idle } = waterfall(exchange, connection, true);
    expect(phases.map((phase) => phase.key)).toEqual([
      "resolve",
      "connect",
      "tls-origin",
      "mint",
      "tls-client",
      "send",
      "upload",
      "wait",
      "receive",
    ]);
    expect(phases.find((phase) => phase.key === "send")?.start).toBe(50_000);
    expect(idle).toBe(50_000 - 43_040);
    expect(length).toBe(58_000);
  });

  it("leaves them out for a later exchange", () => {
    const { phases, length } = waterfall(exchange, connection, false);
    expect(phases.map((phase) => [phase.key, phase.start, phase.length])).toEqual([
      ["send", 0, 300],
      ["upload", 300, 100],
      ["wait", 400, 4_600],
      ["receive", 5_000, 3_000],
    ]);
    expect(length).toBe(8_000);
  });

  it("shows what is under way, and what failed before it was sent", () => {
    const none = { request_sent_us: null, request_end_us: null, response_head_us: null, end_us: null };
    const under = waterfall({ ...exchange, timings: { ...none, request_sent_us: 300 } }, null, false);
    expect(under.phases.map((phase) => [phase.key, phase.length])).toEqual([
      ["send", 300],
      ["wait", null],
    ]);
    const failed = waterfall({ ...exchange, timings: { ...none, end_us: 900 } }, null, false);
    expect(failed.phases.map((phase) => [phase.key, phase.length])).toEqual([["send", 900]]);
  });

  it("a response that overtakes the request's body is waited for from the head on", () => {
    const { phases } = waterfall(
      { ...exchange, timings: { request_sent_us: 100, request_end_us: 9_000, response_head_us: 2_000, end_us: 9_500 } },
      null,
      false,
    );
    expect(phases.find((phase) => phase.key === "wait")).toMatchObject({ start: 100, length: 1_900 });
  });

  it("has no upload where no body was sent", () => {
    const { phases } = waterfall({ ...exchange, request_bytes: 0 }, null, false);
    expect(phases.map((phase) => [phase.key, phase.start])).toEqual([
      ["send", 0],
      ["wait", 300],
      ["receive", 5_000],
    ]);
  });

  it("reads microseconds", () => {
    expect(microsBetween("2026-11-21T09:00:00.000001Z", "2026-11-21T09:00:00.001003Z")).toBe(1_002);
    expect(microsBetween("2026-11-21T09:00:01Z", "2026-11-21T09:00:00Z")).toBe(0);
  });
});
