// The messages of an exchange: a list of which a window is held, the tail followed live, and one of them opened.

import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";

import { useCommands } from "../../../commands";
import { fitColumns, type ShownColumn } from "../../../lib/columns";
import { capitalize, formatBytes, formatCount, plural } from "../../../lib/format";
import { messageNoun } from "../../../lib/protocol";
import { BY_ARRIVAL } from "../../../lib/sort";
import { link } from "../../../live";
import { remembered } from "../../../memory";
import { RowList } from "../../../rows";
import type { ExchangeDetail } from "../../../types/generated";
import type { ListedMessage, Protocol, Sender } from "../../../types/protocols";
import { messageLinesUrl } from "../../../api";
import { Button } from "../../../widgets/button";
import { GridControl } from "../../../widgets/grid/control";
import { Grid } from "../../../widgets/grid/grid";
import { Icon } from "../../../widgets/icon";
import { Splitter } from "../../../widgets/splitter";
import { EmptyState, Notice, Waiting } from "../../../widgets/state";
import { Tabs } from "../../../widgets/tabs";
import { Worded } from "../../../widgets/worded";
import { useWidth } from "../../../widgets/width";
import { Pill } from "../../traffic/bar";
import { messageColumns } from "./columns";
import { MessagePane } from "./message";
import type { MessagesPlace } from "./place";
import { StatusDetails } from "../status-details";
import { MessageSource } from "./source";
import { StreamView } from "./stream";

interface Props {
  exchange: ExchangeDetail;
  place: MessagesPlace;
}

/** Below this, list and message have no room beside each other. */
const BESIDE = 860;
/** Typing is applied once it rests. */
const REST_MS = 250;
const share = remembered("split.messages", 0.55, Number, String);

export function Messages({ exchange, place }: Props) {
  const kind = exchange.protocol;
  const { kept, dropped } = heldOf(exchange);
  if (kept === 0 && dropped > 0) {
    return (
      <Notice tone="warn" title={`The ${messageNoun(kind)}s were not kept`}>
        {formatBytes(dropped)} passed. The recorder let them go: one body is kept up to a bound, and with{" "}
        <code>when-behind = "drop-bodies"</code> none is waited for.
      </Notice>
    );
  }
  return (
    <div class="messages">
      {dropped > 0 && (
        <Notice tone="warn" title={`${formatBytes(kept)} of ${formatBytes(kept + dropped)} were kept`}>
          The recorder let the rest go: of each direction the beginning is shown, and a row says where it ends.
        </Notice>
      )}
      {exchange.grpc_status_details && <StatusDetails fields={exchange.grpc_status_details} />}
      <MessageList key={exchange.id} exchange={exchange} place={place} kind={kind} />
    </div>
  );
}

function heldOf({ request, response }: ExchangeDetail): { kept: number; dropped: number } {
  return {
    kept: request.kept + (response?.kept ?? 0),
    dropped: request.dropped + (response?.dropped ?? 0),
  };
}

const SENDERS = [
  { name: "both", title: "Both" },
  { name: "client", title: "↑ Client" },
  { name: "origin", title: "↓ Origin" },
] as const;

