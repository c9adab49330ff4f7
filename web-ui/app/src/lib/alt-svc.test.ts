import { expect, it } from "vitest";

import { offersHttp3 } from "./alt-svc";

it("an invitation to HTTP/3 is found among the ways", () => {
  expect(offersHttp3([["Alt-Svc", 'h3=":443"; ma=86400']])).toBe(true);
  expect(offersHttp3([["alt-svc", 'h2="a:443", h3-29=":443"']])).toBe(true);
  expect(offersHttp3([["alt-svc", 'h2=":443"']])).toBe(false);
  expect(offersHttp3([["alt-svc", "clear"]])).toBe(false);
  expect(offersHttp3([["x", 'h3=":443"']])).toBe(false);
});
