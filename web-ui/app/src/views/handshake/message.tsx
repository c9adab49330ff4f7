// One message opened: its story, its fields, its bytes; what is pointed at in one is lit in the others.

import type { Signal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";

import { useCommands } from "../../commands";
import { formatBytes, formatOffset } from "../../lib/format";
import { briefValue, type FieldLine, fieldLines, firstUnfolded } from "../../lib/fields";
import { type Entry, isDirect, messageName, messageTitle, partyName, receiverOf } from "../../lib/handshake";
import { bytesOfHex, hexDump } from "../../lib/hex";
import { type Depth, DEPTHS } from "../../lib/route";
import { remembered } from "../../memory";
import type { ConnectionHandshake, HandshakeProblem, Message } from "../../types/generated";
import { Button } from "../../widgets/button";
import { CopyButton } from "../../widgets/copy";
import { Icon } from "../../widgets/icon";
import { Notice } from "../../widgets/state";
import { Tabs } from "../../widgets/tabs";
import { Dissected } from "./dissected";
import type { Place } from "./place";
import { Rfc } from "./words";

interface Props {
  handshake: ConnectionHandshake;
  entries: readonly Entry[];
  entry: Entry;
  place: Place;
  /** It stands in place of the list, not beside it. */
  alone: boolean;
  /** Counts how often it was asked to take the keyboard. */
  focus: Signal<number>;
}

const DEPTH_TITLES: Record<Depth, string> = { story: "Story", fields: "Fields", bytes: "Bytes" };
const ownDepth = remembered<Depth>(
  "handshake.depth",
  "bytes",
  (text) => DEPTHS.find((one) => one === text) ?? null,
  String,
);

export function MessagePane({ handshake, entries, entry, place, alone, focus }: Props) {
  const { set, state } = place;
  const frame = useRef<HTMLElement>(null);
  const depth = state.depth ?? ownDepth.value;
  const at = entries.findIndex(({ key }) => key === entry.key);
  const step = (by: number) => {
    const next = entries[at + by];
    if (next) {
      set({ leg: next.leg, msg: next.index, field: null }, { replace: true });
    }
  };
  const close = () => set({ leg: null, msg: null, field: null });
  useCommands(place.own ? { back: close } : {});
  // Before the next key can come.
  useLayoutEffect(() => {
    if (focus.value > 0) {
      frame.current?.querySelector<HTMLElement>("[role=tree], .message-story")?.focus();
    }
  }, [focus.value]);

  return (
    <section class="message" aria-label="Message" ref={frame}>
      <header class={`message-head ${entry.leg}`}>
        {alone && (
          <Button icon="back" title="All messages" onClick={close}>
            All messages
          </Button>
        )}
        <Head handshake={handshake} entry={entry} />
        <span class="actions">
          <Button icon="up" title="The message before" disabled={at <= 0} onClick={() => step(-1)} />
          <Button icon="down" title="The message after" disabled={at >= entries.length - 1} onClick={() => step(1)} />
          {!alone && <Button icon="close" title="Close (Esc)" onClick={close} />}
        </span>
      </header>
      <Tabs
        look="segments"
        label="How deep"
        items={DEPTHS.map((name) => ({ name, title: DEPTH_TITLES[name] }))}
        chosen={depth}
        onChoose={(chosen) => {
          ownDepth.value = chosen;
          set({ depth: chosen }, { replace: true });
        }}
        aside={
          entry.message.bytes !== "" && (
            <span class="tabs-aside">
              <CopyButton text={entry.message.bytes} title="Copy the message's bytes as hex">
                Hex
              </CopyButton>
              <CopyButton
                text={() => Promise.resolve(hexDump(bytesOfHex(entry.message.bytes)))}
                title="Copy the hex dump"
              >
                Dump
              </CopyButton>
            </span>
          )
        }
      >
        <Body key={entry.key} entry={entry} depth={depth} place={place} />
      </Tabs>
    </section>
  );
}

function Head({ handshake, entry }: { handshake: ConnectionHandshake; entry: Entry }) {
  const { message, leg } = entry;
  const record = handshake[leg]?.records[message.records.at(-1) ?? -1];
  return (
    <div class="message-title">
      <h2>
        {messageName(message.type)}
        {message.type === "alert" && <span class="cause"> {messageTitle(message)}</span>}
      </h2>
      <p class="message-facts">
        <span class={`leg ${leg}`}>
          {partyName(message.from)} → {partyName(receiverOf(message.from, leg, isDirect(handshake)))}
        </span>
        <span>{formatOffset(message.offset_us)}</span>
        <span title={`${message.length} bytes`}>{formatBytes(message.length)}</span>
        <span>flight {message.flight + 1}</span>
        {record && (
          <span
            title={`${record.version}, bytes ${record.start} to ${record.end} of what ${partyName(record.from)} sent`}
          >
            {message.records.length > 1 ? `records ${message.records.join(", ")}` : `record ${message.records[0] ?? 0}`}{" "}
            {record.content_type}
          </span>
        )}
        {message.encrypted && (
          <span>
            <Icon name="lock" size={12} /> sealed{message.bytes === "" ? ", not opened" : ""}
          </span>
        )}
        {message.verified !== null && (
          <span class={message.verified ? "verified" : "cause"}>
            <Icon name={message.verified ? "check" : "bad"} size={12} />{" "}
            {message.verified ? "verified" : "does not verify"}
          </span>
        )}
      </p>
    </div>
  );
}

function Body({ entry, depth, place }: { entry: Entry; depth: Depth; place: Place }) {
  const { message } = entry;
  const lines = useMemo(() => fieldLines(message.fields), [message]);
  if (depth === "story" || message.bytes === "") {
    return <MessageStory message={message} lines={lines} />;
  }
  return (
    <Dissected
      lines={lines}
      hex={message.bytes}
      unfolded={firstUnfolded}
      depth={depth}
      field={place.state.field}
      onField={(field) => place.set({ field }, { replace: true })}
      to={(field) => place.to({ field })}
      whole={
        <>
          <p class="words-here">{message.story.here}</p>
          <p class="words-what">{message.story.what}</p>
          <Rfc source={message.story.rfc} />
        </>
      }
    >
      {message.problem && <Unread problem={message.problem} />}
    </Dissected>
  );
}

/** What the message says, and the sentences of its larger parts. */
function MessageStory({ message, lines }: { message: Message; lines: readonly FieldLine[] }) {
  return (
    <div class="message-story" role="group" tabIndex={0} aria-label="Story">
      {message.problem && <Unread problem={message.problem} />}
      {message.bytes === "" && message.length > 0 && (
        <Notice tone="info" title="Sealed, and not opened">
          The secrets that would open it were not kept, so its fields and bytes can't be shown.
        </Notice>
      )}
      <p class="words-here">{message.story.here}</p>
      <p class="words-what">
        {message.story.what} <Rfc source={message.story.rfc} />
      </p>
      <dl>
        {lines
          .filter(({ depth: level, field }) => level <= 1 && field.text !== null)
          .map(({ field, path }) => (
            <div key={path}>
              <dt>{field.name}</dt>
              <dd>
                <b>{briefValue(field)}</b> {field.text}
              </dd>
            </div>
          ))}
      </dl>
    </div>
  );
}

function Unread({ problem }: { problem: HandshakeProblem }) {
  return (
    <Notice tone="warn" title="Something is wrong with its bytes">
      {problem.text}
    </Notice>
  );
}
