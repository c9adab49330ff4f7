// Messages, frames and what rows say of protocols, as the API tells them.

import type { Protocol } from "./generated";

export type { Protocol } from "./generated";

/** Who sent a message: one end of the way, never Handlens. */
export type Sender = "client" | "origin";

export interface Process {
  pid: number;
  name: string;
  executable: string | null;
}

/** What a row says beyond HTTP. */
export interface RowMore {
  id: string;
  process?: Process | null;
  stream_id?: number | null;
}

export interface Message {
  number: number;
  from: Sender;
  at_us: number | null;
  size: number;
  size_on_wire: number;
  opcode: "text" | "binary" | "close" | "ping" | "pong" | null;
  event: string | null;
  id: string | null;
  comment: string | null;
  retry_ms: number | null;
  compressed: boolean;
  close: { code: number; name: string | null; reason: string } | null;
  grpc: GrpcMessage | null;
  operation: string | null;
  preview: string;
  is_text: boolean;
  problem: string | null;
}

export interface GrpcMessage {
  is_trailers: boolean;
  status: number | null;
  status_name: string | null;
  message: string | null;
  type_name: string | null;
}

export interface MessagePage {
  kind: Protocol;
  total: number;
  matched: number;
  offset: number;
  open: boolean;
  behind: boolean;
  client_dropped: number;
  origin_dropped: number;
  problem: string | null;
  items: Message[];
}

/** A message as the list of the page names its rows. */
export interface ListedMessage extends Omit<Message, "id"> {
  id: string;
  /** The id that an event was sent with. */
  event_id: string | null;
}

/** A field of a protobuf message. */
export interface ProtobufField {
  number: number;
  name: string | null;
  type: string;
  value: string;
  range: [number, number];
  children: ProtobufField[];
}

/** A frame of HTTP/2, as it passed on a leg. */
export interface Frame {
  at_us: number;
  from: "client" | "handlens" | "origin";
  stream: number;
  type: string;
  flags: string[];
  length: number;
  detail: Record<string, unknown> | null;
}

export interface LegFrames {
  frames: Frame[];
  /** Frames that passed and are not kept. */
  omitted: number;
}

export interface ConnectionFrames {
  client: LegFrames | null;
  origin: LegFrames | null;
}

/** What a connection tells of its ends and its way. */
export interface ConnectionMore {
  id: string;
  via?: string | null;
  via_us?: number | null;
  starttls?: string | null;
  process?: Process | null;
}

export interface HeadMore {
  fields: [string, string][];
  raw_head?: string | null;
}

export interface Interim extends HeadMore {
  status: number;
}

export interface ExchangeMore {
  id: string;
  informational?: Interim[];
}
