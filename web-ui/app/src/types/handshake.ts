// What `/api/connections/ID/handshake` answers with beyond the generated types: what the proxy changed.

import type { ConnectionHandshake as BothLegs } from "./generated";

export type {
  Chip,
  ChipName,
  Field,
  FailureStory,
  KeyNode,
  KeySchedule,
  LegHandshake,
  Message,
  Party,
  Resumption,
  Step,
  StepName,
} from "./generated";

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

export type ConnectionHandshake = BothLegs & { comparison?: Comparison | null };
