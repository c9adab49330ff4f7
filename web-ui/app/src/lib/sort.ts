// The order of a list as it stands in the URL and in the API: a column's name, `-` before it for largest first.

export interface Sort {
  column: string;
  descending: boolean;
}

export const BY_ARRIVAL: Sort = { column: "number", descending: false };
/** Of certificates: what ends next comes first. */
export const BY_EXPIRY: Sort = { column: "expiry", descending: false };

export function parseSort(text: string | null | undefined, allowed: readonly string[], first: Sort = BY_ARRIVAL): Sort {
  const descending = text?.startsWith("-") ?? false;
  const column = descending ? text?.slice(1) : text;
  return column && allowed.includes(column) ? { column, descending } : first;
}

export function formatSort(sort: Sort): string {
  return `${sort.descending ? "-" : ""}${sort.column}`;
}

/** What a click on a column's head makes of the order: this column, its reverse, then the first order again. */
export function nextSort(sort: Sort, column: string, first: Sort = BY_ARRIVAL): Sort {
  if (sort.column !== column) {
    return { column, descending: false };
  }
  if (!sort.descending) {
    return { column, descending: true };
  }
  return first;
}

/** Whether new rows come at one end of this order, so that a list can follow them. */
export function followable(sort: Sort): boolean {
  return sort.column === "number" || sort.column === "time";
}
