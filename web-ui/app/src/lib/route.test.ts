import { describe, expect, it } from "vitest";

import {
  CERTIFICATES,
  CONNECTIONS,
  EMPTY_LIST,
  FIRST_TAB,
  FRAMES,
  formatRoute,
  HANDSHAKE,
  MESSAGES,
  parseRoute,
  type Route,
  titleOf,
  TRAFFIC,
} from "./route";

const read = (address: string): Route => {
  const [path = "", search = ""] = address.split("?");
  return parseRoute(path, search && `?${search}`);
};

describe("addresses", () => {
  it.each<[string, Route]>([
    ["/traffic", TRAFFIC],
    [
      "/traffic?q=host:api.example.com+status:>%3D400+%22a+b%22&sort=-size",
      { ...TRAFFIC, q: 'host:api.example.com status:>=400 "a b"', sort: "-size" },
    ],
    ["/traffic?sel=0194-a&tab=timing&body=hex", { ...TRAFFIC, sel: "0194-a", tab: "timing", body: "hex" }],
    ["/traffic?cols=number:56,path", { ...TRAFFIC, cols: "number:56,path" }],
    ["/traffic/0194-a/tls", { view: "exchange", id: "0194-a", ...FIRST_TAB, tab: "tls" }],
    [
      "/connections/0194-b/handshake?leg=origin&msg=3&depth=bytes&field=extensions/grease~2",
      {
        view: "handshake",
        id: "0194-b",
        handshake: { ...HANDSHAKE, leg: "origin", msg: 3, depth: "bytes", field: "extensions/grease~2" },
      },
    ],
    [
      "/connections/0194-b/handshake?show=keys&leg=client&axis=even&why=client.aead&key=master_secret",
      {
        view: "handshake",
        id: "0194-b",
        handshake: {
          ...HANDSHAKE,
          show: "keys",
          leg: "client",
          even: true,
          why: "client.aead",
          key: "master_secret",
        },
      },
    ],
    [
      "/traffic?sel=7&tab=handshake&leg=client&msg=0",
      { ...TRAFFIC, sel: "7", tab: "handshake", handshake: { ...HANDSHAKE, leg: "client", msg: 0 } },
    ],
    ["/connections?q=outcome:failed&sel=7", { ...CONNECTIONS, q: "outcome:failed", sel: "7" }],
    [
      "/connections/0194-b/certificates?cert=ab12&field=certificate/tbs_certificate",
      { view: "chain", id: "0194-b", chosen: { cert: "ab12", field: "certificate/tbs_certificate" } },
    ],
    [
      "/traffic/0194-a/certificates?cert=ab12",
      {
        view: "exchange",
        id: "0194-a",
        ...FIRST_TAB,
        tab: "certificates",
        chosen: { cert: "ab12", field: null },
      },
    ],
    [
      "/traffic?sel=7&tab=messages&from=origin&find=price+x&msg=12&as=hex",
      {
        ...TRAFFIC,
        sel: "7",
        tab: "messages",
        messages: { ...MESSAGES, from: "origin", find: "price x", msg: 12, as: "hex" },
      },
    ],
    [
      "/traffic/7/messages?show=stream",
      { view: "exchange", id: "7", ...FIRST_TAB, tab: "messages", messages: { ...MESSAGES, stream: true } },
    ],
    [
      "/connections/0194-b/frames?show=table&leg=origin&frame=12&t=0-4000",
      {
        view: "frames",
        id: "0194-b",
        frames: { table: true, leg: "origin", frame: 12, range: { from: 0, to: 4000 } },
      },
    ],
    ["/connections/0194-b/frames", { view: "frames", id: "0194-b", frames: FRAMES }],
    ["/certificates", CERTIFICATES],
    [
      "/certificates?q=rsa&sort=-expiry&sel=ab12&role=leaf&field=certificate",
      { ...CERTIFICATES, q: "rsa", sort: "-expiry", sel: "ab12", role: "leaf", field: "certificate" },
    ],
    ["/certificates/ab12", { view: "certificate", sha256: "ab12", field: null }],
    ["/rules", { view: "rules" }],
    ["/connections/0194-b", { view: "connection", id: "0194-b" }],
    ["/setup?for=macos", { view: "setup", guide: "macos" }],
    ["/help", { view: "help" }],
  ])("%s is read, and written alike", (address, route) => {
    expect(read(address)).toEqual(route);
    expect(read(formatRoute(route))).toEqual(route);
  });

  it("a hash, an ampersand or a plus in a filter survives", () => {
    const route: Route = { ...TRAFFIC, q: "a&b=c#d+e %20" };
    expect(read(formatRoute(route))).toEqual(route);
  });

  it("the root is the traffic, an exchange without a tab the one that suits it", () => {
    expect(read("/")).toEqual(TRAFFIC);
    expect(read("/traffic/x")).toEqual({ view: "exchange", id: "x", ...FIRST_TAB });
    expect(formatRoute(read("/traffic/x"))).toBe("/traffic/x");
  });

  it.each([
    "/nothing",
    "/traffic/x/nothing",
    "/traffic/x/tls/y",
    "/connections/x/y",
    "/connections/x/handshake/y",
    "/setup/x",
  ])("%s is none", (address) => {
    expect(read(address).view).toBe("unknown");
    expect(formatRoute(read(address))).toBe(address);
  });

  it("what makes no sense in a list's state is left out", () => {
    expect(read("/traffic?tab=nothing&body=nothing")).toEqual(TRAFFIC);
    expect(formatRoute({ ...TRAFFIC, tab: "tls" })).toBe("/traffic");
  });

  it("a broken escape is taken as it is", () => {
    expect(read("/traffic/%zz/tls")).toMatchObject({ id: "%zz" });
  });
});

it("the title names the filter", () => {
  expect(titleOf({ view: "traffic", ...EMPTY_LIST, ...FIRST_TAB, q: "host:a" })).toBe("host:a · Traffic · Handlens");
});
