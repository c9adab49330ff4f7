// The ladder's heights: rows of messages and steps on the time axis or evenly spaced, records, brackets. Across, the
// view lays it out.

import type { ConnectionHandshake, LegName, Step } from "../types/generated";
import { type Entry, entriesOf, handshakeEnd, isFatal, LEGS } from "./handshake";
import { spread } from "./spread";
import { type Stretch, type Tick, timescale, yOf } from "./timescale";

export type Spacing = "time" | "even";

export const ROW_HEIGHT = 22;
const TALL_ROW = 38;
const TOP = 10;
const LEAST_LENGTH = 420;

interface RowPlace {
  key: string;
  leg: LegName;
  at: number;
  /** The row's middle. */
  y: number;
  height: number;
  /** Where it is on the axis: begin and end, the same for a message. */
  top: number;
  bottom: number;
}

export type LadderRow = RowPlace &
  (
    | { kind: "message"; entry: Entry; fatal: boolean }
    | { kind: "step"; step: Step }
    /** A leg that broke off without an alert. */
    | { kind: "end"; text: string }
  );

/** Sealed messages that share a record. */
export interface RecordBand {
  key: string;
  leg: LegName;
  top: number;
  bottom: number;
}

export interface Bracket {
  key: string;
  leg: LegName;
  kind: "flight" | "trip" | "tls";
  top: number;
  bottom: number;
  /** `2`, or microseconds of what takes time. */
  number: number;
  us: number | null;
}

export interface LadderLayout {
  rows: LadderRow[];
  bands: RecordBand[];
  brackets: Bracket[];
  ticks: Tick[];
  breaks: Stretch[];
  height: number;
}

export function layOutLadder(handshake: ConnectionHandshake, spacing: Spacing): LadderLayout {
  const entries = entriesOf(handshake);
  const steps = handshake.steps.filter(({ name }) => name !== "tls");
  const unplaced = rowsOf(handshake, entries, steps);
  const { rows, ticks, breaks, length } =
    spacing === "even" ? evenly(unplaced) : truly(unplaced, handshakeEnd(handshake, entries), handshake.steps);
  const bottom = rows.reduce((most, row) => Math.max(most, row.y + row.height / 2, row.bottom), length);
  const place = (at: number) => placeOf(rows, at);
  return {
    rows,
    bands: bandsOf(rows),
    brackets: bracketsOf(handshake, rows, breaks, place),
    ticks,
    breaks,
    height: bottom + TOP,
  };
}

function rowsOf(handshake: ConnectionHandshake, entries: readonly Entry[], steps: readonly Step[]): LadderRow[] {
  const bare = { y: 0, top: 0, bottom: 0 };
  const messages = entries.map((entry): LadderRow => {
    const fatal = isFatal(handshake, entry);
    return {
      ...bare,
      kind: "message",
      key: entry.key,
      leg: entry.leg,
      at: entry.message.offset_us,
      height: fatal ? TALL_ROW : ROW_HEIGHT,
      entry,
      fatal,
    };
  });
  const doings = steps.map((step, nth): LadderRow => ({
    ...bare,
    kind: "step",
    key: `step-${nth}`,
    leg: step.leg,
    at: step.start_us,
    height: ROW_HEIGHT,
    step,
  }));
  const ends = LEGS.flatMap((leg): LadderRow[] => {
    const failure = handshake[leg]?.failure;
    const last = entries.findLast((entry) => entry.leg === leg);
    return failure && failure.alert === null
      ? [
          {
            ...bare,
            kind: "end",
            key: `end-${leg}`,
            leg,
            at: last?.message.offset_us ?? 0,
            height: TALL_ROW,
            text: failure.text,
          },
        ]
      : [];
  });
  return [...messages, ...doings, ...ends].sort((a, b) => a.at - b.at);
}

/** One row after the other, both legs in one sequence. */
function evenly(rows: readonly LadderRow[]) {
  let y = TOP;
  const placed = rows.map((row) => {
    const middle = y + row.height / 2;
    y += row.height;
    const reach = row.kind === "step" ? row.height / 2 - 4 : 0;
    return { ...row, y: middle, top: middle - reach, bottom: middle + reach };
  });
  return { rows: placed, ticks: [] as Tick[], breaks: [] as Stretch[], length: y };
}

/**
 * Each at its time; labels are pushed apart where those of one leg would cover each other. A folded wait begins below
 * the labels of what was before it.
 */
