// Two panes and the bar between them: dragged, or moved by arrows.

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const LEAST = 0.2;
const MOST = 0.8;
const KEY_STEP = 0.02;

interface Props {
  /** The first pane's share, 0 to 1. */
  share: Signal<number>;
  /** Whether the panes lie side by side. */
  beside: boolean;
  label: string;
  first: ComponentChildren;
  /** Null: the first pane has all the room. */
  second: ComponentChildren | null;
}

export function Splitter({ share, beside, label, first, second }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const dragging = useSignal(false);
  const part = Math.round(share.value * 1000) / 10;

  useLayoutEffect(() => {
    frame.current?.style.setProperty("--share", `${part}%`);
  }, [part]);

  const move = (to: number) => {
    share.value = Math.min(MOST, Math.max(LEAST, to));
  };
  const drag = (event: PointerEvent) => {
    const box = frame.current?.getBoundingClientRect();
    if (dragging.value && box) {
      move(beside ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height);
    }
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (by) {
      event.preventDefault();
      event.stopPropagation();
      move(share.value + by * KEY_STEP);
    }
  };

  return (
    <div ref={frame} class={`split ${beside ? "beside" : "below"}${second === null ? " single" : ""}`}>
      <div class="pane">{first}</div>
      {second !== null && (
        <>
          <div
            class={dragging.value ? "splitter dragging" : "splitter"}
            role="separator"
            tabIndex={0}
            aria-label={label}
            aria-orientation={beside ? "vertical" : "horizontal"}
            aria-valuenow={Math.round(part)}
            aria-valuemin={LEAST * 100}
            aria-valuemax={MOST * 100}
            onKeyDown={press}
            onPointerDown={(event) => {
              (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
              dragging.value = true;
            }}
            onPointerMove={drag}
            onPointerUp={() => {
              dragging.value = false;
            }}
            onDblClick={() => move(0.5)}
          />
          <div class="pane">{second}</div>
        </>
      )}
    </div>
  );
}
