import { describe, expect, it } from "vitest";

import type { Counts } from "../types/generated";
import { handlensLine, isSetUp, listensToOthers, proxyAddress, setupLights, splitAddress } from "./setup";

describe("the setup check", () => {
  const none: Counts = {
    connections: 0,
    inspected: 0,
    failed_connections: 0,
    rejected_by_client: 0,
    exchanges: 0,
    https_exchanges: 0,
    failed_exchanges: 0,
  };
  const states = (counts: Counts) => setupLights(counts).map((light) => light.state);

  it("goes from waiting to green", () => {
    expect(states(none)).toEqual(["waiting", "waiting", "waiting"]);
    expect(states({ ...none, connections: 1 })).toEqual(["green", "waiting", "waiting"]);
    expect(isSetUp({ ...none, connections: 1, inspected: 1, https_exchanges: 1 })).toBe(true);
  });

  it("says when a client refuses the root", () => {
    const [, trusted] = setupLights({ ...none, connections: 1, rejected_by_client: 1 });
    expect(trusted).toMatchObject({
      state: "failed",
      text: "1 connection refused our certificate: install the root in that client",
    });
  });

  it("tells an address that can be typed", () => {
    expect(proxyAddress({ proxy: ["0.0.0.0:8080"] })).toBe("127.0.0.1:8080");
    expect(splitAddress("[::1]:8080")).toEqual({ host: "::1", port: "8080" });
    expect(listensToOthers({ proxy: ["127.0.0.1:8080", "[::1]:1"] })).toBe(false);
    expect(listensToOthers({ proxy: ["0.0.0.0:8080"] })).toBe(true);
  });
});

it("names the data folder in a command where the command would not find it", () => {
  expect(handlensLine(null, "exec -- your-program")).toBe("handlens exec -- your-program");
  expect(handlensLine("/my data", "exec -- your-program")).toBe("handlens exec --data-dir '/my data' -- your-program");
  expect(handlensLine("/d", "--listen 0.0.0.0:80")).toBe("handlens --data-dir /d --listen 0.0.0.0:80");
});
