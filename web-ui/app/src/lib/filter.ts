// What the filter box does with its text before the server has a say: where an error points, what could come next,
// which terms it is made of. The language itself is the server's.

import { ROLES } from "./certificates";
import { GRPC_STATUSES } from "./protocol";

/** A run of characters, `end` not included. */
export interface CharSpan {
  start: number;
  end: number;
}

/** The marks that stand under the characters at fault: `     ^^^^`. At least one, also behind the end. */
export function caretLine({ start, end }: CharSpan): string {
  return " ".repeat(Math.max(0, start)) + "^".repeat(Math.max(1, end - start));
}

/** The terms of a filter: cut at spaces outside quotes and brackets. */
export function splitTerms(text: string): string[] {
  return termSpans(text).map(({ start, end }) => text.slice(start, end));
}

function termSpans(text: string): CharSpan[] {
  const spans: CharSpan[] = [];
  let start = -1;
  let quoted = false;
  let depth = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const letter = text[at];
    if (letter === undefined || (letter === " " && !quoted && depth === 0)) {
      if (start >= 0) {
        spans.push({ start, end: at });
      }
      start = -1;
      continue;
    }
    if (start < 0) {
      start = at;
    }
    if (letter === '"' && text[at - 1] !== "\\") {
      quoted = !quoted;
    } else if (!quoted && (letter === "(" || letter === ")")) {
      depth = Math.max(0, depth + (letter === "(" ? 1 : -1));
    }
  }
  return spans;
}

/** The filters that are left when one term is taken out, with that term. For saying what stands in the way. */
export function withoutEachTerm(text: string): { without: string; rest: string }[] {
  const terms = splitTerms(text);
  if (terms.length < 2 || terms.some((term) => /^(?:and|or|not|\(|\))$/i.test(term))) {
    return [];
  }
  return terms.map((without, at) => ({ without, rest: terms.filter((_, other) => other !== at).join(" ") }));
}

export interface FilterField {
  name: string;
  /** What it compares, for the list of suggestions. */
  hint: string;
  /** Values worth offering without having seen any. */
  values: readonly string[];
}

const OUTCOMES = ["inspected", "passed", "opaque", "plain", "failed"];

const HOST: FilterField = {
  name: "host",
  hint: "a name or the begin of a label: example.com, *.cdn.*, =api.example.com",
  values: [],
};
const ERROR: FilterField = {
  name: "error",
  hint: "text, stage or leg of the failure; * for any",
  values: ["*", "tls", "client", "origin", "connect", "resolve", "verify"],
};
const SIZE: FilterField = { name: "size", hint: "bytes: >1mb, 1kb-1mb, 0", values: [">100kb", ">1mb", "0"] };
const DURATION: FilterField = {
  name: "duration",
  hint: "how long it took: >1s, <=250ms",
  values: [">100ms", ">1s", ">10s"],
};
const PROCESS: FilterField = { name: "process", hint: "the program of this machine that came in: curl", values: [] };
const OUTCOME: FilterField = { name: "outcome", hint: "what became of the connection", values: OUTCOMES };
const DOOR: FilterField = {
  name: "door",
  hint: "how the client came in",
  values: ["connect", "http", "socks5", "socks4", "transparent", "reverse", "own"],
};
const CONNECTION: FilterField = { name: "connection", hint: "an id or a number", values: [] };

/** What TLS agreed on, on either leg. */
const TLS: readonly FilterField[] = [
  { name: "tls.version", hint: "TLS of either leg: 1.3, 1.2", values: ["1.3", "1.2"] },
  {
    name: "tls.suite",
    hint: "cipher suite of either leg, the begin of IANA's name or of a part of it",
    values: ["aes_128_gcm", "aes_256_gcm", "chacha20"],
  },
  {
    name: "tls.group",
    hint: "key exchange group of either leg: x25519, *mlkem*",
    values: ["X25519MLKEM768", "x25519", "secp256r1", "secp384r1"],
  },
  { name: "tls.alpn", hint: "application protocol of either leg", values: ["h2", "http/1.1"] },
  { name: "ja4", hint: "the client's fingerprint: t13d*", values: [] },
  { name: "resumed", hint: "whether an earlier session was resumed", values: ["yes", "no"] },
];

