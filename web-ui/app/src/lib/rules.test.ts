import { describe, expect, it } from "vitest";

import { patternFault, waysOut } from "./rules";

describe("rules", () => {
  it("are a way out of what TLS and the chain fail by, and of nothing else", () => {
    expect(waysOut({ leg: "origin", stage: "verify" })).toEqual(["allow_invalid", "pass"]);
    expect(waysOut({ leg: "client", stage: "tls" })).toEqual(["pass"]);
    expect(waysOut({ leg: "origin", stage: "resolve" })).toEqual([]);
    expect(waysOut(null)).toEqual([]);
  });

  it("want a host or a pattern, and not all hosts at once", () => {
    expect(patternFault("api.example.com")).toBeNull();
    expect(patternFault(" *.example.com ")).toBeNull();
    expect(patternFault("")).toBe("a host is missing");
    expect(patternFault("https://api.example.com/")).toContain("not an address of a page");
    expect(patternFault("*")).toContain("every host");
  });
});
