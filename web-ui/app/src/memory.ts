// What this browser remembers for the person: looks and measures, never anything captured.

import { effect, type Signal, signal } from "@preact/signals";

const PREFIX = "handlens.";

export function recall(key: string): string | null {
  try {
    return window.localStorage.getItem(PREFIX + key);
  } catch {
    // Storage may be forbidden: then nothing is remembered.
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) {
      window.localStorage.removeItem(PREFIX + key);
    } else {
      window.localStorage.setItem(PREFIX + key, value);
    }
  } catch {
    // As above.
  }
}

/** A signal that outlives the page. */
export function remembered<Value>(
  key: string,
  initial: Value,
  parse: (text: string) => Value | null,
  format: (value: Value) => string,
): Signal<Value> {
  const text = recall(key);
  const kept = signal((text === null ? null : parse(text)) ?? initial);
  let first = true;
  effect(() => {
    const value = kept.value;
    if (!first) {
      remember(key, format(value));
    }
    first = false;
  });
  return kept;
}
