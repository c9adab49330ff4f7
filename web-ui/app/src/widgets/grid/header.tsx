// The head of a grid: names, the order, and edges to drag. One tab stop; arrows go along it, Shift+arrows resize.

import { useRef } from "preact/hooks";

import { clampWidth, type ShownColumn } from "../../lib/columns";
import type { Sort } from "../../lib/sort";
import { Icon } from "../icon";
import type { Column } from "./column";

const KEY_STEP = 8;

interface Props<Row> {
  columns: readonly Column<Row>[];
  shown: readonly ShownColumn[];
  sort: Sort;
  onSort: (column: string) => void;
  onShown: (shown: readonly ShownColumn[]) => void;
}

export function GridHeader<Row>({ columns, shown, sort, onSort, onShown }: Props<Row>) {
  const row = useRef<HTMLDivElement>(null);

  const heads = () => [...(row.current?.querySelectorAll<HTMLElement>("[data-column]") ?? [])];

  const resize = (key: string, width: number) => {
    const shape = columns.find((column) => column.key === key);
    if (shape) {
      onShown(shown.map((column) => (column.key === key ? { key, width: clampWidth(shape, width) } : column)));
    }
  };

  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const focused = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-column]") : null;
    if (!by || !focused) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) {
      resize(focused.dataset["column"] ?? "", (focused.parentElement?.offsetWidth ?? 0) + by * KEY_STEP);
      return;
    }
    const all = heads();
    all[all.indexOf(focused) + by]?.focus();
  };

  return (
    <div class="grid-head" role="rowgroup">
      <div class="grid-row" role="row" aria-rowindex={1} ref={row} onKeyDown={press}>
        {shown.map(({ key }, place) => {
          const column = columns.find((known) => known.key === key);
          if (!column) {
            return null;
          }
          const sorted = column.sort !== null && sort.column === column.sort;
          return (
            <div
              key={key}
              class={column.align === "end" ? "grid-cell end" : "grid-cell"}
              role="columnheader"
              aria-colindex={place + 1}
              aria-sort={sorted ? (sort.descending ? "descending" : "ascending") : undefined}
            >
              <button
                type="button"
                class="grid-sort"
                data-column={key}
                tabIndex={place === 0 ? 0 : -1}
                title={column.sort === null ? column.label : `Sort by ${column.label}`}
                aria-disabled={column.sort === null}
                onClick={() => column.sort !== null && onSort(column.sort)}
              >
                <span>{column.title}</span>
                {sorted && <Icon name={sort.descending ? "down" : "up"} size={12} />}
              </button>
              <Edge onResize={(width) => resize(key, width)} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Edge({ onResize }: { onResize: (width: number) => void }) {
  const begin = (event: PointerEvent) => {
    const edge = event.currentTarget as HTMLElement;
    const width = edge.parentElement?.offsetWidth ?? 0;
    const from = event.clientX;
    edge.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent) => onResize(width + moved.clientX - from);
    edge.addEventListener("pointermove", move);
    edge.addEventListener("lostpointercapture", () => edge.removeEventListener("pointermove", move), { once: true });
    event.preventDefault();
  };
  return <span class="grid-edge" aria-hidden="true" onPointerDown={begin} />;
}
