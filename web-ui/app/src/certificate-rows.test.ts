import { afterEach, describe, expect, it, vi } from "vitest";

import { certificateRows } from "./certificate-rows";
import { type RowFrame, status } from "./live";
import type { Status } from "./types/generated";

const asked: string[] = [];
const answer = (status: number, body: unknown) => {
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
};
const wanted = { filter: "rsa 2048", sort: "-expiry", from: { offset: 40 }, limit: 300 };

afterEach(() => {
  asked.length = 0;
  status.value = null;
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the rows of certificates", () => {
  it("are asked for by filter, role, order and place, and named by their SHA-256", async () => {
    answer(200, { total: 9, matched: 1, offset: 40, items: [{ sha256: "ab" }] });
    const frames: RowFrame[] = [];
    const source = certificateRows("leaf");
    source.watch(wanted, (frame) => frames.push(frame));
    await vi.waitFor(() => expect(frames).toHaveLength(1), { timeout: 30_000 });
    source.unwatch(() => undefined);
    expect(asked).toEqual(["/api/certificates?filter=rsa+2048&sort=-expiry&offset=40&limit=300&role=leaf"]);
    expect(frames[0]).toMatchObject({ type: "window", total: 9, offset: 40, items: [{ id: "ab", sha256: "ab" }] });
  });

  it("are read again when connections came, but no oftener than every two seconds", async () => {
    vi.useFakeTimers();
    answer(200, { total: 0, matched: 0, offset: 0, items: [] });
    const source = certificateRows(null);
    const connections = (count: number) => ({ counts: { connections: count } }) as Status;
    status.value = connections(1);
    source.watch(wanted, () => undefined);
    expect(asked).toHaveLength(1);
    status.value = connections(2);
    expect(asked).toHaveLength(1);
    vi.setSystemTime(Date.now() + 2_500);
    status.value = connections(3);
    expect(asked).toHaveLength(2);
    vi.setSystemTime(Date.now() + 2_500);
    status.value = connections(3);
    expect(asked).toHaveLength(2);
    source.unwatch(() => undefined);
    vi.setSystemTime(Date.now() + 2_500);
    status.value = connections(4);
    expect(asked).toHaveLength(2);
  });

  it("say why they can't be read", async () => {
    answer(400, { type: "about:blank", title: "", status: 400, detail: "no such field", at: [0, 3] });
    const frames: RowFrame[] = [];
    const source = certificateRows(null);
    source.watch(wanted, (frame) => frames.push(frame));
    await vi.waitFor(() => expect(frames).toEqual([{ type: "filter_error", detail: "no such field", at: [0, 3] }]), {
      timeout: 30_000,
    });
    source.unwatch(() => undefined);
  });
});
