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
  lane: (leg: LegName) => Lane;
}

const NARROW = 540;
const WIDEST = 1_080;

export function ladderColumns(width: number, direct: boolean): LadderColumns {
  const narrow = width < NARROW;
  const all = Math.min(width, WIDEST);
  const axis = narrow ? 38 : 52;
  const gutter = narrow ? 12 : 50;
  const client = axis + gutter;
  const origin = Math.max(client + 2, all - gutter);
  const handlens = direct ? null : Math.round((client + origin) / 2);
  return {
    width: all,
    narrow,
    axis,
    client,
    handlens,
    origin,
    bend: narrow ? 9 : 34,
    lane: (leg) =>
      handlens === null
        ? { left: client, right: origin }
        : leg === "client"
          ? { left: client, right: handlens }
          : { left: handlens, right: origin },
  };
}
