// Streams as lanes on an axis of time. Lanes that are not seen are not rendered; marks too near each other are one.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";

import { formatOffset, formatTick } from "../../lib/format";
import {
  isSeen,
  type Lane,
  type Mark,
  pan,
  type PlacedFrame,
  type Range,
  ticksOf,
  wholeRange,
  zoom,
} from "../../lib/frames";
import { remembered } from "../../memory";
import type { ExchangeRow } from "../../types/generated";
import { Button } from "../../widgets/button";
import { Viewport } from "../../widgets/grid/viewport";
import { useWidth } from "../../widgets/width";
import { LaneLabel, LanePlot } from "./lane";
import { Legend } from "./legend";
import type { FramesPlace } from "./place";
import { type Hovered, Tip } from "./tip";

export const LANE_HEIGHT = 26;
const AXIS_HEIGHT = 26;
const MARGIN_LANES = 8;
const LABEL = 230;
const NARROW_LABEL = 92;
const NARROW = 620;
/** Room behind the last mark. */
const END = 16;
const STEP = 1.6;

/** Whether lanes are left out of which nothing is seen. */
const inSight = remembered("frames.in-sight", true, (text) => text === "true", String);

interface Props {
  lanes: readonly Lane[];
  streams: ReadonlyMap<string, ExchangeRow>;
  opened: PlacedFrame | null;
  place: FramesPlace;
  onChoose: (frame: PlacedFrame | null) => void;
}

/** A head of a leg, or a lane. */
type Row = { key: string; head: Lane["leg"] } | { key: string; head: null; lane: Lane };

