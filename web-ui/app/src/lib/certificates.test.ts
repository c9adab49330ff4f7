import { describe, expect, it } from "vitest";

import { certificate } from "../fixtures-certificates";
import type { Field } from "../types/generated";
import {
  badgeOf,
  badgesOf,
  besideEachOther,
  checkName,
  countChecks,
  joins,
  kindOf,
  lasting,
  leafChanges,
  organisation,
  shortName,
  worstFirst,
} from "./certificates";

const field = (name: string, value: string, fields: Field[] = []): Field => ({
  name,
  start: 0,
  end: 0,
  value,
  text: null,
  rfc: null,
  recommended: null,
  fields,
});

describe("a name", () => {
  it.each([
    ["CN=www.example, O=Example, C=GB", "www.example"],
    ["C=US, O=Let's Encrypt, CN=R11", "R11"],
    ["O=Only An Organisation, C=DE", "Only An Organisation"],
    ['CN="Example, Inc.", O=x', "Example, Inc."],
    ["CN=Example\\, Inc.,O=x", "Example, Inc."],
    ["C=GB", "C=GB"],
    ["", "no name"],
  ])("%s is known as %s", (name, short) => {
    expect(shortName(name)).toBe(short);
  });

  it("tells its organisation beside a common name only", () => {
    expect(organisation("CN=a, O=Example Trust")).toBe("Example Trust");
    expect(organisation("O=Example Trust")).toBeNull();
  });
});

describe("how long a certificate lasts", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const told = (days_left: number, not_after: string, not_before = "2026-01-01T00:00:00Z") =>
    lasting({ days_left, not_before, not_after }, now);

  it("is told in words, and by how much it matters", () => {
    expect(told(212, "2027-06-21T12:00:00Z")).toEqual({ text: "212 days left", tone: "ok" });
    expect(told(21, "2026-12-12T12:00:00Z")).toEqual({ text: "21 days left", tone: "warn" });
    expect(told(1, "2026-11-22T13:00:00Z")).toEqual({ text: "1 day left", tone: "warn" });
    expect(told(0, "2026-11-21T13:00:00Z")).toEqual({ text: "ends today", tone: "bad" });
    expect(told(-1, "2026-11-21T11:00:00Z")).toEqual({ text: "expired today", tone: "bad" });
    expect(told(-4, "2026-11-18T11:00:00Z")).toEqual({ text: "expired 3 days ago", tone: "bad" });
    expect(told(3_650, "2036-11-18T11:00:00Z")).toEqual({ text: "10 years left", tone: "ok" });
    expect(told(90, "2027-02-01T00:00:00Z", "2026-11-22T12:00:00Z").tone).toBe("bad");
    expect(told(90, "2027-02-01T00:00:00Z", "2026-11-22T12:00:00Z").text).toMatch(/^not valid before 2026-11-2/);
  });
});

describe("checks", () => {
  const checks = [
    { name: "a", outcome: "not_checked" },
    { name: "b", outcome: "pass" },
    { name: "c", outcome: "fail" },
    { name: "d", outcome: "warn" },
    { name: "e", outcome: "pass" },
  ] as const;

  it("stand with the worst first, and what was not checked last", () => {
    expect(worstFirst(checks).map(({ name }) => name)).toEqual(["c", "d", "b", "e", "a"]);
    expect(countChecks(checks)).toEqual([
      { outcome: "fail", count: 1 },
      { outcome: "warn", count: 1 },
      { outcome: "pass", count: 2 },
      { outcome: "not_checked", count: 1 },
    ]);
  });

  it("and badges have names for a person, unknown ones too", () => {
    expect(checkName("must_staple")).toBe("must-staple");
    expect(checkName("name_constraints")).toBe("name constraints");
    expect(badgesOf(["expired", "wrong_order", "cross_sign"])).toEqual(["expired_cross_sign", "wrong_order"]);
    expect(badgesOf(["expired", "wrong_order"])).toEqual(["expired", "wrong_order"]);
    expect(badgesOf(["self_signed", "root_sent"])).toEqual(["root_sent"]);
    expect(badgesOf(["self_signed"])).toEqual(["self_signed"]);
    expect(badgeOf("root_sent").word).toBe("root sent");
    expect(badgeOf("new_kind")).toEqual({ word: "new kind", means: "new kind", tone: "plain" });
  });
});

it("equal certificates of two columns are joined, each one that is presented twice too", () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => certificate(name)) as [never, never, never];
  expect(joins([a, b, a], [c, a])).toEqual([
    { from: 0, to: 1 },
    { from: 2, to: 1 },
  ]);
});

it("what a certificate is, by its own words", () => {
  expect(kindOf({ is_ca: true, self_issued: true })).toBe("root");
  expect(kindOf({ is_ca: true, self_issued: false })).toBe("intermediate");
  expect(kindOf({ is_ca: false, self_issued: true })).toBe("self-signed leaf");
  expect(kindOf({ is_ca: false, self_issued: false })).toBe("leaf");
});

describe("two certificates beside each other", () => {
  const tree = (usage: string) => [
    field("certificate", "", [
      field("tbs_certificate", "", [field("extensions", "2 extensions", [field("key_usage", usage)])]),
    ]),
  ];

  it("differ aspect by aspect, extensions too", () => {
    const one = certificate("a.test", { names: ["a.test", "b.test"], fields: tree("digitalSignature") });
    const other = certificate("a.test", {
      names: ["a.test"],
      issuer: "CN=ours",
      fields: tree("digitalSignature, keyEncipherment"),
    });
    const different = besideEachOther(one, other).filter(({ same }) => !same);
    expect(different.map(({ aspect }) => aspect)).toEqual(["issuer", "names", "key_usage"]);
    expect(besideEachOther(one, other).find(({ aspect }) => aspect === "not_after")?.client).toEqual([
      "2036-01-01 00:00:00 UTC",
    ]);
    expect(different[2]).toMatchObject({
      client: ["digitalSignature"],
      handlens: ["digitalSignature, keyEncipherment"],
    });
  });
});

it("an extension that nobody knows goes by its number", () => {
  const one = certificate("a.test", {
    fields: [
      field("extensions", "", [
        field("extensions", "1 extension", [
          field("extension", "2 parts", [field("extn_id", "1.3.6.1.4.1.55555.7", [])]),
        ]),
      ]),
    ],
  });
  expect(besideEachOther(one, certificate("a.test")).at(-1)).toMatchObject({
    aspect: "1.3.6.1.4.1.55555.7",
    client: ["2 parts"],
    handlens: [],
  });
});

it("a host's next leaf says what changed", () => {
  const leaf = {
    sha256: "1",
    subject: "CN=a.test",
    issuer: "CN=R10",
    not_after: "2026-12-01T12:00:00Z",
    first_seen: "2026-10-01T12:00:00Z",
    last_seen: "2026-11-01T12:00:00Z",
  };
  expect(leafChanges(leaf, { ...leaf, issuer: "CN=R11", not_after: "2027-03-01T12:00:00Z" })).toEqual([
    "issuer: R10 → R11",
    "end: 2026-12-01 → 2027-03-01",
  ]);
  expect(leafChanges(leaf, { ...leaf, sha256: "2" })).toEqual([]);
});
