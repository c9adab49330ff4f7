// Both handshakes of a connection: what was agreed, the messages in time, one of them opened, what the proxy changed,
// and how the keys came about.

import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";

import { entriesOf, LEGS, messageAt } from "../../lib/handshake";
import { HANDSHAKE_VIEWS, type HandshakeView } from "../../lib/route";
import { remembered } from "../../memory";
import type { ConnectionHandshake, Failure } from "../../types/generated";
import { Button } from "../../widgets/button";
import { Splitter } from "../../widgets/splitter";
import { EmptyState } from "../../widgets/state";
import { Tabs } from "../../widgets/tabs";
import { useWidth } from "../../widgets/width";
import { FailureCard } from "../failure";
import { WhenLoaded } from "../loaded";
import { Changes } from "./changes";
import { FailureStories } from "./failure-story";
import { KeySchedules } from "./keys";
import { Ladder } from "./ladder";
import { useHandshake } from "./load";
import { MessagePane } from "./message";
import type { Place } from "./place";
import { StoryView } from "./story";
import { LegStrip } from "./strip";
import { MessageTable } from "./table";

interface Props {
  id: string;
  host: string | null;
  /** Why the connection failed: told where no handshake tells it. */
  failure: Failure | null;
  /** The connection is not over. */
  open: boolean;
  place: Place;
}

export function Handshake({ id, host, failure, open, place }: Props) {
  const openedOf = useRef<string | null>(null);
  if (place.state.msg !== null) {
    openedOf.current = id;
  }
  const loaded = useHandshake(id, open, openedOf.current === id);
  return (
    <WhenLoaded loaded={loaded} what="the handshakes">
      {(handshake) =>
        handshake.client === null && handshake.origin === null ? (
          <EmptyState icon="unlock" title="No TLS passed here">
            <p>Nobody shook hands on this connection: what it carried was not TLS, or it ended before.</p>
          </EmptyState>
        ) : (
          <Shown handshake={handshake} host={host} failure={failure} place={place} />
        )
      }
    </WhenLoaded>
  );
}

const TITLES: Record<HandshakeView, string> = {
  ladder: "Ladder",
  story: "Story",
  table: "Table",
  changes: "What changed",
  keys: "Keys",
};

/** Below this, list and message have no room beside each other. */
const BESIDE = 1020;
const share = remembered("split.handshake", 0.4, Number, String);

interface ShownProps extends Pick<Props, "host" | "failure" | "place"> {
  handshake: ConnectionHandshake;
}

function Shown({ handshake, host, failure, place }: ShownProps) {
  const { place: frame, width } = useWidth();
  const { state, set } = place;
  const views = HANDSHAKE_VIEWS.filter((view) => view !== "changes" || handshake.comparison !== null);
  const shown = views.includes(state.show) ? state.show : "ladder";
  const beside = width.value >= BESIDE;
  const entries = useMemo(() => entriesOf(handshake), [handshake]);
  const opened = messageAt(handshake, state.leg, state.msg);
  const listed = shown === "ladder" || shown === "table" || shown === "story";
  const focusMessage = useSignal(0);

  const list = () => {
    switch (shown) {
      case "ladder":
        return (
          <Ladder
            handshake={handshake}
            entries={entries}
            place={place}
            follow={beside}
            onEnter={() => {
              focusMessage.value += 1;
            }}
          />
        );
      case "story":
        return <StoryView handshake={handshake} entries={entries} place={place} />;
      case "table":
        return <MessageTable handshake={handshake} entries={entries} place={place} />;
      case "changes":
        return handshake.comparison && <Changes comparison={handshake.comparison} />;
      case "keys":
        return <KeySchedules handshake={handshake} place={place} />;
    }
  };
  const message = opened && (
    <MessagePane
      key={opened.leg}
      handshake={handshake}
      entries={entries}
      entry={opened}
      place={place}
      alone={!beside}
      focus={focusMessage}
    />
  );

  return (
    <div class="handshake" ref={frame}>
      <div class="hs-head">
        <FailureStories handshake={handshake} host={host} />
        {failure && LEGS.every((leg) => !handshake[leg]?.failure) && <FailureCard failure={failure} host={host} />}
        {LEGS.map((leg) => {
          const told = handshake[leg];
          return told && <LegStrip key={leg} leg={leg} handshake={handshake} told={told} place={place} />;
        })}
      </div>
      <Tabs
        look="segments"
        label="How the handshakes are shown"
        items={views.map((name) => ({ name, title: TITLES[name] }))}
        chosen={shown}
        onChoose={(show) => set({ show })}
        aside={
          shown === "ladder" && (
            <Button
              pressed={state.even}
              title="Rows at one distance, rather than at their time"
              onClick={() => set({ even: !state.even }, { replace: true })}
            >
              Even spacing
            </Button>
          )
        }
      >
        {listed && beside && (message !== null || shown === "ladder") ? (
          <Splitter
            share={share}
            beside
            label="Resize messages and message"
            first={<div class="hs-pane">{list()}</div>}
            second={
              <div class="hs-pane">
                {message ?? <StoryView handshake={handshake} entries={entries} place={place} />}
              </div>
            }
          />
        ) : (
          <div class="hs-pane">{(listed && !beside && message) || list()}</div>
        )}
      </Tabs>
    </div>
  );
}
