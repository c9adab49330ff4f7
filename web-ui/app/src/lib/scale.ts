// How long a bar is.

const SHORTEST_US = 300;
const LONGEST_US = 10_000_000;

/** A duration's share of a bar, 0.02 to 1, on a logarithmic scale: 300 µs is next to nothing, ten seconds all of it. */
export function durationShare(microseconds: number): number {
  const share = Math.log(Math.max(1, microseconds) / SHORTEST_US) / Math.log(LONGEST_US / SHORTEST_US);
  return Math.min(1, Math.max(0.02, share));
}