/** How the origin's chain was judged, and which certificates were there. */
const CHAIN: readonly FilterField[] = [
  {
    name: "verdict",
    hint: "what was decided of the origin's chain",
    values: ["overridden", "refused", "trusted", "not_judged"],
  },
  {
    name: "check",
    hint: "a check of a chain that failed or warned: dates, name",
    values: ["dates", "name", "path", "anchor"],
  },
  { name: "cert", hint: "the begin of a certificate's SHA-256", values: [] },
];

/** What an exchange can be found by. */
export const EXCHANGE_FIELDS: readonly FilterField[] = [
  HOST,
  { name: "path", hint: "path and query contain it: /api, /api/*/edit, =/", values: [] },
  {
    name: "method",
    hint: "get, or several: post,put",
    values: ["get", "post", "put", "patch", "delete", "head", "options"],
  },
  { name: "status", hint: "404, 4xx, >=400, 301,302", values: ["2xx", "3xx", "4xx", "5xx", ">=400"] },
  {
    name: "type",
    hint: "the response's media type: json, image/*",
    values: ["json", "html", "image/*", "javascript", "css"],
  },
  SIZE,
  DURATION,
  { name: "state", hint: "how far it has come", values: ["open", "done", "failed"] },
  ERROR,
  {
    name: "protocol",
    hint: "what it speaks",
    values: ["websocket", "sse", "ndjson", "grpc", "grpc_web", "graphql", "opaque", "http"],
  },
  { name: "operation", hint: "gRPC method or GraphQL operation: shop.Quotes/*", values: [] },
  {
    name: "grpc-status",
    hint: "gRPC's status, by name or number: not_found, >0",
    values: GRPC_STATUSES.map((name) => name.toLowerCase()),
  },
  { name: "scheme", hint: "http or https", values: ["https", "http"] },
  { name: "version", hint: "the client's HTTP", values: ["2", "1.1", "1.0"] },
  CONNECTION,
  PROCESS,
  DOOR,
  OUTCOME,
  ...CHAIN,
  ...TLS,
];

/** What a connection can be found by. */
export const CONNECTION_FIELDS: readonly FilterField[] = [
  OUTCOME,
  HOST,
  ERROR,
  SIZE,
  DURATION,
  CONNECTION,
  PROCESS,
  DOOR,
  ...CHAIN,
  ...TLS,
];

/** A filter as a whole, and what it finds. */
export interface FilterExample {
  text: string;
  hint: string;
}

/** What is offered before anything is typed. */
export const EXCHANGE_EXAMPLES: readonly FilterExample[] = [
  { text: "error:*", hint: "whatever failed" },
  { text: "status:>=400 -path:/health", hint: "answers that say an error, but for one path" },
  { text: "host:example.com method:post,put", hint: "what was sent to a host and those below it" },
  { text: "protocol:websocket,grpc", hint: "what carries messages of its own" },
  { text: "(type:json or type:xml) size:>1mb", hint: "large answers of either type" },
  { text: '"set-cookie: id="', hint: "text in URL, method, status or headers" },
];

export const CONNECTION_EXAMPLES: readonly FilterExample[] = [
  { text: "outcome:failed", hint: "those that came to nothing" },
  { text: "error:client", hint: "failures of the leg toward the client" },
  { text: "verdict:overridden or verdict:refused", hint: "chains that are not valid" },
  { text: "tls.version:1.2 or tls.group:x25519", hint: "an older version on either leg, or a classical group" },
];

/** What a certificate can be found by. */
export const CERTIFICATE_FIELDS: readonly FilterField[] = [
  { name: "host", hint: "a host that it was seen with: example.com", values: [] },
  { name: "subject", hint: "whose it is", values: [] },
  { name: "issuer", hint: "who issued it", values: [] },
  { name: "name", hint: "a name that it is for", values: [] },
  { name: "expires", hint: "how long it has to go: <30d, >=1y", values: ["<7d", "<30d", ">=1y"] },
  { name: "expired", hint: "whether its time is over", values: ["yes", "no"] },
  { name: "key", hint: "its key: rsa, p-256", values: ["rsa", "p-256", "p-384", "ed25519"] },
  { name: "signature", hint: "how it is signed: sha-1", values: ["sha-1", "sha-256", "sha-384"] },
  { name: "role", hint: "what it was seen as", values: ROLES },
  {
    name: "verdict",
    hint: "what was decided of a chain with it",
    values: ["refused", "overridden", "trusted", "not_judged"],
  },
  { name: "revoked", hint: "whether its issuer revoked it, as a staple or a list said", values: ["yes", "no"] },
  { name: "ca", hint: "whether it may sign others", values: ["yes", "no"] },
  { name: "serial", hint: "its serial number", values: [] },
  { name: "sha256", hint: "the begin of its SHA-256", values: [] },
];

