// A JSON value as the rows of a tree, of which a list shows a window.

import type { JsonNode } from "./json-parse";

export interface TreeRow {
  /** Where it stands: `$.items[3].id`. */
  path: string;
  depth: number;
  /** The name or index it stands under; null at the root. */
  key: string | null;
  node: JsonNode;
  /** How many children it has; null for a leaf. */
  children: number | null;
  expanded: boolean;
}

/** Which nodes are open: all above `depth`, but for those toggled. */
export interface Expansion {
  depth: number;
  toggled: ReadonlySet<string>;
}

/** The rows that are seen of `root`, top-down. */
export function treeRows(root: JsonNode, expansion: Expansion): TreeRow[] {
  const rows: TreeRow[] = [];
  // A stack of its own: the depth of captured JSON is the sender's choice.
  const waiting: Pick<TreeRow, "path" | "depth" | "key" | "node">[] = [{ path: "$", depth: 0, key: null, node: root }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const below = childrenOf(next.node);
    const expanded = below !== null && below.length > 0 && isExpanded(next.path, next.depth, expansion);
    rows.push({ ...next, children: below?.length ?? null, expanded });
    for (const [key, node, step] of expanded ? below.reverse() : []) {
      waiting.push({ path: next.path + step, depth: next.depth + 1, key, node });
    }
  }
  return rows;
}

function childrenOf(node: JsonNode): [key: string, node: JsonNode, step: string][] | null {
  if (node.kind === "array") {
    return node.items.map((item, index) => [String(index), item, `[${index}]`]);
  }
  return node.kind === "object" ? node.members.map(([name, member]) => [name, member, memberStep(name)]) : null;
}

function isExpanded(path: string, depth: number, { depth: most, toggled }: Expansion): boolean {
  return depth < most !== toggled.has(path);
}

/** `expansion` with the node at `path` turned over. */
export function toggle(expansion: Expansion, path: string): Expansion {
  const toggled = new Set(expansion.toggled);
  if (!toggled.delete(path)) {
    toggled.add(path);
  }
  return { ...expansion, toggled };
}

function memberStep(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** A leaf as JSON writes it, cut where it is too long for a line; a branch as what it holds. */
export function valueText(
  { node, children, expanded }: Pick<TreeRow, "node" | "children" | "expanded">,
  longest = 400,
): string {
  switch (node.kind) {
    case "array":
    case "object": {
      const noun = node.kind === "array" ? "item" : "key";
      const count = `${children} ${noun}${children === 1 ? "" : "s"}`;
      return !children ? preview(node) : expanded ? count : `${preview(node)} ${count}`;
    }
    case "string": {
      const text = JSON.stringify(node.value);
      return text.length > longest ? `${text.slice(0, longest)}…` : text;
    }
    default:
      return node.text;
  }
}

const PREVIEW = 70;

/** The begin of a branch, in a line: `{id: "a", total: 3, …}`. */
function preview(node: JsonNode): string {
  const [open, close] = node.kind === "array" ? ["[", "]"] : ["{", "}"];
  const parts: string[] = [];
  let length = 0;
  for (const [key, child] of childrenOf(node) ?? []) {
    const value =
      child.kind === "array"
        ? "[…]"
        : child.kind === "object"
          ? "{…}"
          : child.kind === "string"
            ? JSON.stringify(child.value)
            : child.text;
    const part = node.kind === "array" ? value : `${key}: ${value}`;
    length += part.length;
    if (length > PREVIEW) {
      parts.push("…");
      break;
    }
    parts.push(part);
  }
  return open + parts.join(", ") + close;
}

/** A node as compact JSON, for copying. */
export function nodeText(root: JsonNode): string {
  const parts: string[] = [];
  const waiting: (JsonNode | string)[] = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === "string") {
      parts.push(next);
      continue;
    }
    const below = childrenOf(next);
    if (below === null) {
      parts.push(
        next.kind === "string"
          ? JSON.stringify(next.value)
          : next.kind === "number" || next.kind === "word"
            ? next.text
            : "",
      );
      continue;
    }
    const [open, close] = next.kind === "array" ? ["[", "]"] : ["{", "}"];
    parts.push(open);
    waiting.push(close);
    for (const [at, [key, node]] of [...below.entries()].reverse()) {
      waiting.push(node, (at === 0 ? "" : ",") + (next.kind === "array" ? "" : `${JSON.stringify(key)}:`));
    }
  }
  return parts.join("");
}

/** A node laid out for reading, two spaces a level. Numbers stay as they were sent. */
export function prettyText(root: JsonNode): string {
  const parts: string[] = [];
  const waiting: ({ node: JsonNode; depth: number } | string)[] = [{ node: root, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === "string") {
      parts.push(next);
      continue;
    }
    const { node, depth } = next;
    const below = childrenOf(node);
    if (below === null || below.length === 0) {
      parts.push(nodeText(node));
      continue;
    }
    const [open, close] = node.kind === "array" ? ["[", "]"] : ["{", "}"];
    const line = `\n${"  ".repeat(Math.min(depth, DEEPEST))}`;
    parts.push(open);
    waiting.push(line + close);
    for (const [at, [key, child]] of [...below.entries()].reverse()) {
      const name = node.kind === "array" ? "" : `${JSON.stringify(key)}: `;
      waiting.push({ node: child, depth: depth + 1 }, `${at === 0 ? "" : ","}${line}  ${name}`);
    }
  }
  return parts.join("");
}

/** Levels that are indented further: what is deeper would stand out of sight. */
const DEEPEST = 60;
