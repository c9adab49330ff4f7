// A stand-in for Handlens, for developing and testing the dashboard: the API's routes and its live link over
// synthetic traffic. It serves the built app under the same Content-Security-Policy.
//
//   node dev/mock-server.mjs [--port 8099] [--rows 5000] [--rate 0]
//
// POST /mock/... moves it: add?n=, messages?id=&n=, link?refuse=0|1, recording?state=&reason=, rate?n=.

import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { asset, json, problem, read, send } from "./mock-answer.mjs";
import { answerCertificates, answerChain } from "./mock-certificates.mjs";
import { idOf } from "./mock-connections.mjs";
import { frames } from "./mock-frames.mjs";
import { MockData } from "./mock-data.mjs";
import { connectionMatches, FilterFault, parseFilter } from "./mock-filter.mjs";
import { handshakes, proven } from "./mock-handshakes.mjs";
import { MockLive } from "./mock-live.mjs";
import { MockMessages } from "./mock-messages.mjs";
import { answerRules, firstRules } from "./mock-rules.mjs";
import { MockTypes } from "./mock-types.mjs";

/** Starts the server; `port` 0 takes any free one. */
export function startMock({ port = 0, rows = 5_000, rate = 0 } = {}) {
  const data = new MockData(rows);
  const recording = { state: "on", reason: null, since: new Date().toISOString() };
  const counts = { rejected: 0 };
  let beat = null;

  const status = () => ({
    version: "0.1.0-mock",
    started: new Date(data.begun).toISOString(),
    proxy: ["127.0.0.1:8080"],
    doors: [
      "http://127.0.0.1:8080",
      "socks5://127.0.0.1:1080",
      "transparent://127.0.0.1:8443",
      "reverse:https://api.shop.example:443@127.0.0.1:9000",
    ],
    dashboard: "127.0.0.1:8081",
    data_dir: null,
    root: {
      subject: "CN=Handlens root 3F9A on workbench",
      sha256: "9f2c41d0a77b53e8".repeat(4),
      not_after: "2036-11-21T09:00:00Z",
      path: "/home/ada/.local/share/handlens/root.pem",
    },
    recording: { ...recording },
    store: {
      bytes: data.count * 5_300,
      max_bytes: 10_737_418_240,
      exchanges: data.held,
      connections: data.connectionCount,
      evicted: 0,
      lost_events: 0,
      dropped_bytes: 0,
      waiting_bytes: 0,
    },
    rates: { requests_per_second: rateNow, bytes_per_second: rateNow * 5_300 },
    open: { connections: data.count === 0 ? 0 : 12, exchanges: data.count === 0 ? 0 : 2 },
    counts: {
      connections: data.connectionCount + counts.rejected,
      inspected: Math.floor(data.connectionCount * 0.8),
      failed_connections: Math.floor(data.connectionCount / 18) + counts.rejected,
      rejected_by_client: Math.floor(data.connectionCount / 36) + counts.rejected,
      exchanges: data.count,
      https_exchanges: data.count,
      failed_exchanges: 0,
    },
  });

  const pages = (view, filter, sort, from, limit) => {
    const test = parseFilter(filter);
    const connections = view === "connections";
    const all = connections
      ? Array.from({ length: data.connectionCount }, (_, k) => k).filter((k) =>
          connectionMatches(data.connection(k), filter),
        )
      : data.view(filter, test, sort === "number" || sort === "time" ? "" : sort);
    const listed = connections && sort.startsWith("-") ? all.reverse() : all;
    const cut = Math.min(limit, 1_000);
    const end = Math.max(0, listed.length - cut);
    let offset = from?.offset ?? 0;
    if (from === "end") {
      offset = end;
    } else if (from?.around !== undefined) {
      const sought = connections ? data.findConnection(from.around) : data.find(from.around);
      offset = Math.max(0, listed.indexOf(sought ?? -1) - Math.floor(cut / 2));
    }
    offset = Math.max(0, Math.min(offset, listed.length));
    const items = listed.slice(offset, offset + cut).map((n) => (connections ? data.connection(n) : data.row(n)));
    return { total: connections ? data.connectionCount : data.held, matched: listed.length, offset, items };
  };

  const live = new MockLive(pages, status);
  let rateNow = 0;
  const setRate = (perSecond) => {
    clearInterval(beat);
    rateNow = perSecond;
    if (perSecond > 0) {
      let owed = 0;
      beat = setInterval(() => {
        owed += perSecond / 20;
        const due = Math.floor(owed);
        owed -= due;
        if (due > 0) {
          data.add(due);
          live.changed();
        }
      }, 50);
    }
  };
  setRate(rate);

  const rules = firstRules();
  const types = new MockTypes();
  const messages = new MockMessages(types);
  const api = { rules, types, messages, data, live, recording, counts, status, pages, setRate };
  const server = createServer((request, response) => {
    answer(api, request, response).catch((error) => {
      const fault = error instanceof FilterFault;
      problem(response, fault ? 400 : 500, error.message, fault ? error.at : undefined);
    });
  });
  server.on("upgrade", (request, socket, head) => live.upgrade(request, socket, head));
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", () => {
      const close = () => {
        clearInterval(beat);
        clearInterval(live.timer);
        live.drop(true);
        server.closeAllConnections();
        server.close();
      };
      resolve({ ...api, url: `http://127.0.0.1:${server.address().port}`, close });
    });
  });
}

