// The fields of a protobuf message as the rows of a tree.

import type { ProtobufField } from "../types/protocols";

export interface ProtoRow {
  /** Places from the root: `0.3.1`. */
  path: string;
  depth: number;
  field: ProtobufField;
  expanded: boolean;
}

/** The rows that are seen, top-down: all but what is below a folded one. */
export function protoRows(fields: readonly ProtobufField[], folded: ReadonlySet<string>): ProtoRow[] {
  const rows: ProtoRow[] = [];
  // A stack of its own: how deep they nest is the sender's choice.
  const waiting = placed(fields, "", 0).reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const expanded = next.field.children.length > 0 && !folded.has(next.path);
    rows.push({ ...next, expanded });
    if (expanded) {
      waiting.push(...placed(next.field.children, `${next.path}.`, next.depth + 1).reverse());
    }
  }
  return rows;
}

function placed(fields: readonly ProtobufField[], before: string, depth: number) {
  return fields.map((field, place) => ({ path: `${before}${place}`, depth, field }));
}

/** All as text, for copying: two spaces a level. */
export function protoText(rows: readonly ProtoRow[]): string {
  return rows
    .map(({ depth, field }) => {
      const name = field.name === null ? String(field.number) : `${field.name} = ${field.number}`;
      return `${"  ".repeat(depth)}${name} ${field.type}${field.value === "" ? "" : `: ${field.value}`}`;
    })
    .join("\n");
}
