import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { LiveDown, LiveUp } from "./types/generated";

class FakeSocket {
  static all: FakeSocket[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  sent: LiveUp[] = [];
  onopen: () => void = () => undefined;
  onclose: () => void = () => undefined;
  onmessage: (event: { data: string }) => void = () => undefined;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as LiveUp);
  }

  open(): void {
    this.readyState = 1;
    this.onopen();
  }

  close(): void {
    this.readyState = 3;
    this.onclose();
  }

  tell(message: LiveDown): void {
    this.onmessage({ data: JSON.stringify(message) });
  }
}

const last = () => FakeSocket.all.at(-1) ?? new FakeSocket("");
const wanted = { view: "exchanges", filter: "", sort: "", from: "end", limit: 120 } as const;

let live: typeof import("./live");

beforeEach(async () => {
  vi.useFakeTimers();
  vi.resetModules();
  FakeSocket.all = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
  live = await import("./live");
  live.connect();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the link", () => {
  it("says what is watched and selected as soon as it is open, and again when it comes back", () => {
    live.watchRows(wanted, () => undefined);
    live.selectExchange("id-1");
    expect(last().sent).toEqual([]);
    last().open();
    const said = [
      { type: "watch", watch: 1, ...wanted },
      { type: "select", exchange: "id-1" },
    ];
    expect(last().sent).toEqual(said);
    last().close();
    vi.advanceTimersByTime(600);
    last().open();
    expect(FakeSocket.all).toHaveLength(2);
    expect(last().sent).toEqual(said);
    expect(live.link.value).toEqual({ state: "open" });
  });

  it("tries later and later, and at once when asked to", () => {
    last().open();
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      last().close();
      expect(live.link.value).toMatchObject({ state: "lost", attempt });
      vi.advanceTimersByTime(20_000);
      expect(FakeSocket.all).toHaveLength(attempt + 1);
    }
    last().close();
    live.retryNow();
    expect(FakeSocket.all).toHaveLength(6);
  });

  it("remembers since when it is lost", () => {
    last().open();
    last().close();
    const { value } = live.link;
    vi.advanceTimersByTime(600);
    last().close();
    expect(live.link.value).toMatchObject({ since: value.state === "lost" ? value.since : 0 });
  });
});

describe("what is told", () => {
  it("goes to who watches now, never to who watched before", () => {
    last().open();
    const first = vi.fn();
    const second = vi.fn();
    live.watchRows(wanted, first);
    live.watchRows(wanted, second);
    const rows: LiveDown = { type: "rows", watch: 1, total: 0, matched: 0, items: [] };
    last().tell(rows);
    last().tell({ ...rows, watch: 2 });
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledOnce();
    live.unwatchRows(first);
    last().tell({ ...rows, watch: 2 });
    live.unwatchRows(second);
    last().tell({ ...rows, watch: 2 });
    expect(second).toHaveBeenCalledTimes(2);
  });

  it("of the selected exchange is counted", () => {
    last().open();
    last().tell({ type: "selected", exchange: "id-1" });
    last().tell({ type: "selected", exchange: "id-1" });
    expect(live.changed.value).toEqual({ exchange: "id-1", times: 2 });
  });
});
