// The page's route as a signal, kept equal with the browser's address.

import { effect, signal } from "@preact/signals";

import { CERTIFICATES, CONNECTIONS, formatRoute, parseRoute, type Route, titleOf, TRAFFIC } from "./lib/route";

export const route = signal<Route>(readAddress());

function readAddress(): Route {
  return parseRoute(window.location.pathname, window.location.search);
}

/** How each list was left: coming back to it finds filter, order and selection as they were. */
export const left = signal({ traffic: TRAFFIC, connections: CONNECTIONS, certificates: CERTIFICATES });

/** Browsers refuse a page that rewrites its address too often; a held key or a dragged edge would. */
const REWRITE_MS = 150;
let rewriting: ReturnType<typeof setTimeout> | undefined;

/** Shows a route. `replace` leaves no trace in the history: for steps that nobody wants to go back through. */
export function go(next: Route, how: { replace?: boolean } = {}): void {
  const address = formatRoute(next);
  const known = formatRoute(route.peek());
  route.value = next;
  if (how.replace) {
    rewriting ??= setTimeout(writeAddress, REWRITE_MS);
  } else if (address !== known) {
    if (rewriting !== undefined) {
      // What was to be rewritten belongs to the entry that is left now.
      clearTimeout(rewriting);
      rewriting = undefined;
      window.history.replaceState(null, "", known);
    }
    window.history.pushState(null, "", address);
  }
}

function writeAddress(): void {
  rewriting = undefined;
  window.history.replaceState(null, "", formatRoute(route.peek()));
}

/** Follows the browser's Back and Forward, and keeps the address and the title right. Called once. */
export function followAddress(): void {
  window.addEventListener("popstate", () => {
    clearTimeout(rewriting);
    rewriting = undefined;
    route.value = readAddress();
  });
  // `/` is the traffic view; and an address written loosely is put right.
  if (route.value.view !== "unknown") {
    go(route.value, { replace: true });
  }
  effect(() => {
    const shown = route.value;
    document.title = titleOf(shown);
    if (shown.view === "traffic") {
      left.value = { ...left.peek(), traffic: shown };
    } else if (shown.view === "connections") {
      left.value = { ...left.peek(), connections: shown };
    } else if (shown.view === "certificates") {
      left.value = { ...left.peek(), certificates: shown };
    }
  });
}

/** Whether a click on a link is the page's own to follow: not with a key that opens it elsewhere. */
export function isPlainClick(event: MouseEvent): boolean {
  return (
    event.button === 0 &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.shiftKey &&
    !event.altKey &&
    !event.defaultPrevented
  );
}
