// Synthetic exchanges and connections, any number of them: what is compared and counted lies in typed arrays, the
// rest is made from a row's number when it is asked for.

import { connection, connectionOf, failureOf, firstOf, idOf, tlsOf } from "./mock-connections.mjs";
import { STATUS_DETAILS } from "./mock-types.mjs";
import { bodiesOf, fixedKind, KINDS } from "./mock-kinds.mjs";

const GROWTH = 2_000_000;
const WHEEL = KINDS.flatMap((kind, index) => Array(kind.weight).fill(index));
const wireSizes = new Map();

/** TLS in a row's brevity. */
function rowTls({ client, origin }, kind) {
  return {
    client: client?.version ?? null,
    origin: origin?.version ?? null,
    decision: origin ? (kind.decision ?? "trusted") : null,
    client_suite: client?.cipher_suite ?? null,
    origin_suite: origin?.cipher_suite ?? null,
    client_group: client?.group ?? null,
    origin_group: origin?.group ?? null,
    client_alpn: client?.alpn ?? null,
    origin_alpn: origin?.alpn ?? null,
    ja4: client?.ja4 ?? null,
    resumed: client?.resumed ?? false,
    origin_resumed: origin?.resumed ?? false,
    legacy: false,
  };
}

function hash(n) {
  let x = (n + 1) * 0x9e3779b1;
  x ^= x >>> 15;
  x = Math.imul(x, 0x85ebca6b);
  return (x ^ (x >>> 13)) >>> 0;
}

export class MockData {
  constructor(rows) {
    const room = rows + GROWTH;
    this.kind = new Uint8Array(room);
    this.duration = new Float64Array(room);
    this.size = new Uint32Array(room);
    this.hidden = new Uint8Array(room);
    this.begun = Date.now() - rows * 35;
    this.count = 0;
    this.hiddenCount = 0;
    this.views = new Map();
    this.tickets = new Map();
    this.add(rows);
  }

  /** Lets this many exchanges pass. */
  add(rows) {
    const from = this.count;
    for (let n = from; n < from + rows; n += 1) {
      const kind = fixedKind(n) ?? WHEEL[hash(n) % WHEEL.length];
      this.kind[n] = kind;
      const us = KINDS[kind].us;
      this.duration[n] = us === null ? -1 : Math.round(us * (0.5 + (hash(n * 3) % 1000) / 500));
      this.size[n] = this.wireSize(kind, n);
    }
    this.count += rows;
    for (const [key, view] of this.views) {
      if (key.endsWith("\n")) {
        for (let n = from; n < this.count; n += 1) {
          if (!view.test || view.test(this, n)) {
            view.rows.push(n);
          }
        }
      } else {
        this.views.delete(key);
      }
    }
  }

  wireSize(kind, n) {
    const key = kind * 64 + (n % 64);
    if (!wireSizes.has(key)) {
      wireSizes.set(key, bodiesOf(KINDS[kind], n % 64).response.wire.length);
    }
    return wireSizes.get(key);
  }

  get held() {
    return this.count - this.hiddenCount;
  }

