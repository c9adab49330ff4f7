import { expect, it } from "vitest";

import { rawLines } from "./raw-head";

const told = (raw: string) =>
  rawLines(raw).map(
    ({ parts, end }) => parts.map(({ text, escaped }) => (escaped ? `<${text}>` : text)).join("") + end,
  );

it("every byte of a head can be seen", () => {
  expect(told("GET /  HTTP/1.1\r\nhOsT: a\r\nx: \t\xe9\x00\n y\r\r\n\r\n")).toEqual([
    "GET /  HTTP/1.1\\r\\n",
    "hOsT: a\\r\\n",
    "x: <\\t\\xe9\\x00>\\n",
    " y<\\r>\\r\\n",
    "\\r\\n",
  ]);
});

it("one that was cut off ends where it ends", () => {
  expect(told("HTTP/1.0 200")).toEqual(["HTTP/1.0 200"]);
  expect(told("")).toEqual([]);
});
