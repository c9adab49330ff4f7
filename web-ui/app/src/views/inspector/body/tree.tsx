// A JSON value as a tree: folded and unfolded by click or keys (WAI-ARIA tree pattern), only what is seen rendered.

import { useSignal } from "@preact/signals";
import { useId, useMemo } from "preact/hooks";

import type { JsonNode } from "../../../lib/json-parse";
import {
  type Expansion,
  nodeText,
  parentIndex,
  toggle,
  type TreeRow,
  treeRows,
  valueText,
} from "../../../lib/json-tree";
import { Button } from "../../../widgets/button";
import { CopyButton } from "../../../widgets/copy";
import { Icon } from "../../../widgets/icon";
import { Lines } from "../../../widgets/lines";

const ALL = 1_000;
const FIRST: Expansion = { depth: 2, toggled: new Set() };

export function TreeBody({ root }: { root: JsonNode }) {
  const id = useId();
  const expansion = useSignal(FIRST);
  const active = useSignal(0);
  const rows = useMemo(() => treeRows(root, expansion.value), [root, expansion.value]);
  const at = Math.min(active.value, rows.length - 1);
  const row = rows[at];

  const turn = (turned: TreeRow) => {
    expansion.value = toggle(expansion.value, turned.path);
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !row) {
      return;
    }
    const act = {
      ArrowDown: () => move(at + 1),
      ArrowUp: () => move(at - 1),
      Home: () => move(0),
      End: () => move(rows.length - 1),
      ArrowRight: () => (row.children && !row.expanded ? turn(row) : move(at + 1)),
      ArrowLeft: () => (row.expanded ? turn(row) : move(parentIndex(rows, at) ?? at)),
      Enter: () => (row.children ? turn(row) : undefined),
    }[event.key];
    if (act) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  };
  const move = (to: number) => {
    active.value = Math.max(0, Math.min(to, rows.length - 1));
  };

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
      <Lines
        class="tree"
        role="tree"
        label="JSON"
        count={rows.length}
        widest={120}
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
                aria-expanded={shown.children ? shown.expanded : undefined}
                aria-selected={index === at}
                style={{ paddingLeft: `${8 + shown.depth * 16}px` }}
                onClick={() => {
                  move(index);
                  if (shown.children) {
                    turn(shown);
                  }
                }}
              >
                <span class="twist">
                  {shown.children ? <Icon name={shown.expanded ? "down" : "next"} size={12} /> : null}
                </span>
                {shown.key !== null && <span class="t-key">{shown.key}</span>}
                {shown.key !== null && <span class="t-punctuation">: </span>}
                <span class={`t-${TOKENS[shown.node.kind]}`}>{valueText(shown)}</span>
              </div>
            )
          );
        }}
      />
    </div>
  );
}

const TOKENS = { string: "string", number: "number", word: "word", array: "comment", object: "comment" } as const;
