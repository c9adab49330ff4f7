import { expect, it } from "vitest";

import { doorWord, openDoors } from "./doors";

it("doors are read as they are told", () => {
  const doors = ["http://0.0.0.0:8080", "socks5://[::]:1080", "transparent://127.0.0.1:8443"];
  const reverse = "reverse:https://a.example:443@127.0.0.1:9000";
  expect(openDoors({ version: "1", proxy: [], doors: [...doors, reverse, "carrier-pigeon"] })).toEqual([
    { mode: "http", address: "127.0.0.1:8080", origin: null },
    { mode: "socks5", address: "[::1]:1080", origin: null },
    { mode: "transparent", address: "127.0.0.1:8443", origin: null },
    { mode: "reverse", address: "127.0.0.1:9000", origin: "https://a.example:443" },
  ]);
});

it("where only addresses are told, each is an HTTP proxy's", () => {
  expect(openDoors({ version: "1", proxy: ["127.0.0.1:8080"] })).toEqual([
    { mode: "http", address: "127.0.0.1:8080", origin: null },
  ]);
});

it("a door has its word, one that came later its own", () => {
  expect(doorWord("socks5")).toBe("SOCKS 5");
  expect(doorWord("quic")).toBe("quic");
});
