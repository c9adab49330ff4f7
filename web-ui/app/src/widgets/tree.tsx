// A tree whose rows are told top-down (WAI-ARIA tree pattern): walked, folded and unfolded by click or keys, only what
// is seen rendered.

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

import { type Level, parentIndex } from "../lib/levels";
import { Icon } from "./icon";
import { Lines } from "./lines";

export interface Row extends Level {
  expanded: boolean;
}

interface Props<Shown extends Row> {
  label: string;
  rows: readonly Shown[];
  /** Characters of the widest row. */
  widest: number;
  /** The place of the row that keys begin at. */
  active: Signal<number>;
  /** Whether there is anything below it. */
  folds: (row: Shown) => boolean;
  /** Folds or unfolds it. */
  onTurn: (row: Shown) => void;
  title?: (row: Shown) => string;
  children: (row: Shown) => ComponentChildren;
}

export function Tree<Shown extends Row>({ label, rows, widest, active, folds, onTurn, title, children }: Props<Shown>) {
  const id = useId();
  const at = Math.min(active.value, rows.length - 1);
  const row = rows[at];

  const move = (to: number) => {
    active.value = Math.max(0, Math.min(to, rows.length - 1));
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
      ArrowRight: () => (folds(row) && !row.expanded ? onTurn(row) : move(at + 1)),
      ArrowLeft: () => (row.expanded ? onTurn(row) : move(parentIndex(rows, at) ?? at)),
      Enter: () => (folds(row) ? onTurn(row) : undefined),
    }[event.key];
    if (act) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  };

  return (
    <Lines
      class="tree"
      role="tree"
      label={label}
      count={rows.length}
      widest={widest}
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
              aria-expanded={folds(shown) ? shown.expanded : undefined}
              aria-selected={index === at}
              title={title?.(shown)}
              style={{ paddingLeft: `${8 + shown.depth * 16}px` }}
              onClick={() => {
                move(index);
                if (folds(shown)) {
                  onTurn(shown);
                }
              }}
            >
              <span class="twist">
                {folds(shown) ? <Icon name={shown.expanded ? "down" : "next"} size={12} /> : null}
              </span>
              {children(shown)}
            </div>
          )
        );
      }}
    />
  );
}
