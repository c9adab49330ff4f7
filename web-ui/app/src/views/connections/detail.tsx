// One connection: what became of it and why, both legs, its steps in time, and the judgement of the origin's chain.

import { formatDuration } from "../../lib/format";
import { connectionPhases } from "../../lib/phases";
import { CONNECTIONS, EMPTY_LIST, FIRST_TAB, NO_CERTIFICATE } from "../../lib/route";
import { hostOf } from "../../lib/target";
import type { ConnectionRow, Outcome } from "../../types/generated";
import { Link } from "../../widgets/button";
import { EmptyState, Notice } from "../../widgets/state";
import { FailureCard } from "../failure";
import { WhenLoaded } from "../loaded";
import { mayHaveHandshakes, PcapngRemark } from "../pcapng";
import { ConnectionHead } from "./head";
import { Legs } from "./legs";
import { useConnection } from "./load";
import { VerdictTable } from "./verdict";

interface Props {
  id: string;
  onClose?: () => void;
  onOpen?: () => void;
}

export function ConnectionDetail({ id, onClose, onOpen }: Props) {
  return (
    <WhenLoaded loaded={useConnection(id)} what="the connection" gone={<NoConnection />}>
      {(connection) => <Shown connection={connection} onClose={onClose} onOpen={onOpen} />}
    </WhenLoaded>
  );
}

/** In the place of a connection that is not there. */
export function NoConnection() {
  return (
    <EmptyState icon="trash" title="This connection is gone">
      <p>It was cleared, or it was among the oldest when the store came to its bound.</p>
      <Link to={CONNECTIONS}>All connections</Link>
    </EmptyState>
  );
}

const OUTCOMES: Record<Outcome, string> = {
  inspected: "TLS was ended on both legs, and what passed was read.",
  passed: "A rule passes this host through: its TLS was carried untouched, and nothing in it was read.",
  opaque: "Neither TLS nor HTTP: the bytes were carried as they came.",
  plain: "HTTP without TLS.",
  failed: "It did not come to carrying anything.",
};

function Shown({
  connection,
  onClose,
  onOpen,
}: {
  connection: ConnectionRow;
  onClose: Props["onClose"] | undefined;
  onOpen: Props["onOpen"] | undefined;
}) {
  const { failure, outcome } = connection;
  const host = hostOf(connection);
  return (
    <section class="inspector connection" aria-label="Connection">
      <ConnectionHead connection={connection} shown="overview" onClose={onClose} onOpen={onOpen} />
      <div class="connection-body">
        {failure && <FailureCard failure={failure} host={host} verdict={connection.origin.verdict} />}
        {outcome && !failure && <Notice tone="info">{OUTCOMES[outcome]}</Notice>}
        <Steps connection={connection} />
        <Legs connection={connection} />
        {connection.origin.verdict && (
          <VerdictTable
            id={connection.id}
            verdict={connection.origin.verdict}
            outcome={outcome}
            host={failure ? null : host}
          />
        )}
        {connection.origin.verdict && (
          <p class="remark">
            <Link to={{ view: "chain", id: connection.id, chosen: NO_CERTIFICATE }}>
              The certificates, and how they were judged
            </Link>
          </p>
        )}
        {mayHaveHandshakes(connection) && <PcapngRemark connection={connection.id} />}
        {outcome !== "passed" && (connection.exchanges ?? 1) > 0 && (
          <p class="remark">
            <Link to={{ view: "traffic", ...EMPTY_LIST, ...FIRST_TAB, q: `connection:${connection.id}` }}>
              {outcome === "opaque" ? "What it carried" : "Exchanges of this connection"}
            </Link>
          </p>
        )}
      </div>
    </section>
  );
}

/** How long each step took, as a line of blocks in proportion, and in words. */
function Steps({ connection }: { connection: ConnectionRow }) {
  const phases = connectionPhases(connection);
  if (phases.length === 0) {
    return null;
  }
  return (
    <ol class="steps" aria-label="Steps">
      {phases.map((phase) => (
        <li key={phase.key} class={phase.part} style={{ flexGrow: Math.max(1, Math.round(phase.length ?? 0)) }}>
          <span>{phase.label}</span>
          <b>{formatDuration(phase.length ?? 0)}</b>
        </li>
      ))}
    </ol>
  );
}
