import { describe, expect, it } from "vitest";

import { highlightLine, type Language } from "./highlight";
import { Highlighter, paintRow } from "./paint";
import { findInLines, layOut, rowOfMatch, splitLines } from "./text-lines";

describe("laying out", () => {
  it("cuts at any line end, and long lines into rows", () => {
    const lines = splitLines(`a\r\nb\n${"x".repeat(50)}\r`);
    expect(lines).toHaveLength(4);
    expect(layOut(lines, 20).map(({ line, from, to }) => [line, from, to])).toEqual([
      [0, 0, 1],
      [1, 0, 1],
      [2, 0, 20],
      [2, 20, 40],
      [2, 40, 50],
      [3, 0, 0],
    ]);
  });

  it("never makes a row wider than a browser likes", () => {
    expect(layOut(["x".repeat(1_000_000)], Number.POSITIVE_INFINITY)).toHaveLength(500);
  });
});

describe("finding", () => {
  const lines = splitLines("Content\ncontent type, CONTENT");
  const matches = findInLines(lines, "content");

  it("is blind to case", () => {
    expect(matches).toEqual([
      { line: 0, start: 0, end: 7 },
      { line: 1, start: 0, end: 7 },
      { line: 1, start: 14, end: 21 },
    ]);
    expect(findInLines(lines, "")).toEqual([]);
  });

  it("leads to the row", () => {
    const rows = layOut(["x".repeat(45), "needle at the end"], 20);
    expect(findInLines(["x".repeat(45), "needle at the end"], "end").map((match) => rowOfMatch(rows, match))).toEqual([
      3,
    ]);
  });

  it("paints matches across colours, and nothing is lost", () => {
    const line = '{"content": "a content"}';
    const row = { line: 0, from: 2, to: line.length };
    const found = findInLines([line], "content");
    const painted = paintRow(new Highlighter([line], "json").tokens(0), row, found, found[1] ?? null);
    expect(painted.map((token) => token.text).join("")).toBe(line.slice(2));
    expect(painted.filter((token) => token.match !== null).map((token) => [token.text, token.match])).toEqual([
      ["content", false],
      ["content", true],
    ]);
  });
});

describe("colours", () => {
  const kinds = (line: string, language: Language) =>
    highlightLine(line, language, "text").tokens.map(({ kind, text }) => [kind, text]);

  it("of JSON", () => {
    expect(kinds('"a": [1.5, true, "x"]', "json")).toEqual([
      ["key", '"a"'],
      ["punctuation", ":"],
      [null, " "],
      ["punctuation", "["],
      ["number", "1.5"],
      ["punctuation", ","],
      [null, " "],
      ["word", "true"],
      ["punctuation", ","],
      [null, " "],
      ["string", '"x"'],
      ["punctuation", "]"],
    ]);
  });

  it("of markup", () => {
    expect(kinds('<a href="/x">b &amp; c</a>', "markup").filter(([kind]) => kind !== null)).toEqual([
      ["tag", "<a"],
      ["attribute", "href"],
      ["string", '"/x"'],
      ["tag", ">"],
      ["number", "&amp;"],
      ["tag", "</a>"],
    ]);
  });

  it("go on over lines", () => {
    const lines = ["<p><!-- a", "b", "c --> d</p>", "/* e", "f */ g"];
    const markup = new Highlighter(lines.slice(0, 3), "markup");
    expect(markup.tokens(2)[0]).toEqual({ kind: "comment", text: "c -->" });
    const code = new Highlighter(lines.slice(3), "code");
    expect(code.tokens(1)[0]).toEqual({ kind: "comment", text: "f */" });
  });

  it.each(["json", "markup", "code", "plain"] as const)("of %s keep every letter of anything", (language) => {
    const odd = ['"open', "<", "&", "</", "`${a", "\\\"'", "<!--", "/*", "é🙂\u0000", "", "-", "a".repeat(100_000)];
    for (const line of odd) {
      for (const state of ["text", "comment", "tag", "template"] as const) {
        expect(
          highlightLine(line, language, state)
            .tokens.map((token) => token.text)
            .join(""),
        ).toBe(line);
      }
    }
  });
});
