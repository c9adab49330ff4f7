import { describe, expect, it } from "vitest";

import { alertMeaning, isLegacy, resumedWords, tlsGrade, tlsWords } from "./tls";

describe("TLS in a glyph", () => {
  const row = { client: "TLS 1.3", origin: "TLS 1.3", decision: "trusted" } as const;

  it("is the worse of both legs", () => {
    expect(tlsGrade(row, null)).toBe("good");
    expect(tlsGrade({ ...row, origin: "TLS 1.2" }, null)).toBe("old");
    expect(tlsGrade({ ...row, decision: "overridden" }, null)).toBe("overridden");
    expect(tlsGrade({ ...row, decision: "refused" }, null)).toBe("bad");
    expect(tlsGrade({ ...row, origin: "TLS 1.0", decision: "overridden" }, null)).toBe("legacy");
    expect(tlsGrade({ ...row, origin: null, decision: null }, null)).toBe("half");
    expect(tlsGrade({ client: null, origin: null, decision: null }, null)).toBe("none");
  });

  it("says that a leg is legacy, by its version or by what the server tells", () => {
    expect(tlsWords({ ...row, origin: "TLS 1.0" })).toBe(
      "client leg TLS 1.3, origin leg TLS 1.0, legacy, not safe, chain trusted",
    );
    expect(isLegacy({ version: "TLS 1.2" })).toBe(false);
    expect(isLegacy({ version: "TLS 1.2", legacy: true })).toBe(true);
    expect(tlsGrade({ ...row, origin: "TLS 1.2", legacy: true }, null)).toBe("legacy");
    expect(isLegacy({ version: "SSL 3.0" })).toBe(true);
    expect(isLegacy({ version: "TLS 1.2", cipher_suite: "TLS_RSA_WITH_AES_128_CBC_SHA" })).toBe(true);
    expect(isLegacy({ version: "TLS 1.2", cipher_suite: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" })).toBe(false);
    expect(tlsGrade({ ...row, origin: "TLS 1.2", origin_suite: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA" }, null)).toBe(
      "legacy",
    );
    expect(isLegacy(null)).toBe(false);
  });

  it("says on which leg a session was resumed", () => {
    const word = (resumed: boolean, origin_resumed: boolean) => resumedWords({ ...row, resumed, origin_resumed })?.[0];
    expect([word(false, false), word(true, false), word(false, true), word(true, true)]).toEqual([
      "no",
      "client",
      "origin",
      "both",
    ]);
    expect(resumedWords({ ...row, origin: null, resumed: true, origin_resumed: false })).toEqual([
      "client",
      "The client resumed a session",
    ]);
    expect(resumedWords({ client: null, origin: null, resumed: false, origin_resumed: false })).toBeNull();
  });

  it("has alerts that mean something", () => {
    expect(alertMeaning({ name: "unknown_ca" })).toContain("not among those that the peer trusts");
  });
});
