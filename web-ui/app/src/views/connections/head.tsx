// A connection's head: what it is, in two lines, and the ways to its overview and its handshakes.

import { pcapngUrl } from "../../api";
import { useCommands } from "../../commands";
import { doorWord, doorWords } from "../../lib/doors";
import { formatBytes, formatDateTime, formatDuration } from "../../lib/format";
import { microsBetween } from "../../lib/phases";
import { FRAMES, HANDSHAKE, NO_CERTIFICATE } from "../../lib/route";
import { hostOf } from "../../lib/target";
import { isLegacy } from "../../lib/tls";
import type { ConnectionRow } from "../../types/generated";
import { Button, Link } from "../../widgets/button";
import { Icon } from "../../widgets/icon";
import { download } from "../actions";
import { mayHaveHandshakes, WHAT_PCAPNG_HOLDS } from "../pcapng";
import { ProcessCell } from "../traffic/cells";
import { OutcomeCell } from "./columns";

interface Props {
  connection: ConnectionRow;
  shown: "overview" | "handshake" | "frames" | "certificates";
  onClose?: (() => void) | undefined;
  onOpen?: (() => void) | undefined;
}

export function ConnectionHead({ connection, shown, onClose, onOpen }: Props) {
  const { closed, opened, target, id, process, via, starttls, reset_by } = connection;
  const host = hostOf(connection);
  useCommands(mayHaveHandshakes(connection) ? { "export-connection": () => download(pcapngUrl({ ids: [id] })) } : {});
  // Of what was read, bodies are counted; of what was carried unread, all of it.
  const read = connection.outcome === "inspected" || connection.outcome === "plain";
  // HTTP/2 alone is made of frames; without TLS, only they tell whether it was spoken.
  const framed =
    connection.client.tls?.alpn === "h2" || connection.origin.tls?.alpn === "h2" || connection.outcome === "plain";
  return (
    <header class="inspector-head">
      <div class="inspector-url">
        <h2 class="url">{target ?? "No target told"}</h2>
        <span class="actions">
          {mayHaveHandshakes(connection) && (
            <a
              class="button plain"
              href={pcapngUrl({ ids: [id] })}
              download
              title={`Download this connection as pcapng. ${WHAT_PCAPNG_HOLDS}`}
            >
              <Icon name="download" />
              <span>pcapng</span>
            </a>
          )}
          {onOpen && <Button icon="page" title="Open as a page of its own (Shift Enter)" onClick={onOpen} />}
          {onClose && <Button icon="close" title="Close (Esc)" onClick={onClose} />}
        </span>
      </div>
      <div class="facts inspector-facts">
        <span>
          <OutcomeCell row={connection} />
        </span>
        {connection.origin.verdict?.decision === "overridden" && <span class="sep warned">chain overridden</span>}
        {(isLegacy(connection.client.tls) || isLegacy(connection.origin.tls)) && (
          <b class="sep legacy-mark">legacy TLS</b>
        )}
        <span class="sep" title={doorWords(connection.door)}>
          {doorWord(connection.door)}
        </span>
        {process && (
          <span class="sep">
            <ProcessCell process={process} />
          </span>
        )}
        {via && <span class="sep">through {via}</span>}
        {starttls && <span class="sep">STARTTLS ({starttls})</span>}
        {reset_by && <span class="sep">reset by the {reset_by}</span>}
        {connection.sni !== null && connection.sni !== host && <span class="sep">SNI {connection.sni}</span>}
        <span class="sep">{closed === null ? "open" : formatDuration(microsBetween(opened, closed))}</span>
        <time class="sep" dateTime={opened}>
          {formatDateTime(opened)}
        </time>
        <span
          class="sep"
          title={`${connection.bytes_from_client} bytes ${read ? "of bodies and upgraded streams " : ""}from the client, ${connection.bytes_from_origin} from the origin`}
        >
          {read && "bodies "}↑ {formatBytes(connection.bytes_from_client)} ↓ {formatBytes(connection.bytes_from_origin)}
        </span>
        <span class="grow" />
        <nav class="head-tabs" aria-label="Of this connection">
          <Link class="head-tab" current={shown === "overview"} to={{ view: "connection", id }}>
            Overview
          </Link>
          <Link class="head-tab" current={shown === "handshake"} to={{ view: "handshake", id, handshake: HANDSHAKE }}>
            Handshake
          </Link>
          {(framed || shown === "frames") && (
            <Link class="head-tab" current={shown === "frames"} to={{ view: "frames", id, frames: FRAMES }}>
              Frames
            </Link>
          )}
          <Link class="head-tab" current={shown === "certificates"} to={{ view: "chain", id, chosen: NO_CERTIFICATE }}>
            Certificates
          </Link>
        </nav>
      </div>
    </header>
  );
}
