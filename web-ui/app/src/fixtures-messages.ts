// Messages for tests.

import type { ListedMessage } from "./types/protocols";

export function message(number: number, change: Partial<ListedMessage> = {}): ListedMessage {
  return {
    number,
    id: String(number),
    event_id: null,
    from: "origin",
    at_us: number * 1_000,
    size: 12,
    size_on_wire: 12,
    opcode: "text",
    event: null,
    comment: null,
    retry_ms: null,
    operation: null,
    is_text: true,
    compressed: false,
    close: null,
    grpc: null,
    preview: `message ${number}`,
    problem: null,
    ...change,
  };
}
