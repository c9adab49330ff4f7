// A protobuf message as a tree: by its schema where one is known, else by what its wire types tell.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useMemo } from "preact/hooks";

import { formatExactBytes, plural } from "../../../lib/format";
import { parentRow, protoRows, protoText } from "../../../lib/proto-tree";
import type { ProtobufField } from "../../../types/protocols";
import { CopyButton } from "../../../widgets/copy";
import { Icon } from "../../../widgets/icon";
import { Lines } from "../../../widgets/lines";
import { Notice, Waiting } from "../../../widgets/state";
import { Worded } from "../../../widgets/worded";
import { AskForTypes, Refusal } from "./ask-types";
import { useTree } from "./load";

interface Props {
  exchange: string;
  number: number;
  /** Its origin can be asked for its types, and what is to be read anew when it has told them. */
  onTypes: (() => void) | null;
}

export function FieldsView({ exchange, number, onTypes }: Props) {
  const again = useSignal(0);
  const refusal = useSignal<string | null>(null);
  const tree = useTree(exchange, number, again.value);
  const told =
    onTypes &&
    (() => {
      again.value += 1;
      onTypes();
    });
  switch (tree.state) {
    case "loading":
      return <Waiting what="the fields" />;
    case "failed":
      return (
        <Notice tone="warn" title="This can't be read as protobuf">
          <Worded text={tree.text} /> Look at it as hex.
        </Notice>
      );
    case "ready":
      return (
        <Tree
          key={number}
          fields={tree.fields}
          aside={told && <AskForTypes exchange={exchange} refusal={refusal} onTold={told} />}
          refusal={refusal.value}
        />
      );
  }
}

interface TreeProps {
  fields: readonly ProtobufField[];
  /** What can be done where no schema is known. */
  aside: ComponentChildren;
  /** Why none is. */
  refusal: string | null;
}

function Tree({ fields, aside, refusal }: TreeProps) {
  const id = useId();
  const folded = useSignal<ReadonlySet<string>>(new Set());
  const active = useSignal(0);
  const rows = useMemo(() => protoRows(fields, folded.value), [fields, folded.value]);
  const at = Math.min(active.value, rows.length - 1);
  const row = rows[at];
  const named = fields.some(({ name }) => name !== null);

  const move = (to: number) => {
    active.value = Math.max(0, Math.min(to, rows.length - 1));
  };
  const turn = (path: string) => {
    const next = new Set(folded.peek());
    if (!next.delete(path)) {
      next.add(path);
    }
    folded.value = next;
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !row) {
      return;
    }
    const below = row.field.children.length > 0;
    const act = {
      ArrowDown: () => move(at + 1),
      ArrowUp: () => move(at - 1),
      Home: () => move(0),
      End: () => move(rows.length - 1),
      ArrowRight: () => (below && !row.expanded ? turn(row.path) : move(at + 1)),
      ArrowLeft: () => (row.expanded ? turn(row.path) : move(parentRow(rows, at) ?? at)),
      Enter: () => (below ? turn(row.path) : undefined),
    }[event.key];
    if (act) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  };

  return (
    <div class="text-body">
      <div class="find">
        <span class="muted proto-note">
          {named ? "Named by their schema" : "No schema is known: numbers and wire types, texts guessed"}
        </span>
        <span class="grow" />
        {!named && aside}
        <CopyButton text={() => Promise.resolve(protoText(protoRows(fields, new Set())))} title="Copy the fields" />
      </div>
      {!named && refusal !== null && <Refusal text={refusal} />}
      <Lines
        class="tree"
        role="tree"
        label="Fields"
        count={rows.length}
        widest={100}
        show={at}
        activeDescendant={row ? `${id}-${at}` : undefined}
        onKeyDown={press}
        line={(index) => {
          const shown = rows[index];
          return (
            shown && (
              <div
                key={index}
                id={`${id}-${index}`}
                class={index === at ? "line active" : "line"}
                role="treeitem"
                aria-level={shown.depth + 1}
                aria-expanded={shown.field.children.length > 0 ? shown.expanded : undefined}
                aria-selected={index === at}
                title={rangeWords(shown.field)}
                style={{ paddingLeft: `${8 + shown.depth * 16}px` }}
                onClick={() => {
                  move(index);
                  if (shown.field.children.length > 0) {
                    turn(shown.path);
                  }
                }}
              >
                <span class="twist">
                  {shown.field.children.length > 0 ? <Icon name={shown.expanded ? "down" : "next"} size={12} /> : null}
                </span>
                <FieldText field={shown.field} />
              </div>
            )
          );
        }}
      />
    </div>
  );
}

function FieldText({ field: { number, name, type, value, children } }: { field: ProtobufField }) {
  const look = /string|bytes/.test(type) ? "t-string" : /bool|enum/.test(type) ? "t-word" : "t-number";
  return (
    <>
      <span class="t-key">{name ?? number}</span>
      {name !== null && <span class="t-comment"> = {number}</span>}
      <span class="t-comment"> {type}</span>
      {value !== "" && (
        <>
          <span class="t-punctuation">: </span>
          <span class={look}>{value}</span>
        </>
      )}
      {children.length > 0 && <span class="t-comment"> {plural(children.length, "field")}</span>}
    </>
  );
}

function rangeWords({ range: [from, to] }: ProtobufField): string {
  return `${formatExactBytes(to - from)}, from byte ${from} of the message`;
}
