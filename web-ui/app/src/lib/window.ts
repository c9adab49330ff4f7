// The maths of a list that is longer than a browser can be high. A spacer gives the scrollbar its length, up to a
// cap that every browser can lay out; rows are placed at `index * rowHeight - shift`. A small scroll keeps the
// shift, so the browser moves the rows by itself; a jump of the thumb maps the scrollbar's whole range onto the
// whole list.

/** The highest spacer: below the limit of every engine (Firefox stops at 17.8 million pixels). */
export const MAX_SPACER = 8_000_000;

/** What a list measures. */
export interface Geometry {
  rows: number;
  rowHeight: number;
  /** Height of the part that is seen. */
  view: number;
}

/** Where a list stands: `top` is the pixel of the whole list at the upper edge, `scroll` the scroller's own. */
export interface Position {
  top: number;
  scroll: number;
}

/** Rows from `start` to before `end`. */
export interface Span {
  start: number;
  end: number;
}

export function contentHeight(geometry: Geometry): number {
  return geometry.rows * geometry.rowHeight;
}

export function spacerHeight(geometry: Geometry): number {
  return Math.min(contentHeight(geometry), MAX_SPACER);
}

export function maxTop(geometry: Geometry): number {
  return Math.max(0, contentHeight(geometry) - geometry.view);
}

function maxScroll(geometry: Geometry): number {
  return Math.max(0, spacerHeight(geometry) - geometry.view);
}

/** The position with `top` at the upper edge and the thumb where it belongs. */
export function positionAt(geometry: Geometry, top: number): Position {
  const most = maxTop(geometry);
  const clamped = Math.min(Math.max(0, top), most);
  const range = maxScroll(geometry);
  return { top: clamped, scroll: most <= range ? clamped : Math.round((clamped / most) * range) };
}

/** What pixels the rows are shifted by, against a list without a cap. */
export function shiftOf(position: Position): number {
  return position.top - position.scroll;
}

/** The position after the scroller went to `scroll`. */
export function afterScroll(geometry: Geometry, before: Position, scroll: number): Position {
  const most = maxTop(geometry);
  const range = maxScroll(geometry);
  if (most <= range) {
    return { top: Math.min(scroll, most), scroll };
  }
  const moved = scroll - before.scroll;
  if (Math.abs(moved) > geometry.view * 2) {
    return { top: range === 0 ? 0 : (scroll / range) * most, scroll };
  }
  return { top: Math.min(Math.max(0, before.top + moved), most), scroll };
}

/** Whether the thumb has come so far off its place that it should be put back: at rest, or before an end is hit. */
export function mustRebase(geometry: Geometry, position: Position, atRest: boolean): boolean {
  const right = positionAt(geometry, position.top).scroll;
  if (right === position.scroll) {
    return false;
  }
  const range = maxScroll(geometry);
  const nearEnd = position.scroll < geometry.view || position.scroll > range - geometry.view;
  return atRest || nearEnd;
}

/** The rows to render: what is seen and `margin` rows on either side. */
export function renderSpan(geometry: Geometry, top: number, margin: number): Span {
  const first = Math.floor(top / geometry.rowHeight);
  const seen = Math.ceil(geometry.view / geometry.rowHeight) + 1;
  return { start: Math.max(0, first - margin), end: Math.min(geometry.rows, first + seen + margin) };
}

/** The `top` that shows row `index` whole, moving as little as possible. */
export function topShowing(geometry: Geometry, top: number, index: number): number {
  const upper = index * geometry.rowHeight;
  const lower = upper + geometry.rowHeight;
  if (upper < top) {
    return upper;
  }
  if (lower > top + geometry.view) {
    return Math.max(0, lower - geometry.view);
  }
  return top;
}

/** Whether the last row is seen: within half a row. */
export function atEnd(geometry: Geometry, top: number): boolean {
  return top >= maxTop(geometry) - geometry.rowHeight / 2;
}

/** The rows to ask the server for: `limit` around `span`, none before the first or behind the last. */
export function windowAround(span: Span, rows: number, limit: number): { offset: number; limit: number } {
  const spare = Math.max(0, limit - (span.end - span.start));
  const offset = Math.max(0, Math.min(span.start - Math.floor(spare / 2), rows - limit));
  return { offset, limit };
}

/** Whether what is held covers what is to be rendered. */
export function covers(held: Span, wanted: Span): boolean {
  return held.start <= wanted.start && held.end >= wanted.end;
}
