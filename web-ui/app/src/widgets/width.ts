// The width of an element, as a signal.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";

/** A place to put on an element, and its width in pixels; 0 before it is laid out. */
export function useWidth(): { place: RefObject<HTMLDivElement | null>; width: ReadonlySignal<number> } {
  const place = useRef<HTMLDivElement>(null);
  const width = useMemo(() => signal(0), []);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) {
      return undefined;
    }
    const observer = new ResizeObserver(() => {
      width.value = element.clientWidth;
    });
    observer.observe(element);
    width.value = element.clientWidth;
    return () => observer.disconnect();
  }, []);
  return { place, width };
}
