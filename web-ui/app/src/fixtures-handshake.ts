// Handshakes for tests.

import type { ConnectionHandshake, LegHandshake, Message, Party } from "./types/generated";

export function message(type: string, from: Party, offset_us: number, change: Partial<Message> = {}): Message {
  return {
    type,
    from,
    offset_us,
    length: 4,
    encrypted: false,
    epoch: "clear",
    flight: 0,
    records: [0],
    bytes: "00000000",
    fields: [],
    story: { what: "", here: "", rfc: "" },
    verified: null,
    problem: null,
    ...change,
  };
}

export function leg(messages: Message[], change: Partial<LegHandshake> = {}): LegHandshake {
  return {
    messages,
    records: [],
    problems: [],
    facts: {
      version: "TLS 1.3",
      cipher_suite: null,
      group: null,
      alpn: null,
      server_name: null,
      signature_scheme: null,
      handshake_us: null,
      round_trips: null,
      ja3: null,
      ja3s: null,
      ja4: null,
      resumption: null,
      chips: [],
    },
    key_schedule: { version: null, nodes: [] },
    failure: null,
    truncated: false,
    tcp_rtt_us: null,
    address: null,
    ...change,
  };
}

export function handshakeWith(
  legs: { client?: Message[]; origin?: Message[] },
  change: Partial<ConnectionHandshake> = {},
): ConnectionHandshake {
  return {
    client: legs.client ? leg(legs.client) : null,
    origin: legs.origin ? leg(legs.origin) : null,
    opened: "2026-11-21T09:00:00.000000Z",
    steps: [],
    comparison: null,
    resumes: { client: null, origin: null },
    ...change,
  };
}
