// Where the nodes of a key schedule stand: secrets that others come of one below the other, what comes of them beside.

import type { KeyNode } from "../types/handshake";

export interface KeyPlace {
  node: KeyNode;
  x: number;
  y: number;
}

export interface KeyEdge {
  key: string;
  from: { x: number; y: number };
  to: { x: number; y: number };
  /** Down the spine, or out to a branch. */
  kind: "spine" | "branch";
  reached: boolean;
}

/** What is no node but comes in from outside: a PSK, the key exchange. */
export interface KeyInput {
  key: string;
  name: string;
  x: number;
  y: number;
  reached: boolean;
}

export interface KeyLayout {
  places: KeyPlace[];
  edges: KeyEdge[];
  inputs: KeyInput[];
  width: number;
  height: number;
}

export const NODE_WIDTH = 284;
export const NODE_HEIGHT = 40;
const ROW = 50;
const INPUT_WIDTH = 110;
const BRANCH_GAP = 80;
const INDENT = 34;
const NARROW = 700;

export function layOutKeys(nodes: readonly KeyNode[], room: number): KeyLayout {
  const narrow = room < NARROW;
  const names = new Set(nodes.map(({ name }) => name));
  const fertile = new Set(nodes.flatMap(({ from }) => from).filter((name) => names.has(name)));
  const spineX = narrow ? 8 : INPUT_WIDTH + 20;
  const branchX = narrow ? spineX + INDENT : spineX + NODE_WIDTH + BRANCH_GAP;
  const places: KeyPlace[] = [];
  const edges: KeyEdge[] = [];
  const inputs: KeyInput[] = [];
  let y = 8;
  for (const node of nodes.filter(({ name, from }) => fertile.has(name) || !from.some((one) => names.has(one)))) {
    const outside = node.from.filter((name) => !names.has(name));
    if (narrow && outside.length > 0) {
      y += 24;
    }
    const place = { node, x: spineX, y };
    outside.forEach((name, nth) =>
      inputs.push({
        key: `${name} ${node.name}`,
        name,
        x: narrow ? spineX + 4 + nth * 90 : spineX,
        y: narrow ? y - 10 : y + NODE_HEIGHT / 2 + nth * 16,
        reached: node.reached,
      }),
    );
    for (const parent of places.filter((one) => node.from.includes(one.node.name))) {
      edges.push({
        key: `${parent.node.name} ${node.name}`,
        from: { x: parent.x + 16, y: parent.y + NODE_HEIGHT },
        to: { x: place.x + 16, y: place.y },
        kind: "spine",
        reached: node.reached,
      });
    }
    places.push(place);
    const branches = nodes.filter((one) => one.from.includes(node.name) && !fertile.has(one.name));
    branches.forEach((branch, nth) => {
      const at = { x: branchX, y: narrow ? y + ROW * (nth + 1) : y + ROW * nth };
      places.push({ node: branch, ...at });
      edges.push({
        key: `${node.name} ${branch.name}`,
        from: narrow ? { x: spineX + 16, y: y + NODE_HEIGHT } : { x: spineX + NODE_WIDTH, y: y + NODE_HEIGHT / 2 },
        to: { x: branchX, y: at.y + NODE_HEIGHT / 2 },
        kind: "branch",
        reached: branch.reached,
      });
    });
    y += ROW * (narrow ? branches.length + 1 : Math.max(1, branches.length)) + 18;
  }
  return { places, edges, inputs, width: branchX + NODE_WIDTH + 8, height: y };
}
