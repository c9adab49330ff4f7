// One message: who sent it when, what it is, and its payload in the view that suits it.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

import { messageUrl } from "../../../api";
import { MOST_BYTES } from "../../../lib/body";
import { capitalize, formatBytes, formatClock, formatCount, formatOffset } from "../../../lib/format";
import { chooseMessageView, viewsOfMessage } from "../../../lib/message-views";
import { addMicros } from "../../../lib/phases";
import { closeMeaning, messageNoun, messageType, receiver } from "../../../lib/protocol";
import type { MessageView } from "../../../lib/route";
import { recall, remember } from "../../../memory";
import type { RowList } from "../../../rows";
import type { ExchangeDetail, TypesFrom } from "../../../types/generated";
import type { ListedMessage, Protocol } from "../../../types/protocols";
import { Button } from "../../../widgets/button";
import { Icon } from "../../../widgets/icon";
import { Notice, Waiting } from "../../../widgets/state";
import { Tabs } from "../../../widgets/tabs";
import { Worded } from "../../../widgets/worded";
import { Direction, sizeWords } from "./columns";
import { FieldsView } from "./fields";
import { useMessageRow, usePayload } from "./load";
import { Payload } from "./payload";

interface Props {
  exchange: ExchangeDetail;
  number: number;
  kind: Protocol;
  list: RowList<ListedMessage>;
  as: MessageView | null;
  onAs: (as: MessageView) => void;
  onStep: (by: number) => void;
  onClose: () => void;
  /** Who told the types that its fields are named by. */
  types: TypesFrom | null;
  /** The origin told its types: rows are to be read anew. */
  onTypes: () => void;
}

export function MessagePane(props: Props) {
  const { exchange, number, kind, list, onStep, onClose } = props;
  const found = useMessageRow(exchange.id, number, list);
  const message = found === "missing" ? null : found;
  const noun = messageNoun(kind);
  const pane = useRef<HTMLElement>(null);
  // Where there is little room it comes up below what is seen.
  useLayoutEffect(() => pane.current?.scrollIntoView({ block: "nearest" }), []);
  return (
    <section ref={pane} class="opened" aria-label={`The ${noun} that is opened`}>
      <header class="opened-head">
        {message ? <Heading exchange={exchange} message={message} kind={kind} /> : <span class="grow" />}
        <span class="actions">
          <Button icon="up" title={`Previous ${noun} (k)`} onClick={() => onStep(-1)} />
          <Button icon="down" title={`Next ${noun} (j)`} onClick={() => onStep(1)} />
          <Button icon="close" title="Close (Esc)" onClick={onClose} />
        </span>
      </header>
      {message ? (
        <Opened {...props} message={message} />
      ) : found === "missing" ? (
        <p class="nothing">
          There is no {noun} {formatCount(number)}.
        </p>
      ) : (
        <Waiting what={`the ${noun}`} />
      )}
    </section>
  );
}

function Heading({ exchange, message, kind }: { exchange: ExchangeDetail; message: ListedMessage; kind: Protocol }) {
  const { from, at_us: at, number } = message;
  return (
    <div class="facts opened-facts">
      <span>
        <Direction from={from} /> to the {receiver(from)}
      </span>
      <b class="sep">{messageType(message, kind)}</b>
      <span class="sep faint">#{formatCount(number)}</span>
      {at !== null && (
        <span class="sep" title={`${formatOffset(at)} after the exchange began`}>
          {formatClock(addMicros(exchange.started, at))}
        </span>
      )}
      {message.event_id !== null && <span class="sep">id {message.event_id}</span>}
      {message.retry_ms !== null && <span class="sep">retry after {message.retry_ms} ms</span>}
      {message.operation !== null && <span class="sep mono">{message.operation}</span>}
      {message.grpc?.type_name && <span class="sep mono">{message.grpc.type_name}</span>}
    </div>
  );
}

const TITLES: Record<MessageView, string> = {
  pretty: "Pretty",
  tree: "Tree",
  fields: "Fields",
  raw: "Raw",
  hex: "Hex",
};

