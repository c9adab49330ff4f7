// The ways by which clients come in, in words and as they are set.

import type { Door, Status } from "../types/generated";

const WORDS: Record<Door, readonly [brief: string, words: string]> = {
  connect: ["CONNECT", "It asked an HTTP proxy for a tunnel."],
  http: ["HTTP", "It asked an HTTP proxy, without TLS."],
  socks4: ["SOCKS 4", "It came by SOCKS 4."],
  socks5: ["SOCKS 5", "It came by SOCKS 5."],
  transparent: ["transparent", "The system's packet filter led it here: the client knows of no proxy."],
  reverse: ["reverse", "It takes Handlens for the origin itself."],
  own: ["Handlens", "Handlens is the client: the origin was asked something in the dashboard."],
};

/** A door in a word or two, for a column. */
export function doorWord(door: Door): string {
  return WORDS[door][0];
}

/** How a client that came by this door came in, as a sentence. */
export function doorWords(door: Door): string {
  return WORDS[door][1];
}

/** A door that Handlens listens at. */
export interface OpenDoor {
  mode: "http" | "socks5" | "transparent" | "reverse";
  /** `127.0.0.1:8080`; of every interface, the local one, but for a transparent door. */
  address: string;
  /** What a reverse door stands for. */
  origin: string | null;
}

/** The doors that are told of: `http://127.0.0.1:8080`, `reverse:https://a.example:443@127.0.0.1:8443`. */
export function openDoors({ doors }: Pick<Status, "doors">): OpenDoor[] {
  return doors.flatMap((text): OpenDoor[] => {
    const [, origin, behind] = /^reverse:(.+)@([^@]+)$/.exec(text) ?? [];
    if (origin !== undefined && behind !== undefined) {
      return [{ mode: "reverse", address: local(behind), origin }];
    }
    const [, mode, address] = /^(http|socks5|transparent):\/\/(.+)$/.exec(text) ?? [];
    return mode !== undefined && address !== undefined
      ? // Rules for a transparent door have to know that it is one of every interface.
        [{ mode: mode as OpenDoor["mode"], address: mode === "transparent" ? address : local(address), origin: null }]
      : [];
  });
}

/** An address of every interface, told as the local one. */
function local(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}
