// What the marks stand for.

import type { MarkShape } from "../../lib/frames";
import { drawn } from "./lane";

const SHAPES: readonly [MarkShape, string][] = [
  ["head", "HEADERS"],
  ["data", "DATA"],
  ["cross", "RST_STREAM, GOAWAY"],
  ["diamond", "SETTINGS"],
  ["ring", "PING"],
  ["tick", "others"],
];

export function Legend() {
  return (
    <ul class="legend" aria-label="What the marks stand for">
      {SHAPES.map(([shape, name]) => (
        <li key={shape}>
          <svg width="14" height="14" aria-hidden="true" class={`mark ${shape} legend-mark`}>
            <path d={drawn(shape, shape === "data" ? 2 : 5, 7, shape === "data" ? 10 : 4)} />
          </svg>
          {name}
        </li>
      ))}
      <li class="legend-sides">
        above the line: from the <span class="leg client">client</span> or the <span class="leg origin">origin</span>;
        below: from <span class="leg proxy">Handlens</span>
      </li>
    </ul>
  );
}
