import { expect, it } from "vitest";

import type { ProtobufField } from "../types/protocols";
import { protoRows, protoText } from "./proto-tree";

const leaf = (number: number, value: string): ProtobufField => ({
  number,
  name: null,
  type: "varint",
  value,
  range: [0, 2],
  children: [],
});
const fields: ProtobufField[] = [
  { ...leaf(1, ""), name: "price", type: "Money", children: [leaf(1, "EUR"), leaf(2, "5")] },
  leaf(2, "7"),
];

it("fields are rows, top-down, but for those below a folded one", () => {
  expect(protoRows(fields, new Set()).map(({ path }) => path)).toEqual(["0", "0.0", "0.1", "1"]);
  expect(protoRows(fields, new Set(["0"])).map(({ path, expanded }) => [path, expanded])).toEqual([
    ["0", false],
    ["1", false],
  ]);
});

it("all of it is told as text", () => {
  expect(protoText(protoRows(fields, new Set()))).toBe("price = 1 Money\n  1 varint: EUR\n  2 varint: 5\n2 varint: 7");
});
