// A message's fields as lines of a tree, their paths, and which of them a byte belongs to.

import type { Field } from "../types/generated";

export interface FieldLine {
  field: Field;
  /** `extensions/key_share/client_shares/x25519`; a name that repeats among siblings has `~2`, `~3` behind it. */
  path: string;
  depth: number;
  /** The path of what it is part of. */
  parent: string | null;
  /** Which of the top fields it belongs to. */
  top: number;
}

/** Every field, each before its parts. */
export function fieldLines(fields: readonly Field[]): FieldLine[] {
  const lines: FieldLine[] = [];
  const walk = (siblings: readonly Field[], parent: string | null, depth: number, top: number | null) => {
    const seen = new Map<string, number>();
    for (const [place, field] of siblings.entries()) {
      const nth = (seen.get(field.name) ?? 0) + 1;
      seen.set(field.name, nth);
      const name = nth === 1 ? field.name : `${field.name}~${nth}`;
      const path = parent === null ? name : `${parent}/${name}`;
      lines.push({ field, path, depth, parent, top: top ?? place });
      walk(field.fields, path, depth + 1, top ?? place);
    }
  };
  walk(fields, null, 0, null);
  return lines;
}

/** The lines that are seen while these paths are unfolded. */
export function visibleLines(lines: readonly FieldLine[], unfolded: ReadonlySet<string>): FieldLine[] {
  const shown = new Set<string | null>([null]);
  return lines.filter((line) => {
    const seen = shown.has(line.parent);
    if (seen && unfolded.has(line.path)) {
      shown.add(line.path);
    }
    return seen;
  });
}

/** The paths that lead to a field, itself not among them. */
export function ancestors(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, length) => parts.slice(0, length + 1).join("/"));
}

/** The innermost field that holds this byte. */
export function fieldAt(lines: readonly FieldLine[], byte: number): FieldLine | null {
  return lines.findLast(({ field }) => field.start <= byte && byte < field.end) ?? null;
}

export function findField(lines: readonly FieldLine[], path: string | null): FieldLine | null {
  return lines.find((line) => line.path === path) ?? null;
}

/** The value beside the name: where it begins with the name, only what it adds. */
export function briefValue({ name, value }: Field): string {
  return value.startsWith(`${name} (`) && value.endsWith(")") ? value.slice(name.length + 2, -1) : value;
}

/** Of a path, the part of it that is seen: itself, or the nearest thing around it that is. */
export function shownPath(lines: readonly FieldLine[], path: string | null): string | null {
  for (let at = path; at !== null; at = at.includes("/") ? at.slice(0, at.lastIndexOf("/")) : null) {
    if (lines.some((line) => line.path === at)) {
      return at;
    }
  }
  return null;
}

/** What is unfolded at first: all of a small message, of a large one its top and what has few parts. */
export function firstUnfolded(lines: readonly FieldLine[]): Set<string> {
  const folding = lines.filter(({ field }) => field.fields.length > 0);
  return new Set(
    folding
      .filter(({ depth, field }) => lines.length <= 24 || (depth === 0 && field.name === "extensions"))
      .map(({ path }) => path),
  );
}
