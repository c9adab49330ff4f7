import { expect, it } from "vitest";

import type { KeyNode } from "../types/handshake";
import { layOutKeys, NODE_HEIGHT } from "./key-layout";

const node = (name: string, from: string[], reached = true): KeyNode => ({
  name,
  title: name,
  from,
  derivation: "",
  label: null,
  transcript: null,
  purpose: "",
  reached,
  value: null,
});

const NODES = [
  node("early", ["psk"]),
  node("handshake", ["early", "ecdhe"]),
  node("c hs", ["handshake"]),
  node("s hs", ["handshake"]),
  node("master", ["handshake"], false),
  node("c ap", ["master"], false),
];

it.each([1200, 360])("no node covers another at %d pixels", (room) => {
  const { places } = layOutKeys(NODES, room);
  expect(places).toHaveLength(NODES.length);
  for (const one of places) {
    for (const other of places) {
      expect(one === other || one.x !== other.x || Math.abs(one.y - other.y) >= NODE_HEIGHT).toBe(true);
    }
  }
});

it("what others come of stands in one line down, the rest beside", () => {
  const { places, edges, inputs } = layOutKeys(NODES, 1200);
  const x = (name: string) => places.find((place) => place.node.name === name)?.x;
  expect(x("early")).toBe(x("master"));
  expect(x("c hs")).toBeGreaterThan(x("handshake") ?? Infinity);
  expect(inputs.map(({ name }) => name)).toEqual(["psk", "ecdhe"]);
  expect(edges.filter(({ reached }) => reached)).toHaveLength(3);
  expect(edges.filter(({ reached }) => !reached)).toHaveLength(2);
});
