// What stands around the ladder's rows: names, lifelines, axis with its breaks, brackets.

import { fitText } from "../../lib/fit";
import { formatDuration, formatOffset, formatTick } from "../../lib/format";
import { LEGS } from "../../lib/handshake";
import type { Bracket, LadderLayout } from "../../lib/ladder";
import type { LadderColumns } from "../../lib/ladder-columns";
import type { ConnectionHandshake } from "../../types/generated";

const HEAD = 40;
/** Pixels that a letter of an address takes. */
const ADDRESS_LETTER = 6.2;

export function LadderHead({
  columns,
  handshake,
  direct,
}: {
  columns: LadderColumns;
  handshake: ConnectionHandshake;
  direct: boolean;
}) {
  const { client, handlens, origin, width, narrow } = columns;
  const ends = [
    { x: client, anchor: "start", look: "client", name: "client", note: handshake.client?.address ?? null },
    ...(handlens === null ? [] : [{ x: handlens, anchor: "middle", look: "proxy", name: "Handlens", note: null }]),
    {
      x: origin,
      anchor: "end",
      look: direct ? "client" : "origin",
      name: "origin",
      note: direct ? "not ended here" : (handshake.origin?.address ?? "no TLS"),
    },
  ];
  return (
    <svg class="ladder-head" width={width} height={HEAD} aria-hidden="true">
      {!narrow &&
        LEGS.map((leg) => {
          const [lane, rtt] = [columns.lane(leg), handshake[leg]?.tcp_rtt_us];
          return (
            typeof rtt === "number" && (
              <text key={leg} class="address" x={(lane.left + lane.right) / 2} y={16} text-anchor="middle">
                RTT {formatDuration(rtt)}
              </text>
            )
          );
        })}
      {ends.map(({ x, anchor, look, name, note }) => (
        <g key={name} class={look}>
          <text
            class="party"
            x={anchor === "middle" ? x : x + (anchor === "start" ? -5 : 5)}
            y={16}
            text-anchor={anchor}
          >
            {name}
          </text>
          {note !== null && !narrow && (
            <text class="address" x={x + (anchor === "start" ? -5 : 5)} y={30} text-anchor={anchor}>
              {fitText([note], (handlens ?? origin) - client - 16, ADDRESS_LETTER)}
            </text>
          )}
          <circle cx={x} cy={HEAD - 3} r={3} />
        </g>
      ))}
    </svg>
  );
}

export function Lifelines({
  columns,
  layout,
  direct,
  reached,
}: {
  columns: LadderColumns;
  layout: LadderLayout;
  direct: boolean;
  /** Whether there is anything of the origin's leg. */
  reached: boolean;
}) {
  const { client, handlens, origin } = columns;
  const lines: [string, number][] = [
    ["client", client],
    ...(handlens === null ? [] : [["proxy", handlens] as [string, number]]),
    [direct ? "client" : reached ? "origin" : "origin unreached", origin],
  ];
  return (
    <g aria-hidden="true">
      {lines.map(([look, x]) => (
        <line key={x} class={`lifeline ${look}`} x1={x} x2={x} y1={0} y2={layout.height} />
      ))}
    </g>
  );
}

export function LadderAxis({ columns, layout, even }: { columns: LadderColumns; layout: LadderLayout; even: boolean }) {
  const { axis, client, origin } = columns;
  return (
    <g aria-hidden="true">
      {even
        ? layout.rows.map((row) => (
            <text key={row.key} class="tick" x={axis} y={row.y + 4} text-anchor="end">
              {columns.narrow ? formatDuration(row.at) : formatOffset(row.at)}
            </text>
          ))
        : layout.ticks.map(({ at, y }) => (
            <g key={at}>
              <line class="grid-line" x1={axis + 5} x2={origin} y1={y} y2={y} />
              <text class="tick" x={axis} y={y + 4} text-anchor="end">
                {formatTick(at)}
              </text>
            </g>
          ))}
      {layout.breaks.map(({ from, to, top, bottom }) => {
        const middle = (top + bottom) / 2;
        return (
          <g key={from} class="break">
            <rect x={0} y={top + 4} width={columns.width} height={bottom - top - 8} />
            <path d={zigzag(axis + 5, origin + 6, top + 8)} />
            <path d={zigzag(axis + 5, origin + 6, bottom - 8)} />
            <text x={(client + (columns.handlens ?? origin)) / 2} y={middle + 4} text-anchor="middle">
              {formatDuration(to - from)} without a message
            </text>
          </g>
        );
      })}
    </g>
  );
}

function zigzag(from: number, to: number, y: number): string {
  const teeth = Math.max(1, Math.round((to - from) / 12));
  const step = (to - from) / teeth;
  return `M${from} ${y}${Array.from({ length: teeth }, () => `l${step / 2} -3l${step / 2} 3`).join("")}`;
}

/** How far out from the lifeline; the first have room the longest. */
const LEVELS: readonly { kind: Bracket["kind"]; out: number }[] = [
  { kind: "flight", out: 7 },
  { kind: "trip", out: 20 },
  { kind: "tls", out: 36 },
];
/** Pixels that a letter takes along a bracket. */
const LETTER = 6.2;

export function LadderBracket({ bracket, columns }: { bracket: Bracket; columns: LadderColumns }) {
  const { leg, kind, top, bottom, us } = bracket;
  const level = LEVELS.findIndex((one) => one.kind === kind);
  if (level >= columns.brackets) {
    return null;
  }
  const lane = columns.lane(leg);
  const outward = columns.handlens === null || leg === "client" ? -1 : 1;
  const x = (outward < 0 ? lane.left : lane.right) + outward * (LEVELS[level]?.out ?? 0);
  const words = bracketWords(bracket);
  const label = words.find((text) => text.length * LETTER < bottom - top);
  return (
    <g class={`bracket ${kind} ${leg}`} aria-hidden="true">
      <title>{words[0] ?? ""}</title>
      <path d={`M${x - outward * 4} ${top}H${x}V${bottom}h${-outward * 4}`} />
      {kind !== "flight" && us !== null && label !== undefined && (
        <text transform={`translate(${x + outward * 5} ${(top + bottom) / 2}) rotate(-90)`} text-anchor="middle" y={4}>
          {label}
        </text>
      )}
    </g>
  );
}

function bracketWords({ kind, number, us }: Bracket): string[] {
  const time = formatDuration(us ?? 0);
  switch (kind) {
    case "flight":
      return [`flight ${number}`];
    case "trip":
      return [`round trip ${number} · ${time}`, `trip ${time}`, time];
    case "tls":
      return [`handshake ${time}`, time];
  }
}
