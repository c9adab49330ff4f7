import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import {
  CERTIFICATE_FIELDS,
  caretLine,
  CONNECTION_FIELDS,
  EXCHANGE_EXAMPLES,
  EXCHANGE_FIELDS,
  quoteValue,
  splitTerms,
  suggest,
  suggestFirst,
  takeSuggestion,
  withoutEachTerm,
} from "./filter";

const seen = new Map([["host", ["api.shop.example", "cdn.shop.example"]]]);
const offers = (text: string, caret = text.length) =>
  suggest(text, caret, EXCHANGE_FIELDS, seen).suggestions.map((one) => one.text);

it("marks the place of an error", () => {
  expect(caretLine({ start: 0, end: 4 })).toBe("^^^^");
  expect(caretLine({ start: 3, end: 5 })).toBe("   ^^");
  expect(caretLine({ start: 2, end: 2 })).toBe("  ^");
});

it("cuts terms outside quotes and brackets", () => {
  expect(splitTerms('host:a  "x y" (b or c) -d')).toEqual(["host:a", '"x y"', "(b or c)", "-d"]);
  expect(splitTerms(String.raw`"a \" b" c`)).toEqual([String.raw`"a \" b"`, "c"]);
});

describe("what stands in the way", () => {
  it("is each term of several", () => {
    expect(withoutEachTerm("host:a status:404")).toEqual([
      { without: "host:a", rest: "status:404" },
      { without: "status:404", rest: "host:a" },
    ]);
  });

  it("is not guessed for one term, or where words join terms", () => {
    expect(withoutEachTerm("host:a")).toEqual([]);
    expect(withoutEachTerm("a or b")).toEqual([]);
  });
});

it("knows the fields that the server knows", () => {
  const source = readFileSync("../../capture/src/filter/field.rs", "utf8");
  const names = [...source.matchAll(/^ {4}\("([a-z0-9.-]+)", Field::/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(0);
  expect(EXCHANGE_FIELDS.map(({ name }) => name).sort()).toEqual(names.sort());
  expect(names).toEqual(expect.arrayContaining(CONNECTION_FIELDS.map(({ name }) => name)));

  const ofCertificates = readFileSync("../../capture/src/filter/certificate.rs", "utf8");
  const fields = [...ofCertificates.matchAll(/^ {8}\("([a-z0-9]+)", Field::/gm)].map(([, name]) => name);
  expect(CERTIFICATE_FIELDS.map(({ name }) => name).sort()).toEqual(fields.sort());
});

describe("suggestions", () => {
  it("for an empty filter are examples, then every field", () => {
    const all = suggestFirst(EXCHANGE_FIELDS, EXCHANGE_EXAMPLES);
    expect(all[0]).toEqual({ text: "error:*", hint: "whatever failed", whole: true });
    expect(all).toHaveLength(EXCHANGE_EXAMPLES.length + EXCHANGE_FIELDS.length);
    expect(all.at(-1)).toMatchObject({ text: "resumed:", whole: false });
  });

  it("offer fields while a name is typed, all of them at the begin", () => {
    expect(offers("sta")).toEqual(["status:", "state:"]);
    expect(offers("-ho")).toEqual(["-host:"]);
    expect(offers("")).toContain("path:");
  });

  it("offer what was seen, what begins alike first", () => {
    expect(offers("host:")).toEqual(["host:api.shop.example", "host:cdn.shop.example"]);
    expect(offers("host:cdn")).toEqual(["host:cdn.shop.example"]);
    expect(offers("status:4")).toEqual(["status:4xx", "status:>=400"]);
  });

  it("are about the term at the caret", () => {
    expect(offers("sta host:x", 3)).toEqual(["status:", "state:"]);
    expect(offers("nothing:")).toEqual([]);
  });

  it("are put in place of the term", () => {
    const { span, suggestions } = suggest("a hos b", 5, EXCHANGE_FIELDS, seen);
    const [first] = suggestions;
    expect(first && takeSuggestion("a hos b", span, first)).toEqual({ text: "a host: b", caret: 7 });
  });

  it("that are whole leave room for the next term", () => {
    const { span, suggestions } = suggest("host:cdn", 8, EXCHANGE_FIELDS, seen);
    const [first] = suggestions;
    expect(first && takeSuggestion("host:cdn", span, first)).toEqual({ text: "host:cdn.shop.example ", caret: 22 });
  });
});

it("quotes what the language would read otherwise", () => {
  expect(quoteValue("plain")).toBe("plain");
  expect(quoteValue('a "b"')).toBe(String.raw`"a \"b\""`);
});
