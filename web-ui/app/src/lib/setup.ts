// How far a client has come with the proxy, and the address to give it.

import type { Counts, Status } from "../types/generated";
import { plural } from "./format";
import { quoteWord } from "./shell";

export type LightState = "waiting" | "green" | "failed";

export interface Light {
  key: "reached" | "trusted" | "decrypted";
  title: string;
  state: LightState;
  text: string;
}

/** The three steps of a setup, from what has passed since Handlens started. */
export function setupLights(counts: Counts): Light[] {
  const { connections, inspected, rejected_by_client: rejected, https_exchanges: https } = counts;
  return [
    {
      key: "reached",
      title: "Client reached",
      state: connections > 0 ? "green" : "waiting",
      text: connections > 0 ? `${plural(connections, "connection")} so far` : "waiting for a first connection",
    },
    {
      key: "trusted",
      title: "Root trusted",
      state: inspected > 0 ? "green" : rejected > 0 ? "failed" : "waiting",
      text:
        inspected > 0
          ? `${plural(inspected, "connection")} accepted our certificate${rejected > 0 ? `, ${plural(rejected, "client")} did not` : ""}`
          : rejected > 0
            ? `${plural(rejected, "connection")} refused our certificate: install the root in that client`
            : "waiting for a client that accepts our certificate",
    },
    {
      key: "decrypted",
      title: "HTTPS decrypted",
      state: https > 0 ? "green" : "waiting",
      text: https > 0 ? `${plural(https, "exchange")} so far` : "waiting for a first HTTPS exchange",
    },
  ];
}

export function isSetUp(counts: Counts): boolean {
  return setupLights(counts).every((light) => light.state === "green");
}

/** The address that a client on this machine sets as its proxy; an address of every interface is told as the local one. */
export function proxyAddress(status: Pick<Status, "proxy">): string {
  const [first = "127.0.0.1:8080"] = status.proxy;
  return first.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}

/** `handlens exec -- your-program`, of the Handlens that runs: another folder than the platform's is named. */
export function handlensLine(dataDir: string | null, rest: string): string {
  const [command = "", ...others] = rest.split(" ");
  const folder = dataDir === null ? [] : ["--data-dir", quoteWord(dataDir)];
  const words = command.startsWith("-") ? [...folder, command, ...others] : [command, ...folder, ...others];
  return ["handlens", ...words].join(" ");
}

/** Host and port of an address, brackets of an IPv6 address taken off. */
export function splitAddress(address: string): { host: string; port: string } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: address.slice(colon + 1) };
}

/** Whether other machines can reach the proxy: then a phone can use it. */
export function listensToOthers(status: Pick<Status, "proxy">): boolean {
  return status.proxy.some((address) => !/^(127\.|\[::1\]|localhost)/.test(address));
}
