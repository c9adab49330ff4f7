// Time as pixels: true to scale, but for long waits, which are folded to a break.

export interface Stretch {
  from: number;
  to: number;
  top: number;
  bottom: number;
  /** A wait told by a break mark in place of its length. */
  folded: boolean;
}

export interface Tick {
  at: number;
  y: number;
}

export interface Timescale {
  stretches: Stretch[];
  ticks: Tick[];
  length: number;
}

export const FOLD_HEIGHT = 34;
const TICK_APART = 64;
/** While the handshakes go on a wait is told in full, unless it is long, and this many times all the rest. */
const WORTH_FOLDING = 6;
const LONG_WAIT_US = 250_000;
/** After them, it is folded when it is this many times as long as they were. */
const IDLE_TIMES = 1.5;

/** Lays `times` (microseconds, the first is 0) on `length` pixels. `end`: when the handshakes were done. */
export function timescale(times: readonly number[], end: number, length: number): Timescale {
  const points = [...new Set([0, ...times])].sort((a, b) => a - b);
  const gaps = points.slice(1).map((to, at) => ({ from: points[at] ?? 0, to }));
  const folded = foldedGaps(gaps, end);
  const kept = gaps.reduce((sum, gap) => sum + (folded.has(gap.from) ? 0 : gap.to - gap.from), 0);
  const scale = kept === 0 ? 0 : length / kept;
  const stretches: Stretch[] = [];
  let y = 0;
  for (const { from, to } of gaps) {
    const isFolded = folded.has(from);
    const bottom = y + (isFolded ? FOLD_HEIGHT : (to - from) * scale);
    const last = stretches.at(-1);
    if (last && !last.folded && !isFolded) {
      last.to = to;
      last.bottom = bottom;
    } else {
      stretches.push({ from, to, top: y, bottom, folded: isFolded });
    }
    if (isFolded) {
      // What comes at its end stands in a stretch that is not folded, however short.
      stretches.push({ from: to, to, top: bottom, bottom, folded: false });
    }
    y = bottom;
  }
  return { stretches, ticks: ticksOf(stretches, scale), length: y };
}

function foldedGaps(gaps: readonly { from: number; to: number }[], end: number): Set<number> {
  const long = ({ from, to }: { from: number; to: number }) => to - from;
  const during = gaps.filter(({ from }) => from < end);
  const all = during.reduce((sum, gap) => sum + long(gap), 0);
  const longest = during.reduce((most, gap) => Math.max(most, long(gap)), 0);
  const worth = longest > LONG_WAIT_US && longest > WORTH_FOLDING * (all - longest) && all > longest;
  const waits = during.filter((gap) => worth && long(gap) === longest);
  const span = all - waits.reduce((sum, gap) => sum + long(gap), 0);
  const idle = gaps.filter((gap) => gap.from >= end && long(gap) > IDLE_TIMES * Math.max(span, 1));
  return new Set([...waits, ...idle].map(({ from }) => from));
}

/** Where a moment lies. */
export function yOf({ stretches }: Timescale, at: number): number {
  const stretch = stretches.find(({ to }) => at <= to) ?? stretches.at(-1);
  if (!stretch) {
    return 0;
  }
  const share =
    stretch.to === stretch.from ? 0 : (Math.max(at, stretch.from) - stretch.from) / (stretch.to - stretch.from);
  return stretch.top + Math.min(1, share) * (stretch.bottom - stretch.top);
}

/** Round numbers at a distance that can be read; where a stretch begins after a break, its begin. */
function ticksOf(stretches: readonly Stretch[], scale: number): Tick[] {
  const apart = roundUp(scale === 0 ? 1 : TICK_APART / scale);
  return stretches
    .filter(({ folded }) => !folded)
    .flatMap(({ from, to, top }) => {
      const ticks: Tick[] = [];
      for (let at = Math.ceil(from / apart) * apart; at <= to; at += apart) {
        ticks.push({ at, y: top + (at - from) * scale });
      }
      return ticks;
    });
}

/** The next of 1, 2, 5, 10, 20, 50 … */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  const digit = [1, 2, 5, 10].find((step) => step * power >= value * 0.999) ?? 10;
  return digit * power;
}