export const CERTIFICATE_EXAMPLES: readonly FilterExample[] = [
  { text: "role:leaf expires:<30d", hint: "leaves that end within a month" },
  { text: "issuer:r3 -key:rsa", hint: "of one issuer, and without RSA" },
  { text: "signature:sha-1 or key:rsa", hint: "either of both" },
];

/** How terms are written and joined, in the order in which a person needs it. */
export const FILTER_GRAMMAR: readonly FilterExample[] = [
  { text: "status:404 host:cdn", hint: "terms side by side must all hold" },
  { text: "a or b", hint: "either; parentheses group: (a or b) c" },
  { text: "-host:cdn", hint: "not; also: not host:cdn" },
  { text: "login", hint: "without a field: text in URL, method, status or headers" },
  { text: '"two words"', hint: "quotes around text with spaces, parentheses or a colon" },
  { text: "method:post,put", hint: "one of several, where a field has a closed set of values" },
  { text: "status:>=400", hint: "also <, <=, > and a range: 200-299 (status, size, duration)" },
  { text: "host:*.cdn.*", hint: "* stands for any text, = for the whole: host:=example.com" },
];

/** What was seen in the rows at hand, by field. */
export type SeenValues = ReadonlyMap<string, readonly string[]>;

export interface Suggestion {
  /** What the term becomes. */
  text: string;
  hint: string;
  /** The term is whole: a space may follow. False for `host:`, which waits for its value. */
  whole: boolean;
}

/** What an empty filter could become: whole examples, then every field. */
export function suggestFirst(fields: readonly FilterField[], examples: readonly FilterExample[]): Suggestion[] {
  return [
    ...examples.map(({ text, hint }) => ({ text, hint, whole: true })),
    ...fields.map(({ name, hint }) => ({ text: `${name}:`, hint, whole: false })),
  ];
}

/** What the term at `caret` could become, best first; `most` at the most. */
export function suggest(
  text: string,
  caret: number,
  fields: readonly FilterField[],
  seen: SeenValues,
  most = 8,
): { span: CharSpan; suggestions: Suggestion[] } {
  const span = termSpans(text).find(({ start, end }) => start < caret && caret <= end) ?? { start: caret, end: caret };
  const typed = text.slice(span.start, caret);
  const minus = typed.startsWith("-") ? "-" : "";
  const term = typed.slice(minus.length);
  const colon = term.indexOf(":");
  if (colon < 0) {
    const begun = fields.filter((field) => field.name.startsWith(term.toLowerCase()));
    return {
      span,
      suggestions: begun.map(({ name, hint }) => ({ text: `${minus}${name}:`, hint, whole: false })).slice(0, most),
    };
  }
  const field = fields.find(({ name }) => name === term.slice(0, colon).toLowerCase());
  if (!field) {
    return { span, suggestions: [] };
  }
  const value = term.slice(colon + 1).toLowerCase();
  const values = [...new Set([...(seen.get(field.name) ?? []), ...field.values])];
  const suggestions = values
    .filter((known) => known.toLowerCase().includes(value) && known.toLowerCase() !== value)
    .sort((a, b) => Number(b.toLowerCase().startsWith(value)) - Number(a.toLowerCase().startsWith(value)))
    .slice(0, most)
    .map((known) => ({ text: `${minus}${field.name}:${quoteValue(known)}`, hint: "", whole: true }));
  return { span, suggestions };
}

/** `text` with a suggestion taken, and where the caret stands then. */
export function takeSuggestion(text: string, span: CharSpan, suggestion: Suggestion): { text: string; caret: number } {
  const put = suggestion.text + (suggestion.whole && text[span.end] !== " " ? " " : "");
  return { text: text.slice(0, span.start) + put + text.slice(span.end), caret: span.start + put.length };
}

/** A value as the language wants it: in quotes when it holds a space, a bracket or a quote. */
export function quoteValue(value: string): string {
  return /[\s()"]/.test(value) ? `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : value;
}
