import { describe, expect, it } from "vitest";

import { fuzzyScore } from "./fuzzy";
import { KeyReader } from "./keys";

it("finds commands by their letters, better ones first", () => {
  expect(fuzzyScore("Go to traffic", "gtr")).not.toBeNull();
  expect(fuzzyScore("Go to traffic", "xyz")).toBeNull();
  expect(fuzzyScore("Go to setup", "set")).toBeGreaterThan(fuzzyScore("List: show the list at best", "set") ?? 0);
});

describe("keys", () => {
  const press = (key: string, more = {}) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...more,
  });

  it("are read alone and in sequence", () => {
    const reader = new KeyReader(new Set(["g"]));
    expect(reader.read(press("j"), 0)).toBe("j");
    expect(reader.read(press("g"), 10)).toBeNull();
    expect(reader.read(press("t"), 20)).toBe("g t");
    expect(reader.read(press("g"), 30)).toBeNull();
    expect(reader.read(press("t"), 5_000)).toBe("t");
  });

  it("are named as the table names them", () => {
    const reader = new KeyReader(new Set());
    expect(reader.read(press("K", { ctrlKey: true, shiftKey: true }), 0)).toBe("Ctrl+k");
    expect(reader.read(press("k", { metaKey: true }), 0)).toBe("Ctrl+k");
    expect(reader.read(press("Enter", { shiftKey: true }), 0)).toBe("Shift+Enter");
    expect(reader.read(press("?", { shiftKey: true }), 0)).toBe("?");
    expect(reader.read(press(" "), 0)).toBe("Space");
  });
});