function MessageList({ exchange, place, kind }: Props & { kind: Protocol }) {
  const { state, set } = place;
  const open = exchange.state === "open";
  const { source, list, control } = useMemo(() => {
    const made = new MessageSource(exchange.id);
    const rows = new RowList<ListedMessage>(made, []);
    return { source: made, list: rows, control: new GridControl(rows) };
  }, []);
  const first = useMemo(() => ({ msg: state.msg }), []);
  useLayoutEffect(() => {
    source.from = state.from;
    list.ask(state.find, null, first.msg === null ? null : String(first.msg), open);
    first.msg = null;
  }, [state.from, state.find]);
  useLayoutEffect(() => () => list.leave(), []);
  useLayoutEffect(() => control.setSelected(state.msg === null ? null : String(state.msg)), [state.msg]);
  control.onSelect = (id) => set({ msg: id === null ? null : Number(id) });
  // The link was lost and is back; or the exchange is over, and what it ended with was not told by itself.
  const up = link.value.state === "open";
  useEffect(() => source.again(), [up, open]);

  const find = useRef<HTMLInputElement>(null);
  const back = state.msg === null ? {} : { back: () => control.select(null) };
  useCommands(
    place.own
      ? {
          next: () => control.step(1),
          previous: () => control.step(-1),
          follow: () => list.follow(!list.following.peek()),
          "pause-view": () => list.pause(!list.paused.peek()),
          ...back,
        }
      : {},
  );
  const press = (event: KeyboardEvent) => {
    const inGrid = event.target instanceof Element && event.target.closest("[role=grid]") !== null;
    if (!inGrid || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const act = {
      j: () => control.step(1),
      ArrowDown: () => control.step(1),
      k: () => control.step(-1),
      ArrowUp: () => control.step(-1),
      f: () => list.follow(!list.following.peek()),
      "/": () => find.current?.select(),
      Escape: state.msg === null ? undefined : () => control.select(null),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  };

  const { place: frame, width } = useWidth();
  const noun = messageNoun(kind);
  if (state.stream && kind === "opaque") {
    return (
      <div class="messages-list">
        <div class="segments-row">
          <ViewSwitch stream onStream={(stream) => set({ stream })} />
        </div>
        <StreamView exchange={exchange} />
      </div>
    );
  }
  const bar = (
    <MessageBar
      exchange={exchange.id}
      list={list}
      kind={kind}
      open={source.open.value ?? open}
      reading={source.behind.value}
      place={place}
      field={find}
      onStream={(stream) => set({ stream, msg: null })}
    />
  );
  const panes = (
    <Splitter
      share={share}
      beside={width.value >= BESIDE}
      label={`Resize ${noun}s and ${noun}`}
      first={
        <Rows
          source={source}
          list={list}
          control={control}
          kind={kind}
          open={open}
          dropped={heldOf(exchange).dropped}
          place={place}
        />
      }
      second={
        state.msg === null ? null : (
          <MessagePane
            exchange={exchange}
            number={state.msg}
            kind={kind}
            list={list}
            as={state.as}
            onAs={(as) => set({ as })}
            onStep={(by) => control.step(by)}
            onClose={() => control.select(null)}
            types={source.types.value}
            onTypes={() => source.anew()}
          />
        )
      }
    />
  );
  return (
    <div class="messages-list" ref={frame} onKeyDown={press}>
      {kind === "sse" ? (
        // Events come from one side alone.
        <>
          <div class="segments-row">{bar}</div>
          <div class="segments-panel">{panes}</div>
        </>
      ) : (
        <Tabs
          look="segments"
          label={`Whose ${noun}s`}
          items={SENDERS}
          chosen={state.from ?? "both"}
          onChoose={(from) => set({ from: from === "both" ? null : from, msg: null })}
          aside={bar}
        >
          {panes}
        </Tabs>
      )}
    </div>
  );
}

interface BarProps {
  exchange: string;
  list: RowList<ListedMessage>;
  kind: Protocol;
  open: boolean;
  /** More is there than has been read. */
  reading: boolean;
  place: MessagesPlace;
  field: { current: HTMLInputElement | null };
  onStream: (stream: boolean) => void;
}

function MessageBar({ exchange, list, kind, open, reading, place, field, onStream }: BarProps) {
  const { state, set } = place;
  const noun = messageNoun(kind);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const text = useSignal(state.find);
  const applied = useRef(state.find);
  // The route changed by other means: the field says what holds.
  if (applied.current !== state.find) {
    applied.current = state.find;
    text.value = state.find;
  }
  const narrowed = state.find !== "" || state.from !== null;
  const apply = () => {
    clearTimeout(timer.current);
    const find = text.peek();
    if (find !== applied.current) {
      applied.current = find;
      set({ find, msg: null });
    }
  };
  return (
    <>
      {kind === "opaque" && <ViewSwitch stream={false} onStream={onStream} />}
      <input
        ref={field}
        type="search"
        class="messages-find"
        placeholder={`Find in the ${noun}s`}
        aria-label={`Find in the ${noun}s`}
        spellcheck={false}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          clearTimeout(timer.current);
          timer.current = setTimeout(apply, REST_MS);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            apply();
          } else if (event.key === "Escape" && text.value !== "") {
            event.stopPropagation();
            text.value = "";
            apply();
          }
        }}
      />
      <span class="list-count">
        {!list.ready.value ? null : narrowed ? (
          <>
            <b>{formatCount(list.matched.value)}</b> of {plural(list.total.value, noun)}
          </>
        ) : (
          plural(list.total.value, noun)
        )}
        {reading ? <em> so far, reading on …</em> : open && <em class="live"> still open</em>}
        {list.paused.value && <em class="hold-mark"> view paused</em>}
      </span>
      <Pill list={list} />
      <span class="grow" />
      <a
        class="button plain bare"
        href={messageLinesUrl(exchange)}
        download
        title={`Download the ${noun}s as lines of JSON`}
        aria-label={`Download the ${noun}s as lines of JSON`}
      >
        <Icon name="download" />
      </a>
      {open && (
        <Button
          icon="follow"
          pressed={list.following.value}
          title="Follow the newest (f)"
          onClick={() => list.follow(!list.following.peek())}
        >
          Follow
        </Button>
      )}
    </>
  );
}

