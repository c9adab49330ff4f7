import { describe, expect, it } from "vitest";

import { chooseView, firstAsk, followsItself } from "./body";
import { bodyKind, firstField, parsePairs, queryOf, requestCookies, responseCookies, shortType } from "./http";

it("reads a query, and leaves a broken escape as it is", () => {
  expect(queryOf("/a?x=1&y=2#z")).toBe("x=1&y=2");
  expect(queryOf("/a")).toBe("");
  expect(parsePairs("a=1&b=x+y%20z&c&=d&e=%zz&a=2")).toEqual([
    ["a", "1"],
    ["b", "x y z"],
    ["c", ""],
    ["", "d"],
    ["e", "%zz"],
    ["a", "2"],
  ]);
});

it("reads cookies of both directions", () => {
  expect(requestCookies([["Cookie", "a=1; b=x=y"]]).map(({ name, value }) => [name, value])).toEqual([
    ["a", "1"],
    ["b", "x=y"],
  ]);
  expect(responseCookies([["set-cookie", "s=1; Path=/; HttpOnly"]])).toEqual([
    {
      name: "s",
      value: "1",
      attributes: [
        ["Path", "/"],
        ["HttpOnly", ""],
      ],
    },
  ]);
});

it("finds a field in any case", () => {
  expect(firstField([["Content-Type", "a"]], "content-type")).toBe("a");
  expect(firstField([], "x")).toBeNull();
});

describe("kinds of bodies", () => {
  it.each([
    ["application/problem+json; charset=utf-8", "json", "json"],
    ["text/html", "markup", "html"],
    ["image/svg+xml", "markup", "svg"],
    ["image/png", "image", "png"],
    ["text/javascript", "script", "js"],
    ["application/x-www-form-urlencoded", "form", "form"],
    ["application/octet-stream", "binary", "binary"],
    ["text/csv", "text", "csv"],
  ])("%s", (type, kind, short) => {
    expect(bodyKind(type)).toBe(kind);
    expect(shortType(type)).toBe(short);
  });

  it("a drawing that could run something is text", () => {
    expect(bodyKind("image/svg+xml")).not.toBe("image");
  });
});

describe("how a body is shown", () => {
  it("is as asked, else as remembered, else the best that makes sense", () => {
    expect(chooseView("json", "hex", "tree")).toBe("hex");
    expect(chooseView("json", null, "tree")).toBe("tree");
    expect(chooseView("image", "tree", null)).toBe("image");
    expect(chooseView("binary", null, "pretty")).toBe("hex");
  });

  it("begins with a part when it is large or may become so", () => {
    expect(firstAsk(1_000, true)).toBeNull();
    expect(firstAsk(900_000, false)).toBeNull();
    expect(firstAsk(900_000, true)).toBe(65_536);
    expect(firstAsk(5_000_000, false)).toBe(65_536);
    expect(followsItself(65_536, 900_000)).toBe(true);
    expect(followsItself(65_536, 9_000_000)).toBe(false);
    expect(followsItself(65_536, null)).toBe(false);
  });
});
