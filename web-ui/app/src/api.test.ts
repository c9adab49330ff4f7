import { afterEach, describe, expect, it, vi } from "vitest";

import { ApiError, bodyUrl, errorText, fetchBody, fetchStatus, harUrl, locked, pcapngUrl } from "./api";

const answer = (status: number, body: BodyInit | null, headers: Record<string, string> = {}) => {
  const fetched = vi.fn<typeof fetch>(() => Promise.resolve(new Response(body, { status, headers })));
  vi.stubGlobal("fetch", fetched);
  return fetched;
};
const abort = new AbortController().signal;

afterEach(() => {
  vi.unstubAllGlobals();
  locked.value = false;
});

describe("an error", () => {
  it("speaks in the server's words", async () => {
    answer(
      400,
      JSON.stringify({
        type: "about:blank",
        title: "Bad Request",
        status: 400,
        detail: 'there is no field "hots"',
        at: [0, 4],
      }),
    );
    const error = await fetchStatus().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(errorText(error)).toBe('there is no field "hots"');
    expect((error as ApiError).problem.at).toEqual([0, 4]);
  });

  it("without words names the status", async () => {
    answer(502, "<html>");
    await expect(fetchStatus()).rejects.toThrow("Handlens answered 502");
  });

  it("of a missing token locks the page, until an answer comes", async () => {
    answer(401, "{}");
    await expect(fetchStatus()).rejects.toThrow(ApiError);
    expect(locked.value).toBe(true);
    answer(200, "{}");
    await fetchStatus();
    expect(locked.value).toBe(false);
  });

  it("of the network says that nobody answered", () => {
    expect(errorText(new TypeError("Failed to fetch"))).toBe("Handlens did not answer");
  });
});

describe("a body", () => {
  it("is asked for in part, and its whole length is told", async () => {
    const fetched = answer(206, "abc", { "Content-Range": "bytes 0-2/1234", "Handlens-Body-Problem": "it ends early" });
    expect(await fetchBody("x", "response", "text", 3, abort)).toMatchObject({ total: 1234, problem: "it ends early" });
    expect(fetched.mock.calls[0]?.[0]).toBe("/api/exchanges/x/response/body?as=text");
    expect(fetched.mock.calls[0]?.[1]?.headers).toEqual({ Range: "bytes=0-2" });
  });

  it("may be of unknown length, or empty", async () => {
    answer(206, "abc", { "Content-Range": "bytes 0-2/*" });
    expect((await fetchBody("x", "response", "wire", 3, abort)).total).toBeNull();
    answer(416, "{}", { "Content-Range": "bytes */0" });
    expect((await fetchBody("x", "response", "wire", 3, abort)).total).toBe(0);
  });

  it("has an address for each form", () => {
    expect(bodyUrl("a/b", "request", "wire")).toBe("/api/exchanges/a%2Fb/request/body");
    expect(bodyUrl("a", "response", "image")).toBe("/api/exchanges/a/response/body?as=image");
  });
});

it("exports by id or by filter", () => {
  expect(harUrl({ ids: ["a", "b"] })).toBe("/api/export.har?ids=a%2Cb");
  expect(harUrl({ filter: "status:>=400 x" })).toBe("/api/export.har?filter=status%3A%3E%3D400+x");
  expect(pcapngUrl({ ids: ["a"] })).toBe("/api/export.pcapng?ids=a");
  expect(pcapngUrl({ filter: "" })).toBe("/api/export.pcapng?filter=");
});
