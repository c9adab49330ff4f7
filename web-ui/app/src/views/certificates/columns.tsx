// The columns of the certificates' list.

import { formatCount, formatDate, formatDateTime } from "../../lib/format";
import { shortName } from "../../lib/certificates";
import { decisionWord } from "../../lib/tls";
import type { ListedCertificate } from "../../types/certificates";
import type { Column } from "../../widgets/grid/column";
import { Lasting } from "./certificate";

export const CERTIFICATE_COLUMNS: readonly Column<ListedCertificate>[] = [
  {
    key: "subject",
    title: "Subject",
    label: "subject",
    sort: "subject",
    width: 240,
    brief: 170,
    min: 90,
    flex: true,
    need: 0,
    cell: (row) => <span title={row.subject}>{shortName(row.subject)}</span>,
  },
  {
    key: "issuer",
    title: "Issuer",
    label: "issuer",
    sort: "issuer",
    width: 200,
    min: 80,
    need: 2,
    cell: (row) => (
      <span class="soft" title={row.issuer}>
        {shortName(row.issuer)}
      </span>
    ),
  },
  {
    key: "expiry",
    title: "Expiry",
    label: "end",
    sort: "expiry",
    width: 172,
    brief: 160,
    min: 80,
    need: 1,
    narrow: true,
    cell: (row) => <Lasting certificate={row} />,
  },
  {
    key: "ends",
    title: "Ends",
    label: "day of its end",
    sort: null,
    width: 92,
    min: 60,
    need: null,
    cell: (row) => <time dateTime={row.not_after}>{formatDate(row.not_after)}</time>,
  },
  {
    key: "key",
    title: "Key",
    label: "key",
    sort: "key",
    width: 86,
    min: 50,
    need: 5,
    cell: (row) => <span class="soft">{row.key}</span>,
  },
  {
    key: "signature",
    title: "Signature",
    label: "signature algorithm",
    sort: null,
    width: 160,
    min: 60,
    need: null,
    cell: (row) => <span class="soft">{row.signature}</span>,
  },
  {
    key: "roles",
    title: "Roles",
    label: "what it was seen as",
    sort: null,
    width: 120,
    min: 60,
    need: 3,
    cell: (row) => row.roles.join(", "),
  },
  {
    key: "verdict",
    title: "Verdict",
    label: "what was decided of chains with it",
    sort: null,
    width: 120,
    min: 60,
    need: 3,
    cell: (row) => <Verdicts row={row} />,
  },
  {
    key: "hosts",
    title: "Hosts",
    label: "hosts that it was seen with",
    sort: "hosts",
    width: 230,
    min: 80,
    need: 4,
    cell: (row) => (
      <span title={row.hosts.join(", ")}>
        {row.hosts.length === 0 && <span class="faint">none</span>}
        {row.hosts.slice(0, 2).join(", ")}
        {row.host_count > 2 && <span class="faint"> and {formatCount(row.host_count - 2)} more</span>}
      </span>
    ),
  },
  {
    key: "connections",
    title: "Connections",
    label: "connections that it was seen on",
    sort: null,
    width: 94,
    min: 50,
    need: 6,
    align: "end",
    cell: (row) => formatCount(row.connections),
  },
  {
    key: "first",
    title: "First seen",
    label: "first seen",
    sort: "first_seen",
    width: 142,
    min: 70,
    need: 8,
    cell: (row) => <Seen time={row.first_seen} />,
  },
  {
    key: "last",
    title: "Last seen",
    label: "last seen",
    sort: "last_seen",
    width: 142,
    min: 70,
    need: 7,
    cell: (row) => <Seen time={row.last_seen} />,
  },
  {
    key: "sha256",
    title: "SHA-256",
    label: "SHA-256",
    sort: null,
    width: 150,
    min: 70,
    need: null,
    cell: (row) => <span class="soft">{row.sha256}</span>,
  },
];

/** What was decided of the chains with it, the worst first and marked: it may have been trusted before, or since. */
function Verdicts({ row: { revoked, verdicts } }: { row: ListedCertificate }) {
  if (revoked) {
    return <b class="decision refused">revoked</b>;
  }
  const worst = (["refused", "overridden"] as const).find((decision) => verdicts.includes(decision));
  const others = verdicts.filter((decision) => decision !== worst).map(decisionWord);
  return (
    <>
      {worst === "refused" && <b class="decision refused">refused</b>}
      {worst === "overridden" && <span class="warned">overridden</span>}
      {others.length > 0 && <span class="soft">{(worst ? ", " : "") + others.join(", ")}</span>}
    </>
  );
}

function Seen({ time }: { time: string }) {
  return (
    <time class="soft" dateTime={time} title={formatDateTime(time)}>
      {formatDateTime(time).slice(0, 16)}
    </time>
  );
}

/** What the server can sort by. */
export const CERTIFICATE_SORTS = CERTIFICATE_COLUMNS.map((column) => column.sort).filter((sort) => sort !== null);
