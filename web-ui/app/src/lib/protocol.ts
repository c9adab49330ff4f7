// What an exchange speaks, in words: protocols, gRPC's statuses, WebSocket's close codes.

import type { ExchangeRow } from "../types/generated";
import type { ListedMessage, Protocol, Sender } from "../types/protocols";

const NAMES: Record<Protocol, string> = {
  http: "HTTP",
  websocket: "WebSocket",
  sse: "SSE",
  ndjson: "NDJSON",
  grpc: "gRPC",
  grpc_web: "gRPC-Web",
  graphql: "GraphQL",
  opaque: "opaque",
};

export function protocolName(protocol: Protocol): string {
  return NAMES[protocol];
}

/** Whether an exchange is a row of messages rather than one answer to one question. */
export function hasMessages(row: Pick<ExchangeRow, "protocol">): boolean {
  return !["http", "graphql"].includes(row.protocol);
}

/** Whether HTTP's method and status say nothing of it: what matters is whether it is still open. */
export function isCarried(row: Pick<ExchangeRow, "protocol">): boolean {
  return ["websocket", "opaque"].includes(row.protocol);
}

/** What stands in the place of the method: `GET`, `WS`, `TCP`. */
export function methodWord(row: Pick<ExchangeRow, "protocol" | "method" | "scheme">): string {
  switch (row.protocol) {
    case "websocket":
      return "WS";
    case "opaque":
      return row.scheme === "tls" ? "TLS" : "TCP";
    default:
      return row.method;
  }
}

/** What one of them is called. */
export function messageNoun(protocol: Protocol): string {
  return protocol === "sse" ? "event" : protocol === "opaque" ? "burst" : protocol === "ndjson" ? "line" : "message";
}

// gRPC's own registry of statuses, 0 to 16.
export const GRPC_STATUSES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** `NOT_FOUND` of 5; the number itself where no name is known. */
export function grpcStatusName(status: number): string {
  return GRPC_STATUSES[status] ?? `status ${status}`;
}

// RFC 6455 section 7.4.1, and IANA's registry of WebSocket close codes.
const CLOSE_CODES: Record<number, string> = {
  1000: "normal: the purpose was fulfilled",
  1001: "going away: the page was left, or the server goes down",
  1002: "protocol error",
  1003: "a kind of data that the endpoint can't take",
  1005: "no code was in the frame",
  1006: "the connection was lost without a close frame",
  1007: "data that is not of its message's type, like text that is not UTF-8",
  1008: "a policy was violated",
  1009: "a message too big to process",
  1010: "the client expected an extension that the server did not agree to",
  1011: "the server met what kept it from going on",
  1012: "the service restarts",
  1013: "try again later",
  1014: "a gateway got a bad answer from further up",
  1015: "the TLS handshake failed",
};

/** What a close code means, for a person. */
export function closeMeaning(code: number): string {
  const known = CLOSE_CODES[code];
  if (known !== undefined) {
    return known;
  }
  if (code >= 4000 && code < 5000) {
    return "a code of the application's own";
  }
  return code >= 3000 && code < 4000 ? "a code that a library or framework has registered" : "a code that is not known";
}

/** What a message is, in a word or two: `text`, `close 1000`, an event's name, `trailers`. */
export function messageType(
  message: Pick<ListedMessage, "opcode" | "event" | "comment" | "close" | "grpc" | "size_on_wire">,
  kind: Protocol,
): string {
  if (message.size_on_wire === 0) {
    // In the place of what was not kept.
    return "gap";
  }
  if (message.opcode === "close") {
    return message.close === null ? "close" : `close ${message.close.code}`;
  }
  if (message.opcode !== null) {
    return message.opcode;
  }
  if (message.grpc?.is_trailers) {
    return "trailers";
  }
  if (message.comment !== null) {
    return "comment";
  }
  return kind === "sse" ? (message.event ?? "message") : messageNoun(kind);
}

/** The other end. */
export function receiver(from: Sender): Sender {
  return from === "client" ? "origin" : "client";
}

/** A message's time since its exchange began, always in seconds, so that a column of them can be read at a glance. */
export function messageTime(atUs: number): string {
  return (atUs / 1_000_000).toFixed(4);
}
