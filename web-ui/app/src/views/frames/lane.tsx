// One lane: what the stream was, and its marks. Above the line stands what the peer sent, below it what Handlens sent.

import { Component } from "preact";

import { formatBytes } from "../../lib/format";
import { type Lane, type Mark, marksOf, type PlacedFrame, type Range, ticksOf } from "../../lib/frames";
import { FIRST_TAB } from "../../lib/route";
import type { ExchangeRow } from "../../types/generated";
import { Link } from "../../widgets/button";

const HEIGHT = 26;
const MIDDLE = 13;

const ENDS = { done: "done", reset: "reset", open: "open" } as const;

interface LabelProps {
  lane: Lane;
  exchange: ExchangeRow | undefined;
  width: number;
  /** There is room for the number alone. */
  brief: boolean;
}

export function LaneLabel({ lane, exchange, width, brief }: LabelProps) {
  const { stream, end, bytes, frames } = lane;
  const words =
    stream === 0
      ? `the connection itself, ${frames.length} frames`
      : `stream ${stream}, ${frames.length} frames, ${formatBytes(bytes)} of data, ${end ?? ""}`;
  const name = brief ? (stream === 0 ? "0" : String(stream)) : stream === 0 ? "Connection" : `Stream ${stream}`;
  return (
    <div class="lane-label" style={{ width: `${width}px` }} title={words}>
      <b>{name}</b>
      {exchange ? (
        <Link to={{ view: "exchange", id: exchange.id, ...FIRST_TAB }} title={exchange.url}>
          {brief ? exchange.method : `${exchange.method} ${exchange.path}`}
        </Link>
      ) : (
        !brief && stream !== 0 && <span class="faint">{bytes > 0 && formatBytes(bytes)}</span>
      )}
      {end !== null && end !== "done" && <span class={`lane-end ${end}`}>{ENDS[end]}</span>}
    </div>
  );
}

interface PlotProps {
  lane: Lane;
  range: Range;
  width: number;
  opened: PlacedFrame | null;
}

/** Rendered anew only when its own marks change. */
export class LanePlot extends Component<PlotProps> {
  /** The marks as they are drawn; the places of `data-mark` are theirs. */
  static marks(lane: Lane, range: Range, width: number): Mark[] {
    return marksOf(lane, range, width);
  }

  override shouldComponentUpdate(next: PlotProps): boolean {
    const { lane, range, width, opened } = this.props;
    const mine = (frame: PlacedFrame | null) =>
      frame?.leg === lane.leg && frame.stream === lane.stream ? frame.id : null;
    return (
      next.lane !== lane ||
      next.range.from !== range.from ||
      next.range.to !== range.to ||
      next.width !== width ||
      mine(next.opened) !== mine(opened)
    );
  }

  override render({ lane, range, width, opened }: PlotProps) {
    const scale = width / (range.to - range.from);
    const x = (at: number) => Math.min(width, Math.max(0, (at - range.from) * scale));
    const [first, last] = [lane.frames[0]?.at_us ?? 0, lane.frames.at(-1)?.at_us ?? 0];
    const seen = last >= range.from && first <= range.to;
    return (
      <svg class="lane-plot" width={width + 16} height={HEIGHT} data-lane={lane.key} aria-hidden="true">
        {ticksOf(range, width).map((tick) => (
          <path key={tick.at} class="lane-grid" d={`M${Math.round(tick.x) + 0.5} 0v${HEIGHT}`} />
        ))}
        {seen && <path class="lane-life" d={`M${x(first)} ${MIDDLE}H${x(lane.end === "open" ? range.to : last)}`} />}
        {marksOf(lane, range, width).map((mark, place) => (
          <MarkShape
            key={`${mark.frames[0]?.id ?? place}`}
            mark={mark}
            place={place}
            chosen={opened !== null && mark.frames.some(({ id }) => id === opened.id)}
          />
        ))}
      </svg>
    );
  }
}

function MarkShape({ mark, place, chosen }: { mark: Mark; place: number; chosen: boolean }) {
  const { shape, from, x, width, ends } = mark;
  // What the peer sent stands above the line.
  const y = from === "handlens" ? MIDDLE + 6 : MIDDLE - 6;
  return (
    <g class={`mark ${shape} ${from}${chosen ? " chosen" : ""}`} data-mark={place}>
      <rect class="mark-room" x={x - 2} y={from === "handlens" ? MIDDLE : 0} width={width + 4} height={MIDDLE} />
      <path d={drawn(shape, x, y, width)} />
      {ends && <path class="mark-end" d={`M${x + width + 1.5} ${y - 5}v10`} />}
    </g>
  );
}

/** The outline of a mark whose middle lies at `y`. */
export function drawn(shape: Mark["shape"], x: number, y: number, width: number): string {
  const middle = x + width / 2;
  switch (shape) {
    case "head":
      return `M${x} ${y - 5}h${width}v10h-${width}z`;
    case "data":
      return `M${x} ${y - 2.5}h${width}v5h-${width}z`;
    case "cross":
      return `M${middle - 4} ${y - 4}l8 8m0 -8l-8 8`;
    case "diamond":
      return `M${middle} ${y - 5}l5 5l-5 5l-5 -5z`;
    case "ring":
      return `M${middle} ${y - 4}a4 4 0 1 0 0.01 0z`;
    case "tick":
      return `M${x + 1} ${y - 3}h${Math.max(1.5, width - 2)}v6h-${Math.max(1.5, width - 2)}z`;
  }
}
