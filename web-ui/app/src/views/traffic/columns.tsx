// The columns of the traffic list.

import { formatBytes, formatClock, formatDateTime } from "../../lib/format";
import { shortSuite } from "../../lib/handshake";
import { isUpgrade, shortType } from "../../lib/http";
import { isCarried, protocolName } from "../../lib/protocol";
import type { ExchangeRow } from "../../types/generated";
import { Link } from "../../widgets/button";
import { LegPair } from "../pair";
import type { Column } from "../../widgets/grid/column";
import {
  DurationCell,
  GrpcCell,
  HostCell,
  MethodCell,
  PathCell,
  ProcessCell,
  ResumedCell,
  StatusCell,
  TlsCell,
  UrlCell,
} from "./cells";

export const TRAFFIC_COLUMNS: readonly Column<ExchangeRow>[] = [
  {
    key: "number",
    title: "#",
    label: "number",
    sort: "number",
    width: 58,
    min: 36,
    need: 4,
    align: "end",
    cell: (row) => <span class="faint">{row.number}</span>,
  },
  {
    key: "time",
    title: "Time",
    label: "time",
    sort: "time",
    width: 112,
    min: 60,
    need: 8,
    cell: (row) => (
      <time dateTime={row.started} title={formatDateTime(row.started)}>
        {formatClock(row.started)}
      </time>
    ),
  },
  {
    key: "method",
    title: "Method",
    label: "method",
    sort: "method",
    width: 68,
    min: 40,
    need: 1,
    cell: (row) => <MethodCell row={row} />,
  },
  {
    key: "status",
    title: "Status",
    label: "status",
    sort: "status",
    // `Response failed` in whole.
    width: 130,
    brief: 108,
    min: 50,
    need: 0,
    cell: (row) => <StatusCell row={row} />,
  },
  {
    key: "host",
    title: "Host",
    label: "host",
    sort: "host",
    width: 190,
    min: 60,
    need: 3,
    cell: (row) => <HostCell row={row} />,
  },
  {
    key: "path",
    title: "Path",
    label: "path",
    sort: "path",
    width: 320,
    min: 170,
    flex: true,
    need: 2,
    cell: (row) => <PathCell row={row} />,
  },
  {
    key: "url",
    title: "URL",
    label: "host and path",
    sort: null,
    width: 320,
    min: 170,
    flex: true,
    need: null,
    narrow: true,
    cell: (row) => <UrlCell row={row} />,
  },
  {
    key: "type",
    title: "Type",
    label: "content type",
    sort: "type",
    width: 66,
    min: 40,
    need: 9,
    cell: (row) => (
      <span class="soft" title={row.content_type ?? undefined}>
        {isCarried(row) ? "" : shortType(row.content_type)}
      </span>
    ),
  },
  {
    key: "protocol",
    title: "Protocol",
    label: "what it speaks",
    sort: null,
    width: 92,
    min: 40,
    need: 10,
    cell: ({ protocol }) => <span class={protocol === "http" ? "faint" : undefined}>{protocolName(protocol)}</span>,
  },
  {
    key: "operation",
    title: "Operation",
    label: "gRPC method or GraphQL operation",
    sort: null,
    width: 190,
    min: 60,
    need: null,
    cell: (row) => <span title={row.operation ?? undefined}>{row.operation}</span>,
  },
  {
    key: "grpc",
    title: "gRPC",
    label: "gRPC status",
    sort: null,
    width: 130,
    min: 50,
    need: null,
    cell: (row) => <GrpcCell status={row.grpc_status} />,
  },
  {
    key: "size",
    title: "Size",
    label: "response size",
    sort: "size",
    width: 70,
    min: 44,
    need: 7,
    align: "end",
    cell: (row) =>
      isUpgrade(row) && !isCarried(row) ? (
        <span class="faint" title="Upgraded: what passed after the answer is counted with the connection">
          –
        </span>
      ) : (
        <span title={`${row.response_bytes} bytes`}>{formatBytes(row.response_bytes)}</span>
      ),
  },
  {
    key: "duration",
    title: "Duration",
    label: "duration",
    sort: "duration",
    width: 118,
    min: 60,
    need: 6,
    align: "end",
    cell: (row) => <DurationCell row={row} />,
  },
  {
    key: "tls",
    title: "TLS",
    label: "TLS, the worse of both legs",
    sort: null,
    width: 100,
    min: 30,
    need: 5,
    cell: (row) => <TlsCell row={row} />,
  },
  {
    key: "suite",
    title: "Suite",
    label: "cipher suite: client, origin",
    sort: null,
    width: 210,
    min: 80,
    need: null,
    cell: ({ tls }) => <LegPair client={suiteWord(tls.client_suite)} origin={suiteWord(tls.origin_suite)} />,
  },
  {
    key: "group",
    title: "Group",
    label: "key exchange group: client, origin",
    sort: null,
    width: 210,
    min: 60,
    need: null,
    cell: ({ tls }) => <LegPair client={tls.client_group} origin={tls.origin_group} />,
  },
  {
    key: "alpn",
    title: "ALPN",
    label: "application protocol: client, origin",
    sort: null,
    width: 90,
    min: 40,
    need: null,
    cell: ({ tls }) => <LegPair client={tls.client_alpn} origin={tls.origin_alpn} />,
  },
  {
    key: "ja4",
    title: "JA4",
    label: "client's JA4",
    sort: null,
    width: 292,
    min: 80,
    need: null,
    cell: ({ tls }) => tls.ja4,
  },
  {
    key: "resumed",
    title: "Resumed",
    label: "on which leg a session was resumed",
    sort: null,
    width: 80,
    min: 40,
    need: null,
    cell: ({ tls }) => <ResumedCell tls={tls} />,
  },
  {
    key: "request",
    title: "Sent",
    label: "request size",
    sort: null,
    width: 70,
    min: 44,
    need: null,
    align: "end",
    cell: (row) => <span title={`${row.request_bytes} bytes`}>{formatBytes(row.request_bytes)}</span>,
  },
  {
    key: "version",
    title: "HTTP",
    label: "HTTP version",
    sort: null,
    width: 72,
    min: 40,
    need: null,
    cell: (row) => row.http_version,
  },
  {
    key: "scheme",
    title: "Scheme",
    label: "scheme",
    sort: null,
    width: 64,
    min: 40,
    need: null,
    cell: (row) => row.scheme,
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
    key: "connection",
    title: "Connection",
    label: "connection",
    sort: null,
    width: 110,
    min: 50,
    need: null,
    cell: (row) => <Link to={{ view: "connection", id: row.connection }}>{row.connection.slice(-8)}</Link>,
  },
];

function suiteWord(suite: string | null): string | null {
  return suite === null ? null : shortSuite(suite);
}

/** What the server can sort by. */
export const TRAFFIC_SORTS = TRAFFIC_COLUMNS.map((column) => column.sort).filter((sort) => sort !== null);
