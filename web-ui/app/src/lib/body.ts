// How a body can be shown, and how it is by default.

import type { BodyKind } from "./http";
import type { BodyView } from "./route";

/** The views that make sense of a kind, the best first. */
export function viewsOf(kind: BodyKind): readonly BodyView[] {
  switch (kind) {
    case "json":
      return ["pretty", "tree", "raw", "hex"];
    case "markup":
    case "script":
    case "style":
    case "form":
      return ["pretty", "raw", "hex"];
    case "image":
      return ["image", "hex"];
    case "binary":
      return ["hex", "raw"];
    default:
      return ["raw", "hex"];
  }
}

/** What was asked for, else what is remembered for the kind, else the best; only what makes sense. */
export function chooseView(kind: BodyKind, asked: BodyView | null, remembered: string | null): BodyView {
  const views = viewsOf(kind);
  return views.find((view) => view === asked) ?? views.find((view) => view === remembered) ?? views[0] ?? "hex";
}

/** The first part of a large body, shown at once. */
const FIRST_BYTES = 64 * 1024;
/** A body up to this is read whole without being asked. */
const WHOLE_BYTES = 1024 * 1024;
/** What a browser is asked to hold and lay out. More is for a download. */
export const MOST_BYTES = 64 * 1024 * 1024;

/** Bytes to ask for first: null for all. A coded body may be far larger than what passed. */
export function firstAsk(kept: number, coded: boolean): number | null {
  return kept <= FIRST_BYTES || (!coded && kept <= WHOLE_BYTES) ? null : FIRST_BYTES;
}

/** Whether the rest should follow by itself. */
export function followsItself(held: number, total: number | null): boolean {
  return total !== null && held < total && total <= WHOLE_BYTES;
}
