// The columns of the connections list.

import { doorWord, doorWords } from "../../lib/doors";
import { formatBytes, formatClock, formatCount, formatDateTime, formatDuration, shortTls } from "../../lib/format";
import { shortSuite } from "../../lib/handshake";
import { microsBetween } from "../../lib/phases";
import { waysOut } from "../../lib/rules";
import { hostOf } from "../../lib/target";
import { decisionWord, isLegacy, outcomeWord, stageWord } from "../../lib/tls";
import type { ConnectionRow, Outcome, Tls } from "../../types/generated";
import type { Column } from "../../widgets/grid/column";
import { Shape, type ShapeName } from "../../widgets/shape";
import { Worded } from "../../widgets/worded";
import { LegPair } from "../pair";
import { RowFix } from "../rules/offer";
import { ProcessCell } from "../traffic/cells";

export const CONNECTION_COLUMNS: readonly Column<ConnectionRow>[] = [
  {
    key: "number",
    title: "#",
    label: "number",
    sort: "number",
    width: 58,
    min: 36,
    need: 6,
    align: "end",
    cell: (row) => <span class="faint">{row.number}</span>,
  },
  {
    key: "time",
    title: "Opened",
    label: "time opened",
    sort: "time",
    width: 112,
    min: 60,
    need: 5,
    cell: (row) => (
      <time dateTime={row.opened} title={formatDateTime(row.opened)}>
        {formatClock(row.opened)}
      </time>
    ),
  },
  {
    key: "outcome",
    title: "Outcome",
    label: "outcome",
    sort: null,
    width: 96,
    min: 60,
    need: 0,
    cell: (row) => <OutcomeCell row={row} />,
  },
  {
    key: "target",
    title: "Target",
    label: "target",
    sort: "host",
    width: 210,
    brief: 168,
    min: 80,
    need: 1,
    cell: (row) => <span title={row.sni ?? undefined}>{row.target ?? <span class="faint">not told</span>}</span>,
  },
  {
    key: "cause",
    title: "Origin, or what failed",
    label: "what failed",
    sort: null,
    width: 300,
    brief: 110,
    min: 240,
    flex: true,
    need: 2,
    narrow: true,
    cell: (row) => <CauseCell row={row} />,
  },
  {
    key: "client",
    title: "Client",
    label: "client's address",
    sort: null,
    width: 136,
    min: 60,
    need: 8,
    cell: (row) => <span class="soft">{row.client.address}</span>,
  },
  {
    key: "door",
    title: "Door",
    label: "door",
    sort: null,
    width: 88,
    min: 40,
    need: 9,
    cell: (row) => (
      <span class="soft" title={doorWords(row.door)}>
        {doorWord(row.door)}
      </span>
    ),
  },
  {
    key: "process",
    title: "Process",
    label: "program of this machine, and its process id",
    sort: null,
    width: 130,
    min: 50,
    need: null,
    cell: (row) => <ProcessCell process={row.process} />,
  },
  {
    key: "via",
    title: "Upstream",
    label: "upstream proxy",
    sort: null,
    width: 180,
    min: 60,
    need: null,
    cell: (row) => <span title={row.via ?? undefined}>{row.via}</span>,
  },
  {
    key: "tls",
    title: "TLS",
    label: "TLS of both legs: client, origin",
    sort: "tls.version",
    width: 78,
    min: 40,
    need: 4,
    cell: (row) => (
      <>
        <TlsPair row={row} of={(tls) => shortTls(tls.version)} />
        {(isLegacy(row.client.tls) || isLegacy(row.origin.tls)) && <b class="legacy-mark"> legacy</b>}
      </>
    ),
  },
  {
    key: "size",
    title: "Bytes",
    label: "bytes of bodies, or of what was carried unread, both ways together",
    sort: "size",
    width: 78,
    min: 44,
    need: 7,
    align: "end",
    cell: (row) => formatBytes(row.bytes_from_client + row.bytes_from_origin),
  },
  {
    key: "exchanges",
    title: "Exchanges",
    label: "exchanges carried",
    sort: null,
    width: 84,
    min: 40,
    need: 10,
    align: "end",
    cell: (row) => (row.exchanges === null ? <span class="faint">–</span> : formatCount(row.exchanges)),
  },
  {
    key: "age",
    title: "Open for",
    label: "time open",
    sort: "duration",
    width: 82,
    min: 50,
    need: 3,
    align: "end",
    cell: (row) =>
      row.closed === null ? <span class="live">open</span> : formatDuration(microsBetween(row.opened, row.closed)),
  },
  {
    key: "received",
    title: "Received",
    label: "bytes from the origin",
    sort: null,
    width: 78,
    min: 44,
    need: null,
    align: "end",
    cell: (row) => formatBytes(row.bytes_from_origin),
  },
  {
    key: "sent",
    title: "Sent",
    label: "bytes from the client",
    sort: null,
    width: 78,
    min: 44,
    need: null,
    align: "end",
    cell: (row) => formatBytes(row.bytes_from_client),
  },
  {
    key: "sni",
    title: "SNI",
    label: "server name in the hello",
    sort: null,
    width: 160,
    min: 60,
    need: null,
    cell: (row) => row.sni,
  },
  {
    key: "alpn",
    title: "ALPN",
    label: "application protocol: client, origin",
    sort: "tls.alpn",
    width: 90,
    min: 40,
    need: null,
    cell: (row) => <TlsPair row={row} of={(tls) => tls.alpn} />,
  },
  {
    key: "suite",
    title: "Suite",
    label: "cipher suite: client, origin",
    sort: "tls.suite",
    width: 210,
    min: 80,
    need: null,
    cell: (row) => <TlsPair row={row} of={(tls) => shortSuite(tls.cipher_suite)} />,
  },
  {
    key: "group",
    title: "Group",
    label: "key exchange group: client, origin",
    sort: "tls.group",
    width: 210,
    min: 60,
    need: null,
    cell: (row) => <TlsPair row={row} of={(tls) => tls.group} />,
  },
  {
    key: "resumed",
    title: "Resumed",
    label: "whether a session was resumed: client, origin",
    sort: null,
    width: 86,
    min: 40,
    need: null,
    cell: (row) => <TlsPair row={row} of={(tls) => (tls.resumed ? "yes" : "no")} />,
  },
  {
    key: "ja4",
    title: "JA4",
    label: "client's JA4",
    sort: null,
    width: 292,
    min: 80,
    need: null,
    cell: (row) => row.client.tls?.ja4,
  },
];

