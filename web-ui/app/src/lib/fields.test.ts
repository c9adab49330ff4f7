import { describe, expect, it } from "vitest";

import type { Field } from "../types/generated";
import {
  ancestors,
  briefValue,
  fieldAt,
  fieldLines,
  findField,
  firstUnfolded,
  shownPath,
  visibleLines,
} from "./fields";

const field = (name: string, start: number, end: number, fields: Field[] = []): Field => ({
  name,
  start,
  end,
  value: "",
  text: null,
  rfc: null,
  recommended: null,
  fields,
});

const LINES = fieldLines([
  field("version", 0, 2),
  field("extensions", 2, 12, [
    field("grease", 4, 6),
    field("key_share", 6, 10, [field("x25519", 8, 10)]),
    field("grease", 10, 12),
  ]),
]);

describe("field lines", () => {
  it("have paths, and count names that repeat", () => {
    expect(LINES.map(({ path }) => path)).toEqual([
      "version",
      "extensions",
      "extensions/grease",
      "extensions/key_share",
      "extensions/key_share/x25519",
      "extensions/grease~2",
    ]);
    expect(LINES.map(({ depth }) => depth)).toEqual([0, 0, 1, 1, 2, 1]);
    expect(LINES.map(({ top }) => top)).toEqual([0, 1, 1, 1, 1, 1]);
  });

  it("a byte belongs to the innermost field", () => {
    expect(fieldAt(LINES, 0)?.path).toBe("version");
    expect(fieldAt(LINES, 3)?.path).toBe("extensions");
    expect(fieldAt(LINES, 9)?.path).toBe("extensions/key_share/x25519");
    expect(fieldAt(LINES, 12)).toBeNull();
  });

  it("only what is unfolded all the way is seen", () => {
    const seen = (...open: string[]) => visibleLines(LINES, new Set(open)).map(({ path }) => path);
    expect(seen()).toEqual(["version", "extensions"]);
    expect(seen("extensions/key_share")).toEqual(["version", "extensions"]);
    expect(seen("extensions", "extensions/key_share")).toHaveLength(6);
  });

  it("a field that is folded away is shown by what is around it", () => {
    const seen = visibleLines(LINES, new Set(["extensions"]));
    expect(shownPath(seen, "extensions/key_share/x25519")).toBe("extensions/key_share");
    expect(shownPath(seen, "nothing")).toBeNull();
    expect(shownPath(seen, null)).toBeNull();
  });

  it("a path tells its way", () => {
    expect(ancestors("a/b/c")).toEqual(["a", "a/b"]);
    expect(findField(LINES, "extensions/grease~2")?.field.start).toBe(10);
  });

  it("a value that begins with the name is told without it", () => {
    expect(briefValue({ ...field("x25519", 0, 2), value: "x25519 (0x001d)" })).toBe("0x001d");
    expect(briefValue({ ...field("grease", 0, 2), value: "GREASE (0x3a3a)" })).toBe("GREASE (0x3a3a)");
    expect(briefValue({ ...field("length", 0, 2), value: "508 bytes" })).toBe("508 bytes");
  });

  it("a small message is unfolded whole", () => {
    expect([...firstUnfolded(LINES)]).toEqual(["extensions", "extensions/key_share"]);
  });
});