async function answer(api, request, response) {
  const url = new URL(request.url ?? "/", "http://mock");
  const { data, live, recording } = api;
  const query = url.searchParams;
  const parts = url.pathname.split("/").slice(1);
  if (parts[0] === "mock") {
    if (parts[1] === "add") {
      data.add(Number(query.get("n") ?? 1));
    } else if (parts[1] === "messages") {
      api.messages.add(query.get("id"), Number(query.get("n") ?? 1));
      live.touched(query.get("id"));
    } else if (parts[1] === "link") {
      live.drop(query.get("refuse") === "1");
    } else if (parts[1] === "rate") {
      api.setRate(Number(query.get("n") ?? 0));
    } else if (parts[1] === "recording") {
      Object.assign(recording, {
        state: query.get("state"),
        reason: query.get("reason"),
        since: new Date().toISOString(),
      });
    }
    live.changed();
    return json(response, {});
  }
  if (parts[0] !== "api") {
    return asset(url.pathname, response);
  }
  switch (parts[1]) {
    case "status":
      return json(response, api.status());
    case "recording":
      Object.assign(recording, { state: JSON.parse(await read(request)).state, since: new Date().toISOString() });
      return json(response, recording);
    case "exchanges":
      return exchanges(api, request, response, parts.slice(2), query);
    case "connections": {
      if (parts[2] === undefined) {
        return json(
          response,
          api.pages(
            "connections",
            query.get("filter") ?? "",
            query.get("sort") ?? "",
            { offset: 0 },
            Number(query.get("limit") ?? 100),
          ),
        );
      }
      const found = data.findConnection(parts[2]);
      if (found === null) {
        return problem(response, 404, "this connection is not held");
      }
      const told = data.connection(found);
      if (parts[3] === "certificates" || parts[3] === "chain.pem") {
        return answerChain(response, told, parts[3]);
      }
      if (parts[3] === "frames") {
        return json(response, frames(told, found));
      }
      if (parts[3] === "handshake") {
        const answer = handshakes(told, found, idOf);
        return json(response, query.get("full") === "0" ? answer : proven(answer));
      }
      return json(response, told);
    }
    case "certificates":
      return answerCertificates(data, response, parts.slice(2), query);
    case "rules":
      return answerRules(api, request, response, parts.slice(2));
    case "export.har":
      return send(
        response,
        200,
        "application/json",
        JSON.stringify({ log: { version: "1.2", creator: { name: "Handlens", version: "0" }, entries: [] } }),
      );
    case "export.pcapng":
      return send(response, 200, "application/x-pcapng", "pcapng");
    default:
      return parts[1]?.startsWith("root.")
        ? send(response, 200, "application/octet-stream", "root")
        : problem(response, 404, "there is no such place");
  }
}

async function exchanges({ data, live, pages, messages, types }, request, response, [id, what, body, deeper], query) {
  const filter = query.get("filter") ?? "";
  if (id === undefined && request.method === "DELETE") {
    const rows = data.view(filter, parseFilter(filter), "");
    const exchanges = rows.length;
    const ticket = data.clear(rows);
    live.changed();
    return json(response, { ticket, exchanges });
  }
  if (id === undefined) {
    return json(
      response,
      pages(
        "exchanges",
        filter,
        query.get("sort") ?? "",
        { offset: Number(query.get("offset") ?? 0) },
        Number(query.get("limit") ?? 100),
      ),
    );
  }
  if (id === "undo") {
    const undone = data.undo(JSON.parse(await read(request)).ticket);
    live.changed();
    return json(response, { undone });
  }
  const n = data.find(id);
  if (n === null) {
    return problem(response, 404, "this exchange is not held");
  }
  if (what === undefined) {
    return json(response, data.exchange(n));
  }
  if (what === "curl") {
    return send(response, 200, "text/plain", `curl ${data.row(n).url}\n`);
  }
  if (what === "types" && request.method === "POST") {
    return types.answer(response, data.row(n));
  }
  if (what === "messages") {
    return messages.answer(response, data.row(n), [body, deeper], query);
  }
  if (body === "body" && data.row(n).protocol === "opaque") {
    const wire = messages.bytes(data.row(n), what);
    return sendBody(request, response, { wire, decoded: wire }, data.row(n), query);
  }
  return body === "body"
    ? sendBody(request, response, data.bodies(n)[what], data.row(n), query)
    : problem(response, 404, "there is no such place");
}

function sendBody(request, response, half, row, query) {
  let bytes = query.size > 0 ? half.decoded : half.wire;
  if (query.get("pretty") === "1" && row.content_type?.includes("json")) {
    bytes = Buffer.from(JSON.stringify(JSON.parse(bytes.toString()), null, 2));
  }
  const type = query.get("as") === "image" ? row.content_type : "application/octet-stream";
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (!range) {
    return send(response, 200, type, bytes);
  }
  const from = Number(range[1]);
  if (from >= bytes.length) {
    return send(response, 416, type, "", { "Content-Range": `bytes */${bytes.length}` });
  }
  const to = Math.min(range[2] === "" ? bytes.length - 1 : Number(range[2]), bytes.length - 1);
  return send(response, 206, type, bytes.subarray(from, to + 1), {
    "Content-Range": `bytes ${from}-${to}/${bytes.length}`,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8099" },
      rows: { type: "string", default: "5000" },
      rate: { type: "string", default: "0" },
    },
  });
  const { url } = await startMock({ port: Number(values.port), rows: Number(values.rows), rate: Number(values.rate) });
  console.log(`mock  ${url}`);
}
