// A protobuf message as a tree: by its schema where one is known, else by what its wire types tell.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";

import { formatExactBytes, plural } from "../../../lib/format";
import { type ProtoRow, protoRows, protoText } from "../../../lib/proto-tree";
import type { TypesFrom } from "../../../types/generated";
import type { ProtobufField } from "../../../types/protocols";
import { CopyButton } from "../../../widgets/copy";
import { Notice, Waiting } from "../../../widgets/state";
import { Tree } from "../../../widgets/tree";
import { Worded } from "../../../widgets/worded";
import { AskForTypes, Refusal } from "./ask-types";
import { useTree } from "./load";

interface Props {
  exchange: string;
  number: number;
  /** Who told the types that are known. */
  types: TypesFrom | null;
  /** Its origin can be asked for its types, and what is to be read anew when it has told them. */
  onTypes: (() => void) | null;
}

export function FieldsView({ exchange, number, types, onTypes }: Props) {
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
        <Fields
          key={number}
          fields={tree.fields}
          aside={(again) =>
            // What the person gave holds, whatever the origin tells.
            told &&
            types !== "person" && <AskForTypes exchange={exchange} again={again} refusal={refusal} onTold={told} />
          }
          refusal={refusal.value}
        />
      );
  }
}

interface FieldsProps {
  fields: readonly ProtobufField[];
  /** What can be done about the schema, whether one is known or not. */
  aside: (known: boolean) => ComponentChildren;
  /** Why none was told when it was asked for last. */
  refusal: string | null;
}

function Fields({ fields, aside, refusal }: FieldsProps) {
  const folded = useSignal<ReadonlySet<string>>(new Set());
  const active = useSignal(0);
  const rows = useMemo(() => protoRows(fields, folded.value), [fields, folded.value]);
  const named = fields.some(({ name }) => name !== null);

  const turn = ({ path }: ProtoRow) => {
    const next = new Set(folded.peek());
    if (!next.delete(path)) {
      next.add(path);
    }
    folded.value = next;
  };

  return (
    <div class="text-body">
      <div class="find">
        <span class="muted proto-note">
          {named ? "Named by their schema" : "No schema is known: numbers and wire types, texts guessed"}
        </span>
        <span class="grow" />
        {aside(named)}
        <CopyButton text={() => Promise.resolve(protoText(protoRows(fields, new Set())))} title="Copy the fields" />
      </div>
      {refusal !== null && <Refusal text={refusal} again={named} />}
      <Tree
        label="Fields"
        rows={rows}
        widest={100}
        active={active}
        folds={({ field }) => field.children.length > 0}
        onTurn={turn}
        title={({ field }) => rangeWords(field)}
      >
        {({ field }) => <FieldText field={field} />}
      </Tree>
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
