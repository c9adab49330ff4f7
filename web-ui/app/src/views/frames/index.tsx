// The frames of an HTTP/2 connection: its streams on one axis of time, both legs, or the same as a table; and one opened.

import { useMemo } from "preact/hooks";

import { useCommands } from "../../commands";
import { plural } from "../../lib/format";
import { inTime, type Lane, lanesOf, type PlacedFrame } from "../../lib/frames";
import { LEGS } from "../../lib/handshake";
import { remembered } from "../../memory";
import type { ConnectionFrames, ExchangeRow } from "../../types/generated";
import { Splitter } from "../../widgets/splitter";
import { EmptyState, Notice } from "../../widgets/state";
import { Tabs } from "../../widgets/tabs";
import { useWidth } from "../../widgets/width";
import { WhenLoaded } from "../loaded";
import { FrameDetail } from "./detail";
import { useFrames, useStreams } from "./load";
import type { FramesPlace } from "./place";
import { FrameTable } from "./table";
import { Timeline } from "./timeline";

interface Props {
  id: string;
  /** The connection is not over. */
  open: boolean;
  place: FramesPlace;
}

export function Frames({ id, open, place }: Props) {
  const loaded = useFrames(id, open);
  const streams = useStreams(id, loaded).value;
  return (
    <WhenLoaded loaded={loaded} what="the frames">
      {(frames) =>
        LEGS.every((leg) => (frames[leg]?.frames.length ?? 0) === 0) ? (
          <EmptyState icon="connections" title="No frames are held">
            <p>HTTP/2 was spoken on neither leg: only it is made of frames.</p>
          </EmptyState>
        ) : (
          <Shown frames={frames} streams={streams} place={place} />
        )
      }
    </WhenLoaded>
  );
}

const SHOWN = [
  { name: "timeline", title: "Timeline" },
  { name: "table", title: "Table" },
] as const;

/** Below this, frames and frame have no room beside each other. */
const BESIDE = 1020;
const share = remembered("split.frames", 0.68, Number, String);

interface ShownProps {
  frames: ConnectionFrames;
  streams: ReadonlyMap<string, ExchangeRow>;
  place: FramesPlace;
}

function Shown({ frames, streams, place }: ShownProps) {
  const { state, set } = place;
  const { place: frame, width } = useWidth();
  const lanes = useMemo(() => lanesOf(frames), [frames]);
  const all = useMemo(() => inTime(lanes), [lanes]);
  const opened = all.find(({ leg, index }) => leg === state.leg && index === state.frame) ?? null;
  const lane = opened && (lanes.find(({ key }) => key === `${opened.leg}-${opened.stream}`) ?? null);
  const choose = (chosen: PlacedFrame | null) =>
    set({ leg: chosen?.leg ?? null, frame: chosen?.index ?? null }, { replace: true });
  const step = (by: number) => {
    const among = state.table ? all : (lane?.frames ?? all);
    const at = opened ? among.findIndex(({ id }) => id === opened.id) + by : 0;
    choose(among[Math.min(Math.max(0, at), among.length - 1)] ?? null);
  };
  useCommands({
    // The table has keys of its own, which do the same.
    next: () => step(1),
    previous: () => step(-1),
    ...(opened ? { back: () => choose(null) } : {}),
  });
  return (
    <div class="frames" ref={frame}>
      <Tabs
        look="segments"
        label="How the frames are shown"
        items={SHOWN}
        chosen={state.table ? "table" : "timeline"}
        onChoose={(shown) => set({ table: shown === "table" })}
        aside={<Summary frames={frames} lanes={lanes} />}
      >
        <Splitter
          share={share}
          beside={width.value >= BESIDE}
          label="Resize frames and frame"
          first={
            state.table ? (
              <FrameTable frames={all} opened={opened} onChoose={choose} />
            ) : (
              <Timeline lanes={lanes} streams={streams} opened={opened} place={place} onChoose={choose} />
            )
          }
          second={
            opened && (
              <FrameDetail
                frame={opened}
                lane={lane}
                exchange={streams.get(`${opened.leg}-${opened.stream}`)}
                onStep={step}
                onClose={() => choose(null)}
              />
            )
          }
        />
      </Tabs>
    </div>
  );
}

function Summary({ frames, lanes }: { frames: ConnectionFrames; lanes: readonly Lane[] }) {
  return (
    <>
      {LEGS.map((leg) => {
        const told = frames[leg];
        const streams = lanes.filter((lane) => lane.leg === leg && lane.stream !== 0).length;
        return (
          told && (
            <span key={leg}>
              <span class={`leg ${leg}`}>{leg} leg</span> {plural(told.frames.length, "frame")},{" "}
              {plural(streams, "stream")}
              {told.omitted > 0 && <span class="warned">, {plural(told.omitted, "more frame")} not kept</span>}
            </span>
          )
        );
      })}
      {LEGS.some((leg) => frames[leg] === null) && (
        <Notice tone="info">Only one leg speaks HTTP/2: Handlens translates for the other.</Notice>
      )}
    </>
  );
}
