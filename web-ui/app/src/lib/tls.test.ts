import { describe, expect, it } from "vitest";

import { alertMeaning, tlsGrade } from "./tls";

describe("TLS in a glyph", () => {
  const row = { client: "TLS 1.3", origin: "TLS 1.3", decision: "trusted" } as const;

  it("is the worse of both legs", () => {
    expect(tlsGrade(row, null)).toBe("good");
    expect(tlsGrade({ ...row, origin: "TLS 1.2" }, null)).toBe("old");
    expect(tlsGrade({ ...row, decision: "overridden" }, null)).toBe("overridden");
    expect(tlsGrade({ ...row, decision: "refused" }, null)).toBe("bad");
    expect(tlsGrade({ ...row, origin: null, decision: null }, null)).toBe("half");
    expect(tlsGrade({ client: null, origin: null, decision: null }, null)).toBe("none");
  });

  it("has alerts that mean something", () => {
    expect(alertMeaning({ name: "unknown_ca" })).toContain("not among those that the peer trusts");
  });
});
