// The frames of an HTTP/2 connection as lanes of marks on an axis of time: a lane a stream, both legs on one axis.

import type { ConnectionFrames, ExchangeRow, Http2Frame, LegName } from "../types/generated";
import { LEGS } from "./handshake";
import { roundUp } from "./timescale";

/** A frame with its place among those of its leg. */
export interface PlacedFrame extends Http2Frame {
  /** `client-12`: a name of its own. */
  id: string;
  leg: LegName;
  index: number;
}

export interface Lane {
  key: string;
  leg: LegName;
  /** 0: the connection itself. */
  stream: number;
  frames: readonly PlacedFrame[];
  /** Bytes of DATA frames. */
  bytes: number;
  /** How it ended: both sides were done, somebody gave it up, or it is still open; null for the connection's own. */
  end: "done" | "reset" | "open" | null;
}

/** The lanes of each leg: the connection's own first, then streams as they began. */
export function lanesOf(told: ConnectionFrames): Lane[] {
  return LEGS.flatMap((leg) => {
    const byStream = new Map<number, PlacedFrame[]>();
    for (const [index, frame] of (told[leg]?.frames ?? []).entries()) {
      const placed = { ...frame, leg, index, id: `${leg}-${index}` };
      const there = byStream.get(frame.stream);
      if (there) {
        there.push(placed);
      } else {
        byStream.set(frame.stream, [placed]);
      }
    }
    return [...byStream]
      .map(([stream, frames]): Lane => ({ key: `${leg}-${stream}`, leg, stream, frames, ...sumOf(stream, frames) }))
      .sort((a, b) => Number(b.stream === 0) - Number(a.stream === 0));
  });
}

/** The exchange that each stream carries, by the key of its lane. */
export function byLane<Row extends Pick<ExchangeRow, "stream_id" | "origin_stream_id">>(
  exchanges: readonly Row[],
): Map<string, Row> {
  const found = new Map<string, Row>();
  for (const row of exchanges) {
    if (row.stream_id !== null) {
      found.set(`client-${row.stream_id}`, row);
    }
    if (row.origin_stream_id !== null) {
      found.set(`origin-${row.origin_stream_id}`, row);
    }
  }
  return found;
}

function sumOf(stream: number, frames: readonly PlacedFrame[]): Pick<Lane, "bytes" | "end"> {
  let bytes = 0;
  let reset = false;
  const ended = new Set<string>();
  for (const { type, flags, length, from } of frames) {
    bytes += type === "DATA" ? length : 0;
    reset ||= type === "RST_STREAM";
    if (flags.includes("END_STREAM")) {
      ended.add(from);
    }
  }
  // A stream that both sides have ended is closed; what is said of it after that changes nothing.
  return { bytes, end: stream === 0 ? null : ended.size > 1 ? "done" : reset ? "reset" : "open" };
}

/** All frames of both legs in order of time. */
export function inTime(lanes: readonly Lane[]): PlacedFrame[] {
  return lanes
    .flatMap(({ frames }) => frames)
    .sort((a, b) => a.at_us - b.at_us || LEGS.indexOf(a.leg) - LEGS.indexOf(b.leg) || a.index - b.index);
}

/** A part of the axis, in microseconds. */
export interface Range {
  from: number;
  to: number;
}

/** From the first frame to the last, with a little room around; times are counted from the connection's begin. */
export function wholeRange(lanes: readonly Lane[]): Range {
  const first = lanes.reduce(
    (least, { frames }) => Math.min(least, frames[0]?.at_us ?? least),
    Number.MAX_SAFE_INTEGER,
  );
  const last = lanes.reduce((most, { frames }) => Math.max(most, frames.at(-1)?.at_us ?? 0), 0);
  const room = Math.max(10, Math.ceil(Math.max(0, last - first) * 0.02));
  const from = Math.max(0, Math.min(first, last) - room);
  return { from, to: Math.max(from + 100, last + room) };
}

/** The least of the axis that can be looked at. */
const LEAST_US = 20;

/** `range` seen `times` as near, with what is at `share` of it staying there; within `whole`. */
export function zoom(range: Range, whole: Range, times: number, share: number): Range {
  const length = Math.min(whole.to - whole.from, Math.max(LEAST_US, (range.to - range.from) / times));
  const still = range.from + (range.to - range.from) * share;
  return within({ from: still - length * share, to: still + length * (1 - share) }, whole);
}

/** `range` moved by a share of itself, within `whole`. */
export function pan(range: Range, whole: Range, share: number): Range {
  const by = (range.to - range.from) * share;
  return within({ from: range.from + by, to: range.to + by }, whole);
}

function within({ from, to }: Range, whole: Range): Range {
  const length = Math.min(to - from, whole.to - whole.from);
  const begin = Math.round(Math.min(Math.max(whole.from, from), whole.to - length));
  return { from: begin, to: Math.round(begin + length) };
}

