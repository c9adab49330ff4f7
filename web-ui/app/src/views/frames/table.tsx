// The timeline's equal as a table: every frame of both legs in order of time.

import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";

import { fitColumns } from "../../lib/columns";
import { formatBytes, formatOffset } from "../../lib/format";
import { detailLine, type PlacedFrame } from "../../lib/frames";
import { BY_ARRIVAL } from "../../lib/sort";
import type { RowFrame } from "../../live";
import { RowList, type RowSource, type Wanted } from "../../rows";
import type { Column } from "../../widgets/grid/column";
import { GridControl } from "../../widgets/grid/control";
import { Grid } from "../../widgets/grid/grid";
import { useWidth } from "../../widgets/width";

interface Props {
  frames: readonly PlacedFrame[];
  opened: PlacedFrame | null;
  onChoose: (frame: PlacedFrame | null) => void;
}

/** Rows that are all at hand. */
class HeldFrames implements RowSource {
  readonly finds = true;
  private frames: readonly PlacedFrame[] = [];
  private asked: { wanted: Wanted; listener: (frame: RowFrame) => void } | null = null;

  set(frames: readonly PlacedFrame[]): void {
    this.frames = frames;
    this.tell();
  }

  watch(wanted: Wanted, listener: (frame: RowFrame) => void): void {
    this.asked = { wanted, listener };
    this.tell();
  }

  unwatch(): void {
    this.asked = null;
  }

  private tell(): void {
    if (!this.asked) {
      return;
    }
    const { from, limit } = this.asked.wanted;
    const all = this.frames.length;
    const last = Math.max(0, all - limit);
    const sought =
      from === "end"
        ? last
        : "around" in from
          ? this.frames.findIndex(({ id }) => id === from.around) - Math.floor(limit / 2)
          : from.offset;
    const offset = Math.max(0, Math.min(sought, last));
    const items = this.frames.slice(offset, offset + limit);
    this.asked.listener({ type: "window", total: all, matched: all, offset, items });
  }
}

export function FrameTable({ frames, opened, onChoose }: Props) {
  const { place, width } = useWidth();
  const { source, list, control } = useMemo(() => {
    const made = new HeldFrames();
    const rows = new RowList<PlacedFrame>(made, []);
    return { source: made, list: rows, control: new GridControl(rows) };
  }, []);
  useLayoutEffect(() => {
    source.set(frames);
    list.ask("", null, opened?.id ?? null, false);
    return () => list.leave();
  }, []);
  useEffect(() => source.set(frames), [frames]);
  useLayoutEffect(() => control.setSelected(opened?.id ?? null), [opened?.id]);
  useEffect(() => {
    const at = opened ? frames.findIndex(({ id }) => id === opened.id) : -1;
    if (at >= 0) {
      control.viewport.show(at);
    }
  }, [opened?.id]);
  control.onSelect = (id) => onChoose(frames.find((frame) => frame.id === id) ?? null);
  return (
    <div class="list-pane" ref={place}>
      <Grid
        control={control}
        label="Frames"
        columns={COLUMNS}
        shown={fitColumns(COLUMNS, width.value)}
        sort={BY_ARRIVAL}
        stale={false}
        rowClass={({ type }) => (type === "RST_STREAM" || type === "GOAWAY" ? "frame-row bad" : "frame-row")}
        onSort={() => undefined}
        onShown={() => undefined}
        onOpen={() => undefined}
      />
    </div>
  );
}

const COLUMNS: readonly Column<PlacedFrame>[] = [
  {
    key: "at",
    title: "Time",
    label: "time since the connection began",
    sort: null,
    width: 90,
    min: 60,
    need: 1,
    align: "end",
    cell: (frame) => formatOffset(frame.at_us),
  },
  {
    key: "leg",
    title: "Leg",
    label: "leg",
    sort: null,
    width: 62,
    min: 40,
    need: 3,
    cell: (frame) => <span class={`leg ${frame.leg}`}>{frame.leg}</span>,
  },
  {
    key: "from",
    title: "From",
    label: "who sent it",
    sort: null,
    width: 78,
    min: 40,
    need: 4,
    cell: (frame) => (
      <span class={`leg ${frame.from === "handlens" ? "proxy" : frame.from}`}>
        {frame.from === "handlens" ? "Handlens" : frame.from}
      </span>
    ),
  },
  {
    key: "stream",
    title: "Stream",
    label: "stream",
    sort: null,
    width: 64,
    min: 40,
    need: 2,
    align: "end",
    cell: (frame) => frame.stream,
  },
  {
    key: "type",
    title: "Frame",
    label: "type of the frame",
    sort: null,
    width: 134,
    min: 60,
    need: 0,
    cell: (frame) => <b>{frame.type}</b>,
  },
  {
    key: "length",
    title: "Length",
    label: "length",
    sort: null,
    width: 70,
    min: 44,
    need: 5,
    align: "end",
    cell: (frame) => formatBytes(frame.length),
  },
  {
    key: "says",
    title: "Flags, and what it says",
    label: "flags, and what it says",
    sort: null,
    width: 300,
    min: 120,
    flex: true,
    need: 6,
    cell: (frame) => (
      <>
        {frame.flags.join(" ")}
        {frame.flags.length > 0 && frame.detail !== null && " · "}
        <span class="soft">{detailLine(frame)}</span>
      </>
    ),
  },
];
