// An exchange's time, phase by phase, as the bars of a waterfall.

import type { Connection, ExchangeDetail, LegName } from "../types/generated";

export interface Phase {
  key: string;
  label: string;
  /** Which part of the way it belongs to: colours it. */
  part: LegName | "proxy" | "wait";
  /** Microseconds from the waterfall's begin. */
  start: number;
  /** Null while it is under way. */
  length: number | null;
}

export interface Waterfall {
  phases: Phase[];
  /** The whole, in microseconds. */
  length: number;
  /** Whether the steps of the connection are among them. */
  withConnection: boolean;
  /** Between the last step of the connection and the request, nothing was under way. */
  idle: number;
}

type Timed = Pick<ExchangeDetail, "timings" | "started" | "request_bytes">;

/** The waterfall of an exchange. The steps of its connection stand before it when it was the first to use it. */
export function waterfall(exchange: Timed, connection: Connection | null, first: boolean): Waterfall {
  const steps = connection && first ? connectionPhases(connection) : [];
  const stepsEnd = steps.reduce((end, phase) => Math.max(end, phase.start + (phase.length ?? 0)), 0);
  const gap = connection && steps.length > 0 ? microsBetween(connection.opened, exchange.started) : 0;
  const begin = Math.max(stepsEnd, gap);
  const phases = [...steps, ...exchangePhases(exchange, begin)];
  const length = phases.reduce((end, phase) => Math.max(end, phase.start + (phase.length ?? 0)), 1);
  return { phases, length, withConnection: steps.length > 0, idle: steps.length > 0 ? begin - stepsEnd : 0 };
}

/** The steps of a connection, one after the other as they happen: the origin is dialled first. */
export function connectionPhases(connection: Connection): Phase[] {
  const { origin, client } = connection;
  const steps: [string, string, Phase["part"], number | null | undefined][] = [
    ["upstream", "Upstream proxy", "origin", connection.via_us],
    ["resolve", "Resolve name", "origin", origin.resolve_us],
    ["connect", "TCP to origin", "origin", origin.connect_us],
    ["tls-origin", "TLS with origin", "origin", origin.tls?.handshake_us],
    ["mint", "Mint leaf", "proxy", connection.mint_us],
    ["tls-client", "TLS with client", "client", client.tls?.handshake_us],
  ];
  const phases: Phase[] = [];
  let at = 0;
  for (const [key, label, part, length] of steps) {
    if (length === null || length === undefined) {
      continue;
    }
    phases.push({ key, label, part, start: at, length });
    at += length;
  }
  return phases;
}

function exchangePhases({ timings, request_bytes }: Timed, begin: number): Phase[] {
  const { request_sent_us: sent, response_head_us: head, end_us: end } = timings;
  // Without a body there is nothing to send after the head.
  const uploaded = request_bytes > 0 ? timings.request_end_us : null;
  const phases: Phase[] = [];
  const add = (key: string, label: string, part: Phase["part"], from: number, to: number | null) =>
    phases.push({ key, label, part, start: begin + from, length: to === null ? null : Math.max(0, to - from) });

  add("send", "Pass request on", "proxy", 0, sent ?? end);
  if (sent === null) {
    return phases;
  }
  if (uploaded !== null && uploaded > sent) {
    add("upload", "Send body", "client", sent, uploaded);
  }
  const waitFrom = uploaded !== null && (head === null || uploaded <= head) ? Math.max(sent, uploaded) : sent;
  add("wait", "Wait for origin", "wait", waitFrom, head ?? end);
  if (head !== null) {
    add("receive", "Receive body", "origin", head, end);
  }
  return phases;
}

/** Microseconds from one RFC 3339 time to another; never negative. */
export function microsBetween(from: string, to: string): number {
  const distance = microseconds(to) - microseconds(from);
  return Number.isFinite(distance) ? Math.max(0, distance) : 0;
}

/** RFC 3339 with up to six digits after the second: `Date` reads three. */
function microseconds(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? "";
  const below = Number(fraction.slice(3, 6).padEnd(3, "0"));
  return new Date(time).getTime() * 1000 + below;
}

/** An RFC 3339 time so many microseconds later, to the millisecond. */
export function addMicros(time: string, us: number): string {
  const moment = new Date(microseconds(time) / 1000 + us / 1000);
  return Number.isNaN(moment.getTime()) ? time : moment.toISOString();
}