/** What the server can sort by. */
export const CONNECTION_SORTS = CONNECTION_COLUMNS.map((column) => column.sort).filter((sort) => sort !== null);

const OUTCOME_SHAPES: Record<Outcome | "none", ShapeName> = {
  inspected: "dot",
  passed: "right",
  opaque: "square",
  plain: "diamond",
  failed: "cross",
  none: "ring",
};

export function OutcomeCell({ row }: { row: ConnectionRow }) {
  const word = outcomeWord(row);
  return (
    <span class={`outcome ${word}`}>
      <Shape name={OUTCOME_SHAPES[row.outcome ?? "none"]} />
      {word}
    </span>
  );
}

function CauseCell({ row }: { row: ConnectionRow }) {
  if (row.failure) {
    const { leg, stage, text } = row.failure;
    return (
      <span class="with-fix">
        <span title={text}>
          <span class={`leg ${leg}`}>{leg}</span> <span class="soft">{stageWord(stage)}</span>{" "}
          <span class="cause">
            <Worded text={text} />
          </span>
        </span>
        <RowFix host={hostOf(row)} kinds={waysOut(row.failure, row.origin.verdict)} text={text} />
      </span>
    );
  }
  const decision = row.origin.verdict?.decision;
  return decision === "overridden" ? (
    <span class="warned">chain {decisionWord(decision)}</span>
  ) : (
    <span class="faint">{row.origin.address}</span>
  );
}

/** A fact of the TLS of both legs. */
function TlsPair({ row, of }: { row: ConnectionRow; of: (tls: Tls) => string | null }) {
  const { client, origin } = row;
  const pair = <LegPair client={client.tls && of(client.tls)} origin={origin.tls && of(origin.tls)} />;
  return isLegacy(client.tls) || isLegacy(origin.tls) ? <span class="legacy-mark">{pair}</span> : pair;
}
