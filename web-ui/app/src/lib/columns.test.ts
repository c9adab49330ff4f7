import { describe, expect, it } from "vitest";

import {
  clampWidth,
  type ColumnShape,
  fitColumns,
  formatColumns,
  gridTemplate,
  parseColumns,
  toggleColumn,
  totalWidth,
} from "./columns";
import { followable, formatSort, nextSort, parseSort } from "./sort";

const known: ColumnShape[] = [
  { key: "number", width: 60, min: 40, need: 3 },
  { key: "status", width: 90, min: 50, need: 0 },
  { key: "host", width: 200, min: 60, need: 2 },
  { key: "path", width: 300, min: 170, flex: true, need: 1 },
  { key: "url", width: 300, min: 170, flex: true, need: null, narrow: true },
  { key: "extra", width: 100, min: 40, need: null },
];

describe("columns", () => {
  it("are read as they were written", () => {
    const shown = parseColumns("status,number:48,path:220", known);
    expect(shown && formatColumns(shown)).toBe("status,number:48,path:220");
  });

  it("forget what is unknown, doubled or out of bounds", () => {
    expect(parseColumns("what,status:1,status:99,host:x", known)).toEqual([
      { key: "status", width: 50 },
      { key: "host", width: null },
    ]);
    expect(parseColumns("what", known)).toBeNull();
    expect(parseColumns(null, known)).toBeNull();
  });

  it("fit the room: the least needed go first, in their own order", () => {
    const keys = (width: number) => fitColumns(known, width).map((column) => column.key);
    expect(keys(1_000)).toEqual(["number", "status", "host", "path"]);
    expect(keys(530)).toEqual(["number", "status", "host", "path"]);
    expect(
      fitColumns(
        known.filter((column) => !column.narrow),
        300,
      ).map((column) => column.key),
    ).toEqual(["status", "path"]);
    expect(keys(400)).toEqual(["status", "path", "url"]);
  });

  it("come and go, but for the last", () => {
    expect(toggleColumn([{ key: "status", width: null }], "number", known).map((column) => column.key)).toEqual([
      "number",
      "status",
    ]);
    expect(toggleColumn([{ key: "status", width: null }], "status", known)).toHaveLength(1);
  });

  it("become a template", () => {
    const shown = [
      { key: "status", width: 77 },
      { key: "path", width: null },
    ];
    expect(gridTemplate(shown, known)).toBe("77px minmax(170px, 1fr)");
    expect(totalWidth(shown, known)).toBe(247);
    expect(clampWidth({ key: "x", width: 1, min: 40, need: 0 }, 9_999)).toBe(1_200);
  });
});

describe("the order", () => {
  it("goes from a column to its reverse and back to arrival", () => {
    const size = nextSort({ column: "number", descending: false }, "size");
    expect(formatSort(size)).toBe("size");
    expect(formatSort(nextSort(size, "size"))).toBe("-size");
    expect(formatSort(nextSort(nextSort(size, "size"), "size"))).toBe("number");
  });

  it("that is unknown is arrival, and only arrival can be followed", () => {
    expect(parseSort("-what", ["size"])).toEqual({ column: "number", descending: false });
    expect(followable(parseSort("-number", ["number"]))).toBe(true);
    expect(followable(parseSort("size", ["size"]))).toBe(false);
  });
});
