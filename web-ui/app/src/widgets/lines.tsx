// A long text, dump or tree as lines of one height, of which only a window is rendered.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";

import { Viewport } from "./grid/viewport";

const LINE_HEIGHT = 18;
const MARGIN_LINES = 40;

interface Props {
  count: number;
  /** Characters of the widest line: the room to scroll sideways. */
  widest: number;
  line: (index: number) => ComponentChildren;
  label: string;
  /** A line to bring into sight when it changes. */
  show?: number | null;
  class?: string;
  role?: "group" | "tree";
  activeDescendant?: string | undefined;
  onKeyDown?: (event: KeyboardEvent) => void;
}

export function Lines({
  count,
  widest,
  line,
  label,
  show = null,
  class: look = "",
  role = "group",
  activeDescendant,
  onKeyDown,
}: Props) {
  const viewport = useMemo(() => new Viewport(LINE_HEIGHT, MARGIN_LINES), []);
  const scroller = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => (scroller.current ? viewport.attach(scroller.current) : undefined), [viewport]);
  useLayoutEffect(() => viewport.setRows(count), [viewport, count]);
  useLayoutEffect(() => {
    if (show !== null) {
      viewport.show(show);
    }
  }, [viewport, show]);
  useLayoutEffect(() => viewport.settle());

  const { start, end } = viewport.span.value;
  return (
    <div
      ref={scroller}
      class={`lines ${look}`}
      role={role}
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={activeDescendant}
      onKeyDown={onKeyDown}
    >
      <div
        class="lines-space"
        role="presentation"
        style={{ height: `${viewport.spacer.value}px`, minWidth: `${widest + 2}ch` }}
      >
        <div class="lines-window" role="presentation" style={{ transform: `translateY(${viewport.offset.value}px)` }}>
          {Array.from({ length: Math.max(0, Math.min(end, count) - start) }, (_, nth) => line(start + nth))}
        </div>
      </div>
    </div>
  );
}
