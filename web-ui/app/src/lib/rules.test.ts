import { describe, expect, it } from "vitest";

import { verdict } from "../fixtures-certificates";
import type { CheckOutcome } from "../types/generated";
import { patternFault, waysOut, whyBarred } from "./rules";

const checked = (...told: [name: string, outcome: CheckOutcome, certificate: string][]) =>
  verdict({
    presented: ["leaf", "issuing"],
    checks: told.map(([name, outcome, certificate]) => ({ name, outcome, certificate, evidence: "" })),
  });

describe("rules", () => {
  it("are a way out of what TLS and the chain fail by, and of nothing else", () => {
    expect(waysOut({ stage: "verify" })).toEqual(["allow_invalid", "pass"]);
    expect(waysOut({ stage: "tls" })).toEqual(["pass"]);
    expect(waysOut({ stage: "resolve" })).toEqual([]);
    expect(waysOut(null)).toEqual([]);
  });

  it("do not let pass what proved no key, or whose key no proof is taken of", () => {
    const unproven = checked(["dates", "fail", "leaf"], ["possession", "fail", "leaf"]);
    expect(waysOut({ stage: "verify" }, unproven)).toEqual(["pass"]);
    expect(whyBarred(unproven)).toContain("did not prove");
    const weak = checked(["key_strength", "fail", "leaf"], ["possession", "not_checked", "leaf"]);
    expect(waysOut({ stage: "verify" }, weak)).toEqual(["pass"]);
    expect(whyBarred(weak)).toContain("no proof is taken");
    const both = checked(["key_strength", "fail", "leaf"], ["possession", "fail", "leaf"]);
    expect(whyBarred(both)).toContain("no proof is taken");
    const proven = checked(["key_strength", "fail", "leaf"], ["possession", "pass", "leaf"]);
    expect(whyBarred(proven)).toBeNull();
    const issuing = checked(["key_strength", "fail", "issuing"], ["possession", "not_checked", "leaf"]);
    expect(waysOut({ stage: "verify" }, issuing)).toEqual(["allow_invalid", "pass"]);
  });

  it("are those of the remedy where no verdict is at hand", () => {
    expect(waysOut({ stage: "verify", remedy: "renew it; or `--allow-invalid a.test`" })).toContain("allow_invalid");
    expect(waysOut({ stage: "verify", remedy: "give the origin a larger key" })).toEqual(["pass"]);
    expect(waysOut({ stage: "verify", remedy: null })).toContain("allow_invalid");
  });

  it("want a host or a pattern, and not all hosts at once", () => {
    expect(patternFault("api.example.com")).toBeNull();
    expect(patternFault(" *.example.com ")).toBeNull();
    expect(patternFault("")).toBe("a host is missing");
    expect(patternFault("https://api.example.com/")).toContain("not an address of a page");
    expect(patternFault("*")).toContain("every host");
  });
});
