// The ladder's rows: a message as an arrow, a step of the proxy as a bracket on its lifeline, a leg that broke off.

import { fits, fitText, twoLines } from "../../lib/fit";
import { formatBytes, formatDuration } from "../../lib/format";
import { alertOf, messageTitle, partyName } from "../../lib/handshake";
import type { LadderRow } from "../../lib/ladder";
import { alertMeaning } from "../../lib/tls";
import type { LadderColumns } from "../../lib/ladder-columns";

type RowOf<Kind extends LadderRow["kind"]> = Extract<LadderRow, { kind: Kind }>;

const LOCK = "M2 5h6v5H2zM3.2 5V3.4a1.8 1.8 0 0 1 3.6 0V5";
const TICK = "m1 5 2.6 2.8L8.6 2";

interface MessageProps {
  row: RowOf<"message">;
  columns: LadderColumns;
  id: string;
  /** What is said of it to who can't see it, beyond what is written. */
  label: string;
  selected: boolean;
  active: boolean;
  onOpen: () => void;
}

export function MessageRow({ row, columns, id, label, selected, active, onOpen }: MessageProps) {
  const { entry, fatal, height } = row;
  const { message, leg } = entry;
  const { bend, narrow } = columns;
  const lane = columns.lane(leg);
  const rightward = message.from === "client" || (message.from === "handlens" && leg === "origin");
  const y = fatal ? row.y - 8 : row.y;
  const inner = { left: lane.left + bend + 6, right: lane.right - bend - 6 };
  const textAt = inner.left + (message.encrypted ? 14 : 0);
  const title = messageTitle(message);
  const whole = fatal ? `alert ${title}` : title;
  const letter = fatal ? (narrow ? NARROW_BOLD : BOLD) : narrow ? NARROW_LETTER : LETTER;
  const name = fitText([whole, title], inner.right - textAt, letter);
  const size = !narrow && !fatal && roomFor(name, inner.right - textAt - SIZE_ROOM);
  const sender = `sent by ${partyName(message.from)}`;
  const means = alertMeaning({ name: alertOf(message) ?? "" });
  const meanings = [`${sender}: ${means}`, `${sender}: the handshake ends here`, sender];
  const meaning = fatal ? meanings.find((text) => roomFor(text, inner.right - inner.left)) : undefined;
  const written = [whole, size ? formatBytes(message.length) : "", meaning ?? ""]
    .filter((text) => text !== "")
    .join(" ");
  const classes = [
    "ladder-row",
    fatal ? "fatal" : leg,
    message.encrypted ? "sealed" : "",
    message.type === "change_cipher_spec" ? "gesture" : "",
    selected ? "selected" : "",
    active ? "active" : "",
  ];
  return (
    <g
      id={id}
      class={classes.filter((name) => name !== "").join(" ")}
      role="option"
      aria-selected={selected}
      aria-label={`${written}, ${label}`}
      onClick={onOpen}
    >
      <rect
        class="ground"
        x={inner.left - 3}
        y={row.y - height / 2 + 1}
        width={inner.right - inner.left + 6}
        height={height - 2}
        rx={4}
      />
      <path
        class="arrow"
        d={arrowPath(rightward ? lane.left : lane.right, rightward ? lane.right : lane.left, row.top, y, bend)}
      />
      <path class="tip" d={tipPath(rightward ? lane.right : lane.left, row.top, rightward)} />
      {message.encrypted && <path class="lock" d={LOCK} transform={`translate(${inner.left} ${y - 6})`} />}
      <text class="name" x={textAt} y={y + 4}>
        {name !== whole && <title>{whole}</title>}
        {name}
      </text>{" "}
      {size && (
        <text class="size" x={inner.right} y={y + 4} text-anchor="end">
          {formatBytes(message.length)}
        </text>
      )}
      {message.verified === true && (
        <path class="verified" d={TICK} transform={`translate(${inner.right - (size ? 50 : 10)} ${y - 5})`}>
          <title>
            {message.type === "finished"
              ? "its MAC was computed again, and is right"
              : "its signature holds with the key of the certificate"}
          </title>
        </path>
      )}{" "}
      {message.verified === false && (
        <path class="cross" d="M0 0l7 7m0 -7l-7 7" transform={`translate(${inner.right - (size ? 50 : 10)} ${y - 4})`}>
          <title>it was computed again, and does not hold</title>
        </path>
      )}{" "}
      {meaning !== undefined && (
        <text class="meaning" x={inner.left} y={y + 20}>
          {meaning}
        </text>
      )}
      {fatal && <path class="cross" d={crossPath(rightward ? lane.right : lane.left, row.top)} />}
    </g>
  );
}

