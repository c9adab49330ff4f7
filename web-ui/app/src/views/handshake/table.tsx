// The ladder's equal as a table: everything that it shows, in order of time.

import { formatDuration, formatOffset } from "../../lib/format";
import { type Entry, entryKey, isDirect, isFatal, messageHeading, partyName, receiverOf } from "../../lib/handshake";
import type { ConnectionHandshake, Step } from "../../types/generated";
import { Link } from "../../widgets/button";
import { Icon } from "../../widgets/icon";
import type { Place } from "./place";

interface Props {
  handshake: ConnectionHandshake;
  entries: readonly Entry[];
  /** Null: nothing in it can be chosen. */
  place: Place | null;
}

type Line = { at: number; entry: Entry } | { at: number; step: Step };

export function MessageTable({ handshake, entries, place }: Props) {
  const direct = isDirect(handshake);
  const opened =
    place && place.state.leg && place.state.msg !== null ? entryKey(place.state.leg, place.state.msg) : null;
  const lines: Line[] = [
    ...entries.map((entry) => ({ at: entry.message.offset_us, entry })),
    ...handshake.steps.filter(({ name }) => name !== "tls").map((step) => ({ at: step.start_us, step })),
  ].sort((a, b) => a.at - b.at);
  return (
    <table class="message-table">
      <caption class="sr-only">Messages and steps in order of time, counted from the connection's begin</caption>
      <thead>
        <tr>
          <th scope="col" class="end">
            Time
          </th>
          <th scope="col">Leg</th>
          <th scope="col">Message</th>
          <th scope="col">From, to</th>
          <th scope="col" class="end">
            Flight
          </th>
          <th scope="col" class="end">
            Bytes
          </th>
          <th scope="col">Record</th>
          <th scope="col">What it says</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) =>
          "step" in line ? (
            <tr key={`${line.step.name} ${line.at}`} class="step">
              <td class="end">{formatOffset(line.at)}</td>
              <td>
                <span class={`leg ${line.step.leg}`}>{line.step.leg}</span>
              </td>
              <th scope="row">{STEPS[line.step.name]}</th>
              <td>Handlens</td>
              <td colSpan={3}>takes {formatDuration(line.step.end_us - line.step.start_us)}</td>
              <td>{line.step.text}</td>
            </tr>
          ) : (
            <MessageLine
              key={line.entry.key}
              entry={line.entry}
              place={place}
              direct={direct}
              fatal={isFatal(handshake, line.entry)}
              selected={line.entry.key === opened}
            />
          ),
        )}
      </tbody>
    </table>
  );
}

const STEPS = {
  resolve: "Name resolution",
  connect: "TCP connection",
  judge: "Chain judged",
  mint: "Leaf minted",
  tls: "TLS",
  upstream_resolve: "Upstream proxy: name resolution",
  upstream_connect: "Upstream proxy: TCP connection",
  upstream_tls: "Upstream proxy: TLS",
  upstream_tunnel: "Upstream proxy: tunnel",
};

interface LineProps {
  entry: Entry;
  place: Place | null;
  direct: boolean;
  fatal: boolean;
  selected: boolean;
}

function MessageLine({ entry, place, direct, fatal, selected }: LineProps) {
  const { message, leg, index } = entry;
  const name = messageHeading(message);
  return (
    <tr class={`${fatal ? "fatal" : ""}${selected ? " selected" : ""}`} aria-current={selected ? "true" : undefined}>
      <td class="end">{formatOffset(message.offset_us)}</td>
      <td>
        <span class={`leg ${leg}`}>{leg}</span>
      </td>
      <th scope="row">{place ? <Link to={place.to({ leg, msg: index, field: null })}>{name}</Link> : name}</th>
      <td>
        {partyName(message.from)} → {partyName(receiverOf(message.from, leg, direct))}
      </td>
      <td class="end">{message.flight + 1}</td>
      <td class="end">{message.length}</td>
      <td>
        {message.records.join(", ")}
        {message.encrypted && (
          <>
            {" "}
            <Icon name="lock" size={12} label="sealed" />
          </>
        )}
      </td>
      <td>{message.story.here}</td>
    </tr>
  );
}
