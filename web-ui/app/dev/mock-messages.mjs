// The mock server's messages: made of their number when asked for, any number of them, and more while one is open.

import { json, problem, send } from "./mock-answer.mjs";
import { QUOTE } from "./mock-types.mjs";

const hash = (n) => {
  let x = (n + 1) * 0x9e3779b1;
  x ^= x >>> 15;
  x = Math.imul(x, 0x85ebca6b);
  return (x ^ (x >>> 13)) >>> 0;
};

const message = (number, from, at_us, bytes, more = {}) => ({
  number,
  from,
  at_us,
  size: bytes.length,
  size_on_wire: bytes.length,
  opcode: null,
  event: null,
  id: null,
  comment: null,
  retry_ms: null,
  operation: null,
  is_text: true,
  compressed: false,
  close: null,
  grpc: null,
  preview: bytes.toString("utf8").slice(0, 200),
  problem: null,
  bytes,
  ...more,
});

const text = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const hex = (bytes) => bytes.subarray(0, 66).toString("hex").replace(/../g, "$& ").trim();

const GRPC = { is_trailers: false, status: null, status_name: null, message: null, type_name: null };

/** Each: how many there are, and the message of a number (from 1). */
const MAKERS = {
  websocket: {
    count: 100_000,
    make(n, count, open) {
      const from = n % 3 === 1 ? "client" : "origin";
      const at = n * 1_370 + (hash(n) % 900);
      if (n === count && !open) {
        const bytes = Buffer.concat([Buffer.from([3, 232]), text("market is closed")]);
        return message(n, "origin", at, bytes, {
          opcode: "close",
          close: { code: 1000, name: "normal closure", reason: "market is closed" },
          preview: "market is closed",
        });
      }
      if (n % 50 === 0) {
        return message(n, from, at, text(`beat ${n}`), { opcode: n % 100 === 0 ? "ping" : "pong" });
      }
      if (n % 97 === 0) {
        return message(n, from, at, QUOTE, { opcode: "binary", is_text: false, preview: hex(QUOTE) });
      }
      const bytes =
        n % 3 === 1
          ? text({ subscribe: `LENS-${n % 40}X`, since: n })
          : text({
              type: "price",
              sku: `LENS-${n % 40}X`,
              cents: 1_999 + (hash(n) % 900),
              reference: `9007199254740${n}`,
            });
      const wire = Math.ceil(bytes.length * 0.62);
      return message(n, from, at, bytes, { opcode: "text", compressed: true, size_on_wire: wire });
    },
  },
  sse: {
    count: 400,
    make: (n) =>
      message(
        n,
        "origin",
        n * 250_000,
        text(n % 7 === 0 ? `line one of ${n}\nline two` : { tick: n, load: (hash(n) % 1000) / 1000 }),
        {
          event: n % 7 === 0 ? "note" : n % 5 === 0 ? "load" : null,
          id: n % 5 === 0 ? `e-${n}` : null,
        },
      ),
  },
  ndjson: {
    count: 90,
    make: (n) =>
      message(n, "origin", n * 31_000, text({ line: n, level: n % 9 === 0 ? "warn" : "info", text: "reindexed" })),
  },
  grpc: {
    count: 42,
    make: (n, count, _, types) =>
      n === count
        ? message(n, "origin", n * 9_000, text("grpc-status: 5\r\ngrpc-message: no lens of that name"), {
            grpc: { ...GRPC, is_trailers: true, status: 5, status_name: "NOT_FOUND", message: "no lens of that name" },
          })
        : message(n, n % 2 === 1 ? "client" : "origin", n * 9_000, QUOTE, {
            is_text: false,
            grpc: { ...GRPC, type_name: types.type_name },
            compressed: n % 4 === 0,
            size_on_wire: n % 4 === 0 ? 29 : QUOTE.length,
            preview: types.preview,
          }),
  },
  opaque: {
    count: 60,
    make(n) {
      const bytes =
        n % 2 === 1
          ? text(`*2\r\n$3\r\nGET\r\n$8\r\nstock:${String(n).padStart(2, "0")}\r\n`)
          : Buffer.alloc(20 + (n % 5) * 44, 65 + (n % 26));
      return message(n, n % 2 === 1 ? "client" : "origin", n * 14_300, bytes, { is_text: false, preview: hex(bytes) });
    },
  },
};
MAKERS.grpc_web = MAKERS.grpc;

export class MockMessages {
  more = new Map();

  constructor(types) {
    this.types = types;
  }

  /** What the exchange of this row has by now. */
  of(row) {
    const maker = MAKERS[row.protocol];
    const open = row.state === "open";
    const count = (row.path.includes("silent") ? 0 : maker.count) + (this.more.get(row.id) ?? 0);
    return { count, open, at: (number) => maker.make(number, count, open, this.types.of(row)) };
  }

  add(id, count) {
    this.more.set(id, (this.more.get(id) ?? 0) + count);
  }

  answer(response, row, [number, tree], query) {
    if (!MAKERS[row.protocol]) {
      return problem(response, 404, "this exchange has no messages");
    }
    const all = this.of(row);
    if (number === undefined) {
      return json(response, { ...this.page(all, row.protocol, query), types_from: this.types.from(row) });
    }
    const one = all.at(Number(number));
    if (tree === "tree") {
      return json(response, this.types.of(row).tree);
    }
    const bytes = query.get("raw") === "1" ? one.bytes.subarray(0, one.size_on_wire) : one.bytes;
    return send(response, 200, "application/octet-stream", bytes);
  }

  page({ count, open, at }, kind, query) {
    const limit = Math.min(1_000, Number(query.get("limit") ?? 100));
    const [from, filter] = [query.get("from"), query.get("filter")?.toLowerCase()];
    const tell = ({ bytes: _, ...told }) => told;
    const narrowed = from !== null || filter !== undefined;
    const numbers = [];
    for (let number = 1; narrowed && number <= count; number += 1) {
      const one = at(number);
      if ((from === null || one.from === from) && (!filter || one.preview.toLowerCase().includes(filter))) {
        numbers.push(number);
      }
    }
    const matched = narrowed ? numbers.length : count;
    const last = Math.max(0, matched - limit);
    let offset = Number(query.get("offset") ?? 0);
    if (query.get("tail") === "1") {
      offset = last;
    } else if (query.has("after")) {
      const after = Number(query.get("after"));
      const place = narrowed ? numbers.findIndex((number) => number > after) : after;
      offset = place < 0 ? matched : place;
    }
    offset = Math.max(0, Math.min(offset, last));
    const items = Array.from({ length: Math.min(limit, matched - offset) }, (_, nth) =>
      tell(at(narrowed ? numbers[offset + nth] : offset + nth + 1)),
    );
    return {
      kind,
      total: count,
      matched,
      offset,
      open,
      behind: false,
      client_dropped: 0,
      origin_dropped: 0,
      problem: null,
      items,
    };
  }

  /** All that one side of an opaque connection sent. */
  bytes(row, side) {
    const { count, at } = this.of(row);
    const from = side === "request" ? "client" : "origin";
    return Buffer.concat(
      Array.from({ length: count }, (_, nth) => at(nth + 1))
        .filter((one) => one.from === from)
        .map((one) => one.bytes),
    );
  }
}
