// The order of a list as it stands in the URL and in the API: a column's name, `-` before it for largest first.

export interface Sort {
  column: string;
  descending: boolean;
}

export const BY_ARRIVAL: Sort = { column: "number", descending: false };

export function parseSort(text: string | null | undefined, allowed: readonly string[]): Sort {
  const descending = text?.startsWith("-") ?? false;
  const column = descending ? text?.slice(1) : text;
  return column && allowed.includes(column) ? { column, descending } : BY_ARRIVAL;
}

export function formatSort(sort: Sort): string {
  return `${sort.descending ? "-" : ""}${sort.column}`;
}

/** What a click on a column's head makes of the order: this column, its reverse, then arrival again. */
export function nextSort(sort: Sort, column: string): Sort {
  if (sort.column !== column) {
    return { column, descending: false };
  }
  if (!sort.descending) {
    return { column, descending: true };
  }
  return BY_ARRIVAL;
}

/** Whether new rows come at one end of this order, so that a list can follow them. */
export function followable(sort: Sort): boolean {
  return sort.column === "number" || sort.column === "time";
}
