// A column of a grid: its measures, its head, and what stands in its cells.

import type { ComponentChildren } from "preact";

import type { ColumnShape } from "../../lib/columns";

export interface Column<Row> extends ColumnShape {
  /** The head, short. */
  title: string;
  /** The head in full, for the menu and for who can't see it. */
  label: string;
  /** The API's name for sorting by it; null where the server doesn't. */
  sort: string | null;
  align?: "end";
  cell: (row: Row) => ComponentChildren;
}