function Opened({ exchange, kind, message, as, onAs, types, onTypes }: Props & { message: ListedMessage }) {
  const views = viewsOfMessage(message, kind);
  const memory = `message.${kind}.${views[0] ?? ""}`;
  const view = chooseMessageView(views, as, recall(memory));
  const wire = useSignal(false);
  const asWire = wire.value && message.compressed;
  const choose = (next: MessageView) => {
    remember(memory, next);
    onAs(next);
  };
  return (
    <>
      {message.opcode === "close" && <Close close={message.close} />}
      {message.grpc?.is_trailers && message.grpc.status !== null && (
        <Notice
          tone={message.grpc.status === 0 ? "ok" : "warn"}
          title={message.grpc.status_name ?? `status ${message.grpc.status}`}
        >
          {message.grpc.message ?? "The call is over."}
        </Notice>
      )}
      {message.problem !== null && (
        <Notice tone="warn">
          <Worded text={message.problem} />
        </Notice>
      )}
      {message.size === 0 ? (
        message.opcode !== "close" && <p class="nothing">Nothing is in it.</p>
      ) : (
        <Tabs
          look="segments"
          label="Message as"
          items={views.map((name) => ({ name, title: TITLES[name] }))}
          chosen={view}
          onChoose={choose}
          aside={
            <>
              <span class="body-size" title={sizeWords(message)}>
                {formatBytes(message.size)}
                {message.compressed && (
                  <span>
                    {formatBytes(message.size_on_wire)} on the wire <span class="chip">compressed</span>
                  </span>
                )}
              </span>
              <span class="grow" />
              {message.compressed && view === "hex" && (
                <label class="check">
                  <input
                    type="checkbox"
                    checked={asWire}
                    onChange={() => {
                      wire.value = !asWire;
                    }}
                  />
                  as on the wire
                </label>
              )}
              <a
                class="button plain bare"
                href={messageUrl(exchange.id, message.number)}
                download
                title="Download it"
                aria-label="Download it"
              >
                <Icon name="download" />
              </a>
            </>
          }
        >
          {view === "fields" ? (
            <FieldsView
              exchange={exchange.id}
              number={message.number}
              types={types}
              onTypes={kind === "grpc" || kind === "grpc_web" ? onTypes : null}
            />
          ) : (
            <Bytes exchange={exchange.id} message={message} view={view} wire={asWire && view === "hex"} />
          )}
        </Tabs>
      )}
    </>
  );
}

function Close({ close }: { close: ListedMessage["close"] }) {
  if (close === null) {
    return (
      <Notice tone="info" title="Close without a code">
        The sender ends the WebSocket and says no more than that.
      </Notice>
    );
  }
  const { code, name, reason } = close;
  return (
    <Notice tone={code === 1000 || code === 1001 ? "info" : "warn"} title={`Close ${code}`}>
      {capitalize(name ?? closeMeaning(code))}.
      {reason !== "" && (
        <>
          {" "}
          The sender's reason: <q>{reason}</q>
        </>
      )}
    </Notice>
  );
}

interface BytesProps {
  exchange: string;
  message: ListedMessage;
  view: Exclude<MessageView, "fields">;
  wire: boolean;
}

function Bytes({ exchange, message, view, wire }: BytesProps) {
  const all = useSignal(false);
  const payload = usePayload(exchange, message, { wire, all: all.value }).value;
  if (payload.state === "failed") {
    return (
      <Notice tone="warn" title="It can't be shown">
        <Worded text={payload.text} />
      </Notice>
    );
  }
  const { part } = payload;
  if (part === null) {
    return <Waiting what="it" />;
  }
  const rest = part.total === null || part.bytes.length < part.total;
  return (
    <>
      {part.problem !== null && (
        <Notice tone="warn" title="Not all of it can be shown">
          <Worded text={part.problem} />
        </Notice>
      )}
      <Payload part={part} view={view} whole={!rest} />
      {rest && payload.state === "ready" && (
        <div class="rest">
          <span>
            The first {formatBytes(part.bytes.length)} of {formatBytes(part.total ?? message.size)} are shown.
          </span>
          {message.size <= MOST_BYTES ? (
            <Button
              onClick={() => {
                all.value = true;
              }}
            >
              Load all
            </Button>
          ) : (
            <span>More than {formatBytes(MOST_BYTES)} is for a download.</span>
          )}
        </div>
      )}
    </>
  );
}
