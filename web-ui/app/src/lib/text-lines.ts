// A text cut into rows that a list of fixed row height can show, and finding in it.

/** Nothing is wider than this, wrapped or not: minified files have lines of megabytes. */
export const WIDEST_ROW = 2_000;

/** Part of a line that stands in one row: characters `from` to before `to` of line number `line`, from 0. */
export interface TextRow {
  line: number;
  from: number;
  to: number;
}

export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** The rows of these lines, none wider than `width` characters. */
export function layOut(lines: readonly string[], width: number): TextRow[] {
  const most = Math.max(20, Math.min(width, WIDEST_ROW));
  const rows: TextRow[] = [];
  for (const [line, { length }] of lines.entries()) {
    let from = 0;
    do {
      rows.push({ line, from, to: Math.min(length, from + most) });
      from += most;
    } while (from < length);
  }
  return rows;
}

export interface Match {
  line: number;
  start: number;
  end: number;
}

/** Where `needle` stands in any case, in order; `most` at the most. A match never spans lines. */
export function findInLines(lines: readonly string[], needle: string, most = 10_000): Match[] {
  const matches: Match[] = [];
  const sought = needle.toLowerCase();
  if (sought === "") {
    return matches;
  }
  for (const [line, text] of lines.entries()) {
    const folded = text.toLowerCase();
    // A few letters change length when folded; places would be off.
    const hay = folded.length === text.length ? folded : text;
    for (let at = hay.indexOf(sought); at >= 0; at = hay.indexOf(sought, at + sought.length)) {
      matches.push({ line, start: at, end: at + sought.length });
      if (matches.length >= most) {
        return matches;
      }
    }
  }
  return matches;
}

/** The row in which a match begins. */
export function rowOfMatch(rows: readonly TextRow[], { line, start }: Match): number {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const row = rows[middle];
    if (row && (row.line < line || (row.line === line && row.from <= start))) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
