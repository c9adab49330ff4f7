// As much of the filter language as the dashboard's development needs.

import { KINDS } from "./mock-kinds.mjs";

const FIELDS = ["host", "path", "method", "status", "connection"];

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
  for (const found of text.matchAll(/(-?)(?:([A-Za-z]+):)?(?:"((?:[^"\\]|\\.)*)("?)|(\S+)|(?=\s|$))/g)) {
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
      case "connection":
        return data.row(n).connection === value;
      default:
        return kind.host.includes(value) || kind.path(n).toLowerCase().includes(value);
    }
  };
  return negated ? (data, n) => !matches(data, n) : matches;
}
