import { describe, expect, it } from "vitest";

import type { KeyNode } from "../types/generated";
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
  node("psk", []),
  node("early", ["psk"]),
  node("c e", ["early"], false),
  node("shared", []),
  node("random", []),
  node("derived", ["early"]),
  node("handshake", ["derived", "shared", "random"]),
  node("c hs", ["handshake"]),
  node("c finished", ["c hs"]),
  node("s hs", ["handshake"]),
  node("derived 2", ["handshake"], false),
  node("master", ["derived 2"], false),
  node("c ap", ["master"], false),
];

describe.each([1200, 360])("at %d pixels", (room) => {
  const { places, width, height } = layOutKeys(NODES, room);

  it("every node has a place, and covers no other", () => {
    expect(places).toHaveLength(NODES.length);
    for (const one of places) {
      for (const other of places) {
        const apart =
          one === other ||
          Math.abs(one.y - other.y) >= NODE_HEIGHT ||
          one.x + one.width <= other.x ||
          other.x + other.width <= one.x;
        expect(apart, `${one.node.name} and ${other.node.name}`).toBe(true);
      }
    }
  });

  it("all of it is inside the drawing", () => {
    for (const place of places) {
      expect(place.x + place.width).toBeLessThanOrEqual(width);
      expect(place.y + NODE_HEIGHT).toBeLessThanOrEqual(height);
    }
  });
});

it("the spine is the chain of which most comes", () => {
  const { places } = layOutKeys(NODES, 1200);
  const of = (kind: string) => places.filter((place) => place.kind === kind).map((place) => place.node.name);
  expect(of("input")).toEqual(["psk", "shared", "random"]);
  expect(of("spine")).toEqual(["early", "derived", "handshake", "derived 2", "master"]);
  expect(of("branch")).toEqual(["c e", "c hs", "s hs", "c ap"]);
  expect(of("twig")).toEqual(["c finished"]);
});

it("an edge is lit when its secret was reached", () => {
  const { edges } = layOutKeys(NODES, 1200);
  expect(edges).toHaveLength(12);
  expect(edges.filter(({ reached }) => !reached).map(({ key }) => key)).toEqual([
    "early c e",
    "handshake derived 2",
    "derived 2 master",
    "master c ap",
  ]);
});
