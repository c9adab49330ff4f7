// The one file that opens the WebSocket: keeps the link up, says what is watched, and hands on what is told.

import { signal } from "@preact/signals";

import { fetchStatus } from "./api";
import { backoff } from "./lib/backoff";
import type { PlacedFrame } from "./lib/frames";
import type { ListedCertificate } from "./types/certificates";
import type { ConnectionRow, ExchangeRow, LiveDown, LiveUp, Status, Watch } from "./types/generated";
import type { ListedMessage } from "./types/protocols";

export type LinkState =
  { state: "connecting" } | { state: "open" } | { state: "lost"; since: number; attempt: number; retryAt: number };

/** Whether what is shown is what is. */
export const link = signal<LinkState>({ state: "connecting" });

/** How Handlens fares, as last told. */
export const status = signal<Status | null>(null);

/** The exchange whose change was told last, and how many tellings there were. */
export const changed = signal<{ exchange: string; times: number }>({ exchange: "", times: 0 });

export type AnyRow = ExchangeRow | ConnectionRow | ListedCertificate | ListedMessage | PlacedFrame;

/** What comes of a watch. */
export type RowFrame =
  | { type: "window"; total: number; matched: number; offset: number; items: AnyRow[] }
  | { type: "rows"; total: number; matched: number; items: AnyRow[] }
  | { type: "filter_error"; detail: string; at: [number, number] | null };

type Listener = (frame: RowFrame) => void;
type Wanted = Omit<Watch, "watch">;

let socket: WebSocket | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let attempts = 0;
let watching: { message: Watch; listener: Listener } | null = null;
let watches = 0;
let selected: string | null = null;

/** Opens the link and keeps it. Called once. */
export function connect(): void {
  window.addEventListener("online", retryNow);
  open();
}

/** Tries again at once. */
export function retryNow(): void {
  if (link.value.state === "lost") {
    open();
  }
}

/** Watches these rows instead of any before. */
export function watchRows(wanted: Wanted, listener: Listener): void {
  watches += 1;
  const message = { ...wanted, watch: watches };
  watching = { message, listener };
  send({ type: "watch", ...message });
}

/** Stops listening, unless someone else watches by now. */
export function unwatchRows(listener: Listener): void {
  if (watching?.listener === listener) {
    watching = null;
  }
}

/** Asks to be told of changes of this exchange. */
export function selectExchange(exchange: string | null): void {
  if (selected !== exchange) {
    selected = exchange;
    send({ type: "select", exchange });
  }
}

function send(message: LiveUp): void {
  if (socket?.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify(message));
  }
}

function open(): void {
  clearTimeout(retry);
  const opened = new WebSocket(
    `${window.location.protocol === "https:" ? "wss" : "ws"}://${window.location.host}/api/live`,
  );
  socket = opened;
  opened.onopen = () => {
    attempts = 0;
    link.value = { state: "open" };
    if (watching) {
      send({ type: "watch", ...watching.message });
    }
    if (selected !== null) {
      send({ type: "select", exchange: selected });
    }
  };
  opened.onmessage = (event) => {
    if (socket === opened && typeof event.data === "string") {
      hear(JSON.parse(event.data) as LiveDown);
    }
  };
  opened.onclose = () => {
    if (socket === opened) {
      socket = null;
      lose();
    }
  };
}

function lose(): void {
  attempts += 1;
  const wait = backoff(attempts, Math.random());
  const since = link.value.state === "lost" ? link.value.since : Date.now();
  link.value = { state: "lost", since, attempt: attempts, retryAt: Date.now() + wait };
  retry = setTimeout(open, wait);
  // A refused WebSocket does not say why. The status does: without a token, the page says so.
  fetchStatus().catch(() => undefined);
}

function hear(message: LiveDown): void {
  switch (message.type) {
    case "status":
      status.value = message.status;
      return;
    case "selected":
      changed.value = { exchange: message.exchange, times: changed.peek().times + 1 };
      return;
    default:
      if (watching && message.watch === watching.message.watch) {
        watching.listener(message as RowFrame);
      }
  }
}
