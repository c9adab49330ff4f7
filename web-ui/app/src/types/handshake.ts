// The types of `/api/connections/ID/handshake`, which Rust generates.

export type {
  Change,
  Chip,
  ChipName,
  Comparison,
  ConnectionHandshake,
  Field,
  FailureStory,
  KeyNode,
  KeySchedule,
  LegHandshake,
  Masking,
  MaskingReason,
  Message,
  Party,
  Resumption,
  Step,
  StepName,
} from "./generated";
