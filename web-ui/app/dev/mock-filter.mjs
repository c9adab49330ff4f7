// As much of the filter language as the dashboard's development needs.

import { connectionOf, tlsOf } from "./mock-connections.mjs";
import { KINDS } from "./mock-kinds.mjs";

const TLS = {
  "tls.version": "version",
  "tls.suite": "cipher_suite",
  "tls.group": "group",
  "tls.alpn": "alpn",
  ja4: "ja4",
};
const FIELDS = [
  "host",
  "path",
  "method",
  "status",
  "connection",
  "protocol",
  "operation",
  "grpc-status",
  "process",
  ...Object.keys(TLS),
  "resumed",
];

/** The text is not a filter. */
export class FilterFault extends Error {
  constructor(detail, start, end) {
    super(detail);
    this.at = [start, end];
  }
}

/** A test of a row, or null when every row matches. */
export function parseFilter(text) {
  const tests = [];
  for (const found of text.matchAll(/(-?)(?:([A-Za-z][A-Za-z0-9.]*):)?(?:"((?:[^"\\]|\\.)*)("?)|(\S+)|(?=\s|$))/g)) {
    const [whole, minus, field, quoted, close, bare] = found;
    if (whole === "") {
      continue;
    }
    if (quoted !== undefined && close === "") {
      throw new FilterFault("this quote is not closed", found.index + whole.indexOf('"'), text.length);
    }
    const name = field?.toLowerCase();
    if (name !== undefined && !FIELDS.includes(name)) {
      throw new FilterFault(
        `there is no field "${field}"; known here are ${FIELDS.join(", ")}`,
        found.index + minus.length,
        found.index + minus.length + field.length,
      );
    }
    const value = (quoted ?? bare ?? "").toLowerCase();
    if (value === "") {
      throw new FilterFault(`\`${field}:\` wants a value`, found.index, found.index + whole.length);
    }
    tests.push(testOf(name, value, minus === "-"));
  }
  return tests.length === 0 ? null : (data, n) => tests.every((test) => test(data, n));
}

const isTls = (field) => field === "resumed" || field in TLS;

function matchesTls(field, value, { client, origin }) {
  const legs = [client, origin].filter((tls) => tls !== null);
  return field === "resumed"
    ? legs.length > 0 && legs.some((tls) => tls.resumed) === (value === "yes")
    : legs.some((tls) => tls[TLS[field]]?.toLowerCase().includes(value.replaceAll("*", "")));
}

/** Whether a connection matches, term by term. */
export function connectionMatches(connection, filter) {
  return filter
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .every((term) => {
      const [, field, value] = /^([a-z0-9.]+):(.+)$/.exec(term) ?? [null, null, term];
      if (field === "outcome") {
        return connection.outcome === value;
      }
      return field !== null && isTls(field)
        ? matchesTls(field, value, { client: connection.client.tls, origin: connection.origin.tls })
        : (connection.target ?? "").includes(value);
    });
}

function testOf(field, value, negated) {
  const matches = (data, n) => {
    const kind = KINDS[data.kind[n]];
    switch (field) {
      case "host":
        return kind.host.includes(value);
      case "path":
        return kind.path(n).toLowerCase().includes(value);
      case "method":
        return kind.method.toLowerCase() === value;
      case "status":
        return value.endsWith("xx")
          ? Math.floor(kind.status / 100) === Number(value[0])
          : kind.status === Number(value);
      case "protocol":
        return value.split(",").includes(kind.protocol ?? "http");
      case "operation":
        return (kind.operation ?? "").toLowerCase().includes(value.replaceAll("*", ""));
      case "grpc-status":
        return kind.grpc_status !== undefined && String(kind.grpc_status) === value;
      case "process":
        return data.row(n).process?.name === value;
      case "connection":
        return data.row(n).connection === value;
      default:
        if (isTls(field)) {
          return matchesTls(field, value, tlsOf(connectionOf(n), kind));
        }
        return kind.host.includes(value) || kind.path(n).toLowerCase().includes(value);
    }
  };
  return negated ? (data, n) => !matches(data, n) : matches;
}
