// How long to wait before the next try of something that failed.

const FIRST_MS = 500;
const MOST_MS = 15_000;

/** Milliseconds before try number `attempt` (from 1): doubling, bounded, spread by up to a fifth by `chance` (0..1). */
export function backoff(attempt: number, chance: number): number {
  const base = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(20, Math.max(0, attempt - 1)));
  return Math.round(base * (0.9 + 0.2 * chance));
}