function truly(rows: readonly LadderRow[], end: number, steps: readonly Step[]) {
  const times = [...rows.map((row) => row.at), ...steps.flatMap((step) => [step.start_us, step.end_us])];
  const most = Math.max(
    ...LEGS.map((leg) => rows.filter((row) => row.leg === leg).reduce((sum, row) => sum + row.height, 0)),
  );
  const scale = timescale(times, end, Math.max(LEAST_LENGTH, most * 1.3));
  const placed: LadderRow[] = [];
  const ticks: Tick[] = [];
  const breaks: Stretch[] = [];
  let pushed = TOP;
  let length = TOP;
  let from = -1;
  for (const stretch of scale.stretches) {
    if (stretch.folded) {
      pushed = Math.max(pushed, length - stretch.top);
      breaks.push({ ...stretch, top: stretch.top + pushed, bottom: stretch.bottom + pushed });
      length = stretch.bottom + pushed;
      continue;
    }
    const y = (at: number) => yOf(scale, at) + pushed;
    const mine = rows
      .filter((row) => from < row.at && row.at <= stretch.to)
      .map((row) => ({ ...row, top: y(row.at), bottom: y(row.kind === "step" ? row.step.end_us : row.at) }));
    spreadRows(mine, stretch.top + pushed);
    placed.push(...mine);
    ticks.push(
      ...scale.ticks
        .filter(({ at }) => stretch.from <= at && at <= stretch.to)
        .map((tick) => ({ at: tick.at, y: tick.y + pushed })),
    );
    length = mine.reduce((most, row) => Math.max(most, row.y + row.height / 2), stretch.bottom + pushed);
    from = stretch.to;
  }
  return { rows: placed, ticks, breaks, length };
}

/** Each leg's labels have their own room; across both, none stands above one of an earlier moment. */
function spreadRows(rows: readonly LadderRow[], top: number): void {
  const wishes = rows
    .map((row) => ({ row, y: (row.top + row.bottom) / 2, height: row.height, lane: row.leg }))
    .sort((a, b) => a.y - b.y);
  const heights = spread(wishes, top);
  wishes.forEach(({ row }, at) => {
    row.y = heights[at] ?? row.y;
  });
}

/** Runs of rows of one sealed record. */
function bandsOf(rows: readonly LadderRow[]): RecordBand[] {
  const bands: (RecordBand & { record: string })[] = [];
  for (const leg of LEGS) {
    for (const row of rows.filter((one) => one.leg === leg)) {
      if (row.kind !== "message" || !row.entry.message.encrypted) {
        continue;
      }
      const { from, records } = row.entry.message;
      const record = `${leg} ${from} ${records.at(-1) ?? row.key}`;
      const [top, bottom] = [row.y - row.height / 2 + 1, row.y + row.height / 2 - 1];
      const last = bands.at(-1);
      if (last?.record === record && top - last.bottom < ROW_HEIGHT) {
        last.bottom = bottom;
      } else {
        bands.push({ key: `band-${row.key}`, leg, top, bottom, record });
      }
    }
  }
  return bands;
}

/** Where a moment lies that may fall between rows. */
function placeOf(rows: readonly LadderRow[], at: number): number {
  return rows.findLast((row) => row.at <= at)?.top ?? TOP;
}

function bracketsOf(
  handshake: ConnectionHandshake,
  rows: readonly LadderRow[],
  breaks: readonly Stretch[],
  place: (at: number) => number,
): Bracket[] {
  return LEGS.flatMap((leg) => {
    const mine = rows.filter(
      (row): row is LadderRow & { kind: "message" } => row.leg === leg && row.kind === "message",
    );
    const flights = flightsOf(mine, breaks);
    const brackets: Bracket[] = flights
      .filter((flight) => flight.length > 1)
      .map((flight) => ({
        key: `flight-${leg}-${flight[0]?.key ?? ""}`,
        leg,
        kind: "flight",
        top: Math.min(...flight.map((row) => row.y)) - 6,
        bottom: Math.max(...flight.map((row) => row.y)) + 6,
        number: (flight[0]?.entry.message.flight ?? 0) + 1,
        us: null,
      }));
    const trips = handshake[leg]?.facts.round_trips ?? 0;
    for (let trip = 0; trip < trips; trip += 1) {
      const [asked, told] = [flights[trip * 2]?.[0], flights[trip * 2 + 1]?.[0]];
      if (asked && told) {
        brackets.push({
          key: `trip-${leg}-${trip}`,
          leg,
          kind: "trip",
          top: asked.top,
          bottom: told.top,
          number: trip + 1,
          us: told.at - asked.at,
        });
      }
    }
    const [first, us] = [mine[0], handshake[leg]?.facts.handshake_us ?? null];
    if (first && us !== null) {
      brackets.push({
        key: `tls-${leg}`,
        leg,
        kind: "tls",
        top: first.top,
        bottom: place(first.at + us),
        number: 0,
        us,
      });
    }
    return brackets;
  });
}

/** Runs of one flight; a folded wait cuts it. */
function flightsOf<Row extends LadderRow & { entry: Entry }>(
  rows: readonly Row[],
  breaks: readonly Stretch[],
): Row[][] {
  const flights: Row[][] = [];
  for (const row of rows) {
    const last = flights.at(-1);
    const before = last?.at(-1);
    const goesOn =
      before?.entry.message.flight === row.entry.message.flight &&
      !breaks.some(({ from }) => before.at <= from && from < row.at);
    if (last && goesOn) {
      last.push(row);
    } else {
      flights.push([row]);
    }
  }
  return flights;
}