export function Timeline({ lanes, streams, opened, place, onChoose }: Props) {
  const { place: frame, width } = useWidth();
  const scroller = useRef<HTMLDivElement>(null);
  const viewport = useMemo(() => new Viewport(LANE_HEIGHT, MARGIN_LANES, AXIS_HEIGHT), []);
  const whole = useMemo(() => wholeRange(lanes), [lanes]);
  const range = place.state.range ?? whole;
  const near = place.state.range !== null;
  const rows = useMemo(
    () => rowsOf(near && inSight.value ? lanes.filter((lane) => isSeen(lane, range)) : lanes),
    [lanes, near && inSight.value, range.from, range.to],
  );
  const label = width.value < NARROW ? NARROW_LABEL : LABEL;
  const plot = Math.max(40, width.value - label - END - 14);
  const hovered = useSignal<Hovered | null>(null);
  const dragged = useRef<{ x: number; range: Range; moved: boolean } | null>(null);

  useLayoutEffect(() => (scroller.current ? viewport.attach(scroller.current) : undefined), [viewport]);
  useLayoutEffect(() => viewport.setRows(rows.length), [viewport, rows.length]);
  useLayoutEffect(() => viewport.settle());
  useLayoutEffect(() => {
    const at = opened ? rows.findIndex((row) => row.key === `${opened.leg}-${opened.stream}`) : -1;
    if (at >= 0) {
      viewport.show(at);
    }
  }, [opened?.leg, opened?.stream]);

  const see = (next: Range) => {
    const all = next.from === whole.from && next.to === whole.to;
    place.set({ range: all ? null : next }, { replace: true });
  };
  const wheel = (event: WheelEvent) => {
    const box = scroller.current?.getBoundingClientRect();
    if (!box || width.value === 0) {
      return;
    }
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const share = Math.min(1, Math.max(0, (event.clientX - box.left - label) / plot));
      see(zoom(range, whole, event.deltaY < 0 ? 1.25 : 0.8, share));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      see(pan(range, whole, event.deltaX / plot));
    }
  };
  // A handler of Preact's would be passive where browsers decide so, and could not keep the page from zooming.
  useLayoutEffect(() => {
    const element = scroller.current;
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => element?.removeEventListener("wheel", wheel);
  });

  const press = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const act = {
      "+": () => see(zoom(range, whole, STEP, 0.5)),
      "-": () => see(zoom(range, whole, 1 / STEP, 0.5)),
      "0": () => see(whole),
      ArrowLeft: () => see(pan(range, whole, -0.2)),
      ArrowRight: () => see(pan(range, whole, 0.2)),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  };
  const markAt = (event: Event) => markOf(event.target, rows, range, plot);

  const { start, end } = viewport.span.value;
  const shown = rows.slice(start, Math.min(end, rows.length));
  return (
    <div class="timeline-frame" ref={frame}>
      <div class="timeline-bar">
        <Legend />
        <span class="timeline-zoom">
          {near && (
            <Button
              pressed={inSight.value}
              title="Leave out streams of which nothing is seen in this part of the time"
              onClick={() => {
                inSight.value = !inSight.peek();
              }}
            >
              Only streams in sight
            </Button>
          )}
          <span class="timeline-range">
            {formatOffset(range.from)} – {formatOffset(range.to)}
          </span>
          <Button
            icon="minus"
            title="See more of the time (−)"
            onClick={() => see(zoom(range, whole, 1 / STEP, 0.5))}
          />
          <Button icon="plus" title="See it nearer (+)" onClick={() => see(zoom(range, whole, STEP, 0.5))} />
          <Button disabled={place.state.range === null} title="See all of the time (0)" onClick={() => see(whole)}>
            All
          </Button>
        </span>
      </div>
      <div
        ref={scroller}
        class="timeline"
        role="group"
        aria-label="Streams on an axis of time. The table tells the same."
        tabIndex={0}
        onKeyDown={press}
        onPointerMove={(event) => {
          const drag = dragged.current;
          if (drag) {
            drag.moved ||= Math.abs(event.clientX - drag.x) > 4;
            if (drag.moved) {
              hovered.value = null;
              see(pan(drag.range, whole, (drag.x - event.clientX) / plot));
            }
            return;
          }
          const mark = markAt(event);
          const box = frame.current?.getBoundingClientRect();
          hovered.value =
            mark && box ? { mark, x: event.clientX - box.left, y: event.clientY - box.top, frame: box } : null;
        }}
        onPointerLeave={() => {
          hovered.value = null;
        }}
        onPointerDown={(event) => {
          const onPlot = event.target instanceof Element && event.target.closest(".lane-plot, .timeline-axis") !== null;
          dragged.current = event.button === 0 && onPlot ? { x: event.clientX, range, moved: false } : null;
        }}
        onPointerUp={(event) => {
          const moved = dragged.current?.moved ?? false;
          dragged.current = null;
          const mark = moved ? null : markAt(event);
          if (mark) {
            onChoose(mark.frames[0] ?? null);
          }
        }}
      >
        <div class="timeline-axis" style={{ paddingLeft: `${label}px` }}>
          <Axis range={range} width={plot} />
        </div>
        <div class="timeline-space" style={{ height: `${viewport.spacer.value}px` }}>
          <div class="timeline-rows" style={{ transform: `translateY(${viewport.offset.value}px)` }}>
            {shown.map((row) =>
              row.head !== null ? (
                <h3 key={row.key} class={`lane-head leg ${row.head}`}>
                  {row.head === "client" ? "Client leg" : "Origin leg"}
                  <small>{row.head === "client" ? "client ↔ Handlens" : "Handlens ↔ origin"}</small>
                </h3>
              ) : (
                <div key={row.key} class="lane">
                  <LaneLabel
                    lane={row.lane}
                    exchange={streams.get(row.lane.key)}
                    width={label}
                    brief={label === NARROW_LABEL}
                  />
                  <LanePlot lane={row.lane} range={range} width={plot} opened={opened} />
                </div>
              ),
            )}
          </div>
        </div>
      </div>
      <Tip at={hovered.value} />
    </div>
  );
}

function rowsOf(lanes: readonly Lane[]): Row[] {
  return lanes.flatMap((lane, at): Row[] => {
    const row: Row = { key: lane.key, head: null, lane };
    return lanes[at - 1]?.leg === lane.leg ? [row] : [{ key: `head-${lane.leg}`, head: lane.leg }, row];
  });
}

/** The mark that a pointer is on. */
function markOf(target: EventTarget | null, rows: readonly Row[], range: Range, plot: number): Mark | null {
  const on = target instanceof Element ? target.closest<SVGElement>("[data-mark]") : null;
  const key = on?.closest<SVGElement>("[data-lane]")?.dataset["lane"];
  const row = rows.find((one) => one.key === key);
  if (!on || !row || row.head !== null) {
    return null;
  }
  return LanePlot.marks(row.lane, range, plot)[Number(on.dataset["mark"])] ?? null;
}

function Axis({ range, width }: { range: Range; width: number }) {
  return (
    <svg width={width + END} height={AXIS_HEIGHT - 1} aria-hidden="true">
      {ticksOf(range, width).map(({ at, x }) => (
        <g key={at}>
          <path class="axis-tick" d={`M${Math.round(x) + 0.5} 17v8`} />
          <text
            {...(x > width - 40 ? { x: Math.round(x) - 4, "text-anchor": "end" } : { x: Math.round(x) + 4 })}
            y={17}
          >
            {formatTick(at)}
          </text>
        </g>
      ))}
    </svg>
  );
}
