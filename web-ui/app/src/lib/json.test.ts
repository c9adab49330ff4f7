import { describe, expect, it } from "vitest";

import { parseJson } from "./json-parse";
import { nodeText, prettyText, toggle, treeRows, valueText } from "./json-tree";

const SAMPLE = '{"b":[1,2.50,9007199254740993],"a":{"x y":null,"10":true,"2":"\\u00e9\\n"},"a":[],"e":{}}';
const all = { depth: 99, toggled: new Set<string>() };

describe("reading", () => {
  it("changes nothing: order, doubles, and every digit stay", () => {
    expect(nodeText(parseJson(SAMPLE))).toBe(SAMPLE.replace("\\u00e9", "é"));
  });

  it.each([
    ["", "expected a value at line 1"],
    ["[1,]", "expected a value at line 1"],
    ['{"a" 1}', "expected `:` at line 1"],
    ["{a:1}", "expected a name in quotes at line 1"],
    ["[1\n2]", "expected `,` or `]` at line 2"],
    ['"open', "expected a string that ends at line 1"],
    ["{} x", "expected the end at line 1"],
    ["[", "expected a value at line 1"],
  ])("%j is refused with the place", (text, message) => {
    expect(() => parseJson(text)).toThrow(message);
  });

  it("bears any depth", () => {
    const depth = 200_000;
    const node = parseJson("[".repeat(depth) + "]".repeat(depth));
    expect(nodeText(node)).toHaveLength(depth * 2);
    expect(treeRows(node, { depth: 3, toggled: new Set() })).toHaveLength(4);
  });

  it("bears a long string and many items", () => {
    const text = JSON.stringify(["x".repeat(3_000_000), ...Array.from({ length: 300_000 }, (_, n) => n)]);
    expect(nodeText(parseJson(text))).toHaveLength(text.length);
    // That it ends is what matters here, also where the machine has much else to do.
  }, 120_000);
});

describe("the tree", () => {
  const root = parseJson(SAMPLE);

  it("has a path for each row, which reads as code does", () => {
    expect(treeRows(root, all).map((row) => row.path)).toEqual([
      "$",
      "$.b",
      "$.b[0]",
      "$.b[1]",
      "$.b[2]",
      "$.a",
      '$.a["x y"]',
      '$.a["10"]',
      '$.a["2"]',
      "$.a",
      "$.e",
    ]);
  });

  it("folds and unfolds", () => {
    const folded = { depth: 1, toggled: new Set<string>() };
    expect(treeRows(root, folded)).toHaveLength(5);
    const opened = toggle(folded, "$.b");
    expect(treeRows(root, opened)).toHaveLength(8);
    expect(treeRows(root, toggle(opened, "$.b"))).toHaveLength(5);
  });

  it("tells of a branch what it holds", () => {
    const rows = treeRows(root, { depth: 1, toggled: new Set() });
    expect(rows.map((row) => valueText(row))).toEqual([
      "4 keys",
      "[1, 2.50, 9007199254740993] 3 items",
      '{x y: null, 10: true, 2: "é\\n"} 3 keys',
      "[]",
      "{}",
    ]);
  });
});

describe("laid out for reading", () => {
  const pretty = (text: string) => prettyText(parseJson(text));

  it("two spaces a level, numbers as they were sent", () => {
    expect(pretty('{"a":[1,{"b":9007199254740993}],"c":{},"d":[]}')).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": 9007199254740993\n    }\n  ],\n  "c": {},\n  "d": []\n}',
    );
    expect(pretty('"text"')).toBe('"text"');
  });

  it("however deep it is", () => {
    expect(pretty("[".repeat(200) + "]".repeat(200)).split("\n")).toHaveLength(399);
  });
});
