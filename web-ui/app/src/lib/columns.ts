// Which columns a list shows, in which order and how wide: as text in the URL and in the browser's memory, and
// fitted to the width there is when the person chose none.

export interface ColumnShape {
  key: string;
  /** Pixels. */
  width: number;
  min: number;
  /** Takes what is left over. One column of a list does. */
  flex?: boolean;
  /** Shown unless chosen otherwise: the lower, the longer it stays when room is short. Null: on demand only. */
  need: number | null;
  /** Shown in place of those with a need above 1 where room is very short. */
  narrow?: boolean;
  /** Pixels where room is very short. */
  brief?: number;
}

export interface ShownColumn {
  key: string;
  /** Pixels; null for the column's own width. */
  width: number | null;
}

const WIDEST = 1_200;
/** Below this, one column tells what several do where there is room. */
const NARROW = 520;

/** `number:56,time,host:240` of these columns. */
export function formatColumns(shown: readonly ShownColumn[]): string {
  return shown.map(({ key, width }) => (width === null ? key : `${key}:${Math.round(width)}`)).join(",");
}

/** The inverse; unknown and repeated keys are left out. Null when nothing is left. */
export function parseColumns(text: string | null, known: readonly ColumnShape[]): ShownColumn[] | null {
  const shown = new Map<string, ShownColumn>();
  for (const part of (text ?? "").split(",")) {
    const [key = "", digits] = part.split(":");
    const shape = known.find((column) => column.key === key);
    if (!shape || shown.has(key)) {
      continue;
    }
    const width = Number(digits);
    const told = digits !== undefined && Number.isFinite(width);
    shown.set(key, { key, width: told ? clampWidth(shape, width) : null });
  }
  return shown.size === 0 ? null : [...shown.values()];
}

export function clampWidth(shape: ColumnShape, width: number): number {
  return Math.min(WIDEST, Math.max(shape.min, Math.round(width)));
}

/** The columns to show in `width` pixels when the person chose none: the least needed go first. */
export function fitColumns(known: readonly ColumnShape[], width: number): ShownColumn[] {
  const brief = known.filter((column) => column.narrow || (column.need !== null && column.need <= 1));
  if (width > 0 && width < NARROW && brief.some((column) => column.narrow)) {
    return brief.map(({ key, brief: width }) => ({ key, width: width ?? null }));
  }
  const wanted = known.filter((column) => column.need !== null).sort((a, b) => (a.need ?? 0) - (b.need ?? 0));
  const kept = new Set<string>();
  let used = 0;
  for (const [place, column] of wanted.entries()) {
    used += column.flex ? column.min : column.width;
    if (place > 0 && used > width) {
      break;
    }
    kept.add(column.key);
  }
  return known.filter((column) => kept.has(column.key)).map(({ key }) => ({ key, width: null }));
}

/** `shown` with this column in or out, put where it stands among all. */
export function toggleColumn(shown: readonly ShownColumn[], key: string, known: readonly ColumnShape[]): ShownColumn[] {
  if (shown.some((column) => column.key === key)) {
    return shown.length === 1 ? [...shown] : shown.filter((column) => column.key !== key);
  }
  const place = (of: string) => known.findIndex((column) => column.key === of);
  return [...shown, { key, width: null }].sort((a, b) => place(a.key) - place(b.key));
}

/** The widths as a `grid-template-columns`. A flexible column never shrinks below its own width once resized. */
export function gridTemplate(shown: readonly ShownColumn[], known: readonly ColumnShape[]): string {
  return shown
    .map(({ key, width }) => {
      const shape = known.find((column) => column.key === key);
      if (!shape) {
        return "0";
      }
      return shape.flex ? `minmax(${width ?? shape.min}px, 1fr)` : `${width ?? shape.width}px`;
    })
    .join(" ");
}

/** The least width that holds them all. */
export function totalWidth(shown: readonly ShownColumn[], known: readonly ColumnShape[]): number {
  return shown.reduce((sum, { key, width }) => {
    const shape = known.find((column) => column.key === key);
    return sum + (width ?? (shape?.flex ? shape.min : shape?.width) ?? 0);
  }, 0);
}
