import { expect, it } from "vitest";

import { hexDump, hexLine, hexLineCount } from "./hex";

const bytes = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: é\r\n");

it("shows sixteen bytes a line, with their letters", () => {
  expect(hexLineCount(bytes.length)).toBe(2);
  expect(hexLine(bytes, 0)).toEqual({
    offset: "000000",
    left: "47 45 54 20 2f 20 48 54",
    right: "54 50 2f 31 2e 31 0d 0a",
    text: "GET / HTTP/1.1..",
  });
  expect(hexLine(bytes, 1)).toMatchObject({ offset: "000010", text: "Host: ...." });
});

it("writes a dump whose columns stand below one another", () => {
  const [first = "", second = ""] = hexDump(bytes).split("\n");
  expect(first.indexOf("GET")).toBe(second.indexOf("Host"));
});

it("shows nothing of nothing", () => {
  expect(hexLineCount(0)).toBe(0);
  expect(hexDump(new Uint8Array())).toBe("");
});
