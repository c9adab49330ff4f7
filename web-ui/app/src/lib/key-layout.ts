// Where the nodes of a key schedule stand: what comes in from outside, then the secrets that most others come of, one
// below the other, and what comes of those beside them.

import type { KeyNode } from "../types/generated";

export interface KeyPlace {
  node: KeyNode;
  kind: "input" | "spine" | "branch" | "twig";
  x: number;
  y: number;
  width: number;
}

export interface KeyEdge {
  key: string;
  from: { x: number; y: number };
  to: { x: number; y: number };
  /** Straight down into the node's top, or into its left side. */
  down: boolean;
  reached: boolean;
}

export interface KeyLayout {
  places: KeyPlace[];
  edges: KeyEdge[];
  width: number;
  height: number;
}

export const NODE_HEIGHT = 38;
const ROW = 46;
const BETWEEN = 8;
const TOP = 4;
/** Where an edge down leaves its node. */
const FOOT = 16;

type Columns = Record<KeyPlace["kind"], { x: number; width: number }>;

const WIDE: Columns = {
  input: { x: 2, width: 104 },
  spine: { x: 132, width: 206 },
  branch: { x: 394, width: 272 },
  twig: { x: 696, width: 158 },
};
const NARROW: Columns = {
  input: { x: 2, width: 130 },
  spine: { x: 2, width: 260 },
  branch: { x: 34, width: 290 },
  twig: { x: 66, width: 258 },
};

/** In `room` pixels; where that is little, each node has a row of its own and is indented. */
export function layOutKeys(nodes: readonly KeyNode[], room: number): KeyLayout {
  const narrow = room < WIDE.twig.x + WIDE.twig.width;
  const columns = narrow ? NARROW : WIDE;
  const childrenOf = (name: string) => nodes.filter(({ from }) => from.includes(name));
  const spine = spineOf(nodes, childrenOf);
  const places: KeyPlace[] = [];
  const put = (node: KeyNode, kind: KeyPlace["kind"], y: number) => places.push({ node, kind, y, ...columns[kind] });
  const placed = (node: KeyNode) => places.some((place) => place.node === node);

  let y = TOP;
  for (const node of spine) {
    const inputs = nodes.filter((one) => isInput(one) && node.from.includes(one.name) && !placed(one));
    inputs.forEach((input, nth) => put(input, "input", y + ROW * nth));
    const beside = y + ROW * inputs.length;
    y = narrow ? beside : y;
    put(node, "spine", y);
    let row = narrow ? y + ROW : y;
    for (const branch of childrenOf(node.name).filter((one) => !spine.includes(one))) {
      put(branch, "branch", row);
      const twigs = childrenOf(branch.name);
      twigs.forEach((twig, nth) => put(twig, "twig", narrow ? row + ROW * (nth + 1) : row + ROW * nth));
      row += ROW * (narrow ? twigs.length + 1 : Math.max(1, twigs.length));
    }
    y = Math.max(row, y + ROW, beside) + BETWEEN;
  }
  for (const node of nodes.filter((one) => !placed(one))) {
    put(node, "spine", y);
    y += ROW;
  }
  const edges = places.flatMap((to) =>
    places.filter((from) => to.node.from.includes(from.node.name)).map((from) => edge(from, to, narrow)),
  );
  return { places, edges, width: columns.twig.x + columns.twig.width + 2, height: y };
}

/** What is not derived from anything here: a PSK, what a key exchange came to. */
function isInput({ from }: KeyNode): boolean {
  return from.length === 0;
}

/** The chain from which most comes: always on to the secret of which the longest chain comes. */
function spineOf(nodes: readonly KeyNode[], childrenOf: (name: string) => KeyNode[]): KeyNode[] {
  const longest = new Map<string, number>();
  for (const node of [...nodes].reverse()) {
    const below = childrenOf(node.name).map(({ name }) => longest.get(name) ?? 0);
    longest.set(node.name, 1 + Math.max(0, ...below));
  }
  const most = (some: readonly KeyNode[]) =>
    some.reduce<KeyNode | null>(
      (best, one) => ((longest.get(one.name) ?? 0) > (longest.get(best?.name ?? "") ?? 0) ? one : best),
      null,
    );
  const spine: KeyNode[] = [];
  const inputs = nodes.filter(isInput);
  const roots = nodes.filter(
    (node) => !isInput(node) && node.from.every((name) => inputs.some((one) => one.name === name)),
  );
  for (let node = most(roots); node !== null;) {
    spine.push(node);
    const next = most(childrenOf(node.name));
    node = next && (longest.get(next.name) ?? 0) > 1 ? next : null;
  }
  return spine;
}

function edge(from: KeyPlace, to: KeyPlace, narrow: boolean): KeyEdge {
  const down = to.kind === "spine" && (from.kind === "spine" || narrow);
  return {
    key: `${from.node.name} ${to.node.name}`,
    from:
      down || narrow
        ? { x: from.x + FOOT, y: from.y + NODE_HEIGHT }
        : { x: from.x + from.width, y: from.y + NODE_HEIGHT / 2 },
    to: down ? { x: to.x + FOOT, y: to.y } : { x: to.x, y: to.y + NODE_HEIGHT / 2 },
    down,
    reached: to.node.reached,
  };
}
