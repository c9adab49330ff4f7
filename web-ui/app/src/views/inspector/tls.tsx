// The TLS of both legs, as the connection tells it, and the judgement of the origin's chain.

import { Link } from "../../widgets/button";
import type { Connection, Scheme } from "../../types/generated";
import { EmptyState } from "../../widgets/state";
import { Legs } from "../connections/legs";
import { VerdictTable } from "../connections/verdict";

export function TlsTab({ connection, id, scheme }: { connection: Connection | null; id: string; scheme: Scheme }) {
  if (connection === null) {
    return (
      <EmptyState icon="trash" title="The connection is no longer held">
        <p>Connections go with the oldest exchanges when the store comes to its bound.</p>
      </EmptyState>
    );
  }
  return (
    <div class="tls-tab">
      {scheme === "http" && <p class="remark">Plain HTTP: there is no TLS on either leg.</p>}
      <Legs connection={connection} />
      {connection.origin.verdict && (
        <VerdictTable id={id} verdict={connection.origin.verdict} outcome={connection.outcome} host={null} />
      )}
      <p class="remark">
        <Link to={{ view: "connection", id }}>All of this connection</Link>
      </p>
    </div>
  );
}
