// The handshakes as prose: a line a message, both legs in order of time.

import { formatOffset } from "../../lib/format";
import { type Entry, entryKey, isFatal, messageName } from "../../lib/handshake";
import type { ConnectionHandshake } from "../../types/handshake";
import { Link } from "../../widgets/button";
import { Icon } from "../../widgets/icon";
import { Rfc } from "./words";
import type { Place } from "./place";

interface Props {
  handshake: ConnectionHandshake;
  entries: readonly Entry[];
  place: Place;
}

export function StoryView({ handshake, entries, place }: Props) {
  const { leg, msg } = place.state;
  const opened = leg !== null && msg !== null ? entryKey(leg, msg) : null;
  const told = new Set<string>();
  const lines = entries.map((entry) => {
    // What such a message is needs saying once.
    const first = !told.has(entry.message.type);
    told.add(entry.message.type);
    return { entry, first };
  });
  return (
    <ol class="story" aria-label="The story of the handshakes">
      {lines.map(({ entry, first }) => {
        const { message } = entry;
        return (
          <li
            key={entry.key}
            class={`${isFatal(handshake, entry) ? "fatal" : entry.leg}${entry.key === opened ? " selected" : ""}`}
          >
            <span class="story-time">{formatOffset(message.offset_us)}</span>
            <div class="story-line">
              <Link class="story-name" to={place.to({ leg: entry.leg, msg: entry.index, field: null })}>
                {messageName(message.type)}
              </Link>
              {message.encrypted && <Icon name="lock" size={12} label="sealed" />}
              {first && <span class="story-what"> {message.story.what} </span>}
              <span class="story-here"> {message.story.here} </span>
              {first && <Rfc source={message.story.rfc} />}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
