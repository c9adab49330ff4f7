import { describe, expect, it } from "vitest";

import { fitText, twoLines } from "./fit";

describe("text fitted to a drawing", () => {
  it("is the first that fits, or the last one cut", () => {
    expect(fitText(["alert handshake_failure", "handshake_failure"], 240, 10)).toBe("alert handshake_failure");
    expect(fitText(["alert handshake_failure", "handshake_failure"], 175, 10)).toBe("handshake_failure");
    expect(fitText(["alert handshake_failure", "handshake_failure"], 100, 10)).toBe("handshake…");
    expect(fitText(["x"], 5, 10)).toBe("");
  });

  it("breaks between words, and cuts what the second line has no room for", () => {
    expect(twoLines("The origin reset the connection", 400, 10)).toEqual(["The origin reset the connection"]);
    expect(twoLines("The origin reset the connection", 200, 10)).toEqual(["The origin reset the", "connection"]);
    expect(twoLines("The origin reset the connection after the ClientHello", 160, 10)).toEqual([
      "The origin reset",
      "the connection…",
    ]);
    expect(twoLines("handshake_failure", 80, 10)).toEqual(["handsha…"]);
  });
});
