// A JSON value as a tree.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";

import type { JsonNode } from "../../../lib/json-parse";
import { type Expansion, nodeText, toggle, treeRows, valueText } from "../../../lib/json-tree";
import { Button } from "../../../widgets/button";
import { CopyButton } from "../../../widgets/copy";
import { Tree } from "../../../widgets/tree";

const ALL = 1_000;
const FIRST: Expansion = { depth: 2, toggled: new Set() };

export function TreeBody({ root }: { root: JsonNode }) {
  const expansion = useSignal(FIRST);
  const active = useSignal(0);
  const rows = useMemo(() => treeRows(root, expansion.value), [root, expansion.value]);
  const row = rows[Math.min(active.value, rows.length - 1)];

  return (
    <div class="text-body">
      <div class="find">
        <code class="tree-path">{row?.path ?? ""}</code>
        <span class="grow" />
        <Button
          onClick={() => {
            expansion.value = { depth: ALL, toggled: new Set() };
          }}
        >
          Unfold all
        </Button>
        <Button
          onClick={() => {
            expansion.value = { depth: 1, toggled: new Set() };
          }}
        >
          Fold all
        </Button>
        {row && <CopyButton text={() => Promise.resolve(nodeText(row.node))} title="Copy the value" />}
      </div>
      <Tree
        label="JSON"
        rows={rows}
        widest={120}
        active={active}
        folds={({ children }) => Boolean(children)}
        onTurn={({ path }) => {
          expansion.value = toggle(expansion.value, path);
        }}
      >
        {(shown) => (
          <>
            {shown.key !== null && <span class="t-key">{shown.key}</span>}
            {shown.key !== null && <span class="t-punctuation">: </span>}
            <span class={`t-${TOKENS[shown.node.kind]}`}>{valueText(shown)}</span>
          </>
        )}
      </Tree>
    </div>
  );
}

const TOKENS = { string: "string", number: "number", word: "word", array: "comment", object: "comment" } as const;
