// A grid of rows of which only a window is rendered: `role=grid` with the true counts and an active descendant.

import { useComputed, useSignalEffect } from "@preact/signals";
import { Component } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { gridTemplate, type ShownColumn, totalWidth } from "../../lib/columns";
import type { Sort } from "../../lib/sort";
import type { AnyRow } from "../../live";
import type { Column } from "./column";
import type { GridControl } from "./control";
import { GridHeader } from "./header";

interface Props<Row extends AnyRow> {
  control: GridControl<Row>;
  label: string;
  columns: readonly Column<Row>[];
  shown: readonly ShownColumn[];
  sort: Sort;
  stale: boolean;
  rowClass: (row: Row) => string;
  onSort: (column: string) => void;
  onShown: (shown: readonly ShownColumn[]) => void;
  onOpen: (id: string) => void;
}

export function Grid<Row extends AnyRow>(props: Props<Row>) {
  const { control, label, columns, shown, sort, stale, rowClass } = props;
  const { list, viewport } = control;
  const scroller = useRef<HTMLDivElement>(null);
  const visible = shown
    .map(({ key }) => columns.find((column) => column.key === key))
    .filter((column) => column !== undefined);

  useLayoutEffect(() => (scroller.current ? viewport.attach(scroller.current) : undefined), [viewport]);
  // Rows or their number changed: the viewport goes along; the first time before a key can come.
  useLayoutEffect(() => control.sync(), [control]);
  useSignalEffect(() => {
    void [list.matched.value, list.held.value, list.following.value, viewport.span.value];
    control.sync();
  });
  const template = gridTemplate(shown, columns);
  const width = totalWidth(shown, columns);
  useLayoutEffect(() => {
    scroller.current?.style.setProperty("--columns", template);
    scroller.current?.style.setProperty("--columns-width", `${width}px`);
  }, [template, width]);
  // After each rendering: the spacer has its height now.
  useLayoutEffect(() => viewport.settle());

  const { start, end } = viewport.span.value;
  const { offset, items } = list.held.value;
  const selected = control.selected.value;
  const active = useComputed(() => control.list.held.value.items.some((row) => row.id === control.selected.value));
  const capacity = Math.max(1, end - start);

  const press = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const act = {
      PageDown: () => control.stepPage(1),
      PageUp: () => control.stepPage(-1),
      Home: () => control.selectIndex(0),
      End: () => control.selectIndex(list.matched.peek() - 1),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  };

  const click = (event: MouseEvent) => {
    const id =
      event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]")?.dataset["row"] : undefined;
    if (id === undefined || (event.target as Element).closest("a, button")) {
      return;
    }
    if (event.detail === 2) {
      props.onOpen(id);
    } else {
      control.select(id);
    }
  };

  return (
    <div
      ref={scroller}
      class={stale ? "grid stale" : "grid"}
      role="grid"
      aria-label={label}
      aria-rowcount={list.matched.value + 1}
      aria-colcount={visible.length}
      aria-readonly="true"
      aria-activedescendant={selected !== null && active.value ? rowId(selected) : undefined}
      tabIndex={0}
      onKeyDown={press}
      onClick={click}
    >
      <GridHeader columns={columns} shown={shown} sort={sort} onSort={props.onSort} onShown={props.onShown} />
      <div class="grid-space" role="rowgroup" style={{ height: `${viewport.spacer.value}px` }}>
        <div class="grid-rows" role="presentation" style={{ transform: `translateY(${viewport.offset.value}px)` }}>
          {Array.from({ length: end - start }, (_, nth) => {
            const index = start + nth;
            const row = items[index - offset];
            const key = index % capacity;
            return row ? (
              <Row
                key={key}
                row={row}
                index={index}
                selected={row.id === selected}
                columns={visible}
                rowClass={rowClass as (row: never) => string}
              />
            ) : (
              <div key={key} class="grid-row waiting" role="row" aria-rowindex={index + 2}>
                <div class="grid-cell" role="gridcell" aria-label="loading" />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function rowId(id: string): string {
  return `row-${id}`;
}

interface RowProps {
  row: AnyRow;
  index: number;
  selected: boolean;
  columns: readonly Column<never>[];
  rowClass: (row: never) => string;
}

/** A row is rendered anew only when something in it changed. */
class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { row, index, selected, columns } = this.props;
    return (
      next.row !== row || next.index !== index || next.selected !== selected || !sameColumns(next.columns, columns)
    );
  }

  override render({ row, index, selected, columns, rowClass }: RowProps) {
    return (
      <div
        id={rowId(row.id)}
        data-row={row.id}
        class={`grid-row ${rowClass(row as never)}${selected ? " selected" : ""}`}
        role="row"
        aria-rowindex={index + 2}
        aria-selected={selected}
      >
        {columns.map((column, place) => (
          <div
            key={column.key}
            class={`grid-cell col-${column.key}${column.align === "end" ? " end" : ""}`}
            role="gridcell"
            aria-colindex={place + 1}
          >
            {column.cell(row as never)}
          </div>
        ))}
      </div>
    );
  }
}

function sameColumns(a: readonly Column<never>[], b: readonly Column<never>[]): boolean {
  return a.length === b.length && a.every((column, place) => column === b[place]);
}
