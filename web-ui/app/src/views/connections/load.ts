// Reads a connection, and reads it again while it is open.

import { fetchConnection } from "../../api";
import type { ConnectionRow } from "../../types/generated";
import { type Loaded, useLoaded } from "../loaded";

export const useConnection = (id: string): Loaded<ConnectionRow> =>
  useLoaded(id, { read: fetchConnection, settled: ({ closed }) => closed !== null });