/** From one lifeline at its moment over to its row, along it, and back to the moment on the other lifeline. */
function arrowPath(from: number, to: number, moment: number, row: number, bend: number): string {
  const way = to > from ? 1 : -1;
  const [near, far] = [from + way * bend, to - way * bend];
  const half = (way * bend) / 2;
  return `M${from} ${moment}C${from + half} ${moment} ${near - half} ${row} ${near} ${row}H${far}C${far + half} ${row} ${to - half} ${moment} ${to - way * 3} ${moment}`;
}

function tipPath(x: number, y: number, rightward: boolean): string {
  const back = rightward ? -8 : 8;
  return `M${x} ${y}l${back} -3.5v7z`;
}

function crossPath(x: number, y: number): string {
  return `M${x - 5} ${y - 5}l10 10m0 -10l-10 10`;
}

const STEPS = {
  resolve: "resolve",
  connect: "TCP connect",
  judge: "judge the chain",
  mint: "mint the leaf",
  tls: "TLS",
  upstream_resolve: "resolve proxy",
  upstream_connect: "TCP to proxy",
  upstream_tls: "TLS with proxy",
  upstream_tunnel: "tunnel through proxy",
};

export function StepRow({ row, columns }: { row: RowOf<"step">; columns: LadderColumns }) {
  const { step, leg, top, bottom, y } = row;
  const lane = columns.lane(leg);
  const onLeft = leg === "origin" || columns.handlens === null;
  const x = onLeft ? lane.left : lane.right;
  const out = onLeft ? 1 : -1;
  const depth = Math.max(bottom, top + 2);
  const middle = (top + depth) / 2;
  const inner = { left: lane.left + columns.bend + 6, right: lane.right - columns.bend - 6 };
  const end = onLeft ? inner.left - 3 : inner.right + 3;
  const time = formatDuration(step.end_us - step.start_us);
  const words = `${STEPS[step.name]} ${step.text ?? ""}`.trim();
  return (
    <g class="ladder-step" aria-hidden="true">
      <title>{`${words}, ${time}`}</title>
      <path class="span" d={`M${x} ${top}h${out * 7}V${depth}h${-out * 7}`} />
      <path
        class="leader"
        d={`M${x + out * 7} ${middle}C${x + out * 16} ${middle} ${end - out * 12} ${y} ${end} ${y}`}
      />
      <text class="name" x={inner.left} y={y + 4}>
        {STEPS[step.name]}
        {step.text !== null && roomFor(words, inner.right - inner.left - 60) && (
          <tspan class="note"> {step.text}</tspan>
        )}
      </text>
      {roomFor(`${STEPS[step.name]}  ${time}`, inner.right - inner.left) && (
        <text class="size" x={inner.right} y={y + 4} text-anchor="end">
          {time}
        </text>
      )}
    </g>
  );
}

/** Pixels that a letter takes, and a size in bytes at the end of a row. */
const LETTER = 6.8;
const NARROW_LETTER = 6.1;
const BOLD = 7.2;
const NARROW_BOLD = 6.7;
const SIZE_ROOM = 46;

const roomFor = (text: string, pixels: number) => fits(text, pixels, LETTER);

export function EndRow({ row, columns }: { row: RowOf<"end">; columns: LadderColumns }) {
  const lane = columns.lane(row.leg);
  const left = lane.left + columns.bend + 6;
  const [first = "", second] = twoLines(row.text, lane.right - left - 6, columns.narrow ? NARROW_BOLD : BOLD);
  return (
    <g class="ladder-row fatal" aria-hidden="true">
      <title>{row.text}</title>
      <line class="arrow" x1={lane.left} x2={lane.right} y1={row.y} y2={row.y} stroke-dasharray="3 4" />
      <path class="cross" d={crossPath((lane.left + lane.right) / 2, row.y)} />
      <text class="name" x={left} y={row.y - 6}>
        {first}
      </text>
      {second !== undefined && (
        <text class="name" x={left} y={row.y + 17}>
          {second}
        </text>
      )}
    </g>
  );
}
