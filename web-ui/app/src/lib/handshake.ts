// A connection's handshakes as one sequence in order of time, and what their parts are called.

import type { ConnectionHandshake, LegName, Message, Party } from "../types/generated";

/** A message with its place: which leg, and its number there. */
export interface Entry {
  key: string;
  leg: LegName;
  index: number;
  message: Message;
}

export const LEGS: readonly LegName[] = ["client", "origin"];

export const entryKey = (leg: LegName, index: number) => `${leg}-${index}`;

/** The messages of both legs in order of time; those of one instant in the order in which they were sent. */
export function entriesOf(handshake: ConnectionHandshake): Entry[] {
  return LEGS.flatMap((leg) =>
    (handshake[leg]?.messages ?? []).map((message, index) => ({ key: entryKey(leg, index), leg, index, message })),
  ).sort((a, b) => a.message.offset_us - b.message.offset_us);
}

/**
 * The keys of the messages that are the first to say what such a message is. One of TLS 1.2 may be another thing than one
 * of TLS 1.3 on the other leg, so it is what they say that counts.
 */
export function explainingEntries(entries: readonly Entry[]): Set<string> {
  const first = new Map<string, string>();
  for (const { key, message } of entries) {
    if (!first.has(message.story.what)) {
      first.set(message.story.what, key);
    }
  }
  return new Set(first.values());
}

/** `client_hello` as the RFC writes it: `ClientHello`. */
export function messageName(kind: string): string {
  return kind.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** What a message is called where there is little room: an alert by what it says. */
export function messageTitle(message: Message): string {
  const alert = alertOf(message);
  return alert === null ? messageName(message.type) : alert;
}

/** The same with its kind: `Alert unknown_ca`. */
export function messageHeading(message: Message): string {
  const alert = alertOf(message);
  return alert === null ? messageName(message.type) : `Alert ${alert}`;
}

/** `unknown_ca` of an alert; null for every other message, and for an alert that could not be opened. */
export function alertOf(message: Message): string | null {
  if (message.type !== "alert") {
    return null;
  }
  const told = message.fields.find((field) => field.name === "description")?.value;
  return told?.replace(/ \(\d+\)$/, "") ?? null;
}

const GOOD_BYES = ["close_notify", "user_canceled"];

/** An alert that says what is wrong, not one that only says good-bye. One that stays sealed: when it was the end. */
export function isFatal(handshake: ConnectionHandshake, { leg, index, message }: Entry): boolean {
  const alert = alertOf(message);
  return handshake[leg]?.failure?.alert === index || (alert !== null && !GOOD_BYES.includes(alert));
}

const PARTIES: Record<Party, string> = { client: "client", handlens: "Handlens", origin: "origin", server: "server" };

export const partyName = (party: Party) => PARTIES[party];

/** Two lifelines: what a passed-through connection has, or an inspection without a proxy. */
export function isDirect(handshake: ConnectionHandshake): boolean {
  return handshake.client !== null && handshake.client.messages.every((message) => message.from !== "handlens");
}

/** Who receives what `from` sends on this leg. */
export function receiverOf(from: Party, leg: LegName, direct: boolean): Party {
  if (direct) {
    return from === "client" ? "origin" : "client";
  }
  return from === "handlens" ? leg : "handlens";
}

/** The message at a place, or null. */
export function messageAt(handshake: ConnectionHandshake, leg: LegName | null, index: number | null): Entry | null {
  const message = leg === null || index === null ? undefined : handshake[leg]?.messages[index];
  return message && leg !== null && index !== null ? { key: entryKey(leg, index), leg, index, message } : null;
}

/** When the handshakes of both legs were done or broke off: the last Finished, or the last message without one. */
export function handshakeEnd(handshake: ConnectionHandshake, entries: readonly Entry[]): number {
  return LEGS.reduce((latest, leg) => {
    const mine = entries.filter((entry) => entry.leg === leg);
    const end = mine.findLast((entry) => entry.message.type === "finished" || isFatal(handshake, entry)) ?? mine.at(-1);
    return Math.max(latest, end?.message.offset_us ?? 0);
  }, 0);
}

/** `TLS_AES_128_GCM_SHA256` as `AES-128-GCM`; a TLS 1.2 suite keeps its key exchange: `ECDHE-RSA AES-256-GCM`. */
export function shortSuite(suite: string): string {
  const [, exchange, cipher = suite] = /^TLS_(?:(\w+)_WITH_)?(\w+)$/.exec(suite) ?? [];
  const brief = cipher
    .replace(/_SHA(?:256|384|512)?$/, "")
    .replace("CHACHA20_POLY1305", "ChaCha20-Poly1305")
    .replaceAll("_", "-");
  return exchange === undefined ? brief : `${exchange.replaceAll("_", "-")} ${brief}`;
}

/** Where an RFC can be read: `RFC 8446 section 4.1.2`. Null for another source. */
export function rfcUrl(source: string): string | null {
  const [, number, kind, place] = /^RFC (\d+)(?:,? (section|appendix) ([\w.]+))?/i.exec(source) ?? [];
  if (number === undefined) {
    return null;
  }
  const anchor = place === undefined ? "" : `#${(kind ?? "section").toLowerCase()}-${place}`;
  return `https://www.rfc-editor.org/rfc/rfc${number}${anchor}`;
}
