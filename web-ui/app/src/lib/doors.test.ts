import { expect, it } from "vitest";

import { doorWord, openDoors } from "./doors";

it("doors are read as they are told", () => {
  const doors = ["http://0.0.0.0:8080", "socks5://[::]:1080", "transparent://[::]:8443"];
  const reverse = "reverse:https://a.example:443@127.0.0.1:9000";
  expect(openDoors({ doors: [...doors, reverse, "carrier-pigeon"] })).toEqual([
    { mode: "http", address: "127.0.0.1:8080", origin: null },
    { mode: "socks5", address: "[::1]:1080", origin: null },
    { mode: "transparent", address: "[::]:8443", origin: null },
    { mode: "reverse", address: "127.0.0.1:9000", origin: "https://a.example:443" },
  ]);
});

it("a door has its word", () => {
  expect(doorWord("socks5")).toBe("SOCKS 5");
});
