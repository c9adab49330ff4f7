// Labels that want to stand at certain heights, moved as little as can be so that none covers another.

export interface Wish {
  /** Where its middle would like to be. */
  y: number;
  height: number;
  /** Labels of other lanes stand beside it: none of them covers it, yet what comes later never stands higher. */
  lane?: string;
}

/**
 * The heights that keep the order of the wishes, and in each lane the room, with the least sum of squared shifts:
 * isotonic regression by pooling adjacent violators.
 */
export function spread(wishes: readonly Wish[], top: number): number[] {
  // Taking away the room that is needed before each leaves a plain "not falling".
  const before: number[] = [];
  const lasts = new Map<string | undefined, { used: number; height: number }>();
  let used = 0;
  for (const { height, lane } of wishes) {
    const last = lasts.get(lane);
    used = Math.max(used, last ? last.used + (last.height + height) / 2 : 0);
    lasts.set(lane, { used, height });
    before.push(used);
  }
  const pools: { sum: number; count: number }[] = [];
  for (const [at, wish] of wishes.entries()) {
    let pool = { sum: wish.y - (before[at] ?? 0), count: 1 };
    for (let last = pools.at(-1); last && last.sum / last.count > pool.sum / pool.count; last = pools.at(-1)) {
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  }
  const least = Math.max(...wishes.map(({ height }, at) => top + height / 2 - (before[at] ?? 0)));
  const settled = pools.flatMap(({ sum, count }) => Array<number>(count).fill(Math.max(least, sum / count)));
  return settled.map((y, at) => y + (before[at] ?? 0));
}
