import { fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { render as draw } from "preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { exchangeDetail } from "../fixtures";
import { MESSAGES } from "../lib/route";
import { changed } from "../live";
import type { ExchangeDetail, ExchangeMessage, MessagePage, ProtobufField } from "../types/generated";
import { Messages } from "./inspector/messages";
import { MessageSource } from "./inspector/messages/source";

const told = (number: number, change: Partial<ExchangeMessage> = {}): ExchangeMessage => ({
  number,
  from: "origin",
  at_us: 1_000 * number,
  size: 9,
  size_on_wire: 9,
  opcode: "text",
  event: null,
  id: null,
  comment: null,
  retry_ms: null,
  operation: null,
  is_text: true,
  compressed: false,
  close: null,
  grpc: null,
  preview: `message ${number}`,
  problem: null,
  ...change,
});

const page = (items: ExchangeMessage[], change: Partial<MessagePage> = {}): MessagePage => ({
  kind: "websocket",
  total: items.length,
  matched: items.length,
  offset: 0,
  open: false,
  behind: false,
  client_dropped: 0,
  origin_dropped: 0,
  problem: null,
  types_from: null,
  items,
  ...change,
});

const asked: string[] = [];
let answers: (url: URL) => unknown = () => page([]);

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    const told = answers(new URL(url, "http://x"));
    return Promise.resolve(
      told instanceof Response ? told : new Response(typeof told === "string" ? told : JSON.stringify(told)),
    );
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const websocket = (change: Partial<ExchangeDetail> = {}): ExchangeDetail =>
  exchangeDetail({ protocol: "websocket", ...change });

const show = (exchange: ExchangeDetail, state = MESSAGES, set = vi.fn()) => {
  render(<Messages exchange={exchange} place={{ state, set, own: false }} />);
  return set;
};

describe("the messages tab", () => {
  it("says what was not kept", () => {
    const half = exchangeDetail().request;
    show(websocket({ request: { ...half, bytes: 4_000, dropped: 4_000 } }));
    expect(screen.getByText("The messages were not kept")).toBeTruthy();
    expect(asked).toEqual([]);
  });

  it("says what of it was dropped, and shows the rest", async () => {
    const half = exchangeDetail().request;
    answers = () => page([told(1)]);
    show(websocket({ request: { ...half, bytes: 4_000, kept: 1_000, dropped: 3_000 } }));
    expect(screen.getByText("1.0 kB of 4.0 kB were kept")).toBeTruthy();
    await waitFor(() => expect(screen.getByText("1 message")).toBeTruthy());
  });

  it("does not say that nothing passed where what was kept holds no whole message", async () => {
    const half = exchangeDetail().request;
    answers = () => page([]);
    show(websocket({ request: { ...half, bytes: 4_000, kept: 1, dropped: 3_999 } }));
    await waitFor(() => expect(screen.getByText("No whole message was kept")).toBeTruthy());
    expect(screen.queryByText("No message passed")).toBeNull();
  });

  it("tells an empty one that is open from one that is over", async () => {
    answers = () => page([], { open: true });
    show(websocket({ state: "open" }));
    await waitFor(() => expect(screen.getByText("No message yet")).toBeTruthy());
    expect(screen.getByText("still open")).toBeTruthy();
  });

  it("a filter that hides all can be taken back", async () => {
    answers = () => page([], { total: 12 });
    const set = show(websocket(), { ...MESSAGES, find: "nowhere", from: "client" });
    await waitFor(() => expect(screen.getByText("Nothing matches")).toBeTruthy());
    expect(asked[0]).toContain("from=client&filter=nowhere");
    fireEvent.click(screen.getByRole("button", { name: "Show all" }));
    expect(set).toHaveBeenCalledWith({ find: "", from: null });
  });

  it("says why they could not be read, and tries again", async () => {
    answers = () => new Response(JSON.stringify({ detail: "the store is busy" }), { status: 500 });
    show(websocket());
    await waitFor(() => expect(screen.getByText("the store is busy")).toBeTruthy());
    answers = () => page([told(1)]);
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(screen.getByText("1 message")).toBeTruthy());
  });

  it("opens a message: its type, what its close code means, and its text laid out", async () => {
    answers = ({ pathname }) =>
      pathname.endsWith("/2")
        ? '{"cents":9007199254740993}'
        : page([
            told(1, { opcode: "close", size: 2, close: { code: 1008, name: null, reason: "no" }, preview: "no" }),
            told(2, { preview: '{"cents":9007199254740993}', size: 26 }),
          ]);
    show(websocket(), { ...MESSAGES, msg: 2 });
    await waitFor(() => expect(document.querySelector(".lines .code")).toBeTruthy());
    expect([...document.querySelectorAll(".lines .code")].map((line) => line.textContent)).toEqual([
      "{",
      '  "cents": 9007199254740993',
      "}",
    ]);
  });

  it("asks a server for its types when it is told to, and tells the fields by them then", async () => {
    let known = false;
    answers = ({ pathname }) => {
      if (pathname.endsWith("/types")) {
        known = true;
        return { services: ["shop.Shop"], files: 2 };
      }
      return pathname.endsWith("/tree")
        ? [{ number: 1, name: known ? "text" : null, type: "string", value: "hello", range: [0, 7], children: [] }]
        : page([told(1, { opcode: null, is_text: false })], { kind: "grpc", types_from: known ? "origin" : null });
    };
    show(exchangeDetail({ protocol: "grpc" }), { ...MESSAGES, msg: 1, as: "fields" });
    const ask = await screen.findByRole("button", { name: "Ask the server for its types" });
    expect(asked.some((url) => url.endsWith("/types"))).toBe(false);
    fireEvent.click(ask);
    await waitFor(() => expect(screen.getByText("Named by their schema")).toBeTruthy());
    expect(screen.queryByRole("button", { name: "Ask the server for its types" })).toBeNull();
    // It may have others by now.
    const times = asked.filter((url) => url.endsWith("/types")).length;
    fireEvent.click(await screen.findByRole("button", { name: "Ask again" }));
    await waitFor(() => expect(asked.filter((url) => url.endsWith("/types")).length).toBe(times + 1));
  });

  it("does not offer to ask a server whose types the person gave", async () => {
    answers = ({ pathname }) =>
      pathname.endsWith("/tree")
        ? [{ number: 1, name: "text", type: "string", value: "hello", range: [0, 7], children: [] }]
        : page([told(1, { opcode: null, is_text: false })], { kind: "grpc", types_from: "person" });
    show(exchangeDetail({ protocol: "grpc" }), { ...MESSAGES, msg: 1, as: "fields" });
    await waitFor(() => expect(screen.getByText("Named by their schema")).toBeTruthy());
    expect(screen.queryByRole("button", { name: /Ask/ })).toBeNull();
  });

  it("tells the details of a call that failed by their types", async () => {
    const field = (name: string, type: string, value: string, children: ProtobufField[] = []): ProtobufField => ({
      ...{ number: 1, name, type, value, children },
      range: [0, 1],
    });
    const info = field("value", "google.rpc.ErrorInfo", "", [field("reason", "string", "STOCK_GONE")]);
    const details = field("details", "google.protobuf.Any", "", [field("type_url", "string", "x/y"), info]);
    answers = () => page([]);
    show(exchangeDetail({ protocol: "grpc", grpc_status_details: [field("code", "int32", "3"), details] }));
    expect(screen.getByText("STOCK_GONE")).toBeTruthy();
    expect(screen.getByText("google.rpc.ErrorInfo")).toBeTruthy();
    await waitFor(() => expect(screen.getByText("No message passed")).toBeTruthy());
  });

  it("asks for nothing more once it is left, also before the next frame", async () => {
    vi.useFakeTimers();
    const frame = document.createElement("div");
    const exchange = websocket({ state: "open" });
    answers = () => page([told(1)], { open: true });
    draw(<Messages exchange={exchange} place={{ state: MESSAGES, set: vi.fn(), own: false }} />, frame);
    await vi.advanceTimersByTimeAsync(2_000);
    const times = asked.length;
    expect(times).toBeGreaterThan(0);
    changed.value = { exchange: exchange.id, times: 1 };
    await vi.advanceTimersByTimeAsync(249);
    expect(asked.length).toBe(times);
    draw(null, frame);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked.length).toBe(times);
  });

  it("tells a close code's meaning", async () => {
    answers = () => page([told(1, { opcode: "close", size: 2, close: { code: 1008, name: null, reason: "no" } })]);
    show(websocket(), { ...MESSAGES, msg: 1 });
    await waitFor(() => expect(screen.getByText(/A policy was violated/)).toBeTruthy());
    expect(screen.getByText("Close 1008")).toBeTruthy();
  });
});

