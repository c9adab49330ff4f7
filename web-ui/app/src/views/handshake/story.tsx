// The handshakes as prose: a line a message or step, both legs in order of time.

import { formatDuration, formatOffset } from "../../lib/format";
import { type Entry, entryKey, explainingEntries, isFatal, messageHeading } from "../../lib/handshake";
import type { ConnectionHandshake, Step } from "../../types/generated";
import { Link } from "../../widgets/button";
import { Icon } from "../../widgets/icon";
import type { Place } from "./place";
import { Rfc } from "./words";

interface Props {
  handshake: ConnectionHandshake;
  entries: readonly Entry[];
  place: Place;
}

/** What such a message is needs saying once. */
type Line = { at: number; entry: Entry; first: boolean } | { at: number; step: Step };

export function StoryView({ handshake, entries, place }: Props) {
  const { leg, msg } = place.state;
  const opened = leg !== null && msg !== null ? entryKey(leg, msg) : null;
  return (
    <ol class="story" aria-label="The story of the handshakes">
      {linesOf(handshake, entries).map((line) =>
        "step" in line ? (
          <li key={`${line.step.name} ${line.at}`} class="proxy">
            <span class="story-time">{formatOffset(line.at)}</span>
            <div class="story-line">
              <StepWords step={line.step} />
            </div>
          </li>
        ) : (
          <MessageLine
            key={line.entry.key}
            entry={line.entry}
            first={line.first}
            look={`${isFatal(handshake, line.entry) ? "fatal" : line.entry.leg}${line.entry.key === opened ? " selected" : ""}`}
            place={place}
          />
        ),
      )}
    </ol>
  );
}

function linesOf(handshake: ConnectionHandshake, entries: readonly Entry[]): Line[] {
  const explaining = explainingEntries(entries);
  const messages = entries.map((entry): Line => ({
    at: entry.message.offset_us,
    entry,
    first: explaining.has(entry.key),
  }));
  const steps = handshake.steps.filter(({ name }) => name !== "tls").map((step): Line => ({ at: step.start_us, step }));
  return [...messages, ...steps].sort((a, b) => a.at - b.at);
}

interface LineProps {
  entry: Entry;
  first: boolean;
  look: string;
  place: Place;
}

function MessageLine({ entry, first, look, place }: LineProps) {
  const { message, leg, index } = entry;
  return (
    <li class={look}>
      <span class="story-time">{formatOffset(message.offset_us)}</span>
      <div class="story-line">
        <Link class="story-name" to={place.to({ leg, msg: index, field: null })}>
          {messageHeading(message)}
        </Link>
        {message.encrypted && <Icon name="lock" size={12} label="sealed" />}
        {first && <span class="story-what"> {message.story.what} </span>}
        <span class="story-here"> {message.story.here} </span>
        {first && <Rfc source={message.story.rfc} />}
      </div>
    </li>
  );
}

function StepWords({ step }: { step: Step }) {
  const time = formatDuration(step.end_us - step.start_us);
  const note = step.text === null ? "" : ` (${step.text})`;
  switch (step.name) {
    case "resolve":
      return (
        <>
          <b class="story-name">Name resolution</b> Handlens looks up the origin's address{note}, in {time}.
        </>
      );
    case "connect":
      return (
        <>
          <b class="story-name">TCP</b> Handlens connects to the origin{note}, in {time}.
        </>
      );
    case "judge":
      return (
        <>
          <b class="story-name">Judging</b> Handlens checks the origin's chain{note}, in {time}.
        </>
      );
    case "mint":
      return (
        <>
          <b class="story-name">Minting</b> Handlens has a leaf of its own for this host{note}, in {time}.
        </>
      );
    case "upstream_resolve":
      return (
        <>
          <b class="story-name">Upstream proxy</b> Handlens looks up the proxy's address{note}, in {time}.
        </>
      );
    case "upstream_connect":
      return (
        <>
          <b class="story-name">Upstream proxy</b> Handlens connects to the proxy{note}, in {time}.
        </>
      );
    case "upstream_tls":
      return (
        <>
          <b class="story-name">Upstream proxy</b> Handlens shakes hands with the proxy itself{note}, in {time}.
        </>
      );
    case "upstream_tunnel":
      return (
        <>
          <b class="story-name">Upstream proxy</b> The proxy is asked for the origin{note}, in {time}.
        </>
      );
    case "tls":
      return null;
  }
}
