// What the window allows: signals of media queries.

import { type ReadonlySignal, signal } from "@preact/signals";

function media(query: string): ReadonlySignal<boolean> {
  const list = window.matchMedia(query);
  const matches = signal(list.matches);
  list.addEventListener("change", () => {
    matches.value = list.matches;
  });
  return matches;
}

/** Room for list and inspector side by side. */
export const isWide = media("(min-width: 1200px)");

/** Room for one thing only. */
export const isPhone = media("(max-width: 640px)");
