// The inspector's head: what the exchange is, in two lines, and what can be done with it.

import { formatBytes, formatDateTime, formatDuration } from "../../lib/format";
import { reasonOf } from "../../lib/http";
import { FRAMES } from "../../lib/route";
import { hasMessages, isCarried, protocolName } from "../../lib/protocol";
import { hasLegacyLeg } from "../../lib/tls";
import type { ExchangeDetail } from "../../types/generated";
import { Button, Link } from "../../widgets/button";
import { CopyButton } from "../../widgets/copy";
import { Icon } from "../../widgets/icon";
import { GrpcCell, MethodCell, ProcessCell, StatusCell } from "../traffic/cells";

interface Props {
  exchange: ExchangeDetail;
  onClose: (() => void) | undefined;
  onOpen: (() => void) | undefined;
}

export function InspectorHead({ exchange, onClose, onOpen }: Props) {
  const { response, connection_detail: connection } = exchange;
  const { operation, grpc_status, grpc_message, protocol, process, stream_id } = exchange;
  const carried = isCarried(exchange);
  const reason = response ? (response.reason ?? reasonOf(response.status)) : "";
  return (
    <header class="inspector-head">
      <div class="inspector-url">
        <MethodCell row={exchange} />
        <h2 class="url">
          <span class="faint">{exchange.scheme}://</span>
          {authority(exchange)}
          <span class="soft">{exchange.path}</span>
        </h2>
        <span class="actions">
          <CopyButton text={exchange.url} title="Copy the URL (u)" />
          {onOpen && <Button icon="page" title="Open as a page of its own (Shift Enter)" onClick={onOpen} />}
          {onClose && <Button icon="close" title="Close (Esc)" onClick={onClose} />}
        </span>
      </div>
      <div class="facts inspector-facts">
        <span class="status-fact">
          <StatusCell row={exchange} plain />
          {reason !== "" && exchange.error === null && !carried && <span>{reason}</span>}
        </span>
        {protocol !== "http" && <b class="sep protocol-name">{protocolName(protocol)}</b>}
        {grpc_status !== null && (
          <span class="sep">
            <GrpcCell status={grpc_status} />
          </span>
        )}
        {grpc_message !== null && grpc_message !== "" && (
          <span class="sep told-message" title={grpc_message}>
            {grpc_message}
          </span>
        )}
        {operation !== null && <span class="sep mono">{operation}</span>}
        {exchange.tls.decision === "overridden" && <span class="sep warned">chain overridden</span>}
        {hasLegacyLeg(exchange.tls) && <b class="sep legacy-mark">legacy TLS</b>}
        {protocol !== "opaque" && <span class="sep">{exchange.http_version}</span>}
        {hasMessages(exchange) && protocol !== "sse" ? (
          <span class="sep" title="Bytes of the client, and of the origin">
            ↑ {formatBytes(exchange.request_bytes)} ↓ {formatBytes(exchange.response_bytes)}
          </span>
        ) : (
          <span class="sep" title={`${exchange.response_bytes} bytes`}>
            {formatBytes(exchange.response_bytes)}
          </span>
        )}
        <span class="sep">{exchange.duration_us === null ? "under way" : formatDuration(exchange.duration_us)}</span>
        <time class="sep" dateTime={exchange.started}>
          {formatDateTime(exchange.started)}
        </time>
        {exchange.invites_to_h3 && (
          <span class="sep" title="The client may leave for HTTP/3, where it goes past Handlens">
            h3 offered
          </span>
        )}
        {process && (
          <span class="sep">
            <ProcessCell process={process} />
          </span>
        )}
        {stream_id !== null && (
          <span class="sep">
            <Link
              to={{ view: "frames", id: exchange.connection, frames: FRAMES }}
              title="The frames of its connection, stream by stream"
            >
              stream {stream_id}
            </Link>
          </span>
        )}
        <span class="sep">
          <Link to={{ view: "connection", id: exchange.connection }} title="The connection it passed through">
            <Icon name="connections" size={13} />
            {connection?.origin.address ?? "connection"}
          </Link>
        </span>
      </div>
    </header>
  );
}

function authority({ host, port, scheme }: ExchangeDetail): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === (scheme === "https" ? 443 : 80) ? name : `${name}:${port}`;
}
