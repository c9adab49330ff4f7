// What `/api/connections/ID/handshake` answers with: the two legs of a connection as they were on the wire.

import type { LegName } from "./generated";

export type Party = "client" | "handlens" | "origin" | "server";
export type Epoch = "clear" | "early" | "handshake" | "application" | "sealed";

/** A part of a message, `start` to `end` (not included) in its bytes. */
export interface Field {
  name: string;
  start: number;
  end: number;
  value: string;
  text: string | null;
  rfc: string | null;
  recommended: boolean | null;
  fields: Field[];
}

export interface Story {
  /** What such a message is. */
  what: string;
  /** What this one says. */
  here: string;
  rfc: string;
}

export interface Problem {
  start: number;
  end: number;
  text: string;
}

export interface Message {
  type: string;
  from: Party;
  /** When its last byte passed, in microseconds from the connection's begin. */
  offset_us: number;
  length: number;
  encrypted: boolean;
  epoch: Epoch;
  /** Counts runs of one sender, from 0. */
  flight: number;
  records: number[];
  /** In hexadecimal; empty when sealed and not opened. */
  bytes: string;
  fields: Field[];
  story: Story;
  verified: boolean | null;
  problem: Problem | null;
}

export interface RecordInfo {
  from: Party;
  offset_us: number;
  content_type: string;
  version: string;
  /** Its place in what that side sent, header included. */
  start: number;
  end: number;
  sealed: boolean;
  inner_type: string | null;
}

export type Resumption = "full" | "psk" | "psk_dhe" | "session_id" | "session_ticket";

export type ChipName =
  "forward_secrecy" | "post_quantum" | "aead" | "resumed" | "early_data" | "client_certificate" | "ech";

export interface Chip {
  name: ChipName;
  state: "yes" | "no" | "unknown";
  label: string;
  why: string;
  message: number | null;
  /** The path of the field that decides. */
  field: string | null;
}

export interface Facts {
  version: string | null;
  cipher_suite: string | null;
  group: string | null;
  alpn: string | null;
  server_name: string | null;
  signature_scheme: string | null;
  handshake_us: number | null;
  round_trips: number | null;
  ja3: string | null;
  ja3s: string | null;
  ja4: string | null;
  resumption: Resumption | null;
  chips: Chip[];
}

export interface KeyNode {
  name: string;
  title: string;
  /** The names of the nodes and inputs that it comes of. */
  from: string[];
  derivation: string;
  label: string | null;
  transcript: string | null;
  purpose: string;
  reached: boolean;
  /** In hexadecimal, where the secret was kept. */
  value: string | null;
}

export interface KeySchedule {
  version: string | null;
  nodes: KeyNode[];
}

export interface FailureStory {
  last_message: number | null;
  /** The message that is the alert. */
  alert: number | null;
  sender: Party | null;
  text: string;
  cause: string;
  advice: string;
}

export interface LegHandshake {
  messages: Message[];
  records: RecordInfo[];
  problems: Problem[];
  facts: Facts;
  key_schedule: KeySchedule;
  failure: FailureStory | null;
  /** More passed than was kept. */
  truncated: boolean;
  tcp_rtt_us: number | null;
  address: string | null;
}

export interface Step {
  name: "resolve" | "connect" | "judge" | "mint" | "tls";
  leg: LegName;
  start_us: number;
  end_us: number;
  text: string | null;
}

export interface Change {
  aspect: string;
  client: string[];
  handlens: string[];
  same: boolean;
  note: string | null;
}

export interface MaskingReason {
  aspect: string;
  outcome: string;
  text: string;
}

export interface Masking {
  /** How the client would have fared without Handlens: worse, better, same, unknown. */
  verdict: string;
  text: string;
  reasons: MaskingReason[];
}

export interface Comparison {
  rows: Change[];
  masking: Masking;
}

export interface ConnectionHandshake {
  client: LegHandshake | null;
  origin: LegHandshake | null;
  /** RFC 3339: what every microsecond of both legs counts from. */
  opened: string;
  steps: Step[];
  comparison: Comparison | null;
  /** The connection whose session was resumed. */
  resumes: { client: string | null; origin: string | null };
}
