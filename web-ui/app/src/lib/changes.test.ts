import { expect, it } from "vitest";

import { aspectName, differences } from "./changes";

it("tells what stands in one list alone, and what at another place", () => {
  const { client, handlens } = differences(["a", "b", "c"], ["b", "a", "d"]);
  expect(client.map(({ state }) => state)).toEqual(["moved", "moved", "only"]);
  expect(handlens.map(({ state }) => state)).toEqual(["moved", "moved", "only"]);
});

it("what is left out moves nothing", () => {
  expect(differences(["x", "a", "b"], ["a", "b"]).client.map(({ state }) => state)).toEqual(["only", "both", "both"]);
});

it("an aspect has a name for a person", () => {
  expect(aspectName("signature_schemes")).toBe("signature schemes");
  expect(aspectName("server_alpn")).toBe("ALPN");
  expect(aspectName("server_cipher_suite")).toBe("cipher suite");
  expect(aspectName("server_name")).toBe("server name");
});
