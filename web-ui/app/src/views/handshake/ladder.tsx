// The ladder: lifelines, and between them the messages in time. A list box to the keyboard; to who can't see it there
// is the table.

import { useSignal } from "@preact/signals";
import { useEffect, useId, useMemo, useRef } from "preact/hooks";

import { useCommands } from "../../commands";
import { formatOffset } from "../../lib/format";
import { type Entry, entryKey, isDirect, partyName, receiverOf } from "../../lib/handshake";
import { layOutLadder } from "../../lib/ladder";
import { ladderColumns } from "../../lib/ladder-columns";
import type { ConnectionHandshake } from "../../types/generated";
import { useWidth } from "../../widgets/width";
import { LadderAxis, LadderBracket, LadderHead, Lifelines } from "./ladder-frame";
import { EndRow, MessageRow, StepRow } from "./ladder-rows";
import type { Place } from "./place";
import { MessageTable } from "./table";

interface Props {
  handshake: ConnectionHandshake;
  entries: readonly Entry[];
  place: Place;
  /** Whether what the arrows move to is opened at once. */
  follow: boolean;
  /** The opened message is to have the keyboard. */
  onEnter: () => void;
}

export function Ladder({ handshake, entries, place, follow, onEnter }: Props) {
  const { state, set } = place;
  const id = useId();
  const { place: frame, width } = useWidth();
  const opened = state.leg !== null && state.msg !== null ? entryKey(state.leg, state.msg) : null;
  const cursor = useSignal(opened);
  if (opened !== null && follow && cursor.peek() !== opened) {
    cursor.value = opened;
  }
  const layout = useMemo(() => layOutLadder(handshake, state.even ? "even" : "time"), [handshake, state.even]);
  const direct = isDirect(handshake);
  const columns = ladderColumns(width.value, direct);

  const open = ({ leg, index }: Entry, how = { replace: false }) => set({ leg, msg: index, field: null }, how);
  const move = (to: number) => {
    const entry = entries[Math.max(0, Math.min(to, entries.length - 1))];
    if (entry) {
      cursor.value = entry.key;
      if (follow) {
        open(entry, { replace: opened !== null });
      }
    }
  };
  const at = entries.findIndex(({ key }) => key === cursor.value);
  const enter = () => {
    const entry = entries[at];
    if (entry && entry.key === opened) {
      onEnter();
    } else if (entry) {
      open(entry);
    }
  };
  const press = (event: KeyboardEvent) => {
    const act = {
      ArrowDown: () => move(at + 1),
      ArrowUp: () => move(at < 0 ? entries.length - 1 : at - 1),
      Home: () => move(0),
      End: () => move(entries.length - 1),
      Enter: enter,
    }[event.key];
    if (act && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  };
  useCommands(place.own ? { next: () => move(at + 1), previous: () => move(at < 0 ? 0 : at - 1), open: enter } : {});

  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (cursor.value !== null) {
      scroller.current?.querySelector(`[id="${id}-${cursor.value}"]`)?.scrollIntoView({ block: "nearest" });
    }
  }, [cursor.value, columns.width > 0]);

  return (
    <div class={columns.narrow ? "ladder narrow" : "ladder"} ref={frame}>
      <LadderHead columns={columns} handshake={handshake} direct={direct} />
      <div
        ref={scroller}
        class="ladder-list"
        role="listbox"
        tabIndex={0}
        aria-label="Messages in order of time"
        aria-activedescendant={cursor.value === null ? undefined : `${id}-${cursor.value}`}
        onKeyDown={press}
      >
        {columns.width > 0 && (
          <svg width={columns.width} height={layout.height} role="presentation">
            <Lifelines columns={columns} layout={layout} direct={direct} reached={handshake.origin !== null} />
            <LadderAxis columns={columns} layout={layout} even={state.even} />
            {layout.brackets.map((bracket) => (
              <LadderBracket key={bracket.key} bracket={bracket} columns={columns} />
            ))}
            {layout.bands.map((band) => {
              const lane = columns.lane(band.leg);
              return (
                <rect
                  key={band.key}
                  class={`ladder-record ${band.leg}`}
                  x={lane.left + columns.bend}
                  y={band.top}
                  width={lane.right - lane.left - columns.bend * 2}
                  height={band.bottom - band.top}
                  rx={4}
                  aria-hidden="true"
                />
              );
            })}
            {layout.rows.map((row) => {
              switch (row.kind) {
                case "step":
                  return <StepRow key={row.key} row={row} columns={columns} />;
                case "end":
                  return <EndRow key={row.key} row={row} columns={columns} />;
                case "message":
                  return (
                    <MessageRow
                      key={row.key}
                      row={row}
                      columns={columns}
                      id={`${id}-${row.key}`}
                      label={spoken(row.entry, direct)}
                      selected={row.key === opened}
                      active={row.key === cursor.value}
                      onOpen={() => open(row.entry)}
                    />
                  );
              }
            })}
          </svg>
        )}
      </div>
      <div class="sr-only">
        <MessageTable handshake={handshake} entries={entries} place={null} />
      </div>
    </div>
  );
}

/** What a row says beyond what is written on it. */
function spoken({ message, leg }: Entry, direct: boolean): string {
  const way = `${partyName(message.from)} to ${partyName(receiverOf(message.from, leg, direct))}`;
  return `${way}, at ${formatOffset(message.offset_us)}${message.encrypted ? ", sealed" : ""}`;
}
