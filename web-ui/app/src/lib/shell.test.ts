import { expect, it } from "vitest";

import { quoteWord } from "./shell";

it("quotes what a shell would cut, and leaves the rest", () => {
  expect(quoteWord("/home/ada/root.pem")).toBe("/home/ada/root.pem");
  expect(quoteWord("/home/a b/it's.pem")).toBe(String.raw`'/home/a b/it'\''s.pem'`);
});
