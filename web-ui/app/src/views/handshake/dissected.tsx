// Fields as a tree, one of them in plain words, and the bytes; what is pointed at in one is lit in the others.

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";

import { ancestors, type FieldLine, findField, shownPath } from "../../lib/fields";
import { bytesOfHex } from "../../lib/hex";
import type { Route } from "../../lib/route";
import { MessageBytes } from "./bytes";
import { FieldTree } from "./field-tree";
import { Words } from "./words";

interface Props {
  lines: readonly FieldLine[];
  /** The bytes, in hexadecimal. */
  hex: string;
  /** Which of the lines are unfolded at first. */
  unfolded: (lines: readonly FieldLine[]) => Set<string>;
  depth: "fields" | "bytes";
  /** The path of the field that is chosen. */
  field: string | null;
  onField: (path: string | null) => void;
  /** The route that leads to a field. */
  to: (path: string) => Route;
  /** What is said of the whole while no field is chosen. */
  whole: ComponentChildren;
  /** What stands above. */
  children?: ComponentChildren;
}

export function Dissected({ lines, hex, unfolded: first, depth, field, onField, to, whole, children }: Props) {
  const bytes = useMemo(() => bytesOfHex(hex), [hex]);
  const lit = useSignal<string | null>(null);
  // A path that is not there leads as far as it can: a later dissector may tell a field in other parts.
  const chosen = shownPath(lines, field);
  const unfolded = useSignal<ReadonlySet<string>>(useMemo(() => first(lines), []));
  const way = chosen === null ? [] : ancestors(chosen).filter((path) => !unfolded.peek().has(path));
  if (way.length > 0) {
    unfolded.value = new Set([...unfolded.peek(), ...way]);
  }
  return (
    <div class={`message-body at-${depth}`}>
      {children}
      <FieldTree lines={lines} unfolded={unfolded} lit={lit} chosen={chosen} onChoose={onField} />
      <LitWords hex={hex} lines={lines} lit={lit} chosen={chosen} to={to} whole={whole} />
      {depth === "bytes" && <MessageBytes bytes={bytes} lines={lines} lit={lit} chosen={chosen} onChoose={onField} />}
    </div>
  );
}

interface LitProps extends Pick<Props, "lines" | "hex" | "to" | "whole"> {
  lit: Signal<string | null>;
  chosen: string | null;
}

/** The words of what is pointed at, else of what is chosen, else of the whole. */
function LitWords({ lines, lit, chosen, ...rest }: LitProps) {
  return <Words line={findField(lines, lit.value) ?? findField(lines, chosen)} {...rest} />;
}