  /** The row numbers that match, in order. Kept until something changes them. */
  view(filterText, test, sort) {
    const key = `${filterText}\n${sort}`;
    const kept = this.views.get(key);
    if (kept) {
      return kept.rows;
    }
    const rows = [];
    for (let n = 0; n < this.count; n += 1) {
      if (!this.hidden[n] && (!test || test(this, n))) {
        rows.push(n);
      }
    }
    const descending = sort.startsWith("-");
    const column = sort.replace(/^-/, "");
    const value = {
      method: (n) => KINDS[this.kind[n]].method,
      status: (n) => KINDS[this.kind[n]].status,
      host: (n) => KINDS[this.kind[n]].host,
      path: (n) => KINDS[this.kind[n]].path(n),
      type: (n) => KINDS[this.kind[n]].type ?? "",
      size: (n) => this.size[n],
      duration: (n) => this.duration[n],
    }[column];
    if (value) {
      rows.sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        return x < y ? -1 : x > y ? 1 : a - b;
      });
    }
    if (descending) {
      rows.reverse();
    }
    this.views.set(key, { rows, test });
    return rows;
  }

  clear(rows) {
    const ticket = this.tickets.size + 1;
    this.tickets.set(ticket, { rows: [...rows], until: Date.now() + 10_000 });
    this.hide(rows, 1);
    return ticket;
  }

  undo(ticket) {
    const cleared = this.tickets.get(ticket);
    if (!cleared || cleared.until < Date.now()) {
      return false;
    }
    this.tickets.delete(ticket);
    this.hide(cleared.rows, 0);
    return true;
  }

  hide(rows, hidden) {
    for (const n of rows) {
      this.hiddenCount += hidden - this.hidden[n];
      this.hidden[n] = hidden;
    }
    this.views.clear();
  }

  /** The row number of an id, or null. */
  find(id) {
    const n = Number.parseInt(id.slice(-12), 16);
    return id === idOf(0, n) && n < this.count && !this.hidden[n] ? n : null;
  }

  time(n) {
    return new Date(this.begun + n * 35).toISOString().replace("Z", `${String(hash(n) % 1000).padStart(3, "0")}Z`);
  }

  row(n) {
    const kind = KINDS[this.kind[n]];
    const plain = kind.plain === true;
    const path = kind.path(n);
    const open = this.duration[n] < 0;
    return {
      number: n + 1,
      id: idOf(0, n),
      connection: idOf(1, connectionOf(n)),
      started: this.time(n),
      duration_us: open ? null : this.duration[n],
      method: kind.method,
      url: `${kind.scheme ?? (plain ? "http" : "https")}://${kind.host}${path}`,
      scheme: kind.scheme ?? (plain ? "http" : "https"),
      host: kind.host,
      port: kind.port ?? (plain ? 80 : 443),
      path,
      status: kind.status,
      http_version: kind.old || plain ? "HTTP/1.1" : "HTTP/2",
      request_bytes: kind.sends ? kind.sends[1](n).length : 0,
      response_bytes: this.size[n],
      content_type: kind.type?.split(";")[0] ?? null,
      state: kind.error ? "failed" : open ? "open" : "done",
      error: kind.error ?? null,
      tls: rowTls(tlsOf(connectionOf(n), kind), kind),
      failure: failureOf(kind),
      protocol: kind.protocol ?? "http",
      operation: kind.operation ?? null,
      grpc_status: kind.grpc_status ?? null,
      process: n % 3 === 0 ? { pid: 4_100 + (n % 7), name: "curl", executable: "/usr/bin/curl" } : null,
      stream_id: kind.old || plain ? null : (n % 4) * 2 + 1,
      origin_stream_id: kind.old || plain ? null : (n % 4) * 2 + 1,
      invites_to_h3: kind.host.startsWith("cdn"),
    };
  }

  exchange(n) {
    const kind = KINDS[this.kind[n]];
    const row = this.row(n);
    const bodies = bodiesOf(kind, n);
    const us = row.duration_us;
    const kept = (half) => ({ bytes: half.wire.length, kept: half.wire.length, dropped: 0 });
    const fields = [
      ["content-type", kind.type],
      ["content-encoding", kind.coding ?? null],
      ["content-length", String(bodies.response.wire.length)],
      ["date", new Date(row.started).toUTCString()],
      ["cache-control", "private, max-age=0"],
      ["location", kind.status === 302 ? "https://www.shop.example/back?code=c9" : null],
      [
        "set-cookie",
        kind.host.startsWith("login") ? "session=s%3A9f2c; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600" : null,
      ],
      ["strict-transport-security", "max-age=63072000"],
      ["server", "shop/4.2"],
      ["alt-svc", kind.host.startsWith("cdn") ? 'h3=":443"; ma=86400' : null],
    ];
    return {
      ...row,
      response_bytes: bodies.response.wire.length,
      request: {
        fields: [
          ["host", kind.host],
          ["user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140 Safari/537.36"],
          ["accept", "application/json, text/plain, */*"],
          ["accept-encoding", "gzip, deflate, br, zstd"],
          ["accept-language", "en-GB,en;q=0.9,de;q=0.7"],
          ...(kind.sends ? [["content-type", kind.sends[0]]] : []),
          ["cookie", "session=s%3A9f2c; theme=dark; consent=necessary"],
          ["authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl"],
        ],
        raw_head: kind.old
          ? `GET ${row.path} HTTP/1.1\r\nHost: ${kind.host}\r\nuser-AGENT:Mozilla/5.0 (X11)\r\nX-Caf\xe9: \t1\r\n\r\n`
          : null,
        trailers: null,
        ...kept(bodies.request),
      },
      response:
        kind.status === null
          ? null
          : {
              status: kind.status,
              reason: null,
              http_version: row.http_version,
              made_here: kind.error !== undefined,
              fields: fields.filter(([, value]) => value !== null),
              raw_head: kind.old ? "HTTP/1.1 200 \r\nContent-Type: text/csv\nDate:  now\r\n\r\n" : null,
              trailers: kind.grpc_status === undefined ? null : [["grpc-status", String(kind.grpc_status)]],
              ...kept(bodies.response),
            },
      grpc_status_details: kind.grpc_status > 0 ? STATUS_DETAILS : null,
      grpc_message: kind.grpc_status > 0 ? "no lens of that name" : null,
      informational:
        kind.status === 503
          ? [{ status: 103, fields: [["link", "</app.css>; rel=preload"]], raw_head: null }]
          : kind.old
            ? [{ status: 100, fields: [], raw_head: "HTTP/1.1 100 Continue\r\n\r\n" }]
            : [],
      timings: {
        request_sent_us: 310,
        request_end_us: 420,
        response_head_us: us === null ? 4_100 : Math.round(us * 0.7),
        end_us: us,
      },
      connection_detail: connection(this, connectionOf(n), kind),
    };
  }

  bodies(n) {
    return bodiesOf(KINDS[this.kind[n]], n);
  }

  get connectionCount() {
    return this.count === 0 ? 0 : connectionOf(this.count - 1) + 1;
  }

  connection(k) {
    return { number: k + 1, ...connection(this, k, KINDS[this.kind[firstOf(k)] ?? 0]) };
  }

  findConnection(id) {
    const k = Number.parseInt(id.slice(-12), 16);
    return id === idOf(1, k) && k < this.connectionCount ? k : null;
  }
}
