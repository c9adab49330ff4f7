// What the pointer is on, in words beside it.

import { formatBytes, formatOffset, plural } from "../../lib/format";
import { detailLine, type Mark } from "../../lib/frames";

const WIDEST = 320;
const HIGHEST = 96;

/** The mark, where the pointer is in the frame, and how large that is. */
export interface Hovered {
  mark: Mark;
  x: number;
  y: number;
  frame: { width: number; height: number };
}

export function Tip({ at }: { at: Hovered | null }) {
  const first = at?.mark.frames[0];
  const last = at?.mark.frames.at(-1);
  if (!at || !first || !last) {
    return null;
  }
  const { frames } = at.mark;
  const bytes = frames.reduce((sum, { length }) => sum + length, 0);
  const left = Math.max(0, Math.min(at.x + 14, at.frame.width - WIDEST));
  const top = at.y + 16 + HIGHEST > at.frame.height ? at.y - HIGHEST : at.y + 16;
  const detail = frames.length === 1 ? detailLine(first) : "";
  return (
    <div class="frame-tip" style={{ left: `${left}px`, top: `${top}px` }} aria-hidden="true">
      <b>{frames.length === 1 ? first.type : `${frames.length} × ${first.type}`}</b>{" "}
      <span class={`leg ${first.from === "handlens" ? "proxy" : first.from}`}>
        from {first.from === "handlens" ? "Handlens" : `the ${first.from}`}
      </span>
      <div>
        {formatOffset(first.at_us)}
        {frames.length > 1 && ` to ${formatOffset(last.at_us)}`} · {formatBytes(bytes)}
        {frames.length === 1 && first.flags.length > 0 && ` · ${first.flags.join(" ")}`}
      </div>
      {detail !== "" && <div class="soft">{detail}</div>}
      {frames.length > 1 && (
        <div class="faint">{plural(frames.length, "frame")} too near each other to be told apart</div>
      )}
    </div>
  );
}
