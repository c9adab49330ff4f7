// What the list views have in common: rows that follow the route, a grid's control, columns, and the keys.

import { computed, type ReadonlySignal, signal, useComputed } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useMemo } from "preact/hooks";

import { useCommands } from "../commands";
import { type ColumnShape, fitColumns, formatColumns, parseColumns, type ShownColumn } from "../lib/columns";
import type { SeenValues } from "../lib/filter";
import type { ListState } from "../lib/route";
import { formatSort, nextSort, parseSort, type Sort, BY_ARRIVAL } from "../lib/sort";
import type { AnyRow } from "../live";
import { recall, remember } from "../memory";
import { type FilterFault, RowList, type RowSource } from "../rows";
import { focusWhenThere } from "../widgets/focus";
import { GridControl } from "../widgets/grid/control";
import { useWidth } from "../widgets/width";

/** The list that is shown, for the filter box. */
export interface ActiveList {
  fault: ReadonlySignal<FilterFault | null>;
  seen: () => SeenValues;
}

export const activeList = signal<ActiveList | null>(null);

interface Options<Row extends AnyRow> {
  /** Where the rows come from; the same one for as long as the view is shown. */
  source: RowSource;
  columns: readonly ColumnShape[];
  sorts: readonly string[];
  /** The order where the route says none. */
  first?: Sort;
  /** Under which name the columns are remembered. */
  memory: string;
  route: ListState;
  /** Puts a changed state into the URL. */
  update: (change: Partial<ListState>, how: { replace: boolean }) => void;
  open: (id: string) => void;
  seen: (rows: readonly Row[]) => SeenValues;
  /** Selects where the keyboard goes in what is told of the selected row. */
  inspector: string;
}

export interface ListView<Row extends AnyRow> {
  list: RowList<Row>;
  control: GridControl<Row>;
  sort: Sort;
  shown: readonly ShownColumn[];
  /** To be put on the pane that holds the list. */
  place: RefObject<HTMLDivElement | null>;
  setShown: (shown: readonly ShownColumn[] | null) => void;
  sortBy: (column: string) => void;
}

export function useListView<Row extends AnyRow>(options: Options<Row>): ListView<Row> {
  const { source, columns, sorts, memory, route, update, first: unsorted = BY_ARRIVAL } = options;
  const made = useMemo(() => {
    const list = new RowList<Row>(source, sorts, unsorted);
    return { list, control: new GridControl(list) };
  }, [source]);
  const { list, control } = made;
  const { place, width } = useWidth();

  // Which row was selected when the view came up: the list begins around it. Later ones are in sight already.
  const first = useMemo(() => ({ sel: route.sel as string | null }), [made]);
  useLayoutEffect(() => {
    list.ask(route.q, route.sort, first.sel);
    first.sel = null;
  }, [list, route.q, route.sort]);
  useLayoutEffect(() => () => list.leave(), [list]);

  useLayoutEffect(() => control.setSelected(route.sel), [control, route.sel]);
  control.onSelect = (id) => update({ sel: id }, { replace: id !== null && route.sel !== null });

  useLayoutEffect(() => {
    const mine: ActiveList = { fault: list.fault, seen: () => options.seen(list.held.peek().items) };
    activeList.value = mine;
    return () => {
      if (activeList.peek() === mine) {
        activeList.value = null;
      }
    };
  }, [list]);

  const sort = parseSort(route.sort, sorts, unsorted);
  const chosen = parseColumns(route.cols ?? recall(memory), columns);
  const fitted = useComputed(() => fitColumns(columns, width.value)).value;

  const setShown = (shown: readonly ShownColumn[] | null) => {
    const cols = shown === null ? null : formatColumns(shown);
    remember(memory, cols);
    update({ cols }, { replace: true });
  };
  const sortBy = (column: string) => {
    const next = nextSort(sort, column, unsorted);
    const told = formatSort(next);
    update({ sort: told === formatSort(unsorted) ? null : told }, { replace: false });
  };

  useCommands({
    next: () => control.step(1),
    previous: () => control.step(-1),
    open: () => (route.sel === null ? control.step(0) : focusWhenThere(options.inspector)),
    ...(route.sel === null
      ? {}
      : { back: () => control.select(null), "open-page": () => options.open(route.sel ?? "") }),
    follow: () => list.follow(!list.following.peek()),
    "pause-view": () => list.pause(!list.paused.peek()),
    "columns-reset": () => setShown(null),
  });

  return { list, control, sort, shown: chosen ?? fitted, place, setShown, sortBy };
}

/** Distinct values of the rows at hand, the most frequent first. */
export function frequent(values: readonly string[], most = 20): string[] {
  const counts = new Map<string, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, most)
    .map(([value]) => value);
}

/** The filter's fault in the list that is shown. */
export const activeFault = computed(() => activeList.value?.fault.value ?? null);
