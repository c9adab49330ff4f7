// The kinds of exchanges that the mock server tells of, and the bodies they carry.

import { gzipSync } from "node:zlib";

import { png } from "./mock-png.mjs";

const NAMES = ["Ada Lovelace", "Grace Hopper", "Barbara Liskov", "Radia Perlman", "Edsger Dijkstra", "Leslie Lamport"];

function orders(count, from) {
  return {
    orders: Array.from({ length: count }, (_, nth) => ({
      id: `ord_${(from + nth).toString(36).padStart(6, "0")}`,
      customer: { name: NAMES[nth % NAMES.length], email: `person${nth}@example.com`, vip: nth % 3 === 0 },
      total: 1999 + nth * 250,
      currency: "EUR",
      reference: `9007199254740${993 + nth}`,
      lines: [
        { sku: "LENS-10X", quantity: 1 + (nth % 3), note: null },
        { sku: "CASE-S", quantity: 1, note: "gift wrap, please" },
      ],
    })),
    next: `/v1/orders?cursor=${(from + count).toString(36)}`,
  };
}

/** JSON with a number that no double holds, to see that it is shown as it was sent. */
function ordersText(count, from) {
  return JSON.stringify(orders(count, from)).replace(/"reference":"(\d+)"/g, '"reference":$1');
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Example shop</title>
    <link rel="stylesheet" href="/assets/app.css">
    <!-- the rest is drawn by the script -->
  </head>
  <body class="home">
    <h1>Lenses &amp; cases</h1>
    <p>Everything for <em>looking closely</em>.</p>
    <script src="/assets/app.js" defer></script>
  </body>
</html>
`;

const SCRIPT = `// Adds what was chosen to the basket.
export async function addToBasket(sku, quantity = 1) {
  const answer = await fetch("/v1/basket", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sku, quantity }),
  });
  if (!answer.ok) {
    throw new Error(\`the basket said \${answer.status}\`);
  }
  return answer.json();
}
`;

const STYLE = `:root { --ink: #16212b; --paper: #fdfdfb; }
body.home { color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui; }
/* The price stands out. */
.price { font-weight: 600; }
`;

const expired = { leg: "origin", stage: "verify", text: "certificate expired 3 days ago" };
const refused = { leg: "origin", stage: "connect", text: "connection refused by 203.0.113.9:443" };

const rejected = { leg: "client", stage: "tls", text: "the client rejected our certificate" };

/** Each: how often (weight), and what an exchange of it looks like. `size` is what passes on the wire. */
export const KINDS = [
  {
    weight: 26,
    method: "GET",
    host: "api.shop.example",
    path: (n) => `/v1/orders?limit=20&cursor=${n.toString(36)}`,
    status: 200,
    type: "application/json",
    coding: "gzip",
    body: (n) => Buffer.from(ordersText(20, n)),
    us: 41_000,
  },
  {
    weight: 9,
    method: "POST",
    host: "api.shop.example",
    path: () => "/v1/basket",
    status: 201,
    type: "application/json",
    sends: ["application/json", (n) => Buffer.from(JSON.stringify({ sku: "LENS-10X", quantity: 1 + (n % 4) }))],
    body: (n) => Buffer.from(JSON.stringify({ basket: n, lines: 2 })),
    us: 63_000,
  },
  {
    weight: 12,
    method: "GET",
    host: "cdn.shop.example",
    path: (n) => `/assets/product-${n % 400}.png`,
    status: 200,
    type: "image/png",
    body: (n) => png(160, 100, n * 7),
    us: 12_000,
  },
  {
    weight: 6,
    method: "GET",
    host: "www.shop.example",
    path: () => "/",
    status: 200,
    type: "text/html; charset=utf-8",
    coding: "gzip",
    body: () => Buffer.from(PAGE),
    us: 88_000,
  },
  {
    weight: 6,
    method: "GET",
    host: "cdn.shop.example",
    path: () => "/assets/app.js",
    status: 200,
    type: "text/javascript",
    body: () => Buffer.from(SCRIPT),
    us: 9_000,
  },
  {
    weight: 5,
    method: "GET",
    host: "cdn.shop.example",
    path: () => "/assets/app.css",
    status: 304,
    type: "text/css",
    body: () => Buffer.from(STYLE),
    us: 6_400,
  },
  {
    weight: 5,
    method: "GET",
    host: "login.shop.example",
    path: (n) => `/authorize?client_id=web&state=${n}&redirect_uri=https%3A%2F%2Fwww.shop.example%2Fback`,
    status: 302,
    type: null,
    body: null,
    us: 22_000,
  },
  {
    weight: 4,
    method: "POST",
    host: "login.shop.example",
    path: () => "/token",
    status: 200,
    type: "application/json",
    sends: [
      "application/x-www-form-urlencoded",
      (n) =>
        Buffer.from(
          `grant_type=authorization_code&code=c${n}&redirect_uri=https%3A%2F%2Fwww.shop.example%2Fback&scope=openid+profile`,
        ),
    ],
    body: (n) => Buffer.from(JSON.stringify({ token_type: "Bearer", expires_in: 3600, access_token: `at_${n}` })),
    us: 77_000,
  },
  {
    weight: 6,
    method: "GET",
    host: "api.shop.example",
    path: (n) => `/v1/products/${n % 9000}`,
    status: 404,
    type: "application/problem+json",
    body: () => Buffer.from(JSON.stringify({ type: "about:blank", title: "Not Found", status: 404 })),
    us: 18_000,
  },
  {
    weight: 3,
    method: "PUT",
    host: "api.shop.example",
    path: (n) => `/v1/products/${n % 9000}/stock`,
    status: 503,
    type: "text/plain",
    body: () => Buffer.from("upstream is busy\n"),
    us: 3_004_000,
  },
  {
    weight: 4,
    method: "POST",
    host: "telemetry.vendor.example",
    path: () => "/collect",
    status: 204,
    type: null,
    body: null,
    sends: ["application/octet-stream", (n) => Buffer.alloc(900, n & 255)],
    us: 31_000,
  },
  {
    weight: 3,
    method: "GET",
    host: "legacy.partner.example",
    path: (n) => `/export/${n}.csv`,
    status: 200,
    type: "text/csv",
    body: () => Buffer.from("sku;quantity\nLENS-10X;3\nCASE-S;1\n"),
    us: 240_000,
    old: true,
  },
  {
    weight: 2,
    method: "GET",
    host: "intranet.example",
    path: () => "/status",
    status: 200,
    type: "text/plain",
    body: () => Buffer.from("fine\n"),
    us: 2_100,
    plain: true,
  },
  {
    weight: 2,
    method: "GET",
    host: "self-signed.lab.example",
    path: () => "/",
    status: 200,
    type: "text/html",
    body: () => Buffer.from(PAGE),
    us: 14_000,
    decision: "overridden",
  },
  {
    weight: 2,
    method: "GET",
    host: "expired.partner.example",
    path: () => "/feed.xml",
    status: 502,
    type: "text/html",
    body: () => Buffer.from("<h1>Handlens could not reach the origin</h1>"),
    us: 1_900,
    error: expired,
    decision: "refused",
  },
  {
    weight: 1,
    method: "GET",
    host: "down.partner.example",
    path: () => "/health",
    status: 502,
    type: "text/html",
    body: () => Buffer.from("<h1>Handlens could not reach the origin</h1>"),
    us: 900,
    error: refused,
  },
  {
    weight: 1,
    method: "CONNECT",
    host: "api.bank.example",
    path: () => "",
    status: null,
    type: null,
    body: null,
    us: 34_000,
    error: rejected,
    alert: { code: 48, name: "unknown_ca", sent_by_us: false },
  },
  {
    weight: 1,
    method: "GET",
    host: "downloads.vendor.example",
    path: (n) => `/releases/tool-${n % 50}.json`,
    status: 200,
    type: "application/json",
    body: (n) => Buffer.from(ordersText(9_000, n)),
    us: 1_840_000,
  },
  {
    weight: 1,
    method: "GET",
    host: "stream.vendor.example",
    path: () => "/events",
    status: 200,
    type: "text/event-stream",
    body: () => Buffer.from("event: tick\ndata: {}\n\n"),
    us: null,
    protocol: "sse",
  },
];

const speaks = (protocol, more) => ({
  weight: 0,
  method: "GET",
  status: 200,
  type: null,
  us: 88_000,
  protocol,
  ...more,
});
const carried = (bytes) => () => Buffer.alloc(bytes, 7);

/** Kinds that stand at fixed places: row 40 and those behind it, and again every 500 rows. */
export const PROTOCOL_KINDS = [
  speaks("websocket", {
    host: "prices.shop.example",
    path: () => "/live",
    status: 101,
    us: null,
    body: carried(900_000),
  }),
  speaks("websocket", {
    host: "prices.shop.example",
    path: () => "/closed",
    status: 101,
    us: 137_000_000,
    body: carried(900_000),
  }),
  speaks("ndjson", {
    host: "search.shop.example",
    path: () => "/reindex",
    type: "application/x-ndjson",
    method: "POST",
    body: carried(5_400),
  }),
  speaks("grpc", {
    host: "quotes.shop.example",
    path: () => "/shop.Quotes/Watch",
    type: "application/grpc",
    method: "POST",
    body: carried(1_500),
    operation: "shop.Quotes/Watch",
    grpc_status: 5,
  }),
  speaks("grpc_web", {
    host: "www.shop.example",
    path: () => "/shop.Quotes/Get",
    type: "application/grpc-web+proto",
    method: "POST",
    body: carried(1_500),
    operation: "shop.Quotes/Get",
    grpc_status: 0,
  }),
  speaks("graphql", {
    host: "graph.shop.example",
    path: () => "/graphql",
    type: "application/json",
    method: "POST",
    sends: ["application/json", () => Buffer.from(JSON.stringify({ query: "query Basket { basket { id } }" }))],
    body: () => Buffer.from(JSON.stringify({ data: { basket: { id: 7 } } })),
    operation: "Basket",
  }),
  speaks("opaque", {
    host: "cache.internal.example",
    port: 6379,
    path: () => "",
    status: null,
    method: "CONNECT",
    scheme: "tcp",
    us: null,
    body: carried(4_000),
  }),
  speaks("websocket", { host: "quiet.shop.example", path: () => "/silent", status: 101, us: null, body: carried(0) }),
];
KINDS.push(...PROTOCOL_KINDS);

/** The kind that row `n` has whatever the wheel says, or null. */
export const fixedKind = (n) => {
  const place = (n % 500) - 40;
  const kind = PROTOCOL_KINDS[place];
  return kind ? KINDS.indexOf(kind) : null;
};

/** What an exchange of this kind carries, on the wire and decoded. */
export function bodiesOf(kind, number) {
  const decoded = kind.body ? kind.body(number) : Buffer.alloc(0);
  const sent = kind.sends ? kind.sends[1](number) : Buffer.alloc(0);
  return {
    request: { wire: sent, decoded: sent },
    response: {
      wire: kind.coding === "gzip" ? gzipSync(decoded) : kind.status === 304 ? Buffer.alloc(0) : decoded,
      decoded: kind.status === 304 ? Buffer.alloc(0) : decoded,
    },
  };
}
