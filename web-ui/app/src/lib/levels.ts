// The rows of a tree, top-down, each as deep as it lies.

export interface Level {
  depth: number;
}

/** The row that one lies below; null at the root. */
export function parentIndex(rows: readonly Level[], index: number): number | null {
  const depth = rows[index]?.depth ?? 0;
  for (let above = index - 1; above >= 0; above -= 1) {
    if ((rows[above]?.depth ?? 0) < depth) {
      return above;
    }
  }
  return null;
}