function ViewSwitch({ stream, onStream }: { stream: boolean; onStream: (stream: boolean) => void }) {
  return (
    <div class="switch" role="group" aria-label="Shown as">
      <Button pressed={!stream} onClick={() => onStream(false)}>
        Bursts
      </Button>
      <Button pressed={stream} title="All bytes of both directions, in order of time" onClick={() => onStream(true)}>
        Stream
      </Button>
    </div>
  );
}

interface RowsProps {
  source: MessageSource;
  list: RowList<ListedMessage>;
  control: GridControl<ListedMessage>;
  kind: Protocol;
  open: boolean;
  dropped: number;
  place: MessagesPlace;
}

function Rows({ source, list, control, kind, open, dropped, place }: RowsProps) {
  const columns = useMemo(() => messageColumns(kind), [kind]);
  const { place: frame, width } = useWidth();
  // The row that is opened stays in sight when the room changes.
  useSignalEffect(() => {
    void width.value;
    control.viewport.settle();
  });
  const widths = useSignal<readonly ShownColumn[] | null>(null);
  const shown = widths.value ?? fitColumns(columns, width.value);
  const fault = source.fault.value;
  const problem = source.problem.value;
  return (
    <div class="list-pane" ref={frame}>
      {problem !== null && (
        <Notice tone="warn" title="Not all of it can be read">
          <Worded text={problem} />
        </Notice>
      )}
      {fault !== null && !list.ready.value ? (
        <EmptyState icon="bad" title={`The ${messageNoun(kind)}s could not be read`}>
          <p>{fault}</p>
          <Button icon="retry" onClick={() => source.again()}>
            Try again
          </Button>
        </EmptyState>
      ) : !list.ready.value ? (
        <Waiting what={`the ${messageNoun(kind)}s`} />
      ) : list.matched.value === 0 ? (
        <NoMessages total={list.total.value} dropped={dropped} kind={kind} open={open} place={place} />
      ) : (
        <Grid
          control={control}
          label={`${capitalize(messageNoun(kind))}s`}
          columns={columns}
          shown={shown}
          sort={BY_ARRIVAL}
          stale={link.value.state === "lost"}
          rowClass={(row) => `message-row ${row.from}`}
          onSort={() => undefined}
          onShown={(next) => {
            widths.value = next;
          }}
          onOpen={() => undefined}
        />
      )}
    </div>
  );
}

const WHOSE: Record<Sender, string> = { client: "from the client", origin: "from the origin" };

function NoMessages({
  total,
  dropped,
  kind,
  open,
  place,
}: {
  total: number;
  /** Bytes that passed and were not kept. */
  dropped: number;
  kind: Protocol;
  open: boolean;
  place: MessagesPlace;
}) {
  const { state, set } = place;
  const noun = messageNoun(kind);
  if (total > 0) {
    return (
      <EmptyState icon="filter" title="Nothing matches">
        <p>
          None of {plural(total, noun)}
          {state.from !== null && <> is {WHOSE[state.from]}</>}
          {state.from !== null && state.find !== "" && <> and</>}
          {state.find !== "" && (
            <>
              {" "}
              holds <code>{state.find}</code>
            </>
          )}
          .
        </p>
        <Button icon="close" onClick={() => set({ find: "", from: null })}>
          Show all
        </Button>
      </EmptyState>
    );
  }
  if (dropped > 0) {
    return (
      <EmptyState icon="traffic" title={`No whole ${noun} was kept`}>
        <p>{formatBytes(dropped)} passed that the recorder let go, and what it kept holds none from end to end.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="traffic" title={open ? `No ${noun} yet` : `No ${noun} passed`}>
      <p>{open ? "What passes from now on appears here by itself." : "It ended before anything was said."}</p>
    </EmptyState>
  );
}
