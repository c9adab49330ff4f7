// One connection: what became of it and why, both legs, its steps in time, and the judgement of the origin's chain.

import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { ApiError, errorText, fetchConnection, isAborted } from "../../api";
import { formatBytes, formatDateTime, formatDuration } from "../../lib/format";
import { connectionPhases, microsBetween } from "../../lib/phases";
import { CONNECTIONS, EMPTY_LIST, FIRST_TAB } from "../../lib/route";
import { status } from "../../live";
import type { ConnectionRow, Outcome } from "../../types/generated";
import { Button, Link } from "../../widgets/button";
import { EmptyState, Notice, Waiting } from "../../widgets/state";
import { FailureCard } from "../failure";
import { OutcomeCell } from "./columns";
import { Legs } from "./legs";
import { VerdictTable } from "./verdict";

interface Props {
  id: string;
  onClose?: () => void;
  onOpen?: () => void;
}

type Loaded =
  | { state: "loading" }
  | { state: "ready"; connection: ConnectionRow }
  | { state: "failed"; text: string; gone: boolean };

export function ConnectionDetail({ id, onClose, onOpen }: Props) {
  const loaded = useConnection(id);
  switch (loaded.state) {
    case "loading":
      return <Waiting what="the connection" />;
    case "failed":
      return (
        <EmptyState
          icon={loaded.gone ? "trash" : "bad"}
          title={loaded.gone ? "This connection is gone" : "This connection could not be read"}
        >
          <p>
            {loaded.gone ? "It was cleared, or it was among the oldest when the store came to its bound." : loaded.text}
          </p>
          <Link to={CONNECTIONS}>All connections</Link>
        </EmptyState>
      );
    case "ready":
      return <Shown connection={loaded.connection} onClose={onClose} onOpen={onOpen} />;
  }
}

/** The connection of an id, read again with each status while it is open. */
function useConnection(id: string): Loaded {
  const loaded = useMemo(() => signal<Loaded>({ state: "loading" }), []);
  const now = loaded.value;
  const open = now.state === "ready" && now.connection.id === id && now.connection.closed === null;
  const beat = open ? status.value : null;
  useEffect(() => {
    const abort = new AbortController();
    fetchConnection(id, abort.signal).then(
      (connection) => {
        loaded.value = { state: "ready", connection };
      },
      (error: unknown) => {
        const same = loaded.peek().state === "ready" && open;
        if (!isAborted(error) && !same) {
          loaded.value = {
            state: "failed",
            text: errorText(error),
            gone: error instanceof ApiError && error.status === 404,
          };
        }
      },
    );
    return () => abort.abort();
  }, [id, beat]);
  return now;
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
  const { failure, outcome, closed, opened, target } = connection;
  const host = target?.replace(/:\d+$/, "") ?? null;
  return (
    <section class="inspector connection" aria-label="Connection">
      <header class="inspector-head">
        <div class="inspector-url">
          <h2 class="url">{target ?? "No target told"}</h2>
          <span class="actions">
            {onOpen && <Button icon="page" title="Open as a page of its own (Shift Enter)" onClick={onOpen} />}
            {onClose && <Button icon="close" title="Close (Esc)" onClick={onClose} />}
          </span>
        </div>
        <div class="inspector-facts">
          <OutcomeCell row={connection} />
          <span class="sep">{connection.door}</span>
          {connection.sni !== null && connection.sni !== host && <span class="sep">SNI {connection.sni}</span>}
          <span class="sep">{closed === null ? "open" : formatDuration(microsBetween(opened, closed))}</span>
          <time class="sep" dateTime={opened}>
            {formatDateTime(opened)}
          </time>
          <span
            class="sep"
            title={`${connection.bytes_from_client} bytes from the client, ${connection.bytes_from_origin} from the origin`}
          >
            ↑ {formatBytes(connection.bytes_from_client)} ↓ {formatBytes(connection.bytes_from_origin)}
          </span>
        </div>
      </header>
      <div class="connection-body">
        {failure && <FailureCard failure={failure} host={host} />}
        {outcome && !failure && <Notice tone="info">{OUTCOMES[outcome]}</Notice>}
        <Steps connection={connection} />
        <Legs connection={connection} />
        {connection.origin.verdict && <VerdictTable verdict={connection.origin.verdict} />}
        {outcome !== "passed" && outcome !== "opaque" && (
          <p class="remark">
            <Link to={{ view: "traffic", ...EMPTY_LIST, ...FIRST_TAB, q: `connection:${connection.id}` }}>
              Exchanges of this connection
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
