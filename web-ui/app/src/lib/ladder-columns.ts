// Where the ladder's lifelines stand across the room that there is.

import type { LegName } from "../types/generated";

export interface Lane {
  left: number;
  right: number;
}

export interface LadderColumns {
  width: number;
  narrow: boolean;
  /** The right edge of the axis' labels. */
  axis: number;
  client: number;
  /** Null when nobody stands between client and origin. */
  handlens: number | null;
  origin: number;
  /** The room at both ends of a lane in which an arrow finds its row. */
  bend: number;
  /** How many kinds of brackets have room: of flights, of round trips, of all. */
  brackets: 1 | 2 | 3;
  lane: (leg: LegName) => Lane;
}

/** How the room is shared, from this width on: the axis, beside it the brackets, and where arrows find their rows. */
const SHARES = [
  { from: 720, axis: 52, gutter: 50, bend: 34, brackets: 3 },
  { from: 480, axis: 44, gutter: 34, bend: 20, brackets: 2 },
  { from: 0, axis: 42, gutter: 12, bend: 9, brackets: 1 },
] as const;
const WIDEST = 1_080;

export function ladderColumns(width: number, direct: boolean): LadderColumns {
  const { axis, gutter, bend, brackets } = SHARES.find(({ from }) => width >= from) ?? SHARES[2];
  const all = Math.min(width, WIDEST);
  const client = axis + gutter;
  const origin = Math.max(client + 2, all - gutter);
  const handlens = direct ? null : Math.round((client + origin) / 2);
  return {
    width: all,
    narrow: brackets === 1,
    axis,
    client,
    handlens,
    origin,
    bend,
    brackets,
    lane: (leg) =>
      handlens === null
        ? { left: client, right: origin }
        : leg === "client"
          ? { left: client, right: handlens }
          : { left: handlens, right: origin },
  };
}
