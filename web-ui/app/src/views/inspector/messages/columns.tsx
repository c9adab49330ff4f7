// The columns of a list of messages.

import { formatBytes, formatCount, formatExactBytes, formatOffset } from "../../../lib/format";
import { messageTime, messageType } from "../../../lib/protocol";
import type { ListedMessage, Protocol, Sender } from "../../../types/protocols";
import type { Column } from "../../../widgets/grid/column";
import { Icon } from "../../../widgets/icon";

/** Who sent it: arrow, colour and word. */
export function Direction({ from }: { from: Sender }) {
  return (
    <span class={`leg ${from} direction`}>
      <span aria-hidden="true">{from === "client" ? "↑" : "↓"}</span> {from}
    </span>
  );
}

export function messageColumns(kind: Protocol): readonly Column<ListedMessage>[] {
  return [
    {
      key: "from",
      title: "From",
      label: "who sent it",
      sort: null,
      width: 74,
      min: 40,
      // Events come from one side alone.
      need: kind === "sse" ? null : 0,
      cell: (row) => <Direction from={row.from} />,
    },
    {
      key: "at",
      title: "Time, s",
      label: "seconds since the exchange began",
      sort: null,
      width: 78,
      min: 50,
      need: 2,
      align: "end",
      cell: (row) =>
        row.at_us === null ? (
          <span class="faint" title="When it passed was not noted">
            –
          </span>
        ) : (
          <span title={`${formatOffset(row.at_us)} after the exchange began`}>{messageTime(row.at_us)}</span>
        ),
    },
    {
      key: "kind",
      title: kind === "sse" ? "Event" : "Type",
      label: "what it is",
      sort: null,
      width: 100,
      min: 40,
      need: kind === "ndjson" || kind === "opaque" ? null : 3,
      cell: (row) => <MessageType row={row} kind={kind} />,
    },
    {
      key: "size",
      title: "Size",
      label: "size",
      sort: null,
      width: 62,
      min: 44,
      need: 4,
      align: "end",
      cell: (row) => <span title={sizeWords(row)}>{formatBytes(row.size)}</span>,
    },
    {
      key: "preview",
      title: "Content",
      label: "how it begins",
      sort: null,
      width: 320,
      min: 90,
      flex: true,
      need: 1,
      cell: (row) => <Preview row={row} />,
    },
    {
      key: "number",
      title: "#",
      label: "number",
      sort: null,
      width: 82,
      min: 36,
      need: 5,
      align: "end",
      cell: (row) => <span class="faint">{formatCount(row.number)}</span>,
    },
  ];
}

function MessageType({ row, kind }: { row: ListedMessage; kind: Protocol }) {
  const control = row.opcode === "ping" || row.opcode === "pong";
  const look = row.opcode === "close" ? "message-kind close" : control ? "message-kind faint" : "message-kind";
  return <span class={look}>{messageType(row, kind)}</span>;
}

function Preview({ row }: { row: ListedMessage }) {
  if (row.problem !== null) {
    return (
      <span class="warned" title={row.problem}>
        <Icon name="warn" size={12} /> {row.problem}
      </span>
    );
  }
  if (row.opcode === "close") {
    return row.close === null || row.close.reason === "" ? (
      <span class="faint">{row.close?.name ?? "no reason given"}</span>
    ) : (
      <span>{row.close.reason}</span>
    );
  }
  if (row.comment !== null) {
    return <span class="faint">{row.comment}</span>;
  }
  if (row.grpc?.is_trailers && row.grpc.status !== null) {
    return (
      <span>
        {row.grpc.status_name ?? row.grpc.status} <span class="soft">{row.grpc.message}</span>
      </span>
    );
  }
  return row.size === 0 ? <span class="faint">empty</span> : <span title={row.preview}>{row.preview}</span>;
}

/** `1,204 bytes, 312 on the wire`. */
export function sizeWords({ size, size_on_wire: wire }: Pick<ListedMessage, "size" | "size_on_wire">): string {
  return wire === size ? formatExactBytes(size) : `${formatExactBytes(size)}, ${formatExactBytes(wire)} on the wire`;
}