describe("where messages come from", () => {
  const wanted = (from: "end" | { offset: number }, limit = 2) => ({ filter: "", sort: "", from, limit });

  it("a superseded question is given up", async () => {
    const signals: AbortSignal[] = [];
    vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) => {
      signals.push(signal as AbortSignal);
      return new Promise(() => undefined);
    });
    const source = new MessageSource("x");
    const listener = vi.fn();
    source.watch(wanted({ offset: 0 }), listener);
    source.watch(wanted({ offset: 400 }), listener);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    source.unwatch(listener);
    expect(signals[1]?.aborted).toBe(true);
  });

  it("what is not read to its end is asked for again, and a message is waited for until it is found", async () => {
    vi.useFakeTimers();
    const pages = [
      page([told(1)], { total: 1, behind: true }),
      page([told(8), told(9)], { total: 9, matched: 9, offset: 7 }),
    ];
    answers = () => pages.shift();
    const source = new MessageSource("x");
    const listener = vi.fn();
    source.watch({ filter: "", sort: "", from: { around: "9" }, limit: 2 }, listener);
    await vi.runAllTimersAsync();
    expect(asked).toEqual(Array(2).fill("/api/exchanges/x/messages?limit=2&offset=7"));
    expect(listener).toHaveBeenCalledOnce();
    expect(listener.mock.calls[0]?.[0]).toMatchObject({ offset: 7, total: 9 });
    source.unwatch(listener);
  });

  it("more that came is read with the tail; behind a full window it is only counted", async () => {
    vi.useFakeTimers();
    answers = ({ searchParams }) =>
      searchParams.get("limit") === "1"
        ? page([told(9)], { total: 9, matched: 9, offset: 8 })
        : page([told(1), told(2)], { total: 8, matched: 8 });
    const source = new MessageSource("x");
    const listener = vi.fn();
    source.watch(wanted("end"), listener);
    await vi.runAllTimersAsync();
    changed.value = { exchange: "x", times: 1 };
    changed.value = { exchange: "x", times: 2 };
    changed.value = { exchange: "another", times: 3 };
    await vi.runAllTimersAsync();
    expect(asked).toEqual(Array(2).fill("/api/exchanges/x/messages?limit=2&tail=1"));

    source.watch(wanted({ offset: 0 }), listener);
    await vi.runAllTimersAsync();
    changed.value = { exchange: "x", times: 4 };
    await vi.runAllTimersAsync();
    expect(asked.slice(2)).toEqual([
      "/api/exchanges/x/messages?limit=2&offset=0",
      "/api/exchanges/x/messages?limit=1&tail=1",
    ]);
    expect(listener).toHaveBeenLastCalledWith({ type: "rows", total: 9, matched: 9, items: [] });
  });
});