/** Whether a lane has something to show in `range`: the connection's own always, a stream while it lives. */
export function isSeen({ stream, frames, end }: Lane, range: Range): boolean {
  const first = frames[0]?.at_us ?? 0;
  const last = end === "open" ? Number.POSITIVE_INFINITY : (frames.at(-1)?.at_us ?? 0);
  return stream === 0 || (first <= range.to && last >= range.from);
}

/** Round moments, about `apart` pixels from each other. */
export function ticksOf(range: Range, width: number, apart = 96): { at: number; x: number }[] {
  const length = range.to - range.from;
  const step = roundUp((length / Math.max(1, width)) * apart);
  const ticks: { at: number; x: number }[] = [];
  for (let at = Math.ceil(range.from / step) * step; at <= range.to; at += step) {
    ticks.push({ at, x: ((at - range.from) / length) * width });
  }
  return ticks;
}

export type MarkShape = "head" | "data" | "cross" | "diamond" | "ring" | "tick";

/** One frame, or several of a kind that lie too near each other to be told apart. */
export interface Mark {
  shape: MarkShape;
  from: Http2Frame["from"];
  /** Pixels. */
  x: number;
  width: number;
  frames: readonly PlacedFrame[];
  /** One of them ends the stream on its side. */
  ends: boolean;
}

const SHAPES: Record<string, MarkShape> = {
  HEADERS: "head",
  CONTINUATION: "head",
  PUSH_PROMISE: "head",
  DATA: "data",
  RST_STREAM: "cross",
  GOAWAY: "cross",
  SETTINGS: "diamond",
  PING: "ring",
};
/** What every mark takes at least. */
export const MARK_WIDTH = 4;
/** Nearer than this, marks of a kind become one. */
const APART = 3;

/** The marks of a lane that are seen in `range` on `width` pixels. */
export function marksOf({ frames }: Pick<Lane, "frames">, range: Range, width: number): Mark[] {
  const scale = width / (range.to - range.from);
  const marks: (Mark & { frames: PlacedFrame[] })[] = [];
  const last = new Map<string, Mark & { frames: PlacedFrame[] }>();
  const end = lowerBound(frames, range.to + MARK_WIDTH / scale);
  for (let at = lowerBound(frames, range.from - MARK_WIDTH / scale); at < end; at += 1) {
    const frame = frames[at];
    if (!frame) {
      continue;
    }
    const x = (frame.at_us - range.from) * scale;
    const kind = `${frame.type} ${frame.from}`;
    const before = last.get(kind);
    if (before && x < before.x + before.width + APART) {
      before.frames.push(frame);
      before.width = Math.max(before.width, x + MARK_WIDTH - before.x);
      before.ends ||= frame.flags.includes("END_STREAM");
      continue;
    }
    const mark = {
      shape: SHAPES[frame.type] ?? "tick",
      from: frame.from,
      x,
      width: MARK_WIDTH,
      frames: [frame],
      ends: frame.flags.includes("END_STREAM"),
    };
    marks.push(mark);
    last.set(kind, mark);
  }
  return marks;
}

/** The first frame at or behind a moment; frames are in order of time. */
function lowerBound(frames: readonly PlacedFrame[], at: number): number {
  let low = 0;
  let high = frames.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((frames[middle]?.at_us ?? 0) < at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// RFC 9113 section 6.
const MEANINGS: Record<string, readonly [text: string, section: string]> = {
  DATA: ["A part of a body.", "6.1"],
  HEADERS: ["A head, or trailers: fields, compressed by HPACK. The first on a stream opens it.", "6.2"],
  PRIORITY: ["A wish for an order among streams. RFC 9113 has given it up.", "6.3"],
  RST_STREAM: ["Ends one stream at once, with a reason. The connection goes on.", "6.4"],
  SETTINGS: ["What its sender takes: limits of streams, windows and frames. The other side acknowledges it.", "6.5"],
  PUSH_PROMISE: ["Announces an answer to a request that the client never sent.", "6.6"],
  PING: ["Asks whether the other side is there, and how long the way is.", "6.7"],
  GOAWAY: ["Takes no further streams: the connection ends when those under way are done.", "6.8"],
  WINDOW_UPDATE: ["Allows so many more bytes of DATA, on a stream or on all of the connection.", "6.9"],
  CONTINUATION: ["More of a head that did not fit into one frame.", "6.10"],
};

export function frameMeaning(type: string): { text: string; rfc: string } {
  const [text, section] = MEANINGS[type] ?? [
    "A type that RFC 9113 does not define: who does not know it ignores it.",
    "5.5",
  ];
  return { text, rfc: `RFC 9113 section ${section}` };
}

/** What a frame says beyond its head, as names and values. */
export function detailFields({ detail }: Pick<Http2Frame, "detail">): [name: string, value: string][] {
  if (detail === null) {
    return [];
  }
  if ("settings" in detail) {
    return detail.settings.map(({ name, value }) => [name, String(value)]);
  }
  return Object.entries(detail)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => [name.replaceAll("_", " "), String(value)]);
}

/** The same in a line. */
export function detailLine(frame: Pick<Http2Frame, "detail">): string {
  return detailFields(frame)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
