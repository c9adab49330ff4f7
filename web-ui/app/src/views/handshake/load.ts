// Reads a connection's handshakes, and reads them again while they may still grow.

import { fetchHandshake } from "../../api";
import type { ConnectionHandshake } from "../../types/generated";
import { type Loaded, useLoaded } from "../loaded";

/**
 * `open`: the connection is not over, so that tickets and alerts may still come. `inFull`: a message was opened, so that
 * its fields are to be told in words, certificates opened, and signatures checked.
 */
export function useHandshake(connection: string, open: boolean, inFull: boolean): Loaded<ConnectionHandshake> {
  return useLoaded(connection, {
    read: (id, abort) => fetchHandshake(id, inFull, abort),
    settled: () => !open,
    anew: inFull,
  });
}
