// One leg's handshake as it goes on: messages, the records they lie in, and what is told of them.

import { hex } from "./mock-bytes.mjs";

const WHAT = {
  client_hello: ["The client's opening: what it can do, and its half of a key exchange.", "RFC 8446 section 4.1.2"],
  server_hello: ["The server's answer: what it chose, and its half of the key exchange.", "RFC 8446 section 4.1.3"],
  hello_retry_request: ["The server asks for another hello before it goes on.", "RFC 8446 section 4.1.4"],
  encrypted_extensions: [
    "The rest of the server's answer, the first message that is sealed.",
    "RFC 8446 section 4.3.1",
  ],
  certificate_request: ["The server asks the client for a certificate of its own.", "RFC 8446 section 4.3.2"],
  certificate: ["The certificates by which a side says who it is.", "RFC 8446 section 4.4.2"],
  certificate_verify: ["Proof that the sender holds the key of its certificate.", "RFC 8446 section 4.4.3"],
  server_key_exchange: ["The server's half of the key exchange, signed.", "RFC 5246 section 7.4.3"],
  server_hello_done: ["The server has said what it had to say.", "RFC 5246 section 7.4.5"],
  client_key_exchange: ["The client's half of the key exchange.", "RFC 5246 section 7.4.7"],
  change_cipher_spec: [
    "A switch from clear to sealed; in TLS 1.3 only a gesture toward old middleboxes.",
    "RFC 8446 section 5",
  ],
  finished: [
    "A MAC over all that was said: from here on both know that nobody changed a word.",
    "RFC 8446 section 4.4.4",
  ],
  new_session_ticket: ["A ticket by which the client can resume this session later.", "RFC 8446 section 4.6.1"],
  alert: ["Word that something ends or has gone wrong.", "RFC 8446 section 6"],
};
const EPOCHS = { clear: false, early: true, handshake: true, application: true, sealed: true };

export class MockLeg {
  constructor(parties, address, rtt) {
    this.parties = parties;
    this.address = address;
    this.rtt = rtt;
    this.messages = [];
    this.records = [];
    this.sent = {};
  }

  /** Messages of one sender that pass together. `apart`: a record each. */
  say(side, at, epoch, said, { apart = false, opened = true, version = "TLS 1.2 (0x0303)" } = {}) {
    const from = this.parties[side];
    const last = this.messages.at(-1);
    const flight = last === undefined ? 0 : last.from === from ? last.flight : last.flight + 1;
    let record = null;
    for (const [message, here, verified] of said) {
      const kind = { alert: "alert", change_cipher_spec: "change_cipher_spec" }[message.type] ?? "handshake";
      const sealed = EPOCHS[epoch] && kind !== "change_cipher_spec";
      if (record === null || apart || record.kind !== kind) {
        record = { kind, index: this.openRecord(from, at, kind, sealed, version) };
      }
      this.records[record.index].end += message.bytes.length;
      const [what, rfc] = WHAT[message.type];
      this.messages.push({
        type: message.type,
        from,
        offset_us: at,
        length: message.bytes.length,
        encrypted: sealed,
        epoch: sealed ? epoch : "clear",
        flight,
        records: [record.index],
        bytes: opened ? hex(message.bytes) : "",
        fields: opened ? message.fields : [],
        story: { what, here, rfc },
        verified: verified ?? null,
        problem: null,
      });
    }
    this.settle();
    return this.messages.length - 1;
  }

  openRecord(from, at, kind, sealed, version) {
    this.records.push({
      from,
      offset_us: at,
      content_type: sealed ? "application_data" : kind,
      version,
      start: 0,
      end: 5 + (sealed ? 17 : 0),
      sealed,
      inner_type: sealed ? kind : null,
    });
    return this.records.length - 1;
  }

  /** Puts each side's records one behind the other. */
  settle() {
    const ends = {};
    for (const record of this.records) {
      const length = record.end - record.start;
      record.start = ends[record.from] ?? 0;
      record.end = record.start + length;
      ends[record.from] = record.end;
    }
  }

  done(facts, schedule, failure = null) {
    return {
      messages: this.messages,
      records: this.records,
      problems: [],
      facts,
      key_schedule: schedule,
      failure,
      truncated: false,
      tcp_rtt_us: this.rtt,
      address: this.address,
    };
  }
}
