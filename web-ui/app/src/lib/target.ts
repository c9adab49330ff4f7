// A connection's target, taken apart.

import type { Connection } from "../types/generated";

/** The host that the client asked for. */
export function hostOf({ target }: Pick<Connection, "target">): string | null {
  return target?.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1") ?? null;
}
